/* hidden_paths.h - masked and read-only paths, and the read-back that they are. */
#pragma once
#include "spec/spec.h"
struct sandbox;

struct hidden_paths {
	const char **masked, **readonly;
	bool user_namespace;
	const struct spec_linux *spec;
};
int hidden_paths_plan(const struct spec *spec, struct hidden_paths *ret);
/* After the change of root.  Missing paths are left out, anything else fails; each result is looked
 * up again and compared (R5, K1). */
int hidden_paths_apply(const struct hidden_paths *h, struct sandbox *s);
