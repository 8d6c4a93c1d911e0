#include "cgroup/cgroup_lib.h"
#include "base/fail.h"
#include "base/log.h"
#include <errno.h>
#include <libcgroup.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

/*
 * Only cgroup_init, getters and delete are called: the rest of libcgroup looks up users and groups
 * by name, which a static program must not (K27).
 */
/* It writes to stderr otherwise. */
static void to_debug_log(void *unused, int level, const char *format, va_list arguments)
{
	char text[256];

	(void)unused;
	(void)level;
	vsnprintf(text, sizeof text, format, arguments);
	log_debug("libcgroup: %.*s", (int)strcspn(text, "\n"), text);
}

static bool start(void)
{
	static int result = -1;

	if (result < 0) {
		cgroup_set_logger(to_debug_log, CGROUP_LOG_ERROR, NULL);
		result = cgroup_init();
	}
	if (result)
		log_debug("libcgroup: %s", cgroup_strerror(result));
	return result == 0;
}

int cgroup_host_report(struct text *out)
{
	struct cgroup_mount_point point;
	void *handle = NULL;

	if (!start())
		return fail(0, "libcgroup finds no cgroup file systems");
	for (int r = cgroup_get_controller_begin(&handle, &point); r == 0;
	     r = cgroup_get_controller_next(&handle, &point))
		text_addf(out, "%s %s\n", point.name, point.path);
	cgroup_get_controller_end(&handle);
	return 0;
}

bool cgroup_lib_find_v1(const char *controller, char *out, size_t size)
{
	const char *name = strcmp(controller, "io") ? controller : "blkio"; /* its name in v1 */
	struct cgroup_mount_point point;
	void *handle = NULL;
	bool found = false;

	if (!start())
		return false;
	for (int r = cgroup_get_controller_begin(&handle, &point); r == 0 && !found;
	     r = cgroup_get_controller_next(&handle, &point)) {
		struct statfs fs;

		found = !strcmp(point.name, name) && statfs(point.path, &fs) == 0 &&
			fs.f_type == CGROUP_SUPER_MAGIC;
		if (found)
			snprintf(out, size, "%s", point.path);
	}
	cgroup_get_controller_end(&handle);
	return found;
}

/* libcgroup finds directories by their controller only. */
static bool controller_on(const char *mount, char name[FILENAME_MAX])
{
	struct cgroup_mount_point point;
	void *handle = NULL;
	bool found = false;

	for (int r = cgroup_get_controller_begin(&handle, &point); r == 0 && !found;
	     r = cgroup_get_controller_next(&handle, &point)) {
		found = !strcmp(point.path, mount);
		if (found)
			strcpy(name, point.name);
	}
	cgroup_get_controller_end(&handle);
	return found;
}

bool cgroup_lib_remove(const char *mount, const char *path)
{
	char controller[FILENAME_MAX];

	if (!start() || !controller_on(mount, controller))
		return false;
	struct cgroup *group = cgroup_new_cgroup(path + 1); /* without the first slash */
	int result = group && cgroup_add_controller(group, controller)
			     ? cgroup_delete_cgroup_ext(group, CGFLAG_DELETE_RECURSIVE)
			     : ECGFAIL;

	if (result)
		log_debug("libcgroup does not remove %s: %s", path, cgroup_strerror(result));
	cgroup_free(&group);
	return result == 0;
}
