/*
 * exec_parent.c - clones the process of `exec` into a running container and answers what it asks
 * until the program is executed.
 *
 * A pid namespace is entered by children only.  So this process says where its children are born,
 * and stays where it is; that spares a process in between, and the program is this process's own
 * child, whom the caller's subreaper inherits (EC-10).
 */
#include "base/fail.h"
#include "base/fd.h"
#include "base/flight.h"
#include "base/log.h"
#include "base/process.h"
#include "base/wait.h"
#include "stage/answers.h"
#include "stage/gate.h"
#include "stage/stage.h"
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static int answer_limits(void *server, int fd, uint32_t value, int *ret_fd)
{
	const struct stage_parent *p = ((struct server *)server)->p;
	const struct process_settings *settings = &p->plan->settings;

	(void)fd, (void)value, (void)ret_fd;
	/* By now it is in its cgroup, whose cpuset would have overruled an earlier choice. */
	if (process_settings_final_cpus(settings, p->pid) < 0)
		return -1;
	return process_settings_limits(settings, p->plan->host->proc_fd, p->pid);
}

/* The process is about to load a filter that has a listener: only then it says that it is ready. */
static int answer_ready(void *server, int fd, uint32_t value, int *ret_fd)
{
	(void)server, (void)fd, (void)value, (void)ret_fd;
	return 0;
}

static const struct sync_service services[SYNC_REQUESTS] = {
	[SYNC_PLACE] = { answer_place, .once = true },
	[SYNC_CONSOLE] = { answer_console, .once = true },
	[SYNC_LIMITS] = { answer_limits, .once = true },
	[SYNC_READY] = { answer_ready, .once = true },
};

/* What failed because init ended meanwhile says so.  The kernel may still be about it: what is left
 * of a dying process cannot be joined before it counts as dead. */
static int fail_stopped(const struct stage_exec *e)
{
	struct pollfd end = { .fd = e->entry.init_pidfd, .events = POLLIN };

	return poll(&end, 1, 200) > 0 ? fail(0, "cannot exec in a stopped container") : -1;
}

static bool is_privileged(const struct host *host)
{
	return host->caps & UINT64_C(1) << CAP_SYS_ADMIN;
}

/*
 * What must happen before the clone.  Entering a pid namespace takes CAP_SYS_ADMIN in the caller's
 * own user namespace: an ordinary user has it in the container's, and goes there for it.  He has no
 * rights on the host that he could lose.
 */
static int enter(struct stage_exec *e)
{
	const struct plan *plan = e->parent.plan;
	uint64_t first = e->entry.namespaces & CLONE_NEWPID;

	if (e->entered)
		return 0;
	if (!is_privileged(plan->host))
		first |= e->entry.namespaces & CLONE_NEWUSER;
	/* The process inherits it; nobody but root can write it once it is not dumpable (K7). */
	if (plan->host->euid &&
	    process_settings_oom_score(&plan->settings, plan->host->proc_fd, getpid()) < 0)
		return -1;
	if (process_settings_initial_cpus(&plan->settings) < 0)
		return -1;
	/* Inherited too: the process is visible in the container from its first moment (R7). */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return fail(errno, "PR_SET_DUMPABLE");
	if (entry_join(&e->entry, first) < 0)
		return fail_stopped(e);
	e->user_namespace = e->entry.namespaces & CLONE_NEWUSER;
	e->entry.namespaces &= ~first;
	e->entered = true;
	return 0;
}

/* Into the cgroup at once, or placed afterwards where that is refused (K11). */
static pid_t clone_process(struct stage_exec *e, bool *ret_late)
{
	struct stage_parent *p = &e->parent;
	pid_t pid = process_clone(0, p->cgroup_fd, SIGCHLD, &p->pidfd);
	int code = pid < 0 ? failure()->code : 0;

	*ret_late = p->cgroup_fd >= 0 && (code == EACCES || code == EAGAIN);
	if (*ret_late)
		pid = process_clone(0, -1, SIGCHLD, &p->pidfd);
	/* The kernel's ENOMEM: the pid namespace takes no processes any more. */
	return pid < 0 && failure()->code == ENOMEM ? fail_stopped(e) : pid;
}

__attribute__((noreturn)) static void run_child(struct stage_exec *e, struct sync sync,
						struct gate_page *page, bool late)
{
	struct stage_child c = {
		.plan = e->parent.plan,
		.sync = sync,
		.gate_fd = -1,
		.place_late = late,
		.program = e->program,
		.page = page,
		.entry = e->entry,
		.init_root_fd = e->init_root_fd,
		.in_user_namespace = e->user_namespace,
	};

	exec_child(&c);
}

/*
 * Answers until the process closes its end: by execve, or by dying.  Which of the two the page
 * tells (K3).
 */
static int serve(struct stage_exec *e, struct sync *sync, struct gate_page *page)
{
	struct server s = { .p = &e->parent, .program_fd = -1, .devices_fd = -1, .source_fd = -1 };
	int result;

	if (rdt_enter(&e->parent.plan->rdt, e->parent.pid) < 0)
		return -1;
	result = sync_serve(sync, services, &s, e->seconds);

	if (result == 0 && e->listener.send) {
		if (listener_take(page, e->parent.pidfd, &e->listener, wait_until(WAIT_HANDSHAKE)) <
		    0)
			return -1;
		result = sync_serve(sync, services, &s, e->seconds);
	}
	if (result == 0)
		return fail(EPROTO, "the process asked to be started");
	if (failure()->code != EPIPE)
		return -1;
	if (page->phase != GATE_WAITING)
		return gate_verdict(page);
	name_the_death(&e->parent);
	return fail_stopped(e); /* whose end has killed all others */
}

static int clone_and_serve(struct stage_exec *e, struct gate_page *page)
{
	struct stage_parent *p = &e->parent;
	struct sync parent = { -1 }, child = { -1 };
	bool late;

	if (enter(e) < 0 || sync_pair(&parent, &child) < 0)
		return -1;
	p->pid = clone_process(e, &late);
	if (p->pid == 0) {
		fd_close(&parent.fd);
		run_child(e, child, page, late);
	}
	fd_close(&child.fd);
	int result = p->pid < 0 ? -1 : serve(e, &parent, page);
	fd_close(&parent.fd);
	if (result < 0 && p->pid > 0) {
		process_kill_and_reap(p->pidfd);
		fd_close(&p->pidfd);
		fd_close(&p->console_fd);
	}
	return result;
}

int stage_exec(struct stage_exec *e)
{
	struct stage_parent *p = &e->parent;
	struct gate_page *page =
		mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	flight_share();
	flight_step(FLIGHT_COMMAND, "clone the process");
	p->pidfd = p->console_fd = p->program_fd = -1;
	p->pid = -1;
	if (page == MAP_FAILED)
		return fail(errno, "map a page shared with the process");
	page->listener_fd = -1;
	int result = clone_and_serve(e, page);
	munmap(page, sizeof *page);
	return result;
}
