/* file.c - whole files by directory descriptor and name. */
#include "base/file.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int file_open_dir(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? fail(errno, "open directory %s", name) : fd;
}

static ssize_t read_some(int fd, char *out, size_t size)
{
	ssize_t n;

	do
		n = read(fd, out, size);
	while (n < 0 && errno == EINTR);
	return n;
}

/* Silent: 0, or -1 with errno.  Reads to the end: what stat says of files in /proc is not their
 * size. */
static int slurp(int fd, size_t limit, char **ret, size_t *ret_size)
{
	size_t capacity = 16 << 10, used = 0;
	cleanup_free char *data = NULL;

	for (;;) {
		char *bigger = realloc(data, capacity);
		if (!bigger)
			fail_fatal("out of memory");
		data = bigger;
		while (used < capacity - 1) {
			ssize_t n = read_some(fd, data + used, capacity - 1 - used);
			if (n < 0)
				return -1;
			used += (size_t)n;
			if (used > limit) {
				errno = EFBIG;
				return -1;
			}
			if (n)
				continue;
			data[used] = 0;
			*ret = take_ptr(&data);
			if (ret_size)
				*ret_size = used;
			return 0;
		}
		capacity *= 2;
	}
}

int file_read_fd(int fd, size_t limit, char **ret, size_t *ret_size)
{
	return slurp(fd, limit, ret, ret_size) < 0 ? fail(errno, "read file") : 0;
}

int file_read(int dir_fd, const char *name, size_t limit, char **ret, size_t *ret_size)
{
	cleanup_fd int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail(errno, "open %s", name);
	if (slurp(fd, limit, ret, ret_size) < 0)
		return fail(errno, "read %s", name);
	return 0;
}

ssize_t file_read_line(int dir_fd, const char *name, char *out, size_t size)
{
	cleanup_fd int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read_some(fd, out, size - 1);

	if (n < 0)
		return -1;
	if (n && out[n - 1] == '\n')
		n--;
	out[n] = 0;
	return n;
}

int file_write_fd(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size) {
		ssize_t n = write(fd, at, size);

		if (n < 0 && errno != EINTR)
			return fail(errno, "write");
		if (n > 0) {
			at += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

int file_write(int dir_fd, const char *name, const char *value)
{
	cleanup_fd int fd = openat(dir_fd, name, O_WRONLY | O_CLOEXEC);
	size_t size = strlen(value);
	ssize_t n;

	if (fd < 0)
		return fail(errno, "open %s to write \"%s\"", name, value);
	do
		n = write(fd, value, size);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)size) /* kernel files take all or nothing */
		return fail(n < 0 ? errno : EIO, "write \"%s\" to %s", value, name);
	return 0;
}

int file_create(int dir_fd, const char *name, const void *data, size_t size, mode_t mode)
{
	cleanup_fd int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	if (fd < 0)
		return fail(errno, "create %s", name);
	if (file_write_fd(fd, data, size) < 0) {
		unlinkat(dir_fd, name, 0); /* best effort: half a file is worse than none */
		return fail_in("%s", name);
	}
	return 0;
}

/* A name that no other process uses; `name` itself may be as long as NAME_MAX. */
static void temporary_name(char *out, size_t size, const char *name)
{
	snprintf(out, size, ".%.64s.%d.tmp", name, (int)getpid());
}

int file_replace(int dir_fd, const char *name, const void *data, size_t size, mode_t mode)
{
	char temporary[128];

	temporary_name(temporary, sizeof temporary, name);
	if (file_create(dir_fd, temporary, data, size, mode) < 0) {
		/* Left by a killed process that had our pid? */
		if (failure()->code != EEXIST || unlinkat(dir_fd, temporary, 0) < 0 ||
		    file_create(dir_fd, temporary, data, size, mode) < 0)
			return fail_in("write %s", name);
	}
	if (renameat(dir_fd, temporary, dir_fd, name) < 0) {
		int code = errno;

		unlinkat(dir_fd, temporary, 0); /* best effort: the rename is the news */
		return fail(code, "rename %s to %s", temporary, name);
	}
	return 0;
}

int file_replace_path(const char *path, const void *data, size_t size, mode_t mode)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];

	if (!slash)
		return file_replace(AT_FDCWD, path, data, size, mode);
	/* Of "/pid" the directory is "/" itself. */
	int n = slash == path ? 1 : (int)(slash - path);
	if ((size_t)n >= sizeof dir)
		return fail(ENAMETOOLONG, "write %s", path);
	snprintf(dir, sizeof dir, "%.*s", n, path);
	cleanup_fd int dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return fail(errno, "open directory %s", dir);
	return file_replace(dir_fd, slash + 1, data, size, mode);
}
