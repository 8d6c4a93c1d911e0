/*
 * mounts.h - config.json's mounts: planned as a list of operations, sources opened before the root
 * file system is looked at, attached by descriptor (R2).  mount_options.c: the option table;
 * mounts.c, mount_idmap.c: plan; mount_sources.c: sources and idmapped clones; mount_apply.c: the
 * new mount API.
 */
#pragma once
#include "spec/spec.h"
#include <stdint.h>
#include <sys/mount.h>
struct host;
struct sandbox;

enum mount_kind { MOUNT_FILESYSTEM, MOUNT_BIND, MOUNT_REMOUNT, MOUNT_CGROUP };

struct mount_op {
	enum mount_kind kind;
	const struct spec_mount *spec; /* for fail_at */
	const char *destination;       /* clean, absolute inside the root */
	const char *type, *source;     /* source of a bind: absolute host path */
	const char *source_inside;     /* below the root, where an earlier mount provides it: opened
					  when the mount's turn comes; or NULL */
	bool recursive;		       /* rbind */
	uint64_t attr_set, attr_clear; /* MOUNT_ATTR_*, this mount only */
	uint64_t implied_clear;	       /* MOUNT_ATTR_*, this mount, as far as the kernel lets */
	uint64_t rec_set, rec_clear;   /* MOUNT_ATTR_*, the whole tree */
	uint64_t sb_set, sb_clear;     /* superblock flags: MS_SYNCHRONOUS, MS_DIRSYNC, MS_LAZYTIME,
					  MS_MANDLOCK, MS_SILENT, MS_I_VERSION, MS_RDONLY */
	LIST(uint64_t) propagation;    /* MS_SHARED, ... | MS_REC, in order */
	const char **data;	       /* file system options, "key" or "key=value" */
	bool bind, remount;	       /* the words; what is done about them is kind */
	bool tmpcopyup, copy_symlink, source_nofollow, destination_nofollow;
	bool idmap, idmap_recursive; /* idmap, ridmap, or mappings given */
	const char *idmap_text;	     /* "uids=C-H-N#...;gids=..." of idmap=..., or NULL */
	const spec_id_mappings *uid_mappings, *gid_mappings; /* of the mount or of the container;
								NULL: of the joined namespace */
	bool readonly_late; /* something is made in it first, by us: read-only at the end */
	bool bind_fallback; /* fsopen is refused in this constellation (K16): source, recursively
			       bound, instead */
};

struct mounts {
	LIST(struct mount_op) ops;
	const char *root;	/* absolute path of root.path on the host */
	const char *clean_root; /* the same without "..", for comparing */
	bool new_namespace;	/* there is a mount namespace, new or joined; else nothing may be
				   mounted */
	uint64_t propagation; /* of "/" before anything else: MS_SLAVE | MS_REC by default (K13) */
	uint64_t root_propagation; /* linux.rootfsPropagation of the new "/", 0: none given */
	bool readonly_root, no_pivot;
	bool user_namespace;	 /* new or joined: attributes may be locked (K15) */
	bool cgroup_namespace;	 /* own one: cgroup2 may be mounted fresh (K12) */
	const char *cgroup_path; /* host path of the container's cgroup directory, for binds; filled
				    in by plan.c */
	const char *cgroup_mount; /* where the host has cgroup2: bound read-only when there is no
				     cgroup_path */
	const char *mount_label;
	const struct spec *spec;
};

/* mount_options.c: one table, static there, also for `features`. */
const char *mount_option_name(size_t row); /* NULL behind the last row; for `features` (F-04) */
/* mount_idmap.c, for mounts.c: the mappings of *op, if it has any, and whether they can be. */
int mount_idmap_plan(const struct spec *spec, struct arena *arena, struct mount_op *op);
/* Applies the words, in order, to *op (last of a pair wins, M-06); words that the table lacks go to
 * op->data. */
int mount_options_parse(const char *const *options, struct arena *arena, struct mount_op *op);

int mounts_plan(const struct spec *spec, const struct host *host, struct arena *arena,
		struct mounts *ret);

/* Child steps, in the order of create_steps[]: */
int mounts_propagation(const struct mounts *m); /* of the child's whole tree (K13, K14) */
int mounts_open_sources(
	const struct mounts *m,
	struct sandbox *s); /* all bind sources; idmapped ones with the parent's help */
int mounts_apply(const struct mounts *m, struct sandbox *s);
/* The one with this number. */
int mounts_apply_one(const struct mounts *m, struct sandbox *s, size_t index);
/* Behind everything that makes files and mount points: those that had to stay writable for it. */
int mounts_readonly(const struct mounts *m, struct sandbox *s);
/* mount_later.c, for a container that is running, whose namespaces were entered (root_fd, self_fd):
 * all of them or none; and their removal, the last one first. */
int mounts_add(const struct mounts *m, struct sandbox *s);
int mounts_remove(const struct mounts *m, struct sandbox *s);
/* restore: makes what is missing of the mount points below root_fd, an attached mount nobody else
 * sees; mounts on the way are attached and stay. */
int mounts_make_places(const struct mounts *m, struct sandbox *s);
/* For `check`: are the sources there?  Clones nothing. */
int mounts_check_sources(const struct mounts *m);
/* Is destination (clean) one of the files of /proc that lxcfs replaces? */
bool mount_may_cover_proc(const char *destination);
/* mount_sources.c, for mount_apply.c: the tree for mount number index that replaces a fresh
 * cgroup2. */
int mounts_open_cgroup(const struct mounts *m, size_t index);
/* The source of mount number index as a detached tree that the caller owns.  For the parent's
 * helper, which is in the container's mount namespace but not in its user namespace. */
int mounts_open_source(const struct mounts *m, size_t index);
/* Asks the parent for the idmap of mount number index, if it wants one; tree_fd must not be
 * attached yet. */
int mounts_ask_idmap(const struct mounts *m, struct sandbox *s, size_t index, int tree_fd);
/* Its turn has come: opens a source that only an earlier mount made; nothing for all others. */
int mounts_open_inside(const struct mounts *m, struct sandbox *s, size_t index);
/* Parent: sets MOUNT_ATTR_IDMAP on a tree the child (pid, of proc_fd) opened (K21). */
int mounts_idmap(const struct mounts *m, size_t index, int tree_fd, int pid);
