/*
 * tmpcopyup.  The calls with a name (openat, mkdirat, mknodat, symlinkat, ...) are safe here
 * without path.c: a name is one that readdir(3) just gave, without a slash, in a directory held
 * open, and no call follows a link at it.
 */
#include "sandbox/mount_copyup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/fail.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"

enum { MAX_DEPTH = 64, MAX_ENTRIES = 1 << 20, MAX_XATTR = 65536 };

struct copy {
	size_t entries;
	unsigned depth;
};

/* Where an entry comes from and goes to. */
struct entry {
	int from, to;
	const char *name;
	struct stat st;
};

static int copy_directory(struct copy *c, int from, int to);

static void scope_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}

static int copy_xattrs(int from, int to)
{
	char names[4096], value[MAX_XATTR];
	ssize_t length = flistxattr(from, names, sizeof names);

	/* Without support there is nothing to copy; a list longer than ours is no file of an image.
	 */
	if (length < 0)
		return errno == ENOTSUP ? 0 : fail(errno, "list extended attributes");
	for (const char *name = names; name < names + length; name += strlen(name) + 1) {
		ssize_t n = fgetxattr(from, name, value, sizeof value);

		/* tmpfs lacks some kinds, and some are the host's alone: the file is copied without
		 * them. */
		if (n >= 0 && fsetxattr(to, name, value, (size_t)n, 0) < 0 && errno != ENOTSUP &&
		    errno != EPERM)
			return fail(errno, "set extended attribute %s", name);
	}
	return 0;
}

static int copy_metadata_fd(int from, int to, const struct stat *st)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (fchown(to, st->st_uid, st->st_gid) < 0 || fchmod(to, st->st_mode & 07777) < 0)
		return fail(errno, "set owner and mode");
	if (copy_xattrs(from, to) < 0)
		return -1;
	return futimens(to, times) < 0 ? fail(errno, "set times") : 0;
}

static int copy_regular(struct copy *c, const struct entry *e)
{
	/* O_NONBLOCK: should a fifo have taken the file's place meanwhile, the open does not hang.
	 */
	cleanup_fd int from =
		openat(e->from, e->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	cleanup_fd int to = -1;
	struct stat st;
	ssize_t n;

	(void)c;
	if (from < 0 || fstat(from, &st) < 0)
		return fail(errno, "open");
	if (!S_ISREG(st.st_mode))
		return fail(ESTALE, "was replaced while it was copied");
	to = openat(e->to, e->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return fail(errno, "create");
	while ((n = sendfile(to, from, NULL, SSIZE_MAX & ~0xfffL)) > 0)
		;
	if (n < 0)
		return fail(errno, "copy");
	return copy_metadata_fd(from, to, &st);
}

static int copy_subdirectory(struct copy *c, const struct entry *e)
{
	cleanup_fd int from =
		openat(e->from, e->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_fd int to = -1;

	if (from < 0)
		return fail(errno, "open");
	if (mkdirat(e->to, e->name, 0700) < 0)
		return fail(errno, "mkdir");
	to = openat(e->to, e->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0)
		return fail(errno, "open the copy");
	if (copy_directory(c, from, to) < 0)
		return -1;
	return copy_metadata_fd(from, to, &e->st); /* last: entries change the times */
}

static int copy_owner_and_times(const struct entry *e)
{
	const struct timespec times[2] = { e->st.st_atim, e->st.st_mtim };

	if (fchownat(e->to, e->name, e->st.st_uid, e->st.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(errno, "set owner");
	return utimensat(e->to, e->name, times, AT_SYMLINK_NOFOLLOW) < 0 ? fail(errno, "set times")
									 : 0;
}

static int copy_link(const struct entry *e)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(e->from, e->name, target, sizeof target - 1);

	if (n < 0)
		return fail(errno, "read link");
	target[n] = 0;
	if (symlinkat(target, e->to, e->name) < 0)
		return fail(errno, "make link");
	return copy_owner_and_times(e);
}

static int copy_node(const struct entry *e)
{
	if (mknodat(e->to, e->name, e->st.st_mode, e->st.st_rdev) < 0) {
		if (errno != EPERM)
			return fail(errno, "make node");
		log_warning("tmpcopyup: device %s is left out, it cannot be made here", e->name);
		return 0;
	}
	return copy_owner_and_times(e); /* the umask is 0: the mode is exact */
}

static int copy_entry(struct copy *c, struct entry *e)
{
	if (++c->entries > MAX_ENTRIES)
		return fail(E2BIG, "more than %d files", MAX_ENTRIES);
	if (fstatat(e->from, e->name, &e->st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(errno, "stat");
	switch (e->st.st_mode & S_IFMT) {
	case S_IFREG:
		return copy_regular(c, e);
	case S_IFDIR:
		return copy_subdirectory(c, e);
	case S_IFLNK:
		return copy_link(e);
	default:
		return copy_node(e);
	}
}

/* Both descriptors stay the caller's. */
static int copy_directory(struct copy *c, int from, int to)
{
	cleanup_fd int list_fd = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	__attribute__((cleanup(scope_dir))) DIR *dir = list_fd < 0 ? NULL : fdopendir(list_fd);
	struct dirent *d;

	if (!dir)
		return fail(errno, "read directory");
	(void)take_fd(&list_fd); /* dir has it */
	if (++c->depth > MAX_DEPTH)
		return fail(ELOOP, "directories are nested more than %d deep", MAX_DEPTH);
	while ((errno = 0, d = readdir(dir)) != NULL) {
		struct entry e = { .from = from, .to = to, .name = d->d_name };

		if (strcmp(d->d_name, ".") && strcmp(d->d_name, "..") && copy_entry(c, &e) < 0)
			return fail_in("%s", d->d_name);
	}
	if (errno)
		return fail(errno, "read directory");
	c->depth--;
	return 0;
}

int mount_copyup(int from_fd, int to_fd)
{
	cleanup_fd int from = openat(from_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_fd int to = openat(to_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct copy c = { 0 };

	if (from < 0 || to < 0)
		return fail(errno, "tmpcopyup");
	return copy_directory(&c, from, to) < 0 ? fail_in("tmpcopyup") : 0;
}
