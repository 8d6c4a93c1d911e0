/* test_json_read.c - JSON into structs by rows, and places that outlive parsing. */
#include "test.h"
#include "json/json.h"
#include <errno.h>

struct entry {
	const char *name;
	uint32_t number;
};
struct mount {
	const char *destination, *type, *source;
	const char **options;
};
struct user {
	uint32_t uid, gid;
};
struct process {
	bool terminal;
	struct user user;
	const char **args;
};
struct spec {
	const char *version;
	struct process *process;
	LIST(struct mount) mounts;
	int kind;
	LIST(int) kinds;
	LIST(uint32_t) groups;
	struct user user;
	struct opt_i64 limit, score;
	struct opt_u64 weight;
	struct opt_u32 priority;
	struct opt_bool flag;
	int64_t offset;
	uint64_t size;
	json_pairs annotations;
	LIST(struct entry) entries;
};

static const struct name_value kinds[] = { { "mount", 1 }, { "pid", 2 }, { NULL, 0 } };
static const struct json_range scores = { -1000, 1000 };

SHAPE(struct mount, mount_shape, JSON_S(struct mount, destination, "destination", REQUIRED),
      JSON_S(struct mount, type, "type"), JSON_S(struct mount, source, "source"),
      JSON_V(struct mount, options, "options"), );
SHAPE(struct user, user_shape, JSON_U(struct user, uid, "uid", REQUIRED),
      JSON_U(struct user, gid, "gid", REQUIRED), );
SHAPE(struct process, process_shape, JSON_B(struct process, terminal, "terminal"),
      JSON_O(struct process, user, "user", user_shape, REQUIRED),
      JSON_V(struct process, args, "args"), );
SHAPE(struct entry, entry_shape, JSON_U(struct entry, number, "number"), );
SHAPE(struct spec, spec_shape, JSON_S(struct spec, version, "ociVersion"),
      JSON_P(struct spec, process, "process", process_shape),
      JSON_L(struct spec, mounts, "mounts", mount_shape), JSON_N(struct spec, kind, "kind", kinds),
      JSON_NL(struct spec, kinds, "kinds", kinds),
      { .name = "groups", .read = json_u32s, JSON_PLAIN(struct spec, groups) },
      JSON_O(struct spec, user, "user", user_shape), JSON_OI(struct spec, limit, "limit"),
      JSON_OI(struct spec, score, "score", .detail = &scores),
      JSON_OU64(struct spec, weight, "weight"), JSON_OU(struct spec, priority, "priority"),
      JSON_OB(struct spec, flag, "flag"), JSON_I64(struct spec, offset, "offset"),
      JSON_U64(struct spec, size, "size"), JSON_M(struct spec, annotations, "annotations"),
      JSON_MO(struct spec, entries, "entries", entry_shape), );

static struct json_doc doc;
static struct spec spec;

static int drop(void **state)
{
	(void)state;
	json_forget(&doc);
	arena_free(doc.arena);
	doc = (struct json_doc){ 0 };
	return 0;
}

static int load(const char *text)
{
	drop(NULL);
	spec = (struct spec){ 0 };
	doc = (struct json_doc){
		.name = "config.json", .text = text, .size = strlen(text), .arena = arena_new()
	};
	return json_parse(&doc) < 0 || json_fill(&doc, doc.root, &spec_shape, &spec) < 0 ? -1 : 0;
}

static void refused(const char *text, const char *message)
{
	if (load(text) == 0)
		fail_msg("accepted: %s", text);
	if (strcmp(failure()->text, message))
		fail_msg("%s\n  gives    %s\n  expected %s", text, failure()->text, message);
}

static const char everything[] =
	"{\n"
	"  \"ociVersion\": \"1.2.0\",\n"
	"  \"process\": {\"terminal\": true, \"user\": {\"uid\": 1, \"gid\": 4294967295}, "
	"\"args\": [\"sh\", \"-c\"]},\n"
	"  \"mounts\": [{\"destination\": \"/proc\", \"unknown\": [1, {\"y\": 2}]},\n"
	"    {\"destination\": \"/t\\u00e9\", \"type\": \"bind\", \"options\": []}],\n"
	"  \"kind\": \"pid\", \"kinds\": [\"mount\", \"pid\"], \"groups\": [7, 8],\n"
	"  \"user\": {\"uid\": 5, \"gid\": 6},\n"
	"  \"limit\": 9007199254740993, \"score\": -1000, \"weight\": 18446744073709551615,\n"
	"  \"priority\": 0, \"flag\": false, \"offset\": -9223372036854775808, \"size\": "
	"18446744073709551615,\n"
	"  \"annotations\": {\"a.b/c\": \"x\", \"plain\": \"\"},\n"
	"  \"entries\": {\"user.max\": {\"number\": 3}, \"e\": {}}\n"
	"}\n";

static void fills(void **state)
{
	(void)state;
	assert_int_equal(load(everything), 0);
	assert_string_equal(spec.version, "1.2.0");
	assert_true(spec.process->terminal);
	assert_int_equal(spec.process->user.uid, 1);
	assert_true(spec.process->user.gid == UINT32_MAX);
	assert_string_equal(spec.process->args[1], "-c");
	assert_null(spec.process->args[2]);
	assert_int_equal(spec.mounts.count, 2);
	assert_string_equal(spec.mounts.items[1].destination, "/t\xc3\xa9");
	assert_null(spec.mounts.items[0].options);
	assert_non_null(spec.mounts.items[1].options);
	assert_null(spec.mounts.items[1].options[0]);
	assert_int_equal(spec.kind, 2);
	assert_int_equal(spec.kinds.count, 2);
	assert_int_equal(spec.kinds.items[0], 1);
	assert_int_equal(spec.groups.items[1], 8);
	assert_int_equal(spec.user.gid, 6);
	assert_true(spec.limit.set && spec.limit.value == 9007199254740993);
	assert_true(spec.score.set && spec.score.value == -1000);
	assert_true(spec.weight.set && spec.weight.value == UINT64_MAX);
	assert_true(spec.priority.set && spec.priority.value == 0);
	assert_true(spec.flag.set && !spec.flag.value);
	assert_true(spec.offset == INT64_MIN && spec.size == UINT64_MAX);
	assert_int_equal(spec.annotations.count, 2);
	assert_string_equal(spec.annotations.items[0].name, "a.b/c");
	assert_string_equal(spec.annotations.items[1].value, "");
	assert_int_equal(spec.entries.count, 2);
	assert_string_equal(spec.entries.items[0].name, "user.max");
	assert_int_equal(spec.entries.items[0].number, 3);
	assert_string_equal(spec.entries.items[1].name, "e");
}

static void unknown(void **state)
{
	(void)state;
	assert_int_equal(load("{\"new\": 1, \"mounts\": [{\"destination\": \"/\", \"new\": {}}], "
			      "\"OCIVERSION\": 3}"),
			 0);
	assert_null(spec.version);
}

static void nulls(void **state)
{
	(void)state;
	assert_int_equal(load("{\"process\": null, \"mounts\": null, \"limit\": null, \"flag\": "
			      "null, \"user\": null}"),
			 0);
	assert_null(spec.process);
	assert_false(spec.limit.set || spec.flag.set);
	assert_int_equal(load("{\"mounts\": [], \"annotations\": {}}"), 0);
	assert_int_equal(spec.mounts.count, 0);
	refused("{\"mounts\": [{\"destination\": null}]}",
		"config.json:1:13: mounts[0]: \"destination\" is required");
}

static void types(void **state)
{
	(void)state;
	refused("{\n  \"mounts\": [\n    {\"destination\": \"/proc\"},\n    {\"destination\": "
		"765}\n  ]\n}",
		"config.json:4:21: mounts[1].destination: expected a string, found a number");
	refused("{\"process\": {\"terminal\": \"true\"}}",
		"config.json:1:26: process.terminal: expected a boolean, found a string");
	refused("{\"flag\": 1}", "config.json:1:10: flag: expected a boolean, found a number");
	refused("{\"flag\": [true]}", "config.json:1:10: flag: expected a boolean, found an array");
	refused("{\"mounts\": {\"a\": 1}}",
		"config.json:1:12: mounts: expected an array, found an object");
	refused("{\"mounts\": [ null]}",
		"config.json:1:14: mounts[0]: expected an object, found null");
	refused("{\"process\": true}",
		"config.json:1:13: process: expected an object, found a boolean");
	refused("{\"user\": false}", "config.json:1:10: user: expected an object, found a boolean");
	refused("{\"process\": {\"user\": {\"uid\":0,\"gid\":0}, \"args\": [\"a\", 22]}}",
		"config.json:1:55: process.args[1]: expected a string, found a number");
	refused("{\"annotations\": {\"a\\\"b\": 5}}",
		"config.json:1:26: annotations[\"a\"b\"]: expected a string, found a number");
	refused("{\"annotations\": {\"ok\": \"\", \"a.b\": 5}}",
		"config.json:1:35: annotations[\"a.b\"]: expected a string, found a number");
	refused("{\"limit\": \"5\"}", "config.json:1:11: limit: expected a number, found a string");
	refused("{\"entries\": []}",
		"config.json:1:13: entries: expected an object, found an array");
	refused("[]", "config.json:1:1: expected an object, found an array");
	refused("{\"ociVersion\": \n\"a\\\"\", \"kind\": \"b\\\\\\\"\"}",
		"config.json:2:16: kind: unknown value \"b\\\"\"");
}

static void ranges(void **state)
{
	(void)state;
	refused("{\"user\": {\"uid\": -1, \"gid\": 0}}",
		"config.json:1:18: user.uid: -1 is not a whole number from 0 to 4294967295");
	refused("{\"user\": {\"uid\": 4294967296, \"gid\": 0}}",
		"config.json:1:18: user.uid: 4294967296 is not a whole number from 0 to "
		"4294967295");
	refused("{\"limit\": 1e9}", "config.json:1:11: limit: 1e9 is not a whole number from "
				    "-9223372036854775808 to 9223372036854775807");
	refused("{\"limit\": 1.0}", "config.json:1:11: limit: 1.0 is not a whole number from "
				    "-9223372036854775808 to 9223372036854775807");
	refused("{\"offset\": 9223372036854775808}",
		"config.json:1:12: offset: 9223372036854775808 is not a whole number from "
		"-9223372036854775808 to 9223372036854775807");
	refused("{\"score\": 1001}",
		"config.json:1:11: score: 1001 is not a whole number from -1000 to 1000");
	refused("{\"weight\": -1}", "config.json:1:12: weight: -1 is not a whole number from 0 to "
				    "18446744073709551615");
	refused("{\"size\": 18446744073709551616}",
		"config.json:1:10: size: 18446744073709551616 is not a whole number from 0 to "
		"18446744073709551615");
	refused("{\"groups\": [1, -2]}",
		"config.json:1:16: groups[1]: -2 is not a whole number from 0 to 4294967295");
	refused("{\"priority\": 4294967296}", "config.json:1:14: priority: 4294967296 is not a "
					      "whole number from 0 to 4294967295");
}

static void required(void **state)
{
	(void)state;
	refused("{\n \"mounts\": [{\"type\": \"proc\"}]}",
		"config.json:2:13: mounts[0]: \"destination\" is required");
	refused("{\"process\": {}}", "config.json:1:13: process: \"user\" is required");
}

static void names(void **state)
{
	(void)state;
	refused("{\"kind\": \"mnt\"}", "config.json:1:10: kind: unknown value \"mnt\"");
	refused("{\"kinds\": [\"pid\", \"mnt\"]}",
		"config.json:1:19: kinds[1]: unknown value \"mnt\"");
	refused("{\"kind\": \"a\\nb\\u001b[1m\"}",
		"config.json:1:10: kind: unknown value \"a\\x0ab\\x1b[1m\"");
	refused("{\"annotations\": {\"\": \"x\"}}",
		"config.json:1:22: annotations[\"\"]: the name is empty");
	refused("{\"entries\": {\"\": {}}}", "config.json:1:18: entries[\"\"]: the name is empty");
}

static void long_names(void **state)
{
	cleanup_text struct text text = { 0 };

	(void)state;
	text_add(&text, "{\"annotations\": {\"");
	for (int i = 0; i < 1000; i++)
		text_add(&text, "abcdefghij");
	text_add(&text, "\": 1}}");
	assert_int_equal(load(text.data), -1);
	assert_true(strlen(failure()->text) < 300);
	assert_non_null(strstr(failure()->text, "...\"]: expected a string"));
	drop(NULL);
}

static void late_failures(void **state)
{
	(void)state;
	assert_int_equal(load(everything), 0);
	assert_int_equal(fail_at(&spec.mounts.items[1].type, ENOENT, "%s", "/srv/x"), -1);
	assert_string_equal(failure()->text,
			    "config.json:5:41: mounts[1].type: /srv/x: no such file or directory");
	assert_int_equal(failure()->code, ENOENT);
	fail_at(&spec.process->user.gid, 0, "no");
	assert_string_equal(failure()->text, "config.json:3:59: process.user.gid: no");
	/* A struct and its first member have one address. */
	fail_at(&spec.process->user, 0, "no");
	assert_string_equal(failure()->text, "config.json:3:41: process.user: no");
	fail_at(&spec.process->user.uid, 0, "no");
	assert_string_equal(failure()->text, "config.json:3:49: process.user.uid: no");
	fail_at(&spec.user.uid, 0, "no");
	assert_string_equal(failure()->text, "config.json:7:19: user.uid: no");
	fail_at(&spec.process->args[1], 0, "no");
	assert_string_equal(failure()->text, "config.json:3:87: process.args[1]: no");
	fail_at(&spec.process->args, 0, "no");
	assert_string_equal(failure()->text, "config.json:3:80: process.args: no");
	fail_at(&spec.mounts.items[1], 0, "no");
	assert_string_equal(failure()->text, "config.json:5:5: mounts[1]: no");
	fail_at(&spec.mounts, 0, "no");
	assert_string_equal(failure()->text, "config.json:4:13: mounts: no");
	fail_at(&spec.kinds.items[1], 0, "no");
	assert_string_equal(failure()->text, "config.json:6:37: kinds[1]: no");
	fail_at(&spec.groups.items[0], 0, "no");
	assert_string_equal(failure()->text, "config.json:6:56: groups[0]: no");
	fail_at(&spec.limit, 0, "no");
	assert_string_equal(failure()->text, "config.json:8:12: limit: no");
	fail_at(&spec.annotations.items[0], 0, "no");
	assert_string_equal(failure()->text, "config.json:10:28: annotations[\"a.b/c\"]: no");
	fail_at(&spec.entries.items[0], 0, "no");
	assert_string_equal(failure()->text, "config.json:11:27: entries[\"user.max\"]: no");
	fail_at(&spec.entries.items[0].number, 0, "no");
	assert_string_equal(failure()->text, "config.json:11:38: entries[\"user.max\"].number: no");
}

static void absent_members(void **state)
{
	char where[200];
	int elsewhere;

	(void)state;
	assert_int_equal(load(everything), 0);
	/* Not in the text: the struct around it. */
	fail_at(&spec.mounts.items[0].source, 0, "is missing");
	assert_string_equal(failure()->text, "config.json:4:14: mounts[0]: is missing");
	fail_at(&elsewhere, EPERM, "%s", "outside");
	assert_string_equal(failure()->text, "outside: operation not permitted");
	assert_string_equal(where_is(&elsewhere, where, sizeof where), "");
	assert_string_equal(where_is(&spec.mounts.items[0], where, sizeof where),
			    "config.json:4:14: mounts[0]");
	fail(EIO, "read");
	assert_int_equal(fail_in_at(&spec.mounts.items[0]), -1);
	assert_string_equal(failure()->text,
			    "config.json:4:14: mounts[0]: read: input/output error");
	assert_int_equal(failure()->code, EIO);
	fail_in_at(&elsewhere);
	assert_string_equal(failure()->text,
			    "config.json:4:14: mounts[0]: read: input/output error");
	assert_string_equal(where_is(&spec.mounts.items[0], where, 8), "config.");
	fail_at(&spec.limit, 0, "%s", "a\x1b[31m\nb");
	assert_string_equal(failure()->text, "config.json:8:12: limit: a\\x1b[31m\\x0ab");
}

static void several_documents(void **state)
{
	static const char text[] = "\n\n{\"limit\": 5}";
	struct json_doc other = {
		.name = "state.json", .text = text, .size = sizeof text - 1, .arena = arena_new()
	};
	struct spec second = { 0 };

	(void)state;
	assert_int_equal(load(everything), 0);
	assert_int_equal(json_parse(&other), 0);
	assert_int_equal(json_fill(&other, other.root, &spec_shape, &second), 0);
	fail_at(&second.limit, 0, "no");
	assert_string_equal(failure()->text, "state.json:3:11: limit: no");
	fail_at(&spec.limit, 0, "no");
	assert_string_equal(failure()->text, "config.json:8:12: limit: no");
	json_forget(&other);
	json_forget(&other);
	arena_free(other.arena);
	fail_at(&second.limit, 0, "no");
	assert_string_equal(failure()->text, "no");
	fail_at(&spec.limit, 0, "no");
	assert_string_equal(failure()->text, "config.json:8:12: limit: no");
}

/* More members than one batch of origins holds. */
static void many_origins(void **state)
{
	cleanup_text struct text text = { 0 };

	(void)state;
	text_add(&text, "{\"groups\": [0");
	for (int i = 1; i < 1000; i++)
		text_addf(&text, ",\n%d", i);
	text_add(&text, "]}");
	assert_int_equal(load(text.data), 0);
	assert_int_equal(spec.groups.items[999], 999);
	for (int i = 1; i < 1000; i += 37) {
		char expected[64];
		snprintf(expected, sizeof expected, "config.json:%d:1: groups[%d]: no", i + 1, i);
		fail_at(&spec.groups.items[i], 0, "no");
		assert_string_equal(failure()->text, expected);
	}
	drop(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("every reader fills its member", fills),
		TEST("G-04 unknown members are ignored, names are exact", unknown),
		TEST("G-06 null counts as absent", nulls),
		TEST("G-05 a wrong type is an error with path, line and column", types),
		TEST("G-07 numbers out of range", ranges),
		TEST("required members", required),
		TEST("G-09 unknown values, T-10 empty names", names),
		TEST("long names are shortened in messages", long_names),
		TEST("places outlive parsing", late_failures),
		TEST("a member that is absent has the place of its struct", absent_members),
		TEST("several documents are told apart", several_documents),
		TEST("places of a long list", many_origins),
	};

	return cmocka_run_group_tests(tests, NULL, drop);
}
