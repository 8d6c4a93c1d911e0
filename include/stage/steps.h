/* steps.h - runs a table of steps: the debug log, the error context, timing and fault injection
 * come from this one loop. */
#pragma once
#include <stddef.h>
struct stage_child;

struct step {
	const char *what;
	int (*run)(struct stage_child *c);
};
int steps_run(const struct step *steps, size_t count, struct stage_child *c);
