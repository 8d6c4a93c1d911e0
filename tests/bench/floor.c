/*
 * floor.c - what the kernel itself takes for the container that `ring3 spec` describes: the same
 * namespaces, mounts, device nodes, masks, read-only paths, root, capabilities and limit, with
 * everything known beforehand and nothing checked.  No configuration, no cgroup, no state, no start
 * gate.  A runtime that is as fast as this has no cost of its own.
 *
 * floor ROOTFS PROGRAM [ARGUMENT...]
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

enum {
	HARD = MS_NOSUID | MS_NODEV | MS_NOEXEC,
	NEW_NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
			 CLONE_NEWPID | CLONE_NEWNET,
	CAPABILITIES = 1 << CAP_AUDIT_WRITE | 1 << CAP_KILL | 1 << CAP_NET_BIND_SERVICE,
	DESCRIPTORS = 1024,
};

/* Below the root file system, which is the working directory. */
static const struct {
	const char *type, *target;
	unsigned long flags;
	const char *data;
} mounts[] = {
	{ "proc", "proc", 0, NULL },
	{ "tmpfs", "dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k" },
	{ "devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5" },
	{ "tmpfs", "dev/shm", HARD, "mode=1777,size=65536k" },
	{ "mqueue", "dev/mqueue", HARD, NULL },
	{ "sysfs", "sys", HARD | MS_RDONLY, NULL },
	{ "cgroup2", "sys/fs/cgroup", HARD | MS_RELATIME | MS_RDONLY, NULL },
};

static const struct {
	const char *path;
	unsigned major, minor;
} nodes[] = {
	{ "dev/null", 1, 3 },	{ "dev/zero", 1, 5 },	 { "dev/full", 1, 7 },
	{ "dev/random", 1, 8 }, { "dev/urandom", 1, 9 }, { "dev/tty", 5, 0 },
};

static const struct {
	const char *path, *target;
} links[] = {
	{ "dev/fd", "/proc/self/fd" },	     { "dev/stdin", "/proc/self/fd/0" },
	{ "dev/stdout", "/proc/self/fd/1" }, { "dev/stderr", "/proc/self/fd/2" },
	{ "dev/core", "/proc/kcore" },	     { "dev/ptmx", "pts/ptmx" },
};

static const char *const masked[] = {
	"proc/acpi",	      "proc/asound",	 "proc/kcore",	     "proc/keys",
	"proc/latency_stats", "proc/timer_list", "proc/timer_stats", "proc/sched_debug",
	"sys/firmware",	      "proc/scsi",
};

static const char *const readonly[] = { "proc/bus", "proc/fs", "proc/irq", "proc/sys",
					"proc/sysrq-trigger" };

static void must(long result, const char *what)
{
	if (result >= 0)
		return;
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void make_mounts(const char *rootfs)
{
	must(mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL), "propagation");
	must(mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL), rootfs);
	must(chdir(rootfs), rootfs);
	for (size_t i = 0; i < COUNT(mounts); i++) {
		if (mkdir(mounts[i].target, 0755) < 0 && errno != EEXIST)
			must(-1, mounts[i].target);
		must(mount(mounts[i].type, mounts[i].target, mounts[i].type, mounts[i].flags,
			   mounts[i].data),
		     mounts[i].target);
	}
	for (size_t i = 0; i < COUNT(nodes); i++)
		must(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)),
		     nodes[i].path);
	for (size_t i = 0; i < COUNT(links); i++)
		must(symlink(links[i].target, links[i].path), links[i].path);
}

/* One empty directory for all that are masked, made by the first. */
static void hide(const char *path)
{
	static const char *empty;
	struct stat st;

	if (stat(path, &st) < 0)
		return;
	if (!S_ISDIR(st.st_mode)) {
		must(mount("dev/null", path, NULL, MS_BIND, NULL), path);
	} else if (empty) {
		must(mount(empty, path, NULL, MS_BIND, NULL), path);
	} else {
		must(mount("tmpfs", path, "tmpfs", MS_RDONLY, "size=0"), path);
		empty = path;
	}
}

static void make_readonly(const char *path)
{
	if (mount(path, path, NULL, MS_BIND | MS_REC, NULL) < 0) {
		if (errno != ENOENT)
			must(-1, path);
		return;
	}
	must(mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), path);
}

static void change_root(void)
{
	must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
	must(umount2(".", MNT_DETACH), "detach the old root");
	for (size_t i = 0; i < COUNT(masked); i++)
		hide(masked[i]);
	for (size_t i = 0; i < COUNT(readonly); i++)
		make_readonly(readonly[i]);
	must(mount(NULL, "/", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), "read-only root");
}

static void confine(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2] = { { CAPABILITIES, CAPABILITIES, 0 } };
	struct rlimit limit = { DESCRIPTORS, DESCRIPTORS };

	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (cap >= 32 || !(CAPABILITIES >> cap & 1))
			must(prctl(PR_CAPBSET_DROP, cap), "bounding set");
	must(setrlimit(RLIMIT_NOFILE, &limit), "limit");
	must(syscall(SYS_setgroups, 0, NULL), "groups");
	must(syscall(SYS_capset, &header, sets), "capabilities");
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges");
}

static void container(const char *rootfs, char **argv)
{
	umask(0);
	must(setsid(), "session");
	make_mounts(rootfs);
	change_root();
	must(sethostname("ring3", 5), "host name");
	umask(022);
	confine();
	execv(argv[0], argv);
	must(-1, argv[0]);
}

int main(int argc, char **argv)
{
	struct clone_args args = { .flags = NEW_NAMESPACES, .exit_signal = SIGCHLD };
	int status;

	if (argc < 3) {
		fprintf(stderr, "usage: floor ROOTFS PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
	must(pid, "clone3");
	if (pid == 0)
		container(argv[1], argv + 2);
	must(waitpid(pid, &status, 0), "wait");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
