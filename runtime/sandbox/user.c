/* user.c - who the program runs as, in which directory, with which environment. */
#include "sandbox/user.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "host/host.h"
#include "sandbox/idmap.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { PASSWD_LIMIT = 1 << 20, UMASK_DEFAULT = 0022 };

/* Ids that the new user namespace does not know cannot be taken on. */
static int check_mapped(const struct spec *spec, const struct spec_user *user)
{
	const spec_id_mappings *uids = &spec->linux_.uid_mappings,
			       *gids = &spec->linux_.gid_mappings;

	if (idmap_host_id(uids, user->uid) < 0)
		return fail_at(&user->uid, 0, "uid %" PRIu32 " is not in linux.uidMappings",
			       user->uid);
	if (idmap_host_id(gids, user->gid) < 0)
		return fail_at(&user->gid, 0, "gid %" PRIu32 " is not in linux.gidMappings",
			       user->gid);
	for (size_t i = 0; i < user->additional_gids.count; i++)
		if (idmap_host_id(gids, user->additional_gids.items[i]) < 0)
			return fail_at(&user->additional_gids, 0,
				       "gid %" PRIu32 " is not in linux.gidMappings",
				       user->additional_gids.items[i]);
	return 0;
}

/* (uid_t)-1 means "leave it" to setresuid(2): the program would keep running as root. */
static int check_ids(const struct spec_user *user)
{
	if (user->uid == UINT32_MAX)
		return fail_at(&user->uid, 0, "uid 4294967295 is no user");
	if (user->gid == UINT32_MAX)
		return fail_at(&user->gid, 0, "gid 4294967295 is no group");
	return 0;
}

static int plan_groups(const struct spec *spec, const struct host *host,
		       const struct spec_user *user, struct user *u)
{
	const char *keep = spec_annotation(spec, "run.oci.keep_original_groups");

	u->keep_groups = keep && strcmp(keep, "0");
	if (idmap_denies_setgroups(spec, host)) {
		if (user->additional_gids.count)
			return fail_at(&user->additional_gids, 0,
				       "an unprivileged user namespace of one id cannot have "
				       "additional groups");
		u->keep_groups = true;
	}
	return 0;
}

static size_t name_length(const char *entry)
{
	return strcspn(entry, "=");
}

static uint32_t hash_name(const char *name, size_t length)
{
	uint32_t hash = 2166136261; /* FNV-1a */

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)name[i]) * 16777619;
	return hash;
}

/* Puts entry into the open table; false: its name is there already.  mask + 1 slots, never full. */
static bool remember_name(const char **slots, size_t mask, const char *entry)
{
	size_t length = name_length(entry), at = hash_name(entry, length) & mask;

	for (; slots[at]; at = (at + 1) & mask)
		if (name_length(slots[at]) == length && !memcmp(slots[at], entry, length))
			return false;
	slots[at] = entry;
	return true;
}

/* Linear in the number of entries, because an image may bring a megabyte of them (T9). */
static const char **merge_duplicates(const char **env, size_t count, struct arena *arena)
{
	size_t slot_count = 8, kept = count;

	while (slot_count < 2 * count + 2)
		slot_count *= 2;
	const char **slots = ARENA_ARRAY(arena, slot_count, const char *);
	const char **merged = ARENA_ARRAY(arena, count + 1, const char *);
	for (size_t i = count; i-- > 0;) /* from the end: the last one wins */
		if (remember_name(slots, slot_count - 1, env[i]))
			merged[--kept] = env[i];
	return merged + kept;
}

static const char *find_home(const char **env)
{
	for (; *env; env++)
		if (text_starts(*env, "HOME="))
			return *env + strlen("HOME=");
	return NULL;
}

static void plan_environment(const struct spec_process *process, struct arena *arena,
			     struct user *u)
{
	size_t count = 0;

	while (process->env && process->env[count])
		count++;
	u->env = merge_duplicates(process->env, count, arena);
	u->needs_home = !text_is_set(find_home(u->env));
}

int user_plan(const struct spec *spec, const struct host *host, struct arena *arena,
	      struct user *ret)
{
	const struct spec_process *process = spec->process;
	const char *path = NULL;
	bool listed = spec_has_namespace(spec, NS_USER, &path);
	struct user u = {
		.uid = process->user.uid,
		.gid = process->user.gid,
		.cwd = process->cwd,
		.process = process,
		.umask = process->user.umask.set ? process->user.umask.value : UMASK_DEFAULT,
		.groups = process->user.additional_gids.items,
		.group_count = process->user.additional_gids.count,
		.in_user_namespace = listed || host->in_user_namespace,
	};

	if (check_ids(&process->user) < 0 ||
	    (listed && !path && check_mapped(spec, &process->user) < 0) ||
	    plan_groups(spec, host, &process->user, &u) < 0)
		return -1;
	plan_environment(process, arena, &u);
	*ret = u;
	return 0;
}

static int set_groups(const struct user *u)
{
	if (u->keep_groups || setgroups(u->group_count, u->groups) == 0)
		return 0;
	/* A joined or outer namespace denies setgroups: with none asked for, what is there cannot
	 * be dropped by anybody, and gives no more than the caller had.  attest_check() looks at
	 * the reason again. */
	if (errno == EPERM && u->in_user_namespace && !u->group_count)
		return 0;
	return fail_at(&u->process->user.additional_gids, errno, "set %zu supplementary groups",
		       u->group_count);
}

int user_apply(const struct user *u)
{
	/* execve clears it again. */
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return fail(errno, "PR_SET_KEEPCAPS");
	if (set_groups(u) < 0)
		return -1;
	if (setresgid(u->gid, u->gid, u->gid) < 0)
		return fail_at(&u->process->user.gid, errno, "set gid to %" PRIu32, u->gid);
	if (setresuid(u->uid, u->uid, u->uid) < 0)
		return fail_at(&u->process->user.uid, errno, "set uid to %" PRIu32, u->uid);
	return 0;
}

int user_umask(const struct user *u)
{
	umask(u->umask);
	return 0;
}

int user_own_stdio(const struct user *u)
{
	for (int fd = 0; fd <= 2; fd++) {
		struct stat st;

		if (fstat(fd, &st) < 0)
			return fail(errno, "look at descriptor %d", fd);
		if (st.st_uid == u->uid || (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3)))
			continue;
		/* EINVAL: its group is not mapped here; EPERM: not ours to give; EROFS: nobody can.
		 * As runc. */
		if (fchown(fd, u->uid, (gid_t)-1) < 0 && errno != EINVAL && errno != EPERM &&
		    errno != EROFS)
			return fail(errno, "give descriptor %d to uid %" PRIu32, fd, u->uid);
	}
	return 0;
}

/* Cuts the field in front of the next ':' off *rest; NULL: no more. */
static char *next_field(char **rest)
{
	return *rest ? strsep(rest, ":") : NULL;
}

/* "name:password:UID:gid:comment:HOME:shell"; the number decides, never a name (CVE-2016-3697). */
static const char *home_of_line(char *line, uint32_t uid)
{
	char *fields[6] = { NULL };
	uint64_t number;

	for (size_t i = 0; i < COUNT(fields); i++)
		fields[i] = next_field(&line);
	if (!fields[5] || text_to_u64(fields[2], UINT32_MAX, &number) < 0 || number != uid)
		return NULL;
	return fields[5];
}

/* The text of the container's /etc/passwd, or NULL: no regular file of a sane size. */
static char *read_passwd(int root_fd)
{
	/* Neither a fifo nor a terminal may stop us, nor become ours. */
	cleanup_fd int fd = path_try_open(root_fd, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	char *text = NULL;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > PASSWD_LIMIT)
		return NULL;
	/* The image's file is no reason to fail: HOME is "/" then. */
	return file_read_fd(fd, PASSWD_LIMIT, &text, NULL) < 0 ? NULL : text;
}

static const char *look_up_home(const struct user *u, int root_fd, struct arena *arena)
{
	cleanup_free char *text = read_passwd(root_fd);
	char *rest = text;

	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
		const char *home = home_of_line(line, u->uid);

		if (home)
			return arena_printf(arena, "HOME=%s", *home ? home : "/");
	}
	log_debug("no entry for uid %" PRIu32 " in the container's /etc/passwd: HOME is /", u->uid);
	return "HOME=/";
}

const char **user_environment(const struct user *u, int root_fd, struct arena *arena)
{
	size_t count = 0, kept = 0;

	if (!u->needs_home)
		return u->env;
	while (u->env[count])
		count++;
	const char **env = ARENA_ARRAY(arena, count + 2, const char *);
	for (size_t i = 0; i < count; i++)
		if (!text_starts(u->env[i], "HOME=")) /* an empty one */
			env[kept++] = u->env[i];
	env[kept] = look_up_home(u, root_fd, arena);
	return env;
}

/*
 * O_PATH descriptor of the directory made.  Behind user_apply() root's file system ids are borrowed
 * for it: with them come its file system capabilities, and taking them back drops those from the
 * effective set. Where root is not mapped the ids stay the user's, who then owns the directory.
 */
static int make_directory(const struct user *u, int root_fd)
{
	int gid = setfsgid(0), uid = setfsuid(0), fd;
	mode_t mask = umask(0022);

	fd = path_make_dir(root_fd, u->cwd, 0755);
	umask(mask);
	setfsuid((uid_t)uid);
	setfsgid((gid_t)gid);
	return fd;
}

static int fail_cwd(const struct user *u, int code)
{
	return fail_at(&u->process->cwd, code, "chdir to cwd (\"%s\") set in config.json failed",
		       u->cwd);
}

/* O_PATH descriptor of the working directory. */
static int open_or_make(const struct user *u, int root_fd)
{
	int fd = path_try_open(root_fd, u->cwd, O_PATH | O_DIRECTORY);

	if (fd < 0 && (errno != ENOENT || u->cwd_must_exist))
		return fail_cwd(u, errno);
	if (fd < 0)
		fd = make_directory(u, root_fd);
	return fd < 0 ? fail_cwd(u, failure()->code) : fd;
}

int user_make_working_directory(const struct user *u, int root_fd)
{
	if (!strcmp(u->cwd, "/"))
		return 0;
	cleanup_fd int fd = open_or_make(u, root_fd);

	return fd < 0 ? -1 : 0;
}

int user_working_directory(const struct user *u, int root_fd)
{
	cleanup_fd int fd = open_or_make(u, root_fd);
	char path[PATH_MAX];

	if (fd < 0)
		return -1;
	if (fchdir(fd) < 0)
		return fail_cwd(u, errno);
	/* The system call: it says "(unreachable)/..." for what is outside; glibc would go and
	 * search. */
	if (syscall(SYS_getcwd, path, sizeof path) < 0)
		return fail_cwd(u, errno);
	if (*path != '/')
		return fail_at(&u->process->cwd, 0,
			       "cwd \"%s\" is outside of the container's root file system", u->cwd);
	return 0;
}
