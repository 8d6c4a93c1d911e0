/* hooks.h - runs one list of hooks: state on stdin, output captured, timeout that kills the whole
 * group. */
#pragma once
#include "spec/spec.h"
struct sock_fprog;

struct hooks_run {
	enum hook_kind kind;
	const spec_hooks *hooks;
	const char *state; /* JSON text for stdin */
	size_t state_size;
	const char *directory; /* working directory: the bundle; NULL: leave it */
	bool go_on;	       /* a failing hook is a warning in the log, and the next one runs */
	const int *output_fds; /* hooks_open_output()'s, NULL: none */
	const struct sock_fprog *filter; /* each of them runs under it; NULL: none */
	unsigned filter_flags;		 /* SECCOMP_FILTER_FLAG_* */
	const char *const *environment;	 /* for hooks without env; NULL: the runtime's own */
};
/* In order; unless go_on is set the first failure ends it: "error running createRuntime hook #0:
 * /path: exit status 3, stdout: ..., stderr: ..." (EC 1.9). */
int hooks_run(const struct hooks_run *h);
/*
 * The files of run.oci.hooks.stdout and run.oci.hooks.stderr, to which the hooks' output is
 * appended as well; the caller's rights decide, and only regular files are taken.  ret: both
 * descriptors are the caller's, -1: not asked for.
 */
int hooks_open_output(const struct spec *spec, int ret[2]);
/* The longest the list may take, in seconds: the parent's deadline includes it. */
unsigned hooks_seconds(const spec_hooks *hooks);
