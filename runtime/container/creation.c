/* creation.c - what create and restore share. */
#include "container/creation.h"
#include "base/fail.h"
#include "base/file.h"
#include "base/log.h"
#include "base/process.h"
#include "cgroup/cgroup.h"
#include "container/container.h"
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <time.h>

static const char *now_rfc3339(struct arena *arena)
{
	cleanup_text struct text text = { 0 };
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	text_add_time(&text, now.tv_sec);
	return arena_printf(arena, "%s.%09ldZ", text.data, now.tv_nsec);
}

/* Everything that delete must know is in the record before it exists (DESIGN 7.4). */
void creation_record(struct container *c, const struct plan *plan, const struct create_options *o)
{
	const struct spec *spec = plan->spec;

	c->state = (struct state){
		.format = STATE_FORMAT,
		.id = c->id,
		.bundle = spec->bundle,
		.rootfs = plan->mounts.root,
		.created = now_rfc3339(c->arena),
		.owner = "",
		.boot_id = c->host->boot_id,
		.cgroup_mount = plan->cgroup.mount,
		.cgroup_path = plan->cgroup.path,
		.cgroup_manager = (int)plan->cgroup.manager,
		.owns_pid_namespace = (plan->namespaces.create & CLONE_NEWPID) != 0,
		.no_pivot = o->no_pivot,
		.no_new_keyring = o->no_new_keyring,
		.has_process = spec->process != NULL,
		.has_poststart = spec->hooks[HOOK_POSTSTART].count > 0,
		.has_poststop = spec->hooks[HOOK_POSTSTOP].count > 0,
		.seccomp_agent = plan->seccomp.agent,
		.annotations = spec->annotations,
	};
	/* A scope is recorded when init is in it: before that a unit of its name is somebody
	 * else's. */
	if (plan->cgroup.systemd)
		c->state.cgroup_path = NULL;
	else if (plan->cgroup.path)
		c->state.cgroup_made =
			cgroup_first_missing(plan->cgroup.mount, plan->cgroup.path, c->arena);
	c->has_state = true;
}

int creation_make_cgroup(struct container *c, const struct plan *plan,
			 struct systemd_helper *helper, int *ret_fd)
{
	cleanup_free char *made = NULL;

	if (!plan->cgroup.path)
		return 0;
	log_step(FLIGHT_COMMAND, "cgroup");
	/* It connects while init is cloned. */
	if (plan->cgroup.systemd)
		return systemd_helper_open(helper, c->host, plan->cgroup.systemd->user);
	if (cgroup_create(&plan->cgroup, ret_fd, &made) < 0) {
		c->state.cgroup_path =
			NULL; /* what it made it has removed; what was there is not ours */
		return -1;
	}
	if (*ret_fd < 0)
		c->state.cgroup_path = NULL; /* optional, and not to be had here */
	c->state.cgroup_made = made ? arena_strdup(c->arena, made) : NULL;
	return 0;
}

int creation_save_pid(struct container *c, const struct spec *spec, pid_t pid)
{
	c->state.pid = pid;
	if (process_start_time(c->host->proc_fd, pid, &c->state.start_time, NULL) < 0)
		return fail(errno, "read the start time of process %d", (int)pid);
	if (state_save(c) < 0)
		return -1;
	/* The frozen copy (G-10).  Nobody reads it before the first hook: written beside init's
	 * mounts. */
	return file_create(c->dir_fd, "config.json", spec->text, spec->text_size, 0600);
}

int creation_save_scope(struct container *c, const struct plan *plan)
{
	struct state *s = &c->state;

	s->cgroup_path = plan->cgroup.path;
	s->systemd_unit = plan->cgroup.systemd->unit;
	s->systemd_user = plan->cgroup.systemd->user;
	return state_save(c);
}

int creation_undo(struct container *c, const struct spec *spec, bool poststop)
{
	struct failure first = *failure();

	if (container_destroy(c) < 0)
		log_warning("clean up after a failure: %s", failure()->text);
	if (poststop && container_hooks(c, spec, HOOK_POSTSTOP, STATUS_STOPPED, 0) < 0)
		log_warning("%s", failure()->text); /* LC-17: a warning, and on */
	if (container_forget(c) < 0)
		log_warning("clean up after a failure: %s", failure()->text);
	return fail_copy(first.code, first.text, strlen(first.text));
}
