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
static int change_propagation(uint64_t propagation)
{
	cleanup_fd int fd = mount_open_host("/", 0);

	if (fd < 0 || mount_propagate(fd, propagation) < 0)
		return fail(errno, "change the mount propagation of /");
	return 0;
}

/* With all that was mounted in it meanwhile. */
static int detach_root(int fd)
{
	if (fchdir(fd) < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return fail(errno, "detach the root file system");
	return 0;
}

static int make_places(const struct mounts *m)
{
	struct sandbox s;
	const mode_t old_umask = umask(0); /* modes of mount points are given exactly */

	sandbox_init(&s);
	if (rootfs_bind(m, &s) < 0 || mounts_open_sources(m, &s) < 0 ||
	    mounts_make_places(m, &s) < 0 || detach_root(s.root_fd) < 0)
		return -1;
	umask(old_umask);
	return 0;
}

/* A clone, since a new mount would change the options of the one file system that there is. */
static int show_cgroups(const char *mount, const char *place)
{
	cleanup_fd int place_fd = mount_open_host(place, 0);
	cleanup_fd int tree_fd = mount_open_host(mount, OPEN_TREE_CLONE);

	if (place_fd < 0 || tree_fd < 0 || mount_attach(tree_fd, place_fd) < 0)
		return fail(errno, "attach the mount of %s", mount);
	return 0;
}

/*
 * A mount of the container that was a slave of the host's becomes one by move_mount(2),
 * MOVE_MOUNT_SET_GROUP, from the mount that its source is on.  The kernel takes one that is shared
 * or a slave, whose root is not below that of the other: so here every mount is shared, whatever it
 * is on this host, and root.path no mount point of our making.  When the last of this namespace has
 * gone, what was its slave is the host's.
 */
int stage_restore_root(const struct plan *plan, const char *cgroup_mount, const char *cgroup_place)
{
	if (change_propagation(MS_SLAVE | MS_REC) < 0 || make_places(&plan->mounts) < 0)
		return -1;
	if (cgroup_place && show_cgroups(cgroup_mount, cgroup_place) < 0)
		return -1;
	return change_propagation(MS_SHARED | MS_REC);
}
