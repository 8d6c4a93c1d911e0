#include "sandbox/seccomp_bpf.h"
#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <string.h>

/*
 * The number line of one architecture is cut into intervals: a range, the gap behind it, the next
 * range... A jump has 8 bits, so that a subtree of more than FAR_LEAVES leaves is jumped over with
 * BPF_JA (32 bits).
 */
enum { FAR_LEAVES = 100, TO_THE_END = 0xffffff };

struct program {
	struct sock_filter *code;
	size_t count;
};
struct line {
	const struct seccomp_range *ranges;
	size_t count;
};

static void emit(struct program *p, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	p->code[p->count++] = (struct sock_filter){ code, jt, jf, k };
}

/* Leaf 2i is the gap before range i, leaf 2i+1 the range itself; leaf 2n is what lies behind the
 * last one. */
static uint32_t leaf_start(const struct line *l, size_t leaf)
{
	if (leaf % 2)
		return l->ranges[leaf / 2].first;
	return leaf ? l->ranges[leaf / 2 - 1].last + 1 : 0;
}

static void emit_leaf(struct program *p, const struct line *l, size_t leaf)
{
	if (leaf % 2)
		emit(p, BPF_RET | BPF_K, 0, 0, l->ranges[leaf / 2].action);
	else
		emit(p, BPF_JMP | BPF_JA, 0, 0, TO_THE_END);
}

static void emit_tree(struct program *p, const struct line *l, size_t first, size_t last)
{
	if (first == last) {
		emit_leaf(p, l, first);
		return;
	}
	size_t middle = first + (last - first + 1) / 2; /* first leaf of the upper half */
	bool is_far = middle - first > FAR_LEAVES;
	size_t jump = p->count;

	emit(p, BPF_JMP | BPF_JGE | BPF_K, 0, is_far ? 1 : 0, leaf_start(l, middle));
	if (is_far)
		emit(p, BPF_JMP | BPF_JA, 0, 0, 0);
	size_t lower = p->count;

	emit_tree(p, l, first, middle - 1);
	if (is_far)
		p->code[jump + 1].k = (uint32_t)(p->count - lower);
	else
		p->code[jump].jt = (uint8_t)(p->count - lower);
	emit_tree(p, l, middle, last);
}

/* An architecture: compare, step over the block, number, tree. */
static void emit_arch(struct program *p, const struct seccomp_range *ranges, size_t count)
{
	struct line l = { ranges, count };

	emit(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, ranges->arch);
	size_t skip = p->count;

	emit(p, BPF_JMP | BPF_JA, 0, 0, 0);
	emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
	emit_tree(p, &l, 0, 2 * count);
	p->code[skip].k = (uint32_t)(p->count - skip - 1);
}

size_t seccomp_bpf_room(size_t range_count)
{
	/* Each range: two leaves, each with a comparison and perhaps a far jump; one more leaf and
	 * four words an architecture. */
	return 1 + range_count * 12;
}

size_t seccomp_bpf(const struct seccomp_range *ranges, size_t count, struct sock_filter *out)
{
	struct program p = { out, 0 };

	if (count)
		emit(&p, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, arch));
	for (size_t i = 0, n; i < count; i += n) {
		for (n = 1; i + n < count && ranges[i + n].arch == ranges[i].arch; n++)
			;
		emit_arch(&p, ranges + i, n);
	}
	for (size_t i = 0; i < p.count; i++)
		if (p.code[i].code == (BPF_JMP | BPF_JA) && p.code[i].k == TO_THE_END)
			p.code[i].k = (uint32_t)(p.count - i - 1);
	return p.count;
}
