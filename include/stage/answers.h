/* answers.h - the parent's answers that create and exec share, in parent.c.  Only for stage/. */
#pragma once
#include <stdint.h>
struct stage_parent;

/* What the answers need between them. */
struct server {
	struct stage_parent *p;
	int program_fd; /* compiled seccomp program, -1: not yet */
	int devices_fd; /* loaded device program, -1: not yet, or there is none */
	int source_fd;	/* the bind source that was asked for last, -1: none */
};
int answer_place(void *server, int fd, uint32_t value, int *ret_fd);
/* parent_network.c: moves the devices of linux.netDevices; fd: the container's network namespace.
 */
int answer_net_devices(void *server, int fd, uint32_t value, int *ret_fd);
int answer_console(void *server, int fd, uint32_t value, int *ret_fd);

/* The child has ended without a word: how says more than the end of file.  Records the failure. */
void name_the_death(struct stage_parent *p);
