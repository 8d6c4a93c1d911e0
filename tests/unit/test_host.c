/* The facts of this machine, and that a false host is believed. */
#include "test.h"
#include "base/fail.h"
#include "host/host.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

static void probe_tells_the_truth(void **state)
{
	struct host h;
	struct statfs fs;

	(void)state;
	assert_int_equal(host_probe(&h), 0);
	assert_int_equal(h.euid, geteuid());
	assert_int_equal(strlen(h.boot_id), 36);
	assert_true(h.cap_last >= 40 && h.cap_last < 64);
	assert_int_equal(fcntl(h.proc_fd, F_GETFD), FD_CLOEXEC);
	if (h.euid != 0)
		assert_true(h.rootless);
	if (h.cgroup_mount) {
		assert_int_equal(statfs(h.cgroup_mount, &fs), 0);
		assert_int_equal(fs.f_type, 0x63677270);
		assert_int_equal(*host_cgroup_own(&h), '/');
	}
	close(h.proc_fd);
}

static void caps_are_the_effective_ones(void **state)
{
	struct host h;
	char line[256];
	unsigned long long effective = 0;
	FILE *status = fopen("/proc/self/status", "re");

	(void)state;
	while (fgets(line, sizeof line, status))
		sscanf(line, "CapEff: %llx", &effective);
	fclose(status);
	assert_int_equal(host_probe(&h), 0);
	assert_int_equal(h.caps, effective);
	close(h.proc_fd);
}

static void user_namespace_is_seen(void **state)
{
	struct host h;
	struct stat st;

	(void)state;
	assert_int_equal(host_probe(&h), 0);
	assert_int_equal(stat("/proc/self/ns/user", &st), 0);
	assert_int_equal(h.in_user_namespace, st.st_ino != 4026531837);
	close(h.proc_fd);
}

/* A test's host must never look at the machine. */
static void false_host_is_believed(void **state)
{
	struct host no = { .proc_fd = -1, .cgroup_mount = "/sys/fs/cgroup" };
	struct host yes = { .proc_fd = -1,
			    .apparmor = true,
			    .selinux = true,
			    .cgroup_own = "/a",
			    .cgroup_controllers = "cpu pids" };

	(void)state;
	assert_false(host_apparmor(&no));
	assert_false(host_selinux(&no));
	assert_string_equal(host_cgroup_own(&no), "/");
	assert_string_equal(host_cgroup_controllers(&no), "");
	assert_true(host_apparmor(&yes));
	assert_true(host_selinux(&yes));
	assert_string_equal(host_cgroup_own(&yes), "/a");
	assert_string_equal(host_cgroup_controllers(&yes), "cpu pids");
}

static void user_is_named_or_numbered(void **state)
{
	(void)state;
	assert_string_equal(host_user(0), "root");
	assert_string_equal(host_user(3999999999), "3999999999");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("a probe tells the truth about ids, boot, cgroup2", probe_tells_the_truth),
		TEST("capabilities are those of /proc/self/status", caps_are_the_effective_ones),
		TEST("a user namespace is known by its inode", user_namespace_is_seen),
		TEST("a false host is believed and nothing is looked up", false_host_is_believed),
		TEST("a user has a name, or else a number", user_is_named_or_numbered),
	};

	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
