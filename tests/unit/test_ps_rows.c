/* test_ps_rows.c - which rows of a table of ps(1) are kept. */
#include "test.h"
#include "base/fail.h"
#include "base/text.h"
#include "cli/ps_rows.h"

static const pid_t pids[] = { 7, 123 };

static void keeps(const char *table, const char *expected)
{
	cleanup_free char *copy = strdup(table);
	cleanup_text struct text out = { 0 };

	assert_int_equal(ps_rows(&out, copy, pids, COUNT(pids)), 0);
	assert_string_equal(out.data, expected);
}

static void rows_of_the_pids(void **state)
{
	(void)state;
	keeps("UID   PID PPID CMD\nroot    7    1 a\nroot   77    1 b\nu     123    7 c d\n",
	      "UID   PID PPID CMD\nroot    7    1 a\nu     123    7 c d\n");
	keeps("PID\n7\n123\n1234\n", "PID\n7\n123\n");
	keeps("A\tPID\nx\t7\ny\t8\n", "A\tPID\nx\t7\n");
}

static void other_columns_do_not_count(void **state)
{
	(void)state;
	keeps("PPID SPID PID\n7 7 8\n123 1 7\n", "PPID SPID PID\n123 1 7\n");
}

static void broken_rows_are_left_out(void **state)
{
	(void)state;
	keeps("A PID\n\nx\nx 7x\nx -7\nx 99999999999999999999999999\nx 7", "A PID\nx 7\n");
}

static void no_pid_column(void **state)
{
	static const char *const tables[] = { "", "\n", "UID PPID CMD\nroot 7 x\n", "pid\n7\n" };

	(void)state;
	for (size_t i = 0; i < COUNT(tables); i++) {
		cleanup_free char *copy = strdup(tables[i]);
		cleanup_text struct text out = { 0 };

		assert_int_equal(ps_rows(&out, copy, pids, COUNT(pids)), -1);
		assert_non_null(strstr(failure()->text, "no column PID"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("ps keeps the header and the rows of the given processes", rows_of_the_pids),
		TEST("ps looks at the column PID alone", other_columns_do_not_count),
		TEST("ps leaves out rows that it cannot read", broken_rows_are_left_out),
		TEST("ps without a column PID is an error", no_pid_column),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
