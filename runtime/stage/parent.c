/* parent.c - clones init, answers what it asks, and takes it back when something fails. */
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/flight.h"
#include "base/log.h"
#include "base/process.h"
#include "base/wait.h"
#include "stage/answers.h"
#include "stage/hooks.h"
#include "stage/joiner.h"
#include "stage/source.h"
#include "stage/stage.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Milliseconds of work that fit beside the child's mounts; libseccomp is not needed before they are
 * done. */
static int compile_filter(struct server *s)
{
	const struct plan *plan = s->p->plan;

	if (!plan->seccomp.wanted || s->program_fd >= 0)
		return 0;
	s->program_fd = seccomp_compile(&plan->seccomp);
	return s->program_fd < 0 ? -1 : 0;
}

/* The kernel checks it for a tenth of a millisecond. */
static int load_devices(struct server *s)
{
	struct stage_parent *p = s->p;

	if (s->devices_fd >= 0 || (p->cgroup_fd < 0 && !p->plan->cgroup.systemd))
		return 0;
	return cgroup_load_devices(&p->plan->cgroup, &s->devices_fd);
}

static int answer_map_ids(void *server, int fd, uint32_t value, int *ret_fd)
{
	const struct stage_parent *p = ((struct server *)server)->p;

	(void)fd, (void)value, (void)ret_fd;
	if (idmap_write(&p->plan->idmap, p->plan->host->proc_fd, p->pid) < 0)
		return -1;
	/* An ordinary user can write it only while init is dumpable, which it is until this is
	 * answered (K7). */
	if (!p->plan->host->euid)
		return 0;
	return process_settings_oom_score(&p->plan->settings, p->plan->host->proc_fd, p->pid);
}

static int answer_time_offsets(void *server, int fd, uint32_t value, int *ret_fd)
{
	const struct stage_parent *p = ((struct server *)server)->p;

	(void)fd, (void)value, (void)ret_fd;
	return time_write_offsets(&p->plan->namespaces, p->plan->host->proc_fd, p->pid);
}

/* systemd moves init into a cgroup that is made for it. */
static int create_scope(struct stage_parent *p)
{
	if (cgroup_create_scope(&p->plan->cgroup, p->helper, p->pid, &p->cgroup_fd) < 0)
		return -1;
	return p->on_placed(p->owner);
}

int answer_place(void *server, int fd, uint32_t value, int *ret_fd)
{
	struct stage_parent *p = ((struct server *)server)->p;

	(void)fd, (void)value, (void)ret_fd;
	if (p->plan->cgroup.systemd)
		return create_scope(p);
	if (cgroup_place(&p->plan->cgroup, p->cgroup_fd, p->pid) == 0)
		return 0;
	if (!p->plan->cgroup.optional)
		return -1;
	log_warning("the container stays in the caller's cgroup: %s", failure()->text);
	return 0;
}

static int answer_source(void *server, int fd, uint32_t value, int *ret_fd)
{
	struct server *s = server;

	(void)fd;
	fd_close(&s->source_fd);
	if (source_open(&s->p->plan->mounts, value, s->p->pidfd, &s->source_fd) < 0)
		return -1;
	*ret_fd = s->source_fd;
	return 0;
}

static int answer_idmap(void *server, int fd, uint32_t value, int *ret_fd)
{
	const struct stage_parent *p = ((struct server *)server)->p;

	(void)ret_fd;
	if (fd < 0 || value >= p->plan->mounts.ops.count)
		return fail(EPROTO, "idmapped mount %u", value);
	return mounts_idmap(&p->plan->mounts, value, fd, p->pid);
}

static int answer_hooks(void *server, int fd, uint32_t value, int *ret_fd)
{
	struct stage_parent *p = ((struct server *)server)->p;

	(void)fd, (void)value, (void)ret_fd;
	return p->run_hooks(p->owner);
}

int answer_console(void *server, int fd, uint32_t value, int *ret_fd)
{
	struct stage_parent *p = ((struct server *)server)->p;
	char name[32];

	(void)ret_fd;
	if (fd < 0)
		return fail(EPROTO, "a console without a descriptor");
	snprintf(name, sizeof name, "/dev/pts/%u", value);
	if (p->console_socket_fd >= 0)
		return terminal_send(p->console_socket_fd, fd, name);
	/* Foreground: the terminal is as the caller's is before the program can write to it. */
	p->console_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (p->console_fd < 0)
		return fail(errno, "keep the terminal");
	if (isatty(STDIN_FILENO))
		terminal_copy_size(STDIN_FILENO, p->console_fd); /* else it has config.json's */
	return terminal_keep_newlines(p->console_fd);
}

static int answer_filter(void *server, int fd, uint32_t value, int *ret_fd)
{
	struct server *s = server;

	(void)fd, (void)value;
	if (compile_filter(s) < 0)
		return -1;
	*ret_fd = s->program_fd;
	return 0;
}

static int answer_limits(void *server, int fd, uint32_t value, int *ret_fd)
{
	struct server *s = server;
	const struct stage_parent *p = s->p;

	(void)fd, (void)value, (void)ret_fd;
	if (process_settings_limits(&p->plan->settings, p->plan->host->proc_fd, p->pid) < 0 ||
	    load_devices(s) < 0)
		return -1;
	if (cgroup_restrict_devices(p->cgroup_fd, s->devices_fd) < 0)
		return -1;
	return cgroup_limits_apply(&p->plan->cgroup, p->helper, p->cgroup_fd);
}

/* Init alone listens from here: with a copy of the socket open here, a dead init would not be seen
 * as dead. */
static int answer_ready(void *server, int fd, uint32_t value, int *ret_fd)
{
	struct stage_parent *p = ((struct server *)server)->p;

	(void)fd, (void)value, (void)ret_fd;
	fd_close(&p->gate_fd);
	return 0;
}

static const struct sync_service services[SYNC_REQUESTS] = {
	[SYNC_MAP_IDS] = { answer_map_ids, .once = true },
	[SYNC_TIME_OFFSETS] = { answer_time_offsets, .once = true },
	[SYNC_PLACE] = { answer_place, .once = true },
	[SYNC_SOURCE] = { answer_source }, /* one a mount */
	[SYNC_IDMAP] = { answer_idmap },   /* one a mount */
	[SYNC_NET_DEVICES] = { answer_net_devices, .once = true },
	[SYNC_RUN_HOOKS] = { answer_hooks, .once = true },
	[SYNC_CONSOLE] = { answer_console, .once = true },
	[SYNC_FILTER] = { answer_filter, .once = true },
	[SYNC_LIMITS] = { answer_limits, .once = true },
	[SYNC_READY] = { answer_ready, .once = true },
};

static pid_t clone_once(struct stage_parent *p, const int fds[NS_COUNT], uint64_t flags,
			int cgroup_fd)
{
	const struct namespaces *n = &p->plan->namespaces;
	struct joiner j = { .namespaces = n, .fds = fds, .flags = flags, .cgroup_fd = cgroup_fd };

	if (n->needs_joiner)
		return joiner_clone(&j, &p->pidfd);
	return process_clone(flags, cgroup_fd, SIGCHLD, &p->pidfd);
}

/*
 * Into the cgroup at once where it is there and the kernel allows it; EACCES (no common ancestor
 * that is ours), EAGAIN (pids.max) and EBUSY have init placed afterwards instead (K11).
 */
static pid_t clone_init(struct stage_parent *p, const int fds[NS_COUNT], bool *ret_late)
{
	uint64_t flags = p->plan->namespaces.create;

	*ret_late = p->plan->cgroup.systemd !=
		    NULL; /* the child learns it by its copy of this memory */
	if (*ret_late)
		return clone_once(p, fds, flags & ~(uint64_t)CLONE_NEWCGROUP, -1);
	pid_t pid = clone_once(p, fds, flags, p->cgroup_fd);
	int code = pid < 0 ? failure()->code : 0;

	if (pid >= 0 || p->cgroup_fd < 0 || (code != EACCES && code != EAGAIN && code != EBUSY))
		return pid;
	*ret_late = true;
	return clone_once(p, fds, flags & ~(uint64_t)CLONE_NEWCGROUP, -1);
}

__attribute__((noreturn)) static void run_child(struct stage_parent *p, struct sync sync,
						const int fds[NS_COUNT], bool late)
{
	struct stage_child c = {
		.plan = p->plan,
		.sync = sync,
		.gate_fd = p->gate_fd,
		.hook_fds = { p->hook_fds[0], p->hook_fds[1] },
		.place_late = late,
		.joined = p->plan->namespaces.needs_joiner,
	};

	close(p->lock_fd);
	memcpy(c.namespace_fds, fds, sizeof c.namespace_fds);
	stage_child(&c);
}

/* What may have killed it, as far as this process can see. */
static const char *killer(const struct stage_parent *p, int signal)
{
	if (signal == SIGSYS)
		return ": a seccomp filter that ring3 itself is under";
	if (signal == SIGKILL && p->cgroup_fd >= 0 && cgroup_oom_kills(p->cgroup_fd) > 0)
		return ": by the OOM killer, the cgroup's memory limit is too small";
	return "";
}

/* Why there is no answer any more: how the process ended says more than the end of file. */
void name_the_death(struct stage_parent *p)
{
	const char *step = flight_last(FLIGHT_CONTAINER);
	int status = 0;

	if (process_wait(p->pidfd, wait_until(WAIT_HELPER), "the container process to end",
			 &status) < 0)
		return;
	if (status > 128)
		fail(0,
		     "the container process was killed by signal %d (%s) during set-up, in the "
		     "step \"%s\"%s",
		     status - 128, strsignal(status - 128), step ? step : "clone",
		     killer(p, status - 128));
	else
		fail(0,
		     "the container process ended with status %d during set-up, in the step "
		     "\"%s\"",
		     status, step ? step : "clone");
}

static int serve(struct stage_parent *p, struct sync *sync)
{
	struct server s = { .p = p, .program_fd = -1, .devices_fd = -1, .source_fd = -1 };
	const spec_hooks *hooks = p->plan->spec->hooks;
	unsigned seconds = WAIT_HANDSHAKE + hooks_seconds(&hooks[HOOK_CREATE_CONTAINER]);
	int result = p->on_pid(p->owner, p->pid, p->pidfd);

	if (result == 0)
		result = rdt_enter(&p->plan->rdt, p->pid);

	/* A joined user namespace has the maps it has: those of config.json must say the same
	 * (N-11). */
	if (result == 0 && p->plan->namespaces.join[NS_USER])
		result = idmap_check_joined(&p->plan->idmap, p->plan->host->proc_fd, p->pid);

	/* While the child waits for its maps there is nothing to do it beside. */
	if (result == 0 && !p->plan->idmap.needed)
		result = load_devices(&s) < 0 ? -1 : compile_filter(&s);
	if (result == 0)
		result = sync_serve(sync, services, &s, seconds);
	p->program_fd = take_fd(&s.program_fd);
	fd_close(&s.devices_fd);
	fd_close(&s.source_fd);
	return result;
}

static void close_all(const int fds[NS_COUNT])
{
	for (int t = 0; t < NS_COUNT; t++)
		if (fds[t] >= 0)
			close(fds[t]);
}

int stage_create(struct stage_parent *p)
{
	struct sync parent = { -1 }, child = { -1 };
	int fds[NS_COUNT];
	bool late;

	p->pidfd = p->console_fd = p->program_fd = -1;
	flight_share();
	flight_step(FLIGHT_COMMAND, "clone the container process");
	if (namespaces_open(&p->plan->namespaces, fds) < 0)
		return -1;
	if (sync_pair(&parent, &child) < 0) {
		close_all(fds);
		return -1;
	}
	p->pid = clone_init(p, fds, &late);
	if (p->pid == 0) {
		fd_close(&parent.fd);
		run_child(p, child, fds, late);
	}
	fd_close(&child.fd);
	close_all(fds);
	int result = p->pid < 0 ? -1 : serve(p, &parent);
	if (result < 0 && p->pid > 0) {
		if (failure()->code == EPIPE || failure()->code == ECONNRESET)
			name_the_death(p);
		process_kill_and_reap(p->pidfd);
		fd_close(&p->pidfd);
		fd_close(&p->console_fd);
		fd_close(&p->program_fd);
	}
	fd_close(&parent.fd);
	return result;
}
