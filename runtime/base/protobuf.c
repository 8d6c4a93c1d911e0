/* protobuf.c - protobuf's wire format: see "Encoding" in its documentation. */
#include "base/protobuf.h"
#include "base/fail.h"
#include <string.h>

enum wire_type { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };
enum { PB_DEPTH = 8 };

/* --- out --- */

static void add_varint(struct text *out, uint64_t value)
{
	do {
		unsigned char byte = (value & 0x7f) | (value > 0x7f ? 0x80 : 0);

		text_add_bytes(out, &byte, 1);
		value >>= 7;
	} while (value);
}

static void add_key(struct text *out, uint32_t number, enum wire_type type)
{
	add_varint(out, (uint64_t)number << 3 | type);
}

static void add_bytes(struct text *out, uint32_t number, const void *bytes, size_t size)
{
	add_key(out, number, WIRE_BYTES);
	add_varint(out, size);
	text_add_bytes(out, bytes, size);
}

static void add_message(struct text *out, const struct pb_field *f, const void *in)
{
	cleanup_text struct text inner = { 0 };

	pb_write(&inner, f->of, in);
	add_bytes(out, f->number, inner.data ? inner.data : "", inner.length);
}

static void add_list(struct text *out, const struct pb_field *f, const struct pb_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (f->kind == PB_MESSAGES) {
			add_message(out, f, (const char *)list->items + i * f->of->size);
			continue;
		}
		const char *s = ((const char *const *)list->items)[i];

		add_bytes(out, f->number, s, strlen(s));
	}
}

static void add_field(struct text *out, const struct pb_field *f, const void *member)
{
	const struct pb_int *n = member;
	const void *pointer;

	switch (f->kind) {
	case PB_INT:
		if (!n->set)
			return;
		add_key(out, f->number, WIRE_VARINT);
		add_varint(out, (uint64_t)n->value); /* negative ones take all ten bytes */
		return;
	case PB_STRING:
	case PB_MESSAGE:
		memcpy(&pointer, member, sizeof pointer);
		if (pointer && f->kind == PB_MESSAGE)
			add_message(out, f, pointer);
		else if (pointer)
			add_bytes(out, f->number, pointer, strlen(pointer));
		return;
	case PB_STRINGS:
	case PB_MESSAGES:
		add_list(out, f, member);
		return;
	}
}

void pb_write(struct text *out, const struct pb_shape *shape, const void *in)
{
	for (const struct pb_field *f = shape->fields; f->number; f++)
		add_field(out, f, (const char *)in + f->offset);
}

/* --- in --- */

struct reader {
	const unsigned char *at, *end;
	struct arena *arena;
	unsigned depth;
};

static int broken(const char *what)
{
	return fail(0, "not a protobuf message: %s", what);
}

static int take_varint(struct reader *r, uint64_t *ret)
{
	*ret = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (r->at == r->end)
			return broken("it ends within a number");
		*ret |= (uint64_t)(*r->at & 0x7f) << shift;
		if (!(*r->at++ & 0x80))
			return 0;
	}
	return broken("a number is too long");
}

/* The value of a field: a number, or so many bytes. */
static int take_value(struct reader *r, unsigned type, uint64_t *ret, const unsigned char **bytes)
{
	*bytes = NULL;
	if (type == WIRE_VARINT)
		return take_varint(r, ret);
	if (type == WIRE_64 || type == WIRE_32)
		*ret = type == WIRE_64 ? 8 : 4;
	else if (type != WIRE_BYTES)
		return broken("unknown wire type");
	else if (take_varint(r, ret) < 0)
		return -1;
	if (*ret > (uint64_t)(r->end - r->at))
		return broken("it ends within a field");
	*bytes = r->at;
	r->at += *ret;
	return 0;
}

static int read_fields(struct reader *r, const struct pb_shape *shape, void *out);

static int read_message(struct reader *r, const struct pb_shape *shape, const unsigned char *bytes,
			uint64_t size, void **ret)
{
	struct reader inner = { bytes, bytes + size, r->arena, r->depth + 1 };

	if (inner.depth > PB_DEPTH)
		return broken("too deep");
	*ret = arena_alloc(r->arena, shape->size);
	return read_fields(&inner, shape, *ret);
}

static int read_field(struct reader *r, const struct pb_field *f, uint64_t value,
		      const unsigned char *bytes, void *member)
{
	void *pointer = NULL;

	if ((f->kind == PB_INT) != !bytes)
		return broken("a field has another type than expected");
	switch (f->kind) {
	case PB_INT:
		*(struct pb_int *)member = (struct pb_int){ true, (int64_t)value };
		return 0;
	case PB_STRING:
		pointer = arena_strndup(r->arena, (const char *)bytes, value);
		break;
	case PB_MESSAGE:
		if (read_message(r, f->of, bytes, value, &pointer) < 0)
			return -1;
		break;
	case PB_STRINGS:
	case PB_MESSAGES:
		return 0;
	}
	memcpy(member, &pointer, sizeof pointer);
	return 0;
}

static int read_fields(struct reader *r, const struct pb_shape *shape, void *out)
{
	while (r->at < r->end) {
		const struct pb_field *f = shape->fields;
		const unsigned char *bytes;
		uint64_t key, value;

		if (take_varint(r, &key) < 0 || take_value(r, key & 7, &value, &bytes) < 0)
			return -1;
		while (f->number && f->number != key >> 3)
			f++;
		if (f->number && read_field(r, f, value, bytes, (char *)out + f->offset) < 0)
			return -1;
	}
	return 0;
}

int pb_read(const struct pb_shape *shape, const void *bytes, size_t size, struct arena *arena,
	    void *out)
{
	struct reader r = { bytes, (const unsigned char *)bytes + size, arena, 0 };

	return read_fields(&r, shape, out);
}
