/* test_fail.c - the error record, and the arena. */
#include "test.h"
#include "base/arena.h"
#include "base/fail.h"
#include "base/text.h"
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

static void records_and_returns(void **state)
{
	(void)state;
	assert_int_equal(fail(ENOENT, "open %s", "/x"), -1);
	assert_string_equal(failure()->text, "open /x: no such file or directory");
	assert_int_equal(failure()->code, ENOENT);
	assert_int_equal(fail(0, "bad %d", 7), -1);
	assert_string_equal(failure()->text, "bad 7");
	assert_int_equal(failure()->code, 0);
}

static void reason_first_letter(void **state)
{
	static const struct {
		int code;
		const char *words;
	} rows[] = {
		{ EPERM, "operation not permitted" },
		{ EISDIR, "is a directory" },
		{ EDOTDOT, "RFS specific error" },
		{ ELIBSCN, ".lib section in a.out corrupted" },
		{ 9999, "errno 9999" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(fail_reason(rows[i].code), rows[i].words);
}

static void puts_in_front(void **state)
{
	(void)state;
	fail(EACCES, "read");
	assert_int_equal(fail_in("mounts[%d]", 2), -1);
	assert_int_equal(fail_in("create"), -1);
	assert_string_equal(failure()->text, "create: mounts[2]: read: permission denied");
	assert_int_equal(failure()->code, EACCES);
}

static void may_quote_itself(void **state)
{
	(void)state;
	fail(0, "inner");
	fail(0, "outer (%s)", failure()->text);
	assert_string_equal(failure()->text, "outer (inner)");
	fail_in("%s", failure()->text);
	assert_string_equal(failure()->text, "outer (inner): outer (inner)");
}

static void long_text_is_cut(void **state)
{
	static char big[2 * FAILURE_TEXT];

	(void)state;
	memset(big, 'a', sizeof big - 1);
	fail(ENOENT, "%s", big);
	assert_int_equal(strlen(failure()->text), FAILURE_TEXT - 1);
	fail_in("front");
	assert_int_equal(strlen(failure()->text), FAILURE_TEXT - 1);
	assert_memory_equal(failure()->text, "front: aaa", 10);
}

static void copies_without_nul(void **state)
{
	char raw[4] = { 'a', 'b', 'c', 'd' };

	(void)state;
	assert_int_equal(fail_copy(EIO, raw, sizeof raw), -1);
	assert_string_equal(failure()->text, "abcd");
	assert_int_equal(failure()->code, EIO);
	fail_copy(0, "ab\0cd", 5);
	assert_string_equal(failure()->text, "ab");
}

static void arena_hands_out(void **state)
{
	cleanup_arena struct arena *a = arena_new();
	unsigned char *big, *previous = NULL;

	(void)state;
	for (size_t size = 1; size < 3000; size += 37) {
		unsigned char *p = arena_alloc(a, size);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size);
		assert_true(text_ends(arena_printf(a, "%zu-%s", size, "x"), "-x"));
		previous = p;
	}
	big = arena_alloc(a, 1 << 20);
	big[(1 << 20) - 1] = 1;
	assert_int_equal(big[0], 0);
	assert_int_equal(previous[0], 0xff);
	assert_string_equal(arena_strndup(a, "abcdef", 3), "abc");
	assert_string_equal(arena_strdup(a, ""), "");
	arena_free(NULL);
}

static void overflow_ends(void **state)
{
	int status;

	(void)state;
	pid_t pid = fork();
	if (!pid) {
		close(STDERR_FILENO);
		arena_array(arena_new(), SIZE_MAX / 2, 3);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

static void count(const char *text, void *arg)
{
	assert_string_equal(text, "one");
	++*(int *)arg;
}

static void collects(void **state)
{
	int n = 0;

	(void)state;
	fail(0, "one");
	assert_int_equal(fail_go_on(), -1);
	fail_collect(count, &n);
	assert_int_equal(fail_go_on(), 0);
	assert_int_equal(n, 1);
	assert_int_equal(fail_go_on(), 0); /* the same one */
	assert_int_equal(n, 1);
	fail_collect(NULL, NULL);
	assert_int_equal(fail_go_on(), -1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("a failure names object and reason", records_and_returns),
		TEST("the reason has a small first letter, but not RFS", reason_first_letter),
		TEST("fail_in puts the place in front and keeps the code", puts_in_front),
		TEST("arguments may point into the record", may_quote_itself),
		TEST("a long text is cut, not overrun", long_text_is_cut),
		TEST("a failure ends a list of rules, unless failures are collected", collects),
		TEST("a copied failure needs no NUL", copies_without_nul),
		TEST("arena memory is zeroed, aligned and stays", arena_hands_out),
		TEST("an array that overflows ends the process", overflow_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
