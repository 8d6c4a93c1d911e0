/* cgroup_owner.h - hands the container's cgroup over to its root user (C-07, C-08).  Knows no id
 * maps. */
#pragma once
#include "spec/spec.h"
#include <stdbool.h>

/* A new cgroup namespace, and its tree mounted writable in the container. */
bool cgroup_owner_is_wanted(const struct spec *spec);
/* The directory and the files of /sys/kernel/cgroup/delegate. */
int cgroup_owner_apply(int dir_fd, uid_t owner);
