/* path.c - the only walk over untrusted paths. */
#include "base/path.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/syscalls.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

enum {
	MAX_TRIES = 64, /* EAGAIN: something was renamed while the kernel resolved ".." */
	MAX_LINKS = 40, /* what the kernel follows, see path_resolution(7) */
};

int path_try_open(int root_fd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd, tries = 0;

	do
		fd = sys_openat2(root_fd, path, &how);
	while (fd < 0 && (errno == EAGAIN || errno == EINTR) && ++tries < MAX_TRIES);
	return fd;
}

static int fail_open(const char *path)
{
	if (errno == ENOSYS)
		return fail(ENOSYS, "open %s: openat2 needs Linux 5.6 and a filter that allows it",
			    path);
	return fail(errno, "open %s", path);
}

int path_open(int root_fd, const char *path, int flags)
{
	int fd = path_try_open(root_fd, path, flags);

	return fd < 0 ? fail_open(path) : fd;
}

/*
 * A walk that makes what is missing.  `done` exists; it is looked up again from the root for every
 * component, so that ".." and links in it are the kernel's business, and a directory that somebody
 * moves meanwhile cannot lead outside.
 */
struct walk {
	int root_fd;
	struct text done; /* "/a/b", and "" for the root */
	char *rest;	  /* what is still to be walked, ours */
	const char *next; /* in rest */
	unsigned links;
};

static const char *done(const struct walk *w)
{
	return w->done.length ? w->done.data : "/";
}

#define cleanup_walk __attribute__((cleanup(scope_walk)))
static void scope_walk(struct walk *w)
{
	text_free(&w->done);
	free(w->rest);
}

/* Cuts the next component off; NULL at the end. */
static const char *next_component(struct walk *w, bool *ret_is_last)
{
	const char *start = w->next + strspn(w->next, "/");
	char *end = (char *)(uintptr_t)start + strcspn(start, "/");

	if (!*start)
		return NULL;
	w->next = *end ? end + 1 : end;
	*end = 0;
	*ret_is_last = !w->next[strspn(w->next, "/")];
	return start;
}

/* The walk goes on at target, then with what was left. */
static int go_on_at(struct walk *w, const char *target)
{
	cleanup_text struct text rest = { 0 };

	if (++w->links > MAX_LINKS)
		return fail(ELOOP, "follow symbolic link to %s", target);
	if (*target == '/')
		w->done.data[w->done.length = 0] = 0;
	text_addf(&rest, "%s/%s", target, w->next);
	free(w->rest);
	w->next = w->rest = take_ptr(&rest.data);
	return 0;
}

/*
 * mkdirat or mknodat said that name exists in parent, though it could not be opened: a dangling
 * link, or somebody made it just now.  Both mean: look again.
 */
static int follow(struct walk *w, int parent, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(parent, name, target, sizeof target - 1);

	if (n >= 0) {
		target[n] = 0;
		return go_on_at(w, target);
	}
	if (errno != EINVAL && errno != ENOENT)
		return fail(errno, "read link %s", name);
	return go_on_at(w, name);
}

/* Makes one component below `done`; type_mode as for mknodat(2). */
static int make_one(struct walk *w, const char *name, mode_t type_mode)
{
	cleanup_fd int parent = path_open(w->root_fd, done(w), O_PATH | O_DIRECTORY);

	if (parent < 0)
		return -1;
	if ((S_ISDIR(type_mode) ? mkdirat(parent, name, type_mode & 07777)
				: mknodat(parent, name, type_mode, 0)) == 0) {
		text_addf(&w->done, "/%s", name);
		return 0;
	}
	if (errno != EEXIST)
		return fail(errno, S_ISDIR(type_mode) ? "mkdir %s/%s" : "mknod %s/%s", w->done.data,
			    name);
	cleanup_free char *copy = strdup(name); /* name lives in w->rest, which goes away */
	if (!copy)
		fail_fatal("out of memory");
	return follow(w, parent, copy);
}

static int walk_component(struct walk *w, const char *name, mode_t type_mode, bool is_last)
{
	int flags = O_PATH | (is_last ? 0 : O_DIRECTORY);
	size_t length = w->done.length;

	if (!strcmp(name, "."))
		return 0;
	text_addf(&w->done, "/%s", name);
	cleanup_fd int fd = path_try_open(w->root_fd, w->done.data, flags);
	if (fd >= 0)
		return 0;
	if (errno != ENOENT)
		return fail_open(w->done.data);
	w->done.data[w->done.length = length] = 0;
	return make_one(w, name, is_last ? type_mode : S_IFDIR | 0755);
}

/*
 * Splits into the directory part ("/" when there is none) and the last name, which must be a real
 * name: a call on it does not follow anything.
 */
static int split(const char *path, char dir[PATH_MAX], char name[NAME_MAX + 1])
{
	size_t end = strlen(path), start;

	while (end && path[end - 1] == '/')
		end--;
	for (start = end; start && path[start - 1] != '/'; start--)
		;
	if (start >= PATH_MAX - 1 || end - start > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	snprintf(dir, PATH_MAX, "/%.*s", (int)start, path);
	snprintf(name, NAME_MAX + 1, "%.*s", (int)(end - start), path + start);
	if (!*name || !strcmp(name, ".") || !strcmp(name, "..")) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}

/* The usual case of a missing path: everything but its last name is there.  Silent: false leaves it
 * to the walk. */
static bool make_last(int root_fd, const char *path, mode_t type_mode)
{
	char dir[PATH_MAX], name[NAME_MAX + 1];

	if (split(path, dir, name) < 0)
		return false;
	cleanup_fd int parent = path_try_open(root_fd, dir, O_PATH | O_DIRECTORY);
	if (parent < 0)
		return false;
	return (S_ISDIR(type_mode) ? mkdirat(parent, name, type_mode & 07777)
				   : mknodat(parent, name, type_mode, 0)) == 0;
}

/* Makes path and its parents; returns its O_PATH descriptor. */
static int make(int root_fd, const char *path, mode_t type_mode)
{
	int flags = O_PATH | (S_ISDIR(type_mode) ? O_DIRECTORY : 0);
	int fd = path_try_open(root_fd, path, flags);

	if (fd >= 0)
		return fd; /* nearly always: the image has it */
	if (errno != ENOENT)
		return fail_open(path);
	if (make_last(root_fd, path, type_mode))
		return path_open(root_fd, path, flags);

	cleanup_walk struct walk w = { .root_fd = root_fd, .rest = strdup(path) };
	const char *name;
	bool is_last;

	if (!w.rest)
		fail_fatal("out of memory");
	w.next = w.rest;
	text_add(&w.done, "");
	while ((name = next_component(&w, &is_last)))
		if (walk_component(&w, name, type_mode, is_last) < 0)
			return fail_in("make %s", path);
	return path_open(root_fd, done(&w), flags);
}

int path_make_dir(int root_fd, const char *path, mode_t mode)
{
	return make(root_fd, path, S_IFDIR | (mode & 07777));
}

int path_make_file(int root_fd, const char *path, mode_t mode)
{
	return make(root_fd, path, S_IFREG | (mode & 07777));
}

/*
 * The directory that holds path, made when missing, and the last name in name.  It is root_fd
 * itself when path has no directory part, else a descriptor in *ret_owned as well, for the caller
 * to close.
 */
static int make_parent(int root_fd, const char *path, char name[NAME_MAX + 1], int *ret_owned)
{
	char dir[PATH_MAX];

	if (split(path, dir, name) < 0)
		return fail(errno, "make %s", path);
	if (!dir[strspn(dir, "/")])
		return root_fd;
	*ret_owned = path_make_dir(root_fd, dir, 0755);
	return *ret_owned;
}

int path_add_node(int root_fd, const char *path, mode_t mode, dev_t device)
{
	char name[NAME_MAX + 1];
	cleanup_fd int owned = -1;
	int parent = make_parent(root_fd, path, name, &owned);

	if (parent < 0)
		return -1;
	if (mknodat(parent, name, mode, device) < 0)
		return fail(errno, "make node %s", path);
	return 0;
}

int path_make_node(int root_fd, const char *path, mode_t mode, dev_t device)
{
	if (path_add_node(root_fd, path, mode, device) < 0)
		return -1;
	return path_open(root_fd, path, O_PATH | O_NOFOLLOW);
}

int path_make_symlink(int root_fd, const char *path, const char *target)
{
	char name[NAME_MAX + 1];
	cleanup_fd int owned = -1;
	int parent = make_parent(root_fd, path, name, &owned);

	if (parent < 0)
		return -1;
	if (symlinkat(target, parent, name) < 0 && errno != EEXIST)
		return fail(errno, "make symbolic link %s to %s", path, target);
	return 0;
}

int path_remove(int root_fd, const char *path)
{
	char dir[PATH_MAX], name[NAME_MAX + 1];

	if (split(path, dir, name) < 0)
		return fail(errno, "remove %s", path);
	cleanup_fd int parent = path_try_open(root_fd, dir, O_PATH | O_DIRECTORY);
	if ((parent < 0 || unlinkat(parent, name, 0) < 0) && errno != ENOENT)
		return fail(errno, "remove %s", path);
	return 0;
}

char *path_read_link(int root_fd, const char *path)
{
	cleanup_fd int fd = path_try_open(root_fd, path, O_PATH | O_NOFOLLOW);
	char target[PATH_MAX];

	if (fd < 0)
		return NULL;
	ssize_t n = readlinkat(fd, "", target, sizeof target);
	if (n < 0) {
		/* Of a descriptor that is no link the kernel says ENOENT. */
		errno = errno == ENOENT ? EINVAL : errno;
		return NULL;
	}
	return strndup(target, (size_t)n);
}

int path_chown(int fd, uid_t uid, gid_t gid)
{
	if (fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0)
		return fail(errno, "change owner to %u:%u", uid, gid);
	return 0;
}

/* Before Linux 6.6 the way is /proc, but only a real one: a directory /proc may be the image's. */
static int chmod_by_proc(int fd, mode_t mode)
{
	cleanup_fd int fds = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;
	char name[16];

	if (fds < 0 || fstatfs(fds, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC) {
		errno = ENOSYS;
		return -1;
	}
	snprintf(name, sizeof name, "%d", fd);
	return fchmodat(fds, name, mode, 0);
}

int path_chmod(int fd, mode_t mode)
{
	long done = syscall(SYS_fchmodat2, fd, "", mode, AT_EMPTY_PATH);

	/* EPERM: so answer filters older than the call; the other way gives the real reason. */
	if (done < 0 && (errno == ENOSYS || errno == EPERM))
		done = chmod_by_proc(fd, mode);
	return done < 0 ? fail(errno, "change mode to %04o", mode) : 0;
}

int path_clean(const char *path, char *out, size_t size)
{
	size_t n = 0;

	if (size < 2)
		return fail(ENAMETOOLONG, "%s", path);
	while (*(path += strspn(path, "/"))) {
		size_t length = strcspn(path, "/");

		if (length == 2 && !strncmp(path, "..", 2)) {
			while (n && out[--n] != '/')
				;
		} else if (length != 1 || *path != '.') {
			if (n + 1 + length >= size)
				return fail(ENAMETOOLONG, "%s", path);
			out[n++] = '/';
			memcpy(out + n, path, length);
			n += length;
		}
		path += length;
	}
	if (!n)
		out[n++] = '/';
	out[n] = 0;
	return 0;
}

bool path_is_inside(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (!strcmp(dir, "/"))
		return *path == '/';
	return !strncmp(path, dir, n) && (!path[n] || path[n] == '/');
}
