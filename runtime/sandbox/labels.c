/* labels.c - the label that execve gives the program: AppArmor's profile, SELinux's context. */
#include "base/fd.h"
#include "base/file.h"
#include "base/syscalls.h"
#include "host/host.h"
#include "sandbox/sandbox.h"
#include "sandbox/small.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { LABEL_SIZE = 4096 };

int labels_plan(const struct spec *spec, const struct host *host, struct labels *ret)
{
	const struct spec_process *p = spec->process;
	struct labels l = { .process = p };

	if (p && text_is_set(p->apparmor_profile))
		l.apparmor = p->apparmor_profile;
	if (p && text_is_set(p->selinux_label))
		l.selinux = p->selinux_label;
	if (l.apparmor && !host_apparmor(host))
		return fail_at(&p->apparmor_profile, 0,
			       "profile %s: AppArmor is not enabled on this host", l.apparmor);
	if (l.selinux && !host_selinux(host))
		return fail_at(&p->selinux_label, 0,
			       "label %s: SELinux is not enabled on this host", l.selinux);
	*ret = l;
	return 0;
}

/* A file of thread-self, without links and mounts on the way (R3). Silent. */
static int open_attr(const struct sandbox *s, const char *name, int flags)
{
	const struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
			   RESOLVE_NO_XDEV,
	};

	return sys_openat2(s->self_fd, name, &how);
}

/* Writes text and compares what is then read with expected: the label, or the label and its mode in
 * brackets. */
static int write_attr(int fd, const char *text, const char *expected)
{
	char found[LABEL_SIZE];
	size_t length = strlen(expected);
	ssize_t n = write(fd, text, strlen(text));

	if (n < 0)
		return fail(errno, "write \"%s\"", text);
	n = pread(fd, found, sizeof found - 1, 0);
	if (n < 0)
		return fail(errno, "read back \"%s\"", expected);
	found[n] = '\0';
	if (strncmp(found, expected, length) || (found[length] && !strchr(" \n", found[length])))
		return fail(EPROTO, "wrote \"%s\", read back \"%s\"", text, found);
	return 0;
}

static int apply_apparmor(const struct labels *l, const struct sandbox *s)
{
	/* The common file belongs to the first of several modules; AppArmor's own is there
	 * since 5.8. */
	cleanup_fd int own = open_attr(s, "attr/apparmor/exec", O_RDWR);
	cleanup_fd int common = own < 0 && errno == ENOENT ? open_attr(s, "attr/exec", O_RDWR) : -1;
	char text[LABEL_SIZE];

	if (own < 0 && common < 0)
		return fail(errno, "open attr/apparmor/exec");
	if ((size_t)snprintf(text, sizeof text, "exec %s", l->apparmor) >= sizeof text)
		return fail(ENAMETOOLONG, "profile name");
	return write_attr(own < 0 ? common : own, text, l->apparmor);
}

static int apply_selinux(const struct labels *l, const struct sandbox *s)
{
	cleanup_fd int fd = open_attr(s, "attr/exec", O_RDWR);

	if (fd < 0)
		return fail(errno, "open attr/exec");
	return write_attr(fd, l->selinux, l->selinux);
}

int labels_apply(const struct labels *l, struct sandbox *s)
{
	if (l->apparmor && apply_apparmor(l, s) < 0) {
		fail_in("apply AppArmor profile %s", l->apparmor);
		return fail_in_at(&l->process->apparmor_profile);
	}
	if (l->selinux && apply_selinux(l, s) < 0) {
		fail_in("apply SELinux label %s", l->selinux);
		return fail_in_at(&l->process->selinux_label);
	}
	return 0;
}
