/* Which sysctls a container may set, how their names are read, and whether a write arrived. */
#include "test.h"
#include "base/fail.h"
#include "host/host.h"
#include "sandbox/sandbox.h"
#include "sandbox/small.h"
#include "spec_cases.h"
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

static void names_become_files(void **state)
{
	static const struct {
		const char *key, *file;
	} cases[] = {
		{ "net.ipv4.ip_forward", "net/ipv4/ip_forward" },
		{ "net/ipv4/ip_forward", "net/ipv4/ip_forward" },
		{ "net/ipv4/conf/eth0.100/rp_filter", "net/ipv4/conf/eth0.100/rp_filter" },
		{ "net.ipv4.conf.eth0/100.rp_filter", "net/ipv4/conf/eth0.100/rp_filter" },
		{ "kernel", "kernel" },
		{ "", NULL },
		{ ".", NULL },
		{ "/", NULL },
		{ "..", NULL },
		{ "net.", NULL },
		{ ".net", NULL },
		{ "/net/ipv4", NULL },
		{ "net//ipv4", NULL },
		{ "net..ipv4", NULL },
		{ "net/../kernel/core_pattern", NULL },
		{ "net.//.kernel.core_pattern", NULL },
		{ "net/./ipv4", NULL },
		{ "net.ipv4+net.ipv6", NULL },
		{ "net.ipv4 ", NULL },
		{ "net.ipv4\nx", NULL },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *file = sysctl_file(cases[i].key, arena);

		if (!file != !cases[i].file || (file && strcmp(file, cases[i].file)))
			fail_msg("\"%s\" became %s", cases[i].key, file ? file : "nothing");
	}
	arena_free(arena);
}

#define SYSCTL(namespaces, pair, more)                                                             \
	DOCUMENT(",'linux':{'namespaces':[" namespaces "],'sysctl':{" pair "}}" more)
#define NS(type) "{'type':'" type "'}"

static void only_namespaced_ones(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ SYSCTL(NS("network"), "'net.ipv4.ip_forward':'1'", ""), NULL },
		{ SYSCTL(NS("ipc"), "'net.ipv4.ip_forward':'1'", ""), "needs a network namespace" },
		{ SYSCTL(NS("ipc"),
			 "'kernel.msgmax':'1','kernel.sem':'1 2 3 4','fs.mqueue.msg_max':'5'", ""),
		  NULL },
		{ SYSCTL(NS("ipc"), "'kernel.msgmaxx':'1'", ""), "belongs to no namespace" },
		{ SYSCTL(NS("network"), "'kernel.shmmax':'1'", ""), "needs a ipc namespace" },
		{ SYSCTL(NS("network"), "'kernel.core_pattern':'|/x'", ""),
		  "belongs to no namespace" },
		{ SYSCTL(NS("network"), "'net/../kernel/core_pattern':'|/x'", ""),
		  "is not the name of a sysctl" },
		{ SYSCTL(NS("network"), "'netx.a':'1'", ""), "belongs to no namespace" },
		{ SYSCTL(NS("uts"), "'kernel.domainname':'a'", ""), NULL },
		{ SYSCTL(NS("uts"), "'kernel.domainname':'a'", ",'domainname':'a'"), NULL },
		{ SYSCTL(NS("uts"), "'kernel.domainname':'a'", ",'domainname':'b'"),
		  "conflicts with domainname" },
		{ SYSCTL(NS("uts"), "'kernel.hostname':'a'", ""), "conflicts with hostname" },
		{ SYSCTL(NS("uts"), "'user.max_net_namespaces':'1'", ""),
		  "needs a user namespace" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct spec *spec = parse_valid(cases[i].text);
		struct sysctls c;
		int result = sysctl_plan(spec, spec->arena, &c);

		if (result != (cases[i].error ? -1 : 0) ||
		    (cases[i].error && !strstr(failure()->text, cases[i].error)))
			fail_msg("%s: %s", cases[i].text, result ? failure()->text : "accepted");
		spec_free(spec);
	}
}

static void read_back_is_lenient(void **state)
{
	static const struct {
		const char *before, *written, *after;
		bool arrived;
	} cases[] = {
		{ "0\n", "1", "1\n", true },
		{ "1\n", "1", "1\n", true },
		{ "0\n", "1", "0\n", false },
		{ "32000\t1024000000\t500\t32000\n", "250 32000 100 128", "250\t32000\t100\t128\n",
		  true },
		{ "250\t2\t3\t4\n", "250 32000", "250\t2\t3\t4\n", false },
		{ "0\n", "0x10", "16\n", true },
		{ "1000\n", "1001", "1004\n", true }, /* rounded to ticks */
		{ "\n", "1,2,3", "1-3\n", true },     /* merged */
		{ "cubic\n", "reno", "cubic\n", false },
		{ "12\n", "1", "12\n", false },
		{ "5\n", "", "5\n", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (sysctl_was_written(cases[i].before, cases[i].written, cases[i].after) !=
		    cases[i].arrived)
			fail_msg("%s to %s gives %s", cases[i].before, cases[i].written,
				 cases[i].after);
}

/* In namespaces of its own; 77: not allowed here. */
static int write_in_new_namespaces(const char *value, const char *expected)
{
	struct json_pair pair = { "net.ipv4.ip_forward", value };
	const json_pairs pairs = { &pair, 1 };
	const char *files[] = { "net/ipv4/ip_forward" };
	struct sysctls c = { &pairs, files };
	struct sandbox s = { .proc_fd = -1, .self_fd = -1, .sys_proc_fd = -1 };
	char found[8] = "";
	int fd;

	if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0)
		return 77;
	if (sysctl_open(&c, &s) < 0 || sysctl_apply(&c, &s) < 0)
		return expected && strstr(failure()->text, expected) ? 0 : 1;
	fd = open("/proc/sys/net/ipv4/ip_forward", O_RDONLY);
	if (expected || s.sys_proc_fd >= 0 || read(fd, found, sizeof found - 1) < 1)
		return 2;
	return *found == *value ? 0 : 3;
}

static int in_child(const char *value, const char *expected)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(write_in_new_namespaces(value, expected));
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static void value_is_written(void **state)
{
	int result = in_child("1", NULL);

	(void)state;
	if (result == 77)
		skip(); /* without privilege there are no namespaces to test in */
	assert_int_equal(result, 0);
	assert_int_equal(in_child("x", "set sysctl net.ipv4.ip_forward to \"x\": invalid argument"),
			 0);
}

static void loopback_comes_up(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		if (unshare(CLONE_NEWNET) < 0)
			_exit(77);
		if (net_apply(&(struct net){ .new_namespace = true }) < 0)
			_exit(1);
		_exit(system("grep -q ' lo$' /proc/net/if_inet6 || grep -q 127.0.0.0 "
			     "/proc/net/fib_trie")
			      ? 2
			      : 0);
	}
	waitpid(pid, &status, 0);
	if (WEXITSTATUS(status) == 77)
		skip(); /* as above */
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void absent_modules_are_errors(void **state)
{
	static const struct host off = { .proc_fd = -1 },
				 on = { .proc_fd = -1, .apparmor = true, .selinux = true };
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ PROCESS(",'apparmorProfile':'p'"),
		  "process.apparmorProfile: profile p: AppArmor is not enabled" },
		{ PROCESS(",'selinuxLabel':'l'"),
		  "process.selinuxLabel: label l: SELinux is not enabled" },
		{ PROCESS(",'apparmorProfile':'','selinuxLabel':''"), NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct spec *spec = parse_valid(cases[i].text);
		struct labels l;

		assert_int_equal(labels_plan(spec, &off, &l), cases[i].error ? -1 : 0);
		if (cases[i].error)
			assert_non_null(strstr(failure()->text, cases[i].error));
		assert_int_equal(labels_plan(spec, &on, &l), 0);
		spec_free(spec);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("S-01 S-02 names with dots or slashes become files", names_become_files),
		TEST("S-01 S-03 S-04 only what belongs to the container", only_namespaced_ones),
		TEST("S-05 a write that did not arrive is found", read_back_is_lenient),
		TEST("S-05 a value is written in the namespace, a bad one named", value_is_written),
		TEST("D-28 lo is up in a new network namespace", loopback_comes_up),
		TEST("P-22 P-23 a label without its module is an error", absent_modules_are_errors),
	};

	return cmocka_run_group_tests_name("sysctl", tests, NULL, NULL);
}
