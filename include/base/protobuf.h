/*
 * protobuf.h - messages in protobuf's wire format to C structs and back, driven by tables of field
 * numbers.  Numbers, strings, nested and repeated ones; no groups, no packed lists, no floats.
 * Knows no message.
 */
#pragma once
#include "base/arena.h"
#include "base/text.h"

struct pb_int {
	bool set;
	int64_t value;
}; /* every integer type, enums and bool */

enum pb_kind {
	PB_INT,	     /* struct pb_int */
	PB_STRING,   /* const char *, NULL: absent */
	PB_MESSAGE,  /* pointer to a struct, NULL: absent */
	PB_STRINGS,  /* struct pb_list of const char * */
	PB_MESSAGES, /* struct pb_list of structs */
};
struct pb_list {
	const void *items;
	size_t count;
};
struct pb_shape;
struct pb_field {
	uint32_t number; /* as in the .proto file; 0 ends the list */
	enum pb_kind kind;
	size_t offset;		   /* of the member */
	const struct pb_shape *of; /* of PB_MESSAGE and PB_MESSAGES */
};
struct pb_shape {
	size_t size; /* of the struct */
	const struct pb_field *fields;
};

/* Appends the message; absent members are left out. */
void pb_write(struct text *out, const struct pb_shape *shape, const void *in);
/*
 * Fills *out (zeroed by the caller).  Fields that no row names are skipped; the last one of a
 * number counts.  PB_STRINGS and PB_MESSAGES are only written, not read.  -1 with a failure when
 * the bytes are no such message.
 */
int pb_read(const struct pb_shape *shape, const void *bytes, size_t size, struct arena *arena,
	    void *out);
