/*
 * entry.h - into the namespaces of a container's init: which ones, and by what.  The order of
 * what happens on the way is exec's and mounts' own.
 */
#pragma once
#include "spec/spec.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct entry {
	int init_pidfd;
	uint64_t namespaces; /* still to be entered */
	bool shown;	     /* by fds, not by init_pidfd */
	int fds[NS_COUNT];   /* -1: none */
};
#define ENTRY_NONE                                                                                 \
	{                                                                                          \
		.init_pidfd = -1, .fds = { [0 ... NS_COUNT - 1] = -1 }                             \
	}

/*
 * Those in which init, whose init_pidfd is there, is elsewhere than the caller.  dir_fd: the state
 * directory, whose gate is asked when the container is created and the kernel refuses the caller a
 * look; proc_fd: /proc.
 */
int entry_find(struct entry *e, const char *id, pid_t init, bool created, int dir_fd, int proc_fd);
/* Enters those of flags; the caller takes them off e->namespaces. */
int entry_join(const struct entry *e, uint64_t flags);
void entry_close(struct entry *e);
