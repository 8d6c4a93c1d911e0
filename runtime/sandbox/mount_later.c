/*
 * Mounts into a running container, and out of it: by descriptor below its own root, in its own
 * mount namespace, which the caller has entered.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "sandbox/mount_calls.h"
#include "sandbox/mounts.h"
#include "sandbox/sandbox.h"

/* umount2(2) takes only a path: that of the descriptor, in a procfs that is known to be real (R3).
 */
static int detach(const struct sandbox *s, int fd)
{
	char name[32];

	snprintf(name, sizeof name, "fd/%d", fd);
	if (fchdir(s->self_fd) < 0)
		return -1;
	return umount2(name, MNT_DETACH);
}

static int open_place(const struct mount_op *op, const struct sandbox *s)
{
	return path_try_open(s->root_fd, op->destination, O_PATH);
}

/* What was attached before the one that failed goes again; the mount points that were made stay. */
static void take_back(const struct mounts *m, const struct sandbox *s, size_t count)
{
	while (count--) {
		const struct mount_op *op = &m->ops.items[count];
		cleanup_fd int fd = op->kind == MOUNT_REMOUNT ? -1 : open_place(op, s);

		if (fd >= 0 && detach(s, fd) < 0)
			log_warning("take back the mount at %s: %s", op->destination,
				    fail_reason(errno));
	}
}

int mounts_add(const struct mounts *m, struct sandbox *s)
{
	for (size_t i = 0; i < m->ops.count; i++) {
		if (mounts_apply_one(m, s, i) == 0)
			continue;
		take_back(m, s, i);
		return -1;
	}
	return 0;
}

/*
 * A link of the image must not decide what is taken away: through one to /proc/kcore the container
 * would get its masks removed.
 */
static int check_place(const struct mount_op *op, const struct sandbox *s, int fd)
{
	char name[32], place[PATH_MAX];
	struct statx stx;
	ssize_t n;

	snprintf(name, sizeof name, "fd/%d", fd);
	n = readlinkat(s->self_fd, name, place, sizeof place - 1);
	if (n < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_TYPE, &stx) < 0)
		return fail_at(&op->spec->destination, errno, "look at %s", op->destination);
	place[n] = '\0';
	if (strcmp(place, op->destination))
		return fail_at(&op->spec->destination, 0,
			       "%s leads to %s in the container: give that place itself",
			       op->destination, place);
	if (!(stx.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return fail_at(&op->spec->destination, EINVAL, "%s: nothing is mounted there",
			       op->destination);
	return 0;
}

static int open_mount(const struct mount_op *op, const struct sandbox *s)
{
	cleanup_fd int fd = open_place(op, s);

	if (fd < 0)
		return fail_at(&op->spec->destination, errno, "%s", op->destination);
	return check_place(op, s, fd) < 0 ? -1 : take_fd(&fd);
}

static int remove_one(const struct mount_op *op, const struct sandbox *s)
{
	cleanup_fd int fd = open_mount(op, s);

	if (fd < 0)
		return -1;
	if (detach(s, fd) < 0)
		return fail_at(&op->spec->destination, errno, "unmount %s", op->destination);
	return 0;
}

int mounts_remove(const struct mounts *m, struct sandbox *s)
{
	/* Nothing goes unless all can. */
	for (size_t i = 0; i < m->ops.count; i++) {
		cleanup_fd int fd = open_mount(&m->ops.items[i], s);

		if (fd < 0)
			return -1;
	}
	/* In the order opposite to that of making: a mount takes with it what is mounted in it. */
	for (size_t i = m->ops.count; i--;)
		if (remove_one(&m->ops.items[i], s) < 0)
			return -1;
	return 0;
}

/* What stands in a file system of its own comes with the contents of that. */
static bool is_in_filesystem(const struct mounts *m, size_t index)
{
	const struct mount_op *op = &m->ops.items[index];

	for (size_t i = 0; i < m->ops.count; i++) {
		const struct mount_op *other = &m->ops.items[i];

		if (i != index &&
		    (other->kind == MOUNT_FILESYSTEM || other->kind == MOUNT_CGROUP) &&
		    strcmp(op->destination, other->destination) &&
		    path_is_inside(op->destination, other->destination))
			return true;
	}
	return false;
}

static int make_place(const struct mount_op *op, const struct sandbox *s, int tree_fd)
{
	cleanup_fd int fd = -1;
	struct stat st = { .st_mode = S_IFDIR };

	if (tree_fd >= 0 && fstat(tree_fd, &st) < 0)
		return fail(errno, "stat of %s", op->source);
	fd = S_ISDIR(st.st_mode) ? path_make_dir(s->root_fd, op->destination, 0755)
				 : path_make_file(s->root_fd, op->destination, 0644);
	if (fd < 0)
		return -1;
	/* Others may have their places in it. */
	if (tree_fd >= 0 && mount_attach(tree_fd, fd) < 0)
		return fail(errno, "attach to %s", op->destination);
	return 0;
}

int mounts_make_places(const struct mounts *m, struct sandbox *s)
{
	for (size_t i = 0; i < m->ops.count; i++) {
		const struct mount_op *op = &m->ops.items[i];

		if (op->kind == MOUNT_REMOUNT || op->kind == MOUNT_CGROUP || is_in_filesystem(m, i))
			continue;
		if (mounts_open_inside(m, s, i) < 0 || make_place(op, s, s->source_fds[i]) < 0)
			return fail_in_at(op->spec);
	}
	return 0;
}
