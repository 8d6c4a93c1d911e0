/* cgroup_lib.h - the door to libcgroup: what it knows of this host, and removal of filled trees.
 * Not on the way of create and start. */
#pragma once
#include "base/text.h"

/* Appends "CONTROLLER MOUNTPOINT\n" for each controller that is mounted, v1 and v2 alike. */
int cgroup_host_report(struct text *out);
/* Removes the directory and all below it.  Silent: false when libcgroup knows no controller on this
 * mount, or could not. */
bool cgroup_lib_remove(const char *mount, const char *path);
