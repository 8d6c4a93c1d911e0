/*
 * listener.h - the descriptor of a filter with SCMP_ACT_NOTIFY, on its way from the process that
 * loaded the filter to the agent (K2).  Every system call of that process may be one that waits for
 * the agent's answer, so from then on it makes none but execve: the descriptor's number and the
 * sign to go on are in memory.  Knows no agent.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
struct gate_page;

/* What the taker does with the listener (borrowed): 0, or -1 with a failure. */
struct listener_target {
	int (*send)(void *owner, int listener_fd); /* NULL: no listener is expected */
	void *owner;
};

/*
 * The process, before it loads the filter: says over its connection that it will.  can_ptrace: the
 * taker has CAP_SYS_PTRACE on the host; another may only take what is dumpable, which the process
 * is from here to execve then.
 */
int listener_announce(int connection_fd, bool can_ptrace);
/* The same process, behind the filter: returns when the listener was taken, without a system call;
 * or ends, when that lasts too long. */
void listener_offer(struct gate_page *page, int listener_fd);

/*
 * The other side, after the announcement: takes the listener from the process of pidfd, gives it to
 * the target, lets the process go on.  0 also when the process failed or died meanwhile: page and
 * end of file say how.
 */
int listener_take(struct gate_page *page, int pidfd, const struct listener_target *target,
		  int64_t deadline);
