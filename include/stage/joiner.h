/* joiner.h - clones init from a helper process that entered existing namespaces first.  Nothing
 * else. */
#pragma once
#include "sandbox/namespaces.h"
#include <stdint.h>
#include <sys/types.h>

struct joiner {
	const struct namespaces *namespaces;
	const int *fds; /* namespaces_open() */
	uint64_t flags; /* CLONE_NEW* of init */
	int cgroup_fd;	/* -1: the caller's own cgroup */
};

/* As process_clone(): the parent gets pid and pidfd, init (the runtime's own child) gets 0. */
pid_t joiner_clone(const struct joiner *j, int *ret_pidfd);
