#include "cgroup/cgroup_limits.h"
#include "base/fail.h"
#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/systemd.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* 0, or the kernel's reason. */
static int write_value(int dir_fd, const char *file, const char *value)
{
	cleanup_fd int fd = openat(dir_fd, file, O_WRONLY | O_CLOEXEC);
	size_t size = strlen(value);
	ssize_t n;

	if (fd < 0)
		return errno;
	do
		n = write(fd, value, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno;
	return (size_t)n == size ? 0 : EIO;
}

static int refuse(const struct cgroup_write *w, const char *file, const char *value, int code)
{
	char controller[64];

	cgroup_file_controller(file, controller, sizeof controller);
	if (code == ENOENT)
		return json_fail_at(w->member, w->member_size, code,
				    "the %s controller has no file %s here", controller, file);
	return json_fail_at(w->member, w->member_size, code,
			    "the %s controller does not take %s = %s",
			    *controller ? controller : "cgroup", file, value);
}

/*
 * io.bfq.weight is not there without the BFQ scheduler, and EOPNOTSUPP for a disk that another
 * scheduler serves: io.weight then.
 */
static int write_one(const struct cgroup_write *w, int dir_fd)
{
	int code = write_value(dir_fd, w->file, w->value);

	if (w->fallback_file && (code == ENOENT || code == EOPNOTSUPP)) {
		int second = write_value(dir_fd, w->fallback_file, w->fallback_value);

		if (second && second != ENOENT)
			return refuse(w, w->fallback_file, w->fallback_value, second);
		if (!second)
			return 0;
	}
	if (!code || (code == ENOENT && (w->flags & WRITE_MAY_LACK)))
		return 0;
	return refuse(w, w->file, w->value, code);
}

int cgroup_limits_write(const struct cgroup_writes *limits, int dir_fd, bool early)
{
	for (size_t i = 0; i < limits->writes.count; i++) {
		const struct cgroup_write *w = &limits->writes.items[i];

		if (!(w->flags & WRITE_EARLY) == !early && write_one(w, dir_fd) < 0)
			return -1;
	}
	return 0;
}

const struct cgroup_write *cgroup_limits_asked(const struct cgroup_writes *limits)
{
	for (size_t i = 0; i < limits->writes.count; i++)
		if (!(limits->writes.items[i].flags & WRITE_MAY_LACK))
			return &limits->writes.items[i];
	return NULL;
}

/* Without a cgroup only values that ask for nothing are left (cgroup_plan() saw to it). */
int cgroup_limits_apply(const struct cgroup_plan *plan, struct systemd_helper *helper, int dir_fd)
{
	const struct systemd_plan *s = plan->systemd;
	const struct systemd_limits late = { &plan->limits, SYSTEMD_LATE, dir_fd, plan->devices };

	if (dir_fd < 0)
		return 0;
	/* systemd rounds, and does not know everything: the files come last. */
	if (s &&
	    systemd_set(helper, s->host, &(struct systemd_unit){ s->unit, s->user }, &late) < 0)
		return -1;
	return cgroup_limits_write(&plan->limits, dir_fd, false);
}
