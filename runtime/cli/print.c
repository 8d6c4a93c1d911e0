/* print.c - text for stdout: tables and help.  Nothing is written before all of it is known. */
#include "base/fail.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/cli.h"
#include <string.h>
#include <unistd.h>

enum { COLUMN_MIN = 12, COLUMN_GAP = 3 }; /* runc's table, which scripts cut by blanks */

int print_text(const struct text *text)
{
	if (text->length && file_write_fd(STDOUT_FILENO, text->data, text->length) < 0)
		return fail_in("standard output");
	return 0;
}

static size_t column_width(const char *const *cells, size_t rows, size_t columns, size_t column)
{
	size_t width = COLUMN_MIN - COLUMN_GAP;

	for (size_t row = 0; row < rows; row++) {
		size_t length = strlen(cells[row * columns + column]);

		if (length > width)
			width = length;
	}
	return width + COLUMN_GAP;
}

void print_table(struct text *out, const char *const *cells, size_t rows, size_t columns)
{
	for (size_t row = 0; row < rows; row++) {
		for (size_t column = 0; column < columns; column++) {
			const char *cell = cells[row * columns + column];

			if (column + 1 == columns)
				text_addf(out, "%s\n", cell);
			else
				text_addf(out, "%-*s",
					  (int)column_width(cells, rows, columns, column), cell);
		}
	}
}

void print_help(struct text *out, const struct option *globals)
{
	text_add(out, "ring3 - runs containers from OCI bundles\n\n");
	text_add(out, "usage: ring3 [GLOBAL OPTION...] COMMAND [OPTION...] [ARGUMENT...]\n");
	text_add(out, "\ncommands:\n");
	for (const struct command *const *c = commands; *c; c++)
		text_addf(out, "  %-32s %s\n", (*c)->name, (*c)->summary);
	text_addf(out, "  %-32s %s\n\nglobal options:\n", "help [COMMAND]",
		  "show help for all or for one command");
	options_help(out, globals);
}

void print_command_help(struct text *out, const struct command *command)
{
	text_addf(out, "ring3 %s - %s\n\nusage: ring3 %s [OPTION...]%s%s\n\noptions:\n",
		  command->name, command->summary, command->name, *command->arguments ? " " : "",
		  command->arguments);
	options_help(out, command->options);
	text_addf(out, "  %-32s %s\n", "-h, --help", "show this help");
}
