/*
 * creation.h - what create and restore share: the record of a container before anything of it
 * exists, its cgroup, its pid, and the way back.  Only for container/.
 */
#pragma once
#include <stdbool.h>
#include <sys/types.h>
struct container;
struct create_options;
struct plan;
struct spec;
struct systemd_helper;

/* Everything that delete must know, into c->state; not saved yet. */
void creation_record(struct container *c, const struct plan *plan,
		     const struct create_options *options);
/* *ret_fd: the caller's; -1: there is none.  Corrects the record. */
int creation_make_cgroup(struct container *c, const struct plan *plan,
			 struct systemd_helper *helper, int *ret_fd);
/* systemd has made the cgroup: recorded and saved. */
int creation_save_scope(struct container *c, const struct plan *plan);
/* init is there: recorded with its start time, and saved with the frozen copy of config.json. */
int creation_save_pid(struct container *c, const struct spec *spec, pid_t pid);
/* A failed create, start or restore leaves nothing (LC-04): stopped, destroyed, forgotten.
 * poststop: hooks had begun.  Returns -1; the failure that is reported is the one from before. */
int creation_undo(struct container *c, const struct spec *spec, bool poststop);
