/*
 * floor.c - what the kernel alone costs: the namespaces, mounts, masked paths and pivot_root of the default bundle, then the program.
 * No JSON, no cgroup, no state, no id checks, no errors to explain: a runtime cannot be faster than this.
 *   floor ROOTFS PROGRAM...
 */
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static void need(const char *what, long result)
{
	if (result < 0) {
		perror(what);
		_exit(125);
	}
}

static const struct file_system {
	const char *target, *type, *data;
	unsigned long flags;
} file_systems[] = {
	{ "proc", "proc", NULL, 0 },
	{ "dev", "tmpfs", "mode=755,size=65536k", MS_NOSUID | MS_STRICTATIME },
	{ "dev/pts", "devpts", "newinstance,ptmxmode=0666,mode=0620,gid=5", MS_NOSUID | MS_NOEXEC },
	{ "dev/shm", "tmpfs", "mode=1777,size=65536k", MS_NOSUID | MS_NOEXEC | MS_NODEV },
	{ "dev/mqueue", "mqueue", NULL, MS_NOSUID | MS_NOEXEC | MS_NODEV },
	{ "sys", "sysfs", NULL, MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY },
	{ "sys/fs/cgroup", "cgroup2", NULL, MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RELATIME | MS_RDONLY },
};

static const struct node {
	const char *name;
	int major, minor;
} nodes[] = { { "null", 1, 3 }, { "zero", 1, 5 }, { "full", 1, 7 }, { "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 } };

static const char *const links[][2] = { { "/proc/self/fd", "dev/fd" },	       { "/proc/self/fd/0", "dev/stdin" },
					{ "/proc/self/fd/1", "dev/stdout" },   { "/proc/self/fd/2", "dev/stderr" },
					{ "pts/ptmx", "dev/ptmx" } };
static const char *const masked[] = { "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
				      "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware" };
static const char *const read_only[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger" };

static void make_mounts(const char *root)
{
	need("private", mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL));
	need("bind root", mount(root, root, NULL, MS_BIND | MS_REC, NULL));
	need("chdir", chdir(root));
	for (size_t i = 0; i < sizeof(file_systems) / sizeof(file_systems[0]); i++) {
		const struct file_system *f = &file_systems[i];

		mkdir(f->target, 0755);
		need(f->target, mount(f->type, f->target, f->type, f->flags, f->data));
	}
	umask(0);
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		char path[32];

		snprintf(path, sizeof(path), "dev/%s", nodes[i].name);
		need(path, mknod(path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)));
	}
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		need(links[i][1], symlink(links[i][0], links[i][1]));
}

static void hide(void)
{
	for (size_t i = 0; i < sizeof(masked) / sizeof(masked[0]); i++)
		if (mount("/dev/null", masked[i], NULL, MS_BIND, NULL) < 0)
			mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, NULL);
	for (size_t i = 0; i < sizeof(read_only) / sizeof(read_only[0]); i++) {
		if (mount(read_only[i], read_only[i], NULL, MS_BIND | MS_REC, NULL) == 0)
			mount(NULL, read_only[i], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	}
}

int main(int argc, char **argv)
{
	struct clone_args args = { .flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP,
				   .exit_signal = SIGCHLD };
	long pid;
	int status;

	if (argc < 3)
		return 125;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	need("clone3", pid);
	if (pid == 0) {
		make_mounts(argv[1]);
		need("pivot_root", syscall(SYS_pivot_root, ".", "."));
		need("umount", umount2(".", MNT_DETACH));
		need("chdir", chdir("/"));
		hide();
		need("read-only", mount(NULL, "/", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL));
		need("hostname", sethostname("ring3", 5));
		need("no_new_privs", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
		execv(argv[2], argv + 2);
		need("exec", -1);
	}
	need("wait", waitpid((pid_t)pid, &status, 0));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
