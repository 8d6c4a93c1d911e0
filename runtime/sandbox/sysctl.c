/* sysctl.c - linux.sysctl: keys of the container's namespaces, through a private procfs. */
#include "base/fd.h"
#include "base/syscalls.h"
#include "sandbox/sandbox.h"
#include "sandbox/small.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

enum { VALUE_SIZE = 4096 }; /* more than a page no sysctl hands out at once */

/* Which namespace makes a key the container's own; "net/" stands for all below it. */
static const struct owner {
	const char *file;
	enum namespace_type type;
} owners[] = {
	{ "kernel/msgmax", NS_IPC },
	{ "kernel/msgmnb", NS_IPC },
	{ "kernel/msgmni", NS_IPC },
	{ "kernel/sem", NS_IPC },
	{ "kernel/shmall", NS_IPC },
	{ "kernel/shmmax", NS_IPC },
	{ "kernel/shmmni", NS_IPC },
	{ "kernel/shm_rmid_forced", NS_IPC },
	{ "fs/mqueue/", NS_IPC },
	{ "net/", NS_NETWORK },
	{ "kernel/domainname", NS_UTS },
	{ "kernel/hostname", NS_UTS },
	{ "user/", NS_USER },
};

static const struct owner *find_owner(const char *file)
{
	for (size_t i = 0; i < COUNT(owners); i++)
		if (text_ends(owners[i].file, "/") ? text_starts(file, owners[i].file)
						   : !strcmp(file, owners[i].file))
			return &owners[i];
	return NULL;
}

/* Names between single slashes, none of them only dots, no blanks and no '+' in them. */
static bool is_file(const char *file)
{
	for (const char *part = file;; part++) {
		size_t length = strcspn(part, "/");

		if (!length || (*part == '.' && strspn(part, ".") == length))
			return false;
		for (size_t i = 0; i < length; i++)
			if ((unsigned char)part[i] <= ' ' || strchr("+\\\x7f", part[i]))
				return false;
		part += length;
		if (!*part)
			return true;
	}
}

/* sysctl(8): the first separator decides; behind a dot, a slash means a dot in a name. */
const char *sysctl_file(const char *key, struct arena *arena)
{
	char *file = arena_strdup(arena, key);

	if (file[strcspn(file, "./")] == '.')
		for (char *c = file; *c; c++)
			*c = *c == '.' ? '/' : *c == '/' ? '.' : *c;
	return is_file(file) ? file : NULL;
}

/* Two members of config.json may not say different things about one fact (S-03, S-04). */
static int check_conflict(const struct spec *spec, const struct json_pair *pair, const char *file)
{
	if (!strcmp(file, "kernel/hostname"))
		return fail_at(pair, 0, "sysctl %s conflicts with hostname: give it there",
			       pair->name);
	if (!strcmp(file, "kernel/domainname") && text_is_set(spec->domainname) &&
	    strcmp(spec->domainname, pair->value))
		return fail_at(pair, 0, "sysctl %s conflicts with domainname %s", pair->name,
			       spec->domainname);
	return 0;
}

static const char *plan_one(const struct spec *spec, const struct json_pair *pair,
			    struct arena *arena)
{
	const char *file = sysctl_file(pair->name, arena);
	const struct owner *owner = file ? find_owner(file) : NULL;

	if (!file)
		fail_at(pair, 0, "\"%s\" is not the name of a sysctl", pair->name);
	else if (!owner)
		fail_at(pair, 0, "sysctl %s belongs to no namespace, it would change the host",
			pair->name);
	else if (!spec_has_namespace(spec, owner->type, NULL))
		fail_at(pair, 0, "sysctl %s needs a %s namespace, it would change the host",
			pair->name, name_of(namespace_names, owner->type));
	else if (check_conflict(spec, pair, file) == 0)
		return file;
	return NULL;
}

int sysctl_plan(const struct spec *spec, struct arena *arena, struct sysctls *ret)
{
	const json_pairs *pairs = &spec->linux_.sysctl;
	const char **files = pairs->count ? ARENA_ARRAY(arena, pairs->count, const char *) : NULL;

	for (size_t i = 0; i < pairs->count; i++) {
		files[i] = plan_one(spec, &pairs->items[i], arena);
		if (!files[i])
			return -1;
	}
	*ret = (struct sysctls){ .pairs = pairs, .files = files };
	return 0;
}

/* A full procfs of our own.  Refused in a user namespace without its own pid namespace, and below a
 * masked /proc (K16): there the private handle itself is a clone of the whole /proc. */
static int open_procfs(const struct sandbox *s)
{
	cleanup_fd int context = fsopen("proc", FSOPEN_CLOEXEC);
	int fd = -1;

	if (context >= 0 && fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		fd = fsmount(context, FSMOUNT_CLOEXEC,
			     MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (fd < 0 && errno == EPERM)
		fd = fcntl(s->proc_fd, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? fail(errno, "open a private /proc for sysctls") : fd;
}

static const char *next_token(const char **s, size_t *ret_length)
{
	const char *token = *s + strspn(*s, " \t\n");

	*ret_length = strcspn(token, " \t\n");
	*s = token + *ret_length;
	return token;
}

/* The same words; or the same numbers, since 0x10 is read back as 16. */
static bool is_same_token(const char *a, size_t a_length, const char *b, size_t b_length)
{
	char *a_end, *b_end;

	if (a_length == b_length && !memcmp(a, b, a_length))
		return true;
	long long a_value = strtoll(a, &a_end, 0), b_value = strtoll(b, &b_end, 0);
	return a_length && b_length && a_end == a + a_length && b_end == b + b_length &&
	       a_value == b_value;
}

/* Every token written is there; a vector may have more of them behind. */
static bool holds(const char *found, const char *wanted)
{
	for (;;) {
		size_t found_length, wanted_length;
		const char *wanted_token = next_token(&wanted, &wanted_length);
		const char *found_token = next_token(&found, &found_length);

		if (!wanted_length)
			return true;
		if (!is_same_token(found_token, found_length, wanted_token, wanted_length))
			return false;
	}
}

/*
 * The kernel may round (a time in ticks), merge (a list of ports) or print in another form, so a
 * value that changed is one that arrived; one that neither changed nor is what was wanted went
 * elsewhere.
 */
bool sysctl_was_written(const char *before, const char *written, const char *after)
{
	return holds(after, written) || strcmp(before, after) != 0;
}

/* Silent. */
static int read_value(int fd, char out[VALUE_SIZE])
{
	ssize_t n = pread(fd, out, VALUE_SIZE - 1, 0);

	out[n > 0 ? n : 0] = '\0';
	return n < 0 ? -1 : 0;
}

/* Some can only be written (net.ipv4.route.flush): there is nothing to read back then. */
static int write_value(int fd, bool readable, const struct json_pair *pair)
{
	char before[VALUE_SIZE], after[VALUE_SIZE];
	size_t size = strlen(pair->value);

	if (readable && read_value(fd, before) < 0)
		return fail_at(pair, errno, "read sysctl %s", pair->name);
	ssize_t n = pwrite(fd, pair->value, size, 0);
	if (n != (ssize_t)size) /* one write, all of it (S-05) */
		return fail_at(pair, n < 0 ? errno : EIO, "set sysctl %s to \"%s\"", pair->name,
			       pair->value);
	if (!readable)
		return 0;
	if (read_value(fd, after) < 0)
		return fail_at(pair, errno, "read back sysctl %s", pair->name);
	if (!sysctl_was_written(before, pair->value, after))
		return fail_at(pair, 0, "sysctl %s was set to \"%s\" but is \"%.*s\"", pair->name,
			       pair->value, (int)strcspn(after, "\n"), after);
	return 0;
}

static int apply_one(const struct sandbox *s, const char *file, const struct json_pair *pair)
{
	struct open_how how = {
		.flags = O_RDWR | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
			   RESOLVE_NO_XDEV,
	};
	char name[512];
	bool readable = true;

	if ((size_t)snprintf(name, sizeof name, "sys/%s", file) >= sizeof name)
		return fail_at(pair, ENAMETOOLONG, "sysctl %s", pair->name);
	cleanup_fd int fd = sys_openat2(s->sys_proc_fd, name, &how);
	if (fd < 0 && errno == EACCES) {
		readable = false;
		how.flags = O_WRONLY | O_CLOEXEC;
		fd = sys_openat2(s->sys_proc_fd, name, &how);
	}
	if (fd < 0)
		return fail_at(pair, errno, "open sysctl %s", pair->name);
	return write_value(fd, readable, pair);
}

int sysctl_open(const struct sysctls *c, struct sandbox *s)
{
	if (!c->pairs || !c->pairs->count)
		return 0;
	s->sys_proc_fd = open_procfs(s);
	return s->sys_proc_fd < 0 ? -1 : 0;
}

int sysctl_apply(const struct sysctls *c, struct sandbox *s)
{
	if (!c->pairs || !c->pairs->count)
		return 0;
	for (size_t i = 0; i < c->pairs->count; i++)
		if (apply_one(s, c->files[i], &c->pairs->items[i]) < 0)
			return -1;
	fd_close(&s->sys_proc_fd);
	return 0;
}
