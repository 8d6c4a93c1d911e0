#include "cgroup/cgroup_path.h"
#include "base/log.h"
#include <limits.h>
#include <string.h>

enum { MAX_PATH = PATH_MAX / 2 }; /* leaves room for the mount point and for names of files */

/* Where a relative path begins: "/a/b" gives "/a".  A runtime that sees its own cgroup outside of
 * its cgroup namespace starts at the root. */
static const char *parent_of(const char *own, struct arena *arena)
{
	const char *end = own && !strstr(own, "/..") ? strrchr(own, '/') : NULL;

	return end ? arena_strndup(arena, own, (size_t)(end - own)) : "";
}

static bool is_systemd_triple(const char *path)
{
	const char *first = strchr(path, ':'), *second = first ? strchr(first + 1, ':') : NULL;

	return *path != '/' && second && !strchr(second + 1, ':');
}

static bool has_control_character(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
			return true;
	return false;
}

/* Appends the components of path; "" and "." are nothing. */
static int add_components(const char *const *member, const char *path, struct text *out)
{
	for (size_t n; *path; path += n) {
		n = strcspn(path, "/");
		if (n == 2 && !strncmp(path, "..", 2))
			return fail_at(member, 0, "cgroupsPath %s must not contain ..", *member);
		if (n > NAME_MAX)
			return fail_at(member, 0,
				       "cgroupsPath has a component longer than %d bytes",
				       NAME_MAX);
		if (has_control_character(path, n))
			return fail_at(member, 0, "cgroupsPath has a control character");
		if (n && !(n == 1 && *path == '.')) {
			text_add(out, "/");
			text_add_bytes(out, path, n);
		}
		n += path[n] == '/';
	}
	if (out->length > MAX_PATH)
		return fail_at(member, 0, "cgroupsPath is longer than %d bytes", MAX_PATH);
	return 0;
}

const char *cgroup_path_plan(const struct spec *spec, const char *own, const char *id,
			     struct arena *arena)
{
	const char *const *member = &spec->linux_.cgroups_path;
	const char *path = text_is_set(*member) ? *member : id;
	cleanup_text struct text out = { 0 };

	/* As runc does: docker build names its cgroups so, and never gives the option. */
	if (*member && is_systemd_triple(path))
		log_warning("linux.cgroupsPath \"%s\" is the name of a cgroup here: a scope of "
			    "systemd needs --systemd-cgroup",
			    path);
	if (*path != '/')
		text_add(&out, parent_of(own, arena));
	size_t parent_length = out.length;

	if (add_components(member, path, &out) < 0)
		return NULL;
	if (out.length == parent_length) {
		fail_at(member, 0, "cgroupsPath \"%s\" names no cgroup of its own", path);
		return NULL;
	}
	return arena_strdup(arena, out.data);
}
