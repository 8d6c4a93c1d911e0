/* cmd_start.c - start, and state: the two commands without options. */
#include "base/fail.h"
#include "base/text.h"
#include "cli/cli.h"
#include "container/notify.h"

static const struct option no_options[] = {
	{ NULL },
};

static int cmd_start(struct context *ctx, const void *options, char **args)
{
	cleanup_container struct container c;

	(void)options;
	container_init(&c, &ctx->root, &ctx->host, args[0]);
	if (container_open_locked(&c) < 0 || container_start(&c) < 0)
		return -1;
	/* Others may kill, delete or ask while it gets ready. */
	container_unlock(&c);
	return notify_wait(&c);
}

static int cmd_state(struct context *ctx, const void *options, char **args)
{
	cleanup_container struct container c;
	cleanup_text struct text text = { 0 };
	struct spec_state state;

	(void)options;
	container_init(&c, &ctx->root, &ctx->host, args[0]);
	if (container_open(&c) < 0)
		return -1;
	container_state(&c, container_status(&c, NULL), &state);
	spec_state_write(&text, &state, JSON_PRETTY);
	if (!text_ends(text.data, "\n"))
		text_add(&text, "\n");
	return print_text(&text);
}

const struct command command_start = {
	"start", "CONTAINER", "start a container that was created", no_options, 0, 1, 1,
	0,	 cmd_start,
};
const struct command command_state = {
	"state", "CONTAINER", "print the state of a container as JSON", no_options, 0, 1, 1,
	0,	 cmd_state,
};
