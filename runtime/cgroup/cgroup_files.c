#include "cgroup/cgroup_files.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "base/wait.h"
#include "cgroup/cgroup.h"
#include "cgroup/cgroup_lib.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The mount is the host's and its directories cannot be links, so that whole paths are safe here.
 */
static int full_path(const char *mount, const char *path, char out[PATH_MAX])
{
	if (snprintf(out, PATH_MAX, "%s%s", mount, path) >= PATH_MAX)
		return fail(ENAMETOOLONG, "cgroup %s", path);
	return 0;
}

static int open_directory(const char *full)
{
	return open(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Makes the directory and, from the top, those above it that are missing.  -1 with errno. */
static int make_with_parents(char *full, size_t mount_length, char **ret_made)
{
	if (mkdir(full, 0755) == 0)
		return 0;
	if (errno != ENOENT)
		return -1;
	for (char *slash = strchr(full + mount_length + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		int result = mkdir(full, 0755);

		if (result == 0 && !*ret_made)
			*ret_made = strdup(full + mount_length);
		*slash = '/';
		if (result < 0 && errno != EEXIST)
			return -1;
	}
	return mkdir(full, 0755);
}

/* rmdir of path, then of its parents up to top.  A parent that others use stays. */
static void remove_parents(const char *mount, const char *path, const char *top)
{
	char full[PATH_MAX];
	size_t mount_length = strlen(mount), top_length = top ? strlen(top) : 0;

	if (!top_length || !text_starts(path, top) || full_path(mount, path, full) < 0)
		return;
	for (char *slash; (slash = strrchr(full + mount_length, '/')) != NULL;) {
		*slash = '\0';
		if (strlen(full) < mount_length + top_length)
			return;
		if (rmdir(full) < 0 && errno != ENOENT) {
			log_debug("cgroup %s stays: %s", full + mount_length, fail_reason(errno));
			return;
		}
	}
}

int cgroup_make(const char *mount, const char *path, int *ret_fd, bool *ret_existed,
		char **ret_made)
{
	enum { TRIES = 8 }; /* someone else removes a parent between two of our calls */
	cleanup_free char *made = NULL;
	char full[PATH_MAX];
	int result = -1;

	if (full_path(mount, path, full) < 0)
		return -1;
	errno = ENOENT;
	for (int i = 0; i < TRIES && result < 0 && errno == ENOENT; i++)
		result = make_with_parents(full, strlen(mount), &made);
	int error = result < 0 ? errno : 0;
	cleanup_fd int fd = !error || error == EEXIST ? open_directory(full) : -1;

	if (fd < 0) {
		bool is_ours = !error;

		if (is_ours || error == EEXIST)
			error = errno;
		if (is_ours)
			rmdir(full); /* empty; that it could not be opened is what to report */
		remove_parents(mount, path, made);
		return fail(error, "make cgroup %s", full);
	}
	*ret_existed = error == EEXIST;
	*ret_made = made || *ret_existed ? take_ptr(&made) : strdup(path);
	*ret_fd = take_fd(&fd);
	return 0;
}

const char *cgroup_first_missing(const char *mount, const char *path, struct arena *arena)
{
	size_t length = strcspn(path + 1, "/") + 1;
	char full[PATH_MAX];

	for (; path[length]; length += strcspn(path + length + 1, "/") + 1)
		if (snprintf(full, sizeof full, "%s%.*s", mount, (int)length, path) >= PATH_MAX ||
		    access(full, F_OK) < 0)
			return arena_strndup(arena, path, length);
	if (snprintf(full, sizeof full, "%s%s", mount, path) < PATH_MAX && access(full, F_OK) == 0)
		return NULL;
	return path;
}

int cgroup_check_unused(int dir_fd)
{
	cleanup_free pid_t *pids = NULL;
	size_t count;

	if (cgroup_processes(dir_fd, &pids, &count) < 0)
		return -1;
	if (count)
		return fail(0, "container's cgroup is not empty: %zu process(es) found", count);
	if (cgroup_is_frozen(dir_fd))
		return fail(0, "container's cgroup unexpectedly frozen");
	return 0;
}

int cgroup_open(const char *mount, const char *path)
{
	char full[PATH_MAX];

	if (full_path(mount, path, full) < 0)
		return -1;
	int fd = open_directory(full);

	return fd < 0 ? fail(errno, "open cgroup %s", full) : fd;
}

/* The first sub-cgroup that cannot be removed at once, or "" when none is left. */
static int remove_children(int dir_fd, char name[NAME_MAX + 1])
{
	DIR *dir = fdopendir(dup(dir_fd));
	int result = 0;

	*name = '\0';
	if (!dir)
		return fail(errno, "list a cgroup");
	rewinddir(dir); /* the offset is that of dir_fd */
	for (struct dirent *e; result == 0 && !*name && (e = readdir(dir)) != NULL;) {
		if (e->d_type != DT_DIR || !strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (unlinkat(dir_fd, e->d_name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			continue;
		if (errno == EBUSY)
			snprintf(name, NAME_MAX + 1, "%s", e->d_name);
		else
			result = fail(errno, "remove cgroup %s", e->d_name);
	}
	closedir(dir);
	return result;
}

/*
 * Everything below the directory.  One descriptor at a time and "..": the container may have nested
 * deeper than there are descriptors, stack or bytes in a path.
 */
static int remove_below(int top_fd, int64_t deadline)
{
	char name[NAME_MAX + 1];
	cleanup_fd int fd = openat(top_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (size_t depth = 0; fd >= 0;) {
		if (remove_children(fd, name) < 0)
			return -1;
		if (!*name && depth == 0)
			return 0;
		if (wait_now() > deadline)
			return fail(ETIMEDOUT, "remove the sub-cgroups of the container");
		int next_fd = openat(fd, *name ? name : "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (*name)
			depth++;
		else
			depth--;
		close(fd);
		fd = next_fd;
	}
	return fail(errno, "open a sub-cgroup of the container");
}

/* It is not empty: processes that die, or directories that the container made. */
static int remove_filled(const char *mount, const char *path, const char *full, int64_t deadline)
{
	cleanup_fd int fd = open_directory(full);

	if (fd < 0)
		return errno == ENOENT ? 0 : fail(errno, "open cgroup %s", full);
	if (cgroup_wait_empty(fd, deadline) < 0)
		return -1;
	/* First again: it was only the dying that was in the way.  libcgroup cannot do names beyond
	 * PATH_MAX. */
	if (rmdir(full) == 0 || cgroup_lib_remove(mount, path))
		return 0;
	if (remove_below(fd, deadline) < 0)
		return -1;
	return rmdir(full) == 0 || errno == ENOENT ? 0 : fail(errno, "remove cgroup %s", full);
}

bool cgroup_remove_unused(const char *mount, const char *path, const char *made)
{
	char full[PATH_MAX];

	if (full_path(mount, path, full) < 0 || rmdir(full) < 0)
		return false;
	remove_parents(mount, path, made);
	return true;
}

int cgroup_remove(const char *mount, const char *path, const char *made, int64_t deadline)
{
	char full[PATH_MAX];

	if (!mount || !path)
		return 0;
	if (full_path(mount, path, full) < 0)
		return -1;
	if (rmdir(full) < 0) {
		if (errno != ENOENT && errno != EBUSY && errno != ENOTEMPTY)
			return fail(errno, "remove cgroup %s", full);
		if (errno != ENOENT && remove_filled(mount, path, full, deadline) < 0)
			return -1;
	}
	remove_parents(mount, path, made);
	return 0;
}
