/* process.c - making, watching and signalling processes by pidfd. */
#include "base/process.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "base/wait.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t process_clone(uint64_t flags, int cgroup_fd, int exit_signal, int *ret_pidfd)
{
	int pidfd = -1;
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD | (cgroup_fd >= 0 ? CLONE_INTO_CGROUP : 0),
		.pidfd = (uintptr_t)&pidfd,
		.exit_signal = (unsigned)exit_signal,
		.cgroup = cgroup_fd >= 0 ? (unsigned)cgroup_fd : 0,
	};
	pid_t pid = sys_clone3(&args, sizeof args);

	if (pid < 0 && errno == ENOSYS)
		return fail(ENOSYS, "clone3 needs Linux 5.7 and a seccomp filter that allows it");
	if (pid < 0)
		return fail(errno, cgroup_fd >= 0 ? "clone3 into the cgroup" : "clone3");
	if (pid > 0)
		*ret_pidfd = pidfd;
	return pid;
}

int process_pidfd(pid_t pid)
{
	return sys_pidfd_open(pid, 0); /* close-on-exec by birth */
}

/*
 * A profile of ring3's own, contrib/apparmor, is unconfined and a name all the same, and the
 * profiles that engines have for their containers take signals from "unconfined", "runc" and "crun"
 * alone. Silent: false with errno as it was.
 */
static bool leave_profile(void)
{
	static const char request[] = "changeprofile unconfined";
	int code = errno;
	cleanup_fd int fd = open("/proc/thread-self/attr/apparmor/current", O_WRONLY | O_CLOEXEC);
	bool left = fd >= 0 && write(fd, request, strlen(request)) > 0;

	errno = code;
	return left;
}

int process_signal(int pidfd, int signal)
{
	int result = sys_pidfd_send_signal(pidfd, signal);

	return result < 0 && errno == EACCES && leave_profile()
		       ? sys_pidfd_send_signal(pidfd, signal)
		       : result;
}

int process_signal_pid(pid_t pid, int signal)
{
	int result = kill(pid, signal);

	return result < 0 && errno == EACCES && leave_profile() ? kill(pid, signal) : result;
}

int process_start_time(int proc_fd, pid_t pid, uint64_t *ret, char *ret_state)
{
	char name[32], line[1024], state;
	unsigned long long start;

	snprintf(name, sizeof name, "%d/stat", (int)pid);
	if (file_read_line(proc_fd, name, line, sizeof line) < 0)
		return -1;
	/* The name of the program may hold blanks and brackets, so count from the last one. */
	const char *rest = strrchr(line, ')');
	if (!rest || sscanf(rest,
			    ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u "
			    "%*d %*d %*d %*d %*d %*d %llu",
			    &state, &start) != 2) {
		errno = EINVAL;
		return -1;
	}
	*ret = start;
	if (ret_state)
		*ret_state = state;
	return 0;
}

enum { TRACED_PAUSE = 10 /* milliseconds */ };

/*
 * Silent.  __WALL: children made with exit signal 0 are seen by no other wait.  A process of the
 * container may hold a dead one by ptrace(2): then nothing tells when it is ours, hence the pauses.
 */
static int reap(int pidfd, int64_t deadline, siginfo_t *info)
{
	for (;;) {
		*info = (siginfo_t){ 0 };
		if (waitid(P_PIDFD, (id_t)pidfd, info, WEXITED | __WALL | WNOHANG) < 0)
			return -1;
		if (info->si_pid)
			return 0;
		if (wait_now() >= deadline) {
			errno = ETIMEDOUT;
			return -1;
		}
		poll(NULL, 0, TRACED_PAUSE);
	}
}

int process_wait(int pidfd, int64_t deadline, const char *what, int *ret_status)
{
	siginfo_t info;

	if (wait_readable(pidfd, deadline, what) < 0)
		return -1;
	if (reap(pidfd, deadline, &info) < 0)
		return fail(errno,
			    errno == ETIMEDOUT ? "wait for %s, which is traced" : "wait for %s",
			    what);
	*ret_status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
	return 0;
}

void process_kill_and_reap(int pidfd)
{
	siginfo_t info;

	/* Every result is ignored: it may be dead already, and somebody else's child.  One that
	 * hangs in the kernel is left to its new parent when the time is up. */
	const int64_t deadline = wait_until(WAIT_HELPER);

	process_signal(pidfd, SIGKILL);
	if (wait_readable(pidfd, deadline, "a killed process") == 0)
		reap(pidfd, deadline, &info);
}

int process_default_signals(uint64_t which)
{
	/* The kernel's own call: glibc hides signals 32 and 33, which a caller may ignore too. */
	const struct {
		unsigned long words[8];
	} fresh = { { 0 } };
	const size_t mask_size = sizeof(uint64_t);

	for (int sig = 1; sig <= 64; sig++) {
		if (sig == SIGKILL || sig == SIGSTOP || !(which >> (sig - 1) & 1))
			continue;
		if (syscall(SYS_rt_sigaction, sig, &fresh, NULL, mask_size) < 0)
			return fail(errno, "reset signal %d", sig);
	}
	return 0;
}

int process_unblock_signals(void)
{
	const uint64_t none = 0;

	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none) < 0)
		return fail(errno, "unblock signals");
	return 0;
}

int process_reset_signals(void)
{
	return process_default_signals(UINT64_MAX) < 0 ? -1 : process_unblock_signals();
}

/* "RTMIN+1", "RTMAX-3", "RTMIN": the number, or -1. */
static int real_time_signal(const char *name)
{
	const struct {
		const char *name;
		int base, sign;
		char mark;
	} rows[] = {
		{ "RTMIN", SIGRTMIN, 1, '+' },
		{ "RTMAX", SIGRTMAX, -1, '-' },
	};
	const uint64_t span = (uint64_t)(SIGRTMAX - SIGRTMIN);
	uint64_t distance = 0;

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (strncasecmp(name, rows[i].name, 5))
			continue;
		if (name[5] && name[5] != rows[i].mark)
			return -1;
		if (name[5] && text_to_u64(name + 6, span, &distance) < 0)
			return -1;
		return rows[i].base + rows[i].sign * (int)distance;
	}
	return -1;
}

static int named_signal(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} others[] = {
		{ "IOT", SIGABRT },
		{ "CLD", SIGCHLD },
		{ "IO", SIGIO },
	};

	for (int sig = 1; sig < 32; sig++) {
		const char *known = sigabbrev_np(sig);
		if (known && !strcasecmp(known, name))
			return sig;
	}
	for (size_t i = 0; i < COUNT(others); i++)
		if (!strcasecmp(others[i].name, name))
			return others[i].number;
	return real_time_signal(name);
}

int process_signal_number(const char *name)
{
	uint64_t number;

	if (text_to_u64(name, 64, &number) == 0)
		return (int)number;
	int sig = named_signal(strncasecmp(name, "SIG", 3) ? name : name + 3);
	return sig < 0 ? fail(0, "unknown signal \"%s\"", name) : sig;
}
