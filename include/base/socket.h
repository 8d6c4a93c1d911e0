/* socket.h - connecting to a unix socket by its path.  Sending over it: fd.h. */
#pragma once

/*
 * A stream socket connected to path, which may be longer than sun_path; the caller owns it.  what
 * names the other side in messages.  Neither connecting nor a later message waits longer than
 * WAIT_HELPER for a server that does not accept or read.
 */
int socket_connect(const char *what, const char *path);
