/* duration.c - lengths of time on the command line, as Go's time.ParseDuration reads them. */
#include "base/text.h"
#include "cli/cli.h"
#include <ctype.h>
#include <string.h>

static const struct {
	const char *name;
	int64_t nanoseconds;
} units[] = {
	/* In front of those they begin with. */
	{ "ns", 1 },
	{ "us", 1000 },
	{ "\u00b5s", 1000 },
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ "m", 60 * INT64_C(1000000000) },
	{ "h", 3600 * INT64_C(1000000000) },
};

/* The unit at *s, stepped over; 0: none. */
static int64_t read_unit(const char **s)
{
	if (!**s)
		return 1000000000;
	for (size_t i = 0; i < COUNT(units); i++)
		if (text_starts(*s, units[i].name)) {
			*s += strlen(units[i].name);
			return units[i].nanoseconds;
		}
	return 0;
}

/* Digits with at most one point among them. */
static int read_number(const char **s, double *ret)
{
	double value = 0, place = 1;
	size_t digits = 0;
	bool fraction = false;

	for (; isdigit((unsigned char)**s) || (**s == '.' && !fraction); ++*s) {
		if (**s == '.') {
			fraction = true;
			continue;
		}
		digits++;
		value = 10 * value + (**s - '0');
		place *= fraction ? 10 : 1;
	}
	*ret = value / place;
	return digits ? 0 : -1;
}

int duration_parse(const char *text, int64_t *ret)
{
	double sum = 0, value;

	if (!*text)
		return -1;
	while (*text) {
		if (read_number(&text, &value) < 0)
			return -1;
		int64_t unit = read_unit(&text);

		if (!unit)
			return -1;
		sum += value * (double)unit;
		if (sum > 9e18)
			return -1;
	}
	*ret = (int64_t)sum;
	return 0;
}
