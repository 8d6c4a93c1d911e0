/* test_file.c - whole files, and descriptors over a socket. */
#include "test.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/text.h"
#include "temporary.h"
#include <errno.h>
#include <sys/socket.h>

static void round_trip(void **state)
{
	cleanup_free char *back = NULL;
	cleanup_text struct text big = { 0 };
	TEMPORARY(t);
	size_t size;

	(void)state;
	for (int i = 0; i < 20000; i++)
		text_addf(&big, "%d,", i);
	assert_int_equal(file_create(t.fd, "f", big.data, big.length, 0640), 0);
	assert_int_equal(file_read(t.fd, "f", big.length, &back, &size), 0);
	assert_int_equal(size, big.length);
	assert_string_equal(back, big.data);
	assert_int_equal(file_create(t.fd, "f", "", 0, 0640), -1);
	assert_int_equal(failure()->code, EEXIST);
}

static void limit(void **state)
{
	char *back = NULL;
	TEMPORARY(t);

	(void)state;
	assert_int_equal(file_create(t.fd, "f", "12345", 5, 0600), 0);
	assert_int_equal(file_read(t.fd, "f", 4, &back, NULL), -1);
	assert_int_equal(failure()->code, EFBIG);
	assert_string_equal(failure()->text, "read f: file too large");
	assert_null(back);
	assert_int_equal(file_read(t.fd, "f", 5, &back, NULL), 0);
	assert_string_equal(back, "12345");
	free(back);
}

static void missing(void **state)
{
	char *back, line[8];
	TEMPORARY(t);

	(void)state;
	assert_int_equal(file_read(t.fd, "no", 10, &back, NULL), -1);
	assert_string_equal(failure()->text, "open no: no such file or directory");
	assert_int_equal(file_read_line(t.fd, "no", line, sizeof line), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(file_open_dir(t.fd, "no"), -1);
	assert_int_equal(file_write(t.fd, "no", "1"), -1); /* never creates */
	assert_int_equal(faccessat(t.fd, "no", F_OK, 0), -1);
}

static void proc_file(void **state)
{
	cleanup_free char *back = NULL;
	size_t size;

	(void)state;
	assert_int_equal(file_read(AT_FDCWD, "/proc/self/status", 1 << 20, &back, &size), 0);
	assert_true(size > 100 && strlen(back) == size);
}

static void line(void **state)
{
	char out[4];
	TEMPORARY(t);

	(void)state;
	assert_int_equal(file_create(t.fd, "f", "ab\n", 3, 0600), 0);
	assert_int_equal(file_read_line(t.fd, "f", out, sizeof out), 2);
	assert_string_equal(out, "ab");
	assert_int_equal(file_create(t.fd, "long", "abcdef", 6, 0600), 0);
	assert_int_equal(file_read_line(t.fd, "long", out, sizeof out), 3);
	assert_string_equal(out, "abc");
	assert_int_equal(file_create(t.fd, "empty", "", 0, 0600), 0);
	assert_int_equal(file_read_line(t.fd, "empty", out, sizeof out), 0);
	assert_string_equal(out, "");
}

static void kernel_file(void **state)
{
	(void)state;
	assert_int_equal(file_write(AT_FDCWD, "/proc/self/timerslack_ns", "50001"), 0);
	assert_int_equal(file_write(AT_FDCWD, "/proc/self/coredump_filter", "zz"), -1);
	assert_string_equal(failure()->text,
			    "write \"zz\" to /proc/self/coredump_filter: invalid argument");
	assert_int_equal(file_write(AT_FDCWD, "/dev/full", "1"), -1);
	assert_int_equal(failure()->code, ENOSPC);
}

static void replaces(void **state)
{
	char out[16], path[128];
	TEMPORARY(t);
	struct stat st;

	(void)state;
	snprintf(path, sizeof path, "%s/pid", t.path);
	assert_int_equal(file_replace(t.fd, "pid", "1", 1, 0600), 0);
	assert_int_equal(file_replace_path(path, "22", 2, 0600), 0);
	assert_int_equal(file_read_line(t.fd, "pid", out, sizeof out), 2);
	assert_string_equal(out, "22");
	assert_int_equal(fstatat(t.fd, "pid", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	/* No temporary file stays: the directory can hold nothing but "pid". */
	assert_int_equal(unlinkat(t.fd, "pid", 0), 0);
	assert_int_equal(rmdir(t.path), 0);
	assert_int_equal(mkdir(t.path, 0700), 0);
}

static void replaces_link_not_target(void **state)
{
	char out[16];
	TEMPORARY(t);

	(void)state;
	assert_int_equal(file_create(t.fd, "target", "old", 3, 0600), 0);
	assert_int_equal(symlinkat("target", t.fd, "pid"), 0);
	assert_int_equal(file_replace(t.fd, "pid", "1", 1, 0600), 0);
	file_read_line(t.fd, "target", out, sizeof out);
	assert_string_equal(out, "old");
}

static void leftover(void **state)
{
	char stale[64], out[16];
	TEMPORARY(t);

	(void)state;
	snprintf(stale, sizeof stale, ".pid.%d.tmp", (int)getpid());
	assert_int_equal(file_create(t.fd, stale, "junk", 4, 0600), 0);
	assert_int_equal(file_replace(t.fd, "pid", "7", 1, 0600), 0);
	file_read_line(t.fd, "pid", out, sizeof out);
	assert_string_equal(out, "7");
	assert_int_equal(file_replace_path("/nonexistent/dir/pid", "7", 1, 0600), -1);
	assert_int_equal(failure()->code, ENOENT);
}

static void sends(void **state)
{
	int pair[2], got, pipe_fds[2];
	char data[8] = "", c;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	assert_int_equal(fd_send(pair[0], "hello", 5, pipe_fds[0]), 0);
	assert_int_equal(fd_receive(pair[1], data, sizeof data, &got), 5);
	assert_string_equal(data, "hello");
	assert_true(got >= 0);
	assert_int_equal(fcntl(got, F_GETFD), FD_CLOEXEC);
	assert_int_equal(write(pipe_fds[1], "x", 1), 1);
	assert_int_equal(read(got, &c, 1), 1);
	assert_int_equal(c, 'x');
	close(got);
	assert_int_equal(fd_send(pair[0], "a", 1, -1), 0);
	assert_int_equal(fd_receive(pair[1], data, sizeof data, &got), 1);
	assert_int_equal(got, -1);
	close(pair[0]);
	assert_int_equal(fd_receive(pair[1], data, sizeof data, &got), 0);
	assert_int_equal(fd_send(pair[1], "a", 1, -1), -1); /* and no SIGPIPE */
	assert_int_equal(failure()->code, EPIPE);
	close(pair[1]);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

/* Sends `count` copies of stdin in one message. */
static void send_many(int socket_fd, size_t count)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int) * 32)];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec part = { .iov_base = "x", .iov_len = 1 };
	struct msghdr m = { .msg_iov = &part,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = CMSG_SPACE(sizeof(int) * count) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	*c = (struct cmsghdr){ CMSG_LEN(sizeof(int) * count), SOL_SOCKET, SCM_RIGHTS };
	memset(CMSG_DATA(c), 0, sizeof(int) * count);
	assert_int_equal(sendmsg(socket_fd, &m, 0), 1);
}

static void refuses_many(void **state)
{
	static const size_t counts[] = { 2, 8, 9, 32 };
	int pair[2], got;
	char data[8];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	for (size_t i = 0; i < COUNT(counts); i++) {
		int before = dup(0), after;
		close(before);
		send_many(pair[0], counts[i]);
		assert_int_equal(fd_receive(pair[1], data, sizeof data, &got), -1);
		assert_int_equal(got, -1);
		after = dup(0);
		close(after);
		assert_int_equal(before, after); /* nothing leaked */
	}
	close(pair[0]);
	close(pair[1]);
}

static void ranges(void **state)
{
	int high = fcntl(0, F_DUPFD, 700), low = fcntl(0, F_DUPFD, 600);

	(void)state;
	assert_int_equal(fcntl(high, F_GETFD), 0);
	assert_int_equal(fd_cloexec_from(650), 0);
	assert_int_equal(fcntl(high, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(low, F_GETFD), 0);
	assert_int_equal(fd_close_from(650), 0);
	assert_int_equal(fcntl(high, F_GETFD), -1);
	assert_int_equal(fcntl(low, F_GETFD), 0);
	close(low);
}

static void stdio(void **state)
{
	int saved = fcntl(0, F_DUPFD_CLOEXEC, 10);
	struct stat opened, null;

	(void)state;
	assert_int_equal(fd_ensure_stdio(), 0);
	close(0);
	assert_int_equal(fd_ensure_stdio(), 0);
	assert_int_equal(fstat(0, &opened), 0);
	assert_int_equal(stat("/dev/null", &null), 0);
	assert_int_equal(opened.st_rdev, null.st_rdev);
	dup2(saved, 0);
	close(saved);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("a file comes back whole; an existing one is not made again", round_trip),
		TEST("a file above the limit is refused", limit),
		TEST("a missing file is named, and never made by file_write", missing),
		TEST("files of /proc are read to their end", proc_file),
		TEST("a line without its newline, cut to the buffer", line),
		TEST("a refused value is named with the file", kernel_file),
		TEST("a file is replaced at once, with its mode", replaces),
		TEST("replacing a link leaves its target alone", replaces_link_not_target),
		TEST("a temporary file left by a killed process is no obstacle", leftover),
		TEST("a message carries one descriptor, close-on-exec", sends),
		TEST("more descriptors than one are closed", refuses_many),
		TEST("ranges of descriptors", ranges),
		TEST("closed standard descriptors become /dev/null", stdio),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
