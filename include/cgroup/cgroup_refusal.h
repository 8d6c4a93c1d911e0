/*
 * cgroup_refusal.h - words for the kernel's refusals: which file, whose it is, and the one command
 * that helps.  Looks, and changes nothing.
 */
#pragma once
#include <stdbool.h>
struct cgroup_plan;

/* The kernel's answers to a caller that may not do this here. */
bool cgroup_is_refusal(int code);
/*
 * Adds to the recorded failure whose path is (relative to the cgroup2 mount; of what is missing,
 * the directory above), and how this caller comes to a cgroup of his own.  Returns -1.
 */
int cgroup_explain_place(const struct cgroup_plan *plan, const char *path);
/* The same where the container's cgroup cannot be made, with the place of the limit that needs it.
 */
int cgroup_explain_make(const struct cgroup_plan *plan);
/* The same for a controller that does not reach the caller's cgroups. */
int cgroup_explain_controller(const struct cgroup_plan *plan, const char *path,
			      const char *controller);
