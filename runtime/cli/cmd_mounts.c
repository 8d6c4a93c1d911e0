/* cmd_mounts.c - mounts add, mounts remove: crun's command. */
#include "base/fail.h"
#include "cli/cli.h"
#include <string.h>

static const struct name_value actions[] = {
	{ "add", 0 },
	{ "remove", MOUNTS_REMOVE },
	{ NULL, 0 },
};

static int cmd_mounts(struct context *ctx, const void *options, char **args)
{
	const struct name_value *action = name_find(actions, args[0]);
	cleanup_container struct container c;

	(void)options;
	container_init(&c, &ctx->root, &ctx->host, args[1]);
	if (!action)
		return fail(0, "unknown action \"%s\": add or remove", args[0]);
	if (container_open(&c) < 0)
		return -1;
	return container_mounts(&c, args[2], (unsigned)action->value);
}

static const struct option no_options[] = {
	{ NULL },
};

const struct command command_mounts = {
	"mounts",
	"add|remove CONTAINER FILE",
	"mount into a running container, or unmount in it",
	no_options,
	0,
	3,
	3,
	COMMAND_SEALED,
	cmd_mounts,
};
