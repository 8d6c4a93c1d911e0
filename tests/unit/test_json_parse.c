/* test_json_parse.c - what is JSON and what is not, and where the mistake is. */
#include "test.h"
#include "json/json.h"
#include <errno.h>

static struct json_doc doc;

/* Parses text; the document stays in `doc` until the next call. */
static int parse_bytes(const char *text, size_t size)
{
	json_forget(&doc);
	arena_free(doc.arena);
	doc = (struct json_doc){
		.name = "config.json", .text = text, .size = size, .arena = arena_new()
	};
	return json_parse(&doc);
}

static int parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

static int drop(void **state)
{
	(void)state;
	json_forget(&doc);
	arena_free(doc.arena);
	doc = (struct json_doc){ 0 };
	return 0;
}

static void refused(const char *text, const char *message)
{
	if (parse(text) == 0)
		fail_msg("accepted: %s", text);
	if (strcmp(failure()->text, message))
		fail_msg("%s\n  gives    %s\n  expected %s", text, failure()->text, message);
}

static void tree(void **state)
{
	(void)state;
	assert_int_equal(
		parse("{\"a\": [1, \"x\", null, true, false, {}], \"b\": {\"c\": -1.5e3}}"), 0);
	const struct json *a = json_member(doc.root, "a"), *b = json_member(doc.root, "b");
	static const enum json_type types[] = { JSON_NUMBER, JSON_STRING, JSON_NULL,
						JSON_BOOL,   JSON_BOOL,	  JSON_OBJECT };
	const struct json *v = a->child;

	for (size_t i = 0; i < COUNT(types); i++, v = v->next) {
		assert_int_equal(v->type, types[i]);
		assert_ptr_equal(v->parent, a);
		assert_null(v->key);
	}
	assert_null(v);
	assert_string_equal(a->child->text, "1");
	assert_true(a->child->next->next->next->truth);
	assert_string_equal(json_member(b, "c")->text, "-1.5e3");
	assert_null(json_member(b, "d"));
}

/* The offsets that yajl gives inside its callbacks; everything about places rests on them. */
static void offsets(void **state)
{
	const char *text = "{ \"k\\n\" : [ 12 , \"a\\\"\" , null , true , {} ] , \"e\":7}";

	(void)state;
	assert_int_equal(parse(text), 0);
	const struct json *v = doc.root->child;
	assert_int_equal(doc.root->at, 0);
	assert_int_equal(text[v->at], '[');
	v = v->child;
	assert_int_equal(v->at, strchr(text, '2') - text);
	v = v->next;
	assert_memory_equal(text + v->at - 4, "\"a\\\"\"", 5);
	v = v->next;
	assert_memory_equal(text + v->at - 3, "null", 4);
	v = v->next;
	assert_memory_equal(text + v->at - 3, "true", 4);
	v = v->next;
	assert_memory_equal(text + v->at, "{}", 2);
	assert_int_equal(text[doc.root->child->next->at], '7');
}

static void strings(void **state)
{
	static const struct {
		const char *json, *value;
	} rows[] = {
		{ "\"\"", "" },
		{ "\"\\u00e9\\t\\/\\\\\"", "\xc3\xa9\t/\\" },
		{ "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" },
		{ "\"\xf0\x9f\x98\x80\"", "\xf0\x9f\x98\x80" },
		{ "\"\\\\ud800\"", "\\ud800" },
		{ "\"\\\\\\\"\"", "\\\"" },
		{ "\"\\u20AC\\uD83D\\uDE00x\"", "\xe2\x82\xac\xf0\x9f\x98\x80x" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(parse(rows[i].json), 0);
		assert_string_equal(doc.root->text, rows[i].value);
	}
}

static void malformed(void **state)
{
	static const char *const rows[] = {
		"",
		" ",
		"{",
		"[1,",
		"{\"a\":1}x",
		"{\"a\":1}{}",
		"1 2",
		"\xef\xbb\xbf{}",
		"{\"a\":1,}",
		"[1,]",
		"{a:1}",
		"{'a':1}",
		"// c\n{}",
		"{/* c */}",
		"{\"a\" 1}",
		"[01]",
		"[+1]",
		"[.5]",
		"[1.]",
		"[1e]",
		"[-]",
		"[0x1]",
		"[NaN]",
		"[\"a\nb\"]",
		"[\"\\x\"]",
		"[\"\\u12g4\"]",
		"[\"\\u123\"]",
		"[\"a]",
		"tru",
		"nulll",
		"[True]",
		"{\"a\":1 \"b\":2}",
		"{1:2}",
		"[}",
		"\x01",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (parse(rows[i]) == 0)
			fail_msg("accepted: %s", rows[i]);
		if (strncmp(failure()->text, "config.json:", 12) || strlen(failure()->text) < 20)
			fail_msg("%s gives: %s", rows[i], failure()->text);
	}
	assert_int_equal(parse_bytes("{}\0", 3), -1);
	assert_int_equal(parse_bytes("", 0), -1);
}

static void places_of_syntax(void **state)
{
	(void)state;
	refused("{\n  \"mounts\": [{\"type\": }]\n}",
		"config.json:2:23: mounts[0].type: parse error: unallowed token at this point in "
		"JSON text");
	refused("{\"a\": 1", "config.json:1:8: parse error: premature EOF");
	refused("{}\n  x", "config.json:2:3: parse error: trailing garbage");
}

static void bad_utf8(void **state)
{
	static const char *const rows[] = {
		"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80",
		"\xff",	    "\xc3",	    "\xe2\x82",		"\xc3\\n",
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(text, sizeof text, "{\"a\":\n \"x%sy\"}", rows[i]);
		refused(text, "config.json:2:2: a: a string that is not valid UTF-8");
		snprintf(text, sizeof text, "{\"x%s\": 1}", rows[i]);
		refused(text, "config.json:1:2: a string that is not valid UTF-8");
	}
}

static void surrogates(void **state)
{
	static const char *const rows[] = {
		"\\ud800",
		"\\udc00",
		"\\ud800\\u0041",
		"\\ud800x",
		"\\udbff\\ud800\\udc00",
		"\\ud83d\\ude00\\ude00",
		"\\\\\\uD800",
		"\\ud83d\\n",
		"a\\uDFFF",
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(text, sizeof text, "[0, \"%s\"]", rows[i]);
		refused(text, "config.json:1:5: [1]: half of a surrogate pair in a string");
		snprintf(text, sizeof text, "{\"%s\": 0}", rows[i]);
		refused(text, "config.json:1:2: half of a surrogate pair in a string");
	}
}

static void nul(void **state)
{
	(void)state;
	refused("{\"args\": [\"a\\u0000b\"]}",
		"config.json:1:11: args[0]: a NUL character in a string");
	refused("{\"a\\u0000\": 1}", "config.json:1:2: a NUL character in a string");
	assert_int_equal(parse_bytes("\"a\0b\"", 5), -1);
}

static void duplicates(void **state)
{
	cleanup_text struct text big = { 0 };

	(void)state;
	refused("{\"a\": 1, \"b\": 2,\n\"a\": 3}",
		"config.json:2:6: a: duplicate member name \"a\"");
	refused("{\"x\": {\"\\u0061\": 1, \"a\": 2}}",
		"config.json:1:26: x.a: duplicate member name \"a\"");
	refused("{\"\": 1, \"\": 2}", "config.json:1:13: [\"\"]: duplicate member name \"\"");
	assert_int_equal(
		parse("{\"a\": {\"a\": {\"a\": 1}}, \"b\": [{\"a\": 1}, {\"a\": 1}], \"A\": 1}"),
		0);
	text_add(&big, "{");
	for (int i = 0; i < 100000; i++)
		text_addf(&big, "%s\"k%d\": %d", i ? ",\n" : "", i, i);
	text_add(&big, "}");
	assert_int_equal(parse(big.data), 0);
	big.length--;
	text_add(&big, ",\n\"k777\": 0}");
	refused(big.data, "config.json:100001:9: k777: duplicate member name \"k777\"");
}

static void depth(void **state)
{
	char text[2 * JSON_MAX_DEPTH + 3];

	(void)state;
	for (int levels = JSON_MAX_DEPTH; levels <= JSON_MAX_DEPTH + 1; levels++) {
		memset(text, '[', (size_t)levels);
		memset(text + levels, ']', (size_t)levels);
		text[2 * levels] = 0;
		assert_int_equal(parse(text), levels == JSON_MAX_DEPTH ? 0 : -1);
	}
	assert_non_null(strstr(failure()->text, "more than 64 levels deep"));
	assert_memory_equal(failure()->text, "config.json:1:65: ", 18);
}

static void limits(void **state)
{
	cleanup_text struct text many = { 0 };

	(void)state;
	text_add(&many, "[0");
	for (int i = 2; i < JSON_MAX_NODES; i++) /* with the array itself as many as may be */
		text_add_bytes(&many, ",0", 2);
	text_add(&many, "]");
	assert_int_equal(parse(many.data), 0);
	many.length--;
	text_add(&many, ",0]");
	assert_int_equal(parse(many.data), -1);
	assert_non_null(strstr(failure()->text, "more than 1048576 values"));

	cleanup_free char *blanks = malloc(JSON_MAX_SIZE + 1);
	memset(blanks, ' ', JSON_MAX_SIZE + 1);
	blanks[0] = '1';
	assert_int_equal(parse_bytes(blanks, JSON_MAX_SIZE), 0);
	assert_int_equal(parse_bytes(blanks, JSON_MAX_SIZE + 1), -1);
	assert_int_equal(failure()->code, EFBIG);
	drop(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("text becomes a tree", tree),
		TEST("libyajl's offsets inside callbacks are those of last bytes", offsets),
		TEST("strings are decoded", strings),
		TEST("G-02 what is not RFC 8259 is refused", malformed),
		TEST("G-02 the place of a mistake", places_of_syntax),
		TEST("G-02 bad UTF-8 is refused", bad_utf8),
		TEST("G-02 half surrogate pairs are refused", surrogates),
		TEST("G-11 no NUL in a string", nul),
		TEST("G-03 duplicate names are refused, in large objects too", duplicates),
		TEST("G-02 64 levels", depth),
		TEST("G-02 limits of size and number", limits),
	};

	return cmocka_run_group_tests(tests, NULL, drop);
}
