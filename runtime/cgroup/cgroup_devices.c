/*
 * Device rules as config.json lists them: for each access right by itself the last matching rule
 * counts, and an access is granted when all the rights it asks for are.  So "deny w" behind
 * "allow rwm" stops O_RDWR too.
 */
#include "cgroup/cgroup_devices.h"
#include <string.h>

enum { ALL_ACCESS = DEVICE_MKNOD | DEVICE_READ | DEVICE_WRITE, ANY = -1 };

/*
 * what every container may use, whatever the list says in the beginning: making nodes
 * (of which only the allowed ones work), the six default devices, terminals, and tun, on which
 * users of runc rely.
 */
static const struct device_rule default_rules[] = {
	{ true, 'c', ANY, ANY, DEVICE_MKNOD }, { true, 'b', ANY, ANY, DEVICE_MKNOD },
	{ true, 'c', 1, 3, ALL_ACCESS },     /* null */
	{ true, 'c', 1, 5, ALL_ACCESS },     /* zero */
	{ true, 'c', 1, 7, ALL_ACCESS },     /* full */
	{ true, 'c', 1, 8, ALL_ACCESS },     /* random */
	{ true, 'c', 1, 9, ALL_ACCESS },     /* urandom */
	{ true, 'c', 5, 0, ALL_ACCESS },     /* tty */
	{ true, 'c', 5, 1, ALL_ACCESS },     /* console */
	{ true, 'c', 5, 2, ALL_ACCESS },     /* ptmx */
	{ true, 'c', 136, ANY, ALL_ACCESS }, /* pts */
	{ true, 'c', 10, 200, ALL_ACCESS },  /* tun */
};

static uint8_t access_bits(const char *letters)
{
	uint8_t bits = 0;

	for (; letters && *letters; letters++)
		bits |= *letters == 'r'	  ? DEVICE_READ
			: *letters == 'w' ? DEVICE_WRITE
			: *letters == 'm' ? DEVICE_MKNOD
					  : 0;
	return bits;
}

static struct device_rule rule_of(const struct spec_device_rule *r)
{
	return (struct device_rule){
		.allow = r->allow.value,
		.type = r->type ? r->type[0] : 'a',
		.access = access_bits(r->access),
		.major = r->major.set ? r->major.value : ANY,
		.minor = r->minor.set ? r->minor.value : ANY,
	};
}

static bool is_everything(const struct device_rule *r)
{
	return r->type == 'a' && r->major == ANY && r->minor == ANY && r->access == ALL_ACCESS;
}

/*
 * Engines begin their lists with "deny everything": that is the state before the defaults, not
 * behind them.  Docker does so twice as soon as a container has a device of its own, and what
 * stands before a denial of everything no longer matters: so the last one is where the list begins.
 */
static size_t list_start(const struct spec_resources *resources)
{
	size_t start = 0;

	for (size_t i = 0; resources && i < resources->devices.count; i++) {
		struct device_rule r = rule_of(&resources->devices.items[i]);

		if (!r.allow && is_everything(&r))
			start = i + 1;
	}
	return start;
}

bool cgroup_devices_asked(const struct spec *spec)
{
	const struct spec_resources *resources = spec->linux_.resources;

	return resources && list_start(resources) < resources->devices.count;
}

static bool matches(const struct device_rule *r, char type, int64_t major, int64_t minor)
{
	return (r->type == 'a' || r->type == type) && (r->major == ANY || r->major == major) &&
	       (r->minor == ANY || r->minor == minor);
}

/*
 * A node of linux.devices says that it is there, resources.devices who may use it: engines write
 * both.  Only where there is no list at all the nodes are the list.  runc denies them even then.
 */
static void add_nodes(const struct spec *spec, struct cgroup_devices *d)
{
	for (size_t i = 0; i < spec->linux_.devices.count; i++) {
		const struct spec_device *node = &spec->linux_.devices.items[i];

		if (*node->type == 'c' || *node->type == 'u' || *node->type == 'b')
			d->rules.items[d->rules.count++] =
				(struct device_rule){ true, *node->type == 'b' ? 'b' : 'c',
						      node->major.value, node->minor.value,
						      ALL_ACCESS };
	}
}

/* What stands before "allow everything" no longer matters. */
static void add_rule(struct cgroup_devices *d, const struct device_rule *r)
{
	if (is_everything(r))
		d->rules.count = 0;
	d->rules.items[d->rules.count++] = *r;
}

int cgroup_devices_plan(const struct spec *spec, struct arena *arena, struct cgroup_devices *ret)
{
	const struct spec_resources *resources = spec->linux_.resources;
	size_t count = resources ? resources->devices.count : 0;
	size_t start = list_start(resources);
	struct cgroup_devices d = { 0 };

	d.rules.items =
		ARENA_ARRAY(arena, COUNT(default_rules) + spec->linux_.devices.count + count,
			    struct device_rule);
	memcpy(d.rules.items, default_rules, sizeof default_rules);
	d.rules.count = COUNT(default_rules);
	if (!count)
		add_nodes(spec, &d);
	for (size_t i = 0; i < count; i++) {
		struct device_rule r = rule_of(&resources->devices.items[i]);

		if (!r.access)
			return fail_at(&resources->devices.items[i].access, 0,
				       "must name at least one of r, w and m");
		if (i >= start)
			add_rule(&d, &r);
	}
	*ret = d;
	return 0;
}

bool cgroup_devices_allow(const struct cgroup_devices *d, char type, int64_t major, int64_t minor,
			  uint8_t access)
{
	for (size_t i = d->rules.count; i-- > 0 && access;) {
		const struct device_rule *r = &d->rules.items[i];

		if (!matches(r, type, major, minor))
			continue;
		if (!r->allow && r->access & access)
			return false;
		access &= (uint8_t)~r->access;
	}
	return !access;
}
