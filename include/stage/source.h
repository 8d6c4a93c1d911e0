/* source.h - opens a bind source by a helper process that is in the container's mount namespace,
 * with the rights of the runtime.  Nothing else. */
#pragma once
#include <stddef.h>
struct mounts;

/* The source of mount number index as a detached tree, which the caller owns.  0, or -1 with a
 * failure at the source. */
int source_open(const struct mounts *m, size_t index, int init_pidfd, int *ret_fd);
