/* host_systemd.h - how this caller reaches systemd: helper program, sockets, the manager's own
 * cgroup. Talks to nobody. */
#pragma once
#include "host/host.h"
#include <stddef.h>
struct arena;

/* systemd is process 1 here (sd_booted(3)).  A false host has it. */
bool host_has_systemd(const struct host *h);
/* The program that has D-Bus in it, where it was installed (Makefile: SYSTEMD_HELPER). */
const char *host_systemd_helper(void);

struct systemd_socket {
	const char *address; /* as D-Bus spells it */
	bool direct;	     /* the manager's own, without a message bus in between */
};
enum { SYSTEMD_SOCKETS = 5 };
/* In the order in which they are tried; user: of the caller's own manager.  Returns how many. */
size_t host_systemd_sockets(const struct host *h, bool user, struct arena *arena,
			    struct systemd_socket out[SYSTEMD_SOCKETS]);

/* Below which the manager keeps its slices: "" for the system's,
 * "/user.slice/.../user@1000.service". */
const char *host_systemd_cgroup(const struct host *h, bool user, struct arena *arena);
/* The caller's uid in the user namespace above, where his manager knows him. */
uid_t host_outer_uid(const struct host *h);
