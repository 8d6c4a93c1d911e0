/* cmd_gc.c - gc: what killed runtimes left behind. */
#include "base/log.h"
#include "base/text.h"
#include "cli/cli.h"

struct gc_options {
	bool dry_run;
};

static const struct option gc_options[] = {
	{ "dry-run", 'n', OPTION_FLAG, offsetof(struct gc_options, dry_run), NULL,
	  "list what would be removed, with the reason" },
	{ NULL },
};

static void found(const char *id, const char *why, void *text)
{
	text_addf(text, "%s: %s\n", id, why);
	log_info("gc: %s: %s", id, why);
}

static int cmd_gc(struct context *ctx, const void *options, char **args)
{
	const struct gc_options *o = options;
	cleanup_text struct text text = { 0 };

	(void)args;
	if (container_gc(&ctx->root, &ctx->host, o->dry_run, found, &text) < 0)
		return -1;
	return o->dry_run ? print_text(&text) : 0;
}

const struct command command_gc = {
	"gc",
	"",
	"remove what killed runtimes left behind, and only that",
	gc_options,
	sizeof(struct gc_options),
	0,
	0,
	0,
	cmd_gc,
};
