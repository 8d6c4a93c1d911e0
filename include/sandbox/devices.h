/* devices.h - /dev: default and given nodes, links, ptmx.  Not the device cgroup. */
#pragma once
#include "spec/spec.h"
#include <sys/types.h>
struct host;
struct sandbox;
struct mounts;

struct device {
	const char *path;
	mode_t mode;
	dev_t number;
	uint32_t uid, gid;
	const struct spec_device *spec;
};
struct devices {
	LIST(struct device)
	nodes;	      /* the six defaults, then linux.devices (later replaces an equal path) */
	bool bind;    /* no mknod here (user namespace, unprivileged): bind the host's nodes */
	bool skip;    /* something is bind-mounted on /dev: leave it alone */
	bool has_pts; /* ptmx link is wanted */
	const struct spec *spec;
};
int devices_plan(const struct spec *spec, const struct host *host, struct arena *arena,
		 struct devices *ret);
/* Child, with the other sources: clones of host nodes when devices are bound. */
int devices_open_sources(const struct devices *d, struct sandbox *s);
/* For `check`: are the host's nodes there that would be bound?  Clones nothing. */
int devices_check_sources(const struct devices *d);
/* Child, before the change of root: nodes (existing ones are compared, D-15), links fd, stdin,
 * stdout, stderr, core, ptmx. */
int devices_apply(const struct devices *d, struct sandbox *s);
/* Child, after the change of root: descriptors 0 to 2 that are the host's null device become the
 * container's, so that no mount of the host stays in use (CRIU cannot find such a one again). */
int devices_reopen_null(const struct sandbox *s);
