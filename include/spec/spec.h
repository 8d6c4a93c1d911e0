/*
 * spec.h - what config.json says, as C structs: the only description of it.  runtime-spec 1.3.0,
 * Linux. Immutable once spec_load() returned it; everything lives in its arena.  Names follow the
 * JSON names. Absent: NULL, .set == false, count 0.  Holds no functions; the rows that fill it are
 * in spec_*.c.
 */
#pragma once
/* One row a fact, one line a small struct: */
/* clang-format off */
#include <linux/types.h>
#include "json/json.h"

struct spec_root { const char *path; bool readonly; };

struct spec_id_mapping { uint32_t container_id, host_id, size; };
typedef LIST(struct spec_id_mapping) spec_id_mappings;

struct spec_mount {
	const char *destination, *type, *source;
	const char **options;
	spec_id_mappings uid_mappings, gid_mappings;
	int tree_fd;			/* not from the text: the source, cloned already; not above 0: none */
};

struct spec_hook {
	const char *path;
	const char **args, **env;	/* NULL: absent */
	struct opt_i64 timeout;		/* seconds, > 0 */
};
typedef LIST(struct spec_hook) spec_hooks;

enum hook_kind {
	HOOK_PRESTART, HOOK_CREATE_RUNTIME, HOOK_CREATE_CONTAINER, HOOK_START_CONTAINER, HOOK_POSTSTART, HOOK_POSTSTOP,
	HOOK_KINDS
};
extern const char *const hook_names[HOOK_KINDS];	/* "prestart", ... (spec_tables.c) */

struct spec_user {
	uint32_t uid, gid;
	struct opt_u32 umask;
	LIST(uint32_t) additional_gids;
};

struct spec_capabilities { const char **bounding, **effective, **permitted, **inheritable, **ambient; };
struct spec_rlimit { int type; uint64_t soft, hard; };		/* type: RLIMIT_* */
struct spec_scheduler {
	int policy;			/* SCHED_* */
	int64_t nice, priority;
	LIST(int) flags;		/* SCHED_FLAG_* bits, one each */
	uint64_t runtime, deadline, period;
};
struct spec_io_priority { int class; int64_t priority; };	/* class: IOPRIO_CLASS_* */
struct spec_affinity { const char *initial, *final; };
struct spec_console_size { uint32_t height, width; };

struct spec_process {
	bool terminal;
	struct spec_console_size *console_size;
	struct spec_user user;
	const char **args, **env;
	const char *cwd;
	struct spec_capabilities *capabilities;
	LIST(struct spec_rlimit) rlimits;
	bool no_new_privileges;
	const char *apparmor_profile, *selinux_label;
	struct opt_i64 oom_score_adj;
	struct spec_scheduler *scheduler;
	struct spec_io_priority *io_priority;
	struct spec_affinity *exec_cpu_affinity;
};

enum namespace_type { NS_USER, NS_CGROUP, NS_IPC, NS_UTS, NS_NETWORK, NS_PID, NS_MOUNT, NS_TIME, NS_COUNT };
struct spec_namespace { int type; const char *path; };		/* type: enum namespace_type */

struct spec_device {
	const char *path, *type;	/* type: "c", "u", "b", "p" */
	struct opt_i64 major, minor;
	struct opt_u32 file_mode, uid, gid;
};

struct spec_net_device { const char *host_name, *name; };
struct spec_time_offset { const char *clock; int64_t secs; uint32_t nanosecs; };

/* linux.resources */
struct spec_device_rule { struct opt_bool allow; const char *type; struct opt_i64 major, minor; const char *access; };
struct spec_memory {
	struct opt_i64 limit, reservation, swap, kernel, kernel_tcp;
	struct opt_u64 swappiness;
	struct opt_bool disable_oom_killer, use_hierarchy, check_before_update;
};
struct spec_cpu {
	struct opt_u64 shares;
	struct opt_i64 quota;
	struct opt_u64 burst, period;
	struct opt_i64 realtime_runtime;
	struct opt_u64 realtime_period;
	const char *cpus, *mems;
	struct opt_i64 idle;
};
struct spec_pids { struct opt_i64 limit; };
struct spec_weight_device { int64_t major, minor; struct opt_u32 weight, leaf_weight; };
struct spec_throttle_device { int64_t major, minor; uint64_t rate; };
typedef LIST(struct spec_throttle_device) spec_throttle;
struct spec_block_io {
	struct opt_u32 weight, leaf_weight;
	LIST(struct spec_weight_device) weight_device;
	spec_throttle read_bps, write_bps, read_iops, write_iops;
};
struct spec_hugepage { const char *page_size; uint64_t limit; };
struct spec_network { struct opt_u32 class_id; LIST(struct spec_net_priority { const char *name; uint32_t priority; }) priorities; };
struct spec_rdma { const char *device; struct opt_u32 hca_handles, hca_objects; };
struct spec_resources {
	LIST(struct spec_device_rule) devices;
	struct spec_memory *memory;
	struct spec_cpu *cpu;
	struct spec_pids *pids;
	struct spec_block_io *block_io;
	LIST(struct spec_hugepage) hugepage_limits;
	struct spec_network *network;
	LIST(struct spec_rdma) rdma;
	json_pairs unified;
};

/* linux.seccomp; actions, operators, architectures and flags stay names here: libseccomp's numbers are seccomp.c's business */
struct spec_seccomp_arg { uint32_t index; uint64_t value; struct opt_u64 value_two; const char *op; };
struct spec_seccomp_rule {
	const char **names;
	const char *action;
	struct opt_u32 errno_ret;
	LIST(struct spec_seccomp_arg) args;
};
struct spec_seccomp {
	const char *default_action;
	struct opt_u32 default_errno_ret;
	const char **architectures, **flags;	/* flags NULL: absent, which differs from [] */
	const char *listener_path, *listener_metadata;
	LIST(struct spec_seccomp_rule) syscalls;
};

struct spec_rdt {
	const char *clos_id, *l3_cache_schema, *mem_bw_schema;
	const char **schemata;
	struct opt_bool enable_monitoring;
};
struct spec_memory_policy { int mode; const char *nodes; LIST(int) flags; };	/* MPOL_*, MPOL_F_* */
struct spec_personality { int domain; const char **flags; };		/* domain: PER_LINUX, PER_LINUX32 */

struct spec_linux {
	LIST(struct spec_namespace) namespaces;
	spec_id_mappings uid_mappings, gid_mappings;
	LIST(struct spec_time_offset) time_offsets;
	LIST(struct spec_device) devices;
	LIST(struct spec_net_device) net_devices;
	const char *cgroups_path;
	const char *rootfs_propagation;
	const char **masked_paths, **readonly_paths;
	const char *mount_label;
	json_pairs sysctl;
	struct spec_resources *resources;
	struct spec_seccomp *seccomp;
	struct spec_rdt *intel_rdt;
	struct spec_memory_policy *memory_policy;
	struct spec_personality *personality;
};

struct spec {
	const char *version;		/* ociVersion */
	struct spec_process *process;	/* NULL: create works, start fails (T-02) */
	struct spec_root *root;
	const char *hostname, *domainname;
	LIST(struct spec_mount) mounts;
	spec_hooks hooks[HOOK_KINDS];
	json_pairs annotations;
	struct spec_linux linux_;	/* all absent when config.json has no "linux" (T-08) */

	/* not from the text: */
	const char *bundle;		/* absolute path of the bundle directory */
	const char *text;		/* config.json as it was read, for the frozen copy (G-10) */
	size_t text_size;
	struct arena *arena;		/* owns all of this */
};

extern const struct name_value namespace_names[];	/* "user" -> NS_USER, ... (spec_linux.c) */
extern const struct name_value rlimit_names[];		/* "RLIMIT_NOFILE" -> RLIMIT_NOFILE (spec_tables.c) */
extern const struct name_value scheduler_policies[], scheduler_flags[], io_priority_classes[];	/* (spec_tables.c) */
extern const struct name_value memory_policy_modes[], memory_policy_flags[];	/* MPOL_*, also for features (spec_linux.c) */
extern const struct json_shape spec_shape, spec_process_shape, spec_resources_shape, spec_hook_shape, spec_mount_shape;

/* True when the namespace type is listed (new or joined); *ret_path (may be NULL): its path or NULL. */
bool spec_has_namespace(const struct spec *spec, enum namespace_type type, const char **ret_path);
/* The value of an annotation, or NULL. */
const char *spec_annotation(const struct spec *spec, const char *name);
/* The same with its place, for fail_at(). */
const struct json_pair *spec_annotation_pair(const struct spec *spec, const char *name);
