/* rootfs.h - the root file system itself: private procfs, bind, pivot_root, read-only, propagation.
 * No other mounts. */
#pragma once
struct mounts;
struct sandbox;

/* Private procfs handle (R3, K16): fsopen("proc", subset=pid), else a recursive clone of the
 * caller's /proc; fills proc_fd, self_fd.  Also opens and verifies the host's /dev/null (R4). */
int rootfs_private_procfs(struct sandbox *s);
/* exec: the same without /dev/null, before the user and mount namespaces are entered (K17). */
int rootfs_open_procfs(struct sandbox *s);
/* exec, in the mount namespace of the container: fills root_fd.  init_root_fd: init's root, where
 * the container has no mount namespace of its own and so must be changed to; else -1. */
int rootfs_enter(int init_root_fd, struct sandbox *s);
/* O_PATH descriptor of root.path on the host, which must be a directory. */
int rootfs_open_host(const struct mounts *m);
/* Attaches a bind of root.path over itself, makes the mount below private (K14), fills root_fd.
 * Without a mount namespace: opens it only. */
int rootfs_bind(const struct mounts *m, struct sandbox *s);
/* pivot_root(".", "."), or with no_pivot move + chroot, or without a mount namespace chroot; old
 * root detached; root_fd is "/" then. */
int rootfs_change(const struct mounts *m, struct sandbox *s);
int rootfs_readonly(const struct mounts *m, struct sandbox *s);
int rootfs_propagation(const struct mounts *m, struct sandbox *s);
/* rootfs_hide.c, for --no-pivot: no procfs or sysfs of the host is left in the mount namespace. The
 * working directory is the new root behind it. */
int rootfs_hide_host(const struct sandbox *s);
