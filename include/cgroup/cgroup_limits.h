/* cgroup_limits.h - writes the list of cgroup_table.h through the cgroup's directory.  Converts
 * nothing. */
#pragma once
#include "cgroup/cgroup_table.h"
#include <stdbool.h>

/* The rows with WRITE_EARLY, or those without, in their order. */
int cgroup_limits_write(const struct cgroup_writes *limits, int dir_fd, bool early);
/* The first row that asks for more than a new cgroup has anyway; NULL: nothing is asked for. */
const struct cgroup_write *cgroup_limits_asked(const struct cgroup_writes *limits);
