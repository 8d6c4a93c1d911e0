/* notify.c - READY=1 on its way from the program to the service manager. */
#include "container/notify.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "base/wait.h"
#include "container/container.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define INSIDE "/run/notify"
enum { MESSAGE = 4096, WAIT_BARRIER = 30 };

static const char *manager_address(void)
{
	const char *address = getenv("NOTIFY_SOCKET");

	return text_is_set(address) ? address : NULL;
}

/*
 * init of a user namespace has no way through the state directory, which is private, so the mount
 * is cloned here, where the caller may do that; an ordinary user's init is the user himself.
 */
int notify_plan(struct container *c, struct notify *ret)
{
	char root[PATH_MAX];

	*ret = (struct notify){ .tree_fd = -1 };
	if (!manager_address())
		return 0;
	/* A mount's source is absolute, --root need not be. */
	if (!realpath(c->root->path, root))
		return fail(errno, "state root %s", c->root->path);
	ret->directory = arena_printf(c->arena, "%s/%s/notify", root, c->id);
	if (!(c->host->caps >> CAP_SYS_ADMIN & 1))
		return 0;
	/* Only a number, until notify_make() gives it to the tree. */
	ret->tree_fd = open("/dev/null", O_PATH | O_CLOEXEC);
	return ret->tree_fd < 0 ? fail(errno, "open /dev/null") : 0;
}

void notify_add(struct notify *n, const struct spec *spec)
{
	/* Without a mount namespace it would appear on the host. */
	if (!spec->process || !spec_has_namespace(spec, NS_MOUNT, NULL)) {
		log_warning("NOTIFY_SOCKET is not for this container: it has no mount namespace "
			    "or no process");
		n->directory = NULL;
		return;
	}
	spec_add_bind(spec, INSIDE, n->directory, n->tree_fd);
	spec_add_env(spec, "NOTIFY_SOCKET=" INSIDE "/notify.sock");
}

int notify_make(const struct notify *n, const struct container *c)
{
	cleanup_fd int fd = -1;

	if (!n->directory)
		return 0;
	if (mkdirat(c->dir_fd, "notify", 0700) < 0 ||
	    fchmodat(c->dir_fd, "notify", 0755, 0) < 0) /* whatever the umask is */
		return fail(errno, "make the notify directory");
	if (n->tree_fd < 0)
		return 0;
	fd = open_tree(c->dir_fd, "notify", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (fd < 0 || dup3(fd, n->tree_fd, O_CLOEXEC) < 0)
		return fail(errno, "clone the mount of the notify directory");
	return 0;
}

/* Everybody in the container may write: who that is the user namespace says, and only it. */
static int bind_socket(int fd, int dir_fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/notify.sock", dir_fd);
	if ((unlinkat(dir_fd, "notify.sock", 0) < 0 && errno != ENOENT) ||
	    bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
	    fchmodat(dir_fd, "notify.sock", 0777, 0) < 0)
		return fail(errno, "bind the notify socket");
	return 0;
}

int notify_listen(struct container *c)
{
	cleanup_fd int dir_fd = -1, fd = -1;

	if (!manager_address())
		return 0;
	dir_fd = openat(c->dir_fd, "notify", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir_fd < 0)
		return errno == ENOENT ? 0 : fail(errno, "open the notify directory");
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(errno, "make the notify socket");
	if (bind_socket(fd, dir_fd) < 0)
		return -1;
	c->notify_fd = take_fd(&fd);
	return 0;
}

/* "/run/systemd/notify", or "@name" in the abstract namespace. */
static int manager_sockaddr(const char *name, struct sockaddr_un *ret, socklen_t *ret_size)
{
	const size_t length = strlen(name);

	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if ((*name != '/' && *name != '@') || length >= sizeof ret->sun_path)
		return fail(EAFNOSUPPORT, "NOTIFY_SOCKET %s", name);
	memcpy(ret->sun_path, name, length);
	if (*name == '@')
		ret->sun_path[0] = 0;
	*ret_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	return 0;
}

/* One message to the manager, with at most one descriptor. */
static int tell(const char *message, int passed_fd)
{
	const char *name = manager_address();
	cleanup_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	socklen_t size = 0;

	if (!name)
		return 0;
	if (fd < 0)
		return fail(errno, "make a socket for NOTIFY_SOCKET");
	if (manager_sockaddr(name, &address, &size) < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, size) < 0)
		return fail(errno, "NOTIFY_SOCKET %s", name);
	return fd_send(fd, message, strlen(message), passed_fd);
}

/* The manager closes the descriptor that it gets when it comes to this message. */
static int barrier(void)
{
	cleanup_fd int ours = -1, theirs = -1;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(errno, "make a pipe");
	ours = ends[0];
	theirs = ends[1];
	if (tell("BARRIER=1", theirs) < 0)
		return -1;
	fd_close(&theirs);
	return wait_readable(ours, wait_until(WAIT_BARRIER), "the service manager");
}

/* The line that says it, or NULL; the text is cut at its end. */
static const char *ready_line(char *text)
{
	for (char *line; (line = strsep(&text, "\n"));)
		if (text_starts(line, "READY="))
			return line;
	return NULL;
}

int notify_pass_on(int fd, int pid)
{
	char message[MESSAGE], out[MESSAGE + 64];
	/* The program's, which may be hostile: nothing of it but this line goes on. */
	ssize_t n = recv(fd, message, sizeof message - 1, MSG_DONTWAIT);
	const char *line;

	if (n < 0)
		return 0;
	message[n] = 0;
	line = ready_line(message);
	if (!line)
		return 0;
	if (pid)
		snprintf(out, sizeof out, "MAINPID=%d\n%s", pid, line);
	else
		snprintf(out, sizeof out, "%s", line);
	return tell(out, -1) < 0 ? -1 : 1;
}

int notify_wait(struct container *c)
{
	cleanup_fd int pidfd = container_init_pidfd(c);
	struct pollfd ends[] = { { .fd = c->notify_fd, .events = POLLIN },
				 { .fd = pidfd, .events = POLLIN } };
	int ready = 0;

	if (c->notify_fd < 0)
		return 0;
	while (!ready && pidfd >= 0) {
		/* The service manager has a time limit of its own for this. */
		if (wait_for(ends, 2, NO_DEADLINE, "the program to be ready") < 0)
			return -1;
		if (ends[0].revents)
			ready = notify_pass_on(c->notify_fd, (int)c->state.pid);
		else if (ends[1].revents)
			break;
	}
	fd_close(&c->notify_fd);
	if (ready < 0)
		return -1;
	return ready ? barrier() : 0;
}
