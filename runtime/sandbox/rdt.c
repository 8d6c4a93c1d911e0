/* rdt.c - Intel RDT and its kin by resctrl: Documentation/filesystems/resctrl.rst of the kernel. */
#include "sandbox/rdt.h"
#include "base/fd.h"
#include "base/file.h"
#include "host/host.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SCHEMATA_LIMIT = 1 << 20, STATUS_ROOM = 512 };

int rdt_plan(const struct spec *spec, const struct host *host, const char *id, struct arena *arena,
	     struct rdt *ret)
{
	const struct spec_rdt *s = spec->linux_.intel_rdt;
	struct rdt r = { .spec = s };

	*ret = r;
	if (!s)
		return 0;
	r.mount = host_resctrl(host);
	if (!r.mount)
		return fail_at(&spec->linux_.intel_rdt, 0,
			       "no resctrl file system is mounted; where the processor has RDT: "
			       "mount -t resctrl resctrl /sys/fs/resctrl");
	r.own = !text_is_set(s->clos_id);
	r.group = r.own ? id : !strcmp(s->clos_id, "/") ? "." : s->clos_id;
	if (s->enable_monitoring.set && s->enable_monitoring.value)
		r.monitor = arena_printf(arena, "%s/mon_groups/%s", r.group, id);
	*ret = r;
	return 0;
}

int rdt_open(const char *mount)
{
	return file_open_dir(AT_FDCWD, mount);
}

/* Behind a recorded failure: the kernel says more than errno in a file of its own. */
static int say_why(int root_fd)
{
	const struct failure first = *failure();
	char why[STATUS_ROOM];

	if (file_read_line(root_fd, "info/last_cmd_status", why, sizeof why) <= 0 ||
	    !strcmp(why, "ok"))
		return fail_copy(first.code, first.text, strlen(first.text));
	return fail(0, "%s (%s)", first.text, why);
}

/* ---- what a schemata line says: "L3:0=7f0;1=1f", "MB:0=20;1=70" ---- */

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* The value of one domain in the part behind the colon, or NULL. */
static const char *domain_value(const char *domains, unsigned long id)
{
	for (const char *at = domains; at; at = strpbrk(at, ";\n")) {
		char *end;

		if (*at == '\n')
			return NULL;
		at += *at == ';';
		if (strtoul(at, &end, 10) == id && end != at && *skip_blanks(end) == '=')
			return skip_blanks(end) + 1;
	}
	return NULL;
}

/* The part behind the colon of a resource's line, or NULL. */
static const char *find_resource(const char *schemata, const char *name, size_t length)
{
	for (const char *line = schemata; line; line = strchr(line, '\n')) {
		line = skip_blanks(line + (*line == '\n'));
		if (!strncmp(line, name, length) && *skip_blanks(line + length) == ':')
			return skip_blanks(line + length) + 1;
	}
	return NULL;
}

/* Masks are hexadecimal, bandwidths decimal and rounded up to what the hardware can do. */
static bool same_value(int root_fd, bool bandwidth, const char *wanted, const char *found)
{
	const int base = bandwidth ? 10 : 16;
	unsigned long long want = strtoull(wanted, NULL, base);
	unsigned long long have = strtoull(found, NULL, base);
	char text[32];
	uint64_t step;

	if (want == have)
		return true;
	if (!bandwidth ||
	    file_read_line(root_fd, "info/MB/bandwidth_gran", text, sizeof text) <= 0 ||
	    text_to_u64(text, UINT32_MAX, &step) < 0 || step == 0)
		return false;
	return (want + step - 1) / step * step == have;
}

/* Does the group have what the line asks for?  Domains that it does not name may have anything. */
static bool line_is_there(int root_fd, const char *schemata, const char *line)
{
	const char *colon = strchr(line, ':');
	const char *name = skip_blanks(line);
	size_t length = colon ? strcspn(name, " \t:") : 0;
	const char *found = length ? find_resource(schemata, name, length) : NULL;
	const bool bandwidth = length && !strncmp(name, "MB", 2);

	if (!found)
		return false;
	for (const char *at = colon; at; at = strchr(at, ';')) {
		char *end;
		unsigned long id = strtoul(++at, &end, 10);
		const char *value = end == at ? NULL : domain_value(found, id);

		if (end == at && !*skip_blanks(at))
			break; /* a semicolon at the end */
		if (!value || *skip_blanks(end) != '=' ||
		    !same_value(root_fd, bandwidth, skip_blanks(end) + 1, value))
			return false;
	}
	return true;
}

/* ---- groups ---- */

static int compare(const struct rdt *r, int root_fd, const char *line)
{
	cleanup_free char *schemata = NULL;
	char name[NAME_MAX + sizeof "/schemata"];

	snprintf(name, sizeof name, "%s/schemata", r->group);
	if (file_read(root_fd, name, SCHEMATA_LIMIT, &schemata, NULL) < 0)
		return -1;
	if (line_is_there(root_fd, schemata, line))
		return 0;
	return fail_at(r->spec, 0, "the group %s of resctrl exists, and has not \"%s\"", r->group,
		       line);
}

static int write_line(const struct rdt *r, int root_fd, const char *line)
{
	cleanup_text struct text text = { 0 };
	char name[NAME_MAX + sizeof "/schemata"];

	snprintf(name, sizeof name, "%s/schemata", r->group);
	text_addf(&text, "%s\n", line);
	if (file_write(root_fd, name, text.data) == 0)
		return 0;
	say_why(root_fd);
	return fail_in_at(r->spec);
}

/* l3CacheSchema, memBwSchema, then schemata: each a line of its own, since the kernel takes no
 * domain twice in one write. */
static int each_line(const struct rdt *r, int root_fd,
		     int (*each)(const struct rdt *r, int root_fd, const char *line))
{
	const struct spec_rdt *s = r->spec;

	if (text_is_set(s->l3_cache_schema) && each(r, root_fd, s->l3_cache_schema) < 0)
		return -1;
	if (text_is_set(s->mem_bw_schema) && each(r, root_fd, s->mem_bw_schema) < 0)
		return -1;
	for (const char **line = s->schemata; line && *line; line++)
		if (**line && each(r, root_fd, *line) < 0)
			return -1;
	return 0;
}

static bool has_schema(const struct spec_rdt *s)
{
	return text_is_set(s->l3_cache_schema) || text_is_set(s->mem_bw_schema) ||
	       (s->schemata && *s->schemata);
}

bool rdt_exists(int root_fd, const char *group)
{
	struct stat st;

	return fstatat(root_fd, group, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int make_group(const struct rdt *r, int root_fd, bool *ret_made)
{
	/* "a pre-configured directory" (config-linux.md, IntelRdt) */
	if (!r->own && !has_schema(r->spec) && !rdt_exists(root_fd, r->group))
		return fail_at(&r->spec->clos_id, 0,
			       "%s/%s does not exist, and without a schema it is not made",
			       r->mount, r->group);
	*ret_made = mkdirat(root_fd, r->group, 0755) == 0;
	if (*ret_made || errno == EEXIST)
		return 0;
	fail(errno, "make %s/%s", r->mount, r->group);
	say_why(root_fd);
	return fail_in_at(r->spec);
}

int rdt_create(const struct rdt *r, int root_fd, bool *ret_made)
{
	*ret_made = false;
	if (make_group(r, root_fd, ret_made) < 0 ||
	    each_line(r, root_fd, *ret_made ? write_line : compare) < 0)
		return -1;
	if (!r->monitor || mkdirat(root_fd, r->monitor, 0755) == 0)
		return 0;
	fail(errno, "make %s/%s", r->mount, r->monitor);
	say_why(root_fd);
	return fail_in_at(&r->spec->enable_monitoring);
}

static int add_task(int root_fd, const char *group, pid_t pid)
{
	cleanup_text struct text name = { 0 };
	char number[16];

	text_addf(&name, "%s/tasks", group);
	snprintf(number, sizeof number, "%d", (int)pid);
	return file_write(root_fd, name.data, number) < 0 ? say_why(root_fd) : 0;
}

int rdt_place(const struct rdt *r, int root_fd, pid_t pid)
{
	/* A monitoring group takes only tasks of the group that it is in. */
	if (add_task(root_fd, r->group, pid) < 0 ||
	    (r->monitor && add_task(root_fd, r->monitor, pid) < 0))
		return fail_in_at(r->spec);
	return 0;
}

int rdt_enter(const struct rdt *r, pid_t pid)
{
	if (!r->spec)
		return 0;
	cleanup_fd int root_fd = rdt_open(r->mount);
	return root_fd < 0 ? -1 : rdt_place(r, root_fd, pid);
}

int rdt_remove(int root_fd, const char *group, const char *monitor)
{
	const char *const names[] = { monitor, group };

	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i] && unlinkat(root_fd, names[i], AT_REMOVEDIR) < 0 && errno != ENOENT)
			return fail(errno, "remove the resctrl group %s", names[i]);
	return 0;
}
