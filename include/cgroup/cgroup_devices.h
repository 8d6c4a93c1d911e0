/* cgroup_devices.h - device rules to one BPF program (cgroup_devices.c decides, bpf.c loads).  No seccomp. */
#pragma once
#include <stdint.h>
#include "spec/spec.h"

struct device_rule { bool allow; char type; int64_t major, minor; uint8_t access; };	/* type 'a','b','c'; -1: any; access: bits 1 m, 2 r, 4 w */
enum { DEVICE_MKNOD = 1, DEVICE_READ = 2, DEVICE_WRITE = 4 };
struct cgroup_devices { LIST(struct device_rule) rules; };	/* normalised: v1 list semantics already resolved */

/* The defaults first (R-06: the user's rules are applied behind them, so a deny wins), then linux.devices' own nodes are the caller's business. */
int cgroup_devices_plan(const struct spec *spec, struct arena *arena, struct cgroup_devices *ret);
/* Verdict of the rules for one access: the emulator the unit test compares the BPF with. access: bits of the request. */
bool cgroup_devices_allow(const struct cgroup_devices *d, char type, int64_t major, int64_t minor, uint8_t access);
/* Builds, loads and attaches (BPF_F_ALLOW_MULTI; replaces what an earlier call attached). */
int cgroup_devices_attach(const struct cgroup_devices *d, int cgroup_fd);
