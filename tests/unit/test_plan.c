/*
 * test_plan.c - every tests/plan/NAME.json is planned for a false host and compared with the
 * hand-written lines of NAME.expect.  No privileges, no system calls of the features.
 *
 *   host rootless          the caller is uid 1000 without privilege (default: real root)
 *   host hybrid            controllers are bound to cgroup v1
 *   host resctrl           resctrl is mounted
 *   host delegated         systemd has given the caller's own cgroup to the caller
 *   error TEXT             planning fails and the message contains TEXT
 *   has LINE               the plan has exactly this line
 *   not START              no line of the plan begins so
 *   # comment
 *
 * The first comment line of NAME.expect is the name of the test.
 */
#include "test.h"
#include "base/fail.h"
#include "base/file.h"
#include "plan/plan.h"
#include "spec/load.h"
#include <dirent.h>
#include <fcntl.h>

enum { MAX_CASES = 256 };

static const struct host real_root = {
	.caps = 0x1ffffffffff,
	.cap_last = 40,
	.boot_id = "00000000-0000-0000-0000-000000000000",
	.cgroup_mount = "/sys/fs/cgroup",
	.cgroup_own = "/user.slice/session.scope",
	.cgroup_controllers = "cpuset cpu io memory hugetlb pids rdma misc",
	.proc_fd = -1,
};

static void false_host(const char *words, struct host *host)
{
	if (strstr(words, "rootless")) {
		host->euid = host->egid = 1000;
		host->rootless = true;
		host->caps = 0;
		host->runtime_dir = "/run/user/1000";
		host->user = "user";
	}
	host->resctrl = strstr(words, "resctrl") ? "/sys/fs/resctrl" : NULL;
	host->cgroup_delegated = strstr(words, "delegated") != NULL;
	if (strstr(words, "hybrid")) {
		host->cgroup_hybrid = true;
		host->cgroup_controllers = "";
	}
}

static bool has_line(const char *text, const char *line, bool whole)
{
	size_t n = strlen(line);

	for (const char *at = text; (at = strstr(at, line)) != NULL; at++)
		if ((at == text || at[-1] == '\n') && (!whole || at[n] == '\n'))
			return true;
	return false;
}

static void expect_line(const char *line, const char *plan, const char *error)
{
	if (text_starts(line, "error ")) {
		if (!error)
			fail_msg("planned, but this error was expected: %s", line + 6);
		if (!strstr(error, line + 6))
			fail_msg("the error is: %s; expected: %s", error, line + 6);
		return;
	}
	if (error)
		fail_msg("does not plan: %s", error);
	if (text_starts(line, "has ") && !has_line(plan, line + 4, true))
		fail_msg("the plan lacks the line: %s\n%s", line + 4, plan);
	if (text_starts(line, "not ") && has_line(plan, line + 4, false))
		fail_msg("the plan has a line that begins: %s\n%s", line + 4, plan);
}

static void check_lines(char *expect, const char *plan, const char *error)
{
	unsigned checks = 0;

	for (char *line; (line = strsep(&expect, "\n")) != NULL;) {
		if (!*line || *line == '#' || text_starts(line, "host "))
			continue;
		if (!text_starts(line, "error ") && !text_starts(line, "has ") &&
		    !text_starts(line, "not "))
			fail_msg("what does this line mean: %s", line);
		expect_line(line, plan, error);
		checks++;
	}
	assert_true(checks > 0);
}

static void one_case(void **state)
{
	const char *name = *state;
	char path[512];
	cleanup_free char *json = NULL, *expect = NULL;
	cleanup_text struct text plan_text = { 0 };
	struct plan_request request = { .id = "c1" };
	struct host host = real_root;
	struct plan plan;
	size_t size;

	snprintf(path, sizeof path, "tests/plan/%s.json", name);
	assert_int_equal(file_read(AT_FDCWD, path, JSON_MAX_SIZE, &json, &size), 0);
	snprintf(path, sizeof path, "tests/plan/%s.expect", name);
	assert_int_equal(file_read(AT_FDCWD, path, JSON_MAX_SIZE, &expect, NULL), 0);
	for (const char *at = expect; (at = strstr(at, "host ")) != NULL; at++)
		if (at == expect || at[-1] == '\n') {
			char words[128];

			snprintf(words, sizeof words, "%.*s", (int)strcspn(at, "\n"), at);
			false_host(words, &host);
		}
	const struct spec *spec = spec_parse("config.json", json, size, "/bundle");
	int result = spec ? plan_make(spec, &host, &request, spec->arena, &plan) : -1;
	if (result == 0)
		plan_print(&plan, &plan_text);
	check_lines(expect, plan_text.data, result < 0 ? failure()->text : NULL);
	spec_free(spec);
}

/* The first comment of NAME.expect. */
static char *case_title(const char *name)
{
	char path[512], *title = NULL;
	cleanup_free char *expect = NULL;

	snprintf(path, sizeof path, "tests/plan/%s.expect", name);
	if (file_read(AT_FDCWD, path, JSON_MAX_SIZE, &expect, NULL) == 0 && *expect == '#')
		title = strndup(expect + 2, strcspn(expect + 2, "\n"));
	return title ? title : strdup(name);
}

static int is_json(const struct dirent *entry)
{
	return text_ends(entry->d_name, ".json");
}

int main(void)
{
	static struct CMUnitTest tests[MAX_CASES];
	struct dirent **entries;
	int count = scandir("tests/plan", &entries, is_json, alphasort);

	if (count <= 0 || count > MAX_CASES) {
		fprintf(stderr,
			"tests/plan: no cases, or more than %d; run from the top of the checkout\n",
			MAX_CASES);
		return 1;
	}
	for (int i = 0; i < count; i++) {
		char *name =
			strndup(entries[i]->d_name, strlen(entries[i]->d_name) - strlen(".json"));

		tests[i] = (struct CMUnitTest){ case_title(name), one_case, NULL, NULL, name };
		free(entries[i]);
	}
	free(entries);
	int failed = _cmocka_run_group_tests("plan", tests, (size_t)count, NULL, NULL);
	for (int i = 0; i < count; i++) {
		free((void *)(uintptr_t)tests[i].name);
		free(tests[i].initial_state);
	}
	return failed;
}
