/*
 * gc.c - what runtimes that were killed left in the state root.  `delete --force` removes the same,
 * but of one container whose id is known, and whatever it is; this looks for what nobody can use.
 */
#include "base/fail.h"
#include "base/log.h"
#include "base/text.h"
#include "container/container.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static bool has_file(const struct container *c, const char *name)
{
	return faccessat(c->dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/*
 * The order of what create makes tells how far it came: directory, record, cgroup, init and its
 * pid, the gate's last name.  From there on it is a container, also when it is dead.
 */
static const char *half(const struct container *c)
{
	/* Records are replaced as a whole, so no kill has damaged this one: there may be a
	 * container behind it. */
	if (!c->has_state)
		return has_file(c, "state.json")
			       ? NULL
			       : "a directory without a record: create or delete was killed";
	if (!c->state.pid)
		return "create was killed before the container process was made";
	if (has_file(c, "creating.sock"))
		return "create was killed before the container was ready";
	return NULL;
}

const char *container_left_over(struct container *c)
{
	const char *why = half(c);

	if (!why)
		return NULL;
	/* Who works on it holds the lock; what was seen before it was taken may be out of date. */
	return container_try_lock(c) == 1 ? half(c) : NULL;
}

/* Temporary names of files that a killed runtime was about to replace (base/file.c). */
static bool is_temporary(const char *name)
{
	return *name == '.' && text_ends(name, ".tmp");
}

static int remove_temporary(struct container *c, bool dry_run, bool *ret_found)
{
	int fd = openat(c->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	int code = 0;

	if (!dir) {
		code = errno;
		if (fd >= 0)
			close(fd);
		return fail(code, "read the state directory of %s", c->id);
	}
	for (struct dirent *e; (e = readdir(dir));) {
		if (!is_temporary(e->d_name))
			continue;
		*ret_found = true;
		if (!dry_run && unlinkat(c->dir_fd, e->d_name, 0) < 0 && errno != ENOENT)
			code = errno;
	}
	closedir(dir);
	return code ? fail(code, "remove temporary files of container %s", c->id) : 0;
}

struct gc {
	bool dry_run;
	void (*found)(const char *id, const char *why, void *arg);
	void *arg;
	int result;
};

/* Of a container that stays. */
static int tidy(struct container *c, const struct gc *gc)
{
	bool found = false;

	if (container_try_lock(c) != 1)
		return 0; /* somebody works on it, or it is gone: nothing of it is left over */
	if (remove_temporary(c, gc->dry_run, &found) < 0)
		return -1;
	if (found)
		gc->found(c->id, "temporary files of a command that was killed", gc->arg);
	return 0;
}

static int collect(struct container *c, void *arg)
{
	struct gc *gc = arg;
	const char *why = container_left_over(c);
	int result = 0;

	if (!why) {
		result = tidy(c, gc);
	} else {
		gc->found(c->id, why, gc->arg);
		result = gc->dry_run ? 0 : container_delete(c, DELETE_FORCE);
	}
	if (result == 0 || c->missing)
		return 0;
	gc->result = fail_in("container %s", c->id);
	log_warning("%s", failure()->text);
	return 0;
}

int container_gc(const struct state_root *root, const struct host *host, bool dry_run,
		 void (*found)(const char *id, const char *why, void *arg), void *arg)
{
	struct gc gc = { .dry_run = dry_run, .found = found, .arg = arg };

	return container_each(root, host, collect, &gc) < 0 ? -1 : gc.result;
}
