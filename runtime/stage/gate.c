/* gate.c - the start gate: both ends of the conversation between init and `start`. */
#include "stage/gate.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/wait.h"
#include "sandbox/namespaces.h"
#include "stage/listener.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* State directories can be long and sun_path holds 108 bytes: name the socket through the
 * directory's descriptor. */
static int gate_address(int dir_fd, const char *name, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	int n = snprintf(ret->sun_path, sizeof ret->sun_path, "/proc/self/fd/%d/%s", dir_fd, name);

	if (n < 0 || (size_t)n >= sizeof ret->sun_path)
		return fail(ENAMETOOLONG, "start gate %s", name);
	return 0;
}

int gate_bind(int dir_fd, const char *name)
{
	struct sockaddr_un address;
	cleanup_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fail(errno, "make the socket of the start gate");
	if (gate_address(dir_fd, name, &address) < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 2) < 0)
		return fail(errno, "bind the start gate %s in the state directory", name);
	return take_fd(&fd);
}

int gate_open(int dir_fd, const char *from, const char *to)
{
	if (renameat(dir_fd, from, dir_fd, to) < 0)
		return fail(errno, "rename the start gate to %s", to);
	return 0;
}

static void leave(int signal_number)
{
	_exit(128 + signal_number);
}

/*
 * The first process of a pid namespace ignores signals it has no handler for, so a container that
 * is created but not started would survive `kill TERM` without this.
 */
static int on_signals(void (*handler)(int))
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	struct sigaction action = { .sa_handler = handler };

	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (sigaction(signals[i], &action, NULL) < 0)
			return fail(errno, "signal handlers of the start gate");
	return 0;
}

static struct gate_page *map_page(int page_fd)
{
	struct gate_page *page =
		mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, page_fd, 0);

	return page == MAP_FAILED ? NULL : page;
}

enum { GO = 'g', NAMESPACES = 'n' };

/* Nobody but who may say go gets to this socket, and he made the user namespace.  What cannot be
 * sent is missing there. */
static void show_namespaces(int connection, int proc_fd)
{
	for (int t = 0; t < NS_COUNT; t++) {
		const char type = (char)t;
		char name[32];

		snprintf(name, sizeof name, "ns/%s", namespace_files[t]);
		cleanup_fd int fd = openat(proc_fd, name, O_RDONLY | O_CLOEXEC);

		if (fd >= 0 && fd_send(connection, &type, 1, fd) < 0)
			return;
	}
}

/* One conversation: the connection when it said go, -1 when it said something else or nothing
 * (state probes do that, K5). */
static int accept_go(int gate_fd, struct gate_page **ret_page)
{
	cleanup_fd int connection = accept4(gate_fd, NULL, NULL, SOCK_CLOEXEC);
	cleanup_fd int passed_fd = -1;
	char word;

	if (connection < 0 || fd_receive(connection, &word, 1, &passed_fd) <= 0 || passed_fd < 0)
		return -1;
	if (word == NAMESPACES) {
		show_namespaces(connection, passed_fd);
		errno = 0;
		return -1;
	}
	*ret_page = map_page(passed_fd);
	return *ret_page ? take_fd(&connection) : -1;
}

int gate_end_by_signals(void)
{
	return on_signals(leave);
}

int gate_wait(int gate_fd, struct gate_page **ret_page)
{
	int connection;

	while ((connection = accept_go(gate_fd, ret_page)) < 0)
		if (errno == EBADF || errno == EINVAL)
			return fail(errno, "accept at the start gate");
	if (on_signals(SIG_DFL) < 0)
		return -1;
	return connection;
}

static struct gate_page *new_page(int *ret_fd)
{
	cleanup_fd int fd = memfd_create("ring3-gate", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, sizeof(struct gate_page)) < 0) {
		fail(errno, "make the page shared with the container process");
		return NULL;
	}
	struct gate_page *page = map_page(fd);

	if (!page) {
		fail(errno, "map the page shared with the container process");
		return NULL;
	}
	page->version = GATE_VERSION;
	page->listener_fd = -1;
	*ret_fd = take_fd(&fd);
	return page;
}

static int connect_gate(int dir_fd, const char *name)
{
	struct sockaddr_un address;
	cleanup_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return fail(errno, "make a socket for the start gate");
	if (gate_address(dir_fd, name, &address) < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
		return errno == EAGAIN ? fail(0, "the container is being started by somebody else")
				       : fail(errno, "connect to the container process");
	return take_fd(&fd);
}

static char failed_program[PATH_MAX];

const char *gate_failed_program(void)
{
	return *failed_program ? failed_program : NULL;
}

/* End of file alone says nothing (K3): the page tells whether the program was really executed. */
int gate_verdict(const struct gate_page *page)
{
	if (page->phase == GATE_EXECUTING && !page->error)
		return 0;
	if (page->phase == GATE_FAILED) {
		char text[sizeof page->text];

		memcpy(text, page->text, sizeof text);
		text[sizeof text - 1] = 0;
		size_t length = strlen(text);

		snprintf(failed_program, sizeof failed_program, "%s",
			 length + 1 < sizeof text ? text + length + 1 : "");
		return fail_copy(page->error, text, length);
	}
	return fail(0, "the container process died before it executed the program");
}

/* 1: one more in fds, 0: that was all. */
static int receive_namespace(int socket_fd, int fds[NS_COUNT])
{
	cleanup_fd int fd = -1;
	char type;
	ssize_t n = fd_receive(socket_fd, &type, 1, &fd);

	if (n <= 0)
		return (int)n;
	if (type < 0 || type >= NS_COUNT || fds[(int)type] >= 0)
		return fail(EPROTO, "the container process sent no namespace");
	fds[(int)type] = take_fd(&fd);
	return 1;
}

int gate_namespaces(int dir_fd, const char *name, int init_pidfd, int proc_fd, int fds[NS_COUNT])
{
	const char word = NAMESPACES;
	const int64_t deadline = wait_until(WAIT_HANDSHAKE);
	cleanup_fd int fd = connect_gate(dir_fd, name);
	struct pollfd ends[] = { { .fd = fd, .events = POLLIN },
				 { .fd = init_pidfd, .events = POLLIN } };
	int more = fd < 0 ? -1 : fd_send(fd, &word, 1, proc_fd) + 1;

	while (more > 0) {
		if (wait_for(ends, 2, deadline, "the container process to show its namespaces") < 0)
			return -1;
		more = receive_namespace(fd, fds);
	}
	if (more == 0 && fds[NS_USER] < 0)
		return fail(0, "the container process did not show its namespaces");
	return more;
}

/* Until init says more than end of file, or dies. */
static int await(int fd, int init_pidfd, int64_t deadline, const char *what)
{
	struct pollfd ends[] = { { .fd = fd, .events = POLLIN },
				 { .fd = init_pidfd, .events = POLLIN } };

	return wait_for(ends, 2, deadline, what);
}

/* init announces its listener, if it comes that far. */
static int pass_listener(struct gate_page *page, int fd, int init_pidfd,
			 const struct listener_target *listener, int64_t deadline)
{
	char announcement[64];
	int none;

	if (!listener->send)
		return 0;
	if (await(fd, init_pidfd, deadline, "the program to be executed") < 0)
		return -1;
	/* End of file, however it comes: the page says why. */
	ssize_t n = fd_receive(fd, announcement, sizeof announcement, &none);

	fd_close(&none);
	return n > 0 ? listener_take(page, init_pidfd, listener, deadline) : 0;
}

int gate_start(int dir_fd, const char *name, int init_pidfd, const struct listener_target *listener,
	       int64_t deadline)
{
	const char word = GO;
	cleanup_fd int page_fd = -1;
	cleanup_fd int fd = connect_gate(dir_fd, name);

	if (fd < 0)
		return -1;
	struct gate_page *page = new_page(&page_fd);
	if (!page)
		return -1;
	int result = fd_send(fd, &word, 1, page_fd);
	if (result == 0)
		result = pass_listener(page, fd, init_pidfd, listener, deadline);
	if (result == 0)
		result = await(fd, init_pidfd, deadline,
			       listener->send ? "the seccomp agent to let the program be executed"
					      : "the program to be executed");
	if (result == 0)
		result = gate_verdict(page);
	munmap(page, sizeof *page);
	return result;
}
