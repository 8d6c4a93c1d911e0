/* spec_linux.c - rows for linux.*, without resources and seccomp.  No checks between members. */
#include "spec/readers.h"
#include "spec/spec.h"
#include <linux/mempolicy.h>
#include <sys/personality.h>

#define MEMPOLICY_WEIGHTED_INTERLEAVE 6 /* MPOL_WEIGHTED_INTERLEAVE of Linux 6.9 */

/* clang-format off */
const struct name_value namespace_names[] = {
	{ "user",    NS_USER },
	{ "cgroup",  NS_CGROUP },
	{ "ipc",     NS_IPC },
	{ "uts",     NS_UTS },
	{ "network", NS_NETWORK },
	{ "pid",     NS_PID },
	{ "mount",   NS_MOUNT },
	{ "time",    NS_TIME },
	{ NULL, 0 },
};
_Static_assert(COUNT(namespace_names) == NS_COUNT + 1, "a name for every namespace");

const struct name_value memory_policy_modes[] = {
	{ "MPOL_DEFAULT",             MPOL_DEFAULT },
	{ "MPOL_PREFERRED",           MPOL_PREFERRED },
	{ "MPOL_BIND",                MPOL_BIND },
	{ "MPOL_INTERLEAVE",          MPOL_INTERLEAVE },
	{ "MPOL_LOCAL",               MPOL_LOCAL },
	{ "MPOL_PREFERRED_MANY",      MPOL_PREFERRED_MANY },
	{ "MPOL_WEIGHTED_INTERLEAVE", MEMPOLICY_WEIGHTED_INTERLEAVE },
	{ NULL, 0 },
};

const struct name_value memory_policy_flags[] = {
	{ "MPOL_F_NUMA_BALANCING", MPOL_F_NUMA_BALANCING },
	{ "MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES },
	{ "MPOL_F_STATIC_NODES",   MPOL_F_STATIC_NODES },
	{ NULL, 0 },
};

static const struct name_value personality_domains[] = {
	{ "LINUX",   PER_LINUX },
	{ "LINUX32", PER_LINUX32 },
	{ NULL, 0 },
};

/* The spec has the first four; runc takes the recursive forms too, and engines send them. */
static const char *const propagations[] = {
	"shared", "slave", "private", "unbindable",
	"rshared", "rslave", "rprivate", "runbindable", NULL,
};
static const char *const device_types[] = { "c", "u", "b", "p", NULL };

/* dev_t of the kernel: 12 and 20 bits */
static const struct json_range majors = { 0, (1 << 12) - 1 };
static const struct json_range minors = { 0, (1 << 20) - 1 };
static const struct json_range nanoseconds = { 0, 999999999 };
static const struct json_range memory_nodes = { 0, 1023 };	/* MAX_NUMNODES at most */

SHAPE(struct spec_namespace, spec_namespace_shape,
	JSON_N(struct spec_namespace, type, "type", namespace_names, REQUIRED),
	ROW(struct spec_namespace, path, const char *, "path", read_absolute_or_none),
);

SHAPE(struct spec_time_offset, spec_time_offset_shape,
	JSON_I64(struct spec_time_offset, secs, "secs"),
	JSON_U(struct spec_time_offset, nanosecs, "nanosecs", .detail = &nanoseconds),
);

SHAPE(struct spec_device, spec_device_shape,
	ROW(struct spec_device, path, const char *, "path", read_absolute, REQUIRED),
	ROW(struct spec_device, type, const char *, "type", read_word, REQUIRED,
	    .detail = device_types),
	JSON_OI(struct spec_device, major, "major", .detail = &majors),
	JSON_OI(struct spec_device, minor, "minor", .detail = &minors),
	ROW(struct spec_device, file_mode, struct opt_u32, "fileMode", read_file_mode),
	JSON_OU(struct spec_device, uid, "uid"),
	JSON_OU(struct spec_device, gid, "gid"),
);

SHAPE(struct spec_net_device, spec_net_device_shape,
	JSON_S(struct spec_net_device, name, "name"),
);

SHAPE(struct spec_rdt, spec_rdt_shape,
	ROW(struct spec_rdt, clos_id, const char *, "closID", read_clos_id),
	ROW(struct spec_rdt, l3_cache_schema, const char *, "l3CacheSchema", read_line),
	ROW(struct spec_rdt, mem_bw_schema, const char *, "memBwSchema", read_mem_bw),
	ROW(struct spec_rdt, schemata, const char **, "schemata", read_lines),
	JSON_OB(struct spec_rdt, enable_monitoring, "enableMonitoring"),
);

SHAPE(struct spec_memory_policy, spec_memory_policy_shape,
	JSON_N(struct spec_memory_policy, mode, "mode", memory_policy_modes, REQUIRED),
	ROW(struct spec_memory_policy, nodes, const char *, "nodes", read_number_list,
	    .detail = &memory_nodes),
	JSON_NL(struct spec_memory_policy, flags, "flags", memory_policy_flags),
);

SHAPE(struct spec_personality, spec_personality_shape,
	JSON_N(struct spec_personality, domain, "domain", personality_domains, REQUIRED),
	JSON_V(struct spec_personality, flags, "flags"),
);

SHAPE(struct spec_linux, spec_linux_shape,
	JSON_L(struct spec_linux, namespaces, "namespaces", spec_namespace_shape),
	JSON_L(struct spec_linux, uid_mappings, "uidMappings", spec_id_mapping_shape),
	JSON_L(struct spec_linux, gid_mappings, "gidMappings", spec_id_mapping_shape),
	JSON_MO(struct spec_linux, time_offsets, "timeOffsets", spec_time_offset_shape),
	JSON_L(struct spec_linux, devices, "devices", spec_device_shape),
	JSON_MO(struct spec_linux, net_devices, "netDevices", spec_net_device_shape),
	JSON_S(struct spec_linux, cgroups_path, "cgroupsPath"),
	ROW(struct spec_linux, rootfs_propagation, const char *, "rootfsPropagation", read_word,
	    .detail = propagations),
	ROW(struct spec_linux, masked_paths, const char **, "maskedPaths", read_absolutes),
	ROW(struct spec_linux, readonly_paths, const char **, "readonlyPaths", read_absolutes),
	JSON_S(struct spec_linux, mount_label, "mountLabel"),
	JSON_M(struct spec_linux, sysctl, "sysctl"),
	JSON_P(struct spec_linux, resources, "resources", spec_resources_shape),
	JSON_P(struct spec_linux, seccomp, "seccomp", spec_seccomp_shape),
	JSON_P(struct spec_linux, intel_rdt, "intelRdt", spec_rdt_shape),
	JSON_P(struct spec_linux, memory_policy, "memoryPolicy", spec_memory_policy_shape),
	JSON_P(struct spec_linux, personality, "personality", spec_personality_shape),
);
/* clang-format on */

bool spec_has_namespace(const struct spec *spec, enum namespace_type type, const char **ret_path)
{
	for (size_t i = 0; i < spec->linux_.namespaces.count; i++) {
		const struct spec_namespace *ns = &spec->linux_.namespaces.items[i];

		if (ns->type != (int)type)
			continue;
		if (ret_path)
			*ret_path = ns->path;
		return true;
	}
	if (ret_path)
		*ret_path = NULL;
	return false;
}
