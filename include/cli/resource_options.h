/* resource_options.h - the options of `update` as linux.resources in JSON, so that they are checked
 * like a config.json. */
#pragma once
struct text;

enum resource_option {
	MEMORY_LIMIT,
	MEMORY_RESERVATION,
	MEMORY_SWAP,
	KERNEL_MEMORY,
	KERNEL_MEMORY_TCP,
	CPU_SHARES,
	CPU_QUOTA,
	CPU_PERIOD,
	CPU_BURST,
	CPU_IDLE,
	CPU_RT_RUNTIME,
	CPU_RT_PERIOD,
	CPU_CPUS,
	CPU_MEMS,
	PIDS_LIMIT,
	IO_WEIGHT,
	L3_CACHE_SCHEMA,
	MEM_BW_SCHEMA,
	RESOURCE_OPTIONS
};

/* Appends the object; values: NULL where an option is not given. */
int resource_options_write(struct text *out, const char *const values[RESOURCE_OPTIONS]);
