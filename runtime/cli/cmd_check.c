/* cmd_check.c - check: a bundle without creating anything, or this host. */
#include "base/fail.h"
#include "base/text.h"
#include "cli/cli.h"
#include "host/host_check.h"

struct check_options {
	const char *bundle, *config;
	bool host;
};

#define AT(m) offsetof(struct check_options, m)
static const struct option check_options[] = {
	{ "bundle", 'b', OPTION_STRING, AT(bundle), "DIR", "the bundle, also without the option" },
	{ "config", 'f', OPTION_STRING, AT(config), "FILE",
	  "file in the bundle instead of config.json" },
	{ "host", 0, OPTION_FLAG, AT(host), NULL,
	  "this host and user: each requirement, and how to meet it" },
	{ NULL },
};
#undef AT

static void add_line(const char *line, void *text)
{
	text_addf(text, "%s\n", line);
}

static int check_bundle(struct context *ctx, const struct check_options *o, char **args)
{
	cleanup_text struct text text = { 0 };
	/* In the foreground: who gets the terminal is create's question, not the bundle's. */
	const struct create_options create = {
		.bundle = args[0] ? args[0] : o->bundle,
		.config = o->config,
		.foreground = true,
		.manager = ctx->manager,
	};
	int count = container_check(&ctx->host, &create, add_line, &text);

	if (print_text(&text) < 0)
		return -1;
	return count ? fail(0, "%d problem%s found", count, count == 1 ? "" : "s") : 0;
}

static void add_finding(const struct host_finding *f, void *text)
{
	text_addf(text, "%-8s %s\n", host_verdict_names[f->verdict], f->what);
	if (text_is_set(f->fix))
		text_addf(text, "%-8s   %s\n", "", f->fix);
}

static int check_host(struct context *ctx)
{
	cleanup_text struct text text = { 0 };
	int count = host_check(&ctx->host, add_finding, &text);

	if (print_text(&text) < 0)
		return -1;
	return count ? fail(0, "this host lacks %d requirement%s", count, count == 1 ? "" : "s")
		     : 0;
}

static int cmd_check(struct context *ctx, const void *options, char **args)
{
	const struct check_options *o = options;

	return o->host ? check_host(ctx) : check_bundle(ctx, o, args);
}

const struct command command_check = {
	"check",
	"[BUNDLE]",
	"find what create would refuse, without creating anything",
	check_options,
	sizeof(struct check_options),
	0,
	1,
	COMMAND_NO_STATE,
	cmd_check,
};
