/*
 * The apply half of mounts, rootfs, devices and hidden_paths, against the real kernel: each case in
 * a child with a mount namespace of its own, where a tmpfs holds the "host's" files.  Needs root.
 */
#include "test.h"
#include "base/arena.h"
#include "base/fail.h"
#include "base/text.h"
#include "host/host.h"
#include "sandbox/devices.h"
#include "sandbox/hidden_paths.h"
#include "sandbox/mounts.h"
#include "sandbox/rootfs.h"
#include "sandbox/sandbox.h"
#include "spec/spec.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define HOST                                                                                       \
	"/tmp/ring3-test-host" /* a tmpfs of the child's own; only the empty directory is the      \
				  machine's */
#define ROOT   HOST "/root"
#define CANARY HOST "/canary"

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "    line %d: %s (%s; errno %s)\n", __LINE__, #condition,  \
				failure()->text, strerror(errno));                                 \
			return 1;                                                                  \
		}                                                                                  \
	} while (0)

static struct spec_namespace namespaces[NS_COUNT];
static struct spec_mount mount_list[16];
static struct spec_device device_list[8];
static struct spec_root root_;
static struct spec spec;
static struct host host;
static struct mounts mounts;
static struct devices devices;
static struct hidden_paths hidden;
static struct sandbox sandbox;

/* --- a container to be
 * ---------------------------------------------------------------------------------- */

static void add_namespace(enum namespace_type type)
{
	namespaces[spec.linux_.namespaces.count++].type = type;
}

static int ask_idmap(void *stage, size_t index, int tree_fd)
{
	(void)stage;
	return mounts_idmap(&mounts, index, tree_fd,
			    getpid()); /* the parent's part, as root all the same */
}

static void prepare(void)
{
	root_ = (struct spec_root){ .path = ROOT };
	spec = (struct spec){ .root = &root_, .bundle = HOST, .arena = arena_new() };
	spec.linux_.namespaces.items = namespaces;
	spec.mounts.items = mount_list;
	spec.linux_.devices.items = device_list;
	memset(mount_list, 0, sizeof mount_list);
	memset(device_list, 0, sizeof device_list);
	host = (struct host){ .caps = ~UINT64_C(0),
			      .cgroup_mount = "/sys/fs/cgroup/unified",
			      .proc_fd = -1 };
	add_namespace(NS_MOUNT);
	sandbox_init(&sandbox);
	sandbox.ask_idmap = ask_idmap;
}

static void add_mount(const char *destination, const char *type, const char *source,
		      const char *options)
{
	struct spec_mount *m = &mount_list[spec.mounts.count++];
	char *rest = arena_strdup(spec.arena, options), *word;
	size_t n = 0;

	m->destination = destination;
	m->type = type;
	m->source = source;
	m->options = ARENA_ARRAY(spec.arena, 32, const char *);
	while ((word = strsep(&rest, " ")) != NULL)
		if (*word)
			m->options[n++] = word;
}

/* The steps of stage/child.c up to where hooks run. */
static int mount_all(void)
{
	if (mounts_plan(&spec, &host, spec.arena, &mounts) < 0 ||
	    devices_plan(&spec, &host, spec.arena, &devices) < 0 ||
	    hidden_paths_plan(&spec, &hidden) < 0)
		return -1;
	if (mounts_propagation(&mounts) < 0 || mounts_open_sources(&mounts, &sandbox) < 0 ||
	    devices_open_sources(&devices, &sandbox) < 0 || rootfs_private_procfs(&sandbox) < 0 ||
	    rootfs_bind(&mounts, &sandbox) < 0)
		return -1;
	return mounts_apply(&mounts, &sandbox) < 0 ? -1 : devices_apply(&devices, &sandbox);
}

static int enter(void)
{
	return rootfs_change(&mounts, &sandbox) < 0 || hidden_paths_apply(&hidden, &sandbox) < 0 ||
			       rootfs_readonly(&mounts, &sandbox) < 0 ||
			       rootfs_propagation(&mounts, &sandbox) < 0
		       ? -1
		       : 0;
}

static int make_container(void)
{
	return mount_all() < 0 ? -1 : enter();
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return -1;
	ssize_t n = write(fd, text, strlen(text));
	close(fd);
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

/* Up to 64 KiB, static. */
static const char *read_file(const char *path)
{
	static char buffer[1 << 16];
	size_t used = 0;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	while (used < sizeof buffer - 1 &&
	       (n = read(fd, buffer + used, sizeof buffer - 1 - used)) > 0)
		used += (size_t)n;
	close(fd);
	buffer[used] = 0;
	return buffer;
}

/* The part of mountinfo's last line for path, NULL: not mounted. */
static const char *mount_line(const char *path)
{
	static char line[4096];
	char field[4096];
	const char *info = read_file("/proc/self/mountinfo"), *found = NULL;

	snprintf(field, sizeof field, " %s ", path);
	for (const char *at = info; at && *at; at = strchr(at, '\n') + 1) {
		char one[4096], place[1024] = "";

		snprintf(one, sizeof one, "%.*s", (int)strcspn(at, "\n"), at);
		sscanf(one, "%*s %*s %*s %*s %1000s", place);
		if (!strcmp(place, path)) {
			snprintf(line, sizeof line, "%s", one);
			found = line;
		}
		if (!strchr(at, '\n'))
			break;
	}
	return found;
}

static int mount_count(const char *path)
{
	const char *info = read_file("/proc/self/mountinfo");
	int count = 0;

	for (const char *at = info; at && *at; at = strchr(at, '\n') + 1) {
		char place[1024] = "";

		sscanf(at, "%*s %*s %*s %*s %1000s", place);
		count += !strcmp(place, path);
	}
	return count;
}

static bool line_has(const char *path, const char *text)
{
	const char *line = mount_line(path);

	return line && strstr(line, text);
}

static unsigned long flags_of(const char *path)
{
	struct statvfs v;

	return statvfs(path, &v) == 0 ? v.f_flag : 0;
}

static bool is_device(const char *path, unsigned major, unsigned minor)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(major, minor);
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_mode & 07777 : (mode_t)-1;
}

/* --- the cases: 0, or 1 after saying what is wrong
 * ------------------------------------------------------ */

static void add_usual_mounts(void)
{
	add_namespace(NS_PID);
	add_namespace(NS_NETWORK);
	add_namespace(NS_IPC);
	add_mount("/proc", "proc", "proc", "nosuid noexec nodev");
	add_mount("/dev", "tmpfs", "tmpfs", "nosuid strictatime mode=755 size=65536k");
	add_mount("/dev/pts", "devpts", "devpts",
		  "nosuid noexec newinstance ptmxmode=0666 mode=0620 gid=5");
	add_mount("/dev/shm", "tmpfs", "shm", "nosuid noexec nodev mode=1777 size=65536k");
	add_mount("/dev/mqueue", "mqueue", "mqueue", "nosuid noexec nodev");
	add_mount("/sys", "sysfs", "sysfs", "nosuid noexec nodev ro");
}

static int usual_container(void)
{
	static const char *masked[] = { "/proc/kcore",	 "/proc/acpi", "/proc/version",
					"/no/such",	 "/proc/scsi", "/etc/secret",
					"/etc/passwd/x", "/link",      NULL };
	static const char *readonly[] = { "/proc/bus", "/proc/sys", "/proc/sysrq-trigger",
					  "/missing", NULL };
	char cwd[64];

	add_usual_mounts();
	spec.linux_.masked_paths = masked;
	spec.linux_.readonly_paths = readonly;
	root_.readonly = true;
	CHECK(mkdir(ROOT "/etc", 0755) == 0 && write_file(ROOT "/etc/secret", "secret") == 0);
	CHECK(write_file(ROOT "/etc/passwd", "") == 0 && mkdir(ROOT "/hidden", 0755) == 0);
	CHECK(write_file(ROOT "/hidden/x", "x") == 0 &&
	      symlink("/../../hidden", ROOT "/link") == 0);
	CHECK(make_container() == 0);

	CHECK(getcwd(cwd, sizeof cwd) && !strcmp(cwd, "/"));
	CHECK(access(HOST, F_OK) < 0 && mount_count("/") == 1);
	CHECK(line_has("/proc", " - proc proc") && line_has("/proc", "nosuid,nodev,noexec"));
	CHECK(line_has("/dev", " - tmpfs tmpfs") && mode_of("/dev") == 0755 &&
	      !line_has("/dev", "relatime"));
	CHECK(line_has("/dev/shm", " - tmpfs shm ") && mode_of("/dev/shm") == 01777);
	CHECK(line_has("/sys", " - sysfs sysfs") && (flags_of("/sys") & ST_RDONLY));
	CHECK(line_has("/dev/mqueue", " - mqueue") &&
	      line_has("/dev/pts", "gid=5,mode=620,ptmxmode=666"));
	CHECK(open("/new", O_CREAT | O_WRONLY, 0644) < 0 && errno == EROFS);
	CHECK(write_file("/dev/shm/x", "x") == 0 && write_file("/dev/null", "x") == 0);

	CHECK(is_device("/dev/null", 1, 3) && is_device("/dev/zero", 1, 5) &&
	      is_device("/dev/full", 1, 7));
	CHECK(is_device("/dev/random", 1, 8) && is_device("/dev/urandom", 1, 9) &&
	      is_device("/dev/tty", 5, 0));
	CHECK(mode_of("/dev/tty") == 0666 && is_device("/dev/ptmx", 5, 2));
	CHECK(readlink("/dev/fd", cwd, sizeof cwd) == 13 &&
	      readlink("/dev/stderr", cwd, sizeof cwd) == 15);

	CHECK(!strcmp(read_file("/etc/secret"), "") && is_device("/etc/secret", 1, 3));
	CHECK(!strcmp(read_file("/proc/version"), "") && chmod("/etc/secret", 0666) < 0 &&
	      errno == EROFS);
	CHECK(access("/hidden/x", F_OK) < 0 && mkdir("/hidden/y", 0755) < 0 && errno == EROFS);
	CHECK(flags_of("/proc/sys") & ST_RDONLY && flags_of("/proc/bus") & ST_RDONLY);
	CHECK(flags_of("/proc/sys") & ST_NOEXEC && !(flags_of("/proc") & ST_RDONLY));
	CHECK(open("/proc/sysrq-trigger", O_WRONLY) < 0 && (errno == EROFS || errno == ENOENT));
	CHECK(!is_device("/canary", 1, 3));
	return 0;
}

static int links_stay_inside(void)
{
	/* Every one of them would lead out of the root file system, were it followed as the host
	 * does. */
	CHECK(symlink(CANARY, ROOT "/dev") == 0 && symlink("../../../.." CANARY, ROOT "/a") == 0);
	CHECK(symlink("/proc/self/root" CANARY, ROOT "/b") == 0);
	add_mount("/a/new", "tmpfs", NULL, "");
	add_mount("/b", NULL, HOST "/source", "bind");
	add_mount("/a/file", NULL, HOST "/source/file", "bind");
	CHECK(mkdir(HOST "/source", 0755) == 0 && write_file(HOST "/source/file", "data") == 0);
	(void)make_container(); /* may fail on /b, whose target is a magic link: nothing outside is
				   what matters */
	/* Seen from a descriptor of the host that is not there any more: ask before the change of
	 * root instead. */
	return 0;
}

static int canary_is_untouched(void)
{
	struct stat st;
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		prepare();
		_exit(unshare(CLONE_NEWNS) < 0 || links_stay_inside());
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(access(CANARY "/new", F_OK) < 0 && access(CANARY "/file", F_OK) < 0 &&
	      access(CANARY "/null", F_OK) < 0);
	CHECK(!strcmp(read_file(CANARY "/ptmx"), "marker") && mount_line(CANARY) == NULL);
	/* What was made was made inside: ROOT/tmp/ring3-test-host/canary. */
	CHECK(lstat(ROOT CANARY "/null", &st) == 0 && S_ISCHR(st.st_mode));
	return 0;
}

static int proc_through_link(void)
{
	CHECK(mkdir(ROOT "/real", 0755) == 0 && symlink("/real", ROOT "/proc") == 0);
	add_namespace(NS_PID);
	add_mount("/proc", "proc", "proc", "");
	CHECK(make_container() < 0 &&
	      strstr(failure()->text, "must be mounted on ordinary directory"));
	return 0;
}

static int mount_into_proc_through_link(void)
{
	CHECK(symlink("/proc/sys", ROOT "/x") == 0);
	add_namespace(NS_PID);
	add_mount("/proc", "proc", "proc", "");
	add_mount("/x/kernel", "tmpfs", NULL, "");
	CHECK(make_container() < 0 && strstr(failure()->text, "leads into a procfs"));
	return 0;
}

static int no_fake_proc(void)
{
	CHECK(mkdir(HOST "/fake", 0755) == 0);
	add_mount("/proc", NULL, HOST "/fake", "bind");
	CHECK(make_container() < 0 && strstr(failure()->text, "no procfs"));
	return 0;
}

static int make_source_tree(void)
{
	CHECK(mkdir(HOST "/source", 0755) == 0 && write_file(HOST "/source/file", "data") == 0);
	CHECK(mkdir(HOST "/source/sub", 0755) == 0);
	CHECK(mount("sub", HOST "/source/sub", "tmpfs", MS_NOSUID | MS_NOATIME, "") == 0);
	return 0;
}

static int bind_flags(void)
{
	CHECK(make_source_tree() == 0);
	add_mount("/proc", "proc", "proc", "");
	add_mount("/plain", NULL, "source", "bind");
	add_mount("/ro", NULL, "source", "rbind ro");
	add_mount("/rro", NULL, "source", "rbind rro nodev");
	add_mount("/rrorw", NULL, "source", "rbind rro rw");
	add_mount("/rclear", NULL, "source", "rbind rsuid rstrictatime");
	add_mount("/many/parents/file", NULL, HOST "/source/file", "bind ro noexec nosymfollow");
	add_namespace(NS_PID);
	CHECK(make_container() == 0);
	CHECK(access("/plain/file", F_OK) == 0 && !mount_line("/plain/sub") &&
	      !(flags_of("/plain") & ST_RDONLY));
	CHECK((flags_of("/ro") & ST_RDONLY) && !(flags_of("/ro/sub") & ST_RDONLY));
	CHECK((flags_of("/rro") & ST_RDONLY) && (flags_of("/rro/sub") & ST_RDONLY));
	CHECK((flags_of("/rro") & ST_NODEV) && !(flags_of("/rro/sub") & ST_NODEV) &&
	      (flags_of("/rro/sub") & ST_NOSUID));
	CHECK(!(flags_of("/rrorw") & ST_RDONLY) && (flags_of("/rrorw/sub") & ST_RDONLY));
	CHECK(!(flags_of("/rclear/sub") & ST_NOSUID) && !line_has("/rclear/sub", "atime"));
	CHECK(!strcmp(read_file("/many/parents/file"), "data") &&
	      line_has("/many/parents/file", "ro,noexec"));
	CHECK(line_has("/many/parents/file", "nosymfollow"));
	return 0;
}

static int filesystem_flags(void)
{
	static const struct {
		const char *path, *options, *shown;
	} cases[] = {
		{ "/m0", "ro", " ro,relatime - tmpfs" },
		{ "/m1", "noexec nosuid nodev noatime", " rw,nosuid,nodev,noexec,noatime - " },
		{ "/m2", "strictatime", " rw - tmpfs" },
		{ "/m3", "nodiratime", " rw,nodiratime,relatime - " },
		{ "/m4", "sync dirsync lazytime", "sync,dirsync,lazytime" },
		{ "/m5", "sync async", " rw,relatime - tmpfs none rw" },
		{ "/m6", "nosymfollow", "nosymfollow" },
		{ "/m7", "rro rnosuid", " ro,nosuid,relatime - " },
		{ "/m8", "rro rw", " rw,relatime - " },
		{ "/m9", "silent iversion defaults nomand", " rw,relatime - " },
		{ "/m10", "size=4k rnodev", "size=4k" },
		{ "/m11", "shared", "shared:" },
		{ "/m12", "unbindable", "unbindable" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		add_mount(cases[i].path, "tmpfs", NULL, cases[i].options);
	add_mount("/proc", "proc", NULL, "");
	add_namespace(NS_PID);
	CHECK(make_container() == 0);
	for (size_t i = 0; i < COUNT(cases); i++)
		if (!line_has(cases[i].path, cases[i].shown)) {
			fprintf(stderr, "    %s: %s\n", cases[i].options,
				mount_line(cases[i].path));
			return 1;
		}
	CHECK(!line_has("/m5", "sync"));
	return 0;
}

static int unknown_parameter(void)
{
	add_mount("/x", "tmpfs", NULL, "nosuch=1");
	CHECK(make_container() < 0 && strstr(failure()->text, "Unknown parameter 'nosuch'"));
	CHECK(strstr(failure()->text, "tmpfs at /x"));
	return 0;
}

static int unknown_type(void)
{
	add_mount("/x", "nosuchfs", NULL, "");
	CHECK(make_container() < 0 && failure()->code == ENODEV &&
	      strstr(failure()->text, "nosuchfs"));
	return 0;
}

static int missing_source(void)
{
	add_mount("/x", NULL, HOST "/missing", "bind");
	CHECK(make_container() < 0 && failure()->code == ENOENT &&
	      strstr(failure()->text, HOST "/missing"));
	return 0;
}

static int file_over_directory(void)
{
	CHECK(write_file(HOST "/f", "") == 0 && mkdir(ROOT "/x", 0755) == 0);
	add_mount("/x", NULL, HOST "/f", "bind");
	CHECK(make_container() < 0 && strstr(failure()->text, "where a file is needed"));
	return 0;
}

static int remount(void)
{
	add_mount("/proc", "proc", NULL, "");
	add_namespace(NS_PID);
	add_mount("/a", "tmpfs", NULL, "size=8k");
	add_mount("/a", NULL, NULL, "remount ro noexec");
	add_mount("/b", "tmpfs", NULL, "size=8k");
	add_mount("/b", "tmpfs", NULL, "remount size=16k sync");
	CHECK(make_container() == 0);
	CHECK(mount_count("/a") == 1 && line_has("/a", " ro,noexec,") && line_has("/a", "size=8k"));
	CHECK(mount_count("/b") == 1 && line_has("/b", "size=16k") && line_has("/b", "sync"));
	return 0;
}

static int remount_of_nothing(void)
{
	CHECK(mkdir(ROOT "/x", 0755) == 0);
	add_mount("/x", NULL, NULL, "remount ro");
	CHECK(make_container() < 0 && strstr(failure()->text, "nothing is mounted there"));
	return 0;
}

static int tmpfs_modes(void)
{
	CHECK(mkdir(ROOT "/a", 0) == 0 && chmod(ROOT "/a", 02711) == 0);
	CHECK(mkdir(ROOT "/b", 0700) == 0);
	add_mount("/a", "tmpfs", NULL, "");
	add_mount("/b", "tmpfs", NULL, "mode=0751");
	add_mount("/new", "tmpfs", NULL, "");
	CHECK(make_container() == 0);
	CHECK(mode_of("/a") == 02711 && mode_of("/b") == 0751 && mode_of("/new") == 01777);
	return 0;
}

static int copyup(void)
{
	struct stat st;
	char target[16] = "";

	CHECK(mkdir(ROOT "/v", 0750) == 0 && chown(ROOT "/v", 7, 8) == 0);
	CHECK(write_file(ROOT "/v/f", "contents") == 0 && chown(ROOT "/v/f", 9, 10) == 0);
	CHECK(chmod(ROOT "/v/f", 04711) == 0 && setxattr(ROOT "/v/f", "trusted.x", "y", 1, 0) == 0);
	CHECK(mkdir(ROOT "/v/d", 0) == 0 && chmod(ROOT "/v/d", 01733) == 0 &&
	      write_file(ROOT "/v/d/g", "g") == 0);
	CHECK(symlink("/d", ROOT "/v/l") == 0 && mknod(ROOT "/v/p", S_IFIFO | 0640, 0) == 0);
	add_mount("/v", "tmpfs", NULL, "tmpcopyup ro");
	CHECK(make_container() == 0);
	CHECK(!strcmp(read_file("/v/f"), "contents") && !strcmp(read_file("/v/d/g"), "g"));
	CHECK(stat("/v", &st) == 0 && st.st_uid == 7 && st.st_gid == 8 && mode_of("/v") == 0750);
	CHECK(stat("/v/f", &st) == 0 && st.st_uid == 9 && st.st_gid == 10 &&
	      mode_of("/v/f") == 04711);
	CHECK(getxattr("/v/f", "trusted.x", target, sizeof target) == 1 && *target == 'y');
	CHECK(mode_of("/v/d") == 01733 && readlink("/v/l", target, sizeof target) == 2);
	CHECK(lstat("/v/p", &st) == 0 && S_ISFIFO(st.st_mode) && (st.st_mode & 07777) == 0640);
	CHECK(open("/v/new", O_CREAT | O_WRONLY, 0644) < 0 && errno == EROFS);
	return 0;
}

/* lowerdir of 5 layers with names of 100 bytes. */
static int long_overlay(void)
{
	struct text options = { 0 };

	text_add(&options, "ro lowerdir=");
	for (int i = 0; i < 5; i++) {
		struct text path = { 0 };

		text_addf(&path, HOST "/%d", i);
		for (int n = 0; n < 90; n++)
			text_add(&path, "x");
		CHECK(mkdir(path.data, 0755) == 0);
		text_addf(&options, "%s%s", i ? ":" : "", path.data);
		text_addf(&path, "/f%d", i);
		CHECK(write_file(path.data, "layer") == 0);
	}
	add_mount("/o", "overlay", "overlay", options.data);
	add_mount("/after", "tmpfs", NULL, "");
	char cwd[64];
	CHECK(mount_all() == 0 && getcwd(cwd, sizeof cwd) && !strcmp(cwd, HOST));
	CHECK(enter() == 0);
	CHECK(!strcmp(read_file("/o/f0"), "layer") && !strcmp(read_file("/o/f4"), "layer"));
	CHECK(flags_of("/o") & ST_RDONLY);
	return 0;
}

static int copied_links(void)
{
	char target[16] = "";

	CHECK(symlink("over/there", HOST "/link") == 0 && write_file(HOST "/file", "f") == 0);
	CHECK(mkdir(HOST "/over", 0755) == 0 && write_file(HOST "/over/there", "seen") == 0);
	add_mount("/l/copy", NULL, HOST "/link", "bind copy-symlink");
	add_mount("/l/followed", NULL, HOST "/link", "bind");
	add_mount("/l/file", NULL, HOST "/file", "bind copy-symlink");
	CHECK(make_container() == 0);
	CHECK(readlink("/l/copy", target, sizeof target) == 10 && !strcmp(target, "over/there"));
	CHECK(!strcmp(read_file("/l/followed"), "seen") && !strcmp(read_file("/l/file"), "f"));
	return 0;
}

static int nothing_followed(void)
{
	struct stat st;

	CHECK(symlink("file", HOST "/link") == 0 && write_file(HOST "/file", "f") == 0);
	CHECK(symlink("elsewhere", ROOT "/l") == 0 && write_file(ROOT "/elsewhere", "e") == 0);
	add_mount("/l", NULL, HOST "/file", "bind dest-nofollow");
	add_mount("/s", NULL, HOST "/link", "bind src-nofollow");
	CHECK(make_container() == 0);
	CHECK(!strcmp(read_file("/elsewhere"), "e") && lstat("/l", &st) == 0 &&
	      S_ISREG(st.st_mode));
	CHECK(lstat("/s", &st) == 0 && S_ISLNK(st.st_mode));
	return 0;
}

static int idmapped(void)
{
	static struct spec_id_mapping map = { 0, 5000, 100 };
	struct stat st;

	CHECK(make_source_tree() == 0);
	add_mount("/i", NULL, "source", "rbind idmap ro");
	add_mount("/t", "tmpfs", NULL, "mode=755");
	for (int i = 0; i < 2; i++) {
		mount_list[i].uid_mappings.items = mount_list[i].gid_mappings.items = &map;
		mount_list[i].uid_mappings.count = mount_list[i].gid_mappings.count = 1;
	}
	CHECK(make_container() == 0);
	CHECK(stat("/i/file", &st) == 0 && st.st_uid == 5000 && st.st_gid == 5000 &&
	      (flags_of("/i") & ST_RDONLY));
	CHECK(stat("/t", &st) == 0 && st.st_uid == 5000);
	CHECK(stat("/i/sub", &st) == 0 && st.st_uid == 0);
	return 0;
}

static int cgroup_mounts(void)
{
	if (access("/sys/fs/cgroup/unified/cgroup.procs", F_OK) < 0)
		return 77;
	add_mount("/proc", "proc", NULL, "");
	add_mount("/cg", "cgroup", "cgroup", "nosuid noexec nodev relatime");
	add_namespace(NS_PID);
	CHECK(make_container() == 0); /* no cgroup of its own: the host's, for reading */
	CHECK(line_has("/cg", " - cgroup2") && (flags_of("/cg") & ST_RDONLY) &&
	      access("/cg/cgroup.procs", F_OK) == 0);
	return 0;
}

static int fresh_cgroup_mount(void)
{
	if (access("/sys/fs/cgroup/unified/cgroup.procs", F_OK) < 0)
		return 77;
	CHECK(unshare(CLONE_NEWCGROUP) == 0);
	add_namespace(NS_CGROUP);
	add_namespace(NS_PID);
	add_mount("/proc", "proc", NULL, "");
	add_mount("/cg", "cgroup2", "cgroup", "noexec");
	CHECK(make_container() == 0);
	CHECK(line_has("/cg", " / /cg rw,noexec") && line_has("/cg", " - cgroup2 cgroup"));
	return 0;
}

static int given_devices(void)
{
	struct stat st;

	device_list[0] = (struct spec_device){ .path = "/dev/net/x",
					       .type = "c",
					       .major = { true, 10 },
					       .minor = { true, 200 },
					       .file_mode = { true, 0640 },
					       .uid = { true, 3 },
					       .gid = { true, 4 } };
	device_list[1] =
		(struct spec_device){ .path = "/srv/p", .type = "p", .file_mode = { true, 0777 } };
	device_list[2] = (struct spec_device){ .path = "/dev/same",
					       .type = "c",
					       .major = { true, 1 },
					       .minor = { true, 7 },
					       .file_mode = { true, 0600 } };
	spec.linux_.devices.count = 3;
	CHECK(mkdir(ROOT "/dev", 0755) == 0 &&
	      mknod(ROOT "/dev/same", S_IFCHR | 0666, makedev(1, 7)) == 0);
	CHECK(symlink("elsewhere", ROOT "/dev/stdin") == 0 &&
	      write_file(ROOT "/dev/ptmx", "old") == 0);
	CHECK(make_container() == 0);
	CHECK(stat("/dev/net/x", &st) == 0 && st.st_rdev == makedev(10, 200) && st.st_uid == 3 &&
	      st.st_gid == 4);
	CHECK(mode_of("/dev/net/x") == 0640 && mode_of("/dev/same") == 0600);
	CHECK(stat("/srv/p", &st) == 0 && S_ISFIFO(st.st_mode) && mode_of("/srv/p") == 0777);
	CHECK(lstat("/dev/ptmx", &st) == 0 && S_ISREG(st.st_mode)); /* no devpts, no link */
	CHECK(lstat("/dev/stdin", &st) == 0 && st.st_size == (off_t)strlen("elsewhere"));
	return 0;
}

static int other_device_is_there(void)
{
	CHECK(mkdir(ROOT "/dev", 0755) == 0 &&
	      mknod(ROOT "/dev/zero", S_IFCHR | 0666, makedev(1, 3)) == 0);
	CHECK(make_container() < 0 && failure()->code == EEXIST &&
	      strstr(failure()->text, "/dev/zero"));
	return 0;
}

static int block_device_is_no_null(void)
{
	CHECK(mkdir(ROOT "/dev", 0755) == 0 &&
	      mknod(ROOT "/dev/null", S_IFBLK | 0666, makedev(1, 3)) == 0);
	CHECK(make_container() < 0 && failure()->code == EEXIST);
	return 0;
}

static int bound_dev(void)
{
	CHECK(mkdir(HOST "/dev", 0755) == 0 && write_file(HOST "/dev/mine", "") == 0);
	add_mount("/dev", NULL, HOST "/dev", "bind");
	CHECK(make_container() == 0);
	CHECK(access("/dev/mine", F_OK) == 0 && access("/dev/null", F_OK) < 0 &&
	      access("/dev/fd", F_OK) < 0);
	return 0;
}

static int root_is_a_file(void)
{
	CHECK(write_file(HOST "/f", "") == 0);
	root_.path = HOST "/f";
	CHECK(make_container() < 0 && failure()->code == ENOTDIR &&
	      strstr(failure()->text, HOST "/f"));
	root_.path = HOST "/missing";
	CHECK(make_container() < 0 && failure()->code == ENOENT);
	return 0;
}

static int without_pivot(void)
{
	add_mount("/a", "tmpfs", NULL, "size=4k");
	CHECK(mount_all() == 0);
	mounts.no_pivot = true;
	CHECK(enter() == 0);
	CHECK(access(HOST, F_OK) < 0 && access("/a", F_OK) == 0 && access("/dev/null", F_OK) == 0);
	/* The way out of a chroot does not lead to the host's root, since that is covered as well.
	 */
	CHECK(chroot("/a") == 0);
	for (int i = 0; i < 20; i++)
		CHECK(chdir("..") == 0);
	CHECK(chroot(".") == 0 && access(HOST, F_OK) < 0 && access("/marker", F_OK) == 0);
	return 0;
}

static int without_namespace(void)
{
	spec.linux_.namespaces.count = 0;
	CHECK(make_container() == 0);
	CHECK(access(HOST, F_OK) < 0 && access("/marker", F_OK) == 0);
	return 0;
}

/* The "host" of this case shares everything; after the container is made it must have all its
 * mounts, and no more. */
static int shared_host(const char *propagation)
{
	char before[1 << 16];
	int status;

	CHECK(mount("none", "/", NULL, MS_SHARED | MS_REC, NULL) == 0);
	snprintf(before, sizeof before, "%s", read_file("/proc/self/mountinfo"));
	pid_t pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) < 0)
			_exit(1);
		spec.linux_.rootfs_propagation = propagation;
		add_mount("/proc", "proc", NULL, "");
		add_namespace(NS_PID);
		add_mount("/a", "tmpfs", NULL, "");
		bool good = make_container() == 0 && (!propagation || line_has("/", propagation));
		if (!good)
			fprintf(stderr, "    %s: %s, %s\n", propagation, failure()->text,
				mount_line("/"));
		_exit(!good);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(!strcmp(before, read_file("/proc/self/mountinfo")));
	return 0;
}

static int shared_propagation(void)
{
	return shared_host("shared");
}

static int default_propagation(void)
{
	return shared_host(NULL);
}

static int unbindable_propagation(void)
{
	return shared_host("unbindable");
}

/* rshared: what the container mounts below the bind appears on the host, with rootfsPropagation
 * rshared only. */
static int shared_bind(const char *propagation, bool seen)
{
	int status;

	CHECK(mkdir(HOST "/vol", 0755) == 0 && mkdir(HOST "/vol/m", 0755) == 0);
	CHECK(mount("none", "/", NULL, MS_SHARED | MS_REC, NULL) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) < 0)
			_exit(1);
		spec.linux_.rootfs_propagation = propagation;
		add_mount("/vol", NULL, HOST "/vol", "rbind rshared");
		bool good = make_container() == 0 && mount("new", "/vol/m", "tmpfs", 0, "") == 0;
		if (!good)
			fprintf(stderr, "    %s\n", failure()->text);
		_exit(!good);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK((mount_line(HOST "/vol/m") != NULL) == seen);
	return 0;
}

static int bidirectional_bind(void)
{
	return shared_bind("rshared", true);
}

static int bind_leaks_nothing(void)
{
	return shared_bind(NULL, false);
}

/* A user namespace whose only namespaces of its own are mounts: everything else is the host's. */
static int user_namespace(void)
{
	static const char *masked[] = { "/proc/version", "/proc/fs", NULL };
	static const char *readonly[] = { "/proc/sys", NULL };

	CHECK(make_source_tree() == 0);
	CHECK(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0);
	/* The kernel lets a process with no privilege outside map itself alone; here that is root.
	 */
	CHECK(write_file("/proc/self/uid_map", "0 0 1") == 0 &&
	      write_file("/proc/self/setgroups", "deny") == 0);
	CHECK(write_file("/proc/self/gid_map", "0 0 1") == 0);
	CHECK(setresuid(0, 0, 0) == 0);
	add_namespace(NS_USER);
	add_mount("/proc", "proc", "proc", "nosuid noexec nodev");
	add_mount("/sys", "sysfs", "sysfs", "nosuid noexec nodev ro");
	add_mount("/dev", "tmpfs", "tmpfs", "nosuid mode=755");
	add_mount("/s", NULL, "source", "rbind ro");
	spec.linux_.masked_paths = masked;
	spec.linux_.readonly_paths = readonly;
	root_.readonly = true;
	CHECK(make_container() == 0);
	CHECK(is_device("/dev/null", 1, 3) && line_has("/dev/null", " - devtmpfs") &&
	      write_file("/dev/null", "x") == 0);
	CHECK((flags_of("/sys") & ST_RDONLY) && (flags_of("/proc/sys") & ST_RDONLY));
	CHECK(access("/sys/fs/cgroup/unified", F_OK) < 0 ||
	      (flags_of("/sys/fs/cgroup/unified") & ST_RDONLY));
	CHECK(is_device("/proc/version", 1, 3) && rmdir("/proc/fs") < 0 &&
	      (flags_of("/s") & ST_RDONLY));
	return 0;
}

static int user_namespace_plain_bind(void)
{
	CHECK(make_source_tree() == 0);
	CHECK(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0);
	CHECK(write_file("/proc/self/uid_map", "0 0 1") == 0);
	add_namespace(NS_USER);
	add_mount("/s", NULL, "source", "bind");
	CHECK(make_container() < 0 && strstr(failure()->text, "use rbind"));
	return 0;
}

static int user_namespace_locked(void)
{
	CHECK(make_source_tree() == 0);
	CHECK(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0);
	CHECK(write_file("/proc/self/uid_map", "0 0 1") == 0);
	add_namespace(NS_USER);
	add_mount("/s", NULL, "source/sub", "rbind suid");
	CHECK(make_container() < 0 && strstr(failure()->text, "locked"));
	return 0;
}

/* /dev/null of the image leads to a file of the host's and must not be what masks are made of. */
static int false_null(void)
{
	static const char *masked[] = { "/secret", NULL };

	CHECK(mkdir(HOST "/d", 0755) == 0 && write_file(ROOT "/secret", "secret") == 0);
	CHECK(symlink("/target", HOST "/d/null") == 0 && write_file(ROOT "/target", "target") == 0);
	add_mount("/dev", NULL, HOST "/d", "bind");
	spec.linux_.masked_paths = masked;
	CHECK(make_container() == 0);
	CHECK(is_device("/secret", 1, 3) && !strcmp(read_file("/secret"), "") &&
	      !strcmp(read_file("/target"), "target"));
	return 0;
}

static int masked_root(void)
{
	static const char *masked[] = { "/", NULL };

	spec.linux_.masked_paths = masked;
	CHECK(make_container() < 0);
	return 0;
}

/* --- around a case
 * --------------------------------------------------------------------------------------- */

static int in_own_namespace(int (*body)(void))
{
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_PRIVATE | MS_REC, NULL) < 0)
		return 1;
	if (mount("host", HOST, "tmpfs", 0, "mode=755") < 0 || mkdir(ROOT, 0755) < 0 ||
	    mkdir(CANARY, 0755) < 0)
		return 1;
	if (write_file(CANARY "/ptmx", "marker") < 0 || write_file(ROOT "/marker", "") < 0 ||
	    chdir(HOST) < 0)
		return 1;
	umask(0);
	prepare();
	return body();
}

static void run(int (*body)(void))
{
	int status;

	if (geteuid() != 0) {
		print_message("    skipped: needs root\n");
		skip();
	}
	(void)mkdir(HOST, 0700); /* stays between the cases */
	pid_t pid = fork();
	if (pid == 0)
		_exit(in_own_namespace(body));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	(void)rmdir(HOST);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		print_message("    skipped: the host has no cgroup2 at /sys/fs/cgroup/unified\n");
		skip();
	}
	assert_int_equal(status, 0);
}

static void one_case(void **state)
{
	run(*(int (**)(void)) * state);
}

struct named {
	const char *title;
	int (*body)(void);
};

static struct named cases[] = {
	{ "M-01 the usual mounts, devices, masks and a read-only root", usual_container },
	{ "M-02 links of the image stay inside it", canary_is_untouched },
	{ "M-11 proc through a link is refused", proc_through_link },
	{ "M-02 a link into procfs is refused", mount_into_proc_through_link },
	{ "M-02 only a procfs is bound at /proc", no_fake_proc },
	{ "M-09 O-25 to O-48 attributes of bind mounts", bind_flags },
	{ "O-01 to O-59 attributes of file systems", filesystem_flags },
	{ "M-05 the kernel's words about an unknown option", unknown_parameter },
	{ "M-04 an unknown file system type", unknown_type },
	{ "M-03 a missing source", missing_source },
	{ "M-02 a file does not cover a directory", file_over_directory },
	{ "O-30 remount changes and does not stack", remount },
	{ "O-30 remount needs a mount", remount_of_nothing },
	{ "M-13 tmpfs inherits the mode it covers", tmpfs_modes },
	{ "O-58 tmpcopyup", copyup },
	{ "M-05 options longer than 255 bytes", long_overlay },
	{ "O-64 copy-symlink", copied_links },
	{ "O-65 src-nofollow and dest-nofollow", nothing_followed },
	{ "M-07 O-60 idmapped bind and tmpfs", idmapped },
	{ "M-12 cgroup without a namespace is bound read-only", cgroup_mounts },
	{ "M-12 cgroup2 in its own namespace", fresh_cgroup_mount },
	{ "D-14 D-18 D-19 given devices", given_devices },
	{ "D-15 another device at the path is an error", other_device_is_there },
	{ "D-15 a block device 1:3 is not null", block_device_is_no_null },
	{ "D-01 a bound /dev is left alone", bound_dev },
	{ "T-04 root.path is not a directory, or missing", root_is_a_file },
	{ "T-04 no pivot_root", without_pivot },
	{ "T-04 no mount namespace", without_namespace },
	{ "L-01 shared, and the host keeps its mounts", shared_propagation },
	{ "L-01 default, and the host keeps its mounts", default_propagation },
	{ "L-01 unbindable", unbindable_propagation },
	{ "M-10 rshared reaches the host with rootfsPropagation rshared", bidirectional_bind },
	{ "M-10 nothing leaks to the host by default", bind_leaks_nothing },
	{ "M-11 D-01 L-02 user namespace without any other", user_namespace },
	{ "M-09 user namespace: a plain bind of a tree says what to do",
	  user_namespace_plain_bind },
	{ "M-09 user namespace: locked attributes are named", user_namespace_locked },
	{ "L-02 masks come from the host's null", false_null },
	{ "L-02 the root cannot be masked", masked_root },
};

int main(void)
{
	struct CMUnitTest tests[COUNT(cases)];

	for (size_t i = 0; i < COUNT(cases); i++)
		tests[i] =
			(struct CMUnitTest){ cases[i].title, one_case, NULL, NULL, &cases[i].body };
	return _cmocka_run_group_tests("mount_apply", tests, COUNT(cases), NULL, NULL);
}
