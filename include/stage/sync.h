/*
 * sync.h - how the child asks its parent for help: one SOCK_SEQPACKET pair, one message type, at
 * most one descriptor a message.  The child asks, the parent answers; FAILED is legal at any time
 * and carries the failure's text; end of file means the other process is gone.  Knows no request's
 * meaning.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum sync_type {
	SYNC_MAP_IDS,
	SYNC_TIME_OFFSETS,
	SYNC_PLACE,
	SYNC_SOURCE,
	SYNC_IDMAP,
	SYNC_NET_DEVICES,
	SYNC_RUN_HOOKS,
	SYNC_CONSOLE,
	SYNC_FILTER,
	SYNC_LIMITS,
	SYNC_READY,
	SYNC_REQUESTS,
	SYNC_DONE = SYNC_REQUESTS,
	SYNC_FAILED
};

struct sync {
	int fd;
};

/* answer: fd is what came with the request (borrowed, -1: none), value its number; *ret_fd goes
 * back with DONE (it stays the callee's; -1: none). */
struct sync_service {
	int (*answer)(void *parent, int fd, uint32_t value, int *ret_fd);
	bool once;
};

int sync_pair(struct sync *parent, struct sync *child);

/* Child: asks for one thing and waits (without a deadline: a hook may run long) until it is done.
 * ret_fd may be NULL. */
int sync_ask(struct sync *s, enum sync_type request, uint32_t value, int fd, int *ret_fd);
/* The same in two halves: the child does something else while the parent works.  Only one request
 * may be on its way. */
int sync_request(struct sync *s, enum sync_type request, uint32_t value, int fd);
int sync_await(struct sync *s, int *ret_fd);
/* Child: tells the recorded failure, best effort. */
void sync_tell_failure(struct sync *s);

/* Parent: answers until SYNC_READY was answered.  seconds: how long one request may take to come.
 * A service without answer, or asked twice though once, is a protocol error. The child's end of
 * file is a failure with code EPIPE: the caller knows better how it died. */
int sync_serve(struct sync *s, const struct sync_service services[SYNC_REQUESTS], void *parent,
	       unsigned seconds);

/* For the joiner: one descriptor to the parent, or the recorded failure; and the parent's end of
 * it. */
int sync_hand_over(struct sync *s, int fd);
int sync_take_over(struct sync *s, unsigned seconds, int *ret_fd);
