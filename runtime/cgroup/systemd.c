/* systemd.c - what is asked of systemd in the life of a container, and the proof that it was done.
 */
#include "cgroup/systemd.h"
#include "base/arena.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/text.h"
#include "cgroup/cgroup.h"
#include "host/host.h"
#include "host/host_systemd.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { LIST_LIMIT = 64 << 10 };

/* A failure that names the property of an annotation names its place too. */
static int blame_annotation(const struct systemd_properties *annotations)
{
	for (size_t i = 0; i < annotations->list.count; i++) {
		const struct systemd_property *p = &annotations->list.items[i];

		if (strstr(failure()->text, p->name))
			return json_fail_in_at(p->member, p->member_size);
	}
	return -1;
}

/*
 * Accounting is what makes systemd enable the controllers, which engines read statistics of.
 * TasksMax: every unit has a share of the machine's tasks for its limit unless it is told
 * otherwise.  CollectMode: a scope whose processes were killed for memory does not stand in the way
 * of the next one of its name.
 */
static void add_basics(const struct systemd_plan *plan, pid_t pid, struct systemd_properties *p)
{
	static const char *const accounting[] = { "CPUAccounting", "IOAccounting",
						  "MemoryAccounting", "TasksAccounting" };

	systemd_property_add(p, "Description", "@s 'ring3 container %s'", plan->unit);
	systemd_property_add(p, "Slice", "@s '%s'", plan->slice);
	systemd_property_add(p, "Delegate", "@b true");
	systemd_property_add(p, "PIDs", "@au [%d]", (int)pid);
	systemd_property_add(p, "DefaultDependencies", "@b false");
	systemd_property_add(p, "CollectMode", "@s 'inactive-or-failed'")->optional = true;
	systemd_property_add(p, "TasksMax", "@t %" PRIu64, UINT64_MAX);
	for (size_t i = 0; i < COUNT(accounting); i++)
		systemd_property_add(p, accounting[i], "@b true");
}

static int read_cgroup(const struct host *host, pid_t pid, char **ret_list, const char **ret)
{
	char name[32], *rest;

	snprintf(name, sizeof name, "%d/cgroup", (int)pid);
	if (file_read(host->proc_fd, name, LIST_LIMIT, ret_list, NULL) < 0)
		return -1;
	rest = *ret_list;
	for (char *line; (line = strsep(&rest, "\n"));)
		if (text_starts(line, "0::/")) {
			*ret = line + strlen("0::");
			return 0;
		}
	return fail(0, "no cgroup v2 in /proc/%s", name);
}

/* The kernel's word: the process is where the plan says that it is. */
static int check_place(const struct systemd_plan *plan, pid_t pid)
{
	cleanup_free char *list = NULL;
	const char *path = NULL;

	if (read_cgroup(plan->host, pid, &list, &path) < 0)
		return -1;
	if (!strcmp(path, plan->scope))
		return 0;
	return fail(0, "systemd has put the container into %s, not into %s", path, plan->scope);
}

/* A scope with processes in it could hand nothing down. */
static void hand_down(int dir_fd)
{
	char line[512], word[64];
	char *rest = line;

	if (file_read_line(dir_fd, "cgroup.controllers", line, sizeof line) <= 0)
		return;
	for (char *name; (name = strsep(&rest, " "));) {
		snprintf(word, sizeof word, "+%s", name);
		/* One that cannot be had is missed where its limit is written. */
		if (*name)
			(void)!file_write(dir_fd, "cgroup.subtree_control", word);
	}
}

static int make_subgroup(const struct systemd_plan *plan, pid_t pid, int *dir_fd)
{
	char number[16];

	if (!plan->subgroup)
		return 0;
	if (mkdirat(*dir_fd, plan->subgroup, 0755) < 0)
		return fail(errno, "make cgroup %s/%s", plan->scope, plan->subgroup);
	cleanup_fd int fd = file_open_dir(*dir_fd, plan->subgroup);

	snprintf(number, sizeof number, "%d", (int)pid);
	if (fd < 0 || file_write(fd, "cgroup.procs", number) < 0)
		return fail_in("cgroup %s/%s", plan->scope, plan->subgroup);
	hand_down(*dir_fd);
	close(*dir_fd);
	*dir_fd = take_fd(&fd);
	return 0;
}

int systemd_start(struct systemd_helper *h, const struct systemd_plan *plan,
		  const struct cgroup_writes *writes, const char *mount, pid_t pid, int *ret_fd)
{
	cleanup_arena struct arena *arena = arena_new();
	struct systemd_properties p = { .arena = arena };
	cleanup_fd int fd = -1;

	add_basics(plan, pid, &p);
	for (size_t i = 0; i < plan->annotations.list.count; i++)
		systemd_property_add(&p, plan->annotations.list.items[i].name, "%s",
				     plan->annotations.list.items[i].value);
	systemd_properties_of_writes(writes, SYSTEMD_START, -1, &p);
	if (systemd_helper_open(h, plan->host, plan->user) < 0)
		return -1;
	if (systemd_helper_ask(h, "start", plan->unit, &p) < 0)
		return blame_annotation(&plan->annotations);
	if (check_place(plan, pid) < 0 || (fd = cgroup_open(mount, plan->scope)) < 0 ||
	    make_subgroup(plan, pid, &fd) < 0)
		return -1;
	*ret_fd = take_fd(&fd);
	return 0;
}

int systemd_set(struct systemd_helper *h, const struct host *host, const struct systemd_unit *unit,
		const struct systemd_limits *limits)
{
	cleanup_arena struct arena *arena = arena_new();
	struct systemd_properties p = { .arena = arena };

	systemd_properties_of_writes(limits->writes, limits->phase, limits->dir_fd, &p);
	if (limits->devices)
		systemd_properties_of_devices(limits->devices, &p);
	if (!p.list.count)
		return 0;
	return systemd_helper_open(h, host, unit->user) < 0
		       ? -1
		       : systemd_helper_ask(h, "set", unit->name, &p);
}

int systemd_check(const struct systemd_plan *plan)
{
	cleanup_systemd_helper struct systemd_helper h = SYSTEMD_NO_HELPER;

	return systemd_helper_open(&h, plan->host, plan->user) < 0
		       ? -1
		       : systemd_helper_ask(&h, "", "", NULL);
}

int systemd_stop(const struct host *host, const struct systemd_unit *unit)
{
	cleanup_systemd_helper struct systemd_helper h = SYSTEMD_NO_HELPER;

	return systemd_helper_open(&h, host, unit->user) < 0
		       ? -1
		       : systemd_helper_ask(&h, "stop", unit->name, NULL);
}

int systemd_attach(const struct host *host, const struct systemd_unit *unit, const char *path,
		   pid_t pid)
{
	cleanup_systemd_helper struct systemd_helper h = SYSTEMD_NO_HELPER;
	cleanup_text struct text request = { 0 };
	const char *below = strstr(path, unit->name);

	/* The unit's own cgroup is "/". */
	below = below ? below + strlen(unit->name) : "";
	text_addf(&request, "%s %s %d", unit->name, *below ? below : "/", (int)pid);
	return systemd_helper_open(&h, host, unit->user) < 0
		       ? -1
		       : systemd_helper_ask(&h, "attach", request.data, NULL);
}
