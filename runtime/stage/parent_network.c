/*
 * parent_network.c - the parent's answer to "network devices": they move from its own network
 * namespace into the container's, which it does not enter itself.
 */
#include "base/fail.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/wait.h"
#include "sandbox/netlink.h"
#include "stage/answers.h"
#include "stage/stage.h"
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Ends with the caller's rights, which the container's own root may not have over a namespace that
 * was there before it. */
__attribute__((noreturn)) static void enter_and_open(int ns_fd, struct sync *to_parent)
{
	cleanup_fd int fd = -1;

	if (setns(ns_fd, CLONE_NEWNET) < 0)
		fail(errno, "enter the network namespace of the container");
	else
		fd = netlink_open();
	if (fd < 0 || sync_hand_over(to_parent, fd) < 0)
		sync_tell_failure(to_parent);
	_exit(0);
}

/* A netlink socket in another network namespace. */
static int open_there(int ns_fd)
{
	struct sync parent = { -1 }, child = { -1 };
	cleanup_fd int pidfd = -1, fd = -1;

	if (sync_pair(&parent, &child) < 0)
		return -1;
	pid_t pid = process_clone(0, -1, SIGCHLD, &pidfd);
	if (pid == 0)
		enter_and_open(ns_fd, &child);
	fd_close(&child.fd);
	int result = pid < 0 ? -1 : sync_take_over(&parent, WAIT_HELPER, &fd);
	fd_close(&parent.fd);
	if (pid > 0)
		process_kill_and_reap(pidfd); /* it has nothing more to tell */
	return result < 0 ? -1 : take_fd(&fd);
}

int answer_net_devices(void *server, int fd, uint32_t value, int *ret_fd)
{
	const struct stage_parent *p = ((struct server *)server)->p;

	(void)value, (void)ret_fd;
	if (fd < 0 || !p->net_devices)
		return fail(EPROTO, "network devices without a namespace");
	int socket_fd = open_there(fd);
	return socket_fd < 0 ? -1 : net_devices_move(p->plan->spec, socket_fd, p->net_devices);
}
