/* options.c - argv by option rows into a struct, and the same rows as help. */
#include "base/fail.h"
#include "base/text.h"
#include "base/wait.h"
#include "cli/cli.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool takes_value(const struct option *o)
{
	switch (o->kind) {
	case OPTION_FLAG:
	case OPTION_IGNORED_FLAG:
	case OPTION_WAIT: /* only behind "=": the next word may be a container */
		return false;
	case OPTION_STRING:
	case OPTION_UNSIGNED:
	case OPTION_INT:
	case OPTION_STRINGS:
	case OPTION_IGNORED_STRING:
		break;
	}
	return true;
}

/* Go's words for an error, which scripts and engines know. */
static int bad_value(const struct option *o, const char *value, const char *expected)
{
	return fail(0, "invalid value \"%s\" for flag -%s: expected %s", value, o->name, expected);
}

static int set_flag(const struct option *o, const char *value, bool *ret)
{
	static const struct {
		const char *word;
		bool truth;
	} words[] = {
		{ "true", true },   { "t", true },  { "1", true },
		{ "false", false }, { "f", false }, { "0", false },
	};

	*ret = true;
	if (!value)
		return 0;
	for (size_t i = 0; i < COUNT(words); i++)
		if (!strcasecmp(value, words[i].word)) {
			*ret = words[i].truth;
			return 0;
		}
	return bad_value(o, value, "true or false");
}

static int set_number(const struct option *o, const char *value, int64_t min, int64_t max,
		      int64_t *ret)
{
	char expected[64];

	if (text_to_i64(value, min, max, ret) == 0)
		return 0;
	snprintf(expected, sizeof expected, "a whole number from %lld to %lld", (long long)min,
		 (long long)max);
	return bad_value(o, value, expected);
}

static int set_wait(const struct option *o, const char *value, unsigned *ret)
{
	int64_t number = WAIT_DELETE;

	if (value && set_number(o, value, 1, WAIT_LONGEST, &number) < 0)
		return -1;
	*ret = (unsigned)number;
	return 0;
}

static void add_string(const char ***list, const char *value)
{
	size_t n = 0;

	while (*list && (*list)[n])
		n++;
	*list = reallocarray(*list, n + 2, sizeof **list);
	if (!*list)
		fail_fatal("out of memory");
	(*list)[n] = value;
	(*list)[n + 1] = NULL;
}

static int set(const struct option *o, const char *value, void *out)
{
	void *member = (char *)out + o->offset;
	int64_t number;
	bool ignored;

	switch (o->kind) {
	case OPTION_FLAG:
		return set_flag(o, value, member);
	case OPTION_IGNORED_FLAG:
		return set_flag(o, value, &ignored);
	case OPTION_STRING:
		*(const char **)member = *value ? value : NULL;
		return 0;
	case OPTION_STRINGS:
		add_string(member, value);
		return 0;
	case OPTION_UNSIGNED:
		if (set_number(o, value, 0, UINT_MAX, &number) < 0)
			return -1;
		*(unsigned *)member = (unsigned)number;
		return 0;
	case OPTION_INT:
		if (set_number(o, value, INT_MIN, INT_MAX, &number) < 0)
			return -1;
		*(int *)member = (int)number;
		return 0;
	case OPTION_WAIT:
		return set_wait(o, value, member);
	case OPTION_IGNORED_STRING:
		break;
	}
	return 0;
}

/* The row of a word without its dashes and without "=value"; one letter may be short or long. */
static const struct option *find(const struct option *rows, const char *name, size_t length)
{
	for (const struct option *o = rows; o->name; o++)
		if ((strlen(o->name) == length && !strncmp(o->name, name, length)) ||
		    (length == 1 && o->letter == *name))
			return o;
	return NULL;
}

static bool is_help(const char *name)
{
	return !strcmp(name, "help") || !strcmp(name, "h") || !strcmp(name, "?") ||
	       !strcmp(name, "usage");
}

/* One option, at argv[*i]; its value may be the next word. */
static int parse_one(const struct option *rows, char **argv, int *i, void *out, bool *ret_help)
{
	const char *name = argv[*i] + 1 + (argv[*i][1] == '-');
	const char *equals = strchr(name, '=');
	const size_t length = equals ? (size_t)(equals - name) : strlen(name);
	const struct option *o = find(rows, name, length);
	const char *value = equals ? equals + 1 : NULL;

	if (!o && is_help(name)) {
		*ret_help = true;
		return 0;
	}
	if (!o)
		return fail(0, "flag provided but not defined: -%.*s", (int)length, name);
	if (takes_value(o) && !value) {
		value = argv[++*i];
		if (!value)
			return fail(0, "flag needs an argument: -%.*s", (int)length, name);
	}
	return set(o, value, out);
}

int options_parse(const struct option *rows, int argc, char **argv, bool stop, void *out,
		  char ***ret_args)
{
	int kept = 0; /* positionals, moved to the front behind the one that is being read */
	bool help = false, over = false;

	for (int i = 1; i < argc; i++) {
		char *word = argv[i];

		if (over || *word != '-' || !word[1]) {
			over |= stop;
			argv[kept++] = word;
		} else if (!strcmp(word, "--")) {
			over = true;
		} else if (parse_one(rows, argv, &i, out, &help) < 0) {
			return -1;
		}
		if (help) {
			*ret_args = NULL;
			return 0;
		}
	}
	argv[kept] = NULL;
	*ret_args = argv;
	return 0;
}

void options_help(struct text *out, const struct option *rows)
{
	for (const struct option *o = rows; o->name; o++) {
		char left[64], letter[8] = "    ";

		if (!o->help)
			continue;
		if (o->letter)
			snprintf(letter, sizeof letter, "-%c, ", o->letter);
		snprintf(left, sizeof left, "%s--%s%s%s", letter, o->name,
			 o->argument && *o->argument != '[' ? " " : "",
			 o->argument ? o->argument : "");
		text_addf(out, "  %-32s %s\n", left, o->help);
	}
}
