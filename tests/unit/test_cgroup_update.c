/* test_cgroup_update.c - which writes an update makes of what is there, in which order, and back.
 */
#include "test.h"
#include "base/fail.h"
#include "base/file.h"
#include "cgroup/cgroup_update.h"
#include "spec/load.h"
#include "spec_cases.h"
#include "temporary.h"

/* The files of a cgroup, "NAME=TEXT" each. */
static void fill(int dir_fd, const char *const *files)
{
	for (; *files; files++) {
		const char *equals = strchr(*files, '=');
		cleanup_free char *name = strndup(*files, (size_t)(equals - *files));

		assert_int_equal(file_replace(dir_fd, name, equals + 1, strlen(equals + 1), 0600),
				 0);
	}
}

static struct spec_resources *resources(const char *text)
{
	cleanup_free char *json = json_of(text);
	struct spec_resources *r = spec_parse_resources("update.json", json, strlen(json));

	if (!r)
		fail_msg("%s", failure()->text);
	return r;
}

#define USUAL                                                                                      \
	"cpu.weight=100\n", "cpu.max=50000 100000\n", "cpu.max.burst=1000\n", "cpu.idle=0\n",      \
		"memory.max=1000\n", "memory.low=0\n", "memory.swap.max=500\n",                    \
		"memory.current=600\n", "pids.max=max\n", "cpuset.cpus=\n",                        \
		"io.max=8:0 rbps=100 wbps=max riops=max wiops=max\n", "io.weight=default 100\n",   \
		"hugetlb.2MB.max=max\n", "hugetlb.2MB.rsvd.max=max\n"
#define FILES(...) ((const char *const[]){ USUAL, __VA_ARGS__ __VA_OPT__(, ) NULL })

/* "FILE VALUE (OLD)" a line. */
static void plans(const char *const *files, const char *asked, const char *expected)
{
	TEMPORARY(directory);
	struct arena *arena = arena_new();
	cleanup_text struct text got = { 0 };
	struct cgroup_changes changes;

	fill(directory.fd, files);
	if (cgroup_update_plan(directory.fd, resources(asked), arena, &changes) < 0)
		fail_msg("%s: %s", asked, failure()->text);
	text_add(&got, "");
	for (size_t i = 0; i < changes.list.count; i++)
		text_addf(&got, "%s %s (%s)\n", changes.list.items[i].file,
			  changes.list.items[i].value,
			  changes.list.items[i].old ? changes.list.items[i].old : "");
	assert_string_equal(got.data, expected);
	arena_free(arena);
}

static void refuses(const char *const *files, const char *asked, const char *error)
{
	TEMPORARY(directory);
	struct arena *arena = arena_new();
	struct cgroup_changes changes;

	fill(directory.fd, files);
	assert_int_equal(cgroup_update_plan(directory.fd, resources(asked), arena, &changes), -1);
	if (!strstr(failure()->text, error))
		fail_msg("no %s in %s", error, failure()->text);
	arena_free(arena);
}

static void only_what_is_asked(void **state)
{
	(void)state;
	plans(FILES(), "{}", "");
	plans(FILES(), "{'pids':{'limit':7}}", "pids.max 7 (max)\n");
	plans(FILES(), "{'memory':{'limit':2000}}", "memory.max 2000 (1000)\n");
	plans(FILES(), "{'cpu':{'cpus':'0'}}", "cpuset.cpus 0 (\n)\n");
	plans(FILES(), "{'cpu':{'shares':1024}}", "cpu.weight 100 (100)\n");
}

static void what_belongs_together(void **state)
{
	(void)state;
	/* the quota stays. */
	plans(FILES(), "{'cpu':{'period':20000}}", "cpu.max 50000 20000 (50000 100000)\n");
	plans(FILES("cpu.max=max 100000\n"), "{'cpu':{'period':20000}}",
	      "cpu.max max 20000 (max 100000)\n");
	plans(FILES(), "{'cpu':{'quota':60000}}", "cpu.max 60000 (50000 100000)\n");
	/* swap is memory and swap together. */
	plans(FILES(), "{'memory':{'swap':1700}}",
	      "memory.max 1000 (1000)\nmemory.swap.max 700 (500)\n");
	refuses(FILES(), "{'memory':{'swap':900}}", "memory.swap: is less than memory.limit");
	refuses(FILES(), "{'cpu':{'burst':60000}}", "cpu.burst: is more than cpu.quota");
}

static void order(void **state)
{
	(void)state;
	/* */
	plans(FILES("cpu.max.burst=40000\n"), "{'cpu':{'quota':30000,'burst':20000}}",
	      "cpu.max.burst 20000 (40000)\ncpu.max 30000 (50000 100000)\n");
	plans(FILES(), "{'cpu':{'quota':90000,'burst':80000}}",
	      "cpu.max 90000 (50000 100000)\ncpu.max.burst 80000 (1000)\n");
	/* */
	plans(FILES(), "{'cpu':{'shares':2,'idle':1}}", "cpu.weight 1 (100)\ncpu.idle 1 (0)\n");
	/* The kernel forgets the weight: it has to be there to be taken back. */
	plans(FILES(), "{'cpu':{'idle':1}}", "cpu.weight 100 (100)\ncpu.idle 1 (0)\n");
	plans(FILES("cpu.idle=1\n", "cpu.weight=0\n"), "{'cpu':{'shares':2,'idle':0}}",
	      "cpu.idle 0 (1)\ncpu.weight 1 (0)\n");
	plans(FILES("cpu.idle=1\n", "cpu.weight=0\n"), "{'cpu':{'shares':2,'idle':1}}",
	      "cpu.idle 1 (1)\n");
	/* Both grow, both shrink, one of each. */
	plans(FILES(), "{'memory':{'limit':2000,'swap':2600}}",
	      "memory.max 2000 (1000)\nmemory.swap.max 600 (500)\n");
	plans(FILES(), "{'memory':{'limit':900,'swap':1000}}",
	      "memory.max 900 (1000)\nmemory.swap.max 100 (500)\n");
	plans(FILES(), "{'memory':{'limit':2000,'swap':2100}}",
	      "memory.swap.max 100 (500)\nmemory.max 2000 (1000)\n");
	plans(FILES(), "{'memory':{'limit':900,'swap':1900}}",
	      "memory.swap.max 1000 (500)\nmemory.max 900 (1000)\n");
	plans(FILES("memory.swap.max=max\n"), "{'memory':{'limit':-1,'swap':100}}",
	      "memory.swap.max 100 (max)\nmemory.max max (1000)\n");
}

static void lines_of_devices(void **state)
{
	(void)state;
	plans(FILES(), "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':5}]}}",
	      "io.max 8:0 rbps=5 (8:0 rbps=100 wbps=max riops=max wiops=max)\n");
	plans(FILES(), "{'blockIO':{'throttleWriteIOPSDevice':[{'major':8,'minor':16,'rate':5}]}}",
	      "io.max 8:16 wiops=5 (8:16 rbps=max wbps=max riops=max wiops=max)\n");
	/* without BFQ its own file. */
	plans(FILES(), "{'blockIO':{'weight':10}}", "io.weight default 1 (default 100)\n");
	plans(FILES("io.bfq.weight=default 100\n"), "{'blockIO':{'weight':10}}",
	      "io.bfq.weight 10 (default 100)\n");
	plans(FILES(), "{'hugepageLimits':[{'pageSize':'2MB','limit':2097152}]}",
	      "hugetlb.2MB.rsvd.max 2097152 (max)\nhugetlb.2MB.max 2097152 (max)\n");
	plans(FILES(), "{'unified':{'memory.max':'5','pids.max':'max'}}",
	      "memory.max 5 (1000)\npids.max max (max)\n");
}

static void missing_files(void **state)
{
	static const char *const none[] = { NULL };

	(void)state;
	refuses(none, "{'pids':{'limit':7}}",
		"update.json:1:18: pids.limit: the container's cgroup has no pids.max");
	refuses(none, "{'memory':{'limit':7}}", "memory.max");
	plans(none, "{'pids':{'limit':-1},'memory':{'limit':-1}}", "");
}

static void memory_in_use(void **state)
{
	(void)state;
	refuses(FILES(), "{'memory':{'limit':599,'checkBeforeUpdate':true}}",
		"memory.limit: 599 is less than the 600 in use");
	plans(FILES(), "{'memory':{'limit':600,'checkBeforeUpdate':true}}",
	      "memory.max 600 (1000)\n");
	plans(FILES(), "{'memory':{'limit':1}}", "memory.max 1 (1000)\n");
}

static void holds(int dir_fd, const char *name, const char *text)
{
	cleanup_free char *found = NULL;

	assert_int_equal(file_read(dir_fd, name, 100, &found, NULL), 0);
	assert_string_equal(found, text);
}

static void all_or_nothing(void **state)
{
	TEMPORARY(directory);
	struct arena *arena = arena_new();
	struct cgroup_changes changes;

	(void)state;
	fill(directory.fd, (const char *const[]){ "pids.max=1", "memory.max=2", NULL });
	/* Can be opened, but neither read nor written. */
	assert_int_equal(mkdirat(directory.fd, "cpu.idle", 0700), 0);
	assert_int_equal(cgroup_update_plan(directory.fd,
					    resources("{'memory':{'limit':8},'pids':{'limit':9}}"),
					    arena, &changes),
			 0);
	assert_int_equal(cgroup_update_apply(&changes, &(struct cgroup_target){ directory.fd }), 0);
	holds(directory.fd, "memory.max", "8");
	holds(directory.fd, "pids.max", "9");

	assert_int_equal(
		cgroup_update_plan(directory.fd,
				   resources("{'memory':{'limit':6},'unified':{'cpu.idle':'1'}}"),
				   arena, &changes),
		0);
	assert_int_equal(cgroup_update_apply(&changes, &(struct cgroup_target){ directory.fd }),
			 -1);
	assert_non_null(strstr(failure()->text, "unified[\"cpu.idle\"]"));
	holds(directory.fd, "memory.max", "8");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("R-40 update writes what is asked for, and nothing else", only_what_is_asked),
		TEST("R-10 R-18 update keeps the other half of a pair", what_belongs_together),
		TEST("R-19 R-23 update writes pairs in an order that the kernel takes", order),
		TEST("R-25 R-29 R-34 R-38 update knows what to put back", lines_of_devices),
		TEST("R-40 a limit whose file is missing is an error of update", missing_files),
		TEST("R-15 checkBeforeUpdate refuses less than what is in use", memory_in_use),
		TEST("R-40 an update that fails is taken back", all_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
