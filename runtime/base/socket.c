/* socket.c - connecting to a unix socket by its path. */
#include "base/socket.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/text.h"
#include "base/wait.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

/* sun_path holds 107 bytes, the paths that engines use are often longer: then through the
 * directory's descriptor. */
static int socket_address(const char *what, const char *path, struct sockaddr_un *ret,
			  int *ret_dir_fd)
{
	cleanup_fd int dir_fd = -1;
	const char *name = strrchr(path, '/');

	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) < sizeof ret->sun_path) {
		strcpy(ret->sun_path, path);
		return 0;
	}
	cleanup_free char *dir = name ? strndup(path, (size_t)(name - path)) : NULL;

	if (!dir || (dir_fd = file_open_dir(AT_FDCWD, *dir ? dir : "/")) < 0)
		return name && dir ? -1 : fail(ENAMETOOLONG, "%s %s", what, path);
	if (snprintf(ret->sun_path, sizeof ret->sun_path, "/proc/self/fd/%d%s", dir_fd, name) >=
	    (int)sizeof ret->sun_path)
		return fail(ENAMETOOLONG, "%s %s", what, path);
	*ret_dir_fd = take_fd(&dir_fd);
	return 0;
}

int socket_connect(const char *what, const char *path)
{
	static const struct timeval patience = { .tv_sec = WAIT_HELPER };
	cleanup_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), dir_fd = -1;
	struct sockaddr_un address;

	/* The kernel's limit for sending also ends connect(2) to a full queue, with EAGAIN. */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0)
		return fail(errno, "make a socket for %s %s", what, path);
	if (socket_address(what, path, &address, &dir_fd) < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
		return fail(errno == EAGAIN ? ETIMEDOUT : errno, "connect to %s %s", what, path);
	return take_fd(&fd);
}
