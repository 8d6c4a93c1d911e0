/*
 * One operation after the other, by the new mount API; what each one means was decided in mounts.c.
 * Failures name the destination; the place in config.json is put in front of all of them by
 * mounts_apply().
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "sandbox/mount_calls.h"
#include "sandbox/mount_copyup.h"
#include "sandbox/mount_filesystem.h"
#include "sandbox/mounts.h"
#include "sandbox/sandbox.h"

static bool type_is(const struct mount_op *op, const char *type)
{
	return op->type && !strcmp(op->type, type);
}

/* --- where: found or made below the root
 * ------------------------------------------------------------- */

/*
 * A procfs keeps its own files: only lxcfs may cover some of them, by their plain names.  The
 * destination's text was checked before; this is about links of the image that lead into a procfs.
 */
static int check_target(const struct mount_op *op, int target_fd)
{
	struct statfs fs;

	if (fstatfs(target_fd, &fs) < 0)
		return fail(errno, "statfs of %s", op->destination);
	if (fs.f_type == PROC_SUPER_MAGIC && op->kind != MOUNT_REMOUNT &&
	    strcmp(op->destination, "/proc") && !mount_may_cover_proc(op->destination))
		return fail(0, "%s leads into a procfs, nothing may be mounted there",
			    op->destination);
	return 0;
}

static bool is_followed(const struct mount_op *op)
{
	return !op->destination_nofollow && !type_is(op, "proc") && !type_is(op, "sysfs");
}

static int try_target(const struct mount_op *op, const struct sandbox *s)
{
	return path_try_open(s->root_fd, op->destination,
			     O_PATH | (is_followed(op) ? 0 : O_NOFOLLOW));
}

/* proc and sysfs: a link there has led runtimes to other places since CVE-2019-19921. */
static int check_ordinary_directory(const struct mount_op *op, int target_fd)
{
	struct stat st;

	if (!(type_is(op, "proc") || type_is(op, "sysfs")) || op->kind != MOUNT_FILESYSTEM)
		return 0;
	if (fstat(target_fd, &st) < 0)
		return fail(errno, "stat of %s", op->destination);
	if (!S_ISDIR(st.st_mode))
		return fail(0, "file system \"%s\" at %s must be mounted on ordinary directory",
			    op->type, op->destination);
	return 0;
}

/* source_mode: what will stand there, a directory or a file. */
static int find_target(const struct mount_op *op, const struct sandbox *s, mode_t source_mode,
		       bool *ret_existed)
{
	cleanup_fd int fd = try_target(op, s);

	*ret_existed = fd >= 0;
	if (fd < 0 && errno == ENOENT) {
		cleanup_fd int made = S_ISDIR(source_mode)
					      ? path_make_dir(s->root_fd, op->destination, 0755)
					      : path_make_file(s->root_fd, op->destination, 0644);

		if (made < 0)
			return -1;
		/* Making it may have followed a link that somebody put there just now. */
		fd = is_followed(op) ? take_fd(&made) : try_target(op, s);
	}
	if (fd < 0)
		return fail(errno, "open mount point %s", op->destination);
	if (check_ordinary_directory(op, fd) < 0 || check_target(op, fd) < 0)
		return -1;
	return take_fd(&fd);
}

static int attach(const struct mount_op *op, int tree_fd, int target_fd)
{
	struct stat source, target;
	int code;

	if (mount_attach(tree_fd, target_fd) == 0)
		return 0;
	code = errno;
	/* The kernel's EINVAL has many reasons, this is the usual one. */
	if (fstat(tree_fd, &source) == 0 && fstat(target_fd, &target) == 0 &&
	    S_ISDIR(source.st_mode) != S_ISDIR(target.st_mode))
		return fail(S_ISDIR(source.st_mode) ? ENOTDIR : EISDIR,
			    "attach to %s, where a %s is needed", op->destination,
			    S_ISDIR(source.st_mode) ? "directory" : "file");
	return fail(code, "attach to %s", op->destination);
}

/* --- how: attributes, before anybody can see the mount
 * ----------------------------------------------- */

/* Of a mount that is the host's a user namespace may clear no flag, and not choose another time of
 * access in either direction. */
static int attributes_fail(const struct mounts *m, const struct mount_op *op)
{
	if (errno == EPERM && m->user_namespace)
		return fail(EPERM,
			    "change attributes of %s: what the options change is locked by the "
			    "host's mount",
			    op->destination);
	return fail(errno, "change attributes of %s", op->destination);
}

/* Of flags that nobody named only MOUNT_ATTR_NOSYMFOLLOW is never locked: for the others the host's
 * mount decides. */
static int change_this(const struct mount_op *op, int fd, uint64_t propagation)
{
	const uint64_t set = filesystem_attributes(op), clear = op->attr_clear;

	if (mount_change(fd, 0, set, clear | op->implied_clear, propagation) == 0)
		return 0;
	if (errno != EPERM || !op->implied_clear)
		return -1;
	return mount_change(fd, 0, set, clear | (op->implied_clear & MOUNT_ATTR_NOSYMFOLLOW),
			    propagation);
}

/* Recursive ones first, see mount_options.c.  Only what the options name is touched (K15). */
static int set_attributes(const struct mounts *m, const struct mount_op *op, int fd)
{
	uint64_t first = op->propagation.count ? op->propagation.items[0] : 0;
	uint64_t tree = first & MS_REC ? first & ~(uint64_t)MS_REC : 0;
	uint64_t single = first & MS_REC ? 0 : first;

	if (mount_change(fd, AT_RECURSIVE, op->rec_set, op->rec_clear, tree) < 0 ||
	    change_this(op, fd, single) < 0)
		return attributes_fail(m, op);
	for (size_t i = 1; i < op->propagation.count; i++)
		if (mount_propagate(fd, op->propagation.items[i]) < 0)
			return fail(errno, "change propagation of %s", op->destination);
	return 0;
}

/* What mount_create() has not done yet. */
static int set_new_attributes(const struct mounts *m, const struct mount_op *op, int fd)
{
	if (op->rec_set || op->rec_clear || op->propagation.count || op->tmpcopyup)
		return set_attributes(m, op, fd);
	return 0;
}

/* --- the four kinds
 * ------------------------------------------------------------------------------------ */

/* "." after fchdir is the place of the descriptor, whatever its path has become. */
static int mount_long(const struct mounts *m, const struct mount_op *op, const struct sandbox *s,
		      int target_fd)
{
	cleanup_fd int back_fd = mount_open_host(".", 0);

	if (op->idmap || op->tmpcopyup)
		return fail(
			ENOTSUP,
			"mount %s at %s: idmap and tmpcopyup with an option longer than 255 bytes",
			op->type, op->destination);
	if (back_fd < 0 || fchdir(target_fd) < 0)
		return fail(errno, "change directory to %s", op->destination);
	if (filesystem_mount_here(op) < 0)
		return -1;
	if (fchdir(back_fd) < 0)
		return fail(errno, "change directory back from %s", op->destination);
	if (!op->rec_set && !op->rec_clear && !op->propagation.count)
		return 0;
	cleanup_fd int fd = try_target(op, s);
	if (fd < 0)
		return fail(errno, "open the mount at %s", op->destination);
	return set_attributes(m, op, fd);
}

static int attach_new(const struct mounts *m, struct sandbox *s, size_t index, int tree_fd,
		      int target_fd)
{
	const struct mount_op *op = &m->ops.items[index];

	if (op->tmpcopyup && mount_copyup(target_fd, tree_fd) < 0)
		return -1;
	if (mounts_ask_idmap(m, s, index, tree_fd) < 0 || set_new_attributes(m, op, tree_fd) < 0)
		return -1;
	return attach(op, tree_fd, target_fd);
}

static int attach_bound(const struct mounts *m, struct sandbox *s, size_t index, int target_fd)
{
	const struct mount_op *op = &m->ops.items[index];

	if (set_attributes(m, op, s->source_fds[index]) < 0 ||
	    attach(op, s->source_fds[index], target_fd) < 0)
		return -1;
	fd_close(&s->source_fds[index]);
	return 0;
}

/*
 * In a container whose /sys is read-only or partly hidden the kernel refuses a new sysfs (K16);
 * what is there is handed on, read-only.
 */
static int sysfs_of_host(const struct mounts *m, const struct mount_op *op)
{
	if (!m->user_namespace || !type_is(op, "sysfs") || failure()->code != EPERM)
		return -1;
	int fd = mount_open_host("/sys", OPEN_TREE_CLONE | AT_RECURSIVE);
	if (fd < 0)
		return fail_in("bind /sys instead: %s", fail_reason(errno));
	if (mount_change(fd, AT_RECURSIVE, MOUNT_ATTR_RDONLY | op->attr_set, 0, 0) == 0)
		return fd;
	fd_close(&fd);
	return fail_in("bind /sys instead: %s", fail_reason(errno));
}

static int apply_filesystem(const struct mounts *m, struct sandbox *s, size_t index)
{
	const struct mount_op *op = &m->ops.items[index];
	bool existed;
	cleanup_fd int target_fd = find_target(op, s, S_IFDIR, &existed), fd = -1;
	struct stat covered;

	if (target_fd < 0)
		return -1;
	if (op->bind_fallback)
		return attach_bound(m, s, index, target_fd);
	if (filesystem_is_long(op))
		return mount_long(m, op, s, target_fd);
	existed = existed && type_is(op, "tmpfs");
	if (existed && fstat(target_fd, &covered) < 0)
		return fail(errno, "stat of %s", op->destination);
	fd = filesystem_make(op, op->type, existed ? &covered : NULL);
	if (fd < 0)
		fd = sysfs_of_host(m, op);
	return fd < 0 ? -1 : attach_new(m, s, index, fd, target_fd);
}

static int apply_bind(const struct mounts *m, struct sandbox *s, size_t index)
{
	const struct mount_op *op = &m->ops.items[index];
	struct stat source;
	bool existed;

	if (mounts_open_inside(m, s, index) < 0)
		return -1;
	if (fstat(s->source_fds[index], &source) < 0)
		return fail(errno, "stat of %s", op->source);
	if (op->copy_symlink && S_ISLNK(source.st_mode)) {
		char link[PATH_MAX];
		ssize_t n = readlinkat(s->source_fds[index], "", link, sizeof link - 1);

		if (n < 0)
			return fail(errno, "read link %s", op->source);
		link[n] = 0;
		return path_make_symlink(s->root_fd, op->destination, link);
	}
	cleanup_fd int target_fd = find_target(op, s, source.st_mode, &existed);
	return target_fd < 0 ? -1 : attach_bound(m, s, index, target_fd);
}

/*
 * Of what is mounted at the destination already.  ro and rw are attributes of that mount; the file
 * system itself is asked only where options of its own are given, since it may be the host's as
 * well.
 */
static int apply_remount(const struct mounts *m, struct sandbox *s, size_t index)
{
	const struct mount_op *op = &m->ops.items[index];
	cleanup_fd int fd = try_target(op, s);
	struct statx stx;

	if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_TYPE, &stx) < 0)
		return fail(errno, "remount %s", op->destination);
	if (!(stx.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return fail(EINVAL, "remount %s: nothing is mounted there", op->destination);
	if (!op->bind && (op->sb_set || op->sb_clear || *op->data) &&
	    filesystem_reconfigure(op, fd) < 0)
		return -1;
	return set_attributes(m, op, fd);
}

/* A new mount of the container's own view where it has one, else the container's directory (K12).
 */
static int apply_cgroup(const struct mounts *m, struct sandbox *s, size_t index)
{
	const struct mount_op *op = &m->ops.items[index];
	bool existed;
	cleanup_fd int target_fd = find_target(op, s, S_IFDIR, &existed), fd = -1;

	if (target_fd < 0)
		return -1;
	if (!m->cgroup_namespace)
		return attach_bound(m, s, index, target_fd);
	fd = filesystem_make(op, "cgroup2", NULL);
	if (fd >= 0)
		return attach_new(m, s, index, fd, target_fd);
	if (failure()->code != EPERM && failure()->code != EBUSY)
		return -1;
	log_debug("%s; its directory is bound instead", failure()->text);
	s->source_fds[index] = mounts_open_cgroup(m, index);
	return s->source_fds[index] < 0 ? -1 : attach_bound(m, s, index, target_fd);
}

static int (*const apply[])(const struct mounts *, struct sandbox *, size_t) = {
	[MOUNT_FILESYSTEM] = apply_filesystem,
	[MOUNT_BIND] = apply_bind,
	[MOUNT_REMOUNT] = apply_remount,
	[MOUNT_CGROUP] = apply_cgroup,
};

int mounts_apply_one(const struct mounts *m, struct sandbox *s, size_t index)
{
	const struct mount_op *op = &m->ops.items[index];

	return apply[op->kind](m, s, index) < 0 ? fail_in_at(op->spec) : 0;
}

int mounts_apply(const struct mounts *m, struct sandbox *s)
{
	for (size_t i = 0; i < m->ops.count; i++)
		if (mounts_apply_one(m, s, i) < 0)
			return -1;
	return 0;
}

int mounts_readonly(const struct mounts *m, struct sandbox *s)
{
	for (const struct mount_op *op = m->ops.items; op < m->ops.items + m->ops.count; op++) {
		if (!op->readonly_late)
			continue;
		cleanup_fd int fd = path_open(s->root_fd, op->destination, O_PATH | O_DIRECTORY);

		if (fd < 0)
			return fail_in_at(op->spec);
		if (mount_change(fd, 0, MOUNT_ATTR_RDONLY, 0, 0) < 0)
			return fail_at(op->spec, errno, "make %s read-only", op->destination);
	}
	return 0;
}
