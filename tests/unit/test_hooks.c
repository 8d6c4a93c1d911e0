/* test_hooks.c - one list of hooks: stdin, order, environment, deadline, output in the message. */
#include "test.h"
#include "base/fail.h"
#include "base/wait.h"
#include "stage/hooks.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static char out_path[] = "/tmp/ring3-hooks-XXXXXX";

static int setup(void **state)
{
	(void)state;
	strcpy(strrchr(out_path, '-') + 1, "XXXXXX");
	int fd = mkstemp(out_path);
	if (fd < 0)
		return -1;
	close(fd);
	return setenv("HOOK_OUT", out_path, 1);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(out_path);
}

static const char *output(void)
{
	static char text[1024];
	int fd = open(out_path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof text - 1);

	close(fd);
	text[n < 0 ? 0 : n] = 0;
	return text;
}

static int run(struct spec_hook *items, size_t count, const char *state, size_t size)
{
	spec_hooks hooks = { items, count };
	struct hooks_run h = {
		.kind = HOOK_CREATE_RUNTIME, .hooks = &hooks, .state = state, .state_size = size
	};

	return hooks_run(&h);
}

#define SHELL(...)                                                                                 \
	{                                                                                          \
		.path = "/bin/sh", .args = (const char *[])                                        \
		{                                                                                  \
			"sh", "-c", __VA_ARGS__, NULL                                              \
		}                                                                                  \
	}

static void state_on_stdin_in_order(void **state)
{
	struct spec_hook hooks[] = { SHELL("cat >>$HOOK_OUT"), SHELL("echo second >>$HOOK_OUT") };

	(void)state;
	assert_int_equal(run(hooks, 2, "{\"id\":1}", 8), 0);
	assert_string_equal(output(), "{\"id\":1}second\n");
}

static void arguments_verbatim(void **state)
{
	struct spec_hook hook = { .path = "/bin/sh",
				  .args = (const char *[]){ "other-name", "-c",
							    "echo $0 >$HOOK_OUT", NULL } };

	(void)state;
	assert_int_equal(run(&hook, 1, "", 0), 0);
	assert_string_equal(output(), "other-name\n");
}

static void own_environment_only(void **state)
{
	struct spec_hook hook = SHELL("/usr/bin/env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= >$TO");
	char to[64];

	(void)state;
	snprintf(to, sizeof to, "TO=%s", out_path);
	hook.env = (const char *[]){ to, "A=1", NULL };
	assert_int_equal(run(&hook, 1, "", 0), 0);
	assert_non_null(strstr(output(), "A=1\n"));
	assert_null(strstr(output(), "HOOK_OUT"));
}

static void status_and_stderr_are_in_the_message(void **state)
{
	struct spec_hook hooks[] = { SHELL("true"), SHELL("echo said; echo why >&2; exit 3"),
				     SHELL("echo never >$HOOK_OUT") };

	(void)state;
	assert_int_equal(run(hooks, 3, "", 0), -1);
	assert_string_equal(failure()->text, "error running createRuntime hook #1: /bin/sh: exit "
					     "status 3, stdout: said, stderr: why");
	assert_string_equal(output(), "");
}

static void a_signal_is_a_failure(void **state)
{
	struct spec_hook hook = SHELL("kill -9 $$");

	(void)state;
	assert_int_equal(run(&hook, 1, "", 0), -1);
	assert_non_null(strstr(failure()->text, "signal: Killed"));
}

static void a_missing_program_is_a_failure(void **state)
{
	struct spec_hook hook = { .path = "/no/such/hook" };

	(void)state;
	assert_int_equal(run(&hook, 1, "", 0), -1);
	assert_non_null(strstr(failure()->text, "hook #0: /no/such/hook"));
	assert_non_null(strstr(failure()->text, "no such file or directory"));
}

static void the_timeout_kills_the_group(void **state)
{
	struct spec_hook hook = SHELL("(sleep 3; echo late >$HOOK_OUT) & wait");
	int64_t before = wait_now();

	(void)state;
	hook.timeout = (struct opt_i64){ true, 1 };
	assert_int_equal(run(&hook, 1, "", 0), -1);
	assert_non_null(strstr(failure()->text, "timed out after 1 s"));
	assert_true(wait_now() - before < INT64_C(2500000000));
	usleep(2500 * 1000);
	assert_string_equal(output(), "");
}

static void who_never_reads_does_not_block(void **state)
{
	size_t size = 300 * 1024;
	char *big = malloc(size);
	struct spec_hook hook = SHELL("exit 0");

	(void)state;
	memset(big, 'x', size);
	assert_int_equal(run(&hook, 1, big, size), 0);
	free(big);
}

static void who_reads_all_gets_all(void **state)
{
	size_t size = 300 * 1024;
	char *big = malloc(size);
	struct spec_hook hook = SHELL("wc -c >$HOOK_OUT");

	(void)state;
	memset(big, 'x', size);
	assert_int_equal(run(&hook, 1, big, size), 0);
	assert_int_equal(atoi(output()), (int)size);
	free(big);
}

static void a_daemon_that_keeps_stdout_is_not_waited_for(void **state)
{
	struct spec_hook hook = SHELL("sleep 2 & exit 0");
	int64_t before = wait_now();

	(void)state;
	assert_int_equal(run(&hook, 1, "", 0), 0);
	assert_true(wait_now() - before < INT64_C(1500000000));
}

static void deadlines_add_up(void **state)
{
	struct spec_hook hooks[] = { { .path = "/a", .timeout = { true, 5 } }, { .path = "/b" } };
	spec_hooks list = { hooks, 2 };

	(void)state;
	assert_int_equal(hooks_seconds(&list), 5 + WAIT_HOOK);
}

#define HOOK_TEST(title, function)                                                                 \
	{                                                                                          \
		title, function, setup, teardown, NULL                                             \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOOK_TEST("H-11 state on stdin, hooks in order", state_on_stdin_in_order),
		HOOK_TEST("H-08 args are argv, argv[0] may differ from path", arguments_verbatim),
		HOOK_TEST("H-09 env is the whole environment", own_environment_only),
		HOOK_TEST("H-15 the message has kind, index, path, status, stdout and stderr",
			  status_and_stderr_are_in_the_message),
		HOOK_TEST("H-15 death by signal is a failure", a_signal_is_a_failure),
		HOOK_TEST("H-15 a missing program is a failure with its path",
			  a_missing_program_is_a_failure),
		HOOK_TEST("H-10 the timeout kills the whole group", the_timeout_kills_the_group),
		HOOK_TEST("H-11 a hook that never reads does not block",
			  who_never_reads_does_not_block),
		HOOK_TEST("H-11 a hook that reads gets a large state whole",
			  who_reads_all_gets_all),
		HOOK_TEST("H-14 a background process that keeps stdout is not waited for",
			  a_daemon_that_keeps_stdout_is_not_waited_for),
		HOOK_TEST("the parent's deadline is the sum of the timeouts", deadlines_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
