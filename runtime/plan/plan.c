/* plan.c - spec and host in, plan out: each feature's X_plan once, in the order in which they are
 * applied. */
#include "plan/plan.h"
#include "base/fail.h"
#include "cgroup/cgroup_owner.h"

/* What only makes sense with a program to run. */
static int plan_process(struct arena *arena, struct plan *p)
{
	const struct spec *spec = p->spec;

	if (!spec->process) /* create works, start does not (T-02) */
		return 0;
	if (terminal_plan(spec->process, &p->terminal) < 0 ||
	    user_plan(spec, p->host, arena, &p->user) < 0 ||
	    caps_plan(spec->process, p->host, &p->caps) < 0 ||
	    labels_plan(spec, p->host, &p->labels) < 0)
		return -1;
	/* Nobody can give what he has not, but root of a user namespace has everything in it
	 * (P-12). */
	if (!spec_has_namespace(spec, NS_USER, NULL))
		caps_limit_to_caller(&p->caps, p->host);
	return 0;
}

/* C-07.  The maps of a joined user namespace are not known here, and an ordinary user gives nothing
 * away. */
static void plan_cgroup_owner(struct plan *p)
{
	const char *path = NULL;
	bool joined = spec_has_namespace(p->spec, NS_USER, &path) && path;
	int64_t owner;

	if (!p->cgroup.path || !p->spec->process || p->host->rootless || joined ||
	    !cgroup_owner_is_wanted(p->spec))
		return;
	owner = idmap_host_id(&p->spec->linux_.uid_mappings, p->spec->process->user.uid);
	p->cgroup.has_owner = owner > 0;
	p->cgroup.owner = (uid_t)owner;
}

/* mounts of the cgroup file system need the container's own directory (K12). */
static void plan_cgroup_mounts(struct arena *arena, struct plan *p)
{
	if (p->cgroup.path)
		p->mounts.cgroup_path =
			arena_printf(arena, "%s%s", p->cgroup.mount, p->cgroup.path);
	p->mounts.no_pivot = p->request.no_pivot;
	p->terminal.host_mounts = !p->mounts.new_namespace;
}

/* The features do not need each other's plans: `check` wants to hear of all that fail. */
static bool stops(int result, bool *wrong)
{
	*wrong |= result < 0;
	return result < 0 && fail_go_on() < 0;
}

int plan_make(const struct spec *spec, const struct host *host, const struct plan_request *request,
	      struct arena *arena, struct plan *ret)
{
	struct plan p = { .spec = spec, .host = host, .request = *request };
	bool wrong = false;

	if (stops(namespaces_plan(spec, host, arena, &p.namespaces), &wrong) ||
	    stops(idmap_plan(spec, host, arena, &p.idmap), &wrong) ||
	    stops(cgroup_plan(spec, host, request->manager, request->id, arena, &p.cgroup),
		  &wrong) ||
	    stops(mounts_plan(spec, host, arena, &p.mounts), &wrong) ||
	    stops(devices_plan(spec, host, arena, &p.devices), &wrong) ||
	    stops(hidden_paths_plan(spec, &p.hidden_paths), &wrong) ||
	    stops(net_plan(spec, host, &p.net), &wrong) ||
	    stops(rdt_plan(spec, host, request->id, arena, &p.rdt), &wrong) ||
	    stops(uts_plan(spec, &p.uts), &wrong) ||
	    stops(sysctl_plan(spec, arena, &p.sysctls), &wrong) ||
	    stops(process_settings_plan(spec, host, request->id, !request->no_new_keyring, arena,
					&p.settings),
		  &wrong) ||
	    stops(seccomp_plan(spec, request->seccomp_receiver, &p.seccomp), &wrong) ||
	    stops(plan_process(arena, &p), &wrong) || wrong)
		return -1;
	plan_cgroup_owner(&p);
	plan_cgroup_mounts(arena, &p);
	*ret = p;
	return 0;
}

int plan_exec(const struct spec *spec, const struct host *host, const struct plan_request *request,
	      struct arena *arena, struct plan *ret)
{
	struct plan p = { .spec = spec, .host = host, .request = *request };

	if (idmap_plan(spec, host, arena, &p.idmap) < 0 ||
	    rdt_plan(spec, host, request->id, arena, &p.rdt) < 0 ||
	    process_settings_plan(spec, host, request->id, !request->no_new_keyring, arena,
				  &p.settings) < 0 ||
	    seccomp_plan(spec, request->seccomp_receiver, &p.seccomp) < 0 ||
	    plan_process(arena, &p) < 0)
		return -1;
	/* What is there is the container's: nothing is mounted or made any more. */
	p.terminal.host_mounts = true;
	p.user.cwd_must_exist = true;
	p.cgroup.optional = host->rootless;
	*ret = p;
	return 0;
}

int plan_mounts(const struct spec *spec, const struct host *host, const char *cgroup_mount,
		const char *cgroup_path, struct arena *arena, struct plan *ret)
{
	struct plan p = { .spec = spec,
			  .host = host,
			  .cgroup = { .mount = cgroup_mount, .path = cgroup_path } };

	if (idmap_plan(spec, host, arena, &p.idmap) < 0 ||
	    mounts_plan(spec, host, arena, &p.mounts) < 0)
		return -1;
	plan_cgroup_mounts(arena, &p);
	*ret = p;
	return 0;
}
