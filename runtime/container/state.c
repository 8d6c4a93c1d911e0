/*
 * state.c - the private record of a container: its rows, reading, atomic saving, and the OCI
 * document made of it.
 */
#include "base/fail.h"
#include "base/file.h"
#include "base/log.h"
#include "cgroup/cgroup.h"
#include "container/container.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { STATE_MAX_SIZE = JSON_MAX_SIZE, PASSWD_MAX_SIZE = 1 << 20 };

static const struct name_value manager_names[] = {
	{ "cgroupfs", CGROUP_CGROUPFS },
	{ "systemd", CGROUP_SYSTEMD },
	{ "disabled", CGROUP_DISABLED },
	{ NULL, 0 },
};

/* pid and start time have the names that readers of runc's record look for. */
SHAPE(struct state, state_shape, JSON_I64(struct state, format, "format", REQUIRED),
      JSON_S(struct state, id, "id", REQUIRED), JSON_S(struct state, bundle, "bundle", REQUIRED),
      JSON_S(struct state, rootfs, "rootfs"), JSON_S(struct state, created, "created", REQUIRED),
      JSON_S(struct state, owner, "owner"), JSON_S(struct state, boot_id, "bootId", REQUIRED),
      JSON_I64(struct state, pid, "init_process_pid", REQUIRED),
      JSON_U64(struct state, start_time, "init_process_start", REQUIRED),
      JSON_N(struct state, cgroup_manager, "cgroupManager", manager_names, REQUIRED),
      JSON_S(struct state, cgroup_mount, "cgroupMount"),
      JSON_S(struct state, cgroup_path, "cgroupPath"),
      JSON_S(struct state, cgroup_made, "cgroupMade"),
      JSON_S(struct state, systemd_unit, "systemdUnit"),
      JSON_B(struct state, systemd_user, "systemdUser"),
      JSON_S(struct state, rdt_mount, "rdtMount"), JSON_S(struct state, rdt_group, "rdtGroup"),
      JSON_S(struct state, rdt_monitor, "rdtMonitor"),
      JSON_B(struct state, owns_pid_namespace, "ownsPidNamespace"),
      JSON_B(struct state, no_pivot, "noPivot"),
      JSON_B(struct state, no_new_keyring, "noNewKeyring"),
      JSON_B(struct state, has_process, "hasProcess"),
      JSON_B(struct state, has_poststart, "hasPoststart"),
      JSON_B(struct state, has_poststop, "hasPoststop"),
      JSON_S(struct state, seccomp_agent, "seccompAgent"),
      JSON_M(struct state, annotations, "annotations"), );

int state_save(struct container *c)
{
	cleanup_text struct text text = { 0 };

	json_write(&text, &state_shape, &c->state, JSON_COMPACT);
	if (file_replace(c->dir_fd, "state.json", text.data, text.length, 0600) < 0)
		return fail_in("container %s", c->id);
	c->has_state = true;
	return 0;
}

/* A newer binary may have left what this one cannot undo: better no command than half of one. */
static int check_format(const struct container *c, const struct json *record)
{
	const struct json *format = json_member(record, "format");
	int64_t n;

	if (format && format->type == JSON_NUMBER &&
	    text_to_i64(format->text, STATE_FORMAT + 1, INT64_MAX, &n) == 0)
		return fail(0,
			    "container %s was made by a newer ring3 (record format %s, this one "
			    "knows %d)",
			    c->id, format->text, STATE_FORMAT);
	return 0;
}

/* Records are replaced as a whole: this one was damaged by somebody else. */
static int damaged(const struct container *c)
{
	log_warning("container %s: %s", c->id, failure()->text);
	return 0;
}

static int parse(struct container *c, struct json_doc *doc)
{
	struct state state = { 0 };

	if (json_parse(doc) < 0 || json_expect(doc, doc->root, JSON_OBJECT) < 0)
		return damaged(c);
	if (check_format(c, doc->root) < 0)
		return -1;
	if (json_fill(doc, doc->root, &state_shape, &state) < 0)
		return damaged(c);
	c->state = state;
	c->has_state = true;
	return 0;
}

int state_load(struct container *c)
{
	cleanup_free char *text = NULL;
	struct json_doc doc = { .name = "state.json", .arena = c->arena };

	c->has_state = false;
	c->state = (struct state){ .id = c->id };
	if (file_read(c->dir_fd, "state.json", STATE_MAX_SIZE, &text, &doc.size) < 0)
		return failure()->code == ENOENT ? 0 : fail_in("container %s", c->id);
	doc.text = text;
	int result = parse(c, &doc);
	json_forget(&doc);
	return result;
}

void container_state(struct container *c, enum status status, struct spec_state *ret)
{
	const struct state *s = &c->state;

	*ret = (struct spec_state){
		.id = c->id,
		.status = status_names[status],
		.pid = status == STATUS_STOPPED ? 0 : s->pid,
		.bundle = s->bundle ? s->bundle : "",
		.rootfs = s->rootfs ? s->rootfs : "",
		.created = s->created,
		.owner = s->owner ? s->owner : "",
		.annotations = s->annotations,
	};
}

/* NAME:x:UID: of one line; the line is cut into pieces. */
static const char *name_in_line(char *line, const char *uid)
{
	const char *name = strsep(&line, ":");

	strsep(&line, ":");
	const char *number = strsep(&line, ":");
	return number && line && !strcmp(number, uid) ? name : NULL;
}

/* Not by getpwuid(3): NSS loads libraries of the host at run time, also into a static binary. */
const char *container_owner(const struct container *c)
{
	static char owner[256];
	static uid_t known = (uid_t)-1;
	cleanup_free char *passwd = NULL;
	struct stat st;
	char uid[16];

	if (fstat(c->dir_fd, &st) < 0 || st.st_uid == known)
		return owner;
	known = st.st_uid;
	snprintf(uid, sizeof uid, "%u", (unsigned)known);
	snprintf(owner, sizeof owner, "#%s", uid);
	/* Missing or unreadable: the number has to do. */
	if (file_read(AT_FDCWD, "/etc/passwd", PASSWD_MAX_SIZE, &passwd, NULL) < 0)
		return owner;
	for (char *rest = passwd, *line; (line = strsep(&rest, "\n"));) {
		const char *name = name_in_line(line, uid);

		if (name && *name) {
			snprintf(owner, sizeof owner, "%s", name);
			break;
		}
	}
	return owner;
}
