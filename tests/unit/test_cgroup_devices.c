/* test_cgroup_devices.c - device rules: the emulator, the program in an interpreter, and the
 * kernel. */
#include "test.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/wait.h"
#include "cgroup/cgroup.h"
#include "cgroup/cgroup_devices.h"
#include "host/host.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define RULE(allow_, type_, major_, minor_, access_)                                               \
	{                                                                                          \
		.allow = { true, allow_ }, .type = type_, .access = access_,                       \
		.major = { (major_) != -2, major_ }, .minor = {                                    \
			(minor_) != -2,                                                            \
			minor_                                                                     \
		}                                                                                  \
	}
enum { ABSENT = -2, R = DEVICE_READ, W = DEVICE_WRITE, M = DEVICE_MKNOD };

/* eBPF as far as bpf.c uses it. */
static int interpret(const struct bpf_insn *code, size_t count,
		     const struct bpf_cgroup_dev_ctx *context)
{
	uint64_t r[11] = { 0 };

	for (size_t pc = 0; pc < count; pc++) {
		const struct bpf_insn *i = &code[pc];
		uint32_t dst = (uint32_t)r[i->dst_reg], imm = (uint32_t)i->imm;
		bool jump = false;

		switch (i->code) {
		case BPF_LDX | BPF_W | BPF_MEM:
			memcpy(&dst, (const char *)context + i->off, 4);
			break;
		case BPF_ALU | BPF_MOV | BPF_X:
			dst = (uint32_t)r[i->src_reg];
			break;
		case BPF_ALU | BPF_MOV | BPF_K:
			dst = imm;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			dst &= imm;
			break;
		case BPF_ALU | BPF_OR | BPF_X:
			dst |= (uint32_t)r[i->src_reg];
			break;
		case BPF_ALU | BPF_LSH | BPF_K:
			dst <<= imm;
			break;
		case BPF_ALU | BPF_RSH | BPF_K:
			dst >>= imm;
			break;
		case BPF_JMP32 | BPF_JEQ | BPF_K:
			jump = dst == imm;
			break;
		case BPF_JMP32 | BPF_JNE | BPF_K:
			jump = dst != imm;
			break;
		case BPF_JMP32 | BPF_JSET | BPF_K:
			jump = dst & imm;
			break;
		case BPF_JMP | BPF_EXIT:
			return (int)r[0];
		default:
			fail_msg("instruction %zu has the unknown code %#x", pc, i->code);
		}
		r[i->dst_reg] = dst;
		if (jump)
			pc += (size_t)i->off;
	}
	fail_msg("ran over the end");
	return -1;
}

static int program_says(const struct bpf_insn *code, size_t count, char type, uint32_t major,
			uint32_t minor, uint8_t access)
{
	const struct bpf_cgroup_dev_ctx context = {
		.access_type = (uint32_t)access << 16 |
			       (type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
		.major = major,
		.minor = minor
	};

	return interpret(code, count, &context);
}

static void plan_of(struct spec_device_rule *rules, size_t count, const struct spec_device *node,
		    struct arena *arena, struct cgroup_devices *ret)
{
	struct spec_resources resources = { .devices = { rules, count } };
	struct spec spec = { .linux_.resources = &resources };

	if (node) {
		spec.linux_.devices.items = (struct spec_device *)(uintptr_t)node;
		spec.linux_.devices.count = 1;
	}
	if (cgroup_devices_plan(&spec, arena, ret) < 0)
		fail_msg("%s", failure()->text);
}

static void defaults(void **state)
{
	(void)state;
	cleanup_arena struct arena *arena = arena_new();
	struct spec_device_rule deny_all = RULE(false, NULL, ABSENT, ABSENT, "rwm"),
				deny_a = RULE(false, "a", -1, -1, "mrw");
	struct spec_device_rule lists[][2] = { { deny_all, deny_a }, { deny_a, deny_all } };
	static const struct {
		char type;
		int major, minor;
		uint8_t access;
		bool allowed;
	} cases[] = {
		{ 'c', 1, 3, R | W | M, true }, { 'c', 1, 5, R | W, true },
		{ 'c', 1, 7, R | W, true },	{ 'c', 1, 8, R | W, true },
		{ 'c', 1, 9, R | W, true },	{ 'c', 5, 0, R | W, true },
		{ 'c', 5, 1, R | W, true },	{ 'c', 5, 2, R | W, true },
		{ 'c', 136, 77, R | W, true },	{ 'c', 10, 200, R | W, true },
		{ 'c', 1, 1, M, true },		{ 'b', 8, 0, M, true },
		{ 'c', 1, 1, R, false },	{ 'b', 8, 0, R, false },
		{ 'c', 1, 1, R | M, false },	{ 'b', 1, 3, R, false },
		{ 'c', 10, 229, R | W, false }, { 'c', 1, 1, 0, true },
	};

	for (size_t list = 0; list < 4; list++) {
		struct cgroup_devices d;

		plan_of(lists[list % 2], list < 2 ? list : 2, NULL, arena, &d);
		for (size_t i = 0; i < COUNT(cases); i++)
			assert_int_equal(cgroup_devices_allow(&d, cases[i].type, cases[i].major,
							      cases[i].minor, cases[i].access),
					 cases[i].allowed);
	}
}

static void order(void **state)
{
	(void)state;
	cleanup_arena struct arena *arena = arena_new();
	struct spec_device_rule rules[] = {
		RULE(false, NULL, ABSENT, ABSENT, "rwm"),
		RULE(false, "c", 1, 3, "w"), /* a default, in part */
		RULE(true, "b", 8, ABSENT, "rw"),
		RULE(false, "b", 8, 1, "r"),
		RULE(true, "b", 8, 1, "r"),
		RULE(false, "b", 8, 2, "w"),
	};
	struct cgroup_devices d;

	plan_of(rules, COUNT(rules), NULL, arena, &d);
	assert_true(cgroup_devices_allow(&d, 'c', 1, 3, R));
	assert_false(cgroup_devices_allow(&d, 'c', 1, 3, W));
	assert_false(cgroup_devices_allow(&d, 'c', 1, 3, R | W));
	assert_true(cgroup_devices_allow(&d, 'b', 8, 1, R | W));
	assert_true(cgroup_devices_allow(&d, 'b', 8, 2, R));
	assert_false(cgroup_devices_allow(&d, 'b', 8, 2, R | W));
	assert_false(cgroup_devices_allow(&d, 'b', 9, 2, R));
}

/* The list decides alone; only where there is none a node may be used as it stands. */
static void nodes(void **state)
{
	(void)state;
	cleanup_arena struct arena *arena = arena_new();
	const struct spec_device fuse = {
		.path = "/dev/fuse", .type = "c", .major = { true, 10 }, .minor = { true, 229 }
	};
	const struct spec_device_rule deny_all = RULE(false, NULL, ABSENT, ABSENT, "rwm");
	/* Everybody may make nodes, by default. */
	static const struct {
		size_t count; /* of "deny everything" and this rule */
		struct spec_device_rule rule;
		uint8_t allowed;
	} cases[] = {
		{ 0, { .type = NULL }, R | W | M },
		{ 1, { .type = NULL }, M },
		{ 2, RULE(true, "c", 10, 229, "r"), R | M },
		{ 2, RULE(true, "c", 10, ABSENT, "w"), W | M },
		{ 2, RULE(true, "c", ABSENT, ABSENT, "m"), M },
		{ 2, RULE(true, "b", 10, 229, "r"), M },
		{ 2, RULE(false, "c", 10, 229, "w"), M },
		{ 2, RULE(true, "c", 10, 229, "rwm"), R | W | M },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct spec_device_rule rules[] = { deny_all, cases[i].rule };
		struct cgroup_devices d;

		plan_of(rules, cases[i].count, &fuse, arena, &d);
		for (uint8_t access = M; access <= (R | W | M); access++)
			if (cgroup_devices_allow(&d, 'c', 10, 229, access) !=
			    !(access & ~cases[i].allowed))
				fail_msg("case %zu: access %u", i, access);
	}
}

static void later_denial(void **state)
{
	(void)state;
	cleanup_arena struct arena *arena = arena_new();
	struct spec_device_rule rules[] = {
		RULE(true, "c", 7, 7, "rwm"),
		RULE(false, NULL, ABSENT, ABSENT, "rwm"),
		RULE(true, "c", 9, 9, "r"),
	};
	struct spec_device_rule opened[] = {
		RULE(true, "a", ABSENT, ABSENT, "rwm"),
		RULE(false, "a", ABSENT, ABSENT, "rwm"),
	};
	struct spec_device_rule all[] = { RULE(true, "a", ABSENT, ABSENT, "rwm") };
	struct cgroup_devices d;

	plan_of(rules, COUNT(rules), NULL, arena, &d);
	assert_false(cgroup_devices_allow(&d, 'c', 7, 7, R));
	assert_true(cgroup_devices_allow(&d, 'c', 1, 3, R));
	assert_true(cgroup_devices_allow(&d, 'c', 9, 9, R));
	plan_of(opened, COUNT(opened), NULL, arena, &d);
	assert_false(cgroup_devices_allow(&d, 'c', 7, 7, R));
	assert_true(cgroup_devices_allow(&d, 'c', 5, 2, R | W));
	plan_of(all, 1, NULL, arena, &d);
	assert_int_equal(d.rules.count, 1);
	assert_true(cgroup_devices_allow(&d, 'b', 250, 250, R | W | M));
}

static struct device_rule random_rule(unsigned *seed)
{
	return (struct device_rule){
		.allow = rand_r(seed) % 2,
		.type = "abc"[rand_r(seed) % 3],
		.access = (uint8_t)(1 + rand_r(seed) % 7),
		/* Now and then one beyond what device numbers have: it matches nothing. */
		.major = rand_r(seed) % 8 ? rand_r(seed) % 4 - 1 : 4096 + rand_r(seed) % 4,
		.minor = rand_r(seed) % 4 - 1,
	};
}

static void program_is_emulator(void **state)
{
	(void)state;
	unsigned seed = 5;

	for (int round = 0; round < 400; round++) {
		struct device_rule rules[20];
		struct cgroup_devices d = { .rules = { rules,
						       (size_t)rand_r(&seed) % COUNT(rules) } };
		struct bpf_insn code[CGROUP_DEVICES_ROOM(COUNT(rules))];

		for (size_t i = 0; i < d.rules.count; i++)
			rules[i] = random_rule(&seed);
		size_t count = cgroup_devices_program(&d, code);

		assert_true(count <= (size_t)CGROUP_DEVICES_ROOM(d.rules.count));
		for (unsigned n = 0; n < 2 * 4 * 4 * 8; n++) {
			char type = n & 1 ? 'b' : 'c';
			uint32_t major = n >> 1 & 3, minor = n >> 3 & 3;
			uint8_t access = (uint8_t)(n >> 5);

			assert_int_equal(program_says(code, count, type, major, minor, access),
					 cgroup_devices_allow(&d, type, major, minor, access));
		}
	}
}

static void bad_rules(void **state)
{
	(void)state;
	cleanup_arena struct arena *arena = arena_new();
	struct spec_device_rule rule = RULE(true, "c", 1, 1, "");
	struct spec_resources resources = { .devices = { &rule, 1 } };
	const struct spec spec = { .linux_.resources = &resources };
	struct cgroup_devices d;

	assert_int_equal(cgroup_devices_plan(&spec, arena, &d), -1);
	assert_true(cgroup_devices_asked(&spec));
	rule = (struct spec_device_rule)RULE(false, NULL, ABSENT, ABSENT, "rwm");
	assert_false(cgroup_devices_asked(&spec));
}

/* Opens a private node of null as a process of the cgroup: 0, or errno. */
static int open_in(int cgroup_fd, const char *node, int flags)
{
	int pidfd, status;
	pid_t pid = process_clone(0, cgroup_fd, SIGCHLD, &pidfd);

	if (pid == 0)
		_exit(open(node, flags) < 0 ? errno : 0);
	assert_true(pid > 0);
	assert_int_equal(process_wait(pidfd, wait_until(10), "the child", &status), 0);
	close(pidfd);
	return status;
}

static void in_the_kernel(void **state)
{
	(void)state;
	struct host host;
	char path[64], node[64];
	int fd, program;
	char *made;
	struct device_rule rules[] = { { true, 'c', 1, 3, R | W | M }, { false, 'c', 1, 3, W } };
	const struct cgroup_devices first = { .rules = { rules, 2 } },
				    second = { .rules = { rules, 1 } };

	assert_int_equal(host_probe(&host), 0);
	if (geteuid() || !host.cgroup_mount || host.in_user_namespace) {
		print_message("needs root and a cgroup2 file system: BPF_PROG_ATTACH\n");
		skip();
	}
	snprintf(path, sizeof path, "/ring3-test-%d", (int)getpid());
	snprintf(node, sizeof node, "/tmp/ring3-test-%d", (int)getpid());
	const struct cgroup_plan plan = { .mount = host.cgroup_mount,
					  .path = path,
					  .devices = &first };

	assert_int_equal(mknod(node, S_IFCHR | 0600, makedev(1, 3)), 0);
	if (cgroup_create(&plan, &fd, &made) < 0 || cgroup_load_devices(&plan, &program) < 0 ||
	    cgroup_restrict_devices(fd, program) < 0)
		fail_msg("%s", failure()->text);
	int read_only = open_in(fd, node, O_RDONLY), write_only = open_in(fd, node, O_WRONLY),
	    both = open_in(fd, node, O_RDWR);
	int zero = open_in(fd, "/dev/zero", O_RDONLY);
	int replaced = cgroup_devices_attach(&second, fd), after = open_in(fd, node, O_RDWR);

	unlink(node);
	close(program);
	close(fd);
	assert_int_equal(cgroup_remove(host.cgroup_mount, path, made, wait_until(10)), 0);
	free(made);
	if (read_only == ENXIO || read_only == EACCES) {
		print_message("needs /tmp without nodev\n");
		skip();
	}
	assert_int_equal(read_only, 0);
	assert_int_equal(write_only, EPERM);
	assert_int_equal(both, EPERM);
	assert_int_equal(zero, EPERM);
	assert_int_equal(replaced, 0);
	assert_int_equal(after, 0); /* the first program is gone, not only joined by another */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("R-01 the last rule counts, for each letter by itself", order),
		TEST("R-05 no access is an error", bad_rules),
		TEST("R-07 the list says how much of a node of linux.devices is allowed", nodes),
		TEST("R-06 a denial of everything is the start again, with the defaults",
		     later_denial),
		TEST("R-07 no list, an empty one and \"deny everything\" leave the defaults",
		     defaults),
		TEST("R-01 the program decides as the emulator", program_is_emulator),
		TEST("R-01 the kernel decides so too, and a second program replaces the first",
		     in_the_kernel),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
