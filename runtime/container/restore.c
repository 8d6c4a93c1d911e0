/* restore.c - the verb restore: a container as create makes it, whose init is CRIU's work. */
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/process.h"
#include "base/wait.h"
#include "container/caller.h"
#include "container/container.h"
#include "container/creation.h"
#include "container/criu.h"
#include "container/criu_options.h"
#include "stage/restore_root.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DESCRIPTORS_MAX_SIZE = 64 << 10 };
#define CREATING "creating.sock" /* as long as it is there the status is creating, as in create */

struct restore {
	struct container *c;
	const struct create_options *create;
	const struct checkpoint_options *options;
	struct plan plan;
	struct criu_directories directories;
	struct criu_opts opts;
	struct criu_ext_mounts mounts;
	struct arena *arena;
	const char **descriptors; /* descriptors.json */
	int namespace_fds[COUNT(criu_external_namespaces)];
	size_t namespace_count;
	struct systemd_helper helper;
	int cgroup_fd, console_socket_fd;
	int console_fd; /* pty master for the foreground, -1: none */
	bool hooks_begun;
};

/* --- what the images and config.json say --- */

/* Not through a link, and not from a fifo: images may have come from anywhere. */
static int read_image_file(int dir_fd, const char *name, size_t limit, char **ret, size_t *ret_size)
{
	cleanup_fd int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(errno, "open %s of the checkpoint", name);
	if (!S_ISREG(st.st_mode))
		return fail(0, "%s of the checkpoint is no regular file", name);
	return file_read_fd(fd, limit, ret, ret_size);
}

static int read_descriptors(struct restore *r)
{
	static const struct json_field field = { .read = json_strings };
	cleanup_free char *text = NULL;
	struct json_doc doc = { .name = CRIU_DESCRIPTORS_FILE, .arena = r->arena };
	int result;

	if (read_image_file(r->directories.images_fd, CRIU_DESCRIPTORS_FILE, DESCRIPTORS_MAX_SIZE,
			    &text, &doc.size) < 0)
		return -1;
	doc.text = text;
	result = json_parse(&doc);
	if (result == 0)
		result = json_strings(&doc, doc.root, &field, &r->descriptors);
	json_forget(&doc);
	return result;
}

/* Pipes that led out of the container lead to the caller's descriptors now. */
static void add_descriptors(struct restore *r, struct criu_inherit_fd *list, size_t *count)
{
	for (int fd = 0; fd < CRIU_DESCRIPTORS && r->descriptors[fd]; fd++)
		if (strstr(r->descriptors[fd], "pipe:"))
			list[(*count)++] =
				(struct criu_inherit_fd){ r->descriptors[fd], pb_int(fd) };
}

/* Host paths of config.json, which is trusted. */
static int open_namespaces(struct restore *r, struct criu_inherit_fd *list, size_t *count)
{
	for (size_t i = 0; i < COUNT(criu_external_namespaces); i++) {
		const struct criu_external_namespace *n = &criu_external_namespaces[i];
		const char *path = r->plan.namespaces.join[n->type];

		if (!path)
			continue;
		int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

		if (fd < 0)
			return fail(errno, "open %s namespace %s",
				    namespace_name((enum namespace_type)n->type), path);
		list[(*count)++] =
			(struct criu_inherit_fd){ n->key,
						  pb_int(CRIU_FIRST_FD + (int)r->namespace_count) };
		r->namespace_fds[r->namespace_count++] = fd;
	}
	return 0;
}

static int add_inherited(struct restore *r)
{
	struct criu_inherit_fd *list =
		ARENA_ARRAY(r->arena, CRIU_DESCRIPTORS + COUNT(criu_external_namespaces),
			    struct criu_inherit_fd);
	size_t count = 0;

	add_descriptors(r, list, &count);
	if (open_namespaces(r, list, &count) < 0)
		return -1;
	r->opts.inherit_fd = (struct pb_list){ list, count };
	return 0;
}

/* The other namespaces that were joined CRIU joins by their paths. */
static int add_joined(struct restore *r)
{
	static const char *const names[NS_COUNT] = {
		[NS_IPC] = "ipc",   [NS_UTS] = "uts",	[NS_USER] = "user",
		[NS_TIME] = "time", [NS_MOUNT] = "mnt",
	};
	struct criu_join_ns *list = ARENA_ARRAY(r->arena, NS_COUNT, struct criu_join_ns);
	size_t count = 0;

	for (int t = 0; t < NS_COUNT; t++) {
		const char *path = r->plan.namespaces.join[t];

		if (!path || t == NS_NETWORK || t == NS_PID)
			continue;
		if (!names[t])
			return fail(0, "CRIU cannot join a %s namespace",
				    namespace_name((enum namespace_type)t));
		list[count++] = (struct criu_join_ns){ names[t], path };
	}
	r->opts.join_ns = (struct pb_list){ list, count };
	return 0;
}

/* Host paths of config.json, which is trusted.  Of what is missing CRIU says so. */
static const char *without_links(const struct restore *r, const char *path, int flags)
{
	cleanup_fd int fd = open(path, O_PATH | O_CLOEXEC | flags);
	const char *found = fd < 0 ? NULL : criu_path_of(r->c, fd, r->arena);

	return found ? found : path;
}

static void add_mount(struct restore *r, const struct mount_op *op)
{
	if (op->kind == MOUNT_BIND)
		criu_add_ext_mount(
			&r->mounts, op->destination,
			without_links(r, op->source, op->source_nofollow ? O_NOFOLLOW : 0));
	else if (op->kind == MOUNT_CGROUP && !r->plan.mounts.cgroup_namespace)
		criu_add_ext_mount(&r->mounts, op->destination,
				   r->plan.mounts.cgroup_path ? r->plan.mounts.cgroup_path
							      : r->plan.mounts.cgroup_mount);
}

/* An image that crun made has a masked file by its path; a name nobody asks for does no harm. */
static void add_external_mounts(struct restore *r, const char *state_directory)
{
	const struct plan *p = &r->plan;
	const char **masked = p->spec->linux_.masked_paths;
	size_t room = p->mounts.ops.count + p->devices.nodes.count + 2;

	for (const char **path = masked; path && *path; path++)
		room++;
	r->mounts.items = ARENA_ARRAY(r->arena, room, struct criu_ext_mount);
	for (size_t i = 0; i < p->mounts.ops.count; i++)
		add_mount(r, &p->mounts.ops.items[i]);
	criu_add_ext_mount(&r->mounts, CRIU_MASK, "/dev/null");
	for (const char **path = masked; path && *path; path++)
		criu_add_ext_mount(&r->mounts, *path, "/dev/null");
	for (size_t i = 0; p->devices.bind && i < p->devices.nodes.count; i++)
		if (strcmp(p->devices.nodes.items[i].path, CRIU_MASK))
			criu_add_ext_mount(&r->mounts, p->devices.nodes.items[i].path,
					   p->devices.nodes.items[i].path);
	criu_add_ext_mount(&r->mounts, CRIU_NOTIFY_MOUNT,
			   arena_printf(r->arena, "%s/notify", state_directory));
	r->opts.ext_mnt = (struct pb_list){ r->mounts.items, r->mounts.count };
}

/* --- while CRIU works --- */

static int prepare_root(void *owner)
{
	const struct restore *r = owner;
	char place[PATH_MAX];

	snprintf(place, sizeof place, "%s/" CRIU_YARD_PLACE,
		 r->opts.cgroup_yard ? r->opts.cgroup_yard : "");
	return stage_restore_root(&r->plan, r->c->host->cgroup_mount,
				  r->opts.cgroup_yard ? place : NULL);
}

/* CRIU's own process is in the cgroup, and so is what it restores. */
static int limit(void *owner, pid_t pid)
{
	struct restore *r = owner;
	const struct cgroup_plan *plan = &r->plan.cgroup;
	cleanup_fd int program_fd = -1;

	if (plan->systemd && (cgroup_create_scope(plan, &r->helper, pid, &r->cgroup_fd) < 0 ||
			      creation_save_scope(r->c, &r->plan) < 0))
		return -1;
	if (r->cgroup_fd < 0)
		return 0;
	if (cgroup_load_devices(plan, &program_fd) < 0 ||
	    cgroup_restrict_devices(r->cgroup_fd, program_fd) < 0)
		return -1;
	return cgroup_limits_apply(plan, &r->helper, r->cgroup_fd);
}

/* A new network namespace has its loopback device down (D-28); who enters it is a process of its
 * own, since there is no way back. */
static int bring_loopback_up(const struct restore *r, pid_t pid)
{
	cleanup_fd int init_fd = -1, pidfd = -1;
	int status;

	if (!r->plan.net.new_namespace)
		return 0;
	init_fd = process_pidfd(pid);
	if (init_fd < 0)
		return fail(errno, "open the restored process");
	pid_t helper = process_clone(0, -1, SIGCHLD, &pidfd);
	if (helper == 0)
		_exit(namespaces_enter(init_fd, CLONE_NEWNET) < 0 || net_apply(&r->plan.net) < 0);
	if (helper < 0 ||
	    process_wait(pidfd, wait_until(WAIT_HELPER), "the loopback device", &status) < 0)
		return -1;
	return status ? fail(0, "bring the loopback device up") : 0;
}

/* Its namespaces are there, its processes are not: the moment in which create runs these hooks. */
static int run_hooks(struct restore *r, pid_t pid)
{
	const struct spec *spec = r->plan.spec;

	if (creation_save_pid(r->c, spec, pid) < 0 || bring_loopback_up(r, pid) < 0)
		return -1;
	log_step(FLIGHT_COMMAND, "prestart and createRuntime hooks");
	r->hooks_begun = true;
	if (container_hooks(r->c, spec, HOOK_PRESTART, STATUS_CREATING, pid) < 0)
		return -1;
	return container_hooks(r->c, spec, HOOK_CREATE_RUNTIME, STATUS_CREATING, pid);
}

static int take_console(struct restore *r, int fd)
{
	if (fd < 0)
		return fail(EPROTO, "a terminal without a descriptor");
	if (r->console_socket_fd >= 0)
		return terminal_send(r->console_socket_fd, fd, "/dev/pts/0");
	r->console_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return r->console_fd < 0 ? fail(errno, "keep the terminal") : 0;
}

static int notify(void *owner, const struct criu_notify *n, int fd)
{
	struct restore *r = owner;

	if (!strcmp(n->script, "setup-namespaces"))
		return run_hooks(r, (pid_t)n->pid.value);
	if (!strcmp(n->script, "orphan-pts-master"))
		return take_console(r, fd);
	return 0;
}

/* --- the order --- */

static int make_places(struct restore *r)
{
	const int dir_fd = r->c->dir_fd;
	const char *path = criu_path_of(r->c, dir_fd, r->arena);

	if (!path || criu_yard_make(r->c, r->arena, &r->opts, CRIU_YARD_MOUNT) < 0)
		return -1;
	if (mkdirat(dir_fd, "notify", 0755) < 0)
		return fail(errno, "make the directory %s/notify", path);
	if (file_create(dir_fd, CREATING, "", 0, 0600) < 0)
		return -1;
	add_external_mounts(r, path);
	r->opts.root = without_links(r, r->plan.mounts.root, O_DIRECTORY);
	return 0;
}

static int fill(struct restore *r)
{
	struct criu_cgroup_root *root = ARENA_NEW(r->arena, struct criu_cgroup_root);

	r->opts.log_file = "restore.log";
	r->opts.rst_sibling = pb_int(1); /* the caller's subreaper inherits it (EC-10) */
	r->opts.evasive_devices = pb_int(1);
	if (r->plan.cgroup.path) {
		root->ctrl = ""; /* cgroup v2; without a name v1 would be meant as well */
		root->path = r->plan.cgroup.path;
		r->opts.cg_root = (struct pb_list){ root, 1 };
	}
	return add_inherited(r) < 0 || add_joined(r) < 0 ? -1 : make_places(r);
}

static int run_criu(struct restore *r, const char *program, pid_t *ret)
{
	const struct criu_req request = { .type = pb_int(CRIU_RESTORE), .opts = &r->opts };
	const struct criu_run run = {
		.program = program,
		.log = "restore.log",
		.images_fd = r->directories.images_fd,
		.work_fd = r->directories.work_fd,
		.cgroup_fd = r->cgroup_fd,
		.clone_flags = CLONE_NEWNS,
		.fds = r->namespace_fds,
		.fd_count = r->namespace_count,
		.prepare = prepare_root,
		.placed = limit,
		.notify = notify,
		.owner = r,
	};
	struct criu_resp answer;

	if (criu_log_remove(&r->directories, run.log) < 0)
		return -1;
	log_step(FLIGHT_COMMAND, "CRIU");
	if (criu_run(&run, &request, r->arena, &answer) < 0)
		return -1;
	if (!answer.restore || answer.restore->pid.value <= 0)
		return fail(EPROTO, "CRIU restored a container without saying its process id");
	*ret = (pid_t)answer.restore->pid.value;
	return 0;
}

static int make(struct restore *r, const char *program, struct created *ret)
{
	struct container *c = r->c;

	if (state_save(c) < 0 || creation_make_cgroup(c, &r->plan, &r->helper, &r->cgroup_fd) < 0 ||
	    fill(r) < 0 || run_criu(r, program, &ret->pid) < 0)
		return -1;
	/* Without namespaces of its own nobody has asked for them to be set up. */
	if (c->state.pid != ret->pid && creation_save_pid(c, r->plan.spec, ret->pid) < 0)
		return -1;
	ret->pidfd = process_pidfd(ret->pid);
	if (ret->pidfd < 0)
		return fail(errno, "open the restored process");
	if (criu_yard_remove(c) < 0)
		return -1;
	if (unlinkat(c->dir_fd, CREATING, 0) < 0)
		return fail(errno, "remove " CREATING);
	ret->console_fd = take_fd(&r->console_fd);
	ret->terminal = r->plan.terminal.wanted;
	return 0;
}

/* Everything that can be refused before anything is made. */
static int decide(struct restore *r, const char **ret_program)
{
	if (criu_check_caller(r->c) < 0 || container_check_id(r->c->id) < 0 ||
	    container_plan(r->c->host, r->c->id, r->create, &r->plan) < 0)
		return -1;
	r->arena = r->plan.spec->arena;
	if (r->plan.spec->linux_.net_devices.count)
		return fail_at(&r->plan.spec->linux_.net_devices, ENOTSUP,
			       "restore does not move network devices");
	if (r->plan.rdt.spec)
		return fail(ENOTSUP, "restore does not know linux.intelRdt");
	*ret_program = criu_find(r->options->criu);
	if (!*ret_program || criu_directories_open(r->options, &r->directories, false) < 0 ||
	    criu_images_let(&r->directories, r->plan.spec) < 0 || read_descriptors(r) < 0 ||
	    criu_options_fill(r->options, r->plan.spec, &r->directories, r->arena, &r->opts) < 0)
		return -1;
	if (!r->create->console_socket)
		return 0;
	r->console_socket_fd = terminal_connect(r->create->console_socket);
	return r->console_socket_fd < 0 ? -1 : 0;
}

static int restore(struct restore *r, struct created *ret)
{
	const struct announcement announcement = { .pid_file = r->create->pid_file };
	const char *program = NULL;

	log_step(FLIGHT_COMMAND, "read config.json and plan");
	if (decide(r, &program) < 0 || container_new(r->c) < 0)
		return -1;
	creation_record(r->c, &r->plan, r->create);
	if (make(r, program, ret) < 0 || caller_announce(&announcement, ret) < 0)
		return creation_undo(r->c, r->plan.spec, r->hooks_begun);
	return 0;
}

static void restore_close(struct restore *r)
{
	criu_directories_close(&r->directories);
	for (size_t i = 0; i < r->namespace_count; i++)
		close(r->namespace_fds[i]);
	fd_close(&r->cgroup_fd);
	systemd_helper_close(&r->helper);
	fd_close(&r->console_socket_fd);
	fd_close(&r->console_fd);
}

int container_restore(struct container *c, const struct create_options *create,
		      const struct checkpoint_options *options, struct created *ret)
{
	struct restore r = { .c = c,
			     .create = create,
			     .options = options,
			     .directories = CRIU_DIRECTORIES,
			     .cgroup_fd = -1,
			     .helper = SYSTEMD_NO_HELPER,
			     .console_socket_fd = -1,
			     .console_fd = -1 };

	*ret = (struct created){ .pidfd = -1, .console_fd = -1 };
	int result = restore(&r, ret);
	restore_close(&r);
	if (result < 0) {
		fd_close(&ret->pidfd);
		fd_close(&ret->console_fd);
	}
	return result;
}
