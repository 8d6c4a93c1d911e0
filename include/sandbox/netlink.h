/*
 * netlink.h - the door to rtnetlink: one request with its attributes, what comes back, and in which
 * network namespace a socket is.  Knows no containers.
 */
#pragma once
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdint.h>

enum { NETLINK_ROOM = 1024 };

struct netlink_request {
	struct nlmsghdr header;
	char body[NETLINK_ROOM];
	char why[160]; /* the kernel's own words for a refusal, "" when it has none */
};

/* A NETLINK_ROUTE socket of the caller's present network namespace: it stays there, whatever the
 * process enters, and keeps the namespace alive.  The caller owns it. */
int netlink_open(void);
/* That namespace (SIOCGSKNS).  The caller owns the descriptor. */
int netlink_namespace(int fd);

/* type: RTM_...; flags: NLM_F_...; head: struct ifinfomsg, struct ifaddrmsg. */
void netlink_begin(struct netlink_request *r, uint16_t type, uint16_t flags, const void *head,
		   size_t size);
/* More than fits ends the process: what is added has a known size. */
void netlink_add(struct netlink_request *r, uint16_t type, const void *data, size_t size);
/* Sends it, and calls each (may be NULL) for every message that comes back.  Silent: -1 with errno,
 * the kernel's, and r->why. */
int netlink_talk(int fd, struct netlink_request *r,
		 void (*each)(const struct nlmsghdr *message, void *arg), void *arg);
/* The attribute behind a head of this size, or NULL. */
const struct rtattr *netlink_attribute(const struct nlmsghdr *message, size_t head, uint16_t type);
