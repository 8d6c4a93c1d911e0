/* idmap.c - uid and gid maps of a user namespace, user_namespaces(7). */
#include "sandbox/idmap.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/process.h"
#include "base/wait.h"
#include "host/host.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	MAP_LINES = 340,  /* UID_GID_MAP_MAX_EXTENTS; spec_check() counts */
	MAP_BYTES = 4096, /* the kernel takes less than one page in its one write */
	MAP_READ_LIMIT = 64 << 10,
	HELPER_OUTPUT = 512
};

/* The kernel's text of the map (spec_check() has looked at the numbers), or NULL with a failure. */
static const char *map_text(const spec_id_mappings *maps, struct text *text)
{
	for (size_t i = 0; i < maps->count; i++) {
		const struct spec_id_mapping *m = &maps->items[i];

		text_addf(text, "%" PRIu32 " %" PRIu32 " %" PRIu32 "\n", m->container_id,
			  m->host_id, m->size);
	}
	if (text->length && text->length < MAP_BYTES)
		return text->data;
	fail_at(maps, 0, "the mappings are %zu bytes of text, the kernel takes 1 to %d",
		text->length, MAP_BYTES - 1);
	return NULL;
}

int64_t idmap_host_id(const spec_id_mappings *m, uint32_t container_id)
{
	if (!m->count)
		return container_id;
	for (size_t i = 0; i < m->count; i++) {
		uint32_t first = m->items[i].container_id;

		if (container_id >= first && container_id - first < m->items[i].size)
			return (int64_t)m->items[i].host_id + (container_id - first);
	}
	return -1;
}

/* Root of a user namespace counts: inside it maps are written directly (rootless Podman). */
static bool is_privileged(const struct host *host)
{
	const uint64_t wanted = UINT64_C(1) << CAP_SETUID | UINT64_C(1) << CAP_SETGID;

	return (host->caps & wanted) == wanted;
}

/* The one map that anybody may write: one's own id (user_namespaces(7)). */
static bool is_own_id(const spec_id_mappings *maps, uint32_t id)
{
	return maps->count == 1 && maps->items[0].size == 1 && maps->items[0].host_id == id;
}

static bool maps_only_self(const struct spec_linux *linux_, const struct host *host)
{
	return is_own_id(&linux_->uid_mappings, host->euid) &&
	       is_own_id(&linux_->gid_mappings, host->egid);
}

bool idmap_denies_setgroups(const struct spec *spec, const struct host *host)
{
	const char *path;

	return spec_has_namespace(spec, NS_USER, &path) && !path && !is_privileged(host) &&
	       maps_only_self(&spec->linux_, host);
}

static int plan_maps(const struct spec_linux *linux_, struct arena *arena, struct idmap *m)
{
	cleanup_text struct text uid = { 0 }, gid = { 0 };

	if (!map_text(&linux_->uid_mappings, &uid) || !map_text(&linux_->gid_mappings, &gid))
		return -1;
	m->uid_map = arena_strdup(arena, uid.data);
	m->gid_map = arena_strdup(arena, gid.data);
	return 0;
}

/* Files made during set-up need an owner that the maps know: root, else the first id. */
static void plan_setup_ids(const struct spec_linux *linux_, struct idmap *m)
{
	bool uid = idmap_host_id(&linux_->uid_mappings, 0) >= 0,
	     gid = idmap_host_id(&linux_->gid_mappings, 0) >= 0;

	m->root_is_mapped = uid && gid;
	m->setup_uid = uid ? 0 : linux_->uid_mappings.items[0].container_id;
	m->setup_gid = gid ? 0 : linux_->gid_mappings.items[0].container_id;
}

static bool keeps_groups(const struct spec *spec)
{
	const char *value = spec_annotation(spec, "run.oci.keep_original_groups");

	return value && strcmp(value, "0");
}

int idmap_plan(const struct spec *spec, const struct host *host, struct arena *arena,
	       struct idmap *ret)
{
	const struct spec_linux *linux_ = &spec->linux_;
	struct idmap m = { .spec = linux_,
			   .root_is_mapped = true,
			   .keep_groups = keeps_groups(spec) };
	const char *path = NULL;

	if (spec_has_namespace(spec, NS_USER, &path) && !path) {
		m.needed = true;
		if (plan_maps(linux_, arena, &m) < 0)
			return -1;
		plan_setup_ids(linux_, &m);
		m.deny_setgroups = idmap_denies_setgroups(spec, host);
		m.use_helpers = !is_privileged(host) && !m.deny_setgroups;
	}
	*ret = m;
	return 0;
}

/* The helper itself; what it says goes into output_fd. */
__attribute__((noreturn)) static void exec_helper(const char *path, char **args, int output_fd)
{
	static char *const environment[] = { NULL }; /* a setuid program: nothing of ours */

	if (dup2(output_fd, STDOUT_FILENO) >= 0 && dup2(output_fd, STDERR_FILENO) >= 0) {
		execve(path, args, environment);
		dprintf(STDERR_FILENO, "%s", fail_reason(errno));
	}
	_exit(127);
}

/* Runs it and keeps the first bytes of what it said, on one line. */
static int run_helper(const char *path, char **args, int *ret_status, char output[HELPER_OUTPUT])
{
	cleanup_fd int from = -1, to = -1, pidfd = -1;
	int ends[2];
	pid_t pid;
	ssize_t n;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return fail(errno, "make a pipe");
	from = ends[0];
	to = ends[1];
	pid = process_clone(0, -1, SIGCHLD, &pidfd);
	if (pid < 0)
		return -1;
	if (pid == 0)
		exec_helper(path, args, to);
	if (process_wait(pidfd, wait_until(WAIT_HELPER), path, ret_status) < 0) {
		process_kill_and_reap(pidfd);
		return -1;
	}
	n = read(from, output, HELPER_OUTPUT - 1); /* nothing to read is fine: it said nothing */
	output[n > 0 ? n : 0] = '\0';
	for (char *c = output; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	return 0;
}

struct helper {
	const char *path, *file;
};
static const struct helper uid_helper = { "/usr/bin/newuidmap", "/etc/subuid" };
static const struct helper gid_helper = { "/usr/bin/newgidmap", "/etc/subgid" };

/* newuidmap PID CONTAINER HOST SIZE ... : the map's text, word by word. */
static int write_by_helper(const struct helper *helper, const char *map, int pid)
{
	cleanup_free char *words = strdup(map);
	char *args[2 + 3 * MAP_LINES + 1] = { (char *)helper->path }, number[16],
				       output[HELPER_OUTPUT], *rest = NULL;
	size_t count = 1;
	int status;

	if (!words)
		fail_fatal("out of memory");
	snprintf(number, sizeof number, "%d", pid);
	args[count++] = number;
	for (char *word = strtok_r(words, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest))
		args[count++] = word;
	if (run_helper(helper->path, args, &status, output) < 0)
		return -1;
	if (!status)
		return 0;
	return fail(0, "%s: %s (status %d); the host ids must be listed in %s for user %s",
		    helper->path, *output ? output : "no message", status, helper->file,
		    host_user(geteuid()));
}

static int write_file(int proc_fd, int pid, const char *file, const char *text)
{
	char name[64];

	snprintf(name, sizeof name, "%d/%s", pid, file);
	return file_write(proc_fd, name, text);
}

int idmap_write(const struct idmap *m, int proc_fd, int pid)
{
	if (!m->needed)
		return 0;
	if (m->use_helpers) {
		if (write_by_helper(&gid_helper, m->gid_map, pid) < 0)
			return fail_in_at(&m->spec->gid_mappings);
		if (write_by_helper(&uid_helper, m->uid_map, pid) < 0)
			return fail_in_at(&m->spec->uid_mappings);
		return 0;
	}
	/* Without privilege a gid map is only accepted once setgroups is denied. */
	if (m->deny_setgroups && write_file(proc_fd, pid, "setgroups", "deny") < 0)
		return -1;
	if (write_file(proc_fd, pid, "gid_map", m->gid_map) < 0)
		return fail_in_at(&m->spec->gid_mappings);
	if (write_file(proc_fd, pid, "uid_map", m->uid_map) < 0)
		return fail_in_at(&m->spec->uid_mappings);
	return 0;
}

static bool has_mapping(const spec_id_mappings *maps, const struct spec_id_mapping *wanted)
{
	for (size_t i = 0; i < maps->count; i++) {
		const struct spec_id_mapping *m = &maps->items[i];

		if (m->container_id == wanted->container_id && m->host_id == wanted->host_id &&
		    m->size == wanted->size)
			return true;
	}
	return false;
}

/* The same set of lines; the kernel sorts long maps, so order says nothing. */
static int compare_map(const spec_id_mappings *maps, int proc_fd, int pid, const char *file)
{
	cleanup_free char *text = NULL;
	char name[64], *rest = NULL;
	size_t lines = 0;

	if (!maps->count)
		return 0;
	snprintf(name, sizeof name, "%d/%s", pid, file);
	if (file_read(proc_fd, name, MAP_READ_LIMIT, &text, NULL) < 0)
		return -1;
	for (char *line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest), lines++) {
		struct spec_id_mapping m;

		if (sscanf(line, "%" SCNu32 " %" SCNu32 " %" SCNu32, &m.container_id, &m.host_id,
			   &m.size) != 3)
			return fail(EPROTO, "%s: \"%s\"", name, line);
		if (!has_mapping(maps, &m))
			return fail_at(maps, 0,
				       "the joined user namespace has another %s: %" PRIu32
				       " %" PRIu32 " %" PRIu32,
				       file, m.container_id, m.host_id, m.size);
	}
	if (lines != maps->count)
		return fail_at(maps, 0,
			       "the joined user namespace has %zu lines in its %s, not %zu", lines,
			       file, maps->count);
	return 0;
}

int idmap_check_joined(const struct idmap *m, int proc_fd, int pid)
{
	if (m->needed)
		return 0;
	if (compare_map(&m->spec->uid_mappings, proc_fd, pid, "uid_map") < 0)
		return -1;
	return compare_map(&m->spec->gid_mappings, proc_fd, pid, "gid_map");
}

int idmap_become_root(const struct idmap *m)
{
	/*
	 * EPERM: the namespace denies setgroups (somebody else's decision where it was joined,
	 * newgidmap's where /etc/subgid has no line).  What the program may keep is user_apply's
	 * business.
	 */
	if (!m->deny_setgroups && !m->keep_groups && setgroups(0, NULL) < 0 && errno != EPERM)
		return fail(errno, "drop supplementary groups");
	if (setresgid(m->setup_gid, m->setup_gid, m->setup_gid) < 0)
		return fail(errno, "become gid %" PRIu32 " of the user namespace", m->setup_gid);
	if (setresuid(m->setup_uid, m->setup_uid, m->setup_uid) < 0)
		return fail(errno, "become uid %" PRIu32 " of the user namespace", m->setup_uid);
	return 0;
}

/* Holds the namespace until it is killed, or the runtime is gone (end of file). */
__attribute__((noreturn)) static void hold_namespace(int wait_fd, int other_end)
{
	char byte;

	close(other_end);
	while (read(wait_fd, &byte, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

/* By a magic link of the host's own /proc. */
static int open_namespace(int proc_fd, int pid)
{
	char name[64];

	snprintf(name, sizeof name, "%d/ns/user", pid);
	int fd = openat(proc_fd, name, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? fail(errno, "open /proc/%s", name) : fd;
}

int idmap_namespace_of(int pid)
{
	cleanup_fd int proc_fd = file_open_dir(AT_FDCWD, "/proc");

	return proc_fd < 0 ? -1 : open_namespace(proc_fd, pid);
}

static int open_user_namespace(int pid, const char *uid_map, const char *gid_map)
{
	cleanup_fd int proc_fd = file_open_dir(AT_FDCWD, "/proc");

	if (proc_fd < 0 || write_file(proc_fd, pid, "gid_map", gid_map) < 0 ||
	    write_file(proc_fd, pid, "uid_map", uid_map) < 0)
		return -1;
	return open_namespace(proc_fd, pid);
}

int idmap_mount_namespace(const spec_id_mappings *uid, const spec_id_mappings *gid)
{
	cleanup_text struct text uid_text = { 0 }, gid_text = { 0 };
	const char *uid_map = map_text(uid, &uid_text),
		   *gid_map = uid_map ? map_text(gid, &gid_text) : NULL;
	cleanup_fd int wait_fd = -1, end_fd = -1, pidfd = -1;
	int ends[2], fd;
	pid_t pid;

	if (!gid_map)
		return -1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(errno, "make a pipe");
	wait_fd = ends[0];
	end_fd = ends[1];
	pid = process_clone(CLONE_NEWUSER, -1, SIGCHLD, &pidfd);
	if (pid < 0)
		return fail_in("make a user namespace for an idmapped mount");
	if (pid == 0)
		hold_namespace(wait_fd, end_fd);
	fd = open_user_namespace(pid, uid_map, gid_map);
	process_kill_and_reap(pidfd);
	return fd < 0 ? fail_in("make a user namespace for an idmapped mount") : fd;
}
