/*
 * A file system and its options: a new one, one whose options are changed, and the values that only
 * mount(2) takes.
 */
#include "sandbox/mount_filesystem.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/text.h"
#include "sandbox/mount_calls.h"
#include "sandbox/mounts.h"

enum { FSCONFIG_STRING_MAX = 255 }; /* K18 */

uint64_t filesystem_attributes(const struct mount_op *op)
{
	return op->readonly_late ? op->attr_set & ~(uint64_t)MOUNT_ATTR_RDONLY : op->attr_set;
}

/*
 * Words that every file system understands.  There is none for MS_SILENT, which only quiets the
 * kernel's log, and none for MS_I_VERSION, which file systems decide for themselves since
 * Linux 5.17: both are accepted without effect.
 */
static const struct superblock_word {
	uint64_t bit;
	const char *set, *clear;
} superblock_words[] = {
	{ MS_SYNCHRONOUS, "sync", "async" },
	{ MS_DIRSYNC, "dirsync", NULL },
	{ MS_LAZYTIME, "lazytime", "nolazytime" },
	{ MS_MANDLOCK, "mand", "nomand" },
	{ MS_RDONLY, "ro", "rw" },
};

/* "mount tmpfs at /dev: " and what the kernel says about it. */
static int context_fail(const struct mount_op *op, int fs_fd, int code, const char *type)
{
	char what[PATH_MAX + 64];

	snprintf(what, sizeof what, "mount %s at %s", type, op->destination);
	return mount_context_fail(fs_fd, code, what);
}

static int set_superblock(const struct mount_op *op, int fs_fd, const char *type)
{
	for (size_t i = 0; i < COUNT(superblock_words); i++) {
		const struct superblock_word *w = &superblock_words[i];
		const char *word = op->sb_set & w->bit	   ? w->set
				   : op->sb_clear & w->bit ? w->clear
							   : NULL;

		if (word && mount_parameter(fs_fd, word, NULL) < 0)
			return context_fail(op, fs_fd, errno, type);
	}
	return 0;
}

static int set_data(const struct mount_op *op, int fs_fd, const char *type)
{
	for (const char **data = op->data; *data; data++) {
		cleanup_free char *key = strdup(*data);
		char *value = key ? strchr(key, '=') : NULL;

		if (!key)
			fail_fatal("out of memory");
		if (value)
			*value++ = 0;
		if (mount_parameter(fs_fd, key, value) < 0)
			return context_fail(op, fs_fd, errno, type);
	}
	return 0;
}

static bool has_data(const struct mount_op *op, const char *key)
{
	size_t n = strlen(key);

	for (const char **data = op->data; *data; data++)
		if (!strncmp(*data, key, n) && (*data)[n] == '=')
			return true;
	return false;
}

/* A tmpfs looks like the directory it covers: its mode, and with tmpcopyup its owner as well. */
static int inherit(const struct mount_op *op, int fs_fd, const struct stat *covered)
{
	char mode[16], uid[16], gid[16];
	const struct {
		const char *key, *value;
		bool wanted;
	} keys[] = {
		{ "mode", mode, true },
		{ "uid", uid, op->tmpcopyup },
		{ "gid", gid, op->tmpcopyup },
	};

	snprintf(mode, sizeof mode, "%o", covered->st_mode & 07777);
	snprintf(uid, sizeof uid, "%u", covered->st_uid);
	snprintf(gid, sizeof gid, "%u", covered->st_gid);
	for (size_t i = 0; i < COUNT(keys); i++)
		if (keys[i].wanted && !has_data(op, keys[i].key) &&
		    mount_parameter(fs_fd, keys[i].key, keys[i].value) < 0)
			return context_fail(op, fs_fd, errno, op->type);
	return 0;
}

/* covered: the directory that a tmpfs will cover, NULL when that was made just now. */
int filesystem_make(const struct mount_op *op, const char *type, const struct stat *covered)
{
	cleanup_fd int fs_fd = fsopen(type, FSOPEN_CLOEXEC);
	uint64_t attributes = op->tmpcopyup ? op->attr_set & ~(uint64_t)MOUNT_ATTR_RDONLY
					    : filesystem_attributes(op);

	if (fs_fd < 0)
		return fail(errno, "file system type \"%s\"", type);
	if (mount_parameter(fs_fd, "source", op->source) < 0)
		return context_fail(op, fs_fd, errno, type);
	if (covered && inherit(op, fs_fd, covered) < 0)
		return -1;
	if (set_superblock(op, fs_fd, type) < 0 || set_data(op, fs_fd, type) < 0)
		return -1;
	int fd = mount_create(fs_fd, attributes);
	return fd < 0 ? context_fail(op, fs_fd, errno, type) : fd;
}

int filesystem_reconfigure(const struct mount_op *op, int fd)
{
	cleanup_fd int fs_fd = fspick(fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
	const char *type = op->type ? op->type : "file system";

	if (fs_fd < 0)
		return fail(errno, "remount %s", op->destination);
	if (set_superblock(op, fs_fd, type) < 0 || set_data(op, fs_fd, type) < 0)
		return -1;
	if (fsconfig(fs_fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		return context_fail(op, fs_fd, errno, type);
	return 0;
}

bool filesystem_is_long(const struct mount_op *op)
{
	for (const char **data = op->data; *data; data++)
		if (strlen(*data) - strcspn(*data, "=") > FSCONFIG_STRING_MAX + 1)
			return true;
	return strlen(op->source) > FSCONFIG_STRING_MAX;
}

static const struct {
	uint64_t attribute;
	unsigned long flag;
} mount_flags[] = {
	{ MOUNT_ATTR_RDONLY, MS_RDONLY },
	{ MOUNT_ATTR_NOSUID, MS_NOSUID },
	{ MOUNT_ATTR_NODEV, MS_NODEV },
	{ MOUNT_ATTR_NOEXEC, MS_NOEXEC },
	{ MOUNT_ATTR_NOATIME, MS_NOATIME },
	{ MOUNT_ATTR_STRICTATIME, MS_STRICTATIME },
	{ MOUNT_ATTR_NODIRATIME, MS_NODIRATIME },
	{ MOUNT_ATTR_NOSYMFOLLOW, 256 /* MS_NOSYMFOLLOW */ },
};

int filesystem_mount_here(const struct mount_op *op)
{
	cleanup_text struct text data = { 0 };
	unsigned long flags = op->sb_set;

	for (size_t i = 0; i < COUNT(mount_flags); i++)
		if (filesystem_attributes(op) & mount_flags[i].attribute)
			flags |= mount_flags[i].flag;
	for (const char **d = op->data; *d; d++)
		text_addf(&data, "%s%s", data.length ? "," : "", *d);
	if (mount(op->source, ".", op->type, flags, data.data) < 0)
		return fail(errno, "mount %s at %s", op->type, op->destination);
	return 0;
}
