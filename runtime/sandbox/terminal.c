#include "sandbox/terminal.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/socket.h"
#include "sandbox/sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

int terminal_plan(const struct spec_process *process, struct terminal *ret)
{
	const struct spec_console_size *size = process ? process->console_size : NULL;
	struct terminal t = { 0 };

	if (process && process->terminal) {
		t.wanted = true;
		t.uid = process->user.uid;
	}
	if (t.wanted && size) {
		if (size->height > USHRT_MAX)
			return fail_at(&size->height, 0, "is more than %d", USHRT_MAX);
		if (size->width > USHRT_MAX)
			return fail_at(&size->width, 0, "is more than %d", USHRT_MAX);
		t.has_size = true;
		t.rows = size->height;
		t.columns = size->width;
	}
	*ret = t;
	return 0;
}

/* R4: whatever the image calls /dev/pts, only a devpts file system hands out terminals. */
static int open_devpts(int root_fd)
{
	cleanup_fd int fd = path_try_open(root_fd, "/dev/pts", O_PATH | O_DIRECTORY);
	struct statfs fs;

	if (fd < 0)
		return fail(errno, "open /dev/pts, which process.terminal needs");
	if (fstatfs(fd, &fs) < 0)
		return fail(errno, "look at /dev/pts");
	if (fs.f_type != DEVPTS_SUPER_MAGIC)
		return fail(0, "process.terminal needs a mount of type devpts on /dev/pts");
	return take_fd(&fd);
}

static int open_master(const struct terminal *t, int devpts_fd)
{
	cleanup_fd int fd = path_try_open(devpts_fd, "/ptmx", O_RDWR | O_NOCTTY);
	const struct winsize size = { .ws_row = (unsigned short)t->rows,
				      .ws_col = (unsigned short)t->columns };
	int locked = 0;

	if (fd < 0)
		return fail(errno, "open /dev/pts/ptmx");
	if (ioctl(fd, TIOCSPTLCK, &locked) < 0)
		return fail(errno, "unlock the terminal");
	if (t->has_size && ioctl(fd, TIOCSWINSZ, &size) < 0)
		return fail(errno, "set the terminal's size to %ux%u", t->columns, t->rows);
	return take_fd(&fd);
}

static int open_slave(const struct terminal *t, int master_fd)
{
	/* By the master itself: no name that a racing container could have exchanged
	 * (CVE-2025-52565). */
	cleanup_fd int fd = ioctl(master_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return fail(errno, "open the terminal's slave");
	if (fchown(fd, t->uid, (gid_t)-1) < 0) {
		/* An id without mapping, or a devpts of somebody else: the program has its open
		 * descriptors anyway. */
		if (errno != EPERM && errno != EINVAL && errno != EROFS)
			return fail(errno, "give the terminal to uid %u", t->uid);
		log_debug("terminal stays with its owner: %s", fail_reason(errno));
	}
	return take_fd(&fd);
}

static int mount_console(int root_fd, int slave_fd)
{
	cleanup_fd int tree_fd =
		open_tree(slave_fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree_fd < 0)
		return fail(errno, "clone the terminal's slave for /dev/console");
	cleanup_fd int target_fd = path_make_file(root_fd, "/dev/console", 0620);

	if (target_fd < 0)
		return -1;
	if (move_mount(tree_fd, "", target_fd, "",
		       MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return fail(errno, "mount the terminal on /dev/console");
	return 0;
}

int terminal_make(const struct terminal *t, struct sandbox *s)
{
	char name[32] = "/dev/pts/ptmx";
	unsigned number;
	cleanup_fd int devpts_fd = open_devpts(s->root_fd);

	if (devpts_fd < 0)
		return -1;
	cleanup_fd int master_fd = open_master(t, devpts_fd);

	if (master_fd < 0)
		return -1;
	cleanup_fd int slave_fd = open_slave(t, master_fd);

	if (slave_fd < 0)
		return -1;
	if (!t->host_mounts && mount_console(s->root_fd, slave_fd) < 0)
		return -1;
	if (ioctl(master_fd, TIOCGPTN, &number) ==
	    0) /* the name is only for people: without a number the directory's */
		snprintf(name, sizeof name, "/dev/pts/%u", number);
	if (s->send_console(s->stage, master_fd, name) < 0)
		return -1;
	s->console_fd = take_fd(&slave_fd);
	return 0;
}

int terminal_attach(struct sandbox *s)
{
	if (ioctl(s->console_fd, TIOCSCTTY, 0) < 0)
		return fail(errno, "make the terminal the controlling one");
	for (int fd = 0; fd <= 2; fd++)
		if (dup2(s->console_fd, fd) < 0)
			return fail(errno, "put the terminal on descriptor %d", fd);
	fd_close(&s->console_fd);
	return 0;
}

int terminal_connect(const char *socket_path)
{
	return socket_connect("console socket", socket_path);
}

int terminal_send(int socket_fd, int master_fd, const char *pty_name)
{
	if (fd_send(socket_fd, pty_name, strlen(pty_name), master_fd) < 0)
		return fail_in("send the terminal to the console socket");
	return 0;
}

int terminal_raw(int fd, struct termios *saved)
{
	if (tcgetattr(fd, saved) < 0)
		return fail(errno, "read the terminal's settings");
	struct termios raw = *saved;

	cfmakeraw(&raw);
	raw.c_oflag |= OPOST; /* messages of the runtime itself are lines, too: see
				 terminal_keep_newlines() */
	if (tcsetattr(fd, TCSANOW, &raw) < 0)
		return fail(errno, "make the terminal raw");
	return 0;
}

void terminal_restore(int fd, const struct termios *saved)
{
	(void)tcsetattr(fd, TCSANOW,
			saved); /* it may be gone, and nothing can be done about that at the end */
}

int terminal_copy_size(int from_fd, int to_fd)
{
	struct winsize size;

	if (ioctl(from_fd, TIOCGWINSZ, &size) < 0 || ioctl(to_fd, TIOCSWINSZ, &size) < 0)
		return fail(errno, "copy the terminal's size");
	return 0;
}

int terminal_keep_newlines(int master_fd)
{
	struct termios settings;

	if (tcgetattr(master_fd, &settings) < 0)
		return fail(errno, "read the container's terminal settings");
	settings.c_oflag &= ~(tcflag_t)ONLCR;
	if (tcsetattr(master_fd, TCSANOW, &settings) < 0)
		return fail(errno, "set the container's terminal");
	return 0;
}
