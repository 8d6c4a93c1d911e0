/* rdt.c - Intel RDT (resctrl): not applied yet, and never accepted in silence. */
#include "sandbox/small.h"

int rdt_plan(const struct spec *spec, const struct host *host)
{
	(void)host;
	if (!spec->linux_.intel_rdt)
		return 0;
	return fail_at(&spec->linux_.intel_rdt, 0,
		       "intelRdt (resctrl) is not applied by this version");
}
