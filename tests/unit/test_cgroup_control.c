/* test_cgroup_control.c - making, watching and removing real cgroups, all below a directory of its
 * own. */
#include "test.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/process.h"
#include "base/wait.h"
#include "cgroup/cgroup.h"
#include "cgroup/cgroup_files.h"
#include "cgroup/cgroup_lib.h"
#include "host/host.h"
#include "temporary.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct host host;
static char top[64]; /* "/ring3-test-PID" */

static bool can(void)
{
	char full[512];
	static int answer = -1;

	if (answer < 0) {
		snprintf(top, sizeof top, "/ring3-test-%d", (int)getpid());
		answer = host_probe(&host) == 0 && host.cgroup_mount;
		snprintf(full, sizeof full, "%s%s", host.cgroup_mount, top);
		answer = answer && mkdir(full, 0755) == 0 && rmdir(full) == 0;
	}
	if (!answer)
		print_message("needs a cgroup2 file system in which this user may make cgroups\n");
	return answer;
}

#define NEEDS_CGROUPS                                                                              \
	do {                                                                                       \
		if (!can())                                                                        \
			skip();                                                                    \
	} while (0)

static const char *below(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof paths[0], "%s%s", top, name);
	return path;
}

static bool exists(const char *path)
{
	char full[512];

	snprintf(full, sizeof full, "%s%s", host.cgroup_mount, path);
	return access(full, F_OK) == 0;
}

static int create(const char *path, int *ret_fd, char **ret_made)
{
	return cgroup_create(&(struct cgroup_plan){ .mount = host.cgroup_mount, .path = path },
			     ret_fd, ret_made);
}

static void must_remove(const char *path, const char *made)
{
	if (cgroup_remove(host.cgroup_mount, path, made, wait_until(10)) < 0)
		fail_msg("%s", failure()->text);
}

/* A process in the cgroup that waits for its end. */
static pid_t sleeper(int cgroup_fd, int *ret_pidfd)
{
	pid_t pid = process_clone(0, cgroup_fd, SIGCHLD, ret_pidfd);

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failed test leaves nobody behind */
		for (;;)
			pause();
	}
	assert_true(pid > 0);
	return pid;
}

static void parents(void **state)
{
	(void)state;
	NEEDS_CGROUPS;
	int fd;
	char *made, *made_again;

	assert_int_equal(create(below("/a/b/c"), &fd, &made), 0);
	close(fd);
	assert_string_equal(made, top);
	assert_int_equal(create(below("/a/other"), &fd, &made_again), 0);
	close(fd);
	assert_string_equal(made_again, below("/a/other"));
	must_remove(below("/a/b/c"), made);
	assert_false(exists(below("/a/b")));
	assert_true(exists(below("/a"))); /* somebody else's cgroup is in it */
	must_remove(below("/a/other"), made_again);
	assert_true(exists(below("/a"))); /* not made with it */
	must_remove(below("/a"), top);
	assert_false(exists(top));
	must_remove(below("/a"), top); /* missing is no error */
	free(made);
	free(made_again);
}

static void in_use(void **state)
{
	(void)state;
	NEEDS_CGROUPS;
	int fd, other, pidfd, inner, second;
	char *made, *unused;

	assert_int_equal(create(top, &fd, &made), 0);
	assert_string_equal(made, top);
	assert_int_equal(create(below("/sub"), &other, &unused), 0);
	free(unused);
	pid_t pid = sleeper(other, &pidfd), in_top;

	assert_int_equal(create(top, &second, &unused), -1);
	assert_non_null(
		strstr(failure()->text, "container's cgroup is not empty: 1 process(es) found"));
	assert_true(second == -1 && !unused);
	in_top = sleeper(fd, &inner);
	pid_t *pids;
	size_t count;

	assert_int_equal(cgroup_processes(fd, &pids, &count), 0);
	assert_int_equal(count, 2);
	assert_true((pids[0] == pid && pids[1] == in_top) || (pids[1] == pid && pids[0] == in_top));
	free(pids);
	assert_true(cgroup_is_populated(fd));
	assert_int_equal(cgroup_kill(fd), 0);
	process_kill_and_reap(pidfd);
	process_kill_and_reap(inner);
	assert_int_equal(cgroup_wait_empty(fd, wait_until(10)), 0);
	assert_false(cgroup_is_populated(fd));
	assert_int_equal(file_write(fd, "cgroup.freeze", "1"), 0);
	assert_int_equal(create(top, &second, &unused), -1);
	assert_non_null(strstr(failure()->text, "container's cgroup unexpectedly frozen"));
	assert_int_equal(file_write(fd, "cgroup.freeze", "0"), 0);
	assert_int_equal(create(top, &second, &unused), 0); /* there, but unused */
	assert_null(unused);
	close(second);
	close(other);
	close(fd);
	close(pidfd);
	close(inner);
	must_remove(top, made);
	assert_false(exists(top));
	free(made);
}

static void freezing(void **state)
{
	(void)state;
	NEEDS_CGROUPS;
	int fd, pidfd;
	char *made;

	assert_int_equal(create(top, &fd, &made), 0);
	sleeper(fd, &pidfd);
	assert_false(cgroup_is_frozen(fd));
	assert_int_equal(cgroup_freeze(fd, wait_until(10)), 0);
	assert_true(cgroup_is_frozen(fd));
	assert_int_equal(cgroup_freeze(fd, wait_until(10)), 0); /* twice is once */
	assert_int_equal(cgroup_thaw(fd, wait_until(10)), 0);
	assert_false(cgroup_is_frozen(fd));
	int status;

	assert_int_equal(cgroup_signal_all(fd, SIGTERM), 0);
	assert_int_equal(process_wait(pidfd, wait_until(10), "the child", &status), 0);
	assert_int_equal(status, 128 + SIGTERM);
	close(pidfd);
	close(fd);
	must_remove(top, made);
	free(made);
}

static void deadline(void **state)
{
	(void)state;
	NEEDS_CGROUPS;
	int fd, pidfd;
	char *made;

	assert_int_equal(create(top, &fd, &made), 0);
	sleeper(fd, &pidfd);
	assert_int_equal(cgroup_remove(host.cgroup_mount, top, made, wait_now() + 20000000), -1);
	assert_int_equal(failure()->code, ETIMEDOUT);
	assert_true(exists(top));
	assert_int_equal(cgroup_signal_all(fd, SIGKILL), 0);
	must_remove(top, made); /* waits for the death */
	assert_false(exists(top));
	process_kill_and_reap(pidfd);
	close(pidfd);
	close(fd);
	free(made);
}

/* Removed as a whole: made by the container, deeper than a path can be long and wider than one read
 * of a directory. */
static void filled(void **state)
{
	(void)state;
	NEEDS_CGROUPS;
	enum { DEPTH = 60, WIDTH = 150 };
	int fd;
	char *made, name[160];

	assert_int_equal(create(top, &fd, &made), 0);
	for (int i = 0; i < WIDTH; i++) {
		snprintf(name, sizeof name, "wide%d", i);
		assert_int_equal(mkdirat(fd, name, 0755), 0);
		snprintf(name, sizeof name, "wide%d/inner", i);
		assert_int_equal(mkdirat(fd, name, 0755), 0);
	}
	int at = dup(fd);

	memset(name, 'd', 150);
	name[150] = '\0';
	for (int i = 0; i < DEPTH; i++) {
		assert_int_equal(mkdirat(at, name, 0755), 0);
		int next = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		close(at);
		at = next;
	}
	close(at);
	close(fd);
	must_remove(top, made);
	assert_false(exists(top));
	free(made);
}

static void missing(void **state)
{
	(void)state;
	NEEDS_CGROUPS;
	int fd;
	char *made;

	assert_int_equal(cgroup_open(host.cgroup_mount, top), -1);
	assert_int_equal(failure()->code, ENOENT);
	assert_int_equal(
		cgroup_create(&(struct cgroup_plan){ .mount = "/proc", .path = "/x" }, &fd, &made),
		-1);
	assert_true(fd == -1 && !made);
	assert_int_equal(
		cgroup_create(&(struct cgroup_plan){ .mount = host.cgroup_mount }, &fd, &made), 0);
	assert_true(fd == -1 && !made);
	assert_int_equal(cgroup_remove(host.cgroup_mount, NULL, NULL, 0), 0);
}

static void gone(void **state)
{
	(void)state;
	NEEDS_CGROUPS;
	int fd;
	char *made;

	assert_int_equal(create(top, &fd, &made), 0);
	must_remove(top, made);
	assert_int_equal(cgroup_kill(fd), 0);
	assert_int_equal(cgroup_wait_empty(fd, wait_until(1)), 0);
	assert_false(cgroup_is_populated(fd));
	close(fd);
	free(made);
}

static void report(void **state)
{
	(void)state;
	cleanup_text struct text text = { 0 };

	if (cgroup_host_report(&text) < 0) {
		print_message("needs cgroup file systems that libcgroup finds\n");
		skip();
	}
	assert_true(text.length == 0 || strstr(text.data, " /"));
}

/* The file is the kernel's, and the memory controller may be elsewhere: a copy of one. */
static void oom_kills(void **state)
{
	static const char events[] =
		"low 0\nhigh 0\nmax 412\noom 3\noom_kill 2\noom_group_kill 1\n";
	TEMPORARY(t);

	(void)state;
	assert_int_equal(cgroup_oom_kills(t.fd), -1);
	assert_int_equal(file_create(t.fd, "memory.events", events, strlen(events), 0600), 0);
	assert_int_equal(cgroup_oom_kills(t.fd), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("C-01 missing parents are made, C-10 and removed when nobody uses them",
		     parents),
		TEST("C-06 a cgroup with processes or frozen is an error, an unused one is taken",
		     in_use),
		TEST("C-09 freeze and thaw, signals reach every process", freezing),
		TEST("C-10 removal waits for dying processes, but not for ever", deadline),
		TEST("C-10 what the container made in its cgroup is removed", filled),
		TEST("a missing cgroup", missing),
		TEST("the OOM killer's count is read from memory.events", oom_kills),
		TEST("C-10 nobody is in a cgroup that was removed meanwhile", gone),
		TEST("libcgroup's report of the host", report),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
