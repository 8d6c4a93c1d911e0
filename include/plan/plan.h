/* plan.h - everything that is decided before the clone: calls every X_plan in order.  No feature
 * logic. */
#pragma once
#include "cgroup/cgroup.h"
#include "host/host.h"
#include "sandbox/attest.h"
#include "sandbox/caps.h"
#include "sandbox/devices.h"
#include "sandbox/hidden_paths.h"
#include "sandbox/idmap.h"
#include "sandbox/mounts.h"
#include "sandbox/namespaces.h"
#include "sandbox/process_settings.h"
#include "sandbox/rdt.h"
#include "sandbox/seccomp.h"
#include "sandbox/small.h"
#include "sandbox/terminal.h"
#include "sandbox/user.h"

/* What the command line adds to the bundle. */
struct plan_request {
	const char *id;
	enum cgroup_manager manager;
	bool no_pivot, no_new_keyring;
	unsigned preserve_fds; /* descriptors 3 .. 3 + n - 1 stay open, LISTEN_FDS included */
	unsigned listen_fds;   /* of the caller's environment, 0: none (EC-18) */
	const char *seccomp_receiver; /* the agent where config.json names none, or NULL */
};

struct plan {
	const struct spec *spec;
	const struct host *host;
	struct plan_request request;
	struct namespaces namespaces;
	struct idmap idmap;
	struct cgroup_plan cgroup;
	struct mounts mounts;
	struct devices devices;
	struct hidden_paths hidden_paths;
	struct terminal terminal;
	struct uts uts;
	struct sysctls sysctls;
	struct labels labels;
	struct net net;
	struct rdt rdt;
	struct process_settings settings;
	struct user user;
	struct caps caps;
	struct seccomp seccomp;
};

/* Pure: no system calls beyond what host already holds. arena owns what it needs.  While failures
 * are collected (fail_collect()) every feature is asked. */
int plan_make(const struct spec *spec, const struct host *host, const struct plan_request *request,
	      struct arena *arena, struct plan *ret);

/* exec: only what concerns the process; spec is the frozen one with the process to be executed. */
int plan_exec(const struct spec *spec, const struct host *host, const struct plan_request *request,
	      struct arena *arena, struct plan *ret);

/* mounts: only the mounts of spec, for a container that is there, whose cgroup is at
 * cgroup_path below cgroup_mount (NULL: it has none). */
int plan_mounts(const struct spec *spec, const struct host *host, const char *cgroup_mount,
		const char *cgroup_path, struct arena *arena, struct plan *ret);

/* plan_print.c: the plan as text, one line a fact, for golden tests and --debug. */
void plan_print(const struct plan *plan, struct text *out);
