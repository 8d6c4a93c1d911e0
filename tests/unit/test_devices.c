/* devices_plan(): which nodes a container gets, made or bound. */
#include "test.h"
#include "base/arena.h"
#include "base/fail.h"
#include "base/text.h"
#include "host/host.h"
#include "sandbox/devices.h"
#include <sys/stat.h>
#include <sys/sysmacros.h>

static struct spec_namespace namespaces[] = { { .type = NS_MOUNT }, { .type = NS_USER } };
static struct spec spec;
static struct host host;
static struct devices devices;

static void prepare(void)
{
	arena_free(spec.arena);
	spec = (struct spec){ .arena = arena_new() };
	spec.linux_.namespaces.items = namespaces;
	spec.linux_.namespaces.count = 1;
	host = (struct host){ .caps = ~UINT64_C(0), .proc_fd = -1 };
}

static int plan(void)
{
	return devices_plan(&spec, &host, spec.arena, &devices);
}

static void six_defaults(void **state)
{
	static const struct {
		const char *path;
		unsigned major, minor;
	} expect[] = {
		{ "/dev/null", 1, 3 },	 { "/dev/zero", 1, 5 },	   { "/dev/full", 1, 7 },
		{ "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },
	};

	(void)state;
	prepare();
	assert_int_equal(plan(), 0);
	assert_int_equal(devices.nodes.count, COUNT(expect));
	for (size_t i = 0; i < COUNT(expect); i++) {
		assert_string_equal(devices.nodes.items[i].path, expect[i].path);
		assert_int_equal(devices.nodes.items[i].number,
				 makedev(expect[i].major, expect[i].minor));
		assert_int_equal(devices.nodes.items[i].mode, S_IFCHR | 0666);
	}
	assert_false(devices.bind);
}

static void bound_where_mknod_fails(void **state)
{
	(void)state;
	prepare();
	spec.linux_.namespaces.count = 2;
	assert_int_equal(plan(), 0);
	assert_true(devices.bind);
	prepare();
	host.in_user_namespace = true;
	assert_int_equal(plan(), 0);
	assert_true(devices.bind);
	prepare();
	host.caps &= ~(UINT64_C(1) << 27);
	assert_int_equal(plan(), 0);
	assert_true(devices.bind);
}

static void given_nodes(void **state)
{
	static struct spec_device given[] = {
		{ .path = "/dev/x/../fuse",
		  .type = "c",
		  .major = { true, 10 },
		  .minor = { true, 229 },
		  .file_mode = { true, 0600 },
		  .uid = { true, 7 },
		  .gid = { true, 8 } },
		{ .path = "/srv/disk", .type = "b", .major = { true, 8 }, .minor = { true, 1 } },
		{ .path = "/dev/pipe", .type = "p" },
		{ .path = "/dev/fuse", .type = "u", .major = { true, 10 }, .minor = { true, 230 } },
	};
	const struct device *d;

	(void)state;
	prepare();
	spec.linux_.devices.items = given;
	spec.linux_.devices.count = 3;
	assert_int_equal(plan(), 0);
	assert_int_equal(devices.nodes.count, 9);
	d = &devices.nodes.items[6];
	assert_string_equal(d->path, "/dev/fuse");
	assert_int_equal(d->mode, S_IFCHR | 0600);
	assert_int_equal(d->number, makedev(10, 229));
	assert_int_equal(d->uid, 7);
	assert_int_equal(d->gid, 8);
	assert_int_equal(devices.nodes.items[7].mode, S_IFBLK | 0666);
	assert_int_equal(devices.nodes.items[8].mode, S_IFIFO | 0666);

	spec.linux_.devices.count = 4; /* D-20: the last one wins */
	assert_int_equal(plan(), 0);
	assert_int_equal(devices.nodes.count, 9);
	assert_int_equal(devices.nodes.items[6].number, makedev(10, 230));
}

static void bad_nodes(void **state)
{
	static struct spec_device cases[] = {
		{ .path = "/dev/a", .type = "x", .major = { true, 1 }, .minor = { true, 1 } },
		{ .path = "/dev/a", .type = "c", .major = { true, 1 } },
		{ .path = "/dev/a", .type = "b", .minor = { true, 1 } },
		{ .path = "/dev/a", .type = "c", .major = { true, 4096 }, .minor = { true, 1 } },
		{ .path = "/dev/a", .type = "c", .major = { true, -1 }, .minor = { true, 1 } },
		{ .path = "/dev/a", .type = "c", .major = { true, 1 }, .minor = { true, 1 << 20 } },
		{ .path = "/dev/a", .type = "p", .file_mode = { true, 01777 } },
		{
			.path = "/dev/a",
		},
		{ .path = "/dev", .type = "p" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		prepare();
		spec.linux_.devices.items = &cases[i];
		spec.linux_.devices.count = 1;
		if (plan() == 0)
			fail_msg("row %zu is not refused", i);
	}
}

static void bound_dev_is_left_alone(void **state)
{
	static const char *rbind[] = { "rbind", "ro", NULL };
	static struct spec_device given[] = { { .path = "/dev/p", .type = "p" },
					      { .path = "/p", .type = "p" } };
	static struct spec_mount mount_ = { .destination = "/dev/",
					    .source = "/dev",
					    .options = rbind };

	(void)state;
	prepare();
	spec.mounts.items = &mount_;
	spec.mounts.count = 1;
	spec.linux_.devices.items = given;
	spec.linux_.devices.count = 2;
	assert_int_equal(plan(), 0);
	assert_true(devices.skip);
	assert_int_equal(devices.nodes.count, 1);
	assert_string_equal(devices.nodes.items[0].path, "/p");
}

static void ptmx_needs_devpts(void **state)
{
	static struct spec_mount mount_ = { .destination = "/dev/pts", .type = "devpts" };

	(void)state;
	prepare();
	assert_int_equal(plan(), 0);
	assert_false(devices.has_pts);
	spec.mounts.items = &mount_;
	spec.mounts.count = 1;
	assert_int_equal(plan(), 0);
	assert_true(devices.has_pts);
}

static void no_mount_namespace(void **state)
{
	static struct spec_device given = { .path = "/dev/p", .type = "p" };

	(void)state;
	prepare();
	spec.linux_.namespaces.count = 0;
	assert_int_equal(plan(), 0);
	assert_int_equal(devices.nodes.count, 0);
	spec.linux_.devices.items = &given;
	spec.linux_.devices.count = 1;
	assert_int_equal(plan(), -1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("D-01 to D-06 six default devices", six_defaults),
		TEST("D-01 bound from the host where mknod is refused", bound_where_mknod_fails),
		TEST("D-14 D-20 given devices", given_nodes),
		TEST("D-16 D-17 D-18 bad devices", bad_nodes),
		TEST("D-01 a bound /dev is left alone", bound_dev_is_left_alone),
		TEST("D-08 ptmx needs a devpts", ptmx_needs_devpts),
		TEST("D-14 devices without a mount namespace are refused", no_mount_namespace),
	};
	int failed = cmocka_run_group_tests_name("devices", tests, NULL, NULL);

	arena_free(spec.arena);
	return failed;
}
