/*
 * container.c - the state root, and one container's directory in it: identity, lock, enumeration.
 */
#include "container/container.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "base/wait.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

const char *state_root_default(const struct host *host)
{
	static char path[PATH_MAX];

	/*
	 * Real root ignores XDG_RUNTIME_DIR, as runc does: the same directory from a login shell
	 * and from a service.
	 */
	if (host->euid == 0 && !host->in_user_namespace)
		return "/run/ring3";
	if (host->runtime_dir)
		snprintf(path, sizeof path, "%s/ring3", host->runtime_dir);
	else if (host->euid == 0)
		return "/run/ring3";
	else
		snprintf(path, sizeof path, "/run/user/%u/ring3", (unsigned)host->euid);
	return path;
}

/* Each missing directory of the path, as mkdir -p; all of them private. */
static int make_parents(const char *path)
{
	char part[PATH_MAX];
	size_t length = strlen(path);

	if (length >= sizeof part)
		return fail(ENAMETOOLONG, "state root %s", path);
	for (size_t i = 1; i <= length; i++) {
		if (path[i] != '/' && path[i])
			continue;
		memcpy(part, path, i);
		part[i] = 0;
		if (mkdir(part, 0700) < 0 && errno != EEXIST)
			return fail(errno,
				    "make the state root %s (--root DIR names another, "
				    "XDG_RUNTIME_DIR its parent)",
				    part);
	}
	return 0;
}

/* Whoever writes here decides which processes get signals and which cgroups are removed (T13). */
static int check_root(const struct state_root *r, const struct host *host)
{
	struct stat st;

	if (fstat(r->fd, &st) < 0)
		return fail(errno, "state root %s", r->path);
	if (st.st_uid != host->euid)
		return fail(EPERM, "state root %s belongs to user %u, not to the caller (%u)",
			    r->path, (unsigned)st.st_uid, (unsigned)host->euid);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return fail(EPERM, "state root %s may be written by others (mode %04o)", r->path,
			    st.st_mode & 07777);
	return 0;
}

int state_root_open(struct state_root *r, const char *path, const struct host *host, bool create)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

	*r = (struct state_root){ .path = path ? path : state_root_default(host),
				  .explicit_ = path != NULL };
	r->fd = open(r->path, flags);
	if (r->fd < 0 && errno == ENOENT) {
		if (!create)
			return 0;
		if (make_parents(r->path) < 0)
			return -1;
		r->fd = open(r->path, flags);
	}
	if (r->fd < 0)
		return fail(errno, "open the state root %s", r->path);
	if (check_root(r, host) < 0) {
		fd_close(&r->fd);
		return -1;
	}
	return 0;
}

int container_check_id(const char *id)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+.-";
	size_t length = strlen(id);

	if (!length || length > NAME_MAX || strspn(id, allowed) != length || !strcmp(id, ".") ||
	    !strcmp(id, ".."))
		return fail(0, "invalid container ID format: \"%.300s\"", id);
	return 0;
}

void container_init(struct container *c, const struct state_root *root, const struct host *host,
		    const char *id)
{
	*c = (struct container){ .root = root,
				 .host = host,
				 .id = id,
				 .dir_fd = -1,
				 .notify_fd = -1,
				 .arena = arena_new() };
}

void container_unlock(struct container *c)
{
	/*
	 * By name and not by closing: a process cloned meanwhile may hold a copy of the descriptor.
	 */
	if (c->locked)
		flock(c->dir_fd, LOCK_UN); /* cannot fail on a valid descriptor */
	c->locked = false;
}

void container_close(struct container *c)
{
	container_unlock(c);
	fd_close(&c->dir_fd);
	fd_close(&c->notify_fd);
	arena_free(c->arena);
	c->arena = NULL;
}

static int missing(struct container *c)
{
	c->missing = true;
	return fail(0, "container \"%s\" does not exist", c->id);
}

static void wake(int signal)
{
	(void)signal;
}

/*
 * flock(2) has no deadline of its own, so a repeating alarm interrupts it: the first one may come
 * before the call sleeps.  `run` has every signal blocked here, hence the mask.
 */
static int flock_until(int fd, int64_t deadline)
{
	struct sigaction action = { .sa_handler = wake }, old_action;
	struct itimerval tick = { { 0, 200000 }, { 0, 200000 } }, old_tick;
	sigset_t set, old_set;
	int n;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigaction(SIGALRM, &action, &old_action);
	sigprocmask(SIG_UNBLOCK, &set, &old_set);
	setitimer(ITIMER_REAL, &tick, &old_tick);
	do
		n = flock(fd, LOCK_EX);
	while (n < 0 && errno == EINTR && wait_now() < deadline);
	int code = errno;
	setitimer(ITIMER_REAL, &old_tick, NULL);
	sigprocmask(SIG_SETMASK, &old_set, NULL);
	sigaction(SIGALRM, &old_action, NULL);
	errno = code;
	return n;
}

/* The lock is held; the directory may have been removed by its former holder. */
static int is_locked_now(struct container *c)
{
	struct stat st;

	c->locked = true;
	if (fstat(c->dir_fd, &st) < 0)
		return fail(errno, "state directory of %s", c->id);
	return st.st_nlink ? 0 : missing(c);
}

static int lock_directory(struct container *c)
{
	if (flock(c->dir_fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return fail(errno, "lock container %s", c->id);
		if (flock_until(c->dir_fd, wait_until(WAIT_HANDSHAKE)) < 0)
			return errno == EINTR ? fail(0,
						     "timed out waiting for the lock of container "
						     "%s: another command works on it",
						     c->id)
					      : fail(errno, "lock container %s", c->id);
	}
	return is_locked_now(c);
}

static int open_directory(struct container *c)
{
	fd_close(&c->dir_fd);
	c->dir_fd = openat(c->root->fd, c->id, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return c->dir_fd < 0 ? -1 : 0;
}

int container_new(struct container *c)
{
	/* Again only when a delete --force found the directory before it was locked. */
	for (int attempts = 0; attempts < 100; attempts++) {
		if (mkdirat(c->root->fd, c->id, 0700) < 0)
			return errno == EEXIST
				       ? fail(0, "container with given ID already exists: %s",
					      c->id)
				       : fail(errno, "make the state directory %s/%s",
					      c->root->path, c->id);
		if (open_directory(c) < 0 && errno != ENOENT)
			return fail(errno, "open the state directory %s/%s", c->root->path, c->id);
		if (c->dir_fd >= 0 && lock_directory(c) == 0)
			return 0;
		c->locked = false;
		if (c->dir_fd >= 0 && !c->missing) {
			unlinkat(c->root->fd, c->id,
				 AT_REMOVEDIR); /* best effort: the failure is the news */
			return -1;
		}
		c->missing = false;
	}
	return fail(0, "container %s is deleted again and again while it is created", c->id);
}

static int find(struct container *c)
{
	if (container_check_id(c->id) < 0)
		return -1;
	if (c->root->fd < 0)
		return missing(c);
	if (open_directory(c) < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP
			       ? missing(c)
			       : fail(errno, "open the state directory %s/%s", c->root->path,
				      c->id);
	return 0;
}

int container_open(struct container *c)
{
	return find(c) < 0 ? -1 : state_load(c);
}

int container_open_locked(struct container *c)
{
	return find(c) < 0 ? -1 : container_lock(c);
}

int container_lock(struct container *c)
{
	if (c->locked)
		return 0;
	/* What was read before may be out of date. */
	return lock_directory(c) < 0 ? -1 : state_load(c);
}

int container_try_lock(struct container *c)
{
	if (c->locked)
		return 1;
	if (flock(c->dir_fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 0 : fail(errno, "lock container %s", c->id);
	return is_locked_now(c) < 0 || state_load(c) < 0 ? -1 : 1;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct names {
	char **items;
	size_t count;
};

static void names_free(struct names *n)
{
	for (size_t i = 0; i < n->count; i++)
		free(n->items[i]);
	free(n->items);
}

/* Every entry but "." and "..". */
static int read_names(int dir_fd, struct names *ret)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		int code = errno;

		fd_close(&fd);
		return fail(code, "read a state directory");
	}
	while ((errno = 0, entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (!(ret->count & (ret->count + 1))) { /* room is a power of two */
			ret->items = realloc(ret->items, (ret->count + 1) * 2 * sizeof *ret->items);
			if (!ret->items)
				fail_fatal("out of memory");
		}
		if (!(ret->items[ret->count] = strdup(entry->d_name)))
			fail_fatal("out of memory");
		ret->count++;
	}
	int code = errno;
	closedir(dir);
	return code ? fail(code, "read a state directory") : 0;
}

/* A file, or a directory: of the notify socket, of what CRIU is shown of cgroups.  -1 with errno.
 */
static int remove_entry(int dir_fd, const char *name)
{
	static const char *const inner[] = { "notify.sock", "unified" };
	cleanup_fd int fd = -1;

	if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return -1;
	fd = openat(dir_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	for (size_t i = 0; i < COUNT(inner); i++)
		if (unlinkat(fd, inner[i], 0) < 0 && errno != ENOENT &&
		    (errno != EISDIR || unlinkat(fd, inner[i], AT_REMOVEDIR) < 0))
			return -1;
	return unlinkat(dir_fd, name, AT_REMOVEDIR);
}

/*
 * The record goes first: what is left after a kill is a half container, which delete --force
 * removes.
 */
static int empty_directory(struct container *c)
{
	__attribute__((cleanup(names_free))) struct names names = { 0 };

	if (read_names(c->dir_fd, &names) < 0)
		return fail_in("container %s", c->id);
	for (size_t i = 0; i < names.count; i++)
		if (remove_entry(c->dir_fd, names.items[i]) < 0)
			return fail(errno, "remove %s/%s/%s", c->root->path, c->id, names.items[i]);
	return 0;
}

int container_forget(struct container *c)
{
	static const char *const usual[] = { "state.json", "config.json", "seccomp.bpf" };

	for (size_t i = 0; i < COUNT(usual); i++)
		if (unlinkat(c->dir_fd, usual[i], 0) < 0 && errno != ENOENT)
			return fail(errno, "remove %s/%s/%s", c->root->path, c->id, usual[i]);
	if (unlinkat(c->root->fd, c->id, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return fail(errno, "remove %s/%s", c->root->path, c->id);
	if (empty_directory(c) < 0)
		return -1;
	if (unlinkat(c->root->fd, c->id, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return fail(errno, "remove %s/%s", c->root->path, c->id);
	return 0;
}

static int visit(const struct state_root *root, const struct host *host, const char *id,
		 int (*each)(struct container *c, void *arg), void *arg)
{
	cleanup_container struct container c;

	container_init(&c, root, host, id);
	if (container_open(&c) < 0) {
		if (!c.missing) /* one bad neighbour must not hide the others */
			log_warning("%s", failure()->text);
		return 0;
	}
	return each(&c, arg);
}

int container_each(const struct state_root *root, const struct host *host,
		   int (*each)(struct container *c, void *arg), void *arg)
{
	__attribute__((cleanup(names_free))) struct names names = { 0 };

	if (root->fd < 0)
		return 0;
	if (read_names(root->fd, &names) < 0)
		return fail_in("%s", root->path);
	if (names.count)
		qsort(names.items, names.count, sizeof *names.items, compare);
	for (size_t i = 0; i < names.count; i++)
		if (container_check_id(names.items[i]) == 0 &&
		    visit(root, host, names.items[i], each, arg) < 0)
			return -1;
	return 0;
}
