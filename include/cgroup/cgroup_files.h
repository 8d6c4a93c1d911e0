/* cgroup_files.h - making and removing directories of the cgroup2 file system.  Loads no programs,
 * writes no limits. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/*
 * Makes mount/path and what is missing above it, and opens it.  *ret_existed: it was there before;
 * *ret_made: the topmost directory made, malloc'ed, NULL: none.  A failure leaves nothing behind;
 * its code is mkdir's errno.
 */
int cgroup_make(const char *mount, const char *path, int *ret_fd, bool *ret_existed,
		char **ret_made);
/* An existing cgroup must be empty and not frozen (C-06). */
int cgroup_check_unused(int dir_fd);
