/*
 * cgroup_table.h - linux.resources as a list of writes to cgroup v2 files: one row a property,
 * conversions of config-linux.md.  No I/O: cgroup_files.c writes the list, `update` and `features`
 * use the same rows.
 */
#pragma once
#include "spec/spec.h"
struct host;

enum {
	WRITE_EARLY =
		1, /* before the clone: it must bind init from its first instruction (cpuset) */
	WRITE_MAY_LACK = 2, /* the value asks for the kernel's default: a missing file is fine */
};

struct cgroup_write {
	const char *file, *value;
	const char *fallback_file,
		*fallback_value; /* instead, where file does not exist; NULL: none */
	unsigned flags;
	const void *member; /* of the spec, for fail_at */
	size_t member_size;
};
struct cgroup_writes {
	LIST(struct cgroup_write) writes;
	bool check_before_update;
};

/*
 * In an order that works on a fresh cgroup.  host may be NULL (update of a running container: its
 * cgroup's own controllers decide); otherwise a controller that cgroup v2 lacks here is an error
 * that says what holds it.
 */
int cgroup_table_plan(const struct spec_resources *r, const struct host *host, struct arena *arena,
		      struct cgroup_writes *ret);

/* "memory" of "memory.max" into out; "" for "cgroup.freeze", which needs none. */
const char *cgroup_file_controller(const char *file, char *out, size_t size);

/* cpu.shares to cpu.weight (matrix 2.9.1): 0 unset, 2 -> 1, 1024 -> 100, 262144 -> 10000. */
uint64_t cgroup_weight_of_shares(uint64_t shares);
/* blockIO.weight to io.weight: 10 -> 1, 100 -> 910, 1000 -> 10000. */
uint64_t cgroup_io_weight(uint64_t weight);
/* "1048576KB" to the kernel's spelling "1GB", in arena. */
const char *cgroup_page_size(const char *page_size, struct arena *arena);
