/* text.c - a growing string, and strict numbers from text. */
#include "base/text.h"
#include "base/fail.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void text_free(struct text *t)
{
	free(t->data);
	*t = (struct text){ 0 };
}

/* Room for n more bytes and the NUL. */
static void reserve(struct text *t, size_t n)
{
	size_t capacity = t->capacity ? t->capacity : 128;

	if (n >= SIZE_MAX / 4 - t->length)
		fail_fatal("a text does not fit into memory");
	while (capacity < t->length + n + 1)
		capacity *= 2;
	if (capacity == t->capacity)
		return;
	t->data = realloc(t->data, capacity);
	if (!t->data)
		fail_fatal("out of memory");
	t->capacity = capacity;
}

void text_add_bytes(struct text *t, const void *bytes, size_t n)
{
	reserve(t, n);
	if (n)
		memcpy(t->data + t->length, bytes, n);
	t->length += n;
	t->data[t->length] = 0;
}

void text_add(struct text *t, const char *s)
{
	text_add_bytes(t, s, strlen(s));
}

static void add_formatted(struct text *t, const char *fmt, va_list ap)
{
	va_list again;

	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0)
		fail_fatal("a text cannot be formatted");
	reserve(t, (size_t)n);
	vsnprintf(t->data + t->length, (size_t)n + 1, fmt, again);
	t->length += (size_t)n;
	va_end(again);
}

void text_addf(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_formatted(t, fmt, ap);
	va_end(ap);
}

bool text_starts(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

bool text_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && !strcmp(s + n - m, suffix);
}

int text_to_u64(const char *s, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;

	if (!s || !*s)
		return -1;
	for (; *s; s++) {
		if (*s < '0' || *s > '9' || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*s - '0'), &value))
			return -1;
	}
	if (value > max)
		return -1;
	*ret = value;
	return 0;
}

int text_to_i64(const char *s, int64_t min, int64_t max, int64_t *ret)
{
	bool negative = s && *s == '-';
	uint64_t size;
	int64_t value;

	if (text_to_u64(negative ? s + 1 : s, (uint64_t)INT64_MAX + negative, &size) < 0)
		return -1;
	value = negative ? (int64_t)(0 - size) : (int64_t)size;
	if (value < min || value > max)
		return -1;
	*ret = value;
	return 0;
}

const struct name_value *name_find(const struct name_value *rows, const char *name)
{
	for (; rows->name; rows++)
		if (!strcmp(rows->name, name))
			return rows;
	return NULL;
}

const char *name_of(const struct name_value *rows, int64_t value)
{
	for (; rows->name; rows++)
		if (rows->value == value)
			return rows->name;
	return NULL;
}

size_t text_utf8(const char *s, size_t left)
{
	/* By first byte: what the second may be, and how many follow the first (RFC 3629). */
	static const struct {
		unsigned char first, last, low, high, more;
	} rows[] = {
		{ 0x00, 0x7f, 0x00, 0x00, 0 }, { 0xc2, 0xdf, 0x80, 0xbf, 1 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 2 }, { 0xe1, 0xec, 0x80, 0xbf, 2 },
		{ 0xed, 0xed, 0x80, 0x9f, 2 }, { 0xee, 0xef, 0x80, 0xbf, 2 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 3 }, { 0xf1, 0xf3, 0x80, 0xbf, 3 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 3 },
	};
	const unsigned char *u = (const unsigned char *)s;

	for (size_t i = 0; left && i < COUNT(rows); i++) {
		if (u[0] < rows[i].first || u[0] > rows[i].last)
			continue;
		if (left <= rows[i].more)
			return 0;
		if (rows[i].more && (u[1] < rows[i].low || u[1] > rows[i].high))
			return 0;
		for (size_t k = 2; k <= rows[i].more; k++)
			if ((u[k] & 0xc0) != 0x80)
				return 0;
		return 1u + rows[i].more;
	}
	return 0;
}

/*
 * The calendar by arithmetic: the first gmtime_r(3) reads the system's time zone file, and after
 * pivot_root that is the container's.
 */
void text_add_time(struct text *out, int64_t unix_seconds)
{
	int64_t days = unix_seconds / 86400, seconds = unix_seconds % 86400;
	/* Years begin in March here, so that the leap day is the last one; day 0 is 0000-03-01. */
	int64_t day = days + 719468, era = day / 146097, of_era = day % 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t march_month = (5 * of_year + 2) / 153;
	int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;

	int64_t month_day = of_year - (153 * march_month + 2) / 5 + 1;

	text_addf(out, "%04d-%02d-%02dT%02d:%02d:%02d", (int)(year + era * 400 + (month <= 2)),
		  (int)month, (int)month_day, (int)(seconds / 3600), (int)(seconds / 60 % 60),
		  (int)(seconds % 60));
}
