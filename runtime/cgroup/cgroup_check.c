/* Whether a cgroup could be made, without making it. */
#include "base/fail.h"
#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/cgroup_files.h"
#include "cgroup/cgroup_refusal.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* mkdir needs the right to write in the nearest directory that is there. */
static int check_parent(const char *mount, const char *path)
{
	char full[PATH_MAX];

	if (snprintf(full, sizeof full, "%s%s", mount, path) >= PATH_MAX)
		return fail(ENAMETOOLONG, "cgroup %s", path);
	for (char *slash; (slash = strrchr(full, '/')) && slash > full;) {
		*slash = '\0';
		if (faccessat(AT_FDCWD, full, W_OK | X_OK, AT_EACCESS) == 0)
			return 0;
		if (errno != ENOENT)
			return fail(errno, "make cgroup %s in %s", path, full);
	}
	return fail(ENOENT, "cgroup2 at %s", mount);
}

int cgroup_check(const struct cgroup_plan *plan)
{
	if (!plan->path)
		return 0;
	if (plan->systemd && systemd_check(plan->systemd) < 0)
		return -1;
	cleanup_fd int fd = cgroup_open(plan->mount, plan->path);
	if (fd >= 0)
		return cgroup_check_unused(fd);
	if (plan->systemd && failure()->code == ENOENT)
		return 0;
	if (failure()->code != ENOENT || plan->optional)
		return plan->optional ? 0 : -1;
	return check_parent(plan->mount, plan->path) < 0 ? cgroup_explain_make(plan) : 0;
}
