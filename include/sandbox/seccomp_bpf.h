/*
 * seccomp_bpf.h - system call numbers with a fixed answer as a binary search in BPF, to stand in
 * front of libseccomp's program.  Knows no names and no config.json.
 */
#pragma once
#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

/* Every number from first to last on this architecture (AUDIT_ARCH_*) gets action (SECCOMP_RET_*).
 */
struct seccomp_range {
	uint32_t arch, first, last, action;
};

/* Instructions that seccomp_bpf() writes at most. */
size_t seccomp_bpf_room(size_t range_count);
/*
 * ranges: those of one architecture side by side, ascending and disjoint.  Whatever they do not
 * name falls through to the instruction behind the last one, with any value in the accumulator.
 * Returns the length.
 */
size_t seccomp_bpf(const struct seccomp_range *ranges, size_t count, struct sock_filter *out);
