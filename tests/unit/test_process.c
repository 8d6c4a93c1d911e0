/* test_process.c - processes by pidfd, deadlines, signals. */
#include "test.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/text.h"
#include "base/wait.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static void exit_codes(void **state)
{
	static const int exit_signals[] = { SIGCHLD, 0 }; /* 0: as the joiner makes init (K9) */

	(void)state;
	for (size_t i = 0; i < COUNT(exit_signals); i++) {
		cleanup_fd int pidfd = -1, killed = -1;
		int status = -1;

		pid_t pid = process_clone(0, -1, exit_signals[i], &pidfd);
		if (!pid)
			_exit(42);
		assert_true(pid > 0 && pidfd >= 0);
		assert_int_equal(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
		assert_int_equal(process_wait(pidfd, wait_until(5), "the child", &status), 0);
		assert_int_equal(status, 42);
		assert_int_equal(process_wait(pidfd, wait_until(5), "the child", &status), -1);
		assert_int_equal(failure()->code, ECHILD);

		pid = process_clone(0, -1, exit_signals[i], &killed);
		if (!pid) {
			pause();
			_exit(0);
		}
		assert_int_equal(process_signal(killed, SIGKILL), 0);
		assert_int_equal(process_wait(killed, wait_until(5), "the child", &status), 0);
		assert_int_equal(status, 128 + SIGKILL);
	}
}

static void clone_fails(void **state)
{
	int pidfd = -1;

	(void)state;
	assert_int_equal(process_clone(CLONE_FS | CLONE_NEWNS, -1, SIGCHLD, &pidfd), -1);
	assert_int_equal(failure()->code, EINVAL);
	assert_int_equal(pidfd, -1);
	cleanup_fd int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(process_clone(0, null, SIGCHLD, &pidfd), -1); /* not a cgroup */
	assert_string_equal(failure()->text, "clone3 into the cgroup: bad file descriptor");
}

static void kills(void **state)
{
	cleanup_fd int pidfd = -1;
	siginfo_t info;

	(void)state;
	pid_t pid = process_clone(0, -1, SIGCHLD, &pidfd);
	if (!pid) {
		pause();
		_exit(0);
	}
	process_kill_and_reap(pidfd);
	assert_int_equal(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	process_kill_and_reap(pidfd); /* and once more is no harm */
}

static void deadline(void **state)
{
	int pair[2], status;
	cleanup_fd int pidfd = process_pidfd(getpid());
	int64_t before = wait_now();

	(void)state;
	assert_int_equal(process_wait(pidfd, before + 30000000, "myself", &status), -1);
	assert_int_equal(failure()->code, ETIMEDOUT);
	assert_string_equal(failure()->text, "timed out waiting for myself");
	assert_true(wait_now() - before >= 30000000);
	assert_true(wait_now() - before < 5000000000);
	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	assert_int_equal(wait_readable(pair[0], before, "nothing"),
			 -1); /* a deadline in the past */
	assert_int_equal(write(pair[1], "x", 1), 1);
	assert_int_equal(wait_readable(pair[0], before, "a byte"), 0);
	assert_int_equal(wait_readable(pair[0], NO_DEADLINE, "a byte"), 0);
	close(pair[0]);
	close(pair[1]);
}

static void ignore(int sig)
{
	(void)sig;
}

static void interrupted(void **state)
{
	const struct sigaction handler = { .sa_handler = ignore };
	const struct itimerval often = { { 0, 2000 }, { 0, 2000 } }, off = { 0 };
	int pair[2];
	int64_t before = wait_now();

	(void)state;
	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	sigaction(SIGALRM, &handler, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	assert_int_equal(wait_readable(pair[0], before + 50000000, "a byte"), -1);
	setitimer(ITIMER_REAL, &off, NULL);
	assert_int_equal(failure()->code, ETIMEDOUT);
	assert_true(wait_now() - before >= 50000000);
	close(pair[0]);
	close(pair[1]);
}

static void start_time(void **state)
{
	cleanup_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	uint64_t mine = 0, child_start = 0;
	cleanup_fd int pidfd = -1;
	siginfo_t info;
	char letter = 0;

	(void)state;
	assert_int_equal(process_start_time(proc, getpid(), &mine, &letter), 0);
	assert_true(mine > 0);
	assert_int_equal(letter, 'R');
	pid_t pid = process_clone(0, -1, SIGCHLD, &pidfd);
	if (!pid) {
		cleanup_fd int comm = open("/proc/self/comm", O_WRONLY | O_CLOEXEC);
		_exit(write(comm, ") Z 1 (", 7) != 7);
	}
	assert_int_equal(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(process_start_time(proc, pid, &child_start, &letter), 0);
	assert_int_equal(letter, 'Z');
	assert_true(child_start >= mine && child_start < mine + 100000);
	process_kill_and_reap(pidfd);
	assert_int_equal(process_start_time(proc, pid, &child_start, NULL), -1);
	assert_int_equal(errno, ENOENT);
}

static void resets_signals(void **state)
{
	cleanup_fd int pidfd = -1;
	int status;

	(void)state;
	pid_t pid = process_clone(0, -1, SIGCHLD, &pidfd);
	if (!pid) {
		sigset_t blocked;
		struct sigaction now;

		signal(SIGPIPE, SIG_IGN);
		signal(SIGUSR1, ignore);
		signal(SIGRTMAX, SIG_IGN);
		sigemptyset(&blocked);
		sigaddset(&blocked, SIGCHLD);
		sigprocmask(SIG_BLOCK, &blocked, NULL);
		if (process_reset_signals() < 0)
			_exit(1);
		for (int sig = 1; sig <= SIGRTMAX; sig++)
			if (sigaction(sig, NULL, &now) == 0 && now.sa_handler != SIG_DFL)
				_exit(2);
		sigprocmask(SIG_BLOCK, NULL, &blocked);
		_exit(sigismember(&blocked, SIGCHLD) ? 3 : 0);
	}
	assert_int_equal(process_wait(pidfd, wait_until(5), "the child", &status), 0);
	assert_int_equal(status, 0);
}

static void signal_numbers(void **state)
{
	static const struct {
		const char *name;
		int number;
	} rows[] = {
		{ "TERM", SIGTERM },
		{ "SIGTERM", SIGTERM },
		{ "sigkill", SIGKILL },
		{ "15", 15 },
		{ "0", 0 },
		{ "64", 64 },
		{ "65", -1 },
		{ "-1", -1 },
		{ "RTMIN", 34 },
		{ "RTMIN+1", 35 },
		{ "SIGRTMIN+3", 37 },
		{ "RTMAX-1", 63 },
		{ "RTMAX", 64 },
		{ "RTMIN-1", -1 },
		{ "RTMIN+31", -1 },
		{ "RTMIN+", -1 },
		{ "RTMAX+1", -1 },
		{ "", -1 },
		{ "SIG", -1 },
		{ "NOPE", -1 },
		{ "SIGCLD", SIGCHLD },
		{ "POLL", SIGPOLL },
		{ "IO", SIGIO },
		{ "9x", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (process_signal_number(rows[i].name) != rows[i].number)
			fail_msg("%s gives %d", rows[i].name, process_signal_number(rows[i].name));
	process_signal_number("NOPE");
	assert_string_equal(failure()->text, "unknown signal \"NOPE\"");
}

/* A tracer that attaches and never lets go, as a process of a container might. */
static void traced(void **state)
{
	cleanup_fd int child = -1, tracer = -1;
	int status, ready[2];
	char byte;

	(void)state;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid_t pid = process_clone(0, -1, SIGCHLD, &child);
	if (pid == 0) {
		pause();
		_exit(0);
	}
	if (process_clone(0, -1, SIGCHLD, &tracer) == 0) {
		byte = ptrace(PTRACE_SEIZE, pid, 0, 0) == 0 ? 'y' : 'n';
		if (write(ready[1], &byte, 1) == 1)
			pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	assert_int_equal(process_signal(child, SIGKILL), 0);
	if (byte == 'y') { /* else the machine does not let us */
		assert_int_equal(process_wait(child, wait_now() + 200000000, "it", &status), -1);
		assert_int_equal(failure()->code, ETIMEDOUT);
	}
	process_kill_and_reap(tracer);
	assert_int_equal(process_wait(child, wait_until(5), "it", &status), 0);
	assert_int_equal(status, 128 + SIGKILL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("exit codes as a shell has them, also with exit signal 0", exit_codes),
		TEST("a refused clone says so", clone_fails),
		TEST("killing and reaping, twice", kills),
		TEST("a dead process that another one holds by ptrace is not waited for without "
		     "end",
		     traced),
		TEST("nothing waits beyond its deadline", deadline),
		TEST("signals do not lengthen a wait", interrupted),
		TEST("start time and state of a process with a hostile name", start_time),
		TEST("EC-16 every signal is default and none blocked", resets_signals),
		TEST("names and numbers of signals", signal_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
