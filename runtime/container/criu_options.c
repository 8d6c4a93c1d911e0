/* criu_options.c - what checkpoint and restore both tell CRIU. */
#include "container/criu_options.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "container/container.h"
#include "container/criu.h"
#include "sandbox/idmap.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define YARD "cgroups"

static const struct name_value cgroup_modes[] = {
	{ "soft", CRIU_CG_SOFT },
	{ "full", CRIU_CG_FULL },
	{ "strict", CRIU_CG_STRICT },
	{ "ignore", CRIU_CG_IGNORE },
	{ NULL, 0 },
};
static const struct name_value network_locks[] = {
	{ "iptables", CRIU_LOCK_IPTABLES },
	{ "nftables", CRIU_LOCK_NFTABLES },
	{ "skip", CRIU_LOCK_SKIP },
	{ NULL, 0 },
};

#define FLAG(m)                                                                                    \
	{                                                                                          \
		offsetof(struct checkpoint_options, m), offsetof(struct criu_opts, m)              \
	}
static const struct {
	size_t option, member;
} option_flags[] = {
	FLAG(leave_running), FLAG(tcp_established), FLAG(tcp_skip_in_flight), FLAG(tcp_close),
	FLAG(link_remap),    FLAG(ext_unix_sk),	    FLAG(shell_job),	      FLAG(file_locks),
	FLAG(auto_dedup),    FLAG(lazy_pages),
};
#undef FLAG

const struct criu_external_namespace criu_external_namespaces[2] = {
	{ NS_NETWORK, "net", "extRootNetNS" },
	{ NS_PID, "pid", "extRootPidNS" },
};

/* --- directories --- */

/* Made, private, with missing parents, as the peers do; then opened. */
static int open_directory(const char *path, bool make)
{
	cleanup_free char *part = strdup(path);
	int fd;

	if (!part)
		fail_fatal("out of memory");
	for (char *at = part + 1; make && *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		if (mkdir(part, 0700) < 0 && errno != EEXIST)
			return fail(errno, "make directory %s", part);
		*at = '/';
	}
	if (make && mkdir(path, 0700) < 0 && errno != EEXIST)
		return fail(errno, "make directory %s", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? fail(errno, "open directory %s", path) : fd;
}

static int check_parent(const char *parent, int images_fd)
{
	cleanup_fd int fd = -1;

	if (*parent == '/')
		return fail(0, "--parent-path must be relative, to --image-path: %s", parent);
	fd = openat(images_fd, parent, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? fail(errno, "invalid --parent-path: %s", parent) : 0;
}

int criu_directories_open(const struct checkpoint_options *o, struct criu_directories *ret,
			  bool make)
{
	ret->images_fd = open_directory(o->images ? o->images : "checkpoint", make);
	if (ret->images_fd < 0)
		return fail_in("--image-path");
	if (o->work && (ret->work_fd = open_directory(o->work, true)) < 0)
		return fail_in("--work-path");
	return o->parent ? check_parent(o->parent, ret->images_fd) : 0;
}

void criu_directories_close(struct criu_directories *d)
{
	fd_close(&d->images_fd);
	fd_close(&d->work_fd);
}

/* Without capabilities: those of a user namespace are none over what is root's. */
static bool may_search(const struct stat *st, int64_t uid, int64_t gid)
{
	if (st->st_uid == uid)
		return st->st_mode & S_IXUSR;
	return st->st_mode & (st->st_gid == gid ? S_IXGRP : S_IXOTH);
}

int criu_images_let(const struct criu_directories *d, const struct spec *spec)
{
	const spec_id_mappings *uids = &spec->linux_.uid_mappings;
	const spec_id_mappings *gids = &spec->linux_.gid_mappings;
	const int64_t uid = idmap_host_id(uids, 0), gid = idmap_host_id(gids, 0);
	struct stat st;

	if (!uids->count || uid < 0 || gid < 0)
		return 0;
	if (fstat(d->images_fd, &st) < 0)
		return fail(errno, "stat of --image-path");
	if (may_search(&st, uid, gid))
		return 0;
	if (st.st_uid != 0 || (st.st_mode & (S_IRWXG | S_IRWXO)))
		return fail(
			EACCES,
			"--image-path: CRIU searches it as root of the user namespace (%lld:%lld)",
			(long long)uid, (long long)gid);
	if (fchown(d->images_fd, (uid_t)-1, (gid_t)gid) < 0 ||
	    fchmod(d->images_fd, (st.st_mode & ALLPERMS) | S_IXGRP) < 0)
		return fail(errno, "let group %lld search --image-path", (long long)gid);
	return 0;
}

const char *criu_path_of(const struct container *c, int fd, struct arena *arena)
{
	char name[32], path[PATH_MAX];
	ssize_t n;

	snprintf(name, sizeof name, "self/fd/%d", fd);
	n = readlinkat(c->host->proc_fd, name, path, sizeof path);
	if (n >= 0 && (size_t)n < sizeof path)
		return arena_strndup(arena, path, (size_t)n);
	fail(n < 0 ? errno : ENAMETOOLONG, "path of /proc/%s", name);
	return NULL;
}

/* With controllers of cgroup v1 it would have to hold those too. */
int criu_yard_make(const struct container *c, struct arena *arena, struct criu_opts *opts,
		   unsigned flags)
{
	static const char place[] = YARD "/" CRIU_YARD_PLACE;

	if (!c->host->cgroup_mount || c->host->cgroup_hybrid)
		return 0;
	const char *path = criu_path_of(c, c->dir_fd, arena);
	if (!path)
		return -1;
	opts->cgroup_yard = arena_printf(arena, "%s/" YARD, path);
	if (mkdirat(c->dir_fd, YARD, 0700) < 0 && errno != EEXIST)
		return fail(errno, "make directory %s", opts->cgroup_yard);
	if ((flags & CRIU_YARD_MOUNT ? mkdirat(c->dir_fd, place, 0700)
				     : symlinkat(c->host->cgroup_mount, c->dir_fd, place)) < 0 &&
	    errno != EEXIST)
		return fail(errno, "make %s/" CRIU_YARD_PLACE, opts->cgroup_yard);
	return 0;
}

int criu_yard_remove(const struct container *c)
{
	static const char place[] = YARD "/" CRIU_YARD_PLACE;

	if (((unlinkat(c->dir_fd, place, 0) < 0 &&
	      (errno != EISDIR || unlinkat(c->dir_fd, place, AT_REMOVEDIR) < 0)) ||
	     unlinkat(c->dir_fd, YARD, AT_REMOVEDIR) < 0) &&
	    errno != ENOENT)
		return fail(errno, "remove " YARD " of the state directory");
	return 0;
}

int criu_log_remove(const struct criu_directories *d, const char *name)
{
	if (unlinkat(d->work_fd >= 0 ? d->work_fd : d->images_fd, name, 0) < 0 && errno != ENOENT)
		return fail(errno, "remove an older %s", name);
	return 0;
}

/* --- options --- */

int criu_check_caller(const struct container *c)
{
	if (!c->host->euid && !c->host->in_user_namespace)
		return 0;
	return fail(EPERM, "CRIU needs root of the machine, outside of user namespaces");
}

static int fill_modes(const struct checkpoint_options *o, struct criu_opts *opts)
{
	const struct name_value *mode =
		name_find(cgroup_modes, o->cgroups_mode ? o->cgroups_mode : "soft");
	const struct name_value *lock =
		o->network_lock ? name_find(network_locks, o->network_lock) : NULL;

	if (!mode)
		return fail(0, "--manage-cgroups-mode %s: soft, full, strict or ignore",
			    o->cgroups_mode);
	if (o->network_lock && !lock)
		return fail(0, "--network-lock %s: iptables, nftables or skip", o->network_lock);
	opts->manage_cgroups = pb_int(1);
	opts->manage_cgroups_mode = pb_int(mode->value);
	if (lock)
		opts->network_lock = pb_int(lock->value);
	return 0;
}

/*
 * A network namespace of the container's own is made new and empty: its devices are for the hooks
 * to make again, as they did at first.  --empty-ns network therefore says what is so anyway.
 */
static int fill_empty_ns(const struct checkpoint_options *o, struct criu_opts *opts)
{
	for (const char **name = o->empty_ns; name && *name; name++)
		if (strcmp(*name, "network"))
			return fail(0, "--empty-ns %s: only network can be empty", *name);
	opts->empty_ns = pb_int(CLONE_NEWNET);
	return 0;
}

/* ADDRESS:PORT, the address of IPv6 in brackets. */
static int fill_page_server(const struct checkpoint_options *o, struct arena *arena,
			    struct criu_opts *opts)
{
	struct criu_page_server *ps = ARENA_NEW(arena, struct criu_page_server);
	const char *text = o->page_server, *colon = text ? strrchr(text, ':') : NULL;
	uint64_t port;

	if (!text)
		return 0;
	if (!colon || colon == text || text_to_u64(colon + 1, UINT16_MAX, &port) < 0 || !port)
		return fail(0, "--page-server %s: ADDRESS:PORT is expected", text);
	ps->address = *text == '[' && colon[-1] == ']'
			      ? arena_strndup(arena, text + 1, (size_t)(colon - text) - 2)
			      : arena_strndup(arena, text, (size_t)(colon - text));
	ps->port = pb_int((int64_t)port);
	opts->ps = ps;
	return 0;
}

/* Its settings take the place of the options; CRIU ignores a file that is missing. */
static const char *config_file(const struct spec *spec)
{
	const char *annotation = spec_annotation(spec, "org.criu.config");

	if (annotation)
		return *annotation ? annotation : NULL;
	return access("/etc/criu/ring3.conf", F_OK) == 0 ? "/etc/criu/ring3.conf"
							 : "/etc/criu/runc.conf";
}

int criu_options_fill(const struct checkpoint_options *o, const struct spec *spec,
		      const struct criu_directories *d, struct arena *arena, struct criu_opts *ret)
{
	*ret = (struct criu_opts){
		.images_dir_fd = pb_int(CRIU_IMAGES_FD),
		.log_level = pb_int(4),
		.notify_scripts = pb_int(1),
		.orphan_pts_master = pb_int(1), /* the terminal's other side is outside */
		.parent_img = o->parent,
		.config_file = config_file(spec),
		.lsm_profile = o->lsm_profile,
		.lsm_mount_context = o->lsm_mount_context,
	};
	if (d->work_fd >= 0)
		ret->work_dir_fd = pb_int(CRIU_WORK_FD);
	for (size_t i = 0; i < COUNT(option_flags); i++)
		if (*(const bool *)((const char *)o + option_flags[i].option))
			*(struct pb_int *)((char *)ret + option_flags[i].member) = pb_int(1);
	if (o->parent || o->pre_dump)
		ret->track_mem = pb_int(1);
	if (fill_modes(o, ret) < 0 || fill_empty_ns(o, ret) < 0)
		return -1;
	return fill_page_server(o, arena, ret);
}

void criu_add_ext_mount(struct criu_ext_mounts *list, const char *key, const char *val)
{
	if (key && val)
		list->items[list->count++] = (struct criu_ext_mount){ key, val };
}
