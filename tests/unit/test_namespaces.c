/* Which namespaces are made, joined, and when a joiner is needed. */
#include "test.h"
#include "base/fail.h"
#include "host/host.h"
#include "sandbox/namespaces.h"
#include "spec_cases.h"
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAMESPACES(list, more) LINUX("'namespaces':[" list "]" more)
#define MAPS                                                                                       \
	",'uidMappings':[{'containerID':0,'hostID':1000,'size':1}]"                                \
	",'gidMappings':[{'containerID':0,'hostID':1000,'size':1}]"

static const struct host root = { .caps = ~UINT64_C(0), .cap_last = 40, .proc_fd = -1 };
static const struct host user = {
	.euid = 1000, .egid = 1000, .rootless = true, .cap_last = 40, .proc_fd = -1
};

static void flags_and_joiner(void **state)
{
	static const struct {
		const char *text;
		uint64_t create;
		bool new_time, joiner;
	} cases[] = {
		{ NAMESPACES("", ""), 0, false, false },
		{ NAMESPACES("{'type':'pid'},{'type':'mount'}", ""), CLONE_NEWPID | CLONE_NEWNS,
		  false, false },
		{ NAMESPACES("{'type':'network'},{'type':'ipc'},{'type':'uts'},{'type':'cgroup'}",
			     ""),
		  CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP, false, false },
		{ NAMESPACES("{'type':'time'}", ""), 0, true, false },
		{ NAMESPACES("{'type':'network','path':'/n'}", ""), 0, false, false },
		{ NAMESPACES("{'type':'pid','path':'/n'}", ""), 0, false, true },
		{ NAMESPACES("{'type':'user','path':'/n'}", ""), 0, false, true },
		{ NAMESPACES("{'type':'user'},{'type':'network','path':'/n'}", MAPS), CLONE_NEWUSER,
		  false, true },
		{ NAMESPACES("{'type':'user'},{'type':'network'}", MAPS),
		  CLONE_NEWUSER | CLONE_NEWNET, false, false },
		{ NAMESPACES("{'type':'time','path':'/n'}", ""), 0, false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct spec *spec = parse_valid(cases[i].text);
		struct namespaces n;

		assert_int_equal(namespaces_plan(spec, &root, spec->arena, &n), 0);
		if (n.create != cases[i].create || n.new_time != cases[i].new_time ||
		    n.needs_joiner != cases[i].joiner)
			fail_msg("%s: create %#llx, new_time %d, joiner %d", cases[i].text,
				 (unsigned long long)n.create, n.new_time, n.needs_joiner);
		spec_free(spec);
	}
}

static void time_offsets_are_text(void **state)
{
	const struct spec *spec = parse_valid(
		NAMESPACES("{'type':'time'}",
			   ",'timeOffsets':{'monotonic':"
			   "{'secs':-7,'nanosecs':5},'boottime':{'secs':9223372036854775807}}"));
	struct namespaces n;

	(void)state;
	assert_int_equal(namespaces_plan(spec, &root, spec->arena, &n), 0);
	assert_string_equal(n.time_offsets, "monotonic -7 5\nboottime 9223372036854775807 0\n");
	spec_free(spec);
}

static void unprivileged_needs_user_namespace(void **state)
{
	const struct spec *without = parse_valid(NAMESPACES("{'type':'pid'}", ""));
	const struct spec *with = parse_valid(NAMESPACES("{'type':'pid'},{'type':'user'}", MAPS));
	struct namespaces n;

	(void)state;
	assert_int_equal(namespaces_plan(without, &user, without->arena, &n), -1);
	assert_non_null(strstr(failure()->text, "needs a user namespace"));
	assert_int_equal(namespaces_plan(with, &user, with->arena, &n), 0);
	spec_free(without);
	spec_free(with);
}

static int open_paths(const char *text, int fds[NS_COUNT])
{
	const struct spec *spec = parse_valid(text);
	struct namespaces n;
	int result;

	assert_int_equal(namespaces_plan(spec, &root, spec->arena, &n), 0);
	result = namespaces_open(&n, fds);
	spec_free(spec);
	return result;
}

static void paths_are_opened_and_checked(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ NAMESPACES("{'type':'network','path':'/proc/self/ns/uts'}", ""),
		  "is not a network namespace" },
		{ NAMESPACES("{'type':'uts','path':'/dev/null'}", ""), "is not a namespace" },
		{ NAMESPACES("{'type':'uts','path':'/nowhere'}", ""),
		  "linux.namespaces[0].path: open uts namespace /nowhere: no such file or "
		  "directory" },
		{ NAMESPACES("{'type':'uts','path':'/proc/self/ns/uts'},{'type':'ipc','path':'/"
			     "proc/self/ns/uts'}",
			     ""),
		  "linux.namespaces[1].path" },
	};
	int fds[NS_COUNT];

	(void)state;
	assert_int_equal(
		open_paths(NAMESPACES("{'type':'uts','path':'/proc/self/ns/uts'}", ""), fds), 0);
	assert_true(fds[NS_UTS] >= 0);
	assert_int_equal(fcntl(fds[NS_UTS], F_GETFD), FD_CLOEXEC);
	assert_int_equal(fds[NS_NETWORK], -1);
	close(fds[NS_UTS]);
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(open_paths(cases[i].text, fds), -1);
		if (!strstr(failure()->text, cases[i].error))
			fail_msg("says \"%s\", not \"%s\"", failure()->text, cases[i].error);
	}
	for (int t = 0; t < NS_COUNT; t++)
		assert_int_equal(fds[t], -1); /* nothing is left open */
}

/* In a child: makes a user and uts namespace in a grandchild's place, joins both, and compares. */
static int join_from_outside(void)
{
	int ready[2], go[2], fds[NS_COUNT], status;
	char text[512], byte, before[64], after[64];
	pid_t pid;

	if (pipe(ready) < 0 || pipe(go) < 0)
		return 1;
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		if (unshare(CLONE_NEWUSER | CLONE_NEWUTS) < 0)
			_exit(77);
		if (write(ready[1], "x", 1) != 1 || read(go[0], &byte, 1) < 0)
			_exit(1);
		_exit(0);
	}
	close(ready[1]);
	close(go[0]);
	if (read(ready[0], &byte, 1) != 1) {
		waitpid(pid, &status, 0);
		return WEXITSTATUS(status);
	}
	snprintf(text, sizeof text,
		 NAMESPACES("{'type':'uts','path':'/proc/%d/ns/uts'},"
			    "{'type':'user','path':'/proc/%d/ns/user'}",
			    ""),
		 pid, pid);
	const struct spec *spec = parse(text);
	struct namespaces n;
	ssize_t length = readlink("/proc/self/ns/uts", before, sizeof before - 1);

	if (!spec || length < 0 || namespaces_plan(spec, &root, spec->arena, &n) < 0 ||
	    namespaces_open(&n, fds) < 0 || namespaces_join(&n, fds) < 0)
		return 2;
	before[length] = '\0';
	length = readlink("/proc/self/ns/uts", after, sizeof after - 1);
	if (length < 0)
		return 3;
	after[length] = '\0';
	close(go[1]);
	return strcmp(before, after) ? 0 : 4;
}

static void joins_what_belongs_to_the_joined_user_namespace(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0)
		_exit(join_from_outside());
	waitpid(pid, &status, 0);
	if (WEXITSTATUS(status) == 77)
		skip(); /* user namespaces are not allowed here */
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("N-02 N-10 flags for clone3, and who needs a joiner", flags_and_joiner),
		TEST("N-15 time offsets become the kernel's lines", time_offsets_are_text),
		TEST("N-07 without privilege a user namespace is needed",
		     unprivileged_needs_user_namespace),
		TEST("N-10 a path must be a namespace of its type", paths_are_opened_and_checked),
		TEST("N-10 uts of a joined user namespace is entered with it",
		     joins_what_belongs_to_the_joined_user_namespace),
	};

	return cmocka_run_group_tests_name("namespaces", tests, NULL, NULL);
}
