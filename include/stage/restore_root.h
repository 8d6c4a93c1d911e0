/*
 * restore_root.h - the mounts as CRIU wants them: a mount namespace of its own, whose mounts have
 * peers, and in the root file system a place for every mount.  Restores nothing.
 */
#pragma once
struct plan;

/* In a process that was cloned with CLONE_NEWNS: nothing of it is seen outside, and it goes with
 * the process.  cgroup_place: an empty directory where cgroup2 is to be seen; NULL: none. */
int stage_restore_root(const struct plan *plan, const char *cgroup_mount, const char *cgroup_place);
