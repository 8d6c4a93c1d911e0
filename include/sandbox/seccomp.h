/* seccomp.h - linux.seccomp to a BPF program in memory.  The only door to libseccomp; loads
 * nothing. */
#pragma once
#include "spec/spec.h"

struct seccomp {
	bool wanted;	/* false: absent, or nothing but ALLOW (SC-07) */
	unsigned flags; /* SECCOMP_FILTER_FLAG_* for seccomp(2) */
	bool notify;	/* some action is NOTIFY */
	const struct spec_seccomp *spec;
};
/* Checks every name, combination and range without touching the kernel. */
int seccomp_plan(const struct spec *spec, struct seccomp *ret);
/* Compiles to a memfd of struct sock_filter[] that the caller owns (takes milliseconds: the parent
 * does it while the child mounts). */
int seccomp_compile(const struct seccomp *s);
/* seccomp_load.c: the program of the memfd into memory now, so that nothing but seccomp(2) is left
 * to do under pressure. */
struct sock_fprog;
int seccomp_read(int program_fd, struct sock_fprog *ret);
/* Silent: 0, or errno.  The last call before execve.  (seccomp_load is a name of libseccomp's.) */
int seccomp_install(const struct sock_fprog *program, unsigned flags);

/* For `features`: NULL behind the last row. */
const char *seccomp_action_name(size_t row);
const char *seccomp_operator_name(size_t row);
const char *seccomp_arch_name(size_t row);
bool seccomp_arch_is_known(size_t row); /* to the linked libseccomp */
const char *seccomp_flag_name(size_t row);
bool seccomp_flag_is_supported(size_t row); /* by the running kernel */
const char *seccomp_library_version(void);
