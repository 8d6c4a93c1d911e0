/*
 * json.h - JSON text into typed C structs and back, driven by tables.  Knows nothing of OCI.
 * A value that is wrong is reported as "config.json:LINE:COLUMN: path: what was expected, what was
 * found", also long after parsing: see fail_at().
 */
#pragma once
/* One row a fact, one line a small struct: */
/* clang-format off */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/fail.h"
#include "base/text.h"

enum { JSON_MAX_SIZE = 16 << 20, JSON_MAX_DEPTH = 64, JSON_MAX_NODES = 1 << 20 };

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
	enum json_type type;
	bool truth;			/* JSON_BOOL */
	size_t at;			/* offset of its last byte in the text; object, array: of the bracket */
	const char *key;		/* member name; NULL in an array and at the root */
	const char *text;		/* JSON_STRING: contents, JSON_NUMBER: digits as written */
	struct json *parent, *child, *next;
};

struct json_doc {
	const char *name;		/* for messages: "config.json" */
	const char *text;		/* must live as long as the document */
	size_t size;
	struct arena *arena;		/* owns every node and every string of the result */
	struct json *root;
	struct json_origin *origins;	/* which node each filled member came from, newest first */
	struct json_doc *next;		/* the documents fail_at() searches */
};

struct json_field;
typedef int json_read_fn(struct json_doc *doc, const struct json *value, const struct json_field *field, void *out);

struct json_field {
	const char *name;
	json_read_fn *read;
	size_t offset;			/* of the member in the struct being filled */
	size_t size;			/* of the member, so that fail_at() can tell a struct from its first member */
	bool required;
	const void *detail;		/* for read: a json_shape, a name table, a json_range */
};

struct json_shape {
	size_t size;
	const struct json_field *fields;	/* ends with a row without name */
};

#define LIST(T) struct { T *items; size_t count; }
struct opt_bool { bool set, value; };
struct opt_i64 { bool set; int64_t value; };
struct opt_u64 { bool set; uint64_t value; };
struct opt_u32 { bool set; uint32_t value; };
struct json_pair { const char *name, *value; };		/* member of a map of strings */
typedef LIST(struct json_pair) json_pairs;
struct json_range { int64_t min, max; };		/* detail of json_opt_i64, json_i64, json_u32; NULL: the whole type */

/*
 * Parses doc->text (size bytes): RFC 8259, strict UTF-8, no duplicate names, no NUL in a string, no lone
 * surrogate, nothing behind the document, at most the limits above.  Fills doc->root.
 * Registers doc for fail_at(); doc must live until json_forget(doc).
 */
int json_parse(struct json_doc *doc);
void json_forget(struct json_doc *doc);

/* Fills *out (zeroed by the caller) from object.  Members that no row names are left alone; null counts as absent. */
int json_fill(struct json_doc *doc, const struct json *object, const struct json_shape *shape, void *out);
/* The member called name, or NULL. */
const struct json *json_member(const struct json *object, const char *name);

/* "config.json:7:20: mounts[0].destination: <message>"; returns -1. */
__attribute__((format(printf, 3, 4), cold))
int json_fail(const struct json_doc *doc, const struct json *value, const char *fmt, ...);

/*
 * The same for a member that json_fill() filled: fail_at(&mount->source, ENOENT, "%s", mount->source).
 * code 0: none; otherwise its reason stands behind the message.  An address that no document filled
 * gives the place of the smallest filled struct around it, or else the message alone.  Works in every later
 * step, also in a forked child.
 */
#define fail_at(member, code, ...) json_fail_at((member), sizeof *(member), (code), __VA_ARGS__)
__attribute__((format(printf, 4, 5), cold))
int json_fail_at(const void *member, size_t size, int code, const char *fmt, ...);
/* Puts "config.json:7:20: mounts[0]: " in front of the recorded failure. */
#define fail_in_at(member) json_fail_in_at((member), sizeof *(member))
__attribute__((cold)) int json_fail_in_at(const void *member, size_t size);
/* "config.json:7:20: mounts[0]" into out, for warnings; "" when unknown. Returns out. */
#define where_is(member, out, size) json_where((member), sizeof *(member), (out), (size))
char *json_where(const void *member, size_t member_size, char *out, size_t size);
/* For a reader: remembers that value filled size bytes at out.  json_fill and the readers below do it themselves. */
void json_remember(struct json_doc *doc, const struct json *value, const void *out, size_t size);

/* Fails with "expected a string, found a number" unless value has the type. */
int json_expect(const struct json_doc *doc, const struct json *value, enum json_type type);

json_read_fn json_bool, json_opt_bool, json_string, json_u32, json_u64, json_i64, json_opt_i64, json_opt_u64, json_opt_u32,
	     json_name,		/* int, from the name_value table in detail */
	     json_object,	/* a struct inside the struct */
	     json_objectp,	/* pointer to a struct in the arena */
	     json_strings,	/* const char **, NULL-terminated; [] gives an empty list, absent NULL */
	     json_names,	/* LIST(int) from the name_value table in detail */
	     json_u32s,		/* LIST(uint32_t) */
	     json_list,		/* LIST(struct) of detail's shape */
	     json_map,		/* json_pairs: object of strings, names not empty */
	     json_map_objects;	/* LIST(struct) whose first member is const char *name, from {"name": {...}} */

/* The member's offset and size; does not compile unless the member has exactly the type the reader writes. */
#define JSON_MEMBER(T, m, C) .offset = offsetof(T, m) + 0 * sizeof(char[ \
	__builtin_types_compatible_p(__typeof__(((T *)0)->m), C) ? 1 : -1]), .size = sizeof(((T *)0)->m)
#define JSON_PLAIN(T, m) .offset = offsetof(T, m), .size = sizeof(((T *)0)->m)

#define JSON_B(T, m, k, ...)	{ .name = k, .read = json_bool, JSON_MEMBER(T, m, bool), __VA_ARGS__ }
#define JSON_OB(T, m, k, ...)	{ .name = k, .read = json_opt_bool, JSON_MEMBER(T, m, struct opt_bool), __VA_ARGS__ }
#define JSON_S(T, m, k, ...)	{ .name = k, .read = json_string, JSON_MEMBER(T, m, const char *), __VA_ARGS__ }
#define JSON_U(T, m, k, ...)	{ .name = k, .read = json_u32, JSON_MEMBER(T, m, uint32_t), __VA_ARGS__ }
#define JSON_U64(T, m, k, ...)	{ .name = k, .read = json_u64, JSON_MEMBER(T, m, uint64_t), __VA_ARGS__ }
#define JSON_I64(T, m, k, ...)	{ .name = k, .read = json_i64, JSON_MEMBER(T, m, int64_t), __VA_ARGS__ }
#define JSON_OI(T, m, k, ...)	{ .name = k, .read = json_opt_i64, JSON_MEMBER(T, m, struct opt_i64), __VA_ARGS__ }
#define JSON_OU64(T, m, k, ...)	{ .name = k, .read = json_opt_u64, JSON_MEMBER(T, m, struct opt_u64), __VA_ARGS__ }
#define JSON_OU(T, m, k, ...)	{ .name = k, .read = json_opt_u32, JSON_MEMBER(T, m, struct opt_u32), __VA_ARGS__ }
#define JSON_V(T, m, k, ...)	{ .name = k, .read = json_strings, JSON_MEMBER(T, m, const char **), __VA_ARGS__ }
#define JSON_O(T, m, k, sh, ...) { .name = k, .read = json_object, JSON_PLAIN(T, m), .detail = &(sh), __VA_ARGS__ }
#define JSON_P(T, m, k, sh, ...) { .name = k, .read = json_objectp, JSON_PLAIN(T, m), .detail = &(sh), __VA_ARGS__ }
#define JSON_L(T, m, k, sh, ...) { .name = k, .read = json_list, JSON_PLAIN(T, m), .detail = &(sh), __VA_ARGS__ }
#define JSON_N(T, m, k, tab, ...) { .name = k, .read = json_name, JSON_MEMBER(T, m, int), .detail = (tab), __VA_ARGS__ }
#define JSON_NL(T, m, k, tab, ...) { .name = k, .read = json_names, JSON_PLAIN(T, m), .detail = (tab), __VA_ARGS__ }
#define JSON_M(T, m, k, ...)	{ .name = k, .read = json_map, JSON_MEMBER(T, m, json_pairs), __VA_ARGS__ }
#define JSON_MO(T, m, k, sh, ...) { .name = k, .read = json_map_objects, JSON_PLAIN(T, m), .detail = &(sh), __VA_ARGS__ }

#define REQUIRED .required = true
#define SHAPE(T, shape, ...) \
	static const struct json_field shape##_fields[] = { __VA_ARGS__ { .name = NULL } }; \
	const struct json_shape shape = { sizeof(T), shape##_fields }

/*
 * The same rows the other way (yajl_gen): appends the text to out, pretty-printed with 4 spaces
 * (JSON_PRETTY) or on one line.  Absent members (NULL string, opt not set, empty list) are left out;
 * a JSON_S member that is REQUIRED is written as "" when NULL; false and 0 of plain members are written.
 * JSON_PRETTY ends with a newline.  Rows with a reader of the caller's own cannot be written.
 */
enum json_style { JSON_PRETTY, JSON_COMPACT };
void json_write(struct text *out, const struct json_shape *shape, const void *in, enum json_style style);
/* An array of count structs. */
void json_write_list(struct text *out, const struct json_shape *shape, const void *items, size_t count, enum json_style style);
/* s as a JSON string with its quotes (for log lines). */
void json_write_string(struct text *out, const char *s);
