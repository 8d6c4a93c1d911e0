/* test_protobuf.c - the wire format: bytes of protobuf's own documentation, and broken ones. */
#include "test.h"
#include "base/fail.h"
#include "base/protobuf.h"

struct inner {
	struct pb_int a;
};
struct outer {
	struct pb_int a;
	const char *b;
	const struct inner *c;
	struct pb_list d; /* strings */
	struct pb_list e; /* struct inner */
	struct pb_int f;
};
static const struct pb_field inner_fields[] = { { 1, PB_INT, offsetof(struct inner, a), NULL },
						{ 0 } };
static const struct pb_shape inner_shape = { sizeof(struct inner), inner_fields };
static const struct pb_field outer_fields[] = {
	{ 1, PB_INT, offsetof(struct outer, a), NULL },
	{ 2, PB_STRING, offsetof(struct outer, b), NULL },
	{ 3, PB_MESSAGE, offsetof(struct outer, c), &inner_shape },
	{ 4, PB_STRINGS, offsetof(struct outer, d), NULL },
	{ 5, PB_MESSAGES, offsetof(struct outer, e), &inner_shape },
	{ 64, PB_INT, offsetof(struct outer, f), NULL },
	{ 0 },
};
static const struct pb_shape outer_shape = { sizeof(struct outer), outer_fields };

static void bytes_are_those_of_the_documentation(void **state)
{
	static const char *const words[] = { "x", "" };
	static const struct inner list[] = { { { true, 1 } }, { { false, 7 } } };
	static const struct inner sub = { { true, 150 } };
	static const struct {
		struct outer message;
		const char *bytes;
		size_t size;
	} cases[] = {
		{ { .a = { false, 5 } }, "", 0 },
		{ { .a = { true, 0 } }, "\x08\x00", 2 },
		{ { .a = { true, 150 } }, "\x08\x96\x01", 3 },
		{ { .a = { true, -1 } }, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11 },
		{ { .b = "testing" }, "\x12\x07testing", 9 },
		{ { .b = "" }, "\x12\x00", 2 },
		{ { .c = &sub }, "\x1a\x03\x08\x96\x01", 5 },
		{ { .d = { words, 2 } }, "\x22\x01x\x22\x00", 5 },
		{ { .e = { list, 2 } }, "\x2a\x02\x08\x01\x2a\x00", 6 },
		{ { .f = { true, 3 } }, "\x80\x04\x03", 3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		cleanup_text struct text out = { 0 };

		pb_write(&out, &outer_shape, &cases[i].message);
		assert_int_equal(out.length, cases[i].size);
		assert_memory_equal(out.data ? out.data : "", cases[i].bytes, cases[i].size);
	}
}

static void reads_what_it_writes(void **state)
{
	cleanup_arena struct arena *arena = arena_new();
	/* an unknown number, an unknown string, an unknown fixed64 and fixed32 stand between */
	static const char bytes[] = "\x78\x05"
				    "\x08\x96\x01"
				    "\x7a\x02hi"
				    "\x79"
				    "12345678"
				    "\x7d"
				    "1234"
				    "\x12\x07testing"
				    "\x1a\x03\x08\x96\x01"
				    "\x08\x07"
				    "\x80\x04\x03";
	struct outer out = { 0 };

	(void)state;
	assert_int_equal(pb_read(&outer_shape, bytes, sizeof bytes - 1, arena, &out), 0);
	assert_true(out.a.set && out.a.value == 7); /* the last one counts */
	assert_string_equal(out.b, "testing");
	assert_non_null(out.c);
	assert_int_equal(out.c->a.value, 150);
	assert_int_equal(out.f.value, 3);
}

static void broken_bytes_are_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *why;
	} cases[] = {
		{ "\x08", 1, "within a number" },
		{ "\x08\x80", 2, "within a number" },
		{ "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12, "too long" },
		{ "\x12\x05"
		  "four",
		  6, "within a field" },
		{ "\x12\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10, "within a field" },
		{ "\x7d"
		  "123",
		  4, "within a field" },
		{ "\x0a\x01x", 3, "another type" },
		{ "\x10\x01", 2, "another type" },
		{ "\x0b", 1, "wire type" },
		{ "\x1a\x02\x08\x96", 4, "within a number" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		cleanup_arena struct arena *arena = arena_new();
		struct outer out = { 0 };

		assert_int_equal(pb_read(&outer_shape, cases[i].bytes, cases[i].size, arena, &out),
				 -1);
		assert_non_null(strstr(failure()->text, cases[i].why));
	}
}

/* Whatever comes: no byte behind the end is looked at (also run under ASan). */
static void any_bytes(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		cleanup_arena struct arena *arena = arena_new();
		struct outer out = { 0 };
		size_t size = (size_t)round % 24;
		unsigned char *bytes = malloc(size + !size);

		for (size_t i = 0; i < size; i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[i] = seed >> 24 & (round & 1 ? 0xff : 0x1f);
		}
		int result = pb_read(&outer_shape, bytes, size, arena, &out);
		assert_true(result == 0 || result == -1);
		free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_those_of_the_documentation),
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(broken_bytes_are_refused),
		cmocka_unit_test(any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
