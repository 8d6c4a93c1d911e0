/* bus.c - the calls of org.freedesktop.systemd1.Manager that a container's scope needs. */
#include "bus.h"
#include "base/fail.h"
#include <errno.h>
#include <string.h>
#include <systemd/sd-bus.h>

static const char service[] = "org.freedesktop.systemd1",
		  manager_path[] = "/org/freedesktop/systemd1",
		  manager[] = "org.freedesktop.systemd1.Manager";

static sd_bus *bus;

#define cleanup_message __attribute__((cleanup(sd_bus_message_unrefp)))
#define cleanup_error	__attribute__((cleanup(sd_bus_error_free)))

void bus_close(void)
{
	bus = sd_bus_flush_close_unref(bus);
}

/* Connecting is lazy: only an answer shows that somebody is there who talks to us. */
static int probe(void)
{
	cleanup_error sd_bus_error error = SD_BUS_ERROR_NULL;
	cleanup_message sd_bus_message *reply = NULL;

	return sd_bus_get_property(bus, service, manager_path, manager, "Version", &error, &reply,
				   "s");
}

int bus_open(const char *address, bool direct)
{
	int result = sd_bus_new(&bus);

	if (result >= 0)
		result = sd_bus_set_address(bus, address);
	if (result >= 0)
		result = sd_bus_set_bus_client(bus, !direct);
	if (result >= 0)
		result = sd_bus_start(bus);
	if (result >= 0)
		result = probe();
	if (result >= 0)
		return 0;
	bus_close();
	return fail(-result, "%s", address);
}

/* ---- messages ---- */

static int append(sd_bus_message *m, const struct gvariant *v);

static int append_items(sd_bus_message *m, const struct gvariant *v, char type,
			const char *contents)
{
	int result = sd_bus_message_open_container(m, type, contents);

	for (size_t i = 0; i < v->count && result >= 0; i++)
		result = append(m, &v->items[i]);
	return result < 0 ? result : sd_bus_message_close_container(m);
}

static int append_structure(sd_bus_message *m, const struct gvariant *v)
{
	char contents[256];
	size_t length = strlen(v->signature);

	if (length - 2 >= sizeof contents)
		return -E2BIG;
	memcpy(contents, v->signature + 1, length - 2);
	contents[length - 2] = '\0';
	return append_items(m, v, 'r', contents);
}

static int append_basic(sd_bus_message *m, const struct gvariant *v)
{
	const int boolean = v->b;
	const uint8_t byte = (uint8_t)v->u;
	const uint16_t word = (uint16_t)v->u;
	const uint32_t number = (uint32_t)v->u;

	switch (*v->signature) {
	case 'b':
		return sd_bus_message_append_basic(m, 'b', &boolean);
	case 'y':
		return sd_bus_message_append_basic(m, 'y', &byte);
	case 'n':
	case 'q':
		return sd_bus_message_append_basic(m, *v->signature, &word);
	case 'i':
	case 'u':
		return sd_bus_message_append_basic(m, *v->signature, &number);
	case 's':
	case 'o':
	case 'g':
		return sd_bus_message_append_basic(m, *v->signature, v->string);
	default: /* x, t, d: eight bytes */
		return sd_bus_message_append_basic(m, *v->signature, &v->u);
	}
}

static int append(sd_bus_message *m, const struct gvariant *v)
{
	switch (*v->signature) {
	case 'a':
		return append_items(m, v, 'a', v->signature + 1);
	case '(':
		return append_structure(m, v);
	default:
		return append_basic(m, v);
	}
}

static int append_property(sd_bus_message *m, const struct property *p)
{
	int result = sd_bus_message_open_container(m, 'r', "sv");

	if (result >= 0)
		result = sd_bus_message_append_basic(m, 's', p->name);
	if (result >= 0)
		result = sd_bus_message_open_container(m, 'v', p->value->signature);
	if (result >= 0)
		result = append(m, p->value);
	if (result >= 0)
		result = sd_bus_message_close_container(m);
	if (result >= 0)
		result = sd_bus_message_close_container(m);
	return result < 0 ? fail(-result, "property %s", p->name) : 0;
}

static int append_properties(sd_bus_message *m, const struct property *properties, size_t count)
{
	int result = sd_bus_message_open_container(m, 'a', "(sv)");

	if (result < 0)
		return fail(-result, "the list of properties");
	for (size_t i = 0; i < count; i++)
		if (append_property(m, &properties[i]) < 0)
			return -1;
	result = sd_bus_message_close_container(m);
	return result < 0 ? fail(-result, "the list of properties") : 0;
}

static int new_call(const char *method, sd_bus_message **ret)
{
	int result =
		sd_bus_message_new_method_call(bus, ret, service, manager_path, manager, method);

	return result < 0 ? fail(-result, "%s", method) : 0;
}

/* In the manager's words, on one line. */
static int refuse(const char *unit, int code, const sd_bus_error *error)
{
	if (error->message)
		return fail(0, "%s: %s", unit, error->message);
	return fail(-code, "%s", unit);
}

/* ---- jobs ---- */

struct job {
	const char *path;
	bool ended;
	char result[64];
};

static int job_removed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	const char *path, *unit, *result;
	struct job *job = userdata;
	uint32_t id;

	(void)error;
	if (sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) < 0 || !job->path ||
	    strcmp(path, job->path) != 0)
		return 0;
	job->ended = true;
	strncpy(job->result, result, sizeof job->result - 1);
	return 0;
}

/* The signal may come as soon as the job is made: listening begins before that. */
static int listen_for(struct job *job, sd_bus_slot **ret)
{
	int result = sd_bus_match_signal(bus, ret, service, manager_path, manager, "JobRemoved",
					 job_removed, job);

	return result < 0 ? fail(-result, "listen for the end of jobs") : 0;
}

static int wait_for_job(struct job *job, sd_bus_message *reply, const char *unit)
{
	int result = sd_bus_message_read(reply, "o", &job->path);

	while (result >= 0 && !job->ended) {
		result = sd_bus_process(bus, NULL);
		if (result == 0)
			result = sd_bus_wait(bus, UINT64_MAX); /* the process has a deadline */
		if (result == -EINTR)
			result = 0;
	}
	return result < 0 ? fail(-result, "%s: the connection to systemd", unit) : 0;
}

#define cleanup_slot __attribute__((cleanup(sd_bus_slot_unrefp)))

/* ---- what is asked for ---- */

/* "Cannot set property X, or unknown property." */
static struct property *find_unknown(struct property *properties, size_t count,
				     const sd_bus_error *error)
{
	if (!sd_bus_error_has_name(error, SD_BUS_ERROR_PROPERTY_READ_ONLY))
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const char *at =
			properties[i].optional ? strstr(error->message, properties[i].name) : NULL;
		size_t n = strlen(properties[i].name);

		if (at && at > error->message && at[-1] == ' ' && strchr(" ,.", at[n]))
			return &properties[i];
	}
	return NULL;
}

static bool drop_unknown(struct property *properties, size_t *count, const sd_bus_error *error,
			 struct text *ret_without)
{
	struct property *unknown = find_unknown(properties, *count, error);

	if (!unknown)
		return false;
	text_addf(ret_without, " %s", unknown->name);
	(*count)--;
	memmove(unknown, unknown + 1, (size_t)((char *)&properties[*count] - (char *)unknown));
	return true;
}

static int forget_failure(const char *unit)
{
	cleanup_error sd_bus_error error = SD_BUS_ERROR_NULL;
	int result;

	waiting_for("systemd to forget the failure of", unit);
	result = sd_bus_call_method(bus, service, manager_path, manager, "ResetFailedUnit", &error,
				    NULL, "s", unit);
	if (result < 0 && !sd_bus_error_has_name(&error, "org.freedesktop.systemd1.NoSuchUnit"))
		return refuse(unit, result, &error);
	return 0;
}

int bus_stop(const char *unit)
{
	cleanup_error sd_bus_error error = SD_BUS_ERROR_NULL;
	cleanup_message sd_bus_message *reply = NULL;
	cleanup_slot sd_bus_slot *slot = NULL;
	struct job job = { 0 };

	if (listen_for(&job, &slot) < 0)
		return -1;
	waiting_for("systemd to stop", unit);
	int result = sd_bus_call_method(bus, service, manager_path, manager, "StopUnit", &error,
					&reply, "ss", unit, "replace");

	if (result < 0 && sd_bus_error_has_name(&error, "org.freedesktop.systemd1.NoSuchUnit"))
		return 0;
	if (result < 0)
		return refuse(unit, result, &error);
	return wait_for_job(&job, reply, unit) < 0 ? -1 : forget_failure(unit);
}

/* Is a process in it?  A manager that cannot say so counts as yes: nothing of others is stopped. */
static bool has_processes(const char *unit)
{
	cleanup_error sd_bus_error error = SD_BUS_ERROR_NULL;
	cleanup_message sd_bus_message *reply = NULL;

	waiting_for("systemd to list the processes of", unit);
	if (sd_bus_call_method(bus, service, manager_path, manager, "GetUnitProcesses", &error,
			       &reply, "s", unit) < 0)
		return !sd_bus_error_has_name(&error, "org.freedesktop.systemd1.NoSuchUnit");
	return sd_bus_message_enter_container(reply, 'a', "(sus)") < 0 ||
	       sd_bus_message_at_end(reply, false) <= 0;
}

/* A unit of that name is there: failed, or about to go.  One that lives is somebody else's. */
static int clear_leftover(const char *unit)
{
	if (has_processes(unit))
		return fail(EEXIST, "%s: there is such a unit already, with processes in it", unit);
	return bus_stop(unit);
}

static int start_once(const char *unit, struct property *properties, size_t *count,
		      struct text *ret_without, bool *ret_leftover)
{
	cleanup_message sd_bus_message *m = NULL, *reply = NULL;
	cleanup_error sd_bus_error error = SD_BUS_ERROR_NULL;
	cleanup_slot sd_bus_slot *slot = NULL;
	struct job job = { 0 };
	int result;

	*ret_leftover = false;
	if (listen_for(&job, &slot) < 0 || new_call("StartTransientUnit", &m) < 0)
		return -1;
	result = sd_bus_message_append(m, "ss", unit, "fail");
	if (result < 0 || append_properties(m, properties, *count) < 0)
		return result < 0 ? fail(-result, "%s", unit) : -1;
	result = sd_bus_message_append(m, "a(sa(sv))", 0);
	if (result < 0)
		return fail(-result, "%s", unit);
	waiting_for("systemd to start", unit);
	result = sd_bus_call(bus, m, 0, &error, &reply);
	if (result < 0) {
		*ret_leftover =
			sd_bus_error_has_name(&error, "org.freedesktop.systemd1.UnitExists");
		if (drop_unknown(properties, count, &error, ret_without))
			return 1;
		return refuse(unit, result, &error);
	}
	if (wait_for_job(&job, reply, unit) < 0)
		return -1;
	return strcmp(job.result, "done")
		       ? fail(0, "%s: its start job ended with \"%s\", the journal says why", unit,
			      job.result)
		       : 0;
}

int bus_start(const char *unit, struct property *properties, size_t *count,
	      struct text *ret_without)
{
	bool leftover, cleared = false;

	for (;;) {
		int result = start_once(unit, properties, count, ret_without, &leftover);

		if (result <= 0 && (!leftover || cleared))
			return result;
		if (leftover && clear_leftover(unit) < 0)
			return -1;
		cleared |= leftover;
	}
}

static int set_once(const char *unit, struct property *properties, size_t *count,
		    struct text *ret_without)
{
	cleanup_error sd_bus_error error = SD_BUS_ERROR_NULL;
	cleanup_message sd_bus_message *m = NULL;
	int result;

	if (new_call("SetUnitProperties", &m) < 0)
		return -1;
	result = sd_bus_message_append(m, "sb", unit, true); /* for as long as it runs */
	if (result < 0 || append_properties(m, properties, *count) < 0)
		return result < 0 ? fail(-result, "%s", unit) : -1;
	waiting_for("systemd to set properties of", unit);
	result = sd_bus_call(bus, m, 0, &error, NULL);
	if (result >= 0)
		return 0;
	return drop_unknown(properties, count, &error, ret_without) ? 1
								    : refuse(unit, result, &error);
}

int bus_set(const char *unit, struct property *properties, size_t *count, struct text *ret_without)
{
	int result;

	while ((result = set_once(unit, properties, count, ret_without)) > 0)
		;
	return result;
}

int bus_attach(const char *unit, const char *subgroup, unsigned pid)
{
	cleanup_error sd_bus_error error = SD_BUS_ERROR_NULL;
	int result;

	waiting_for("systemd to move the process into", unit);
	result = sd_bus_call_method(bus, service, manager_path, manager, "AttachProcessesToUnit",
				    &error, NULL, "ssau", unit, subgroup, 1, pid);
	return result < 0 ? refuse(unit, result, &error) : 0;
}
