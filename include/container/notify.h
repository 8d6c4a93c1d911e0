/*
 * notify.h - sd_notify(3) of the program, passed on to the service manager that started the
 * runtime (EC 1.12): a directory of the container's state is bound at /run/notify, `start` and
 * `run` listen there and tell NOTIFY_SOCKET when the program is ready.  Nothing of it happens
 * without NOTIFY_SOCKET in the environment.
 */
#pragma once
#include <stdbool.h>
struct container;
struct spec;

struct notify {
	const char *directory; /* NULL: nobody asked */
	int tree_fd;	       /* its number is in the plan before it is the directory; -1: none */
};
/* Before the plan: what will be bound.  The caller owns the descriptor. */
int notify_plan(struct container *c, struct notify *ret);
/* Adds mount and variable to what config.json says; where they cannot be, nobody asked. */
void notify_add(struct notify *n, const struct spec *spec);
/* Makes the directory. */
int notify_make(const struct notify *n, const struct container *c);

/* start: a socket for the program, before it is executed; c->notify_fd stays -1 where nobody asked
 * for it now, or when the container was created. */
int notify_listen(struct container *c);
/*
 * Reads one message.  1: the program is ready, and the service manager knows it (pid: and that it
 * is the main process; 0: this one is).  0: something else.
 */
int notify_pass_on(int fd, int pid);
/* Waits until the program is ready or has ended; then until the manager has read it, because the
 * sender must live that long. */
int notify_wait(struct container *c);
