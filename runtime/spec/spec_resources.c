/* spec_resources.c - rows for linux.resources.  No cgroup file names, no conversions. */
#include "spec/readers.h"
#include "spec/spec.h"

/* clang-format off */
static const char *const rule_types[] = { "a", "b", "c", NULL };

static const struct json_range device_numbers = { -1, UINT32_MAX };	/* -1: all */
static const struct json_range amounts = { -1, INT64_MAX };		/* -1: unlimited */
static const struct json_range periods = { 1000, 1000000 };	/* microseconds; 0: unset */
static const struct json_range booleans = { 0, 1 };
static const struct json_range weights = { 10, 1000 };			/* 0: unset */
static const struct json_range block_numbers = { 0, UINT32_MAX };
static const struct json_range io_counts = { 0, UINT32_MAX };	/* 32 bits in the kernel */

SHAPE(struct spec_device_rule, spec_device_rule_shape,
	JSON_OB(struct spec_device_rule, allow, "allow", REQUIRED),
	ROW(struct spec_device_rule, type, const char *, "type", read_word, .detail = rule_types),
	JSON_OI(struct spec_device_rule, major, "major", .detail = &device_numbers),
	JSON_OI(struct spec_device_rule, minor, "minor", .detail = &device_numbers),
	ROW(struct spec_device_rule, access, const char *, "access", read_access, REQUIRED),
);

SHAPE(struct spec_memory, spec_memory_shape,
	JSON_OI(struct spec_memory, limit,       "limit",       .detail = &amounts),
	JSON_OI(struct spec_memory, reservation, "reservation", .detail = &amounts),
	JSON_OI(struct spec_memory, swap,        "swap",        .detail = &amounts),
	JSON_OI(struct spec_memory, kernel,      "kernel"),
	JSON_OI(struct spec_memory, kernel_tcp,  "kernelTCP"),
	JSON_OU64(struct spec_memory, swappiness, "swappiness"),
	JSON_OB(struct spec_memory, disable_oom_killer, "disableOOMKiller"),
	JSON_OB(struct spec_memory, use_hierarchy, "useHierarchy"),
	JSON_OB(struct spec_memory, check_before_update, "checkBeforeUpdate"),
);

/* cpus and mems go to the kernel as they are: it knows which exist, and says so. */
SHAPE(struct spec_cpu, spec_cpu_shape,
	JSON_OU64(struct spec_cpu, shares, "shares"),
	JSON_OI(struct spec_cpu, quota, "quota"),
	JSON_OU64(struct spec_cpu, burst, "burst"),
	ROW(struct spec_cpu, period, struct opt_u64, "period", read_zero_or_u64,
	    .detail = &periods),
	JSON_OI(struct spec_cpu, realtime_runtime, "realtimeRuntime"),
	JSON_OU64(struct spec_cpu, realtime_period, "realtimePeriod"),
	JSON_S(struct spec_cpu, cpus, "cpus"),
	JSON_S(struct spec_cpu, mems, "mems"),
	JSON_OI(struct spec_cpu, idle, "idle", .detail = &booleans),
);

SHAPE(struct spec_pids, spec_pids_shape,
	JSON_OI(struct spec_pids, limit, "limit", .detail = &amounts),
);

SHAPE(struct spec_weight_device, spec_weight_device_shape,
	JSON_I64(struct spec_weight_device, major, "major", REQUIRED, .detail = &block_numbers),
	JSON_I64(struct spec_weight_device, minor, "minor", REQUIRED, .detail = &block_numbers),
	ROW(struct spec_weight_device, weight, struct opt_u32, "weight", read_zero_or_u32,
	    .detail = &weights),
	JSON_OU(struct spec_weight_device, leaf_weight, "leafWeight"),
);

SHAPE(struct spec_throttle_device, spec_bytes_device_shape,
	JSON_I64(struct spec_throttle_device, major, "major", REQUIRED, .detail = &block_numbers),
	JSON_I64(struct spec_throttle_device, minor, "minor", REQUIRED, .detail = &block_numbers),
	JSON_U64(struct spec_throttle_device, rate, "rate", REQUIRED),
);

SHAPE(struct spec_throttle_device, spec_count_device_shape,
	JSON_I64(struct spec_throttle_device, major, "major", REQUIRED, .detail = &block_numbers),
	JSON_I64(struct spec_throttle_device, minor, "minor", REQUIRED, .detail = &block_numbers),
	ROW(struct spec_throttle_device, rate, uint64_t, "rate", read_u64_range, REQUIRED,
	    .detail = &io_counts),
);

SHAPE(struct spec_block_io, spec_block_io_shape,
	ROW(struct spec_block_io, weight, struct opt_u32, "weight", read_zero_or_u32,
	    .detail = &weights),
	JSON_OU(struct spec_block_io, leaf_weight, "leafWeight"),
	JSON_L(struct spec_block_io, weight_device, "weightDevice", spec_weight_device_shape),
	JSON_L(struct spec_block_io, read_bps, "throttleReadBpsDevice", spec_bytes_device_shape),
	JSON_L(struct spec_block_io, write_bps, "throttleWriteBpsDevice", spec_bytes_device_shape),
	JSON_L(struct spec_block_io, read_iops, "throttleReadIOPSDevice", spec_count_device_shape),
	JSON_L(struct spec_block_io, write_iops, "throttleWriteIOPSDevice",
	       spec_count_device_shape),
);

SHAPE(struct spec_hugepage, spec_hugepage_shape,
	ROW(struct spec_hugepage, page_size, const char *, "pageSize", read_page_size, REQUIRED),
	JSON_U64(struct spec_hugepage, limit, "limit", REQUIRED),
);

SHAPE(struct spec_net_priority, spec_net_priority_shape,
	JSON_S(struct spec_net_priority, name, "name", REQUIRED),
	JSON_U(struct spec_net_priority, priority, "priority", REQUIRED),
);

SHAPE(struct spec_network, spec_network_shape,
	JSON_OU(struct spec_network, class_id, "classID"),
	JSON_L(struct spec_network, priorities, "priorities", spec_net_priority_shape),
);

SHAPE(struct spec_rdma, spec_rdma_shape,
	JSON_OU(struct spec_rdma, hca_handles, "hcaHandles"),
	JSON_OU(struct spec_rdma, hca_objects, "hcaObjects"),
);

SHAPE(struct spec_resources, spec_resources_shape,
	JSON_L(struct spec_resources, devices, "devices", spec_device_rule_shape),
	JSON_P(struct spec_resources, memory, "memory", spec_memory_shape),
	JSON_P(struct spec_resources, cpu, "cpu", spec_cpu_shape),
	JSON_P(struct spec_resources, pids, "pids", spec_pids_shape),
	JSON_P(struct spec_resources, block_io, "blockIO", spec_block_io_shape),
	JSON_L(struct spec_resources, hugepage_limits, "hugepageLimits", spec_hugepage_shape),
	JSON_P(struct spec_resources, network, "network", spec_network_shape),
	JSON_MO(struct spec_resources, rdma, "rdma", spec_rdma_shape),
	JSON_M(struct spec_resources, unified, "unified"),
);
/* clang-format on */
