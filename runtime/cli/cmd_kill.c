/*
 * cmd_kill.c - kill, and delete: one container by its id, or all whose ids match a regular
 * expression.
 */
#include "base/fail.h"
#include "base/log.h"
#include "base/process.h"
#include "base/text.h"
#include "cli/cli.h"
#include <regex.h>
#include <signal.h>
#include <string.h>

struct kill_options {
	bool all, regex;
	unsigned wait;
};
struct delete_options {
	bool force, regex;
	unsigned wait;
};

static const struct option kill_options[] = {
	{ "all", 'a', OPTION_FLAG, offsetof(struct kill_options, all), NULL,
	  "send it to all processes" },
	{ "regex", 'r', OPTION_FLAG, offsetof(struct kill_options, regex), NULL,
	  "CONTAINER is a regular expression" },
	{ "wait", 0, OPTION_WAIT, offsetof(struct kill_options, wait), "[=SECONDS]",
	  "until all of its processes ended (10)" },
	{ NULL },
};
static const struct option delete_options[] = {
	{ "force", 'f', OPTION_FLAG, offsetof(struct delete_options, force), NULL,
	  "kill it if it runs; a missing container is no error" },
	{ "regex", 'r', OPTION_FLAG, offsetof(struct delete_options, regex), NULL,
	  "CONTAINER is a regular expression" },
	{ "wait", 0, OPTION_WAIT, offsetof(struct delete_options, wait), "[=SECONDS]",
	  "until all of its processes ended (10)" },
	{ NULL },
};

/* One act on every container that matches; all are tried, the last failure counts. */
struct matching {
	regex_t regex;
	int (*act)(struct container *c, const void *arg);
	const void *arg;
	int result;
};

static int act_if_matching(struct container *c, void *arg)
{
	struct matching *m = arg;

	if (regexec(&m->regex, c->id, 0, NULL, 0) != 0 || m->act(c, m->arg) == 0 || c->missing)
		return 0;
	m->result = fail_in("container %s", c->id);
	log_warning("%s", failure()->text);
	return 0;
}

static int act_on_matching(struct context *ctx, const char *pattern,
			   int (*act)(struct container *c, const void *arg), const void *arg)
{
	struct matching m = { .act = act, .arg = arg };
	char reason[256];
	int code = regcomp(&m.regex, pattern, REG_EXTENDED | REG_NOSUB);

	if (code) {
		regerror(code, &m.regex, reason, sizeof reason);
		return fail(0, "regular expression \"%s\": %s", pattern, reason);
	}
	if (container_each(&ctx->root, &ctx->host, act_if_matching, &m) < 0)
		m.result = -1;
	regfree(&m.regex);
	return m.result;
}

struct kill_request {
	const char *name; /* NULL: the container's own signal */
	int signal;
	unsigned flags, wait;
};

/* the image's author knows which signal ends the program. */
static int stop_signal(const struct container *c)
{
	for (size_t i = 0; i < c->state.annotations.count; i++) {
		const struct json_pair *a = &c->state.annotations.items[i];

		if (strcmp(a->name, "org.opencontainers.image.stopSignal"))
			continue;
		int number = process_signal_number(a->value);

		if (number > 0)
			return number;
		log_warning("annotation %s: %s", a->name, failure()->text);
	}
	return SIGTERM;
}

static int kill_one(struct container *c, const void *arg)
{
	const struct kill_request *r = arg;

	int signal = r->name ? r->signal : stop_signal(c);

	return r->wait ? container_kill_and_wait(c, signal, r->flags, r->wait)
		       : container_kill(c, signal, r->flags);
}

static int cmd_kill(struct context *ctx, const void *options, char **args)
{
	const struct kill_options *o = options;
	struct kill_request request = {
		.name = args[1],
		.flags = o->all ? KILL_ALL : 0,
		.wait = o->wait,
	};
	cleanup_container struct container c;

	container_init(&c, &ctx->root, &ctx->host, args[0]);
	if (request.name && (request.signal = process_signal_number(request.name)) < 0)
		return -1;
	if (o->regex)
		return act_on_matching(ctx, args[0], kill_one, &request);
	return container_open(&c) < 0 ? -1 : kill_one(&c, &request);
}

static int delete_one(struct container *c, const void *arg)
{
	const struct delete_options *o = arg;

	/* Before the lock is taken, which others may need meanwhile. */
	if (o->wait && !o->force && container_wait_end(c, o->wait) < 0)
		return -1;
	c->end_seconds = o->wait;
	return container_delete(c, o->force ? DELETE_FORCE : 0);
}

static int cmd_delete(struct context *ctx, const void *options, char **args)
{
	const struct delete_options *o = options;
	cleanup_container struct container c;
	int result;

	container_init(&c, &ctx->root, &ctx->host, args[0]);
	if (o->regex)
		return act_on_matching(ctx, args[0], delete_one, o);
	/* By force means not to wait for a lock before init is killed. */
	result = o->force || o->wait ? container_open(&c) : container_open_locked(&c);
	if (result == 0)
		result = delete_one(&c, o);
	return result < 0 && o->force && c.missing ? 0 : result;
}

const struct command command_kill = {
	"kill",
	"CONTAINER [SIGNAL]",
	"send a signal (default: TERM) to a container's process",
	kill_options,
	sizeof(struct kill_options),
	1,
	2,
	0,
	cmd_kill,
};
const struct command command_delete = {
	"delete",
	"CONTAINER",
	"delete a container that has stopped",
	delete_options,
	sizeof(struct delete_options),
	1,
	1,
	0,
	cmd_delete,
};
