/*
 * spec_check.c - rules between members, one small function and one row each.  No single values, no
 * look-ups on the host.
 */
#include "spec/load.h"
#include "spec/rules.h"
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <string.h>

static const char *name_in(const struct name_value *rows, int64_t value)
{
	const char *name = name_of(rows, value);

	return name ? name : "?";
}

/* ---- process ---- */

static int rlimits_are_named_once(const struct spec_process *p)
{
	for (size_t i = 0; i < p->rlimits.count; i++)
		for (size_t k = 0; k < i; k++)
			if (p->rlimits.items[k].type == p->rlimits.items[i].type)
				return fail_at(&p->rlimits.items[i].type, 0, "%s is listed twice",
					       name_in(rlimit_names, p->rlimits.items[i].type));
	return 0;
}

static int rlimits_are_ordered(const struct spec_process *p)
{
	for (size_t i = 0; i < p->rlimits.count; i++)
		if (p->rlimits.items[i].soft > p->rlimits.items[i].hard)
			return fail_at(&p->rlimits.items[i].soft, 0, "is more than the hard limit");
	return 0;
}

static bool is_realtime(const struct spec_scheduler *s)
{
	return s->policy == SCHED_FIFO || s->policy == SCHED_RR;
}

static int scheduler_nice_has_use(const struct spec_process *p)
{
	const struct spec_scheduler *s = p->scheduler;

	if (!s || s->nice == 0 || s->policy == SCHED_NORMAL || s->policy == SCHED_BATCH)
		return 0;
	return fail_at(&s->nice, 0, "%s has no nice value", name_in(scheduler_policies, s->policy));
}

static int scheduler_priority_fits(const struct spec_process *p)
{
	const struct spec_scheduler *s = p->scheduler;

	if (!s || is_realtime(s) == (s->priority > 0))
		return 0;
	if (is_realtime(s))
		return fail_at(s, 0, "%s needs a priority from 1 to 99",
			       name_in(scheduler_policies, s->policy));
	return fail_at(&s->priority, 0, "%s has no priority",
		       name_in(scheduler_policies, s->policy));
}

/* The kernel takes period 0 for the deadline; the other two it demands (sched(7)). */
static int scheduler_times_fit(const struct spec_process *p)
{
	const struct spec_scheduler *s = p->scheduler;

	if (!s)
		return 0;
	if (s->policy != SCHED_DEADLINE) {
		if (s->runtime == 0 && s->deadline == 0 && s->period == 0)
			return 0;
		return fail_at(s, 0, "runtime, deadline and period are for SCHED_DEADLINE only");
	}
	if (s->runtime == 0)
		return fail_at(s, 0, "SCHED_DEADLINE needs a runtime");
	if (s->runtime > s->deadline)
		return fail_at(s, 0, "deadline is less than runtime");
	if (s->period > 0 && s->deadline > s->period)
		return fail_at(&s->period, 0, "is less than deadline");
	return 0;
}

/* clang-format off */
static int (*const process_rules[])(const struct spec_process *p) = {
	rlimits_are_named_once, rlimits_are_ordered,
	scheduler_nice_has_use, scheduler_priority_fits, scheduler_times_fit,
};
/* clang-format on */

/* ---- namespaces and what needs one ---- */

static int namespaces_are_listed_once(const struct spec *spec)
{
	const struct spec_linux *l = &spec->linux_;
	unsigned seen = 0;

	for (size_t i = 0; i < l->namespaces.count; i++) {
		const struct spec_namespace *ns = &l->namespaces.items[i];

		if (seen & 1U << ns->type)
			return fail_at(&ns->type, 0, "namespace %s is listed twice",
				       name_in(namespace_names, ns->type));
		seen |= 1U << ns->type;
	}
	return 0;
}

/* The spec would let the name hit the host's; every runtime refuses. */
static int host_names_need_uts(const struct spec *spec)
{
	if (spec_has_namespace(spec, NS_UTS, NULL))
		return 0;
	if (text_is_set(spec->hostname))
		return fail_at(&spec->hostname, 0, "a host name needs a uts namespace");
	if (text_is_set(spec->domainname))
		return fail_at(&spec->domainname, 0, "a domain name needs a uts namespace");
	return 0;
}

static int hidden_paths_need_mount(const struct spec *spec)
{
	const struct spec_linux *l = &spec->linux_;

	if (spec_has_namespace(spec, NS_MOUNT, NULL))
		return 0;
	if (l->masked_paths && *l->masked_paths)
		return fail_at(&l->masked_paths, 0, "masked paths need a mount namespace");
	if (l->readonly_paths && *l->readonly_paths)
		return fail_at(&l->readonly_paths, 0, "read-only paths need a mount namespace");
	return 0;
}

static int net_devices_need_network(const struct spec *spec)
{
	if (spec->linux_.net_devices.count == 0 || spec_has_namespace(spec, NS_NETWORK, NULL))
		return 0;
	return fail_at(&spec->linux_.net_devices, 0, "network devices need a network namespace");
}

static int mappings_need_user(const struct spec *spec)
{
	const struct spec_linux *l = &spec->linux_;

	if (spec_has_namespace(spec, NS_USER, NULL))
		return 0;
	if (l->uid_mappings.count > 0)
		return fail_at(&l->uid_mappings, 0, "id mappings need a user namespace");
	if (l->gid_mappings.count > 0)
		return fail_at(&l->gid_mappings, 0, "id mappings need a user namespace");
	return 0;
}

/* Without them nobody in it could be root, or anyone. */
static int new_user_needs_mappings(const struct spec *spec)
{
	const struct spec_linux *l = &spec->linux_;
	const char *path;

	if (!spec_has_namespace(spec, NS_USER, &path) || path)
		return 0;
	if (l->uid_mappings.count == 0)
		return fail_at(&l->namespaces, 0, "a new user namespace needs uidMappings");
	if (l->gid_mappings.count == 0)
		return fail_at(&l->namespaces, 0, "a new user namespace needs gidMappings");
	return 0;
}

static int time_offsets_need_new_time(const struct spec *spec)
{
	const struct spec_linux *l = &spec->linux_;
	const char *path;

	if (l->time_offsets.count == 0)
		return 0;
	if (!spec_has_namespace(spec, NS_TIME, &path))
		return fail_at(&l->time_offsets, 0, "time offsets need a time namespace");
	if (path)
		return fail_at(&l->time_offsets, 0,
			       "time offsets cannot be set in a time namespace that is joined");
	return 0;
}

static int time_offset_clocks_are_known(const struct spec *spec)
{
	const struct spec_linux *l = &spec->linux_;

	for (size_t i = 0; i < l->time_offsets.count; i++) {
		const struct spec_time_offset *offset = &l->time_offsets.items[i];

		if (strcmp(offset->clock, "monotonic") != 0 &&
		    strcmp(offset->clock, "boottime") != 0)
			return fail_at(offset, 0,
				       "unknown clock \"%s\"; there are monotonic and boottime",
				       offset->clock);
	}
	return 0;
}

/* ---- id mappings, as the kernel will check them in uid_map (user_namespaces(7)) ---- */

enum { MAPPING_LINES = 340 }; /* UID_GID_MAP_MAX_EXTENTS */

static bool overlap(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
	return a < (uint64_t)b + b_size && b < (uint64_t)a + a_size;
}

static int check_mapping(const spec_id_mappings *mappings, size_t i)
{
	const struct spec_id_mapping *m = &mappings->items[i];

	/* The last id, 2^32 - 1, means "none" to the kernel. */
	if ((uint64_t)m->container_id + m->size > UINT32_MAX ||
	    (uint64_t)m->host_id + m->size > UINT32_MAX)
		return fail_at(&m->size, 0, "the range ends behind the last id, %u",
			       UINT32_MAX - 1);
	for (size_t k = 0; k < i; k++) {
		const struct spec_id_mapping *n = &mappings->items[k];

		if (overlap(m->container_id, m->size, n->container_id, n->size))
			return fail_at(m, 0, "container ids overlap with those of mapping %zu", k);
		if (overlap(m->host_id, m->size, n->host_id, n->size))
			return fail_at(m, 0, "host ids overlap with those of mapping %zu", k);
	}
	return 0;
}

static int check_mappings(const spec_id_mappings *mappings)
{
	if (mappings->count > MAPPING_LINES)
		return fail_at(mappings, 0, "has %zu mappings, the kernel takes %d",
			       mappings->count, MAPPING_LINES);
	for (size_t i = 0; i < mappings->count; i++)
		if (check_mapping(mappings, i) < 0)
			return -1;
	return 0;
}

static int mappings_are_valid(const struct spec *spec)
{
	if (check_mappings(&spec->linux_.uid_mappings) < 0 ||
	    check_mappings(&spec->linux_.gid_mappings) < 0)
		return -1;
	for (size_t i = 0; i < spec->mounts.count; i++)
		if (check_mappings(&spec->mounts.items[i].uid_mappings) < 0 ||
		    check_mappings(&spec->mounts.items[i].gid_mappings) < 0)
			return -1;
	return 0;
}

static int mount_mappings_come_in_pairs(const struct spec *spec)
{
	for (size_t i = 0; i < spec->mounts.count; i++) {
		const struct spec_mount *m = &spec->mounts.items[i];

		if ((m->uid_mappings.count > 0) != (m->gid_mappings.count > 0))
			return fail_at(m, 0, "uidMappings and gidMappings go together");
	}
	return 0;
}

int spec_check_mounts(const struct spec *spec)
{
	for (size_t i = 0; i < spec->mounts.count; i++)
		if (check_mappings(&spec->mounts.items[i].uid_mappings) < 0 ||
		    check_mappings(&spec->mounts.items[i].gid_mappings) < 0)
			return -1;
	return mount_mappings_come_in_pairs(spec);
}

/* ---- the rest of linux ---- */

static int devices_have_numbers(const struct spec *spec)
{
	for (size_t i = 0; i < spec->linux_.devices.count; i++) {
		const struct spec_device *d = &spec->linux_.devices.items[i];

		if (*d->type != 'p' && (!d->major.set || !d->minor.set))
			return fail_at(d, 0, "a device of type %s needs major and minor", d->type);
	}
	return 0;
}

/* dev_valid_name() of the kernel, without the end of the string. */
static bool is_interface_name(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n <= 15 && !strpbrk(name, "/: \t\n\v\f\r") && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

/* "%d" once: the kernel puts the first free number there (__dev_alloc_name()). */
static bool is_interface_pattern(const char *name)
{
	const char *percent = strchr(name, '%');

	return is_interface_name(name) &&
	       (!percent || (percent[1] == 'd' && !strchr(percent + 1, '%')));
}

static int net_devices_are_named(const struct spec *spec)
{
	for (size_t i = 0; i < spec->linux_.net_devices.count; i++) {
		const struct spec_net_device *d = &spec->linux_.net_devices.items[i];

		if (!is_interface_name(d->host_name) || strchr(d->host_name, '%'))
			return fail_at(d, 0, "\"%s\" is not the name of a network interface",
				       d->host_name);
		if (d->name && !is_interface_pattern(d->name))
			return fail_at(&d->name, 0, "\"%s\" is not a name for a network interface",
				       d->name);
	}
	return 0;
}

static const char *name_inside(const struct spec_net_device *d)
{
	return d->name ? d->name : d->host_name;
}

/* "eth%d" may be there twice: the kernel numbers them. */
static int net_devices_differ(const struct spec *spec)
{
	const struct spec_net_device *items = spec->linux_.net_devices.items;

	for (size_t i = 0; i < spec->linux_.net_devices.count; i++)
		for (size_t k = 0; k < i; k++)
			if (!strchr(name_inside(&items[i]), '%') &&
			    !strcmp(name_inside(&items[i]), name_inside(&items[k])))
				return fail_at(&items[i], 0,
					       "two network devices would be called %s",
					       name_inside(&items[i]));
	return 0;
}

/* The spec knows no flag of a personality, so any is an unsupported value. */
static int personality_has_no_flags(const struct spec *spec)
{
	const struct spec_personality *p = spec->linux_.personality;

	if (!p || !p->flags || !*p->flags)
		return 0;
	return fail_at(&p->flags, 0, "flag \"%s\" is not supported, none is", *p->flags);
}

/* mpol_new() of the kernel: these two take no nodes, MPOL_PREFERRED may, the others must. */
static int memory_policy_nodes_fit(const struct spec *spec)
{
	const struct spec_memory_policy *m = spec->linux_.memory_policy;

	if (!m)
		return 0;

	bool takes_none = m->mode == MPOL_DEFAULT || m->mode == MPOL_LOCAL;
	bool given = text_is_set(m->nodes);

	if (takes_none && given)
		return fail_at(&m->nodes, 0, "%s takes no nodes",
			       name_in(memory_policy_modes, m->mode));
	if (!takes_none && !given && m->mode != MPOL_PREFERRED)
		return fail_at(m, 0, "%s needs nodes", name_in(memory_policy_modes, m->mode));
	return 0;
}

static int memory_policy_flags_fit(const struct spec *spec)
{
	const struct spec_memory_policy *m = spec->linux_.memory_policy;
	int all = 0;

	for (size_t i = 0; m && i < m->flags.count; i++)
		all |= m->flags.items[i];
	if ((all & MPOL_F_STATIC_NODES) && (all & MPOL_F_RELATIVE_NODES))
		return fail_at(&m->flags, 0,
			       "MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other");
	return 0;
}

/* clang-format off */
static int (*const document_rules[])(const struct spec *spec) = {
	namespaces_are_listed_once,
	host_names_need_uts, hidden_paths_need_mount, net_devices_need_network,
	mappings_need_user, new_user_needs_mappings, mappings_are_valid,
	mount_mappings_come_in_pairs,
	time_offsets_need_new_time, time_offset_clocks_are_known,
	devices_have_numbers, net_devices_are_named, net_devices_differ,
	check_annotations,
	personality_has_no_flags, memory_policy_nodes_fit, memory_policy_flags_fit,
};
/* clang-format on */

/* True when the rules end here: at the first failure, unless they are collected. */
static bool stops(int result, bool *wrong)
{
	*wrong |= result < 0;
	return result < 0 && fail_go_on() < 0;
}

int spec_check_process(const struct spec_process *process)
{
	bool wrong = false;

	for (size_t i = 0; i < COUNT(process_rules); i++)
		if (stops(process_rules[i](process), &wrong))
			return -1;
	return wrong ? -1 : 0;
}

int spec_check(const struct spec *spec)
{
	bool wrong = false;

	for (size_t i = 0; i < COUNT(document_rules); i++)
		if (stops(document_rules[i](spec), &wrong))
			return -1;
	if ((spec->process && stops(spec_check_process(spec->process), &wrong)) ||
	    (spec->linux_.resources &&
	     stops(spec_check_resources(spec->linux_.resources), &wrong)) ||
	    (spec->linux_.seccomp && stops(check_seccomp(spec->linux_.seccomp), &wrong)))
		return -1;
	return wrong ? -1 : 0;
}
