/*
 * criu.h - runs CRIU as a process of its own and speaks its RPC (`criu swrk`).  Knows its protocol
 * and its log, not what is checkpointed.
 */
#pragma once
#include "container/criu_rpc.h"
#include <stdint.h>
#include <sys/types.h>

/*
 * The program: PATH (--criu) where that is absolute, else "criu" of the system's own directories,
 * never of the caller's PATH.  It must belong to root, and nobody else may write it.  NULL with a
 * failure that says where was looked.  Valid until the next call.
 */
const char *criu_find(const char *path);

struct criu_run {
	const char *program; /* criu_find() */
	const char *log;     /* name of its log: of a failure the last lines are told */
	/* Directories; it has them as CRIU_IMAGES_FD and CRIU_WORK_FD.  work_fd -1: the same. */
	int images_fd, work_fd;
	int cgroup_fd; /* it is born there; -1: the caller's */
	uint64_t clone_flags;
	const int *fds; /* it has them as descriptors CRIU_FIRST_FD, ... */
	size_t fd_count;
	/* Each may be NULL.  What prepare does to the mounts it sees of the directories too. */
	int (*prepare)(void *owner);	       /* in the process that will become CRIU */
	int (*placed)(void *owner, pid_t pid); /* here, when that is done */
	/* fd: came with it, borrowed; -1: none. */
	int (*notify)(void *owner, const struct criu_notify *notify, int fd);
	void *owner;
};
enum { CRIU_IMAGES_FD = 4, CRIU_WORK_FD, CRIU_FIRST_FD };

/* One request, until it is answered and CRIU has ended.  No deadline: how long it takes depends on
 * the memory of the container, and its death ends it.  *ret's strings are in the arena. */
int criu_run(const struct criu_run *r, const struct criu_req *request, struct arena *arena,
	     struct criu_resp *ret);
