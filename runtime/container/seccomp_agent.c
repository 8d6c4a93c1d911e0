/* seccomp_agent.c - the one message that a seccomp agent gets for each filtered process. */
#include "container/seccomp_agent.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/socket.h"
#include "container/container.h"
#include <errno.h>
#include <string.h>

int seccomp_agent_connect(struct seccomp_agent *agent, const char *path)
{
	const struct spec_seccomp *sc = agent->spec->linux_.seccomp;

	agent->fd = socket_connect("seccomp agent", path);
	if (agent->fd >= 0)
		return 0;
	const struct failure first = *failure();

	/* The annotation and the environment have no place of their own here. */
	if (sc && text_is_set(sc->listener_path))
		return fail_at(&sc->listener_path, 0, "%s", first.text);
	return -1;
}

int seccomp_agent_send(void *owner, int listener_fd)
{
	struct seccomp_agent *agent = owner;
	const struct spec_seccomp *sc = agent->spec->linux_.seccomp;
	cleanup_text struct text text = { 0 };
	struct spec_state state;

	container_state(agent->c, STATUS_RUNNING, &state);
	state.status = agent->status;
	spec_process_state_write(&text, &state, agent->pid, sc->listener_metadata);
	int result = fd_send(agent->fd, text.data, text.length, listener_fd);

	fd_close(&agent->fd);
	return result < 0 ? fail_in("seccomp agent") : 0;
}
