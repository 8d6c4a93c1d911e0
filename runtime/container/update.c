/* update.c - the verb update: new limits and device rules for a container that is there. */
#include "base/fail.h"
#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/cgroup_update.h"
#include "container/container.h"

/* The container's rules with the new list in the place of the old one; NULL in *ret: no list. */
static int plan_devices(struct container *c, struct spec_resources *resources,
			const struct cgroup_devices **ret)
{
	const struct spec *frozen;
	struct spec_resources *rules;
	struct cgroup_plan plan;
	struct spec *spec;

	*ret = NULL;
	if (!resources->devices.count)
		return 0;
	frozen = container_spec(c);
	if (!frozen)
		return -1;
	spec = ARENA_NEW(frozen->arena, struct spec);
	*spec = *frozen;
	rules = ARENA_NEW(frozen->arena, struct spec_resources);
	rules->devices.items = resources->devices.items;
	rules->devices.count = resources->devices.count;
	spec->linux_.resources = rules;
	if (cgroup_plan(spec, c->host, (enum cgroup_manager)c->state.cgroup_manager, c->id,
			frozen->arena, &plan) < 0)
		return -1;
	*ret = plan.devices;
	return 0;
}

int container_update(struct container *c, struct spec_resources *resources)
{
	enum status status = container_status(c, NULL);
	const struct cgroup_devices *devices;
	struct cgroup_changes changes;
	cleanup_fd int fd = -1;

	if (status == STATUS_STOPPED || status == STATUS_CREATING)
		return fail(0, "container not running: it is %s", status_names[status]);
	fd = container_open_cgroup(c);
	if (fd < 0 || plan_devices(c, resources, &devices) < 0)
		return -1;
	if (cgroup_update_plan(fd, resources, c->arena, &changes) < 0)
		return -1;
	const struct cgroup_target target = {
		.dir_fd = fd,
		.devices = devices,
		.unit = { c->state.systemd_unit, c->state.systemd_user },
		.host = c->host,
	};

	return cgroup_update_apply(&changes, &target);
}
