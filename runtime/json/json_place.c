/* json_place.c - where in the text a value, or the member that it filled, stands. */
#include "json_private.h"
#include <stdio.h>
#include <string.h>

enum { ORIGINS = 64, NAME_SHOWN = 128 };

/* So many at once: noting one costs the good path three stores. */
struct json_origin {
	struct json_origin *older;
	size_t count;
	struct {
		const void *out;
		size_t size;
		const struct json *value;
	} rows[ORIGINS];
};

static struct json_doc *documents;

void json_register(struct json_doc *doc)
{
	json_forget(doc); /* parsed again: not twice in the list */
	doc->next = documents;
	documents = doc;
}

void json_forget(struct json_doc *doc)
{
	for (struct json_doc **d = &documents; *d; d = &(*d)->next) {
		if (*d != doc)
			continue;
		*d = doc->next;
		doc->next = NULL;
		return;
	}
}

void json_remember(struct json_doc *doc, const struct json *value, const void *out, size_t size)
{
	struct json_origin *o = doc->origins;

	if (!o || o->count == ORIGINS) {
		o = ARENA_NEW(doc->arena, struct json_origin);
		o->older = doc->origins;
		doc->origins = o;
	}
	o->rows[o->count].out = out;
	o->rows[o->count].size = size;
	o->rows[o->count++].value = value;
}

size_t json_string_start(const struct json_doc *doc, size_t end)
{
	size_t at = end, slashes;

	/* Quotes inside the string have an odd number of backslashes in front, the opening one
	 * none. */
	do {
		at--;
		while (at && doc->text[at] != '"')
			at--;
		for (slashes = 0; slashes < at && doc->text[at - 1 - slashes] == '\\'; slashes++)
			;
	} while (at && slashes % 2);
	return at;
}

/* Offset of the value's first byte. */
static size_t start_of(const struct json_doc *doc, const struct json *value)
{
	size_t length = 1;

	switch (value->type) {
	case JSON_STRING:
		return value->at ? json_string_start(doc, value->at) : 0;
	case JSON_NUMBER:
		length = value->text ? strlen(value->text) : 1;
		break;
	case JSON_NULL:
		length = strlen("null");
		break;
	case JSON_BOOL:
		length = value->truth ? strlen("true") : strlen("false");
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		break; /* the offset is that of the bracket */
	}
	return value->at + 1 > length ? value->at + 1 - length : 0;
}

/* Keeps a message on one line, and a hostile file's escape sequences out of the terminal. */
static void add_visible(struct text *out, const char *s, size_t n)
{
	for (size_t i = 0, length; i < n; i += length) {
		length = text_utf8(s + i, n - i);
		if (!length) {
			text_addf(out, "\\x%02x", (unsigned char)s[i]);
			length = 1;
		} else if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f) {
			text_addf(out, "\\x%02x", (unsigned char)s[i]);
		} else {
			text_add_bytes(out, s + i, length);
		}
	}
}

static bool is_plain(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

	return n && n <= NAME_SHOWN && !name[n];
}

static void add_name(struct text *out, const char *name, bool first)
{
	size_t n = strnlen(name, NAME_SHOWN + 1);

	if (is_plain(name)) {
		text_addf(out, "%s%s", first ? "" : ".", name);
		return;
	}
	text_add(out, "[\"");
	add_visible(out, name, n > NAME_SHOWN ? NAME_SHOWN : n);
	text_add(out, n > NAME_SHOWN ? "...\"]" : "\"]");
}

/* Appends the path of value from the root down: mounts[2].options */
static void add_path(struct text *out, const struct json *value, size_t start)
{
	size_t index = 0;

	if (!value->parent)
		return;
	add_path(out, value->parent, start);
	if (value->key) {
		add_name(out, value->key, out->length == start);
	} else if (value->parent->type == JSON_ARRAY) {
		for (const struct json *v = value->parent->child; v && v != value; v = v->next)
			index++;
		text_addf(out, "[%zu]", index);
	}
}

/* "config.json:7:20" and ": mounts[0]" unless value is the root. */
static void add_place(struct text *out, const struct json_doc *doc, const struct json *value)
{
	size_t start = start_of(doc, value), line = 1, column = 1;
	cleanup_text struct text path = { 0 };

	for (size_t i = 0; i < start && i < doc->size; i++) {
		column = doc->text[i] == '\n' ? 1 : column + 1;
		line += doc->text[i] == '\n';
	}
	text_addf(out, "%s:%zu:%zu", doc->name, line, column);
	add_path(&path, value, 0);
	if (path.length)
		text_addf(out, ": %s", path.data);
}

/* The message made visible; the caller frees it. */
__attribute__((format(printf, 1, 0))) static struct text message(const char *fmt, va_list ap)
{
	cleanup_free char *raw = NULL;
	struct text out = { 0 };

	if (vasprintf(&raw, fmt, ap) < 0)
		fail_fatal("out of memory");
	text_add(&out, "");
	add_visible(&out, raw, strlen(raw));
	return out;
}

int json_vfail(const struct json_doc *doc, const struct json *value, const char *fmt, va_list ap)
{
	cleanup_text struct text why = message(fmt, ap), where = { 0 };

	add_place(&where, doc, value);
	return fail(0, "%s: %s", where.data, why.data);
}

int json_fail(const struct json_doc *doc, const struct json *value, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	json_vfail(doc, value, fmt, ap);
	va_end(ap);
	return -1;
}

/*
 * Which value filled the member?  The newest exact match: a struct is noted before its first
 * member, which has the same address.  For a member that the text does not have, the smallest
 * filled thing around it.
 */
static const struct json *find(const void *member, size_t size, const struct json_doc **ret_doc)
{
	const char *at = member, *start;
	const struct json *around = NULL;
	size_t smallest = SIZE_MAX;

	for (const struct json_doc *d = documents; d; d = d->next) {
		for (const struct json_origin *o = d->origins; o; o = o->older) {
			for (size_t i = o->count; i-- > 0;) {
				start = o->rows[i].out;
				if (at < start || at + size > start + o->rows[i].size ||
				    o->rows[i].size >= smallest)
					continue;
				smallest = o->rows[i].size;
				around = o->rows[i].value;
				*ret_doc = d;
			}
		}
	}
	return around;
}

char *json_where(const void *member, size_t member_size, char *out, size_t size)
{
	cleanup_text struct text where = { 0 };
	const struct json_doc *doc;
	const struct json *value = find(member, member_size, &doc);

	if (value)
		add_place(&where, doc, value);
	snprintf(out, size, "%s", value ? where.data : "");
	return out;
}

int json_fail_at(const void *member, size_t size, int code, const char *fmt, ...)
{
	const struct json_doc *doc;
	const struct json *value = find(member, size, &doc);
	cleanup_text struct text where = { 0 };
	va_list ap;

	va_start(ap, fmt);
	cleanup_text struct text why = message(fmt, ap);
	va_end(ap);
	if (!value)
		return fail(code, "%s", why.data);
	add_place(&where, doc, value);
	return fail(code, "%s: %s", where.data, why.data);
}

int json_fail_in_at(const void *member, size_t size)
{
	cleanup_text struct text where = { 0 };
	const struct json_doc *doc;
	const struct json *value = find(member, size, &doc);

	if (!value)
		return -1;
	add_place(&where, doc, value);
	return fail_in("%s", where.data);
}
