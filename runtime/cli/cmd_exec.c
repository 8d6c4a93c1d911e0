/* cmd_exec.c - exec: a further program in a running container, in the foreground or detached. */
#include "base/fail.h"
#include "base/fd.h"
#include "base/process.h"
#include "cli/cli.h"
#include <string.h>

#define AT(m) offsetof(struct exec_options, m)
/* clang-format off */
static const struct option exec_options[] = {
	{ "process", 'p', OPTION_STRING, AT(process), "FILE", "process object of config.json, as JSON" },
	{ "detach", 'd', OPTION_FLAG, AT(detach), NULL, "return when the program is executed" },
	{ "tty", 't', OPTION_FLAG, AT(tty), NULL, "give it a terminal" },
	{ "console-socket", 0, OPTION_STRING, AT(console_socket), "PATH", "unix socket that gets the terminal" },
	{ "pid-file", 0, OPTION_STRING, AT(pid_file), "FILE", "write the process id to FILE" },
	{ "pidfd-socket", 0, OPTION_STRING, AT(pidfd_socket), "PATH", "unix socket that gets a pidfd of the process" },
	{ "user", 'u', OPTION_STRING, AT(user), "UID[:GID]", "user and group, as numbers" },
	{ "additional-gids", 'g', OPTION_STRINGS, AT(additional_gids), "GID", "one more group; may be repeated" },
	{ "env", 'e', OPTION_STRINGS, AT(env), "NAME=VALUE", "environment variable; may be repeated" },
	{ "cwd", 0, OPTION_STRING, AT(cwd), "DIR", "working directory" },
	{ "cap", 'c', OPTION_STRINGS, AT(caps), "CAP", "one more capability; may be repeated" },
	{ "no-new-privs", 0, OPTION_FLAG, AT(no_new_privs), NULL, "set no_new_privs" },
	{ "process-label", 0, OPTION_STRING, AT(process_label), "LABEL", "SELinux label" },
	{ "apparmor", 0, OPTION_STRING, AT(apparmor), "PROFILE", "AppArmor profile" },
	{ "preserve-fds", 0, OPTION_UNSIGNED, AT(preserve_fds), "N", "pass N more descriptors, from 3 on" },
	{ "cgroup", 0, OPTION_STRING, AT(cgroup), "PATH", "cgroup below the container's" },
	{ "ignore-paused", 0, OPTION_FLAG, AT(ignore_paused), NULL, "also in a paused container: it begins when that is resumed" },
	{ "no-subreaper", 0, OPTION_IGNORED_FLAG },
	{ NULL },
};
/* clang-format on */
#undef AT

static void created_close(struct created *created)
{
	fd_close(&created->pidfd);
	fd_close(&created->console_fd);
}
#define cleanup_created __attribute__((cleanup(created_close)))

static int watch(struct created *created)
{
	int status;

	if (container_watch(created, &status) == 0)
		return status;
	/* Its terminal and its status have nobody any more. */
	struct failure first = *failure();

	process_kill_and_reap(created->pidfd);
	return fail_copy(first.code, first.text, strlen(first.text));
}

static int cmd_exec(struct context *ctx, const void *options, char **args)
{
	struct exec_options o = *(const struct exec_options *)options;
	cleanup_container struct container c;
	cleanup_created struct created created = { .pidfd = -1, .console_fd = -1 };

	o.args = args + 1;
	container_init(&c, &ctx->root, &ctx->host, args[0]);
	/* Who waits for a paused container must be able to give up. */
	if (!o.detach && !o.ignore_paused && container_watch_begin() < 0)
		return -1;
	if (container_open(&c) < 0 || container_exec(&c, &o, &created) < 0)
		return -1;
	if (o.detach)
		return 0;
	return container_watch_begin() < 0 ? -1 : watch(&created);
}

const struct command command_exec = {
	"exec",
	"CONTAINER [PROGRAM [ARGUMENT...]]",
	"execute a further program in a container",
	exec_options,
	sizeof(struct exec_options),
	1,
	-1,
	COMMAND_SEALED | COMMAND_STOPS | COMMAND_FAILS_255,
	cmd_exec,
};
