/* restore_root.c - see restore_root.h; runs in the process that becomes CRIU. */
#include "stage/restore_root.h"
#include "base/fail.h"
#include "base/fd.h"
#include "plan/plan.h"
#include "sandbox/mount_calls.h"
#include "sandbox/rootfs.h"
#include "sandbox/sandbox.h"
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is mounted here must not come back to the host (K13). */
static int stay_apart(void)
{
	cleanup_fd int fd = mount_open_host("/", 0);

	if (fd < 0 || mount_propagate(fd, MS_SLAVE | MS_REC) < 0)
		return fail(errno, "change the mount propagation of /");
	return 0;
}

/* A new clone of root.path on place; returns it.  By path, since a descriptor from before would be
 * in the old mount namespace. */
static int attach_root(const struct mounts *m, const char *place)
{
	cleanup_fd int host_fd = rootfs_open_host(m), place_fd = mount_open_host(place, 0), fd = -1;

	if (host_fd < 0)
		return -1;
	if (place_fd < 0)
		return fail(errno, "open %s", place);
	fd = mount_clone_recursive(host_fd);
	if (fd < 0 || mount_attach(fd, place_fd) < 0)
		return fail(errno, "attach the mount of %s", m->root);
	return take_fd(&fd);
}

/* With all that was mounted in it meanwhile. */
static int detach_root(int fd)
{
	if (fchdir(fd) < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return fail(errno, "detach the root file system");
	return 0;
}

int stage_restore_root(const struct plan *plan, const char *place)
{
	const struct mounts *m = &plan->mounts;
	struct sandbox s;

	sandbox_init(&s);
	const mode_t old_umask = umask(0); /* modes of mount points are given exactly */

	if (stay_apart() < 0)
		return -1;
	s.root_fd = attach_root(m, place);
	if (s.root_fd < 0 || mounts_open_sources(m, &s) < 0 || mounts_make_places(m, &s) < 0 ||
	    detach_root(s.root_fd) < 0)
		return -1;
	umask(old_umask);
	cleanup_fd int fd = attach_root(m, place);
	return fd < 0 ? -1 : 0;
}
