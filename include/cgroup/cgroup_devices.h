/* cgroup_devices.h - device rules to one BPF program (cgroup_devices.c decides, bpf.c loads).  No
 * seccomp. */
#pragma once
#include "spec/spec.h"
#include <stdint.h>

struct device_rule {
	bool allow;
	char type;
	int64_t major, minor;
	uint8_t access;
}; /* type 'a','b','c'; -1: any; access: bits 1 m, 2 r, 4 w */
enum { DEVICE_MKNOD = 1, DEVICE_READ = 2, DEVICE_WRITE = 4 };
struct cgroup_devices {
	LIST(struct device_rule) rules;
}; /* normalised: v1 list semantics already resolved */

/*
 * The start is "deny everything"; then the defaults, then the nodes of linux.devices, then
 * the user's list, so that a deny of it wins.  "deny everything", with which the lists of
 * all engines begin, names the start, wherever it stands: Docker's lists have it twice.
 */
int cgroup_devices_plan(const struct spec *spec, struct arena *arena, struct cgroup_devices *ret);
/* Does the list say more than the start? */
bool cgroup_devices_asked(const struct spec *spec);
/* Verdict of the rules for one access: the emulator the unit test compares the BPF with. access:
 * bits of the request. */
bool cgroup_devices_allow(const struct cgroup_devices *d, char type, int64_t major, int64_t minor,
			  uint8_t access);

/* bpf.c.  The instructions, room for CGROUP_DEVICES_ROOM(rules); returns their number. */
struct bpf_insn;
#define CGROUP_DEVICES_ROOM(rule_count) (16 + 5 * (rule_count))
size_t cgroup_devices_program(const struct cgroup_devices *d, struct bpf_insn *out);
/* Builds, loads and attaches (BPF_F_ALLOW_MULTI; replaces what an earlier call attached). */
int cgroup_devices_attach(const struct cgroup_devices *d, int cgroup_fd);
/* Its halves: the kernel takes its time to check the program, and needs no cgroup for that. */
int cgroup_devices_load(const struct cgroup_devices *d);
int cgroup_devices_attach_program(int program_fd, int cgroup_fd);
