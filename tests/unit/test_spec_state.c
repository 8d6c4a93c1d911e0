/* The state object that `state`, `list` and the hooks see. */
#include "spec_cases.h"

static struct json_pair pairs[] = { { "a", "1" }, { "b", "\"two\"" } };

static const struct spec_state running = {
	.id = "c1",
	.status = "running",
	.pid = 4242,
	.bundle = "/b",
	.rootfs = "/b/rootfs",
	.created = "2026-08-22T10:00:00.123456789Z",
	.owner = "",
	.annotations = { pairs, COUNT(pairs) },
};
static const struct spec_state stopped = { .id = "c2", .status = "stopped", .bundle = "/b" };

/* Order and spelling as runc prints them. */
static void compact(void **state)
{
	cleanup_text struct text out = { 0 };

	(void)state;
	spec_state_write(&out, &running, JSON_COMPACT);
	assert_string_equal(out.data,
			    "{\"ociVersion\":\"1.3.0\",\"id\":\"c1\",\"pid\":4242,\"status\":"
			    "\"running\",\"bundle\":\"/b\","
			    "\"rootfs\":\"/b/rootfs\",\"root\":\"/b/"
			    "rootfs\",\"created\":\"2026-08-22T10:00:00.123456789Z\","
			    "\"annotations\":{\"a\":\"1\",\"b\":\"\\\"two\\\"\"},\"owner\":\"\"}");
}

static void pid_is_always_there(void **state)
{
	cleanup_text struct text out = { 0 };

	(void)state;
	spec_state_write(&out, &stopped, JSON_COMPACT);
	assert_non_null(strstr(out.data, "\"pid\":0,"));
	assert_null(strstr(out.data, "annotations"));
	assert_non_null(strstr(out.data, "\"created\":\"\""));
}

static void is_read_back(void **state)
{
	cleanup_arena struct arena *arena = arena_new();
	cleanup_text struct text out = { 0 };
	struct spec_state read = { 0 };

	(void)state;
	spec_state_write(&out, &running, JSON_PRETTY);

	struct json_doc doc = {
		.name = "state", .text = out.data, .size = out.length, .arena = arena
	};

	assert_int_equal(json_parse(&doc), 0);
	assert_int_equal(json_fill(&doc, doc.root, &spec_state_shape, &read), 0);
	assert_string_equal(read.version, SPEC_VERSION);
	assert_string_equal(read.id, "c1");
	assert_int_equal(read.pid, 4242);
	assert_string_equal(read.rootfs, "/b/rootfs");
	assert_int_equal(read.annotations.count, 2);
	assert_string_equal(read.annotations.items[1].value, "\"two\"");
	json_forget(&doc);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("ST-01 to ST-07 members in runc's order", compact),
		TEST("ST-04 pid 0 is written", pid_is_always_there),
		TEST("ST-02 pretty text is read back", is_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
