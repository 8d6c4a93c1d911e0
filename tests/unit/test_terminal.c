/* test_terminal.c - the pty, its size and place, and the console socket. */
#include "test.h"
#include "base/fail.h"
#include "base/fd.h"
#include "sandbox/sandbox.h"
#include "sandbox/terminal.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void plan(void **state)
{
	(void)state;
	struct spec_console_size size = { .height = 24, .width = 80 };
	struct spec_process process = { .console_size = &size };
	struct terminal t;

	assert_int_equal(terminal_plan(NULL, &t), 0);
	assert_false(t.wanted);
	assert_int_equal(terminal_plan(&process, &t), 0);
	assert_false(t.wanted || t.has_size);
	process.terminal = true;
	process.user.uid = 7;
	assert_int_equal(terminal_plan(&process, &t), 0);
	assert_true(t.wanted && t.has_size && t.rows == 24 && t.columns == 80 && t.uid == 7);
	size.height = 65536;
	assert_int_equal(terminal_plan(&process, &t), -1);
	size.height = 65535;
	assert_int_equal(terminal_plan(&process, &t), 0);
	size.width = 65536;
	assert_int_equal(terminal_plan(&process, &t), -1);
}

static void send_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char data[4096];
	int got = -1;
	struct stat sent, received;

	/* bind through a short link to the directory, the path itself may be longer than sun_path
	 */
	cleanup_fd int dir_fd = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_fd int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char *dir = strndup(path, (size_t)(strrchr(path, '/') - path));
	cleanup_fd int own_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	free(dir);
	snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/s", own_fd);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(listener, 1), 0);
	cleanup_fd int fd = terminal_connect(path);

	if (fd < 0)
		fail_msg("%s", failure()->text);
	assert_int_equal(terminal_send(fd, dir_fd, "/dev/pts/3"),
			 0); /* nobody has accepted yet (EC-13) */
	cleanup_fd int peer = accept(listener, NULL, NULL);

	assert_int_equal(fd_receive(peer, data, sizeof data, &got), strlen("/dev/pts/3"));
	cleanup_fd int got_fd = got;

	assert_int_equal(fstat(got_fd, &received), 0);
	assert_int_equal(fstat(dir_fd, &sent), 0);
	assert_true(sent.st_ino == received.st_ino && sent.st_dev == received.st_dev);
	assert_int_equal(unlinkat(own_fd, "s", 0), 0);
}

static void console_socket(void **state)
{
	(void)state;
	char dir[] = "/tmp/ring3-test-XXXXXX", deep[256], path[300];

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/s", dir);
	send_to(path);
	snprintf(deep, sizeof deep, "%s/%0150d", dir, 0);
	assert_int_equal(mkdir(deep, 0700), 0);
	snprintf(path, sizeof path, "%s/s", deep);
	send_to(path);
	assert_int_equal(terminal_connect(path), -1);
	assert_non_null(strstr(failure()->text, "no such file or directory"));
	assert_int_equal(rmdir(deep), 0);
	assert_int_equal(rmdir(dir), 0);
}

static int kept_master = -1;
static char kept_name[64];

static int keep_master(void *stage, int master_fd, const char *pty_name)
{
	(void)stage;
	kept_master = dup(master_fd);
	snprintf(kept_name, sizeof kept_name, "%s", pty_name);
	return 0;
}

/* In a process with a mount namespace of its own; the result is the exit status. */
static int make_and_use(const char *root, bool devpts)
{
	struct sandbox s = { .root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC),
			     .console_fd = -1,
			     .send_console = keep_master };
	const struct terminal t = {
		.wanted = true, .has_size = true, .rows = 33, .columns = 101, .uid = 12
	};
	char path[128];
	struct winsize size;
	struct stat st, console;

	snprintf(path, sizeof path, "%s/dev", root);
	if (mkdir(path, 0755) < 0)
		return 10;
	snprintf(path, sizeof path, "%s/dev/pts", root);
	if (mkdir(path, 0755) < 0)
		return 11;
	if (!devpts)
		return terminal_make(&t, &s) == -1 && strstr(failure()->text, "devpts") ? 0 : 12;
	if (mount("devpts", path, "devpts", 0, "newinstance,ptmxmode=0666") < 0)
		return 13;
	if (terminal_make(&t, &s) < 0) {
		print_error("%s\n", failure()->text);
		return 14;
	}
	if (strcmp(kept_name, "/dev/pts/0") || ioctl(kept_master, TIOCGWINSZ, &size) < 0 ||
	    size.ws_row != 33 || size.ws_col != 101)
		return 15;
	snprintf(path, sizeof path, "%s/dev/console", root);
	if (fstat(s.console_fd, &st) < 0 || stat(path, &console) < 0 ||
	    st.st_rdev != console.st_rdev || st.st_uid != 12)
		return 16;
	if (setsid() < 0 || terminal_attach(&s) < 0)
		return 17;
	if (!isatty(0) || tcgetsid(0) != getpid() || s.console_fd != -1)
		return 18;
	char line[16] = "";

	if (terminal_keep_newlines(kept_master) < 0 || write(1, "a\n", 2) != 2 ||
	    read(kept_master, line, sizeof line) != 2 || strcmp(line, "a\n"))
		return 19;
	return 0;
}

static void in_a_namespace(bool devpts)
{
	char dir[] = "/tmp/ring3-test-XXXXXX";
	int status;

	if (geteuid()) {
		print_message("needs root: mount namespace\n");
		skip();
	}
	assert_non_null(mkdtemp(dir));
	pid_t child = fork();

	if (child == 0) {
		if (unshare(CLONE_NEWNS) < 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("tmpfs", dir, "tmpfs", 0, NULL) < 0)
			_exit(9);
		_exit(make_and_use(dir, devpts));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(rmdir(dir), 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void pty(void **state)
{
	(void)state;
	in_a_namespace(true);
}
static void no_devpts(void **state)
{
	(void)state;
	in_a_namespace(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("P-01 pty of the container's devpts, D-07 bound on /dev/console", pty),
		TEST("P-01 without devpts there is a reason", no_devpts),
		TEST("P-02 consoleSize counts only with a terminal, P-03 and has 16 bits", plan),
		TEST("EC-13 one message to the console socket, also through a long path",
		     console_socket),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
