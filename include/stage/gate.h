/*
 * gate.h - the start gate: init listens on STATE/start.sock; `start` connects, says go, and learns
 * whether the program was really executed (K2-K5, DESIGN 7.2).
 */
#pragma once
#include "spec/spec.h"
#include <stdint.h>
#include <sys/types.h>
struct listener_target;

enum gate_phase { GATE_WAITING, GATE_RUNNING_HOOKS, GATE_EXECUTING, GATE_FAILED };
/* One shared page (a memfd): what init can no longer send once its seccomp filter is on. */
struct gate_page {
	uint32_t version;	       /* GATE_VERSION */
	volatile uint32_t phase;       /* enum gate_phase */
	volatile int32_t error;	       /* errno of the failed call */
	volatile uint32_t failed_call; /* 0 execve, 1 seccomp */
	volatile int32_t listener_fd;  /* seccomp notify descriptor in init, -1: none */
	volatile uint32_t listener_fetched;
	char text[8192]; /* a failure's text, for FAILED before the filter */
};
enum { GATE_VERSION = 1 };

/* What the page says at the end: 0 when the program was executed, else -1 with the failure. */
int gate_verdict(const struct gate_page *page);
/*
 * After that: the program whose execve failed and that nobody could look at, because the filter was
 * on: then its path stands behind the text's NUL.  Else NULL.
 */
const char *gate_failed_program(void);

/* Listening socket bound as NAME in dir_fd (through /proc/self/fd, so the path may be long); the
 * caller owns it. */
int gate_bind(int dir_fd, const char *name);
/* The same socket gets its final name: from then on the container counts as created. */
int gate_open(int dir_fd, const char *from, const char *to);

/* Init: from here SIGTERM and the like end the process, as they end every other one; before anybody
 * is told that the container is created. */
int gate_end_by_signals(void);
/* Init: waits for go (no deadline; end of file without go is nothing), and shows its namespaces to
 * who asks meanwhile; returns the connection, and the page mapped. */
int gate_wait(int gate_fd, struct gate_page **ret_page);

/*
 * `exec`, where the kernel does not let the caller look at init: its namespaces, from itself.  An
 * ordinary user has no right to a process that is not dumpable, but every right to his user
 * namespace.  proc_fd: init's /proc/PID, since the container need not have a procfs.  The
 * caller owns what is in fds; -1: the kernel has no such namespaces.
 */
int gate_namespaces(int dir_fd, const char *name, int init_pidfd, int proc_fd, int fds[NS_COUNT]);

/*
 * `start`: connects without blocking, sends go, waits until the program was executed or failed.
 * 0: executed.  -1 with a failure: "cannot start ...", the failing hook, the errno of execve,
 * "container process died".  listener: gets what init's seccomp filter gives, if one is expected.
 */
int gate_start(int dir_fd, const char *name, int init_pidfd, const struct listener_target *listener,
	       int64_t deadline);
