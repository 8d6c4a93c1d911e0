/* cgroup_lib.h - the door to libcgroup: what it knows of this host, and removal of filled trees.
 * Not on the way of create and start. */
#pragma once
#include "base/text.h"

/* Appends "CONTROLLER MOUNTPOINT\n" for each controller that is mounted, v1 and v2 alike. */
int cgroup_host_report(struct text *out);
/* Where a controller is mounted as cgroup v1; false when it is not, or libcgroup does not know. */
bool cgroup_lib_find_v1(const char *controller, char *out, size_t size);
/* Removes the directory and all below it.  Silent: false when libcgroup knows no controller on this
 * mount, or could not. */
bool cgroup_lib_remove(const char *mount, const char *path);
