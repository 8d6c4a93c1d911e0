#include "cgroup/cgroup.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/wait.h"
#include "cgroup/cgroup_controllers.h"
#include "cgroup/cgroup_devices.h"
#include "cgroup/cgroup_files.h"
#include "cgroup/cgroup_limits.h"
#include "cgroup/cgroup_owner.h"
#include "cgroup/cgroup_path.h"
#include "cgroup/cgroup_refusal.h"
#include "cgroup/systemd.h"
#include "host/host.h"
#include "host/host_systemd.h"
#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const cgroup_manager_names[CGROUP_MANAGERS] = {
	[CGROUP_CGROUPFS] = "cgroupfs",
	[CGROUP_SYSTEMD] = "systemd",
	[CGROUP_DISABLED] = "disabled",
};

static bool has_cap(const struct host *host, int cap)
{
	return host->caps >> cap & 1;
}

/* BPF is not for user namespaces, whatever capabilities one has there. */
static bool may_load_devices(const struct host *host)
{
	return !host->in_user_namespace &&
	       (has_cap(host, CAP_SYS_ADMIN) ||
		(has_cap(host, CAP_BPF) && has_cap(host, CAP_NET_ADMIN)));
}

static int plan_devices(const struct spec *spec, const struct host *host, struct arena *arena,
			const struct cgroup_devices **ret)
{
	if (!may_load_devices(host)) {
		if (cgroup_devices_asked(spec))
			return fail_at(&spec->linux_.resources->devices, 0,
				       "device rules cannot be applied here: that needs CAP_BPF in "
				       "the initial user namespace");
		return 0;
	}
	struct cgroup_devices *devices = ARENA_NEW(arena, struct cgroup_devices);

	*ret = devices;
	return cgroup_devices_plan(spec, arena, devices);
}

static int plan_limits(const struct spec *spec, const struct host *host, struct arena *arena,
		       struct cgroup_plan *p)
{
	const struct spec_resources *resources = spec->linux_.resources;

	return resources ? cgroup_table_plan(resources, host, arena, &p->limits) : 0;
}

/* Nothing that was asked for may be lost with the cgroup. */
static int check_disabled(const struct spec *spec, const struct cgroup_plan *p)
{
	static const char why[] = "needs a cgroup, which --cgroup-manager disabled rules out";
	const struct cgroup_write *limit = cgroup_limits_asked(&p->limits);

	if (limit)
		return json_fail_at(limit->member, limit->member_size, 0, why);
	if (cgroup_devices_asked(spec))
		return fail_at(&spec->linux_.resources->devices, 0, why);
	return 0;
}

/*
 * Where paths that are not absolute begin is the runtime's choice (C-02): beside its own cgroup. An
 * ordinary user whose own one was delegated to him may go below it, and often only there.
 */
static const char *plan_path(const struct spec *spec, const struct host *host, const char *id,
			     struct arena *arena)
{
	const char *path = spec->linux_.cgroups_path, *own = "/";

	if (!text_is_set(path) || *path != '/') {
		own = host_cgroup_own(host);
		if (host->rootless && host_cgroup_delegated(host))
			own = arena_printf(arena, "%s/.", own);
	}
	return cgroup_path_plan(spec, own, id, arena);
}

static const char *plan_scope(const struct spec *spec, const struct host *host, const char *id,
			      struct arena *arena, struct cgroup_plan *p)
{
	struct systemd_plan *systemd = ARENA_NEW(arena, struct systemd_plan);

	if (!host_has_systemd(host)) {
		fail(0,
		     "the systemd cgroup driver needs systemd as process 1, which is not here: use "
		     "--cgroup-manager cgroupfs");
		return NULL;
	}
	if (systemd_plan(spec, host, id, arena, systemd) < 0)
		return NULL;
	p->systemd = systemd;
	return systemd->subgroup ? arena_printf(arena, "%s/%s", systemd->scope, systemd->subgroup)
				 : systemd->scope;
}

int cgroup_plan(const struct spec *spec, const struct host *host, enum cgroup_manager manager,
		const char *id, struct arena *arena, struct cgroup_plan *ret)
{
	struct cgroup_plan plan = { .manager = manager, .mount = host->cgroup_mount, .host = host };
	bool placed = text_is_set(spec->linux_.cgroups_path);

	if (plan_limits(spec, host, arena, &plan) < 0)
		return -1;
	if (manager == CGROUP_DISABLED) {
		*ret = plan;
		return check_disabled(spec, &plan);
	}
	plan.optional = manager == CGROUP_CGROUPFS && host->rootless && !placed &&
			!cgroup_limits_asked(&plan.limits);
	if (!plan.mount && !plan.optional)
		return fail(0, "no cgroup2 file system is mounted on this host");
	if (plan.mount) {
		plan.path = manager == CGROUP_SYSTEMD ? plan_scope(spec, host, id, arena, &plan)
						      : plan_path(spec, host, id, arena);
		if (!plan.path || plan_devices(spec, host, arena, &plan.devices) < 0)
			return -1;
	}
	*ret = plan;
	return 0;
}

static int prepare(const struct cgroup_plan *plan, int fd, bool existed)
{
	if (existed && cgroup_check_unused(fd) < 0)
		return -1;
	if (cgroup_controllers_enable(plan, fd) < 0 ||
	    cgroup_limits_write(&plan->limits, fd, true) < 0)
		return -1;
	return plan->has_owner ? cgroup_owner_apply(fd, plan->owner) : 0;
}

int cgroup_create(const struct cgroup_plan *plan, int *ret_fd, char **ret_made)
{
	cleanup_fd int fd = -1;
	cleanup_free char *made = NULL;
	bool existed = false;

	*ret_fd = -1;
	*ret_made = NULL;
	if (!plan->path)
		return 0;
	if (cgroup_make(plan->mount, plan->path, &fd, &existed, &made) < 0) {
		if (!plan->optional || !cgroup_is_refusal(failure()->code))
			return cgroup_explain_make(plan);
		log_debug("no cgroup: %s", failure()->text);
		return 0;
	}
	if (prepare(plan, fd, existed) < 0) {
		struct failure first = *failure();

		/* Empty and ours, so that it goes at once; the first failure is the one to report.
		 */
		if (!existed && cgroup_remove(plan->mount, plan->path, made, wait_now()) < 0)
			log_debug("cgroup stays behind: %s", failure()->text);
		return fail_copy(first.code, first.text, strlen(first.text));
	}
	*ret_fd = take_fd(&fd);
	*ret_made = take_ptr(&made);
	return 0;
}

int cgroup_create_scope(const struct cgroup_plan *plan, struct systemd_helper *helper, pid_t pid,
			int *ret_fd)
{
	cleanup_fd int fd = -1;

	*ret_fd = -1;
	if (systemd_start(helper, plan->systemd, &plan->limits, plan->mount, pid, &fd) < 0 ||
	    cgroup_limits_write(&plan->limits, fd, true) < 0 ||
	    (plan->has_owner && cgroup_owner_apply(fd, plan->owner) < 0))
		return -1;
	*ret_fd = take_fd(&fd);
	return 0;
}

int cgroup_load_devices(const struct cgroup_plan *plan, int *ret_program_fd)
{
	int fd = -1;

	if (plan->devices && (fd = cgroup_devices_load(plan->devices)) < 0)
		return -1;
	*ret_program_fd = fd;
	return 0;
}

int cgroup_restrict_devices(int dir_fd, int program_fd)
{
	return program_fd < 0 ? 0 : cgroup_devices_attach_program(program_fd, dir_fd);
}

/* A process may be moved by whoever may write cgroup.procs of the lowest cgroup that has both
 * (cgroups(7)). */
static const char *common_ancestor(const struct cgroup_plan *plan, char out[PATH_MAX])
{
	const char *own = host_cgroup_own(plan->host);
	size_t slash = 0, i = 0;

	for (; own[i] && own[i] == plan->path[i]; i++)
		if (own[i] == '/')
			slash = i;
	if (!own[i] && plan->path[i] == '/')
		slash = i;
	snprintf(out, PATH_MAX, "%.*s/cgroup.procs", (int)slash, plan->path);
	return out;
}

int cgroup_place(const struct cgroup_plan *plan, int dir_fd, pid_t pid)
{
	char text[16], path[PATH_MAX];

	snprintf(text, sizeof text, "%d", (int)pid);
	if (file_write(dir_fd, "cgroup.procs", text) == 0)
		return 0;
	if (plan->unit.name && cgroup_is_refusal(failure()->code))
		return systemd_attach(plan->host, &plan->unit, plan->path, pid);
	if (plan->host && cgroup_is_refusal(failure()->code))
		cgroup_explain_place(plan, common_ancestor(plan, path));
	return fail_in("move the container into its cgroup %s", plan->path);
}
