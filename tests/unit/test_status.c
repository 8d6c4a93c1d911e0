/*
 * test_status.c - the status as it is derived, kill and delete without a cgroup: init is a child of
 * the test.
 */
#include "test.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/process.h"
#include "false_container.h"
#include <signal.h>
#include <sys/wait.h>

/* A child that waits for signals, and its start time. */
static pid_t init_new(const struct false_root *r, uint64_t *ret_start)
{
	pid_t pid = fork();

	if (!pid)
		for (;;)
			pause();
	assert_true(pid > 0);
	assert_int_equal(process_start_time(r->host.proc_fd, pid, ret_start, NULL), 0);
	return pid;
}

static void init_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void record(struct container *c, pid_t pid, uint64_t start)
{
	assert_int_equal(container_new(c), 0);
	c->state = false_state(c->id, pid, start);
	assert_int_equal(state_save(c), 0);
}

static void make(const struct container *c, const char *name)
{
	assert_int_equal(mknodat(c->dir_fd, name, S_IFREG | 0600, 0), 0);
}

static void from_gate(void **state)
{
	FALSE_ROOT(r);
	CONTAINER(c, r, "x");
	uint64_t start;
	pid_t pid = init_new(&r, &start);

	(void)state;
	record(&c, pid, start);
	make(&c, "creating.sock");
	assert_int_equal(container_status(&c, NULL), STATUS_CREATING);
	assert_int_equal(renameat(c.dir_fd, "creating.sock", c.dir_fd, "start.sock"), 0);
	assert_int_equal(container_status(&c, NULL), STATUS_CREATED);
	assert_int_equal(unlinkat(c.dir_fd, "start.sock", 0), 0);
	assert_int_equal(container_status(&c, NULL), STATUS_RUNNING);
	init_end(pid);
	assert_int_equal(container_status(&c, NULL), STATUS_STOPPED);
	make(&c, "start.sock"); /* a gate without init behind it is no gate */
	assert_int_equal(container_status(&c, NULL), STATUS_STOPPED);
}

static void zombie(void **state)
{
	FALSE_ROOT(r);
	CONTAINER(c, r, "x");
	uint64_t start;
	pid_t pid = init_new(&r, &start);
	siginfo_t info;
	int pidfd = 0;

	(void)state;
	record(&c, pid, start);
	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(container_status(&c, &pidfd), STATUS_STOPPED);
	assert_int_equal(pidfd, -1);
	init_end(pid);
}

static void other_process(void **state)
{
	FALSE_ROOT(r);
	CONTAINER(c, r, "x");
	uint64_t start;
	pid_t pid = init_new(&r, &start);

	(void)state;
	record(&c, pid, start - 1); /* the pid was used again */
	assert_int_equal(container_status(&c, NULL), STATUS_STOPPED);
	assert_int_equal(container_init_pidfd(&c), -1);
	c.state.start_time = start;
	assert_int_equal(container_status(&c, NULL), STATUS_RUNNING);
	c.state.boot_id = "boot-0"; /* pid and start time can repeat after a boot */
	assert_int_equal(container_status(&c, NULL), STATUS_STOPPED);
	/* Nothing that delete --force does may reach it. */
	assert_int_equal(container_destroy(&c), 0);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	init_end(pid);
}

static void half(void **state)
{
	FALSE_ROOT(r);
	struct container creator = false_container(&r, "x");
	CONTAINER(c, r, "x");

	(void)state;
	assert_int_equal(container_new(&creator), 0);
	assert_int_equal(container_open(&c), 0);
	assert_int_equal(container_status(&c, NULL), STATUS_CREATING);
	creator.state = false_state("x", 0, 0);
	assert_int_equal(state_save(&creator), 0);
	assert_int_equal(state_load(&c), 0);
	assert_int_equal(container_status(&c, NULL), STATUS_CREATING);
	container_close(&creator);
	assert_int_equal(container_status(&c, NULL), STATUS_STOPPED);
	/* Asking left no lock behind. */
	assert_int_equal(container_lock(&c), 0);
	assert_int_equal(container_status(&c, NULL), STATUS_STOPPED);
}

static void pidfd_of_living(void **state)
{
	FALSE_ROOT(r);
	CONTAINER(c, r, "x");
	uint64_t start;
	pid_t pid = init_new(&r, &start);
	cleanup_fd int pidfd = -1;

	(void)state;
	record(&c, pid, start);
	assert_int_equal(container_status(&c, &pidfd), STATUS_RUNNING);
	assert_int_equal(process_signal(pidfd, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void kills(void **state)
{
	FALSE_ROOT(r);
	CONTAINER(c, r, "x");
	uint64_t start;
	pid_t pid = init_new(&r, &start);
	int status;

	(void)state;
	record(&c, pid, start);
	assert_int_equal(container_kill(&c, 0, 0), 0);
	assert_int_equal(container_kill(&c, SIGUSR1, 0), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WTERMSIG(status), SIGUSR1);
	assert_int_equal(container_kill(&c, SIGTERM, 0), -1);
	assert_string_equal(failure()->text, "container not running");
	/* EC 1.2: nothing is left to kill, and that is fine. */
	assert_int_equal(container_kill(&c, SIGKILL, KILL_ALL), 0);
}

static void no_kill_while_creating(void **state)
{
	FALSE_ROOT(r);
	CONTAINER(c, r, "x");
	uint64_t start;
	pid_t pid = init_new(&r, &start);

	(void)state;
	record(&c, pid, start);
	make(&c, "creating.sock");
	assert_int_equal(container_kill(&c, SIGKILL, 0), -1);
	assert_non_null(strstr(failure()->text, "container not running"));
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	init_end(pid);
}

static void delete_running(void **state)
{
	FALSE_ROOT(r);
	CONTAINER(c, r, "x");
	uint64_t start;
	pid_t pid = init_new(&r, &start);

	(void)state;
	record(&c, pid, start);
	assert_int_equal(container_delete(&c, 0), -1);
	assert_string_equal(failure()->text,
			    "cannot delete container x that is not stopped: running");
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	assert_int_equal(container_delete(&c, DELETE_FORCE), 0);
	/* It was ours, so it is reaped as well. */
	assert_int_equal(waitpid(pid, NULL, 0), -1);
	assert_int_not_equal(faccessat(r.root.fd, "x", F_OK, 0), 0);
}

static void delete_created(void **state)
{
	FALSE_ROOT(r);
	CONTAINER(c, r, "x");
	uint64_t start;
	pid_t pid = init_new(&r, &start);

	(void)state;
	record(&c, pid, start);
	make(&c, "start.sock");
	assert_int_equal(container_delete(&c, 0), 0);
	assert_int_equal(waitpid(pid, NULL, 0), -1);
	assert_int_not_equal(faccessat(r.root.fd, "x", F_OK, 0), 0);
}

static void delete_half(void **state)
{
	FALSE_ROOT(r);
	CONTAINER(c, r, "x");

	(void)state;
	assert_int_equal(mkdirat(r.root.fd, "x", 0700), 0);
	assert_int_equal(container_open(&c), 0);
	assert_int_equal(container_delete(&c, DELETE_FORCE), 0);
	assert_int_not_equal(faccessat(r.root.fd, "x", F_OK, 0), 0);
}

/*
 * The creator holds the lock and waits for its init; by force init dies, the creator gives up,
 * delete goes on.
 */
static void force_while_creating(void **state)
{
	FALSE_ROOT(r);
	CONTAINER(c, r, "x");
	uint64_t start;
	int ready[2], status;
	char byte;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid_t creator = fork();
	if (!creator) {
		struct container mine = false_container(&r, "x");
		pid_t pid = fork();

		if (!pid)
			for (;;)
				pause();
		process_start_time(r.host.proc_fd, pid, &start, NULL);
		record(&mine, pid, start);
		make(&mine, "creating.sock");
		if (write(ready[1], "r", 1) != 1)
			_exit(1);
		waitpid(pid, &status, 0);
		_exit(container_forget(&mine) == 0 ? 7 : 1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(container_open(&c), 0);
	assert_int_equal(container_delete(&c, DELETE_FORCE), -1);
	assert_true(c.missing);
	assert_int_equal(waitpid(creator, &status, 0), creator);
	assert_int_equal(WEXITSTATUS(status), 7);
	close(ready[0]);
	close(ready[1]);
}

/* In another process, so that the one that waits sees init end while it does. */
static void kill_later(pid_t pid)
{
	if (fork())
		return;
	usleep(100000);
	kill(pid, SIGKILL);
	_exit(0);
}

static void waits_for_end(void **state)
{
	FALSE_ROOT(r);
	CONTAINER(c, r, "x");
	uint64_t start;
	pid_t pid = init_new(&r, &start);

	(void)state;
	record(&c, pid, start);
	/* Ignored by nobody, but it does not end the process: */
	assert_int_equal(container_kill_and_wait(&c, SIGWINCH, 0, 1), -1);
	assert_non_null(strstr(failure()->text, "timed out waiting for the container process"));
	assert_int_equal(container_status(&c, NULL), STATUS_RUNNING);
	kill_later(pid);
	assert_int_equal(container_wait_end(&c, 5), 0);
	assert_int_equal(container_status(&c, NULL), STATUS_STOPPED);
	assert_int_equal(container_wait_end(&c, 1), 0);
	assert_int_equal(container_kill_and_wait(&c, SIGKILL, 0, 1), -1);
	assert_string_equal(failure()->text, "container not running");
	init_end(pid);
	wait(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("ST-03 creating, created and running come from the gate's file", from_gate),
		TEST("EC-31 a zombie init is stopped", zombie),
		TEST("LC-14 another process with the pid is not init, and is not touched",
		     other_process),
		TEST("LC-24 without init it is creating while the creator lives, then stopped",
		     half),
		TEST("status hands out a pidfd of the living init", pidfd_of_living),
		TEST("LC-19 kill reaches init; a stopped container is not running", kills),
		TEST("kill --wait ends with init, or with its deadline", waits_for_end),
		TEST("LC-19 kill has no effect while a container is being created",
		     no_kill_while_creating),
		TEST("LC-15 delete refuses a running container, by force it goes", delete_running),
		TEST("LC-15 delete kills a created container, as every peer does", delete_created),
		TEST("LC-24 delete works on a directory without a record", delete_half),
		TEST("LC-23 delete by force ends a create that is under way", force_while_creating),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
