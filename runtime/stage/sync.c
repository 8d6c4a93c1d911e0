/* sync.c - the messages between init and the process that makes it; the protocol is drawn in
 * sync.h. */
#include "stage/sync.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/wait.h"
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

struct sync_message {
	uint32_t type, value;
	int32_t code;		 /* FAILED: errno value */
	char text[FAILURE_TEXT]; /* FAILED: only as many bytes as it has are sent */
};
enum { HEADER = offsetof(struct sync_message, text) };

int sync_pair(struct sync *parent, struct sync *child)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return fail(errno, "make the socket pair to the container process");
	parent->fd = fds[0];
	child->fd = fds[1];
	return 0;
}

static int send_type(struct sync *s, enum sync_type type, uint32_t value, int fd)
{
	struct sync_message m;

	m.type = type;
	m.value = value;
	m.code = 0;
	return fd_send(s->fd, &m, HEADER, fd);
}

/* Returns the bytes of text in the message, or -1; end of file is EPIPE. */
static ssize_t receive(struct sync *s, struct sync_message *m, int *ret_fd)
{
	ssize_t n = fd_receive(s->fd, m, sizeof *m, ret_fd);

	/* It ended without reading an answer that it did not wait for.  That is told first, and
	 * once; what it sent before is still there. */
	if (n < 0 && failure()->code == ECONNRESET)
		n = fd_receive(s->fd, m, sizeof *m, ret_fd);
	if (n < 0 && failure()->code != ECONNRESET)
		return -1;
	if (n <= 0)
		return fail(EPIPE, "the other process is gone");
	if (n < (ssize_t)HEADER) {
		fd_close(ret_fd);
		return fail(EPROTO, "message of %zd bytes", n);
	}
	return n - (ssize_t)HEADER;
}

int sync_request(struct sync *s, enum sync_type request, uint32_t value, int fd)
{
	return send_type(s, request, value, fd);
}

int sync_await(struct sync *s, int *ret_fd)
{
	struct sync_message m;
	int got = -1;
	ssize_t text = receive(s, &m, &got);
	if (text < 0)
		return -1;
	if (ret_fd)
		*ret_fd = got;
	else
		fd_close(&got);
	if (m.type == SYNC_FAILED)
		return fail_copy(m.code, m.text, (size_t)text);
	if (m.type != SYNC_DONE)
		return fail(EPROTO, "answer %u from the parent process", m.type);
	return 0;
}

int sync_ask(struct sync *s, enum sync_type request, uint32_t value, int fd, int *ret_fd)
{
	return sync_request(s, request, value, fd) < 0 ? -1 : sync_await(s, ret_fd);
}

void sync_tell_failure(struct sync *s)
{
	struct sync_message m = { .type = SYNC_FAILED, .code = failure()->code };
	size_t length = strlen(failure()->text);

	memcpy(m.text, failure()->text, length);
	/* Nobody is left to tell if this fails: the parent then reports how the process ended. */
	(void)fd_send(s->fd, &m, HEADER + length, -1);
}

static int answer_one(struct sync *s, const struct sync_message *m,
		      const struct sync_service *service, void *parent, int fd)
{
	int reply_fd = -1;

	if (service->answer(parent, fd, m->value, &reply_fd) < 0) {
		const struct failure f = *failure();

		/* EPIPE is what tells the caller that the child is gone; this was another pipe. */
		return f.code == EPIPE ? fail_copy(0, f.text, strlen(f.text)) : -1;
	}
	if (send_type(s, SYNC_DONE, 0, reply_fd) == 0)
		return 0;
	/* It did not wait for this answer and failed meanwhile: what it told is still to be read.
	 */
	return failure()->code == EPIPE && m->type != SYNC_READY ? 0 : -1;
}

int sync_serve(struct sync *s, const struct sync_service services[SYNC_REQUESTS], void *parent,
	       unsigned seconds)
{
	bool asked[SYNC_REQUESTS] = { false };
	struct sync_message m = { .type = SYNC_DONE };

	while (m.type != SYNC_READY) {
		cleanup_fd int fd = -1;

		if (wait_readable(s->fd, wait_until(seconds), "the container process") < 0)
			return -1;
		ssize_t text = receive(s, &m, &fd);
		if (text < 0)
			return -1;
		if (m.type == SYNC_FAILED)
			return fail_copy(m.code, m.text, (size_t)text);
		if (m.type >= SYNC_REQUESTS || !services[m.type].answer ||
		    (services[m.type].once && asked[m.type]))
			return fail(EPROTO, "request %u from the container process", m.type);
		asked[m.type] = true;
		if (answer_one(s, &m, &services[m.type], parent, fd) < 0)
			return -1;
	}
	return 0;
}

int sync_hand_over(struct sync *s, int fd)
{
	return send_type(s, SYNC_DONE, 0, fd);
}

int sync_take_over(struct sync *s, unsigned seconds, int *ret_fd)
{
	struct sync_message m;
	int fd = -1;

	if (wait_readable(s->fd, wait_until(seconds), "the process that joins namespaces") < 0)
		return -1;
	ssize_t text = receive(s, &m, &fd);
	if (text < 0)
		return -1;
	if (m.type == SYNC_FAILED || fd < 0) {
		fd_close(&fd);
		return fail_copy(m.code, m.text, (size_t)text);
	}
	*ret_fd = fd;
	return 0;
}
