/*
 * Masked paths get something empty on top, read-only ones themselves.  After the change of root:
 * links resolve inside the container, and nothing of its /dev is used (CVE-2025-31133).
 */
#include "sandbox/hidden_paths.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/path.h"
#include "sandbox/mount_calls.h"
#include "sandbox/sandbox.h"

/* What hides one kind of path: the first goes into place itself, the others are clones of it (K1).
 */
struct mask {
	int fd; /* detached at first, attached after its first use; -1: not made yet */
	bool attached;
	dev_t device;
	ino_t inode;
	int (*make)(struct sandbox *s);
};

int hidden_paths_plan(const struct spec *spec, struct hidden_paths *ret)
{
	const struct spec_linux *l = &spec->linux_;
	struct hidden_paths h = {
		.masked = l->masked_paths,
		.readonly = l->readonly_paths,
		.spec = l,
		.user_namespace = spec_has_namespace(spec, NS_USER, NULL),
	};

	if (!spec_has_namespace(spec, NS_MOUNT, NULL)) {
		if (h.masked && *h.masked)
			return fail_at(&l->masked_paths, 0, "maskedPaths need a mount namespace");
		if (h.readonly && *h.readonly)
			return fail_at(&l->readonly_paths, 0,
				       "readonlyPaths need a mount namespace");
	}
	*ret = h;
	return 0;
}

/* An empty directory that stays so: read-only, and no room for anything in it. */
static int make_empty_directory(struct sandbox *s)
{
	static const struct {
		const char *key, *value;
	} parameters[] = {
		{ "source", "tmpfs" },
		{ "nr_blocks", "1" },
		{ "nr_inodes", "1" },
		{ "mode", "555" },
	};
	cleanup_fd int fs_fd = fsopen("tmpfs", FSOPEN_CLOEXEC);

	(void)s;
	if (fs_fd < 0)
		return fail(errno, "tmpfs");
	for (size_t i = 0; i < COUNT(parameters); i++)
		if (mount_parameter(fs_fd, parameters[i].key, parameters[i].value) < 0)
			return mount_context_fail(fs_fd, errno, "empty directory");
	int fd = mount_create(fs_fd, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
					     MOUNT_ATTR_NOEXEC);
	return fd < 0 ? mount_context_fail(fs_fd, errno, "empty directory") : fd;
}

/* Read-only, so that nobody in the container changes mode or owner of the host's node through it;
 * private, since nothing of the host's mount is to follow. */
static int make_null(struct sandbox *s)
{
	if (s->null_tree_fd < 0)
		return fail(EPERM, "the host's null device could not be cloned");
	if (mount_change(s->null_tree_fd, 0,
			 MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 0,
			 MS_PRIVATE) < 0)
		return fail(errno, "make the null device read-only");
	return take_fd(&s->null_tree_fd);
}

/* A tree to attach: the mask itself the first time, the caller owns only later ones. */
static int mask_tree(struct mask *mask, struct sandbox *s, int *ret_clone)
{
	struct stat st;

	if (mask->attached) {
		*ret_clone = mount_clone(mask->fd);
		return *ret_clone < 0 ? fail(errno, "clone a mask") : *ret_clone;
	}
	mask->fd = mask->make(s);
	if (mask->fd < 0)
		return -1;
	if (fstat(mask->fd, &st) < 0)
		return fail(errno, "stat of a mask");
	mask->device = st.st_dev;
	mask->inode = st.st_ino;
	mask->attached = true;
	return mask->fd;
}

/* Who looks the path up now, as the container will, finds the mask (R5). */
static int check_masked(const struct mask *mask, const struct sandbox *s, const char *path)
{
	cleanup_fd int fd = path_open(s->root_fd, path, O_PATH);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return fail(errno, "stat of %s", path);
	if (st.st_dev != mask->device || st.st_ino != mask->inode)
		return fail(0, "%s is not hidden, something else is mounted there", path);
	return 0;
}

/* Missing is fine, and only of the path itself; 0: leave it out. */
static bool is_missing(int error)
{
	return error == ENOENT || error == ENOTDIR;
}

static int hide(struct mask masks[2], struct sandbox *s, const char *path)
{
	cleanup_fd int target_fd = path_try_open(s->root_fd, path, O_PATH), clone_fd = -1;
	struct stat st;

	if (target_fd < 0)
		return is_missing(errno) ? 0 : fail(errno, "open %s", path);
	if (fstat(target_fd, &st) < 0)
		return fail(errno, "stat of %s", path);

	struct mask *mask = &masks[S_ISDIR(st.st_mode) ? 1 : 0];
	int tree_fd = mask_tree(mask, s, &clone_fd);

	if (tree_fd < 0)
		return -1;
	if (mount_attach(tree_fd, target_fd) < 0)
		return fail(errno, "hide %s", path);
	return check_masked(mask, s, path);
}

/* A copy of itself on top, so that only what is seen through this path becomes read-only. */
static int make_readonly(struct sandbox *s, const char *path)
{
	cleanup_fd int target_fd = path_try_open(s->root_fd, path, O_PATH), tree_fd = -1,
		       seen_fd = -1;

	if (target_fd < 0)
		return is_missing(errno) ? 0 : fail(errno, "open %s", path);
	tree_fd = mount_clone_recursive(target_fd);
	if (tree_fd < 0)
		return fail(errno, "clone the mount of %s", path);
	if (mount_change(tree_fd, 0, MOUNT_ATTR_RDONLY, 0, 0) < 0 ||
	    mount_attach(tree_fd, target_fd) < 0)
		return fail(errno, "make %s read-only", path);
	seen_fd = path_open(s->root_fd, path, O_PATH);
	if (seen_fd < 0)
		return -1;
	return mount_is_readonly(seen_fd) ? 0 : fail(0, "%s is still writable", path);
}

static void scope_masks(struct mask (*masks)[2])
{
	fd_close(&(*masks)[0].fd);
	fd_close(&(*masks)[1].fd);
}

int hidden_paths_apply(const struct hidden_paths *h, struct sandbox *s)
{
	__attribute__((cleanup(scope_masks))) struct mask masks[2] = {
		{ .fd = -1, .make = make_null },
		{ .fd = -1, .make = make_empty_directory },
	};

	for (const char **path = h->masked; path && *path; path++)
		if (hide(masks, s, *path) < 0)
			return fail_in_at(path);
	for (const char **path = h->readonly; path && *path; path++)
		if (make_readonly(s, *path) < 0)
			return fail_in_at(path);
	fd_close(&s->null_tree_fd); /* unused when no file was masked */
	return 0;
}
