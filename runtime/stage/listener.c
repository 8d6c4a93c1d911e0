/* listener.c - a seccomp listener from the filtered process to the agent, without that process's
 * help. */
#include "stage/listener.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/syscalls.h"
#include "base/wait.h"
#include "stage/gate.h"
#include "stage/sync.h"
#include <errno.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <time.h>

int listener_announce(int connection_fd, bool can_ptrace)
{
	struct sync taker = { connection_fd };

	/* Its memory belongs to the host's user namespace, whatever namespace it is in now. */
	if (!can_ptrace && prctl(PR_SET_DUMPABLE, 1) < 0)
		return fail(errno, "PR_SET_DUMPABLE");
	return sync_request(&taker, SYNC_READY, 0, -1);
}

/* The coarse clock is read from memory alone, if there is a vDSO; without it there is no deadline.
 */
static time_t coarse_now(void)
{
	struct timespec now = { 0 };

	if (getauxval(AT_SYSINFO_EHDR))
		clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec;
}

void listener_offer(struct gate_page *page, int listener_fd)
{
	const time_t deadline = coarse_now() + WAIT_HANDSHAKE + WAIT_HELPER;

	page->listener_fd = listener_fd;
	while (!page->listener_fetched)
		/* The taker died.  A trap ends also the first process of a pid namespace, and is no
		 * call that a filter could hold up. */
		if (coarse_now() > deadline)
			__builtin_trap();
}

int listener_take(struct gate_page *page, int pidfd, const struct listener_target *target,
		  int64_t deadline)
{
	while (page->listener_fd < 0) {
		if (page->phase == GATE_FAILED || wait_nap(pidfd))
			return 0;
		if (wait_now() > deadline)
			return fail(ETIMEDOUT, "wait for the seccomp listener");
	}
	cleanup_fd int fd = sys_pidfd_getfd(pidfd, page->listener_fd);

	if (fd < 0)
		return fail(errno, "take the seccomp listener from the container process");
	if (target->send(target->owner, fd) < 0)
		return -1;
	page->listener_fetched = 1;
	return 0;
}
