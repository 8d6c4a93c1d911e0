/*
 * systemd_properties.c - one row a cgroup file: the property that makes systemd write the same.
 * Whenever a property of a unit is set, systemd writes all files that it knows of: a limit that
 * stands in the file alone would be gone then.
 */
#include "base/arena.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "cgroup/cgroup_devices.h"
#include "cgroup/systemd.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define UNSET UINT64_MAX /* infinity, and "as if never set" of weights */

struct conversion {
	struct systemd_properties *out;
	const struct cgroup_write *write;
	const char *value;
	int dir_fd; /* of the cgroup, for what a value leaves open; -1: a new one */
	bool failed;
};

static struct systemd_property *find(struct systemd_properties *p, const char *name)
{
	for (size_t i = 0; i < p->list.count; i++)
		if (!strcmp(p->list.items[i].name, name))
			return &p->list.items[i];
	return NULL;
}

struct systemd_property *systemd_property_add(struct systemd_properties *p, const char *name,
					      const char *fmt, ...)
{
	char value[4096];
	va_list args;

	va_start(args, fmt);
	int n = vsnprintf(value, sizeof value, fmt, args);
	va_end(args);
	char *text = arena_alloc(p->arena, (size_t)n + 1);

	va_start(args, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, args);
	va_end(args);
	if (p->list.count == p->room) {
		size_t room = p->room ? p->room * 2 : 32;
		struct systemd_property *more =
			ARENA_ARRAY(p->arena, room, struct systemd_property);

		if (p->list.count)
			memcpy(more, p->list.items, p->list.count * sizeof *more);
		p->list.items = more;
		p->room = room;
	}
	struct systemd_property *added = &p->list.items[p->list.count++];

	*added = (struct systemd_property){ .name = name, .value = text };
	return added;
}

/* The later value of a property wins, as the later write to a file does. */
static void set(struct conversion *c, const char *name, uint64_t value)
{
	struct systemd_property *known = find(c->out, name);

	if (known)
		known->value = arena_printf(c->out->arena, "@t %" PRIu64, value);
	else
		systemd_property_add(c->out, name, "@t %" PRIu64, value)->optional = true;
}

/* "max", "4096", and "4k" as the kernel reads it. */
static bool read_amount(const char *text, uint64_t *ret)
{
	static const char units[] = "KMGTPE";
	char number[32];
	size_t n = strcspn(text, " \t");
	const char *unit;

	*ret = UNSET;
	if (n == 3 && !strncmp(text, "max", 3))
		return true;
	if (!n || n >= sizeof number)
		return false;
	snprintf(number, sizeof number, "%.*s", (int)n, text);
	unit = strchr(units, toupper((unsigned char)number[n - 1]));
	if (unit)
		number[n - 1] = '\0';
	if (text_to_u64(number, UNSET - 1, ret) < 0)
		return false;
	return !unit || !__builtin_mul_overflow(*ret, UINT64_C(1) << 10 * (unit - units + 1), ret);
}

static void amount(struct conversion *c, const char *name)
{
	uint64_t value;

	if (read_amount(c->value, &value))
		set(c, name, value);
	else
		c->failed = true;
}

/* systemd takes no TasksMax=0; with init in it, one is as little. */
static void tasks(struct conversion *c, const char *name)
{
	uint64_t value;

	if (read_amount(c->value, &value))
		set(c, name, value ? value : 1);
	else
		c->failed = true;
}

/* CPUWeight=idle is 0 on the bus.  Not idle any more: the weight that is given, or none. */
static void idle(struct conversion *c, const char *name)
{
	if (*c->value == '1')
		set(c, name, 0);
	else if (!find(c->out, name))
		set(c, name, UNSET);
}

static void weight(struct conversion *c, const char *name)
{
	const struct systemd_property *known = find(c->out, name);

	/* The kernel has no weight for an idle group either. */
	if (!known || strcmp(known->value, "@t 0") != 0)
		amount(c, name);
}

static uint64_t present_period(const struct conversion *c)
{
	enum { DEFAULT_PERIOD = 100000 };
	char line[64];
	uint64_t period;
	const char *second;

	if (c->dir_fd < 0 || file_read_line(c->dir_fd, "cpu.max", line, sizeof line) <= 0)
		return DEFAULT_PERIOD;
	second = strchr(line, ' ');
	return second && text_to_u64(second + 1, UNSET, &period) == 0 ? period : DEFAULT_PERIOD;
}

/*
 * "QUOTA PERIOD".  systemd keeps whole percents in its files, and cuts off: rounded up, so that
 * what it writes later is never less than what was asked for.  What stands in the kernel's file now
 * is exact.
 */
static void cpu_max(struct conversion *c, const char *name)
{
	enum { PERCENT = 10000 };
	const char *second = strchr(c->value, ' ');
	uint64_t quota, period = 0, share;

	if (!read_amount(c->value, &quota) ||
	    (second && text_to_u64(second + 1, UINT64_C(1) << 40, &period) < 0)) {
		c->failed = true;
		return;
	}
	if (second)
		set(c, "CPUQuotaPeriodUSec", period);
	else
		period = present_period(c);
	if (quota != UNSET) {
		if (!period || __builtin_mul_overflow(quota, UINT64_C(1000000), &share)) {
			c->failed = true;
			return;
		}
		share = (share + period - 1) / period;
		quota = (share + PERCENT - 1) / PERCENT * PERCENT;
	}
	set(c, name, quota);
}

/* "0-3,8": one bit a number, the lowest byte first. */
static void bits(struct conversion *c, const char *name)
{
	enum { MAX_NUMBER = 8191 };
	cleanup_text struct text text = { 0 };
	uint8_t bytes[MAX_NUMBER / 8 + 1] = { 0 };
	size_t used = 0;

	for (const char *at = c->value + strspn(c->value, " \n"); *at;) {
		char *end;
		unsigned long first = strtoul(at, &end, 10), last = first;

		if (end == at || (*end == '-' && (last = strtoul(end + 1, &end, 10)) < first) ||
		    last > MAX_NUMBER || !strchr(", \n", *end)) {
			c->failed = true;
			return;
		}
		for (unsigned long i = first; i <= last; i++)
			bytes[i / 8] |= (uint8_t)(1 << i % 8);
		used = last / 8 + 1 > used ? last / 8 + 1 : used;
		at = end + strspn(end, ", \n");
	}
	text_add(&text, "@ay [");
	for (size_t i = 0; i < used; i++)
		text_addf(&text, "%s%u", i ? ", " : "", bytes[i]);
	text_add(&text, "]");
	struct systemd_property *known = find(c->out, name);

	if (known)
		known->value = arena_strdup(c->out->arena, text.data);
	else
		systemd_property_add(c->out, name, "%s", text.data)->optional = true;
}

/* A list that grows by one device a property. */
static void set_device(struct conversion *c, const char *name, const char *device, uint64_t value)
{
	systemd_property_add(c->out, name, "@a(st) [('/dev/block/%s', %" PRIu64 ")]", device, value)
		->optional = true;
}

/* "MAJOR:MINOR " in front of a value; empty: not there. */
static bool read_device(const char *text, char device[32])
{
	size_t n = strspn(text, "0123456789:");

	*device = '\0';
	if (!n || n >= 32 || text[n] != ' ' || !memchr(text, ':', n))
		return false;
	snprintf(device, 32, "%.*s", (int)n, text);
	return true;
}

static void io_max(struct conversion *c, const char *name)
{
	static const struct {
		const char *key, *property;
	} keys[] = {
		{ "rbps=", "IOReadBandwidthMax" },
		{ "wbps=", "IOWriteBandwidthMax" },
		{ "riops=", "IOReadIOPSMax" },
		{ "wiops=", "IOWriteIOPSMax" },
	};
	char device[32];
	uint64_t value;

	(void)name;
	c->failed = !read_device(c->value, device);
	for (size_t i = 0; !c->failed && i < COUNT(keys); i++) {
		const char *at = strstr(c->value, keys[i].key);

		if (!at)
			continue;
		if (read_amount(at + strlen(keys[i].key), &value))
			set_device(c, keys[i].property, device, value);
		else
			c->failed = true;
	}
}

/* "default 100", "100" or "8:0 100", in the scale of FILE. */
static void io_weight_scaled(struct conversion *c, uint64_t (*scale)(uint64_t), const char *text)
{
	char device[32];
	uint64_t value;

	if (read_device(text, device))
		text += strlen(device) + 1;
	else if (text_starts(text, "default "))
		text += strlen("default ");
	if (text_to_u64(text, 10000, &value) < 0)
		c->failed = true;
	else if (*device)
		set_device(c, "IODeviceWeight", device, scale(value));
	else
		set(c, "IOWeight", scale(value));
}

static uint64_t as_it_is(uint64_t value)
{
	return value;
}

/* What systemd makes this weight of bfq from: from 100 on a step of it is eleven of IOWeight. */
static uint64_t bfq_to_io_weight(uint64_t bfq)
{
	return bfq <= 100 ? bfq : 100 + (bfq - 100) * 11;
}

static void io_weight(struct conversion *c, const char *name)
{
	(void)name;
	io_weight_scaled(c, as_it_is, c->value);
}

static void bfq_weight(struct conversion *c, const char *name)
{
	bool there = c->dir_fd < 0 || faccessat(c->dir_fd, "io.bfq.weight", F_OK, 0) == 0;

	(void)name;
	if (!there && c->write->fallback_file)
		io_weight_scaled(c, as_it_is, c->write->fallback_value);
	else
		io_weight_scaled(c, bfq_to_io_weight, c->value);
}

/* It can only be given to a unit that is about to start. */
static void oom_policy(struct conversion *c, const char *name)
{
	systemd_property_add(c->out, name, "@s '%s'", *c->value == '1' ? "kill" : "continue")
		->optional = true;
}

static const struct row {
	const char *file, *property;
	void (*convert)(struct conversion *c, const char *name);
	bool at_start; /* it does not hurt the set-up */
} rows[] = {
	{ "cpuset.cpus", "AllowedCPUs", bits, true },
	{ "cpuset.mems", "AllowedMemoryNodes", bits, true },
	{ "cpu.weight", "CPUWeight", weight, true },
	{ "cpu.idle", "CPUWeight", idle, true },
	{ "cpu.max", "CPUQuotaPerSecUSec", cpu_max, false },
	{ "memory.min", "MemoryMin", amount, false },
	{ "memory.low", "MemoryLow", amount, false },
	{ "memory.high", "MemoryHigh", amount, false },
	{ "memory.max", "MemoryMax", amount, false },
	{ "memory.swap.max", "MemorySwapMax", amount, false },
	{ "memory.zswap.max", "MemoryZSwapMax", amount, false },
	{ "memory.oom.group", "OOMPolicy", oom_policy, true },
	{ "pids.max", "TasksMax", tasks, false },
	{ "io.weight", "IOWeight", io_weight, false },
	{ "io.bfq.weight", "IOWeight", bfq_weight, false },
	{ "io.max", "", io_max, false },
};

static const struct row *row_of(const char *file)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (!strcmp(rows[i].file, file))
			return &rows[i];
	return NULL;
}

void systemd_properties_of_writes(const struct cgroup_writes *writes, enum systemd_phase phase,
				  int dir_fd, struct systemd_properties *ret)
{
	for (size_t i = 0; i < writes->writes.count; i++) {
		const struct cgroup_write *w = &writes->writes.items[i];
		const struct row *row = row_of(w->file);
		struct conversion c = {
			.out = ret, .write = w, .value = w->value, .dir_fd = dir_fd
		};

		if (!row ||
		    (phase != SYSTEMD_ALWAYS && row->at_start != (phase == SYSTEMD_START)) ||
		    (phase == SYSTEMD_ALWAYS && row->convert == oom_policy))
			continue;
		row->convert(&c, row->property);
		/* The kernel has its own word about it when the file is written. */
		if (c.failed)
			log_warning(
				"%s = %s has no property of systemd: only the cgroup's file has it",
				w->file, w->value);
	}
}

/* ---- devices ---- */

static bool is_wild(const struct device_rule *r, char type)
{
	return r->allow && (r->type == 'a' || r->type == type) && r->major < 0;
}

/* What DeviceAllow= has no words for: any major with one minor, and everything. */
static bool needs_everything(const struct cgroup_devices *devices)
{
	for (size_t i = 0; i < devices->rules.count; i++) {
		const struct device_rule *r = &devices->rules.items[i];

		if (r->allow && ((r->major < 0 && r->minor >= 0) || r->type == 'a'))
			return true;
	}
	return false;
}

static void add_device(struct text *list, const struct device_rule *r)
{
	const char *type = r->type == 'b' ? "block" : "char";
	const char *comma = text_ends(list->data, "[") ? "" : ", ";

	if (is_wild(r, r->type))
		text_addf(list, "%s('%s-*', '", comma, type);
	else if (r->minor < 0)
		text_addf(list, "%s('%s-%" PRId64 "', '", comma, type, r->major);
	else
		text_addf(list, "%s('/dev/%s/%" PRId64 ":%" PRId64 "', '", comma, type, r->major,
			  r->minor);
	text_addf(list, "%s%s%s')", r->access & DEVICE_READ ? "r" : "",
		  r->access & DEVICE_WRITE ? "w" : "", r->access & DEVICE_MKNOD ? "m" : "");
}

void systemd_properties_of_devices(const struct cgroup_devices *devices,
				   struct systemd_properties *ret)
{
	cleanup_text struct text list = { 0 };
	bool everything = needs_everything(devices);

	text_add(&list, "@a(ss) [");
	for (size_t i = 0; i < devices->rules.count && !everything; i++)
		if (devices->rules.items[i].allow)
			add_device(&list, &devices->rules.items[i]);
	text_add(&list, "]");
	/* An empty list first: a list is added to the one that is there. */
	systemd_property_add(ret, "DeviceAllow", "@a(ss) []");
	systemd_property_add(ret, "DevicePolicy", "@s '%s'", everything ? "auto" : "strict");
	if (!everything)
		systemd_property_add(ret, "DeviceAllow", "%s", list.data);
}
