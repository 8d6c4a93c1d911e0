/* test_gate.c - the start gate from both sides: go, failure, death, a probe that says nothing, a
 * second start. */
#include "test.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/wait.h"
#include "sandbox/namespaces.h"
#include "stage/gate.h"
#include "stage/listener.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct listener_target no_listener;
static int state_dir;
static char state_path[] = "/tmp/ring3-gate-XXXXXX";

static int setup(void **state)
{
	(void)state;
	strcpy(strrchr(state_path, '-') + 1, "XXXXXX");
	if (!mkdtemp(state_path))
		return -1;
	state_dir = open(state_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return state_dir < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	unlinkat(state_dir, "creating.sock", 0);
	unlinkat(state_dir, "start.sock", 0);
	close(state_dir);
	return rmdir(state_path);
}

/* A process that waits at the gate and then does what; its pid and pidfd. */
static pid_t init_process(void (*what)(struct gate_page *page), int *ret_pidfd)
{
	int gate = gate_bind(state_dir, "creating.sock");

	assert_true(gate >= 0);
	assert_int_equal(gate_open(state_dir, "creating.sock", "start.sock"), 0);
	pid_t pid = process_clone(0, -1, SIGCHLD, ret_pidfd);
	assert_true(pid >= 0);
	if (pid == 0) {
		struct gate_page *page;

		if (gate_end_by_signals() < 0 || gate_wait(gate, &page) < 0)
			_exit(99);
		what(page);
		_exit(0);
	}
	close(gate);
	return pid;
}

static void executes(struct gate_page *page)
{
	page->phase = GATE_EXECUTING;
	execl("/bin/true", "true", (char *)NULL);
	_exit(98);
}

static void cannot_execute(struct gate_page *page)
{
	page->phase = GATE_EXECUTING;
	strcpy(page->text, "exec: \"/x\": permission denied");
	page->error = EACCES;
	page->phase = GATE_FAILED;
}

static void dies_in_hooks(struct gate_page *page)
{
	page->phase = GATE_RUNNING_HOOKS;
	_exit(137);
}

static void lingers(struct gate_page *page)
{
	(void)page;
	usleep(2500 * 1000);
}

static int start_and_reap(pid_t pid, int pidfd, unsigned seconds)
{
	int result = gate_start(state_dir, "start.sock", pidfd, &no_listener, wait_until(seconds));

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(pidfd);
	return result;
}

static void go_leads_to_execution(void **state)
{
	int pidfd;
	pid_t pid = init_process(executes, &pidfd);

	(void)state;
	assert_int_equal(start_and_reap(pid, pidfd, 10), 0);
}

static void failed_exec_is_reported(void **state)
{
	int pidfd;
	pid_t pid = init_process(cannot_execute, &pidfd);

	(void)state;
	assert_int_equal(start_and_reap(pid, pidfd, 10), -1);
	assert_string_equal(failure()->text, "exec: \"/x\": permission denied");
	assert_int_equal(failure()->code, EACCES);
}

static void death_is_no_success(void **state)
{
	int pidfd;
	pid_t pid = init_process(dies_in_hooks, &pidfd);

	(void)state;
	assert_int_equal(start_and_reap(pid, pidfd, 10), -1);
	assert_non_null(strstr(failure()->text, "died before"));
}

static void a_hanging_init_meets_the_deadline(void **state)
{
	int pidfd;
	pid_t pid = init_process(lingers, &pidfd);

	(void)state;
	assert_int_equal(start_and_reap(pid, pidfd, 1), -1);
	assert_int_equal(failure()->code, ETIMEDOUT);
}

static void a_dead_init_is_refused_at_once(void **state)
{
	int pidfd;
	pid_t pid = init_process(executes, &pidfd);

	(void)state;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	int64_t before = wait_now();
	assert_int_equal(gate_start(state_dir, "start.sock", pidfd, &no_listener, wait_until(10)),
			 -1);
	assert_true(wait_now() - before < INT64_C(2000000000));
	close(pidfd);
}

static void a_probe_without_go_is_nothing(void **state)
{
	int pidfd;
	pid_t pid = init_process(executes, &pidfd);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int probe = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	(void)state;
	snprintf(address.sun_path, sizeof address.sun_path, "%s/start.sock", state_path);
	assert_int_equal(connect(probe, (struct sockaddr *)&address, sizeof address), 0);
	close(probe);
	assert_int_equal(start_and_reap(pid, pidfd, 10), 0);
}

/* It goes on waiting for go afterwards. */
static void it_shows_its_namespaces(void **state)
{
	int pidfd, fds[NS_COUNT];
	pid_t pid = init_process(executes, &pidfd);
	char name[64];
	struct stat of_fd, of_file;

	(void)state;
	snprintf(name, sizeof name, "/proc/%d", pid);
	cleanup_fd int proc_fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	memset(fds, -1, sizeof fds);
	assert_int_equal(gate_namespaces(state_dir, "start.sock", pidfd, proc_fd, fds), 0);
	for (int t = 0; t < NS_COUNT; t++) {
		snprintf(name, sizeof name, "/proc/%d/ns/%s", pid, namespace_files[t]);
		assert_int_equal(stat(name, &of_file), 0);
		assert_int_equal(fstat(fds[t], &of_fd), 0);
		assert_int_equal(of_fd.st_ino, of_file.st_ino);
		close(fds[t]);
	}
	assert_int_equal(start_and_reap(pid, pidfd, 10), 0);
}

static void term_ends_the_waiting(void **state)
{
	int pidfd, status;
	pid_t pid = init_process(executes, &pidfd);

	(void)state;
	usleep(50 * 1000); /* let it reach accept */
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 128 + SIGTERM);
	close(pidfd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "LC-12 go leads to a confirmed execution", go_leads_to_execution, setup, teardown,
		  NULL },
		{ "LC-12 a failed exec is reported with its text", failed_exec_is_reported, setup,
		  teardown, NULL },
		{ "LC-11 death before the exec is no success", death_is_no_success, setup, teardown,
		  NULL },
		{ "a hanging init meets the deadline", a_hanging_init_meets_the_deadline, setup,
		  teardown, NULL },
		{ "a dead init is refused at once, never a hang", a_dead_init_is_refused_at_once,
		  setup, teardown, NULL },
		{ "a connection that never says go is nothing", a_probe_without_go_is_nothing,
		  setup, teardown, NULL },
		{ "an ordinary user is shown its namespaces", it_shows_its_namespaces, setup,
		  teardown, NULL },
		{ "SIGTERM ends a container that waits for start", term_ends_the_waiting, setup,
		  teardown, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
