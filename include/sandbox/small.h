/* small.h - host names (uts.c), sysctls (sysctl.c), LSM labels (labels.c), loopback (net.c). */
#pragma once
#include "spec/spec.h"
struct host;
struct sandbox;

struct uts {
	const char *hostname, *domainname;
};
int uts_plan(
	const struct spec *spec,
	struct uts *ret); /* NULL: leave it; spec_check() refuses names without a uts namespace */
int uts_apply(const struct uts *u);

struct sysctls {
	const json_pairs *pairs;
	const char **files;
}; /* files: "net/ipv4/ip_forward" below /proc/sys, one a pair */
int sysctl_plan(const struct spec *spec, struct arena *arena, struct sysctls *ret);
/* A full private procfs (R3), while the host's is still in sight: in a user namespace the kernel
 * gives one only to who sees another (K16). */
int sysctl_open(const struct sysctls *c, struct sandbox *s);
int sysctl_apply(const struct sysctls *c, struct sandbox *s); /* through it; each is read back */
/* The file below /proc/sys that a key means, dots or slashes as in sysctl(8), in the arena; NULL:
 * not a key. */
const char *sysctl_file(const char *key, struct arena *arena);
/* What the file held before, what was written, what it holds now: did the write arrive?  Numbers
 * may be rounded. */
bool sysctl_was_written(const char *before, const char *written, const char *after);

struct labels {
	const char *apparmor, *selinux;
	const struct spec_process *process;
};
int labels_plan(const struct spec *spec, const struct host *host,
		struct labels *ret); /* module off: error */
int labels_apply(
	const struct labels *l,
	struct sandbox *s); /* thread-self/attr of the private procfs, written and read back */

struct net {
	bool new_namespace;
};
int net_plan(const struct spec *spec, const struct host *host,
	     struct net *ret);	    /* netDevices: net_devices.h */
int net_apply(const struct net *n); /* lo up in a new network namespace (D-28) */
