/* json_read.c - fills C structs from struct json nodes, row by row of a json_shape. */
#include "json/json.h"
#include <inttypes.h>
#include <limits.h>
#include <string.h>

typedef LIST(void) any_list; /* what every LIST(T) looks like */

static const char *const type_names[] = {
	[JSON_NULL] = "null",	    [JSON_BOOL] = "a boolean", [JSON_NUMBER] = "a number",
	[JSON_STRING] = "a string", [JSON_ARRAY] = "an array", [JSON_OBJECT] = "an object",
};

int json_expect(const struct json_doc *doc, const struct json *value, enum json_type type)
{
	if (value->type == type)
		return 0;
	return json_fail(doc, value, "expected %s, found %s", type_names[type],
			 type_names[value->type]);
}

const struct json *json_member(const struct json *object, const char *name)
{
	for (const struct json *v = object->child; v; v = v->next)
		if (!strcmp(v->key, name))
			return v; /* the only one: json_parse refuses duplicates */
	return NULL;
}

/* Members that no row names are left alone: the OCI spec forbids an error for them. */
int json_fill(struct json_doc *doc, const struct json *object, const struct json_shape *shape,
	      void *out)
{
	if (json_expect(doc, object, JSON_OBJECT) < 0)
		return -1;
	for (const struct json_field *f = shape->fields; f->name; f++) {
		const struct json *v = json_member(object, f->name);

		if (!v || v->type == JSON_NULL) {
			if (f->required)
				return json_fail(doc, object, "\"%s\" is required", f->name);
			continue;
		}
		json_remember(doc, v, (char *)out + f->offset, f->size);
		if (f->read(doc, v, f, (char *)out + f->offset) < 0)
			return -1;
	}
	return 0;
}

int json_bool(struct json_doc *doc, const struct json *value, const struct json_field *f, void *out)
{
	(void)f;
	if (json_expect(doc, value, JSON_BOOL) < 0)
		return -1;
	*(bool *)out = value->truth;
	return 0;
}

int json_opt_bool(struct json_doc *doc, const struct json *value, const struct json_field *f,
		  void *out)
{
	struct opt_bool *opt = out;

	if (json_bool(doc, value, f, &opt->value) < 0)
		return -1;
	opt->set = true;
	return 0;
}

int json_string(struct json_doc *doc, const struct json *value, const struct json_field *f,
		void *out)
{
	(void)f;
	if (json_expect(doc, value, JSON_STRING) < 0)
		return -1;
	*(const char **)out = value->text;
	return 0;
}

/* From min to max, or from what the row's json_range says. */
static int integer(const struct json_doc *doc, const struct json *value, const struct json_field *f,
		   struct json_range range, int64_t *ret)
{
	if (f->detail)
		range = *(const struct json_range *)f->detail;
	if (json_expect(doc, value, JSON_NUMBER) < 0)
		return -1;
	if (text_to_i64(value->text, range.min, range.max, ret) < 0)
		return json_fail(doc, value,
				 "%.40s is not a whole number from %" PRId64 " to %" PRId64,
				 value->text, range.min, range.max);
	return 0;
}

int json_i64(struct json_doc *doc, const struct json *value, const struct json_field *f, void *out)
{
	return integer(doc, value, f, (struct json_range){ INT64_MIN, INT64_MAX }, out);
}

int json_u32(struct json_doc *doc, const struct json *value, const struct json_field *f, void *out)
{
	int64_t n;

	if (integer(doc, value, f, (struct json_range){ 0, UINT32_MAX }, &n) < 0)
		return -1;
	*(uint32_t *)out = (uint32_t)n;
	return 0;
}

int json_u64(struct json_doc *doc, const struct json *value, const struct json_field *f, void *out)
{
	(void)f;
	if (json_expect(doc, value, JSON_NUMBER) < 0)
		return -1;
	if (text_to_u64(value->text, UINT64_MAX, out) < 0)
		return json_fail(doc, value, "%.40s is not a whole number from 0 to %" PRIu64,
				 value->text, UINT64_MAX);
	return 0;
}

int json_opt_i64(struct json_doc *doc, const struct json *value, const struct json_field *f,
		 void *out)
{
	struct opt_i64 *opt = out;

	if (json_i64(doc, value, f, &opt->value) < 0)
		return -1;
	opt->set = true;
	return 0;
}

int json_opt_u64(struct json_doc *doc, const struct json *value, const struct json_field *f,
		 void *out)
{
	struct opt_u64 *opt = out;

	if (json_u64(doc, value, f, &opt->value) < 0)
		return -1;
	opt->set = true;
	return 0;
}

int json_opt_u32(struct json_doc *doc, const struct json *value, const struct json_field *f,
		 void *out)
{
	struct opt_u32 *opt = out;

	if (json_u32(doc, value, f, &opt->value) < 0)
		return -1;
	opt->set = true;
	return 0;
}

int json_name(struct json_doc *doc, const struct json *value, const struct json_field *f, void *out)
{
	if (json_expect(doc, value, JSON_STRING) < 0)
		return -1;
	const struct name_value *row = name_find(f->detail, value->text);
	if (!row)
		return json_fail(doc, value, "unknown value \"%.200s\"", value->text);
	*(int *)out = (int)row->value;
	return 0;
}

int json_object(struct json_doc *doc, const struct json *value, const struct json_field *f,
		void *out)
{
	return json_fill(doc, value, f->detail, out);
}

/* An object that may be absent: the member is a pointer, NULL when it is. */
int json_objectp(struct json_doc *doc, const struct json *value, const struct json_field *f,
		 void *out)
{
	const struct json_shape *shape = f->detail;
	void *object = arena_alloc(doc->arena, shape->size);

	json_remember(doc, value, object, shape->size);
	*(void **)out = object;
	return json_fill(doc, value, shape, object);
}

static size_t children(const struct json *value)
{
	size_t n = 0;

	for (const struct json *v = value->child; v; v = v->next)
		n++;
	return n;
}

/* Makes *out a zeroed list with an element for every child of value, and room for one that the
 * list's owner may add; returns the elements. */
static void *make_list(struct json_doc *doc, const struct json *value, size_t size, any_list *out)
{
	out->count = children(value);
	out->items = out->count ? arena_array(doc->arena, out->count + 1, size) : NULL;
	return out->items;
}

/* A NULL-terminated string vector, ready for execve(2). */
int json_strings(struct json_doc *doc, const struct json *value, const struct json_field *f,
		 void *out)
{
	if (json_expect(doc, value, JSON_ARRAY) < 0)
		return -1;
	const char **v = ARENA_ARRAY(doc->arena, children(value) + 1, const char *);
	*(const char ***)out = v;
	for (const struct json *s = value->child; s; s = s->next, v++) {
		json_remember(doc, s, v, sizeof *v);
		if (json_string(doc, s, f, v) < 0)
			return -1;
	}
	return 0;
}

/* A list of what `read` writes. */
static int elements(struct json_doc *doc, const struct json *value, const struct json_field *f,
		    void *out, json_read_fn *read, size_t size)
{
	if (json_expect(doc, value, JSON_ARRAY) < 0)
		return -1;
	char *item = make_list(doc, value, size, out);
	for (const struct json *v = value->child; v; v = v->next, item += size) {
		json_remember(doc, v, item, size);
		if (read(doc, v, f, item) < 0)
			return -1;
	}
	return 0;
}

int json_names(struct json_doc *doc, const struct json *value, const struct json_field *f,
	       void *out)
{
	return elements(doc, value, f, out, json_name, sizeof(int));
}

int json_u32s(struct json_doc *doc, const struct json *value, const struct json_field *f, void *out)
{
	return elements(doc, value, f, out, json_u32, sizeof(uint32_t));
}

int json_list(struct json_doc *doc, const struct json *value, const struct json_field *f, void *out)
{
	const struct json_shape *shape = f->detail;

	return elements(doc, value, f, out, json_object, shape->size);
}

static int check_name(const struct json_doc *doc, const struct json *value)
{
	return *value->key ? 0 : json_fail(doc, value, "the name is empty");
}

int json_map(struct json_doc *doc, const struct json *value, const struct json_field *f, void *out)
{
	if (json_expect(doc, value, JSON_OBJECT) < 0)
		return -1;
	struct json_pair *pair = make_list(doc, value, sizeof *pair, out);
	for (const struct json *v = value->child; v; v = v->next, pair++) {
		json_remember(doc, v, pair, sizeof *pair);
		pair->name = v->key;
		if (check_name(doc, v) < 0 || json_string(doc, v, f, &pair->value) < 0)
			return -1;
	}
	return 0;
}

int json_map_objects(struct json_doc *doc, const struct json *value, const struct json_field *f,
		     void *out)
{
	const struct json_shape *shape = f->detail;

	if (json_expect(doc, value, JSON_OBJECT) < 0)
		return -1;
	char *item = make_list(doc, value, shape->size, out);
	for (const struct json *v = value->child; v; v = v->next, item += shape->size) {
		json_remember(doc, v, item, shape->size);
		*(const char **)(void *)item = v->key;
		if (check_name(doc, v) < 0 || json_fill(doc, v, shape, item) < 0)
			return -1;
	}
	return 0;
}
