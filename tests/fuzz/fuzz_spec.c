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
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);

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
__attribute__((noinline)) static void planted_bug(const struct spec *spec)
{
	char planted[8] = "";

	if (spec->hostname)
		strcpy(planted, spec->hostname);
	__asm__ volatile("" : : "r"(planted) : "memory"); /* or the compiler leaves it out */
}
#endif

static bool is_member_name(const uint8_t *behind, const uint8_t *end)
{
	while (behind < end && strchr(" \t\r\n", *behind))
		behind++;
	return behind < end && *behind == ':';
}

/* Value number `wanted` of those that are strings: where what stands between its quotes begins, and
 * its length.  Returns how many there are. */
static size_t find_string(const uint8_t *data, size_t size, size_t wanted, size_t *ret_at,
			  size_t *ret_length)
{
	size_t count = 0, start = 0;
	bool inside = false;

	for (size_t i = 0; i < size; i++) {
		if (inside && data[i] == '\\') {
			i++;
		} else if (data[i] == '"') {
			if (inside && !is_member_name(data + i + 1, data + size) &&
			    count++ == wanted) {
				*ret_at = start;
				*ret_length = i - start;
			}
			inside = !inside;
			start = i + 1;
		}
	}
	return count;
}

/* What may stand in a string as it is: the text remains JSON. */
static size_t keep_plain(uint8_t *text, size_t size)
{
	size_t kept = 0;

	for (size_t i = 0; i < size; i++)
		if (text[i] >= ' ' && text[i] < 0x7f && text[i] != '"' && text[i] != '\\')
			text[kept++] = text[i];
	return kept;
}

/*
 * Bytes changed anywhere nearly always give a text that is no JSON, and the rules behind the parser
 * would hardly be reached: three times out of four one value is changed and nothing else.
 */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
	size_t at, length, count = find_string(data, size, SIZE_MAX, &at, &length);
	uint8_t text[512];

	if (seed % 4 == 0 || !count)
		return LLVMFuzzerMutate(data, size, room);
	find_string(data, size, seed / 4 % count, &at, &length);
	if (length > sizeof text)
		return LLVMFuzzerMutate(data, size, room);
	memcpy(text, data + at, length);
	size_t now = keep_plain(text, LLVMFuzzerMutate(text, length, sizeof text));
	if (size - length + now > room)
		return LLVMFuzzerMutate(data, size, room);
	memmove(data + at + now, data + at + length, size - at - length);
	memcpy(data + at, text, now);
	return size - length + now;
}

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
