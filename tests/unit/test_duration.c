/* test_duration.c - lengths of time as Go writes them. */
#include "test.h"
#include "cli/cli.h"

static void good(void **state)
{
	static const struct {
		const char *text;
		int64_t nanoseconds;
	} rows[] = {
		{ "5s", 5000000000 },
		{ "100ms", 100000000 },
		{ "1m30s", 90000000000 },
		{ "1.5h", 5400000000000 },
		{ "2us", 2000 },
		{ "7ns", 7 },
		{ "2\u00b5s", 2000 },
		{ "3", 3000000000 },
		{ "0", 0 },
		{ ".5s", 500000000 },
		{ "1h1m1s1ms", 3661001000000 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t found = -1;

		assert_int_equal(duration_parse(rows[i].text, &found), 0);
		assert_int_equal(found, rows[i].nanoseconds);
	}
}

static void bad(void **state)
{
	static const char *const rows[] = { "",	      "s",	    ".",
					    "-1s",    "+1s",	    " 1s",
					    "1 s",    "1x",	    "1d",
					    "1.2.3s", "1sx",	    "s1",
					    "1e3s",   "999999999h", "99999999999999999999999999" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t found = 42;

		assert_int_equal(duration_parse(rows[i], &found), -1);
		assert_int_equal(found, 42);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("durations that Go reads", good),
		TEST("durations that are none", bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
