/*
 * systemd.h - the container's cgroup as a scope of systemd: what it is called, its properties, and
 * the requests to the helper program that has D-Bus in it.  Writes no cgroup file but cgroup.procs.
 */
#pragma once
#include "cgroup/cgroup_table.h"
#include "spec/spec.h"
#include <stdbool.h>
#include <sys/types.h>
struct cgroup_devices;
struct host;

/* One property of a unit, its value as GVariant text. */
struct systemd_property {
	const char *name, *value;
	bool optional; /* older managers do not know it, and its limit stands in the cgroup all the
			  same */
	const void *member; /* of the spec, for fail_at; NULL: ours */
	size_t member_size;
};
struct systemd_properties {
	LIST(struct systemd_property) list;
	size_t room;
	struct arena *arena;
};

/* What later commands need of it: in the state record. */
struct systemd_unit {
	const char *name; /* NULL: the container is in no unit */
	bool user;
};

struct systemd_plan {
	const char *unit;     /* "libpod-ID.scope" */
	const char *slice;    /* "machine.slice" */
	const char *scope;    /* the unit's cgroup, below the cgroup2 mount */
	const char *subgroup; /* where init is below that; NULL: in the scope itself */
	bool user;	      /* of the caller's own manager */
	struct systemd_properties annotations; /* */
	const struct host *host;
};

/* ---- systemd_plan.c: text only ---- */

/* C-04: linux.cgroupsPath is slice:prefix:name. */
int systemd_plan(const struct spec *spec, const struct host *host, const char *id,
		 struct arena *arena, struct systemd_plan *ret);
/* "a-b.slice" to "/a.slice/a-b.slice", "-.slice" to ""; NULL: not a slice's name.  Silent. */
const char *systemd_slice_path(const char *slice, struct arena *arena);
/* the annotations org.systemd.property.NAME. */
int systemd_annotations(const json_pairs *annotations, struct arena *arena,
			struct systemd_properties *ret);

/* ---- systemd_properties.c: limits as properties, so that systemd keeps them ---- */

__attribute__((format(printf, 3, 4))) struct systemd_property *
systemd_property_add(struct systemd_properties *p, const char *name, const char *fmt, ...);
enum systemd_phase { SYSTEMD_START, SYSTEMD_LATE, SYSTEMD_ALWAYS };
/*
 * What the writes mean in systemd's words; files without a property are left out.  phase: the
 * properties that the scope starts with, those that would hit the set-up, or all of them.  dir_fd:
 * the cgroup, for what a value leaves open (a quota without its period); -1: there is none yet.
 */
void systemd_properties_of_writes(const struct cgroup_writes *writes, enum systemd_phase phase,
				  int dir_fd, struct systemd_properties *ret);
/* DevicePolicy and DeviceAllow: never less than what the rules grant, since our own program says
 * no. */
void systemd_properties_of_devices(const struct cgroup_devices *devices,
				   struct systemd_properties *ret);

/* ---- systemd_helper.c: the helper program ---- */

/* A running helper; zero pid: none. */
struct systemd_helper {
	pid_t pid;
	int pidfd, request_fd, answer_fd;
	bool connecting; /* its first answer is still to come */
};
#define SYSTEMD_NO_HELPER                                                                          \
	((struct systemd_helper){ .pidfd = -1, .request_fd = -1, .answer_fd = -1 })

/* Starts it; it connects while the caller does something else.  An open one is kept. */
int systemd_helper_open(struct systemd_helper *h, const struct host *host, bool user);
void systemd_helper_close(struct systemd_helper *h);
#define cleanup_systemd_helper __attribute__((cleanup(systemd_helper_close)))
/* verb: "start", "set", "stop" or "attach", "" for nothing but the connection; unit: with what
 * belongs behind it.  properties may be NULL. Waits for the answer, with a deadline. */
int systemd_helper_ask(struct systemd_helper *h, const char *verb, const char *unit,
		       const struct systemd_properties *properties);

/* ---- systemd.c: what create, update and delete ask for ---- */

/* Can it be asked at all?  For `check`. */
int systemd_check(const struct systemd_plan *plan);
/*
 * Makes the scope with this process in it, and where wanted the sub-cgroup; writes: those that the
 * scope starts with.  0: /proc says that the process is there; *ret_fd: the container's directory,
 * the caller's.
 */
int systemd_start(struct systemd_helper *h, const struct systemd_plan *plan,
		  const struct cgroup_writes *writes, const char *mount, pid_t pid, int *ret_fd);
struct systemd_limits {
	const struct cgroup_writes *writes;
	enum systemd_phase phase;
	int dir_fd;
	const struct cgroup_devices *devices; /* NULL: as they are */
};
/* Sets what the unit was not started with.  Nothing to set: nobody is asked. */
int systemd_set(struct systemd_helper *h, const struct host *host, const struct systemd_unit *unit,
		const struct systemd_limits *limits);
/* Stops the unit and forgets its failure; none of that name is fine. */
int systemd_stop(const struct host *host, const struct systemd_unit *unit);
/* Moves a process in, for a caller who may not do it himself; path: of the cgroup, in or below the
 * unit's. */
int systemd_attach(const struct host *host, const struct systemd_unit *unit, const char *path,
		   pid_t pid);
