/* checkpoint.c - the verb checkpoint: what CRIU must know of a running container. */
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "container/container.h"
#include "container/criu.h"
#include "container/criu_options.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct checkpoint {
	struct container *c;
	const struct checkpoint_options *options;
	const struct spec *spec;
	struct plan plan;
	struct criu_directories directories;
	struct criu_opts opts;
	struct criu_ext_mounts mounts;
	struct arena *arena;
	int root_fd;   /* of init */
	int status_fd; /* --status-fd; -1: none */
};

static int check_status(struct container *c)
{
	cleanup_fd int pidfd = -1;
	enum status status = container_status(c, &pidfd);

	if (status == STATUS_RUNNING || status == STATUS_PAUSED)
		return 0;
	return fail(0, "container cannot be checkpointed in %s state", status_names[status]);
}

/* --- mounts --- */

/* Where it is in the container's mount table: there are no links in that.  NULL: nowhere. */
static const char *resolve(const struct checkpoint *k, const char *path, bool *ret_directory)
{
	cleanup_fd int fd = path_try_open(k->root_fd, path, O_PATH);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	*ret_directory = S_ISDIR(st.st_mode);
	return criu_path_of(k->c, fd, k->arena);
}

/* A sysfs of its own has another device number. */
static bool is_sysfs_of_host(const struct checkpoint *k, const struct mount_op *op)
{
	cleanup_fd int fd = -1;
	struct stat st, host;

	if (!k->plan.mounts.user_namespace || op->kind != MOUNT_FILESYSTEM ||
	    strcmp(op->type, "sysfs"))
		return false;
	fd = path_try_open(k->root_fd, op->destination, O_PATH);
	return fd >= 0 && fstat(fd, &st) == 0 && stat("/sys", &host) == 0 &&
	       st.st_dev == host.st_dev;
}

static int check_mount(const struct checkpoint *k, const struct mount_op *op)
{
	if (op->bind_fallback || is_sysfs_of_host(k, op))
		return fail_at(op->spec, ENOTSUP,
			       "%s is the host's here, and CRIU does not know the mounts below it",
			       op->type);
	if (op->idmap)
		return fail_at(op->spec, ENOTSUP, "CRIU does not know mounts with mapped ids");
	return 0;
}

static bool is_external(const struct mounts *m, const struct mount_op *op)
{
	return op->kind == MOUNT_BIND || (op->kind == MOUNT_CGROUP && !m->cgroup_namespace);
}

/* What comes from outside keeps the name that config.json has for it. */
static int add_mounts(struct checkpoint *k)
{
	const struct mounts *m = &k->plan.mounts;
	bool directory;

	for (size_t i = 0; i < m->ops.count; i++) {
		const struct mount_op *op = &m->ops.items[i];

		if (check_mount(k, op) < 0)
			return -1;
		if (is_external(m, op))
			criu_add_ext_mount(&k->mounts, resolve(k, op->destination, &directory),
					   op->destination);
	}
	return 0;
}

/* A masked file is the host's null device; a masked directory is a file system that is dumped. */
static void add_masks(struct checkpoint *k)
{
	for (const char **path = k->spec->linux_.masked_paths; path && *path; path++) {
		bool directory;
		const char *place = resolve(k, *path, &directory);

		if (place && !directory)
			criu_add_ext_mount(&k->mounts, place, CRIU_MASK);
	}
}

/* In a user namespace the device nodes are the host's. */
static void add_devices(struct checkpoint *k)
{
	const struct devices *d = &k->plan.devices;
	bool directory;

	for (size_t i = 0; d->bind && i < d->nodes.count; i++) {
		const char *path = d->nodes.items[i].path;

		criu_add_ext_mount(&k->mounts, resolve(k, path, &directory), path);
	}
}

static void add_notify(struct checkpoint *k)
{
	bool directory;

	if (faccessat(k->c->dir_fd, "notify", F_OK, 0) == 0)
		criu_add_ext_mount(&k->mounts, resolve(k, CRIU_NOTIFY_MOUNT, &directory),
				   CRIU_NOTIFY_MOUNT);
}

static int add_external_mounts(struct checkpoint *k)
{
	size_t room = k->plan.mounts.ops.count + k->plan.devices.nodes.count + 1;

	for (const char **path = k->spec->linux_.masked_paths; path && *path; path++)
		room++;
	k->mounts.items = ARENA_ARRAY(k->arena, room, struct criu_ext_mount);
	if (add_mounts(k) < 0)
		return -1;
	add_masks(k);
	add_devices(k);
	add_notify(k);
	k->opts.ext_mnt = (struct pb_list){ k->mounts.items, k->mounts.count };
	return 0;
}

/* --- namespaces that were joined, descriptors --- */

/* CRIU leaves them alone: "net[4026532281]:extRootNetNS". */
static int add_external_namespaces(struct checkpoint *k)
{
	const char **external =
		ARENA_ARRAY(k->arena, COUNT(criu_external_namespaces), const char *);
	size_t count = 0;

	for (size_t i = 0; i < COUNT(criu_external_namespaces); i++) {
		const struct criu_external_namespace *n = &criu_external_namespaces[i];
		const char *path = NULL;
		char name[48];
		struct stat st;

		if (!spec_has_namespace(k->spec, (enum namespace_type)n->type, &path) || !path)
			continue;
		snprintf(name, sizeof name, "%d/ns/%s", (int)k->c->state.pid, n->name);
		if (fstatat(k->c->host->proc_fd, name, &st, 0) < 0)
			return fail(errno, "look at /proc/%s", name);
		external[count++] = arena_printf(k->arena, "%s[%llu]:%s", n->name,
						 (unsigned long long)st.st_ino, n->key);
	}
	k->opts.external = (struct pb_list){ external, count };
	return 0;
}

/* What 0, 1 and 2 of init are: pipes are connected again at restore. */
static int write_descriptors(const struct checkpoint *k)
{
	cleanup_text struct text text = { 0 };

	for (int fd = 0; fd < CRIU_DESCRIPTORS; fd++) {
		char name[32], target[PATH_MAX + 1];

		snprintf(name, sizeof name, "%d/fd/%d", (int)k->c->state.pid, fd);
		ssize_t n = readlinkat(k->c->host->proc_fd, name, target, sizeof target - 1);

		target[n > 0 ? n : 0] = '\0';
		text_add(&text, fd ? "," : "[");
		json_write_string(&text, n > 0 ? target : "/dev/null"); /* closed, as runc has it */
	}
	text_add(&text, "]");
	return file_replace(k->directories.images_fd, CRIU_DESCRIPTORS_FILE, text.data, text.length,
			    0600);
}

/* --- the dump --- */

static int open_status_fd(struct checkpoint *k)
{
	uint64_t fd;
	int flags;

	if (!k->options->status_fd)
		return 0;
	if (text_to_u64(k->options->status_fd, INT32_MAX, &fd) < 0)
		return fail(0, "--status-fd %s: not a descriptor", k->options->status_fd);
	flags = fcntl((int)fd, F_GETFL);
	if (flags < 0)
		return fail(errno, "--status-fd %s", k->options->status_fd);
	if ((flags & O_ACCMODE) == O_RDONLY)
		return fail(0, "--status-fd %s: not writable", k->options->status_fd);
	k->status_fd = (int)fd;
	return 0;
}

/* One byte when the server of lazy pages listens. */
static int notify(void *owner, const struct criu_notify *n, int fd)
{
	struct checkpoint *k = owner;

	(void)fd;
	if (strcmp(n->script, "status-ready") || k->status_fd < 0)
		return 0;
	int result = file_write_fd(k->status_fd, "", 1);

	fd_close(&k->status_fd);
	return result < 0 ? fail_in("--status-fd") : 0;
}

static int prepare(struct checkpoint *k)
{
	const struct state *s = &k->c->state;
	char name[32];

	snprintf(name, sizeof name, "%d/root", (int)s->pid);
	k->root_fd = openat(k->c->host->proc_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (k->root_fd < 0)
		return fail(errno, "open /proc/%s", name);
	k->opts.pid = pb_int(s->pid);
	k->opts.root = k->plan.mounts.root;
	k->opts.log_file = "dump.log";
	if (s->cgroup_mount && s->cgroup_path)
		k->opts.freeze_cgroup =
			arena_printf(k->arena, "%s%s", s->cgroup_mount, s->cgroup_path);
	if (add_external_namespaces(k) < 0 || criu_yard_make(k->c, k->arena, &k->opts, 0) < 0)
		return -1;
	if (k->options->pre_dump) /* memory alone */
		return 0;
	return add_external_mounts(k) < 0 ? -1 : write_descriptors(k);
}

static int dump(struct checkpoint *k, const char *program)
{
	const struct criu_req request = {
		.type = pb_int(k->options->pre_dump ? CRIU_SINGLE_PRE_DUMP : CRIU_DUMP),
		.opts = &k->opts,
	};
	const struct criu_run run = {
		.program = program,
		.log = "dump.log",
		.images_fd = k->directories.images_fd,
		.work_fd = k->directories.work_fd,
		.cgroup_fd = -1,
		.notify = notify,
		.owner = k,
	};
	struct criu_resp answer;

	if (criu_log_remove(&k->directories, run.log) < 0)
		return -1;
	log_step(FLIGHT_COMMAND, "CRIU");
	int result = criu_run(&run, &request, k->arena, &answer);
	struct failure first = *failure();

	if (criu_yard_remove(k->c) < 0 && result == 0)
		return -1;
	return result < 0 ? fail_copy(first.code, first.text, strlen(first.text)) : 0;
}

static int load(struct checkpoint *k)
{
	struct container *c = k->c;

	k->spec = container_spec(c);
	if (!k->spec)
		return -1;
	k->arena = k->spec->arena;
	if (plan_mounts(k->spec, c->host, c->state.cgroup_mount, c->state.cgroup_path, k->arena,
			&k->plan) < 0)
		return -1;
	return devices_plan(k->spec, c->host, k->arena, &k->plan.devices);
}

static int checkpoint(struct checkpoint *k)
{
	const char *program;

	if (criu_check_caller(k->c) < 0 || check_status(k->c) < 0 || load(k) < 0)
		return -1;
	program = criu_find(k->options->criu);
	if (!program || open_status_fd(k) < 0 ||
	    criu_directories_open(k->options, &k->directories, true) < 0 ||
	    criu_images_let(&k->directories, k->spec) < 0 ||
	    criu_options_fill(k->options, k->spec, &k->directories, k->arena, &k->opts) < 0)
		return -1;
	return prepare(k) < 0 ? -1 : dump(k, program);
}

int container_checkpoint(struct container *c, const struct checkpoint_options *options)
{
	struct checkpoint k = { .c = c,
				.options = options,
				.directories = CRIU_DIRECTORIES,
				.root_fd = -1,
				.status_fd = -1 };
	int result = checkpoint(&k);

	criu_directories_close(&k.directories);
	fd_close(&k.root_fd);
	fd_close(&k.status_fd);
	if (result < 0 || options->leave_running || options->pre_dump)
		return result;
	/* Its processes are dead; as with runc and crun its name is free for restore. */
	return container_delete(c, DELETE_FORCE);
}
