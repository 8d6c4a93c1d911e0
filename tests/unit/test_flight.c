/* test_flight.c - what the recorder keeps, of this process and of one that was cloned from it. */
#include "test.h"
#include "base/flight.h"
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static size_t entries(void)
{
	struct flight_entry e;
	size_t n = 0;

	while (flight_entry(n, &e))
		n++;
	return n;
}

static void in_order(void **state)
{
	struct flight_entry e, later;

	(void)state;
	assert_int_equal(entries(), 0);
	assert_null(flight_last(FLIGHT_COMMAND));
	flight_step(FLIGHT_COMMAND, "one");
	flight_step(FLIGHT_COMMAND, "two");
	assert_true(flight_entry(0, &e) && flight_entry(1, &later));
	assert_string_equal(e.what, "one");
	assert_string_equal(later.what, "two");
	assert_true(e.time && later.time >= e.time);
	assert_string_equal(flight_last(FLIGHT_COMMAND), "two");
	assert_null(flight_last(FLIGHT_CONTAINER));
}

static void of_child(void **state)
{
	(void)state;
	flight_share();
	assert_int_equal(entries(), 2); /* what was there stays */
	pid_t pid = fork();
	if (!pid) {
		flight_step(FLIGHT_CONTAINER, "mounts");
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_string_equal(flight_last(FLIGHT_CONTAINER), "mounts");
	assert_string_equal(flight_last(FLIGHT_COMMAND), "two");
}

static void bounded(void **state)
{
	struct flight_entry e;

	(void)state;
	for (int i = 0; i < 3 * FLIGHT_STEPS; i++)
		flight_step(FLIGHT_COMMAND, i == 2 * FLIGHT_STEPS ? "first kept" : "more");
	assert_int_equal(entries(), FLIGHT_STEPS);
	assert_true(flight_entry(0, &e));
	assert_string_equal(e.what, "first kept");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("steps are kept in their order", in_order),
		TEST("the steps of a cloned process outlive it", of_child),
		TEST("the last ones are kept", bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
