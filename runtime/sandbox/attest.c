/* attest.c - reads back what the kernel says about this process (R5). */
#include "sandbox/attest.h"
#include "base/fail.h"
#include "base/file.h"
#include "base/text.h"
#include "sandbox/caps.h"
#include "sandbox/sandbox.h"
#include "sandbox/user.h"
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STATUS_LIMIT = 2 << 20 }; /* 65,536 groups with ten digits each, and the rest */

/* What stands behind "NAME:" and the tab, or NULL with a failure; ends at a newline. */
static const char *find_field(const char *status, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = status; line && *line; line = strchr(line, '\n'), line += !!line)
		if (!strncmp(line, name, length) && line[length] == ':')
			return line + length + 1;
	fail(EPROTO, "no %s in the process status", name);
	return NULL;
}

/* Real, effective, saved and file system id are all the same. */
static int check_ids(const char *status, const char *name, uint32_t wanted)
{
	const char *value = find_field(status, name);

	if (!value)
		return -1;
	for (int i = 0; i < 4; i++) {
		char *end;
		unsigned long found = strtoul(value, &end, 10);

		if (end == value || found != wanted)
			return fail(0, "%s is %.*s, not %" PRIu32, name, (int)strcspn(value, "\n"),
				    value, wanted);
		value = end;
	}
	return 0;
}

static int compare_gids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* The first number at *text, which moves behind it; false: there is none before the line's end. */
static bool next_gid(const char **text, uint32_t *ret)
{
	const char *at = *text + strspn(*text, " \t");
	char *end;

	if (*at == '\n')
		return false;
	*ret = (uint32_t)strtoul(at, &end, 10);
	*text = end;
	return end != at;
}

/* As sets with duplicates: the kernel sorts by the host's ids, and shows the container's. */
static int check_groups(const char *status, const struct user *u)
{
	const char *value = find_field(status, "Groups");
	cleanup_free uint32_t *wanted = calloc(u->group_count + 1, sizeof *wanted),
			      *found = calloc(u->group_count + 1, sizeof *found);
	size_t seen = 0;
	uint32_t gid;

	if (!wanted || !found)
		fail_fatal("out of memory");
	if (!value)
		return -1;
	if (u->group_count)
		memcpy(wanted, u->groups, u->group_count * sizeof *wanted);
	qsort(wanted, u->group_count, sizeof *wanted, compare_gids);
	for (; next_gid(&value, &gid); seen++) {
		if (!bsearch(&gid, wanted, u->group_count, sizeof *wanted, compare_gids))
			return fail(0, "supplementary group %" PRIu32 " was not asked for", gid);
		if (seen < u->group_count)
			found[seen] = gid;
	}
	if (seen != u->group_count)
		return fail(0, "there are %zu supplementary groups, not %zu", seen, u->group_count);
	qsort(found, seen, sizeof *found, compare_gids);
	if (memcmp(found, wanted, seen * sizeof *found))
		return fail(0, "a supplementary group is missing, another is there twice");
	return 0;
}

static int check_caps(const char *status, const char *name, uint64_t wanted)
{
	const char *value = find_field(status, name);

	if (!value)
		return -1;
	uint64_t found = strtoull(value, NULL, 16);
	if (found != wanted)
		return fail(0, "%s is %016" PRIx64 ", not %016" PRIx64, name, found, wanted);
	return 0;
}

static int check_all_caps(const char *status, const struct caps *c, uint64_t extra)
{
	const struct {
		const char *name;
		uint64_t wanted;
	} rows[] = {
		{ "CapInh", c->inheritable },	    { "CapPrm", c->permitted | extra },
		{ "CapEff", c->effective | extra }, { "CapBnd", c->bounding },
		{ "CapAmb", c->ambient },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (check_caps(status, rows[i].name, rows[i].wanted) < 0)
			return -1;
	return 0;
}

static int check_no_new_privs(const char *status)
{
	const char *value = find_field(status, "NoNewPrivs");

	if (!value)
		return -1;
	return strtoul(value, NULL, 10) == 1 ? 0 : fail(0, "NoNewPrivs is not set");
}

int attest_status(const struct attest *a, const char *status, enum attest_groups groups)
{
	uint64_t extra = a->extra_caps_bit >= 0 ? UINT64_C(1) << a->extra_caps_bit : 0;

	if (check_ids(status, "Uid", a->user->uid) < 0 ||
	    check_ids(status, "Gid", a->user->gid) < 0 ||
	    (groups == ATTEST_GROUPS_EXACT && check_groups(status, a->user) < 0) ||
	    check_all_caps(status, a->caps, extra) < 0 ||
	    (a->no_new_privs && check_no_new_privs(status) < 0))
		return -1;
	return 0;
}

/* Kept on purpose; or the namespace denies setgroups, and none were asked for. */
static enum attest_groups expected_groups(const struct user *u, const struct sandbox *s)
{
	char answer[16];

	if (u->keep_groups)
		return ATTEST_GROUPS_MAY_BE_LEFT;
	if (u->in_user_namespace && !u->group_count &&
	    file_read_line(s->self_fd, "setgroups", answer, sizeof answer) >= 0 &&
	    !strcmp(answer, "deny"))
		return ATTEST_GROUPS_MAY_BE_LEFT;
	return ATTEST_GROUPS_EXACT;
}

static int check_cwd(void)
{
	char path[PATH_MAX];

	if (syscall(SYS_getcwd, path, sizeof path) < 0)
		return fail(errno, "find the working directory");
	if (*path != '/')
		return fail(0, "the working directory %s is outside of the root", path);
	return 0;
}

int attest_check(const struct attest *a, struct sandbox *s, uint64_t *ret_ignored_signals)
{
	cleanup_free char *status = NULL;

	if (file_read(s->self_fd, "status", STATUS_LIMIT, &status, NULL) < 0 ||
	    attest_status(a, status, expected_groups(a->user, s)) < 0 || check_cwd() < 0)
		return -1;
	const char *ignored = find_field(status, "SigIgn");
	if (!ignored)
		return -1;
	*ret_ignored_signals = strtoull(ignored, NULL, 16);
	return 0;
}
