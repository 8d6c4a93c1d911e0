/*
 * spec_cases.h - tests of the spec as rows: a config.json, and what must be said about it.  Quotes
 * are written ' here.
 */
#pragma once
#include "test.h"
#include "spec/load.h"

struct spec_case {
	const char *name;  /* begins with the ID of the rule */
	const char *text;  /* config.json */
	const char *error; /* the failure must hold this; NULL: no failure */
};

/* clang-format off */
#define DOCUMENT(members) "{'ociVersion':'1.0.2','root':{'path':'rootfs'}" members "}"
#define USER "'user':{'uid':0,'gid':0}"
#define PROCESS(members) DOCUMENT(",'process':{" USER ",'args':['sh'],'cwd':'/'" members "}")
#define MOUNT(members) DOCUMENT(",'mounts':[{'destination':'/d'" members "}]")
#define HOOK(members) DOCUMENT(",'hooks':{'prestart':[{" members "}]}")
#define LINUX(members) DOCUMENT(",'linux':{" members "}")
#define NAMESPACE(type) "'namespaces':[{'type':'" type "'}]"
#define RESOURCES(members) LINUX("'resources':{" members "}")
#define SECCOMP(members) LINUX("'seccomp':{" members "}")
#define ALLOWING(members) SECCOMP("'defaultAction':'SCMP_ACT_ALLOW'" members)
#define RULE(members) ALLOWING(",'syscalls':[{'names':['read']," members "}]")
/* clang-format on */

/* ' to ", malloc'ed. */
static inline char *json_of(const char *text)
{
	char *copy = strdup(text);

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	return copy;
}

/* The caller frees it with spec_free(). */
static inline const struct spec *parse(const char *text)
{
	char *copy = json_of(text);
	const struct spec *spec = spec_parse("config.json", copy, strlen(copy), "/bundle");

	free(copy);
	return spec;
}

static inline const struct spec *parse_valid(const char *text)
{
	const struct spec *spec = parse(text);

	if (!spec)
		fail_msg("refused: %s\n%s", failure()->text, text);
	return spec;
}

static inline void check_case(void **state)
{
	const struct spec_case *c = *state;
	const struct spec *spec = parse(c->text);

	if (spec && c->error)
		fail_msg("accepted, but should say \"%s\": %s", c->error, c->text);
	if (!spec && !c->error)
		fail_msg("refused: %s", failure()->text);
	if (!spec && !strstr(failure()->text, c->error))
		fail_msg("says \"%s\", not \"%s\"", failure()->text, c->error);
	spec_free(spec);
}

/* Every row is a test of its own, with its name in the output; then the others. */
static inline int run_cases(const char *group, const struct spec_case *cases, size_t count,
			    const struct CMUnitTest *others, size_t other_count)
{
	struct CMUnitTest *tests = calloc(count + other_count, sizeof *tests);

	for (size_t i = 0; i < count; i++)
		tests[i] = (struct CMUnitTest){ cases[i].name, check_case, NULL, NULL,
						(void *)&cases[i] };
	for (size_t i = 0; i < other_count; i++)
		tests[count + i] = others[i];

	int failed = _cmocka_run_group_tests(group, tests, count + other_count, NULL, NULL);

	free(tests);
	return failed;
}
