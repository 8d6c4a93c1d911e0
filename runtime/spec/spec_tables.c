/*
 * spec_tables.c - rows for the document, process, root, mounts, hooks and annotations.  No checks
 * between members.
 */
#include "spec/readers.h"
#include "spec/spec.h"
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/resource.h>

#ifndef SCHED_ISO
#define SCHED_ISO 4 /* the kernel has the number and refuses it */
#endif

/* clang-format off */
const struct name_value rlimit_names[] = {
	{ "RLIMIT_AS",         RLIMIT_AS },
	{ "RLIMIT_CORE",       RLIMIT_CORE },
	{ "RLIMIT_CPU",        RLIMIT_CPU },
	{ "RLIMIT_DATA",       RLIMIT_DATA },
	{ "RLIMIT_FSIZE",      RLIMIT_FSIZE },
	{ "RLIMIT_LOCKS",      RLIMIT_LOCKS },
	{ "RLIMIT_MEMLOCK",    RLIMIT_MEMLOCK },
	{ "RLIMIT_MSGQUEUE",   RLIMIT_MSGQUEUE },
	{ "RLIMIT_NICE",       RLIMIT_NICE },
	{ "RLIMIT_NOFILE",     RLIMIT_NOFILE },
	{ "RLIMIT_NPROC",      RLIMIT_NPROC },
	{ "RLIMIT_RSS",        RLIMIT_RSS },
	{ "RLIMIT_RTPRIO",     RLIMIT_RTPRIO },
	{ "RLIMIT_RTTIME",     RLIMIT_RTTIME },
	{ "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
	{ "RLIMIT_STACK",      RLIMIT_STACK },
	{ NULL, 0 },
};

const struct name_value scheduler_policies[] = {
	{ "SCHED_OTHER",    SCHED_NORMAL },
	{ "SCHED_FIFO",     SCHED_FIFO },
	{ "SCHED_RR",       SCHED_RR },
	{ "SCHED_BATCH",    SCHED_BATCH },
	{ "SCHED_ISO",      SCHED_ISO },
	{ "SCHED_IDLE",     SCHED_IDLE },
	{ "SCHED_DEADLINE", SCHED_DEADLINE },
	{ NULL, 0 },
};

const struct name_value scheduler_flags[] = {
	{ "SCHED_FLAG_RESET_ON_FORK",  SCHED_FLAG_RESET_ON_FORK },
	{ "SCHED_FLAG_RECLAIM",        SCHED_FLAG_RECLAIM },
	{ "SCHED_FLAG_DL_OVERRUN",     SCHED_FLAG_DL_OVERRUN },
	{ "SCHED_FLAG_KEEP_POLICY",    SCHED_FLAG_KEEP_POLICY },
	{ "SCHED_FLAG_KEEP_PARAMS",    SCHED_FLAG_KEEP_PARAMS },
	{ "SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN },
	{ "SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX },
	{ NULL, 0 },
};

const struct name_value io_priority_classes[] = {
	{ "IOPRIO_CLASS_RT",   IOPRIO_CLASS_RT },
	{ "IOPRIO_CLASS_BE",   IOPRIO_CLASS_BE },
	{ "IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE },
	{ NULL, 0 },
};

static const struct json_range console_side = { 0, UINT16_MAX };	/* struct winsize */
static const struct json_range permissions = { 0, 0777 };
static const struct json_range oom_scores = { -1000, 1000 };
static const struct json_range nice_values = { -20, 19 };
static const struct json_range priorities = { 0, 99 };
static const struct json_range io_priorities = { 0, 7 };
static const struct json_range cpu_numbers = { 0, 65535 };
static const struct json_range hook_timeouts = { 1, INT32_MAX };
static const struct json_range sizes = { 1, UINT32_MAX };

SHAPE(struct spec_console_size, spec_console_size_shape,
	JSON_U(struct spec_console_size, height, "height", REQUIRED, .detail = &console_side),
	JSON_U(struct spec_console_size, width,  "width",  REQUIRED, .detail = &console_side),
);

SHAPE(struct spec_user, spec_user_shape,
	JSON_U(struct spec_user, uid, "uid", REQUIRED),
	JSON_U(struct spec_user, gid, "gid", REQUIRED),
	ROW(struct spec_user, umask, struct opt_u32, "umask", read_u32_range,
	    .detail = &permissions),
	{ .name = "additionalGids", .read = json_u32s,
	  JSON_PLAIN(struct spec_user, additional_gids) },
);

/* Names of capabilities are not looked at: an unknown one is a warning, not an error (P-12). */
SHAPE(struct spec_capabilities, spec_capabilities_shape,
	JSON_V(struct spec_capabilities, bounding,    "bounding"),
	JSON_V(struct spec_capabilities, effective,   "effective"),
	JSON_V(struct spec_capabilities, permitted,   "permitted"),
	JSON_V(struct spec_capabilities, inheritable, "inheritable"),
	JSON_V(struct spec_capabilities, ambient,     "ambient"),
);

SHAPE(struct spec_rlimit, spec_rlimit_shape,
	JSON_N(struct spec_rlimit, type, "type", rlimit_names, REQUIRED),
	JSON_U64(struct spec_rlimit, soft, "soft", REQUIRED),
	JSON_U64(struct spec_rlimit, hard, "hard", REQUIRED),
);

SHAPE(struct spec_scheduler, spec_scheduler_shape,
	JSON_N(struct spec_scheduler, policy, "policy", scheduler_policies, REQUIRED),
	JSON_I64(struct spec_scheduler, nice, "nice", .detail = &nice_values),
	JSON_I64(struct spec_scheduler, priority, "priority", .detail = &priorities),
	JSON_NL(struct spec_scheduler, flags, "flags", scheduler_flags),
	JSON_U64(struct spec_scheduler, runtime, "runtime"),
	JSON_U64(struct spec_scheduler, deadline, "deadline"),
	JSON_U64(struct spec_scheduler, period, "period"),
);

SHAPE(struct spec_io_priority, spec_io_priority_shape,
	JSON_N(struct spec_io_priority, class, "class", io_priority_classes, REQUIRED),
	JSON_I64(struct spec_io_priority, priority, "priority", REQUIRED, .detail = &io_priorities),
);

SHAPE(struct spec_affinity, spec_affinity_shape,
	ROW(struct spec_affinity, initial, const char *, "initial", read_number_list,
	    .detail = &cpu_numbers),
	ROW(struct spec_affinity, final, const char *, "final", read_number_list,
	    .detail = &cpu_numbers),
);

SHAPE(struct spec_process, spec_process_shape,
	JSON_B(struct spec_process, terminal, "terminal"),
	JSON_P(struct spec_process, console_size, "consoleSize", spec_console_size_shape),
	JSON_O(struct spec_process, user, "user", spec_user_shape, REQUIRED),
	ROW(struct spec_process, args, const char **, "args", read_filled_list, REQUIRED),
	ROW(struct spec_process, env, const char **, "env", read_environment),
	ROW(struct spec_process, cwd, const char *, "cwd", read_absolute, REQUIRED),
	JSON_P(struct spec_process, capabilities, "capabilities", spec_capabilities_shape),
	JSON_L(struct spec_process, rlimits, "rlimits", spec_rlimit_shape),
	JSON_B(struct spec_process, no_new_privileges, "noNewPrivileges"),
	JSON_S(struct spec_process, apparmor_profile, "apparmorProfile"),
	JSON_S(struct spec_process, selinux_label, "selinuxLabel"),
	JSON_OI(struct spec_process, oom_score_adj, "oomScoreAdj", .detail = &oom_scores),
	JSON_P(struct spec_process, scheduler, "scheduler", spec_scheduler_shape),
	JSON_P(struct spec_process, io_priority, "ioPriority", spec_io_priority_shape),
	JSON_P(struct spec_process, exec_cpu_affinity, "execCPUAffinity", spec_affinity_shape),
);

SHAPE(struct spec_root, spec_root_shape,
	ROW(struct spec_root, path, const char *, "path", read_filled, REQUIRED),
	JSON_B(struct spec_root, readonly, "readonly"),
);

SHAPE(struct spec_id_mapping, spec_id_mapping_shape,
	JSON_U(struct spec_id_mapping, container_id, "containerID", REQUIRED),
	JSON_U(struct spec_id_mapping, host_id, "hostID", REQUIRED),
	JSON_U(struct spec_id_mapping, size, "size", REQUIRED, .detail = &sizes),
);

/* A relative destination is deprecated but allowed: it counts from "/" (M-02). */
SHAPE(struct spec_mount, spec_mount_shape,
	ROW(struct spec_mount, destination, const char *, "destination", read_filled, REQUIRED),
	JSON_S(struct spec_mount, type, "type"),
	JSON_S(struct spec_mount, source, "source"),
	JSON_V(struct spec_mount, options, "options"),
	JSON_L(struct spec_mount, uid_mappings, "uidMappings", spec_id_mapping_shape),
	JSON_L(struct spec_mount, gid_mappings, "gidMappings", spec_id_mapping_shape),
);

SHAPE(struct spec_hook, spec_hook_shape,
	ROW(struct spec_hook, path, const char *, "path", read_absolute, REQUIRED),
	JSON_V(struct spec_hook, args, "args"),
	JSON_V(struct spec_hook, env, "env"),
	JSON_OI(struct spec_hook, timeout, "timeout", .detail = &hook_timeouts),
);

/* One row a hook: the table of names and the rows of "hooks" are made of it. */
#define HOOKS(ROW_OF)						\
	ROW_OF(HOOK_PRESTART,         "prestart")		\
	ROW_OF(HOOK_CREATE_RUNTIME,   "createRuntime")		\
	ROW_OF(HOOK_CREATE_CONTAINER, "createContainer")	\
	ROW_OF(HOOK_START_CONTAINER,  "startContainer")		\
	ROW_OF(HOOK_POSTSTART,        "poststart")		\
	ROW_OF(HOOK_POSTSTOP,         "poststop")

#define HOOK_NAME(kind, text) [kind] = text,
#define HOOK_ROW(kind, text) \
	{ .name = text, .read = json_list, .offset = (kind) * sizeof(spec_hooks), \
	  .size = sizeof(spec_hooks), .detail = &spec_hook_shape },

const char *const hook_names[HOOK_KINDS] = { HOOKS(HOOK_NAME) };
SHAPE(spec_hooks[HOOK_KINDS], spec_hooks_shape, HOOKS(HOOK_ROW));

/* "vm", "windows", "solaris", "zos", "freebsd": not for this runtime, whatever they hold. */
SHAPE(struct spec, spec_shape,
	ROW(struct spec, version, const char *, "ociVersion", read_version, REQUIRED),
	JSON_P(struct spec, process, "process", spec_process_shape),
	JSON_P(struct spec, root, "root", spec_root_shape, REQUIRED),
	ROW(struct spec, hostname, const char *, "hostname", read_host_name),
	ROW(struct spec, domainname, const char *, "domainname", read_host_name),
	JSON_L(struct spec, mounts, "mounts", spec_mount_shape),
	JSON_O(struct spec, hooks, "hooks", spec_hooks_shape),
	JSON_M(struct spec, annotations, "annotations"),
	JSON_O(struct spec, linux_, "linux", spec_linux_shape),
);
/* clang-format on */

const struct json_pair *spec_annotation_pair(const struct spec *spec, const char *name)
{
	for (size_t i = 0; i < spec->annotations.count; i++)
		if (!strcmp(spec->annotations.items[i].name, name))
			return &spec->annotations.items[i];
	return NULL;
}

const char *spec_annotation(const struct spec *spec, const char *name)
{
	const struct json_pair *pair = spec_annotation_pair(spec, name);

	return pair ? pair->value : NULL;
}
