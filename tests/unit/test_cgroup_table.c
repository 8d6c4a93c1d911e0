/* test_cgroup_table.c - linux.resources to cgroup v2 files: the value table of matrix 2.9.1, and
 * the order of writes. */
#include "test.h"
#include "base/fail.h"
#include "cgroup/cgroup_table.h"
#include "host/host.h"
#include "spec/load.h"

static const struct host host = { .cgroup_controllers = "cpuset cpu io memory hugetlb pids rdma" };

static void shares_to_weight(void **state)
{
	static const struct {
		uint64_t shares, weight;
	} cases[] = {
		{ 0, 0 },	  { 2, 1 },	     { 3, 2 },		{ 4, 2 },
		{ 10, 4 },	  { 50, 10 },	     { 100, 17 },	{ 102, 17 },
		{ 128, 21 },	  { 256, 35 },	     { 512, 59 },	{ 1000, 99 },
		{ 1024, 100 },	  { 1025, 101 },     { 2048, 174 },	{ 4096, 303 },
		{ 8192, 532 },	  { 10240, 639 },    { 65536, 3023 },	{ 100000, 4340 },
		{ 131072, 5478 }, { 262143, 10000 }, { 262144, 10000 }, { 1000000, 10000 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(cgroup_weight_of_shares(cases[i].shares), cases[i].weight);
}

static void weight_to_io_weight(void **state)
{
	static const struct {
		uint64_t weight, io;
	} cases[] = {
		{ 10, 1 }, { 11, 11 }, { 100, 910 }, { 500, 4950 }, { 1000, 10000 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(cgroup_io_weight(cases[i].weight), cases[i].io);
}

static void page_sizes(void **state)
{
	static const struct {
		const char *given, *kernel;
	} cases[] = {
		{ "2MB", "2MB" },   { "2048KB", "2MB" }, { "1048576KB", "1GB" },
		{ "64KB", "64KB" }, { "1024MB", "1GB" }, { "1GB", "1GB" },
	};
	cleanup_arena struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(cgroup_page_size(cases[i].given, arena), cases[i].kernel);
}

/* resources, and what must be written, in this order: "file=value file=value" */
static const struct {
	const char *resources, *writes;
} cases[] = {
	{ "{}", "" },
	{ "{\"memory\":{\"limit\":1048576}}", "memory.max=1048576" },
	{ "{\"memory\":{\"limit\":-1}}", "memory.max=max|memory.swap.max=max" },
	{ "{\"memory\":{\"limit\":0}}", "" },
	{ "{\"memory\":{\"limit\":100,\"swap\":150}}", "memory.max=100|memory.swap.max=50" },
	{ "{\"memory\":{\"limit\":100,\"swap\":100}}", "memory.max=100|memory.swap.max=0" },
	{ "{\"memory\":{\"limit\":100,\"swap\":-1}}", "memory.max=100|memory.swap.max=max" },
	{ "{\"memory\":{\"limit\":-1,\"swap\":70}}", "memory.max=max|memory.swap.max=70" },
	{ "{\"memory\":{\"limit\":100,\"swap\":0}}", "memory.max=100" },
	{ "{\"memory\":{\"reservation\":50}}", "memory.low=50" },
	{ "{\"memory\":{\"reservation\":-1}}", "memory.low=max" },
	{ "{\"cpu\":{\"shares\":1024}}", "cpu.weight=100" },
	{ "{\"cpu\":{\"shares\":0}}", "" },
	{ "{\"cpu\":{\"quota\":50000,\"period\":100000}}", "cpu.max=50000 100000" },
	{ "{\"cpu\":{\"quota\":50000}}", "cpu.max=50000" },
	{ "{\"cpu\":{\"period\":50000}}", "cpu.max=max 50000" },
	{ "{\"cpu\":{\"quota\":-1,\"period\":50000}}", "cpu.max=max 50000" },
	{ "{\"cpu\":{\"quota\":-1}}", "cpu.max=max" },
	{ "{\"cpu\":{\"burst\":10,\"quota\":2000}}", "cpu.max=2000|cpu.max.burst=10" },
	{ "{\"cpu\":{\"idle\":1,\"shares\":2}}", "cpu.weight=1|cpu.idle=1" },
	{ "{\"cpu\":{\"cpus\":\"0-1\",\"mems\":\"0\"}}", "cpuset.cpus=0-1|cpuset.mems=0" },
	{ "{\"pids\":{\"limit\":0}}", "pids.max=0" },
	{ "{\"pids\":{\"limit\":-1}}", "pids.max=max" },
	{ "{\"pids\":{\"limit\":5}}", "pids.max=5" },
	{ "{\"blockIO\":{\"weight\":100}}", "io.bfq.weight=100(io.weight=default 910)" },
	{ "{\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":16,\"weight\":10}]}}",
	  "io.bfq.weight=8:16 10(io.weight=8:16 1)" },
	{ "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":600}],"
	  "\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":0,\"rate\":0}]}}",
	  "io.max=8:0 rbps=600|io.max=8:0 wiops=max" },
	{ "{\"blockIO\":{\"throttleWriteBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":1}],"
	  "\"throttleReadIOPSDevice\":[{\"major\":8,\"minor\":0,\"rate\":2}]}}",
	  "io.max=8:0 wbps=1|io.max=8:0 riops=2" },
	{ "{\"hugepageLimits\":[{\"pageSize\":\"2048KB\",\"limit\":9}]}",
	  "hugetlb.2MB.rsvd.max=9|hugetlb.2MB.max=9" },
	{ "{\"rdma\":{\"mlx5_1\":{\"hcaHandles\":3,\"hcaObjects\":10000}}}",
	  "rdma.max=mlx5_1 hca_handle=3 hca_object=10000" },
	{ "{\"rdma\":{\"rxe3\":{\"hcaObjects\":10000}}}", "rdma.max=rxe3 hca_object=10000" },
	{ "{\"unified\":{\"memory.high\":\"7\",\"cgroup.max.depth\":\"2\"},\"memory\":{\"limit\":9}"
	  "}",
	  "memory.max=9|memory.high=7|cgroup.max.depth=2" },
	{ "{\"unified\":{\"io.max\":\"8:0 rbps=1\\n8:16 rbps=2\"}}",
	  "io.max=8:0 rbps=1|io.max=8:16 rbps=2" },
};

static const struct spec *parse(const char *resources)
{
	char text[2048];

	snprintf(
		text, sizeof text,
		"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"linux\":{\"resources\":%s}}",
		resources);
	const struct spec *spec = spec_parse("config.json", text, strlen(text), "/bundle");
	if (!spec)
		fail_msg("%s: %s", resources, failure()->text);
	return spec;
}

static void writes_in_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct spec *spec = parse(cases[i].resources);
		struct cgroup_writes writes;
		cleanup_text struct text got = { 0 };

		text_add(&got, "");
		assert_int_equal(
			cgroup_table_plan(spec->linux_.resources, &host, spec->arena, &writes), 0);
		for (size_t k = 0; k < writes.writes.count; k++) {
			const struct cgroup_write *w = &writes.writes.items[k];

			text_addf(&got, "%s%s=%s", k ? "|" : "", w->file, w->value);
			if (w->fallback_file)
				text_addf(&got, "(%s=%s)", w->fallback_file, w->fallback_value);
		}
		assert_string_equal(got.data, cases[i].writes);
		spec_free(spec);
	}
}

static void a_missing_controller_is_named(void **state)
{
	static const struct host hybrid = { .cgroup_controllers = "", .cgroup_hybrid = true };
	const struct spec *spec = parse("{\"memory\":{\"limit\":1}}");
	struct cgroup_writes writes;

	(void)state;
	assert_int_equal(cgroup_table_plan(spec->linux_.resources, &hybrid, spec->arena, &writes),
			 -1);
	assert_non_null(strstr(
		failure()->text,
		"linux.resources.memory.limit: the memory controller is bound to cgroup v1"));
	spec_free(spec);
}

static void what_asks_for_the_default_needs_no_controller(void **state)
{
	static const struct host hybrid = { .cgroup_controllers = "", .cgroup_hybrid = true };
	const struct spec *spec = parse("{\"memory\":{\"limit\":-1},\"pids\":{\"limit\":-1}}");
	struct cgroup_writes writes;

	(void)state;
	assert_int_equal(cgroup_table_plan(spec->linux_.resources, &hybrid, spec->arena, &writes),
			 0);
	spec_free(spec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("R-16 cpu.shares to cpu.weight", shares_to_weight),
		TEST("R-25 blockIO.weight to io.weight", weight_to_io_weight),
		TEST("R-33 page sizes in the kernel's spelling", page_sizes),
		TEST("R-08 to R-39 what is written, in which order", writes_in_order),
		TEST("C-05 a controller bound to cgroup v1 is named",
		     a_missing_controller_is_named),
		TEST("what asks for the default needs no controller",
		     what_asks_for_the_default_needs_no_controller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
