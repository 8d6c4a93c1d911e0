/* json_write.c - structs to JSON text by the rows that also read them; a writer for each reader. */
#include "json/json.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_gen.h>

typedef LIST(const void) any_list; /* what every LIST(T) looks like */

/* Anything but success is a mistake of this program: a value without a name, or too many levels. */
static void done(yajl_gen_status status)
{
	if (status != yajl_gen_status_ok)
		fail_fatal("writing JSON: values do not fit together");
}

static void put_raw(yajl_gen gen, const char *s)
{
	done(yajl_gen_number(gen, s, strlen(s))); /* yajl copies numbers as they are */
}

/* Bytes that are not UTF-8 become U+FFFD: yajl would write them, and no reader take the document.
 */
static void put_string(yajl_gen gen, const char *s)
{
	cleanup_text struct text clean = { 0 };
	size_t n, left = strlen(s);

	text_add(&clean, "");
	for (; left; s += n, left -= n) {
		n = text_utf8(s, left);
		text_add_bytes(&clean, n ? s : "\xef\xbf\xbd", n ? n : 3);
		n = n ? n : 1;
	}
	done(yajl_gen_string(gen, (const unsigned char *)clean.data, clean.length));
}

__attribute__((format(printf, 2, 3))) static void put_number(yajl_gen gen, const char *fmt, ...)
{
	char digits[32];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(digits, sizeof digits, fmt, ap);
	va_end(ap);
	put_raw(gen, digits);
}

/*
 * A writer puts the member at `in` out.  `absent` tells whether a member may be left out; without
 * it the member always stands in the text.
 */
struct writer {
	json_read_fn *read;
	void (*write)(yajl_gen gen, const struct json_field *f, const void *in);
	bool (*absent)(const struct json_field *f, const void *in);
};

static const struct writer *writer_of(const struct json_field *f);

static bool is_absent(const struct json_field *f, const void *in)
{
	const struct writer *w = writer_of(f);

	return w->absent && w->absent(f, in);
}

static const void *member(const struct json_field *f, const void *object)
{
	return (const char *)object + f->offset;
}

/* An object without members is written on one line: yajl would spread it over three. */
static void put_object(yajl_gen gen, const struct json_shape *shape, const void *in)
{
	bool open = false;

	for (const struct json_field *f = shape->fields; f->name; f++) {
		if (!f->required && is_absent(f, member(f, in)))
			continue;
		if (!open)
			done(yajl_gen_map_open(gen));
		open = true;
		put_string(gen, f->name);
		writer_of(f)->write(gen, f, member(f, in));
	}
	if (open)
		done(yajl_gen_map_close(gen));
	else
		put_raw(gen, "{}");
}

static void write_bool(yajl_gen gen, const struct json_field *f, const void *in)
{
	(void)f;
	done(yajl_gen_bool(gen, *(const bool *)in));
}

static void write_opt_bool(yajl_gen gen, const struct json_field *f, const void *in)
{
	const struct opt_bool *opt = in;

	(void)f;
	done(yajl_gen_bool(gen, opt->value));
}

static void write_string(yajl_gen gen, const struct json_field *f, const void *in)
{
	const char *s = *(const char *const *)in;

	(void)f;
	put_string(gen, s ? s : "");
}

static void write_u32(yajl_gen gen, const struct json_field *f, const void *in)
{
	(void)f;
	put_number(gen, "%" PRIu32, *(const uint32_t *)in);
}

static void write_u64(yajl_gen gen, const struct json_field *f, const void *in)
{
	(void)f;
	put_number(gen, "%" PRIu64, *(const uint64_t *)in);
}

static void write_i64(yajl_gen gen, const struct json_field *f, const void *in)
{
	(void)f;
	put_number(gen, "%" PRId64, *(const int64_t *)in);
}

static void write_opt_i64(yajl_gen gen, const struct json_field *f, const void *in)
{
	write_i64(gen, f, &((const struct opt_i64 *)in)->value);
}

static void write_opt_u64(yajl_gen gen, const struct json_field *f, const void *in)
{
	write_u64(gen, f, &((const struct opt_u64 *)in)->value);
}

static void write_opt_u32(yajl_gen gen, const struct json_field *f, const void *in)
{
	write_u32(gen, f, &((const struct opt_u32 *)in)->value);
}

static void write_name(yajl_gen gen, const struct json_field *f, const void *in)
{
	const char *name = name_of(f->detail, *(const int *)in);

	put_string(gen, name ? name : "");
}

static void write_object(yajl_gen gen, const struct json_field *f, const void *in)
{
	put_object(gen, f->detail, in);
}

static void write_objectp(yajl_gen gen, const struct json_field *f, const void *in)
{
	const void *object = *(const void *const *)in;

	if (object)
		put_object(gen, f->detail, object);
	else
		put_raw(gen, "{}");
}

static void write_strings(yajl_gen gen, const struct json_field *f, const void *in)
{
	const char *const *v = *(const char *const *const *)in;

	(void)f;
	if (!v || !*v) {
		put_raw(gen, "[]");
		return;
	}
	done(yajl_gen_array_open(gen));
	while (*v)
		put_string(gen, *v++);
	done(yajl_gen_array_close(gen));
}

/* The elements, each by `write`; opened and closed by these brackets. */
static void write_each(yajl_gen gen, const struct json_field *f, const any_list *list, size_t size,
		       void (*write)(yajl_gen gen, const struct json_field *f, const void *in))
{
	if (!list->count) {
		put_raw(gen, "[]");
		return;
	}
	done(yajl_gen_array_open(gen));
	for (size_t i = 0; i < list->count; i++)
		write(gen, f, (const char *)list->items + i * size);
	done(yajl_gen_array_close(gen));
}

static void write_names(yajl_gen gen, const struct json_field *f, const void *in)
{
	write_each(gen, f, in, sizeof(int), write_name);
}

static void write_u32s(yajl_gen gen, const struct json_field *f, const void *in)
{
	write_each(gen, f, in, sizeof(uint32_t), write_u32);
}

static void write_list(yajl_gen gen, const struct json_field *f, const void *in)
{
	write_each(gen, f, in, ((const struct json_shape *)f->detail)->size, write_object);
}

static void write_map(yajl_gen gen, const struct json_field *f, const void *in)
{
	const json_pairs *pairs = in;

	(void)f;
	if (!pairs->count) {
		put_raw(gen, "{}");
		return;
	}
	done(yajl_gen_map_open(gen));
	for (size_t i = 0; i < pairs->count; i++) {
		put_string(gen, pairs->items[i].name);
		put_string(gen, pairs->items[i].value ? pairs->items[i].value : "");
	}
	done(yajl_gen_map_close(gen));
}

static void write_map_objects(yajl_gen gen, const struct json_field *f, const void *in)
{
	const struct json_shape *shape = f->detail;
	const any_list *list = in;

	if (!list->count) {
		put_raw(gen, "{}");
		return;
	}
	done(yajl_gen_map_open(gen));
	for (size_t i = 0; i < list->count; i++) {
		const char *item = (const char *)list->items + i * shape->size;

		put_string(gen, *(const char *const *)(const void *)item);
		put_object(gen, shape, item);
	}
	done(yajl_gen_map_close(gen));
}

static bool no_pointer(const struct json_field *f, const void *in)
{
	(void)f;
	return !*(const void *const *)in;
}

static bool no_opt_bool(const struct json_field *f, const void *in)
{
	(void)f;
	return !((const struct opt_bool *)in)->set;
}

static bool no_opt_i64(const struct json_field *f, const void *in)
{
	(void)f;
	return !((const struct opt_i64 *)in)->set;
}

static bool no_opt_u64(const struct json_field *f, const void *in)
{
	(void)f;
	return !((const struct opt_u64 *)in)->set;
}

static bool no_opt_u32(const struct json_field *f, const void *in)
{
	(void)f;
	return !((const struct opt_u32 *)in)->set;
}

static bool no_name(const struct json_field *f, const void *in)
{
	return !name_of(f->detail, *(const int *)in);
}

static bool no_elements(const struct json_field *f, const void *in)
{
	(void)f;
	return !((const any_list *)in)->count;
}

/* A struct inside the struct is absent when nothing of it would be written. */
static bool no_member(const struct json_field *f, const void *in)
{
	const struct json_shape *shape = f->detail;

	for (const struct json_field *m = shape->fields; m->name; m++)
		if (m->required || !is_absent(m, member(m, in)))
			return false;
	return true;
}

static const struct writer writers[] = {
	{ json_bool, write_bool, NULL },
	{ json_opt_bool, write_opt_bool, no_opt_bool },
	{ json_string, write_string, no_pointer },
	{ json_u32, write_u32, NULL },
	{ json_u64, write_u64, NULL },
	{ json_i64, write_i64, NULL },
	{ json_opt_i64, write_opt_i64, no_opt_i64 },
	{ json_opt_u64, write_opt_u64, no_opt_u64 },
	{ json_opt_u32, write_opt_u32, no_opt_u32 },
	{ json_name, write_name, no_name },
	{ json_object, write_object, no_member },
	{ json_objectp, write_objectp, no_pointer },
	{ json_strings, write_strings, no_pointer },
	{ json_names, write_names, no_elements },
	{ json_u32s, write_u32s, no_elements },
	{ json_list, write_list, no_elements },
	{ json_map, write_map, no_elements },
	{ json_map_objects, write_map_objects, no_elements },
};

static const struct writer *writer_of(const struct json_field *f)
{
	for (size_t i = 0; i < COUNT(writers); i++)
		if (writers[i].read == f->read)
			return &writers[i];
	fail_fatal("writing JSON: a row has a reader of its own, and no writer");
}

static void append(void *out, const char *s, size_t n)
{
	text_add_bytes(out, s, n);
}

static yajl_gen start(struct text *out, enum json_style style)
{
	yajl_gen gen = yajl_gen_alloc(NULL);

	if (!gen)
		fail_fatal("out of memory");
	yajl_gen_config(gen, yajl_gen_print_callback, append, out);
	yajl_gen_config(gen, yajl_gen_beautify, style == JSON_PRETTY);
	yajl_gen_config(gen, yajl_gen_indent_string, "    ");
	return gen;
}

void json_write(struct text *out, const struct json_shape *shape, const void *in,
		enum json_style style)
{
	yajl_gen gen = start(out, style);

	put_object(gen, shape, in);
	yajl_gen_free(gen);
}

void json_write_list(struct text *out, const struct json_shape *shape, const void *items,
		     size_t count, enum json_style style)
{
	const struct json_field row = { .detail = shape };
	const any_list list = { .items = items, .count = count };
	yajl_gen gen = start(out, style);

	write_list(gen, &row, &list);
	yajl_gen_free(gen);
}

void json_write_string(struct text *out, const char *s)
{
	yajl_gen gen = start(out, JSON_COMPACT);

	put_string(gen, s);
	yajl_gen_free(gen);
}
