/* caps.h - capabilities: names, the five sets, what is dropped when.  The only door to libcap. */
#pragma once
#include <stdint.h>
#include "spec/spec.h"
struct host;

struct caps { uint64_t bounding, effective, permitted, inheritable, ambient; };
/* Unknown and ungrantable names: a warning, and left out (P-12). Absent object: no capabilities. */
int caps_plan(const struct spec_process *process, const struct host *host, struct caps *ret);
int caps_apply_bounding(const struct caps *c, int cap_last);
/* Raises in the effective set what the steps between "user" and "capabilities" need (K22). */
int caps_raise_for_setup(void);
/* The final sets; with keep_sys_admin CAP_SYS_ADMIN stays permitted and effective until execve (DESIGN 7.3). */
int caps_apply(const struct caps *c, bool keep_sys_admin);
const char *caps_name(int cap);		/* "CAP_CHOWN", NULL behind the last known; for `features` */
uint64_t caps_effective(void);		/* of the caller, for host_probe's use through plan */
