/*
 * confine.c - the steps that init and the process of `exec` share: where privileges only shrink,
 * and the last ones before execve.
 */
#include "stage/confine.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"
#include "base/text.h"
#include "sandbox/executable.h"
#include "stage/gate.h"
#include "stage/listener.h"
#include "stage/stage.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { CAP_SYS_PTRACE_BIT = 19, CAP_SYS_ADMIN_BIT = 21 };

static const struct spec_process *process(const struct stage_child *c)
{
	return c->plan->spec->process;
}

int confine_send_console(void *stage, int master_fd, const char *pty_name)
{
	struct stage_child *c = stage;
	unsigned number = 0;

	(void)sscanf(pty_name, "/dev/pts/%u", &number); /* only a label for the receiver (EC-13) */
	return sync_ask(&c->sync, SYNC_CONSOLE, number, master_fd, NULL);
}

/* Only where the clone could not do it (K11, K19). */
int step_placement(struct stage_child *c)
{
	if (!c->place_late)
		return 0;
	if (sync_ask(&c->sync, SYNC_PLACE, 0, -1, NULL) < 0)
		return -1;
	if ((c->plan->namespaces.create & CLONE_NEWCGROUP) && unshare(CLONE_NEWCGROUP) < 0)
		return fail(errno, "unshare the cgroup namespace");
	return 0;
}

int step_console(struct stage_child *c)
{
	if (!c->plan->terminal.wanted)
		return 0;
	if (terminal_make(&c->plan->terminal, &c->sandbox) < 0)
		return -1;
	return terminal_attach(&c->sandbox);
}

int step_process_settings(struct stage_child *c)
{
	if (process_settings_own(&c->plan->settings) < 0)
		return -1;
	return process(c) ? user_umask(&c->plan->user) : 0;
}

/* Compiled by the parent while this process made its mounts. */
int step_take_filter(struct stage_child *c)
{
	cleanup_fd int fd = -1;

	if (!c->plan->seccomp.wanted)
		return 0;
	if (sync_ask(&c->sync, SYNC_FILTER, 0, -1, &fd) < 0)
		return -1;
	c->program = ARENA_NEW(c->plan->spec->arena, struct sock_fprog);
	return seccomp_read(fd, c->program);
}

static int ask_limits(struct stage_child *c)
{
	return sync_request(&c->sync, SYNC_LIMITS, 0, -1);
}

static int await_limits(struct stage_child *c)
{
	return sync_await(&c->sync, NULL);
}

static int labels(struct stage_child *c)
{
	return labels_apply(&c->plan->labels, &c->sandbox);
}

static int no_new_privs(struct stage_child *c)
{
	if (process(c) && process(c)->no_new_privileges &&
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail(errno, "PR_SET_NO_NEW_PRIVS");
	return 0;
}

static int bounding_set(struct stage_child *c)
{
	return process(c) ? caps_apply_bounding(&c->plan->caps, c->plan->host->cap_last) : 0;
}

static int environment(struct stage_child *c)
{
	if (!process(c))
		return 0;
	c->environment = user_environment(&c->plan->user, c->sandbox.root_fd, c->plan->spec->arena);
	return c->environment ? 0 : -1;
}

static int user(struct stage_child *c)
{
	if (!process(c))
		return 0;
	if (user_apply(&c->plan->user) < 0)
		return -1;
	if (caps_raise_for_setup() < 0) /* setresuid emptied the effective set (K22) */
		return -1;
	return user_own_stdio(&c->plan->user);
}

static int working_directory(struct stage_child *c)
{
	return process(c) ? user_working_directory(&c->plan->user, c->sandbox.root_fd) : 0;
}

/* Loading a filter without no_new_privs takes CAP_SYS_ADMIN; execve drops what was kept for it
 * (DESIGN 7.3). */
static bool keeps_sys_admin(const struct stage_child *c)
{
	return c->plan->seccomp.wanted && !process(c)->no_new_privileges;
}

static int capabilities(struct stage_child *c)
{
	return process(c) ? caps_apply(&c->plan->caps, keeps_sys_admin(c)) : 0;
}

/* LISTEN_FDS of the caller, for the pid that the program has (EC-18). */
static int socket_activation(struct stage_child *c)
{
	struct arena *arena = c->plan->spec->arena;
	size_t count = 0, kept = 0;

	if (!c->plan->request.listen_fds)
		return 0;
	while (c->environment[count])
		count++;
	const char **env = ARENA_ARRAY(arena, count + 3, const char *);
	for (size_t i = 0; i < count; i++)
		if (!text_starts(c->environment[i], "LISTEN_FDS=") &&
		    !text_starts(c->environment[i], "LISTEN_PID="))
			env[kept++] = c->environment[i];
	env[kept++] = arena_printf(arena, "LISTEN_FDS=%u", c->plan->request.listen_fds);
	env[kept] = arena_printf(arena, "LISTEN_PID=%d", (int)getpid());
	c->environment = env;
	return 0;
}

static int find_executable(struct stage_child *c)
{
	if (!process(c))
		return 0;
	c->executable = executable_find(c->sandbox.root_fd, process(c)->args[0], c->environment,
					c->plan->user.cwd, c->plan->spec->arena);
	return c->executable ? socket_activation(c) : -1;
}

static int read_back(struct stage_child *c)
{
	struct attest a = { .user = &c->plan->user, .caps = &c->plan->caps, .extra_caps_bit = -1 };
	uint64_t ignored_signals;

	if (!process(c))
		return 0;
	a.no_new_privs = process(c)->no_new_privileges;
	if (keeps_sys_admin(c))
		a.extra_caps_bit = CAP_SYS_ADMIN_BIT;
	if (attest_check(&a, &c->sandbox, &ignored_signals) < 0)
		return -1;
	/* The caller's SIGPIPE, for one (EC-16).  execve does the rest: it resets handlers. */
	return process_default_signals(ignored_signals);
}

/* The comments stand beside their rows: */
/* clang-format off */
static const struct step rows[] = {
	{ "ask for limits", ask_limits },		/* set by the parent, by pid (K8), beside the steps up to "limits" */
	{ "security label", labels },
	{ "no new privileges", no_new_privs },
	{ "bounding set", bounding_set },
	{ "environment", environment },			/* HOME, from the container's /etc/passwd */
	{ "limits", await_limits },			/* the parent may set them only while this process still has its uid */
	{ "user", user },				/* keeps capabilities for the steps behind it (K22) */
	{ "working directory", working_directory },
	{ "capabilities", capabilities },
	{ "find the executable", find_executable },	/* missing: an error of create, not of start */
	{ "read back", read_back },			/* what was applied is what the kernel now says (R5) */
};
/* clang-format on */

int confine(struct stage_child *c)
{
	return steps_run(rows, COUNT(rows), c);
}

/*
 * Only 0 to 2, the preserved ones and the connection to `start` survive, and that last one ends
 * with execve: no descriptor of the host is open when the program begins (CVE-2024-21626).
 */
int step_close_descriptors(struct stage_child *c)
{
	int first = 3 + (int)c->plan->request.preserve_fds;

	log_silence(); /* its descriptor goes as well */

	for (int fd = 3; fd < first; fd++)
		if (fcntl(fd, F_SETFD, 0) < 0)
			return fail(errno, "preserve descriptor %d", fd);
	if (c->connection_fd != first && dup3(c->connection_fd, first, O_CLOEXEC) < 0)
		return fail(errno, "move the connection to start");
	c->connection_fd = first;
	return fd_close_from((unsigned)first + 1);
}

/* Nothing is left to do but to say why: the file is looked at as the program's user. */
static int explain(const struct stage_child *c)
{
	cleanup_fd int root_fd = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *path = c->executable;

	if (*path != '/')
		path = arena_printf(c->plan->spec->arena, "%s/%s", c->plan->user.cwd, path);
	return root_fd < 0 ? -1 : executable_fail(root_fd, path);
}

/* Behind it nothing is called but execve: the agent may have to answer each call, and gets the
 * listener from who waits for this process. */
static int load_filter(struct stage_child *c)
{
	const bool can_ptrace = c->plan->host->caps & UINT64_C(1) << CAP_SYS_PTRACE_BIT;
	const struct seccomp *seccomp = &c->plan->seccomp;
	int listener_fd;

	if (seccomp->agent && listener_announce(c->connection_fd, can_ptrace) < 0)
		return -1;
	int error = seccomp_install(c->program, seccomp->flags, &listener_fd);

	if (error) {
		c->page->failed_call = 1;
		return fail(error, "load the seccomp filter");
	}
	if (listener_fd >= 0)
		listener_offer(c->page, listener_fd);
	return 0;
}

int step_execute(struct stage_child *c)
{
	const char *const *args = (const char *const *)process(c)->args;

	if (c->program && load_filter(c) < 0)
		return -1;
	c->page->phase = GATE_EXECUTING;
	execve(c->executable, (char *const *)args, (char *const *)c->environment);
	c->execve_failed = true;
	fail(errno, "exec: \"%s\"", args[0]);
	return c->program ? -1 : explain(c);
}

/* After the filter is on, telling is writing to the page: no system call is needed for it. */
void confine_tell_page(struct stage_child *c)
{
	char *text = c->page->text;
	const size_t size = sizeof c->page->text;
	const int n = snprintf(text, size, "%s", failure()->text);

	/* Under the filter nobody here can look why; `start` and `exec` get the path and do. */
	if (c->execve_failed && c->program && n > 0 && (size_t)n + 1 < size) {
		const bool relative = *c->executable != '/';

		snprintf(text + n + 1, size - (size_t)n - 1, "%s%s%s",
			 relative ? c->plan->user.cwd : "", relative ? "/" : "", c->executable);
	}
	c->page->error = failure()->code;
	c->page->phase = GATE_FAILED;
}
