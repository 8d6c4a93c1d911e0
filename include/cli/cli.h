/*
 * cli.h - the command line: the table of commands and of options, help, and what is printed.  No
 * container code.
 */
#pragma once
/* One row a fact, one line a small struct: */
/* clang-format off */
#include <stdbool.h>
#include "container/container.h"

/* Global options. */
struct global {
	const char *root, *log, *log_format, *log_level, *cgroup_manager, *rootless, *criu;
	bool debug, systemd_cgroup, version;
};
struct context {
	const struct global *global;
	struct host host;
	struct state_root root;
	enum cgroup_manager manager;
	char **argv;			/* of the process, for seal_self */
	int failure_status;		/* exit status of a failure */
};

enum option_kind {
	OPTION_FLAG,			/* bool */
	OPTION_STRING,			/* const char *; an empty value is as none, as in runc */
	OPTION_UNSIGNED, OPTION_INT,
	OPTION_WAIT,			/* unsigned, 0: not asked for; the value is optional: --wait, --wait=SECONDS */
	OPTION_STRINGS,			/* const char **, repeatable, ends with NULL */
	OPTION_IGNORED_FLAG,		/* taken, because runc or crun has it; no member */
	OPTION_IGNORED_STRING,
};
struct option {
	const char *name;		/* long name without dashes */
	char letter;			/* 0: none */
	enum option_kind kind;
	size_t offset;			/* of the member in the command's struct */
	const char *argument;		/* "DIR", for help */
	const char *help;		/* NULL: not shown */
};
struct command {
	const char *name, *arguments, *summary;
	const struct option *options;	/* ends with a row without name */
	size_t options_size;		/* of the struct they fill */
	int min_args, max_args;		/* max -1: any number */
	unsigned flags;
	/* exit status, or -1 with a failure */
	int (*run)(struct context *ctx, const void *options, char **args);
};
enum {
	COMMAND_SEALED = 1,		/* re-executes itself from a sealed image first (R7) */
	COMMAND_STOPS = 2,		/* parsing ends at the first positional (exec, ps) */
	COMMAND_NO_STATE = 4,		/* needs no state root (spec, features) */
	COMMAND_MAKES_ROOT = 8,		/* creates the state root when missing */
	COMMAND_FAILS_255 = 16,		/* exit status 255 on failure: others are the program's (exec) */
};
/* The order is that of help; ends with NULL. Each row stands in its cmd_NAME.c. */
extern const struct command *const commands[];
extern const struct command command_create, command_run, command_start, command_state, command_kill,
	command_delete, command_list, command_spec, command_features, command_exec, command_ps,
	command_pause, command_resume, command_events, command_update, command_gc, command_check,
	command_mounts, command_checkpoint, command_restore;
/* Those that stand before the command; tests and man pages list them. */
extern const struct option global_options[];

/* The whole program: parses, runs, returns the exit status; a failure was reported. */
int cli_main(int argc, char **argv);

/*
 * options.c: parses argv (argv[0] is not looked at) by the rows into out (EC-01 to EC-06).
 * stop: at the first positional.  *ret_args: the positionals, NULL-terminated, in argv's own array,
 * which is reordered; NULL: help was asked for (--help, -h, -?), parsing ended there.
 * Unknown: "flag provided but not defined: -x"; missing value: "flag needs an argument: -x"
 * (EC-05).
 */
int options_parse(const struct option *rows, int argc, char **argv, bool stop, void *out,
		  char ***ret_args);
void options_help(struct text *out, const struct option *rows);

/* duration.c: nanoseconds of "1m30s", "100ms", "1.5h" as Go reads them; a bare number is seconds.
 * Silent: -1. */
int duration_parse(const char *text, int64_t *ret);

/* print.c: one write to stdout; a failure of it is one of the command. */
int print_text(const struct text *text);
/* A row is cells[columns]; each column is as wide as its widest cell, runc's way. */
void print_table(struct text *out, const char *const *cells, size_t rows, size_t columns);
void print_help(struct text *out, const struct option *globals);
void print_command_help(struct text *out, const struct command *command);

/* version.c */
extern const char ring3_version[], ring3_commit[];
void print_version(struct text *out);
