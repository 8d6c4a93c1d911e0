/* spec_state.c - the state object of the OCI runtime-spec as JSON.  Not the private state file. */
#include "spec/load.h"

/* "root" is what some readers of the hooks' stdin look for, "rootfs" is runc's name for it. */
/* clang-format off */
SHAPE(struct spec_state, spec_state_shape,
	JSON_S(struct spec_state, version, "ociVersion", REQUIRED),
	JSON_S(struct spec_state, id, "id", REQUIRED),
	JSON_I64(struct spec_state, pid, "pid"),
	JSON_S(struct spec_state, status, "status", REQUIRED),
	JSON_S(struct spec_state, bundle, "bundle", REQUIRED),
	JSON_S(struct spec_state, rootfs, "rootfs", REQUIRED),
	JSON_S(struct spec_state, rootfs, "root"),
	JSON_S(struct spec_state, created, "created", REQUIRED),
	JSON_M(struct spec_state, annotations, "annotations"),
	JSON_S(struct spec_state, owner, "owner", REQUIRED),
);
/* clang-format on */

void spec_state_write(struct text *out, const struct spec_state *state, enum json_style style)
{
	struct spec_state versioned = *state;

	versioned.version = SPEC_VERSION;
	json_write(out, &spec_state_shape, &versioned, style);
}
