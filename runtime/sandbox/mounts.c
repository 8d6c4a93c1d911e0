/* From config.json's mounts to a list of operations.  No system calls: tested without root. */
#include "sandbox/mounts.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <string.h>

#include "base/log.h"
#include "base/path.h"
#include "host/host.h"

/* What lxcfs puts over files of /proc; nothing else may be mounted in there (CVE-2019-16884,
 * CVE-2025-52881). */
static const char *const over_proc[] = {
	"/proc/cpuinfo",
	"/proc/diskstats",
	"/proc/loadavg",
	"/proc/meminfo",
	"/proc/slabinfo",
	"/proc/stat",
	"/proc/swaps",
	"/proc/sys/crypto/fips_enabled",
	"/proc/sys/kernel/ns_last_pid",
	"/proc/uptime",
};

static const struct name_value propagations[] = {
	{ "shared", MS_SHARED },
	{ "rshared", MS_SHARED | MS_REC },
	{ "slave", MS_SLAVE },
	{ "rslave", MS_SLAVE | MS_REC },
	{ "private", MS_PRIVATE },
	{ "rprivate", MS_PRIVATE | MS_REC },
	{ "unbindable", MS_UNBINDABLE },
	{ "runbindable", MS_UNBINDABLE | MS_REC },
	{ NULL, 0 },
};

/* What the planning of one mount needs to look at. */
struct planner {
	const struct spec *spec;
	const struct mounts *mounts;
	struct arena *arena;
};

bool mount_may_cover_proc(const char *destination)
{
	for (size_t i = 0; i < COUNT(over_proc); i++)
		if (!strcmp(destination, over_proc[i]))
			return true;
	return false;
}

/* The part of path below root ("/" for root itself), or NULL; all clean. */
static const char *part_inside(const char *path, const char *root)
{
	if (!strcmp(root, "/"))
		return path;
	if (!path_is_inside(path, root))
		return NULL;
	path += strlen(root);
	return *path ? path : "/";
}

/* As runc: a destination that begins with root.path is meant as the host sees it. */
static int plan_destination(const struct planner *p, struct mount_op *op)
{
	const char *destination = op->spec->destination, *inside;
	char clean[PATH_MAX];

	if (!text_is_set(destination))
		return fail_at(op->spec, 0, "\"destination\" is missing");
	if (path_clean(destination, clean, sizeof clean) < 0)
		return fail_in_at(&op->spec->destination);
	inside = part_inside(clean, p->mounts->clean_root);
	if (inside)
		memmove(clean, inside, strlen(inside) + 1);
	if (*destination != '/')
		log_warning("mount destination %s is relative, which runtime-spec 1.2 deprecated: "
			    "taken from /",
			    destination);
	op->destination = arena_strdup(p->arena, clean);
	if (!strcmp(clean, "/"))
		return fail_at(&op->spec->destination, 0, "%s is the root file system itself",
			       destination);
	return 0;
}

/* Of the words that the option table lacks: data for a file system, meaningless for the rest. */
static int refuse_data(const struct mount_op *op, const char *what)
{
	const char *word = op->data[0];
	const char **option = op->spec->options;

	if (!word)
		return 0;
	while (*option != word)
		option++;
	return fail_at(option, 0, "unknown option \"%s\" of a %s", word, what);
}

/*
 * A bind mount has the flags of its source.  Where options name one, those that they do not name
 * are off, as with runc and crun, unless the kernel has locked them.  Times of access stay.
 */
static void plan_implied(struct mount_op *op)
{
	const uint64_t flags = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			       MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW;

	if (op->attr_set | op->attr_clear)
		op->implied_clear = flags & ~(op->attr_set | op->attr_clear | op->rec_set);
}

/* Does an earlier mount stand at path, above or below it? */
static bool is_mounted_before(const struct planner *p, const char *path)
{
	const struct mounts *m = p->mounts;

	for (size_t i = 0; i < m->ops.count; i++) {
		const char *other = m->ops.items[i].destination;

		if (path_is_inside(path, other) || path_is_inside(other, path))
			return true;
	}
	return false;
}

/* M-01: what is bound out of the root file system has the mounts that were made there before. */
static int plan_inside(const struct planner *p, struct mount_op *op)
{
	const char *inside;
	char clean[PATH_MAX];

	if (path_clean(op->source, clean, sizeof clean) < 0)
		return fail_in_at(&op->spec->source);
	inside = part_inside(clean, p->mounts->clean_root);
	if (inside && strcmp(p->mounts->clean_root, "/") && is_mounted_before(p, inside))
		op->source_inside = arena_strdup(p->arena, inside);
	return 0;
}

static int plan_bind(const struct planner *p, struct mount_op *op)
{
	const char *source = op->spec->source;

	if (!text_is_set(source))
		return fail_at(op->spec, 0, "a bind mount needs a \"source\"");
	op->source =
		*source == '/' ? source : arena_printf(p->arena, "%s/%s", p->spec->bundle, source);
	/* Read-only all the way down: there are cgroups of the host below it (CVE-2023-25809). */
	if (op->recursive && (op->attr_set & MOUNT_ATTR_RDONLY) &&
	    path_is_inside(op->source, "/sys"))
		op->rec_set |= MOUNT_ATTR_RDONLY;
	plan_implied(op);
	if (plan_inside(p, op) < 0)
		return -1;
	return refuse_data(op, "bind mount");
}

/* "remount,bind" is about one mount and never reaches the file system. */
static int plan_remount(const struct planner *p, struct mount_op *op)
{
	(void)p;
	op->source = op->spec->source;
	return op->bind ? refuse_data(op, "remount of a bind mount") : 0;
}

static bool has_namespace(const struct planner *p, enum namespace_type type)
{
	return spec_has_namespace(p->spec, type, NULL);
}

/*
 * In a user namespace the kernel makes these only for namespaces that the user namespace owns
 * (K16).  The host's /proc and /sys show the same thing as a fresh one would, since the namespace
 * is the host's; message queues are not reachable any other way.
 */
static const struct owned_type {
	const char *type;
	enum namespace_type owner;
	const char *host_path;
	uint64_t rec_set;
} owned_types[] = {
	{ "proc", NS_PID, "/proc" },
	{ "sysfs", NS_NETWORK, "/sys", MOUNT_ATTR_RDONLY }, /* cgroups of the host are below it */
	{ "mqueue", NS_IPC, NULL },
};

static int plan_owned_type(const struct planner *p, struct mount_op *op)
{
	const struct owned_type *o = owned_types;

	while (o < owned_types + COUNT(owned_types) && strcmp(o->type, op->type))
		o++;
	if (o == owned_types + COUNT(owned_types) || !p->mounts->user_namespace ||
	    has_namespace(p, o->owner))
		return 0;
	if (!o->host_path)
		return fail_at(&op->spec->type, EPERM,
			       "%s in a user namespace needs an ipc namespace of its own",
			       op->type);
	op->bind_fallback = op->recursive = true;
	op->source = o->host_path;
	op->rec_set |= o->rec_set;
	return 0;
}

/* SELinux: no label for what has its own labels anyway. */
static void plan_label(const struct planner *p, struct mount_op *op)
{
	static const char *const unlabelled[] = { "proc", "sysfs", "mqueue", "cgroup", "cgroup2" };
	const char *kind = spec_annotation(p->spec, "run.oci.mount_context_type");
	size_t n = 0;

	if (!text_is_set(p->mounts->mount_label))
		return;
	for (size_t i = 0; i < COUNT(unlabelled); i++)
		if (!strcmp(op->type, unlabelled[i]))
			return;
	while (op->data[n])
		n++;
	op->data[n] =
		arena_printf(p->arena, "%s=%s", kind ? kind : "context", p->mounts->mount_label);
}

static int plan_filesystem(const struct planner *p, struct mount_op *op)
{
	if (!text_is_set(op->type))
		return fail_at(op->spec, 0,
			       "\"type\" is missing, and the options have neither bind nor rbind");
	if (!strcmp(op->type, "bind") || !strcmp(op->type, "rbind"))
		return fail_at(&op->spec->type, ENODEV,
			       "\"%s\" is no file system; a bind mount has bind or rbind among its "
			       "options",
			       op->type);
	op->source = text_is_set(op->spec->source) ? op->spec->source : "none";
	if (op->tmpcopyup && strcmp(op->type, "tmpfs"))
		return fail_at(&op->spec->options, 0, "tmpcopyup is for tmpfs, not for %s",
			       op->type);
	if (!strcmp(op->type, "cgroup") || !strcmp(op->type, "cgroup2")) {
		op->kind = MOUNT_CGROUP;
		return 0;
	}
	/*
	 * "ro" is an attribute of this mount.  A file system on a device is asked for it as well,
	 * since a read-only device refuses anything else; for the others, whose superblocks may be
	 * shared (sysfs), it is not.
	 */
	if (*op->source == '/' && (op->attr_set & MOUNT_ATTR_RDONLY))
		op->sb_set |= MS_RDONLY;
	plan_label(p, op);
	return plan_owned_type(p, op);
}

/* Text only; what a link in the image makes of the destination is checked again on the descriptor.
 */
static int check_proc(const struct mount_op *op)
{
	bool is_proc = op->kind == MOUNT_FILESYSTEM && !strcmp(op->type, "proc");

	if (op->kind == MOUNT_REMOUNT || !path_is_inside(op->destination, "/proc") ||
	    mount_may_cover_proc(op->destination))
		return 0;
	if (!strcmp(op->destination, "/proc") && (is_proc || op->kind == MOUNT_BIND))
		return 0; /* a bind must be of a procfs: mounts_open_sources() looks */
	return fail_at(&op->spec->destination, 0, "%s: nothing may be mounted over /proc",
		       op->destination);
}

static int plan_one(const struct planner *p, const struct spec_mount *sm, struct mount_op *op)
{
	static int (*const plans[])(const struct planner *, struct mount_op *) = {
		[MOUNT_FILESYSTEM] = plan_filesystem,
		[MOUNT_BIND] = plan_bind,
		[MOUNT_REMOUNT] = plan_remount,
	};

	op->spec = sm;
	op->type = sm->type;
	if (mount_options_parse((const char *const *)sm->options, p->arena, op) < 0)
		return -1;
	if (plan_destination(p, op) < 0 || plans[op->kind](p, op) < 0 ||
	    mount_idmap_plan(p->spec, p->arena, op) < 0)
		return -1;
	return check_proc(op);
}

/* Without a mount namespace every one of these would change the host. */
static int refuse_without_namespace(const struct spec *spec)
{
	if (spec->mounts.count)
		return fail_at(&spec->mounts, 0, "mounts need a mount namespace");
	if (spec->root->readonly)
		return fail_at(&spec->root->readonly, 0,
			       "a read-only root needs a mount namespace");
	if (spec->linux_.rootfs_propagation)
		return fail_at(&spec->linux_.rootfs_propagation, 0,
			       "rootfsPropagation needs a mount namespace");
	return 0;
}

/*
 * rootfsPropagation is for the new root, set last (K14).  Before that only "shared" may keep the
 * container's mounts peers of the host's; everything else starts with no way back to the host
 * (K13).
 */
static void plan_propagation(const struct spec *spec, struct mounts *m)
{
	const char *name = spec->linux_.rootfs_propagation;
	const struct name_value *row = name ? name_find(propagations, name) : NULL;

	m->propagation = MS_SLAVE | MS_REC;
	if (!row)
		return;
	m->root_propagation = (uint64_t)row->value;
	if (row->value & MS_SHARED)
		m->propagation = (uint64_t)row->value;
	else if (row->value & (MS_PRIVATE | MS_UNBINDABLE))
		m->propagation = MS_PRIVATE | MS_REC;
}

/* In the arena, or NULL with a failure. */
static const char *path_clean_copy(const char *path, struct arena *arena)
{
	char clean[PATH_MAX];

	return path_clean(path, clean, sizeof clean) < 0 ? NULL : arena_strdup(arena, clean);
}

static int plan_root(const struct spec *spec, const struct host *host, struct arena *arena,
		     struct mounts *m)
{
	if (!spec->root || !text_is_set(spec->root->path))
		return fail(0, "config.json has no root.path");
	m->root = *spec->root->path == '/'
			  ? spec->root->path
			  : arena_printf(arena, "%s/%s", spec->bundle, spec->root->path);
	m->clean_root = path_clean_copy(m->root, arena);
	if (!m->clean_root)
		return fail_in_at(&spec->root->path);
	m->readonly_root = spec->root->readonly;
	m->mount_label = spec->linux_.mount_label;
	if (text_is_set(m->mount_label) && !host->selinux)
		return fail_at(&spec->linux_.mount_label, ENOTSUP, "SELinux is off on this host");
	return 0;
}

/* A tmpfs is empty, so where devices or later mounts go into a read-only one, they need a while in
 * which it is writable.  One that a later mount covers cannot be reached again. */
static bool is_readonly_late(const struct mounts *m, const struct mount_op *op)
{
	bool late = !strcmp(op->destination, "/dev");

	if (op->kind != MOUNT_FILESYSTEM || strcmp(op->type, "tmpfs") != 0 ||
	    !(op->attr_set & MOUNT_ATTR_RDONLY))
		return false;
	for (const struct mount_op *o = op + 1; o < m->ops.items + m->ops.count; o++) {
		if (!strcmp(o->destination, op->destination))
			return false;
		late |= path_is_inside(o->destination, op->destination);
	}
	return late;
}

/* The parent maps them, in its own mount namespace; another process has still less of a right. */
static int check_idmap(const struct mount_op *op, const struct host *host)
{
	if (!op->idmap || host->caps & UINT64_C(1) << CAP_SYS_ADMIN)
		return 0;
	return fail_at(op->spec, EPERM,
		       "mapping the ids of a mount takes CAP_SYS_ADMIN, which an ordinary user "
		       "does not have");
}

int mounts_plan(const struct spec *spec, const struct host *host, struct arena *arena,
		struct mounts *ret)
{
	struct mounts m = {
		.spec = spec,
		.new_namespace = spec_has_namespace(spec, NS_MOUNT, NULL),
		.user_namespace =
			spec_has_namespace(spec, NS_USER, NULL) || host->in_user_namespace,
		.cgroup_namespace = spec_has_namespace(spec, NS_CGROUP, NULL),
		.cgroup_mount = host->cgroup_mount,
	};
	struct planner p = { spec, &m, arena };

	if (plan_root(spec, host, arena, &m) < 0)
		return -1;
	if (!m.new_namespace && refuse_without_namespace(spec) < 0)
		return -1;
	plan_propagation(spec, &m);
	m.ops.items = ARENA_ARRAY(arena, spec->mounts.count + 1, struct mount_op);
	for (; m.ops.count < spec->mounts.count; m.ops.count++)
		if (plan_one(&p, &spec->mounts.items[m.ops.count], &m.ops.items[m.ops.count]) < 0 ||
		    check_idmap(&m.ops.items[m.ops.count], host) < 0)
			return -1;
	for (size_t i = 0; i < m.ops.count; i++)
		m.ops.items[i].readonly_late = is_readonly_late(&m, &m.ops.items[i]);
	*ret = m;
	return 0;
}
