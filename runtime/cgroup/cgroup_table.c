/* cgroup_table.c - the rows: which property of linux.resources becomes which file, and how its
 * value is converted. */
#include "cgroup/cgroup_table.h"
#include "cgroup/cgroup_lib.h"
#include "host/host.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct writer {
	struct arena *arena;
	struct cgroup_write *writes;
	size_t count, room;
};

#define WRITE(w, member_, file_, ...)                                                              \
	write_add((w), (member_), sizeof *(member_), (file_), arena_printf((w)->arena, __VA_ARGS__))

static struct cgroup_write *write_add(struct writer *w, const void *member, size_t member_size,
				      const char *file, const char *value)
{
	if (w->count == w->room) {
		size_t room = w->room ? w->room * 2 : 16;
		struct cgroup_write *more = ARENA_ARRAY(w->arena, room, struct cgroup_write);

		if (w->count)
			memcpy(more, w->writes, w->count * sizeof *more);
		w->writes = more;
		w->room = room;
	}
	struct cgroup_write *added = &w->writes[w->count++];

	*added = (struct cgroup_write){
		.file = file, .value = value, .member = member, .member_size = member_size
	};
	return added;
}

/*
 * ceil(10^((l^2 + 125 l) / 612 - 7/34)), l = log2(shares): the curve that maps 1024 to 100, as
 * runc, crun and systemd use it since 2025.  A hair above a whole number is rounding of the
 * library, not of the curve.
 */
uint64_t cgroup_weight_of_shares(uint64_t shares)
{
	if (shares == 0)
		return 0;
	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;
	double l = log2((double)shares);

	return (uint64_t)ceil(pow(10, (l * l + 125 * l) / 612 - 7.0 / 34) - 1e-9);
}

uint64_t cgroup_io_weight(uint64_t weight)
{
	return 1 + (weight - 10) * 9999 / 990;
}

const char *cgroup_page_size(const char *page_size, struct arena *arena)
{
	static const char units[] = "KMG";
	char unit = 0;
	uint64_t n = 0;

	if (sscanf(page_size, "%" SCNu64 "%cB", &n, &unit) != 2 || !strchr(units, unit))
		return page_size;
	const char *u = strchr(units, unit);

	for (; n % 1024 == 0 && n && u[1]; u++)
		n /= 1024;
	return arena_printf(arena, "%" PRIu64 "%cB", n, *u);
}

static int cpuset_cpus(const struct spec_resources *r, struct writer *w)
{
	if (r->cpu && text_is_set(r->cpu->cpus))
		WRITE(w, &r->cpu->cpus, "cpuset.cpus", "%s", r->cpu->cpus)->flags = WRITE_EARLY;
	return 0;
}

static int cpuset_mems(const struct spec_resources *r, struct writer *w)
{
	if (r->cpu && text_is_set(r->cpu->mems))
		WRITE(w, &r->cpu->mems, "cpuset.mems", "%s", r->cpu->mems)->flags = WRITE_EARLY;
	return 0;
}

static int cpu_weight(const struct spec_resources *r, struct writer *w)
{
	if (r->cpu && r->cpu->shares.set && r->cpu->shares.value)
		WRITE(w, &r->cpu->shares, "cpu.weight", "%" PRIu64,
		      cgroup_weight_of_shares(r->cpu->shares.value));
	return 0;
}

/* One value alone leaves the other as it is: "QUOTA" keeps the period; a fresh cgroup has no quota
 * to keep. */
static int cpu_max(const struct spec_resources *r, struct writer *w)
{
	const struct spec_cpu *c = r->cpu;
	bool quota = c && c->quota.set && c->quota.value != 0,
	     period = c && c->period.set && c->period.value;

	if (quota && c->quota.value > 0 && period)
		WRITE(w, &c->quota, "cpu.max", "%" PRId64 " %" PRIu64, c->quota.value,
		      c->period.value);
	else if (quota && c->quota.value > 0)
		WRITE(w, &c->quota, "cpu.max", "%" PRId64, c->quota.value);
	else if (period)
		WRITE(w, &c->period, "cpu.max", "max %" PRIu64, c->period.value);
	else if (quota)
		WRITE(w, &c->quota, "cpu.max", "max")->flags = WRITE_MAY_LACK;
	return 0;
}

static int cpu_burst(const struct spec_resources *r, struct writer *w)
{
	if (r->cpu && r->cpu->burst.set)
		WRITE(w, &r->cpu->burst, "cpu.max.burst", "%" PRIu64, r->cpu->burst.value)->flags =
			r->cpu->burst.value ? 0 : WRITE_MAY_LACK;
	return 0;
}

/* Last of cpu: the kernel refuses a weight for an idle group. */
static int cpu_idle(const struct spec_resources *r, struct writer *w)
{
	if (r->cpu && r->cpu->idle.set)
		WRITE(w, &r->cpu->idle, "cpu.idle", "%" PRId64, r->cpu->idle.value)->flags =
			r->cpu->idle.value ? 0 : WRITE_MAY_LACK;
	return 0;
}

static void limit(struct writer *w, const struct opt_i64 *value, const char *file)
{
	if (value->value < 0)
		WRITE(w, value, file, "max")->flags = WRITE_MAY_LACK;
	else
		WRITE(w, value, file, "%" PRId64, value->value);
}

static int memory_max(const struct spec_resources *r, struct writer *w)
{
	if (r->memory && r->memory->limit.set &&
	    r->memory->limit.value) /* 0 is what engines write for "none" */
		limit(w, &r->memory->limit, "memory.max");
	return 0;
}

static int memory_low(const struct spec_resources *r, struct writer *w)
{
	if (r->memory && r->memory->reservation.set && r->memory->reservation.value)
		limit(w, &r->memory->reservation, "memory.low");
	return 0;
}

/* config.json's swap is memory and swap together; cgroup v2 counts swap alone (matrix 2.9.1). */
static int memory_swap(const struct spec_resources *r, struct writer *w)
{
	const struct spec_memory *m = r->memory;
	bool lifted = m && m->limit.set && m->limit.value < 0;

	if (!m || ((!m->swap.set || m->swap.value == 0) && !lifted))
		return 0;
	if (!m->swap.set || m->swap.value <= 0) {
		const struct opt_i64 *why = m->swap.set && m->swap.value ? &m->swap : &m->limit;

		WRITE(w, why, "memory.swap.max", "max")->flags = WRITE_MAY_LACK;
		return 0;
	}
	int64_t swap = lifted ? m->swap.value : m->swap.value - m->limit.value;
	WRITE(w, &m->swap, "memory.swap.max", "%" PRId64, swap)->flags = swap ? 0 : WRITE_MAY_LACK;
	return 0;
}

static int pids_max(const struct spec_resources *r, struct writer *w)
{
	if (r->pids && r->pids->limit.set) /* 0 is a limit like any other */
		limit(w, &r->pids->limit, "pids.max");
	return 0;
}

static int io_weight(const struct spec_resources *r, struct writer *w)
{
	const struct opt_u32 *weight = r->block_io ? &r->block_io->weight : NULL;

	if (!weight || !weight->set || !weight->value)
		return 0;
	struct cgroup_write *bfq = WRITE(w, weight, "io.bfq.weight", "%" PRIu32, weight->value);

	bfq->fallback_file = "io.weight";
	bfq->fallback_value =
		arena_printf(w->arena, "default %" PRIu64, cgroup_io_weight(weight->value));
	return 0;
}

static int io_device_weights(const struct spec_resources *r, struct writer *w)
{
	for (size_t i = 0; r->block_io && i < r->block_io->weight_device.count; i++) {
		const struct spec_weight_device *d = &r->block_io->weight_device.items[i];

		if (!d->weight.set || !d->weight.value)
			continue;
		struct cgroup_write *bfq =
			WRITE(w, d, "io.bfq.weight", "%" PRId64 ":%" PRId64 " %" PRIu32, d->major,
			      d->minor, d->weight.value);

		bfq->fallback_file = "io.weight";
		bfq->fallback_value =
			arena_printf(w->arena, "%" PRId64 ":%" PRId64 " %" PRIu64, d->major,
				     d->minor, cgroup_io_weight(d->weight.value));
	}
	return 0;
}

/* Rate 0 lifts the limit: the kernel has no limit of nothing. */
static int throttle(const spec_throttle *list, const char *key, struct writer *w)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct spec_throttle_device *d = &list->items[i];

		if (d->rate)
			WRITE(w, d, "io.max", "%" PRId64 ":%" PRId64 " %s=%" PRIu64, d->major,
			      d->minor, key, d->rate);
		else
			WRITE(w, d, "io.max", "%" PRId64 ":%" PRId64 " %s=max", d->major, d->minor,
			      key);
	}
	return 0;
}

static int io_max(const struct spec_resources *r, struct writer *w)
{
	const struct spec_block_io *b = r->block_io;

	if (!b)
		return 0;
	throttle(&b->read_bps, "rbps", w);
	throttle(&b->write_bps, "wbps", w);
	throttle(&b->read_iops, "riops", w);
	return throttle(&b->write_iops, "wiops", w);
}

/* Reservation first, the fault limit as well. */
static int hugepages(const struct spec_resources *r, struct writer *w)
{
	for (size_t i = 0; i < r->hugepage_limits.count; i++) {
		const struct spec_hugepage *h = &r->hugepage_limits.items[i];
		const char *size = cgroup_page_size(h->page_size, w->arena);

		WRITE(w, h, arena_printf(w->arena, "hugetlb.%s.rsvd.max", size), "%" PRIu64,
		      h->limit);
		WRITE(w, h, arena_printf(w->arena, "hugetlb.%s.max", size), "%" PRIu64, h->limit);
	}
	return 0;
}

static int rdma(const struct spec_resources *r, struct writer *w)
{
	for (size_t i = 0; i < r->rdma.count; i++) {
		const struct spec_rdma *d = &r->rdma.items[i];
		char handles[32] = "", objects[32] = "";

		if (d->hca_handles.set)
			snprintf(handles, sizeof handles, " hca_handle=%" PRIu32,
				 d->hca_handles.value);
		if (d->hca_objects.set)
			snprintf(objects, sizeof objects, " hca_object=%" PRIu32,
				 d->hca_objects.value);
		WRITE(w, d, "rdma.max", "%s%s%s", d->device, handles, objects);
	}
	return 0;
}

/* Written verbatim, one write a line, behind the typed properties: it wins. */
static int unified(const struct spec_resources *r, struct writer *w)
{
	for (size_t i = 0; i < r->unified.count; i++) {
		const struct json_pair *pair = &r->unified.items[i];
		const char *line = pair->value;

		do {
			size_t n = strcspn(line, "\n");

			WRITE(w, pair, pair->name, "%.*s", (int)n, line);
			line += n + (line[n] == '\n');
		} while (*line);
	}
	return 0;
}

/* The order works on a fresh cgroup: quota before burst, idle after weight, unified last. */
static int (*const rows[])(const struct spec_resources *r, struct writer *w) = {
	cpuset_cpus, cpuset_mems, cpu_weight,  cpu_max,	  cpu_burst,	     cpu_idle,
	memory_max,  memory_low,  memory_swap, io_weight, io_device_weights, io_max,
	hugepages,   rdma,	  pids_max,    unified,
};

const char *cgroup_file_controller(const char *file, char *out, size_t size)
{
	size_t n = strcspn(file, ".");

	snprintf(out, size, "%.*s", (int)n, file);
	if (!strcmp(out, "cgroup"))
		*out = 0;
	return out;
}

static bool has_word(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = words; at && (at = strstr(at, word)) != NULL; at += n)
		if ((at == words || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
			return true;
	return false;
}

/* What holds a controller that the cgroup2 root lacks: a v1 mount (its path), or nobody (""). */
static bool find_holder(const char *controller, const struct host *host, char *out, size_t size)
{
	char path[256];

	*out = '\0';
	if (!host->cgroup_hybrid)
		return false;
	if (host->proc_fd < 0) /* a false host */
		return true;
	if (!cgroup_lib_find_v1(controller, path, sizeof path))
		return false;
	snprintf(out, size, ", %s", path);
	return true;
}

static int check_controller(const struct cgroup_write *write, const struct host *host)
{
	char controller[64], holder[300];

	cgroup_file_controller(write->file, controller, sizeof controller);
	if (!*controller || (write->flags & WRITE_MAY_LACK) ||
	    has_word(host_cgroup_controllers(host), controller))
		return 0;
	if (find_holder(controller, host, holder, sizeof holder))
		return json_fail_at(
			write->member, write->member_size, 0,
			"the %s controller is bound to cgroup v1 on this host%s: boot it with "
			"systemd.unified_cgroup_hierarchy=1, or leave the limit out",
			controller, holder);
	return json_fail_at(write->member, write->member_size, 0,
			    "the %s controller is not in the cgroup2 hierarchy of this host (%s): "
			    "the kernel has it not, or was told so at boot",
			    controller, host->cgroup_mount ? host->cgroup_mount : "not mounted");
}

int cgroup_table_plan(const struct spec_resources *r, const struct host *host, struct arena *arena,
		      struct cgroup_writes *ret)
{
	struct writer w = { .arena = arena };

	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i](r, &w) < 0)
			return -1;
	for (size_t i = 0; host && i < w.count; i++)
		if (check_controller(&w.writes[i], host) < 0)
			return -1;
	ret->writes.items = w.writes;
	ret->writes.count = w.count;
	ret->check_before_update = r->memory && r->memory->check_before_update.set &&
				   r->memory->check_before_update.value;
	return 0;
}
