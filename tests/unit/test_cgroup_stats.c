/* test_cgroup_stats.c - files of a cgroup into the JSON of `events`, and its events. */
#include "test.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/text.h"
#include "base/wait.h"
#include "cgroup/cgroup_stats.h"
#include "temporary.h"
#include <fcntl.h>

static void put(int dir_fd, const char *name, const char *text)
{
	assert_int_equal(file_replace(dir_fd, name, text, strlen(text), 0600), 0);
}

static void has(const struct text *t, const char *expected)
{
	if (!strstr(t->data, expected))
		fail_msg("no %s in %s", expected, t->data);
}

static void full(void **state)
{
	static const struct {
		const char *name, *text;
	} files[] = {
		{ "cpu.stat", "usage_usec 30\nuser_usec 10\nsystem_usec 20\nnr_periods 3\n"
			      "nr_throttled 2\nthrottled_usec 5\n" },
		{ "cpu.pressure", "some avg10=0.01 avg60=1.00 avg300=0.00 total=7\n"
				  "full avg10=0.00 avg60=0.00 avg300=0.00 total=8\n" },
		{ "memory.stat", "anon 1\nfile 4096\nfile_mapped 9\n" },
		{ "memory.max", "1000\n" },
		{ "memory.current", "500\n" },
		{ "memory.peak", "600\n" },
		{ "memory.swap.max", "200\n" },
		{ "memory.swap.current", "50\n" },
		{ "pids.current", "3\n" },
		{ "pids.max", "max\n" },
		{ "io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n"
			     "8:16 rbytes=5 wbytes=6 rios=7 wios=8\n" },
		{ "hugetlb.2MB.current", "1\n" },
		{ "hugetlb.2MB.rsvd.current", "2097152\n" },
		{ "hugetlb.2MB.events", "max 4\n" },
		{ "hugetlb.1GB.current", "7\n" },
	};
	static const char *const expected[] = {
		"\"cpu\":{\"usage\":{\"total\":30000,\"kernel\":20000,\"user\":10000},"
		"\"throttling\":{\"periods\":3,\"throttledPeriods\":2,\"throttledTime\":5000},"
		"\"psi\":{\"some\":{\"avg10\":0.01,\"avg60\":1.00,\"avg300\":0.00,\"total\":7},"
		"\"full\":{\"avg10\":0.00,\"avg60\":0.00,\"avg300\":0.00,\"total\":8}}}",
		"\"memory\":{\"cache\":4096,"
		"\"usage\":{\"limit\":1000,\"usage\":500,\"max\":600,\"failcnt\":0},"
		"\"swap\":{\"limit\":1200,\"usage\":550,\"failcnt\":0},",
		"\"raw\":{\"anon\":1,\"file\":4096,\"file_mapped\":9}}",
		"\"pids\":{\"current\":3}",
		"\"ioServiceBytesRecursive\":[{\"major\":8,\"minor\":0,\"op\":\"Read\",\"value\":1}"
		","
		"{\"major\":8,\"minor\":0,\"op\":\"Write\",\"value\":2},"
		"{\"major\":8,\"minor\":16,\"op\":\"Read\",\"value\":5},",
		"\"ioServicedRecursive\":[{\"major\":8,\"minor\":0,\"op\":\"Read\",\"value\":3},",
		"\"2MB\":{\"usage\":2097152,\"failcnt\":4}",
		"\"1GB\":{\"usage\":7,\"failcnt\":0}",
		"\"network_interfaces\":null}",
	};
	TEMPORARY(directory);
	cleanup_fd int fd = file_open_dir(AT_FDCWD, directory.path);
	cleanup_text struct text out = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++)
		put(fd, files[i].name, files[i].text);
	cgroup_stats(fd, &out);
	for (size_t i = 0; i < COUNT(expected); i++)
		has(&out, expected[i]);
}

static void empty(void **state)
{
	TEMPORARY(directory);
	cleanup_fd int fd = file_open_dir(AT_FDCWD, directory.path);
	cleanup_text struct text out = { 0 };

	(void)state;
	cgroup_stats(fd, &out);
	has(&out, "{\"cpu\":{\"usage\":{\"kernel\":0,\"user\":0},\"throttling\":{}},");
	has(&out, "\"usage\":{\"limit\":18446744073709551615,\"failcnt\":0},");
	has(&out, "\"swap\":{\"limit\":18446744073709551615,\"failcnt\":0},");
	has(&out, "\"raw\":{}},\"pids\":{},\"blkio\":{},\"hugetlb\":{},\"intel_rdt\":{},");
}

static void events(void **state)
{
	TEMPORARY(directory);
	cleanup_fd int fd = file_open_dir(AT_FDCWD, directory.path);
	__attribute__((cleanup(cgroup_watch_close))) struct cgroup_watch w = { -1, -1, 0 };
	enum cgroup_event event;

	(void)state;
	assert_int_equal(cgroup_watch_open(fd, &w), -1);
	put(fd, "cgroup.events", "populated 1\nfrozen 0\n");
	put(fd, "memory.events", "low 0\noom 3\noom_kill 2\noom_group_kill 0\n");
	assert_int_equal(cgroup_watch_open(fd, &w), 0);
	assert_int_equal(cgroup_watch_next(&w, wait_now(), &event), 0);
	assert_int_equal(event, CGROUP_TIMEOUT);

	/* In place: the descriptors stay with the files. */
	assert_int_equal(file_write(fd, "memory.events", "low 0\noom 3\noom_kill 3\n"), 0);
	assert_int_equal(cgroup_watch_next(&w, wait_now(), &event), 0);
	assert_int_equal(event, CGROUP_OOM);
	assert_int_equal(cgroup_watch_next(&w, wait_now(), &event), 0);
	assert_int_equal(event, CGROUP_TIMEOUT);

	assert_int_equal(file_write(fd, "cgroup.events", "populated 0\n"), 0);
	assert_int_equal(cgroup_watch_next(&w, NO_DEADLINE, &event), 0);
	assert_int_equal(event, CGROUP_ENDED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("stats: every file has its member", full),
		TEST("stats: controllers that are not there", empty),
		TEST("events: time, out of memory, the end", events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
