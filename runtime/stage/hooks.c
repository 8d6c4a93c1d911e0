/* hooks.c - hooks of the OCI runtime-spec: fork, state on stdin, output captured, deadline. */
#include "stage/hooks.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/process.h"
#include "base/wait.h"
#include "sandbox/seccomp.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { CAPTURE = 3072 }; /* bytes kept of each stream: the end is what says why */

struct capture {
	char text[CAPTURE];
	size_t length;
	int file_fd; /* a copy of everything goes there, -1: no */
};

/* The parent's ends while a hook runs, and what came out of it. */
struct running {
	int pidfd, stdin_fd, stdout_fd, stderr_fd, error_fd;
	pid_t pid;
	size_t written;
	struct capture out, err;
};

unsigned hooks_seconds(const spec_hooks *hooks)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < hooks->count; i++)
		sum += hooks->items[i].timeout.set ? (uint64_t)hooks->items[i].timeout.value
						   : WAIT_HOOK;
	return sum > UINT32_MAX / 4 ? UINT32_MAX / 4 : (unsigned)sum;
}

static void capture_add(struct capture *c, const char *bytes, size_t n)
{
	if (n >= CAPTURE - 1) {
		bytes += n - (CAPTURE - 1);
		n = CAPTURE - 1;
	}
	if (c->length + n > CAPTURE - 1) {
		size_t drop = c->length + n - (CAPTURE - 1);

		memmove(c->text, c->text + drop, c->length - drop);
		c->length -= drop;
	}
	memcpy(c->text + c->length, bytes, n);
	c->length += n;
	c->text[c->length] = 0;
}

/* Programs of the container's own files: they may call no more than its process may.  A listener
 * would be a second one for the agent, which knows of the container's process alone: without it the
 * kernel answers ENOSYS for SCMP_ACT_NOTIFY. */
static int load_filter(const struct hooks_run *h)
{
	const unsigned about_listeners =
		SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	int listener_fd;

	return h->filter ? seccomp_install(h->filter, h->filter_flags & ~about_listeners,
					   &listener_fd)
			 : 0;
}

/* The hook's process: a group of its own, so that the deadline ends what it started as well. */
__attribute__((noreturn)) static void
become_hook(const struct hooks_run *h, const struct spec_hook *hook, const int fds[3], int error_fd)
{
	const char *path_only[] = { hook->path, NULL };
	const char **args = hook->args && hook->args[0] ? hook->args : path_only;
	const char *const *env = hook->env	  ? (const char *const *)hook->env
				 : h->environment ? h->environment
						  : (const char *const *)environ;
	int error = 0;

	if (setsid() < 0 || process_reset_signals() < 0 || dup2(fds[0], 0) < 0 ||
	    dup2(fds[1], 1) < 0 || dup2(fds[2], 2) < 0 || (h->directory && chdir(h->directory) < 0))
		error = errno;
	else if ((error = load_filter(h)) == 0) {
		execve(hook->path, (char *const *)args, (char *const *)env);
		error = errno;
	}
	/* The parent reads this errno; it closes unwritten when the exec works. */
	(void)!write(error_fd, &error, sizeof error);
	_exit(127);
}

static int hook_spawn(const struct hooks_run *h, const struct spec_hook *hook, struct running *r)
{
	int in[2], out[2], err[2], error[2];

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0 ||
	    pipe2(error, O_CLOEXEC) < 0)
		return fail(errno, "make the pipes of a hook");
	r->pid = process_clone(0, -1, SIGCHLD, &r->pidfd);
	if (r->pid == 0)
		become_hook(h, hook, (int[]){ in[0], out[1], err[1] }, error[1]);
	close(in[0]);
	close(out[1]);
	close(err[1]);
	close(error[1]);
	r->stdin_fd = in[1];
	r->stdout_fd = out[0];
	r->stderr_fd = err[0];
	r->error_fd = error[0];
	if (r->pid < 0)
		return -1;
	/* A hook that never reads must not block the runtime (H-11). */
	if (fcntl(r->stdin_fd, F_SETFL, O_NONBLOCK) < 0 ||
	    fcntl(r->stdout_fd, F_SETFL, O_NONBLOCK) < 0 ||
	    fcntl(r->stderr_fd, F_SETFL, O_NONBLOCK) < 0)
		return fail(errno, "make the pipes of a hook non-blocking");
	return 0;
}

/* Reads what is there; end of file closes the descriptor. */
static void hook_read(int *fd, struct capture *c)
{
	char bytes[4096];
	ssize_t n;

	while (*fd >= 0 && (n = read(*fd, bytes, sizeof bytes)) >= 0) {
		if (n == 0) {
			fd_close(fd);
			break;
		}
		capture_add(c, bytes, (size_t)n);
		if (c->file_fd >= 0 && file_write_fd(c->file_fd, bytes, (size_t)n) < 0) {
			log_warning("output of a hook: %s", failure()->text); /* once */
			c->file_fd = -1;
		}
	}
}

static void hook_feed(const struct hooks_run *h, struct running *r)
{
	ssize_t n = write(r->stdin_fd, h->state + r->written, h->state_size - r->written);

	if (n > 0)
		r->written += (size_t)n;
	/* EPIPE: the hook closed its stdin, which it may (H-11). */
	if ((n < 0 && errno != EAGAIN && errno != EINTR) || r->written == h->state_size)
		fd_close(&r->stdin_fd);
}

static int hook_attend(const struct hooks_run *h, struct running *r, int64_t deadline)
{
	for (;;) {
		struct pollfd fds[] = {
			{ .fd = r->pidfd, .events = POLLIN },
			{ .fd = r->stdin_fd, .events = POLLOUT },
			{ .fd = r->stdout_fd, .events = POLLIN },
			{ .fd = r->stderr_fd, .events = POLLIN },
		};

		if (wait_for(fds, 4, deadline, "the hook to end") < 0)
			return -1;
		if (fds[1].revents)
			hook_feed(h, r);
		if (fds[2].revents)
			hook_read(&r->stdout_fd, &r->out);
		if (fds[3].revents)
			hook_read(&r->stderr_fd, &r->err);
		if (fds[0].revents)
			return 0; /* what a background process still writes is not waited for */
	}
}

static void running_close(struct running *r)
{
	fd_close(&r->pidfd);
	fd_close(&r->stdin_fd);
	fd_close(&r->stdout_fd);
	fd_close(&r->stderr_fd);
	fd_close(&r->error_fd);
}

static void trim(struct capture *c)
{
	while (c->length && c->text[c->length - 1] == '\n')
		c->text[--c->length] = 0;
	for (size_t i = 0; i < c->length; i++)
		if ((unsigned char)c->text[i] < ' ')
			c->text[i] = ' '; /* the message is one line */
}

static int hook_verdict(const struct spec_hook *hook, struct running *r, int status)
{
	int error = 0;

	if (read(r->error_fd, &error, sizeof error) == (ssize_t)sizeof error)
		return fail(error, "%s: cannot be executed", hook->path);
	hook_read(&r->stdout_fd, &r->out);
	hook_read(&r->stderr_fd, &r->err);
	if (status == 0)
		return 0;
	trim(&r->out);
	trim(&r->err);
	if (status > 128)
		return fail(0, "%s: signal: %s, stdout: %s, stderr: %s", hook->path,
			    strsignal(status - 128), r->out.text, r->err.text);
	return fail(0, "%s: exit status %d, stdout: %s, stderr: %s", hook->path, status,
		    r->out.text, r->err.text);
}

static int hook_run(const struct hooks_run *h, const struct spec_hook *hook)
{
	int64_t seconds = hook->timeout.set ? hook->timeout.value : WAIT_HOOK;
	int64_t deadline = wait_now() + seconds * INT64_C(1000000000);
	struct running r = {
		.pidfd = -1,
		.stdin_fd = -1,
		.stdout_fd = -1,
		.stderr_fd = -1,
		.error_fd = -1,
		.out = { .file_fd = h->output_fds ? h->output_fds[0] : -1 },
		.err = { .file_fd = h->output_fds ? h->output_fds[1] : -1 },
	};
	int status = 0;

	int result = hook_spawn(h, hook, &r);
	if (result == 0 && hook_attend(h, &r, deadline) < 0) {
		kill(-r.pid, SIGKILL); /* its whole group; gone already is fine */
		process_kill_and_reap(r.pidfd);
		result = fail(0, "%s: timed out after %lld s", hook->path, (long long)seconds);
	} else if (result == 0) {
		result = process_wait(r.pidfd, deadline, "the hook to end", &status);
		if (result == 0)
			result = hook_verdict(hook, &r, status);
	}
	running_close(&r);
	return result;
}

static int open_output(const struct spec *spec, const char *annotation, int *ret)
{
	const char *path = spec_annotation(spec, annotation);
	struct stat st;

	if (!text_is_set(path))
		return 0;
	if (*path != '/')
		return fail(0, "annotation %s: \"%s\" is not an absolute path", annotation, path);
	/* Never waits for the reader of a fifo, and takes no terminal. */
	*ret = openat(AT_FDCWD, path,
		      O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0600);
	if (*ret < 0 || fstat(*ret, &st) < 0)
		return fail(errno, "annotation %s: open %s", annotation, path);
	if (!S_ISREG(st.st_mode))
		return fail(0, "annotation %s: %s is not a regular file", annotation, path);
	return 0;
}

int hooks_open_output(const struct spec *spec, int ret[2])
{
	ret[0] = ret[1] = -1;
	if (open_output(spec, "run.oci.hooks.stdout", &ret[0]) == 0 &&
	    open_output(spec, "run.oci.hooks.stderr", &ret[1]) == 0)
		return 0;
	fd_close(&ret[0]);
	fd_close(&ret[1]);
	return -1;
}

int hooks_run(const struct hooks_run *h)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;

	if (!h->hooks->count)
		return 0;
	if (sigaction(SIGPIPE, &ignore, &before) < 0)
		return fail(errno, "ignore SIGPIPE");
	int result = 0;
	for (size_t i = 0; i < h->hooks->count && result == 0; i++) {
		if (hook_run(h, &h->hooks->items[i]) == 0)
			continue;
		fail_in("error running %s hook #%zu", hook_names[h->kind], i);
		if (h->go_on)
			log_warning("%s", failure()->text);
		else
			result = -1;
	}
	sigaction(SIGPIPE, &before, NULL); /* cannot fail: the handler came from the kernel */
	return result;
}
