/*
 * test_cgroup_limits.c - limits and controllers are written where they belong.  The cgroups are
 * false ones: directories and files of a temporary directory, whose contents tell what was written.
 */
#include "test.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "cgroup/cgroup.h"
#include "cgroup/cgroup_controllers.h"
#include "cgroup/cgroup_limits.h"
#include "cgroup/cgroup_owner.h"
#include "host/host.h"
#include "temporary.h"
#include <errno.h>

static void put(const struct temporary *t, const char *name, const char *contents)
{
	assert_int_equal(file_replace(t->fd, name, contents, strlen(contents), 0644), 0);
}

static void holds(const struct temporary *t, const char *name, const char *expected)
{
	cleanup_free char *text = NULL;

	assert_int_equal(file_read(t->fd, name, 4096, &text, NULL), 0);
	if (strcmp(text, expected))
		fail_msg("%s holds \"%s\", not \"%s\"", name, text, expected);
}

#define LIMITS(...)                                                                                \
	{                                                                                          \
		.writes = { (struct cgroup_write[]){ __VA_ARGS__ },                                \
			    sizeof((struct cgroup_write[]){ __VA_ARGS__ }) /                       \
				    sizeof(struct cgroup_write) },                                 \
	}

static void early_and_late(void **state)
{
	TEMPORARY(t);
	struct cgroup_writes limits =
		LIMITS({ "memory.max", "5" }, { "cpuset.cpus", "0", .flags = WRITE_EARLY },
		       { "memory.max", "7" });
	struct cgroup_plan plan = { .limits = limits };

	(void)state;
	put(&t, "memory.max", "");
	put(&t, "cpuset.cpus", "");
	assert_int_equal(cgroup_limits_write(&limits, t.fd, true), 0);
	holds(&t, "cpuset.cpus", "0");
	holds(&t, "memory.max", "");
	put(&t, "cpuset.cpus", "");
	assert_int_equal(cgroup_limits_apply(&plan, NULL, t.fd), 0);
	holds(&t, "cpuset.cpus", "");
	holds(&t, "memory.max", "7"); /* in their order: the later one wins */
	assert_int_equal(cgroup_limits_apply(&plan, NULL, -1), 0);
}

static void other_file(void **state)
{
	TEMPORARY(t);
	struct cgroup_writes limits =
		LIMITS({ "io.bfq.weight", "100", "io.weight", "default 910" });

	(void)state;
	put(&t, "io.weight", "");
	assert_int_equal(cgroup_limits_write(&limits, t.fd, false), 0);
	holds(&t, "io.weight", "default 910");
	put(&t, "io.weight", "");
	put(&t, "io.bfq.weight", "");
	assert_int_equal(cgroup_limits_write(&limits, t.fd, false), 0);
	holds(&t, "io.bfq.weight", "100");
	holds(&t, "io.weight", "");
}

static void missing_files(void **state)
{
	TEMPORARY(t);
	struct cgroup_writes limit = LIMITS({ "hugetlb.4MB.max", "1" }),
			     none = LIMITS({ "memory.swap.max", "max", .flags = WRITE_MAY_LACK }),
			     weight = LIMITS({ "io.bfq.weight", "1", "io.weight", "1" });

	(void)state;
	assert_int_equal(cgroup_limits_write(&limit, t.fd, false), -1);
	assert_int_equal(failure()->code, ENOENT);
	assert_non_null(
		strstr(failure()->text, "the hugetlb controller has no file hugetlb.4MB.max"));
	assert_int_equal(cgroup_limits_write(&none, t.fd, false), 0);
	assert_int_equal(cgroup_limits_write(&weight, t.fd, false), -1);
	assert_non_null(strstr(failure()->text, "the io controller has no file io.bfq.weight"));
	assert_null(cgroup_limits_asked(&none));
	assert_ptr_equal(cgroup_limits_asked(&limit), &limit.writes.items[0]);
}

static void refused_values(void **state)
{
	struct cgroup_writes limits = LIMITS({ "full", "1" });
	cleanup_fd int dev_fd = file_open_dir(AT_FDCWD, "/dev");

	(void)state;
	assert_int_equal(cgroup_limits_write(&limits, dev_fd, false), -1);
	assert_int_equal(failure()->code, ENOSPC);
	assert_non_null(strstr(failure()->text, "does not take full = 1: no space left on device"));
}

/* MOUNT/a/b/leaf, each level with the controllers it has and those it hands down. */
struct tree {
	struct temporary t;
	struct host host;
	struct cgroup_plan plan;
	int leaf_fd;
};

static void level(struct tree *tree, const char *path, const char *has, const char *hands_down)
{
	char name[64];

	mkdirat(tree->t.fd, path, 0755);
	snprintf(name, sizeof name, "%s/cgroup.controllers", path);
	cleanup_fd int fd = openat(tree->t.fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(file_replace(fd, "cgroup.controllers", has, strlen(has), 0644), 0);
	assert_int_equal(
		file_replace(fd, "cgroup.subtree_control", hands_down, strlen(hands_down), 0644),
		0);
	assert_int_equal(file_replace(fd, "cgroup.procs", "", 0, 0644), 0);
}

static void tree_free(struct tree *tree)
{
	close(tree->leaf_fd);
	temporary_remove(&tree->t);
}
#define TREE(tree, controllers)                                                                    \
	__attribute__((cleanup(tree_free))) struct tree tree = {                                   \
		.t = temporary_new(),                                                              \
		.host = { .proc_fd = -1, .cgroup_controllers = (controllers) },                    \
	};                                                                                         \
	(tree).plan = (struct cgroup_plan)                                                         \
	{                                                                                          \
		.mount = (tree).t.path, .path = "/a/b/leaf", .host = &(tree).host                  \
	}

static void tree_open(struct tree *tree)
{
	mkdirat(tree->t.fd, "a/b/leaf", 0755);
	tree->leaf_fd = openat(tree->t.fd, "a/b/leaf", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(tree->leaf_fd >= 0);
}

/* All three have the same controllers; what they hand down, from the top. */
static void levels(struct tree *tree, const char *has, const char *top, const char *middle,
		   const char *leaf)
{
	level(tree, ".", has, top);
	level(tree, "a", has, middle);
	level(tree, "a/b", has, leaf);
	tree_open(tree);
}

static void every_level(void **state)
{
	TREE(tree, "cpu memory pids");

	(void)state;
	levels(&tree, "cpu memory pids", "memory", "", "");
	assert_int_equal(cgroup_controllers_enable(&tree.plan, tree.leaf_fd), 0);
	holds(&tree.t, "cgroup.subtree_control", "memory"); /* below it has all */
	holds(&tree.t, "a/b/cgroup.subtree_control", "+cpu +memory +pids ");
	/* Made just now: nothing comes from above yet.  False files do not tell each other. */
	level(&tree, "a/b", "", "");
	level(&tree, "a", "", "");
	assert_int_equal(cgroup_controllers_enable(&tree.plan, tree.leaf_fd), 0);
	holds(&tree.t, "cgroup.subtree_control", "+cpu +pids ");
}

static void only_what_lacks(void **state)
{
	TREE(tree, "cpu memory pids");

	(void)state;
	levels(&tree, "cpu memory pids", "cpu", "cpu", "pids cpu");
	assert_int_equal(cgroup_controllers_enable(&tree.plan, tree.leaf_fd), 0);
	holds(&tree.t, "a/b/cgroup.subtree_control", "+memory ");
	holds(&tree.t, "a/cgroup.subtree_control", "cpu");
	level(&tree, "a/b", "cpu memory pids", "memory pids cpu");
	assert_int_equal(cgroup_controllers_enable(&tree.plan, tree.leaf_fd), 0);
	holds(&tree.t, "a/b/cgroup.subtree_control", "memory pids cpu");
}

static void needed_and_not(void **state)
{
	TREE(tree, "cpu memory");

	(void)state;
	levels(&tree, "cpu memory", "", "", "");
	unlinkat(tree.t.fd, "a/b/cgroup.subtree_control", 0);
	assert_int_equal(symlinkat("/dev/full", tree.t.fd, "a/b/cgroup.subtree_control"), 0);
	assert_int_equal(cgroup_controllers_enable(&tree.plan, tree.leaf_fd), 0); /* statistics */
	tree.plan.limits =
		(struct cgroup_writes)LIMITS({ "cpu.max", "max", .flags = WRITE_MAY_LACK });
	assert_int_equal(cgroup_controllers_enable(&tree.plan, tree.leaf_fd), 0);
	tree.plan.limits = (struct cgroup_writes)LIMITS({ "memory.max", "1" });
	assert_int_equal(cgroup_controllers_enable(&tree.plan, tree.leaf_fd), -1);
	assert_non_null(strstr(failure()->text, "enable the memory controller in "));
	assert_non_null(strstr(failure()->text, "/a/b/cgroup.subtree_control"));
}

/* Not even the controllers that the kernel would take: it would become a thread hierarchy. */
static void processes(void **state)
{
	TREE(tree, "memory pids");

	(void)state;
	levels(&tree, "memory pids", "memory pids", "memory pids", "");
	cleanup_fd int fd = openat(tree.t.fd, "a/b", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(file_replace(fd, "cgroup.procs", "1\n", 2, 0644), 0);
	assert_int_equal(cgroup_controllers_enable(&tree.plan, tree.leaf_fd), 0);
	holds(&tree.t, "a/b/cgroup.subtree_control", "");
	tree.plan.limits = (struct cgroup_writes)LIMITS({ "pids.max", "1" });
	assert_int_equal(cgroup_controllers_enable(&tree.plan, tree.leaf_fd), -1);
	assert_int_equal(failure()->code, EBUSY);
	assert_non_null(strstr(failure()->text, "/a/b: a cgroup with processes cannot hand "
						"controllers down, and process 1 lives there"));
	holds(&tree.t, "a/b/cgroup.subtree_control", "");
}

static void systemd_slices(void **state)
{
	TREE(tree, "memory");

	(void)state;
	levels(&tree, "memory", "", "", "");
	assert_int_equal(renameat(tree.t.fd, "a/b", tree.t.fd, "a/app.slice"), 0);
	tree.plan.path = "/a/app.slice/leaf";
	tree.host.rootless = true;
	assert_int_equal(cgroup_controllers_enable(&tree.plan, tree.leaf_fd), 0);
	holds(&tree.t, "a/app.slice/cgroup.subtree_control", "");
	tree.plan.limits = (struct cgroup_writes)LIMITS({ "memory.max", "1" });
	assert_int_equal(cgroup_controllers_enable(&tree.plan, tree.leaf_fd), -1);
	assert_non_null(strstr(failure()->text, "/a/app.slice: that slice is systemd's"));
	tree.host.rootless = false; /* root may: that is what --cgroup-manager cgroupfs is */
	assert_int_equal(cgroup_controllers_enable(&tree.plan, tree.leaf_fd), 0);
	holds(&tree.t, "a/app.slice/cgroup.subtree_control", "+memory ");
}

static void owner(void **state)
{
	TEMPORARY(t);
	struct stat st;

	(void)state;
	if (geteuid() != 0) {
		print_message("needs root\n");
		skip();
	}
	put(&t, "cgroup.procs", "");
	put(&t, "memory.max", "");
	assert_int_equal(cgroup_owner_apply(t.fd, 100005), 0);
	assert_int_equal(fstat(t.fd, &st), 0);
	assert_int_equal(st.st_uid, 100005);
	assert_int_equal(fstatat(t.fd, "cgroup.procs", &st, 0), 0);
	assert_int_equal(st.st_uid, 100005);
	assert_int_equal(fstatat(t.fd, "memory.max", &st, 0), 0);
	assert_int_equal(st.st_uid, 0); /* limits stay the host's */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("early writes are made early, the others at the end and in order",
		     early_and_late),
		TEST("R-25 R-27 io.weight where there is no io.bfq.weight", other_file),
		TEST("R-10 R-33 a missing file is an error unless it asks for the default",
		     missing_files),
		TEST("R-08 the kernel's reason is told", refused_values),
		TEST("C-05 controllers are enabled from the top down", every_level),
		TEST("C-05 only what is lacking is enabled", only_what_lacks),
		TEST("C-05 a needed controller must be had, the others may fail", needed_and_not),
		TEST("C-05 a cgroup with processes is left as it is", processes),
		TEST("C-05 an ordinary user leaves systemd's slices alone", systemd_slices),
		TEST("C-07 C-08 the owner of the cgroup", owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
