/* seccomp.h - linux.seccomp to a BPF program in memory.  The only door to libseccomp; loads
 * nothing. */
#pragma once
#include "spec/spec.h"

struct seccomp {
	bool wanted;	   /* false: absent, or nothing but ALLOW (SC-07) */
	unsigned flags;	   /* SECCOMP_FILTER_FLAG_* for seccomp(2) */
	const char *agent; /* path of the socket that gets the listener; NULL: nothing is NOTIFY */
	const struct spec_seccomp *spec;
};
/*
 * Checks every name, combination and range without touching the kernel.  receiver: the agent where
 * config.json names none (RUN_OCI_SECCOMP_RECEIVER), or NULL.
 */
int seccomp_plan(const struct spec *spec, const char *receiver, struct seccomp *ret);
/* Compiles to a memfd of struct sock_filter[] that the caller owns (takes milliseconds: the parent
 * does it while the child mounts). */
int seccomp_compile(const struct seccomp *s);
/* seccomp_load.c: the program of the memfd into memory now, so that nothing but seccomp(2) is left
 * to do under pressure. */
struct sock_fprog;
int seccomp_read(int program_fd, struct sock_fprog *ret);
/*
 * Silent: 0, or errno.  The last call before execve.  *ret_listener: the descriptor of a filter
 * with SECCOMP_FILTER_FLAG_NEW_LISTENER, close-on-exec; else -1.  (seccomp_load is a name of
 * libseccomp's.)
 */
int seccomp_install(const struct sock_fprog *program, unsigned flags, int *ret_listener);

/* For `features`: NULL behind the last row. */
const char *seccomp_action_name(size_t row);
const char *seccomp_operator_name(size_t row);
const char *seccomp_arch_name(size_t row);
bool seccomp_arch_is_known(size_t row); /* to the linked libseccomp */
const char *seccomp_flag_name(size_t row);
bool seccomp_flag_is_supported(size_t row); /* by the running kernel */
const char *seccomp_library_version(void);
