/*
 * seccomp_ranges.h - which numbers a filter answers by itself, in front of libseccomp's program,
 * and which are newer than the profile.  Knows no names of system calls and no libseccomp.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct arena;
struct seccomp_arch;
struct seccomp_range;

struct seccomp_numbers {
	/* The architectures: AUDIT_ARCH_*, and where their numbers begin. */
	struct seccomp_base {
		const struct seccomp_arch *row;
		uint32_t arch;
	} * bases;
	size_t base_count;
	/* All that the profile names, ascending on each architecture; answered: this one gets
	 * action, whatever its arguments are. */
	struct seccomp_number {
		uint32_t arch, number, action;
		bool answered;
	} * items;
	size_t count;
	uint32_t default_action; /* SECCOMP_RET_*, as action */
};

/* Ascending and disjoint, those of one architecture side by side, in the arena; returns how many.
 */
size_t seccomp_ranges(const struct seccomp_numbers *n, struct arena *arena,
		      struct seccomp_range **ret);
