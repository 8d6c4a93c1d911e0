/*
 * cgroup.h - the container's cgroup (v2 only): plan, make, freeze, kill, remove.  Knows no process
 * set-up. Paths are relative to the cgroup2 mount, absolute in form ("/a/b").
 */
#pragma once
#include "cgroup/cgroup_table.h"
#include "cgroup/systemd.h"
#include "spec/spec.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
struct host;
struct systemd_helper;

enum cgroup_manager { CGROUP_CGROUPFS, CGROUP_SYSTEMD, CGROUP_DISABLED, CGROUP_MANAGERS };
extern const char *const cgroup_manager_names[CGROUP_MANAGERS];

struct cgroup_devices; /* a compiled device program, cgroup_devices.c */

struct cgroup_plan {
	enum cgroup_manager manager;
	const char *mount; /* the cgroup2 mount of the host */
	const char *path;  /* of the container; NULL: no cgroup (disabled, or rootless without
			      delegation) */
	bool optional; /* rootless and no limit asked for: EACCES on mkdir means to go without */
	const struct cgroup_devices *devices; /* NULL: none may be loaded here (rootless) */
	const struct systemd_plan *systemd;   /* NULL: not systemd's to make */
	struct systemd_unit unit;	      /* exec: whose manager may move a process in */
	struct cgroup_writes limits;
	bool has_owner; /* C-07: handed over to this uid of the host */
	uid_t owner;
	const struct host *host; /* NULL (in tests): no controllers are enabled */
};

/*
 * cgroup_path.c decides the path (C-01 to C-03; ".." is refused), cgroup_table.c the writes.  A
 * limit whose controller this host has not, or that would have no cgroup to be in, is a failure.
 * has_owner and owner are plan.c's, who knows the id maps.
 */
int cgroup_plan(const struct spec *spec, const struct host *host, enum cgroup_manager manager,
		const char *id, struct arena *arena, struct cgroup_plan *ret);

/*
 * The topmost directory that cgroup_create() will have to make (path itself when its parents are
 * there, NULL when it is there as well): it is recorded before anything exists, so that a create
 * that is killed in between leaves no parent behind.
 */
const char *cgroup_first_missing(const char *mount, const char *path, struct arena *arena);

/*
 * Makes the directory and its parents, has controllers enabled along the path (C-05), makes the
 * early writes, hands over (C-07).  An existing, populated or frozen one is an error (C-06, texts
 * of EC 1.9). *ret_fd: O_DIRECTORY descriptor for clone3, owned by the caller; -1 when there is no
 * cgroup. *ret_made: the topmost directory that was made, malloc'ed, for removal; NULL: none was.
 */
int cgroup_create(const struct cgroup_plan *plan, int *ret_fd, char **ret_made);

/* For `check`: could cgroup_create() make it?  Makes nothing. */
int cgroup_check(const struct cgroup_plan *plan);

/*
 * Where systemd makes it, init is there first: moved into a scope of its own, with the early
 * limits. *ret_fd as above.  The helper is opened where it is not yet, and stays open for
 * cgroup_limits_apply().
 */
int cgroup_create_scope(const struct cgroup_plan *plan, struct systemd_helper *helper, pid_t pid,
			int *ret_fd);

/*
 * The device program in two steps.  Loading takes the kernel longest, and can be done beside init's
 * mounts; *ret_program_fd: owned by the caller, -1: there is none to attach.  Attaching comes when
 * init has made its nodes: a rule may deny even those.
 */
int cgroup_load_devices(const struct cgroup_plan *plan, int *ret_program_fd);
int cgroup_restrict_devices(int dir_fd, int program_fd);

/* The limits that bind init only when it is set up: memory.max, pids.max and all that are not
 * WRITE_EARLY.  dir_fd -1: there is no cgroup.  helper: of cgroup_create_scope(). */
int cgroup_limits_apply(const struct cgroup_plan *plan, struct systemd_helper *helper, int dir_fd);
/* Moves the process in, where the clone could not (K11); into a scope also by systemd. */
int cgroup_place(const struct cgroup_plan *plan, int dir_fd, pid_t pid);

/* O_DIRECTORY descriptor of an existing cgroup; missing: -1 with failure code ENOENT. */
int cgroup_open(const char *mount, const char *path);

/* cgroup_control.c: by directory descriptor.  Waits go to cgroup.events (poll), with the deadline
 * of wait.h. */
int cgroup_freeze(int dir_fd, int64_t deadline);
int cgroup_thaw(int dir_fd, int64_t deadline);
bool cgroup_is_frozen(int dir_fd); /* the freezer was asked for on this cgroup */
bool cgroup_is_populated(int dir_fd);
int cgroup_kill(int dir_fd); /* cgroup.kill: everything in it and below */
int cgroup_wait_empty(int dir_fd, int64_t deadline);
/* How many of its processes the OOM killer killed; -1: no memory controller. */
int64_t cgroup_oom_kills(int dir_fd);
/* Every process in it and in its sub-cgroups, malloc'ed. */
int cgroup_processes(int dir_fd, pid_t **ret, size_t *ret_count);
int cgroup_signal_all(int dir_fd, int signal);

/* Removes the directory with everything the container made in it (C-10), then, up to and including
 * `made`, parents that are empty. Missing is no error. made may be NULL. */
int cgroup_remove(const char *mount, const char *path, const char *made, int64_t deadline);

/* The same for the usual end, when nobody is in it and nothing below it, without a look or a wait.
 * Silent; false: that is not so, or it cannot be removed. */
bool cgroup_remove_unused(const char *mount, const char *path, const char *made);
