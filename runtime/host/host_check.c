/* host_check.c - the requirements of a host, one row each. */
#include "host/host_check.h"
#include "base/arena.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/process.h"
#include "base/text.h"
#include "host/host_systemd.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

const char *const host_verdict_names[HOST_VERDICTS] = {
	[HOST_OK] = "ok",
	[HOST_LIMITED] = "limited",
	[HOST_MISSING] = "missing",
};

struct report {
	const struct host *host;
	void (*found)(const struct host_finding *f, void *arg);
	void *arg;
	int missing;
};

__attribute__((format(printf, 4, 5))) static void say(struct report *r, enum host_verdict verdict,
						      const char *fix, const char *fmt, ...)
{
	char what[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	r->missing += verdict == HOST_MISSING;
	r->found(&(struct host_finding){ verdict, what, verdict == HOST_OK ? NULL : fix }, r->arg);
}

/*
 * Each with arguments that every kernel which has the call refuses.  ENOSYS also comes from seccomp
 * filters of an outer container, and so does EPERM where the call itself would say EINVAL.
 */
static const struct call {
	const char *name;
	long number;
	long args[5];
} calls[] = {
	{ "clone3", SYS_clone3, { 0, 0 } },
	{ "close_range", SYS_close_range, { 1, 0, -1 } },
	{ "openat2", SYS_openat2, { -1, 0, 0, 0 } },
	{ "pidfd_open", SYS_pidfd_open, { -1, -1 } },
	{ "pidfd_send_signal", SYS_pidfd_send_signal, { -1, 0, 0, -1 } },
	{ "open_tree", SYS_open_tree, { -1, 0, -1 } },
	{ "move_mount", SYS_move_mount, { -1, 0, -1, 0, -1 } },
	{ "fsopen", SYS_fsopen, { 0, -1 } },
	{ "fsconfig", SYS_fsconfig, { -1, -1, 0, 0, 0 } },
	{ "fsmount", SYS_fsmount, { -1, -1, -1 } },
	{ "mount_setattr", SYS_mount_setattr, { -1, 0, -1, 0, 0 } },
	{ "memfd_create", SYS_memfd_create, { 0, -1 } },
	{ "seccomp", SYS_seccomp, { -1, 0, 0 } },
};

static void check_calls(struct report *r)
{
	struct utsname name;
	int missing = 0;

	uname(&name); /* cannot fail */
	for (size_t i = 0; i < COUNT(calls); i++) {
		const long *a = calls[i].args;

		if (syscall(calls[i].number, a[0], a[1], a[2], a[3], a[4]) >= 0 || errno != ENOSYS)
			continue;
		missing++;
		say(r, HOST_MISSING,
		    "boot a kernel from 5.14 on; in a container, one whose seccomp profile allows "
		    "the call",
		    "system call %s", calls[i].name);
	}
	if (!missing)
		say(r, HOST_OK, NULL, "kernel %s: every system call", name.release);
}

static void check_cgroup(struct report *r)
{
	static const char *const wanted[] = { "cpu", "cpuset", "io", "memory", "pids" };
	const struct host *h = r->host;
	cleanup_text struct text lacking = { 0 };

	if (!h->cgroup_mount) {
		say(r, HOST_MISSING,
		    "boot with systemd.unified_cgroup_hierarchy=1, or: mkdir -p "
		    "/sys/fs/cgroup/unified && mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified",
		    "cgroup2 is not mounted");
		return;
	}
	say(r, HOST_OK, NULL, "cgroup2 is mounted at %s", h->cgroup_mount);
	cleanup_text struct text have = { 0 };
	text_addf(&have, " %s ", host_cgroup_controllers(h));
	for (size_t i = 0; i < COUNT(wanted); i++) {
		char word[16];

		snprintf(word, sizeof word, " %s ", wanted[i]);
		if (!strstr(have.data, word))
			text_addf(&lacking, " %s", wanted[i]);
	}
	if (lacking.length)
		say(r, HOST_LIMITED,
		    h->cgroup_hybrid ? "boot with systemd.unified_cgroup_hierarchy=1: the "
				       "controllers are on cgroup v1"
				     : "a kernel with these controllers, not switched off by "
				       "cgroup_disable=",
		    "cgroup controllers not to be had, their limits are refused:%s", lacking.data);
	else
		say(r, HOST_OK, NULL, "cgroup controllers: %s", host_cgroup_controllers(h));
}

/* Where containers without a cgroupsPath of their own go: beside the caller. */
static void check_delegation(struct report *r)
{
	const struct host *h = r->host;
	char path[4096];
	const char *own;

	if (!h->cgroup_mount)
		return;
	own = host_cgroup_own(h);
	snprintf(path, sizeof path, "%s%.*s", h->cgroup_mount,
		 (int)(strrchr(own, '/') ? strrchr(own, '/') - own : 0), own);
	if (faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0)
		say(r, HOST_OK, NULL, "cgroups can be made in %s", path);
	else
		say(r, HOST_LIMITED,
		    "run it by: systemd-run --user --scope -p Delegate=yes ring3 ...; or "
		    "Delegate=yes "
		    "in the unit that starts it",
		    "cgroups cannot be made in %s (%s): containers run without one", path,
		    fail_reason(errno));
}

/* What --systemd-cgroup needs; who does not use it lacks nothing. */
static void check_systemd(struct report *r)
{
	cleanup_arena struct arena *arena = arena_new();
	struct systemd_socket sockets[SYSTEMD_SOCKETS];
	size_t count = host_systemd_sockets(r->host, r->host->rootless, arena, sockets);
	const char *helper = host_systemd_helper();

	if (!host_has_systemd(r->host))
		return;
	if (faccessat(AT_FDCWD, helper, X_OK, AT_EACCESS) < 0) {
		say(r, HOST_LIMITED,
		    "build where libsystemd is (make deps-build), and make install",
		    "--systemd-cgroup cannot be used: %s: %s", helper, fail_reason(errno));
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const char *path = strchr(sockets[i].address, '/');

		if (path && faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0) {
			say(r, HOST_OK, NULL, "systemd can be asked at %s", path);
			return;
		}
	}
	say(r, HOST_LIMITED,
	    "loginctl enable-linger, or a login by PAM, starts the user's own systemd",
	    "--systemd-cgroup cannot be used: no socket of systemd at %s", sockets[0].address);
}

static long sysctl_number(const struct host *h, const char *name, long absent)
{
	char path[128], line[32];
	int64_t value;

	snprintf(path, sizeof path, "sys/%s", name);
	if (file_read_line(h->proc_fd, path, line, sizeof line) < 0 ||
	    text_to_i64(line, INT64_MIN, INT64_MAX, &value) < 0)
		return absent;
	return value;
}

/* The kernel's word counts; the switches only explain it. */
static bool can_make_user_namespace(void)
{
	cleanup_fd int pidfd = -1;
	pid_t pid = process_clone(CLONE_NEWUSER, -1, SIGCHLD, &pidfd);

	if (!pid)
		_exit(0);
	if (pid > 0)
		process_kill_and_reap(pidfd);
	return pid > 0;
}

static const struct {
	const char *name, *file;
	long bad;
	bool root_too;
	const char *fix;
} switches[] = {
	{ "user.max_user_namespaces", "user/max_user_namespaces", 0, true,
	  "sysctl -w user.max_user_namespaces=15000, and the same in /etc/sysctl.d/" },
	{ "kernel.unprivileged_userns_clone", "kernel/unprivileged_userns_clone", 0, false,
	  "sysctl -w kernel.unprivileged_userns_clone=1, and the same in /etc/sysctl.d/" },
	{ "kernel.apparmor_restrict_unprivileged_userns",
	  "kernel/apparmor_restrict_unprivileged_userns", 1, false,
	  "an AppArmor profile for ring3 with \"userns,\" (as in /etc/apparmor.d/runc), or sysctl "
	  "-w "
	  "kernel.apparmor_restrict_unprivileged_userns=0" },
};

static void check_user_namespaces(struct report *r)
{
	const bool root = r->host->euid == 0;
	const enum host_verdict verdict = root ? HOST_LIMITED : HOST_MISSING;
	const bool made = can_make_user_namespace();
	bool explained = false;

	for (size_t i = 0; i < COUNT(switches); i++) {
		if ((root && !switches[i].root_too) ||
		    sysctl_number(r->host, switches[i].file, -1) != switches[i].bad)
			continue;
		explained = true;
		/* AppArmor's only takes the capabilities in it away, the namespace is made. */
		say(r, verdict, switches[i].fix, "user namespaces: %s is %ld", switches[i].name,
		    switches[i].bad);
	}
	if (made && !explained)
		say(r, HOST_OK, NULL, "user namespaces can be made");
	else if (!made && !explained)
		say(r, verdict, "in a container: one that may make user namespaces",
		    "user namespaces cannot be made: %s", failure()->text);
}

bool host_has_subids(const char *text, const char *name, uid_t uid)
{
	char number[16];
	const char *const users[] = { name, number };

	snprintf(number, sizeof number, "%u", uid);
	for (const char *line = text; line && *line;
	     line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		for (size_t i = 0; i < COUNT(users); i++)
			if (text_starts(line, users[i]) && line[strlen(users[i])] == ':')
				return true;
	return false;
}

static void check_subids(struct report *r)
{
	static const struct {
		const char *file, *helper;
	} rows[] = {
		{ "/etc/subuid", "/usr/bin/newuidmap" },
		{ "/etc/subgid", "/usr/bin/newgidmap" },
	};
	const char *user = host_user(r->host->euid);

	if (!r->host->euid)
		return; /* real root needs neither */
	for (size_t i = 0; i < COUNT(rows); i++) {
		cleanup_free char *text = NULL;
		char fix[256];

		snprintf(fix, sizeof fix, "usermod --add-sub%cids 100000-165535 %s",
			 rows[i].file[8], user);
		if (file_read(AT_FDCWD, rows[i].file, 1 << 20, &text, NULL) < 0 ||
		    !host_has_subids(text, user, r->host->euid))
			say(r, HOST_LIMITED, fix,
			    "%s has no line for %s: only one id can be mapped", rows[i].file, user);
		else
			say(r, HOST_OK, NULL, "%s has a line for %s", rows[i].file, user);
		if (faccessat(AT_FDCWD, rows[i].helper, X_OK, AT_EACCESS) < 0)
			say(r, HOST_LIMITED, "apt-get install uidmap (elsewhere: shadow-utils)",
			    "%s: %s", rows[i].helper, fail_reason(errno));
	}
}

static void check_modules(struct report *r)
{
	cleanup_text struct text on = { 0 };

	if (host_apparmor(r->host))
		text_add(&on, " AppArmor (profiles that config.json names must be loaded)");
	if (host_selinux(r->host))
		text_add(&on, " SELinux");
	say(r, HOST_OK, NULL, "security modules with labels:%s", on.length ? on.data : " none");
	if (faccessat(r->host->proc_fd, "sys/kernel/seccomp/actions_avail", F_OK, 0) < 0)
		say(r, HOST_MISSING, "a kernel with CONFIG_SECCOMP_FILTER", "seccomp filters");
}

int host_check(const struct host *host, void (*found)(const struct host_finding *f, void *arg),
	       void *arg)
{
	static void (*const checks[])(struct report * r) = {
		check_calls,	       check_cgroup, check_delegation, check_systemd,
		check_user_namespaces, check_subids, check_modules,
	};
	struct report r = { .host = host, .found = found, .arg = arg };

	for (size_t i = 0; i < COUNT(checks); i++)
		checks[i](&r);
	return r.missing;
}
