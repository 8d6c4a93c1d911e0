/* systemd_helper.c - starts ring3-systemd and speaks its protocol, which stands in helper/main.c.
 */
#include "base/arena.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"
#include "base/wait.h"
#include "cgroup/systemd.h"
#include "host/host_systemd.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* systemd may be busy with many containers at once; the helper reports first, since it knows what
 * with. */
enum { ASK_SECONDS = 25, MAX_ANSWER = 16 << 10 };

/* Nothing but the two pipes, and no environment: everything is in the request. */
__attribute__((noreturn)) static void become_helper(const char *path, int request_fd, int answer_fd)
{
	char *const args[] = { "ring3-systemd", NULL }, *const env[] = { NULL };
	char text[512];

	/* Its standard error as well: what the dynamic loader has to say belongs to the answer. */
	if (process_reset_signals() == 0 && dup2(request_fd, 0) == 0 && dup2(answer_fd, 1) == 1 &&
	    dup2(answer_fd, 2) == 2 && fd_close_from(3) == 0)
		execve(path, args, env);
	int n = snprintf(text, sizeof text, "error run %s: %s%s\n", path, fail_reason(errno),
			 errno == ENOENT ? " (it is installed with ring3 where libsystemd is there "
					   "at build time)"
					 : "");
	(void)!write(1, text,
		     (size_t)n); /* or 1 is not the pipe, and the parent sees the end only */
	_exit(127);
}

static int write_all(int fd, const struct text *text)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	size_t done = 0;
	ssize_t n = 0;

	if (sigaction(SIGPIPE, &ignore, &before) < 0)
		return fail(errno, "ignore SIGPIPE");
	for (; done < text->length; done += (size_t)n)
		if ((n = write(fd, text->data + done, text->length - done)) < 0)
			break;		   /* it has ended: its answer says why */
	sigaction(SIGPIPE, &before, NULL); /* cannot fail: the handler came from the kernel */
	return 0;
}

static int send_sockets(const struct systemd_helper *h, const struct host *host, bool user)
{
	cleanup_arena struct arena *arena = arena_new();
	cleanup_text struct text text = { 0 };
	struct systemd_socket sockets[SYSTEMD_SOCKETS];
	size_t count = host_systemd_sockets(host, user, arena, sockets);

	for (size_t i = 0; i < count; i++)
		text_addf(&text, "%s %s\n", sockets[i].direct ? "direct" : "bus",
			  sockets[i].address);
	text_addf(&text, "seconds %d\nconnect\n\n", ASK_SECONDS);
	return write_all(h->request_fd, &text);
}

int systemd_helper_open(struct systemd_helper *h, const struct host *host, bool user)
{
	int request[2], answer[2];

	if (h->pid > 0)
		return 0;
	if (pipe2(request, O_CLOEXEC) < 0)
		return fail(errno, "make a pipe to ring3-systemd");
	if (pipe2(answer, O_CLOEXEC) < 0) {
		close(request[0]);
		close(request[1]);
		return fail(errno, "make a pipe to ring3-systemd");
	}
	h->pid = process_clone(0, -1, SIGCHLD, &h->pidfd);
	if (h->pid == 0)
		become_helper(host_systemd_helper(), request[0], answer[1]);
	close(request[0]);
	close(answer[1]);
	h->request_fd = request[1];
	h->answer_fd = answer[0];
	h->connecting = true;
	return h->pid < 0 ? -1 : send_sockets(h, host, user);
}

void systemd_helper_close(struct systemd_helper *h)
{
	if (h->pid > 0)
		process_kill_and_reap(h->pidfd);
	fd_close(&h->pidfd);
	fd_close(&h->request_fd);
	fd_close(&h->answer_fd);
	h->pid = 0;
}

/* One line, without its end. */
static int read_answer(const struct systemd_helper *h, int64_t deadline, const char *what,
		       struct text *ret)
{
	char c = 0;

	for (;;) {
		if (wait_readable(h->answer_fd, deadline, what) < 0)
			return -1;
		ssize_t n = read(h->answer_fd, &c, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(errno, "read the answer of ring3-systemd");
		if (n == 0 || ret->length > MAX_ANSWER)
			return fail(0, "%s ended without an answer%s%s", host_systemd_helper(),
				    ret->length ? ": " : "", ret->length ? ret->data : "");
		if (c == '\n')
			return 0;
		text_add_bytes(ret, &c, 1);
	}
}

/* Lines that are no answer come from libraries: they explain what follows. */
static int await(const struct systemd_helper *h, const char *what)
{
	const int64_t deadline = wait_until(ASK_SECONDS + 3);
	cleanup_text struct text line = { 0 };

	for (;;) {
		size_t start = line.length;

		if (read_answer(h, deadline, what, &line) < 0)
			return -1;
		const char *answer = line.data ? line.data + start : "";

		if (text_starts(answer, "error "))
			return fail(0, "systemd: %s", answer + strlen("error "));
		if (text_starts(answer, "ok")) {
			if (answer[2])
				log_debug("this systemd does not know the properties%s",
					  answer + 2);
			return 0;
		}
		text_add(&line, " ");
	}
}

static int connected(struct systemd_helper *h)
{
	if (!h->connecting)
		return 0;
	h->connecting = false;
	return await(h, "ring3-systemd to connect to systemd");
}

int systemd_helper_ask(struct systemd_helper *h, const char *verb, const char *unit,
		       const struct systemd_properties *properties)
{
	cleanup_text struct text text = { 0 };
	char what[400];

	if (connected(h) < 0)
		return -1;
	if (!*verb)
		return 0;
	text_addf(&text, "seconds %d\n%s %s\n", ASK_SECONDS, verb, unit);
	for (size_t i = 0; properties && i < properties->list.count; i++) {
		const struct systemd_property *p = &properties->list.items[i];

		text_addf(&text, "%s %s %s\n", p->optional ? "optional" : "property", p->name,
			  p->value);
	}
	text_add(&text, "\n");
	if (write_all(h->request_fd, &text) < 0)
		return -1;
	snprintf(what, sizeof what, "systemd to %s %.300s", verb, unit);
	return await(h, what);
}
