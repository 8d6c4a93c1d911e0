/* test_json_write.c - structs to JSON and back. */
#include "test.h"
#include "json/json.h"

struct inner {
	const char *path;
	struct opt_u32 mode;
};
struct named {
	const char *name;
	bool on;
};
struct outer {
	const char *id, *must;
	bool truth;
	uint32_t u32;
	uint64_t u64;
	int64_t i64;
	struct opt_bool flag;
	struct opt_i64 limit;
	struct opt_u64 weight;
	int kind;
	struct inner inner;
	struct inner *pointer;
	const char **args;
	LIST(int) kinds;
	LIST(uint32_t) numbers;
	LIST(struct inner) list;
	json_pairs annotations;
	LIST(struct named) map;
};

static const struct name_value kinds[] = { { "mount", 1 }, { "pid", 2 }, { NULL, 0 } };

SHAPE(struct inner, inner_shape, JSON_S(struct inner, path, "path"),
      JSON_OU(struct inner, mode, "mode"), );
SHAPE(struct named, named_shape, JSON_B(struct named, on, "on"), );
SHAPE(struct outer, outer_shape, JSON_S(struct outer, id, "id"),
      JSON_S(struct outer, must, "must", REQUIRED), JSON_B(struct outer, truth, "truth"),
      JSON_U(struct outer, u32, "u32"), JSON_U64(struct outer, u64, "u64"),
      JSON_I64(struct outer, i64, "i64"), JSON_OB(struct outer, flag, "flag"),
      JSON_OI(struct outer, limit, "limit"), JSON_OU64(struct outer, weight, "weight"),
      JSON_N(struct outer, kind, "kind", kinds), JSON_O(struct outer, inner, "inner", inner_shape),
      JSON_P(struct outer, pointer, "pointer", inner_shape), JSON_V(struct outer, args, "args"),
      JSON_NL(struct outer, kinds, "kinds", kinds),
      { .name = "numbers", .read = json_u32s, JSON_PLAIN(struct outer, numbers) },
      JSON_L(struct outer, list, "list", inner_shape),
      JSON_M(struct outer, annotations, "annotations"),
      JSON_MO(struct outer, map, "map", named_shape), );

static void absent(void **state)
{
	const struct outer nothing = { 0 };
	cleanup_text struct text out = { 0 };

	(void)state;
	json_write(&out, &outer_shape, &nothing, JSON_COMPACT);
	assert_string_equal(out.data,
			    "{\"must\":\"\",\"truth\":false,\"u32\":0,\"u64\":0,\"i64\":0}");
}

static void pretty(void **state)
{
	const struct inner in = { .path = "/x", .mode = { true, 0 } }, empty = { 0 };
	cleanup_text struct text out = { 0 };

	(void)state;
	json_write(&out, &inner_shape, &in, JSON_PRETTY);
	assert_string_equal(out.data, "{\n    \"path\": \"/x\",\n    \"mode\": 0\n}\n");
	out.length = 0;
	json_write(&out, &inner_shape, &empty, JSON_PRETTY);
	assert_string_equal(out.data, "{}\n");
}

/* Read, written and read again: every writer is the inverse of its reader. */
static void round_trip(void **state)
{
	static const char text[] = "{\"id\":\"a\\\"\\\\\\n\xc3\xa9\",\"must\":\"m\",\"truth\":true,"
				   "\"u32\":4294967295,\"u64\":18446744073709551615,"
				   "\"i64\":-9223372036854775808,\"flag\":false,\"limit\":-1,"
				   "\"weight\":18446744073709551615,\"kind\":\"pid\","
				   "\"inner\":{\"mode\":511},\"pointer\":{\"path\":\"\"},\"args\":["
				   "\"a\",\"\"],\"kinds\":[\"pid\",\"mount\"],"
				   "\"numbers\":[0,7],\"list\":[{\"path\":\"p\"},{}],"
				   "\"annotations\":{\"a.b\":\"c\",\"d\":\"\"},"
				   "\"map\":{\"x.y\":{\"on\":true},\"z\":{\"on\":false}}}";
	struct json_doc doc = {
		.name = "x", .text = text, .size = sizeof text - 1, .arena = arena_new()
	};
	cleanup_text struct text out = { 0 }, wide = { 0 };
	struct outer in = { 0 };

	(void)state;
	assert_int_equal(json_parse(&doc), 0);
	assert_int_equal(json_fill(&doc, doc.root, &outer_shape, &in), 0);
	json_write(&out, &outer_shape, &in, JSON_COMPACT);
	assert_string_equal(out.data, text);
	json_write(&wide, &outer_shape, &in, JSON_PRETTY);
	struct json_doc second = {
		.name = "y", .text = wide.data, .size = wide.length, .arena = doc.arena
	};
	assert_int_equal(json_parse(&second), 0);
	json_forget(&second);
	json_forget(&doc);
	arena_free(doc.arena);
}

static void empties(void **state)
{
	const char *none[] = { NULL };
	struct inner pointed = { 0 };
	const struct outer in = { .must = "", .args = none, .pointer = &pointed };
	cleanup_text struct text out = { 0 };

	(void)state;
	json_write(&out, &outer_shape, &in, JSON_COMPACT);
	assert_non_null(strstr(out.data, "\"pointer\":{},\"args\":[]"));
}

static void lists(void **state)
{
	const struct inner items[] = { { .path = "a" }, { .path = "b" } };
	cleanup_text struct text out = { 0 };

	(void)state;
	json_write_list(&out, &inner_shape, items, 2, JSON_COMPACT);
	assert_string_equal(out.data, "[{\"path\":\"a\"},{\"path\":\"b\"}]");
	out.length = 0;
	json_write_list(&out, &inner_shape, NULL, 0, JSON_PRETTY);
	assert_string_equal(out.data, "[]\n");
}

static void strings(void **state)
{
	cleanup_text struct text out = { 0 };

	(void)state;
	text_add(&out, "x=");
	json_write_string(&out, "a\"b\\c\n\x01 \xff\xc3\xa9 \xed\xa0\x80/");
	assert_string_equal(out.data, "x=\"a\\\"b\\\\c\\n\\u0001 \xef\xbf\xbd\xc3\xa9 "
				      "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd/\"");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("absent members are left out", absent),
		TEST("pretty is four spaces and a newline at the end", pretty),
		TEST("what was read is written as it was", round_trip),
		TEST("empty lists and objects that are there", empties),
		TEST("lists", lists),
		TEST("strings are escaped and valid UTF-8", strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
