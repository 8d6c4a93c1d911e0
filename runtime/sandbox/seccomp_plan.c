/*
 * seccomp_plan.c - what linux.seccomp names: tables, checks, the decision whether a filter is
 * needed.  No libseccomp, but for what it knows of architectures.
 */
#include "base/syscalls.h"
#include "base/text.h"
#include "sandbox/seccomp.h"
#include "sandbox/seccomp_names.h"
#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* Linux 5.19 */
#endif

static const struct action {
	const char *name;
	uint32_t value;
	bool has_data;
} actions[] = {
	{ "SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
	{ "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_TRAP", SECCOMP_RET_TRAP },
	{ "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO, true },
	{ "SCMP_ACT_TRACE", SECCOMP_RET_TRACE, true },
	{ "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW },
	{ "SCMP_ACT_LOG", SECCOMP_RET_LOG },
	{ "SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF },
};

static const struct comparison {
	const char *name;
	enum seccomp_compare value;
} operators[] = {
	{ "SCMP_CMP_NE", COMPARE_NE },
	{ "SCMP_CMP_LT", COMPARE_LT },
	{ "SCMP_CMP_LE", COMPARE_LE },
	{ "SCMP_CMP_EQ", COMPARE_EQ },
	{ "SCMP_CMP_GE", COMPARE_GE },
	{ "SCMP_CMP_GT", COMPARE_GT },
	{ "SCMP_CMP_MASKED_EQ", COMPARE_MASKED_EQ },
};

const struct seccomp_arch seccomp_archs[SECCOMP_ARCHS] = {
	{ "SCMP_ARCH_X86", "x86" },
	{ "SCMP_ARCH_X86_64", "x86_64" },
	{ "SCMP_ARCH_X32", "x32", 0x40000000, 512, 547 },
	{ "SCMP_ARCH_ARM", "arm" },
	{ "SCMP_ARCH_AARCH64", "aarch64" },
	{ "SCMP_ARCH_MIPS", "mips", 4000 },
	{ "SCMP_ARCH_MIPS64", "mips64", 5000 },
	{ "SCMP_ARCH_MIPS64N32", "mips64n32", 6000 },
	{ "SCMP_ARCH_MIPSEL", "mipsel", 4000 },
	{ "SCMP_ARCH_MIPSEL64", "mipsel64", 5000 },
	{ "SCMP_ARCH_MIPSEL64N32", "mipsel64n32", 6000 },
	{ "SCMP_ARCH_PPC", "ppc" },
	{ "SCMP_ARCH_PPC64", "ppc64" },
	{ "SCMP_ARCH_PPC64LE", "ppc64le" },
	{ "SCMP_ARCH_S390", "s390" },
	{ "SCMP_ARCH_S390X", "s390x" },
	{ "SCMP_ARCH_PARISC", "parisc" },
	{ "SCMP_ARCH_PARISC64", "parisc64" },
	{ "SCMP_ARCH_RISCV64", "riscv64" },
	{ "SCMP_ARCH_LOONGARCH64", "loongarch64" },
	{ "SCMP_ARCH_M68K", "m68k" },
	{ "SCMP_ARCH_SH", "sh" },
	{ "SCMP_ARCH_SHEB", "sheb" },
};

static const struct flag {
	const char *name;
	unsigned value;
} flags[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC },
	{ "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV },
};

/* The row whose first member is this name, or NULL. */
#define ROW(table, wanted)                                                                         \
	({                                                                                         \
		__typeof__(&(table)[0]) row_ = NULL;                                               \
		for (size_t row_i_ = 0; row_i_ < COUNT(table) && !row_; row_i_++)                  \
			row_ = strcmp((table)[row_i_].name, (wanted)) ? NULL : &(table)[row_i_];   \
		row_;                                                                              \
	})

const char *seccomp_action_name(size_t row)
{
	return row < COUNT(actions) ? actions[row].name : NULL;
}
const char *seccomp_operator_name(size_t row)
{
	return row < COUNT(operators) ? operators[row].name : NULL;
}
const char *seccomp_flag_name(size_t row)
{
	return row < COUNT(flags) ? flags[row].name : NULL;
}
const char *seccomp_arch_name(size_t row)
{
	return row < SECCOMP_ARCHS ? seccomp_archs[row].name : NULL;
}

bool seccomp_flag_is_supported(size_t row)
{
	unsigned value = flags[row].value;

	if (value == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
		value |= SECCOMP_FILTER_FLAG_NEW_LISTENER; /* means nothing without one */
	/* A known flag gets as far as reading the program at NULL. */
	return sys_seccomp(SECCOMP_SET_MODE_FILTER, value, NULL) < 0 && errno == EFAULT;
}

int seccomp_check_flags(const struct seccomp *s)
{
	for (size_t i = 0; i < COUNT(flags); i++)
		if (flags[i].value == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV &&
		    (s->flags & flags[i].value) && !seccomp_flag_is_supported(i))
			return fail_at(&s->spec->flags, 0, "this kernel does not know %s",
				       flags[i].name);
	return 0;
}

uint32_t seccomp_action(const char *name, const struct opt_u32 *data)
{
	const struct action *a = ROW(actions, name);

	if (!a->has_data)
		return a->value;
	return a->value | (data->set ? data->value : EPERM);
}

uint32_t seccomp_default_action(const struct spec_seccomp *sc)
{
	return seccomp_action(sc->default_action, &sc->default_errno_ret);
}

uint32_t seccomp_rule_action(const struct spec_seccomp_rule *rule)
{
	return seccomp_action(rule->action, &rule->errno_ret);
}

enum seccomp_compare seccomp_operator(const char *name)
{
	return ROW(operators, name)->value;
}

/* Plan.  The rules between members are spec_check's. */

static int check_action(const char *const *name)
{
	const struct action *a = ROW(actions, *name);

	if (!a)
		return fail_at(name, 0, "%s is not a seccomp action", *name);
	return 0;
}

static int check_rule(const struct spec_seccomp_rule *rule)
{
	if (check_action(&rule->action) < 0)
		return -1;
	for (size_t i = 0; i < rule->args.count; i++)
		if (!ROW(operators, rule->args.items[i].op))
			return fail_at(&rule->args.items[i].op, 0, "%s is not a seccomp operator",
				       rule->args.items[i].op);
	return 0;
}

static int check_archs(const struct spec_seccomp *sc)
{
	for (const char **name = sc->architectures; name && *name; name++) {
		const struct seccomp_arch *a = ROW(seccomp_archs, *name);

		if (!a)
			return fail_at(&sc->architectures, 0, "%s is not a seccomp architecture",
				       *name);
		if (!seccomp_arch_is_known((size_t)(a - seccomp_archs)))
			return fail_at(&sc->architectures, 0, "libseccomp %s does not know %s",
				       seccomp_library_version(), *name);
	}
	return 0;
}

static int plan_flags(const struct spec_seccomp *sc, struct seccomp *s)
{
	if (!sc->flags) /* an absent list is not an empty one: as runc (SC-04) */
		s->flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	for (const char **name = sc->flags; name && *name; name++) {
		const struct flag *f = ROW(flags, *name);

		if (!f)
			return fail_at(&sc->flags, 0, "%s is not a seccomp flag", *name);
		if (f->value == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV && !s->agent)
			return fail_at(&sc->flags, 0, "%s needs an action SCMP_ACT_NOTIFY", *name);
		s->flags |= f->value;
	}
	if (!s->agent)
		return 0;
	/* The kernel refuses both: each wants to be what seccomp(2) returns.  The process has only
	 * this one thread. */
	s->flags &= ~(unsigned)SECCOMP_FILTER_FLAG_TSYNC;
	s->flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	return 0;
}

/* The first action that is NOTIFY, NULL: none. */
static const char *const *notifying(const struct spec_seccomp *sc)
{
	if (ROW(actions, sc->default_action)->value == SECCOMP_RET_USER_NOTIF)
		return &sc->default_action;
	for (size_t i = 0; i < sc->syscalls.count; i++)
		if (ROW(actions, sc->syscalls.items[i].action)->value == SECCOMP_RET_USER_NOTIF)
			return &sc->syscalls.items[i].action;
	return NULL;
}

/* `start` may have another working directory than `create`.  place: of what named it, or NULL. */
static int check_agent(const char *path, const void *place)
{
	if (*path == '/')
		return 0;
	return place ? fail_at(place, 0, "the seccomp agent's socket %s is no absolute path", path)
		     : fail(0, "%s: the seccomp agent's socket %s is no absolute path",
			    "RUN_OCI_SECCOMP_RECEIVER", path);
}

/* The member of the specification before the annotation, that before the environment, as crun
 * .  Without NOTIFY nobody is told of anything (SC-05). */
static int plan_agent(const struct spec *spec, const char *receiver, const char **ret)
{
	const struct spec_seccomp *sc = spec->linux_.seccomp;
	const struct json_pair *annotation = spec_annotation_pair(spec, "run.oci.seccomp.receiver");
	const char *const *action = notifying(sc);
	const void *place = NULL;

	if (!action)
		return 0;
	if (text_is_set(sc->listener_path)) {
		*ret = sc->listener_path;
		place = &sc->listener_path;
	} else if (annotation) {
		*ret = annotation->value;
		place = annotation;
	} else if (text_is_set(receiver)) {
		*ret = receiver;
	} else {
		return fail_at(action, 0, "SCMP_ACT_NOTIFY needs listenerPath");
	}
	return check_agent(*ret, place);
}

static bool has_effect(const struct spec_seccomp *sc)
{
	if (seccomp_default_action(sc) != SECCOMP_RET_ALLOW)
		return true;
	for (size_t i = 0; i < sc->syscalls.count; i++)
		if (seccomp_rule_action(&sc->syscalls.items[i]) != SECCOMP_RET_ALLOW)
			return true;
	return false;
}

int seccomp_plan(const struct spec *spec, const char *receiver, struct seccomp *ret)
{
	const struct spec_seccomp *sc = spec->linux_.seccomp;
	struct seccomp plan = { .spec = sc };

	if (sc) {
		if (check_action(&sc->default_action) < 0 || check_archs(sc) < 0)
			return -1;
		for (size_t i = 0; i < sc->syscalls.count; i++)
			if (check_rule(&sc->syscalls.items[i]) < 0)
				return -1;
		/* Unless it is asked for, newer names must not break an older library (SC-08). */
		if (spec_annotation(spec, "run.oci.seccomp_fail_unknown_syscall") &&
		    seccomp_check_calls(sc) < 0)
			return -1;
		if (plan_agent(spec, receiver, &plan.agent) < 0 || plan_flags(sc, &plan) < 0)
			return -1;
		plan.wanted = has_effect(sc);
	}
	*ret = plan;
	return 0;
}
