/* mounts.c - the verb mounts: what is mounted into, and out of, a container that is there. */
#include "base/fail.h"
#include "base/fd.h"
#include "base/process.h"
#include "container/container.h"
#include "stage/mounts.h"

static int check_status(struct container *c, int *ret_pidfd)
{
	enum status status = container_status(c, ret_pidfd);

	if (status == STATUS_CREATED || status == STATUS_RUNNING || status == STATUS_PAUSED)
		return 0;
	return fail(0, "container not running: it is %s", status_names[status]);
}

/* Of a mount that is to go only the destination counts, so that the file that added it will do. */
static const struct spec *destinations(const struct spec *spec)
{
	static const char *options[] = { "remount", NULL };

	for (size_t i = 0; i < spec->mounts.count; i++) {
		struct spec_mount *m = &spec->mounts.items[i];

		*m = (struct spec_mount){ .destination = m->destination, .options = options };
	}
	return spec;
}

static const struct spec *load(struct container *c, const char *file, unsigned flags)
{
	const struct spec *frozen = container_spec(c);
	const struct spec *spec = frozen ? spec_load_mounts(frozen, file) : NULL;

	return spec && (flags & MOUNTS_REMOVE) ? destinations(spec) : spec;
}

int container_mounts(struct container *c, const char *file, unsigned flags)
{
	const struct state *s = &c->state;
	cleanup_fd int pidfd = -1;
	struct plan plan;
	struct stage_mounts stage = { .plan = &plan, .remove = flags & MOUNTS_REMOVE };
	const struct spec *spec;

	if (check_status(c, &pidfd) < 0 || !(spec = load(c, file, flags)))
		return -1;
	if (plan_mounts(spec, c->host, s->cgroup_mount, s->cgroup_path, spec->arena, &plan) < 0)
		return -1;
	stage.init_pidfd = pidfd;
	if (namespaces_that_differ(c->host->proc_fd, (int)s->pid, &stage.namespaces) < 0)
		return -1;
	/* What was read by pid belongs to init if init still lives afterwards. */
	if (process_signal(pidfd, 0) < 0)
		return fail(0, "container not running");
	return stage_mounts(&stage);
}
