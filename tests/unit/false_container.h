/*
 * false_container.h - a state root in a temporary directory, and containers in it without a
 * process.
 */
#pragma once
#include "container/container.h"
#include "temporary.h"

struct false_root {
	struct host host;
	struct state_root root;
};

/* A host of which only what container/ asks is true. */
static inline struct false_root false_root(const struct temporary *t)
{
	struct false_root r = { .host = { .euid = geteuid(), .boot_id = "boot-1" } };

	r.host.proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(state_root_open(&r.root, t->path, &r.host, true), 0);
	return r;
}

static inline void false_root_close(struct false_root *r)
{
	close(r->host.proc_fd);
	close(r->root.fd);
}
#define FALSE_ROOT(name)                                                                           \
	TEMPORARY(name##_directory);                                                               \
	__attribute__((cleanup(false_root_close))) struct false_root name =                        \
		false_root(&name##_directory)

static inline struct container false_container(const struct false_root *r, const char *id)
{
	struct container c;

	container_init(&c, &r->root, &r->host, id);
	return c;
}
#define CONTAINER(name, r, id) cleanup_container struct container name = false_container(&(r), id)

/* The record of a container that has this process as its init. */
static inline struct state false_state(const char *id, int64_t pid, uint64_t start_time)
{
	return (struct state){
		.format = STATE_FORMAT,
		.id = id,
		.bundle = "/b",
		.rootfs = "/b/rootfs",
		.created = "2026-08-22T10:00:00.123456789Z",
		.owner = "",
		.boot_id = "boot-1",
		.pid = pid,
		.start_time = start_time,
		.cgroup_manager = CGROUP_DISABLED,
	};
}
