/* spec_state.c - the state objects of the OCI runtime-spec as JSON.  Not the private state file. */
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

struct spec_process_state {
	const char *version;
	const char **fds;
	int64_t pid;
	const char *metadata;
	struct spec_state state;
};

SHAPE(struct spec_process_state, spec_process_state_shape,
	JSON_S(struct spec_process_state, version, "ociVersion", REQUIRED),
	JSON_V(struct spec_process_state, fds, "fds", REQUIRED),
	JSON_I64(struct spec_process_state, pid, "pid", REQUIRED),
	JSON_S(struct spec_process_state, metadata, "metadata"),
	JSON_O(struct spec_process_state, state, "state", spec_state_shape, REQUIRED),
);
/* clang-format on */

void spec_state_write(struct text *out, const struct spec_state *state, enum json_style style)
{
	struct spec_state versioned = *state;

	versioned.version = SPEC_VERSION;
	json_write(out, &spec_state_shape, &versioned, style);
}

void spec_process_state_write(struct text *out, const struct spec_state *state, int64_t pid,
			      const char *metadata)
{
	static const char *fds[] = { "seccompFd", NULL };
	struct spec_process_state s = { SPEC_VERSION, fds, pid, metadata, *state };

	s.state.version = SPEC_VERSION;
	json_write(out, &spec_process_state_shape, &s, JSON_COMPACT);
}
