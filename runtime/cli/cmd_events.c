/* cmd_events.c - events: what a container uses, every few seconds or once, and when it is out of
 * memory. */
#include "base/fail.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/wait.h"
#include "cgroup/cgroup_stats.h"
#include "cli/cli.h"

struct events_options {
	const char *interval;
	bool stats;
};

static const struct option events_options[] = {
	{ "interval", 0, OPTION_STRING, offsetof(struct events_options, interval), "DURATION",
	  "time between two lines (default: 5s)" },
	{ "stats", 0, OPTION_FLAG, offsetof(struct events_options, stats), NULL,
	  "print one line and end" },
	{ NULL },
};

static int print_event(const struct container *c, const char *type, const struct text *data)
{
	cleanup_text struct text line = { 0 };

	text_addf(&line, "{\"type\":\"%s\",\"id\":\"%s\"", type, c->id);
	if (data)
		text_addf(&line, ",\"data\":%s", data->data);
	text_add(&line, "}\n");
	return print_text(&line);
}

static int print_stats(const struct container *c, int cgroup_fd)
{
	cleanup_text struct text data = { 0 };

	cgroup_stats(cgroup_fd, &data);
	return print_event(c, "stats", &data);
}

static int follow(const struct container *c, int cgroup_fd, int64_t interval)
{
	__attribute__((cleanup(cgroup_watch_close))) struct cgroup_watch w = { -1, -1, 0 };
	enum cgroup_event event;
	int64_t next = wait_now();

	if (cgroup_watch_open(cgroup_fd, &w) < 0)
		return -1;
	for (;;) {
		if (cgroup_watch_next(&w, next, &event) < 0)
			return -1;
		if (event == CGROUP_ENDED)
			return 0;
		if (event == CGROUP_TIMEOUT)
			next += interval;
		if (event == CGROUP_OOM ? print_event(c, "oom", NULL) < 0
					: print_stats(c, cgroup_fd) < 0)
			return -1;
	}
}

static int cmd_events(struct context *ctx, const void *options, char **args)
{
	const struct events_options *o = options;
	cleanup_container struct container c;
	cleanup_fd int cgroup_fd = -1;
	int64_t interval = 5 * INT64_C(1000000000);

	container_init(&c, &ctx->root, &ctx->host, args[0]);
	if (o->interval && (duration_parse(o->interval, &interval) < 0 || interval <= 0))
		return fail(0, "--interval \"%s\": a duration above 0, such as 5s, was expected",
			    o->interval);
	if (container_open(&c) < 0)
		return -1;
	if (container_status(&c, NULL) == STATUS_STOPPED)
		return fail(0, "container with id %s is not running", c.id);
	cgroup_fd = container_open_cgroup(&c);
	if (cgroup_fd < 0)
		return -1;
	return o->stats ? print_stats(&c, cgroup_fd) : follow(&c, cgroup_fd, interval);
}

const struct command command_events = {
	"events",
	"CONTAINER",
	"print what a container uses, as JSON",
	events_options,
	sizeof(struct events_options),
	1,
	1,
	0,
	cmd_events,
};
