/* cmd_list.c - list: every container of the state root, as a table, as JSON, or only the ids. */
#include "base/arena.h"
#include "base/fail.h"
#include "base/text.h"
#include "cli/cli.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct list_options {
	const char *format;
	bool quiet;
};

#define AT(m) offsetof(struct list_options, m)
static const struct option list_options[] = {
	{ "format", 'f', OPTION_STRING, AT(format), "FORMAT", "table (default) or json" },
	{ "quiet", 'q', OPTION_FLAG, AT(quiet), NULL, "only the ids" },
	{ NULL },
};
#undef AT

static int add_id(struct container *c, void *out)
{
	text_addf(out, "%s\n", c->id);
	return 0;
}

static void state_of(struct container *c, struct spec_state *ret)
{
	container_state(c, container_status(c, NULL), ret);
	ret->owner = container_owner(c);
}

static int add_json(struct container *c, void *out)
{
	struct text *text = out;
	struct spec_state state;

	state_of(c, &state);
	text_add(text, text->length ? "," : "[");
	spec_state_write(text, &state, JSON_COMPACT);
	return 0;
}

enum { COLUMNS = 6 };
struct table {
	struct arena *arena;
	const char **cells;
	size_t rows;
};

static void add_cells(struct table *t, const char *const row[COLUMNS])
{
	t->cells = reallocarray(t->cells, (t->rows + 1) * COLUMNS, sizeof *t->cells);
	if (!t->cells)
		fail_fatal("out of memory");
	for (size_t i = 0; i < COLUMNS; i++)
		t->cells[t->rows * COLUMNS + i] = arena_strdup(t->arena, row[i] ? row[i] : "");
	t->rows++;
}

static int add_row(struct container *c, void *table)
{
	struct spec_state state;
	char pid[24];

	state_of(c, &state);
	snprintf(pid, sizeof pid, "%lld", (long long)state.pid);
	add_cells(table, (const char *[COLUMNS]){ state.id, pid, state.status, state.bundle,
						  state.created, state.owner });
	return 0;
}

static int list_table(struct context *ctx, struct text *out)
{
	cleanup_arena struct arena *arena = arena_new();
	struct table table = { .arena = arena };

	add_cells(&table,
		  (const char *[COLUMNS]){ "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER" });
	int result = container_each(&ctx->root, &ctx->host, add_row, &table);
	if (result == 0)
		print_table(out, table.cells, table.rows, COLUMNS);
	free(table.cells);
	return result;
}

static int list_json(struct context *ctx, struct text *out)
{
	if (container_each(&ctx->root, &ctx->host, add_json, out) < 0)
		return -1;
	text_add(out, out->length ? "]\n" : "[]\n");
	return 0;
}

static int cmd_list(struct context *ctx, const void *options, char **args)
{
	const struct list_options *o = options;
	cleanup_text struct text text = { 0 };
	bool json = o->format && !strcmp(o->format, "json");
	int result;

	(void)args;
	if (o->format && !json && strcmp(o->format, "table"))
		return fail(0, "invalid format \"%s\": expected table or json", o->format);
	/*
	 * Nobody asked for the default root, so a missing one has no containers; a given one is a
	 * mistake.
	 */
	if (ctx->root.fd < 0 && ctx->root.explicit_)
		return fail(ENOENT, "open the state root %s", ctx->root.path);
	if (o->quiet)
		result = container_each(&ctx->root, &ctx->host, add_id, &text);
	else
		result = json ? list_json(ctx, &text) : list_table(ctx, &text);
	return result < 0 ? -1 : print_text(&text);
}

const struct command command_list = {
	"list", "", "list containers", list_options, sizeof(struct list_options), 0, 0, 0, cmd_list,
};
