/*
 * joiner.c - the short-lived process that enters existing namespaces first, where init itself
 * cannot: setns of a pid namespace only affects children, and a joined user namespace must own the
 * new ones (K9).
 */
#include "stage/joiner.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/process.h"
#include "base/text.h"
#include "base/wait.h"
#include "stage/sync.h"
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Joins, clones init as the runtime's own child, hands its pidfd over and ends.  Init returns 0
 * from here. */
static int join_and_clone(const struct joiner *j, struct sync *to_parent)
{
	cleanup_fd int pidfd = -1;

	if (namespaces_join(j->namespaces, j->fds) < 0)
		return -1;
	/* CLONE_PARENT takes no exit signal of its own: the joiner's SIGCHLD is inherited (K9). */
	pid_t pid = process_clone(j->flags | CLONE_PARENT, -1, 0, &pidfd);
	if (pid == 0)
		return 0;
	if (pid < 0 || sync_hand_over(to_parent, pidfd) < 0)
		return -1;
	_exit(0);
}

/* "Pid:" of a pidfd, in the reader's pid namespace. */
static int pidfd_pid(int pidfd, pid_t *ret)
{
	char name[64];
	cleanup_free char *info = NULL;
	const char *line;

	snprintf(name, sizeof name, "/proc/self/fdinfo/%d", pidfd);
	if (file_read(-1, name, 4096, &info, NULL) < 0)
		return -1;
	line = strstr(info, "\nPid:");
	*ret = line ? (pid_t)strtol(line + 5, NULL, 10) : 0;
	return *ret > 0 ? 0 : fail(ESRCH, "the container process died while it joined namespaces");
}

pid_t joiner_clone(const struct joiner *j, int *ret_pidfd)
{
	struct sync parent = { -1 }, child = { -1 };
	cleanup_fd int joiner_fd = -1, init_fd = -1;
	pid_t pid;
	int status;

	if (sync_pair(&parent, &child) < 0)
		return -1;
	/* Init inherits the cgroup: in a cgroup namespace that was joined, or with the rights of a
	 * user namespace that was, it may be out of sight or out of reach
	 * (cgroup_procs_write_permission). */
	pid = process_clone(0, j->cgroup_fd, SIGCHLD, &joiner_fd);
	if (pid == 0) {
		fd_close(&parent.fd);
		if (join_and_clone(j, &child) == 0) {
			fd_close(&child.fd);
			return 0;
		}
		sync_tell_failure(&child);
		_exit(1);
	}
	fd_close(&child.fd);
	int result = pid < 0 ? -1 : sync_take_over(&parent, WAIT_HANDSHAKE, &init_fd);
	if (pid > 0) {
		struct failure kept = *failure();

		/* It has told everything it had to tell: its status says nothing more. */
		if (process_wait(joiner_fd, wait_until(WAIT_HELPER),
				 "the process that joins namespaces", &status) < 0)
			process_kill_and_reap(joiner_fd);
		if (result < 0)
			fail_copy(kept.code, kept.text, strlen(kept.text));
	}
	fd_close(&parent.fd);
	if (result < 0 || pidfd_pid(init_fd, &pid) < 0)
		return -1;
	*ret_pidfd = take_fd(&init_fd);
	return pid;
}
