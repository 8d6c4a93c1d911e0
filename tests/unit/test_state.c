/* test_state.c - the private record, and the OCI document made of it. */
#include "test.h"
#include "base/fail.h"
#include "base/file.h"
#include "false_container.h"

static void round_trip(void **state)
{
	FALSE_ROOT(r);
	CONTAINER(c, r, "x");
	CONTAINER(read, r, "x");
	struct json_pair pairs[] = { { "a.b", "1" }, { "k", "" } };

	(void)state;
	assert_int_equal(container_new(&c), 0);
	c.state = false_state("x", 4711, UINT64_MAX);
	c.state.cgroup_manager = CGROUP_SYSTEMD;
	c.state.cgroup_mount = "/sys/fs/cgroup";
	c.state.cgroup_path = "/a/\"b\"";
	c.state.cgroup_made = "/a";
	c.state.owns_pid_namespace = c.state.no_pivot = c.state.has_process = c.state.has_poststop =
		true;
	c.state.annotations.items = pairs;
	c.state.annotations.count = 2;
	assert_int_equal(state_save(&c), 0);

	assert_int_equal(container_open(&read), 0);
	assert_true(read.has_state);
	const struct state *s = &read.state;
	assert_int_equal(s->format, STATE_FORMAT);
	assert_string_equal(s->id, "x");
	assert_string_equal(s->bundle, "/b");
	assert_string_equal(s->rootfs, "/b/rootfs");
	assert_string_equal(s->created, "2026-08-22T10:00:00.123456789Z");
	assert_string_equal(s->boot_id, "boot-1");
	assert_int_equal(s->pid, 4711);
	assert_true(s->start_time == UINT64_MAX);
	assert_int_equal(s->cgroup_manager, CGROUP_SYSTEMD);
	assert_string_equal(s->cgroup_mount, "/sys/fs/cgroup");
	assert_string_equal(s->cgroup_path, "/a/\"b\"");
	assert_string_equal(s->cgroup_made, "/a");
	assert_true(s->owns_pid_namespace && s->no_pivot && s->has_process && s->has_poststop);
	assert_false(s->has_poststart);
	assert_int_equal(s->annotations.count, 2);
	assert_string_equal(s->annotations.items[1].name, "k");
	assert_string_equal(s->annotations.items[1].value, "");
}

static void absent_stays_absent(void **state)
{
	FALSE_ROOT(r);
	CONTAINER(c, r, "x");
	CONTAINER(read, r, "x");

	(void)state;
	assert_int_equal(container_new(&c), 0);
	c.state = false_state("x", 0, 0);
	assert_int_equal(state_save(&c), 0);
	assert_int_equal(container_open(&read), 0);
	assert_true(read.has_state);
	assert_int_equal(read.state.pid, 0);
	assert_null(read.state.cgroup_path);
	assert_null(read.state.cgroup_mount);
	assert_int_equal(read.state.annotations.count, 0);
}

static void private_file(void **state)
{
	FALSE_ROOT(r);
	CONTAINER(c, r, "x");
	struct stat before, after;
	char first[16];

	(void)state;
	umask(0);
	assert_int_equal(container_new(&c), 0);
	c.state = false_state("x", 0, 0);
	assert_int_equal(state_save(&c), 0);
	assert_int_equal(fstatat(c.dir_fd, "state.json", &before, 0), 0);
	assert_int_equal(before.st_mode & 07777, 0600);
	assert_int_equal(state_save(&c), 0);
	assert_int_equal(fstatat(c.dir_fd, "state.json", &after, 0), 0);
	assert_true(before.st_ino != after.st_ino); /* replaced, never rewritten */
	assert_int_equal(file_read_line(c.dir_fd, "state.json", first, 11), 10);
	assert_string_equal(first, "{\"format\":");
}

static void half(void **state)
{
	static const char *const texts[] = {
		"", "{", "[]", "{\"format\":1}", "{\"format\":1,\"id\":5}", "\0"
	};
	FALSE_ROOT(r);
	CONTAINER(c, r, "x");
	CONTAINER(read, r, "x");

	(void)state;
	assert_int_equal(container_new(&c), 0);
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_int_equal(
			file_replace(c.dir_fd, "state.json", texts[i], strlen(texts[i]), 0600), 0);
		assert_int_equal(container_open(&read), 0);
		assert_false(read.has_state);
		assert_string_equal(read.state.id, "x");
	}
}

static void newer(void **state)
{
	FALSE_ROOT(r);
	CONTAINER(c, r, "x");
	CONTAINER(read, r, "x");
	static const char text[] = "{\"format\":2,\"everything\":\"else\"}";

	(void)state;
	assert_int_equal(container_new(&c), 0);
	assert_int_equal(file_create(c.dir_fd, "state.json", text, strlen(text), 0600), 0);
	assert_int_equal(container_open(&read), -1);
	assert_false(read.missing);
	assert_non_null(strstr(failure()->text, "made by a newer ring3 (record format 2"));
}

static void document(void **state)
{
	FALSE_ROOT(r);
	CONTAINER(c, r, "x");
	struct spec_state s;

	(void)state;
	c.state = false_state("x", 4711, 1);
	container_state(&c, STATUS_RUNNING, &s);
	assert_string_equal(s.id, "x");
	assert_string_equal(s.status, "running");
	assert_int_equal(s.pid, 4711);
	assert_string_equal(s.bundle, "/b");
	assert_string_equal(s.rootfs, "/b/rootfs");
	assert_string_equal(s.created, "2026-08-22T10:00:00.123456789Z");
	container_state(&c, STATUS_STOPPED, &s);
	assert_string_equal(s.status, "stopped");
	assert_int_equal(s.pid, 0);
	c.state = (struct state){ .id = "x" }; /* a half container */
	container_state(&c, STATUS_STOPPED, &s);
	assert_string_equal(s.bundle, "");
}

static void owner(void **state)
{
	FALSE_ROOT(r);
	CONTAINER(c, r, "x");

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(container_new(&c), 0);
	assert_string_equal(container_owner(&c), "root");
	assert_int_equal(fchown(c.dir_fd, 2147483000, 0), 0);
	assert_string_equal(container_owner(&c), "#2147483000");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("EC-30 what create stored is read back", round_trip),
		TEST("absent members stay absent", absent_stays_absent),
		TEST("T13 the record is private and replaced as a whole, format first",
		     private_file),
		TEST("LC-24 a half record is a half container, no failure", half),
		TEST("a record of a newer format is refused", newer),
		TEST("ST-04 the OCI state has pid 0 when stopped", document),
		TEST("ST-07 the owner's name, or #UID", owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
