/* The rules as a program of type BPF_PROG_TYPE_CGROUP_DEVICE, by hand: 40 instructions need no
 * compiler. */
#include "base/fd.h"
#include "base/syscalls.h"
#include "cgroup/cgroup_devices.h"
#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <string.h>

_Static_assert((int)DEVICE_MKNOD == BPF_DEVCG_ACC_MKNOD && (int)DEVICE_READ == BPF_DEVCG_ACC_READ &&
		       (int)DEVICE_WRITE == BPF_DEVCG_ACC_WRITE,
	       "the kernel's bits");

/* By this name an earlier program is known again; others' programs (systemd's) are left alone. */
static const char program_name[BPF_OBJ_NAME_LEN] = "ring3_devices";

enum {
	CONTEXT = BPF_REG_1,
	TYPE = BPF_REG_2,
	ACCESS = BPF_REG_3,
	MAJOR = BPF_REG_4,
	MINOR = BPF_REG_5,
	NUMBER = BPF_REG_6 /* both in one, as in the kernel's own dev_t: one test instead of two */
};
enum { MINOR_BITS = 20, MAX_MAJOR = (1 << 12) - 1, MAX_MINOR = (1 << MINOR_BITS) - 1 };
enum { TO_DENIED = 0x7ffe, TO_GRANTED = 0x7fff }; /* offsets that are filled in at the end */

struct code {
	struct bpf_insn *items;
	size_t count;
};

static void emit(struct code *c, uint8_t op, uint8_t dst, uint8_t src, int16_t offset, int32_t imm)
{
	c->items[c->count++] = (struct bpf_insn){
		.code = op, .dst_reg = dst & 0xf, .src_reg = src & 0xf, .off = offset, .imm = imm
	};
}

static void emit_load(struct code *c, uint8_t reg, size_t offset)
{
	emit(c, BPF_LDX | BPF_W | BPF_MEM, reg, CONTEXT, (int16_t)offset, 0);
}

static void emit_return(struct code *c, int32_t value)
{
	emit(c, BPF_ALU | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, value);
	emit(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* access_type is (access << 16) | type.  Nothing asked is granted. */
static void emit_start(struct code *c)
{
	emit_load(c, TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	emit(c, BPF_ALU | BPF_MOV | BPF_X, ACCESS, TYPE, 0, 0);
	emit(c, BPF_ALU | BPF_AND | BPF_K, TYPE, 0, 0, 0xffff);
	emit(c, BPF_ALU | BPF_RSH | BPF_K, ACCESS, 0, 0, 16);
	emit_load(c, MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	emit_load(c, MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
	emit(c, BPF_ALU | BPF_MOV | BPF_X, NUMBER, MAJOR, 0, 0);
	emit(c, BPF_ALU | BPF_LSH | BPF_K, NUMBER, 0, 0, MINOR_BITS);
	emit(c, BPF_ALU | BPF_OR | BPF_X, NUMBER, MINOR, 0, 0);
	emit(c, BPF_JMP32 | BPF_JEQ | BPF_K, ACCESS, 0, TO_GRANTED, 0);
}

/* What a rule compares: up to two registers with a value each. */
struct test {
	uint8_t reg;
	int32_t value;
};

static size_t tests_of(const struct device_rule *r, struct test tests[2])
{
	size_t count = 0;

	if (r->major >= 0 && r->major <= MAX_MAJOR && r->minor >= 0 && r->minor <= MAX_MINOR) {
		tests[count++] = (struct test){ NUMBER, (int32_t)((uint32_t)r->major << MINOR_BITS |
								  (uint32_t)r->minor) };
		return count;
	}
	if (r->major >= 0)
		tests[count++] = (struct test){ MAJOR, (int32_t)r->major };
	if (r->minor >= 0)
		tests[count++] = (struct test){ MINOR, (int32_t)r->minor };
	return count;
}

/* A deny ends the search when it takes a right that is still wanted; an allow strikes its rights
 * off the wanted ones. */
static void emit_rule(struct code *c, const struct device_rule *r)
{
	struct test tests[2];
	size_t first = c->count, count = tests_of(r, tests);

	/* The usual case, and the cheapest for the verifier, which makes most of the time that
	 * loading takes: nothing is known afterwards that it would have to follow. */
	if (count == 1 && r->access == (DEVICE_MKNOD | DEVICE_READ | DEVICE_WRITE)) {
		emit(c, BPF_JMP32 | BPF_JEQ | BPF_K, tests[0].reg, 0,
		     r->allow ? TO_GRANTED : TO_DENIED, tests[0].value);
		return;
	}
	for (size_t i = 0; i < count; i++)
		emit(c, BPF_JMP32 | BPF_JNE | BPF_K, tests[i].reg, 0, 0, tests[i].value);
	if (r->allow) {
		emit(c, BPF_ALU | BPF_AND | BPF_K, ACCESS, 0, 0, ~r->access);
		emit(c, BPF_JMP32 | BPF_JEQ | BPF_K, ACCESS, 0, TO_GRANTED, 0);
	} else {
		emit(c, BPF_JMP32 | BPF_JSET | BPF_K, ACCESS, 0, TO_DENIED, r->access);
	}
	for (size_t i = 0; i < count; i++)
		c->items[first + i].off = (int16_t)(c->count - (first + i) - 1);
}

/* Neighbours of one type share the test for it.  Returns how many rules, up to the last, it took.
 */
static size_t emit_run(struct code *c, const struct device_rule *rules, size_t count)
{
	const char type = rules[count - 1].type;
	size_t test = c->count, done = 0;

	if (type != 'a')
		emit(c, BPF_JMP32 | BPF_JNE | BPF_K, TYPE, 0, 0,
		     type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	for (; done < count && rules[count - 1 - done].type == type; done++)
		emit_rule(c, &rules[count - 1 - done]);
	if (type != 'a')
		c->items[test].off = (int16_t)(c->count - test - 1);
	return done;
}

size_t cgroup_devices_program(const struct cgroup_devices *d, struct bpf_insn *out)
{
	struct code c = { out, 0 };

	emit_start(&c);
	for (size_t left = d->rules.count; left;) /* the last rule counts: first asked */
		left -= emit_run(&c, d->rules.items, left);
	size_t denied = c.count, granted = denied + 2;

	emit_return(&c, 0);
	emit_return(&c, 1);
	for (size_t i = 0; i < denied; i++) {
		if (out[i].off == TO_DENIED)
			out[i].off = (int16_t)(denied - i - 1);
		else if (out[i].off == TO_GRANTED)
			out[i].off = (int16_t)(granted - i - 1);
	}
	return c.count;
}

static int load(const struct bpf_insn *code, size_t count)
{
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.expected_attach_type = BPF_CGROUP_DEVICE,
		.insns = (uintptr_t)code,
		.insn_cnt = (uint32_t)count,
		.license = (uintptr_t) "GPL",
	};

	memcpy(attr.prog_name, program_name, sizeof program_name);
	int fd = sys_bpf(BPF_PROG_LOAD, &attr, sizeof attr);

	return fd < 0 ? fail(errno, "load the device program") : fd;
}

/* A program of an earlier call on this cgroup, or -1: with two of them the old one would still
 * deny. */
static int find_attached(int cgroup_fd)
{
	uint32_t ids[64]; /* the kernel's limit for one cgroup */
	union bpf_attr query = { .query = { .target_fd = (uint32_t)cgroup_fd,
					    .attach_type = BPF_CGROUP_DEVICE,
					    .prog_ids = (uintptr_t)ids,
					    .prog_cnt = COUNT(ids) } };

	if (sys_bpf(BPF_PROG_QUERY, &query, sizeof query) < 0)
		return -1; /* without the right to ask there is nothing to replace; attaching
			      reports what is wrong */
	for (uint32_t i = 0; i < query.query.prog_cnt; i++) {
		union bpf_attr by_id = { .prog_id = ids[i] };
		cleanup_fd int fd = sys_bpf(BPF_PROG_GET_FD_BY_ID, &by_id, sizeof by_id);
		struct bpf_prog_info info = { 0 };
		union bpf_attr ask = { .info = { .bpf_fd = (uint32_t)fd,
						 .info_len = sizeof info,
						 .info = (uintptr_t)&info } };

		if (fd >= 0 && sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &ask, sizeof ask) == 0 &&
		    !strcmp(info.name, program_name))
			return take_fd(&fd);
	}
	return -1;
}

int cgroup_devices_load(const struct cgroup_devices *d)
{
	enum { MAX_RULES = 5000 }; /* what a 16-bit jump can cross, and more than any list */
	cleanup_arena struct arena *arena = arena_new();

	if (d->rules.count > MAX_RULES)
		return fail(E2BIG, "%zu device rules, at most %d", d->rules.count, MAX_RULES);
	struct bpf_insn *code =
		ARENA_ARRAY(arena, CGROUP_DEVICES_ROOM(d->rules.count), struct bpf_insn);

	return load(code, cgroup_devices_program(d, code));
}

int cgroup_devices_attach_program(int program_fd, int cgroup_fd)
{
	cleanup_fd int old_fd = find_attached(cgroup_fd);
	union bpf_attr attr = {
		.target_fd = (uint32_t)cgroup_fd,
		.attach_bpf_fd = (uint32_t)program_fd,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI | (old_fd < 0 ? 0 : BPF_F_REPLACE),
		.replace_bpf_fd = old_fd < 0 ? 0 : (uint32_t)old_fd,
	};

	if (sys_bpf(BPF_PROG_ATTACH, &attr, sizeof attr) < 0)
		return fail(errno, "attach the device program to the cgroup");
	return 0;
}

int cgroup_devices_attach(const struct cgroup_devices *d, int cgroup_fd)
{
	cleanup_fd int program_fd = cgroup_devices_load(d);

	return program_fd < 0 ? -1 : cgroup_devices_attach_program(program_fd, cgroup_fd);
}
