/* gvariant.c - reads and writes GVariant text.  A signature decides what a value may be; where the
 * text gives none, the first value of an array does. */
#include "base/gvariant.h"
#include "base/arena.h"
#include "base/fail.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { MAX_DEPTH = 8, MAX_SIGNATURE = 64 };

struct reader {
	const char *text, *at;
	struct arena *arena;
	unsigned depth;
};

/* Types with a word of their own; min and max of the integers. */
static const struct basic {
	char type;
	const char *word;
	int64_t min;
	uint64_t max;
} basics[] = {
	{ 'b', "boolean" },
	{ 'y', "byte", 0, UINT8_MAX },
	{ 'n', "int16", INT16_MIN, INT16_MAX },
	{ 'q', "uint16", 0, UINT16_MAX },
	{ 'i', "int32", INT32_MIN, INT32_MAX },
	{ 'u', "uint32", 0, UINT32_MAX },
	{ 'x', "int64", INT64_MIN, INT64_MAX },
	{ 't', "uint64", 0, UINT64_MAX },
	{ 'd', "double" },
	{ 's', "string" },
	{ 'o', "objectpath" },
	{ 'g', "signature" },
};

static const struct basic *basic_of(char type)
{
	for (size_t i = 0; i < COUNT(basics); i++)
		if (basics[i].type == type)
			return &basics[i];
	return NULL;
}

static int wrong(const struct reader *r, const char *what)
{
	return fail(0, "%s at character %zu", what, (size_t)(r->at - r->text) + 1);
}

static void skip_blanks(struct reader *r)
{
	r->at += strspn(r->at, " \t\n\r");
}

static bool take(struct reader *r, char c)
{
	skip_blanks(r);
	if (*r->at != c)
		return false;
	r->at++;
	return true;
}

/* Behind one complete type, or NULL: not a type that this file knows. */
static const char *signature_end(const char *s, unsigned depth)
{
	if (depth > MAX_DEPTH)
		return NULL;
	if (basic_of(*s))
		return s + 1;
	if (*s == 'a')
		return signature_end(s + 1, depth + 1);
	if (*s != '(' || s[1] == ')')
		return NULL;
	for (s++; s && *s != ')';)
		s = signature_end(s, depth + 1);
	return s ? s + 1 : NULL;
}

static int read_value(struct reader *r, const char *expected, struct gvariant *ret);

/* "@as " in front of a value. */
static int read_annotated(struct reader *r, const char *expected, struct gvariant *ret)
{
	const char *start = r->at + 1, *end = signature_end(start, 0);

	if (!end || end - start > MAX_SIGNATURE)
		return wrong(r, "no D-Bus type that a property can have");
	const char *signature = arena_strndup(r->arena, start, (size_t)(end - start));

	if (expected && strcmp(expected, signature) != 0)
		return wrong(r, "a value of another type");
	r->at = end;
	return read_value(r, signature, ret);
}

static void add_utf8(struct text *out, uint32_t c)
{
	char bytes[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; c >>= 6)
		bytes[i] = (char)(0x80 | (c & 0x3f));
	bytes[0] = (char)(n == 1 ? c : (0xf00 >> n & 0xf0) | c);
	text_add_bytes(out, bytes, n);
}

/* \u0041 and \U00000041. */
static int read_code(struct reader *r, size_t digits, struct text *out)
{
	uint32_t c = 0;

	for (size_t i = 0; i < digits; i++, r->at++) {
		static const char hex[] = "0123456789abcdef";
		const char *digit = *r->at ? strchr(hex, *r->at | 0x20) : NULL;

		if (!digit || !*digit)
			return wrong(r, "no hexadecimal digit");
		c = c << 4 | (uint32_t)(digit - hex);
	}
	if (!c || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return wrong(r, "no character");
	add_utf8(out, c);
	return 0;
}

static int read_escape(struct reader *r, struct text *out)
{
	static const char letters[] = "abfnrtv", bytes[] = "\a\b\f\n\r\t\v";
	char c = *r->at;
	const char *letter = c ? strchr(letters, c) : NULL;

	if (!c)
		return wrong(r, "no end of a string");
	r->at++;
	if (c == 'u' || c == 'U')
		return read_code(r, c == 'u' ? 4 : 8, out);
	if (c != '\n') /* a line that goes on */
		text_add_bytes(out, letter ? &bytes[letter - letters] : &c, 1);
	return 0;
}

static int read_string(struct reader *r, const char *expected, struct gvariant *ret)
{
	cleanup_text struct text out = { 0 };
	char quote = *r->at;

	if (expected && !strchr("sog", *expected))
		return wrong(r, "a string where another type is wanted");
	r->at++;
	while (*r->at && *r->at != quote) {
		if (*r->at != '\\')
			text_add_bytes(&out, r->at++, 1);
		else if (r->at++, read_escape(r, &out) < 0)
			return -1;
	}
	if (*r->at != quote)
		return wrong(r, "no end of a string");
	r->at++;
	ret->signature = expected ? expected : "s";
	ret->string = arena_strdup(r->arena, out.data ? out.data : "");
	return 0;
}

static const char *first_signature(struct reader *r, const char *s)
{
	const char *end = signature_end(s, 0);

	return end ? arena_strndup(r->arena, s, (size_t)(end - s)) : NULL;
}

/* The values between brackets; one: the type of each of them, NULL: as the first one; types: of
 * each in its turn. */
static int read_items(struct reader *r, char closing, const char *one, const char *types,
		      struct gvariant *ret)
{
	size_t room = 0;

	ret->items = NULL;
	ret->count = 0;
	for (; !take(r, closing); take(r, ',')) { /* a comma at the end is fine */
		if (ret->count == room) {
			size_t more = room ? room * 2 : 8;
			struct gvariant *items = ARENA_ARRAY(r->arena, more, struct gvariant);

			if (room)
				memcpy(items, ret->items, room * sizeof *items);
			ret->items = items;
			room = more;
		}
		const char *type = types && *types ? first_signature(r, types) : one;

		if (types && *types == ')')
			return wrong(r, "more values than types");
		if (read_value(r, type, &ret->items[ret->count]) < 0)
			return -1;
		if (types)
			types += strlen(type);
		else if (!one && closing == ']')
			one = ret->items[0].signature;
		ret->count++;
		skip_blanks(r);
		if (*r->at != ',' && *r->at != closing)
			return wrong(r, "no comma");
	}
	return types && *types && *types != ')' ? wrong(r, "fewer values than types") : 0;
}

static int read_array(struct reader *r, const char *expected, struct gvariant *ret)
{
	if (expected && *expected != 'a')
		return wrong(r, "an array where another type is wanted");
	r->at++;
	if (read_items(r, ']', expected ? expected + 1 : NULL, NULL, ret) < 0)
		return -1;
	if (!expected && !ret->count)
		return wrong(r, "an empty array without a type (@as [])");
	ret->signature =
		expected ? expected : arena_printf(r->arena, "a%s", ret->items[0].signature);
	return 0;
}

static int read_structure(struct reader *r, const char *expected, struct gvariant *ret)
{
	cleanup_text struct text signature = { 0 };

	if (expected && *expected != '(')
		return wrong(r, "a structure where another type is wanted");
	r->at++;
	if (read_items(r, ')', NULL, expected ? expected + 1 : NULL, ret) < 0)
		return -1;
	if (!ret->count)
		return wrong(r, "an empty structure");
	text_add(&signature, "(");
	for (size_t i = 0; i < ret->count; i++)
		text_add(&signature, ret->items[i].signature);
	text_add(&signature, ")");
	ret->signature = arena_strdup(r->arena, signature.data);
	return 0;
}

static int read_integer(struct reader *r, const struct basic *type, const char *word,
			struct gvariant *ret)
{
	char *end;

	errno = 0;
	if (*word == '-') {
		ret->i = strtoll(word, &end, 0);
		if (*end || errno || ret->i < type->min)
			return wrong(r, *end ? "no number" : "a number out of its type's range");
		return 0;
	}
	ret->u = strtoull(word, &end, 0);
	if (*end || end == word)
		return wrong(r, "no number");
	return errno || ret->u > type->max ? wrong(r, "a number out of its type's range") : 0;
}

static int read_double(struct reader *r, const char *word, struct gvariant *ret)
{
	char *end;

	ret->d = strtod(word, &end);
	return *end || end == word || !isfinite(ret->d) ? wrong(r, "no number") : 0;
}

static int read_number(struct reader *r, const char *expected, const char *word,
		       struct gvariant *ret)
{
	bool is_hex = strpbrk(word, "xX") != NULL;
	char type = expected ? *expected : !is_hex && strpbrk(word, ".eE") ? 'd' : 'i';

	if (!strchr("ynqiuxtd", type))
		return wrong(r, "a number where another type is wanted");
	ret->signature = arena_strndup(r->arena, &type, 1);
	return type == 'd' ? read_double(r, word, ret) : read_integer(r, basic_of(type), word, ret);
}

static int read_boolean(struct reader *r, const char *expected, bool value, struct gvariant *ret)
{
	if (expected && *expected != 'b')
		return wrong(r, "a boolean where another type is wanted");
	ret->signature = "b";
	ret->b = value;
	return 0;
}

/* true, false, a number, or the name of a type and a value behind it. */
static int read_word(struct reader *r, const char *expected, struct gvariant *ret)
{
	size_t n = strcspn(r->at, " \t\n\r,])'\"[(@");
	const char *word = arena_strndup(r->arena, r->at, n);
	int result;

	for (size_t i = 0; i < COUNT(basics); i++) {
		char signature[] = { basics[i].type, 0 };

		if (strcmp(word, basics[i].word) != 0)
			continue;
		if (expected && strcmp(expected, signature) != 0)
			return wrong(r, "a value of another type");
		r->at += n;
		return read_value(r, arena_strdup(r->arena, signature), ret);
	}
	if (!strcmp(word, "true") || !strcmp(word, "false"))
		result = read_boolean(r, expected, *word == 't', ret);
	else if (*word && strchr("-+.0123456789", *word))
		result = read_number(r, expected, *word == '+' ? word + 1 : word, ret);
	else
		return wrong(r, *word ? "an unknown word" : "no value");
	r->at += n;
	return result;
}

static int read_value(struct reader *r, const char *expected, struct gvariant *ret)
{
	int result;

	skip_blanks(r);
	if (++r->depth > 2 * MAX_DEPTH)
		return wrong(r, "too many brackets");
	switch (*r->at) {
	case '@':
		result = read_annotated(r, expected, ret);
		break;
	case '\'':
	case '"':
		result = read_string(r, expected, ret);
		break;
	case '[':
		result = read_array(r, expected, ret);
		break;
	case '(':
		result = read_structure(r, expected, ret);
		break;
	default:
		result = read_word(r, expected, ret);
	}
	r->depth--;
	return result;
}

const struct gvariant *gvariant_parse(const char *text, struct arena *arena)
{
	struct reader r = { .text = text, .at = text, .arena = arena };
	struct gvariant *value = ARENA_NEW(arena, struct gvariant);

	if (read_value(&r, NULL, value) < 0)
		return NULL;
	skip_blanks(&r);
	if (!*r.at)
		return value;
	wrong(&r, "something behind the value");
	return NULL;
}

static void print_string(const char *s, struct text *out)
{
	text_add(out, "'");
	for (; *s; s++) {
		if (*s == '\'' || *s == '\\')
			text_addf(out, "\\%c", *s);
		else if ((unsigned char)*s < ' ' || *s == 0x7f)
			text_addf(out, "\\u%04x", (unsigned char)*s);
		else
			text_add_bytes(out, s, 1);
	}
	text_add(out, "'");
}

static void print_value(const struct gvariant *v, struct text *out)
{
	const char type = *v->signature;

	switch (type) {
	case 'a':
	case '(':
		text_add(out, type == 'a' ? "[" : "(");
		for (size_t i = 0; i < v->count; i++) {
			text_add(out, i ? ", " : "");
			print_value(&v->items[i], out);
		}
		text_add(out, type == 'a' ? "]" : ")");
		break;
	case 'b':
		text_add(out, v->b ? "true" : "false");
		break;
	case 'd':
		text_addf(out, "%.17g", v->d);
		break;
	case 's':
	case 'o':
	case 'g':
		print_string(v->string, out);
		break;
	case 'n':
	case 'i':
	case 'x':
		text_addf(out, "%" PRId64, v->i);
		break;
	default:
		text_addf(out, "%" PRIu64, v->u);
	}
}

void gvariant_print(const struct gvariant *v, struct text *out)
{
	text_addf(out, "@%s ", v->signature);
	print_value(v, out);
}

bool gvariant_is_number(const struct gvariant *v)
{
	return strchr("ynqiuxtd", *v->signature) != NULL;
}
