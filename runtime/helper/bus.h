/* bus.h - the door to libsystemd's sd-bus: connects to a service manager and asks it.  Reads no
 * request. */
#pragma once
#include "base/gvariant.h"

struct property {
	const char *name;
	const struct gvariant *value;
	bool optional; /* a manager that does not know it may do without */
};

/* direct: the manager's own socket, without a message bus in between.  Silent about sockets that do
 * not answer as long as another one does; 0, or -1 with the failure of all. */
int bus_open(const char *address, bool direct);
void bus_close(void);

/*
 * A transient unit with these properties; returns when its job is done.  What is left of one that
 * ended under the same name is cleared away, and it is tried again, once.
 * Optional properties that are not known are taken out of the list: their names go to *ret_without.
 */
int bus_start(const char *unit, struct property *properties, size_t *count,
	      struct text *ret_without);
int bus_set(const char *unit, struct property *properties, size_t *count, struct text *ret_without);
/* Stops it and forgets a failure; none of that name is fine. */
int bus_stop(const char *unit);
/* Moves a process into the unit's cgroup, or into the one called subgroup ("/NAME") below it. */
int bus_attach(const char *unit, const char *subgroup, unsigned pid);

/* What the process is waiting for, for the message at the deadline; main.c has it. */
void waiting_for(const char *what, const char *unit);
