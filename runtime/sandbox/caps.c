/* caps.c - capabilities(7): names, sets, and what is dropped when.  The only door to libcap. */
#include "sandbox/caps.h"
#include "base/log.h"
#include "host/host.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#define BIT(cap) (UINT64_C(1) << (cap))

enum { NAME_SIZE = 48, SETS = 5 };

/* The sets of a spec_capabilities and of a struct caps, side by side. */
#define SET(member)                                                                                \
	{                                                                                          \
#member, offsetof(struct spec_capabilities, member), offsetof(struct caps, member) \
	}
static const struct set {
	const char *name;
	size_t spec, caps;
} sets[SETS] = { SET(bounding), SET(effective), SET(permitted), SET(inheritable), SET(ambient) };

static uint64_t *set_of(struct caps *c, const struct set *set)
{
	return (uint64_t *)((char *)c + set->caps);
}

/*
 * "CAP_CHOWN" to its number, -1: unknown.  cap_from_name() also takes numbers, small letters and
 * whatever follows the name, so the form is checked here.
 */
static int number_of(const char *name)
{
	char lower[NAME_SIZE];
	size_t length = strlen(name);
	cap_value_t cap;

	if (!text_starts(name, "CAP_") || length >= sizeof lower ||
	    strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") != length)
		return -1;
	for (size_t i = 0; i <= length; i++)
		lower[i] = (char)tolower((unsigned char)name[i]);
	return cap_from_name(lower, &cap) < 0 ? -1 : cap;
}

const char *caps_name(int cap)
{
	static char names[64][NAME_SIZE];
	char *name, *out;

	if (cap < 0 || cap > CAP_LAST_CAP)
		return NULL;
	out = names[cap];
	if (!*out) {
		name = cap_to_name(cap);
		if (!name)
			fail_fatal("out of memory");
		for (size_t i = 0; name[i] && i < NAME_SIZE - 1; i++)
			out[i] = (char)toupper((unsigned char)name[i]);
		cap_free(name);
	}
	return out;
}

/* A capability newer than libcap has no name of its own. */
static const char *name_or_number(int cap)
{
	const char *name = caps_name(cap);

	return name ? name : "a capability of a newer kernel";
}

static uint64_t read_set(const char *const *names, const char *set, int cap_last)
{
	uint64_t bits = 0;

	for (; names && *names; names++) {
		int cap = number_of(*names);

		if (cap < 0 || cap > cap_last) /* config.md: a warning, not an error */
			log_warning("process.capabilities.%s: unknown capability %s is left out",
				    set, *names);
		else
			bits |= BIT(cap);
	}
	return bits;
}

/* Leaves of *set what is in allowed, and says what went. */
static void limit(uint64_t *set, const char *name, uint64_t allowed, const char *why)
{
	uint64_t gone = *set & ~allowed;

	*set &= allowed;
	for (int cap = 0; cap < 64 && log_wants(LEVEL_WARNING); cap++)
		if (gone & BIT(cap))
			log_warning("process.capabilities.%s: %s is left out: %s", name,
				    name_or_number(cap), why);
}

int caps_plan(const struct spec_process *process, const struct host *host, struct caps *ret)
{
	const struct spec_capabilities *spec = process->capabilities;
	struct caps c = { 0 };

	for (size_t i = 0; spec && i < SETS; i++)
		*set_of(&c, &sets[i]) =
			read_set(*(const char **const *)((const char *)spec + sets[i].spec),
				 sets[i].name, host->cap_last);
	/* What the kernel would refuse, capabilities(7). */
	limit(&c.effective, "effective", c.permitted, "it is not permitted");
	limit(&c.inheritable, "inheritable", c.bounding, "it is not in the bounding set");
	limit(&c.ambient, "ambient", c.permitted & c.inheritable,
	      "it is not permitted and inheritable");
	*ret = c;
	return 0;
}

void caps_limit_to_caller(struct caps *c, const struct host *host)
{
	for (size_t i = 0; i < SETS; i++)
		limit(set_of(c, &sets[i]), sets[i].name, host->caps,
		      "the runtime does not have it itself");
}

int caps_apply_bounding(const struct caps *c, int cap_last)
{
	for (int cap = 0; cap <= cap_last; cap++) {
		if (c->bounding & BIT(cap) || prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		/* Not ours to drop: fine when it is gone already. */
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != 0)
			return fail(EPERM, "drop %s from the bounding set", name_or_number(cap));
	}
	return 0;
}

typedef struct __user_cap_header_struct cap_header;
typedef struct __user_cap_data_struct cap_data[_LINUX_CAPABILITY_U32S_3];

/* The three sets that capset(2) knows, as 64 bit words. */
struct triple {
	uint64_t effective, permitted, inheritable;
};

/* libcap's bare wrappers: its own functions bring memory and threads into it. */
static int get_triple(struct triple *ret)
{
	cap_header header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	cap_data d = { 0 };

	if (capget(&header, d) < 0)
		return fail(errno, "read the capabilities");
	*ret = (struct triple){
		.effective = (uint64_t)d[1].effective << 32 | d[0].effective,
		.permitted = (uint64_t)d[1].permitted << 32 | d[0].permitted,
		.inheritable = (uint64_t)d[1].inheritable << 32 | d[0].inheritable,
	};
	return 0;
}

static int set_triple(const struct triple *t, const char *what)
{
	cap_header header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	cap_data d = {
		{ (uint32_t)t->effective, (uint32_t)t->permitted, (uint32_t)t->inheritable },
		{ (uint32_t)(t->effective >> 32), (uint32_t)(t->permitted >> 32),
		  (uint32_t)(t->inheritable >> 32) },
	};

	if (capset(&header, d) < 0)
		return fail(errno, "set %s: effective %#llx, permitted %#llx, inheritable %#llx",
			    what, (unsigned long long)t->effective,
			    (unsigned long long)t->permitted, (unsigned long long)t->inheritable);
	return 0;
}

/*
 * CAP_DAC_OVERRIDE: the working directory; CAP_SETUID, CAP_SETGID: its maker borrows root's file
 * system ids; CAP_CHOWN: stdio; CAP_SETPCAP: the inheritable set; CAP_SYS_ADMIN: the seccomp filter
 * (DESIGN 7.3).
 */
static const uint64_t setup_caps = BIT(CAP_DAC_OVERRIDE) | BIT(CAP_SETUID) | BIT(CAP_SETGID) |
				   BIT(CAP_CHOWN) | BIT(CAP_SETPCAP) | BIT(CAP_SYS_ADMIN);

int caps_raise_for_setup(void)
{
	struct triple t;
	uint64_t wanted;

	if (get_triple(&t) < 0)
		return -1;
	wanted = t.effective | (t.permitted & setup_caps);
	if (wanted == t.effective)
		return 0;
	t.effective = wanted;
	return set_triple(&t, "the capabilities of set-up");
}

int caps_apply(const struct caps *c, bool keep_sys_admin)
{
	uint64_t kept = keep_sys_admin ? BIT(CAP_SYS_ADMIN) : 0;
	struct triple t = { c->effective | kept, c->permitted | kept, c->inheritable };

	if (set_triple(&t, "the container's capabilities") < 0)
		return -1;
	/* capset() keeps ambient within inheritable: with none it is empty by now. */
	if (c->inheritable && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return fail(errno, "clear the ambient capabilities");
	for (int cap = 0; cap < 64; cap++)
		if (c->ambient & BIT(cap) &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return fail(errno, "raise ambient %s", name_or_number(cap));
	return 0;
}

uint64_t caps_effective(void)
{
	struct triple t;

	return get_triple(&t) < 0 ? 0 : t.effective;
}
