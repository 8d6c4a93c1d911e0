/*
 * watch.c - the foreground of `run`: relays signals and the terminal until init ends.  Sets nothing
 * up.
 */
#include "base/fail.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"
#include "base/wait.h"
#include "container/container.h"
#include "container/notify.h"
#include "sandbox/terminal.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

/*
 * A blocking pipe that polls as writable takes this much without blocking, and signals stay
 * answered.
 */
enum { CHUNK = PIPE_BUF };

/* One direction of the terminal: bytes that were read and are not written yet. */
struct copy {
	int from_fd, to_fd; /* -1: nothing comes, or goes, any more */
	size_t begin, end;
	char data[CHUNK];
};

struct watch {
	int signal_fd, pidfd;
	int master_fd;		 /* of the pty, -1: no terminal */
	int slave_fd;		 /* its other side, see hold_slave() */
	int notify_fd;		 /* -1: nothing to pass on */
	int stdin_fd, stdout_fd; /* the caller's, or non-blocking openings of its terminal */
	bool is_raw;
	struct termios saved;
	struct copy input, output;
	bool told_to_end; /* a fatal signal came after init had ended */
};

int container_watch_begin(void)
{
	sigset_t all;

	sigfillset(&all);
	return sigprocmask(SIG_BLOCK, &all, NULL) < 0 ? fail(errno, "block signals") : 0;
}

/*
 * A terminal that is stopped (^S) would block a write for ever.  The flag must not be set on the
 * caller's own descriptor, which its shell shares, so the terminal is opened once more; where that
 * fails the original serves.
 */
static int own_opening(int fd)
{
	char path[32];

	if (!isatty(fd))
		return fd;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	int own = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	return own < 0 ? fd : own;
}

/*
 * While nobody has the other side open, the master only says EIO: a program that closes its
 * terminal and opens it again (getty does) would be lost.  So it is held open here, and again after
 * a hang-up.
 */
static int hold_slave(struct watch *w)
{
	fd_close(&w->slave_fd);
	w->slave_fd = ioctl(w->master_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return w->slave_fd < 0 ? -1 : 0;
}

static void watch_close(struct watch *w)
{
	if (w->is_raw)
		terminal_restore(STDIN_FILENO, &w->saved);
	if (w->stdin_fd > STDERR_FILENO)
		close(w->stdin_fd);
	if (w->stdout_fd > STDERR_FILENO)
		close(w->stdout_fd);
	fd_close(&w->slave_fd);
	fd_close(&w->signal_fd);
}

static int open_terminal(struct watch *w)
{
	if (fcntl(w->master_fd, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return fail(errno, "make the terminal non-blocking");
	hold_slave(w); /* best effort, without it a closed terminal is simply over */
	w->stdin_fd = own_opening(STDIN_FILENO);
	w->stdout_fd = own_opening(STDOUT_FILENO);
	w->input = (struct copy){ .from_fd = w->stdin_fd, .to_fd = w->master_fd };
	w->output = (struct copy){ .from_fd = w->master_fd, .to_fd = w->stdout_fd };
	if (!isatty(STDIN_FILENO))
		return 0;
	if (terminal_raw(STDIN_FILENO, &w->saved) < 0)
		return -1;
	w->is_raw = true;
	return 0;
}

static int watch_open(struct watch *w, const struct created *created)
{
	sigset_t all;

	*w = (struct watch){ .pidfd = created->pidfd,
			     .master_fd = created->console_fd,
			     .slave_fd = -1,
			     .stdin_fd = -1,
			     .stdout_fd = -1,
			     .input = { -1, -1 },
			     .output = { -1, -1 } };
	sigfillset(&all);
	w->signal_fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (w->signal_fd < 0)
		return fail(errno, "make a descriptor for signals");
	return w->master_fd >= 0 ? open_terminal(w) : 0;
}

static bool is_pending(const struct copy *c)
{
	return c->begin < c->end;
}

/* End of file, a hung up terminal, a reader that is gone: this direction is over. */
static void copy_in(struct copy *c)
{
	ssize_t n = read(c->from_fd, c->data, sizeof c->data);

	if (n > 0) {
		c->begin = 0;
		c->end = (size_t)n;
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		c->from_fd = -1;
	}
}

static void copy_out(struct copy *c)
{
	ssize_t n = write(c->to_fd, c->data + c->begin, c->end - c->begin);

	if (n >= 0)
		c->begin += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		c->to_fd = -1;
}

/* Nobody reads it any more, but the program must not block on its terminal: read on and forget. */
static void copy_drop(struct copy *c)
{
	if (c->to_fd < 0)
		c->begin = c->end;
}

/* Fills the two rows that a direction waits for: bytes to write, or room to read more. */
static void copy_poll(const struct copy *c, struct pollfd *from, struct pollfd *to)
{
	*from = (struct pollfd){ .fd = is_pending(c) ? -1 : c->from_fd, .events = POLLIN };
	*to = (struct pollfd){ .fd = is_pending(c) ? c->to_fd : -1, .events = POLLOUT };
}

static void copy_move(struct copy *c, const struct pollfd *from, const struct pollfd *to)
{
	if (from->fd >= 0 && from->revents)
		copy_in(c);
	if (to->fd >= 0 && to->revents)
		copy_out(c);
	copy_drop(c);
}

static bool is_fatal(int signal)
{
	return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
}

static void relay(struct watch *w, const struct signalfd_siginfo *info)
{
	const int signal = (int)info->ssi_signo;
	struct termios ignored;

	/* SIGPIPE from ourselves: our write to a pipe without reader. */
	if (signal == SIGCHLD || (signal == SIGPIPE && info->ssi_pid == (uint32_t)getpid()))
		return;
	w->told_to_end |= is_fatal(signal);
	if (signal == SIGWINCH && w->is_raw) {
		terminal_copy_size(STDIN_FILENO, w->master_fd); /* the kernel tells the program */
		return;
	}
	/* A shell that had stopped us left its own modes. */
	if (signal == SIGCONT && w->is_raw)
		terminal_raw(STDIN_FILENO, &ignored); /* best effort: it is cosmetic */
	if (process_signal(w->pidfd, signal) < 0 && errno != ESRCH)
		log_warning("signal %d to the container process: %s", signal, fail_reason(errno));
}

static void read_signals(struct watch *w)
{
	struct signalfd_siginfo info;

	while (read(w->signal_fd, &info, sizeof info) == (ssize_t)sizeof info)
		relay(w, &info);
}

/* This process is the one that the service manager started, so no pid is told, and it lives on, so
 * nothing has to be waited for. */
static void pass_on(struct watch *w)
{
	int ready = notify_pass_on(w->notify_fd, 0);

	if (ready < 0)
		log_warning("the service manager is not told that the program is ready: %s",
			    failure()->text);
	if (ready)
		w->notify_fd = -1;
}

static int until_init_ends(struct watch *w)
{
	enum { INIT, SIGNALS, NOTIFY, INPUT_FROM, INPUT_TO, OUTPUT_FROM, OUTPUT_TO, COUNT_ };
	struct pollfd fds[COUNT_] = {
		[INIT] = { .fd = w->pidfd, .events = POLLIN },
		[SIGNALS] = { .fd = w->signal_fd, .events = POLLIN },
	};

	for (;;) {
		fds[NOTIFY] = (struct pollfd){ .fd = w->notify_fd, .events = POLLIN };
		copy_poll(&w->input, &fds[INPUT_FROM], &fds[INPUT_TO]);
		copy_poll(&w->output, &fds[OUTPUT_FROM], &fds[OUTPUT_TO]);
		if (wait_for(fds, COUNT_, NO_DEADLINE, "the container process") < 0)
			return -1;
		if (fds[SIGNALS].revents)
			read_signals(w);
		if (fds[NOTIFY].revents)
			pass_on(w);
		copy_move(&w->input, &fds[INPUT_FROM], &fds[INPUT_TO]);
		copy_move(&w->output, &fds[OUTPUT_FROM], &fds[OUTPUT_TO]);
		if (fds[INIT].revents)
			return 0;
		if (w->output.from_fd < 0 && w->master_fd >= 0 && hold_slave(w) == 0)
			w->input.to_fd = w->output.from_fd = w->master_fd;
	}
}

/*
 * What the program wrote before it ended is still in the pty.  All of it is there now, so an empty
 * pty is the end, even when a process that outlived init (shared pid namespace) keeps the other
 * side open.
 */
static int drain(struct watch *w)
{
	struct copy *c = &w->output;
	struct pollfd fds[2] = { { .fd = -1, .events = POLLOUT },
				 { .fd = w->signal_fd, .events = POLLIN } };

	w->told_to_end = false;
	while (!w->told_to_end) {
		copy_drop(c);
		if (!is_pending(c)) {
			struct pollfd more = { .fd = c->from_fd, .events = POLLIN };

			if (c->from_fd < 0 || poll(&more, 1, 0) <= 0)
				return 0;
			copy_in(c);
			continue;
		}
		fds[0].fd = c->to_fd;
		if (wait_for(fds, 2, NO_DEADLINE, "room for the output") < 0)
			return -1;
		if (fds[0].revents)
			copy_out(c);
		if (fds[1].revents)
			read_signals(w);
	}
	return 0;
}

int container_watch(struct created *created, int *ret_status)
{
	return container_watch_notify(created, -1, ret_status);
}

int container_watch_notify(struct created *created, int notify_fd, int *ret_status)
{
	__attribute__((cleanup(watch_close))) struct watch w = { 0 };

	if (watch_open(&w, created) < 0)
		return -1;
	w.notify_fd = notify_fd;
	if (until_init_ends(&w) < 0 || drain(&w) < 0)
		return -1;
	return process_wait(created->pidfd, wait_until(WAIT_HELPER), "the container process",
			    ret_status);
}
