/*
 * diagnose.c - what init could not find out about a program that execve refused: its seccomp filter
 * was on, and a system call that the filter denies would have killed it before it said anything.
 */
#include "base/fd.h"
#include "base/path.h"
#include "container/container.h"
#include "sandbox/executable.h"
#include "stage/gate.h"
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

/* init is gone, and its mounts with it: what one of them may have shown is not to be seen. */
static bool is_covered(const struct spec *spec, const char *path)
{
	char clean[PATH_MAX];

	for (size_t i = 0; i < spec->mounts.count; i++)
		if (path_clean(spec->mounts.items[i].destination, clean, sizeof clean) < 0 ||
		    path_is_inside(path, clean))
			return true;
	return false;
}

int container_diagnose_start(struct container *c)
{
	const struct failure first = *failure();
	const char *path = gate_failed_program();
	const struct spec *spec = path && c->state.rootfs ? container_spec(c) : NULL;

	fail_copy(first.code, first.text, sizeof first.text);
	if (!spec || is_covered(spec, path))
		return -1;
	cleanup_fd int root_fd =
		openat(AT_FDCWD, c->state.rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root_fd < 0 ? -1 : executable_fail(root_fd, path);
}

int container_diagnose_exec(struct container *c)
{
	const char *path = gate_failed_program();
	char name[32];

	if (!path)
		return -1;
	snprintf(name, sizeof name, "%lld/root", (long long)c->state.pid);
	cleanup_fd int root_fd = openat(c->host->proc_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root_fd < 0 ? -1 : executable_fail(root_fd, path);
}
