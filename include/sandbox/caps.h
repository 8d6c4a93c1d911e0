/* caps.h - capabilities: names, the five sets, what is dropped when.  The only door to libcap. */
#pragma once
#include "spec/spec.h"
#include <stdint.h>
struct host;

struct caps {
	uint64_t bounding, effective, permitted, inheritable, ambient;
};
/* Unknown and ungrantable names: a warning, and left out (P-12). Absent object: no capabilities. */
int caps_plan(const struct spec_process *process, const struct host *host, struct caps *ret);
/*
 * For a container without a user namespace of its own: takes out, with a warning, what the caller
 * does not hold itself and so cannot hand on.  (In a new or joined user namespace init has them
 * all.)
 */
void caps_limit_to_caller(struct caps *c, const struct host *host);
int caps_apply_bounding(const struct caps *c, int cap_last);
/*
 * Raises in the effective set what the steps between "user" and "capabilities" need (K22): the
 * working directory is opened with the user's ids plus CAP_DAC_OVERRIDE.  What must happen with the
 * user's own rights alone, such as the look-up of the executable, stands behind caps_apply().
 */
int caps_raise_for_setup(void);
/* The final sets; with keep_sys_admin CAP_SYS_ADMIN stays permitted and effective until execve
 * (DESIGN 7.3). */
int caps_apply(const struct caps *c, bool keep_sys_admin);
const char *caps_name(int cap); /* "CAP_CHOWN", NULL behind the last known; for `features` */
uint64_t caps_effective(void);	/* of the caller, for host_probe's use through plan */
