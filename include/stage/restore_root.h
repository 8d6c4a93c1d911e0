/*
 * restore_root.h - the root file system as CRIU wants it: a mount of its own, in a mount namespace
 * of its own, with a place for every mount.  Restores nothing.
 */
#pragma once
struct plan;

/* In a process that was cloned with CLONE_NEWNS: nothing of it is seen outside, and it goes with
 * the process.  place: path of an empty directory of the state root, which will be the root. */
int stage_restore_root(const struct plan *plan, const char *place);
