/* cgroup_update.c - reads what a change needs of the present values, orders, writes, takes back. */
#include "cgroup/cgroup_update.h"
#include "base/arena.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "cgroup/cgroup_devices.h"
#include "cgroup/cgroup_table.h"
#include "cgroup/systemd.h"
#include "spec/load.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { FILE_LIMIT = 1 << 20 };

struct planning {
	struct cgroup_changes changes;
	int dir_fd;
	struct arena *arena;
};

/* ---- the present values ---- */

/* The first word of a file: a number, "max" is -1.  -1 where there is no such file. */
static int64_t present(int dir_fd, const char *file)
{
	char line[64];

	if (file_read_line(dir_fd, file, line, sizeof line) <= 0 || text_starts(line, "max"))
		return -1;
	return strtoll(line, NULL, 10);
}

/* Members that only have a meaning together with one that is left out. */
static void complete_memory(int dir_fd, struct spec_memory *m)
{
	if (m->swap.set && m->swap.value && (!m->limit.set || !m->limit.value))
		m->limit = (struct opt_i64){ true, present(dir_fd, "memory.max") };
}

static void complete_cpu(int dir_fd, struct spec_cpu *c)
{
	bool needs_quota = (c->period.set && c->period.value) || (c->burst.set && c->burst.value);

	if (needs_quota && (!c->quota.set || !c->quota.value))
		c->quota = (struct opt_i64){ true, present(dir_fd, "cpu.max") };
}

/* In place, so that messages find where a member stands. */
static void complete(int dir_fd, struct spec_resources *r)
{
	if (r->memory)
		complete_memory(dir_fd, r->memory);
	if (r->cpu)
		complete_cpu(dir_fd, r->cpu);
}

/* asked to, we do not set a limit that the kernel would have to kill for. */
static int check_usage(int dir_fd, const struct spec_resources *r)
{
	const struct spec_memory *m = r->memory;
	int64_t used = present(dir_fd, "memory.current");

	if (m->limit.set && m->limit.value > 0 && used > m->limit.value)
		return fail_at(&m->limit, 0, "%" PRId64 " is less than the %" PRId64 " in use",
			       m->limit.value, used);
	return 0;
}

/* ---- the list of changes ---- */

/* "8:0 rbps=1" has a line of its own for each device, "mlx4_0 hca_handle=2" too. */
static bool has_key(const char *file, const char *value)
{
	size_t word = strcspn(value, " ");

	return value[word] && (memchr(value, ':', word) || !strcmp(file, "rdma.max") ||
			       text_starts(value, "default "));
}

/* What a line that is not there yet stands for. */
static const char *default_line(const char *file, const char *key, struct arena *arena)
{
	static const struct {
		const char *file, *value;
	} rows[] = {
		{ "io.max", "rbps=max wbps=max riops=max wiops=max" },
		{ "rdma.max", "hca_handle=max hca_object=max" },
		{ "io.weight", "default" },
		{ "io.bfq.weight", "default" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (!strcmp(file, rows[i].file))
			return arena_printf(arena, "%s %s", key, rows[i].value);
	return NULL;
}

static const char *old_line(const struct planning *c, const char *file, const char *text,
			    const char *value)
{
	size_t word = strcspn(value, " ");

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (!strncmp(line, value, word) && line[word] == ' ')
			return arena_strndup(c->arena, line, strcspn(line, "\n"));
	return default_line(file, arena_strndup(c->arena, value, word), c->arena);
}

/* False: there is no such file.  *ret: what is written to get the present state back. */
static bool read_old(const struct planning *c, const char *file, const char *value,
		     const char **ret)
{
	cleanup_free char *text = NULL;
	cleanup_fd int fd = openat(c->dir_fd, file, O_RDONLY | O_CLOEXEC);

	*ret = NULL;
	if (fd < 0) /* EACCES: one that can only be written */
		return errno != ENOENT;
	if (file_read_fd(fd, FILE_LIMIT, &text, NULL) < 0)
		return true;
	if (has_key(file, value))
		*ret = old_line(c, file, text, value);
	else /* an empty list of CPUs is written as an empty line */
		*ret = *text ? arena_strndup(c->arena, text, strcspn(text, "\n") + (*text == '\n'))
			     : "\n";
	return true;
}

static int add_change(struct planning *c, const struct cgroup_write *w)
{
	struct cgroup_change change = { .write = w, .file = w->file, .value = w->value };
	char controller[64];

	if (!read_old(c, change.file, change.value, &change.old)) {
		change.file = w->fallback_file;
		change.value = w->fallback_value;
		if (!change.file || !read_old(c, change.file, change.value, &change.old)) {
			if (w->flags & WRITE_MAY_LACK)
				return 0;
			cgroup_file_controller(w->file, controller, sizeof controller);
			return json_fail_at(w->member, w->member_size, 0,
					    "the container's cgroup has no %s: the %s controller "
					    "is not there, or not for this container",
					    w->file, controller);
		}
	}
	c->changes.list.items[c->changes.list.count++] = change;
	return 0;
}

static struct cgroup_change *find(struct planning *c, const char *file)
{
	for (size_t i = 0; i < c->changes.list.count; i++)
		if (!strcmp(c->changes.list.items[i].file, file))
			return &c->changes.list.items[i];
	return NULL;
}

static void move_before(struct cgroup_change *what, struct cgroup_change *where)
{
	struct cgroup_change moved = *what;

	if (what < where)
		return;
	memmove(where + 1, where, (size_t)((char *)what - (char *)where));
	*where = moved;
}

/* "max" is more than every number. */
static uint64_t amount(const char *text)
{
	return text_starts(text, "max") ? UINT64_MAX : strtoull(text, NULL, 10);
}

static bool shrinks(const struct cgroup_change *c)
{
	return c->old && amount(c->value) < amount(c->old);
}

/* the kernel wants burst within quota at every moment. */
static void order_burst(struct planning *c)
{
	struct cgroup_change *quota = find(c, "cpu.max"), *burst = find(c, "cpu.max.burst");

	if (quota && burst && burst->old && amount(quota->value) < amount(burst->old))
		move_before(burst, quota);
}

/* a group that is idle has no weight; the table has weight in front. */
static void order_idle(struct planning *c)
{
	struct cgroup_change *weight = find(c, "cpu.weight"), *idle = find(c, "cpu.idle");

	if (!weight || !idle || !idle->old || *idle->old != '1')
		return;
	if (*idle->value != '1') {
		move_before(idle, weight);
		return;
	}
	c->changes.list.count--; /* stays idle: there is nothing to weigh */
	memmove(weight, weight + 1,
		(size_t)((char *)&c->changes.list.items[c->changes.list.count] - (char *)weight));
}

/* The kernel forgets the weight of a group that becomes idle.  Written as it is, it is among what
 * is taken back, behind idle. */
static void keep_weight(struct planning *c)
{
	const struct cgroup_change *idle = find(c, "cpu.idle");
	struct cgroup_change keep = { .file = "cpu.weight" };

	if (!idle || !idle->old || *idle->old == '1' || *idle->value != '1' || find(c, keep.file))
		return;
	keep.write = idle->write;
	if (!read_old(c, keep.file, "", &keep.old) || !keep.old)
		return; /* nothing to keep */
	keep.value = keep.old;
	struct cgroup_change *last = &c->changes.list.items[c->changes.list.count++];

	*last = keep;
	move_before(last, find(c, "cpu.idle"));
}

/*
 * Where one of the two grows and the other shrinks, swap goes first: when it shrinks, there is
 * never more of both than before or afterwards, and when it grows there is room for what memory
 * loses.
 */
static void order_swap(struct planning *c)
{
	struct cgroup_change *memory = find(c, "memory.max"), *swap = find(c, "memory.swap.max");

	if (memory && swap && shrinks(memory) != shrinks(swap))
		move_before(swap, memory);
}

int cgroup_update_plan(int dir_fd, struct spec_resources *r, struct arena *arena,
		       struct cgroup_changes *ret)
{
	struct planning c = { .dir_fd = dir_fd, .arena = arena };
	struct cgroup_writes writes = { 0 };

	complete(dir_fd, r);
	if (spec_check_resources(r) < 0 || cgroup_table_plan(r, NULL, arena, &writes) < 0)
		return -1;
	if (writes.check_before_update && check_usage(dir_fd, r) < 0)
		return -1;
	c.changes.list.items = ARENA_ARRAY(arena, writes.writes.count + 2, struct cgroup_change);
	for (size_t i = 0; i < writes.writes.count; i++)
		if (add_change(&c, &writes.writes.items[i]) < 0)
			return -1;
	order_burst(&c);
	order_idle(&c);
	keep_weight(&c);
	order_swap(&c);
	*ret = c.changes;
	return 0;
}

/* ---- writing ---- */

static void take_back(const struct cgroup_changes *c, int dir_fd, size_t count)
{
	while (count-- > 0) {
		const struct cgroup_change *change = &c->list.items[count];

		/* What an idle group shows for its weight cannot be written. */
		if (!change->old ||
		    (!strcmp(change->file, "cpu.weight") && !strcmp(change->old, "0")))
			continue;
		if (file_write(dir_fd, change->file, change->old) < 0)
			log_warning("back to the old value: %s", failure()->text);
	}
}

static int write_changes(const struct cgroup_changes *c, int dir_fd)
{
	for (size_t done = 0; done < c->list.count; done++) {
		const struct cgroup_change *change = &c->list.items[done];

		if (file_write(dir_fd, change->file, change->value) == 0)
			continue;
		json_fail_in_at(change->write->member, change->write->member_size);
		struct failure first = *failure();

		take_back(c, dir_fd, done);
		return fail_copy(first.code, first.text, strlen(first.text));
	}
	return 0;
}

/* The new values as properties of the unit, or the old ones. */
static int tell_systemd(const struct cgroup_changes *c, const struct cgroup_target *t, bool old)
{
	cleanup_systemd_helper struct systemd_helper helper = SYSTEMD_NO_HELPER;
	cleanup_arena struct arena *arena = arena_new();
	struct cgroup_writes writes = { 0 };
	const struct systemd_limits limits = { &writes, SYSTEMD_ALWAYS, t->dir_fd,
					       old ? NULL : t->devices };

	if (!t->unit.name)
		return 0;
	writes.writes.items = ARENA_ARRAY(arena, c->list.count + 1, struct cgroup_write);
	for (size_t i = 0; i < c->list.count; i++) {
		const struct cgroup_change *change = &c->list.items[i];

		if (!old || change->old)
			writes.writes.items[writes.writes.count++] =
				(struct cgroup_write){ .file = change->file,
						       .value = old ? change->old : change->value };
	}
	return systemd_set(&helper, t->host, &t->unit, &limits);
}

/* systemd writes in an order of its own, and rounds: it is told when the values are there already,
 * and they are written once more. */
static int write_everywhere(const struct cgroup_changes *c, const struct cgroup_target *t)
{
	if (write_changes(c, t->dir_fd) < 0)
		return -1;
	if (!t->unit.name)
		return 0;
	if (tell_systemd(c, t, false) == 0)
		return write_changes(c, t->dir_fd);
	struct failure first = *failure();

	take_back(c, t->dir_fd, c->list.count);
	return fail_copy(first.code, first.text, strlen(first.text));
}

int cgroup_update_apply(const struct cgroup_changes *c, const struct cgroup_target *t)
{
	if (write_everywhere(c, t) < 0)
		return -1;
	/* The new program takes the place of the old one in one step. */
	if (!t->devices || cgroup_devices_attach(t->devices, t->dir_fd) == 0)
		return 0;
	struct failure first = *failure();

	take_back(c, t->dir_fd, c->list.count);
	if (tell_systemd(c, t, true) < 0)
		log_warning("back to the old value: %s", failure()->text);
	return fail_copy(first.code, first.text, strlen(first.text));
}
