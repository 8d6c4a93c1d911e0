/* attest.h - R5: what was applied is what the kernel now says, read back by init itself just before
 * it waits for start. */
#pragma once
#include <stdint.h>
struct user;
struct caps;
struct sandbox;
struct idmap;
struct attest {
	const struct user *user;
	const struct caps *caps;
	int extra_caps_bit;
	int no_new_privs;
};
/* Reads thread-self/status once: uid and gid triplets, groups, five capability sets, NoNewPrivs;
 * and the cwd. extra_caps_bit: a capability kept until execve (DESIGN 7.3), -1: none.  no_new_privs
 * 0: not asked for, may be inherited. A difference fails closed and names the field.
 * *ret_ignored_signals: the same file says which they are, see process_default_signals(). */
int attest_check(const struct attest *a, struct sandbox *s, uint64_t *ret_ignored_signals);
/* The same for the text of a status file; groups_denied: setgroups(2) is denied here, so that
 * groups may be left.  Pure. */
enum attest_groups { ATTEST_GROUPS_EXACT, ATTEST_GROUPS_MAY_BE_LEFT };
int attest_status(const struct attest *a, const char *status, enum attest_groups groups);
