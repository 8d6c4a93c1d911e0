/* test_sync.c - the protocol between init and its parent, also when the other side misbehaves. */
#include "test.h"
#include "base/fail.h"
#include "base/fd.h"
#include "stage/sync.h"
#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct counts {
	unsigned maps, idmaps;
	uint32_t value;
	int result;
};

static int count_maps(void *parent, int fd, uint32_t value, int *ret_fd)
{
	struct counts *c = parent;

	(void)fd, (void)value, (void)ret_fd;
	c->maps++;
	return c->result < 0 ? fail(EPERM, "write the maps") : 0;
}

static int count_idmaps(void *parent, int fd, uint32_t value, int *ret_fd)
{
	struct counts *c = parent;

	(void)ret_fd;
	c->idmaps += fd >= 0;
	c->value = value;
	return 0;
}

static int give_fd(void *parent, int fd, uint32_t value, int *ret_fd)
{
	(void)parent, (void)fd, (void)value;
	*ret_fd = STDIN_FILENO;
	return 0;
}

static int ready(void *parent, int fd, uint32_t value, int *ret_fd)
{
	(void)parent, (void)fd, (void)value, (void)ret_fd;
	return 0;
}

static const struct sync_service services[SYNC_REQUESTS] = {
	[SYNC_MAP_IDS] = { count_maps, .once = true },
	[SYNC_IDMAP] = { count_idmaps },
	[SYNC_FILTER] = { give_fd, .once = true },
	[SYNC_READY] = { ready, .once = true },
};

/* Only as long as the test's child needs to fail and end. */
static int answer_late(void *parent, int fd, uint32_t value, int *ret_fd)
{
	(void)parent, (void)fd, (void)value, (void)ret_fd;
	usleep(100000);
	return 0;
}

static int answer_by_other_pipe(void *parent, int fd, uint32_t value, int *ret_fd)
{
	(void)parent, (void)fd, (void)value, (void)ret_fd;
	return fail(EPIPE, "send the terminal");
}

/* Runs child in a process of its own and serves it; returns what sync_serve returned. */
static int serve(int (*child)(struct sync *s), struct counts *counts, int *ret_child)
{
	struct sync parent, own;
	int status;

	assert_int_equal(sync_pair(&parent, &own), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(parent.fd);
		_exit(child(&own) < 0 ? 1 : 0);
	}
	close(own.fd);
	int result = sync_serve(&parent, services, counts, 5);
	close(parent.fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	*ret_child = WEXITSTATUS(status);
	return result;
}

static int well_behaved(struct sync *s)
{
	int fd = -1;

	if (sync_ask(s, SYNC_MAP_IDS, 0, -1, NULL) < 0 ||
	    sync_ask(s, SYNC_IDMAP, 7, STDERR_FILENO, NULL) < 0 ||
	    sync_ask(s, SYNC_IDMAP, 9, STDERR_FILENO, NULL) < 0 ||
	    sync_ask(s, SYNC_FILTER, 0, -1, &fd) < 0 || fd < 0)
		return -1;
	return sync_ask(s, SYNC_READY, 0, -1, NULL);
}

static void answers_until_ready(void **state)
{
	struct counts c = { 0 };
	int child;

	(void)state;
	assert_int_equal(serve(well_behaved, &c, &child), 0);
	assert_int_equal(child, 0);
	assert_int_equal(c.maps, 1);
	assert_int_equal(c.idmaps, 2);
	assert_int_equal(c.value, 9);
}

static int asks_twice(struct sync *s)
{
	if (sync_ask(s, SYNC_MAP_IDS, 0, -1, NULL) < 0)
		return -1;
	return sync_ask(s, SYNC_MAP_IDS, 0, -1, NULL);
}

static void once_is_once(void **state)
{
	struct counts c = { 0 };
	int child;

	(void)state;
	assert_int_equal(serve(asks_twice, &c, &child), -1);
	assert_int_equal(failure()->code, EPROTO);
	assert_int_equal(c.maps, 1);
	assert_int_equal(child, 1);
}

static int asks_for_what_is_not_served(struct sync *s)
{
	return sync_ask(s, SYNC_CONSOLE, 0, -1, NULL);
}

static void unserved_is_an_error(void **state)
{
	struct counts c = { 0 };
	int child;

	(void)state;
	assert_int_equal(serve(asks_for_what_is_not_served, &c, &child), -1);
	assert_int_equal(failure()->code, EPROTO);
}

static int fails(struct sync *s)
{
	fail(ENOENT, "mounts: /srv/x");
	sync_tell_failure(s);
	return -1;
}

static void failure_travels(void **state)
{
	struct counts c = { 0 };
	int child;

	(void)state;
	assert_int_equal(serve(fails, &c, &child), -1);
	assert_int_equal(failure()->code, ENOENT);
	assert_string_equal(failure()->text, "mounts: /srv/x: no such file or directory");
}

static int says_nothing(struct sync *s)
{
	(void)s;
	return 0;
}

static void death_is_end_of_file(void **state)
{
	struct counts c = { 0 };
	int child;

	(void)state;
	assert_int_equal(serve(says_nothing, &c, &child), -1);
	assert_int_equal(failure()->code, EPIPE);
}

static int sends_a_short_message(struct sync *s)
{
	return send(s->fd, "x", 1, 0) == 1 ? 0 : -1;
}

static void short_message_is_an_error(void **state)
{
	struct counts c = { 0 };
	int child;

	(void)state;
	assert_int_equal(serve(sends_a_short_message, &c, &child), -1);
	assert_int_equal(failure()->code, EPROTO);
}

static int hangs(struct sync *s)
{
	char byte;

	return read(s->fd, &byte, 1) < 0 ? -1 : 0; /* until the parent gives up */
}

static void silence_has_a_deadline(void **state)
{
	struct sync parent, own;
	struct counts c = { 0 };

	(void)state;
	assert_int_equal(sync_pair(&parent, &own), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(parent.fd);
		_exit(hangs(&own) < 0);
	}
	close(own.fd);
	assert_int_equal(sync_serve(&parent, services, &c, 1), -1);
	assert_int_equal(failure()->code, ETIMEDOUT);
	assert_non_null(strstr(failure()->text, "the container process"));
	close(parent.fd);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* What the parent does with one request that the child does not wait for. */
static int serve_unawaited(int (*answer)(void *parent, int fd, uint32_t value, int *ret_fd))
{
	const struct sync_service one[SYNC_REQUESTS] = { [SYNC_LIMITS] = { answer } };
	struct sync parent, own;
	int status;

	assert_int_equal(sync_pair(&parent, &own), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(parent.fd);
		if (sync_request(&own, SYNC_LIMITS, 0, -1) == 0) {
			fail(ENOENT, "a later step");
			sync_tell_failure(&own);
		}
		_exit(1);
	}
	close(own.fd);
	int result = sync_serve(&parent, one, NULL, 5);
	close(parent.fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return result;
}

static void a_failure_beside_an_answer(void **state)
{
	(void)state;
	assert_int_equal(serve_unawaited(answer_late), -1);
	assert_int_equal(failure()->code, ENOENT);
	assert_string_equal(failure()->text, "a later step: no such file or directory");
}

static void a_failure_behind_an_unread_answer(void **state)
{
	struct sync parent, own;

	(void)state;
	assert_int_equal(sync_pair(&parent, &own), 0);
	assert_int_equal(sync_hand_over(&parent, -1), 0); /* DONE, which nobody reads */
	fail(ENOENT, "a later step");
	sync_tell_failure(&own);
	close(own.fd);
	fail(0, "something else");
	assert_int_equal(sync_serve(&parent, services, NULL, 5), -1);
	assert_int_equal(failure()->code, ENOENT);
	assert_string_equal(failure()->text, "a later step: no such file or directory");
	close(parent.fd);
}

static void another_pipe_is_not_the_child(void **state)
{
	(void)state;
	assert_int_equal(serve_unawaited(answer_by_other_pipe), -1);
	assert_int_equal(failure()->code, 0);
	assert_string_equal(failure()->text, "send the terminal: broken pipe");
}

static void a_failing_answer_ends_it(void **state)
{
	struct counts c = { .result = -1 };
	int child;

	(void)state;
	assert_int_equal(serve(asks_twice, &c, &child), -1);
	assert_string_equal(failure()->text, "write the maps: operation not permitted");
	assert_int_equal(child, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("the parent answers until the child is ready", answers_until_ready),
		TEST("a request that is allowed once is refused the second time", once_is_once),
		TEST("a request nobody serves is an error", unserved_is_an_error),
		TEST("a failure of the child arrives with text and code", failure_travels),
		TEST("the death of the child is seen", death_is_end_of_file),
		TEST("T9 a short message is an error", short_message_is_an_error),
		TEST("a silent child meets the deadline, and the message says who was waited for",
		     silence_has_a_deadline),
		TEST("a failing answer ends the conversation", a_failing_answer_ends_it),
		TEST("a failure beside a request that is being answered is not lost",
		     a_failure_beside_an_answer),
		TEST("what it told is read, though it left an answer unread",
		     a_failure_behind_an_unread_answer),
		TEST("a broken pipe of the answer is not taken for the child's death",
		     another_pipe_is_not_the_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
