/* text.h - a growing string, and strict numbers from text.  Knows no files. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static inline void scope_free(void *p)
{
	free(*(void **)p);
}
#define cleanup_free __attribute__((cleanup(scope_free)))
/* Moves a heap pointer out of a cleanup_free variable. */
#define take_ptr(p)                                                                                \
	({                                                                                         \
		__typeof__(*(p)) taken_ = *(p);                                                    \
		*(p) = NULL;                                                                       \
		taken_;                                                                            \
	})

struct text {
	char *data;
	size_t length, capacity;
}; /* data ends with NUL once anything was added */

void text_free(struct text *t);
#define cleanup_text __attribute__((cleanup(text_free)))
/* Out of memory ends the process. */
void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, const void *bytes, size_t n);
__attribute__((format(printf, 2, 3))) void text_addf(struct text *t, const char *fmt, ...);

/* UTC as "2026-08-22T17:21:51", without reading a time zone file. */
void text_add_time(struct text *t, int64_t unix_seconds);

/* "" or NULL is false. */
static inline bool text_is_set(const char *s)
{
	return s && *s;
}
bool text_starts(const char *s, const char *prefix);
bool text_ends(const char *s, const char *suffix);

/* Bytes of the UTF-8 character at s, of which `left` bytes are there; 0: not valid (overlong forms
 * and surrogates are not). */
size_t text_utf8(const char *s, size_t left);

/* The whole of s must be a decimal number from min to max; no sign but '-', no blanks, no leading
 * '+'. Silent: -1. */
int text_to_i64(const char *s, int64_t min, int64_t max, int64_t *ret);
int text_to_u64(const char *s, uint64_t max, uint64_t *ret);

/* Names for numbers, and back: rows end with name NULL. */
struct name_value {
	const char *name;
	int64_t value;
};
const struct name_value *name_find(const struct name_value *rows,
				   const char *name);		   /* NULL: unknown */
const char *name_of(const struct name_value *rows, int64_t value); /* NULL: unknown */
