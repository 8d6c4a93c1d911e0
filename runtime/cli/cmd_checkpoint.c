/* cmd_checkpoint.c - checkpoint: a running container into a directory of images. */
#include "cli/criu_rows.h"

#define AT(m) offsetof(struct checkpoint_options, m)
/* clang-format off */
static const struct option checkpoint_options[] = {
	CRIU_OPTIONS(AT),
	{ "parent-path", 0, OPTION_STRING, AT(parent), "DIR", "images of the pre-dump before, relative to those" },
	{ "leave-running", 0, OPTION_FLAG, AT(leave_running), NULL, "let the container go on" },
	{ "pre-dump", 0, OPTION_FLAG, AT(pre_dump), NULL, "memory alone, and the container goes on" },
	{ "tcp-skip-in-flight", 0, OPTION_FLAG, AT(tcp_skip_in_flight), NULL, "without TCP connections that are not accepted yet" },
	{ "link-remap", 0, OPTION_FLAG, AT(link_remap), NULL, "with open files that were unlinked" },
	{ "lazy-pages", 0, OPTION_FLAG, AT(lazy_pages), NULL, "serve memory pages when they are asked for" },
	{ "status-fd", 0, OPTION_STRING, AT(status_fd), "N", "descriptor that gets a byte when pages are served" },
	{ "page-server", 0, OPTION_STRING, AT(page_server), "ADDRESS:PORT", "page server that memory goes to" },
	{ "auto-dedup", 0, OPTION_FLAG, AT(auto_dedup), NULL, "drop pages of earlier images that are in later ones" },
	{ NULL },
};
/* clang-format on */
#undef AT

static int cmd_checkpoint(struct context *ctx, const void *options, char **args)
{
	struct checkpoint_options o = *(const struct checkpoint_options *)options;
	cleanup_container struct container c;

	o.criu = ctx->global->criu;
	container_init(&c, &ctx->root, &ctx->host, args[0]);
	if (container_open_locked(&c) < 0)
		return -1;
	return container_checkpoint(&c, &o);
}

const struct command command_checkpoint = {
	"checkpoint",
	"CONTAINER",
	"write the state of a running container into a directory",
	checkpoint_options,
	sizeof(struct checkpoint_options),
	1,
	1,
	0,
	cmd_checkpoint,
};
