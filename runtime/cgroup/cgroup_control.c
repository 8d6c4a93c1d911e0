/* Freezing, killing, listing, waiting: all by the descriptor of the cgroup's directory. */
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/process.h"
#include "base/text.h"
#include "base/wait.h"
#include "cgroup/cgroup.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { EVENTS_SIZE = 128, PROCS_LIMIT = 64 << 20, MAX_DEPTH = 128 };

/* cgroup.events: "populated 1\nfrozen 0\n".  The value, or -1 with errno. */
static int read_event(int events_fd, const char *name)
{
	char text[EVENTS_SIZE];
	ssize_t n = pread(events_fd, text, sizeof text - 1, 0);

	if (n < 0)
		return -1;
	text[n] = '\0';
	for (const char *line = text; line && *line;
	     line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (text_starts(line, name) && line[strlen(name)] == ' ')
			return line[strlen(name) + 1] == '1';
	errno = ENODATA;
	return -1;
}

static int open_events(int dir_fd)
{
	return openat(dir_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
}

/* Waits until the event has the value.  A cgroup that is gone has nothing in it and nothing frozen.
 */
static int wait_event(int dir_fd, const char *name, int value, int64_t deadline, const char *what)
{
	cleanup_fd int fd = open_events(dir_fd);
	struct pollfd one = { .fd = fd, .events = POLLPRI };

	for (int now = fd < 0 ? -1 : read_event(fd, name); now != value;
	     now = read_event(fd, name)) {
		if (now < 0 && (errno == ENODEV || errno == ENOENT))
			return 0;
		if (now < 0)
			return fail(errno, "read cgroup.events");
		if (wait_for(&one, 1, deadline, what) < 0)
			return -1;
	}
	return 0;
}

int cgroup_freeze(int dir_fd, int64_t deadline)
{
	if (file_write(dir_fd, "cgroup.freeze", "1") < 0)
		return -1;
	if (wait_event(dir_fd, "frozen", 1, deadline, "the container to freeze") == 0)
		return 0;
	/* Half frozen is worse than running.  The first failure is the one to report, and the
	 * kernel keeps trying. */
	int fd = openat(dir_fd, "cgroup.freeze", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "0", 1) < 0)
		log_debug("thaw after a failed freeze: %s", fail_reason(errno));
	fd_close(&fd);
	return -1;
}

int cgroup_thaw(int dir_fd, int64_t deadline)
{
	if (file_write(dir_fd, "cgroup.freeze", "0") < 0)
		return -1;
	return wait_event(dir_fd, "frozen", 0, deadline, "the container to thaw");
}

bool cgroup_is_frozen(int dir_fd)
{
	char text[8];

	return file_read_line(dir_fd, "cgroup.freeze", text, sizeof text) > 0 && *text == '1';
}

bool cgroup_is_populated(int dir_fd)
{
	cleanup_fd int fd = open_events(dir_fd);

	return fd >= 0 && read_event(fd, "populated") == 1;
}

int64_t cgroup_oom_kills(int dir_fd)
{
	char text[512];
	/* file_read_line() reads up to the size, not to the end of the line. */
	ssize_t n = file_read_line(dir_fd, "memory.events", text, sizeof text);
	const char *row = n > 0 ? strstr(text, "oom_kill ") : NULL;

	return row ? strtoll(row + strlen("oom_kill "), NULL, 10) : -1;
}

int cgroup_kill(int dir_fd)
{
	if (file_write(dir_fd, "cgroup.kill", "1") == 0)
		return 0;
	/* Removed since it was opened (systemd does that to a scope that has ended): nobody is in
	 * it. */
	if (failure()->code == ENODEV ||
	    (failure()->code == ENOENT && faccessat(dir_fd, "cgroup.procs", F_OK, 0) < 0))
		return 0;
	return -1;
}

int cgroup_wait_empty(int dir_fd, int64_t deadline)
{
	return wait_event(dir_fd, "populated", 0, deadline, "the processes of the cgroup to end");
}

struct pids {
	pid_t *items;
	size_t count, room;
};

static void add_pid(struct pids *p, pid_t pid)
{
	if (p->count == p->room) {
		p->room = p->room ? 2 * p->room : 16;
		p->items = reallocarray(p->items, p->room, sizeof *p->items);
		if (!p->items)
			fail_fatal("out of memory");
	}
	p->items[p->count++] = pid;
}

static int add_procs(int dir_fd, struct pids *p)
{
	cleanup_free char *text = NULL;
	cleanup_fd int fd = openat(dir_fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT || errno == ENODEV ? 0 : fail(errno, "open cgroup.procs");
	if (file_read_fd(fd, PROCS_LIMIT, &text, NULL) < 0) {
		/* Threaded: its processes stand in the domain above.  Gone: none. */
		if (failure()->code == EOPNOTSUPP || failure()->code == ENODEV)
			return 0;
		return fail_in("cgroup.procs");
	}
	for (char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		pid_t pid = (pid_t)strtol(line, NULL, 10);

		if (pid > 0) /* 0: a process of another pid namespace, which cannot be named here */
			add_pid(p, pid);
	}
	return 0;
}

static int add_tree(int dir_fd, struct pids *p, unsigned depth)
{
	if (depth > MAX_DEPTH)
		return fail(ELOOP, "the container nested its cgroups deeper than %d", MAX_DEPTH);
	if (add_procs(dir_fd, p) < 0)
		return -1;
	struct stat st;

	/* A directory has a link for each one below it: most often none, and nothing to list. */
	if (fstat(dir_fd, &st) == 0 && st.st_nlink == 2)
		return 0;
	DIR *dir = fdopendir(openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	int result = 0;

	if (!dir)
		return errno == ENOENT || errno == ENODEV || errno == EBADF
			       ? 0
			       : fail(errno, "list a cgroup");
	for (struct dirent *e; result == 0 && (e = readdir(dir)) != NULL;) {
		if (e->d_type != DT_DIR || !strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		cleanup_fd int fd = openat(dir_fd, e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd >= 0) /* else removed since it was listed */
			result = add_tree(fd, p, depth + 1);
	}
	closedir(dir);
	return result;
}

int cgroup_processes(int dir_fd, pid_t **ret, size_t *ret_count)
{
	struct pids p = { 0 };

	if (add_tree(dir_fd, &p, 0) < 0) {
		free(p.items);
		return -1;
	}
	*ret = p.items;
	*ret_count = p.count;
	return 0;
}

int cgroup_signal_all(int dir_fd, int signal)
{
	cleanup_free pid_t *pids = NULL;
	size_t count;

	if (signal == SIGKILL)
		return cgroup_kill(dir_fd);
	if (cgroup_processes(dir_fd, &pids, &count) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (process_signal_pid(pids[i], signal) < 0 && errno != ESRCH)
			return fail(errno, "signal process %d", (int)pids[i]);
	return 0;
}
