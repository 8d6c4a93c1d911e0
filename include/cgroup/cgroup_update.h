/*
 * cgroup_update.h - other limits for a cgroup in use: only what is asked for is written, in an
 * order that the kernel takes, and all of it or nothing.
 */
#pragma once
#include "cgroup/cgroup_table.h"
#include "cgroup/systemd.h"
struct cgroup_devices;

/* One write, and what takes it back. */
struct cgroup_change {
	const struct cgroup_write *write;
	const char *file, *value;
	const char *old; /* NULL: the file tells nothing that could be written back */
};
struct cgroup_changes {
	LIST(struct cgroup_change) list;
};

/*
 * resources: what is to be changed; what it leaves out keeps its value (read-modify-write: the
 * present values are read in dir_fd, and added to resources where a member needs another one).  A
 * failure names the member.
 */
int cgroup_update_plan(int dir_fd, struct spec_resources *resources, struct arena *arena,
		       struct cgroup_changes *ret);
/* Where the changes go. */
struct cgroup_target {
	int dir_fd;
	const struct cgroup_devices *devices; /* the new rules, NULL: as they are */
	struct systemd_unit unit;	      /* whose properties they are as well */
	const struct host *host;
};
/* A failure leaves everything as it was. */
int cgroup_update_apply(const struct cgroup_changes *changes, const struct cgroup_target *target);
