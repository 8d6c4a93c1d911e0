/* test_gc.c - what gc takes for left over, and what it leaves alone.  No process, no cgroup. */
#include "test.h"
#include "base/fail.h"
#include "base/process.h"
#include "base/text.h"
#include "false_container.h"
#include <sys/file.h>

/* A container's directory with this record (pid -1: none), unlocked, as another process left it. */
static void leave(const struct false_root *r, const char *id, int64_t pid, const char *file)
{
	CONTAINER(c, *r, id);

	assert_int_equal(container_new(&c), 0);
	if (pid >= 0) {
		c.state = false_state(id, pid, 1);
		assert_int_equal(state_save(&c), 0);
	}
	if (file)
		assert_int_equal(mknodat(c.dir_fd, file, S_IFREG | 0600, 0), 0);
}

static void found(const char *id, const char *why, void *list)
{
	(void)why;
	text_addf(list, "%s ", id);
}

static const char *collected(const struct false_root *r, bool dry_run)
{
	static char list[128];
	cleanup_text struct text text = { 0 };

	assert_int_equal(container_gc(&r->root, &r->host, dry_run, found, &text), 0);
	snprintf(list, sizeof list, "%s", text.data ? text.data : "");
	return list;
}

static bool exists(const struct false_root *r, const char *path)
{
	return faccessat(r->root.fd, path, F_OK, 0) == 0;
}

static void half_states(void **state)
{
	FALSE_ROOT(r);

	(void)state;
	leave(&r, "bare", -1, NULL);
	leave(&r, "frozen", -1, "config.json");
	leave(&r, "recorded", 0, NULL);
	leave(&r, "unready", 4194305, "creating.sock"); /* a pid above the kernel's limit */
	assert_string_equal(collected(&r, true), "bare frozen recorded unready ");
	assert_true(exists(&r, "bare") && exists(&r, "unready/creating.sock"));
	assert_string_equal(collected(&r, false), "bare frozen recorded unready ");
	assert_string_equal(collected(&r, false), "");
	assert_false(exists(&r, "bare") || exists(&r, "frozen") || exists(&r, "recorded") ||
		     exists(&r, "unready"));
}

static void containers_stay(void **state)
{
	FALSE_ROOT(r);

	(void)state;
	leave(&r, "stopped", 4194305, NULL);
	leave(&r, "killed-before-start", 4194305, "start.sock");
	leave(&r, "damaged", -1, "state.json");
	assert_string_equal(collected(&r, true), "");
	assert_string_equal(collected(&r, false), "");
	assert_true(exists(&r, "stopped/state.json"));
	assert_true(exists(&r, "killed-before-start/state.json"));
	assert_true(exists(&r, "damaged/state.json"));
}

static void creator_lives(void **state)
{
	FALSE_ROOT(r);
	CONTAINER(c, r, "x");

	(void)state;
	assert_int_equal(container_new(&c), 0);
	assert_string_equal(collected(&r, false), "");
	assert_true(exists(&r, "x"));
	container_unlock(&c);
	assert_string_equal(collected(&r, false), "x ");
	assert_false(exists(&r, "x"));
}

static void temporary_files(void **state)
{
	FALSE_ROOT(r);

	(void)state;
	leave(&r, "x", 4194305, ".state.json.77.tmp");
	assert_string_equal(collected(&r, true), "x ");
	assert_true(exists(&r, "x/.state.json.77.tmp"));
	assert_string_equal(collected(&r, false), "x ");
	assert_false(exists(&r, "x/.state.json.77.tmp"));
	assert_true(exists(&r, "x/state.json"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("LC-24 gc removes every kind of half container", half_states),
		TEST("gc leaves stopped containers and damaged records alone", containers_stay),
		TEST("gc leaves alone what another command works on", creator_lives),
		TEST("gc removes temporary files, and the container stays", temporary_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
