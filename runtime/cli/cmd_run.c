/* cmd_run.c - create, and run: create, start, and in the foreground watch and delete. */
#include "base/fail.h"
#include "base/fd.h"
#include "base/log.h"
#include "cli/cli.h"
#include "container/notify.h"
#include <stdio.h>
#include <string.h>

struct run_options {
	const char *bundle, *config, *console_socket, *pidfd_socket, *pid_file;
	bool no_pivot, no_new_keyring, detach, keep;
	unsigned preserve_fds;
};

#define AT(m) offsetof(struct run_options, m)
#define CREATE_OPTIONS                                                                                  \
	{ "bundle",   'b',   OPTION_STRING,                                                             \
	  AT(bundle), "DIR", "bundle directory (default: the current one)" },                           \
		{ "config",   'f',    OPTION_STRING,                                                    \
		  AT(config), "FILE", "file in the bundle instead of config.json" },                    \
		{ "console-socket",   0,      OPTION_STRING,                                            \
		  AT(console_socket), "PATH", "unix socket that gets the terminal" },                   \
		{ "pidfd-socket",   0,	    OPTION_STRING,                                              \
		  AT(pidfd_socket), "PATH", "unix socket that gets a pidfd of the process" },           \
		{ "pid-file", 0, OPTION_STRING, AT(pid_file), "FILE", "write the process id to FILE" }, \
		{ "no-pivot",	0,    OPTION_FLAG,                                                      \
		  AT(no_pivot), NULL, "do not use pivot_root (root on a ramdisk)" },                    \
		{ "no-new-keyring",   0,    OPTION_FLAG,                                                \
		  AT(no_new_keyring), NULL, "keep the caller's session keyring" },                      \
		{ "preserve-fds",   0,	 OPTION_UNSIGNED,                                               \
		  AT(preserve_fds), "N", "pass N more descriptors, from 3 on" },                        \
	{                                                                                               \
		"no-subreaper", 0, OPTION_IGNORED_FLAG                                                  \
	}

static const struct option create_options[] = {
	CREATE_OPTIONS,
	{ NULL },
};
static const struct option run_options[] = {
	CREATE_OPTIONS,
	{ "detach", 'd', OPTION_FLAG, AT(detach), NULL,
	  "leave the container running in the background" },
	{ "keep", 0, OPTION_FLAG, AT(keep), NULL, "do not delete the container when it ends" },
	{ NULL },
};
#undef AT

static struct create_options request(const struct context *ctx, const struct run_options *o)
{
	return (struct create_options){
		.bundle = o->bundle,
		.config = o->config,
		.console_socket = o->console_socket,
		.pid_file = o->pid_file,
		.pidfd_socket = o->pidfd_socket,
		.no_pivot = o->no_pivot,
		.no_new_keyring = o->no_new_keyring,
		.preserve_fds = o->preserve_fds,
		.manager = ctx->manager,
	};
}

static void created_close(struct created *created)
{
	fd_close(&created->pidfd);
	fd_close(&created->console_fd);
}
#define cleanup_created __attribute__((cleanup(created_close)))

static int cmd_create(struct context *ctx, const void *options, char **args)
{
	cleanup_container struct container c;
	cleanup_created struct created created = { .pidfd = -1, .console_fd = -1 };
	struct create_options create = request(ctx, options);

	create.detach = true;
	container_init(&c, &ctx->root, &ctx->host, args[0]);
	return container_create(&c, &create, &created);
}

/* Deletes what could not be started or watched; the failure that is reported is the first one. */
static int give_up(struct container *c)
{
	struct failure first = *failure();

	if (container_delete(c, DELETE_FORCE) < 0 && !c->missing)
		log_warning("clean up after a failed run: %s", failure()->text);
	return fail_copy(first.code, first.text, strlen(first.text));
}

static int watch(struct container *c, struct created *created, bool keep)
{
	int status;

	/* Others may kill, delete or ask while it runs. */
	container_unlock(c);
	if (container_watch_notify(created, c->notify_fd, &status) < 0)
		return give_up(c);
	/*
	 * The program's status is what the caller waits for (EC-19), so a failed clean-up only
	 * warns.
	 */
	if (!keep && container_delete(c, DELETE_FORCE) < 0 && !c->missing)
		log_warning("%s", failure()->text);
	return status;
}

static int cmd_run(struct context *ctx, const void *options, char **args)
{
	const struct run_options *o = options;
	cleanup_container struct container c;
	cleanup_created struct created created = { .pidfd = -1, .console_fd = -1 };
	struct create_options create = request(ctx, o);

	create.detach = o->detach;
	create.foreground = !o->detach;
	container_init(&c, &ctx->root, &ctx->host, args[0]);
	if ((create.foreground && container_watch_begin() < 0) ||
	    container_create(&c, &create, &created) < 0)
		return -1;
	if (container_start_created(&c, &created) < 0)
		return give_up(&c);
	return o->detach ? notify_wait(&c) : watch(&c, &created, o->keep);
}

const struct command command_create = {
	"create",
	"CONTAINER",
	"create a container from a bundle",
	create_options,
	sizeof(struct run_options),
	1,
	1,
	COMMAND_SEALED | COMMAND_MAKES_ROOT,
	cmd_create,
};
const struct command command_run = {
	"run",
	"CONTAINER",
	"create a container, start it and wait for its end",
	run_options,
	sizeof(struct run_options),
	1,
	1,
	COMMAND_SEALED | COMMAND_MAKES_ROOT,
	cmd_run,
};
