/* plan.c - spec and host in, plan out: each feature's X_plan once, in the order in which they are
 * applied. */
#include "plan/plan.h"
#include "base/fail.h"

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

/* mounts of the cgroup file system need the container's own directory (K12). */
static void plan_cgroup_mounts(struct arena *arena, struct plan *p)
{
	if (p->cgroup.path)
		p->mounts.cgroup_path =
			arena_printf(arena, "%s%s", p->cgroup.mount, p->cgroup.path);
	p->mounts.no_pivot = p->request.no_pivot;
	p->terminal.host_mounts = !p->mounts.new_namespace;
}

int plan_make(const struct spec *spec, const struct host *host, const struct plan_request *request,
	      struct arena *arena, struct plan *ret)
{
	struct plan p = { .spec = spec, .host = host, .request = *request };

	if (namespaces_plan(spec, host, arena, &p.namespaces) < 0 ||
	    idmap_plan(spec, host, arena, &p.idmap) < 0 ||
	    cgroup_plan(spec, host, request->manager, request->id, arena, &p.cgroup) < 0 ||
	    mounts_plan(spec, host, arena, &p.mounts) < 0 ||
	    devices_plan(spec, host, arena, &p.devices) < 0 ||
	    hidden_paths_plan(spec, &p.hidden_paths) < 0 || net_plan(spec, host, &p.net) < 0 ||
	    rdt_plan(spec, host) < 0 || uts_plan(spec, &p.uts) < 0 ||
	    sysctl_plan(spec, arena, &p.sysctls) < 0 ||
	    process_settings_plan(spec, host, request->id, !request->no_new_keyring, arena,
				  &p.settings) < 0 ||
	    seccomp_plan(spec, &p.seccomp) < 0 || plan_process(arena, &p) < 0)
		return -1;
	plan_cgroup_mounts(arena, &p);
	*ret = p;
	return 0;
}

int plan_exec(const struct spec *spec, const struct host *host, const struct plan_request *request,
	      struct arena *arena, struct plan *ret)
{
	struct plan p = { .spec = spec, .host = host, .request = *request };

	if (idmap_plan(spec, host, arena, &p.idmap) < 0 ||
	    process_settings_plan(spec, host, request->id, !request->no_new_keyring, arena,
				  &p.settings) < 0 ||
	    seccomp_plan(spec, &p.seccomp) < 0 || plan_process(arena, &p) < 0)
		return -1;
	/* What is there is the container's: nothing is mounted or made any more. */
	p.terminal.host_mounts = true;
	p.user.cwd_must_exist = true;
	p.cgroup.optional = host->rootless;
	*ret = p;
	return 0;
}
