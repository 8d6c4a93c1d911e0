/*
 * host.h - the facts of this machine and of the caller, in one struct, so that a test can give a false one.
 * Holds no policy: what follows from a fact is decided in the X_plan of a feature.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct host {
	uid_t euid;
	gid_t egid;
	bool in_user_namespace;		/* the caller's own user namespace is not the initial one */
	bool rootless;			/* not real root: euid != 0 or in_user_namespace; --rootless overrides */
	uint64_t caps;			/* effective capabilities of the caller, bit n = capability n */
	int cap_last;			/* highest capability the kernel knows */
	const char *runtime_dir;	/* XDG_RUNTIME_DIR, NULL when unset or empty */
	const char *user;		/* for /etc/subuid: name of euid, NULL when unknown (looked up by idmap) */
	char boot_id[37];

	const char *cgroup_mount;	/* where cgroup2 is mounted, NULL: nowhere */
	bool cgroup_hybrid;		/* controllers are (also) mounted as cgroup v1 */
	const char *cgroup_own;		/* the caller's own cgroup below cgroup_mount, "/..." */
	const char *cgroup_controllers;	/* cgroup.controllers of the cgroup2 root, blank separated */

	bool apparmor, selinux;		/* the module is on */
	int proc_fd;			/* O_PATH /proc of the runtime's own view, or -1 in a false host */
};

/*
 * Fills *ret; the strings live in static storage of host.c until the process ends.  Called once.
 * Costs few system calls: what only some bundles need is looked up by the functions below.
 */
int host_probe(struct host *ret);
