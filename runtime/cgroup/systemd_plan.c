/* systemd_plan.c - names: linux.cgroupsPath and annotations to a unit, its place and its
 * properties. */
#include "base/fail.h"
#include "base/gvariant.h"
#include "base/text.h"
#include "cgroup/systemd.h"
#include "host/host.h"
#include "host/host_systemd.h"
#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_UNIT = 255 }; /* UNIT_NAME_MAX, without the NUL */

/* ---- slice:prefix:name ---- */

const char *systemd_slice_path(const char *slice, struct arena *arena)
{
	cleanup_text struct text out = { 0 };
	size_t length = strlen(slice), end = length - strlen(".slice");

	if (length <= strlen(".slice") || !text_ends(slice, ".slice") || strchr(slice, '/'))
		return NULL;
	if (!strcmp(slice, "-.slice"))
		return "";
	for (size_t i = 0; i <= end; i++) {
		if (i < end && slice[i] != '-')
			continue;
		if (i == 0 || slice[i - 1] == '-') /* "-a.slice", "a--b.slice", "a-.slice" */
			return NULL;
		text_addf(&out, "/%.*s.slice", (int)i, slice);
	}
	return arena_strdup(arena, out.data);
}

/* systemd's VALID_CHARS, without the '@' of templates. */
static bool is_unit_name(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr(":-_.\\", *c))
			return false;
	return *name && strlen(name) <= MAX_UNIT;
}

struct triple {
	const char *slice, *prefix, *name;
};

static int read_triple(const char *const *member, const char *id, struct arena *arena,
		       struct triple *ret)
{
	char *rest = text_is_set(*member) ? arena_strdup(arena, *member) : NULL;
	const char *part[3] = { "", "ring3", id };
	size_t count = 0;

	for (; rest && count < 3; count++)
		part[count] = strsep(&rest, ":");
	if (text_is_set(*member) && (count < 3 || rest))
		return fail_at(member, 0,
			       "expected cgroupsPath to be of format \"slice:prefix:name\" for "
			       "systemd cgroups, got \"%s\" instead",
			       *member);
	*ret = (struct triple){ part[0], part[1], part[2] };
	return 0;
}

static int plan_unit(const char *const *member, const struct triple *t, struct arena *arena,
		     struct systemd_plan *p)
{
	if (text_ends(t->name, ".slice"))
		return fail_at(member, 0,
			       "\"%s\" is a slice, and systemd puts no process into one: leave "
			       ".slice out",
			       t->name);
	if (!*t->name)
		return fail_at(member, 0, "cgroupsPath \"%s\" has no name in it", *member);
	p->unit = arena_printf(arena, "%s-%s.scope", t->prefix, t->name);
	if (!is_unit_name(p->unit))
		return fail_at(
			member, 0,
			"\"%.300s\" cannot be the name of a unit: at most %d letters, digits "
			"and :-_.\\",
			p->unit, MAX_UNIT);
	return 0;
}

static int plan_scope(const char *const *member, const struct triple *t, struct arena *arena,
		      struct systemd_plan *p)
{
	const char *path;

	p->slice = *t->slice ? t->slice : p->user ? "user.slice" : "system.slice";
	path = is_unit_name(p->slice) ? systemd_slice_path(p->slice, arena) : NULL;
	if (!path)
		return fail_at(member, 0, "invalid slice name: \"%.300s\"", p->slice);
	p->scope = arena_printf(arena, "%s%s/%s", host_systemd_cgroup(p->host, p->user, arena),
				path, p->unit);
	return strlen(p->scope) > PATH_MAX / 2 ? fail_at(member, 0, "cgroupsPath is too long") : 0;
}

/* ---- annotations ---- */

/* What decides where the container is, and who is in it. */
static bool is_ours(const char *name)
{
	static const char *const ours[] = { "PIDs", "PIDFDs", "Slice", "Delegate",
					    "DelegateSubgroup" };

	for (size_t i = 0; i < COUNT(ours); i++)
		if (!strcmp(name, ours[i]))
			return true;
	return false;
}

/* runc's rule: at least three letters and nothing else. */
static int check_name(const struct json_pair *pair, const char *name)
{
	size_t length = strlen(name);

	for (const char *c = name; *c; c++)
		if (!isascii((unsigned char)*c) || !isalpha((unsigned char)*c))
			return fail_at(pair, 0, "a property's name has letters only: \"%s\"", name);
	if (length < 3)
		return fail_at(pair, 0, "a property's name has at least three letters: \"%s\"",
			       name);
	if (is_ours(name))
		return fail_at(pair, 0, "%s is ring3's to set", name);
	return 0;
}

/* TimeoutStopSec, which units have in files, is TimeoutStopUSec on the bus. */
static bool is_seconds(const char *name)
{
	size_t length = strlen(name);

	return length > 3 && text_ends(name, "Sec") && islower((unsigned char)name[length - 4]);
}

static int convert_seconds(const struct json_pair *pair, const struct gvariant *v,
			   struct arena *arena, const char **ret)
{
	static const double million = 1e6;
	bool is_signed = strchr("nix", *v->signature) != NULL;
	uint64_t microseconds;

	if (!gvariant_is_number(v))
		return fail_at(pair, 0, "seconds must be a number, not of type %s", v->signature);
	if (*v->signature == 'd') {
		if (v->d < 0 || v->d > 1e12)
			return fail_at(pair, 0, "%g is no number of seconds", v->d);
		microseconds = (uint64_t)llround(v->d * million);
	} else if ((is_signed && v->i < 0) ||
		   __builtin_mul_overflow(v->u, UINT64_C(1000000), &microseconds)) {
		return fail_at(pair, 0, "%s is no number of seconds", pair->value);
	}
	*ret = arena_printf(arena, "@t %llu", (unsigned long long)microseconds);
	return 0;
}

static int add_annotation(const struct json_pair *pair, const char *name,
			  struct systemd_properties *ret)
{
	cleanup_text struct text text = { 0 };
	struct systemd_property *property;
	const struct gvariant *value;
	const char *converted = NULL;

	if (check_name(pair, name) < 0)
		return -1;
	value = gvariant_parse(pair->value, ret->arena);
	if (!value) {
		fail_in("\"%s\" is no GVariant text", pair->value);
		return fail_in_at(pair);
	}
	if (is_seconds(name)) {
		if (convert_seconds(pair, value, ret->arena, &converted) < 0)
			return -1;
		name = arena_printf(ret->arena, "%.*sUSec", (int)strlen(name) - 3, name);
	} else {
		gvariant_print(value, &text);
	}
	property = systemd_property_add(ret, name, "%s", converted ? converted : text.data);
	property->member = pair;
	property->member_size = sizeof *pair;
	return 0;
}

int systemd_annotations(const json_pairs *annotations, struct arena *arena,
			struct systemd_properties *ret)
{
	static const char prefix[] = "org.systemd.property.";

	ret->arena = arena;
	for (size_t i = 0; i < annotations->count; i++) {
		const struct json_pair *pair = &annotations->items[i];

		if (text_starts(pair->name, prefix) &&
		    add_annotation(pair, pair->name + strlen(prefix), ret) < 0)
			return -1;
	}
	return 0;
}

/*
 * one directory below the scope.  Without the annotation there is none: engines look for the
 * container in the scope itself.  Podman looks one level below too, and has to: its conmon stops to
 * watch init's memory.events at the first change that is no OOM, and systemd removes the cgroup
 * when the container has ended.  In the scope that first change is the limit being reached; one
 * level below it is the kill, because the cgroup there is charged to the scope, which is therefore
 * the first of the two to be full.
 */
static const char *default_subgroup(const struct triple *t)
{
	return !strcmp(t->prefix, "libpod") ? "container" : NULL;
}

static int plan_subgroup(const json_pairs *annotations, const struct triple *t,
			 struct systemd_plan *p)
{
	p->subgroup = default_subgroup(t);
	for (size_t i = 0; i < annotations->count; i++) {
		const struct json_pair *pair = &annotations->items[i];
		const char *name = pair->value;

		if (strcmp(pair->name, "run.oci.systemd.subgroup") != 0)
			continue;
		if (*name && (!is_unit_name(name) || !strcmp(name, ".") || !strcmp(name, "..")))
			return fail_at(pair, 0, "\"%.300s\" is no name for a cgroup", name);
		p->subgroup = *name ? name : NULL;
	}
	return 0;
}

int systemd_plan(const struct spec *spec, const struct host *host, const char *id,
		 struct arena *arena, struct systemd_plan *ret)
{
	const char *const *member = &spec->linux_.cgroups_path;
	struct systemd_plan plan = { .host = host, .user = host->rootless };
	struct triple triple = { 0 };

	if (read_triple(member, id, arena, &triple) < 0 ||
	    plan_unit(member, &triple, arena, &plan) < 0 ||
	    plan_scope(member, &triple, arena, &plan) < 0 ||
	    plan_subgroup(&spec->annotations, &triple, &plan) < 0)
		return -1;
	*ret = plan;
	return systemd_annotations(&spec->annotations, arena, &ret->annotations);
}
