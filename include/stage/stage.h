/*
 * stage.h - who does what in which process.  parent.c clones and answers, child.c holds the order
 * of isolation as a table, joiner.c enters existing pid and user namespaces first; exec_parent.c
 * and exec_child.c are the same for exec.  Decides nothing: struct plan did.
 */
#pragma once
#include "plan/plan.h"
#include "sandbox/net_devices.h"
#include "sandbox/sandbox.h"
#include "stage/entry.h"
#include "stage/listener.h"
#include "stage/sync.h"
#include <signal.h>

/* What the process that creates a container gives to the stage, and gets back. */
struct stage_parent {
	const struct plan *plan;
	int cgroup_fd; /* of the container's cgroup, -1: none.  Borrowed; where systemd makes the
			  cgroup (plan->cgroup.systemd), it comes back here and is the caller's */
	struct systemd_helper *helper; /* for that; NULL otherwise */
	int gate_fd; /* listening socket of the start gate; closed before READY is answered
			(K-protocol 6) */
	int console_socket_fd; /* connected --console-socket, or -1.  Borrowed */
	int lock_fd; /* of the state directory: init closes its copy, since the lock must die with
			its taker */
	/* Called with init's pid as soon as it is known: saves the state record. */
	int (*on_pid)(void *owner, pid_t pid, int pidfd);
	/* systemd has made the cgroup, and init is in it. */
	int (*on_placed)(void *owner);
	/* Runs the runtime-namespace hooks (prestart, createRuntime). */
	int (*run_hooks)(void *owner);
	void *owner;
	/* What linux.netDevices moved; the caller closes it, or takes the devices back when
	 * something fails, here or later.  May be NULL when there are none. */
	struct net_devices *net_devices;
	int hook_fds[2]; /* hooks_open_output(), borrowed; create only */
	/* results: */
	pid_t pid;
	int pidfd;	/* caller owns */
	int console_fd; /* pty master when there is no console socket; caller owns; -1: none */
	int program_fd; /* compiled seccomp program; caller owns; -1: none */
};

/*
 * Clones init and answers its requests until it is ready: it then waits at the gate.  0, or -1 with
 * a failure that names the step; init is dead and reaped then.
 */
int stage_create(struct stage_parent *p);

/* What the process that runs a further program in a container gives to the stage. */
struct stage_exec {
	struct stage_parent parent; /* plan_exec()'s plan, cgroup_fd, console_socket_fd; results */
	struct entry entry;	    /* entry_find()'s.  Borrowed */
	int init_root_fd; /* init's root, where the container has no mount namespace; else -1 */
	/* Its own: the caller has entered what it must; a user namespace is among those that
	 * differ. */
	bool entered, user_namespace;
	struct sock_fprog *program;	 /* seccomp, NULL: none */
	struct listener_target listener; /* of a filter with SCMP_ACT_NOTIFY */
	unsigned seconds; /* how long the process may take between two signs of life */
};

/*
 * Clones a process into the container that executes the program of plan->spec->process, and waits
 * until it has.  0, or -1 with a failure; the process is dead and reaped then.  Code EBUSY and no
 * pid: the cgroup takes no processes, another may be tried (K11).
 */
int stage_exec(struct stage_exec *e);

/* The container process, from clone to execve; never returns. */
struct stage_child {
	const struct plan *plan;
	struct sync sync;
	int gate_fd;
	int hook_fds[2]; /* -1: none */
	bool joined;	 /* a joiner has done the setns calls */
	bool place_late; /* the clone could not enter the cgroup: ask for it (K11) */
	int namespace_fds[NS_COUNT];
	struct sandbox sandbox;
	/* found by "find the executable" and "user": */
	const char *executable;
	const char **environment;
	struct sock_fprog *program;
	struct gate_page *page; /* shared with `start`, NULL before it came */
	int connection_fd;	/* to `start` */
	bool execve_failed;
	const char *begun; /* name of the step that runs, for messages */
	/* exec: */
	struct entry entry;
	int init_root_fd;
	bool in_user_namespace;
};
__attribute__((noreturn)) void stage_child(struct stage_child *c);
__attribute__((noreturn)) void exec_child(struct stage_child *c);
