/*
 * source.c - the short-lived process that opens a bind source where the container's root may not
 * go. It enters the container's mount namespace alone: a clone made there has the locks that the
 * kernel puts on mounts of a more privileged user namespace, one made on the host would be
 * remountable.
 */
#include "stage/source.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/wait.h"
#include "sandbox/mounts.h"
#include "sandbox/namespaces.h"
#include "stage/sync.h"
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static int enter_and_open(const struct mounts *m, size_t index, int init_pidfd,
			  struct sync *to_parent)
{
	cleanup_fd int fd = -1;

	if (namespaces_enter(init_pidfd, CLONE_NEWNS) < 0 ||
	    (fd = mounts_open_source(m, index)) < 0)
		return -1;
	return sync_hand_over(to_parent, fd);
}

int source_open(const struct mounts *m, size_t index, int init_pidfd, int *ret_fd)
{
	struct sync parent = { -1 }, child = { -1 };
	cleanup_fd int pidfd = -1;
	int status;

	if (sync_pair(&parent, &child) < 0)
		return -1;
	pid_t pid = process_clone(0, -1, SIGCHLD, &pidfd);
	if (pid == 0) {
		fd_close(&parent.fd);
		if (enter_and_open(m, index, init_pidfd, &child) == 0)
			_exit(0);
		sync_tell_failure(&child);
		_exit(1);
	}
	fd_close(&child.fd);
	int result = pid < 0 ? -1 : sync_take_over(&parent, WAIT_HANDSHAKE, ret_fd);
	if (pid > 0) {
		struct failure kept = *failure();

		/* It has told everything it had to tell: its status says nothing more. */
		if (process_wait(pidfd, wait_until(WAIT_HELPER), "the process that opens a source",
				 &status) < 0)
			process_kill_and_reap(pidfd);
		if (result < 0)
			fail_copy(kept.code, kept.text, strlen(kept.text));
	}
	fd_close(&parent.fd);
	return result;
}
