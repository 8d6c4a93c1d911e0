/* log.c - lines to stderr or to the --log file. */
#include "base/log.h"
#include "base/fail.h"
#include "base/text.h"
#include "base/wait.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *const log_level_names[LEVEL_COUNT] = {
	[LEVEL_ERROR] = "error",
	[LEVEL_WARNING] = "warning",
	[LEVEL_INFO] = "info",
	[LEVEL_DEBUG] = "debug",
};
const char *const log_format_names[LOG_FORMAT_COUNT] = { [LOG_TEXT] = "text", [LOG_JSON] = "json" };

static struct {
	int fd; /* of the file, -1: stderr */
	enum log_format format;
	enum log_level level;
	int64_t start;
	bool silent;
} sink = { .fd = -1, .level = LEVEL_ERROR };

/* Before main, so that what is done before the options are read counts too. */
__attribute__((constructor)) static void remember_start(void)
{
	sink.start = wait_now();
}

int log_open(const char *path, enum log_format format, enum log_level level)
{
	static const char *const refused[] = { "journald:", "syslog:" };
	int fd = -1;

	for (size_t i = 0; path && i < COUNT(refused); i++)
		if (text_starts(path, refused[i]))
			return fail(0, "log %s: %s is not supported", path, refused[i]);
	if (path && text_starts(path, "file:"))
		path += strlen("file:");
	if (path) {
		fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
		if (fd < 0)
			return fail(errno, "open log file %s", path);
	}
	if (sink.fd >= 0)
		close(sink.fd);
	sink.fd = fd;
	sink.format = format;
	sink.level = level;
	return 0;
}

int log_fd(void)
{
	return sink.fd;
}

void log_silence(void)
{
	sink.silent = true;
}

bool log_wants(enum log_level level)
{
	return !sink.silent && level <= sink.level;
}

/*
 * A quoted string: what JSON demands, which is also what readers of key=value lines unquote.  The
 * words may come from a hostile config.json or hook: bytes that are not UTF-8 become U+FFFD.
 */
static void add_quoted(struct text *out, const char *s)
{
	text_add(out, "\"");
	for (size_t n, left = strlen(s); left; s += n, left -= n) {
		n = text_utf8(s, left);
		if (!n)
			text_add(out, "\xef\xbf\xbd");
		else if (*s == '"' || *s == '\\')
			text_addf(out, "\\%c", *s);
		else if (*s == '\n')
			text_add(out, "\\n");
		else if (n == 1 && (*s < 0x20 || *s == 0x7f))
			text_addf(out, "\\u%04x", *s);
		else
			text_add_bytes(out, s, n);
		n = n ? n : 1;
	}
	text_add(out, "\"");
}

static void add_now(struct text *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now); /* cannot fail */
	text_add_time(out, now.tv_sec);
	text_add(out, "Z");
}

/* "[  1.234 ms] container: mounts" */
static void add_step(struct text *out, const struct flight_entry *e)
{
	text_addf(out, "[%7.3f ms] %s: %s", (double)(e->time - sink.start) / 1e6,
		  flight_names[e->who < FLIGHT_WHO ? e->who : FLIGHT_COMMAND], e->what);
}

/* A failure without the steps that led to it. */
static bool lacks_steps(enum log_level level)
{
	return level == LEVEL_ERROR && sink.fd >= 0 && !log_wants(LEVEL_DEBUG);
}

static void add_step_lines(struct text *out)
{
	struct flight_entry e;

	for (size_t i = 0; flight_entry(i, &e); i++) {
		add_step(out, &e);
		text_add(out, "\n");
	}
}

static void add_step_member(struct text *out)
{
	struct flight_entry e;

	for (size_t i = 0; flight_entry(i, &e); i++) {
		cleanup_text struct text step = { 0 };

		add_step(&step, &e);
		text_add(out, i ? "," : ",\"steps\":[");
		add_quoted(out, step.data);
	}
	if (flight_entry(0, &e))
		text_add(out, "]");
}

static void format_record(struct text *out, enum log_level level, const char *message)
{
	if (sink.format == LOG_JSON) {
		text_addf(out, "{\"level\":\"%s\",\"msg\":", log_level_names[level]);
		add_quoted(out, message);
		text_add(out, ",\"time\":\"");
		add_now(out);
		text_add(out, "\"");
		if (lacks_steps(level))
			add_step_member(out);
		text_add(out, "}\n");
	} else if (level == LEVEL_DEBUG) {
		text_addf(out, "%s\n", message);
	} else if (sink.fd < 0) {
		text_addf(out, "%s: %s\n", log_level_names[level], message);
	} else {
		if (lacks_steps(level))
			add_step_lines(out);
		text_add(out, "time=\"");
		add_now(out);
		text_addf(out, "\" level=%s msg=", log_level_names[level]);
		add_quoted(out, message);
		text_add(out, "\n");
	}
}

/*
 * One write, so that lines of several processes do not mix.  A line that cannot be written is lost:
 * there is nowhere to say so, and a full disk must not stop a container.
 */
static void put(int fd, const struct text *line)
{
	ssize_t ignored = write(fd, line->data, line->length);

	(void)ignored;
}

static void record(enum log_level level, const char *message)
{
	cleanup_text struct text line = { 0 };

	format_record(&line, level, message);
	put(sink.fd < 0 ? STDERR_FILENO : sink.fd, &line);
}

__attribute__((format(printf, 3, 0))) static void
record_formatted(enum log_level level, const char *prefix, const char *fmt, va_list ap)
{
	cleanup_free char *message = NULL;
	cleanup_text struct text whole = { 0 };

	if (vasprintf(&message, fmt, ap) < 0)
		fail_fatal("out of memory");
	text_add(&whole, prefix);
	text_add(&whole, message);
	record(level, whole.data);
}

void log_debug(const char *fmt, ...)
{
	char prefix[32];
	va_list ap;

	if (!log_wants(LEVEL_DEBUG))
		return;
	snprintf(prefix, sizeof prefix, "[%7.3f ms] ", (double)(wait_now() - sink.start) / 1e6);
	va_start(ap, fmt);
	record_formatted(LEVEL_DEBUG, prefix, fmt, ap);
	va_end(ap);
}

void log_step(enum flight_who who, const char *what)
{
	flight_step(who, what);
	if (log_wants(LEVEL_DEBUG))
		log_debug("%s: %s", who == FLIGHT_CONTAINER ? "step" : "command", what);
}

void log_info(const char *fmt, ...)
{
	va_list ap;

	if (!log_wants(LEVEL_INFO))
		return;
	va_start(ap, fmt);
	record_formatted(LEVEL_INFO, "", fmt, ap);
	va_end(ap);
}

void log_warning(const char *fmt, ...)
{
	va_list ap;

	if (!log_wants(LEVEL_WARNING))
		return;
	va_start(ap, fmt);
	record_formatted(LEVEL_WARNING, "", fmt, ap);
	va_end(ap);
}

void log_failure(const char *text)
{
	cleanup_text struct text line = { 0 };

	text_addf(&line, "%s\n", text);
	put(STDERR_FILENO, &line);
	if (sink.fd >= 0)
		record(LEVEL_ERROR, text);
}
