/*
 * status.c - creating, created, running, paused, stopped: derived from what the kernel says, never
 * stored.
 */
#include "base/fd.h"
#include "base/process.h"
#include "cgroup/cgroup.h"
#include "container/container.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

const char *const status_names[STATUS_COUNT] = {
	[STATUS_CREATING] = "creating", [STATUS_CREATED] = "created", [STATUS_RUNNING] = "running",
	[STATUS_PAUSED] = "paused",	[STATUS_STOPPED] = "stopped",
};

/*
 * The record's process, and not a later one with its pid; a zombie only waits to be reaped (EC-31).
 */
static bool init_is_alive(const struct container *c)
{
	const struct state *s = &c->state;
	uint64_t start;
	char letter;

	if (!c->has_state || s->pid <= 0 || strcmp(s->boot_id, c->host->boot_id))
		return false;
	if (process_start_time(c->host->proc_fd, (pid_t)s->pid, &start, &letter) < 0)
		return false;
	return start == s->start_time && letter != 'Z' && letter != 'X';
}

int container_init_pidfd(const struct container *c)
{
	cleanup_fd int pidfd = -1;

	if (!c->has_state || c->state.pid <= 0)
		return -1;
	/*
	 * The descriptor before the look: when the start time still is the recorded one afterwards,
	 * the pid belonged to init in between too.
	 */
	pidfd = process_pidfd((pid_t)c->state.pid);
	return pidfd >= 0 && init_is_alive(c) ? take_fd(&pidfd) : -1;
}

static bool has_file(const struct container *c, const char *name)
{
	return faccessat(c->dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/*
 * Somebody works on it.  Asking takes a shared lock for a moment, and nobody but lockers wait for
 * that.
 */
static bool is_locked_by_other(const struct container *c)
{
	if (c->locked || flock(c->dir_fd, LOCK_SH | LOCK_NB) < 0)
		return !c->locked && errno == EWOULDBLOCK;
	flock(c->dir_fd, LOCK_UN); /* cannot fail on a valid descriptor */
	return false;
}

static bool is_frozen(const struct container *c)
{
	const struct state *s = &c->state;

	if (!s->cgroup_mount || !s->cgroup_path)
		return false;
	cleanup_fd int fd = cgroup_open(s->cgroup_mount, s->cgroup_path);
	return fd >= 0 && cgroup_is_frozen(fd);
}

enum status container_status(struct container *c, int *ret_pidfd)
{
	cleanup_fd int pidfd = -1;
	bool alive;

	if (ret_pidfd) {
		*ret_pidfd = -1;
		pidfd = container_init_pidfd(c);
		alive = pidfd >= 0;
	} else {
		alive = init_is_alive(c);
	}
	/* Without an init there is only the creator, who holds the lock. */
	if (!alive)
		return (!c->has_state || !c->state.pid) && is_locked_by_other(c) ? STATUS_CREATING
										 : STATUS_STOPPED;
	if (ret_pidfd)
		*ret_pidfd = take_fd(&pidfd);
	/*
	 * The gate's names, in the order in which create.c renames it, so that neither is missed.
	 * Nobody connects to ask: that would wake init (K5).
	 */
	if (has_file(c, "creating.sock"))
		return STATUS_CREATING;
	if (has_file(c, "start.sock"))
		return STATUS_CREATED;
	return is_frozen(c) ? STATUS_PAUSED : STATUS_RUNNING;
}
