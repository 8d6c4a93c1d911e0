/* exec.c - the verb exec: what is needed of the running container, and the order of it. */
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/process.h"
#include "base/wait.h"
#include "cgroup/cgroup.h"
#include "container/caller.h"
#include "container/container.h"
#include "container/exec_process.h"
#include "container/seccomp_agent.h"
#include "stage/stage.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CGROUP_FILE_LIMIT = 64 << 10 };

/* One exec, with what it has opened. */
struct execution {
	struct container *c;
	const struct exec_options *options;
	enum status status;
	struct plan plan;
	struct sock_fprog program;
	struct seccomp_agent agent;
	struct stage_exec stage;
};

static void execution_close(struct execution *x)
{
	fd_close(&x->stage.parent.cgroup_fd);
	fd_close(&x->stage.parent.console_socket_fd);
	entry_close(&x->stage.entry);
	fd_close(&x->stage.init_root_fd);
	fd_close(&x->agent.fd);
}

/* C-09; a container that is created, but not started, has all that a program needs. */
static int check_status(struct execution *x)
{
	x->status = container_status(x->c, &x->stage.entry.init_pidfd);
	switch (x->status) {
	case STATUS_CREATED:
	case STATUS_RUNNING:
		return 0;
	case STATUS_PAUSED:
		if (x->options->ignore_paused)
			return 0;
		return fail(0, "cannot exec in a paused container (use --ignore-paused to "
			       "override)");
	case STATUS_CREATING:
		return fail(0, "cannot exec in a container that is being created or removed");
	case STATUS_STOPPED:
	case STATUS_COUNT:
		break;
	}
	return fail(0, "cannot exec in a %s container", status_names[x->status]);
}

static int make_plan(struct execution *x)
{
	const struct exec_options *o = x->options;
	struct plan_request request = {
		.id = x->c->id,
		.no_new_keyring = x->c->state.no_new_keyring,
		.listen_fds = caller_listen_fds(),
		.seccomp_receiver = x->c->state.seccomp_agent,
	};
	const struct spec *frozen;
	struct spec *spec;

	request.preserve_fds = o->preserve_fds + request.listen_fds;
	if (caller_check_descriptors(request.preserve_fds) < 0)
		return -1;
	frozen = container_spec(x->c);
	if (!frozen)
		return -1;
	spec = ARENA_NEW(frozen->arena, struct spec);
	*spec = *frozen;
	spec->process = exec_process(frozen, o);
	if (!spec->process ||
	    caller_check_terminal(spec->process, !o->detach, o->console_socket) < 0)
		return -1;
	return plan_exec(spec, x->c->host, &request, spec->arena, &x->plan);
}

/* The one that create has left, or compiled anew where it was made without. */
static int take_filter(struct execution *x)
{
	cleanup_fd int fd = -1;

	if (!x->plan.seccomp.wanted)
		return 0;
	fd = openat(x->c->dir_fd, "seccomp.bpf", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno != ENOENT)
		return fail(errno, "open seccomp.bpf of container %s", x->c->id);
	if (fd < 0 && (fd = seccomp_compile(&x->plan.seccomp)) < 0)
		return -1;
	x->stage.program = &x->program;
	return seccomp_read(fd, &x->program);
}

static int send_listener(void *owner, int listener_fd)
{
	struct execution *x = owner;

	x->agent.pid = x->stage.parent.pid;
	return seccomp_agent_send(&x->agent, listener_fd);
}

/* A listener of its own: what init's filter catches is not told to this one's. */
static int connect_agent(struct execution *x)
{
	if (!x->plan.seccomp.agent)
		return 0;
	x->agent.c = x->c;
	x->agent.spec = x->plan.spec;
	x->agent.status = "running";
	x->stage.listener = (struct listener_target){ send_listener, x };
	return seccomp_agent_connect(&x->agent, x->plan.seccomp.agent);
}

/* What is read by pid belongs to init if init still lives afterwards. */
static int look_at_init(struct execution *x)
{
	const int proc_fd = x->c->host->proc_fd, pid = (int)x->c->state.pid;
	struct stage_exec *e = &x->stage;
	char name[32];

	if (entry_find(&e->entry, x->c->id, pid, x->status == STATUS_CREATED, x->c->dir_fd,
		       proc_fd) < 0)
		return -1;
	/* Also in a mount namespace that differs, when it is the creator's: init only has another
	 * root there. */
	if (!spec_has_namespace(x->plan.spec, NS_MOUNT, NULL)) {
		snprintf(name, sizeof name, "%d/root", pid);
		e->init_root_fd = openat(proc_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (e->init_root_fd < 0)
			return fail(errno, "open /proc/%s", name);
	}
	if (process_signal(e->entry.init_pidfd, 0) < 0)
		return fail(0, "cannot exec in a stopped container");
	return 0;
}

static int open_cgroup(struct execution *x)
{
	const struct state *s = &x->c->state;
	const char *option = x->options->cgroup, *path;

	if (!s->cgroup_mount || !s->cgroup_path)
		return option ? fail(0, "--cgroup %s: the container has no cgroup", option) : 0;
	path = exec_cgroup(s->cgroup_path, option, x->c->arena);
	if (!path)
		return -1;
	x->plan.cgroup.mount = s->cgroup_mount;
	x->plan.cgroup.path = path;
	x->plan.cgroup.host = x->c->host;
	x->plan.cgroup.unit = (struct systemd_unit){ s->systemd_unit, s->systemd_user };
	x->stage.parent.cgroup_fd = cgroup_open(s->cgroup_mount, path);
	return x->stage.parent.cgroup_fd < 0 ? -1 : 0;
}

/* "0::/path" of the list of cgroups that a process is in; cut off at its end. */
static const char *unified_path(char *list)
{
	char *line;

	while ((line = strsep(&list, "\n")))
		if (text_starts(line, "0::/"))
			return line + strlen("0::");
	return NULL;
}

/*
 * init has moved into a cgroup below and given the container's own one controllers to hand out, as
 * systemd does: then no process may be in that any more (K11).
 */
static int open_cgroup_of_init(struct execution *x)
{
	cleanup_free char *list = NULL;
	const char *path;
	char name[32];

	fd_close(&x->stage.parent.cgroup_fd);
	snprintf(name, sizeof name, "%lld/cgroup", (long long)x->c->state.pid);
	if (file_read(x->c->host->proc_fd, name, CGROUP_FILE_LIMIT, &list, NULL) < 0)
		return -1;
	path = unified_path(list);
	if (!path)
		return fail(0, "no cgroup v2 in /proc/%s", name);
	x->stage.parent.cgroup_fd = cgroup_open(x->c->state.cgroup_mount, path);
	return x->stage.parent.cgroup_fd < 0 ? -1 : 0;
}

static int run_stage(struct execution *x)
{
	struct stage_exec *e = &x->stage;

	if (stage_exec(e) == 0)
		return 0;
	if (e->parent.pid >= 0 || failure()->code != EBUSY || x->options->cgroup)
		return -1;
	return open_cgroup_of_init(x) < 0 ? -1 : stage_exec(e);
}

static int execute(struct execution *x, struct created *ret)
{
	const struct exec_options *o = x->options;
	const struct announcement announcement = { .pidfd_socket = o->pidfd_socket,
						   .pidfd_kind = "setns",
						   .pid_file = o->pid_file };
	struct stage_parent *p = &x->stage.parent;

	if (check_status(x) < 0 || make_plan(x) < 0 || take_filter(x) < 0 || connect_agent(x) < 0)
		return -1;
	if (o->console_socket && (p->console_socket_fd = terminal_connect(o->console_socket)) < 0)
		return -1;
	if (look_at_init(x) < 0 || open_cgroup(x) < 0)
		return -1;
	/* In a frozen cgroup it does not move before somebody resumes the container. */
	x->stage.seconds = o->ignore_paused ? UINT_MAX : WAIT_HANDSHAKE;
	if (run_stage(x) < 0)
		return container_diagnose_exec(x->c);
	*ret = (struct created){
		.pid = p->pid,
		.pidfd = p->pidfd,
		.console_fd = p->console_fd,
		.terminal = x->plan.terminal.wanted,
	};
	if (caller_announce(&announcement, ret) == 0)
		return 0;
	/* Nobody knows of it: it must not run on. */
	struct failure first = *failure();

	process_kill_and_reap(ret->pidfd);
	return fail_copy(first.code, first.text, strlen(first.text));
}

int container_exec(struct container *c, const struct exec_options *options, struct created *ret)
{
	struct execution x = {
		.c = c,
		.options = options,
		.agent = { .fd = -1 },
		.stage = { .parent = { .plan = &x.plan,
				       .cgroup_fd = -1,
				       .console_socket_fd = -1,
				       .gate_fd = -1,
				       .lock_fd = -1 },
			   .entry = ENTRY_NONE,
			   .init_root_fd = -1 },
	};

	*ret = (struct created){ .pidfd = -1, .console_fd = -1 };
	int result = execute(&x, ret);
	execution_close(&x);
	if (result < 0) {
		fd_close(&ret->pidfd);
		fd_close(&ret->console_fd);
	}
	return result;
}
