/* cmd_pause.c - pause, and resume. */
#include "cli/cli.h"

static const struct option no_options[] = {
	{ NULL },
};

static int act(struct context *ctx, const char *id, int (*verb)(struct container *c))
{
	cleanup_container struct container c;

	container_init(&c, &ctx->root, &ctx->host, id);
	return container_open_locked(&c) < 0 ? -1 : verb(&c);
}

static int cmd_pause(struct context *ctx, const void *options, char **args)
{
	(void)options;
	return act(ctx, args[0], container_pause);
}

static int cmd_resume(struct context *ctx, const void *options, char **args)
{
	(void)options;
	return act(ctx, args[0], container_resume);
}

const struct command command_pause = {
	"pause", "CONTAINER", "stop all processes of a container for a while", no_options, 0, 1, 1,
	0,	 cmd_pause,
};
const struct command command_resume = {
	"resume", "CONTAINER", "let the processes of a paused container go on", no_options, 0, 1, 1,
	0,	  cmd_resume,
};
