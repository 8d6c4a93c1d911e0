/* create.c - the verbs create and start: the order of what is made, and its undoing. */
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/process.h"
#include "base/wait.h"
#include "cgroup/cgroup.h"
#include "container/caller.h"
#include "container/container.h"
#include "container/creation.h"
#include "container/notify.h"
#include "container/seccomp_agent.h"
#include "stage/gate.h"
#include "stage/hooks.h"
#include "stage/listener.h"
#include "stage/stage.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What one create has in its hands, so that on_pid and run_hooks can reach it. */
struct creation {
	struct container *c;
	struct create_options options;
	struct plan plan;
	int console_socket_fd, cgroup_fd;
	struct systemd_helper helper;
	struct notify notify;
	struct net_devices net_devices;
	bool rdt_group_made;
	bool hooks_begun; /* from here a failure is followed by poststop (runtime.md, step 13) */
};

static void creation_close(struct creation *n)
{
	fd_close(&n->console_socket_fd);
	fd_close(&n->cgroup_fd);
	systemd_helper_close(&n->helper);
	fd_close(&n->notify.tree_fd);
	net_devices_close(&n->net_devices);
}

int container_hooks(struct container *c, const struct spec *spec, enum hook_kind kind,
		    enum status status, int64_t pid)
{
	cleanup_text struct text text = { 0 };
	struct spec_state state;
	struct hooks_run run = { .kind = kind,
				 .hooks = &spec->hooks[kind],
				 .directory = c->state.bundle };
	int output[2];

	if (!run.hooks->count)
		return 0;
	container_state(c, status, &state);
	state.pid = pid;
	spec_state_write(&text, &state, JSON_COMPACT);
	run.state = text.data;
	run.state_size = text.length;
	run.go_on = kind == HOOK_POSTSTOP; /* LC-17: a warning, and the next one */
	if (hooks_open_output(spec, output) < 0)
		return -1;
	run.output_fds = output;
	int result = hooks_run(&run);
	fd_close(&output[0]);
	fd_close(&output[1]);
	return result;
}

const struct spec *container_spec(struct container *c)
{
	cleanup_free char *text = NULL;
	size_t size;

	if (file_read(c->dir_fd, "config.json", JSON_MAX_SIZE, &text, &size) < 0)
		return NULL;
	return spec_parse("config.json", text, size, c->state.bundle);
}

int container_plan(const struct host *host, const char *id, const struct create_options *o,
		   struct plan *ret)
{
	struct plan_request request = {
		.id = id,
		.manager = o->manager,
		.no_pivot = o->no_pivot,
		.no_new_keyring = o->no_new_keyring,
		.listen_fds = caller_listen_fds(),
		.seccomp_receiver = getenv("RUN_OCI_SECCOMP_RECEIVER"),
	};
	const struct spec *spec;

	spec = spec_load(o->bundle, o->config);
	if (!spec)
		return -1;
	request.preserve_fds =
		caller_descriptors(spec->process, o->preserve_fds, request.listen_fds);
	if (caller_check_descriptors(request.preserve_fds) < 0 ||
	    caller_check_terminal(spec->process, o->foreground, o->console_socket) < 0)
		return -1;
	if (o->notify && o->notify->directory)
		notify_add(o->notify, spec);
	return plan_make(spec, host, &request, spec->arena, ret);
}

static void debug_plan(const struct plan *plan)
{
	cleanup_text struct text text = { 0 };
	char *line, *rest;

	if (!log_wants(LEVEL_DEBUG))
		return;
	plan_print(plan, &text);
	rest = text.data;
	while (rest && (line = strsep(&rest, "\n")) && *line)
		log_debug("plan: %s", line);
}

static int on_pid(void *owner, pid_t pid, int pidfd)
{
	struct creation *n = owner;

	(void)pidfd;
	return creation_save_pid(n->c, n->plan.spec, pid);
}

static int on_placed(void *owner)
{
	struct creation *n = owner;

	return creation_save_scope(n->c, &n->plan);
}

static int run_hooks(void *owner)
{
	struct creation *n = owner;
	const struct spec *spec = n->plan.spec;

	log_step(FLIGHT_COMMAND, "prestart and createRuntime hooks");
	n->hooks_begun = true;
	if (container_hooks(n->c, spec, HOOK_PRESTART, STATUS_CREATING, n->c->state.pid) < 0)
		return -1;
	return container_hooks(n->c, spec, HOOK_CREATE_RUNTIME, STATUS_CREATING, n->c->state.pid);
}

/* The record names what is about to be made, and not what was there before. */
static int make_rdt(struct creation *n)
{
	struct state *s = &n->c->state;
	const struct rdt *r = &n->plan.rdt;

	if (!r->spec)
		return 0;
	log_step(FLIGHT_COMMAND, "resctrl groups");
	cleanup_fd int fd = rdt_open(r->mount);
	if (fd < 0)
		return -1;
	s->rdt_mount = r->mount;
	s->rdt_group = r->own && !rdt_exists(fd, r->group) ? r->group : NULL;
	s->rdt_monitor = r->monitor && !rdt_exists(fd, r->monitor) ? r->monitor : NULL;
	return state_save(n->c) < 0 ? -1 : rdt_create(r, fd, &n->rdt_group_made);
}

/* A class with a closID stays when its container goes, but not when there never was a container. */
static void undo_rdt(const struct creation *n)
{
	const struct rdt *r = &n->plan.rdt;

	if (!n->rdt_group_made)
		return;
	cleanup_fd int fd = rdt_open(r->mount);
	if (fd < 0 || rdt_remove(fd, r->group, n->c->state.rdt_monitor) < 0)
		log_warning("clean up after a failed create: %s", failure()->text);
}

/* exec gets the filter that init has, without the milliseconds that compiling takes (SC-16). */
static int keep_filter(const struct container *c, int program_fd)
{
	struct sock_fprog program;

	if (program_fd < 0)
		return 0;
	if (seccomp_read(program_fd, &program) < 0)
		return -1;
	return file_create(c->dir_fd, "seccomp.bpf", program.filter,
			   program.len * sizeof *program.filter, 0600);
}

/* State directory, record, cgroup, init: each undone by container_destroy(). */
static int make(struct creation *n, struct created *ret)
{
	struct container *c = n->c;
	const struct spec *spec = n->plan.spec;
	struct stage_parent p = {
		.plan = &n->plan,
		.gate_fd = -1,
		.console_socket_fd = n->console_socket_fd,
		.lock_fd = c->dir_fd,
		.helper = &n->helper,
		.on_pid = on_pid,
		.on_placed = on_placed,
		.run_hooks = run_hooks,
		.owner = n,
		.net_devices = &n->net_devices,
	};

	if (state_save(c) < 0 || notify_make(&n->notify, c) < 0 ||
	    creation_make_cgroup(c, &n->plan, &n->helper, &n->cgroup_fd) < 0 || make_rdt(n) < 0)
		return -1;
	p.gate_fd = gate_bind(c->dir_fd, "creating.sock");
	if (p.gate_fd < 0)
		return -1;
	p.cgroup_fd = n->cgroup_fd;
	if (spec->hooks[HOOK_CREATE_CONTAINER].count)
		n->hooks_begun = true;
	int result = hooks_open_output(spec, p.hook_fds) < 0 ? -1 : stage_create(&p);
	n->cgroup_fd = p.cgroup_fd;
	fd_close(&p.hook_fds[0]);
	fd_close(&p.hook_fds[1]);
	fd_close(&p.gate_fd);
	if (result == 0)
		result = keep_filter(c, p.program_fd);
	fd_close(&p.program_fd);
	if (result < 0)
		return -1;
	*ret = (struct created){
		.pid = p.pid,
		.pidfd = p.pidfd,
		.console_fd = p.console_fd,
		.terminal = spec->process && spec->process->terminal,
	};
	return gate_open(c->dir_fd, "creating.sock", "start.sock");
}

static int undo(struct creation *n)
{
	struct failure first = *failure();

	net_devices_take_back(&n->net_devices);
	undo_rdt(n);
	fail_copy(first.code, first.text, strlen(first.text));
	return creation_undo(n->c, n->plan.spec, n->hooks_begun);
}

static int create(struct creation *n, struct created *ret)
{
	struct announcement announcement = {
		.pidfd_socket = n->options.pidfd_socket,
		.pidfd_kind = "standard",
		.pid_file = n->options.pid_file,
	};

	log_step(FLIGHT_COMMAND, "read config.json and plan");
	if (container_check_id(n->c->id) < 0 || notify_plan(n->c, &n->notify) < 0 ||
	    container_plan(n->c->host, n->c->id, &n->options, &n->plan) < 0)
		return -1;
	debug_plan(&n->plan);
	announcement.pidfd_receiver = spec_annotation(n->plan.spec, "run.oci.pidfd_receiver");
	if (n->options.console_socket) {
		n->console_socket_fd = terminal_connect(n->options.console_socket);
		if (n->console_socket_fd < 0)
			return -1;
	}
	log_step(FLIGHT_COMMAND, "state directory");
	if (container_new(n->c) < 0)
		return -1;
	creation_record(n->c, &n->plan, &n->options);
	if (make(n, ret) < 0 || caller_announce(&announcement, ret) < 0)
		return undo(n);
	return 0;
}

int container_create(struct container *c, const struct create_options *options, struct created *ret)
{
	struct creation n = { .c = c,
			      .options = *options,
			      .console_socket_fd = -1,
			      .cgroup_fd = -1,
			      .helper = SYSTEMD_NO_HELPER,
			      .notify = { .tree_fd = -1 },
			      .net_devices = NET_DEVICES_NONE };

	n.options.notify = &n.notify;
	*ret = (struct created){ .pidfd = -1, .console_fd = -1 };
	int result = create(&n, ret);
	creation_close(&n);
	if (result < 0) {
		fd_close(&ret->pidfd);
		fd_close(&ret->console_fd);
	}
	return result;
}

static int check_created(struct container *c, int *ret_pidfd)
{
	enum status status = container_status(c, ret_pidfd);

	switch (status) {
	case STATUS_CREATED:
		return 0;
	case STATUS_STOPPED:
		return fail(0, "cannot start a container that has stopped");
	case STATUS_RUNNING:
	case STATUS_PAUSED:
		return fail(0, "cannot start an already running container");
	case STATUS_CREATING:
	case STATUS_COUNT:
		break;
	}
	return fail(0, "cannot start a container in the %s state", status_names[status]);
}

/* init runs the startContainer hooks before it executes the program: the deadline includes them. */
static int64_t start_deadline(const struct spec *spec)
{
	return wait_until(WAIT_HANDSHAKE +
			  (spec ? hooks_seconds(&spec->hooks[HOOK_START_CONTAINER]) : WAIT_HOOK));
}

/* The agent is connected first: without one the program could not begin anyway. */
static int let_go(struct container *c, const struct spec *spec, int pidfd)
{
	struct seccomp_agent agent = {
		.fd = -1, .c = c, .spec = spec, .status = "creating", .pid = (pid_t)c->state.pid
	};
	struct listener_target listener = { .owner = &agent };

	if (c->state.seccomp_agent) {
		listener.send = seccomp_agent_send;
		if (seccomp_agent_connect(&agent, c->state.seccomp_agent) < 0)
			return -1;
	}
	int result = gate_start(c->dir_fd, "start.sock", pidfd, &listener, start_deadline(spec));

	fd_close(&agent.fd);
	return result;
}

/* Where the program does not begin, or a poststart hook fails, the container is undone (runtime.md,
 * steps 7 to 9). */
static int start(struct container *c, int pidfd)
{
	const struct state *s = &c->state;
	const struct spec *spec = NULL;

	if (!c->state.has_process)
		return fail(0, "cannot start a container whose config.json has no process");
	if ((s->has_poststart || s->has_poststop || s->seccomp_agent) &&
	    !(spec = container_spec(c)))
		return -1;
	if (notify_listen(c) < 0)
		return -1;
	log_step(FLIGHT_COMMAND, "let the container process go on");
	if (let_go(c, spec, pidfd) < 0) {
		container_diagnose_start(c);
		return creation_undo(c, spec, spec != NULL);
	}
	/* The name goes last: until then `state` says created, and a killed `start` can be followed
	 * by delete. */
	if (unlinkat(c->dir_fd, "start.sock", 0) < 0)
		return fail(errno, "remove the start gate");
	if (c->state.has_poststart &&
	    container_hooks(c, spec, HOOK_POSTSTART, STATUS_RUNNING, c->state.pid) < 0)
		return creation_undo(c, spec, spec != NULL);
	return 0;
}

int container_start(struct container *c)
{
	cleanup_fd int pidfd = -1;

	return container_lock(c) < 0 || check_created(c, &pidfd) < 0 ? -1 : start(c, pidfd);
}

int container_start_created(struct container *c, const struct created *created)
{
	return start(c, created->pidfd);
}
