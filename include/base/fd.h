/* fd.h - who owns a descriptor, and passing one to another process.  Knows no paths. */
#pragma once
#include <sys/types.h>
#include <unistd.h>

static inline void scope_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
/* The scope closes it.  Every descriptor is born close-on-exec. */
#define cleanup_fd __attribute__((cleanup(scope_fd)))

/* Moves a descriptor out of a cleanup_fd variable or a struct. */
static inline int take_fd(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}
/* Closes what *fd holds, if anything, and makes it -1. */
static inline void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/*
 * One message with at most one descriptor (fd -1: none) over a unix socket; interrupted calls go
 * on. fd_receive: returns the number of bytes, 0 at end of file, -1 with a failure; *ret_fd is -1
 * or a descriptor the caller owns (close-on-exec).  More than one descriptor is an error and all
 * are closed.
 */
int fd_send(int socket_fd, const void *data, size_t size, int fd);
ssize_t fd_receive(int socket_fd, void *data, size_t size, int *ret_fd);

/* Marks every descriptor >= first close-on-exec (close_range(2)). */
int fd_cloexec_from(unsigned first);
/* Closes every descriptor >= first. */
int fd_close_from(unsigned first);
/* Closes every descriptor >= first but those in keep (any order, -1 is skipped, at most 16). */
int fd_close_except(unsigned first, const int *keep, size_t count);
/* Opens /dev/null on 0, 1 and 2 where they are closed, so that no later descriptor lands there. */
int fd_ensure_stdio(void);
