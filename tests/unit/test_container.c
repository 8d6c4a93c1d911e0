/* test_container.c - ids, the state root, directories and their lock. */
#include "test.h"
#include "base/fail.h"
#include "base/fd.h"
#include "false_container.h"
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

static void good_ids(void **state)
{
	static const char *const ids[] = { "a", "+ok", "a.b", ".x", "-x", "A_0-9.z", "..." };
	char longest[256] = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(ids); i++)
		assert_int_equal(container_check_id(ids[i]), 0);
	memset(longest, 'a', 255);
	assert_int_equal(container_check_id(longest), 0);
}

static void bad_ids(void **state)
{
	static const char *const ids[] = { "",	  ".",	      "..",  "a/b", "/", "a b",
					   "a\n", "\xc3\xa4", "a:b", "a@",  "*" };
	char long_id[1026] = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(ids); i++) {
		assert_int_equal(container_check_id(ids[i]), -1);
		assert_non_null(strstr(failure()->text, "invalid container ID format"));
	}
	memset(long_id, 'a', 1025);
	assert_int_equal(container_check_id(long_id), -1);
	long_id[256] = 0;
	assert_int_equal(container_check_id(long_id), -1);
}

static void default_roots(void **state)
{
	static const struct {
		struct host host;
		const char *path;
	} rows[] = {
		{ { .euid = 0 }, "/run/ring3" },
		{ { .euid = 0, .runtime_dir = "/run/user/0" }, "/run/ring3" },
		{ { .euid = 0, .in_user_namespace = true, .runtime_dir = "/run/user/5" },
		  "/run/user/5/ring3" },
		{ { .euid = 0, .in_user_namespace = true }, "/run/ring3" },
		{ { .euid = 1000, .runtime_dir = "/r" }, "/r/ring3" },
		{ { .euid = 1000 }, "/run/user/1000/ring3" },
		/* --rootless is no part of it: later commands may come without. */
		{ { .euid = 0, .rootless = true, .runtime_dir = "/r" }, "/run/ring3" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(state_root_default(&rows[i].host), rows[i].path);
}

static void root_is_made(void **state)
{
	TEMPORARY(t);
	const struct host host = { .euid = geteuid() };
	struct state_root root;
	char path[128];
	struct stat st;

	(void)state;
	snprintf(path, sizeof path, "%s/a/b", t.path);
	assert_int_equal(state_root_open(&root, path, &host, false), 0);
	assert_int_equal(root.fd, -1);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(state_root_open(&root, path, &host, true), 0);
	assert_int_equal(fstat(root.fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	close(root.fd);
}

static void root_of_others(void **state)
{
	TEMPORARY(t);
	struct host host = { .euid = geteuid() };
	struct state_root root;

	(void)state;
	assert_int_equal(chmod(t.path, 0777), 0);
	assert_int_equal(state_root_open(&root, t.path, &host, true), -1);
	assert_non_null(strstr(failure()->text, "may be written by others (mode 0777)"));
	assert_int_equal(chmod(t.path, 0755), 0);
	assert_int_equal(state_root_open(&root, t.path, &host, true), 0);
	close(root.fd);
	host.euid++;
	assert_int_equal(state_root_open(&root, t.path, &host, false), -1);
	assert_non_null(strstr(failure()->text, "belongs to user"));
	assert_int_equal(root.fd, -1);
}

static void unknown(void **state)
{
	FALSE_ROOT(r);
	CONTAINER(c, r, "none");

	(void)state;
	assert_int_equal(container_open(&c), -1);
	assert_true(c.missing);
	assert_string_equal(failure()->text, "container \"none\" does not exist");
	/* A link is no container, wherever it points. */
	assert_int_equal(symlinkat("/tmp", r.root.fd, "none"), 0);
	assert_int_equal(container_open(&c), -1);
	assert_true(c.missing);
	unlinkat(r.root.fd, "none", 0);
}

static void id_in_use(void **state)
{
	FALSE_ROOT(r);
	CONTAINER(c, r, "x");
	CONTAINER(again, r, "x");
	CONTAINER(found, r, "x");
	struct stat st;

	(void)state;
	assert_int_equal(container_new(&c), 0);
	assert_true(c.locked);
	assert_int_equal(fstatat(r.root.fd, "x", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(container_new(&again), -1);
	assert_non_null(strstr(failure()->text, "container with given ID already exists"));
	assert_int_equal(container_open(&found), 0);
	assert_false(found.has_state);
}

static bool is_locked(const struct false_root *r, const char *id)
{
	cleanup_fd int fd = openat(r->root.fd, id, O_RDONLY | O_DIRECTORY);

	return flock(fd, LOCK_EX | LOCK_NB) < 0;
}

static void lock_ends(void **state)
{
	FALSE_ROOT(r);
	struct container c = false_container(&r, "x");
	CONTAINER(other, r, "x");

	(void)state;
	assert_int_equal(container_new(&c), 0);
	assert_true(is_locked(&r, "x"));
	/* A copy of the descriptor, as in a cloned init, does not keep it. */
	cleanup_fd int copy = dup(c.dir_fd);
	assert_true(copy >= 0);
	container_unlock(&c);
	assert_false(is_locked(&r, "x"));
	container_close(&c);
	assert_int_equal(container_open_locked(&other), 0);
	assert_true(is_locked(&r, "x"));
	assert_int_equal(container_lock(&other), 0);
}

/*
 * The holder ends while another waits: the waiter gets the lock, and sees that the container went
 * meanwhile.
 */
static void waits_for_lock(void **state)
{
	FALSE_ROOT(r);
	CONTAINER(c, r, "x");
	CONTAINER(waiter, r, "x");

	(void)state;
	assert_int_equal(container_new(&c), 0);
	assert_int_equal(container_open(&waiter), 0);
	pid_t child = fork();
	if (!child) {
		container_lock(&waiter);
		_exit(waiter.missing ? 7 : 1);
	}
	usleep(50000);
	assert_int_equal(waitpid(child, NULL, WNOHANG), 0);
	assert_int_equal(container_forget(&c), 0);
	container_unlock(&c);
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WEXITSTATUS(status), 7);
}

static void forgets(void **state)
{
	FALSE_ROOT(r);
	CONTAINER(c, r, "x");
	CONTAINER(again, r, "x");

	(void)state;
	assert_int_equal(container_new(&c), 0);
	c.state = false_state("x", 0, 0);
	assert_int_equal(state_save(&c), 0);
	assert_int_equal(mknodat(c.dir_fd, ".state.json.5.tmp", S_IFREG | 0600, 0), 0);
	assert_int_equal(mknodat(c.dir_fd, "start.sock", S_IFIFO | 0600, 0), 0);
	assert_int_equal(container_forget(&c), 0);
	assert_int_not_equal(faccessat(r.root.fd, "x", F_OK, 0), 0);
	container_unlock(&c);
	assert_int_equal(container_new(&again), 0);
	assert_int_equal(container_forget(&again), 0);
}

static int note(struct container *c, void *arg)
{
	strcat(arg, c->id);
	strcat(arg, " ");
	return 0;
}

static void each_in_order(void **state)
{
	static const char *const ids[] = { "c", "a", "b-1", "e", "d" };
	FALSE_ROOT(r);
	char seen[64] = "";

	(void)state;
	assert_int_equal(container_each(&r.root, &r.host, note, seen), 0);
	assert_string_equal(seen, "");
	for (size_t i = 0; i < COUNT(ids); i++)
		assert_int_equal(mkdirat(r.root.fd, ids[i], 0700), 0);
	/* What is no container is passed over. */
	assert_int_equal(mknodat(r.root.fd, "file", S_IFREG | 0600, 0), 0);
	assert_int_equal(mkdirat(r.root.fd, "not an id", 0700), 0);
	assert_int_equal(container_each(&r.root, &r.host, note, seen), 0);
	assert_string_equal(seen, "a b-1 c d e ");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("T8 ids by runc's rule", good_ids),
		TEST("LC-03 invalid ids are refused", bad_ids),
		TEST("EC-33 the default state root: euid, user namespace, XDG_RUNTIME_DIR",
		     default_roots),
		TEST("T13 a missing state root is made private, and only for create", root_is_made),
		TEST("T13 a state root that others own or may write is refused", root_of_others),
		TEST("LC-18 an unknown id does not exist", unknown),
		TEST("LC-02 an id in use is refused", id_in_use),
		TEST("the lock ends with unlock, though a copy of the descriptor is left",
		     lock_ends),
		TEST("LC-23 a waiter gets the lock and sees that the container was deleted",
		     waits_for_lock),
		TEST("LC-20 forget removes whatever lies in the directory, and the id is free",
		     forgets),
		TEST("containers come in the order of their names", each_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
