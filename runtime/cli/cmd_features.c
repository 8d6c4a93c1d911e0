/*
 * cmd_features.c - features: the document of the runtime-spec, made from the tables that the
 * features themselves use.
 */
#include "base/arena.h"
#include "base/text.h"
#include "cli/cli.h"
#include "container/criu.h"
#include <stdlib.h>
#include <string.h>

struct enabled {
	bool enabled;
};
struct cgroup_features {
	bool v1, v2, systemd, systemd_user, rdma;
};
struct seccomp_features {
	bool enabled;
	const char **actions, **operators, **archs, **known_flags, **supported_flags;
};
struct policy_features {
	const char **modes, **flags;
};
struct rdt_features {
	bool enabled, schemata, monitoring;
};
struct mount_extensions {
	struct enabled idmap;
};
struct linux_features {
	const char **namespaces, **capabilities;
	struct cgroup_features cgroup;
	struct seccomp_features seccomp;
	struct enabled apparmor, selinux, net_devices;
	struct policy_features memory_policy;
	struct rdt_features rdt;
	struct mount_extensions mount_extensions;
};
struct features {
	const char *version_min, *version_max;
	const char **hooks, **mount_options;
	struct linux_features linux_;
	json_pairs annotations;
	const char **unsafe_annotations;
};

SHAPE(struct enabled, features_enabled_shape, JSON_B(struct enabled, enabled, "enabled"), );
SHAPE(struct cgroup_features, features_cgroup_shape, JSON_B(struct cgroup_features, v1, "v1"),
      JSON_B(struct cgroup_features, v2, "v2"), JSON_B(struct cgroup_features, systemd, "systemd"),
      JSON_B(struct cgroup_features, systemd_user, "systemdUser"),
      JSON_B(struct cgroup_features, rdma, "rdma"), );
SHAPE(struct seccomp_features, features_seccomp_shape,
      JSON_B(struct seccomp_features, enabled, "enabled"),
      JSON_V(struct seccomp_features, actions, "actions"),
      JSON_V(struct seccomp_features, operators, "operators"),
      JSON_V(struct seccomp_features, archs, "archs"),
      JSON_V(struct seccomp_features, known_flags, "knownFlags"),
      JSON_V(struct seccomp_features, supported_flags, "supportedFlags"), );
SHAPE(struct policy_features, features_policy_shape, JSON_V(struct policy_features, modes, "modes"),
      JSON_V(struct policy_features, flags, "flags"), );
SHAPE(struct rdt_features, features_rdt_shape, JSON_B(struct rdt_features, enabled, "enabled"),
      JSON_B(struct rdt_features, schemata, "schemata"),
      JSON_B(struct rdt_features, monitoring, "monitoring"), );
SHAPE(struct mount_extensions, features_mount_extensions_shape,
      JSON_O(struct mount_extensions, idmap, "idmap", features_enabled_shape), );
SHAPE(struct linux_features, features_linux_shape,
      JSON_V(struct linux_features, namespaces, "namespaces"),
      JSON_V(struct linux_features, capabilities, "capabilities"),
      JSON_O(struct linux_features, cgroup, "cgroup", features_cgroup_shape),
      JSON_O(struct linux_features, seccomp, "seccomp", features_seccomp_shape),
      JSON_O(struct linux_features, apparmor, "apparmor", features_enabled_shape),
      JSON_O(struct linux_features, selinux, "selinux", features_enabled_shape),
      JSON_O(struct linux_features, rdt, "intelRdt", features_rdt_shape),
      JSON_O(struct linux_features, memory_policy, "memoryPolicy", features_policy_shape),
      JSON_O(struct linux_features, mount_extensions, "mountExtensions",
	     features_mount_extensions_shape),
      JSON_O(struct linux_features, net_devices, "netDevices", features_enabled_shape), );
SHAPE(struct features, features_shape,
      JSON_S(struct features, version_min, "ociVersionMin", REQUIRED),
      JSON_S(struct features, version_max, "ociVersionMax", REQUIRED),
      JSON_V(struct features, hooks, "hooks"),
      JSON_V(struct features, mount_options, "mountOptions"),
      JSON_O(struct features, linux_, "linux", features_linux_shape),
      JSON_M(struct features, annotations, "annotations"),
      JSON_V(struct features, unsafe_annotations, "potentiallyUnsafeConfigAnnotations"), );

/* Every annotation that changes what the runtime does (F-05). */
static const char *unsafe_annotations[] = {
	"org.criu.config",
	"org.systemd.property.",
	"run.oci.hooks.stderr",
	"run.oci.hooks.stdout",
	"run.oci.keep_original_groups",
	"run.oci.mount_context_type",
	"run.oci.pidfd_receiver",
	"run.oci.seccomp.receiver",
	"run.oci.seccomp_fail_unknown_syscall",
	"run.oci.systemd.subgroup",
	NULL,
};

/* A table's names, asked for row by row until NULL. */
static const char **names(struct arena *arena, const char *(*name)(size_t row))
{
	size_t count = 0;

	while (name(count))
		count++;
	const char **list = ARENA_ARRAY(arena, count + 1, const char *);

	for (size_t i = 0; i < count; i++)
		list[i] = name(i);
	return list;
}

static const char *hook_row(size_t row)
{
	return row < HOOK_KINDS ? hook_names[row] : NULL;
}

static const char *namespace_row(size_t row)
{
	return namespace_names[row].name;
}

static const char *capability_row(size_t row)
{
	return caps_name((int)row);
}

static const char *policy_mode_row(size_t row)
{
	return memory_policy_modes[row].name;
}

static const char *policy_flag_row(size_t row)
{
	return memory_policy_flags[row].name;
}

static const char **supported_flags(struct arena *arena)
{
	const char **known = names(arena, seccomp_flag_name);
	const char **list = names(arena, seccomp_flag_name);
	size_t count = 0;

	for (size_t i = 0; known[i]; i++)
		if (seccomp_flag_is_supported(i))
			list[count++] = known[i];
	list[count] = NULL;
	return list;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char **sorted(const char **list)
{
	size_t count = 0;

	while (list[count])
		count++;
	qsort(list, count, sizeof *list, compare);
	return list;
}

static struct linux_features linux_features(struct arena *arena)
{
	return (struct linux_features){
		.namespaces = sorted(names(arena, namespace_row)),
		.capabilities = names(arena, capability_row),
		.cgroup = { .v2 = true, .systemd = true, .systemd_user = true },
		.seccomp = {
			.enabled = true,
			.actions = names(arena, seccomp_action_name),
			.operators = names(arena, seccomp_operator_name),
			.archs = names(arena, seccomp_arch_name),
			.known_flags = names(arena, seccomp_flag_name),
			.supported_flags = supported_flags(arena),
		},
		.apparmor = { true },
		.selinux = { true },
		.net_devices = { true },
		.rdt = { .enabled = true, .schemata = true, .monitoring = true },
		.memory_policy = { names(arena, policy_mode_row), names(arena, policy_flag_row) },
		.mount_extensions = { .idmap = { true } },
	};
}

static int cmd_features(struct context *ctx, const void *options, char **args)
{
	cleanup_arena struct arena *arena = arena_new();
	cleanup_text struct text text = { 0 };
	struct json_pair annotations[] = {
		{ "io.github.seccomp.libseccomp.version", seccomp_library_version() },
		{ "org.opencontainers.runc.checkpoint.enabled",
		  criu_find(ctx->global->criu) ? "true" : "false" },
		{ "ring3.commit", ring3_commit },
		{ "ring3.version", ring3_version },
	};
	struct features features = {
		.version_min = "1.0.0",
		.version_max = SPEC_VERSION,
		.hooks = names(arena, hook_row),
		.mount_options = sorted(names(arena, mount_option_name)),
		.linux_ = linux_features(arena),
		.annotations = { annotations, COUNT(annotations) },
		.unsafe_annotations = unsafe_annotations,
	};

	(void)options, (void)args;
	json_write(&text, &features_shape, &features, JSON_PRETTY);
	if (!text_ends(text.data, "\n"))
		text_add(&text, "\n");
	return print_text(&text);
}

static const struct option no_options[] = {
	{ NULL },
};

const struct command command_features = {
	"features",
	"",
	"print what this runtime can do as JSON",
	no_options,
	0,
	0,
	0,
	COMMAND_NO_STATE,
	cmd_features,
};
