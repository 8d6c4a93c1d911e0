/*
 * gvariant.h - values with a D-Bus type, and their GVariant text ("uint64 5", "['a', 'b']"), to a
 * tree and back.  Knows no property and no bus.
 */
#pragma once
#include "base/text.h"
struct arena;

struct gvariant {
	const char *signature; /* D-Bus: "t", "as", "a(ss)" */
	union {
		bool b;
		uint64_t u;	    /* y q u t */
		int64_t i;	    /* n i x */
		double d;	    /* d */
		const char *string; /* s o g */
		struct {
			struct gvariant *items; /* of an array or a structure */
			size_t count;
		};
	};
};

/*
 * Basic types, arrays and structures; no dictionaries, variants and maybes, which no property of
 * systemd has.  A number without a type is an int32 or a double.  NULL with a failure that names
 * the place.
 */
const struct gvariant *gvariant_parse(const char *text, struct arena *arena);
/* One line, with the whole type in front: "@a(ss) [('/dev/char/1:3', 'rw')]".  Parses to the same
 * value. */
void gvariant_print(const struct gvariant *v, struct text *out);
/* The type y, n, q, i, u, x, t or d. */
bool gvariant_is_number(const struct gvariant *v);
