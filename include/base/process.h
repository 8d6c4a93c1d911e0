/* process.h - making, watching and signalling processes by pidfd.  Does not know namespaces. */
#pragma once
#include <stdint.h>
#include <sys/types.h>

/*
 * clone3(2) with CLONE_PIDFD, copy-on-write like fork(2).  cgroup_fd -1: the caller's own cgroup.
 * Parent: the pid, and a pidfd it owns in *ret_pidfd.  Child: 0.  Error: -1 with a failure; the
 * code says which (EACCES: cgroup not writable by common ancestor, EAGAIN: pids.max, K11).
 */
pid_t process_clone(uint64_t flags, int cgroup_fd, int exit_signal, int *ret_pidfd);

int process_pidfd(pid_t pid); /* silent: -1 with errno */
/* Both leave ring3's own AppArmor profile where it is the obstacle.  Silent: -1 with errno. */
int process_signal(int pidfd, int signal);
int process_signal_pid(pid_t pid, int signal);

/* Field 22 of /proc/PID/stat (proc_fd: /proc) in clock ticks, and the state letter (may be NULL).
 * Silent: -1 with errno. */
int process_start_time(int proc_fd, pid_t pid, uint64_t *ret, char *ret_state);

/* Waits for a child; deadline as in wait.h.  Status as a shell has it: exit code, or 128 + signal.
 */
int process_wait(int pidfd, int64_t deadline, const char *what, int *ret_status);
/* Reaps a child that must be dead by SIGKILL; ignores that it may not be ours. */
void process_kill_and_reap(int pidfd);

/* Reset to what a new program expects: every signal default, nothing blocked (EC-16). */
int process_reset_signals(void);
/* Its halves.  which: bit N - 1 is signal N, as in the SigIgn line of a status file. */
int process_default_signals(uint64_t which);
int process_unblock_signals(void);
/* "TERM", "SIGTERM", "15", "RTMIN+1"; returns the number or -1 with a failure. */
int process_signal_number(const char *name);
