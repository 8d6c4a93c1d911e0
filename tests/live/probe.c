/*
 * probe.c - one static program for the live tests, on both sides of the boundary.
 *
 * Inside a container it prints what busybox cannot: descriptors, scheduler, I/O priority, keyring,
 * the errno of one system call.  Outside it plays the engine: receives a console, gives a pseudo
 * terminal, is a subreaper, holds namespaces to be joined, kills a runtime at a given microsecond.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
enum { SECONDS = 20 }; /* no helper outlives a stuck test for longer */

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("probe: ", stderr);
	vfprintf(stderr, format, args);
	fprintf(stderr, ": %s\n", strerror(errno));
	va_end(args);
	exit(125);
}

static int exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* --- inside
 * ------------------------------------------------------------------------------------------------------
 */

/* fds: every open descriptor, one a line; without /proc, so that nothing else is open. */
static int print_fds(char **args)
{
	(void)args;
	for (int fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%d\n", fd);
	return 0;
}

static int print_umask(char **args)
{
	(void)args;
	printf("%04o\n", umask(0));
	return 0;
}

static int print_ids(char **args)
{
	(void)args;
	printf("%u %u\n", getuid(), geteuid());
	return 0;
}

struct sched_attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

static int print_scheduler(char **args)
{
	struct sched_attributes a = { .size = sizeof(a) };

	(void)args;
	if (syscall(SYS_sched_getattr, 0, &a, sizeof(a), 0) < 0)
		die("sched_getattr");
	printf("policy=%u nice=%d priority=%u flags=%#llx\n", a.policy, a.nice, a.priority,
	       (unsigned long long)a.flags);
	return 0;
}

static int print_utilization_clamps(char **args)
{
	struct sched_attributes a = { .size = sizeof(a) };

	(void)args;
	if (syscall(SYS_sched_getattr, 0, &a, sizeof(a), 0) < 0)
		die("sched_getattr");
	printf("%u %u\n", a.util_min, a.util_max);
	return 0;
}

static int print_io_priority(char **args)
{
	long value = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);

	(void)args;
	printf("class=%ld priority=%ld\n", IOPRIO_PRIO_CLASS(value), IOPRIO_PRIO_DATA(value));
	return 0;
}

static int print_personality(char **args)
{
	(void)args;
	printf("%#x\n", personality(0xffffffff));
	return 0;
}

static int print_memory_policy(char **args)
{
	int mode = -1;
	unsigned long nodes[16] = { 0 };

	(void)args;
	if (syscall(SYS_get_mempolicy, &mode, nodes, sizeof(nodes) * 8, NULL, 0) < 0)
		die("get_mempolicy");
	printf("mode=%d nodes=%#lx\n", mode, nodes[0]);
	return 0;
}

/* keyring: description of the session keyring, "keyring;uid;gid;perm;NAME". */
static int print_keyring(char **args)
{
	char text[256] = "";

	(void)args;
	if (syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, text, sizeof(text) - 1) <
	    0)
		printf("errno=%d\n", errno);
	else
		puts(text);
	return 0;
}

/* open PATH r|w|rw: "ok" or the name of the error. */
static int try_open(char **args)
{
	static const char *const names[] = { "r", "w", "rw" };
	static const int flags[] = { O_RDONLY, O_WRONLY, O_RDWR };

	for (size_t i = 0; i < 3; i++)
		if (strcmp(args[1], names[i]) == 0)
			puts(open(args[0], flags[i] | O_NONBLOCK | O_NOCTTY) < 0
				     ? strerrorname_np(errno)
				     : "ok");
	return 0;
}

/*
 * filter-flags PID: outside; the flags of the filter that process loaded first, as far as the
 * kernel tells (SECCOMP_FILTER_FLAG_LOG alone).  The process stops and goes on.
 */
static int print_filter_flags(char **args)
{
	pid_t pid = atoi(args[0]);
	struct __ptrace_seccomp_metadata m = { 0 };

	if (ptrace(PTRACE_SEIZE, pid, 0, 0) < 0 || ptrace(PTRACE_INTERRUPT, pid, 0, 0) < 0 ||
	    waitpid(pid, NULL, 0) < 0)
		die("stop process %d", pid);
	if (ptrace(PTRACE_SECCOMP_GET_METADATA, pid, sizeof(m), &m) < 0)
		die("PTRACE_SECCOMP_GET_METADATA");
	printf("%#llx\n", (unsigned long long)m.flags);
	return 0;
}

/* syscall NUMBER ARG...: "ok" or the name of the error. */
static int try_syscall(char **args)
{
	long value[7] = { 0 };

	for (int i = 0; i < 7 && args[i]; i++)
		value[i] = strtol(args[i], NULL, 0);
	if (syscall(value[0], value[1], value[2], value[3], value[4], value[5], value[6]) < 0)
		puts(strerrorname_np(errno) ? strerrorname_np(errno) : "unknown");
	else
		puts("ok");
	return 0;
}

/* syscall32 NUMBER ARGUMENT...: the same through the entry of i386, where the machine has one. */
static int try_syscall32(char **args)
{
#ifdef __x86_64__
	int value[4] = { 0 }, result;

	for (int i = 0; i < 4 && args[i]; i++)
		value[i] = (int)strtol(args[i], NULL, 0);
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(value[0]), "b"(value[1]), "c"(value[2]), "d"(value[3])
			 : "memory", "r8", "r9", "r10", "r11");
	puts(result >= 0 || result < -4095 ? "ok"
	     : strerrorname_np(-result)	   ? strerrorname_np(-result)
					   : "unknown");
	return 0;
#else
	(void)args;
	puts("no such machine");
	return 1;
#endif
}

/* tty: what the terminal on 0 looks like from inside. */
static int print_tty(char **args)
{
	struct winsize size = { 0 };
	struct stat st = { 0 }, console = { 0 };
	int controlling = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	(void)args;
	ioctl(0, TIOCGWINSZ, &size);
	fstat(0, &st);
	stat("/dev/console", &console);
	printf("tty=%d%d%d rows=%d columns=%d session=%d controlling=%s console=%s name=%s\n",
	       isatty(0), isatty(1), isatty(2), size.ws_row, size.ws_col, getsid(0) == getpid(),
	       controlling < 0 ? "no" : "yes", console.st_rdev == st.st_rdev ? "same" : "other",
	       ttyname(0) ? ttyname(0) : "none");
	return 0;
}

static volatile sig_atomic_t caught;
static void catch_signal(int signal)
{
	caught = signal;
}

/* serve: waits; says which signal came; TERM and INT end it with 0, USR1 and WINCH are only
 * reported. */
static int serve(char **args)
{
	struct sigaction action = { .sa_handler = catch_signal };
	struct winsize size = { 0 };

	(void)args;
	for (int signal = 1; signal < 32; signal++)
		if (signal != SIGKILL && signal != SIGSTOP && signal != SIGCHLD)
			sigaction(signal, &action, NULL);
	puts("ready");
	fflush(stdout);
	while (caught != SIGTERM && caught != SIGINT) {
		sigset_t none;

		caught = 0;
		sigemptyset(&none);
		sigsuspend(&none);
		if (caught == SIGWINCH && ioctl(0, TIOCGWINSZ, &size) == 0)
			printf("size %dx%d\n", size.ws_row, size.ws_col);
		else
			printf("signal %d\n", caught);
		fflush(stdout);
	}
	return 0;
}

/* --- outside
 * -----------------------------------------------------------------------------------------------------
 */

static void to_background(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid > 0)
		exit(0);
	setsid();
	alarm(SECONDS);
}

static void keep_only(int fd)
{
	int null = open("/dev/null", O_RDWR);

	for (int i = 0; i < 3; i++)
		if (i != fd)
			dup2(null, i);
	for (int i = 3; i < 1024; i++)
		if (i != fd)
			close(i);
}

static int receive_fd(int socket_fd, char *payload, size_t size, int *ret_count)
{
	struct iovec text = { payload, size - 1 };
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(8 * sizeof(int))];
	} control;
	struct msghdr message = { .msg_iov = &text,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t length = recvmsg(socket_fd, &message, 0);
	struct cmsghdr *header = length < 0 ? NULL : CMSG_FIRSTHDR(&message);
	int fd = -1;

	payload[length < 0 ? 0 : length] = 0;
	*ret_count = header ? (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int)) : 0;
	if (header)
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 4) < 0)
		die("listen at %s", path);
	return fd;
}

/* console SOCKET OUT [INPUT]: in the background accepts one connection and one message; what came
 * goes to OUT, then all the terminal prints; INPUT is typed first. */
static int console(char **args)
{
	int socket_fd = listen_at(args[0]);
	FILE *out;
	char payload[4096], data[4096];
	int count, master;
	ssize_t length;

	to_background();
	keep_only(socket_fd);
	out = fopen(args[1], "we");
	if (!out)
		return 125;
	socket_fd = accept(socket_fd, NULL, NULL);
	master = receive_fd(socket_fd, payload, sizeof(payload), &count);
	fprintf(out, "descriptors=%d payload=%s more=%zd\n", count, payload,
		recv(socket_fd, data, 1, 0));
	fflush(out);
	if (args[2] && write(master, args[2], strlen(args[2])) < 0)
		die("write to the terminal");
	while ((length = read(master, data, sizeof(data))) > 0) {
		fwrite(data, 1, (size_t)length, out);
		fflush(out);
	}
	fputs("[end]\n", out);
	return fclose(out);
}

/* refuse-accept SOCKET: listens, never accepts; ends after some seconds. */
static int never_accept(char **args)
{
	int socket_fd = listen_at(args[0]);

	to_background();
	keep_only(socket_fd);
	pause();
	return 0;
}

/* pty ROWSxCOLUMNS EXPECT ACTION -- COMMAND...: runs COMMAND on a new terminal; once its output
 * holds EXPECT, ACTION is done: "resize:RxC", "type:TEXT", "kill:SIGNAL" or "none".  Copies the
 * output, returns the status. */
struct pty_action {
	const char *expect, *what;
	bool done;
};

static void pty_act(struct pty_action *a, int master, pid_t pid)
{
	struct winsize size = { 0 };

	a->done = true;
	if (sscanf(a->what, "resize:%hux%hu", &size.ws_row, &size.ws_col) == 2)
		ioctl(master, TIOCSWINSZ, &size);
	else if (strncmp(a->what, "type:", 5) == 0)
		dprintf(master, "%s\n", a->what + 5);
	else if (strncmp(a->what, "kill:", 5) == 0)
		kill(pid, atoi(a->what + 5));
}

static int pty(char **args)
{
	struct winsize size = { 0 };
	struct pty_action action = { args[1], args[2], false };
	char seen[65536] = "";
	size_t length = 0;
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), status;
	pid_t pid;

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		die("posix_openpt");
	sscanf(args[0], "%hux%hu", &size.ws_row, &size.ws_col);
	ioctl(master, TIOCSWINSZ, &size);
	alarm(SECONDS);
	pid = fork();
	if (pid == 0) {
		int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);

		setsid();
		ioctl(slave, TIOCSCTTY, 0);
		for (int i = 0; i < 3; i++)
			dup2(slave, i);
		if (slave > 2)
			close(slave);
		execvp(args[4], args + 4);
		die("exec %s", args[4]);
	}
	for (;;) {
		ssize_t got = read(master, seen + length, sizeof(seen) - 1 - length);

		if (got <= 0)
			break;
		fwrite(seen + length, 1, (size_t)got, stdout);
		fflush(stdout);
		length += (size_t)got;
		seen[length] = 0;
		if (!action.done && strstr(seen, action.expect))
			pty_act(&action, master, pid);
	}
	if (waitpid(pid, &status, 0) < 0)
		die("wait");
	return exit_status(status);
}

/* subreaper COMMAND...: runs it, then reaps what was left to us: "inherited PID" for each that
 * still lives after COMMAND, and its exit status. */
static int subreaper(char **args)
{
	pid_t pid, first;
	int status;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	alarm(SECONDS);
	first = fork();
	if (first == 0) {
		execvp(args[0], args);
		die("exec %s", args[0]);
	}
	while ((pid = wait(&status)) > 0)
		printf("%s status=%d\n", pid == first ? "command" : "inherited",
		       exit_status(status));
	return 0;
}

/* blocked COMMAND...: with SIGUSR1, SIGTERM and SIGCHLD blocked and SIGPIPE, SIGUSR2 ignored, as a
 * careless engine starts it. */
static int with_blocked(char **args)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	execvp(args[0], args);
	die("exec %s", args[0]);
}

/* kill-after MICROSECONDS COMMAND...: SIGKILL to COMMAND (not its children) after that time; waits
 * for it. */
static int kill_after(char **args)
{
	long microseconds = atol(args[0]);
	struct timespec time = { microseconds / 1000000, microseconds % 1000000 * 1000 };
	pid_t pid = fork();

	if (pid == 0) {
		execvp(args[1], args + 1);
		die("exec %s", args[1]);
	}
	nanosleep(&time, NULL);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return 0;
}

/* sleep-ms N */
static int sleep_ms(char **args)
{
	long ms = atol(args[0]);
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	return nanosleep(&time, NULL);
}

/* hold TYPE,...: a process in the background that lives in new namespaces of these types; prints
 * its pid. */
static const struct namespace_type {
	const char *name;
	int flag;
} namespace_types[] = {
	{ "user", CLONE_NEWUSER },     { "mount", CLONE_NEWNS },  { "network", CLONE_NEWNET },
	{ "pid", CLONE_NEWPID },       { "uts", CLONE_NEWUTS },	  { "ipc", CLONE_NEWIPC },
	{ "cgroup", CLONE_NEWCGROUP }, { "time", CLONE_NEWTIME },
};

static int namespace_mask(const char *list)
{
	int flags = 0;

	for (size_t i = 0; i < sizeof(namespace_types) / sizeof(namespace_types[0]); i++)
		if (strstr(list, namespace_types[i].name))
			flags |= namespace_types[i].flag;
	return flags;
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die("write %s", path);
	close(fd);
}

static void map_ids(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	write_file(path, "0 100000 65536\n");
	snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	write_file(path, "0 100000 65536\n");
}

__attribute__((noreturn)) static void enter_and_hold(int flags, int go, int answer)
{
	pid_t pid = 0;

	setsid();
	if (flags & CLONE_NEWUSER) {
		if (unshare(CLONE_NEWUSER) < 0 || write(answer, &pid, sizeof(pid)) < 0 ||
		    read(go, &pid, 1) < 0 || setgid(0) < 0 || setuid(0) < 0)
			die("new user namespace");
		prctl(PR_SET_DUMPABLE,
		      1); /* setuid cleared it, and /proc/self would stay the host root's */
	}
	if (unshare(flags & ~CLONE_NEWUSER) < 0)
		die("unshare");
	if (flags & CLONE_NEWTIME)
		write_file("/proc/self/timens_offsets", "boottime 100000 0\n");
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NAME, "holder");
		for (int i = 0; i < 1024; i++)
			close(i);
		for (;;)
			pause();
	}
	if (write(answer, &pid, sizeof(pid)) < 0)
		die("answer");
	_exit(0);
}

static int hold(char **args)
{
	int flags = namespace_mask(args[0]), go[2], answer[2], status;
	pid_t pid = 0, child;

	if (pipe(go) < 0 || pipe(answer) < 0)
		die("pipe");
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* not the holder, which is its child */
		enter_and_hold(flags, go[0], answer[1]);
	}
	if (flags & CLONE_NEWUSER) {
		if (read(answer[0], &pid, sizeof(pid)) != sizeof(pid))
			die("no user namespace");
		map_ids(child);
		if (write(go[1], "g", 1) < 0)
			die("go");
	}
	close(answer[1]);
	if (read(answer[0], &pid, sizeof(pid)) != sizeof(pid) || pid <= 0)
		die("no holder");
	waitpid(child, &status, 0);
	printf("%d\n", pid);
	return 0;
}

/* A connection to itself; both ends are in pair. */
static void connect_to_self(int pair[2])
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) < 0 ||
	    connect(pair[0], (struct sockaddr *)&address, size) < 0)
		die("connect");
	pair[1] = accept(listener, NULL, NULL);
	close(listener);
}

static void hold_unlinked(void)
{
	int fd = open("/dev/shm/unlinked", O_RDWR | O_CREAT, 0600);

	unlink("/dev/shm/unlinked");
	if (dup2(fd, 9) < 0 || write(9, "kept", 4) < 0)
		die("unlinked file");
}

static void hold_lock(void)
{
	if (flock(open("/dev/shm/lock", O_RDWR | O_CREAT, 0600), LOCK_EX | LOCK_NB) < 0)
		die("lock");
}

/* count [child] [lock] [unlinked] [tcp] [say]: its number in /dev/shm/n grows 50 times a second,
 * and shows after a restore whether it went on from where it was; 0 when its connection is closed.
 * It ends with status 7 when there is a file /dev/shm/end. */
static int count(char **args)
{
	bool say = false;
	int pair[2] = { -1, -1 };

	signal(SIGPIPE, SIG_IGN);
	for (; *args; args++) {
		if (strcmp(*args, "child") == 0 && fork() == 0)
			for (;;)
				pause();
		if (strcmp(*args, "lock") == 0)
			hold_lock();
		if (strcmp(*args, "unlinked") == 0)
			hold_unlinked();
		if (strcmp(*args, "tcp") == 0)
			connect_to_self(pair);
		say |= strcmp(*args, "say") == 0;
	}
	int fd = open("/dev/shm/n", O_RDWR | O_CREAT, 0644);
	for (int n = 1; access("/dev/shm/end", F_OK) < 0; n++) {
		char text[16] = "t";

		if (pair[0] >= 0 &&
		    (write(pair[0], text, 1) != 1 || recv(pair[1], text, 1, 0) != 1))
			n = 0;
		if (pwrite(fd, text, snprintf(text, sizeof(text), "%-9d\n", n), 0) < 0)
			die("write /dev/shm/n");
		if (say && write(1, "tick\n", 5) < 0)
			die("say");
		usleep(20000);
	}
	return 7;
}

/* pidfd SOCKET OUT: receives a pidfd, writes the pid that it names. */
static int receive_pidfd(char **args)
{
	int socket_fd = listen_at(args[0]), fd, count;
	char payload[4096], path[64], line[256];
	FILE *info, *out;

	to_background();
	keep_only(socket_fd);
	out = fopen(args[1], "we");
	fd = receive_fd(accept(socket_fd, NULL, NULL), payload, sizeof(payload), &count);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = fopen(path, "re");
	while (info && fgets(line, sizeof(line), info))
		if (strncmp(line, "Pid:", 4) == 0)
			fprintf(out, "payload=%s pid=%d\n", payload, atoi(line + 4));
	return fclose(out);
}

/*
 * agent SOCKET OUT ANSWER [NUMBER=ANSWER]...: in the background a seccomp agent.  What it is told
 * of a process goes to OUT, one JSON document a line: {"descriptors", "rest" (bytes behind the
 * message), "received"}, and each call that it answers: {"call", "pid"}.  ANSWER: continue, a
 * value, -ERRNO, hold (never answered), die (the agent ends).  Prints its pid.
 */
struct notify_request {
	uint64_t id;
	uint32_t pid, flags;
	int nr;
	uint32_t arch;
	uint64_t ip, args[6];
};
struct notify_answer {
	uint64_t id;
	int64_t value;
	int32_t error;
	uint32_t flags;
};
#define NOTIFY_RECEIVE	     _IOWR('!', 0, struct notify_request)
#define NOTIFY_SEND	     _IOWR('!', 1, struct notify_answer)
#define NOTIFY_FLAG_CONTINUE 1
enum { LISTENERS = 16, IDLE_SECONDS = 100 }; /* a test has several containers */

static void answer_call(int listener, int out, char **answers)
{
	struct notify_request request = { 0 };
	struct notify_answer answer = { 0 };
	const char *text = answers[0];

	if (ioctl(listener, NOTIFY_RECEIVE, &request) < 0)
		return; /* the caller was killed meanwhile */
	dprintf(out, "{\"call\":%d,\"pid\":%u}\n", request.nr, request.pid);
	for (char **a = answers + 1; *a; a++)
		if (atoi(*a) == request.nr && strchr(*a, '='))
			text = strchr(*a, '=') + 1;
	if (!strcmp(text, "die"))
		_exit(0);
	if (!strcmp(text, "hold"))
		return;
	answer.id = request.id;
	if (!strcmp(text, "continue"))
		answer.flags = NOTIFY_FLAG_CONTINUE;
	else if (*text == '-')
		answer.error = atoi(text);
	else
		answer.value = atoi(text);
	(void)ioctl(listener, NOTIFY_SEND, &answer); /* the caller may be gone */
}

/* A new process: its listener, or -1. */
static int accept_process(int socket_fd, int out)
{
	char payload[65536], more;
	int count, connection = accept(socket_fd, NULL, NULL);
	int listener = receive_fd(connection, payload, sizeof(payload), &count);

	dprintf(out, "{\"descriptors\":%d,\"rest\":%zd,\"received\":%s}\n", count,
		recv(connection, &more, 1, 0), *payload ? payload : "null");
	close(connection);
	return listener;
}

static int agent(char **args)
{
	int socket_fd = listen_at(args[0]), out;
	struct pollfd fds[1 + LISTENERS];
	nfds_t count = 1;

	to_background();
	alarm(IDLE_SECONDS);
	printf("%d\n", (int)getpid());
	fflush(stdout);
	keep_only(socket_fd);
	out = open(args[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	fds[0] = (struct pollfd){ .fd = socket_fd, .events = POLLIN };
	for (; poll(fds, count, -1) > 0; alarm(IDLE_SECONDS)) {
		for (nfds_t i = 1; i < count; i++) {
			if (fds[i].revents & POLLIN)
				answer_call(fds[i].fd, out, args + 2);
			else if (fds[i].revents & POLLHUP)
				close(fds[i].fd), fds[i--] = fds[--count];
		}
		if (fds[0].revents && count <= LISTENERS) {
			int listener = accept_process(socket_fd, out);

			if (listener >= 0)
				fds[count++] = (struct pollfd){ .fd = listener, .events = POLLIN };
		}
	}
	return 1;
}

/* sd-manager SOCKET OUT: in the background a service manager: messages go to OUT, one a line, with
 * " +fd" when a descriptor came with it, which is closed (BARRIER=1 waits for that). */
static int sd_manager(char **args)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), out;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", args[0]);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die("bind %s", args[0]);
	to_background();
	printf("%d\n", (int)getpid()); /* for the test to end it */
	fflush(stdout);
	keep_only(fd);
	out = open(args[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	for (;;) {
		char text[4096] = "", control[256];
		struct iovec data = { .iov_base = text, .iov_len = sizeof(text) - 1 };
		struct msghdr m = { .msg_iov = &data,
				    .msg_iovlen = 1,
				    .msg_control = control,
				    .msg_controllen = sizeof(control) };
		struct cmsghdr *c;

		if (recvmsg(fd, &m, 0) < 0)
			return 1;
		for (char *p = text; *p; p++)
			if (*p == '\n')
				*p = '|';
		c = CMSG_FIRSTHDR(&m);
		dprintf(out, "%s%s\n", text, c ? " +fd" : "");
		if (c && c->cmsg_type == SCM_RIGHTS) {
			int passed;

			memcpy(&passed, CMSG_DATA(c), sizeof(passed));
			close(passed);
		}
	}
}

/* sd-notify TEXT: what sd_notify(3) does. */
static int sd_notify(char **args)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (!path)
		die("no NOTIFY_SOCKET");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (sendto(fd, args[0], strlen(args[0]), 0, (struct sockaddr *)&address, sizeof(address)) <
	    0)
		die("send to %s", path);
	return 0;
}

/* left COOKIE MS: the processes with COOKIE in their environment, one a line; waits up to MS for
 * them to go, and fails when some did not. */
static bool has_cookie(const char *pid, const char *cookie)
{
	static char environment[1 << 17];
	char path[300];
	ssize_t length, got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/environ", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false; /* ended, or somebody else's */
	for (length = 0; length < (ssize_t)sizeof(environment); length += got) {
		got = read(fd, environment + length, sizeof(environment) - (size_t)length);
		if (got <= 0)
			break;
	}
	close(fd);
	return memmem(environment, (size_t)length, cookie, strlen(cookie) + 1);
}

static int count_left(const char *cookie, bool print)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int count = 0;

	if (!proc)
		die("open /proc");
	while ((entry = readdir(proc))) {
		if (!isdigit((unsigned char)entry->d_name[0]) || !has_cookie(entry->d_name, cookie))
			continue;
		count++;
		if (print)
			puts(entry->d_name);
	}
	closedir(proc);
	return count;
}

static int wait_until_none_left(char **args)
{
	static const struct timespec pause_10_ms = { 0, 10000000 };
	char cookie[128];

	snprintf(cookie, sizeof(cookie), "RING3_TEST_COOKIE=%s", args[0]);
	for (long ms = atol(args[1]); ms > 0; ms -= 10) {
		if (count_left(cookie, false) == 0)
			return 0;
		nanosleep(&pause_10_ms, NULL);
	}
	return count_left(cookie, true) > 0;
}

/* --- hunt NAME: looks for processes with that name until it is killed, and tries to get into them.
 * Prints "seen" once, and what succeeded while the name was still the same. */

static bool has_name(const char *pid, const char *name)
{
	char path[64], text[32] = "";
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	return n > 0 && strncmp(text, name, strlen(name)) == 0 && text[strlen(name)] == '\n';
}

static void try_to_enter(const char *pid, const char *name)
{
	static const char *const links[] = { "exe", "cwd", "root", "fd/0", "fd/3", "ns/mnt" };
	char path[64], target[256], byte;
	struct iovec own = { &byte, 1 }, other = { (void *)0x400000, 1 };
	int fd;

	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		snprintf(path, sizeof(path), "/proc/%s/%s", pid, links[i]);
		if (readlink(path, target, sizeof(target)) >= 0 && has_name(pid, name))
			printf("read %s\n", links[i]);
	}
	snprintf(path, sizeof(path), "/proc/%s/mem", pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0 && has_name(pid, name))
		printf("opened mem\n");
	if (fd >= 0)
		close(fd);
	if (process_vm_readv(atoi(pid), &own, 1, &other, 1, 0) >= 0 && has_name(pid, name))
		printf("read memory\n");
	if (ptrace(PTRACE_SEIZE, atoi(pid), 0, 0) < 0)
		return;
	if (has_name(pid, name))
		printf("attached\n");
	/* It must stand still to be let go. */
	ptrace(PTRACE_INTERRUPT, atoi(pid), 0, 0);
	waitpid(atoi(pid), NULL, __WALL);
	ptrace(PTRACE_DETACH, atoi(pid), 0, 0);
}

static int hunt(char **args)
{
	bool seen = false;

	setvbuf(stdout, NULL, _IONBF, 0);
	for (DIR *dir; (dir = opendir("/proc")); closedir(dir)) {
		struct dirent *e;

		while ((e = readdir(dir))) {
			if (!isdigit((unsigned char)e->d_name[0]) || !has_name(e->d_name, args[0]))
				continue;
			if (!seen)
				printf("seen\n");
			seen = true;
			try_to_enter(e->d_name, args[0]);
		}
	}
	return 1;
}

static const struct command {
	const char *name;
	int arguments;
	int (*run)(char **args);
} commands[] = {
	{ "fds", 0, print_fds },
	{ "umask", 0, print_umask },
	{ "ids", 0, print_ids },
	{ "scheduler", 0, print_scheduler },
	{ "uclamp", 0, print_utilization_clamps },
	{ "ioprio", 0, print_io_priority },
	{ "personality", 0, print_personality },
	{ "mempolicy", 0, print_memory_policy },
	{ "keyring", 0, print_keyring },
	{ "open", 2, try_open },
	{ "syscall", 1, try_syscall },
	{ "syscall32", 1, try_syscall32 },
	{ "tty", 0, print_tty },
	{ "serve", 0, serve },
	{ "console", 2, console },
	{ "filter-flags", 1, print_filter_flags },
	{ "never-accept", 1, never_accept },
	{ "pty", 5, pty },
	{ "subreaper", 1, subreaper },
	{ "blocked", 1, with_blocked },
	{ "kill-after", 2, kill_after },
	{ "sleep-ms", 1, sleep_ms },
	{ "left", 2, wait_until_none_left },
	{ "hold", 1, hold },
	{ "count", 0, count },
	{ "pidfd", 2, receive_pidfd },
	{ "agent", 3, agent },
	{ "sd-manager", 2, sd_manager },
	{ "sd-notify", 1, sd_notify },
	{ "hunt", 1, hunt },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[1], commands[i].name) == 0 && argc - 2 >= commands[i].arguments)
			return commands[i].run(argv + 2);
	fprintf(stderr, "usage: probe COMMAND ...; see probe.c\n");
	return 125;
}
