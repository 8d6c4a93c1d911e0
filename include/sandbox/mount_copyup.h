/* mount_copyup.h - tmpcopyup: a tmpfs begins with the contents of the directory it covers.  Mounts
 * nothing. */
#pragma once

/*
 * Copies what is below from_fd (O_PATH is enough) to to_fd: files, directories, links and nodes
 * with their owners, modes, times and extended attributes.  Bounded in depth and number.  The umask
 * must be 0.
 */
int mount_copyup(int from_fd, int to_fd);
