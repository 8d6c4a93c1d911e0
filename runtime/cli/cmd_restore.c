/* cmd_restore.c - restore: a container that runs on from a directory of images. */
#include "base/fail.h"
#include "base/fd.h"
#include "base/log.h"
#include "cli/criu_rows.h"
#include <string.h>

struct restore_options {
	struct checkpoint_options criu;
	const char *bundle, *config, *console_socket, *pid_file;
	bool no_pivot, detach, keep;
};

#define AT(m)	offsetof(struct restore_options, m)
#define CRIU(m) offsetof(struct restore_options, criu.m)
/* clang-format off */
static const struct option restore_options[] = {
	{ "bundle", 'b', OPTION_STRING, AT(bundle), "DIR", "bundle directory (default: the current one)" },
	{ "config", 'f', OPTION_STRING, AT(config), "FILE", "file in the bundle instead of config.json" },
	{ "console-socket", 0, OPTION_STRING, AT(console_socket), "PATH", "unix socket that gets the terminal" },
	{ "pid-file", 0, OPTION_STRING, AT(pid_file), "FILE", "write the process id to FILE" },
	{ "detach", 'd', OPTION_FLAG, AT(detach), NULL, "leave the container running in the background" },
	{ "keep", 0, OPTION_FLAG, AT(keep), NULL, "do not delete the container when it ends" },
	CRIU_OPTIONS(CRIU),
	{ "tcp-close", 0, OPTION_FLAG, CRIU(tcp_close), NULL, "close TCP connections that were open" },
	{ "lazy-pages", 0, OPTION_FLAG, CRIU(lazy_pages), NULL, "fetch memory pages when they are used" },
	{ "auto-dedup", 0, OPTION_FLAG, CRIU(auto_dedup), NULL, "drop pages of the images that are restored" },
	{ "lsm-profile", 0, OPTION_STRING, CRIU(lsm_profile), "TYPE:NAME", "AppArmor profile or SELinux label instead of the old one" },
	{ "lsm-mount-context", 0, OPTION_STRING, CRIU(lsm_mount_context), "CONTEXT", "SELinux context of mounts instead of the old one" },
	/* CRIU changes the root in its own way. */
	{ "no-pivot", 0, OPTION_FLAG, AT(no_pivot) },
	{ "no-subreaper", 0, OPTION_IGNORED_FLAG },
	{ "no-new-keyring", 0, OPTION_IGNORED_FLAG },
	{ NULL },
};
/* clang-format on */
#undef AT
#undef CRIU

static void created_close(struct created *created)
{
	fd_close(&created->pidfd);
	fd_close(&created->console_fd);
}
#define cleanup_created __attribute__((cleanup(created_close)))

/* As the foreground of run. */
static int watch(struct container *c, struct created *created, bool keep)
{
	int status, result;

	container_unlock(c);
	result = container_watch(created, &status);
	struct failure first = *failure();

	if ((result < 0 || !keep) && container_delete(c, DELETE_FORCE) < 0 && !c->missing)
		log_warning("%s", failure()->text);
	return result < 0 ? fail_copy(first.code, first.text, strlen(first.text)) : status;
}

static int cmd_restore(struct context *ctx, const void *options, char **args)
{
	struct restore_options o = *(const struct restore_options *)options;
	const struct create_options create = {
		.bundle = o.bundle,
		.config = o.config,
		.console_socket = o.console_socket,
		.pid_file = o.pid_file,
		.no_pivot = o.no_pivot,
		.detach = o.detach,
		.foreground = !o.detach,
		.manager = ctx->manager,
	};
	cleanup_container struct container c;
	cleanup_created struct created created = { .pidfd = -1, .console_fd = -1 };

	o.criu.criu = ctx->global->criu;
	container_init(&c, &ctx->root, &ctx->host, args[0]);
	if ((create.foreground && container_watch_begin() < 0) ||
	    container_restore(&c, &create, &o.criu, &created) < 0)
		return -1;
	return o.detach ? 0 : watch(&c, &created, o.keep);
}

const struct command command_restore = {
	"restore",
	"CONTAINER",
	"a container that runs on from what checkpoint has written",
	restore_options,
	sizeof(struct restore_options),
	1,
	1,
	COMMAND_MAKES_ROOT,
	cmd_restore,
};
