/* test_log.c - what stands in the log file and on stderr. */
#include "test.h"
#include "base/fail.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "temporary.h"
#include <time.h>
#include <unistd.h>

static char content[65536];

static const char *log_of(const struct temporary *t)
{
	cleanup_free char *data = NULL;

	assert_int_equal(file_read(t->fd, "log", sizeof content - 1, &data, NULL), 0);
	snprintf(content, sizeof content, "%s", data);
	return content;
}

static void open_in(const struct temporary *t, enum log_format format, enum log_level level)
{
	char path[128];

	snprintf(path, sizeof path, "file:%s/log", t->path);
	assert_int_equal(log_open(path, format, level), 0);
}

/* Redirects stderr into the file "err" while f runs. */
static const char *stderr_of(const struct temporary *t, void (*f)(void))
{
	int saved = dup(STDERR_FILENO),
	    err = openat(t->fd, "err", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	dup2(err, STDERR_FILENO);
	f();
	dup2(saved, STDERR_FILENO);
	close(saved);
	ssize_t n = pread(err, content, sizeof content - 1, 0);
	close(err);
	content[n < 0 ? 0 : n] = 0;
	return content;
}

static void json_record(void **state)
{
	TEMPORARY(t);
	struct tm tm = { 0 };
	char stamp[64] = "";

	(void)state;
	open_in(&t, LOG_JSON, LEVEL_WARNING);
	log_warning("a \"%s\" \\ b\n\t\x01 \xc3\xa9 \xff.", "q");
	const char *line = log_of(&t);
	const char *front = "{\"level\":\"warning\",\"msg\":\"a \\\"q\\\" \\\\ b\\n\\u0009\\u0001 "
			    "\xc3\xa9 \xef\xbf\xbd.\",\"time\":\"";
	assert_memory_equal(line, front, strlen(front));
	assert_int_equal(sscanf(line + strlen(front), "%63[^\"]", stamp), 1);
	assert_int_equal(strlen(stamp), strlen("2026-08-22T17:21:51Z"));
	assert_string_equal(strptime(stamp, "%Y-%m-%dT%H:%M:%S", &tm), "Z");
	assert_true(labs((long)(timegm(&tm) - time(NULL))) < 100);
	assert_string_equal(line + strlen(front) + strlen(stamp), "\"}\n");
}

static void appends(void **state)
{
	TEMPORARY(t);

	(void)state;
	assert_int_equal(file_create(t.fd, "log", "old\n", 4, 0600), 0);
	open_in(&t, LOG_JSON, LEVEL_ERROR);
	log_warning("not this");
	log_info("nor this");
	log_debug("nor that");
	assert_string_equal(log_of(&t), "old\n");
	assert_false(log_wants(LEVEL_WARNING));
	assert_true(log_wants(LEVEL_ERROR));
	assert_true(log_fd() >= 0);
	assert_int_equal(fcntl(log_fd(), F_GETFD), FD_CLOEXEC);
}

static void put_failure(void)
{
	log_failure("create: it broke");
}

static void failure_twice(void **state)
{
	TEMPORARY(t);

	(void)state;
	open_in(&t, LOG_JSON, LEVEL_ERROR);
	assert_string_equal(stderr_of(&t, put_failure), "create: it broke\n");
	const char *line = log_of(&t),
		   *front = "{\"level\":\"error\",\"msg\":\"create: it broke\",\"time\":\"";
	assert_memory_equal(line, front, strlen(front));
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1); /* one record */
	assert_int_equal(log_open(NULL, LOG_JSON, LEVEL_ERROR), 0);
	assert_string_equal(stderr_of(&t, put_failure), "create: it broke\n");
	assert_int_equal(log_fd(), -1);
}

static void put_lines(void)
{
	log_warning("careful");
	log_debug("step %d", 3);
}

static void text_lines(void **state)
{
	TEMPORARY(t);
	double ms;
	char rest[32];

	(void)state;
	assert_int_equal(log_open(NULL, LOG_TEXT, LEVEL_DEBUG), 0);
	const char *out = stderr_of(&t, put_lines);
	assert_true(text_starts(out, "warning: careful\n"));
	assert_int_equal(sscanf(strchr(out, '\n') + 1, "[%lf ms] %31[^\n]", &ms, rest), 2);
	assert_true(ms >= 0 && ms < 600000);
	assert_string_equal(rest, "step 3");

	open_in(&t, LOG_TEXT, LEVEL_WARNING);
	log_warning("a\nb");
	out = log_of(&t);
	assert_true(text_starts(out, "time=\"2"));
	assert_non_null(strstr(out, "Z\" level=warning msg=\"a\\nb\"\n"));
}

static void steps_of_failure(void **state)
{
	TEMPORARY(t);
	double ms;
	int end = 0;

	(void)state;
	open_in(&t, LOG_TEXT, LEVEL_ERROR);
	log_step(FLIGHT_CONTAINER, "mounts \"x\"");
	assert_string_equal(log_of(&t), "");
	stderr_of(&t, put_failure);
	const char *out = log_of(&t);
	assert_int_equal(sscanf(out, "[%lf ms] container: mounts \"x\"\n%n", &ms, &end), 1);
	assert_true(end > 0 && text_starts(out + end, "time="));

	unlinkat(t.fd, "log", 0);
	open_in(&t, LOG_JSON, LEVEL_ERROR);
	stderr_of(&t, put_failure);
	out = log_of(&t);
	assert_non_null(strstr(out, ",\"steps\":[\"["));
	assert_non_null(strstr(out, "container: mounts \\\"x\\\"\"]}\n"));
	assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1); /* one document */

	/* With debug lines they stand in the log already. */
	unlinkat(t.fd, "log", 0);
	open_in(&t, LOG_JSON, LEVEL_DEBUG);
	stderr_of(&t, put_failure);
	assert_null(strstr(log_of(&t), "steps"));
	assert_int_equal(log_open(NULL, LOG_JSON, LEVEL_ERROR), 0);
	assert_string_equal(stderr_of(&t, put_failure), "create: it broke\n");
}

static void refuses(void **state)
{
	(void)state;
	assert_int_equal(log_open("journald:x", LOG_TEXT, LEVEL_ERROR), -1);
	assert_string_equal(failure()->text, "log journald:x: journald: is not supported");
	assert_int_equal(log_open("syslog:x", LOG_TEXT, LEVEL_ERROR), -1);
	assert_int_equal(log_open("/nonexistent/dir/log", LOG_TEXT, LEVEL_ERROR), -1);
	assert_string_equal(failure()->text,
			    "open log file /nonexistent/dir/log: no such file or directory");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("EC-42 a JSON record: escaped, valid UTF-8, RFC 3339 time", json_record),
		TEST("EC-42 EC-43 the file is appended to, and quiet by default", appends),
		TEST("EC-41 a failure goes to stderr and the log", failure_twice),
		TEST("text lines", text_lines),
		TEST("EC-43 the steps that led to a failure are in its record, once",
		     steps_of_failure),
		TEST("a log that cannot be opened is refused", refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
