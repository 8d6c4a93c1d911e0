/*
 * rootfs_hide.c - without pivot_root the host's mounts stay below the new root, and count: the
 * kernel lets a user namespace mount a fresh procfs or sysfs where it finds one in the mount
 * namespace that nothing covers (mount_too_revealing()).  The container would get a /proc without
 * masked paths.  So those of the host go before the root changes.
 */
#include "sandbox/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "sandbox/mount_calls.h"
#include "sandbox/sandbox.h"

enum { MOUNTINFO_MAX = 16 << 20 };

/* "\040" and the like, proc(5); in place. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		unsigned value;

		if (*from == '\\' && sscanf(from + 1, "%3o", &value) == 1) {
			*to++ = (char)value;
			from += 3;
		} else
			*to++ = *from;
	}
	*to = 0;
}

/* A line "id parent dev root POINT options ... - TYPE source": the mount point of a procfs or
 * sysfs, or NULL. */
static char *reveals(char *line)
{
	char *type = strstr(line, " - "), *point = line;

	if (!type || (strncmp(type + 3, "proc ", 5) != 0 && strncmp(type + 3, "sysfs ", 6) != 0))
		return NULL;
	for (int field = 0; field < 4 && point; field++)
		point = strchr(point + 1, ' ');
	if (!point)
		return NULL;
	point++;
	point[strcspn(point, " ")] = 0;
	unescape(point);
	return point;
}

/* What the host locked cannot be taken away, but covered. */
static int cover(int fd)
{
	cleanup_fd int fs_fd = fsopen("tmpfs", FSOPEN_CLOEXEC);
	cleanup_fd int tree_fd = fs_fd < 0 ? -1 : mount_create(fs_fd, MOUNT_ATTR_RDONLY);

	return tree_fd < 0 ? -1 : mount_attach(tree_fd, fd);
}

static int hide(const char *point)
{
	cleanup_fd int fd = mount_open_host(point, 0);

	if (fd < 0)
		return errno == ENOENT ? 0 : fail(errno, "open %s", point); /* gone with another */
	if (fchdir(fd) < 0)
		return fail(errno, "change directory to %s", point);
	if (umount2(".", MNT_DETACH) < 0 && cover(fd) < 0)
		return fail(errno, "hide %s of the host", point);
	return 0;
}

int rootfs_hide_host(const struct sandbox *s)
{
	cleanup_free char *mountinfo = NULL;
	char name[32], root[PATH_MAX], *next = NULL;
	ssize_t length;

	snprintf(name, sizeof name, "fd/%d", s->root_fd);
	length = readlinkat(s->self_fd, name, root, sizeof root - 1);
	if (length < 0)
		return fail(errno, "read the path of the new root");
	root[length] = 0;
	if (file_read(s->self_fd, "mountinfo", MOUNTINFO_MAX, &mountinfo, NULL) < 0)
		return -1;
	for (char *line = strtok_r(mountinfo, "\n", &next); line;
	     line = strtok_r(NULL, "\n", &next)) {
		const char *point = reveals(line);

		if (point && !path_is_inside(point, root) && hide(point) < 0)
			return -1;
	}
	return fchdir(s->root_fd) < 0 ? fail(errno, "change directory to the new root") : 0;
}
