/* test_resource_options.c - options of `update` as JSON. */
#include "test.h"
#include "base/fail.h"
#include "base/text.h"
#include "cli/resource_options.h"

static void writes(const char *const values[RESOURCE_OPTIONS], const char *expected)
{
	cleanup_text struct text out = { 0 };

	assert_int_equal(resource_options_write(&out, values), 0);
	assert_string_equal(out.data, expected);
}
#define VALUES(...) ((const char *const[RESOURCE_OPTIONS]){ __VA_ARGS__ })

static void objects(void **state)
{
	(void)state;
	writes(VALUES(0), "{}");
	writes(VALUES([PIDS_LIMIT] = "-1"), "{\"pids\":{\"limit\":-1}}");
	writes(VALUES([MEMORY_LIMIT] = "1", [MEMORY_SWAP] = "2", [CPU_SHARES] = "3",
		      [CPU_CPUS] = "0-3,\"", [IO_WEIGHT] = "4"),
	       "{\"memory\":{\"limit\":1,\"swap\":2},\"cpu\":{\"shares\":3,\"cpus\":\"0-3,\\\"\"},"
	       "\"blockIO\":{\"weight\":4}}");
}

static void sizes(void **state)
{
	static const struct {
		const char *text, *bytes;
	} rows[] = {
		{ "0", "0" },
		{ "-1", "-1" },
		{ "64", "64" },
		{ "64b", "64" },
		{ "64k", "65536" },
		{ "64K", "65536" },
		{ "64kb", "65536" },
		{ "64KiB", "65536" },
		{ "1m", "1048576" },
		{ "2G", "2147483648" },
		{ "1t", "1099511627776" },
		{ "9223372036854775807", "9223372036854775807" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char expected[64];

		snprintf(expected, sizeof expected, "{\"memory\":{\"limit\":%s}}", rows[i].bytes);
		writes(VALUES([MEMORY_LIMIT] = rows[i].text), expected);
	}
}

static void mistakes(void **state)
{
	static const char *const bad[] = { "x",
					   "k",
					   "-2",
					   "-1k",
					   "1x",
					   "1kx",
					   "1 k",
					   "+1",
					   "1.5k",
					   "0x10",
					   "1kib1",
					   "9999999999t",
					   "9223372036854775808",
					   "99999999999999999999999999999999k" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		cleanup_text struct text out = { 0 };

		assert_int_equal(resource_options_write(&out, VALUES([MEMORY_SWAP] = bad[i])), -1);
		assert_non_null(strstr(failure()->text, "--memory-swap"));
	}
	cleanup_text struct text out = { 0 };

	assert_int_equal(resource_options_write(&out, VALUES([CPU_QUOTA] = "5k")), -1);
	assert_non_null(strstr(failure()->text, "--cpu-quota"));
	assert_int_equal(resource_options_write(&out, VALUES([L3_CACHE_SCHEMA] = "L3:0=1")), -1);
	assert_non_null(strstr(failure()->text, "--l3-cache-schema"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("options of update stand in their objects", objects),
		TEST("sizes with a unit", sizes),
		TEST("what is no number is an error", mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
