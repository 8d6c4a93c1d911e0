#include "sandbox/mount_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/text.h"

#ifndef ST_RDONLY
enum { ST_RDONLY = 1 }; /* statfs f_flags has it too, without a header of its own */
#endif

int mount_open_host(const char *path, unsigned flags)
{
	return open_tree(AT_FDCWD, path, flags | OPEN_TREE_CLOEXEC);
}

int mount_clone(int fd)
{
	return open_tree(fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
}

int mount_clone_recursive(int fd)
{
	return open_tree(fd, "",
			 AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
}

int mount_attach(int tree_fd, int target_fd)
{
	return move_mount(tree_fd, "", target_fd, "",
			  MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

int mount_change(int fd, unsigned flags, uint64_t set, uint64_t clear, uint64_t propagation)
{
	struct mount_attr attr = { .attr_set = set, .attr_clr = clear, .propagation = propagation };

	if (!set && !clear && !propagation)
		return 0;
	return mount_setattr(fd, "", AT_EMPTY_PATH | flags, &attr, sizeof attr);
}

int mount_propagate(int fd, uint64_t propagation)
{
	return mount_change(fd, propagation & MS_REC ? AT_RECURSIVE : 0, 0, 0,
			    propagation & ~(uint64_t)MS_REC);
}

bool mount_is_readonly(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (fs.f_flags & ST_RDONLY);
}

int mount_parameter(int fs_fd, const char *key, const char *value)
{
	return fsconfig(fs_fd, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, key, value, 0);
}

int mount_create(int fs_fd, uint64_t attributes)
{
	if (fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return fsmount(fs_fd, FSMOUNT_CLOEXEC, (unsigned)attributes);
}

int mount_context_fail(int fs_fd, int code, const char *what)
{
	cleanup_text struct text reasons = { 0 };
	char line[512];
	ssize_t n;

	/* Each read returns one line, "e tmpfs: Unknown parameter 'x'\n"; ENODATA ends it. */
	while ((n = read(fs_fd, line, sizeof line)) > 0) {
		if (line[n - 1] == '\n')
			n--;
		if (n > 2 && line[0] == 'e')
			text_addf(&reasons, "%s%.*s", reasons.length ? "; " : "", (int)n - 2,
				  line + 2);
	}
	return reasons.length ? fail(code, "%s: %s", what, reasons.data) : fail(code, "%s", what);
}
