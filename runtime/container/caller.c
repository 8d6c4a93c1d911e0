/* caller.c - what create and exec owe the one who calls them. */
#include "container/caller.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "container/container.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

int caller_check_terminal(const struct spec_process *process, bool foreground,
			  const char *console_socket)
{
	bool terminal = process && process->terminal;

	if (terminal && !foreground && !console_socket)
		return fail_at(
			&process->terminal, 0,
			"cannot allocate tty if runc will detach without setting console socket "
			"(give --console-socket, or set terminal to false)");
	if (console_socket && (!terminal || foreground))
		return fail(0, "cannot use console socket if runc will not detach or allocate tty");
	return 0;
}

int caller_check_descriptors(unsigned count)
{
	for (unsigned fd = 3; fd < 3 + count; fd++) {
		int flags = fcntl((int)fd, F_GETFD);

		/* This program's own descriptors are born close-on-exec; what came through its
		 * re-execution is not. */
		if (flags < 0 || (flags & FD_CLOEXEC))
			return fail(EBADF, "descriptor %u, to be preserved", fd);
	}
	return fd_cloexec_from(3);
}

/* LISTEN_PID is not compared: conmon and systemd name the process they started, which may be a
 * wrapper. */
unsigned caller_listen_fds(void)
{
	const char *count = getenv("LISTEN_FDS");
	uint64_t n;

	if (!count || text_to_u64(count, 1024, &n) < 0)
		return 0;
	return (unsigned)n;
}

/*
 * Podman takes the sockets for its own business: it writes LISTEN_FDS into
 * process.env, counts them in --preserve-fds, and leaves the variable to the runtime all the same.
 */
static bool counts_sockets_itself(const struct spec_process *process)
{
	for (const char **env = process ? process->env : NULL; env && *env; env++)
		if (text_starts(*env, "LISTEN_FDS="))
			return true;
	return false;
}

unsigned caller_descriptors(const struct spec_process *process, unsigned preserve_fds,
			    unsigned listen_fds)
{
	if (!counts_sockets_itself(process))
		return listen_fds + preserve_fds;
	return listen_fds > preserve_fds ? listen_fds : preserve_fds;
}

static int send_pidfd(const char *asked_by, const char *path, const char *kind, int pidfd)
{
	if (!text_is_set(path))
		return 0;
	cleanup_fd int fd = terminal_connect(path);
	if (fd < 0 || terminal_send(fd, pidfd, kind) < 0)
		return fail_in("%s %s", asked_by, path);
	return 0;
}

int caller_announce(const struct announcement *a, const struct created *created)
{
	char pid[16];
	int n = snprintf(pid, sizeof pid, "%d", (int)created->pid);

	if (send_pidfd("--pidfd-socket", a->pidfd_socket, a->pidfd_kind, created->pidfd) < 0 ||
	    send_pidfd("annotation run.oci.pidfd_receiver", a->pidfd_receiver, a->pidfd_kind,
		       created->pidfd) < 0)
		return -1;
	if (a->pid_file && file_replace_path(a->pid_file, pid, (size_t)n, 0644) < 0)
		return fail_in("--pid-file %s", a->pid_file);
	return 0;
}
