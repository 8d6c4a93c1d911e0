/* temporary.h - a directory that lives as long as one test. */
#pragma once
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

struct temporary {
	char path[64];
	int fd;
};

static inline int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

static inline void temporary_remove(struct temporary *t)
{
	close(t->fd);
	nftw(t->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static inline struct temporary temporary_new(void)
{
	struct temporary t = { .path = "/tmp/ring3-unit-XXXXXX" };

	assert_non_null(mkdtemp(t.path));
	t.fd = open(t.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(t.fd >= 0);
	return t;
}
#define TEMPORARY(name)                                                                            \
	__attribute__((cleanup(temporary_remove))) struct temporary name = temporary_new()
