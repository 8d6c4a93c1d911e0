/* lifecycle.c - the verbs kill and delete, and destroy, which undoes what the record names. */
#include "base/fail.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"
#include "base/wait.h"
#include "cgroup/cgroup.h"
#include "container/container.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* The container's cgroup, or -1 with *ret_gone when there is none (any more). */
static int open_cgroup(const struct container *c, bool *ret_gone)
{
	const struct state *s = &c->state;

	*ret_gone = true;
	if (!c->has_state || !s->cgroup_mount || !s->cgroup_path)
		return -1;
	int fd = cgroup_open(s->cgroup_mount, s->cgroup_path);
	*ret_gone = fd < 0 && failure()->code == ENOENT;
	return fd;
}

static int signal_init(int pidfd, int signal)
{
	if (process_signal(pidfd, signal) < 0)
		return fail(errno, "signal %d to the container process", signal);
	return 0;
}

/* EC 1.2: also when init is dead, and what is gone already needs no signal. */
static int signal_all(const struct container *c, int pidfd, int signal)
{
	bool gone;
	cleanup_fd int cgroup_fd = open_cgroup(c, &gone);

	if (cgroup_fd >= 0)
		return signal == SIGKILL ? cgroup_kill(cgroup_fd)
					 : cgroup_signal_all(cgroup_fd, signal);
	if (!gone)
		return -1;
	return pidfd >= 0 ? signal_init(pidfd, signal) : 0;
}

/*
 * Init has ended. Without an own pid namespace the others have not, and SIGKILL is for them, as
 * runc has it.
 */
static int kill_remnants(const struct container *c, int signal)
{
	bool gone;
	cleanup_fd int cgroup_fd = -1;

	if (signal != SIGKILL || !c->state.pid || c->state.owns_pid_namespace)
		return fail(0, "container not running");
	cgroup_fd = open_cgroup(c, &gone);
	if (cgroup_fd < 0 && !gone)
		return -1;
	if (cgroup_fd < 0 || !cgroup_is_populated(cgroup_fd))
		return fail(0, "container not running");
	return cgroup_kill(cgroup_fd);
}

int container_kill(struct container *c, int signal, unsigned flags)
{
	cleanup_fd int pidfd = -1;
	enum status status = container_status(c, &pidfd);

	/* Before init is cloned the cgroup may hold only strangers, see cgroup_is_foreign(). */
	if ((flags & KILL_ALL) && c->state.pid)
		return signal_all(c, pidfd, signal);
	if (status == STATUS_STOPPED)
		return kill_remnants(c, signal);
	if (status == STATUS_CREATING)
		return fail(0, "container not running: it is still being created");
	if (signal_init(pidfd, signal) < 0)
		return -1;
	/*
	 * Without an own pid namespace the death of init leaves the others alive, who nobody could
	 * reach later.
	 */
	return signal == SIGKILL && !c->state.owns_pid_namespace ? signal_all(c, -1, signal) : 0;
}

/* init ends, and then the last process of the cgroup. */
static int wait_end(int pidfd, int cgroup_fd, int64_t deadline)
{
	if (pidfd >= 0 && wait_readable(pidfd, deadline, "the container process to end") < 0)
		return -1;
	return cgroup_fd >= 0 ? cgroup_wait_empty(cgroup_fd, deadline) : 0;
}

int container_kill_and_wait(struct container *c, int signal, unsigned flags, unsigned seconds)
{
	const int64_t deadline = wait_until(seconds);
	bool gone;
	/* Before the signal: another container may have the id, or the cgroup, afterwards. */
	cleanup_fd int pidfd = container_init_pidfd(c);
	cleanup_fd int cgroup_fd = open_cgroup(c, &gone);

	if ((cgroup_fd < 0 && !gone) || container_kill(c, signal, flags) < 0)
		return -1;
	return wait_end(pidfd, cgroup_fd, deadline);
}

int container_wait_end(struct container *c, unsigned seconds)
{
	const int64_t deadline = wait_until(seconds);
	cleanup_fd int pidfd = -1;
	enum status status = container_status(c, &pidfd);
	bool gone;

	if (status == STATUS_CREATING || status == STATUS_CREATED || !c->state.pid)
		return 0;
	cleanup_fd int cgroup_fd = open_cgroup(c, &gone);
	if (cgroup_fd < 0 && !gone)
		return -1;
	return wait_end(pidfd, cgroup_fd, deadline);
}

/* SIGKILL to init and to everything in the cgroup, and the end of init. */
static int kill_everything(const struct container *c, int64_t deadline)
{
	const struct state *s = &c->state;
	cleanup_fd int pidfd = container_init_pidfd(c);
	siginfo_t info;
	bool gone;

	/* Init has ended, and most often it was the last one. */
	if (pidfd < 0 && s->cgroup_mount && s->cgroup_path &&
	    cgroup_remove_unused(s->cgroup_mount, s->cgroup_path, s->cgroup_made))
		return 0;
	cleanup_fd int cgroup_fd = open_cgroup(c, &gone);

	if (pidfd >= 0 && process_signal(pidfd, SIGKILL) < 0 && errno != ESRCH)
		return fail(errno, "kill the container process %lld", (long long)c->state.pid);
	if (cgroup_fd < 0 && !gone)
		return -1;
	if (cgroup_fd >= 0 && cgroup_kill(cgroup_fd) < 0)
		return -1;
	if (pidfd >= 0 && wait_readable(pidfd, deadline, "the killed container process to end") < 0)
		return -1;
	/*
	 * Ours after `run` and after a failed start; elsewhere its parent reaps it, and this finds
	 * no child.  By number: it may have been dead before a pidfd was asked for.
	 */
	if (c->state.pid > 0)
		waitid(P_PID, (id_t)c->state.pid, &info, WEXITED | WNOHANG | __WALL);
	return cgroup_fd >= 0 ? cgroup_wait_empty(cgroup_fd, deadline) : 0;
}

/*
 * No init was ever cloned, and the cgroup was there before: whoever is in it is not ours to kill.
 */
static bool cgroup_is_foreign(const struct container *c)
{
	bool gone;
	cleanup_fd int fd = c->state.pid || c->state.cgroup_made ? -1 : open_cgroup(c, &gone);

	return fd >= 0 && cgroup_is_populated(fd);
}

/* Nobody is in it any more: systemd forgets it, and takes its cgroup away. */
static int stop_unit(const struct container *c)
{
	return systemd_stop(c->host,
			    &(struct systemd_unit){ c->state.systemd_unit, c->state.systemd_user });
}

/* Unmounted meanwhile: there is nothing left to remove. */
static int remove_rdt(const struct container *c)
{
	const struct state *s = &c->state;

	if (!s->rdt_mount || (!s->rdt_group && !s->rdt_monitor))
		return 0;
	cleanup_fd int fd = rdt_open(s->rdt_mount);
	if (fd < 0)
		return failure()->code == ENOENT ? 0 : -1;
	return rdt_remove(fd, s->rdt_group, s->rdt_monitor);
}

int container_destroy(struct container *c)
{
	const struct state *s = &c->state;
	const int64_t deadline = wait_until(c->end_seconds ? c->end_seconds : WAIT_DELETE);

	if (!c->has_state || cgroup_is_foreign(c))
		return 0;
	if ((s->pid || s->cgroup_made) && kill_everything(c, deadline) < 0)
		return fail_in("container %s", c->id);
	if ((s->systemd_unit && stop_unit(c) < 0) || remove_rdt(c) < 0)
		return fail_in("container %s", c->id);
	if (!s->cgroup_mount || !s->cgroup_path)
		return 0;
	if (cgroup_remove(s->cgroup_mount, s->cgroup_path, s->cgroup_made, deadline) < 0)
		return fail_in("container %s", c->id);
	return 0;
}

/*
 * A creator that waits for its init, or holds the lock through a long hook, fails and cleans up
 * when init dies.
 */
static int lock_by_force(struct container *c)
{
	cleanup_fd int pidfd = container_init_pidfd(c);

	if (pidfd >= 0)
		process_signal(pidfd,
			       SIGKILL); /* best effort: container_destroy() does it with checks */
	return container_lock(c);
}

/* runtime.md, step 13: a failure is a warning, and the container goes nevertheless (LC-17). */
static void run_poststop(struct container *c)
{
	const struct spec *spec;

	if (!c->has_state || !c->state.has_poststop)
		return;
	spec = container_spec(c);
	if (!spec || container_hooks(c, spec, HOOK_POSTSTOP, STATUS_STOPPED, 0) < 0)
		log_warning("container %s: %s", c->id, failure()->text);
}

int container_delete(struct container *c, unsigned flags)
{
	if ((flags & DELETE_FORCE ? lock_by_force(c) : container_lock(c)) < 0)
		return -1;
	if (!(flags & DELETE_FORCE)) {
		enum status status = container_status(c, NULL);

		if (status != STATUS_STOPPED && status != STATUS_CREATED)
			return fail(0, "cannot delete container %s that is not stopped: %s", c->id,
				    status_names[status]);
	}
	if (container_destroy(c) < 0)
		return -1;
	run_poststop(c);
	return container_forget(c);
}
