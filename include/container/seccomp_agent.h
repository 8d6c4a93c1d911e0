/* seccomp_agent.h - who answers the calls of a filter with SCMP_ACT_NOTIFY: a server at
 * linux.seccomp.listenerPath.  Does not load filters, does not answer. */
#pragma once
#include <sys/types.h>
struct container;
struct spec;

struct seccomp_agent {
	int fd; /* the connection, the agent's own: closed by seccomp_agent_send(); -1: none */
	struct container *c;
	const struct spec *spec;
	const char *status; /* of the state that is sent: "creating" for init, "running" for exec */
	pid_t pid;	    /* of the filtered process */
};

/* Connects to path, which a member of spec may have named; -1 with a failure that says so. */
int seccomp_agent_connect(struct seccomp_agent *agent, const char *path);
/* Sends the container process state with the listener, in one message (SC-18), and hangs up. */
int seccomp_agent_send(void *agent, int listener_fd);
