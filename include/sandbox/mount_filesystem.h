/*
 * mount_filesystem.h - file systems and their options, for mount_apply.c: made, changed, and by
 * mount(2) where fsconfig(2) does not take a value.  Knows no place in the root file system but
 * ".".
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
struct mount_op;
struct stat;

/*
 * A detached mount that the caller owns, or -1 with what the kernel says about it.  covered: the
 * directory that a tmpfs will cover, NULL when that was made just now.
 */
int filesystem_make(const struct mount_op *op, const char *type, const struct stat *covered);
/* The options of the file system that is mounted at fd. */
int filesystem_reconfigure(const struct mount_op *op, int fd);
/* MOUNT_ATTR_* that the mount has from the beginning. */
uint64_t filesystem_attributes(const struct mount_op *op);

/* Has values longer than fsconfig takes (K18): then it is mounted on the working directory. */
bool filesystem_is_long(const struct mount_op *op);
int filesystem_mount_here(const struct mount_op *op);
