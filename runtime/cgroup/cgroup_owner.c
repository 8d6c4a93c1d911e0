#include "cgroup/cgroup_owner.h"
#include "base/fail.h"
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { DELEGATE_LIMIT = 64 << 10 };

/* config-linux.md, for kernels that do not say it in /sys/kernel/cgroup/delegate. */
static const char known_files[] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";

static bool is_writable(const struct spec_mount *m)
{
	bool writable = true;

	for (const char **option = m->options; option && *option; option++)
		if (!strcmp(*option, "ro") || !strcmp(*option, "rw"))
			writable = (*option)[1] == 'w';
	return writable;
}

bool cgroup_owner_is_wanted(const struct spec *spec)
{
	const char *path;

	if (!spec_has_namespace(spec, NS_CGROUP, &path) || path)
		return false;
	for (size_t i = 0; i < spec->mounts.count; i++) {
		const struct spec_mount *m = &spec->mounts.items[i];

		if (m->type && (!strcmp(m->type, "cgroup") || !strcmp(m->type, "cgroup2")) &&
		    is_writable(m))
			return true;
	}
	return false;
}

int cgroup_owner_apply(int dir_fd, uid_t owner)
{
	cleanup_free char *listed = NULL;
	const char *files = known_files;

	if (fchown(dir_fd, owner, (gid_t)-1) < 0)
		return fail(errno, "give the cgroup to uid %u", owner);
	if (file_read(AT_FDCWD, "/sys/kernel/cgroup/delegate", DELEGATE_LIMIT, &listed, NULL) == 0)
		files = listed;
	for (size_t n; *files; files += n + (files[n] == '\n')) {
		char name[128];

		n = strcspn(files, "\n");
		if (!n || n >= sizeof name)
			continue;
		memcpy(name, files, n);
		name[n] = '\0';
		/* Those of controllers that are not enabled are missing (C-08). */
		if (fchownat(dir_fd, name, owner, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0 &&
		    errno != ENOENT)
			return fail(errno, "give %s to uid %u", name, owner);
	}
	return 0;
}
