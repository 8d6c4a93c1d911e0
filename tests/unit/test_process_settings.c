/* Keyring name, memory policy, and what the parent sets by pid. */
#include "test.h"
#include "base/fail.h"
#include "base/file.h"
#include "base/syscalls.h"
#include "host/host.h"
#include "sandbox/process_settings.h"
#include "spec_cases.h"
#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct host root = { .caps = ~UINT64_C(0), .cap_last = 40, .proc_fd = -1 };
static const struct host rootless = { .euid = 1000, .rootless = true, .proc_fd = -1 };

static void keyring_is_named_after_the_container(void **state)
{
	const struct spec *spec = parse_valid(PROCESS(""));
	struct process_settings p;

	(void)state;
	assert_int_equal(process_settings_plan(spec, &root, "c1", true, spec->arena, &p), 0);
	assert_string_equal(p.keyring_name, "_ses.c1");
	assert_int_equal(process_settings_plan(spec, &root, "c1", false, spec->arena, &p), 0);
	assert_false(p.new_keyring);
	spec_free(spec);
}

static void memory_policy_is_parsed(void **state)
{
	static const struct {
		const char *members;
		int mode;
		unsigned long first, last;
	} cases[] = {
		{ "'mode':'MPOL_BIND','nodes':'0-3,7'", MPOL_BIND, 0x8f, 0 },
		{ "'mode':'MPOL_BIND','nodes':' 1 , 3-4 '", MPOL_BIND, 0x1a, 0 },
		{ "'mode':'MPOL_INTERLEAVE','nodes':'0,1023','flags':['MPOL_F_STATIC_NODES']",
		  MPOL_INTERLEAVE | MPOL_F_STATIC_NODES, 1, 1UL << 63 },
		{ "'mode':'MPOL_DEFAULT'", MPOL_DEFAULT, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[512];
		struct process_settings p;

		snprintf(text, sizeof text, LINUX("'memoryPolicy':{%s}"), cases[i].members);
		const struct spec *spec = parse_valid(text);
		assert_int_equal(process_settings_plan(spec, &root, "c", false, spec->arena, &p),
				 0);
		assert_int_equal(p.mempolicy_mode, cases[i].mode);
		assert_int_equal(p.mempolicy_nodes[0], cases[i].first);
		assert_int_equal(p.mempolicy_nodes[15], cases[i].last);
		spec_free(spec);
	}
}

static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	return pid;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Values that need no privilege, so that the test runs for everybody. */
static void limits_reach_the_process(void **state)
{
	const struct spec *spec = parse_valid(
		PROCESS(",'rlimits':[{'type':'RLIMIT_NOFILE','soft':17,'hard':19},{'type':'RLIMIT_"
			"CORE','soft':0,'hard':0}]"
			",'oomScoreAdj':1000,'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':6}"
			",'scheduler':{'policy':'SCHED_BATCH','nice':7,'flags':['SCHED_FLAG_RESET_"
			"ON_FORK']}"));
	int proc_fd = open("/proc", O_PATH);
	struct process_settings p;
	struct sched_attr_args attr = { 0 };
	struct rlimit limit;
	char name[64], line[16];
	pid_t pid = sleeper();

	(void)state;
	assert_int_equal(process_settings_plan(spec, &root, "c", false, spec->arena, &p), 0);
	if (process_settings_limits(&p, proc_fd, pid) < 0)
		fail_msg("%s", failure()->text);
	prlimit(pid, RLIMIT_NOFILE, NULL, &limit);
	assert_int_equal(limit.rlim_cur, 17);
	assert_int_equal(limit.rlim_max, 19);
	prlimit(pid, RLIMIT_CORE, NULL, &limit);
	assert_int_equal(limit.rlim_max, 0);
	snprintf(name, sizeof name, "%d/oom_score_adj", pid);
	assert_true(file_read_line(proc_fd, name, line, sizeof line) > 0);
	assert_string_equal(line, "1000");
	assert_int_equal(sys_sched_getattr(pid, &attr), 0);
	assert_int_equal(attr.sched_policy, SCHED_BATCH);
	assert_int_equal(attr.sched_nice, 7);
	assert_int_equal(attr.sched_flags, 1);
	assert_int_equal(sys_ioprio_get(IOPRIO_WHO_PROCESS, pid),
			 IOPRIO_CLASS_BE << IOPRIO_CLASS_SHIFT | 6);
	stop(pid);
	close(proc_fd);
	spec_free(spec);
}

static void nothing_given_nothing_touched(void **state)
{
	const struct spec *spec = parse_valid(PROCESS(""));
	struct process_settings p;

	(void)state;
	assert_int_equal(process_settings_plan(spec, &root, "c", false, spec->arena, &p), 0);
	assert_int_equal(process_settings_limits(&p, -1, -1), 0); /* any call would fail */
	assert_int_equal(process_settings_own(&p), 0);
	spec_free(spec);
}

/* -1000 from a process that may not lower it; this machine's root may lack CAP_SYS_RESOURCE, others
 * are dropped to nobody. */
static int lower_oom_score(const struct host *host)
{
	const struct spec *spec = parse(PROCESS(",'oomScoreAdj':-1000"));
	int proc_fd = open("/proc", O_PATH), status;
	struct process_settings p;
	pid_t pid = sleeper(), worker;

	process_settings_plan(spec, host, "c", false, spec->arena, &p);
	worker = fork();
	if (worker == 0) {
		if (geteuid() == 0 && setuid(65534) < 0)
			_exit(9);
		_exit(process_settings_oom_score(&p, proc_fd, pid) < 0 ? 1 : 0);
	}
	waitpid(worker, &status, 0);
	stop(pid);
	close(proc_fd);
	spec_free(spec);
	return WEXITSTATUS(status);
}

static void lowering_the_oom_score(void **state)
{
	(void)state;
	assert_int_equal(lower_oom_score(&root), 1);
	assert_int_equal(lower_oom_score(&rootless), 0);
}

static void failing_limit_names_its_place(void **state)
{
	const struct spec *spec =
		parse_valid(PROCESS(",'rlimits':[{'type':'RLIMIT_NPROC','soft':1,'hard':2}]"));
	struct process_settings p;

	(void)state;
	assert_int_equal(process_settings_plan(spec, &root, "c", false, spec->arena, &p), 0);
	assert_int_equal(process_settings_limits(&p, -1, 1 << 30), -1);
	assert_non_null(strstr(failure()->text, "process.rlimits[0]"));
	assert_non_null(strstr(failure()->text, "set RLIMIT_NPROC to 1:2: no such process"));
	spec_free(spec);
}

static void session_is_new(void **state)
{
	const struct spec *spec = parse_valid(PROCESS(""));
	struct process_settings p;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(process_settings_plan(spec, &root, "unit-test", true, spec->arena, &p), 0);
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pid = fork();
	if (pid == 0) {
		sigprocmask(SIG_BLOCK, &set, NULL);
		if (process_settings_session(&p, -1) < 0) {
			print_error("%s\n", failure()->text);
			_exit(1);
		}
		sigprocmask(SIG_BLOCK, NULL, &set);
		if (getsid(0) != getpid() || sigismember(&set, SIGUSR1))
			_exit(2);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(WEXITSTATUS(status), 0);
	spec_free(spec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("P-36 the keyring is named after the container",
		     keyring_is_named_after_the_container),
		TEST("MP-01 MP-02 MP-03 memory policy becomes mode and mask",
		     memory_policy_is_parsed),
		TEST("P-19 P-24 P-25 P-31 limits reach the process by pid",
		     limits_reach_the_process),
		TEST("P-24 what is absent is not touched", nothing_given_nothing_touched),
		TEST("P-24 lowering without privilege: error, or kept when rootless",
		     lowering_the_oom_score),
		TEST("P-20 a failing limit names its place and the reason",
		     failing_limit_names_its_place),
		TEST("P-36 EC-16 a session of its own with fresh signals", session_is_new),
	};

	return cmocka_run_group_tests_name("process_settings", tests, NULL, NULL);
}
