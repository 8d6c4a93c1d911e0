/*
 * sandbox.h - what the steps of the container process leave for each other: descriptors, and the
 * way to ask the parent.  No feature's plan stands here; those are in struct plan. Every feature of
 * this folder has X_plan() (pure: spec and host in, plan out; tested without root) and X_apply()
 * (system calls, decides nothing).  Features do not call each other.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct sandbox {
	int proc_fd; /* private procfs root (subset=pid, or a clone of the caller's), R3; -1 before
			its step */
	int self_fd; /* PROC/thread-self of it, opened once */
	int sys_proc_fd;  /* a full private procfs while sysctls are written, else -1 */
	int root_fd;	  /* the new root: attached mount of root.path; after "change root" the
			     container's "/" */
	int null_fd;	  /* host's /dev/null, verified to be 1:3 (R4), O_PATH */
	int null_tree_fd; /* detached clone of it for the first masked file (K1: made before the
			     change of root), or -1 */
	int *source_fds;  /* one a mount op: detached tree of a bind source, or -1 */
	int *device_fds;  /* one a device: detached tree of a host node (user namespace), or -1 */
	int console_fd;	  /* pty slave, or -1 */
	/* Asks the parent to open the source of mount number index: a tree the caller owns, or -1.
	 * NULL: it may go nowhere where this process may not. */
	int (*ask_source)(void *stage, size_t index);
	/* Asks the parent for an idmapped clone of tree fd for mount number index; returns 0,
	 * replaces nothing. */
	int (*ask_idmap)(void *stage, size_t index, int tree_fd);
	int (*send_console)(void *stage, int master_fd, const char *pty_name);
	void *stage; /* their argument */
};
void sandbox_init(struct sandbox *s); /* all descriptors -1 */
