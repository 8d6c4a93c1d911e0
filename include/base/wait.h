/* wait.h - the one function that waits.  Nothing in this program waits without a deadline. */
#pragma once
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	WAIT_HANDSHAKE = 30,
	WAIT_HELPER = 10,
	WAIT_HOOK = 600,
	WAIT_DELETE = 10,
	WAIT_FREEZE = 10
};				       /* seconds */
enum { WAIT_LONGEST = 7 * 24 * 3600 }; /* what a user may ask for */
#define NO_DEADLINE INT64_MAX	       /* only for the foreground of `run` and the gate of init */

/* Monotonic time in nanoseconds, now and in so many seconds. */
int64_t wait_now(void);
int64_t wait_until(unsigned seconds);

/* poll(2) until one is ready: returns 0.  -1 with ETIMEDOUT: "timed out waiting for WHAT". */
int wait_for(struct pollfd *fds, nfds_t count, int64_t deadline, const char *what);
/* The same for one descriptor to become readable. */
int wait_readable(int fd, int64_t deadline, const char *what);
/*
 * For what is only written to shared memory: a nap between two looks at it.  True when fd became
 * readable meanwhile.  The caller has the deadline.
 */
bool wait_nap(int fd);
