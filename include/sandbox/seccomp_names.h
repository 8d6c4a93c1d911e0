/*
 * seccomp_names.h - the names of linux.seccomp and the kernel's numbers for them, for the plan and
 * for the compiler.  No libseccomp.
 */
#pragma once
#include "spec/spec.h"

/* As libseccomp counts them; seccomp.c asserts it. */
enum seccomp_compare {
	COMPARE_NE = 1,
	COMPARE_LT,
	COMPARE_LE,
	COMPARE_EQ,
	COMPARE_GE,
	COMPARE_GT,
	COMPARE_MASKED_EQ
};

/*
 * library: libseccomp's word, resolved at run time, so that a newer library knows more of them.
 * base: where its numbers begin.  own_first, own_last: a block of its own among the newer numbers.
 */
enum { SECCOMP_ARCHS = 23 };
extern const struct seccomp_arch {
	const char *name, *library;
	uint32_t base, own_first, own_last;
} seccomp_archs[SECCOMP_ARCHS];

/* SECCOMP_RET_* with its datum, which is EPERM where the action takes an errno and none is given
 * (SC-02, SC-10).  The name is known: the plan has looked. */
uint32_t seccomp_action(const char *name, const struct opt_u32 *data);
uint32_t seccomp_default_action(const struct spec_seccomp *sc);
uint32_t seccomp_rule_action(const struct spec_seccomp_rule *rule);
enum seccomp_compare seccomp_operator(const char *name);

/* seccomp.c: every name of a system call is one that libseccomp knows. */
int seccomp_check_calls(const struct spec_seccomp *sc);

/* Asks the running kernel about those flags that are younger than what ring3 needs. */
struct seccomp;
int seccomp_check_flags(const struct seccomp *s);
