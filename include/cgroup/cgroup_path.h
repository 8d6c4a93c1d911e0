/* cgroup_path.h - linux.cgroupsPath to a path below the cgroup2 mount.  Text only, looks at
 * nothing. */
#pragma once
#include "spec/spec.h"

/*
 * own: the runtime's own cgroup.  Absolute: below the mount (C-01); relative, or absent for the id:
 * below the parent of own, which may hold controllers because no process is in it (C-02, C-03).
 * A systemd triple is a name like any other, with a warning.  NULL with a failure: "..", the root,
 * a name that the kernel does not take.
 */
const char *cgroup_path_plan(const struct spec *spec, const char *own, const char *id,
			     struct arena *arena);
