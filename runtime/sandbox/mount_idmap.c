/* Whose ids an idmapped mount has: from the words and mappings of config.json to the mount's plan.
 * No system calls; the namespace that carries them is idmap.c's. */
#include <string.h>

#include "sandbox/idmap.h"
#include "sandbox/mounts.h"

static bool joins_user_namespace(const struct spec *spec)
{
	const char *path = NULL;

	return spec_has_namespace(spec, NS_USER, &path) && path;
}

/* "C-H-N#C-H-N"; with @ in front H is an id of the container. */
static int parse_triplets(const struct spec *spec, struct arena *arena, const struct mount_op *op,
			  const char *text, const spec_id_mappings *container,
			  const spec_id_mappings **ret)
{
	spec_id_mappings *maps = ARENA_NEW(arena, spec_id_mappings);
	bool relative = *text == '@';
	char *rest = arena_strdup(arena, text + relative), *part;

	maps->items = ARENA_ARRAY(arena, strlen(rest) / 2 + 1, struct spec_id_mapping);
	while ((part = strsep(&rest, "#")) != NULL) {
		uint64_t number[3];

		for (size_t i = 0; i < COUNT(number); i++) {
			const char *digits = strsep(&part, "-");

			if (!digits || text_to_u64(digits, UINT32_MAX, &number[i]) < 0)
				return fail_at(&op->spec->options, 0,
					       "%s is not a list of CONTAINER-HOST-SIZE", text);
		}
		int64_t host_id = relative ? idmap_host_id(container, (uint32_t)number[1])
					   : (int64_t)number[1];
		/* Without mappings an id would stand for itself, which it does not there. */
		if (relative && !container->count && joins_user_namespace(spec))
			return fail_at(&op->spec->options, 0,
				       "%s: config.json does not say what the joined user "
				       "namespace maps",
				       text);
		if (part || host_id < 0)
			return fail_at(&op->spec->options, 0, "%s: no such mapping", text);
		maps->items[maps->count++] =
			(struct spec_id_mapping){ (uint32_t)number[0], (uint32_t)host_id,
						  (uint32_t)number[2] };
	}
	*ret = maps;
	return 0;
}

static int parse_idmap_text(const struct spec *spec, struct arena *arena, struct mount_op *op)
{
	const struct spec_linux *linux_ = &spec->linux_;
	char *rest = arena_strdup(arena, op->idmap_text), *part;

	while ((part = strsep(&rest, ";")) != NULL) {
		bool uids = text_starts(part, "uids=");
		int r = uids ? parse_triplets(spec, arena, op, part + 5, &linux_->uid_mappings,
					      &op->uid_mappings)
			: text_starts(part, "gids=")
				? parse_triplets(spec, arena, op, part + 5, &linux_->gid_mappings,
						 &op->gid_mappings)
				: fail_at(&op->spec->options, 0,
					  "idmap=%s: expected uids=... or gids=...",
					  op->idmap_text);

		if (r < 0)
			return -1;
	}
	return 0;
}

/* The mount's own mappings, those of the option, or the container's; in this order. */
int mount_idmap_plan(const struct spec *spec, struct arena *arena, struct mount_op *op)
{
	const struct spec_mount *sm = op->spec;

	if (!sm->uid_mappings.count != !sm->gid_mappings.count)
		return fail_at(sm, 0, "uidMappings and gidMappings go together, one is missing");
	op->idmap |= sm->uid_mappings.count > 0;
	if (!op->idmap)
		return 0;
	if (op->kind == MOUNT_REMOUNT || op->bind_fallback)
		return fail_at(sm, 0, "the ids of this mount cannot be mapped");
	op->uid_mappings = sm->uid_mappings.count ? &sm->uid_mappings : &spec->linux_.uid_mappings;
	op->gid_mappings = sm->gid_mappings.count ? &sm->gid_mappings : &spec->linux_.gid_mappings;
	if (op->idmap_text && parse_idmap_text(spec, arena, op) < 0)
		return -1;
	if (!op->uid_mappings->count && !op->gid_mappings->count && joins_user_namespace(spec)) {
		op->uid_mappings = op->gid_mappings = NULL;
		return 0;
	}
	if (!op->uid_mappings->count || !op->gid_mappings->count)
		return fail_at(&sm->options, 0,
			       "idmap: neither the mount nor the container has mappings");
	return 0;
}
