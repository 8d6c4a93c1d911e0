/*
 * The root file system, and the two descriptors of the host that outlive it.  The paths here ("/",
 * "/proc",
 * "/dev/null", root.path) are the host's, opened by open_tree(2) before the change of root.
 */
#include "sandbox/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "sandbox/mount_calls.h"
#include "sandbox/mounts.h"
#include "sandbox/sandbox.h"

void sandbox_init(struct sandbox *s)
{
	*s = (struct sandbox){
		.proc_fd = -1,
		.self_fd = -1,
		.sys_proc_fd = -1,
		.root_fd = -1,
		.null_fd = -1,
		.null_tree_fd = -1,
		.console_fd = -1,
	};
}

/* --- before anything is mounted
 * ------------------------------------------------------------------------ */

int mounts_propagation(const struct mounts *m)
{
	if (!m->new_namespace)
		return 0;
	/* The host's root would stay below the new one, with everything that is mounted in it. */
	if (m->no_pivot && (m->root_propagation & MS_PRIVATE))
		return fail_at(&m->spec->linux_.rootfs_propagation, 0,
			       "[r]private is not safe without pivot_root");
	cleanup_fd int fd = mount_open_host("/", 0);
	if (fd < 0 || mount_propagate(fd, m->propagation) < 0)
		return fail(errno, "change the mount propagation of /");
	return 0;
}

/*
 * A procfs of our own has no mounts of anybody on top (R3).  Where the kernel refuses a new one, in
 * a user namespace without a pid namespace or inside a container with a masked /proc, the caller's
 * is taken (K16).
 */
static int new_procfs(void)
{
	cleanup_fd int fs_fd = fsopen("proc", FSOPEN_CLOEXEC);

	if (fs_fd < 0 || mount_parameter(fs_fd, "subset", "pid") < 0)
		return -1;
	return mount_create(fs_fd, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

static int open_procfs(void)
{
	int fd = new_procfs();

	if (fd < 0 && errno == EPERM)
		fd = mount_open_host("/proc", OPEN_TREE_CLONE | AT_RECURSIVE);
	/* Without a mount namespace of our own nothing may be cloned either. */
	if (fd < 0 && errno == EPERM)
		fd = mount_open_host("/proc", 0);
	return fd;
}

/*
 * The host's null device, by which files are masked.  That it is the real one is seen on the
 * descriptor; its clone is made now, since after the change of root nothing of the host can be
 * cloned (K1).
 */
static int open_null(struct sandbox *s)
{
	struct stat st;

	s->null_fd = mount_open_host("/dev/null", 0);
	if (s->null_fd < 0 || fstat(s->null_fd, &st) < 0)
		return fail(errno, "open /dev/null of the host");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return fail(ENODEV, "/dev/null of the host is not the null device");
	/* Refused without a mount namespace; masked paths are then refused as well. */
	s->null_tree_fd = mount_clone(s->null_fd);
	return 0;
}

int rootfs_open_procfs(struct sandbox *s)
{
	s->proc_fd = open_procfs();
	if (s->proc_fd < 0)
		return fail(errno, "open a procfs");
	s->self_fd = path_open(s->proc_fd, "thread-self", O_PATH | O_DIRECTORY);
	if (s->self_fd < 0)
		return fail_in("private procfs");
	return 0;
}

int rootfs_private_procfs(struct sandbox *s)
{
	return rootfs_open_procfs(s) < 0 ? -1 : open_null(s);
}

/* --- the new root
 * -------------------------------------------------------------------------------------- */

/*
 * The mount that fd is in must not be shared: what is attached there would appear on the host, and
 * pivot_root(2) refuses (K14).  Its root is up the directories; only that takes attributes.
 */
static int make_private_below(int fd)
{
	cleanup_fd int here = openat(fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statx stx;

	while (here >= 0 && statx(here, "", AT_EMPTY_PATH, STATX_TYPE, &stx) == 0) {
		if (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT)
			return mount_propagate(here, MS_PRIVATE);
		int up = openat(here, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		fd_close(&here);
		here = up;
	}
	return -1;
}

static int root_fail(const struct mounts *m, int code)
{
	return fail_at(&m->spec->root->path, code, "%s", m->root);
}

int rootfs_open_host(const struct mounts *m)
{
	cleanup_fd int fd = mount_open_host(m->root, 0);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return root_fail(m, errno);
	if (!S_ISDIR(st.st_mode))
		return root_fail(m, ENOTDIR);
	return take_fd(&fd);
}

int rootfs_bind(const struct mounts *m, struct sandbox *s)
{
	cleanup_fd int place_fd = rootfs_open_host(m), tree_fd = -1;

	if (place_fd < 0)
		return -1;
	if (!m->new_namespace) {
		s->root_fd = take_fd(&place_fd);
		return 0;
	}
	if ((m->propagation & MS_SHARED) && make_private_below(place_fd) < 0)
		return fail(errno, "make the mount below %s private", m->root);
	tree_fd = mount_clone_recursive(place_fd);
	if (tree_fd < 0)
		return fail(errno, "clone the mount of %s", m->root);
	if (mount_attach(tree_fd, place_fd) < 0)
		return fail(errno, "attach the mount of %s", m->root);
	s->root_fd = take_fd(&tree_fd);
	return 0;
}

/* --- the change of root
 * -------------------------------------------------------------------------------- */

/*
 * Detaching a tree detaches it at its peers too: what is shared with the host must become a slave
 * first, or the host would lose its mounts.
 */
static int old_root_is_safe(const struct mounts *m)
{
	return m->propagation == (MS_SLAVE | MS_REC) || m->propagation == (MS_PRIVATE | MS_REC);
}

/*
 * Both arguments of pivot_root() may be the same directory: the old root is then stacked on top of
 * the new one, and no mount point is needed inside the image for it.  See pivot_root(2),
 * "pivot_root(".", ".")".
 */
static int pivot(const struct mounts *m)
{
	cleanup_fd int old_fd = old_root_is_safe(m) ? -1 : mount_open_host("/", 0);

	if (!old_root_is_safe(m) && old_fd < 0)
		return fail(errno, "open the old root");
	if (sys_pivot_root(".", ".") < 0)
		return fail(errno, "pivot_root");
	if (old_fd >= 0 && mount_propagate(old_fd, MS_SLAVE | MS_REC) < 0)
		return fail(errno, "make the old root a slave");
	if (umount2(".", MNT_DETACH) < 0)
		return fail(errno, "detach the old root");
	return 0;
}

/* --no-pivot, for a root on an initramfs: the host's root stays below, out of reach by path only.
 */
static int move_and_chroot(const struct sandbox *s)
{
	if (rootfs_hide_host(s) < 0)
		return -1;
	if (move_mount(s->root_fd, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return fail(errno, "move the new root to /");
	return chroot(".") < 0 ? fail(errno, "chroot") : 0;
}

int rootfs_change(const struct mounts *m, struct sandbox *s)
{
	int r;

	if (fchdir(s->root_fd) < 0)
		return fail(errno, "change directory to the new root");
	if (!m->new_namespace)
		r = chroot(".") < 0 ? fail(errno, "chroot") : 0;
	else
		r = m->no_pivot ? move_and_chroot(s) : pivot(m);
	/* root_fd stands on the mount that is "/" now; the working directory moved with it or is
	 * "/" already. */
	if (r == 0 && chdir("/") < 0)
		return fail(errno, "change directory to /");
	return r;
}

int rootfs_enter(int init_root_fd, struct sandbox *s)
{
	if (init_root_fd >= 0 && (fchdir(init_root_fd) < 0 || chroot(".") < 0))
		return fail(errno, "change to the root of the container");
	/* The working directory is "/" now: setns(2) into a mount namespace does that, too. */
	s->root_fd = path_open(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
	return s->root_fd < 0 ? fail_in("root of the container") : 0;
}

/* --- last
 * ---------------------------------------------------------------------------------------------- */

int rootfs_readonly(const struct mounts *m, struct sandbox *s)
{
	if (!m->readonly_root)
		return 0;
	if (mount_change(s->root_fd, 0, MOUNT_ATTR_RDONLY, 0, 0) < 0)
		return fail(errno, "make the root file system read-only");
	if (!mount_is_readonly(s->root_fd))
		return fail(0, "the root file system is still writable");
	return 0;
}

int rootfs_propagation(const struct mounts *m, struct sandbox *s)
{
	if (!m->root_propagation)
		return 0;
	if (mount_propagate(s->root_fd, m->root_propagation) < 0)
		return fail_at(&m->spec->linux_.rootfs_propagation, errno,
			       "change the propagation of the new root");
	return 0;
}
