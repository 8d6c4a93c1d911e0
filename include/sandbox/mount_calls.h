/*
 * mount_calls.h - the new mount API in the few words that mounts, rootfs, devices and hidden_paths
 * share (R2): descriptors on both sides, never a path of the container.  Knows no options and no
 * config.json. Silent means: -1 with errno; the caller knows the object and records the failure.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/mount.h>

/* A place of the host, by path: O_PATH descriptor, or with OPEN_TREE_CLONE in flags a detached
 * tree. Silent. */
int mount_open_host(const char *path, unsigned flags);
/* Detached copy of the mount fd stands on; it must be attached itself (K1). Silent. */
int mount_clone(int fd);
int mount_clone_recursive(int fd);
/* Attaches a detached tree (or moves an attached one) to the place of target_fd. Silent. */
int mount_attach(int tree_fd, int target_fd);
/* MOUNT_ATTR_* and propagation of the mount at fd; flags: 0 or AT_RECURSIVE. All zero: no call.
 * Silent. */
int mount_change(int fd, unsigned flags, uint64_t set, uint64_t clear, uint64_t propagation);
/* MS_SHARED | MS_REC and the like, as mount_change() wants it. Silent. */
int mount_propagate(int fd, uint64_t propagation);
/* The mount at fd is read-only now, says the kernel. */
bool mount_is_readonly(int fd);

/* One parameter of a file system context. Silent. */
int mount_parameter(int fs_fd, const char *key, const char *value); /* value NULL: a flag */
/* The context becomes a detached mount: descriptor that the caller owns. Silent. */
int mount_create(int fs_fd, uint64_t attributes);
/* fail() with what the kernel wrote to the context's log in the place of its bare errno. */
int mount_context_fail(int fs_fd, int code, const char *what);
