/* freeze.c - the verbs pause and resume, and the list of a container's processes. */
#include "base/fail.h"
#include "base/fd.h"
#include "base/wait.h"
#include "cgroup/cgroup.h"
#include "container/container.h"
#include <errno.h>

int container_open_cgroup(const struct container *c)
{
	const struct state *s = &c->state;

	if (!c->has_state || !s->cgroup_mount || !s->cgroup_path)
		return fail(0, "container %s has no cgroup", c->id);
	return cgroup_open(s->cgroup_mount, s->cgroup_path);
}

int container_pause(struct container *c)
{
	enum status status = container_status(c, NULL);

	if (status == STATUS_PAUSED)
		return fail(0, "container not running: container paused");
	/* Frozen it could not be started: `start` would wait in vain. */
	if (status != STATUS_RUNNING)
		return fail(0, "container not running: it is %s", status_names[status]);
	cleanup_fd int fd = container_open_cgroup(c);

	return fd < 0 ? -1 : cgroup_freeze(fd, wait_until(WAIT_FREEZE));
}

int container_resume(struct container *c)
{
	cleanup_fd int fd = c->has_state ? container_open_cgroup(c) : -1;

	/* A container whose init was killed while it was paused may be thawed as well. */
	if (fd < 0 || !cgroup_is_frozen(fd))
		return fail(0, "container not paused");
	return cgroup_thaw(fd, wait_until(WAIT_FREEZE));
}

int container_processes(struct container *c, pid_t **ret, size_t *ret_count)
{
	cleanup_fd int fd = container_open_cgroup(c);

	*ret = NULL;
	*ret_count = 0;
	if (fd < 0)
		return failure()->code == ENOENT ? 0 : -1;
	return cgroup_processes(fd, ret, ret_count);
}
