/* /dev: the six nodes that every container has, those of linux.devices, and the links. */
#include "sandbox/devices.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "host/host.h"
#include "sandbox/mount_calls.h"
#include "sandbox/sandbox.h"

enum { DEFAULT_MODE = 0666 };

static const struct {
	const char *path;
	unsigned major, minor;
} default_devices[] = {
	{ "/dev/null", 1, 3 },	 { "/dev/zero", 1, 5 },	   { "/dev/full", 1, 7 },
	{ "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },
};

static const struct {
	const char *name, *target;
} links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
};

static const struct name_value device_types[] = {
	{ "c", S_IFCHR }, { "u", S_IFCHR }, { "b", S_IFBLK }, { "p", S_IFIFO }, { NULL, 0 },
};

/* --- plan
 * -----------------------------------------------------------------------------------------------
 */

/* The last of two entries with the same path wins (D-20), also over a default one. */
static void add_node(struct devices *d, const struct device *node)
{
	for (size_t i = 0; i < d->nodes.count; i++)
		if (!strcmp(d->nodes.items[i].path, node->path)) {
			d->nodes.items[i] = *node;
			return;
		}
	d->nodes.items[d->nodes.count++] = *node;
}

static int plan_number(const struct spec_device *sd, struct device *node)
{
	if (S_ISFIFO(node->mode))
		return 0;
	if (!sd->major.set || !sd->minor.set)
		return fail_at(sd, 0, "a device of type %s needs \"major\" and \"minor\"",
			       sd->type);
	if (sd->major.value < 0 || sd->major.value >= 1 << 12)
		return fail_at(&sd->major, ERANGE, "%lld", (long long)sd->major.value);
	if (sd->minor.value < 0 || sd->minor.value >= 1 << 20)
		return fail_at(&sd->minor, ERANGE, "%lld", (long long)sd->minor.value);
	node->number = makedev((unsigned)sd->major.value, (unsigned)sd->minor.value);
	return 0;
}

static int plan_node(const struct spec_device *sd, struct arena *arena, struct devices *d)
{
	const struct name_value *type =
		text_is_set(sd->type) ? name_find(device_types, sd->type) : NULL;
	struct device node = { .spec = sd, .uid = sd->uid.value, .gid = sd->gid.value };
	uint32_t mode = sd->file_mode.set ? sd->file_mode.value : DEFAULT_MODE;
	char clean[PATH_MAX];

	if (!type)
		return fail_at(sd, 0, "device type \"%s\" is not one of c, u, b, p",
			       sd->type ? sd->type : "");
	if (mode > 0777)
		return fail_at(&sd->file_mode, 0, "%#o has more than permission bits", mode);
	if (path_clean(sd->path, clean, sizeof clean) < 0)
		return fail_in_at(&sd->path);
	if (!strcmp(clean, "/") || !strcmp(clean, "/dev"))
		return fail_at(&sd->path, 0, "%s cannot be a device", sd->path);
	node.path = arena_strdup(arena, clean);
	node.mode = (mode_t)type->value | mode;
	if (plan_number(sd, &node) < 0)
		return -1;
	if (!d->skip || !path_is_inside(clean, "/dev"))
		add_node(d, &node);
	return 0;
}

/* A /dev that is bound from elsewhere is somebody else's: nothing is made in it, as in runc. */
static void look_at_mounts(const struct spec *spec, struct devices *d)
{
	for (size_t i = 0; i < spec->mounts.count; i++) {
		const struct spec_mount *sm = &spec->mounts.items[i];
		char clean[PATH_MAX];
		bool bind = false;

		if (!sm->destination || path_clean(sm->destination, clean, sizeof clean) < 0)
			continue; /* mounts_plan() refuses it */
		for (const char **o = sm->options; o && *o; o++)
			bind |= !strcmp(*o, "bind") || !strcmp(*o, "rbind");
		if (!strcmp(clean, "/dev"))
			d->skip = bind;
		if (!strcmp(clean, "/dev/pts"))
			d->has_pts |= sm->type && !strcmp(sm->type, "devpts");
	}
}

int devices_plan(const struct spec *spec, const struct host *host, struct arena *arena,
		 struct devices *ret)
{
	struct devices d = { .spec = spec };

	look_at_mounts(spec, &d);
	d.bind = spec_has_namespace(spec, NS_USER, NULL) || host->in_user_namespace ||
		 !(host->caps >> CAP_MKNOD & 1);
	if (!spec_has_namespace(spec, NS_MOUNT, NULL)) {
		if (spec->linux_.devices.count)
			return fail_at(&spec->linux_.devices, 0, "devices need a mount namespace");
		d.skip = true;
	}
	d.nodes.items = ARENA_ARRAY(arena, COUNT(default_devices) + spec->linux_.devices.count,
				    struct device);
	for (size_t i = 0; !d.skip && i < COUNT(default_devices); i++)
		d.nodes.items[d.nodes.count++] = (struct device){
			.path = default_devices[i].path,
			.mode = S_IFCHR | DEFAULT_MODE,
			.number = makedev(default_devices[i].major, default_devices[i].minor),
		};
	for (size_t i = 0; i < spec->linux_.devices.count; i++)
		if (plan_node(&spec->linux_.devices.items[i], arena, &d) < 0)
			return -1;
	*ret = d;
	return 0;
}

/* --- nodes of the host, bound
 * --------------------------------------------------------------------------- */

/* A fifo can be made by anybody. */
static bool is_bound(const struct devices *d, const struct device *node)
{
	return d->bind && !S_ISFIFO(node->mode);
}

static bool is_same(const struct stat *st, const struct device *node)
{
	return (st->st_mode & S_IFMT) == (node->mode & S_IFMT) &&
	       (S_ISFIFO(node->mode) || st->st_rdev == node->number);
}

/* Ids and mode belong to the host's node and cannot be changed here. */
static void warn_owner(const struct device *node, const struct stat *st)
{
	if ((node->uid && node->uid != st->st_uid) || (node->gid && node->gid != st->st_gid))
		log_warning("device %s keeps the owner it has on the host, %u:%u", node->path,
			    st->st_uid, st->st_gid);
}

/* clone: OPEN_TREE_CLONE, or 0 only to look. */
static int open_host_node(const struct device *node, unsigned clone)
{
	cleanup_fd int fd = mount_open_host(node->path, clone);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(errno, "device %s of the host", node->path);
	if (!is_same(&st, node))
		return fail(ENODEV, "%s of the host is not the device %u:%u", node->path,
			    major(node->number), minor(node->number));
	warn_owner(node, &st);
	return take_fd(&fd);
}

/* In front of a failure about a node that config.json asked for. */
static int node_fail(const struct device *node)
{
	return node->spec ? fail_in_at(node->spec) : -1;
}

int devices_open_sources(const struct devices *d, struct sandbox *s)
{
	if (!d->bind || !d->nodes.count)
		return 0;
	s->device_fds = ARENA_ARRAY(d->spec->arena, d->nodes.count, int);
	for (size_t i = 0; i < d->nodes.count; i++)
		s->device_fds[i] = -1;
	for (size_t i = 0; i < d->nodes.count; i++) {
		if (!is_bound(d, &d->nodes.items[i]))
			continue;
		s->device_fds[i] = open_host_node(&d->nodes.items[i], OPEN_TREE_CLONE);
		if (s->device_fds[i] < 0)
			return node_fail(&d->nodes.items[i]);
	}
	return 0;
}

int devices_check_sources(const struct devices *d)
{
	for (size_t i = 0; i < d->nodes.count; i++) {
		const struct device *node = &d->nodes.items[i];

		if (!is_bound(d, node))
			continue;
		cleanup_fd int fd = open_host_node(node, 0);
		if (fd < 0 && node_fail(node) < 0 && fail_go_on() < 0)
			return -1;
	}
	return 0;
}

/* --- in the container
 * ------------------------------------------------------------------------------------ */

/* Where paths below /dev start: one walk for all of them, and none of them leaves /dev. */
struct place {
	int fd;
	const char *path;
};

static struct place place_of(const char *path, int root_fd, int dev_fd)
{
	if (path_is_inside(path, "/dev"))
		return (struct place){ dev_fd, path + strlen("/dev/") };
	return (struct place){ root_fd, path };
}

static int bind_node(const struct device *node, struct place place, int *tree_fd)
{
	cleanup_fd int target_fd = path_make_file(place.fd, place.path, 0644);
	struct stat st;

	if (target_fd < 0)
		return -1;
	if (fstat(target_fd, &st) == 0 && S_ISDIR(st.st_mode))
		return fail(EISDIR, "device %s", node->path);
	if (mount_attach(*tree_fd, target_fd) < 0)
		return fail(errno, "attach the host's device to %s", node->path);
	fd_close(tree_fd);
	return 0;
}

/* The image has something there: the same device will do, anything else is an error (D-15). */
static int compare_node(const struct device *node, struct place place)
{
	cleanup_fd int fd = path_open(place.fd, place.path, O_PATH | O_NOFOLLOW);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return fail(errno, "stat of %s", node->path);
	if (!is_same(&st, node))
		return fail(EEXIST, "%s is in the root file system and is not the device %c %u:%u",
			    node->path,
			    S_ISBLK(node->mode)	   ? 'b'
			    : S_ISFIFO(node->mode) ? 'p'
						   : 'c',
			    major(node->number), minor(node->number));
	return take_fd(&fd);
}

/* What config.json asks for explicitly holds for a node of the image as well. */
static int adjust_existing(const struct device *node, int fd)
{
	const struct spec_device *sd = node->spec;
	struct stat st;

	if (!sd)
		return 0;
	if (fstat(fd, &st) < 0)
		return fail(errno, "stat of %s", node->path);
	if (((sd->uid.set && sd->uid.value != st.st_uid) ||
	     (sd->gid.set && sd->gid.value != st.st_gid)) &&
	    path_chown(fd, sd->uid.set ? sd->uid.value : (uid_t)-1,
		       sd->gid.set ? sd->gid.value : (gid_t)-1) < 0)
		return fail_in("device %s", node->path);
	if (sd->file_mode.set && sd->file_mode.value != (st.st_mode & 07777) &&
	    path_chmod(fd, sd->file_mode.value) < 0)
		return fail_in("device %s", node->path);
	return 0;
}

/* The umask is 0: the mode is exact, and most nodes belong to root, who made them. */
static int make_node(const struct device *node, struct place place)
{
	const bool owned = node->uid || node->gid;
	cleanup_fd int fd = -1;
	int made;

	if (owned)
		made = fd = path_make_node(place.fd, place.path, node->mode, node->number);
	else
		made = path_add_node(place.fd, place.path, node->mode, node->number);
	if (made < 0) {
		if (failure()->code != EEXIST)
			return -1;
		fd = compare_node(node, place);
		return fd < 0 ? -1 : adjust_existing(node, fd);
	}
	if (owned && path_chown(fd, node->uid, node->gid) < 0)
		return fail_in("device %s", node->path);
	return 0;
}

/* An older image may have a node there, or a link to the host's multiplexer. */
static int link_ptmx(int dev_fd)
{
	cleanup_free char *target = path_read_link(dev_fd, "ptmx");

	const bool missing = !target && errno == ENOENT; /* nearly always: a new tmpfs */

	if (target && !strcmp(target, "pts/ptmx"))
		return 0;
	if (!missing && path_remove(dev_fd, "ptmx") < 0)
		return fail_in("replace /dev/ptmx");
	return path_make_symlink(dev_fd, "ptmx", "pts/ptmx");
}

static int make_links(const struct devices *d, int root_fd, int dev_fd)
{
	cleanup_fd int core_fd = path_try_open(root_fd, "/proc/kcore", O_PATH | O_NOFOLLOW);

	for (size_t i = 0; i < COUNT(links); i++)
		if (path_make_symlink(dev_fd, links[i].name, links[i].target) < 0)
			return -1;
	if (core_fd >= 0 && path_make_symlink(dev_fd, "core", "/proc/kcore") < 0)
		return -1;
	return d->has_pts ? link_ptmx(dev_fd) : 0;
}

int devices_apply(const struct devices *d, struct sandbox *s)
{
	if (d->skip && !d->nodes.count)
		return 0;
	cleanup_fd int dev_fd = path_make_dir(s->root_fd, "/dev", 0755);
	if (dev_fd < 0)
		return -1;
	for (size_t i = 0; i < d->nodes.count; i++) {
		const struct device *node = &d->nodes.items[i];
		struct place place = place_of(node->path, s->root_fd, dev_fd);

		if ((is_bound(d, node) ? bind_node(node, place, &s->device_fds[i])
				       : make_node(node, place)) < 0)
			return node_fail(node);
	}
	return d->skip ? 0 : make_links(d, s->root_fd, dev_fd);
}

static bool is_null(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

/* -1: the container has none.  Looked at before it is opened: opening a device may do something. */
static int open_own_null(const struct sandbox *s)
{
	cleanup_fd int place_fd = path_try_open(s->root_fd, "/dev/null", O_PATH | O_NOFOLLOW);
	cleanup_fd int fd = -1;
	struct stat st;

	if (place_fd < 0 || fstat(place_fd, &st) < 0 || !is_null(&st))
		return -1;
	fd = path_try_open(s->root_fd, "/dev/null", O_RDWR | O_NOFOLLOW | O_NOCTTY);
	return fd < 0 || fstat(fd, &st) < 0 || !is_null(&st) ? -1 : take_fd(&fd);
}

int devices_reopen_null(const struct sandbox *s)
{
	cleanup_fd int null_fd = -1;

	for (int fd = 0; fd <= 2; fd++) {
		struct stat st;

		if (fstat(fd, &st) < 0)
			return fail(errno, "look at descriptor %d", fd);
		if (!is_null(&st))
			continue;
		if (null_fd < 0 && (null_fd = open_own_null(s)) < 0)
			return 0; /* then it stays the host's, which works as well */
		if (dup2(null_fd, fd) < 0)
			return fail(errno, "make descriptor %d the container's null device", fd);
	}
	return 0;
}
