/* Capability names to sets, and what is left out. */
#include "test.h"
#include "base/fail.h"
#include "base/log.h"
#include "host/host.h"
#include "sandbox/caps.h"
#include "spec_cases.h"
#include <sys/wait.h>
#include <unistd.h>

#define BIT(cap) (UINT64_C(1) << (cap))

static const struct host root = { .caps = ~UINT64_C(0), .cap_last = 40, .proc_fd = -1 };

static struct caps plan(const char *members, const struct host *host)
{
	char text[1024];
	struct caps c = { 1, 1, 1, 1, 1 };

	snprintf(text, sizeof text, PROCESS("%s"), members);
	const struct spec *spec = parse_valid(text);
	assert_int_equal(caps_plan(spec->process, host, &c), 0);
	spec_free(spec);
	return c;
}

static void check(const char *members, const struct caps *wanted)
{
	struct caps c = plan(members, &root);

	if (memcmp(&c, wanted, sizeof c))
		fail_msg("%s: bounding %#llx effective %#llx permitted %#llx inheritable %#llx "
			 "ambient %#llx",
			 members, (unsigned long long)c.bounding, (unsigned long long)c.effective,
			 (unsigned long long)c.permitted, (unsigned long long)c.inheritable,
			 (unsigned long long)c.ambient);
}

static void absent_means_none(void **state)
{
	(void)state;
	check("", &(struct caps){ 0 });
	check(",'capabilities':{}", &(struct caps){ 0 });
	check(",'capabilities':{'bounding':[]}", &(struct caps){ 0 });
}

static void sets_are_apart(void **state)
{
	(void)state;
	check(",'capabilities':{'bounding':['CAP_CHOWN','CAP_CHECKPOINT_RESTORE']}",
	      &(struct caps){ .bounding = BIT(0) | BIT(40) });
	check(",'capabilities':{'permitted':['CAP_KILL','CAP_SYS_ADMIN'],'effective':['CAP_KILL']}",
	      &(struct caps){ .permitted = BIT(5) | BIT(21), .effective = BIT(5) });
	check(",'capabilities':{'bounding':['CAP_KILL'],'permitted':['CAP_KILL'],'inheritable':['"
	      "CAP_KILL'],"
	      "'ambient':['CAP_KILL']}",
	      &(struct caps){ .bounding = BIT(5),
			      .permitted = BIT(5),
			      .inheritable = BIT(5),
			      .ambient = BIT(5) });
}

static void unknown_names_are_left_out(void **state)
{
	static const char *const names[] = {
		"CAP_NOTHING",
		"cap_chown",
		"CHOWN",
		"0",
		"CAP_0",
		"CAP_CHOWN,cap_kill",
		"CAP_CHOWN ",
		"CAP_",
		"",
		"CAP_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		char members[256];

		snprintf(members, sizeof members,
			 ",'capabilities':{'bounding':['%s','CAP_FOWNER']}", names[i]);
		check(members, &(struct caps){ .bounding = BIT(3) });
	}
}

static void newer_than_the_kernel(void **state)
{
	struct host old = root;

	(void)state;
	old.cap_last = 37;
	assert_int_equal(plan(",'capabilities':{'bounding':['CAP_BPF','CAP_KILL']}", &old).bounding,
			 BIT(5));
}

static void what_the_kernel_refuses_is_left_out(void **state)
{
	(void)state;
	check(",'capabilities':{'effective':['CAP_KILL'],'inheritable':['CAP_KILL'],'ambient':['"
	      "CAP_KILL']}",
	      &(struct caps){ 0 });
	check(",'capabilities':{'bounding':['CAP_KILL'],'inheritable':['CAP_KILL'],'ambient':['CAP_"
	      "KILL']}",
	      &(struct caps){ .bounding = BIT(5), .inheritable = BIT(5) });
}

static void not_more_than_the_caller(void **state)
{
	struct host poor = root;
	struct caps c = { BIT(5) | BIT(24), BIT(24), BIT(24) | BIT(5), BIT(24), BIT(24) };

	(void)state;
	poor.caps = ~BIT(24);
	caps_limit_to_caller(&c, &poor);
	assert_memory_equal(&c, &((struct caps){ BIT(5), 0, BIT(5), 0, 0 }), sizeof c);
}

static void names_for_features(void **state)
{
	(void)state;
	assert_string_equal(caps_name(0), "CAP_CHOWN");
	assert_string_equal(caps_name(21), "CAP_SYS_ADMIN");
	assert_string_equal(caps_name(40), "CAP_CHECKPOINT_RESTORE");
	assert_null(caps_name(-1));
	assert_null(caps_name(63));
}

/* The five sets as /proc/self/status has them, after the drop and an execve. */
static void sys_admin_is_kept_until_execve_only(void **state)
{
	struct caps c = { .bounding = BIT(5), .permitted = BIT(5), .effective = BIT(5) };
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0 || !(caps_effective() & BIT(21)))
		skip(); /* nothing to keep */
	pid = fork();
	if (pid == 0) {
		if (caps_apply_bounding(&c, 40) < 0 || caps_apply(&c, true) < 0)
			_exit(1);
		if (caps_effective() != (BIT(5) | BIT(21)))
			_exit(2);
		execl("/bin/sh", "sh", "-c",
		      "grep -q 'CapEff:.*0000000000000020$' /proc/self/status", NULL);
		_exit(3);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("P-12 absent capabilities mean none at all", absent_means_none),
		TEST("P-13 P-14 P-15 P-16 P-17 each set is its own", sets_are_apart),
		TEST("P-12 unknown names are left out, the others stay",
		     unknown_names_are_left_out),
		TEST("P-12 a capability newer than the kernel is left out", newer_than_the_kernel),
		TEST("P-14 P-16 P-17 what the kernel would refuse is left out",
		     what_the_kernel_refuses_is_left_out),
		TEST("P-12 nothing that the caller does not hold", not_more_than_the_caller),
		TEST("F capability names, and the end of the list", names_for_features),
		TEST("P-15 CAP_SYS_ADMIN for the filter is gone after execve",
		     sys_admin_is_kept_until_execve_only),
	};

	assert_int_equal(log_open("/dev/null", LOG_TEXT, LEVEL_WARNING), 0);
	return cmocka_run_group_tests_name("caps", tests, NULL, NULL);
}
