/*
 * mounts.c - a process of this program goes into the namespaces of a running container to mount or
 * unmount there.  Sources are opened before, in the host's view; it stays in its caller's cgroup,
 * so that a container that is paused, or full, can be helped too.
 */
#include "stage/mounts.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"
#include "base/wait.h"
#include "sandbox/rootfs.h"
#include "stage/stage.h"
#include "stage/steps.h"
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int answer_idmap(void *owner, int fd, uint32_t value, int *ret_fd)
{
	const struct stage_mounts *m = owner;

	(void)ret_fd;
	if (fd < 0 || value >= m->plan->mounts.ops.count)
		return fail(EPROTO, "idmapped mount %u", value);
	return mounts_idmap(&m->plan->mounts, value, fd, m->init);
}

static int answer_ready(void *owner, int fd, uint32_t value, int *ret_fd)
{
	(void)owner, (void)fd, (void)value, (void)ret_fd;
	return 0;
}

static const struct sync_service services[SYNC_REQUESTS] = {
	[SYNC_IDMAP] = { answer_idmap }, /* one a mount */
	[SYNC_READY] = { answer_ready, .once = true },
};

static int ask_idmap(void *stage, size_t index, int tree_fd)
{
	struct stage_child *c = stage;

	return sync_ask(&c->sync, SYNC_IDMAP, (uint32_t)index, tree_fd, NULL);
}

/* No directory of the host goes into the container with it (R6). */
static int close_host(struct stage_child *c)
{
	int keep[3 + NS_COUNT] = { c->sync.fd, c->entry.init_pidfd, log_fd() };

	memcpy(keep + 3, c->entry.fds, sizeof c->entry.fds);
	return fd_close_except(3, keep, COUNT(keep));
}

static int open_sources(struct stage_child *c)
{
	return mounts_open_sources(&c->plan->mounts, &c->sandbox);
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
	umask(0); /* modes of mount points are given exactly */
	return rootfs_enter(-1, &c->sandbox);
}

static int become_root(struct stage_child *c)
{
	return c->in_user_namespace ? idmap_become_root(&c->plan->idmap) : 0;
}

static int add(struct stage_child *c)
{
	return mounts_add(&c->plan->mounts, &c->sandbox);
}

static int take_away(struct stage_child *c)
{
	return mounts_remove(&c->plan->mounts, &c->sandbox);
}

static int ready(struct stage_child *c)
{
	return sync_ask(&c->sync, SYNC_READY, 0, -1, NULL);
}

/* The comments stand beside their rows: */
/* clang-format off */
static const struct step add_steps[] = {
	{ "close the host's descriptors", close_host },
	{ "open mount sources", open_sources },		/* the host's paths (R2) */
	{ "private procfs", private_procfs },		/* still with the host's rights (K17) */
	{ "join namespaces", join_namespaces },
	{ "enter the root", enter_root },
	{ "become root", become_root },			/* of the user namespace: it owns what is made */
	{ "mounts", add },
	{ "ready", ready },
};
static const struct step remove_steps[] = {
	{ "close the host's descriptors", close_host },
	{ "private procfs", private_procfs },
	{ "join namespaces", join_namespaces },
	{ "enter the root", enter_root },
	{ "become root", become_root },
	{ "unmount", take_away },
	{ "ready", ready },
};
/* clang-format on */

__attribute__((noreturn)) static void child(const struct stage_mounts *m, struct sync sync,
					    bool user_namespace)
{
	struct stage_child c = {
		.plan = m->plan,
		.sync = sync,
		.entry = m->entry,
		.init_root_fd = -1,
		.in_user_namespace = user_namespace,
	};

	sandbox_init(&c.sandbox);
	c.sandbox.ask_idmap = ask_idmap;
	c.sandbox.stage = &c;
	if ((m->remove ? steps_run(remove_steps, COUNT(remove_steps), &c)
		       : steps_run(add_steps, COUNT(add_steps), &c)) == 0)
		_exit(0);
	sync_tell_failure(&c.sync);
	_exit(1);
}

/*
 * As exec does before its clone: a new procfs shows the pid namespace of who mounts it, and that is
 * entered by children only; an ordinary user has the right to it in the user namespace.
 */
static int enter(struct stage_mounts *m)
{
	uint64_t first = m->entry.namespaces & CLONE_NEWPID;

	if (!(m->plan->host->caps & UINT64_C(1) << CAP_SYS_ADMIN))
		first |= m->entry.namespaces & CLONE_NEWUSER;
	/* Inherited: the process is visible in the container from its first moment (R7). */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return fail(errno, "PR_SET_DUMPABLE");
	m->entry.namespaces &= ~first;
	return entry_join(&m->entry, first);
}

int stage_mounts(struct stage_mounts *m)
{
	const bool user_namespace = m->entry.namespaces & CLONE_NEWUSER;
	struct sync parent = { -1 }, other = { -1 };
	cleanup_fd int pidfd = -1;
	int status;

	flight_share();
	if (enter(m) < 0 || sync_pair(&parent, &other) < 0)
		return -1;
	pid_t pid = process_clone(0, -1, SIGCHLD, &pidfd);
	if (pid == 0) {
		fd_close(&parent.fd);
		child(m, other, user_namespace);
	}
	fd_close(&other.fd);
	int result = pid < 0 ? -1 : sync_serve(&parent, services, m, WAIT_HANDSHAKE);
	fd_close(&parent.fd);
	if (result < 0 && pid > 0)
		process_kill_and_reap(pidfd);
	else if (result == 0)
		result = process_wait(pidfd, wait_until(WAIT_HELPER), "the mounting process to end",
				      &status);
	return result;
}
