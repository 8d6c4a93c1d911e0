/*
 * child.c - the container process from its clone to execve: the order of isolation, one line a
 * step. Whoever audits ring3 reads the tables at the end of this file and of confine.c.
 */
#include "base/fail.h"
#include "base/fd.h"
#include "base/log.h"
#include "sandbox/rootfs.h"
#include "spec/load.h"
#include "stage/confine.h"
#include "stage/gate.h"
#include "stage/hooks.h"
#include "stage/stage.h"
#include "stage/steps.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct spec_process *process(const struct stage_child *c)
{
	return c->plan->spec->process;
}

static bool enters_user_namespace(const struct stage_child *c)
{
	return c->plan->idmap.needed || c->plan->namespaces.join[NS_USER];
}

static int ask_id_maps(struct stage_child *c)
{
	return c->plan->idmap.needed ? sync_ask(&c->sync, SYNC_MAP_IDS, 0, -1, NULL) : 0;
}

static int ask_time_offsets(struct stage_child *c)
{
	if (!c->plan->namespaces.new_time)
		return 0;
	if (time_unshare() < 0)
		return -1;
	return c->plan->namespaces.time_offsets ? sync_ask(&c->sync, SYNC_TIME_OFFSETS, 0, -1, NULL)
						: 0;
}

/* From here no process of the container can attach to this one, or take its descriptors (R7).  Not
 * before the maps: an unprivileged parent could not write them any more (K7). */
static int not_dumpable(struct stage_child *c)
{
	(void)c;
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return fail(errno, "PR_SET_DUMPABLE");
	return 0;
}

static int join_namespaces(struct stage_child *c)
{
	if (c->joined || !c->plan->namespaces.has_join)
		return 0;
	return namespaces_join(&c->plan->namespaces, c->namespace_fds);
}

static int become_root(struct stage_child *c)
{
	return enters_user_namespace(c) ? idmap_become_root(&c->plan->idmap) : 0;
}

static int new_session(struct stage_child *c)
{
	umask(0); /* modes are given exactly until "process settings" */
	return process_settings_session(&c->plan->settings, -1);
}

static int network(struct stage_child *c)
{
	return net_apply(&c->plan->net);
}

static int propagation(struct stage_child *c)
{
	return mounts_propagation(&c->plan->mounts);
}

static int open_sources(struct stage_child *c)
{
	if (mounts_open_sources(&c->plan->mounts, &c->sandbox) < 0)
		return -1;
	return devices_open_sources(&c->plan->devices, &c->sandbox);
}

static int private_procfs(struct stage_child *c)
{
	return rootfs_private_procfs(&c->sandbox) < 0 ? -1
						      : sysctl_open(&c->plan->sysctls, &c->sandbox);
}

static int enter_time(struct stage_child *c)
{
	return c->plan->namespaces.new_time ? time_enter(c->sandbox.self_fd) : 0;
}

static int bind_root(struct stage_child *c)
{
	return rootfs_bind(&c->plan->mounts, &c->sandbox);
}

static int mounts(struct stage_child *c)
{
	return mounts_apply(&c->plan->mounts, &c->sandbox);
}

static int devices(struct stage_child *c)
{
	return devices_apply(&c->plan->devices, &c->sandbox);
}

static int ask_network_devices(struct stage_child *c)
{
	if (!c->plan->spec->linux_.net_devices.count)
		return 0;
	cleanup_fd int fd = openat(c->sandbox.self_fd, "ns/net", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(errno, "open the network namespace");
	return sync_ask(&c->sync, SYNC_NET_DEVICES, 0, fd, NULL);
}

static int ask_runtime_hooks(struct stage_child *c)
{
	const spec_hooks *hooks = c->plan->spec->hooks;

	if (!hooks[HOOK_PRESTART].count && !hooks[HOOK_CREATE_RUNTIME].count)
		return 0;
	return sync_ask(&c->sync, SYNC_RUN_HOOKS, 0, -1, NULL);
}

/* Hooks that run in the container see its pid as the container does. */
static int run_own_hooks(struct stage_child *c, enum hook_kind kind, const char *status)
{
	const struct spec *spec = c->plan->spec;
	cleanup_text struct text state = { 0 };
	struct spec_state s = {
		.id = c->plan->request.id,
		.status = status,
		.pid = getpid(),
		.bundle = spec->bundle,
		.rootfs = c->plan->mounts.root,
		.annotations = spec->annotations,
	};
	struct hooks_run run = { .kind = kind,
				 .hooks = &spec->hooks[kind],
				 .output_fds = c->hook_fds };

	if (!run.hooks->count)
		return 0;
	spec_state_write(&state, &s, JSON_COMPACT);
	run.state = state.data;
	run.state_size = state.length;
	if (kind == HOOK_START_CONTAINER) {
		run.environment = c->environment;
		run.filter = c->program;
		run.filter_flags = c->plan->seccomp.flags;
	}
	return hooks_run(&run);
}

/* In the new root, as with runc: hooks name its files without knowing the way to it. */
static int container_hooks(struct stage_child *c)
{
	if (c->plan->spec->hooks[HOOK_CREATE_CONTAINER].count && c->sandbox.root_fd >= 0 &&
	    fchdir(c->sandbox.root_fd) < 0)
		return fail(errno, "change to the root file system");
	return run_own_hooks(c, HOOK_CREATE_CONTAINER, "creating");
}

static int change_root(struct stage_child *c)
{
	return rootfs_change(&c->plan->mounts, &c->sandbox);
}

/* What of the host is still open leads out of the new root: only what the next steps need stays
 * (R6). */
static int close_host(struct stage_child *c)
{
	const struct sandbox *s = &c->sandbox;
	const int keep[] = { c->sync.fd,     c->gate_fd,    log_fd(),	    s->proc_fd,
			     s->self_fd,     s->root_fd,    s->null_fd,	    s->null_tree_fd,
			     s->sys_proc_fd, s->console_fd, c->hook_fds[0], c->hook_fds[1] };

	return fd_close_except(3 + c->plan->request.preserve_fds, keep, COUNT(keep));
}

static int null_device(struct stage_child *c)
{
	return c->plan->mounts.new_namespace ? devices_reopen_null(&c->sandbox) : 0;
}

static int hidden_paths(struct stage_child *c)
{
	return hidden_paths_apply(&c->plan->hidden_paths, &c->sandbox);
}

static int make_working_directory(struct stage_child *c)
{
	return process(c) ? user_make_working_directory(&c->plan->user, c->sandbox.root_fd) : 0;
}

static int readonly_mounts(struct stage_child *c)
{
	return mounts_readonly(&c->plan->mounts, &c->sandbox);
}

static int readonly_root(struct stage_child *c)
{
	return rootfs_readonly(&c->plan->mounts, &c->sandbox);
}

static int root_propagation(struct stage_child *c)
{
	return rootfs_propagation(&c->plan->mounts, &c->sandbox);
}

static int uts(struct stage_child *c)
{
	return uts_apply(&c->plan->uts);
}

static int sysctls(struct stage_child *c)
{
	return sysctl_apply(&c->plan->sysctls, &c->sandbox);
}

static int ask_ready(struct stage_child *c)
{
	return gate_end_by_signals() < 0 ? -1 : sync_ask(&c->sync, SYNC_READY, 0, -1, NULL);
}

static int wait_for_start(struct stage_child *c)
{
	const int keep[] = { c->gate_fd, log_fd(), c->hook_fds[0], c->hook_fds[1] };

	/* The parent is done: from here failures go through the gate's page. */
	c->sync.fd = -1;
	if (fd_close_except(3 + c->plan->request.preserve_fds, keep, COUNT(keep)) < 0)
		return -1;
	c->connection_fd = gate_wait(c->gate_fd, &c->page);
	return c->connection_fd < 0 ? -1 : 0;
}

static int start_hooks(struct stage_child *c)
{
	c->page->phase = GATE_RUNNING_HOOKS;
	return run_own_hooks(c, HOOK_START_CONTAINER, "created");
}

/* The comments stand beside their rows: */
/* clang-format off */
static const struct step create_steps[] = {	/* root in the new user namespace, if any */
	{ "map ids", ask_id_maps },			/* the parent writes the maps */
	{ "time namespace", ask_time_offsets },		/* and the offsets, while it still may (K7, K10) */
	{ "not dumpable", not_dumpable },
	{ "join namespaces", join_namespaces },		/* a joiner did it where pid or user are joined (K9) */
	{ "become root", become_root },
	{ "start a session", new_session },		/* setsid, keyring, signal mask */
	{ "cgroup placement", step_placement },		/* unless CLONE_INTO_CGROUP|CLONE_NEWCGROUP did it (K11, K19) */
	{ "network", network },				/* lo up */
	{ "mount propagation", propagation },
	{ "open sources", open_sources },		/* after propagation, or mounts leak to the host (K13); */
							/* before the root file system is looked at (R2) */
	{ "private procfs", private_procfs },		/* R3, K16 */
	{ "enter time namespace", enter_time },
	{ "root filesystem", bind_root },		/* attached before anything is mounted in it (K1) */
	{ "mounts", mounts },
	{ "devices", devices },
	{ "network devices", ask_network_devices },	/* late: what fails behind it moves them back */
	{ "runtime hooks", ask_runtime_hooks },		/* the parent runs prestart, createRuntime */
	{ "createContainer hooks", container_hooks },
	{ "change root", change_root },			/* the host's files are gone */
	{ "close the host's descriptors", close_host },	/* R6 */
	{ "null device", null_device },			/* of 0 to 2, not the host's */
	{ "console", step_console },				/* K20 */
	{ "hidden paths", hidden_paths },		/* K1 */
	{ "make the working directory", make_working_directory },	/* where it is missing, as runc does */
	{ "read-only mounts", readonly_mounts },	/* nothing more is made in them */
	{ "read-only root", readonly_root },
	{ "root propagation", root_propagation },	/* K14 */
	{ "host and domain name", uts },
	{ "sysctl", sysctls },
	{ "process settings", step_process_settings },	/* personality, memory policy, umask */
	{ "seccomp program", step_take_filter },
};

static const struct step gate_steps[] = {	/* behind confine(), in confine.c */
	{ "ready", ask_ready },
	{ "wait for start", wait_for_start },
};

static const struct step start_steps[] = {	/* after `start` said go */
	{ "startContainer hooks", start_hooks },
	{ "close descriptors", step_close_descriptors },	/* R6 */
	{ "seccomp and execute", step_execute },	/* the filter is the last thing before execve (DESIGN 7.3) */
};

/* clang-format on */

static int ask_source(void *stage, size_t index)
{
	struct stage_child *c = stage;
	int fd = -1;

	return sync_ask(&c->sync, SYNC_SOURCE, (uint32_t)index, -1, &fd) < 0 ? -1 : fd;
}

static int ask_idmap(void *stage, size_t index, int tree_fd)
{
	struct stage_child *c = stage;

	return sync_ask(&c->sync, SYNC_IDMAP, (uint32_t)index, tree_fd, NULL);
}

void stage_child(struct stage_child *c)
{
	sandbox_init(&c->sandbox);
	/* An ordinary user's runtime may go nowhere where init may not. */
	c->sandbox.ask_source = c->plan->host->euid ? NULL : ask_source;
	c->sandbox.ask_idmap = ask_idmap;
	c->sandbox.send_console = confine_send_console;
	c->sandbox.stage = c;
	c->connection_fd = -1;
	if (steps_run(create_steps, COUNT(create_steps), c) < 0 || confine(c) < 0 ||
	    steps_run(gate_steps, COUNT(gate_steps), c) < 0) {
		if (c->sync.fd >= 0)
			sync_tell_failure(&c->sync);
		_exit(1);
	}
	if (steps_run(start_steps, COUNT(start_steps), c) < 0)
		confine_tell_page(c);
	_exit(1);
}
