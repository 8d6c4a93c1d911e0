/*
 * test_rdt.c - linux.intelRdt on a false resctrl: a directory in which mkdir makes the files of a
 * group, and rmdir takes them away, as the kernel's does.  Real hardware is not needed, and what it
 * would say to a schema is not tested.
 */
#include "test.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "false_container.h"
#include "sandbox/rdt.h"
#include "spec_cases.h"
#include <errno.h>
#include <sys/syscall.h>

/* The false file system, if a test has one. */
static const char *false_mount;
static bool full; /* no further group can be made */
static const struct spec *specs[8];
static size_t spec_count;

static void make_file(int dir_fd, const char *dir, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	int fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(file_write_fd(fd, text, strlen(text)), 0);
	close(fd);
}

static bool is_false(int dir_fd)
{
	struct stat a, b;

	return false_mount && fstat(dir_fd, &a) == 0 && stat(false_mount, &b) == 0 &&
	       a.st_ino == b.st_ino;
}

/* In place of libc's. */
int mkdirat(int dir_fd, const char *path, mode_t mode)
{
	if (is_false(dir_fd) && full) {
		errno = ENOSPC;
		return -1;
	}
	if (syscall(SYS_mkdirat, dir_fd, path, mode) < 0)
		return -1;
	if (is_false(dir_fd)) {
		char groups[256];

		make_file(dir_fd, path, "tasks", "");
		if (strstr(path, "mon_groups/"))
			return 0;
		make_file(dir_fd, path, "schemata", "");
		snprintf(groups, sizeof groups, "%s/mon_groups", path);
		syscall(SYS_mkdirat, dir_fd, groups, 0755);
	}
	return 0;
}

int unlinkat(int dir_fd, const char *path, int flags)
{
	static const char *const files[] = { "tasks", "schemata", "mon_groups" };
	char name[256];

	for (size_t i = 0; (flags & AT_REMOVEDIR) && is_false(dir_fd) && i < COUNT(files); i++) {
		snprintf(name, sizeof name, "%s/%s", path, files[i]);
		syscall(SYS_unlinkat, dir_fd, name, i == 2 ? AT_REMOVEDIR : 0);
	}
	return (int)syscall(SYS_unlinkat, dir_fd, path, flags);
}

static void leave_false(struct temporary **t)
{
	(void)t;
	false_mount = NULL;
	full = false;
	while (spec_count)
		spec_free(specs[--spec_count]);
}

static void enter_false(const struct temporary *t)
{
	false_mount = t->path;
	make_file(t->fd, ".", "tasks", "");
	make_file(t->fd, ".", "schemata", "    L3:0=fffff;1=fffff\n    MB:0=100;1=100\n");
	assert_int_equal(syscall(SYS_mkdirat, t->fd, "mon_groups", 0755), 0);
	assert_int_equal(syscall(SYS_mkdirat, t->fd, "info", 0755), 0);
	assert_int_equal(syscall(SYS_mkdirat, t->fd, "info/MB", 0755), 0);
	make_file(t->fd, "info", "last_cmd_status", "ok\n");
	make_file(t->fd, "info/MB", "bandwidth_gran", "10\n");
}
#define FALSE_RESCTRL(name)                                                                        \
	TEMPORARY(name);                                                                           \
	__attribute__((cleanup(leave_false))) struct temporary *name##_left = &name;               \
	(void)name##_left;                                                                         \
	enter_false(&name)

static void contents(int dir_fd, const char *name, const char *expected)
{
	cleanup_free char *text = NULL;

	assert_int_equal(file_read(dir_fd, name, 4096, &text, NULL), 0);
	assert_string_equal(text, expected);
}

static int plan(const struct spec *spec, const char *mount, struct rdt *ret)
{
	const struct host host = { .proc_fd = -1, .resctrl = mount };

	return rdt_plan(spec, &host, "c1", spec->arena, ret);
}

/* Plans and creates; the result of the latter. */
static int create(const char *members, const struct temporary *t, struct rdt *ret, bool *ret_made)
{
	char text[1024];

	snprintf(text, sizeof text, LINUX("'intelRdt':{%s}"), members);
	assert_true(spec_count < COUNT(specs));
	specs[spec_count] = parse_valid(text);
	assert_int_equal(plan(specs[spec_count++], t->path, ret), 0);
	return rdt_create(ret, t->fd, ret_made);
}

static void nothing_without_it(void **state)
{
	const struct spec *spec = parse_valid(LINUX(NAMESPACE("pid")));
	struct rdt r;

	(void)state;
	assert_int_equal(plan(spec, NULL, &r), 0);
	assert_null(r.spec);
	assert_int_equal(rdt_enter(&r, 1), 0);
	spec_free(spec);
}

static void needs_resctrl(void **state)
{
	const struct spec *spec = parse_valid(LINUX("'intelRdt':{'closID':'a'}"));
	struct rdt r;

	(void)state;
	assert_int_equal(plan(spec, NULL, &r), -1);
	assert_non_null(
		strstr(failure()->text, "linux.intelRdt: no resctrl file system is mounted"));
	assert_non_null(strstr(failure()->text, "mount -t resctrl resctrl /sys/fs/resctrl"));
	spec_free(spec);
}

static void groups_are_named(void **state)
{
	static const struct {
		const char *text, *group, *monitor;
		bool own;
	} rows[] = {
		{ LINUX("'intelRdt':{}"), "c1", NULL, true },
		{ LINUX("'intelRdt':{'closID':''}"), "c1", NULL, true },
		{ LINUX("'intelRdt':{'closID':'gold'}"), "gold", NULL, false },
		{ LINUX("'intelRdt':{'closID':'/'}"), ".", NULL, false },
		{ LINUX("'intelRdt':{'enableMonitoring':true}"), "c1", "c1/mon_groups/c1", true },
		{ LINUX("'intelRdt':{'enableMonitoring':false}"), "c1", NULL, true },
		{ LINUX("'intelRdt':{'closID':'/','enableMonitoring':true}"), ".",
		  "./mon_groups/c1", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct spec *spec = parse_valid(rows[i].text);
		struct rdt r;

		assert_int_equal(plan(spec, "/r", &r), 0);
		assert_string_equal(r.group, rows[i].group);
		assert_int_equal(r.own, rows[i].own);
		assert_int_equal(r.monitor != NULL, rows[i].monitor != NULL);
		if (r.monitor)
			assert_string_equal(r.monitor, rows[i].monitor);
		spec_free(spec);
	}
}

static void own_group_comes_and_goes(void **state)
{
	struct rdt r;
	bool made;

	(void)state;
	FALSE_RESCTRL(t);
	assert_int_equal(create("", &t, &r, &made), 0);
	assert_true(made);
	assert_int_equal(rdt_place(&r, t.fd, 4711), 0);
	contents(t.fd, "c1/tasks", "4711");
	contents(t.fd, "c1/schemata", ""); /* without a schema none is written */
	contents(t.fd, "tasks", "");
	assert_int_equal(rdt_remove(t.fd, "c1", NULL), 0);
	assert_false(rdt_exists(t.fd, "c1"));
	assert_int_equal(rdt_remove(t.fd, "c1", "c1/mon_groups/c1"), 0); /* gone already */
}

static void default_class(void **state)
{
	struct rdt r;
	bool made;

	(void)state;
	FALSE_RESCTRL(t);
	assert_int_equal(create("'closID':'/'", &t, &r, &made), 0);
	assert_false(made);
	assert_int_equal(rdt_place(&r, t.fd, 4711), 0);
	contents(t.fd, "tasks", "4711");
}

static void class_must_be_there(void **state)
{
	struct rdt r;
	bool made;

	(void)state;
	FALSE_RESCTRL(t);
	assert_int_equal(create("'closID':'gold'", &t, &r, &made), -1);
	assert_non_null(strstr(failure()->text, "linux.intelRdt.closID: "));
	assert_non_null(strstr(failure()->text, "/gold does not exist"));
	assert_false(rdt_exists(t.fd, "gold"));
	assert_int_equal(mkdirat(t.fd, "gold", 0755), 0);
	assert_int_equal(create("'closID':'gold'", &t, &r, &made), 0);
	assert_false(made);
}

/* The false file is written from its beginning each time: the last write of a length stands. */
static void schemata_in_order(void **state)
{
	struct rdt r;
	bool made;

	(void)state;
	FALSE_RESCTRL(t);
	assert_int_equal(create("'closID':'l3','l3CacheSchema':'L3:0=f'", &t, &r, &made), 0);
	contents(t.fd, "l3/schemata", "L3:0=f\n");
	assert_int_equal(create("'closID':'mb','memBwSchema':'MB:0=20'", &t, &r, &made), 0);
	contents(t.fd, "mb/schemata", "MB:0=20\n");
	assert_int_equal(create("'closID':'list','schemata':['L2:0=1','MB:1=70']", &t, &r, &made),
			 0);
	contents(t.fd, "list/schemata", "MB:1=70\n");
	/* Each line is shorter than the one before it, which shows behind it. */
	assert_int_equal(create("'closID':'all','memBwSchema':'MB:0=20;1=30','l3CacheSchema':'L3:0="
				"fffff;1=fffff',"
				"'schemata':['L2:0=1;1=2']",
				&t, &r, &made),
			 0);
	contents(t.fd, "all/schemata", "L2:0=1;1=2\n0\nfffff\n");
}

static void existing_class_is_compared(void **state)
{
	static const struct {
		const char *members;
		bool same;
	} rows[] = {
		{ "'l3CacheSchema':'L3:0=7f0;1=1f'", true },
		{ "'l3CacheSchema':'L3:1=1f;0=7f0'", true },
		{ "'l3CacheSchema':'L3:0=007f0'", true },
		{ "'l3CacheSchema':'L3:0=7F0;1=1F;'", true },
		{ "'l3CacheSchema':' L3 : 0 = 7f0'", true },
		{ "'l3CacheSchema':'L3:0=7f0;1=1e'", false },
		{ "'l3CacheSchema':'L3:0=7f0;2=1f'", false },
		{ "'l3CacheSchema':'L3CODE:0=7f0'", false },
		{ "'l3CacheSchema':'L3'", false },
		{ "'memBwSchema':'MB:0=20;1=70'", true },
		{ "'memBwSchema':'MB:0=020'", true },
		{ "'memBwSchema':'MB:0=11'", true }, /* rounded up by steps of 10 */
		{ "'memBwSchema':'MB:0=21'", false },
		{ "'memBwSchema':'MB:1=20'", false },
		{ "'l3CacheSchema':'L3:0=7f0','memBwSchema':'MB:0=30'", false },
		{ "'schemata':['L3:0=7f0','MB:1=70']", true },
		{ "'schemata':['L3:0=7f0','MB:1=80']", false },
		{ "'schemata':['L2:0=1']", false },
	};
	static const char schemata[] = "    MB:0= 20;1= 70\n    L3:0=007f0;1=0001f\n";

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		FALSE_RESCTRL(t);
		struct rdt r;
		bool made;
		char members[256];

		assert_int_equal(mkdirat(t.fd, "gold", 0755), 0);
		make_file(t.fd, "gold", "schemata", schemata);
		snprintf(members, sizeof members, "'closID':'gold',%s", rows[i].members);
		if (create(members, &t, &r, &made) != (rows[i].same ? 0 : -1))
			fail_msg("%s: %s", rows[i].members, failure()->text);
		if (!rows[i].same)
			assert_non_null(strstr(failure()->text, "config.json:"));
		assert_false(made);
		contents(t.fd, "gold/schemata", schemata); /* a shared class is never written */
	}
}

static void monitoring(void **state)
{
	struct rdt r;
	bool made;

	(void)state;
	FALSE_RESCTRL(t);
	assert_int_equal(mkdirat(t.fd, "gold", 0755), 0);
	assert_int_equal(create("'closID':'gold','enableMonitoring':true", &t, &r, &made), 0);
	assert_int_equal(rdt_place(&r, t.fd, 4711), 0);
	contents(t.fd, "gold/tasks", "4711");
	contents(t.fd, "gold/mon_groups/c1/tasks", "4711");
	/* It is the container's own: one that is there is not taken. */
	assert_int_equal(create("'closID':'gold','enableMonitoring':true", &t, &r, &made), -1);
	assert_non_null(strstr(failure()->text, "linux.intelRdt.enableMonitoring: "));
	assert_non_null(strstr(failure()->text, "file exists"));
}

static void the_kernels_words(void **state)
{
	struct rdt r;
	bool made;

	(void)state;
	FALSE_RESCTRL(t);
	int fd = openat(t.fd, "info/last_cmd_status", O_WRONLY | O_TRUNC);
	assert_int_equal(file_write_fd(fd, "out of CLOSIDs\n", 15), 0);
	close(fd);
	full = true;
	assert_int_equal(create("'l3CacheSchema':'L3:0=f'", &t, &r, &made), -1);
	assert_non_null(strstr(failure()->text, "linux.intelRdt: "));
	assert_non_null(strstr(failure()->text, "no space left on device (out of CLOSIDs)"));
	assert_false(made);
}

static void bad_names(void **state)
{
	static const char *const names[] = { "..", ".", "a/b", "/a", "a\\n" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		char text[256];

		snprintf(text, sizeof text, LINUX("'intelRdt':{'closID':'%s'}"), names[i]);
		assert_null(parse(text));
		assert_non_null(strstr(failure()->text, "linux.intelRdt.closID: "));
	}
}

/* What create recorded, another process removes: the group only when it is the container's own. */
static void delete_removes_it(void **state)
{
	static const struct {
		const char *group, *monitor, *stays, *goes;
	} rows[] = {
		{ "c1", NULL, "tasks", "c1" },
		{ "c1", "c1/mon_groups/c1", "tasks", "c1" },
		{ NULL, "gold/mon_groups/c1", "gold", "gold/mon_groups/c1" },
		{ NULL, NULL, "gold", "c1/never" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		FALSE_ROOT(r);
		FALSE_RESCTRL(t);
		CONTAINER(maker, r, "c1");

		assert_int_equal(mkdirat(t.fd, "gold", 0755), 0);
		assert_int_equal(mkdirat(t.fd, "c1", 0755), 0);
		if (rows[i].monitor)
			assert_int_equal(mkdirat(t.fd, rows[i].monitor, 0755), 0);
		assert_int_equal(container_new(&maker), 0);
		maker.state = false_state("c1", 0, 0);
		maker.state.rdt_mount = t.path;
		maker.state.rdt_group = rows[i].group;
		maker.state.rdt_monitor = rows[i].monitor;
		assert_int_equal(state_save(&maker), 0);
		container_unlock(&maker);

		CONTAINER(other, r, "c1");
		assert_int_equal(container_open(&other), 0);
		assert_int_equal(container_delete(&other, DELETE_FORCE), 0);
		assert_true(rdt_exists(t.fd, rows[i].stays));
		assert_false(rdt_exists(t.fd, rows[i].goes));
		assert_true(rdt_exists(t.fd, "gold"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("I-01 absent: resctrl is not touched", nothing_without_it),
		TEST("I-01 without resctrl an error that says what to do", needs_resctrl),
		TEST("I-02 I-07 the group is closID, /, or the id", groups_are_named),
		TEST("I-01 I-02 LC-16 a group of the container's own, and its process in it",
		     own_group_comes_and_goes),
		TEST("I-01 I-02 closID / is the default class", default_class),
		TEST("I-02 a class without a schema has to be there", class_must_be_there),
		TEST("I-02 names that lead elsewhere are errors", bad_names),
		TEST("I-03 I-04 I-05 schemata in their order, a line each", schemata_in_order),
		TEST("I-06 a class that is there is compared, and never written",
		     existing_class_is_compared),
		TEST("I-07 monitoring has a group of its own", monitoring),
		TEST("I-02 I-03 a refusal has the kernel's own words", the_kernels_words),
		TEST("I-07 I-08 LC-16 delete by another process removes what create made",
		     delete_removes_it),
	};

	return cmocka_run_group_tests_name("rdt", tests, NULL, NULL);
}
