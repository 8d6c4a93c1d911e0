/*
 * no_nss.c - libcgroup's archive contains calls that look up users and groups by name, for features
 * that ring3 does not use (rules files, owners in configuration files).  In a static program those
 * of the C library load the host's libnss_*.so at run time, a part of the host's user space inside
 * the runtime (K27).  Defined here, they keep all of that out of the program, and whoever reaches
 * one of them by a later change learns of it at once.  tests/lint/check-nss looks at the program.
 */
#include "base/fail.h"
#include <grp.h>
#include <pwd.h>
#include <stddef.h>

#define NEVER_CALLED(declaration)                                                                  \
	declaration                                                                                \
	{                                                                                          \
		fail_fatal("a user or group was looked up by " #declaration);                      \
	}

#pragma GCC diagnostic ignored "-Wunused-parameter"

NEVER_CALLED(struct passwd *getpwnam(const char *name))
NEVER_CALLED(struct passwd *getpwuid(uid_t uid))
NEVER_CALLED(struct group *getgrnam(const char *name))
NEVER_CALLED(struct group *getgrgid(gid_t gid))
NEVER_CALLED(int getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size,
			    struct passwd **ret))
NEVER_CALLED(int getgrnam_r(const char *name, struct group *entry, char *buffer, size_t size,
			    struct group **ret))
