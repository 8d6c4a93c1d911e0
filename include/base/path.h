/*
 * path.h - the only walk over untrusted paths (rule R1): everything that names something inside the
 * container's root file system goes through here.  Symbolic links resolve as if root_fd were "/",
 * magic links are refused, nothing outside can be reached (openat2(2), RESOLVE_IN_ROOT).  Makes no
 * mounts.
 */
#pragma once
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/* path may be absolute (from root_fd) or relative (the same).  The caller owns what comes back.
 * flags as open(2), O_CLOEXEC is added.  path_try_open is silent: -1 with errno. */
int path_open(int root_fd, const char *path, int flags);
int path_try_open(int root_fd, const char *path, int flags);

/*
 * O_PATH descriptor of the directory, made with its missing parents (mode 0755 less umask, as
 * mkdirat). A dangling link on the way is followed inside the root, as runc does.
 */
int path_make_dir(int root_fd, const char *path, mode_t mode);

/* O_PATH descriptor of the file; missing: an empty regular file (mknodat(2), so nothing is opened
 * that was not made), parents made.  An existing directory is returned as it is. */
int path_make_file(int root_fd, const char *path, mode_t mode);

/* Makes a node (S_IFCHR, S_IFBLK, S_IFIFO in mode); parents made.  Permissions are less the umask,
 * which is 0 while a container is set up, so they are exact there without another call. EEXIST is
 * left to the caller: returns -1 with failure()->code EEXIST. */
int path_add_node(int root_fd, const char *path, mode_t mode, dev_t device);
/* And its O_PATH descriptor. */
int path_make_node(int root_fd, const char *path, mode_t mode, dev_t device);

/* A symbolic link at path; an entry that exists already is kept and no error.  Parents made. */
int path_make_symlink(int root_fd, const char *path, const char *target);

/* Removes a file or link (not a directory); missing is no error. The last component is not
 * followed. */
int path_remove(int root_fd, const char *path);

/* The target of the link at path (last component not followed), malloc'ed; NULL with errno: not a
 * link, missing. */
char *path_read_link(int root_fd, const char *path);

/* Owner and mode of what an O_PATH descriptor names, without following anything. */
int path_chown(int fd, uid_t uid, gid_t gid);
int path_chmod(int fd, mode_t mode);

/* A path without "//", "/./" and "x/..", as text (no look-up), absolute; out holds PATH_MAX. ".."
 * above "/" stays "/". */
int path_clean(const char *path, char *out, size_t size);
/* Is path equal to, or below, dir?  Both clean. */
bool path_is_inside(const char *path, const char *dir);
