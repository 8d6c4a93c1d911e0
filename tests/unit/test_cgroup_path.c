/* test_cgroup_path.c - where a container's cgroup is, and what a plan for one refuses.  Needs no
 * privileges. */
#include "test.h"
#include "base/fail.h"
#include "cgroup/cgroup.h"
#include "cgroup/cgroup_devices.h"
#include "cgroup/cgroup_path.h"
#include "host/host.h"
#include "spec/load.h"
#include <linux/capability.h>

static const struct host root_host = {
	.caps = 1ull << CAP_SYS_ADMIN,
	.cgroup_mount = "/sys/fs/cgroup",
	.cgroup_own = "/system.slice/ssh.service",
	.proc_fd = -1,
};
static const struct host user_host = {
	.euid = 1000,
	.rootless = true,
	.cgroup_mount = "/sys/fs/cgroup",
	.cgroup_own = "/user.slice/session",
	.proc_fd = -1,
};

static void paths(void **state)
{
	(void)state;
	static const struct {
		const char *path, *own, *expected;
	} cases[] = {
		{ "/a/b", "/x/y", "/a/b" },
		{ "//a/./b//", "/x/y", "/a/b" },
		{ "a/b", "/x/y", "/x/a/b" },
		{ "a", "/x", "/a" },
		{ "a", "/", "/a" },
		{ NULL, "/x/y", "/x/id" },
		{ "", "/x/y", "/x/id" },
		{ NULL, "/", "/id" },
		{ NULL, "/../other", "/id" },
		{ "/a/..b/c..", "/", "/a/..b/c.." },
		{ "/a:b:c", "/", "/a:b:c" },
		{ "a:b", "/x/y", "/x/a:b" },
		{ "a.slice:b:c", "/x/y", "/x/a.slice:b:c" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		cleanup_arena struct arena *arena = arena_new();
		const struct spec spec = { .linux_.cgroups_path = cases[i].path };
		const char *path = cgroup_path_plan(&spec, cases[i].own, "id", arena);

		assert_non_null(path);
		assert_string_equal(path, cases[i].expected);
	}
}

static void bad_paths(void **state)
{
	(void)state;
	static char long_path[5001], long_name[300];
	const struct {
		const char *path, *text;
	} cases[] = {
		{ "../../..", "must not contain .." },
		{ "/..", "must not contain .." },
		{ "/a/../b", "must not contain .." },
		{ "/", "names no cgroup" },
		{ ".", "names no cgroup" },
		{ "/./", "names no cgroup" },
		{ "/a\nb", "control character" },
		{ long_path, "longer than" },
		{ long_name, "longer than" },
	};

	for (size_t i = 0; i < 5000; i++)
		long_path[i] = i % 10 ? 'a' : '/';
	memset(long_name, 'a', sizeof long_name - 1);
	for (size_t i = 0; i < COUNT(cases); i++) {
		cleanup_arena struct arena *arena = arena_new();
		const struct spec spec = { .linux_.cgroups_path = cases[i].path };

		assert_null(cgroup_path_plan(&spec, "/x/y", "id", arena));
		if (!strstr(failure()->text, cases[i].text))
			fail_msg("\"%s\" does not contain \"%s\"", failure()->text, cases[i].text);
	}
}

/* config.json's linux object; NULL: it is planned, else the text of the refusal. */
static void plan_is(const char *linux_, const struct host *host, enum cgroup_manager manager,
		    const char *refusal, struct cgroup_plan *ret, struct arena *arena)
{
	char text[1024];
	int n = snprintf(
		text, sizeof text,
		"{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"},\"process\":{\"cwd\":\"/\","
		"\"args\":[\"a\"],\"user\":{\"uid\":0,\"gid\":0}},\"linux\":%s}",
		linux_);
	const struct spec *spec = spec_parse("config.json", text, (size_t)n, "/bundle");

	if (!spec)
		fail_msg("%s", failure()->text);
	int result = cgroup_plan(spec, host, manager, "id", arena, ret);

	if (!refusal && result < 0)
		fail_msg("%s: %s", linux_, failure()->text);
	if (refusal && (result == 0 || !strstr(failure()->text, refusal)))
		fail_msg("%s: \"%s\" does not contain \"%s\"", linux_,
			 result ? failure()->text : "", refusal);
	spec_free(spec);
}

static void managers(void **state)
{
	(void)state;
	cleanup_arena struct arena *arena = arena_new();
	struct host no_mount = root_host;
	struct cgroup_plan plan;

	plan_is("{}", &root_host, CGROUP_CGROUPFS, NULL, &plan, arena);
	assert_string_equal(plan.path, "/system.slice/id");
	assert_false(plan.optional);
	assert_non_null(plan.devices);
	plan_is("{}", &root_host, CGROUP_DISABLED, NULL, &plan, arena);
	assert_true(!plan.path && !plan.devices);
	plan_is("{}", &root_host, CGROUP_SYSTEMD, NULL, &plan, arena);
	assert_string_equal(plan.path, "/system.slice/ring3-id.scope");
	no_mount.cgroup_mount = NULL;
	plan_is("{}", &no_mount, CGROUP_CGROUPFS, "no cgroup2 file system", &plan, arena);
	plan_is("{}", &no_mount, CGROUP_DISABLED, NULL, &plan, arena);
}

static void rootless(void **state)
{
	(void)state;
	cleanup_arena struct arena *arena = arena_new();
	struct host nested_root = root_host;
	struct cgroup_plan plan;
	static const char deny_all[] =
		"{\"resources\":{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]}}";
	static const char allow[] =
		"{\"resources\":{\"devices\":[{\"allow\":true,\"access\":\"rwm\"}]}}";

	plan_is("{}", &user_host, CGROUP_CGROUPFS, NULL, &plan, arena);
	assert_true(plan.optional && plan.path && !plan.devices);
	plan_is("{\"cgroupsPath\":\"/a\"}", &user_host, CGROUP_CGROUPFS, NULL, &plan, arena);
	assert_false(plan.optional); /* asked for: going without would be a surprise */
	plan_is(deny_all, &user_host, CGROUP_CGROUPFS, NULL, &plan, arena);
	assert_null(plan.devices);
	plan_is(allow, &user_host, CGROUP_CGROUPFS, "device rules cannot be applied", &plan, arena);
	nested_root.in_user_namespace = nested_root.rootless = true;
	plan_is(allow, &nested_root, CGROUP_CGROUPFS, "device rules cannot be applied", &plan,
		arena);
}

/* What asks for something needs its controller, the rest is planned without one. */
static void limits(void **state)
{
	(void)state;
	static const struct {
		const char *resources, *refusal;
	} cases[] = {
		{ "{}", NULL },
		{ "{\"memory\":{},\"cpu\":{},\"pids\":{\"limit\":-1},\"blockIO\":{}}", NULL },
		/* what Docker writes for a container without limits */
		{ "{\"memory\":{\"disableOOMKiller\":false},\"cpu\":{\"shares\":0},\"blockIO\":{"
		  "\"weight\":0}}",
		  NULL },
		{ "{\"memory\":{\"limit\":-1},\"cpu\":{\"quota\":-1}}", NULL },
		{ "{\"memory\":{\"limit\":1048576}}",
		  "memory.limit: the memory controller is not" },
		{ "{\"memory\":{\"limit\":-1,\"reservation\":4096}}",
		  "memory.reservation: the memory controller" },
		{ "{\"cpu\":{\"shares\":512}}", "cpu.shares: the cpu controller" },
		{ "{\"cpu\":{\"cpus\":\"0\"}}", "cpu.cpus: the cpuset controller" },
		{ "{\"pids\":{\"limit\":10}}", "pids.limit: the pids controller" },
		{ "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":1}]}"
		  "}",
		  "blockIO.throttleReadBpsDevice[0]: the io controller" },
		{ "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":1}]}",
		  "hugepageLimits[0]: the hugetlb controller" },
		{ "{\"unified\":{\"memory.high\":\"1\"}}", "unified" },
		{ "{\"unified\":{\"cgroup.max.depth\":\"1\"}}", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		cleanup_arena struct arena *arena = arena_new();
		struct cgroup_plan plan;
		char linux_[512];

		snprintf(linux_, sizeof linux_, "{\"resources\":%s}", cases[i].resources);
		plan_is(linux_, &root_host, CGROUP_CGROUPFS, cases[i].refusal, &plan, arena);
	}
}

static const char memory_limit[] = "{\"resources\":{\"memory\":{\"limit\":4096}}}",
		  no_limit[] = "{\"resources\":{\"memory\":{\"limit\":-1}}}",
		  devices[] = "{\"resources\":{\"devices\":[{\"allow\":true,\"access\":\"rwm\"}]}}";

static void nothing_is_lost_with_the_cgroup(void **state)
{
	(void)state;
	cleanup_arena struct arena *arena = arena_new();
	struct host host = root_host, user = user_host, no_mount = user_host;
	struct cgroup_plan plan;

	host.cgroup_controllers = user.cgroup_controllers = "memory";
	plan_is(memory_limit, &host, CGROUP_DISABLED, "needs a cgroup", &plan, arena);
	plan_is(devices, &host, CGROUP_DISABLED, "needs a cgroup", &plan, arena);
	plan_is(no_limit, &host, CGROUP_DISABLED, NULL, &plan, arena);
	plan_is(memory_limit, &user, CGROUP_CGROUPFS, NULL, &plan, arena);
	assert_false(plan.optional);
	plan_is(no_limit, &user, CGROUP_CGROUPFS, NULL, &plan, arena);
	assert_true(plan.optional);
	no_mount.cgroup_mount = NULL;
	no_mount.cgroup_controllers = "memory";
	plan_is(memory_limit, &no_mount, CGROUP_CGROUPFS, "no cgroup2 file system", &plan, arena);
}

static void delegated(void **state)
{
	(void)state;
	cleanup_arena struct arena *arena = arena_new();
	struct host host = user_host;
	struct cgroup_plan plan;

	host.cgroup_delegated = true;
	plan_is("{}", &host, CGROUP_CGROUPFS, NULL, &plan, arena);
	assert_string_equal(plan.path, "/user.slice/session/id");
	plan_is("{\"cgroupsPath\":\"a/b\"}", &host, CGROUP_CGROUPFS, NULL, &plan, arena);
	assert_string_equal(plan.path, "/user.slice/session/a/b");
	plan_is("{\"cgroupsPath\":\"/a/b\"}", &host, CGROUP_CGROUPFS, NULL, &plan, arena);
	assert_string_equal(plan.path, "/a/b");
	host.rootless = false; /* as runc: beside its own */
	plan_is("{}", &host, CGROUP_CGROUPFS, NULL, &plan, arena);
	assert_string_equal(plan.path, "/user.slice/id");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("C-01 absolute, C-02 relative, C-03 absent cgroupsPath", paths),
		TEST("C-01 what leads out or names nothing is refused", bad_paths),
		TEST("C-04 managers", managers),
		TEST("C-01 without privilege a cgroup is optional unless it is named", rootless),
		TEST("R-08 what asks for something needs its controller", limits),
		TEST("R-08 no limit is lost with the cgroup", nothing_is_lost_with_the_cgroup),
		TEST("C-02 C-03 an ordinary user goes below the cgroup that was delegated to him",
		     delegated),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
