/* mounts_plan(): what config.json asks for becomes operations, or an error before anything is
 * touched. */
#include "test.h"
#include "base/arena.h"
#include "base/fail.h"
#include "base/text.h"
#include "host/host.h"
#include "sandbox/mounts.h"
#include "sandbox/rootfs.h"
#include "spec/spec.h"
#include <sys/mount.h>

static struct spec_namespace namespaces[NS_COUNT];
static struct spec_root root = { .path = "rootfs" };
static struct spec spec;
static struct host host;
static struct mounts mounts;
static struct spec_mount mount_;

/* One mount, with a mount namespace and those named in letters: u user, p pid, n network, i ipc, c
 * cgroup. */
static void prepare(const char *letters)
{
	static const struct {
		char letter;
		enum namespace_type type;
	} types[] = {
		{ 'u', NS_USER }, { 'p', NS_PID },    { 'n', NS_NETWORK },
		{ 'i', NS_IPC },  { 'c', NS_CGROUP }, { 'm', NS_MOUNT },
	};

	arena_free(spec.arena);
	root = (struct spec_root){ .path = "rootfs" };
	spec = (struct spec){ .root = &root, .bundle = "/bundle", .arena = arena_new() };
	host = (struct host){ .caps = ~UINT64_C(0),
			      .cgroup_mount = "/sys/fs/cgroup",
			      .proc_fd = -1 };
	for (size_t i = 0; i < COUNT(types); i++)
		if (strchr(letters, types[i].letter))
			namespaces[spec.linux_.namespaces.count++].type = types[i].type;
	spec.linux_.namespaces.items = namespaces;
}

static int plan(const char *destination, const char *type, const char *source, const char *options)
{
	char *rest = options ? arena_strdup(spec.arena, options) : NULL, *word;
	const char **list = options ? ARENA_ARRAY(spec.arena, 32, const char *) : NULL;
	size_t n = 0;

	while ((word = strsep(&rest, " ")) != NULL)
		list[n++] = word;
	mount_.destination = destination;
	mount_.type = type;
	mount_.source = source;
	mount_.options = list;
	spec.mounts.items = &mount_;
	spec.mounts.count = 1;
	return mounts_plan(&spec, &host, spec.arena, &mounts);
}

static const struct mount_op *planned(const char *destination, const char *type, const char *source,
				      const char *options)
{
	if (plan(destination, type, source, options) < 0)
		fail_msg("%s: %s", destination, failure()->text);
	return &mounts.ops.items[0];
}

static void refused(const char *destination, const char *type, const char *source,
		    const char *options, const char *text)
{
	if (plan(destination, type, source, options) == 0)
		fail_msg("%s %s %s is not refused", destination, type ? type : "-",
			 options ? options : "-");
	if (!strstr(failure()->text, text))
		fail_msg("\"%s\" lacks \"%s\"", failure()->text, text);
}

static void destinations(void **state)
{
	static const struct {
		const char *given, *clean;
	} cases[] = {
		{ "/a", "/a" },	      { "/a//b/./c/", "/a/b/c" }, { "/a/../b", "/b" },
		{ "/../../a", "/a" }, { "a/b", "/a/b" },
	};

	(void)state;
	prepare("m");
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(planned(cases[i].given, "tmpfs", NULL, NULL)->destination,
				    cases[i].clean);
}

static void root_is_refused(void **state)
{
	(void)state;
	prepare("m");
	refused("/", "tmpfs", NULL, NULL, "root file system");
	refused("/a/..", "tmpfs", NULL, NULL, "root file system");
	refused("", "tmpfs", NULL, NULL, "destination");
	refused(NULL, "tmpfs", NULL, NULL, "destination");
}

static void nothing_over_proc(void **state)
{
	static const struct {
		const char *destination, *type, *options;
		bool good;
	} cases[] = {
		{ "/proc", "proc", NULL, true },
		{ "/proc/", "proc", "ro", true },
		{ "/proc", NULL, "rbind",
		  true }, /* the source must be a procfs, which is seen later */
		{ "/proc", "tmpfs", NULL, false },
		{ "/proc/sys", NULL, "bind", false },
		{ "/proc/self/attr", "tmpfs", NULL, false },
		{ "/proc/../proc/sys", "tmpfs", NULL, false },
		{ "/proc/cpuinfo", NULL, "bind", true },
		{ "/proc/sys/kernel/ns_last_pid", NULL, "bind", true },
		{ "/proc/cpuinfo/x", NULL, "bind", false },
		{ "/process", "tmpfs", NULL, true },
		{ "/proc", NULL, "remount ro", true },
	};

	(void)state;
	prepare("mp");
	for (size_t i = 0; i < COUNT(cases); i++)
		if ((plan(cases[i].destination, cases[i].type, "/src", cases[i].options) == 0) !=
		    cases[i].good)
			fail_msg("%s %s", cases[i].destination,
				 cases[i].good ? failure()->text : "is not refused");
}

static void sources(void **state)
{
	(void)state;
	prepare("m");
	assert_string_equal(planned("/a", NULL, "vol/x", "bind")->source, "/bundle/vol/x");
	assert_string_equal(planned("/a", NULL, "/vol/x", "bind")->source, "/vol/x");
	assert_string_equal(planned("/a", "tmpfs", NULL, NULL)->source, "none");
	assert_string_equal(planned("/a", "tmpfs", "shm", NULL)->source, "shm");
	refused("/a", NULL, NULL, "bind", "source");
}

/* M-01: what an earlier mount provides is there only when its turn has come. */
static void sources_inside(void **state)
{
	(void)state;
	static const struct {
		const char *source, *inside; /* behind mounts at /mnt/a and /bundle/rootfs/m */
	} cases[] = {
		{ "/bundle/rootfs/mnt/a", "/mnt/a" },
		{ "/bundle/rootfs/mnt/a/b/../c", "/mnt/a/c" },
		{ "/bundle/rootfs/mnt", "/mnt" },
		{ "/bundle/rootfs", "/" },
		{ "rootfs/m/x", "/m/x" },
		{ "/bundle/rootfs/other", NULL },
		{ "/bundle/rootfs/mnt/ab", NULL },
		{ "/bundle/rootfs2/mnt/a", NULL },
		{ "/mnt/a", NULL },
	};
	const char *bind[] = { "rbind", NULL };
	struct spec_mount list[] = {
		{ .destination = "/mnt/a", .type = "tmpfs" },
		{ .destination = "/bundle/rootfs/m", .type = "tmpfs" },
		{ .destination = "/final", .options = bind },
	};

	prepare("m");
	spec.mounts.items = list;
	spec.mounts.count = COUNT(list);
	for (size_t i = 0; i < COUNT(cases); i++) {
		list[2].source = cases[i].source;
		assert_int_equal(mounts_plan(&spec, &host, spec.arena, &mounts), 0);
		assert_string_equal(mounts.ops.items[1].destination, "/m");
		const char *inside = mounts.ops.items[2].source_inside;

		if (!inside != !cases[i].inside || (inside && strcmp(inside, cases[i].inside)))
			fail_msg("%s: %s", cases[i].source, inside ? inside : "-");
	}
}

/* One flag is named: the others are off.  None: they are the source's. */
static void implied_flags(void **state)
{
	(void)state;
	const uint64_t all = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			     MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW;

	prepare("m");
	assert_int_equal(planned("/a", NULL, "/src", "rbind rprivate")->implied_clear, 0);
	assert_int_equal(planned("/a", NULL, "/src", "rbind rro")->implied_clear, 0);
	assert_int_equal(planned("/a", NULL, "/src", "bind ro")->implied_clear,
			 all & ~(uint64_t)MOUNT_ATTR_RDONLY);
	assert_int_equal(planned("/a", NULL, "/src", "bind dev")->implied_clear,
			 all & ~(uint64_t)MOUNT_ATTR_NODEV);
	assert_int_equal(planned("/a", NULL, "/src", "bind noatime")->implied_clear, all);
	assert_int_equal(planned("/a", NULL, "/src", "rbind rro nosuid")->implied_clear,
			 all & ~(uint64_t)(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID));
	assert_int_equal(planned("/a", NULL, NULL, "remount bind ro")->implied_clear, 0);
	assert_int_equal(planned("/a", "tmpfs", NULL, "ro")->implied_clear, 0);
}

static void types(void **state)
{
	(void)state;
	prepare("m");
	refused("/a", "bind", "/src", "ro", "bind or rbind among its options");
	refused("/a", NULL, "/src", "ro", "type");
	assert_int_equal(planned("/a", "ext4", "/src", "rbind")->kind, MOUNT_BIND);
	assert_int_equal(planned("/a", "cgroup", "cgroup", "ro")->kind, MOUNT_CGROUP);
	assert_int_equal(planned("/a", "cgroup2", "cgroup", NULL)->kind, MOUNT_CGROUP);
}

static void unknown_words(void **state)
{
	(void)state;
	prepare("m");
	refused("/a", NULL, "/src", "rbind nonsense", "\"nonsense\"");
	refused("/a", NULL, "/src", "bind size=1", "\"size=1\"");
	refused("/a", NULL, NULL, "remount bind nonsense", "\"nonsense\"");
	assert_string_equal(planned("/a", "tmpfs", NULL, "size=1")->data[0], "size=1");
	assert_string_equal(planned("/a", NULL, NULL, "remount size=1")->data[0], "size=1");
}

static void readonly_superblocks(void **state)
{
	(void)state;
	prepare("m");
	assert_int_equal(planned("/a", "tmpfs", "tmpfs", "ro")->sb_set, 0);
	assert_int_equal(planned("/a", "sysfs", "sysfs", "ro")->sb_set, 0);
	assert_int_equal(planned("/a", "ext4", "/dev/sda1", "ro")->sb_set, MS_RDONLY);
	assert_int_equal(planned("/a", "ext4", "/dev/sda1", "ro rw")->sb_set, 0);
}

static void readonly_sys_is_so_below(void **state)
{
	(void)state;
	prepare("m");
	assert_int_equal(planned("/sys", NULL, "/sys", "rbind ro")->rec_set, MOUNT_ATTR_RDONLY);
	assert_int_equal(planned("/sys", NULL, "/sys", "rbind")->rec_set, 0);
	assert_int_equal(planned("/x", NULL, "/system", "rbind ro")->rec_set, 0);
}

static void user_namespace_fallbacks(void **state)
{
	(void)state;
	prepare("mu");
	assert_true(planned("/proc", "proc", "proc", NULL)->bind_fallback);
	assert_string_equal(mounts.ops.items[0].source, "/proc");
	assert_true(planned("/sys", "sysfs", "sysfs", "ro")->bind_fallback);
	assert_true(mounts.ops.items[0].recursive);
	assert_int_equal(mounts.ops.items[0].rec_set, MOUNT_ATTR_RDONLY);
	refused("/dev/mqueue", "mqueue", "mqueue", NULL, "ipc namespace");
	prepare("mupni");
	assert_false(planned("/proc", "proc", "proc", NULL)->bind_fallback);
	assert_false(planned("/sys", "sysfs", "sysfs", NULL)->bind_fallback);
	assert_false(planned("/dev/mqueue", "mqueue", "mqueue", NULL)->bind_fallback);
	prepare("m");
	assert_false(planned("/sys", "sysfs", "sysfs", NULL)->bind_fallback);
}

static void no_mount_namespace(void **state)
{
	(void)state;
	prepare("");
	refused("/a", "tmpfs", NULL, NULL, "mount namespace");
	spec.mounts.count = 0;
	assert_int_equal(mounts_plan(&spec, &host, spec.arena, &mounts), 0);
	root.readonly = true;
	assert_int_equal(mounts_plan(&spec, &host, spec.arena, &mounts), -1);
	root.readonly = false;
	spec.linux_.rootfs_propagation = "slave";
	assert_int_equal(mounts_plan(&spec, &host, spec.arena, &mounts), -1);
}

static void propagations(void **state)
{
	static const struct {
		const char *name;
		uint64_t first, last;
	} cases[] = {
		{ NULL, MS_SLAVE | MS_REC, 0 },
		{ "shared", MS_SHARED, MS_SHARED },
		{ "rshared", MS_SHARED | MS_REC, MS_SHARED | MS_REC },
		{ "slave", MS_SLAVE | MS_REC, MS_SLAVE },
		{ "private", MS_PRIVATE | MS_REC, MS_PRIVATE },
		{ "unbindable", MS_PRIVATE | MS_REC, MS_UNBINDABLE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		prepare("m");
		spec.linux_.rootfs_propagation = cases[i].name;
		planned("/a", "tmpfs", NULL, NULL);
		assert_int_equal(mounts.propagation, cases[i].first);
		assert_int_equal(mounts.root_propagation, cases[i].last);
	}
}

static void private_needs_pivot_root(void **state)
{
	(void)state;
	prepare("m");
	spec.linux_.rootfs_propagation = "private";
	planned("/a", "tmpfs", NULL, NULL);
	mounts.no_pivot = true;
	assert_int_equal(mounts_propagation(&mounts), -1);
	assert_non_null(strstr(failure()->text, "pivot_root"));
}

static void root_paths(void **state)
{
	(void)state;
	prepare("m");
	planned("/a", "tmpfs", NULL, NULL);
	assert_string_equal(mounts.root, "/bundle/rootfs");
	root.path = "/srv/root";
	planned("/a", "tmpfs", NULL, NULL);
	assert_string_equal(mounts.root, "/srv/root");
}

static void labels(void **state)
{
	(void)state;
	prepare("mpn");
	host.selinux = true;
	spec.linux_.mount_label = "system_u:object_r:x:s0:c1,c2";
	assert_string_equal(planned("/a", "tmpfs", NULL, "size=1")->data[1],
			    "context=system_u:object_r:x:s0:c1,c2");
	assert_null(planned("/proc", "proc", NULL, NULL)->data[0]);
	host.selinux = false;
	refused("/a", "tmpfs", NULL, NULL, "SELinux");
}

static void label_kind(void **state)
{
	static struct json_pair kind = { "run.oci.mount_context_type", "defcontext" };

	(void)state;
	prepare("m");
	host.selinux = true;
	spec.linux_.mount_label = "system_u:object_r:x:s0";
	spec.annotations.items = &kind;
	spec.annotations.count = 1;
	assert_string_equal(planned("/a", "tmpfs", NULL, NULL)->data[0],
			    "defcontext=system_u:object_r:x:s0");
}

static void idmaps(void **state)
{
	static struct spec_id_mapping own = { 0, 1000, 10 }, containers = { 0, 100000, 65536 };
	const struct mount_op *op;

	(void)state;
	prepare("m");
	mount_.uid_mappings.items = mount_.gid_mappings.items = &own;
	refused("/a", NULL, "/src", "bind idmap", "neither");
	mount_.uid_mappings.count = 1;
	refused("/a", NULL, "/src", "bind", "go together");
	mount_.gid_mappings.count = 1;
	op = planned("/a", NULL, "/src", "bind");
	assert_true(op->idmap && op->uid_mappings == &mount_.uid_mappings);
	assert_true(planned("/a", "tmpfs", NULL, "ridmap")->idmap_recursive);
	mount_.uid_mappings.count = mount_.gid_mappings.count = 0;

	spec.linux_.uid_mappings.items = spec.linux_.gid_mappings.items = &containers;
	spec.linux_.uid_mappings.count = spec.linux_.gid_mappings.count = 1;
	op = planned("/a", NULL, "/src", "bind idmap");
	assert_ptr_equal(op->uid_mappings, &spec.linux_.uid_mappings);
	op = planned("/a", NULL, "/src", "bind idmap=uids=0-5-6#10-20-1;gids=@1-7-2");
	assert_int_equal(op->uid_mappings->count, 2);
	assert_int_equal(op->uid_mappings->items[1].host_id, 20);
	assert_int_equal(op->gid_mappings->items[0].container_id, 1);
	assert_int_equal(op->gid_mappings->items[0].host_id, 100007);
	assert_int_equal(op->gid_mappings->items[0].size, 2);
	refused("/a", NULL, "/src", "bind idmap=uids=0-5", "CONTAINER-HOST-SIZE");
	refused("/a", NULL, "/src", "bind idmap=uids=0-5-6-7", "mapping");
	refused("/a", NULL, "/src", "bind idmap=nonsense", "uids=");

	prepare("mu");
	namespaces[0].path = namespaces[1].path = "/proc/1/ns/user";
	op = planned("/a", NULL, "/src", "bind idmap");
	assert_true(op->idmap && !op->uid_mappings && !op->gid_mappings);
	refused("/a", NULL, "/src", "bind idmap=uids=@0-0-1;gids=0-0-1", "joined");
	namespaces[0].path = namespaces[1].path = NULL;

	/* An ordinary user's runtime. */
	prepare("mu");
	host.caps = 0;
	spec.linux_.uid_mappings.items = spec.linux_.gid_mappings.items = &containers;
	spec.linux_.uid_mappings.count = spec.linux_.gid_mappings.count = 1;
	refused("/a", "tmpfs", NULL, "idmap", "takes CAP_SYS_ADMIN");
	planned("/a", "tmpfs", NULL, NULL);
	mount_ = (struct spec_mount){ 0 };
}

static void tmpcopyup_is_for_tmpfs(void **state)
{
	(void)state;
	prepare("mp");
	assert_true(planned("/a", "tmpfs", NULL, "tmpcopyup")->tmpcopyup);
	refused("/a", "proc", NULL, "tmpcopyup", "tmpfs");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("M-02 destinations are cleaned, relative ones start at /", destinations),
		TEST("M-02 a mount on / is refused", root_is_refused),
		TEST("M-02 nothing is mounted over /proc but what lxcfs has", nothing_over_proc),
		TEST("M-03 bind sources are relative to the bundle", sources),
		TEST("M-01 sources in the root file system", sources_inside),
		TEST("M-09 flags that a bind mount does not name", implied_flags),
		TEST("M-04 type bind without the option is no bind mount", types),
		TEST("M-05 an unknown word is an error of a bind mount", unknown_words),
		TEST("O-39 ro reaches the superblock of a device only", readonly_superblocks),
		TEST("O-39 a read-only /sys is read-only below as well", readonly_sys_is_so_below),
		TEST("M-11 M-14 user namespace: proc and sysfs of the host, no mqueue",
		     user_namespace_fallbacks),
		TEST("T-09 mounts without a mount namespace are refused", no_mount_namespace),
		TEST("L-01 rootfsPropagation before and after", propagations),
		TEST("L-01 private is refused without pivot_root", private_needs_pivot_root),
		TEST("T-04 root.path is relative to the bundle", root_paths),
		TEST("L-04 mountLabel", labels),
		TEST("A-17 mountLabel as another kind of context", label_kind),
		TEST("M-07 O-60 O-61 id mappings", idmaps),
		TEST("O-58 tmpcopyup is for tmpfs", tmpcopyup_is_for_tmpfs),
	};
	int failed = cmocka_run_group_tests_name("mounts", tests, NULL, NULL);

	arena_free(spec.arena);
	return failed;
}
