/*
 * host.h - the facts of this machine and of the caller, in one struct, so that a test can give a
 * false one. Holds no policy: what follows from a fact is decided in the X_plan of a feature.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct host {
	uid_t euid;
	gid_t egid;
	bool in_user_namespace; /* the caller's own user namespace is not the initial one */
	bool rootless; /* not real root: euid != 0 or in_user_namespace; --rootless overrides */
	uint64_t caps; /* effective capabilities of the caller, bit n = capability n */
	int cap_last;  /* highest capability the kernel knows */
	const char *runtime_dir; /* XDG_RUNTIME_DIR, NULL when unset or empty */
	const char *user;	 /* name of euid, NULL: not looked up, see host_user() */
	char boot_id[37];

	const char *cgroup_mount; /* where cgroup2 is mounted, NULL: nowhere */
	bool cgroup_hybrid;	  /* controllers are (also) mounted as cgroup v1 */
	/* NULL: not looked up; ask the functions below, a false host gives its own. */
	const char *cgroup_own; /* the caller's own cgroup below cgroup_mount, "/..." */
	const char
		*cgroup_controllers; /* cgroup.controllers of the cgroup2 root, blank separated */

	const char *resctrl;	/* where it is mounted; only a false host says so: host_resctrl() */
	bool cgroup_delegated;	/* only a false host says so here: host_cgroup_delegated() */
	bool apparmor, selinux; /* the module is on; only a false host says so here:
				   host_apparmor(), host_selinux() */
	int proc_fd;		/* O_PATH /proc of the runtime's own view, or -1 in a false host */
};

/*
 * Fills *ret; the strings live in static storage of host.c until the process ends.  Called once.
 * Costs few system calls: what only some bundles need is looked up by the functions below.
 */
int host_probe(struct host *ret);

/* Looked up at the first call.  A false host (proc_fd -1) is asked nothing: its members count, NULL
 * is "". */
const char *host_cgroup_own(const struct host *h);	   /* "/" when unknown */
const char *host_cgroup_controllers(const struct host *h); /* "" when unknown */
/*
 * The caller's own cgroup belongs to the caller, while the one above it does not, or is systemd's
 * to manage (the own one is a scope or a service).
 */
bool host_cgroup_delegated(const struct host *h);
/* Where resctrl is mounted, "/sys/fs/resctrl" first; NULL: nowhere. */
const char *host_resctrl(const struct host *h);
bool host_apparmor(const struct host *h);
bool host_selinux(const struct host *h);
/* The user's name in /etc/passwd, or the number as text: for messages that name /etc/subuid. */
const char *host_user(uid_t uid);
