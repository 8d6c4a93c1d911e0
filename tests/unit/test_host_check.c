/* test_host_check.c - lines of /etc/subuid; the rest is the machine's, see check.bats. */
#include "test.h"
#include "base/text.h"
#include "host/host_check.h"
#include <unistd.h>

static void subids(void **state)
{
	static const char text[] = "alice:100000:65536\nbob2:1:1\n1007:300000:65536\n";

	(void)state;
	assert_true(host_has_subids(text, "alice", 1));
	assert_true(host_has_subids(text, "carol", 1007));
	assert_false(host_has_subids(text, "bob", 2));
	assert_false(host_has_subids(text, "lice", 2));
	assert_false(host_has_subids(text, "carol", 100));
	assert_false(host_has_subids("", "alice", 1));
}

struct seen {
	int count, missing;
	bool cgroup;
};

static void note(const struct host_finding *f, void *arg)
{
	struct seen *s = arg;

	s->count++;
	s->missing += f->verdict == HOST_MISSING;
	s->cgroup |= !strcmp(f->what, "cgroup2 is not mounted");
	assert_true(f->verdict == HOST_OK ? !f->fix : text_is_set(f->fix));
}

static void no_cgroup(void **state)
{
	struct host host;
	struct seen seen = { 0 };

	(void)state;
	assert_int_equal(host_probe(&host), 0);
	host.cgroup_mount = NULL;
	int missing = host_check(&host, note, &seen);
	assert_int_equal(missing, seen.missing);
	assert_true(seen.cgroup);
	assert_true(seen.count >= 4);
	close(host.proc_fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("a line of /etc/subuid is for a name or a number", subids),
		TEST("what is missing is counted, and every lack has a remedy", no_cgroup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
