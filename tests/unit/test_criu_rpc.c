/* test_criu_rpc.c - CRIU's messages: bytes put together by hand from the numbers of its rpc.proto.
 */
#include "test.h"
#include "base/fail.h"
#include "container/criu_rpc.h"

static void requests(void **state)
{
	static const struct criu_ext_mount mounts[] = { { "/a", "/b" } };
	static const struct criu_inherit_fd fds[] = { { "pipe:[7]", { true, 1 } } };
	static const struct criu_cgroup_root roots[] = { { NULL, "/c" } };
	static const struct criu_join_ns spaces[] = { { "ipc", "/p" } };
	static const char *const external[] = { "net[9]:extRootNetNS" };
	static const struct criu_page_server server = { "::1", { true, 300 } };
#define OPTS(...)                                                                                  \
	{                                                                                          \
		.type = { true, CRIU_DUMP }, .opts = &(struct criu_opts)                           \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#define YES                                                                                        \
	{                                                                                          \
		true, 1                                                                            \
	}
#define SIZED(s) s, sizeof s - 1
	const struct {
		struct criu_req request;
		const char *bytes;
		size_t size;
	} cases[] = {
		{ { .type = { true, CRIU_VERSION } }, SIZED("\x08\x0a") },
		{ { .type = { true, CRIU_NOTIFY }, .notify_success = YES },
		  SIZED("\x08\x06\x18\x01") },
		{ { .type = { true, CRIU_NOTIFY }, .notify_success = { true, 0 } },
		  SIZED("\x08\x06\x18\x00") },
		{ OPTS(.images_dir_fd = { true, 5 }, .pid = { true, 1000 }),
		  SIZED("\x08\x01\x12\x05\x08\x05\x10\xe8\x07") },
		{ OPTS(.leave_running = YES, .ext_unix_sk = YES, .tcp_established = YES,
		       .evasive_devices = YES, .shell_job = YES, .file_locks = YES),
		  SIZED("\x08\x01\x12\x0c\x18\x01\x20\x01\x28\x01\x30\x01\x38\x01\x40\x01") },
		{ OPTS(.log_level = { true, 4 }, .log_file = "x"),
		  SIZED("\x08\x01\x12\x05\x48\x04\x52\x01x") },
		{ OPTS(.ps = &server), SIZED("\x08\x01\x12\x0a\x5a\x08\x0a\x03::1\x10\xac\x02") },
		{ OPTS(.notify_scripts = YES, .root = "r", .parent_img = "p", .track_mem = YES),
		  SIZED("\x08\x01\x12\x0a\x60\x01\x6a\x01r\x72\x01p\x78\x01") },
		{ OPTS(.auto_dedup = YES, .work_dir_fd = { true, 6 }, .link_remap = YES),
		  SIZED("\x08\x01\x12\x09\x80\x01\x01\x88\x01\x06\x90\x01\x01") },
		{ OPTS(.ext_mnt = { mounts, 1 }),
		  SIZED("\x08\x01\x12\x0b\xba\x01\x08\x0a\x02/a\x12\x02/b") },
		{ OPTS(.manage_cgroups = YES, .cg_root = { roots, 1 }),
		  SIZED("\x08\x01\x12\x0a\xc0\x01\x01\xca\x01\x04\x12\x02/c") },
		{ OPTS(.rst_sibling = YES, .inherit_fd = { fds, 1 }),
		  SIZED("\x08\x01\x12\x12\xd0\x01\x01\xda\x01\x0c\x0a\x08pipe:[7]\x10\x01") },
		{ OPTS(.manage_cgroups_mode = { true, CRIU_CG_STRICT }),
		  SIZED("\x08\x01\x12\x03\x90\x02\x05") },
		{ OPTS(.external = { external, 1 }),
		  SIZED("\x08\x01\x12\x16\xaa\x02\x13net[9]:extRootNetNS") },
		{ OPTS(.empty_ns = { true, 0x40000000 }),
		  SIZED("\x08\x01\x12\x07\xb0\x02\x80\x80\x80\x80\x04") },
		{ OPTS(.join_ns = { spaces, 1 }),
		  SIZED("\x08\x01\x12\x0c\xba\x02\x09\x0a\x03ipc\x12\x02/p") },
		{ OPTS(.freeze_cgroup = "f", .tcp_skip_in_flight = YES, .lazy_pages = YES,
		       .orphan_pts_master = YES),
		  SIZED("\x08\x01\x12\x0d\xe2\x02\x01"
			"f\xf0\x02\x01\x80\x03\x01\x90\x03\x01") },
		{ OPTS(.config_file = "c", .tcp_close = YES, .lsm_profile = "l"),
		  SIZED("\x08\x01\x12\x0b\x9a\x03\x01"
			"c\xa0\x03\x01\xaa\x03\x01l") },
		{ OPTS(.lsm_mount_context = "m", .network_lock = { true, CRIU_LOCK_SKIP }),
		  SIZED("\x08\x01\x12\x07\xfa\x03\x01m\x80\x04\x03") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		cleanup_text struct text out = { 0 };

		pb_write(&out, &criu_req_shape, &cases[i].request);
		assert_int_equal(out.length, cases[i].size);
		assert_memory_equal(out.data, cases[i].bytes, cases[i].size);
	}
}

static int answer(const char *bytes, size_t size, struct arena *arena, struct criu_resp *ret)
{
	*ret = (struct criu_resp){ 0 };
	return pb_read(&criu_resp_shape, bytes, size, arena, ret);
}

static void answers(void **state)
{
	cleanup_arena struct arena *arena = arena_new();
	struct criu_resp r;

	(void)state;
	assert_int_equal(answer(SIZED("\x08\x02\x10\x01\x22\x03\x08\xe8\x07"), arena, &r), 0);
	assert_int_equal(r.type.value, CRIU_RESTORE);
	assert_int_equal(r.success.value, 1);
	assert_int_equal(r.restore->pid.value, 1000);
	assert_null(r.notify);

	assert_int_equal(
		answer(SIZED("\x08\x06\x10\x01\x2a\x0d\x0a\x09post-dump\x10\x05"), arena, &r), 0);
	assert_int_equal(r.type.value, CRIU_NOTIFY);
	assert_string_equal(r.notify->script, "post-dump");
	assert_int_equal(r.notify->pid.value, 5);

	assert_int_equal(answer(SIZED("\x08\x01\x10\x00\x38\x16\x4a\x03why"), arena, &r), 0);
	assert_true(r.success.set && !r.success.value);
	assert_int_equal(r.cr_errno.value, 22);
	assert_string_equal(r.cr_errmsg, "why");

	assert_int_equal(
		answer(SIZED("\x08\x0a\x10\x01\x52\x06\x08\x04\x10\x01\x20\x01"), arena, &r), 0);
	assert_int_equal(r.version->major.value, 4);
	assert_int_equal(r.version->minor.value, 1);
	assert_int_equal(r.version->sublevel.value, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),
		cmocka_unit_test(answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
