/* netlink.c - rtnetlink messages: building, sending, taking apart. */
#include "sandbox/netlink.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/text.h"
#include <errno.h>
#include <linux/sockios.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum { RECEIVE_ROOM = 32768 }; /* what the kernel fills at most in one message of a dump */

int netlink_open(void)
{
	static const int on = 1;
	cleanup_fd int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	/* The kernel's words, and no copy of the request behind its answer. */
	if (fd < 0 || setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on) < 0)
		return fail(errno, "open a netlink socket");
	return take_fd(&fd);
}

int netlink_namespace(int fd)
{
	int ns_fd = ioctl(fd, SIOCGSKNS);

	return ns_fd < 0 ? fail(errno, "open the network namespace of a netlink socket") : ns_fd;
}

static void append(struct netlink_request *r, const void *data, size_t size)
{
	size_t used = NLMSG_ALIGN(r->header.nlmsg_len) - sizeof r->header;

	if (used + size > sizeof r->body)
		fail_fatal("a netlink request is too long");
	if (size)
		memcpy(r->body + used, data, size);
	r->header.nlmsg_len = (uint32_t)(sizeof r->header + used + size);
}

void netlink_begin(struct netlink_request *r, uint16_t type, uint16_t flags, const void *head,
		   size_t size)
{
	static uint32_t sequence;

	memset(r, 0, sizeof *r);
	r->header.nlmsg_len = sizeof r->header;
	r->header.nlmsg_type = type;
	r->header.nlmsg_flags = NLM_F_REQUEST | flags;
	r->header.nlmsg_seq = ++sequence;
	append(r, head, size);
}

void netlink_add(struct netlink_request *r, uint16_t type, const void *data, size_t size)
{
	struct rtattr attribute = { .rta_len = (uint16_t)RTA_LENGTH(size), .rta_type = type };

	append(r, &attribute, sizeof attribute);
	append(r, data, size);
}

static const struct rtattr *find(const void *at, size_t left, uint16_t type)
{
	const struct rtattr *a = at;

	for (; left >= sizeof *a && a->rta_len >= sizeof *a && a->rta_len <= left;) {
		size_t step = RTA_ALIGN(a->rta_len);

		if ((a->rta_type & NLA_TYPE_MASK) == type)
			return a;
		if (step >= left)
			break;
		a = (const void *)((const char *)a + step);
		left -= step;
	}
	return NULL;
}

const struct rtattr *netlink_attribute(const struct nlmsghdr *message, size_t head, uint16_t type)
{
	size_t skip = NLMSG_HDRLEN + NLMSG_ALIGN(head);

	return message->nlmsg_len <= skip
		       ? NULL
		       : find((const char *)message + skip, message->nlmsg_len - skip, type);
}

/* An answer with an errno value: 0 is the acknowledgement. */
static int verdict(struct netlink_request *r, const struct nlmsghdr *m)
{
	const struct nlmsgerr *e = NLMSG_DATA(m);
	const struct rtattr *words;

	if (m->nlmsg_len < NLMSG_LENGTH(sizeof *e)) {
		errno = EPROTO;
		return -1;
	}
	if (!e->error)
		return 0;
	words = m->nlmsg_flags & NLM_F_ACK_TLVS ? netlink_attribute(m, sizeof *e, NLMSGERR_ATTR_MSG)
						: NULL;
	if (words)
		snprintf(r->why, sizeof r->why, "%.*s", (int)RTA_PAYLOAD(words),
			 (const char *)RTA_DATA(words));
	errno = -e->error;
	return -1;
}

/* Returns 1 when more is to come. */
static int take_apart(struct netlink_request *r, const char *bytes, size_t left,
		      void (*each)(const struct nlmsghdr *message, void *arg), void *arg)
{
	for (const struct nlmsghdr *m = (const void *)bytes; NLMSG_OK(m, left);
	     m = NLMSG_NEXT(m, left)) {
		if (m->nlmsg_seq != r->header.nlmsg_seq)
			continue;
		if (m->nlmsg_type == NLMSG_ERROR)
			return verdict(r, m);
		/* Something changed under the dump: whoever asked asks again. */
		if (m->nlmsg_flags & NLM_F_DUMP_INTR) {
			errno = EINTR;
			return -1;
		}
		if (m->nlmsg_type == NLMSG_DONE)
			return 0;
		if (each)
			each(m, arg);
	}
	return 1;
}

int netlink_talk(int fd, struct netlink_request *r,
		 void (*each)(const struct nlmsghdr *message, void *arg), void *arg)
{
	alignas(struct nlmsghdr) char bytes[RECEIVE_ROOM];
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int more = 1;

	/* Both bits: one of them is NLM_F_EXCL where something is made. */
	if ((r->header.nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		r->header.nlmsg_flags |= NLM_F_ACK;
	if (sendto(fd, r, r->header.nlmsg_len, 0, (void *)&kernel, sizeof kernel) < 0)
		return -1;
	/* Nothing to wait for: the kernel has answered before sendto() returns, or does in recv().
	 */
	while (more > 0) {
		ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		more = take_apart(r, bytes, (size_t)n, each, arg);
	}
	return more;
}
