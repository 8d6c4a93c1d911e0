/*
 * caller.h - what create and exec owe the one who calls them: descriptors kept or closed, who gets
 * the terminal, and the announcement of the new process.
 */
#pragma once
#include <stdbool.h>
struct created;
struct spec_process;

/* EC-14: who gets the other end of the terminal must be clear before anything is made. */
int caller_check_terminal(const struct spec_process *process, bool foreground,
			  const char *console_socket);
/* EC-17: descriptors that are to be preserved, 3 to 3 + count - 1, must be there; all others stay
 * out of the container (R6).  Before any descriptor is opened that is not close-on-exec. */
int caller_check_descriptors(unsigned count);
/* Socket activation (EC-18): LISTEN_FDS of the environment, 0: none. */
unsigned caller_listen_fds(void);
/* How many the program of create gets: those of --preserve-fds are behind those of LISTEN_FDS. */
unsigned caller_descriptors(const struct spec_process *process, unsigned preserve_fds,
			    unsigned listen_fds);

struct announcement {
	const char *pidfd_socket, *pidfd_kind; /* kind: "standard" or "setns", as runc says it */
	const char *pidfd_receiver; /* crun's annotation: the same, from config.json */
	const char *pid_file;
};
/* The last acts: whoever reads the pid file finds what he waits for (EC-11). */
int caller_announce(const struct announcement *a, const struct created *created);
