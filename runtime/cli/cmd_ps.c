/*
 * cmd_ps.c - ps: the processes of a container, as their numbers, or as those rows of ps(1) of the
 * host that have them.
 */
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/process.h"
#include "base/text.h"
#include "base/wait.h"
#include "cli/cli.h"
#include "cli/ps_rows.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ps_options {
	const char *format;
};

static const struct option ps_options[] = {
	{ "format", 'f', OPTION_STRING, offsetof(struct ps_options, format), "FORMAT",
	  "table (default) or json" },
	{ NULL },
};

enum { OUTPUT_LIMIT = 64 << 20 };

/* By absolute path: with an empty environment there is no PATH (EC-20), and with a foreign one a
 * foreign ps (R9). */
__attribute__((noreturn)) static void execute_ps(char **args, int output_fd)
{
	static const char *const paths[] = { "/usr/bin/ps", "/bin/ps" };

	if (dup2(output_fd, STDOUT_FILENO) >= 0)
		for (size_t i = 0; i < COUNT(paths); i++)
			execv(paths[i], args);
	log_failure("ps: cannot execute /usr/bin/ps or /bin/ps of the host");
	_exit(127);
}

static int run_ps(char **args, char **ret)
{
	cleanup_fd int from = -1, to = -1, pidfd = -1;
	int ends[2], status;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(errno, "make a pipe");
	from = ends[0];
	to = ends[1];
	pid = process_clone(0, -1, SIGCHLD, &pidfd);
	if (pid < 0)
		return -1;
	if (pid == 0)
		execute_ps(args, to);
	fd_close(&to);
	if (file_read_fd(from, OUTPUT_LIMIT, ret, NULL) < 0 ||
	    process_wait(pidfd, wait_until(WAIT_HELPER), "ps", &status) < 0) {
		process_kill_and_reap(pidfd);
		return fail_in("run ps");
	}
	/* What it has to say about its options it has said on the standard error. */
	return status ? fail(0, "ps ended with exit status %d", status) : 0;
}

static int print_rows(char **options, const pid_t *pids, size_t count)
{
	static char ps[] = "ps", all_full[] = "-ef";
	cleanup_free char **args = NULL, *output = NULL;
	cleanup_text struct text text = { 0 };
	size_t n = 0;

	while (options[n])
		n++;
	args = calloc(n + 3, sizeof *args);
	if (!args)
		fail_fatal("out of memory");
	args[0] = ps;
	args[1] = all_full;
	for (size_t i = 0; i < n; i++)
		args[i + 1] = options[i];
	if (run_ps(args, &output) < 0 || ps_rows(&text, output, pids, count) < 0)
		return -1;
	return print_text(&text);
}

static int print_numbers(const pid_t *pids, size_t count)
{
	cleanup_text struct text text = { 0 };

	text_add(&text, "[");
	for (size_t i = 0; i < count; i++)
		text_addf(&text, "%s%d", i ? "," : "", (int)pids[i]);
	text_add(&text, "]\n");
	return print_text(&text);
}

static int cmd_ps(struct context *ctx, const void *options, char **args)
{
	const struct ps_options *o = options;
	cleanup_container struct container c;
	cleanup_free pid_t *pids = NULL;
	size_t count;
	bool json = o->format && !strcmp(o->format, "json");

	container_init(&c, &ctx->root, &ctx->host, args[0]);
	if (o->format && !json && strcmp(o->format, "table"))
		return fail(0, "invalid format \"%s\": table or json was expected", o->format);
	if (container_open(&c) < 0 || container_processes(&c, &pids, &count) < 0)
		return -1;
	return json ? print_numbers(pids, count) : print_rows(args + 1, pids, count);
}

const struct command command_ps = {
	"ps",
	"CONTAINER [OPTION OF PS...]",
	"list the processes of a container",
	ps_options,
	sizeof(struct ps_options),
	1,
	-1,
	COMMAND_STOPS,
	cmd_ps,
};
