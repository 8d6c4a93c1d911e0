/* fd.c - passing descriptors between processes, and closing many at once. */
#include "base/fd.h"
#include "base/fail.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { MAX_RECEIVED = 8 }; /* room to see, and close, descriptors that should not have come */

static ssize_t send_once(int socket_fd, const void *data, size_t size, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec part = { .iov_base = (void *)(uintptr_t)data, .iov_len = size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t n;

	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof control;
		struct cmsghdr *c = CMSG_FIRSTHDR(&message);
		*c = (struct cmsghdr){ CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS };
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
	}
	do
		n = sendmsg(socket_fd, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n;
}

int fd_send(int socket_fd, const void *data, size_t size, int fd)
{
	const char *at = data;

	do {
		ssize_t n = send_once(socket_fd, at, size, fd);

		if (n < 0)
			return fail(errno, "send a message over a socket");
		at += n;
		size -= (size_t)n;
		fd = -1; /* gone with the first byte; the rest of a stream follows */
	} while (size);
	return 0;
}

/* Moves the received descriptors into fds; returns how many there were. */
static size_t received(struct msghdr *message, int fds[MAX_RECEIVED])
{
	size_t count = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n && count < MAX_RECEIVED; i++)
			memcpy(&fds[count++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
	}
	return count;
}

ssize_t fd_receive(int socket_fd, void *data, size_t size, int *ret_fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int) * MAX_RECEIVED)];
		struct cmsghdr align;
	} control;
	struct iovec part = { .iov_base = data, .iov_len = size };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof control };
	int fds[MAX_RECEIVED];
	ssize_t n;

	*ret_fd = -1;
	do
		n = recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail(errno, "receive a message over a socket");

	size_t count = received(&message, fds);
	bool cut = message.msg_flags & (MSG_CTRUNC | MSG_TRUNC);
	if (count <= 1 && !cut) {
		*ret_fd = count ? fds[0] : -1;
		return n;
	}
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
	return fail(EPROTO,
		    cut ? "a message over a socket is too long"
			: "a message over a socket carries %zu descriptors",
		    count);
}

int fd_cloexec_from(unsigned first)
{
	if (close_range(first, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return fail(errno, "close_range: mark descriptors close-on-exec");
	return 0;
}

int fd_close_from(unsigned first)
{
	if (close_range(first, ~0U, 0) < 0)
		return fail(errno, "close_range: close descriptors");
	return 0;
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

int fd_close_except(unsigned first, const int *keep, size_t count)
{
	int sorted[16];

	if (count > COUNT(sorted))
		fail_fatal("fd_close_except: too many descriptors");
	memcpy(sorted, keep, count * sizeof *keep);
	qsort(sorted, count, sizeof *sorted, by_number);
	for (size_t i = 0; i < count; i++) {
		if (sorted[i] < (int)first)
			continue;
		if (sorted[i] > (int)first && close_range(first, (unsigned)sorted[i] - 1, 0) < 0)
			return fail(errno, "close descriptors");
		first = (unsigned)sorted[i] + 1;
	}
	return fd_close_from(first);
}

int fd_ensure_stdio(void)
{
	struct pollfd std[] = { { .fd = 0 }, { .fd = 1 }, { .fd = 2 } };

	/* One call for the normal case, in which all three are open. */
	if (poll(std, 3, 0) < 0)
		return fail(errno, "look at the standard descriptors");
	for (int i = 0; i < 3; i++) {
		/* Lower ones are open by now, so the number that open gives is i. */
		if ((std[i].revents & POLLNVAL) && open("/dev/null", O_RDWR) != i)
			return fail(errno, "open /dev/null for descriptor %d", i);
	}
	return 0;
}
