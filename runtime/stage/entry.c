/* entry.c - which namespaces of init a process goes into, and the way in. */
#include "stage/entry.h"
#include "base/fail.h"
#include "base/fd.h"
#include "sandbox/namespaces.h"
#include "stage/gate.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

/*
 * Until its program is executed init is not dumpable, and its memory belongs to the namespace that
 * the runtime came from: an ordinary user is refused a look at it.  Init itself is asked then.
 */
static int ask_init(struct entry *e, const char *id, pid_t init, int dir_fd, int proc_fd)
{
	char name[32];

	snprintf(name, sizeof name, "%d", (int)init);
	/* Not O_PATH: the init of an older runtime takes that for the end of its gate. */
	cleanup_fd int init_fd = openat(proc_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (init_fd < 0)
		return fail(errno, "open /proc/%s", name);
	e->shown = true;
	if (gate_namespaces(dir_fd, "start.sock", e->init_pidfd, init_fd, e->fds) < 0)
		return fail_in("container %s, which is created", id);
	return namespaces_open_differ(proc_fd, e->fds, &e->namespaces);
}

int entry_find(struct entry *e, const char *id, pid_t init, bool created, int dir_fd, int proc_fd)
{
	if (namespaces_that_differ(proc_fd, (int)init, &e->namespaces) == 0)
		return 0;
	return failure()->code == EACCES && created ? ask_init(e, id, init, dir_fd, proc_fd) : -1;
}

int entry_join(const struct entry *e, uint64_t flags)
{
	return e->shown ? namespaces_enter_open(e->fds, flags)
			: namespaces_enter(e->init_pidfd, flags);
}

void entry_close(struct entry *e)
{
	fd_close(&e->init_pidfd);
	for (int t = 0; t < NS_COUNT; t++)
		fd_close(&e->fds[t]);
}
