/* mounts.c - the verb mounts: what is mounted into, and out of, a container that is there. */
#include "base/fail.h"
#include "base/process.h"
#include "container/container.h"
#include "stage/mounts.h"

static int check_status(struct container *c, int *ret_pidfd, enum status *ret)
{
	enum status status = *ret = container_status(c, ret_pidfd);

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

static int add_or_remove(struct container *c, const struct spec *spec, enum status status,
			 struct stage_mounts *stage)
{
	const struct state *s = &c->state;
	struct plan plan;

	stage->plan = &plan;
	stage->init = (pid_t)s->pid;
	if (plan_mounts(spec, c->host, s->cgroup_mount, s->cgroup_path, spec->arena, &plan) < 0)
		return -1;
	if (entry_find(&stage->entry, c->id, (pid_t)s->pid, status == STATUS_CREATED, c->dir_fd,
		       c->host->proc_fd) < 0)
		return -1;
	/* What was read by pid belongs to init if init still lives afterwards. */
	if (process_signal(stage->entry.init_pidfd, 0) < 0)
		return fail(0, "container not running");
	return stage_mounts(stage);
}

int container_mounts(struct container *c, const char *file, unsigned flags)
{
	struct stage_mounts stage = { .entry = ENTRY_NONE, .remove = flags & MOUNTS_REMOVE };
	const struct spec *spec;
	enum status status;
	int result = -1;

	if (check_status(c, &stage.entry.init_pidfd, &status) == 0 && (spec = load(c, file, flags)))
		result = add_or_remove(c, spec, status, &stage);
	entry_close(&stage.entry);
	return result;
}
