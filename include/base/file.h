/* file.h - whole files by directory descriptor and name, for trusted directories (state, cgroup,
 * bundle). Does not interpret contents.  The container's root file system is path.h's business. */
#pragma once
#include <stddef.h>
#include <sys/types.h>

/* O_DIRECTORY | O_RDONLY descriptor that the caller owns. */
int file_open_dir(int dir_fd, const char *name);

/*
 * Reads the whole file; NUL is put behind it.  *ret is malloc'ed and the caller's, *ret_size may be
 * NULL. More than limit bytes: fails with EFBIG.  Works for files of /proc and cgroup (size
 * unknown).
 */
int file_read(int dir_fd, const char *name, size_t limit, char **ret, size_t *ret_size);
int file_read_fd(int fd, size_t limit, char **ret, size_t *ret_size);
/* Reads at most size - 1 bytes of a short file into out, NUL-terminated, trailing newline cut.  No
 * allocation. Silent: returns the length, or -1 with errno. */
ssize_t file_read_line(int dir_fd, const char *name, char *out, size_t size);

int file_write_fd(int fd, const void *data, size_t size);
/* One open and one write, for kernel files: never creates.  Fails naming the file and what was
 * written. */
int file_write(int dir_fd, const char *name, const char *value);
/* Makes the file with this mode and contents; an existing one is an error (EEXIST). */
int file_create(int dir_fd, const char *name, const void *data, size_t size, mode_t mode);
/* Writes to a temporary name in the same directory and renames it over name. */
int file_replace(int dir_fd, const char *name, const void *data, size_t size, mode_t mode);
/* The same for a path that may have a directory part (--pid-file). */
int file_replace_path(const char *path, const void *data, size_t size, mode_t mode);
