/* cmd_checkpoint.c - checkpoint: a running container into a directory of images. */
#include "cli/cli.h"

#define AT(m) offsetof(struct checkpoint_options, m)
/* clang-format off */
static const struct option checkpoint_options[] = {
	{ "image-path", 0, OPTION_STRING, AT(images), "DIR", "directory for the images (default: checkpoint)" },
	{ "work-path", 0, OPTION_STRING, AT(work), "DIR", "directory for CRIU's log (default: that of the images)" },
	{ "parent-path", 0, OPTION_STRING, AT(parent), "DIR", "images of the pre-dump before, relative to those" },
	{ "leave-running", 0, OPTION_FLAG, AT(leave_running), NULL, "let the container go on" },
	{ "pre-dump", 0, OPTION_FLAG, AT(pre_dump), NULL, "memory alone, and the container goes on" },
	{ "tcp-established", 0, OPTION_FLAG, AT(tcp_established), NULL, "with open TCP connections" },
	{ "tcp-skip-in-flight", 0, OPTION_FLAG, AT(tcp_skip_in_flight), NULL, "without TCP connections that are not accepted yet" },
	{ "link-remap", 0, OPTION_FLAG, AT(link_remap), NULL, "with open files that were unlinked" },
	{ "ext-unix-sk", 0, OPTION_FLAG, AT(ext_unix_sk), NULL, "with unix sockets to the outside" },
	{ "shell-job", 0, OPTION_FLAG, AT(shell_job), NULL, "with a session or terminal of the outside" },
	{ "file-locks", 0, OPTION_FLAG, AT(file_locks), NULL, "with file locks" },
	{ "lazy-pages", 0, OPTION_FLAG, AT(lazy_pages), NULL, "serve memory pages when they are asked for" },
	{ "status-fd", 0, OPTION_STRING, AT(status_fd), "N", "descriptor that gets a byte when pages are served" },
	{ "page-server", 0, OPTION_STRING, AT(page_server), "ADDRESS:PORT", "page server that memory goes to" },
	{ "manage-cgroups-mode", 0, OPTION_STRING, AT(cgroups_mode), "MODE", "soft (default), full, strict or ignore" },
	{ "network-lock", 0, OPTION_STRING, AT(network_lock), "METHOD", "iptables, nftables or skip" },
	{ "empty-ns", 0, OPTION_STRINGS, AT(empty_ns), "TYPE", "namespace to be made empty: network, which is so anyway" },
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
