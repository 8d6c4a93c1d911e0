/*
 * net_devices.h - linux.netDevices: devices of the runtime's network namespace that move into the
 * container's, by the parent, and back when create fails.  Makes and configures none, and never
 * takes one back from a container that was created.
 */
#pragma once
#include "spec/spec.h"
struct host;

struct net_move;

struct net_devices {
	int host_fd, container_fd; /* netlink sockets; -1: nothing was moved */
	int host_ns_fd, container_ns_fd;
	struct net_move *moves; /* one a device of the config.json, in its arena */
	size_t count;
};
#define NET_DEVICES_NONE ((struct net_devices){ -1, -1, -1, -1, NULL, 0 })

int net_devices_plan(const struct spec *spec, const struct host *host);

/* For `check`: are they there?  Touches none. */
int net_devices_check(const struct spec *spec);

/*
 * Moves them all, with their permanent addresses of global scope, and sets them up.  container_fd:
 * netlink_open() of the container's network namespace, which *ret owns from now on, also when it
 * fails: then net_devices_take_back() finds what was moved.
 */
int net_devices_move(const struct spec *spec, int container_fd, struct net_devices *ret);
/* Back to where they were, under their names, with their addresses, up if they were; what cannot be
 * is a warning. */
void net_devices_take_back(struct net_devices *n);
void net_devices_close(struct net_devices *n);
