/* criu.c - runs CRIU: where it is, its process, its RPC, its log. */
#include "container/criu.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/process.h"
#include "base/wait.h"
#include "stage/sync.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MESSAGE_MAX = 64 << 10, LOG_TAIL = 64 << 10, LOG_LINES = 6, SOCKET_FD = 3, HIGH_FD = 256 };

/* --- the program --- */

static const char *const directories[] = { "/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
					   "/usr/bin",	      "/sbin",		"/bin" };

/* It runs as root: whoever can write it is root. */
static int check_program(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return fail(errno, "%s", path);
	if (!S_ISREG(st.st_mode) || access(path, X_OK) < 0)
		return fail(EACCES, "%s is no program", path);
	if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return fail(EPERM, "%s may be written by others than root", path);
	return 0;
}

const char *criu_find(const char *named)
{
	static char path[PATH_MAX];

	if (named && *named == '/') {
		snprintf(path, sizeof path, "%s", named);
		return check_program(path) < 0 ? NULL : path;
	}
	for (size_t i = 0; i < COUNT(directories); i++) {
		snprintf(path, sizeof path, "%s/criu", directories[i]);
		if (access(path, F_OK) == 0)
			return check_program(path) < 0 ? NULL : path;
	}
	fail(ENOENT, "criu (install it; looked for in /usr/local/sbin, /usr/local/bin, /usr/sbin, "
		     "/usr/bin; --criu PATH names another)");
	return NULL;
}

/* --- its log --- */

/* The end of the file, from the first whole line on; opened without following anything. */
static char *read_tail(int dir_fd, const char *name)
{
	cleanup_fd int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	char *text;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	text = calloc(1, LOG_TAIL + 1);
	if (!text)
		fail_fatal("out of memory");
	n = pread(fd, text, LOG_TAIL, st.st_size > LOG_TAIL ? st.st_size - LOG_TAIL : 0);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static bool is_error(const char *line)
{
	return strstr(line, "Error ") || strstr(line, "Error:");
}

/* The last lines that report an error; without any, the last ones. */
static void add_log(struct text *out, char *tail, bool (*wanted)(const char *line))
{
	const char *lines[LOG_LINES];
	size_t count = 0;
	char *line;

	while ((line = strsep(&tail, "\n")))
		if (*line && (!wanted || wanted(line)))
			lines[count++ % LOG_LINES] = line;
	for (size_t i = count > LOG_LINES ? count - LOG_LINES : 0; i < count; i++)
		text_addf(out, "%s%.500s", out->length ? "; " : "", lines[i % LOG_LINES]);
}

static int log_directory(const struct criu_run *r)
{
	return r->work_fd >= 0 ? r->work_fd : r->images_fd;
}

/* Behind the recorded failure what CRIU itself says of it. */
static int tell_log(const struct criu_run *r)
{
	const struct failure first = *failure();
	cleanup_free char *tail = read_tail(log_directory(r), r->log);
	cleanup_free char *copy = tail ? strdup(tail) : NULL;
	cleanup_text struct text lines = { 0 };

	if (copy)
		add_log(&lines, copy, is_error);
	if (!lines.length && tail)
		add_log(&lines, tail, NULL);
	if (!lines.length)
		return -1;
	return fail(0, "%s; %s: %s", first.text, r->log, lines.data);
}

/* --- its process --- */

/*
 * The socket and the descriptors get their numbers; everything else is close-on-exec.  Out of the
 * caller's environment it gets nothing: it would read a configuration in HOME, and runs programs.
 */
__attribute__((noreturn)) static void become_criu(const struct criu_run *r, int socket_fd)
{
	static char *const environment[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL
	};
	char *const args[] = { "criu", "swrk", "3", NULL };
	const int first[] = { socket_fd, r->images_fd, log_directory(r) };
	int high[COUNT(first) + 8];
	size_t count = 0;

	for (; count < COUNT(first); count++)
		high[count] = fcntl(first[count], F_DUPFD_CLOEXEC, HIGH_FD);
	for (size_t i = 0; i < r->fd_count && count < COUNT(high); i++)
		high[count++] = fcntl(r->fds[i], F_DUPFD_CLOEXEC, HIGH_FD);
	for (size_t i = 0; i < count; i++)
		if (high[i] < 0 || dup2(high[i], SOCKET_FD + (int)i) < 0)
			_exit(126);
	process_reset_signals(); /* else it inherits what `run` has blocked; it can live with that
				  */
	execve(r->program, args, environment);
	_exit(127);
}

/*
 * The directory once more, in the mounts as this process has them: CRIU mounts things in it, which
 * the kernel allows only in its own mount namespace.
 */
static int reopen(int dir_fd)
{
	char link[32], path[PATH_MAX];
	struct stat old, new;
	ssize_t n;

	if (dir_fd < 0)
		return 0;
	snprintf(link, sizeof link, "/proc/self/fd/%d", dir_fd);
	n = readlink(link, path, sizeof path - 1);
	if (n < 0)
		return fail(errno, "path of a directory");
	path[n] = '\0';
	cleanup_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &new) < 0 || fstat(dir_fd, &old) < 0)
		return fail(errno, "open directory %s", path);
	if (old.st_dev != new.st_dev || old.st_ino != new.st_ino)
		return fail(0, "directory %s has been moved meanwhile", path);
	return dup3(fd, dir_fd, O_CLOEXEC) < 0 ? fail(errno, "keep directory %s", path) : 0;
}

static int prepare(const struct criu_run *r, struct sync *sync, int *ret_socket)
{
	int pair[2];

	if (r->prepare &&
	    (r->prepare(r->owner) < 0 || reopen(r->images_fd) < 0 || reopen(r->work_fd) < 0))
		return -1;
	/* Made here: CRIU takes numbers of directories for those of the maker's descriptors. */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(errno, "make a socket pair");
	*ret_socket = pair[1];
	int result = sync_ask(sync, SYNC_READY, 0, pair[0], NULL);

	close(pair[0]);
	return result;
}

__attribute__((noreturn)) static void child(const struct criu_run *r, struct sync sync)
{
	int socket_fd = -1;

	if (prepare(r, &sync, &socket_fd) < 0) {
		sync_tell_failure(&sync);
		_exit(1);
	}
	become_criu(r, socket_fd);
}

struct placing {
	const struct criu_run *r;
	pid_t pid;
	int socket_fd;
};

static int answer_ready(void *owner, int fd, uint32_t value, int *ret_fd)
{
	struct placing *p = owner;

	(void)value, (void)ret_fd;
	p->socket_fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (p->socket_fd < 0)
		return fail(fd < 0 ? EPROTO : errno, "keep the socket to CRIU");
	return p->r->placed ? p->r->placed(p->r->owner, p->pid) : 0;
}

static const struct sync_service services[SYNC_REQUESTS] = {
	[SYNC_READY] = { answer_ready, .once = true },
};

/* *ret_socket: to CRIU, or what will be it at once. */
static int begin(const struct criu_run *r, int *ret_pidfd, int *ret_socket)
{
	struct sync parent = { -1 }, other = { -1 };
	struct placing placing = { .r = r, .socket_fd = -1 };

	if (sync_pair(&parent, &other) < 0)
		return -1;
	placing.pid = process_clone(r->clone_flags, r->cgroup_fd, SIGCHLD, ret_pidfd);
	if (placing.pid == 0) {
		close(parent.fd);
		child(r, other);
	}
	fd_close(&other.fd);
	int result = placing.pid < 0 ? -1 : sync_serve(&parent, services, &placing, WAIT_HANDSHAKE);
	fd_close(&parent.fd);
	*ret_socket = placing.socket_fd;
	return result;
}

/* --- its protocol --- */

static int send_message(int socket_fd, const struct criu_req *request)
{
	cleanup_text struct text bytes = { 0 };

	pb_write(&bytes, &criu_req_shape, request);
	return fd_send(socket_fd, bytes.data, bytes.length, -1);
}

/* It waits until it is told that the script went well. */
static int answer_notify(const struct criu_run *r, int socket_fd, const struct criu_notify *notify,
			 int fd)
{
	struct criu_req answer = { .type = pb_int(CRIU_NOTIFY), .notify_success = pb_int(1) };

	log_debug("criu: %s", notify && notify->script ? notify->script : "notification");
	if (!notify || !notify->script)
		return fail(EPROTO, "a notification of CRIU without a name");
	if (!r->notify || r->notify(r->owner, notify, fd) == 0)
		return send_message(socket_fd, &answer);
	struct failure first = *failure();

	answer.notify_success = pb_int(0);
	send_message(socket_fd, &answer); /* it takes everything back; when it is gone, so be it */
	return fail_copy(first.code, first.text, strlen(first.text));
}

static int receive(int socket_fd, struct arena *arena, struct criu_resp *ret, int *ret_fd)
{
	cleanup_free char *bytes = malloc(MESSAGE_MAX);
	ssize_t n;

	if (!bytes)
		fail_fatal("out of memory");
	n = fd_receive(socket_fd, bytes, MESSAGE_MAX, ret_fd);
	if (n < 0)
		return -1;
	if (n == 0)
		return fail(EPIPE, "CRIU has ended without an answer");
	*ret = (struct criu_resp){ 0 };
	if (pb_read(&criu_resp_shape, bytes, (size_t)n, arena, ret) < 0)
		return fail_in("answer of CRIU");
	return 0;
}

static int refused(const struct criu_resp *resp)
{
	const int code = resp->cr_errno.set ? (int)resp->cr_errno.value : 0;

	if (text_is_set(resp->cr_errmsg))
		return fail(0, "CRIU failed: %.*s", (int)strcspn(resp->cr_errmsg, "\n"),
			    resp->cr_errmsg);
	return fail(code > 0 ? code : 0, "CRIU failed");
}

static int converse(const struct criu_run *r, int socket_fd, const struct criu_req *request,
		    struct arena *arena, struct criu_resp *ret)
{
	if (send_message(socket_fd, request) < 0)
		return -1;
	for (;;) {
		cleanup_fd int fd = -1;

		if (receive(socket_fd, arena, ret, &fd) < 0)
			return -1;
		if (ret->type.value != CRIU_NOTIFY)
			break;
		if (answer_notify(r, socket_fd, ret->notify, fd) < 0)
			return -1;
	}
	if (!ret->success.value)
		return refused(ret);
	if (ret->type.value != request->type.value)
		return fail(EPROTO, "CRIU answered a question of type %d by one of type %d",
			    (int)request->type.value, (int)ret->type.value);
	return 0;
}

static int finish(int pidfd)
{
	int status;

	if (process_wait(pidfd, NO_DEADLINE, "CRIU to end", &status) < 0)
		return -1;
	return status ? fail(0, "CRIU ended with status %d", status) : 0;
}

int criu_run(const struct criu_run *r, const struct criu_req *request, struct arena *arena,
	     struct criu_resp *ret)
{
	cleanup_fd int pidfd = -1, socket_fd = -1;
	int result = begin(r, &pidfd, &socket_fd);

	if (result < 0) {
		if (pidfd >= 0)
			process_kill_and_reap(pidfd);
		return -1;
	}
	result = converse(r, socket_fd, request, arena, ret);
	fd_close(&socket_fd);
	if (result == 0)
		return finish(pidfd) < 0 ? tell_log(r) : 0;
	struct failure first = *failure();
	int status;

	process_wait(pidfd, NO_DEADLINE, "CRIU to end", &status); /* what failed is known */
	fail_copy(first.code, first.text, strlen(first.text));
	return tell_log(r);
}
