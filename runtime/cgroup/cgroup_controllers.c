#include "cgroup/cgroup_controllers.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "cgroup/cgroup.h"
#include "cgroup/cgroup_limits.h"
#include "cgroup/cgroup_refusal.h"
#include "host/host.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_CONTROLLERS = 32, LINE = 512, PROCS_LIMIT = 64 << 20 };

/*
 * Levels are counted from the container's cgroup: 1 is its parent, `top` the cgroup2 root.  They
 * are reached by "../" from its descriptor.  A set of controllers is a mask over their names in the
 * root's cgroup.controllers.
 */
struct ascent {
	const struct cgroup_plan *plan;
	int leaf_fd;
	unsigned top;
	char words[LINE];
	const char *names[MAX_CONTROLLERS];
	unsigned count;
	uint32_t wanted, needed;
};

static uint32_t bit_of(const struct ascent *a, const char *name, size_t length)
{
	for (unsigned i = 0; i < a->count; i++)
		if (!strncmp(a->names[i], name, length) && !a->names[i][length])
			return UINT32_C(1) << i;
	return 0;
}

static uint32_t set_of(const struct ascent *a, const char *words)
{
	uint32_t set = 0;

	for (size_t n; *words; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		set |= n ? bit_of(a, words, n) : 0;
	}
	return set;
}

static uint32_t set_of_limits(const struct ascent *a)
{
	const struct cgroup_writes *limits = &a->plan->limits;
	uint32_t set = 0;

	for (size_t i = 0; i < limits->writes.count; i++) {
		const struct cgroup_write *w = &limits->writes.items[i];

		if (!(w->flags & WRITE_MAY_LACK))
			set |= bit_of(a, w->file, strcspn(w->file, "."));
	}
	return set;
}

static void list_names(struct ascent *a)
{
	char *rest = NULL;

	snprintf(a->words, sizeof a->words, "%s", host_cgroup_controllers(a->plan->host));
	for (char *name = strtok_r(a->words, " ", &rest); name && a->count < MAX_CONTROLLERS;
	     name = strtok_r(NULL, " ", &rest))
		a->names[a->count++] = name;
	a->wanted = a->count == MAX_CONTROLLERS ? UINT32_MAX : (UINT32_C(1) << a->count) - 1;
}

static const char *file_of_level(unsigned level, const char *file, char out[PATH_MAX])
{
	char *at = out;

	for (; level && at < out + PATH_MAX - 64; level--, at += 3)
		memcpy(at, "../", 3);
	snprintf(at, 64, "%s", file);
	return out;
}

/* Its path below the mount, "" for the root. */
static const char *path_of_level(const struct ascent *a, unsigned level, char out[PATH_MAX])
{
	snprintf(out, PATH_MAX, "%s", a->plan->path);
	for (char *slash; level && (slash = strrchr(out, '/')) != NULL; level--)
		*slash = '\0';
	return out;
}

/* Unreadable is empty: what is missed then is said by whoever needs it. */
static uint32_t read_set(const struct ascent *a, unsigned level, const char *file)
{
	char path[PATH_MAX], line[LINE];

	if (file_read_line(a->leaf_fd, file_of_level(level, file, path), line, sizeof line) < 0)
		return 0;
	return set_of(a, line);
}

/* 0, or the kernel's reason.  One write is all or nothing. */
static int write_set(const struct ascent *a, int fd, uint32_t set)
{
	char text[2 * LINE];
	size_t used = 0;

	for (unsigned i = 0; i < a->count; i++)
		if (set >> i & 1)
			used += (size_t)snprintf(text + used, sizeof text - used, "+%s ",
						 a->names[i]);
	return write(fd, text, used) < 0 ? errno : 0;
}

/*
 * systemd takes back what others enable in its slices (systemd.io/CGROUP_DELEGATION): a limit would
 * be gone as soon as another unit starts there.
 */
static bool is_slice(const struct ascent *a, unsigned level)
{
	char path[PATH_MAX];

	return text_ends(path_of_level(a, level, path), ".slice");
}

/* "process 12 (bash)" that is in the way, or "" when there is none but this one. */
static void find_other_process(const struct ascent *a, const char *procs, char out[128])
{
	*out = '\0';
	for (char *end; *procs; procs = end + (*end == '\n')) {
		long pid = strtol(procs, &end, 10);
		char name[64], command[32] = "";

		if (end == procs)
			return;
		if (pid == getpid())
			continue;
		snprintf(name, sizeof name, "%ld/comm", pid);
		/* It may be gone, or of another pid namespace (0): then without its name. */
		if (file_read_line(a->plan->host->proc_fd, name, command, sizeof command) < 0)
			*command = '\0';
		snprintf(out, 128, "process %ld%s%s%s", pid, *command ? " (" : "", command,
			 *command ? ")" : "");
		return;
	}
}

/* The first process of the level that is not this one. */
static void find_in_level(const struct ascent *a, unsigned level, char out[128])
{
	cleanup_free char *procs = NULL;
	char path[PATH_MAX];

	*out = '\0';
	if (file_read(a->leaf_fd, file_of_level(level, "cgroup.procs", path), PROCS_LIMIT, &procs,
		      NULL) == 0)
		find_other_process(a, procs, out);
}

/* When this process alone is in the way (as behind systemd-run --scope), it goes one level down. */
static bool step_aside(const struct ascent *a, unsigned level)
{
	char path[PATH_MAX], other[128];

	if (strcmp(path_of_level(a, level, path), host_cgroup_own(a->plan->host)) != 0)
		return false;
	find_in_level(a, level, other);
	if (*other)
		return false;
	if (mkdirat(a->leaf_fd, file_of_level(level, "ring3", path), 0755) < 0 && errno != EEXIST)
		return false;
	return file_write(a->leaf_fd, file_of_level(level, "ring3/cgroup.procs", path), "0") == 0;
}

static int fail_busy(const struct ascent *a, unsigned level, const char *controller)
{
	char path[PATH_MAX], other[128];

	find_in_level(a, level, other);
	path_of_level(a, level, path);
	return fail(EBUSY,
		    "enable the %s controller in %s%s: a cgroup with processes cannot hand "
		    "controllers down, and %s lives there",
		    controller, a->plan->mount, path, *other ? other : "a process");
}

static bool is_own(const struct ascent *a, unsigned level)
{
	char path[PATH_MAX];
	struct stat st;

	return fstatat(a->leaf_fd, file_of_level(level, ".", path), &st, 0) == 0 &&
	       st.st_uid == a->plan->host->euid;
}

/* It stops at a slice: because that is systemd's, or because the controller never came so far. */
static int fail_slice(const struct ascent *a, unsigned level, unsigned controller)
{
	unsigned first = level;
	char path[PATH_MAX];

	while (first <= a->top && is_own(a, first))
		first++;
	if (first > level && first <= a->top &&
	    !(read_set(a, first - 1, "cgroup.controllers") >> controller & 1)) {
		path_of_level(a, first, path);
		fail(EACCES, "enable the %s controller in %s%s/cgroup.subtree_control",
		     a->names[controller], a->plan->mount, path);
		return cgroup_explain_controller(a->plan, path, a->names[controller]);
	}
	path_of_level(a, level, path);
	fail(0, "enable the %s controller in %s%s: that slice is systemd's", a->names[controller],
	     a->plan->mount, path);
	return cgroup_explain_place(a->plan, path);
}

static int fail_write(const struct ascent *a, unsigned level, unsigned controller, int code)
{
	char path[PATH_MAX];

	path_of_level(a, level, path);
	fail(code, "enable the %s controller in %s%s/cgroup.subtree_control", a->names[controller],
	     a->plan->mount, path);
	return cgroup_is_refusal(code)
		       ? cgroup_explain_controller(a->plan, path, a->names[controller])
		       : -1;
}

enum { NOT_TRIED = 0 }; /* the code of a slice */

/* Place and words of a controller that a limit needs. */
static int fail_needed(const struct ascent *a, unsigned level, unsigned controller, int code)
{
	const struct cgroup_writes *limits = &a->plan->limits;

	if (code == EBUSY)
		fail_busy(a, level, a->names[controller]);
	else if (code == NOT_TRIED)
		fail_slice(a, level, controller);
	else
		fail_write(a, level, controller, code);
	for (size_t i = 0; i < limits->writes.count; i++) {
		const struct cgroup_write *w = &limits->writes.items[i];

		if (!(w->flags & WRITE_MAY_LACK) &&
		    bit_of(a, w->file, strcspn(w->file, ".")) == UINT32_C(1) << controller)
			return json_fail_in_at(w->member, w->member_size);
	}
	return -1;
}

/* Those that nobody needs are let go. */
static int refused(const struct ascent *a, unsigned level, uint32_t set, int code)
{
	char path[PATH_MAX];
	uint32_t needed = set & a->needed;

	if (needed)
		return fail_needed(a, level, (unsigned)__builtin_ctz(needed), code);
	log_debug("controllers stay disabled in %s%s: %s", a->plan->mount,
		  path_of_level(a, level, path), code ? fail_reason(code) : "it is systemd's");
	return 0;
}

/*
 * A cgroup with processes hands nothing down.  The kernel would take some controllers, and make it
 * the root of a thread hierarchy, in which no container can be.  The root cgroup alone, which has
 * no type, is free of that.
 */
static bool has_processes(const struct ascent *a, unsigned level)
{
	char path[PATH_MAX], first[16];

	if (level == a->top &&
	    faccessat(a->leaf_fd, file_of_level(level, "cgroup.type", path), F_OK, 0) < 0)
		return false;
	return file_read_line(a->leaf_fd, file_of_level(level, "cgroup.procs", path), first,
			      sizeof first) > 0;
}

static int add_to_level(const struct ascent *a, unsigned level, uint32_t set)
{
	char path[PATH_MAX];

	if (!set)
		return 0;
	if (a->plan->host->rootless && is_slice(a, level))
		return refused(a, level, set, NOT_TRIED);
	if (has_processes(a, level) && !((set & a->needed) && step_aside(a, level)))
		return refused(a, level, set, EBUSY);
	cleanup_fd int fd = openat(a->leaf_fd, file_of_level(level, "cgroup.subtree_control", path),
				   O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return refused(a, level, set, errno);
	if (write_set(a, fd, set) == 0)
		return 0;
	for (unsigned i = 0; i < a->count; i++) {
		uint32_t one = set & UINT32_C(1) << i;
		int code = one ? write_set(a, fd, one) : 0;

		if (code && refused(a, level, one, code) < 0)
			return -1;
	}
	return 0;
}

/* An ordinary user stays below systemd's slices. */
static bool goes_up(const struct ascent *a, unsigned level, uint32_t missing)
{
	if (!missing || level == a->top)
		return false;
	return !a->plan->host->rootless || (!is_slice(a, level) && !is_slice(a, level + 1));
}

static uint32_t lacking(const struct ascent *a, unsigned level)
{
	return a->wanted & ~read_set(a, level, "cgroup.subtree_control");
}

/* What did not come down to the highest level that was looked at. */
static int check_missing(const struct ascent *a, unsigned level, uint32_t missing)
{
	unsigned above = is_slice(a, level) || level == a->top ? level : level + 1;

	return missing ? refused(a, above, missing, is_slice(a, above) ? NOT_TRIED : ENODEV) : 0;
}

/* What a level is to hand down it must have got from the one above: up, as far as that matters, and
 * down again. */
static int enable(const struct ascent *a)
{
	unsigned level = 1;
	uint32_t lacks = lacking(a, level), missing;

	if (!lacks)
		return 0;
	for (;; level++) {
		missing = lacks & ~read_set(a, level, "cgroup.controllers");
		if (!goes_up(a, level, missing))
			break;
		lacks = lacking(a, level + 1);
	}
	if (check_missing(a, level, missing) < 0)
		return -1;
	for (; level >= 1; level--) {
		uint32_t available = read_set(a, level, "cgroup.controllers");

		if (add_to_level(a, level, lacking(a, level) & available) < 0)
			return -1;
	}
	return 0;
}

int cgroup_controllers_enable(const struct cgroup_plan *plan, int leaf_fd)
{
	struct ascent a = { .plan = plan, .leaf_fd = leaf_fd };

	if (!plan->host)
		return 0;
	list_names(&a);
	if (!a.count)
		return 0;
	a.needed = set_of_limits(&a);
	for (const char *c = plan->path; *c; c++)
		a.top += *c == '/';
	return enable(&a);
}
