/* json_parse.c - yajl events into a tree of struct json that remembers where each value stood. */
#include "json_private.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

enum { FEW_MEMBERS = 12 }; /* so many are compared with each other, more are sorted */

struct build {
	struct json_doc *doc;
	yajl_handle yajl;
	struct json *open;  /* the object or array being filled */
	struct json **tail; /* where its next child goes */
	const char *key;
	unsigned depth, nodes;
	bool failed; /* one of the checks here has said why */
};

/* Offset of the last byte of the token that yajl reports; right only inside a callback. */
static size_t last_byte(const struct build *b)
{
	return yajl_get_bytes_consumed(b->yajl) - 1;
}

/* Stops the parser: a value of this type that ends at `at` is wrong. */
__attribute__((format(printf, 4, 5), cold)) static int refuse(struct build *b, enum json_type type,
							      size_t at, const char *fmt, ...)
{
	struct json here = { .type = type, .at = at, .key = b->key, .parent = b->open };
	va_list ap;

	va_start(ap, fmt);
	json_vfail(b->doc, &here, fmt, ap);
	va_end(ap);
	b->failed = true;
	return 0;
}

static struct json *add(struct build *b, enum json_type type)
{
	struct json *v = ARENA_NEW(b->doc->arena, struct json);

	v->type = type;
	v->at = last_byte(b);
	v->key = b->key;
	v->parent = b->open;
	b->key = NULL;
	*b->tail = v;
	b->tail = &v->next;
	b->nodes++;
	return v;
}

/* Every value passes here before add(). */
static int admit(struct build *b, enum json_type type)
{
	if (b->nodes >= JSON_MAX_NODES)
		return refuse(b, JSON_OBJECT, last_byte(b), "more than %d values", JSON_MAX_NODES);
	if (type >= JSON_ARRAY && b->depth >= JSON_MAX_DEPTH)
		return refuse(b, type, last_byte(b), "more than %d levels deep", JSON_MAX_DEPTH);
	return 1;
}

static int enter(struct build *b, enum json_type type)
{
	if (!admit(b, type))
		return 0;
	struct json *v = add(b, type);
	b->open = v;
	b->tail = &v->child;
	b->depth++;
	return 1;
}

static int leave(struct build *b)
{
	b->tail = &b->open->next;
	b->open = b->open->parent;
	b->depth--;
	return 1;
}

static int on_map(void *ctx)
{
	return enter(ctx, JSON_OBJECT);
}
static int on_array(void *ctx)
{
	return enter(ctx, JSON_ARRAY);
}
static int on_array_end(void *ctx)
{
	return leave(ctx);
}

static int on_null(void *ctx)
{
	return admit(ctx, JSON_NULL) && add(ctx, JSON_NULL);
}

static int on_bool(void *ctx, int truth)
{
	if (!admit(ctx, JSON_BOOL))
		return 0;
	add(ctx, JSON_BOOL)->truth = truth;
	return 1;
}

static int on_number(void *ctx, const char *s, size_t n)
{
	struct build *b = ctx;

	if (!admit(b, JSON_NUMBER))
		return 0;
	add(b, JSON_NUMBER)->text = arena_strndup(b->doc->arena, s, n);
	return 1;
}

static bool is_utf8(const char *s, size_t n)
{
	for (size_t i = 0, length; i < n; i += length) {
		length = (unsigned char)s[i] < 0x80 ? 1 : text_utf8(s + i, n - i);
		if (!length)
			return false;
	}
	return true;
}

/* The number behind "\u", or 0x10000 when another escape stands here. */
static unsigned code_unit(const char *raw, const char *end)
{
	char hex[5] = "";

	if (end - raw < 6 || raw[0] != '\\' || raw[1] != 'u')
		return 0x10000;
	memcpy(hex, raw + 2, 4);
	return (unsigned)strtoul(hex, NULL, 16); /* four digits, as yajl has seen */
}

/*
 * Half of a surrogate pair stands alone?  yajl makes "?" or garbage of it, so the source must be
 * looked at: `end` is the offset of the closing quote.
 */
static bool has_lone_surrogate(const struct json_doc *doc, size_t end)
{
	const char *raw = doc->text + json_string_start(doc, end) + 1, *stop = doc->text + end;

	while ((raw = memchr(raw, '\\', (size_t)(stop - raw)))) {
		unsigned first = code_unit(raw, stop);

		if (first >= 0xdc00 && first <= 0xdfff)
			return true;
		if (first < 0xd800 || first > 0xdbff) {
			raw += 2;
			continue;
		}
		unsigned second = code_unit(raw + 6, stop);
		if (second < 0xdc00 || second > 0xdfff)
			return true;
		raw += 12;
	}
	return false;
}

/* yajl 2.1.0 lets all of this pass. */
static int check_string(struct build *b, const char *s, size_t n)
{
	const struct json_doc *doc = b->doc;
	size_t at = last_byte(b);

	if (memchr(s, 0, n)) /* it would hide the rest of a path */
		return refuse(b, JSON_STRING, at, "a NUL character in a string");
	/* A string without escapes is handed out where it stands in the text. */
	if (s != doc->text + (at - n) && has_lone_surrogate(doc, at))
		return refuse(b, JSON_STRING, at, "half of a surrogate pair in a string");
	if (!is_utf8(s, n))
		return refuse(b, JSON_STRING, at, "a string that is not valid UTF-8");
	return 1;
}

static int on_string(void *ctx, const unsigned char *bytes, size_t n)
{
	const char *s = (const char *)bytes;
	struct build *b = ctx;

	if (!admit(b, JSON_STRING) || !check_string(b, s, n))
		return 0;
	add(b, JSON_STRING)->text = arena_strndup(b->doc->arena, s, n);
	return 1;
}

static int on_key(void *ctx, const unsigned char *bytes, size_t n)
{
	const char *s = (const char *)bytes;
	struct build *b = ctx;

	if (!check_string(b, s, n))
		return 0;
	b->key = arena_strndup(b->doc->arena, s, n);
	return 1;
}

static int by_key(const void *a, const void *b)
{
	const struct json *const *left = a, *const *right = b;
	int order = strcmp((*left)->key, (*right)->key);

	if (order)
		return order;
	return (*left)->at < (*right)->at ? -1 : (*left)->at > (*right)->at;
}

/* Sorted, because comparing each with each would let a large file take hours. */
static const struct json *duplicate_of_many(const struct json *object, size_t count)
{
	cleanup_free const struct json **sorted = malloc(count * sizeof *sorted);
	size_t n = 0;

	if (!sorted)
		fail_fatal("out of memory");
	for (const struct json *v = object->child; v; v = v->next)
		sorted[n++] = v;
	qsort(sorted, count, sizeof *sorted, by_key);
	for (size_t i = 1; i < count; i++)
		if (!strcmp(sorted[i - 1]->key, sorted[i]->key))
			return sorted[i];
	return NULL;
}

static const struct json *duplicate_of_few(const struct json *object)
{
	for (const struct json *v = object->child; v; v = v->next)
		for (const struct json *w = v->next; w; w = w->next)
			if (!strcmp(v->key, w->key))
				return w;
	return NULL;
}

static int on_map_end(void *ctx)
{
	struct build *b = ctx;
	size_t count = 0;

	for (const struct json *v = b->open->child; v; v = v->next)
		count++;
	const struct json *twice = count <= FEW_MEMBERS ? duplicate_of_few(b->open)
							: duplicate_of_many(b->open, count);
	if (!twice)
		return leave(b);
	json_fail(b->doc, twice, "duplicate member name \"%s\"", twice->key);
	b->failed = true;
	return 0;
}

static const yajl_callbacks events = {
	.yajl_null = on_null,
	.yajl_boolean = on_bool,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_map_key = on_key,
	.yajl_start_map = on_map,
	.yajl_end_map = on_map_end,
	.yajl_start_array = on_array,
	.yajl_end_array = on_array_end,
};

/* yajl's own words for what is wrong, "parse error: premature EOF". */
static void report(struct build *b, size_t at)
{
	unsigned char *why = yajl_get_error(b->yajl, 0, NULL, 0);

	if (!why)
		fail_fatal("out of memory");
	refuse(b, JSON_OBJECT, at, "%.*s", (int)strcspn((char *)why, "\n"), (char *)why);
	yajl_free_error(b->yajl, why);
}

static int run(struct build *b)
{
	const struct json_doc *doc = b->doc;
	yajl_status status = yajl_parse(b->yajl, (const unsigned char *)doc->text, doc->size);
	size_t used = yajl_get_bytes_consumed(b->yajl);

	if (status == yajl_status_ok) {
		used = doc->size + 1; /* what is missing, is missing at the end */
		status = yajl_complete_parse(b->yajl);
	}
	if (status == yajl_status_ok)
		return 0;
	if (!b->failed)
		report(b, used ? used - 1 : 0);
	return -1;
}

int json_parse(struct json_doc *doc)
{
	struct build b = { .doc = doc, .tail = &doc->root };

	if (doc->size > JSON_MAX_SIZE)
		return fail(EFBIG, "%s: %zu bytes", doc->name, doc->size);
	b.yajl = yajl_alloc(&events, NULL, &b);
	if (!b.yajl)
		fail_fatal("out of memory");
	/* The checks here are stricter, so yajl need not look. */
	yajl_config(b.yajl, yajl_dont_validate_strings, 1);
	int result = run(&b);
	yajl_free(b.yajl);
	if (result == 0)
		json_register(doc);
	return result;
}
