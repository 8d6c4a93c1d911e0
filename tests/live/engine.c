/*
 * engine.c - a container's life as an engine leads it: the same words, process state, pipes and
 * reading of results.  Prints one line a step; tests compare them.
 *
 *	engine SHAPE RUNTIME ROOT BUNDLE ID [tty]
 *
 * go-runc is the library under containerd's shim and BuildKit; conmon belongs to Podman and CRI-O.
 * BUNDLE holds exec.json and missing.json, process objects for exec, and resources.json for update;
 * tty: both programs have terminals.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { SECONDS = 40, WORDS = 24, ARGUMENTS = 4096 };

/* What differs between them. */
static const struct shape {
	const char *name;
	bool accepts_after_exit;  /* of exec: the terminal is fetched when the runtime is gone */
	bool session, no_sigpipe; /* setsid, SIGPIPE ignored */
	bool tty_option;	  /* exec --tty beside --process */
	bool pid_file_decides;	  /* whether an exec went well; otherwise its exit status */
	bool combined;		  /* standard output and error are one text */
	const char *environment[4];
} shapes[] = {
	{ .name = "go-runc",
	  .accepts_after_exit = true,
	  .combined = true,
	  .environment = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin" } },
	{ .name = "conmon-2.1.6",
	  .session = true,
	  .no_sigpipe = true,
	  .tty_option = true,
	  .environment = { "XDG_RUNTIME_DIR=", "_OCI_SYNCPIPE=3", "_OCI_STARTPIPE=4" } },
	{ .name = "conmon-2.2",
	  .session = true,
	  .no_sigpipe = true,
	  .pid_file_decides = true,
	  .environment = { "XDG_RUNTIME_DIR=", "_OCI_SYNCPIPE=3", "_OCI_STARTPIPE=4" } },
};

static struct engine {
	const struct shape *shape;
	const char *runtime, *root, *bundle, *id;
	bool tty;
	int input; /* of the runtime; 0: /dev/null */
	char socket[108], log[4096], limit[8192];
} e;

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("engine: ");
	vprintf(format, args);
	printf(": %s\n", strerror(errno));
	va_end(args);
	exit(125);
}

static const char *in_bundle(const char *name)
{
	static char paths[8][4096];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", e.bundle, name);
	return path;
}

/* --- one run of the runtime ---------------------------------------------------------------------
 */

struct words {
	const char *word[WORDS];
	size_t count;
};

static void add(struct words *w, ...)
{
	va_list args;
	const char *word;

	va_start(args, w);
	while ((word = va_arg(args, const char *)) && w->count < WORDS - 1)
		w->word[w->count++] = word;
	va_end(args);
}

/* The words before the command. */
static struct words globals(void)
{
	struct words w = { 0 };

	add(&w, e.runtime, "--root", e.root, NULL);
	if (e.shape->session)
		add(&w, "--log-format=json", "--log", e.log, NULL);
	else
		add(&w, "--log", e.log, "--log-format", "json", NULL);
	return w;
}

/* In the child.  The engine may be killed at any time, and the runtime with it. */
__attribute__((noreturn)) static void become(const struct words *w, int output, int errors)
{
	char *environment[8] = { getenv("COOKIE_VARIABLE") };

	for (size_t i = 0; e.shape->environment[i]; i++)
		environment[i + 1] = (char *)e.shape->environment[i];
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(e.input ? e.input : open("/dev/null", O_RDONLY), 0);
	dup2(output, 1);
	dup2(errors, 2);
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	if (chdir(e.bundle) == 0)
		execve(e.runtime, (char *const *)w->word, environment);
	_exit(125);
}

static pid_t launch(const struct words *w, int output, int errors)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		become(w, output, errors);
	return pid;
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("wait for %d", pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

struct text {
	char data[65536];
	size_t length;
};

/* To the end: every holder of the other side has closed it. */
static void read_all(int fd, struct text *t)
{
	ssize_t got;

	while ((got = read(fd, t->data + t->length, sizeof(t->data) - 1 - t->length)) > 0)
		t->length += (size_t)got;
	t->data[t->length] = 0;
	close(fd);
}

/* A command without a container's output: everything it prints is read to the end. */
static int simple(struct text *ret, const struct words *w)
{
	int ends[2], status;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		die("pipe");
	pid = launch(w, ends[1], ends[1]);
	close(ends[1]);
	ret->length = 0;
	read_all(ends[0], ret);
	status = wait_for(pid);
	return status;
}

static void step(const char *name, struct words *w)
{
	struct text text;
	int status = simple(&text, w);
	FILE *file = fopen(in_bundle(name), "we");

	if (!file)
		die("make %s", in_bundle(name));
	fputs(text.data, file);
	fclose(file);
	printf("%s: exit=%d %s\n", name, status, text.length ? "printed" : "silent");
}

static void verb(const char *name, const char *command, const char *option, const char *argument)
{
	struct words w = globals();

	add(&w, command, NULL);
	if (option)
		add(&w, option, NULL);
	add(&w, e.id, argument, NULL);
	step(name, &w);
}

/* --- terminals ----------------------------------------------------------------------------------
 */

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 1) < 0)
		die("listen at %s", path);
	return fd;
}

/* With room for exactly one descriptor, as both engines do. */
static int receive_terminal(int listener)
{
	char payload[4096];
	struct iovec text = { payload, sizeof(payload) };
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr message = { .msg_iov = &text,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	int fd = accept(listener, NULL, NULL), terminal = -1;
	ssize_t length;
	struct cmsghdr *header;
	struct termios mode;

	if (fd < 0)
		die("accept a terminal");
	length = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	header = CMSG_FIRSTHDR(&message);
	if (length <= 0 || message.msg_flags & MSG_CTRUNC || !header ||
	    header->cmsg_len != CMSG_LEN(sizeof(int)))
		die("not exactly one descriptor");
	memcpy(&terminal, CMSG_DATA(header), sizeof(terminal));
	close(fd);
	close(listener);
	if (tcgetattr(terminal, &mode) < 0)
		die("not a terminal");
	mode.c_oflag |= ONLCR;
	tcsetattr(terminal, TCSANOW, &mode);
	return terminal;
}

/* --- create and exec: the container's or the program's own input and output ----------------------
 */

struct launched {
	int status;
	int output; /* its terminal, or the pipe that is its standard output */
	pid_t pid;  /* from the pid file, -1: there is none */
};

/* Digits and nothing else: both parse without trimming. */
static pid_t read_pid(const char *path)
{
	char digits[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, digits, sizeof(digits) - 1);

	if (fd >= 0)
		close(fd);
	if (length <= 0)
		return -1;
	if ((size_t)length != strspn(digits, "0123456789"))
		die("pid file %s holds more than digits", path);
	return atoi(digits);
}

static struct launched launch_terminal(const struct words *w, bool accept_late)
{
	struct launched l = { .output = -1 };
	struct text text = { 0 };
	int ends[2], listener = listen_at(e.socket);
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		die("pipe");
	pid = launch(w, ends[1], ends[1]);
	close(ends[1]);
	if (!accept_late)
		l.output = receive_terminal(listener);
	read_all(ends[0], &text);
	l.status = wait_for(pid);
	if (text.length)
		printf("unexpected: %s\n", text.data);
	if (accept_late)
		l.output = receive_terminal(listener);
	return l;
}

/* conmon leaves its end of the error pipe open to other users: /dev/stderr can be opened again. */
static struct launched launch_pipes(const struct words *w)
{
	struct launched l = { .output = -1 };
	char text[8192];
	int output[2], errors[2];

	if (pipe2(output, O_CLOEXEC) < 0 || pipe2(errors, O_CLOEXEC) < 0)
		die("pipe");
	fchmod(errors[1], 0777);
	l.status = wait_for(launch(w, output[1], e.shape->combined ? output[1] : errors[1]));
	close(output[1]);
	close(errors[1]);
	l.output = output[0];
	if (l.status) {
		/* One read, whatever it brings. */
		ssize_t length =
			read(e.shape->combined ? output[0] : errors[0], text, sizeof(text) - 1);

		text[length < 0 ? 0 : length] = 0;
		printf("message: %s", text);
	}
	close(errors[0]);
	return l;
}

static struct launched create(void)
{
	struct words w = globals();
	struct launched l;

	add(&w, "create", "--bundle", e.bundle, "--pid-file", in_bundle("init.pid"), NULL);
	if (e.tty)
		add(&w, "--console-socket", e.socket, NULL);
	add(&w, e.id, NULL);
	l = e.tty ? launch_terminal(&w, false) : launch_pipes(&w);
	l.pid = read_pid(in_bundle("init.pid"));
	printf("create: exit=%d pid-file=%s\n", l.status, l.pid > 0 ? "yes" : "no");
	return l;
}

static struct launched exec_program(const char *process, bool terminal)
{
	struct words w = globals();
	struct launched l;
	const char *pid_file = in_bundle("exec.pid");

	unlink(pid_file);
	add(&w, "exec", NULL);
	if (e.shape->session)
		add(&w, "--pid-file", pid_file, "--process", process, "--detach", NULL);
	else
		add(&w, "--process", process, "--detach", "--pid-file", pid_file, NULL);
	if (terminal && e.shape->tty_option)
		add(&w, "--tty", NULL);
	if (terminal)
		add(&w, "--console-socket", e.socket, NULL);
	add(&w, e.id, NULL);
	l = terminal ? launch_terminal(&w, e.shape->accepts_after_exit) : launch_pipes(&w);
	l.pid = read_pid(pid_file);
	return l;
}

/* --- the session --------------------------------------------------------------------------------
 */

/* The engines watch this cgroup from now on, so it has to be the last one. */
static void look_at_cgroup(pid_t pid)
{
	char path[64], line[4096];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		if (strncmp(line, "0::", 3))
			continue;
		snprintf(e.limit, sizeof(e.limit), "%s%s/cgroup.max.depth", getenv("CGROUP2"),
			 line + 3);
		printf("cgroup: %s\n", strrchr(line, '/') && !strcmp(strrchr(line, '/') + 1, e.id)
					       ? "final"
					       : line);
	}
	if (file)
		fclose(file);
}

static void exec_and_reap(void)
{
	struct launched l = exec_program(in_bundle("exec.json"), e.tty);
	struct text text = { 0 };

	printf("exec: exit=%d pid-file=%s\n", l.status, l.pid > 0 ? "yes" : "no");
	if (l.pid <= 0)
		return;
	read_all(l.output, &text);
	text.data[strcspn(text.data, "\r\n")] = 0;
	printf("exec printed: %s\n", text.data);
	printf("exec ended: %d\n", wait_for(l.pid));
}

static void exec_of_nothing(void)
{
	struct launched l = exec_program(in_bundle("missing.json"), false);

	printf("failing exec: %s\n", (e.shape->pid_file_decides ? l.pid > 0 : l.status == 0)
					     ? "taken for success"
					     : "noticed");
	printf("failing exec: pid-file=%s\n", l.pid > 0 ? "yes" : "no");
	close(l.output);
}

/* go-runc writes the limits to the runtime's standard input, Podman names a file. */
static void update(void)
{
	char text[256], option[4200] = "--resources=-";
	int ends[2], file = open(in_bundle("resources.json"), O_RDONLY | O_CLOEXEC);
	ssize_t size = read(file, text, sizeof(text));

	if (size <= 0 || pipe2(ends, O_CLOEXEC) < 0 || write(ends[1], text, (size_t)size) != size)
		die("pass resources.json on");
	close(file);
	close(ends[1]);
	if (e.shape->combined)
		e.input = ends[0];
	else
		snprintf(option, sizeof(option), "--resources=%s", in_bundle("resources.json"));
	verb("update", "update", option, NULL);
	e.input = 0;
	close(ends[0]);

	FILE *limit = fopen(e.limit, "re");

	printf("limit: %s", limit && fgets(text, sizeof(text), limit) ? text : "none\n");
	if (limit)
		fclose(limit);
}

static int session(void)
{
	struct launched init = create();

	if (init.status)
		return 0;
	look_at_cgroup(init.pid);
	verb("start", "start", NULL, NULL);
	verb("state", "state", NULL, NULL);
	verb("ps", "ps", "--format=json", NULL);
	exec_and_reap();
	exec_of_nothing();
	update();
	verb("pause", "pause", NULL, NULL);
	verb("resume", "resume", NULL, NULL);
	verb("kill", "kill", NULL, "9");
	printf("init ended: %d\n", wait_for(init.pid));
	verb("kill-again", "kill", NULL, "9");
	verb("delete", "delete", NULL, NULL);
	verb("state-again", "state", NULL, NULL);
	verb("delete-force", "delete", "--force", NULL);
	close(init.output);
	return 0;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc >= 6 && i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (!strcmp(shapes[i].name, argv[1]))
			e.shape = &shapes[i];
	if (!e.shape) {
		fprintf(stderr, "usage: engine SHAPE RUNTIME ROOT BUNDLE ID [tty]; see engine.c\n");
		return 125;
	}
	e.runtime = argv[2];
	e.root = argv[3];
	e.bundle = argv[4];
	e.id = argv[5];
	e.tty = argc > 6;
	snprintf(e.socket, sizeof(e.socket), "/tmp/engine-term.%d", getpid());
	snprintf(e.log, sizeof(e.log), "%s/log.json", e.bundle);
	alarm(SECONDS);
	umask(0022);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (e.shape->session)
		setsid();
	if (e.shape->no_sigpipe)
		signal(SIGPIPE, SIG_IGN);
	session();
	unlink(e.socket);
	return 0;
}
