/* arena.h - memory for spec and plan: handed out in one piece after the other, freed all at once.
 */
#pragma once
#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(void);	  /* never NULL: out of memory ends the process */
void arena_free(struct arena *a); /* NULL is fine */

/* Zeroed, aligned for every type, never NULL. */
void *arena_alloc(struct arena *a, size_t size);
void *arena_array(struct arena *a, size_t count,
		  size_t size); /* count * size, overflow ends the process */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
__attribute__((format(printf, 2, 3))) char *arena_printf(struct arena *a, const char *fmt, ...);

static inline void scope_arena(struct arena **a)
{
	arena_free(*a);
}
#define cleanup_arena __attribute__((cleanup(scope_arena)))

#define ARENA_NEW(a, T)	     ((T *)arena_alloc(a, sizeof(T)))
#define ARENA_ARRAY(a, n, T) ((T *)arena_array(a, n, sizeof(T)))
