/*
 * spec_default.c - the config.json that `spec` writes: config/default.json, compiled in, and its
 * edit for rootless.
 */
#include "spec/load.h"
#include <inttypes.h>
#include <string.h>

__asm__(".pushsection .rodata\n"
	"default_json:\n"
	".incbin \"config/default.json\"\n"
	".byte 0\n"
	".popsection\n");
extern const char default_json[];

/*
 * What a user without privileges cannot have, and what stands there instead.  Each text is in
 * default.json exactly once; a mounted sysfs and a new network namespace need more than a user
 * namespace, and gid 5 is not mapped.
 */
/* clang-format off */
static const struct edit { const char *find, *replace; } rootless_edits[] = {
	{ ",\n\t\t\t\t\"gid=5\"", "" },
	{ "\"type\": \"sysfs\",\n\t\t\t\"source\": \"sysfs\",\n\t\t\t\"options\": [\n",
	  "\"type\": \"none\",\n\t\t\t\"source\": \"/sys\",\n"
	  "\t\t\t\"options\": [\n\t\t\t\t\"rbind\",\n" },
	{ "\"type\": \"network\"", "\"type\": \"user\"" },
};
static const char resources[] =
	"\t\t\"resources\": {\n"
	"\t\t\t\"devices\": [\n"
	"\t\t\t\t{\n"
	"\t\t\t\t\t\"allow\": false,\n"
	"\t\t\t\t\t\"access\": \"rwm\"\n"
	"\t\t\t\t}\n"
	"\t\t\t]\n"
	"\t\t},\n";
static const char mapping[] =
	"\t\t\"%s\": [\n"
	"\t\t\t{\n"
	"\t\t\t\t\"containerID\": 0,\n"
	"\t\t\t\t\"hostID\": %" PRIu32 ",\n"
	"\t\t\t\t\"size\": 1\n"
	"\t\t\t}\n"
	"\t\t],\n";
/* clang-format on */

/* Appends in to out with the one occurrence of find replaced. */
static void replace_once(const char *in, const struct edit *edit, struct text *out)
{
	const char *at = strstr(in, edit->find);

	if (!at)
		fail_fatal("config/default.json lacks a text that the rootless edit looks for");
	text_add_bytes(out, in, (size_t)(at - in));
	text_add(out, edit->replace);
	text_add(out, at + strlen(edit->find));
}

void spec_default(struct text *out)
{
	text_add(out, default_json);
}

void spec_default_rootless(struct text *out, uint32_t euid, uint32_t egid)
{
	cleanup_text struct text mappings = { 0 };
	cleanup_text struct text now = { 0 };

	text_addf(&mappings, mapping, "uidMappings", euid);
	text_addf(&mappings, mapping, "gidMappings", egid);
	replace_once(default_json, &(struct edit){ resources, mappings.data }, &now);
	for (size_t i = 0; i < COUNT(rootless_edits); i++) {
		struct text next = { 0 };

		replace_once(now.data, &rootless_edits[i], &next);
		text_free(&now);
		now = next;
	}
	text_add(out, now.data);
}
