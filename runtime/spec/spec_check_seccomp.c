/* spec_check_seccomp.c - rules between members of linux.seccomp.  No libseccomp. */
#include "spec/load.h"
#include "spec/rules.h"
#include <string.h>

enum { SYSCALL_ARGUMENTS = 6 };

static bool takes_errno(const char *action)
{
	return !strcmp(action, "SCMP_ACT_ERRNO") || !strcmp(action, "SCMP_ACT_TRACE");
}

static int errno_is_for_errno_actions(const struct spec_seccomp *s)
{
	if (s->default_errno_ret.set && !takes_errno(s->default_action))
		return fail_at(&s->default_errno_ret, 0, "%s returns no errno", s->default_action);
	for (size_t i = 0; i < s->syscalls.count; i++) {
		const struct spec_seccomp_rule *rule = &s->syscalls.items[i];

		if (rule->errno_ret.set && !takes_errno(rule->action))
			return fail_at(&rule->errno_ret, 0, "%s returns no errno", rule->action);
	}
	return 0;
}

static int metadata_needs_listener(const struct spec_seccomp *s)
{
	if (text_is_set(s->listener_metadata) && !text_is_set(s->listener_path))
		return fail_at(&s->listener_metadata, 0, "must not be set without listenerPath");
	return 0;
}

static int arguments_are_few(const struct spec_seccomp *s)
{
	for (size_t i = 0; i < s->syscalls.count; i++)
		if (s->syscalls.items[i].args.count > SYSCALL_ARGUMENTS)
			return fail_at(&s->syscalls.items[i].args, 0, "has more than %d conditions",
				       SYSCALL_ARGUMENTS);
	return 0;
}

static int names_are_filled(const struct spec_seccomp *s)
{
	for (size_t i = 0; i < s->syscalls.count; i++)
		for (const char **name = s->syscalls.items[i].names; *name; name++)
			if (!**name)
				return fail_at(name, 0, "must not be empty");
	return 0;
}

/* clang-format off */
static int (*const seccomp_rules[])(const struct spec_seccomp *s) = {
	errno_is_for_errno_actions, metadata_needs_listener, arguments_are_few,
	names_are_filled,
};
/* clang-format on */

int check_seccomp(const struct spec_seccomp *seccomp)
{
	for (size_t i = 0; i < COUNT(seccomp_rules); i++)
		if (seccomp_rules[i](seccomp) < 0)
			return -1;
	return 0;
}
