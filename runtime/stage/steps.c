/* steps.c - the loop over a table of steps. */
#include "stage/steps.h"
#include "base/fail.h"
#include "base/log.h"
#include "stage/stage.h"
#include <stdlib.h>
#include <string.h>

/*
 * A test build fails at the step that RING3_FAIL_STEP names, so that a test can check, for every
 * step, that nothing is left behind.  An ordinary build has no such door.
 */
static int injected(const char *what)
{
#ifdef RING3_FAULTS
	const char *step = getenv("RING3_FAIL_STEP");

	if (step && !strcmp(step, what))
		return fail(0, "fault injected");
#else
	(void)what;
#endif
	return 0;
}

int steps_run(const struct step *steps, size_t count, struct stage_child *c)
{
	for (size_t i = 0; i < count; i++) {
		c->begun = steps[i].what;
		log_step(FLIGHT_CONTAINER, steps[i].what);
		if (injected(steps[i].what) < 0 || steps[i].run(c) < 0)
			return fail_in("%s", steps[i].what);
	}
	return 0;
}
