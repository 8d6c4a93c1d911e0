/* cmd_update.c - update: new limits, from a file, from the standard input, or from options. */
#include "base/fail.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/resource_options.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct update_options {
	const char *resources;
	const char *values[RESOURCE_OPTIONS];
};

#define VALUE(i) offsetof(struct update_options, values) + (i) * sizeof(const char *)
#define ROW(i, name, argument, help)                                                               \
	{                                                                                          \
		name, 0, OPTION_STRING, VALUE(i), argument, help                                   \
	}
/* clang-format off */
static const struct option update_options[] = {
	{ "resources", 'r', OPTION_STRING, offsetof(struct update_options, resources), "FILE", "linux.resources as JSON; -: the standard input" },
	ROW(MEMORY_LIMIT, "memory", "BYTES", "memory limit; -1: none; k, m, g and t may stand behind the number"),
	ROW(MEMORY_RESERVATION, "memory-reservation", "BYTES", "memory that is protected from others"),
	ROW(MEMORY_SWAP, "memory-swap", "BYTES", "memory and swap together; -1: no limit"),
	ROW(CPU_SHARES, "cpu-share", "N", "share of CPU time"),
	ROW(CPU_QUOTA, "cpu-quota", "USEC", "CPU time in a period; -1: no limit"),
	ROW(CPU_PERIOD, "cpu-period", "USEC", "length of a period"),
	ROW(CPU_BURST, "cpu-burst", "USEC", "unused CPU time that may be kept"),
	ROW(CPU_IDLE, "cpu-idle", "N", "1: only when nobody else wants the CPU"),
	ROW(CPU_CPUS, "cpuset-cpus", "LIST", "CPUs, such as 0-3,7"),
	ROW(CPU_MEMS, "cpuset-mems", "LIST", "memory nodes"),
	ROW(PIDS_LIMIT, "pids-limit", "N", "number of processes; -1: no limit"),
	ROW(IO_WEIGHT, "blkio-weight", "N", "share of block I/O, from 10 to 1000"),
	/* cgroup v2 has nothing for these: refused with a reason, unless they ask for nothing. */
	ROW(CPU_RT_RUNTIME, "cpu-rt-runtime", "USEC", NULL),
	ROW(CPU_RT_PERIOD, "cpu-rt-period", "USEC", NULL),
	ROW(KERNEL_MEMORY, "kernel-memory", "BYTES", NULL),
	ROW(KERNEL_MEMORY_TCP, "kernel-memory-tcp", "BYTES", NULL),
	ROW(L3_CACHE_SCHEMA, "l3-cache-schema", "SCHEMA", NULL),
	ROW(MEM_BW_SCHEMA, "mem-bw-schema", "SCHEMA", NULL),
	{ NULL },
};
/* clang-format on */

static int read_input(const char *path, char **ret, size_t *ret_size)
{
	if (!strcmp(path, "-"))
		return file_read_fd(STDIN_FILENO, JSON_MAX_SIZE, ret, ret_size);
	return file_read(AT_FDCWD, path, JSON_MAX_SIZE, ret, ret_size);
}

static struct spec_resources *resources_of(const struct update_options *o)
{
	cleanup_free char *input = NULL;
	cleanup_text struct text options = { 0 };
	size_t size;

	if (resource_options_write(&options, o->values) < 0)
		return NULL;
	if (!o->resources)
		return spec_parse_resources("options", options.data, options.length);
	if (strcmp(options.data, "{}")) {
		fail(0, "--resources has everything in it: no other option beside it");
		return NULL;
	}
	if (read_input(o->resources, &input, &size) < 0) {
		fail_in("--resources");
		return NULL;
	}
	return spec_parse_resources(strcmp(o->resources, "-") ? o->resources : "standard input",
				    input, size);
}

static int cmd_update(struct context *ctx, const void *options, char **args)
{
	struct spec_resources *resources = resources_of(options);
	cleanup_container struct container c;

	container_init(&c, &ctx->root, &ctx->host, args[0]);
	if (!resources || container_open_locked(&c) < 0)
		return -1;
	return container_update(&c, resources);
}

const struct command command_update = {
	"update",
	"CONTAINER",
	"change the limits of a container",
	update_options,
	sizeof(struct update_options),
	1,
	1,
	0,
	cmd_update,
};
