/*
 * flight.h - the flight recorder: the last steps of this process and of the one it clones, kept in
 * memory and written only when the command fails.  A step is a pointer and a time: a good run pays
 * a few nanoseconds for each.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum flight_who { FLIGHT_COMMAND, FLIGHT_CONTAINER, FLIGHT_WHO };
extern const char *const flight_names[FLIGHT_WHO]; /* "ring3", "container" */

enum { FLIGHT_STEPS = 128 }; /* the last ones are kept */

/* what: a constant, or a string that was there before the clone and stays to the end. */
void flight_step(enum flight_who who, const char *what);
/* From now on, what a process that is cloned from this one records is seen here too, also when it
 * dies.  Best effort: without memory for it each keeps its own. */
void flight_share(void);
/* The step that was begun last, or NULL. */
const char *flight_last(enum flight_who who);

struct flight_entry {
	const char *what;
	int64_t time; /* wait_now() */
	uint32_t who;
};
/* Entry number i of those that are kept, oldest first; false behind the last. */
bool flight_entry(size_t i, struct flight_entry *ret);
