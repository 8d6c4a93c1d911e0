/* Numbers that are answered alike become ranges, and so do those that no author of the profile
 * could know. */
#include "sandbox/seccomp_ranges.h"
#include "base/arena.h"
#include "sandbox/seccomp_bpf.h"
#include "sandbox/seccomp_names.h"
#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>

struct list {
	struct seccomp_range *ranges;
	size_t count;
};

static void add_range(struct list *l, uint32_t arch, uint32_t first, uint32_t last, uint32_t action)
{
	struct seccomp_range *r = l->count ? &l->ranges[l->count - 1] : NULL;

	if (r && r->arch == arch && r->action == action && r->first <= first &&
	    first <= r->last + 1)
		r->last = last;
	else
		l->ranges[l->count++] = (struct seccomp_range){ arch, first, last, action };
}

/* Since Linux 5.1 new calls have one number everywhere, counted from the architecture's base. */
enum { FIRST_COMMON = 424, LAST_COMMON = 0xeffff /* ARM's own calls begin behind it */ };

/* The newest call that the profile names on this architecture, beside the block of its own.  What
 * is older than the common numbers every author has known. */
static uint32_t newest_named(const struct seccomp_numbers *all, const struct seccomp_base *b)
{
	const struct seccomp_arch *row = b->row;
	uint32_t newest = FIRST_COMMON - 1;

	for (size_t i = 0; i < all->count; i++) {
		const struct seccomp_number *p = &all->items[i];
		uint32_t n = p->number - row->base;

		if (p->arch != b->arch || p->number < row->base || n > LAST_COMMON ||
		    (row->own_last && n >= row->own_first && n <= row->own_last))
			continue;
		newest = n > newest ? n : newest;
	}
	return newest;
}

/*
 * SC-19: calls that are younger than the profile, which its author could not name, must look
 * absent, not forbidden: C libraries fall back to an older call on ENOSYS, and on nothing else.
 */
static void add_enosys(struct list *l, const struct seccomp_numbers *n,
		       const struct seccomp_base *b)
{
	const struct seccomp_arch *row = b->row;
	const uint32_t absent = SECCOMP_RET_ERRNO | ENOSYS;
	uint32_t newest = newest_named(n, b);

	if (newest < row->own_first) {
		add_range(l, b->arch, row->base + newest + 1, row->base + row->own_first - 1,
			  absent);
		newest = row->own_last;
	}
	add_range(l, b->arch, row->base + newest + 1, row->base + LAST_COMMON, absent);
}

/* A default that lets calls pass lets new ones pass as well; a tracer or an agent answers by
 * itself. */
static bool denies(uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_TRACE:
	case SECCOMP_RET_USER_NOTIF:
		return false;
	default:
		return true;
	}
}

static int by_range(const void *a, const void *b)
{
	const struct seccomp_range *x = a, *y = b;

	if (x->arch != y->arch)
		return x->arch < y->arch ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

size_t seccomp_ranges(const struct seccomp_numbers *n, struct arena *arena,
		      struct seccomp_range **ret)
{
	/* An architecture has up to two ranges of calls that are too new. */
	struct list l = { ARENA_ARRAY(arena, n->count + 2 * n->base_count + 1,
				      struct seccomp_range) };

	for (size_t i = 0; i < n->count; i++) {
		const struct seccomp_number *p = &n->items[i];

		if (p->answered)
			add_range(&l, p->arch, p->number, p->number, p->action);
	}
	for (size_t i = 0; denies(n->default_action) && i < n->base_count; i++)
		add_enosys(&l, n, &n->bases[i]);
	qsort(l.ranges, l.count, sizeof *l.ranges, by_range);
	*ret = l.ranges;
	return l.count;
}
