/*
 * cgroup_controllers.h - has the cgroups above the container's hand their controllers down.  Writes
 * no limits.
 */
#pragma once
struct cgroup_plan;

/*
 * From the cgroup2 root to the parent of the container's cgroup (C-05).  A controller that a limit
 * needs and that some level does not hand down is a failure: it names the level and what holds it.
 * The others are for those who read statistics: they are tried, and missed silently.
 */
int cgroup_controllers_enable(const struct cgroup_plan *plan, int leaf_fd);
