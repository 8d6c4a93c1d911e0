/* wait.c - the one function that waits. */
#include "base/wait.h"
#include "base/fail.h"
#include <errno.h>
#include <stdio.h>
#include <time.h>

static const int64_t SECOND = 1000000000;

int64_t wait_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
	return now.tv_sec * SECOND + now.tv_nsec;
}

int64_t wait_until(unsigned seconds)
{
	return wait_now() + seconds * SECOND;
}

static int timed_out(const char *what)
{
	char text[256];
	int n = snprintf(text, sizeof text, "timed out waiting for %s", what);

	return fail_copy(ETIMEDOUT, text, (size_t)n); /* fail() would say it twice */
}

int wait_for(struct pollfd *fds, nfds_t count, int64_t deadline, const char *what)
{
	for (;;) {
		int64_t left = deadline == NO_DEADLINE ? 0 : deadline - wait_now();
		struct timespec timeout = { 0 };

		if (left > 0)
			timeout = (struct timespec){ left / SECOND, left % SECOND };
		int n = ppoll(fds, count, deadline == NO_DEADLINE ? NULL : &timeout, NULL);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return fail(errno, "wait for %s", what);
		/* A stream of signals must not carry the wait beyond its deadline. */
		if (deadline != NO_DEADLINE && deadline <= wait_now())
			return timed_out(what);
	}
}

int wait_readable(int fd, int64_t deadline, const char *what)
{
	struct pollfd one = { .fd = fd, .events = POLLIN };

	return wait_for(&one, 1, deadline, what);
}

bool wait_nap(int fd)
{
	static const struct timespec nap = { 0, 50000 };
	struct pollfd one = { .fd = fd, .events = POLLIN };

	return ppoll(&one, 1, &nap, NULL) > 0;
}
