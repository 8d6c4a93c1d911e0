/*
 * criu_options.h - the command line of checkpoint and restore, config.json and the directory of
 * images as CRIU's options: what both of them say.  Only for container/.
 */
#pragma once
#include "container/criu_rpc.h"
struct checkpoint_options;
struct container;
struct mounts;
struct spec;

/* The directories.  The caller owns the descriptors. */
struct criu_directories {
	int images_fd, work_fd; /* work_fd -1: the same */
};
#define CRIU_DIRECTORIES                                                                           \
	{                                                                                          \
		-1, -1                                                                             \
	}
/* make: images too.  A parent is looked up from there. */
int criu_directories_open(const struct checkpoint_options *o, struct criu_directories *ret,
			  bool make);
void criu_directories_close(struct criu_directories *d);
#define cleanup_directories __attribute__((cleanup(criu_directories_close)))
/*
 * In a user namespace CRIU reads the images as its root, who must be able to search their
 * directory.  One that is root's alone is let to the group of that root, for searching; what may
 * not be changed so is a failure.
 */
int criu_images_let(const struct criu_directories *d, const struct spec *spec);
/*
 * Where CRIU finds cgroup2, below the container's state directory.  Without it CRIU mounts the file
 * system without options, which takes nsdelegate and memory_recursiveprot from the whole machine.
 * For dump a link; for restore, where processes look there from other roots, the place of a mount:
 * opts->cgroup_yard, CRIU_YARD_PLACE.
 */
enum { CRIU_YARD_MOUNT = 1 };
#define CRIU_YARD_PLACE "unified" /* CRIU's name for it */
int criu_yard_make(const struct container *c, struct arena *arena, struct criu_opts *opts,
		   unsigned flags);
int criu_yard_remove(const struct container *c);
/* The path that a descriptor has now: absolute, free of links.  NULL with a failure. */
const char *criu_path_of(const struct container *c, int fd, struct arena *arena);
/* An older log, which may be a link. */
int criu_log_remove(const struct criu_directories *d, const char *name);

/* Refuses a caller whom CRIU cannot serve. */
int criu_check_caller(const struct container *c);
/* Every option that needs no look at the container; *ret is zeroed first.  Strings live in arena.
 */
int criu_options_fill(const struct checkpoint_options *o, const struct spec *spec,
		      const struct criu_directories *d, struct arena *arena, struct criu_opts *ret);

/* Room for one more in a list whose room is max. */
struct criu_ext_mounts {
	struct criu_ext_mount *items;
	size_t count;
};
void criu_add_ext_mount(struct criu_ext_mounts *list, const char *key, const char *val);

/* Which namespaces of config.json, joined by path, CRIU takes as external: "net", "pid". */
extern const struct criu_external_namespace {
	int type;
	const char *name, *key;
} criu_external_namespaces[2];

/* The standard descriptors of init as the image remembers them: descriptors.json, as runc has it.
 */
enum { CRIU_DESCRIPTORS = 3 };
#define CRIU_DESCRIPTORS_FILE "descriptors.json"
#define CRIU_MASK	      "/dev/null" /* the name that a masked file has in the image */
#define CRIU_NOTIFY_MOUNT     "/run/notify"
