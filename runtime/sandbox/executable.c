/* executable.c - the look-up of process.args[0]; texts of engine-contract 1.9, which every engine
 * matches. */
#include "sandbox/executable.h"
#include "base/arena.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char executable_default_path[] =
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/* 0: can be executed; otherwise the errno that says why not (EISDIR: a directory, EPERM: no regular
 * file). */
static int executable_error(int root_fd, const char *path)
{
	cleanup_fd int fd = path_try_open(root_fd, path, O_PATH);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	if (!S_ISREG(st.st_mode))
		return EPERM;
	/* Asks for the effective ids, and the kernel refuses files of a noexec mount here as well.
	 */
	return faccessat(fd, "", X_OK, AT_EACCESS | AT_EMPTY_PATH) < 0 ? errno : 0;
}

/* file: where name was found. */
static const char *path_fail(int root_fd, const char *name, const char *file, int error)
{
	if (error == EISDIR || error == EPERM) {
		fail(0,
		     "exec: \"%s\": permission denied: the path `%s` is not a regular file: "
		     "Operation not permitted",
		     name, name);
	} else if (error == EACCES) {
		fail(error, "exec: \"%s\"", name);
		executable_fail(root_fd, file);
	} else {
		fail(error, "exec: \"%s\": stat %s", name, name);
	}
	return NULL;
}

static const char *search(int root_fd, const char *name, const char *path, const char *cwd,
			  struct arena *arena)
{
	const char *refused = NULL;

	while (*path) {
		size_t n = strcspn(path, ":");
		const char *dir = n ? arena_strndup(arena, path, n) : ".";
		const char *file = *dir == '/' ? arena_printf(arena, "%s/%s", dir, name)
					       : arena_printf(arena, "%s/%s/%s", cwd, dir, name);
		int error = executable_error(root_fd, file);

		if (!error)
			return file;
		if (error == EACCES)
			refused = file;
		path += n + (path[n] == ':');
	}
	if (refused)
		return path_fail(root_fd, name, refused, EACCES);
	fail(0, "exec: \"%s\": executable file not found in $PATH: No such file or directory",
	     name);
	return NULL;
}

const char *executable_find(int root_fd, const char *name, const char *const *env, const char *cwd,
			    struct arena *arena)
{
	const char *path = executable_default_path;

	for (; env && *env; env++)
		if (text_starts(*env, "PATH="))
			path = *env + strlen("PATH=");
	if (!*name) {
		fail(0,
		     "exec: \"\": executable file not found in $PATH: No such file or directory");
		return NULL;
	}
	if (!strchr(name, '/'))
		return search(root_fd, name, path, cwd, arena);

	const char *file = *name == '/' ? name : arena_printf(arena, "%s/%s", cwd, name);
	int error = executable_error(root_fd, file);
	return error ? path_fail(root_fd, name, file, error) : name;
}
