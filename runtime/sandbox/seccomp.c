/*
 * The way from config.json's rules to a program.
 *
 * libseccomp keeps its rules in lists: 430 names for three architectures take it 15 ms, more than
 * all the rest of a start.  So it gets only what needs it: names with conditions, names with
 * different actions, and names that an architecture multiplexes (socketcall, ipc).  A name that
 * always gets one answer becomes a number in a table of ranges in front of its program
 * (seccomp_bpf.c); libseccomp still says which number that is.
 */
#include "sandbox/seccomp.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "sandbox/seccomp_bpf.h"
#include "sandbox/seccomp_names.h"
#include "sandbox/seccomp_ranges.h"
#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { MAX_ARGS = 6 };

/* clang-format off */
_Static_assert((int)COMPARE_NE == (int)SCMP_CMP_NE && (int)COMPARE_LT == (int)SCMP_CMP_LT &&
	       (int)COMPARE_LE == (int)SCMP_CMP_LE && (int)COMPARE_EQ == (int)SCMP_CMP_EQ &&
	       (int)COMPARE_GE == (int)SCMP_CMP_GE && (int)COMPARE_GT == (int)SCMP_CMP_GT &&
	       (int)COMPARE_MASKED_EQ == (int)SCMP_CMP_MASKED_EQ, "as libseccomp counts");
/* clang-format on */

bool seccomp_arch_is_known(size_t row)
{
	return row < SECCOMP_ARCHS && seccomp_arch_resolve_name(seccomp_archs[row].library);
}

const char *seccomp_library_version(void)
{
	static char text[32];
	const struct scmp_version *v = seccomp_version();

	snprintf(text, sizeof text, "%u.%u.%u", v->major, v->minor, v->micro);
	return text;
}

/* Each name of each rule; those of one system call are made neighbours by sorting. */
struct call {
	const char *name;
	int number;
	uint32_t action;
	bool conditional, plain;
};
/* Its number on one architecture. */
struct place {
	uint32_t arch, number;
	size_t call;
};

struct compiler {
	const struct spec_seccomp *spec;
	struct arena *arena;
	struct wanted_arch {
		const struct seccomp_arch *row;
		uint32_t token;
	} archs[SECCOMP_ARCHS]; /* the native one first */
	size_t arch_count;
	struct call *calls;
	struct place *places;
	struct seccomp_range *ranges;
	size_t call_count, place_count, range_count;
};

int seccomp_check_calls(const struct spec_seccomp *sc)
{
	for (size_t i = 0; i < sc->syscalls.count; i++)
		for (const char **name = sc->syscalls.items[i].names; *name; name++)
			if (seccomp_syscall_resolve_name(*name) == __NR_SCMP_ERROR)
				return fail_at(name, 0,
					       "libseccomp %s does not know the system call %s",
					       seccomp_library_version(), *name);
	return 0;
}

static void scope_filter(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}

static void collect_archs(struct compiler *c)
{
	uint32_t native = seccomp_arch_native();

	c->arch_count = 1;
	for (size_t i = 0; i < SECCOMP_ARCHS; i++) {
		uint32_t token = seccomp_arch_resolve_name(seccomp_archs[i].library);
		bool wanted = false;

		for (const char **name = c->spec->architectures; name && *name && !wanted; name++)
			wanted = !strcmp(*name, seccomp_archs[i].name);
		if (token == native)
			c->archs[0] = (struct wanted_arch){ &seccomp_archs[i], token };
		else if (wanted)
			c->archs[c->arch_count++] =
				(struct wanted_arch){ &seccomp_archs[i], token };
	}
}

static int by_number(const void *a, const void *b)
{
	const struct call *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

/* A call is plain when all that the rules say of it is one action without a condition. */
static void mark_plain(struct compiler *c)
{
	for (size_t i = 0, n; i < c->call_count; i += n) {
		bool plain = true;

		for (n = 0; i + n < c->call_count && c->calls[i + n].number == c->calls[i].number;
		     n++)
			plain = plain && !c->calls[i + n].conditional &&
				c->calls[i + n].action == c->calls[i].action;
		/* Libseccomp makes its own rules for these two, one for each call behind them. */
		if (!strcmp(c->calls[i].name, "socketcall") || !strcmp(c->calls[i].name, "ipc"))
			plain = false;
		for (size_t k = i; k < i + n; k++)
			c->calls[k].plain = plain;
	}
}

/* K26: libseccomp refuses a rule that says what the default says already. */
static bool is_default(const struct spec_seccomp *sc, uint32_t action)
{
	return action == seccomp_default_action(sc);
}

static void collect_calls(struct compiler *c)
{
	size_t room = 0, unknown = 0;

	for (size_t i = 0; i < c->spec->syscalls.count; i++)
		for (const char **name = c->spec->syscalls.items[i].names; *name; name++)
			room++;
	c->calls = ARENA_ARRAY(c->arena, room + 1, struct call);
	for (size_t i = 0; i < c->spec->syscalls.count; i++) {
		const struct spec_seccomp_rule *rule = &c->spec->syscalls.items[i];
		uint32_t action = seccomp_rule_action(rule);

		for (const char **name = rule->names; *name; name++) {
			int number = seccomp_syscall_resolve_name(*name);

			if (number == __NR_SCMP_ERROR) {
				log_debug("seccomp: unknown system call %s is left out", *name);
				unknown++;
			} else {
				c->calls[c->call_count++] = (struct call){ *name, number, action,
									   rule->args.count > 0 };
			}
		}
	}
	if (unknown)
		log_info("seccomp: %zu names that libseccomp %s does not know are left out",
			 unknown, seccomp_library_version());
	qsort(c->calls, c->call_count, sizeof *c->calls, by_number);
	mark_plain(c);
}

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->arch != y->arch)
		return x->arch < y->arch ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* The kernel sees an x32 call as x86-64 with a bit in the number. */
static uint32_t audit_arch(uint32_t token)
{
	return token == SCMP_ARCH_X32 ? (uint32_t)SCMP_ARCH_X86_64 : token;
}

/*
 * Libseccomp's negative numbers: below -10000 the architecture lacks the call, above it reaches the
 * call through a multiplexer, and then the whole call is libseccomp's.
 */
enum { FIRST_ABSENT = -10000 };

static void collect_places(struct compiler *c)
{
	c->places = ARENA_ARRAY(c->arena, c->call_count * c->arch_count + 1, struct place);
	for (size_t i = 0; i < c->call_count; i++) {
		struct call *call = &c->calls[i];

		if (i && call[-1].number == call->number)
			continue;
		for (size_t k = 0; k < c->arch_count; k++) {
			uint32_t token = c->archs[k].token;
			int number = k ? seccomp_syscall_resolve_name_arch(token, call->name)
				       : call->number;

			if (number >= 0)
				c->places[c->place_count++] =
					(struct place){ audit_arch(token), (uint32_t)number, i };
			else if (number != __NR_SCMP_ERROR && number > FIRST_ABSENT)
				call->plain = false;
		}
	}
	qsort(c->places, c->place_count, sizeof *c->places, by_place);
	/* Two names for one number (sync_file_range2 on some): only when they agree may the number
	 * be answered here. */
	for (size_t i = 1; i < c->place_count; i++) {
		struct call *a = &c->calls[c->places[i - 1].call],
			    *b = &c->calls[c->places[i].call];

		if (by_place(&c->places[i - 1], &c->places[i]) == 0 &&
		    (!a->plain || !b->plain || a->action != b->action))
			a->plain = b->plain = false;
	}
}

/* Which numbers have one answer whatever their arguments are. */
static void collect_ranges(struct compiler *c)
{
	struct seccomp_numbers n = {
		.bases = ARENA_ARRAY(c->arena, c->arch_count, struct seccomp_base),
		.base_count = c->arch_count,
		.items = ARENA_ARRAY(c->arena, c->place_count + 1, struct seccomp_number),
		.count = c->place_count,
		.default_action = seccomp_default_action(c->spec),
	};

	for (size_t i = 0; i < c->arch_count; i++)
		n.bases[i] =
			(struct seccomp_base){ c->archs[i].row, audit_arch(c->archs[i].token) };
	for (size_t i = 0; i < c->place_count; i++) {
		const struct place *p = &c->places[i];
		const struct call *call = &c->calls[p->call];

		n.items[i] = (struct seccomp_number){
			.arch = p->arch,
			.number = p->number,
			.action = call->action,
			.answered = call->plain && !is_default(c->spec, call->action),
		};
	}
	c->range_count = seccomp_ranges(&n, c->arena, &c->ranges);
}

static int add_archs(scmp_filter_ctx ctx, const struct compiler *c)
{
	for (size_t i = 1; i < c->arch_count; i++) {
		int result = seccomp_arch_add(ctx, c->archs[i].token);

		if (result < 0)
			return fail_at(&c->spec->architectures, -result,
				       "libseccomp cannot add %s to a filter of this machine",
				       c->archs[i].row->name);
	}
	return 0;
}

static bool has_double_index(const struct spec_seccomp_rule *rule)
{
	unsigned seen = 0;

	for (size_t i = 0; i < rule->args.count; seen |= 1u << rule->args.items[i++].index)
		if (seen & 1u << rule->args.items[i].index)
			return true;
	return false;
}

static bool is_plain(const struct compiler *c, int number)
{
	const struct call key = { .number = number };
	const struct call *call = bsearch(&key, c->calls, c->call_count, sizeof key, by_number);

	/* Any of a group may be found, and only its first one was looked at on every architecture.
	 */
	while (call > c->calls && call[-1].number == number)
		call--;
	return call->plain;
}

static int add_rule(scmp_filter_ctx ctx, const struct compiler *c,
		    const struct spec_seccomp_rule *rule)
{
	uint32_t action = seccomp_rule_action(rule);
	struct scmp_arg_cmp args[MAX_ARGS];
	unsigned count = (unsigned)rule->args.count;
	/* SC-11: libseccomp cannot join two conditions on one argument; peers make each condition a
	 * rule then. */
	unsigned step = has_double_index(rule) ? 1 : count;

	if (is_default(c->spec, action))
		return 0;
	for (unsigned i = 0; i < count; i++) {
		const struct spec_seccomp_arg *a = &rule->args.items[i];

		args[i] =
			(struct scmp_arg_cmp){ a->index, (enum scmp_compare)seccomp_operator(a->op),
					       a->value, a->value_two.value };
	}
	for (const char **name = rule->names; *name; name++) {
		int number = seccomp_syscall_resolve_name(*name), result = 0;

		if (number == __NR_SCMP_ERROR || is_plain(c, number))
			continue;
		for (unsigned i = 0; result >= 0 && (i < count || i == 0); i += step ? step : 1)
			result = seccomp_rule_add_array(ctx, action, number, step, args + i);
		if (result == -EEXIST)
			return fail_at(
				&rule->names, 0,
				"another rule has the same conditions for %s and another action",
				*name);
		if (result < 0)
			return fail_at(&rule->names, -result, "libseccomp refuses the rule for %s",
				       *name);
	}
	return 0;
}

static int add_rules(scmp_filter_ctx ctx, const struct compiler *c)
{
	for (size_t i = 0; i < c->spec->syscalls.count; i++)
		if (add_rule(ctx, c, &c->spec->syscalls.items[i]) < 0)
			return -1;
	return 0;
}

/* What libseccomp has not got stands in front of its program. */
static int write_ranges(int fd, const struct compiler *c)
{
	struct sock_filter *code =
		ARENA_ARRAY(c->arena, seccomp_bpf_room(c->range_count), struct sock_filter);
	size_t length = seccomp_bpf(c->ranges, c->range_count, code);

	return file_write_fd(fd, code, length * sizeof *code);
}

static int write_program(const struct compiler *c, scmp_filter_ctx ctx)
{
	cleanup_fd int fd = memfd_create("seccomp", MFD_CLOEXEC);

	if (fd < 0)
		return fail(errno, "make a memory file");
	if (write_ranges(fd, c) < 0)
		return -1;
	int result = seccomp_export_bpf(ctx, fd);

	if (result < 0)
		return fail(-result, "libseccomp cannot write the filter");
	off_t size = lseek(fd, 0, SEEK_CUR);

	if (size < 0 || size / (off_t)sizeof(struct sock_filter) > BPF_MAXINSNS)
		return fail_at(&c->spec->syscalls, 0,
			       "these rules need %lld instructions, the kernel takes %d",
			       (long long)size / (long long)sizeof(struct sock_filter),
			       BPF_MAXINSNS);
	return take_fd(&fd);
}

int seccomp_compile(const struct seccomp *s)
{
	cleanup_arena struct arena *arena = arena_new();
	__attribute__((cleanup(scope_filter))) scmp_filter_ctx ctx =
		seccomp_init(seccomp_default_action(s->spec));
	struct compiler c = { .spec = s->spec, .arena = arena };

	if (!ctx)
		return fail(ENOMEM, "start a seccomp filter");
	if (seccomp_check_flags(s) < 0)
		return -1;
	collect_archs(&c);
	collect_calls(&c);
	collect_places(&c);
	collect_ranges(&c);
	if (add_archs(ctx, &c) < 0 || add_rules(ctx, &c) < 0)
		return -1;
	return write_program(&c, ctx);
}
