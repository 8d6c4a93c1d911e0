/* test_text.c - the growing string, numbers, UTF-8. */
#include "test.h"
#include "base/text.h"

static void grows(void **state)
{
	cleanup_text struct text t = { 0 };

	(void)state;
	text_add_bytes(&t, "", 0);
	assert_string_equal(t.data, "");
	for (int i = 0; i < 1000; i++)
		text_addf(&t, "%03d,", i);
	assert_int_equal(t.length, 4000);
	assert_int_equal(strlen(t.data), 4000);
	assert_string_equal(t.data + 3996, "999,");
	text_add(&t, "end");
	text_add_bytes(&t, "a\0b", 3);
	assert_int_equal(t.length, 4006);
	text_free(&t);
	assert_null(t.data);
}

static void begins_and_ends(void **state)
{
	(void)state;
	assert_true(text_starts("file:/x", "file:"));
	assert_false(text_starts("fil", "file:"));
	assert_true(text_ends("a.slice", ".slice"));
	assert_false(text_ends("slice", ".slice"));
	assert_false(text_is_set(NULL));
	assert_false(text_is_set(""));
	assert_true(text_is_set("a"));
}

static void signed_numbers(void **state)
{
	static const struct {
		const char *s;
		int64_t min, max;
		int result;
		int64_t value;
	} rows[] = {
		{ "0", 0, 9, 0, 0 },
		{ "-7", -7, 0, 0, -7 },
		{ "-8", -7, 0, -1, 0 },
		{ "10", 0, 9, -1, 0 },
		{ "9223372036854775807", INT64_MIN, INT64_MAX, 0, INT64_MAX },
		{ "9223372036854775808", INT64_MIN, INT64_MAX, -1, 0 },
		{ "-9223372036854775808", INT64_MIN, INT64_MAX, 0, INT64_MIN },
		{ "-9223372036854775809", INT64_MIN, INT64_MAX, -1, 0 },
		{ "", 0, 9, -1, 0 },
		{ "-", -9, 9, -1, 0 },
		{ "+1", 0, 9, -1, 0 },
		{ " 1", 0, 9, -1, 0 },
		{ "1 ", 0, 9, -1, 0 },
		{ "0x1", 0, 9, -1, 0 },
		{ "1e2", 0, 999, -1, 0 },
		{ "1.0", 0, 9, -1, 0 },
		{ "--1", -9, 9, -1, 0 },
		{ NULL, 0, 9, -1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t value = 0;
		if (text_to_i64(rows[i].s, rows[i].min, rows[i].max, &value) != rows[i].result ||
		    value != rows[i].value)
			fail_msg("\"%s\" gives %lld", rows[i].s ? rows[i].s : "(null)",
				 (long long)value);
	}
}

static void unsigned_numbers(void **state)
{
	uint64_t value = 5;

	(void)state;
	assert_int_equal(text_to_u64("18446744073709551615", UINT64_MAX, &value), 0);
	assert_true(value == UINT64_MAX);
	assert_int_equal(text_to_u64("18446744073709551616", UINT64_MAX, &value), -1);
	assert_int_equal(text_to_u64("-1", UINT64_MAX, &value), -1);
	assert_int_equal(text_to_u64("256", 255, &value), -1);
	assert_true(value == UINT64_MAX); /* not written on failure */
}

static void names(void **state)
{
	static const struct name_value rows[] = { { "a", 1 }, { "b", 2 }, { NULL, 0 } };

	(void)state;
	assert_int_equal(name_find(rows, "b")->value, 2);
	assert_null(name_find(rows, "c"));
	assert_string_equal(name_of(rows, 1), "a");
	assert_null(name_of(rows, 0));
}

static void utf8(void **state)
{
	static const struct {
		const char *s;
		size_t length;
	} rows[] = {
		{ "a", 1 },
		{ "\xc3\xa9", 2 },
		{ "\xe2\x82\xac", 3 },
		{ "\xf0\x9f\x98\x80", 4 },
		{ "\xf4\x8f\xbf\xbf", 4 },
		{ "\xc0\xaf", 0 },
		{ "\xc1\xbf", 0 },
		{ "\xe0\x9f\xbf", 0 },
		{ "\xf0\x8f\xbf\xbf", 0 },
		{ "\xed\xa0\x80", 0 },
		{ "\xed\xbf\xbf", 0 },
		{ "\xed\x9f\xbf", 3 },
		{ "\xf4\x90\x80\x80", 0 },
		{ "\xf5\x80\x80\x80", 0 },
		{ "\xff", 0 },
		{ "\x80", 0 },
		{ "\xc3", 0 },
		{ "\xe2\x82", 0 },
		{ "\xe2\x28\xa1", 0 },
		{ "\xe2\x82\x28", 0 },
		{ "\xf0\x9f\x98", 0 },
		{ "\xf0\x9f\x98\x41", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (text_utf8(rows[i].s, strlen(rows[i].s)) != rows[i].length)
			fail_msg("row %zu is %zu long", i, text_utf8(rows[i].s, strlen(rows[i].s)));
	assert_int_equal(text_utf8("", 0), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("a text grows and ends with NUL", grows),
		TEST("prefixes and suffixes", begins_and_ends),
		TEST("G-07 whole signed numbers, exact at the limits", signed_numbers),
		TEST("G-07 whole unsigned numbers, exact at the limits", unsigned_numbers),
		TEST("names for numbers and back", names),
		TEST("G-02 UTF-8 as RFC 3629 has it", utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
