/*
 * tables.c - the tables of commands and options as text, for the man pages and the completions.
 * One line a row, fields separated by tabs, "-" for none:
 *
 *	command NAME ARGUMENTS CONTAINER SUMMARY	CONTAINER: "new", "known" or "-"
 *	option COMMAND NAME LETTER ARGUMENT VALUES HELP	COMMAND "-": before every command
 *	hidden ...					the same, for what help leaves out
 *
 * VALUES: "files", "dirs", the words that are taken, or "-".
 */
#include "base/text.h"
#include "cli/cli.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *or_none(const char *text)
{
	return text && *text ? text : "-";
}

/* What an argument's name says of its values; the same words in every table. */
static const struct {
	const char *argument, *values;
} kinds[] = {
	{ "FILE", "files" },
	{ "PATH", "files" },
	{ "DIR", "dirs" },
};

/* "text (default) or json" and "true, false or auto" list the words; other help does not. */
static bool add_words(struct text *out, const char *help)
{
	for (;;) {
		size_t length = strspn(help, "abcdefghijklmnopqrstuvwxyz");

		if (!length)
			return false;
		text_addf(out, "%s%.*s", out->length ? " " : "", (int)length, help);
		help += length;
		help += text_starts(help, " (default)") ? strlen(" (default)") : 0;
		if (!*help)
			return strchr(out->data, ' ');
		if (text_starts(help, ", "))
			help += strlen(", ");
		else if (text_starts(help, " or "))
			help += strlen(" or ");
		else
			return false;
	}
}

static const char *values(struct text *words, const struct option *o)
{
	if (!o->argument || !o->help)
		return "-";
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (!strcmp(o->argument, kinds[i].argument))
			return kinds[i].values;
	return add_words(words, o->help) ? words->data : "-";
}

/* A row without help is one that is taken and does nothing, or another spelling of one before. */
static void print_help_of(const struct option *rows, const struct option *o)
{
	if (o->help) {
		puts(o->help);
		return;
	}
	if (o->kind == OPTION_IGNORED_FLAG || o->kind == OPTION_IGNORED_STRING) {
		puts("accepted, without effect");
		return;
	}
	while (rows->name && (rows->offset != o->offset || !rows->help))
		rows++;
	if (rows->name)
		printf("the same as --%s\n", rows->name);
	else
		puts("accepted");
}

static const char *argument(const struct option *o)
{
	return o->kind == OPTION_IGNORED_STRING ? "VALUE" : or_none(o->argument);
}

static void print_options(const char *command, const struct option *rows)
{
	for (const struct option *o = rows; o->name; o++) {
		cleanup_text struct text words = { 0 };

		printf("%s\t%s\t%s\t%c\t%s\t%s\t", o->help ? "option" : "hidden", command, o->name,
		       o->letter ? o->letter : '-', argument(o), values(&words, o));
		print_help_of(rows, o);
	}
}

static const char *container(const struct command *command)
{
	if (!text_starts(command->arguments, "CONTAINER"))
		return "-";
	return command->flags & COMMAND_MAKES_ROOT ? "new" : "known";
}

int main(void)
{
	print_options("-", global_options);
	for (const struct command *const *c = commands; *c; c++) {
		printf("command\t%s\t%s\t%s\t%s\n", (*c)->name, or_none((*c)->arguments),
		       container(*c), (*c)->summary);
		print_options((*c)->name, (*c)->options);
	}
	return 0;
}
