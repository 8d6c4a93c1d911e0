/* terminal.h - the pty of the container, its size, the console socket, raw mode.  The copying loop
 * is container/watch. */
#pragma once
#include "spec/spec.h"
#include <termios.h>
struct sandbox;

struct terminal {
	bool wanted, has_size;
	uint32_t rows, columns;
	uint32_t uid;	  /* of the program: it owns the slave, so that it can open it again */
	bool host_mounts; /* no mount namespace of its own: /dev/console is left alone (D-07). Set
			     by plan.c */
};
int terminal_plan(const struct spec_process *process, struct terminal *ret);
/* Child, after the change of root, devpts attached: pty from the devpts mount's own descriptor
 * (K20, R4), size set, slave mounted on /dev/console, master handed out through s->send_console,
 * slave kept in console_fd. */
int terminal_make(const struct terminal *t, struct sandbox *s);
/* Child: slave becomes the controlling terminal and 0, 1, 2. */
int terminal_attach(struct sandbox *s);
/* Parent: connects now, so that a bad path fails early; sends one message with one descriptor, does
 * not wait for accept (EC-13). */
int terminal_connect(const char *socket_path);
int terminal_send(int socket_fd, int master_fd, const char *pty_name);
/* Foreground: raw mode of the caller's terminal, and back. */
int terminal_raw(int fd, struct termios *saved);
void terminal_restore(int fd, const struct termios *saved);
int terminal_copy_size(int from_fd, int to_fd);
/* Foreground, with the master: the raw terminal of the caller still makes CR LF of LF, so the pty
 * must not do it as well. */
int terminal_keep_newlines(int master_fd);
