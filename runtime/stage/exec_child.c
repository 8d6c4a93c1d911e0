/*
 * exec_child.c - the process of `exec` from its clone to execve.  It is born in the container's pid
 * namespace and cgroup, and not dumpable: nobody in the container can look into it (CVE-2016-9962).
 */
#include "base/fail.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "sandbox/rootfs.h"
#include "stage/confine.h"
#include "stage/stage.h"
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* No directory of the host goes into the container with it (R6). */
static int close_host(struct stage_child *c)
{
	int keep[4 + NS_COUNT] = { c->sync.fd, c->entry.init_pidfd, c->init_root_fd, log_fd() };

	memcpy(keep + 4, c->entry.fds, sizeof c->entry.fds);
	return fd_close_except(3 + c->plan->request.preserve_fds, keep, COUNT(keep));
}

static int private_procfs(struct stage_child *c)
{
	return rootfs_open_procfs(&c->sandbox);
}

static int join_namespaces(struct stage_child *c)
{
	return entry_join(&c->entry, c->entry.namespaces);
}

static int enter_root(struct stage_child *c)
{
	int result = rootfs_enter(c->init_root_fd, &c->sandbox);

	fd_close(&c->init_root_fd);
	return result;
}

static int become_root(struct stage_child *c)
{
	return c->in_user_namespace ? idmap_become_root(&c->plan->idmap) : 0;
}

static int new_session(struct stage_child *c)
{
	return process_settings_session(&c->plan->settings, c->sandbox.self_fd);
}

/* The comments stand beside their rows: */
/* clang-format off */
static const struct step join_steps[] = {
	{ "cgroup placement", step_placement },		/* unless CLONE_INTO_CGROUP did it (K11) */
	{ "close the host's descriptors", close_host },
	{ "private procfs", private_procfs },		/* in the container's pid namespace, but still with the host's rights (K17) */
	{ "join namespaces", join_namespaces },
	{ "enter the root", enter_root },
	{ "become root", become_root },			/* of the user namespace; behind the placement (K9) */
	{ "start a session", new_session },
	{ "console", step_console },
	{ "process settings", step_process_settings },
};							/* then confine(), in confine.c */

static const struct step execute_steps[] = {
	{ "close descriptors", step_close_descriptors },
	{ "seccomp and execute", step_execute },
};
/* clang-format on */

void exec_child(struct stage_child *c)
{
	sandbox_init(&c->sandbox);
	c->sandbox.send_console = confine_send_console;
	c->sandbox.stage = c;
	c->connection_fd = c->sync.fd; /* its end is the sign that execve was done */
	if (steps_run(join_steps, COUNT(join_steps), c) < 0 || confine(c) < 0) {
		sync_tell_failure(&c->sync);
		_exit(1);
	}
	if (steps_run(execute_steps, COUNT(execute_steps), c) < 0)
		confine_tell_page(c);
	_exit(1);
}
