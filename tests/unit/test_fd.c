/* test_fd.c - which descriptors survive. */
#include "test.h"
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/fd.h"
#include "base/text.h"

/* In a child: opens 10 to 20, keeps some; exit status 0 when exactly these and those below first
 * are left. */
static int survivors(unsigned first, const int *keep, size_t count)
{
	if (fd_close_from(3) < 0)
		return 2;
	for (int fd = 10; fd <= 20; fd++)
		if (dup2(STDIN_FILENO, fd) < 0)
			return 3;
	if (fd_close_except(first, keep, count) < 0)
		return 4;
	for (int fd = 10; fd <= 20; fd++) {
		bool wanted = fd < (int)first;

		for (size_t i = 0; i < count; i++)
			wanted = wanted || keep[i] == fd;
		if ((fcntl(fd, F_GETFD) >= 0) != wanted)
			return 5;
	}
	return 0;
}

static void close_all_but(void **state)
{
	static const struct {
		unsigned first;
		int keep[4];
		size_t count;
	} cases[] = {
		{ 3, { 0 }, 0 },
		{ 3, { 12 }, 1 },
		{ 3, { 20, 10, 15 }, 3 },
		{ 12, { 11, 14, -1, 15 }, 4 },
		{ 10, { 10, 11, 12, 13 }, 4 },
		{ 3, { -1, -1, 1 }, 3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0)
			_exit(survivors(cases[i].first, cases[i].keep, cases[i].count));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("R6 only named descriptors survive", close_all_but),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
