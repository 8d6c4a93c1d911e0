/*
 * ring3-systemd - asks systemd for a container's scope, for ring3, which has no D-Bus in it.  Not
 *for people: requests on standard input, answers on standard output.  It decides nothing and looks
 *at nothing: unit, properties, sockets and deadline are in the request, the environment is not
 *read.
 *
 *	direct ADDRESS             sockets to try, in this order: the manager's own one,
 *	bus ADDRESS                or a message bus
 *	seconds N                  the deadline of the request, then what is asked for, one of
 *	connect                    nothing but the connection
 *	start UNIT | set UNIT      with lines: property NAME VALUE, optional NAME VALUE (GVariant
 *text) stop UNIT attach UNIT SUBGROUP PID an empty line ends it
 *
 * The answer is one line: "ok", with the names of optional properties that systemd does not know,
 *or "error TEXT".  Further requests go to the same connection; the end of the input ends the
 *process.
 */
#include "bus.h"
#include "base/arena.h"
#include "base/fail.h"
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAX_SOCKETS = 8, MAX_LINE = 1 << 20, DEFAULT_SECONDS = 10 };

struct request {
	struct arena *arena;
	struct {
		const char *address;
		bool direct;
	} sockets[MAX_SOCKETS];
	size_t socket_count;
	bool connected;
	unsigned seconds;
	const char *verb, *unit, *rest;
	struct property *properties;
	size_t count, room;
};

/* ---- the deadline ---- */

static char waiting[512] = "error timed out waiting for systemd\n";

void waiting_for(const char *what, const char *unit)
{
	snprintf(waiting, sizeof waiting, "error timed out waiting for %s %.300s\n", what, unit);
}

/* However deep in the library: the message stands ready. */
static void on_deadline(int signal)
{
	(void)signal;
	(void)!write(STDOUT_FILENO, waiting, strlen(waiting));
	_exit(1);
}

/* ---- reading ---- */

static const char *word(char **rest)
{
	const char *w = strsep(rest, " ");

	return w ? w : "";
}

static int read_socket(struct request *r, const char *keyword, char *rest)
{
	if (r->socket_count == MAX_SOCKETS)
		return fail(E2BIG, "sockets");
	r->sockets[r->socket_count].address = arena_strdup(r->arena, rest);
	r->sockets[r->socket_count++].direct = !strcmp(keyword, "direct");
	return 0;
}

static int read_property(struct request *r, const char *keyword, char *rest)
{
	const char *name = arena_strdup(r->arena, word(&rest));
	const struct gvariant *value = rest ? gvariant_parse(rest, r->arena) : NULL;

	if (!value)
		return rest ? fail_in("property %s", name)
			    : fail(0, "property %s has no value", name);
	if (r->count == r->room) {
		size_t room = r->room ? r->room * 2 : 32;
		struct property *more = ARENA_ARRAY(r->arena, room, struct property);

		if (r->count)
			memcpy(more, r->properties, r->count * sizeof *more);
		r->properties = more;
		r->room = room;
	}
	r->properties[r->count++] = (struct property){ name, value, !strcmp(keyword, "optional") };
	return 0;
}

static int read_seconds(struct request *r, const char *keyword, char *rest)
{
	uint64_t seconds;

	(void)keyword;
	if (text_to_u64(rest, 3600, &seconds) < 0)
		return fail(0, "seconds %s", rest);
	r->seconds = (unsigned)seconds;
	return 0;
}

static int read_verb(struct request *r, const char *keyword, char *rest)
{
	r->verb = keyword;
	r->unit = arena_strdup(r->arena, word(&rest));
	r->rest = arena_strdup(r->arena, rest ? rest : "");
	return 0;
}

static const struct line {
	const char *keyword;
	int (*read)(struct request *r, const char *keyword, char *rest);
} lines[] = {
	{ "direct", read_socket },     { "bus", read_socket },	      { "seconds", read_seconds },
	{ "property", read_property }, { "optional", read_property }, { "connect", read_verb },
	{ "start", read_verb },	       { "set", read_verb },	      { "stop", read_verb },
	{ "attach", read_verb },
};

static int read_line(struct request *r, char *line)
{
	const char *keyword = word(&line);

	for (size_t i = 0; i < COUNT(lines); i++)
		if (!strcmp(keyword, lines[i].keyword))
			return lines[i].read(r, lines[i].keyword, line ? line : "");
	return fail(0, "unknown request %.60s", keyword);
}

/* ---- doing ---- */

static int connect_manager(struct request *r)
{
	cleanup_text struct text reasons = { 0 };

	for (size_t i = 0; i < r->socket_count && !r->connected; i++) {
		waiting_for("an answer of systemd at", r->sockets[i].address);
		r->connected = bus_open(r->sockets[i].address, r->sockets[i].direct) == 0;
		if (!r->connected)
			text_addf(&reasons, "%s%s", reasons.length ? "; " : "", failure()->text);
	}
	if (r->connected)
		return 0;
	return fail(0, "no connection to systemd: %s",
		    reasons.length ? reasons.data : "no socket was named");
}

static int attach(const struct request *r)
{
	char *rest = arena_strdup(r->arena, r->rest);
	const char *subgroup = word(&rest);
	uint64_t pid;

	if (!rest || text_to_u64(rest, INT32_MAX, &pid) < 0)
		return fail(0, "attach %s", r->rest);
	return bus_attach(r->unit, subgroup, (unsigned)pid);
}

static int answer(struct request *r, struct text *ret_without)
{
	if (!r->verb)
		return fail(0, "nothing was asked for");
	if (connect_manager(r) < 0)
		return -1;
	if (!strcmp(r->verb, "start"))
		return bus_start(r->unit, r->properties, &r->count, ret_without);
	if (!strcmp(r->verb, "set"))
		return bus_set(r->unit, r->properties, &r->count, ret_without);
	if (!strcmp(r->verb, "stop"))
		return bus_stop(r->unit);
	return strcmp(r->verb, "attach") ? 0 : attach(r);
}

static void print_answer(int result, const char *without)
{
	cleanup_text struct text line = { 0 };

	text_addf(&line, result < 0 ? "error %s" : "ok%s", result < 0 ? failure()->text : without);
	for (char *c = line.data; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	puts(line.data);
	fflush(stdout);
}

/* One request; false: the input has ended.  A line that is wrong makes the whole request fail. */
static bool serve(struct request *r)
{
	cleanup_text struct text without = { 0 };
	cleanup_free char *line = NULL;
	bool begun = false;
	size_t room = 0;
	int result = 0;
	ssize_t n;

	r->seconds = DEFAULT_SECONDS;
	r->verb = NULL;
	r->count = 0;
	while ((n = getline(&line, &room, stdin)) > 1) {
		line[n - 1] = '\0';
		begun = true;
		if (result == 0 && read_line(r, line) < 0)
			result = -1;
	}
	if (!begun || n < 0)
		return false;
	alarm(r->seconds);
	if (result == 0)
		result = answer(r, &without);
	alarm(0);
	print_answer(result, without.data ? without.data : "");
	return true;
}

/* Whose the process is suffices for systemd; nothing here needs a capability. */
static int drop_privileges(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { 0 };

	if (syscall(SYS_capset, &header, none) < 0)
		return fail(errno, "drop capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail(errno, "set no_new_privs");
	return 0;
}

int main(void)
{
	cleanup_arena struct arena *arena = arena_new();
	struct request r = { .arena = arena };

	if (signal(SIGALRM, on_deadline) == SIG_ERR || drop_privileges() < 0) {
		print_answer(-1, "");
		return 1;
	}
	while (serve(&r))
		;
	bus_close();
	return 0;
}
