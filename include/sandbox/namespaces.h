/* namespaces.h - which namespaces are made new, which are joined, in which order.  Does not clone.
 */
#pragma once
#include "spec/spec.h"
#include <stdint.h>
struct host;

struct namespaces {
	uint64_t create;	    /* CLONE_NEW* for clone3; never CLONE_NEWTIME (K10) */
	bool new_time;		    /* the child unshares it after the clone: see time_enter() */
	const char *join[NS_COUNT]; /* path, or NULL */
	bool has_join;
	bool needs_joiner; /* pid or user is joined, or any is joined while user is new: setns must
			    * happen in a helper process before the clone */
	const char *time_offsets;      /* text for timens_offsets, NULL: none */
	const struct spec_linux *spec; /* for places in messages */
};

extern const uint64_t namespace_flags[NS_COUNT];      /* CLONE_NEW* */
const char *namespace_name(enum namespace_type type); /* "network", as in config.json */
extern const char *const namespace_files[NS_COUNT];   /* "net", as in /proc/PID/ns */

/* Refuses: user namespace missing for a caller without privilege (says so), time offsets without a
 * new time namespace, ... */
int namespaces_plan(const struct spec *spec, const struct host *host, struct arena *arena,
		    struct namespaces *ret);
/* Parent: opens what is joined, checks NS_GET_NSTYPE; fds[t] -1 where nothing is joined. The caller
 * closes them. */
int namespaces_open(const struct namespaces *n, int fds[NS_COUNT]);
/*
 * setns for the open fds.  Joiner: everything, in the order that works: what fails with EPERM
 * before the user namespace is tried again after it (K9).  Child without joiner: the same, user and
 * pid are not among them.
 */
int namespaces_join(const struct namespaces *n, const int fds[NS_COUNT]);

/* The CLONE_NEW* in which process pid is in another namespace than the caller. proc_fd: /proc. */
int namespaces_that_differ(int proc_fd, int pid, uint64_t *ret);
/* The same of namespaces that are open; -1: as the caller's. */
int namespaces_open_differ(int proc_fd, const int fds[NS_COUNT], uint64_t *ret);
/* Enters those of the process that pidfd names, all in one call. */
int namespaces_enter(int pidfd, uint64_t flags);
/* The same of those that are open. */
int namespaces_enter_open(const int fds[NS_COUNT], uint64_t flags);

/* Child: unshares the time namespace; then the parent writes the offsets; then the child enters it
 * (setns of its time_for_children).  self_fd: /proc/thread-self as of sandbox.h, or the runtime's
 * own. */
int time_unshare(void);
int time_write_offsets(const struct namespaces *n, int proc_fd, int child_pid); /* parent */
int time_enter(int self_fd);
