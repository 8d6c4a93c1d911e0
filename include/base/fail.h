/* fail.h - the one error record of the process.  Records and hands out; never prints. */
#pragma once
#include <stddef.h>

enum { FAILURE_TEXT = 8192 }; /* the stderr of a failing hook fits */

struct failure {
	int code;		 /* errno value, 0 when none applies */
	char text[FAILURE_TEXT]; /* complete sentence for the user, no newline */
};

/*
 * Records a failure and returns -1, so that a caller can write `return fail(errno, ...)`.
 * A code other than 0 adds ": " and its reason, as fail_reason() words it.
 */
__attribute__((format(printf, 2, 3), cold)) int fail(int code, const char *fmt, ...);

/* Puts "what: " in front of the recorded failure and returns -1. */
__attribute__((format(printf, 1, 2), cold)) int fail_in(const char *fmt, ...);

/* Takes over a failure that another process recorded; text need not end with NUL. */
__attribute__((cold)) int fail_copy(int code, const char *text, size_t length);

/*
 * For `check`, which looks on after a failure: each() gets the text of every failure that
 * fail_go_on() is asked about; NULL ends it.
 */
void fail_collect(void (*each)(const char *text, void *arg), void *arg);
/* After a failure, in a list of rules that do not need each other: 0 when it was collected (once)
 * and the next rule shall be tried, -1 otherwise. */
int fail_go_on(void);

/* Out of memory, or a promise of the program itself is broken: says so on stderr and ends the
 * process. */
__attribute__((noreturn, cold)) void fail_fatal(const char *what);

const struct failure *failure(void);

/* The words of an errno value as Go spells them: "no such file or directory" (small first letter).
 */
const char *fail_reason(int code);
