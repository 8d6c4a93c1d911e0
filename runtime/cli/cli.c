/*
 * cli.c - the table of commands, the global options, and the way from argv to one command's exit
 * status.
 */
#include "cli/cli.h"
#include "base/fd.h"
#include "base/fail.h"
#include "base/log.h"
#include "base/text.h"
#include "cgroup/cgroup.h"
#include <stdlib.h>
#include <string.h>

/* clang-format off */
const struct command *const commands[] = {
	&command_create, &command_start, &command_run, &command_exec,
	&command_state, &command_list, &command_ps, &command_events,
	&command_kill, &command_pause, &command_resume, &command_update, &command_delete, &command_gc, &command_mounts,
	&command_checkpoint, &command_restore,
	&command_spec, &command_check, &command_features,
	NULL,
};
/* clang-format on */

#define AT(m) offsetof(struct global, m)
const struct option global_options[] = {
	{ "root", 0, OPTION_STRING, AT(root), "DIR", "directory of the containers' state" },
	{ "log", 0, OPTION_STRING, AT(log), "FILE", "append log lines to FILE instead of stderr" },
	{ "log-format", 0, OPTION_STRING, AT(log_format), "FORMAT", "text (default) or json" },
	{ "log-level", 0, OPTION_STRING, AT(log_level), "LEVEL",
	  "error (default), warning, info or debug" },
	{ "debug", 0, OPTION_FLAG, AT(debug), NULL, "the same as --log-level debug" },
	{ "systemd-cgroup", 0, OPTION_FLAG, AT(systemd_cgroup), NULL,
	  "the same as --cgroup-manager systemd" },
	{ "cgroup-manager", 0, OPTION_STRING, AT(cgroup_manager), "NAME",
	  "cgroupfs (default), systemd or disabled" },
	{ "rootless", 0, OPTION_STRING, AT(rootless), "BOOL", "true, false or auto (default)" },
	{ "criu", 0, OPTION_STRING, AT(criu), "PATH",
	  "the program criu (default: that of the system)" },
	{ "version", 'v', OPTION_FLAG, AT(version), NULL, "show the version" },
	{ "V", 0, OPTION_FLAG, AT(version) },
	{ NULL },
};
#undef AT

/* Index of a word in count names, or -1 with the failure. */
static int name_index(const char *option, const char *word, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(word, names[i]))
			return (int)i;
	return fail(0, "invalid value \"%s\" for flag -%s", word, option);
}

static int open_log(const struct global *g)
{
	const char *level_name = g->log_level ? g->log_level : "error";
	/* logrus and crun spell it so. */
	int level = name_index("log-level", strcmp(level_name, "warn") ? level_name : "warning",
			       log_level_names, LEVEL_COUNT);
	int format = name_index("log-format", g->log_format ? g->log_format : "text",
				log_format_names, LOG_FORMAT_COUNT);

	if (level < 0 || format < 0)
		return -1;
	return log_open(g->log, (enum log_format)format,
			g->debug ? LEVEL_DEBUG : (enum log_level)level);
}

static int choose_manager(const struct global *g, enum cgroup_manager *ret)
{
	int manager = g->systemd_cgroup ? CGROUP_SYSTEMD : CGROUP_CGROUPFS;

	if (g->cgroup_manager)
		manager = name_index("cgroup-manager", g->cgroup_manager, cgroup_manager_names,
				     CGROUP_MANAGERS);
	if (manager < 0)
		return -1;
	*ret = (enum cgroup_manager)manager;
	return 0;
}

/*
 * --rootless only changes how refusals of the kernel are taken; what the caller may do the kernel
 * knows.
 */
static int choose_rootless(const struct global *g, struct host *host)
{
	static const char *const words[] = { "true", "false", "auto" };
	int word = g->rootless ? name_index("rootless", g->rootless, words, COUNT(words)) : 2;

	if (word >= 0 && word < 2)
		host->rootless = word == 0;
	return word < 0 ? -1 : 0;
}

static const struct command *find_command(const char *name)
{
	for (const struct command *const *c = commands; *c; c++)
		if (!strcmp((*c)->name, name))
			return *c;
	fail(0, "unknown command \"%s\"", name);
	return NULL;
}

/* Everything a command needs and does not ask for itself; the order is that of cost. */
static int prepare(struct context *ctx, const struct command *command)
{
	/* What the caller left open must not reach hooks (R6); create and run sort theirs out
	 * themselves. */
	if (!(command->flags & COMMAND_SEALED) && fd_cloexec_from(3) < 0)
		return -1;
	if ((command->flags & COMMAND_SEALED) && seal_self(ctx->argv) < 0)
		return -1;
	if (choose_manager(ctx->global, &ctx->manager) < 0 || host_probe(&ctx->host) < 0 ||
	    choose_rootless(ctx->global, &ctx->host) < 0)
		return -1;
	if (command->flags & COMMAND_NO_STATE)
		return 0;
	return state_root_open(&ctx->root, ctx->global->root, &ctx->host,
			       command->flags & COMMAND_MAKES_ROOT);
}

static int check_count(const struct command *command, char **args)
{
	int n = 0;

	while (args[n])
		n++;
	if (n < command->min_args)
		return fail(0, "requires %s %d argument%s: %s",
			    command->min_args == command->max_args ? "exactly" : "at least",
			    command->min_args, command->min_args == 1 ? "" : "s",
			    command->arguments);
	if (command->max_args >= 0 && n > command->max_args)
		return fail(0, "unexpected argument \"%s\"", args[command->max_args]);
	return 0;
}

static int show(void (*print)(struct text *out, const struct command *command),
		const struct command *command)
{
	cleanup_text struct text text = { 0 };

	print(&text, command);
	return print_text(&text);
}

static void general_help(struct text *out, const struct command *none)
{
	(void)none;
	print_help(out, global_options);
}

static void version(struct text *out, const struct command *none)
{
	(void)none;
	print_version(out);
}

static int run_command(struct context *ctx, const struct command *command, int argc, char **argv)
{
	/* Ends with the process, and so do the strings it points to. */
	void *options = calloc(1, command->options_size ? command->options_size : 1);
	char **args;

	if (!options)
		fail_fatal("out of memory");
	if (options_parse(command->options, argc, argv, command->flags & COMMAND_STOPS, options,
			  &args) < 0)
		return -1;
	if (!args)
		return show(print_command_help, command);
	flight_step(FLIGHT_COMMAND, command->name);
	if (check_count(command, args) < 0 || prepare(ctx, command) < 0)
		return -1;
	return command->run(ctx, options, args);
}

/* help, help COMMAND, or a command; words[0] is its name. */
static int run_words(struct context *ctx, char **words)
{
	const bool help = !strcmp(words[0], "help") || !strcmp(words[0], "h");
	const struct command *command;
	int count = 0, status;

	while (words[count])
		count++;
	if (help && count == 1)
		return show(general_help, NULL);
	command = find_command(words[help]);
	if (!command)
		return -1;
	if (command->flags & COMMAND_FAILS_255)
		ctx->failure_status = 255;
	status = help ? show(print_command_help, command) : run_command(ctx, command, count, words);
	return status < 0 ? fail_in("%s", command->name) : status;
}

/* parsed: copy of argv that may be reordered. */
static int run(struct context *ctx, struct global *global, int argc, char **parsed)
{
	char **words;

	if (options_parse(global_options, argc, parsed, true, global, &words) < 0 ||
	    open_log(global) < 0)
		return -1;
	if (global->version)
		return show(version, NULL);
	return words && words[0] ? run_words(ctx, words) : show(general_help, NULL);
}

int cli_main(int argc, char **argv)
{
	struct global global = { 0 };
	struct context ctx = {
		.global = &global, .root.fd = -1, .argv = argv, .failure_status = 1
	};
	char **parsed = calloc((size_t)argc + 1, sizeof *parsed);
	int status;

	if (!parsed)
		fail_fatal("out of memory");
	for (int i = 0; i < argc; i++)
		parsed[i] = argv[i];
	status = run(&ctx, &global, argc, parsed);
	free(parsed);
	if (status >= 0)
		return status;
	log_failure(failure()->text);
	return ctx.failure_status;
}
