/* idmap.h - uid and gid maps of a user namespace: text, setgroups, newuidmap.  No clone flags. */
#pragma once
#include "spec/spec.h"
struct host;

struct idmap {
	bool needed;		       /* a new user namespace: maps must be written */
	const char *uid_map, *gid_map; /* text for the kernel */
	bool deny_setgroups;	       /* unprivileged and written directly */
	bool use_helpers;    /* newuidmap, newgidmap: unprivileged and more than one own id */
	bool root_is_mapped; /* container uid and gid 0 exist */
	bool keep_groups;    /* run.oci.keep_original_groups: become_root leaves the groups alone */
	uint32_t setup_uid,
		setup_gid; /* what init is while it sets up: 0, or the first mapped id */
	const struct spec_linux *spec;
};

int idmap_plan(const struct spec *spec, const struct host *host, struct arena *arena,
	       struct idmap *ret);
/* Parent: writes the maps of process pid through proc_fd (/proc), or runs /usr/bin/newuidmap and
 * newgidmap (absolute paths only, R9; message names the missing /etc/subuid line). */
int idmap_write(const struct idmap *m, int proc_fd, int pid);
/* Parent, of a process that joined a user namespace: mappings in config.json must be the ones it
 * has (N-11). */
int idmap_check_joined(const struct idmap *m, int proc_fd, int pid);
/* Child, in the new or joined user namespace: its root, supplementary groups dropped where allowed.
 */
int idmap_become_root(const struct idmap *m);
/* The host id of a container id under the maps; -1: not mapped. With no maps: the id itself. */
int64_t idmap_host_id(const spec_id_mappings *m, uint32_t container_id);
/* In a new user namespace made by this caller, setgroups(2) will be denied. Pure. */
bool idmap_denies_setgroups(const struct spec *spec, const struct host *host);
/* A user namespace made only to carry an idmapped mount's maps (MOUNT_ATTR_IDMAP): its descriptor.
 */
int idmap_mount_namespace(const spec_id_mappings *uid, const spec_id_mappings *gid);
/* The user namespace that process pid is in: its descriptor. */
int idmap_namespace_of(int pid);
