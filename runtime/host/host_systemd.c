#include "host/host_systemd.h"
#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef RING3_SYSTEMD_HELPER /* the Makefile names it */
#define RING3_SYSTEMD_HELPER "/usr/local/libexec/ring3/ring3-systemd"
#endif

bool host_has_systemd(const struct host *h)
{
	return h->proc_fd < 0 || access("/run/systemd/system", F_OK) == 0;
}

const char *host_systemd_helper(void)
{
	return RING3_SYSTEMD_HELPER;
}

uid_t host_outer_uid(const struct host *h)
{
	cleanup_free char *map = NULL;
	char *rest;

	if (!h->in_user_namespace || h->proc_fd < 0 ||
	    file_read(h->proc_fd, "self/uid_map", 1 << 16, &map, NULL) < 0)
		return h->euid;
	rest = map;
	for (char *line; (line = strsep(&rest, "\n"));) {
		unsigned inner, outer, count;

		if (sscanf(line, "%u %u %u", &inner, &outer, &count) == 3 && h->euid >= inner &&
		    h->euid - inner < count)
			return outer + (h->euid - inner);
	}
	return h->euid;
}

/* What is not in the specification's list of plain bytes is escaped. */
static const char *unix_address(const char *directory, const char *name, struct arena *arena)
{
	cleanup_text struct text out = { 0 };

	text_add(&out, "unix:path=");
	for (const char *c = directory; *c; c++) {
		if (isalnum((unsigned char)*c) || strchr("-_/.", *c))
			text_add_bytes(&out, c, 1);
		else
			text_addf(&out, "%%%02x", (unsigned char)*c);
	}
	text_add(&out, name);
	return arena_strdup(arena, out.data);
}

/* The direct socket first: it is there without a message bus, and a bus that is restarted does not
 * matter. systemctl does it so. */
static size_t add_directory(const char *directory, const char *bus, struct arena *arena,
			    struct systemd_socket *out)
{
	out[0] =
		(struct systemd_socket){ unix_address(directory, "/systemd/private", arena), true };
	out[1] = (struct systemd_socket){ unix_address(directory, bus, arena), false };
	return 2;
}

size_t host_systemd_sockets(const struct host *h, bool user, struct arena *arena,
			    struct systemd_socket out[SYSTEMD_SOCKETS])
{
	const char *session = getenv("DBUS_SESSION_BUS_ADDRESS"), *usual;
	size_t count = 0;

	if (!user)
		return add_directory("/run", "/dbus/system_bus_socket", arena, out);
	usual = arena_printf(arena, "/run/user/%u", (unsigned)host_outer_uid(h));
	if (h->runtime_dir && *h->runtime_dir == '/' && strcmp(h->runtime_dir, usual) != 0)
		count += add_directory(h->runtime_dir, "/bus", arena, out);
	count += add_directory(usual, "/bus", arena, out + count);
	if (text_is_set(session) && !strchr(session, '\n'))
		out[count++] = (struct systemd_socket){ session, false };
	return count;
}

/* /proc/1/cgroup is PATH/init.scope. */
static const char *system_cgroup(const struct host *h, struct arena *arena)
{
	cleanup_free char *list = NULL;
	char *rest;

	if (h->proc_fd < 0 || file_read(h->proc_fd, "1/cgroup", 1 << 16, &list, NULL) < 0)
		return "";
	rest = list;
	for (char *line; (line = strsep(&rest, "\n"));)
		if (text_starts(line, "0::/") && text_ends(line, "/init.scope"))
			return arena_strndup(arena, line + 3,
					     strlen(line) - 3 - strlen("/init.scope"));
	return "";
}

const char *host_systemd_cgroup(const struct host *h, bool user, struct arena *arena)
{
	const unsigned uid = (unsigned)host_outer_uid(h);
	const char *own, *service, *at;

	if (!user)
		return system_cgroup(h, arena);
	own = host_cgroup_own(h);
	service = arena_printf(arena, "/user@%u.service", uid);
	at = strstr(own, service);
	if (at && (at[strlen(service)] == '/' || !at[strlen(service)]))
		return arena_strndup(arena, own, (size_t)(at - own) + strlen(service));
	return arena_printf(arena, "/user.slice/user-%u.slice%s", uid, service);
}
