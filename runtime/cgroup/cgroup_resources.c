#include "cgroup/cgroup_resources.h"
#include <string.h>

/*
 * A row for each limit. none: the value that a new cgroup has anyway, which engines write for "not
 * set" (0) or "unlimited" (-1); NO_NONE: every value asks for something.
 */
enum kind { KIND_I64, KIND_U64, KIND_U32, KIND_TEXT, KIND_LIST };
enum { NO_NONE = -2 };

static const struct limit {
	size_t object, member;
	enum kind kind;
	int64_t none;
} limits[] = {
#define MEMBER(o, T, m, k, n)                                                                      \
	{                                                                                          \
		offsetof(struct spec_resources, o), offsetof(struct T, m), k, n                    \
	}
	MEMBER(memory, spec_memory, limit, KIND_I64, -1),
	MEMBER(memory, spec_memory, reservation, KIND_I64, -1),
	MEMBER(memory, spec_memory, swap, KIND_I64, -1),
	MEMBER(cpu, spec_cpu, shares, KIND_U64, 0),
	MEMBER(cpu, spec_cpu, quota, KIND_I64, -1),
	MEMBER(cpu, spec_cpu, burst, KIND_U64, 0),
	MEMBER(cpu, spec_cpu, period, KIND_U64, 0),
	MEMBER(cpu, spec_cpu, cpus, KIND_TEXT, NO_NONE),
	MEMBER(cpu, spec_cpu, mems, KIND_TEXT, NO_NONE),
	MEMBER(cpu, spec_cpu, idle, KIND_I64, 0),
	MEMBER(pids, spec_pids, limit, KIND_I64, -1),
	MEMBER(block_io, spec_block_io, weight, KIND_U32, 0),
	MEMBER(block_io, spec_block_io, weight_device, KIND_LIST, NO_NONE),
	MEMBER(block_io, spec_block_io, read_bps, KIND_LIST, NO_NONE),
	MEMBER(block_io, spec_block_io, write_bps, KIND_LIST, NO_NONE),
	MEMBER(block_io, spec_block_io, read_iops, KIND_LIST, NO_NONE),
	MEMBER(block_io, spec_block_io, write_iops, KIND_LIST, NO_NONE),
#undef MEMBER
};

typedef LIST(void) any_list;

/* The size of the member when it asks for something, else 0. */
static size_t asks(const void *member, const struct limit *l)
{
	const struct opt_i64 *i64 = member;
	const struct opt_u64 *u64 = member;
	const struct opt_u32 *u32 = member;

	switch (l->kind) {
	case KIND_I64:
		/* 0 is how engines write "not set". */
		return i64->set && i64->value != l->none && i64->value != 0 ? sizeof *i64 : 0;
	case KIND_U64:
		return u64->set && u64->value != (uint64_t)l->none ? sizeof *u64 : 0;
	case KIND_U32:
		return u32->set && u32->value != (uint32_t)l->none ? sizeof *u32 : 0;
	case KIND_TEXT:
		return text_is_set(*(const char *const *)member) ? sizeof(const char *) : 0;
	case KIND_LIST:
		return ((const any_list *)member)->count ? sizeof(any_list) : 0;
	}
	return 0;
}

static const char refusal[] = "is not applied by this version";

int cgroup_resources_check(const struct spec *spec)
{
	const struct spec_resources *r = spec->linux_.resources;

	for (size_t i = 0; r && i < COUNT(limits); i++) {
		const char *object = *(const char *const *)((const char *)r + limits[i].object);
		size_t size = object ? asks(object + limits[i].member, &limits[i]) : 0;

		if (size)
			return json_fail_at(object + limits[i].member, size, 0, refusal);
	}
	if (r && r->hugepage_limits.count)
		return fail_at(&r->hugepage_limits, 0, refusal);
	if (r && r->rdma.count)
		return fail_at(&r->rdma, 0, refusal);
	if (r && r->unified.count)
		return fail_at(&r->unified, 0, refusal);
	return 0;
}
