/*
 * check.c - what create would find wrong with a bundle, this host and this user.  Nothing is made
 * but processes that end at once: what the kernel refuses is best asked of the kernel.
 */
#include "base/fail.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/process.h"
#include "base/text.h"
#include "container/container.h"
#include "sandbox/executable.h"
#include "sandbox/net_devices.h"
#include "sandbox/rootfs.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

struct checking {
	int count;
	void (*found)(const char *text, void *arg);
	void *arg;
};

static void count_and_tell(const char *text, void *arg)
{
	struct checking *k = arg;

	k->count++;
	k->found(text, k->arg);
}

/* Each look is on its own: what one finds does not end the others. */
static int look(int result)
{
	return result < 0 ? fail_go_on() : 0;
}

static int check_hook(const struct spec_hook *hook)
{
	if (faccessat(AT_FDCWD, hook->path, X_OK, AT_EACCESS) < 0)
		return fail_at(&hook->path, errno, "%s", hook->path);
	return 0;
}

/* startContainer hooks are files of the container, the others of the host. */
static void check_hooks(const struct spec *spec)
{
	for (int kind = 0; kind < HOOK_KINDS; kind++)
		for (size_t i = 0; kind != HOOK_START_CONTAINER && i < spec->hooks[kind].count; i++)
			look(check_hook(&spec->hooks[kind].items[i]));
}

static int check_namespaces(const struct namespaces *n)
{
	int fds[NS_COUNT];

	if (namespaces_open(n, fds) < 0)
		return -1;
	for (int t = 0; t < NS_COUNT; t++)
		fd_close(&fds[t]);
	return 0;
}

static int check_filter(const struct plan *plan)
{
	cleanup_fd int fd = plan->seccomp.wanted ? seccomp_compile(&plan->seccomp) : -1;

	return plan->seccomp.wanted && fd < 0 ? -1 : 0;
}

/* A process that has the namespaces and waits to be killed; it ends with this one. */
static pid_t clone_waiting(uint64_t flags, int *ret_pidfd)
{
	pid_t pid = process_clone(flags, -1, SIGCHLD, ret_pidfd);

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

/*
 * Namespaces, id maps (newuidmap and /etc/subuid included) and limits are tried on a process, with
 * what create would do to init.  With a namespace that is joined first that would not be the same.
 */
static int try_process(const struct plan *plan)
{
	const uint64_t flags = plan->namespaces.needs_joiner
				       ? 0
				       : plan->namespaces.create & ~(uint64_t)CLONE_NEWCGROUP;
	cleanup_fd int pidfd = -1;
	pid_t pid = clone_waiting(flags, &pidfd);

	if (pid < 0)
		return fail_in("make the namespaces of config.json");
	if (flags & CLONE_NEWUSER)
		look(idmap_write(&plan->idmap, plan->host->proc_fd, pid));
	look(process_settings_limits(&plan->settings, plan->host->proc_fd, pid));
	process_kill_and_reap(pidfd);
	return 0;
}

/* May a mount hide, or provide, what the root file system shows at path? */
static bool is_covered(const struct mounts *m, const char *path)
{
	for (size_t i = 0; i < m->ops.count; i++)
		if (path_is_inside(path, m->ops.items[i].destination))
			return true;
	return false;
}

/* The same of the directory that a first component like /bin is a link to. */
static bool is_covered_by_link(const struct mounts *m, int root_fd, const char *path)
{
	size_t first = strcspn(path + 1, "/") + 1;
	cleanup_free char *name = strndup(path, first);
	cleanup_free char *target = name ? path_read_link(root_fd, name) : NULL;
	char absolute[4096], clean[4096];

	if (!target)
		return false;
	snprintf(absolute, sizeof absolute, "/%s%s", target, path + first);
	return path_clean(absolute, clean, sizeof clean) < 0 || is_covered(m, clean);
}

static bool may_be_elsewhere(const struct plan *plan, int root_fd, const char *dir, size_t length,
			     const char *name)
{
	cleanup_text struct text joined = { 0 };
	char clean[4096];

	if (!length || *dir != '/')
		text_addf(&joined, "%s/", plan->user.cwd);
	text_add_bytes(&joined, dir, length);
	text_addf(&joined, "/%s", name);
	return path_clean(joined.data, clean, sizeof clean) < 0 ||
	       is_covered(&plan->mounts, clean) ||
	       is_covered_by_link(&plan->mounts, root_fd, clean);
}

static const char *path_of(const char *const *env)
{
	const char *path = executable_default_path;

	for (; env && *env; env++)
		if (text_starts(*env, "PATH="))
			path = *env + strlen("PATH=");
	return path;
}

static bool is_hidden(const struct plan *plan, int root_fd, const char *name)
{
	const char *path = path_of((const char *const *)plan->user.env);

	if (strchr(name, '/'))
		return may_be_elsewhere(plan, root_fd, "/", *name == '/', name);
	for (size_t n; *path; path += n + (path[n] == ':')) {
		n = strcspn(path, ":");
		if (may_be_elsewhere(plan, root_fd, path, n, name))
			return true;
	}
	return false;
}

/* Not only what every container has: the interpreter may come from it. */
static bool has_other_mounts(const struct mounts *m)
{
	static const char *const usual[] = { "/proc", "/sys", "/dev" };

	for (size_t i = 0; i < m->ops.count; i++) {
		bool other = true;

		for (size_t u = 0; u < COUNT(usual); u++)
			other &= !path_is_inside(m->ops.items[i].destination, usual[u]);
		if (other)
			return true;
	}
	return false;
}

static int check_format(const struct plan *plan, int root_fd, const char *path)
{
	const struct spec_process *process = plan->spec->process;
	char why[1024];

	if (*path != '/')
		path = arena_printf(plan->spec->arena, "%s/%s", plan->user.cwd, path);
	if (has_other_mounts(&plan->mounts) ||
	    !executable_explain(root_fd, path, ENOEXEC, why, sizeof why))
		return 0;
	return fail_at(&process->args, 0, "exec: \"%s\": %s", process->args[0], why);
}

static int check_program(const struct plan *plan, int root_fd)
{
	const struct spec_process *process = plan->spec->process;

	const char *path;

	if (!process || !plan->user.cwd || is_hidden(plan, root_fd, process->args[0]))
		return 0;
	path = executable_find(root_fd, process->args[0], (const char *const *)plan->user.env,
			       plan->user.cwd, plan->spec->arena);
	return path ? check_format(plan, root_fd, path) : fail_in_at(&process->args);
}

static int check_root(const struct plan *plan)
{
	cleanup_fd int fd = plan->mounts.root ? rootfs_open_host(&plan->mounts) : -1;

	if (!plan->mounts.root)
		return 0; /* its plan has failed */
	return fd < 0 ? -1 : check_program(plan, fd);
}

static void check_all(const struct host *host, const struct create_options *options,
		      struct checking *k)
{
	struct plan plan;

	if (look(container_plan(host, "check", options, &plan)) < 0 || k->count)
		return; /* what is asked of the host comes from the plan */
	look(check_namespaces(&plan.namespaces));
	look(check_root(&plan));
	look(mounts_check_sources(&plan.mounts));
	look(devices_check_sources(&plan.devices));
	look(net_devices_check(plan.spec));
	look(cgroup_check(&plan.cgroup));
	look(check_filter(&plan));
	check_hooks(plan.spec);
	look(try_process(&plan));
}

int container_check(const struct host *host, const struct create_options *options,
		    void (*found)(const char *text, void *arg), void *arg)
{
	struct checking k = { .found = found, .arg = arg };

	fail_collect(count_and_tell, &k);
	check_all(host, options, &k);
	fail_collect(NULL, NULL);
	return k.count;
}
