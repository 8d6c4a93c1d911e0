/* namespaces.c - which namespaces are made new, which are joined, in which order. */
#include "sandbox/namespaces.h"
#include "base/fd.h"
#include "base/file.h"
#include "host/host.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

const uint64_t namespace_flags[NS_COUNT] = {
	[NS_USER] = CLONE_NEWUSER, [NS_CGROUP] = CLONE_NEWCGROUP, [NS_IPC] = CLONE_NEWIPC,
	[NS_UTS] = CLONE_NEWUTS,   [NS_NETWORK] = CLONE_NEWNET,	  [NS_PID] = CLONE_NEWPID,
	[NS_MOUNT] = CLONE_NEWNS,  [NS_TIME] = CLONE_NEWTIME,
};

const char *namespace_name(enum namespace_type type)
{
	return name_of(namespace_names, type);
}

static bool may_make_namespaces(const struct host *host)
{
	return host->caps & UINT64_C(1) << CAP_SYS_ADMIN;
}

/* "monotonic SECONDS NANOSECONDS", a line each, as timens_offsets wants it. */
static const char *offsets_text(const struct spec_linux *linux_, struct arena *arena)
{
	cleanup_text struct text text = { 0 };

	for (size_t i = 0; i < linux_->time_offsets.count; i++) {
		const struct spec_time_offset *o = &linux_->time_offsets.items[i];

		text_addf(&text, "%s %" PRId64 " %" PRIu32 "\n", o->clock, o->secs, o->nanosecs);
	}
	return text.length ? arena_strdup(arena, text.data) : NULL;
}

static void plan_one(const struct spec_namespace *item, struct namespaces *n)
{
	if (item->path) {
		n->join[item->type] = item->path;
		n->has_join = true;
	} else if (item->type == NS_TIME) {
		n->new_time = true;
	} else {
		n->create |= namespace_flags[item->type];
	}
}

int namespaces_plan(const struct spec *spec, const struct host *host, struct arena *arena,
		    struct namespaces *ret)
{
	const struct spec_linux *linux_ = &spec->linux_;
	struct namespaces n = { .spec = linux_, .time_offsets = offsets_text(linux_, arena) };

	if (!spec_has_namespace(spec, NS_USER, NULL) && !may_make_namespaces(host))
		return fail_at(&linux_->namespaces, 0,
			       "without CAP_SYS_ADMIN a container needs a user namespace, and none "
			       "is listed");
	for (size_t i = 0; i < linux_->namespaces.count; i++)
		plan_one(&linux_->namespaces.items[i], &n);
	/*
	 * A pid namespace is entered by children only, a user namespace changes what else may be
	 * entered; and what is cloned into a new user namespace has no rights over namespaces that
	 * exist already.
	 */
	n.needs_joiner =
		n.join[NS_PID] || n.join[NS_USER] || (n.has_join && (n.create & CLONE_NEWUSER));
	*ret = n;
	return 0;
}

/* The item of config.json that a joined type came from. */
static const struct spec_namespace *find_item(const struct namespaces *n, int type)
{
	for (size_t i = 0; i < n->spec->namespaces.count; i++)
		if (n->spec->namespaces.items[i].type == type)
			return &n->spec->namespaces.items[i];
	fail_fatal("a namespace is joined that config.json does not list");
}

/* A host path of config.json, which is trusted; opened before any container file is in sight. */
static int open_one(const struct namespaces *n, int type)
{
	const struct spec_namespace *item = find_item(n, type);
	cleanup_fd int fd = open(item->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int found;

	if (fd < 0)
		return fail_at(&item->path, errno, "open %s namespace %s", namespace_name(type),
			       item->path);
	found = ioctl(fd, NS_GET_NSTYPE);
	if (found < 0)
		return fail_at(&item->path, 0, "%s is not a namespace", item->path);
	if ((uint64_t)found != namespace_flags[type])
		return fail_at(&item->path, 0, "%s is not a %s namespace", item->path,
			       namespace_name(type));
	return take_fd(&fd);
}

int namespaces_open(const struct namespaces *n, int fds[NS_COUNT])
{
	for (int t = 0; t < NS_COUNT; t++)
		fds[t] = -1;
	for (int t = 0; t < NS_COUNT; t++) {
		if (!n->join[t])
			continue;
		fds[t] = open_one(n, t);
		if (fds[t] >= 0)
			continue;
		for (int opened = 0; opened < t; opened++)
			fd_close(&fds[opened]);
		return -1;
	}
	return 0;
}

static int fail_join(const struct namespaces *n, int type, int code)
{
	return fail_at(&find_item(n, type)->path, code, "join %s namespace %s",
		       namespace_name(type), n->join[type]);
}

/*
 * The order: everything but the user namespace first, with the caller's own rights, because what
 * belongs to the caller's user namespace is out of reach afterwards.  What is refused belongs to
 * the user namespace that is entered next, and is tried again inside it.  The mount namespace
 * stands behind the others in the enum: entering it changes the root directory.
 */
int namespaces_join(const struct namespaces *n, const int fds[NS_COUNT])
{
	bool again[NS_COUNT] = { false };

	for (int t = 0; t < NS_COUNT; t++) {
		if (t == NS_USER || fds[t] < 0 || setns(fds[t], (int)namespace_flags[t]) == 0)
			continue;
		if (errno != EPERM || fds[NS_USER] < 0)
			return fail_join(n, t, errno);
		again[t] = true;
	}
	if (fds[NS_USER] >= 0 && setns(fds[NS_USER], CLONE_NEWUSER) < 0)
		return fail_join(n, NS_USER, errno);
	for (int t = 0; t < NS_COUNT; t++)
		if (again[t] && setns(fds[t], (int)namespace_flags[t]) < 0)
			return fail_join(n, t, errno);
	return 0;
}

const char *const namespace_files[NS_COUNT] = {
	[NS_USER] = "user",   [NS_CGROUP] = "cgroup", [NS_IPC] = "ipc",	  [NS_UTS] = "uts",
	[NS_NETWORK] = "net", [NS_PID] = "pid",	      [NS_MOUNT] = "mnt", [NS_TIME] = "time",
};

/* Of one process; a file that is missing means a kernel without such namespaces. */
static int read_inodes(int proc_fd, const char *process, struct stat ret[NS_COUNT])
{
	char name[32];

	snprintf(name, sizeof name, "%s/ns", process);
	cleanup_fd int fd = openat(proc_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail(errno, "open /proc/%s", name);
	for (int t = 0; t < NS_COUNT; t++)
		if (fstatat(fd, namespace_files[t], &ret[t], 0) < 0 && errno != ENOENT)
			return fail(errno, "look at /proc/%s/%s", name, namespace_files[t]);
	return 0;
}

static uint64_t compare(const struct stat own[NS_COUNT], const struct stat other[NS_COUNT])
{
	uint64_t flags = 0;

	for (int t = 0; t < NS_COUNT; t++)
		if (own[t].st_ino != other[t].st_ino || own[t].st_dev != other[t].st_dev)
			flags |= namespace_flags[t];
	return flags;
}

int namespaces_that_differ(int proc_fd, int pid, uint64_t *ret)
{
	struct stat own[NS_COUNT] = { 0 }, other[NS_COUNT] = { 0 };
	char process[16];

	snprintf(process, sizeof process, "%d", pid);
	if (read_inodes(proc_fd, "self", own) < 0 || read_inodes(proc_fd, process, other) < 0)
		return -1;
	*ret = compare(own, other);
	return 0;
}

int namespaces_open_differ(int proc_fd, const int fds[NS_COUNT], uint64_t *ret)
{
	struct stat own[NS_COUNT] = { 0 }, other[NS_COUNT];

	if (read_inodes(proc_fd, "self", own) < 0)
		return -1;
	memcpy(other, own, sizeof other);
	for (int t = 0; t < NS_COUNT; t++)
		if (fds[t] >= 0 && fstat(fds[t], &other[t]) < 0)
			return fail(errno, "look at a %s namespace", namespace_name(t));
	*ret = compare(own, other);
	return 0;
}

/* The user namespace is the first in the enum: in it is the right to the others. */
int namespaces_enter_open(const int fds[NS_COUNT], uint64_t flags)
{
	for (int t = 0; t < NS_COUNT; t++)
		if (flags & namespace_flags[t] && setns(fds[t], (int)namespace_flags[t]) < 0)
			return fail(errno, "join the %s namespace of the container process",
				    namespace_name(t));
	return 0;
}

int namespaces_enter(int pidfd, uint64_t flags)
{
	if (flags && setns(pidfd, (int)flags) < 0)
		return fail(errno, "join the namespaces of the container process");
	return 0;
}

int time_unshare(void)
{
	if (unshare(CLONE_NEWTIME) < 0)
		return fail(errno, "make a time namespace");
	return 0;
}

int time_write_offsets(const struct namespaces *n, int proc_fd, int child_pid)
{
	char name[64];

	if (!n->time_offsets)
		return 0;
	snprintf(name, sizeof name, "%d/timens_offsets", child_pid);
	if (file_write(proc_fd, name, n->time_offsets) < 0)
		return fail_in_at(&n->spec->time_offsets);
	return 0;
}

/* The one magic link that is followed on purpose, below a procfs that is known to be real (R3). */
int time_enter(int self_fd)
{
	cleanup_fd int fd = openat(self_fd, "ns/time_for_children", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail(errno, "open ns/time_for_children");
	if (setns(fd, CLONE_NEWTIME) < 0)
		return fail(errno, "enter the new time namespace");
	return 0;
}
