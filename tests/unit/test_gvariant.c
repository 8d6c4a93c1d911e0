/* test_gvariant.c - GVariant text, as annotations have it: types, values, and where it is wrong. */
#include "test.h"
#include "base/arena.h"
#include "base/fail.h"
#include "base/gvariant.h"

/* The whole type stands in front of what is printed. */
static void values(void **state)
{
	(void)state;
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{ "true", "@b true" },
		{ " false ", "@b false" },
		{ "5", "@i 5" },
		{ "-5", "@i -5" },
		{ "+5", "@i 5" },
		{ "0x1f", "@i 31" },
		{ "0x1e5", "@i 485" },
		{ "1.5", "@d 1.5" },
		{ "2e3", "@d 2000" },
		{ "uint64 18446744073709551615", "@t 18446744073709551615" },
		{ "int64 -9223372036854775808", "@x -9223372036854775808" },
		{ "uint32 4294967295", "@u 4294967295" },
		{ "byte 0xff", "@y 255" },
		{ "int16 -32768", "@n -32768" },
		{ "uint16 65535", "@q 65535" },
		{ "double 3", "@d 3" },
		{ "@t 7", "@t 7" },
		{ "'text'", "@s 'text'" },
		{ "\"it's\"", "@s 'it\\'s'" },
		{ "''", "@s ''" },
		{ "'a\\n\\u0041\\\\\\x'", "@s 'a\\u000aA\\\\x'" },
		{ "'\\u00e4\\U0001f600'", "@s '\xc3\xa4\xf0\x9f\x98\x80'" },
		{ "objectpath '/a'", "@o '/a'" },
		{ "signature 'as'", "@g 'as'" },
		{ "['a', 'b']", "@as ['a', 'b']" },
		{ "[ 1 ,2, ]", "@ai [1, 2]" },
		{ "[uint64 1, 2]", "@at [1, 2]" },
		{ "@as []", "@as []" },
		{ "[byte 1]", "@ay [1]" },
		{ "('a', uint64 5)", "@(st) ('a', 5)" },
		{ "@a(ss) [('/dev/null', 'rw'), ('b', 'r')]",
		  "@a(ss) [('/dev/null', 'rw'), ('b', 'r')]" },
		{ "[['a'], ['b', 'c']]", "@aas [['a'], ['b', 'c']]" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		cleanup_arena struct arena *arena = arena_new();
		cleanup_text struct text first = { 0 }, second = { 0 };
		const struct gvariant *value = gvariant_parse(cases[i].text, arena);

		if (!value)
			fail_msg("%s: %s", cases[i].text, failure()->text);
		gvariant_print(value, &first);
		assert_string_equal(first.data, cases[i].expected);
		value = gvariant_parse(first.data, arena);
		assert_non_null(value);
		gvariant_print(value, &second);
		assert_string_equal(second.data, cases[i].expected);
	}
}

static void wrong(void **state)
{
	(void)state;
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{ "", "no value at character 1" },
		{ "text", "an unknown word" },
		{ "'text", "no end of a string" },
		{ "'text\\", "no end of a string" },
		{ "'\\u00'", "no hexadecimal digit" },
		{ "'\\u0000'", "no character" },
		{ "'\\ud800'", "no character" },
		{ "5 6", "something behind the value at character 3" },
		{ "5x", "no number" },
		{ "-", "no number" },
		{ "2147483648", "out of its type's range" },
		{ "byte 256", "out of its type's range" },
		{ "byte -1", "out of its type's range" },
		{ "uint64 -1", "out of its type's range" },
		{ "uint64 18446744073709551616", "out of its type's range" },
		{ "uint64 'a'", "a string where another type is wanted" },
		{ "uint64 true", "a boolean where another type is wanted" },
		{ "uint64 byte 5", "a value of another type" },
		{ "string 5", "a number where another type is wanted" },
		{ "@s ['a']", "an array where another type is wanted" },
		{ "@as 'a'", "a string where another type is wanted" },
		{ "@as 'a'", "at character 5" },
		{ "[]", "an empty array without a type" },
		{ "['a', 5]", "a number where another type is wanted" },
		{ "['a' 'b']", "no comma" },
		{ "['a'", "no comma" },
		{ "['a',", "no value" },
		{ "()", "an empty structure" },
		{ "@(ss) ('a')", "fewer values than types" },
		{ "@(s) ('a', 'b')", "more values than types" },
		{ "@z 5", "no D-Bus type" },
		{ "@a{sv} {}", "no D-Bus type" },
		{ "<'a'>", "an unknown word" },
		{ "@aaaaaaaaaaaas []", "no D-Bus type" },
		{ "[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]", "too many brackets" },
		{ "inf", "an unknown word" },
		{ "double 1e999", "no number" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		cleanup_arena struct arena *arena = arena_new();

		if (gvariant_parse(cases[i].text, arena))
			fail_msg("%s was accepted", cases[i].text);
		if (!strstr(failure()->text, cases[i].expected))
			fail_msg("%s: \"%s\" does not contain \"%s\"", cases[i].text,
				 failure()->text, cases[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("A-04 GVariant text is read and printed with its type", values),
		TEST("A-04 what is no GVariant text is refused with its place", wrong),
	};

	return cmocka_run_group_tests_name("gvariant", tests, NULL, NULL);
}
