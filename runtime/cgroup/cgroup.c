#include "cgroup/cgroup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/wait.h"
#include "cgroup/cgroup_devices.h"
#include "cgroup/cgroup_files.h"
#include "cgroup/cgroup_path.h"
#include "cgroup/cgroup_resources.h"
#include "host/host.h"
#include <errno.h>
#include <linux/capability.h>
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

int cgroup_plan(const struct spec *spec, const struct host *host, enum cgroup_manager manager,
		const char *id, struct arena *arena, struct cgroup_plan *ret)
{
	struct cgroup_plan plan = { .manager = manager, .mount = host->cgroup_mount };
	bool placed = text_is_set(spec->linux_.cgroups_path);

	if (manager == CGROUP_SYSTEMD)
		return fail(0, "the systemd cgroup driver is not part of this version; use "
			       "--cgroup-manager cgroupfs");
	if (cgroup_resources_check(spec) < 0)
		return -1;
	plan.optional = host->rootless && !placed;
	if (manager != CGROUP_DISABLED && !plan.mount && !plan.optional)
		return fail(0, "no cgroup2 file system is mounted on this host");
	if (manager != CGROUP_DISABLED && plan.mount) {
		plan.path = cgroup_path_plan(
			spec,
			placed && *spec->linux_.cgroups_path == '/' ? "/" : host_cgroup_own(host),
			id, arena);
		if (!plan.path || plan_devices(spec, host, arena, &plan.devices) < 0)
			return -1;
	}
	*ret = plan;
	return 0;
}

/* The kernel's answers to a caller that may not make cgroups here. */
static bool is_refusal(int code)
{
	return code == EACCES || code == EPERM || code == EROFS;
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
		if (!plan->optional || !is_refusal(failure()->code))
			return -1;
		log_debug("no cgroup: %s", failure()->text);
		return 0;
	}
	if (existed && cgroup_check_unused(fd) < 0)
		return -1;
	*ret_fd = take_fd(&fd);
	*ret_made = take_ptr(&made);
	return 0;
}

int cgroup_load_devices(const struct cgroup_plan *plan, int dir_fd, int *ret_program_fd)
{
	int fd = -1;

	if (plan->devices && dir_fd >= 0 && (fd = cgroup_devices_load(plan->devices)) < 0)
		return -1;
	*ret_program_fd = fd;
	return 0;
}

int cgroup_restrict_devices(int dir_fd, int program_fd)
{
	return program_fd < 0 ? 0 : cgroup_devices_attach_program(program_fd, dir_fd);
}
