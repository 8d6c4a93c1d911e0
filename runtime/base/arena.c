/* arena.c - bump allocator: blocks are only ever added, and all freed at once. */
#include "base/arena.h"
#include "base/fail.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 32 << 10 };

struct block {
	struct block *next;
	max_align_t data[];
};

struct arena {
	struct block *blocks;
	char *free, *end; /* what is left of the newest ordinary block */
};

static struct block *block_new(struct arena *a, size_t size)
{
	struct block *b;

	if (size > SIZE_MAX - sizeof *b || !(b = malloc(sizeof *b + size)))
		fail_fatal("out of memory");
	b->next = a->blocks;
	a->blocks = b;
	return b;
}

struct arena *arena_new(void)
{
	struct arena *a = calloc(1, sizeof *a);

	if (!a)
		fail_fatal("out of memory");
	return a;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	for (struct block *b = a->blocks, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	free(a);
}

static void *take_raw(struct arena *a, size_t size, size_t align)
{
	enum { ROOM = BLOCK_SIZE - sizeof(struct block) };
	size_t skip = a->free ? -(size_t)a->free & (align - 1) : 0;

	if (size > ROOM / 4 && size > (size_t)(a->end - a->free))
		return block_new(a, size)->data; /* wastes no rest of a block */
	if (size + skip > (size_t)(a->end - a->free)) {
		a->free = (char *)block_new(a, ROOM)->data;
		a->end = a->free + ROOM;
		skip = 0;
	}
	char *taken = a->free + skip;
	a->free = taken + size;
	return taken;
}

/* Zeroed when it is taken: of a block that is not used up the rest is never touched, and a page
 * that nobody touched costs nothing. */
static void *take(struct arena *a, size_t size, size_t align)
{
	return memset(take_raw(a, size, align), 0, size);
}

void *arena_alloc(struct arena *a, size_t size)
{
	return take(a, size, _Alignof(max_align_t));
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		fail_fatal("an array does not fit into memory");
	return arena_alloc(a, total);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	return memcpy(take(a, n + 1, 1), s, n); /* zeroed, so NUL stands behind it */
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		fail_fatal("a text cannot be formatted");
	char *out = take(a, (size_t)n + 1, 1);
	va_start(ap, fmt);
	vsnprintf(out, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return out;
}
