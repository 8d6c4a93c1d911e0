/*
 * The sources of bind mounts, opened before anything of the root file system is looked at (R2), and
 * idmaps. The paths here are the host's, named by config.json, which is trusted: they are opened as
 * they stand, by open_tree(2); nothing below the new root is touched.  A source in the root that
 * an earlier mount provides comes later, and is looked up as any place in there.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "base/path.h"
#include "sandbox/idmap.h"
#include "sandbox/mount_calls.h"
#include "sandbox/mounts.h"
#include "sandbox/sandbox.h"

static int source_fail(const struct mounts *m, const struct mount_op *op, int code)
{
	if (code == EINVAL && m->user_namespace && !op->recursive)
		return fail_at(&op->spec->source, code,
			       "%s has mounts below it, which a user namespace may not leave "
			       "behind: use rbind",
			       op->source);
	return fail_at(&op->spec->source, code, "%s", op->source);
}

/* A link that is to be copied stays what it is; anything else becomes a tree as without the option.
 */
static int open_link_or_tree(const struct mount_op *op, unsigned recursive, unsigned clone)
{
	cleanup_fd int fd = mount_open_host(op->source, AT_SYMLINK_NOFOLLOW);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (S_ISLNK(st.st_mode) || !clone)
		return take_fd(&fd);
	return recursive ? mount_clone_recursive(fd) : mount_clone(fd);
}

/* Whatever else stands at /proc decides what programs believe about the system (CVE-2019-16884). */
static int check_procfs(const struct mount_op *op, int fd)
{
	struct statfs fs;

	if (!strcmp(op->destination, "/proc") &&
	    (fstatfs(fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC))
		return fail_at(&op->spec->source, 0,
			       "%s cannot be mounted at /proc, it is no procfs", op->source);
	return 0;
}

/* clone: OPEN_TREE_CLONE, or 0 only to look. */
static int open_bind(const struct mounts *m, const struct mount_op *op, unsigned clone)
{
	unsigned recursive = clone && op->recursive ? AT_RECURSIVE : 0;
	unsigned follow = op->source_nofollow ? AT_SYMLINK_NOFOLLOW : 0;
	cleanup_fd int fd = op->spec->tree_fd > 0 ? fcntl(op->spec->tree_fd, F_DUPFD_CLOEXEC, 3)
			    : op->copy_symlink
				    ? open_link_or_tree(op, recursive, clone)
				    : mount_open_host(op->source, clone | recursive | follow);

	if (fd < 0)
		return source_fail(m, op, errno);
	return check_procfs(op, fd) < 0 ? -1 : take_fd(&fd);
}

int mounts_open_inside(const struct mounts *m, struct sandbox *s, size_t index)
{
	const struct mount_op *op = &m->ops.items[index];
	bool nofollow = op->source_nofollow || op->copy_symlink;

	if (!op->source_inside)
		return 0;
	cleanup_fd int fd =
		path_try_open(s->root_fd, op->source_inside, O_PATH | (nofollow ? O_NOFOLLOW : 0));
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return source_fail(m, op, errno);
	s->source_fds[index] = op->copy_symlink && S_ISLNK(st.st_mode) ? take_fd(&fd)
			       : op->recursive			       ? mount_clone_recursive(fd)
								       : mount_clone(fd);
	if (s->source_fds[index] < 0)
		return source_fail(m, op, errno);
	if (check_procfs(op, s->source_fds[index]) < 0)
		return -1;
	return mounts_ask_idmap(m, s, index, s->source_fds[index]);
}

static bool is_bound(const struct mounts *m, const struct mount_op *op)
{
	return op->kind == MOUNT_BIND || op->bind_fallback ||
	       (op->kind == MOUNT_CGROUP && !m->cgroup_namespace);
}

int mounts_open_cgroup(const struct mounts *m, size_t index)
{
	const struct mount_op *op = &m->ops.items[index];
	const char *path = m->cgroup_path ? m->cgroup_path : m->cgroup_mount;
	cleanup_fd int fd = -1;

	if (!path)
		return fail(ENODEV, "mount cgroup2 at %s: this host has none", op->destination);
	fd = mount_open_host(path, OPEN_TREE_CLONE | AT_RECURSIVE);
	if (fd < 0)
		return fail(errno, "bind %s", path);
	/* Not the container's own directory but everybody's: never writable (CVE-2023-25809). */
	if (!m->cgroup_path && mount_change(fd, AT_RECURSIVE, MOUNT_ATTR_RDONLY, 0, 0) < 0)
		return fail(errno, "make %s read-only", path);
	return take_fd(&fd);
}

int mounts_ask_idmap(const struct mounts *m, struct sandbox *s, size_t index, int tree_fd)
{
	if (!m->ops.items[index].idmap)
		return 0;
	return s->ask_idmap(s->stage, index, tree_fd);
}

int mounts_idmap(const struct mounts *m, size_t index, int tree_fd, int pid)
{
	const struct mount_op *op = &m->ops.items[index];
	cleanup_fd int namespace_fd =
		op->uid_mappings ? idmap_mount_namespace(op->uid_mappings, op->gid_mappings)
				 : idmap_namespace_of(pid);
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP };
	unsigned flags = AT_EMPTY_PATH | (op->idmap_recursive ? AT_RECURSIVE : 0);

	if (namespace_fd < 0)
		return -1;
	attr.userns_fd = (uint64_t)namespace_fd;
	if (mount_setattr(tree_fd, "", flags, &attr, sizeof attr) < 0)
		return fail_at(op->spec, errno, "map the ids of %s at %s%s", op->source,
			       op->destination,
			       errno == EINVAL ? " (does its file system allow that?)" : "");
	return 0;
}

int mounts_check_sources(const struct mounts *m)
{
	for (size_t i = 0; i < m->ops.count; i++) {
		const struct mount_op *op = &m->ops.items[i];

		if (!is_bound(m, op) || op->kind == MOUNT_CGROUP || op->source_inside)
			continue;
		cleanup_fd int fd = open_bind(m, op, 0);
		if (fd < 0 && fail_go_on() < 0)
			return -1;
	}
	return 0;
}

int mounts_open_source(const struct mounts *m, size_t index)
{
	if (index >= m->ops.count || !is_bound(m, &m->ops.items[index]))
		return fail(EPROTO, "source of mount %zu", index);
	return open_bind(m, &m->ops.items[index], OPEN_TREE_CLONE);
}

/* Whoever wrote config.json may go where the root of the container's user namespace may not:
 * Podman's files for --userns=auto are below directories of the host's root with mode 0700. */
static int open_source(const struct mounts *m, struct sandbox *s, size_t index)
{
	int fd = mounts_open_source(m, index);

	if (fd >= 0 || !m->user_namespace || !s->ask_source || failure()->code != EACCES)
		return fd;
	return s->ask_source(s->stage, index);
}

int mounts_open_sources(const struct mounts *m, struct sandbox *s)
{
	s->source_fds = ARENA_ARRAY(m->spec->arena, m->ops.count + 1, int);
	for (size_t i = 0; i < m->ops.count; i++)
		s->source_fds[i] = -1;
	for (size_t i = 0; i < m->ops.count; i++) {
		const struct mount_op *op = &m->ops.items[i];

		if (!is_bound(m, op) || op->source_inside)
			continue;
		if (op->kind != MOUNT_CGROUP && (s->source_fds[i] = open_source(m, s, i)) < 0)
			return -1;
		if (op->kind == MOUNT_CGROUP && (s->source_fds[i] = mounts_open_cgroup(m, i)) < 0)
			return fail_in_at(op->spec);
		if (mounts_ask_idmap(m, s, i, s->source_fds[i]) < 0)
			return fail_in_at(op->spec);
	}
	return 0;
}
