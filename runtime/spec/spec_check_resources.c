/*
 * spec_check_resources.c - rules between members of linux.resources.  What only cgroup v1 could do
 * is an error here (config-linux.md: "if the conversion is not possible the runtime MUST generate
 * an error"); a value that asks for what cgroup v2 does anyway is fine.
 */
#include "spec/load.h"
#include <string.h>

static int memory_has_no_kernel_limit(const struct spec_resources *r)
{
	const struct spec_memory *m = r->memory;

	if (m && m->kernel.set && m->kernel.value != -1)
		return fail_at(&m->kernel, 0, "cgroup v2 has no limit for kernel memory");
	if (m && m->kernel_tcp.set && m->kernel_tcp.value != -1)
		return fail_at(&m->kernel_tcp, 0, "cgroup v2 has no limit for TCP buffers");
	return 0;
}

/* Docker writes its "-1, not set" as an unsigned number. */
static int memory_has_no_swappiness(const struct spec_resources *r)
{
	if (r->memory && r->memory->swappiness.set && r->memory->swappiness.value != UINT64_MAX)
		return fail_at(&r->memory->swappiness, 0, "cgroup v2 has no swappiness");
	return 0;
}

static int memory_keeps_oom_killer(const struct spec_resources *r)
{
	if (r->memory && r->memory->disable_oom_killer.set && r->memory->disable_oom_killer.value)
		return fail_at(&r->memory->disable_oom_killer, 0,
			       "cgroup v2 cannot disable the OOM killer");
	return 0;
}

static int memory_is_hierarchical(const struct spec_resources *r)
{
	if (r->memory && r->memory->use_hierarchy.set && !r->memory->use_hierarchy.value)
		return fail_at(&r->memory->use_hierarchy, 0, "cgroup v2 always uses the hierarchy");
	return 0;
}

/* -1 is no limit; 0 is what engines write when they mean none. */
static bool is_limit(const struct opt_i64 *value)
{
	return value->set && value->value > 0;
}

/* swap is memory and swap together (config-linux.md), so without memory.limit it says nothing. */
static int memory_swap_fits_limit(const struct spec_resources *r)
{
	const struct spec_memory *m = r->memory;

	if (!m || !is_limit(&m->swap))
		return 0;
	if (!m->limit.set || m->limit.value == 0)
		return fail_at(&m->swap, 0, "needs memory.limit");
	if (m->swap.value < m->limit.value)
		return fail_at(&m->swap, 0, "is less than memory.limit");
	return 0;
}

static int memory_reservation_fits_limit(const struct spec_resources *r)
{
	const struct spec_memory *m = r->memory;

	if (m && is_limit(&m->limit) && m->reservation.set && m->reservation.value > m->limit.value)
		return fail_at(&m->reservation, 0, "is more than memory.limit");
	return 0;
}

static int cpu_has_no_realtime(const struct spec_resources *r)
{
	const struct spec_cpu *c = r->cpu;

	if (c && c->realtime_runtime.set && c->realtime_runtime.value != 0)
		return fail_at(&c->realtime_runtime, 0, "cgroup v2 has no real-time budget");
	if (c && c->realtime_period.set && c->realtime_period.value != 0)
		return fail_at(&c->realtime_period, 0, "cgroup v2 has no real-time budget");
	return 0;
}

static int cpu_burst_fits_quota(const struct spec_resources *r)
{
	const struct spec_cpu *c = r->cpu;

	if (c && c->burst.set && is_limit(&c->quota) && c->burst.value > (uint64_t)c->quota.value)
		return fail_at(&c->burst, 0, "is more than cpu.quota");
	return 0;
}

static int block_io_has_no_leaf_weight(const struct spec_resources *r)
{
	const struct spec_block_io *b = r->block_io;

	if (!b)
		return 0;
	if (b->leaf_weight.set && b->leaf_weight.value != 0)
		return fail_at(&b->leaf_weight, 0, "cgroup v2 has no leaf weight");
	for (size_t i = 0; i < b->weight_device.count; i++) {
		const struct spec_weight_device *d = &b->weight_device.items[i];

		if (d->leaf_weight.set && d->leaf_weight.value != 0)
			return fail_at(&d->leaf_weight, 0, "cgroup v2 has no leaf weight");
	}
	return 0;
}

static int block_io_weights_are_given(const struct spec_resources *r)
{
	for (size_t i = 0; r->block_io && i < r->block_io->weight_device.count; i++) {
		const struct spec_weight_device *d = &r->block_io->weight_device.items[i];

		if (!d->weight.set && !d->leaf_weight.set)
			return fail_at(d, 0, "a weight is missing");
	}
	return 0;
}

static int network_is_unset(const struct spec_resources *r)
{
	const struct spec_network *n = r->network;

	if (n && n->class_id.set && n->class_id.value != 0)
		return fail_at(&n->class_id, 0, "cgroup v2 has no network class");
	if (n && n->priorities.count > 0)
		return fail_at(&n->priorities, 0, "cgroup v2 has no network priorities");
	return 0;
}

static int rdma_limits_are_given(const struct spec_resources *r)
{
	for (size_t i = 0; i < r->rdma.count; i++)
		if (!r->rdma.items[i].hca_handles.set && !r->rdma.items[i].hca_objects.set)
			return fail_at(&r->rdma.items[i], 0, "hcaHandles or hcaObjects is missing");
	return 0;
}

/* The file is opened in the container's cgroup; nothing may lead out of it. */
static int unified_names_are_files(const struct spec_resources *r)
{
	for (size_t i = 0; i < r->unified.count; i++) {
		const char *name = r->unified.items[i].name;

		if (strchr(name, '/') || strstr(name, "..") || !strcmp(name, "."))
			return fail_at(&r->unified.items[i], 0,
				       "\"%s\" is not the name of a cgroup file", name);
	}
	return 0;
}

/* clang-format off */
static int (*const resource_rules[])(const struct spec_resources *r) = {
	memory_has_no_kernel_limit, memory_has_no_swappiness, memory_keeps_oom_killer,
	memory_is_hierarchical, memory_swap_fits_limit, memory_reservation_fits_limit,
	cpu_has_no_realtime, cpu_burst_fits_quota,
	block_io_has_no_leaf_weight, block_io_weights_are_given,
	network_is_unset, rdma_limits_are_given, unified_names_are_files,
};
/* clang-format on */

int spec_check_resources(const struct spec_resources *resources)
{
	for (size_t i = 0; i < COUNT(resource_rules); i++)
		if (resource_rules[i](resources) < 0)
			return -1;
	return 0;
}
