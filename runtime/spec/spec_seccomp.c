/*
 * spec_seccomp.c - rows for linux.seccomp.  No libseccomp: names of actions, operators,
 * architectures and flags stay text here and are looked up where the linked library's numbers are.
 */
#include "spec/readers.h"
#include "spec/spec.h"

/* clang-format off */
static const struct json_range argument_indexes = { 0, 5 };
static const struct json_range errno_values = { 0, 4095 };	/* MAX_ERRNO of the kernel */

SHAPE(struct spec_seccomp_arg, spec_seccomp_arg_shape,
	JSON_U(struct spec_seccomp_arg, index, "index", REQUIRED, .detail = &argument_indexes),
	JSON_U64(struct spec_seccomp_arg, value, "value", REQUIRED),
	JSON_OU64(struct spec_seccomp_arg, value_two, "valueTwo"),
	ROW(struct spec_seccomp_arg, op, const char *, "op", read_filled, REQUIRED),
);

SHAPE(struct spec_seccomp_rule, spec_seccomp_rule_shape,
	ROW(struct spec_seccomp_rule, names, const char **, "names", read_filled_list, REQUIRED),
	ROW(struct spec_seccomp_rule, action, const char *, "action", read_filled, REQUIRED),
	ROW(struct spec_seccomp_rule, errno_ret, struct opt_u32, "errnoRet", read_u32_range,
	    .detail = &errno_values),
	JSON_L(struct spec_seccomp_rule, args, "args", spec_seccomp_arg_shape),
);

SHAPE(struct spec_seccomp, spec_seccomp_shape,
	ROW(struct spec_seccomp, default_action, const char *, "defaultAction", read_filled,
	    REQUIRED),
	ROW(struct spec_seccomp, default_errno_ret, struct opt_u32, "defaultErrnoRet",
	    read_u32_range, .detail = &errno_values),
	JSON_V(struct spec_seccomp, architectures, "architectures"),
	JSON_V(struct spec_seccomp, flags, "flags"),
	JSON_S(struct spec_seccomp, listener_path, "listenerPath"),
	JSON_S(struct spec_seccomp, listener_metadata, "listenerMetadata"),
	JSON_L(struct spec_seccomp, syscalls, "syscalls", spec_seccomp_rule_shape),
);
/* clang-format on */
