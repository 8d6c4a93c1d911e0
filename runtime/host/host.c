/* host.c - facts of this machine: what every command needs is probed, the rest waits. */
#include "host/host.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define USER_NS_INITIAL_INODE 0xEFFFFFFDU /* PROC_USER_INIT_INO, the same on every kernel */

enum { MOUNTINFO_LIMIT = 16 << 20, FILE_LIMIT = 1 << 20 };

/* Not by uid_map: an identity map is not the initial namespace (systemd makes some). */
static int probe_user_namespace(struct host *h)
{
	struct stat st;

	if (fstatat(h->proc_fd, "self/ns/user", &st, 0) < 0) {
		if (errno == ENOENT)
			return 0; /* a kernel that has no others */
		return fail(errno, "look at /proc/self/ns/user");
	}
	h->in_user_namespace = st.st_ino != USER_NS_INITIAL_INODE;
	return 0;
}

/* The system call itself: libcap belongs to sandbox/caps.c. */
static int probe_caps(struct host *h)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data) < 0)
		return fail(errno, "read the caller's capabilities");
	h->caps = (uint64_t)data[1].effective << 32 | data[0].effective;

	/* Usually two calls: the newest capability that the headers know, and the one behind it. */
	h->cap_last = CAP_LAST_CAP;
	while (h->cap_last > 0 && prctl(PR_CAPBSET_READ, h->cap_last, 0, 0, 0) < 0)
		h->cap_last--;
	while (h->cap_last < 63 && prctl(PR_CAPBSET_READ, h->cap_last + 1, 0, 0, 0) >= 0)
		h->cap_last++;
	return 0;
}

static bool is_cgroup2(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

/*
 * One line of mountinfo: "ID PARENT DEV ROOT MOUNTPOINT OPTIONS [TAGS] - TYPE SOURCE OPTIONS".
 * Blanks inside a path are written \040: such a mount point is left out, kernel trees do not have
 * them.  wanted: the type, with a blank behind it.
 */
static void scan_mount(char *line, const char *wanted, char *found, size_t size, bool *hybrid)
{
	char *type = strstr(line, " - "), *point = line;

	if (!type)
		return;
	*type = '\0';
	type += 3;
	*hybrid |= text_starts(type, "cgroup ");
	if (*found || !text_starts(type, wanted))
		return;
	for (int field = 0; field < 4 && point; field++)
		point = strchr(point + 1, ' ');
	if (point && !memchr(point + 1, '\\', strcspn(point + 1, " ")))
		snprintf(found, size, "%.*s", (int)strcspn(point + 1, " "), point + 1);
}

static int scan_mountinfo(struct host *h)
{
	static char found[4096];
	cleanup_free char *text = NULL;
	char *rest = NULL;

	if (file_read(h->proc_fd, "self/mountinfo", MOUNTINFO_LIMIT, &text, NULL) < 0)
		return fail_in("find the cgroup2 file system");
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		scan_mount(line, "cgroup2 ", found, sizeof found, &h->cgroup_hybrid);
	if (*found)
		h->cgroup_mount = found;
	return 0;
}

static int probe_cgroup(struct host *h)
{
	if (is_cgroup2("/sys/fs/cgroup")) {
		h->cgroup_mount = "/sys/fs/cgroup";
		return 0;
	}
	if (is_cgroup2("/sys/fs/cgroup/unified")) {
		h->cgroup_mount = "/sys/fs/cgroup/unified";
		h->cgroup_hybrid = true;
		return 0;
	}
	return scan_mountinfo(h);
}

int host_probe(struct host *ret)
{
	struct host h = { .euid = geteuid(), .egid = getegid(), .proc_fd = -1 };
	const char *runtime_dir = getenv("XDG_RUNTIME_DIR");
	cleanup_fd int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (proc_fd < 0)
		return fail(errno, "open /proc");
	h.proc_fd = proc_fd;
	if (file_read_line(proc_fd, "sys/kernel/random/boot_id", h.boot_id, sizeof h.boot_id) < 0)
		return fail(errno, "read /proc/sys/kernel/random/boot_id");
	if (probe_user_namespace(&h) < 0 || probe_caps(&h) < 0 || probe_cgroup(&h) < 0)
		return -1;
	h.rootless = h.euid != 0 || h.in_user_namespace;
	h.runtime_dir = text_is_set(runtime_dir) ? runtime_dir : NULL;
	take_fd(&proc_fd);
	*ret = h;
	return 0;
}

/* "0::/user.slice" is the cgroup2 line; the others are v1 hierarchies. */
static const char *find_own_cgroup(char *text)
{
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (text_starts(line, "0::/"))
			return line + 3;
	return "/";
}

const char *host_cgroup_own(const struct host *h)
{
	static char *text;
	static const char *own;

	if (h->cgroup_own)
		return h->cgroup_own;
	if (h->proc_fd < 0)
		return "/";
	if (!own) {
		/* Unreadable: the root is the answer that no path is built from. */
		own = file_read(h->proc_fd, "self/cgroup", FILE_LIMIT, &text, NULL) < 0
			      ? "/"
			      : find_own_cgroup(text);
	}
	return own;
}

const char *host_cgroup_controllers(const struct host *h)
{
	static char line[512];
	static bool looked;
	char path[4096];

	if (h->cgroup_controllers)
		return h->cgroup_controllers;
	if (h->proc_fd < 0 || !h->cgroup_mount)
		return "";
	if (!looked) {
		looked = true;
		snprintf(path, sizeof path, "%s/cgroup.controllers", h->cgroup_mount);
		/* Unreadable: no controller can be promised. */
		if (file_read_line(AT_FDCWD, path, line, sizeof line) < 0)
			line[0] = '\0';
	}
	return line;
}

static bool belongs_to_caller(const char *path, const struct host *h)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_uid == h->euid;
}

bool host_cgroup_delegated(const struct host *h)
{
	char path[8192];

	if (h->cgroup_delegated || h->proc_fd < 0 || !h->cgroup_mount)
		return h->cgroup_delegated;
	snprintf(path, sizeof path, "%s%s", h->cgroup_mount, host_cgroup_own(h));
	if (!belongs_to_caller(path, h))
		return false;
	if (text_ends(path, ".scope") || text_ends(path, ".service"))
		return true;
	snprintf(path, sizeof path, "%s%s/..", h->cgroup_mount, host_cgroup_own(h));
	return !belongs_to_caller(path, h);
}

const char *host_resctrl(const struct host *h)
{
	static char found[4096];
	cleanup_free char *text = NULL;
	char *rest = NULL;
	struct statfs fs;
	bool ignored = false;

	if (h->proc_fd < 0)
		return h->resctrl;
	if (statfs("/sys/fs/resctrl", &fs) == 0 && fs.f_type == RDTGROUP_SUPER_MAGIC)
		return "/sys/fs/resctrl";
	/* What cannot be read lists none. */
	if (file_read(h->proc_fd, "self/mountinfo", MOUNTINFO_LIMIT, &text, NULL) < 0)
		return NULL;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		scan_mount(line, "resctrl ", found, sizeof found, &ignored);
	return *found ? found : NULL;
}

bool host_apparmor(const struct host *h)
{
	char answer[8];

	if (h->apparmor || h->proc_fd < 0)
		return h->apparmor;
	return file_read_line(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", answer,
			      sizeof answer) > 0 &&
	       answer[0] == 'Y';
}

bool host_selinux(const struct host *h)
{
	struct statfs fs;

	if (h->selinux || h->proc_fd < 0)
		return h->selinux;
	return statfs("/sys/fs/selinux", &fs) == 0 && fs.f_type == SELINUX_MAGIC;
}

/* "name:password:uid:..." */
static bool is_user_line(char *line, uid_t uid)
{
	uint64_t value;
	char *name_end = strchr(line, ':'), *number = name_end ? strchr(name_end + 1, ':') : NULL;
	char *number_end = number ? strchr(number + 1, ':') : NULL;

	if (!number_end)
		return false;
	*name_end = *number_end = '\0';
	return text_to_u64(number + 1, UINT32_MAX, &value) == 0 && value == uid;
}

const char *host_user(uid_t uid)
{
	static char name[64];
	cleanup_free char *text = NULL;
	char *rest = NULL;

	snprintf(name, sizeof name, "%u", uid);
	/* Not getpwuid(3), which loads the host's NSS modules.  Unreadable: the number. */
	if (file_read(AT_FDCWD, "/etc/passwd", FILE_LIMIT, &text, NULL) < 0)
		return name;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (is_user_line(line, uid)) {
			snprintf(name, sizeof name, "%s", line);
			break;
		}
	}
	return name;
}
