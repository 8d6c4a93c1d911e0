/*
 * fuzz_spec.c - any text as config.json: it is refused with a reason, or it becomes a spec that can
 * be planned for two false hosts and printed.  Seeds: seeds/fuzz_spec/, and tests/unit/full.json.
 *
 * -DPLANTED_BUG puts in an overflow that only an accepted document reaches; a fuzzer that does not
 * find it within seconds tests nothing.
 */
#include "plan/plan.h"
#include "spec/load.h"
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct host real_root = {
	.caps = 0x1ffffffffff,
	.cap_last = 40,
	.cgroup_mount = "/sys/fs/cgroup",
	.cgroup_own = "/user.slice",
	.cgroup_controllers = "cpuset cpu io memory hugetlb pids rdma misc",
	.proc_fd = -1,
};
static const struct host ordinary_user = {
	.euid = 1000,
	.egid = 1000,
	.rootless = true,
	.cap_last = 40,
	.runtime_dir = "/run/user/1000",
	.user = "user",
	.cgroup_mount = "/sys/fs/cgroup",
	.cgroup_own = "/user.slice",
	.cgroup_controllers = "memory pids",
	.proc_fd = -1,
};

static void must_say_why(void)
{
	if (!*failure()->text)
		abort();
}

static void plan_for(const struct spec *spec, const struct host *host)
{
	static const struct plan_request request = { .id = "fuzz" };
	cleanup_arena struct arena *arena = arena_new();
	cleanup_text struct text printed = { 0 };
	struct plan plan = { 0 };

	if (plan_make(spec, host, &request, arena, &plan) < 0)
		must_say_why();
	else
		plan_print(&plan, &printed);
}

#ifdef PLANTED_BUG
static void planted_bug(const struct spec *spec)
{
	char name[8] = "";

	if (spec->hostname)
		strcpy(name, spec->hostname);
	__asm__ volatile("" : : "r"(name) : "memory"); /* or the compiler leaves it out */
}
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct spec *spec = spec_parse("config.json", (const char *)data, size, "/bundle");

	if (!spec) {
		must_say_why();
		return 0;
	}
#ifdef PLANTED_BUG
	planted_bug(spec);
#endif
	plan_for(spec, &real_root);
	plan_for(spec, &ordinary_user);
	spec_free(spec);
	return 0;
}
