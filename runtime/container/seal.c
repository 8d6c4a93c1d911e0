/*
 * seal.c - the runtime's own image must not be writable through a container's /proc/PID/exe
 * (CVE-2019-5736, R7): the process executes itself once more from a read-only clone of its mount,
 * or from a sealed memfd.
 */
#include "base/fail.h"
#include "base/fd.h"
#include "container/container.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

/*
 * Stops a loop of executions where sealing has no visible effect.  It is never taken as proof of
 * being sealed.
 */
static const char attempt[] = "RING3_SEALING";

/*
 * A read-only host mount is as good: the container cannot change the flags of a mount outside its
 * namespace.
 */
static bool is_sealed(int exe_fd)
{
	struct statvfs fs;
	int seals;

	if (fstatvfs(exe_fd, &fs) == 0 && (fs.f_flag & ST_RDONLY))
		return true;
	seals = fcntl(exe_fd, F_GET_SEALS); /* -1 for a file that is no memfd */
	return seals >= 0 && (seals & SEALS) == SEALS;
}

/*
 * Close-on-exec, and nobody keeps a copy: through a descriptor of the tree a container with all
 * capabilities could clear the flag again (K6).  -1 with errno where the caller may not do it.
 */
static int readonly_clone(int exe_fd)
{
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	cleanup_fd int tree =
		open_tree(exe_fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH, &readonly, sizeof readonly) < 0)
		return -1;
	return take_fd(&tree);
}

static int copy_all(int from, int to)
{
	struct stat st;

	if (fstat(from, &st) < 0)
		return -1;
	for (off_t at = 0; at < st.st_size;) {
		ssize_t n = sendfile(to, from, &at, (size_t)(st.st_size - at));

		if (n == 0)
			errno = EIO; /* the file became shorter */
		if (n <= 0)
			return -1;
	}
	return 0;
}

static int memfd_copy(int exe_fd)
{
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	cleanup_fd int fd = memfd_create("ring3", flags | MFD_EXEC);
	char path[32];

	if (fd < 0 && errno == EINVAL) /* before 6.3 every memfd may be executed */
		fd = memfd_create("ring3", flags);
	if (fd < 0 || copy_all(exe_fd, fd) < 0 || fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return fail(errno, "make a sealed copy of the runtime's own file");
	/* Open for writing it would be busy for execve. */
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	int result = open(path, O_RDONLY | O_CLOEXEC);
	return result < 0 ? fail(errno, "open the sealed copy of the runtime's own file") : result;
}

static int execute_sealed(int exe_fd, char **argv)
{
	/* An ordinary user, or root in a user namespace, may not clone a mount: no failure yet. */
	cleanup_fd int sealed = geteuid() == 0 ? readonly_clone(exe_fd) : -1;

	if (sealed < 0)
		sealed = memfd_copy(exe_fd);
	if (sealed < 0)
		return -1;
	if (setenv(attempt, "1", 1) < 0)
		return fail(errno, "set %s", attempt);
	execveat(sealed, "", argv, environ, AT_EMPTY_PATH);
	return fail(errno, "execute the sealed copy of the runtime's own file");
}

int seal_self(char **argv)
{
	cleanup_fd int exe_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (exe_fd < 0)
		return fail(errno, "open /proc/self/exe (is /proc mounted?)");
	if (!is_sealed(exe_fd)) {
		if (getenv(attempt))
			return fail(
				0,
				"the runtime's own file cannot be protected against the container: "
				"executing a sealed copy had no effect");
		return execute_sealed(exe_fd, argv);
	}
	unsetenv(attempt); /* not for hooks */
	/* Of an image without a name the kernel shows the descriptor's number. */
	prctl(PR_SET_NAME, "ring3");
	return 0;
}
