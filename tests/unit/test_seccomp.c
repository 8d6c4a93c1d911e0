/* test_seccomp.c - rules of config.json against the verdicts of the program, by an interpreter and
 * by the kernel. */
#include "test.h"
#include "base/fail.h"
#include "base/fd.h"
#include "sandbox/seccomp.h"
#include "sandbox/seccomp_bpf.h"
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Classic BPF as far as seccomp uses it. */
static uint32_t interpret(const struct sock_filter *code, size_t count,
			  const struct seccomp_data *data)
{
	uint32_t a = 0, x = 0, memory[BPF_MEMWORDS] = { 0 };

	for (size_t pc = 0; pc < count; pc++) {
		const struct sock_filter *f = &code[pc];

		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&a, (const char *)data + f->k, sizeof a);
			break;
		case BPF_LD | BPF_IMM:
			a = f->k;
			break;
		case BPF_LD | BPF_MEM:
			a = memory[f->k];
			break;
		case BPF_ST:
			memory[f->k] = a;
			break;
		case BPF_MISC | BPF_TAX:
			x = a;
			break;
		case BPF_MISC | BPF_TXA:
			a = x;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= f->k;
			break;
		case BPF_JMP | BPF_JA:
			pc += f->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += a == f->k ? f->jt : f->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			pc += a > f->k ? f->jt : f->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			pc += a >= f->k ? f->jt : f->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			pc += a & f->k ? f->jt : f->jf;
			break;
		case BPF_RET | BPF_K:
			return f->k;
		default:
			fail_msg("instruction %zu has the unknown code %#x", pc, f->code);
		}
	}
	fail_msg("ran over the end");
	return 0;
}

struct program {
	struct sock_filter *code;
	size_t count;
};

static void read_program(int fd, struct program *ret)
{
	struct sock_fprog fprog;

	assert_int_equal(seccomp_read(fd, &fprog), 0);
	*ret = (struct program){ fprog.filter, fprog.len };
}

static void free_program(struct program *p)
{
	munmap(p->code, p->count * sizeof *p->code);
}

static uint32_t verdict(const struct program *p, uint32_t arch, uint32_t number, uint64_t arg0)
{
	struct seccomp_data data = { .nr = (int)number, .arch = arch, .args = { arg0, arg0 + 1 } };

	return interpret(p->code, p->count, &data);
}

static int plan_of(const struct spec_seccomp *sc, struct seccomp *ret)
{
	static struct spec spec;

	spec = (struct spec){ .linux_.seccomp = (struct spec_seccomp *)(uintptr_t)sc };
	return seccomp_plan(&spec, NULL, ret);
}

static void compile(const struct spec_seccomp *sc, struct program *ret)
{
	struct seccomp s;

	if (plan_of(sc, &s) < 0)
		fail_msg("plan: %s", failure()->text);
	cleanup_fd int fd = seccomp_compile(&s);

	if (fd < 0)
		fail_msg("compile: %s", failure()->text);
	read_program(fd, ret);
}

#define NAMES(...)                                                                                 \
	(const char *[])                                                                           \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}
#define RULES(...)                                                                                 \
	{                                                                                          \
		.items = (struct spec_seccomp_rule[]){ __VA_ARGS__ },                              \
		.count = COUNT(((struct spec_seccomp_rule[]){ __VA_ARGS__ }))                      \
	}
#define ARGS(...)                                                                                  \
	{                                                                                          \
		.items = (struct spec_seccomp_arg[]){ __VA_ARGS__ },                               \
		.count = COUNT(((struct spec_seccomp_arg[]){ __VA_ARGS__ }))                       \
	}
#define BRACED(...)                                                                                \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

static uint32_t native(void)
{
	return seccomp_arch_native();
}
static uint32_t number(const char *name)
{
	return (uint32_t)seccomp_syscall_resolve_name(name);
}

static void plan_refuses(void **state)
{
	(void)state;
	const struct spec_seccomp_rule allow = { .names = NAMES("read"),
						 .action = "SCMP_ACT_ALLOW" };
	struct spec_seccomp_rule bad_action = allow, bad_operator = allow, notify = allow;
	struct spec_seccomp_arg arg = { .index = 0, .op = "SCMP_CMP_XX" };
	struct seccomp s;

	bad_action.action = "SCMP_ACT_DENY";
	notify.action = "SCMP_ACT_NOTIFY";
	bad_operator.args.items = &arg;
	bad_operator.args.count = 1;
	struct {
		struct spec_seccomp sc;
		const char *text;
	} cases[] = {
		{ { .default_action = "SCMP_ACT_NONE" }, "SCMP_ACT_NONE is not a seccomp action" },
		{ { .default_action = "SCMP_ACT_ERRNO", .architectures = NAMES("SCMP_ARCH_VAX") },
		  "SCMP_ARCH_VAX is not a seccomp architecture" },
		{ { .default_action = "SCMP_ACT_ERRNO", .flags = NAMES("SECCOMP_FILTER_FLAG_X") },
		  "SECCOMP_FILTER_FLAG_X is not a seccomp flag" },
		{ { .default_action = "SCMP_ACT_ERRNO",
		    .flags = NAMES("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV") },
		  "needs an action SCMP_ACT_NOTIFY" },
		{ { .default_action = "SCMP_ACT_ERRNO", .syscalls = { &bad_action, 1 } },
		  "SCMP_ACT_DENY is not" },
		{ { .default_action = "SCMP_ACT_ERRNO", .syscalls = { &notify, 1 } },
		  "SCMP_ACT_NOTIFY needs listenerPath" },
		{ { .default_action = "SCMP_ACT_NOTIFY" }, "SCMP_ACT_NOTIFY needs listenerPath" },
		{ { .default_action = "SCMP_ACT_NOTIFY", .listener_path = "agent" },
		  "socket agent is no absolute path" },
		{ { .default_action = "SCMP_ACT_ERRNO", .syscalls = { &bad_operator, 1 } },
		  "SCMP_CMP_XX is not" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(plan_of(&cases[i].sc, &s), -1);
		if (!strstr(failure()->text, cases[i].text))
			fail_msg("\"%s\" does not contain \"%s\"", failure()->text, cases[i].text);
	}
}

static void wants_a_filter(void **state)
{
	(void)state;
	struct spec_seccomp_rule allow = { .names = NAMES("read"), .action = "SCMP_ACT_ALLOW" };
	struct spec_seccomp_rule deny = { .names = NAMES("read"), .action = "SCMP_ACT_ERRNO" };
	const struct {
		struct spec_seccomp sc;
		bool wanted;
	} cases[] = {
		{ { .default_action = "SCMP_ACT_ALLOW" }, false },
		{ { .default_action = "SCMP_ACT_ALLOW", .syscalls = { &allow, 1 } }, false },
		{ { .default_action = "SCMP_ACT_ALLOW", .syscalls = { &deny, 1 } }, true },
		{ { .default_action = "SCMP_ACT_LOG" }, true },
		{ { .default_action = "SCMP_ACT_ERRNO", .syscalls = { &deny, 1 } }, true },
	};
	struct seccomp s;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(plan_of(&cases[i].sc, &s), 0);
		assert_int_equal(s.wanted, cases[i].wanted);
	}
	assert_int_equal(plan_of(NULL, &s), 0);
	assert_false(s.wanted);
}

static void planned_flags(void **state)
{
	(void)state;
	const struct {
		const char **flags;
		unsigned value;
	} cases[] = {
		{ NULL, SECCOMP_FILTER_FLAG_SPEC_ALLOW },
		{ (const char *[]){ NULL }, 0 },
		{ NAMES("SECCOMP_FILTER_FLAG_LOG"), SECCOMP_FILTER_FLAG_LOG },
		{ NAMES("SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG"),
		  SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG },
	};
	struct seccomp s;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(plan_of(&(struct spec_seccomp){ .default_action = "SCMP_ACT_KILL",
								 .flags = cases[i].flags },
					 &s),
				 0);
		assert_int_equal(s.flags, cases[i].value);
	}
}

/* SC-05, A-11: who of three gets the listener, and that nobody does without NOTIFY. */
static void planned_agent(void **state)
{
	(void)state;
	struct spec_seccomp_rule rule = { .names = NAMES("read"), .action = "SCMP_ACT_NOTIFY" };
	struct json_pair annotation = { "run.oci.seccomp.receiver", "/annotation" };
	static const struct {
		const char *member, *annotation, *environment, *agent;
	} cases[] = {
		{ "/member", "/annotation", "/environment", "/member" },
		{ NULL, "/annotation", "/environment", "/annotation" },
		{ "", "/annotation", NULL, "/annotation" },
		{ NULL, NULL, "/environment", "/environment" },
		{ NULL, NULL, "", NULL },
		{ NULL, "relative", NULL, NULL },
		{ NULL, NULL, "relative", NULL },
		{ "@abstract", NULL, NULL, NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct spec_seccomp sc = { .default_action = "SCMP_ACT_ALLOW",
					   .listener_path = cases[i].member,
					   .syscalls = { &rule, 1 } };
		struct spec spec = { .linux_.seccomp = &sc };
		struct seccomp s;

		annotation.value = cases[i].annotation;
		if (annotation.value)
			spec.annotations.items = &annotation, spec.annotations.count = 1;
		rule.action = "SCMP_ACT_NOTIFY";
		int result = seccomp_plan(&spec, cases[i].environment, &s);

		assert_int_equal(result, cases[i].agent ? 0 : -1);
		if (result == 0) {
			assert_string_equal(s.agent, cases[i].agent);
			assert_true(s.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER);
		}
		rule.action = "SCMP_ACT_ERRNO";
		assert_int_equal(seccomp_plan(&spec, cases[i].environment, &s), 0);
		assert_null(s.agent);
		assert_false(s.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER);
	}
}

/* The kernel refuses TSYNC beside a listener; WAIT_KILLABLE_RECV is only for one. */
static void flags_of_a_listener(void **state)
{
	(void)state;
	struct seccomp s;

	assert_int_equal(
		plan_of(&(struct spec_seccomp){ .default_action = "SCMP_ACT_NOTIFY",
						.listener_path = "/agent",
						.flags = NAMES(
							"SECCOMP_FILTER_FLAG_TSYNC",
							"SECCOMP_FILTER_FLAG_LOG",
							"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV") },
			&s),
		0);
	assert_int_equal(s.flags,
			 SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_NEW_LISTENER | 1u << 5);
}

static void default_actions(void **state)
{
	(void)state;
	const struct {
		const char *action;
		struct opt_u32 data;
		uint32_t verdict;
	} cases[] = {
		{ "SCMP_ACT_KILL", { 0 }, SECCOMP_RET_KILL_THREAD },
		{ "SCMP_ACT_KILL_THREAD", { 0 }, SECCOMP_RET_KILL_THREAD },
		{ "SCMP_ACT_KILL_PROCESS", { 0 }, SECCOMP_RET_KILL_PROCESS },
		{ "SCMP_ACT_TRAP", { 0 }, SECCOMP_RET_TRAP },
		{ "SCMP_ACT_LOG", { 0 }, SECCOMP_RET_LOG },
		{ "SCMP_ACT_ERRNO", { 0 }, SECCOMP_RET_ERRNO | EPERM },
		{ "SCMP_ACT_ERRNO", { true, 38 }, SECCOMP_RET_ERRNO | ENOSYS },
		{ "SCMP_ACT_ERRNO", { true, 0 }, SECCOMP_RET_ERRNO },
		{ "SCMP_ACT_TRACE", { 0 }, SECCOMP_RET_TRACE | EPERM },
		{ "SCMP_ACT_TRACE", { true, 7 }, SECCOMP_RET_TRACE | 7 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct program p;

		compile(&(struct spec_seccomp){ .default_action = cases[i].action,
						.default_errno_ret = cases[i].data },
			&p);
		assert_int_equal(verdict(&p, native(), number("getpid"), 0), cases[i].verdict);
		free_program(&p);
	}
}

static void rule_actions(void **state)
{
	(void)state;
	struct program p;

	compile(
		&(struct spec_seccomp){
			.default_action = "SCMP_ACT_ERRNO",
			.default_errno_ret = { true, 5 },
			.syscalls =
				RULES({ .names = NAMES("read", "write", "no_such_call_at_all"),
					.action = "SCMP_ACT_ALLOW" },
				      { .names = NAMES("getcwd"), .action = "SCMP_ACT_ERRNO" },
				      { .names = NAMES("getuid"),
					.action = "SCMP_ACT_ERRNO",
					.errno_ret = { true, 99 } },
				      { .names = NAMES("getgid"),
					.action = "SCMP_ACT_ERRNO",
					.errno_ret = { true, 5 } },
				      { .names = NAMES("geteuid"), .action = "SCMP_ACT_TRAP" },
				      { .names = NAMES("getegid"), .action = "SCMP_ACT_KILL" }) },
		&p);
	assert_int_equal(verdict(&p, native(), number("read"), 0), SECCOMP_RET_ALLOW);
	assert_int_equal(verdict(&p, native(), number("write"), 0), SECCOMP_RET_ALLOW);
	assert_int_equal(verdict(&p, native(), number("getcwd"), 0), SECCOMP_RET_ERRNO | EPERM);
	assert_int_equal(verdict(&p, native(), number("getuid"), 0), SECCOMP_RET_ERRNO | 99);
	assert_int_equal(verdict(&p, native(), number("getgid"), 0), SECCOMP_RET_ERRNO | 5);
	assert_int_equal(verdict(&p, native(), number("geteuid"), 0), SECCOMP_RET_TRAP);
	assert_int_equal(verdict(&p, native(), number("getegid"), 0), SECCOMP_RET_KILL_THREAD);
	assert_int_equal(verdict(&p, native(), number("getppid"), 0), SECCOMP_RET_ERRNO | 5);
	free_program(&p);
}

static void conditions(void **state)
{
	(void)state;
	static const struct {
		const char *op;
		uint64_t value, two, arg;
		bool hit;
	} cases[] = {
		{ "SCMP_CMP_NE", 5, 0, 5, false },
		{ "SCMP_CMP_NE", 5, 0, 6, true },
		{ "SCMP_CMP_LT", 5, 0, 4, true },
		{ "SCMP_CMP_LT", 5, 0, 5, false },
		{ "SCMP_CMP_LE", 5, 0, 5, true },
		{ "SCMP_CMP_LE", 5, 0, 6, false },
		{ "SCMP_CMP_EQ", 5, 0, 5, true },
		{ "SCMP_CMP_EQ", 5, 0, 0x100000005, false },
		{ "SCMP_CMP_GE", 5, 0, 5, true },
		{ "SCMP_CMP_GE", 5, 0, 4, false },
		{ "SCMP_CMP_GT", 5, 0, 5, false },
		{ "SCMP_CMP_GT", 0xfffffffff, 0, 0x1000000000, true },
		{ "SCMP_CMP_MASKED_EQ", 0xf0, 0x10, 0x1f, true },
		{ "SCMP_CMP_MASKED_EQ", 0xf0, 0x10, 0x2f, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct program p;

		compile(
			&(struct spec_seccomp){
				.default_action = "SCMP_ACT_ALLOW",
				.syscalls = RULES({ .names = NAMES("personality"),
						    .action = "SCMP_ACT_ERRNO",
						    .args = ARGS(BRACED(0, cases[i].value,
									{ true, cases[i].two },
									cases[i].op)) }) },
			&p);
		assert_int_equal(verdict(&p, native(), number("personality"), cases[i].arg),
				 cases[i].hit ? SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_ALLOW);
		free_program(&p);
	}
}

static void several_conditions(void **state)
{
	(void)state;
	struct program p;

	/* verdict() makes argument 1 one more than argument 0. */
	compile(
		&(struct spec_seccomp){
			.default_action = "SCMP_ACT_ALLOW",
			.syscalls = RULES({ .names = NAMES("kcmp"),
					    .action = "SCMP_ACT_ERRNO",
					    .args = ARGS(BRACED(0, 3, { 0 }, "SCMP_CMP_GE"),
							 BRACED(1, 6, { 0 }, "SCMP_CMP_LE")) },
					  { .names = NAMES("setns"),
					    .action = "SCMP_ACT_ERRNO",
					    .args = ARGS(BRACED(0, 1, { 0 }, "SCMP_CMP_EQ"),
							 BRACED(0, 8, { 0 }, "SCMP_CMP_EQ"),
							 BRACED(1, 20, { 0 }, "SCMP_CMP_EQ")) }) },
		&p);
	for (uint64_t arg = 0; arg < 24; arg++) {
		bool both = arg >= 3 && arg + 1 <= 6, any = arg == 1 || arg == 8 || arg + 1 == 20;

		assert_int_equal(verdict(&p, native(), number("kcmp"), arg),
				 both ? SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_ALLOW);
		assert_int_equal(verdict(&p, native(), number("setns"), arg),
				 any ? SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_ALLOW);
	}
	free_program(&p);
}

static void contradiction(void **state)
{
	(void)state;
	struct seccomp s;
	const struct spec_seccomp sc = {
		.default_action = "SCMP_ACT_KILL",
		.syscalls = RULES({ .names = NAMES("kcmp"),
				    .action = "SCMP_ACT_ERRNO",
				    .args = ARGS(BRACED(0, 3, { 0 }, "SCMP_CMP_EQ")) },
				  { .names = NAMES("kcmp"),
				    .action = "SCMP_ACT_ALLOW",
				    .args = ARGS(BRACED(0, 3, { 0 }, "SCMP_CMP_EQ")) })
	};

	assert_int_equal(plan_of(&sc, &s), 0);
	assert_int_equal(seccomp_compile(&s), -1);
	assert_non_null(strstr(failure()->text, "kcmp"));
}

/* Calls younger than the newest one that the profile names look absent; older ones are forbidden.
 */
static void newer_calls(void **state)
{
	(void)state;
	const uint32_t absent = SECCOMP_RET_ERRNO | ENOSYS;
	const struct {
		const char *action;
		uint32_t forbidden, young;
	} cases[] = {
		{ "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO | EPERM, absent },
		{ "SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD, absent },
		{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS, absent },
		{ "SCMP_ACT_TRAP", SECCOMP_RET_TRAP, absent },
		{ "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW },
		{ "SCMP_ACT_TRACE", SECCOMP_RET_TRACE | EPERM, SECCOMP_RET_TRACE | EPERM },
		{ "SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF, SECCOMP_RET_USER_NOTIF },
	};
	const bool is_x86 = native() == SCMP_ARCH_X86_64;
	const char **archs =
		is_x86 ? NAMES("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32") : NULL;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const uint32_t forbidden = cases[i].forbidden, young = cases[i].young;
		struct program p;

		compile(&(struct spec_seccomp){ .default_action = cases[i].action,
						.architectures = archs,
						.listener_path = "/agent",
						.syscalls =
							RULES({ .names = NAMES("read", "openat2"),
								.action = "SCMP_ACT_LOG" }) },
			&p);
		assert_int_equal(verdict(&p, native(), number("getpid"), 0), forbidden);
		assert_int_equal(verdict(&p, native(), number("statx"), 0), forbidden);
		assert_int_equal(verdict(&p, native(), number("openat2"), 0), SECCOMP_RET_LOG);
		assert_int_equal(verdict(&p, native(), number("openat2") - 1, 0), forbidden);
		assert_int_equal(verdict(&p, native(), number("openat2") + 1, 0), young);
		for (uint32_t n = 600; n < 1000; n += 50)
			assert_int_equal(verdict(&p, native(), n, 0), young);
		if (is_x86) {
			const uint32_t x32 = 0x40000000;

			assert_int_equal(verdict(&p, AUDIT_ARCH_I386, 436, 0), forbidden);
			assert_int_equal(verdict(&p, AUDIT_ARCH_I386, 437, 0), SECCOMP_RET_LOG);
			assert_int_equal(verdict(&p, AUDIT_ARCH_I386, 438, 0), young);
			assert_int_equal(verdict(&p, AUDIT_ARCH_I386, 1000, 0), young);
			assert_int_equal(verdict(&p, AUDIT_ARCH_X86_64, x32 + 436, 0), forbidden);
			assert_int_equal(verdict(&p, AUDIT_ARCH_X86_64, x32 + 438, 0), young);
			assert_int_equal(verdict(&p, AUDIT_ARCH_X86_64, x32 + 511, 0), young);
			/* x32 has calls of its own from 512 to 547: execve is 520. */
			assert_int_equal(verdict(&p, AUDIT_ARCH_X86_64, x32 + 512, 0), forbidden);
			assert_int_equal(verdict(&p, AUDIT_ARCH_X86_64, x32 + 547, 0), forbidden);
			assert_int_equal(verdict(&p, AUDIT_ARCH_X86_64, x32 + 548, 0), young);
			assert_int_equal(verdict(&p, AUDIT_ARCH_X86_64, x32 + 1000, 0), young);
		}
		free_program(&p);
	}
}

/* What is only named to be refused like everything else is known to the profile nevertheless; and
 * what is older than the common numbers is known to every profile. */
static void newest_is_what_is_named(void **state)
{
	(void)state;
	const uint32_t forbidden = SECCOMP_RET_ERRNO | EPERM, absent = SECCOMP_RET_ERRNO | ENOSYS;
	struct program p;

	compile(
		&(struct spec_seccomp){
			.default_action = "SCMP_ACT_ERRNO",
			.syscalls = RULES({ .names = NAMES("openat2"), .action = "SCMP_ACT_ERRNO" },
					  { .names = NAMES("read"), .action = "SCMP_ACT_ALLOW" }) },
		&p);
	assert_int_equal(verdict(&p, native(), number("openat2"), 0), forbidden);
	assert_int_equal(verdict(&p, native(), number("openat2") + 1, 0), absent);
	free_program(&p);
	compile(&(struct spec_seccomp){ .default_action = "SCMP_ACT_ERRNO" }, &p);
	assert_int_equal(verdict(&p, native(), number("statx"), 0), forbidden);
	assert_int_equal(verdict(&p, native(), 423, 0), forbidden);
	assert_int_equal(verdict(&p, native(), 424, 0), absent);
	free_program(&p);
}

static void foreign_entry(void **state)
{
	(void)state;
	struct program p;

	if (native() != SCMP_ARCH_X86_64) {
		print_message("[  SKIPPED ] needs x86-64\n");
		skip();
	}
	compile(&(struct spec_seccomp){ .default_action = "SCMP_ACT_ALLOW",
					.architectures = NAMES("SCMP_ARCH_X86_64", "SCMP_ARCH_X86"),
					.syscalls = RULES({ .names = NAMES("mkdir", "socket"),
							    .action = "SCMP_ACT_ERRNO" }) },
		&p);
	assert_int_equal(verdict(&p, AUDIT_ARCH_X86_64, 83, 0), SECCOMP_RET_ERRNO | EPERM);
	assert_int_equal(verdict(&p, AUDIT_ARCH_I386, 39, 0), SECCOMP_RET_ERRNO | EPERM);
	/* socketcall(SYS_SOCKET, ...) is socket as well */
	assert_int_equal(verdict(&p, AUDIT_ARCH_I386, 102, 1), SECCOMP_RET_ERRNO | EPERM);
	assert_int_equal(verdict(&p, AUDIT_ARCH_I386, 102, 2), SECCOMP_RET_ALLOW);
	/* not listed: x32 and ARM are killed, whatever the number */
	assert_int_equal(verdict(&p, AUDIT_ARCH_X86_64, 0x40000000 + 83, 0),
			 SECCOMP_RET_KILL_THREAD);
	assert_int_equal(verdict(&p, AUDIT_ARCH_ARM, 5, 0), SECCOMP_RET_KILL_THREAD);
	free_program(&p);
}

/* Libseccomp alone, without the ranges in front of it. */
static void compile_slowly(const struct spec_seccomp *sc, struct program *ret)
{
	static const struct {
		const char *name;
		uint32_t value;
	} table[] = {
		{ "SCMP_ACT_ALLOW", SCMP_ACT_ALLOW },
		{ "SCMP_ACT_TRAP", SCMP_ACT_TRAP },
		{ "SCMP_ACT_LOG", SCMP_ACT_LOG },
		{ "SCMP_ACT_KILL", SCMP_ACT_KILL },
	};
	static const struct {
		const char *name;
		enum scmp_compare value;
	} operators[] = {
		{ "SCMP_CMP_EQ", SCMP_CMP_EQ },
		{ "SCMP_CMP_GE", SCMP_CMP_GE },
		{ "SCMP_CMP_LT", SCMP_CMP_LT },
	};
	scmp_filter_ctx ctx = NULL;
	uint32_t standard = 0;

	for (size_t i = 0; i < COUNT(table); i++)
		if (!strcmp(table[i].name, sc->default_action))
			ctx = seccomp_init(standard = table[i].value);
	if (native() == SCMP_ARCH_X86_64 && sc->architectures) {
		assert_int_equal(seccomp_arch_add(ctx, SCMP_ARCH_X86), 0);
		assert_int_equal(seccomp_arch_add(ctx, SCMP_ARCH_X32), 0);
	}
	for (size_t i = 0; i < sc->syscalls.count; i++) {
		const struct spec_seccomp_rule *rule = &sc->syscalls.items[i];
		struct scmp_arg_cmp arg = { 0 };
		uint32_t action = 0;

		for (size_t k = 0; k < COUNT(table); k++)
			if (!strcmp(table[k].name, rule->action))
				action = table[k].value;
		if (rule->args.count) {
			arg = (struct scmp_arg_cmp){ rule->args.items->index, 0,
						     rule->args.items->value, 0 };
			for (size_t k = 0; k < COUNT(operators); k++)
				if (!strcmp(operators[k].name, rule->args.items->op))
					arg.op = operators[k].value;
		}
		for (const char **name = rule->names; *name && action != standard; name++)
			seccomp_rule_add_array(ctx, action, seccomp_syscall_resolve_name(*name),
					       (unsigned)rule->args.count, &arg);
	}
	cleanup_fd int fd = memfd_create("test", MFD_CLOEXEC);

	assert_int_equal(seccomp_export_bpf(ctx, fd), 0);
	seccomp_release(ctx);
	read_program(fd, ret);
}

enum { RANDOM_RULES = 24, RANDOM_NAMES = 12 };

/* Each name is asked for with one action, so that libseccomp never refuses a contradiction. */
static void random_rules(struct spec_seccomp *sc, unsigned *seed)
{
	static const char *const actions[] = { "SCMP_ACT_ALLOW", "SCMP_ACT_TRAP", "SCMP_ACT_LOG",
					       "SCMP_ACT_KILL" };
	static const char *const operators[] = { "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_LT" };
	static struct spec_seccomp_rule rules[RANDOM_RULES];
	static struct spec_seccomp_arg args[RANDOM_RULES];
	static const char *names[RANDOM_RULES][RANDOM_NAMES + 1];
	static const char *x86_archs[] = { "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32",
					   NULL };

	*sc = (struct spec_seccomp){ .default_action = actions[rand_r(seed) % COUNT(actions)],
				     .syscalls = { rules, RANDOM_RULES } };
	if (rand_r(seed) % 2)
		sc->architectures = x86_archs;
	for (size_t i = 0; i < RANDOM_RULES; i++) {
		size_t action = (size_t)rand_r(seed) % COUNT(actions);

		args[i] = (struct spec_seccomp_arg){ (uint32_t)rand_r(seed) % 2,
						     (uint64_t)rand_r(seed) % 8,
						     { 0 },
						     operators[rand_r(seed) % 3] };
		rules[i] =
			(struct spec_seccomp_rule){ .names = names[i], .action = actions[action] };
		if (rand_r(seed) % 4 == 0) {
			rules[i].args.items = &args[i];
			rules[i].args.count = 1;
		}
		for (size_t k = 0; k < RANDOM_NAMES;) {
			/* Names of this machine, and of i386, by number; the action belongs to the
			 * name. */
			int n = rand_r(seed) % 460;
			char *name = seccomp_syscall_resolve_num_arch(
				k % 3 ? SCMP_ARCH_NATIVE : SCMP_ARCH_X86, n);

			free((void *)(uintptr_t)names[i][k]);
			names[i][k] = name;
			k += name && strlen(name) % COUNT(actions) == action;
		}
	}
}

/* The newest call that the rules name there: behind it SC-19 answers, not libseccomp. */
static uint32_t newest_named(const struct spec_seccomp *sc, uint32_t token)
{
	int newest = 423;

	for (size_t i = 0; i < sc->syscalls.count; i++)
		for (const char **name = sc->syscalls.items[i].names; *name; name++) {
			int n = seccomp_syscall_resolve_name_arch(token, *name);

			/* x32 counts from 0x40000000, and has calls of its own. */
			n &= token == SCMP_ARCH_X32 && n > 0 ? 0xffff : -1;
			if (n > newest && !(token == SCMP_ARCH_X32 && n >= 512 && n < 548))
				newest = n;
		}
	return (uint32_t)newest;
}

static void same_as_libseccomp(void **state)
{
	(void)state;
	unsigned seed = 1;

	for (int round = 0; round < 60; round++) {
		struct spec_seccomp sc;
		struct program fast, slow;

		random_rules(&sc, &seed);
		if (native() != SCMP_ARCH_X86_64)
			sc.architectures = NULL;
		compile_slowly(&sc, &slow);
		compile(&sc, &fast);
		const bool denies = strcmp(sc.default_action, "SCMP_ACT_ALLOW") &&
				    strcmp(sc.default_action, "SCMP_ACT_LOG");
		const struct {
			uint32_t arch, base, token;
			bool listed;
		} lines[] = {
			{ native(), 0, native(), true },
			{ AUDIT_ARCH_X86_64, 0x40000000, SCMP_ARCH_X32, sc.architectures },
			{ AUDIT_ARCH_I386, 0, SCMP_ARCH_X86, sc.architectures },
			{ AUDIT_ARCH_ARM, 0, SCMP_ARCH_ARM, false },
		};
		for (size_t i = 0; i < COUNT(lines); i++) {
			const uint32_t newest = newest_named(&sc, lines[i].token);

			for (uint32_t n = 0; n < 600; n++)
				for (uint64_t arg = 0; arg < 9; arg++) {
					const bool own = lines[i].token == SCMP_ARCH_X32 &&
							 n >= 512 && n < 548;
					uint32_t want = verdict(&slow, lines[i].arch,
								lines[i].base + n, arg);
					uint32_t got = verdict(&fast, lines[i].arch,
							       lines[i].base + n, arg);

					if (denies && lines[i].listed && n > newest && !own)
						want = SECCOMP_RET_ERRNO | ENOSYS;
					if (want != got)
						fail_msg("round %d arch %#x number %u argument %d: "
							 "%#x instead of %#x",
							 round, lines[i].arch, n, (int)arg, got,
							 want);
				}
		}
		assert_int_equal(verdict(&slow, lines[0].arch, UINT32_MAX, 0),
				 verdict(&fast, lines[0].arch, UINT32_MAX, 0));
		free_program(&fast);
		free_program(&slow);
	}
}

static void ranges(void **state)
{
	(void)state;
	unsigned seed = 7;

	for (int round = 0; round < 20; round++) {
		struct seccomp_range r[600];
		struct sock_filter *code = calloc(seccomp_bpf_room(COUNT(r)) + 1, sizeof *code);
		uint32_t at = 0;
		size_t count = (size_t)rand_r(&seed) % COUNT(r);

		for (size_t i = 0; i < count; i++) {
			uint32_t arch = i < count / 2 ? 1 : 2;

			at = i == count / 2 ? 0 : at + (uint32_t)rand_r(&seed) % 3;
			r[i] = (struct seccomp_range){ arch, at, at + (uint32_t)rand_r(&seed) % 4,
						       0x7000 + (uint32_t)i };
			at = r[i].last + 1;
		}
		size_t length = seccomp_bpf(r, count, code);

		assert_true(length <= seccomp_bpf_room(count));
		code[length] = (struct sock_filter){ BPF_RET | BPF_K, 0, 0, 1 };
		const struct program p = { code, length + 1 };

		for (uint32_t arch = 0; arch < 4; arch++)
			for (uint32_t n = 0; n < 2500; n++) {
				uint32_t want = 1;

				for (size_t i = 0; i < count; i++)
					if (r[i].arch == arch && r[i].first <= n && n <= r[i].last)
						want = r[i].action;
				assert_int_equal(verdict(&p, arch, n, 0), want);
			}
		free(code);
	}
}

/* The kernel's opinion, in a child. */
static void in_the_kernel(void **state)
{
	(void)state;
	const struct spec_seccomp sc = {
		.default_action = "SCMP_ACT_ERRNO",
		.syscalls = RULES({ .names = NAMES("exit_group", "write", "getppid"),
				    .action = "SCMP_ACT_ALLOW" },
				  { .names = NAMES("getuid"),
				    .action = "SCMP_ACT_ERRNO",
				    .errno_ret = { true, ENOTNAM } },
				  { .names = NAMES("personality"),
				    .action = "SCMP_ACT_ALLOW",
				    .args = ARGS(BRACED(0, 0xffffffff, { 0 }, "SCMP_CMP_EQ")) })
	};
	struct seccomp s;
	struct sock_fprog fprog;
	int status, none;

	assert_int_equal(plan_of(&sc, &s), 0);
	cleanup_fd int fd = seccomp_compile(&s);

	assert_true(fd >= 0);
	assert_int_equal(seccomp_read(fd, &fprog), 0);
	pid_t child = fork();

	if (child == 0) {
		int wrong = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? 1
			    : seccomp_install(&fprog, s.flags, &none)  ? 2
								       : 0;

		if (!wrong)
			wrong = syscall(SYS_getppid) > 0 ? 0 : 3;
		if (!wrong)
			wrong = syscall(SYS_getuid) == -1 && errno == ENOTNAM ? 0 : 4;
		if (!wrong)
			wrong = syscall(SYS_gettid) == -1 && errno == EPERM ? 0 : 5;
		if (!wrong)
			wrong = syscall(SYS_personality, 0xffffffff) >= 0 ? 0 : 6;
		if (!wrong)
			wrong = syscall(SYS_personality, 8) == -1 && errno == EPERM ? 0 : 7;
		if (!wrong)
			wrong = syscall(900) == -1 && errno == ENOSYS ? 0 : 8;
		syscall(SYS_exit_group, wrong);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	munmap(fprog.filter, fprog.len * sizeof *fprog.filter);
}

static void all_loads(void **state)
{
	(void)state;
	int none;
	const struct sock_filter allow = { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW };
	const struct sock_fprog bad = { 0, NULL },
				good = { 1, (struct sock_filter *)(uintptr_t)&allow };

	assert_int_equal(seccomp_install(&bad, 0, &none), EINVAL);
	assert_int_equal(seccomp_install(&good, 1u << 30, &none), EINVAL);
	cleanup_fd int fd = memfd_create("test", MFD_CLOEXEC);
	struct sock_fprog fprog;

	assert_int_equal(seccomp_read(fd, &fprog), -1); /* empty */
	assert_int_equal(write(fd, "abc", 3), 3);
	assert_int_equal(seccomp_read(fd, &fprog), -1);
}

static void feature_names(void **state)
{
	(void)state;
	size_t rows = 0;

	while (seccomp_arch_name(rows))
		rows++;
	assert_int_equal(rows, 23);
	assert_string_equal(seccomp_action_name(0), "SCMP_ACT_KILL");
	assert_null(seccomp_action_name(9));
	assert_null(seccomp_operator_name(7));
	assert_null(seccomp_flag_name(4));
	for (size_t i = 0; i < 3; i++)
		assert_true(seccomp_flag_is_supported(i)); /* older than the kernels this runs on */
	assert_int_equal(seccomp_library_version()[0], '2');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("SC-01 default actions, SC-02 their errno", default_actions),
		TEST("SC-03 listed architectures are filtered alike, others killed", foreign_entry),
		TEST("SC-04 an absent flag list means SPEC_ALLOW", planned_flags),
		TEST("SC-04 flags of a filter with a listener", flags_of_a_listener),
		TEST("SC-05 A-11 who gets the listener", planned_agent),
		TEST("SC-07 nothing but ALLOW needs no filter", wants_a_filter),
		TEST("SC-08 unknown names are left out, SC-09 actions, SC-10 their errno",
		     rule_actions),
		TEST("SC-09 what cannot be applied is refused by name", plan_refuses),
		TEST("SC-11 conditions are joined by and, a doubled index by or",
		     several_conditions),
		TEST("SC-11 rules that contradict each other are an error", contradiction),
		TEST("SC-13 values of 64 bits, SC-14 operators", conditions),
		TEST("SC-15 the kernel takes the program and agrees", in_the_kernel),
		TEST("SC-17 a program that cannot be loaded is an error", all_loads),
		TEST("SC-19 calls newer than the profile get ENOSYS", newer_calls),
		TEST("SC-19 what counts is what the profile names", newest_is_what_is_named),
		TEST("the short way gives the verdicts of libseccomp alone", same_as_libseccomp),
		TEST("ranges of numbers as a search tree", ranges),
		TEST("F-01 names for features", feature_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
