/*
 * exec_process.h - which process `exec` starts: the container's own, or that of a file, and what
 * the command line changes of it.  Looks at nothing but the file.
 */
#pragma once
#include "spec/spec.h"
struct exec_options;

/*
 * In spec's arena; NULL with a failure.  Without --process: the container's process with the
 * arguments of the command line and a terminal only with --tty.  With it: the file's, and what it
 * leaves out of capabilities, rlimits, labels, oom score, scheduler, I/O priority, CPU affinity and
 * umask is as in the container's.
 */
struct spec_process *exec_process(const struct spec *spec, const struct exec_options *o);

/* "UID" or "UID:GID", decimal and nothing else; without GID *gid is left alone (T7b). */
int exec_user(const char *text, uint32_t *uid, uint32_t *gid);

/* --cgroup: a directory below the container's cgroup; NULL: that itself. */
const char *exec_cgroup(const char *container_path, const char *option, struct arena *arena);
