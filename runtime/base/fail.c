/* fail.c - the one error record of the process. */
#include "base/fail.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct failure last;

static struct {
	void (*each)(const char *text, void *arg);
	void *arg;
	bool told; /* the recorded failure was handed over */
} collector;

/* A message is built here first, because its arguments may point into the record it replaces. */
static char scratch[FAILURE_TEXT];

const char *fail_reason(int code)
{
	static char words[128];
	const char *text = strerrordesc_np(code); /* strerror(3) reads locale files */

	if (!text) {
		snprintf(words, sizeof words, "errno %d", code);
		return words;
	}
	snprintf(words, sizeof words, "%s", text);
	if (isupper((unsigned char)words[0]) && !isupper((unsigned char)words[1]))
		words[0] = (char)tolower((unsigned char)words[0]);
	return words;
}

/* Appends ": more" to the scratch, as far as it fits. */
static void append(int written, const char *more)
{
	size_t at = written < 0 ? 0 : (size_t)written, n = strlen(more);

	if (at + 3 > sizeof scratch)
		return;
	if (n > sizeof scratch - at - 3)
		n = sizeof scratch - at - 3;
	memcpy(scratch + at, ": ", 2);
	memcpy(scratch + at + 2, more, n);
	scratch[at + 2 + n] = 0;
}

int fail(int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(scratch, sizeof scratch, fmt, ap);
	va_end(ap);
	if (code)
		append(n, fail_reason(code));
	return fail_copy(code, scratch, sizeof scratch);
}

int fail_in(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(scratch, sizeof scratch, fmt, ap);
	va_end(ap);
	append(n, last.text);
	return fail_copy(last.code, scratch, sizeof scratch);
}

int fail_copy(int code, const char *text, size_t length)
{
	size_t n = strnlen(text, length < sizeof last.text ? length : sizeof last.text - 1);

	collector.told = false;
	last.code = code;
	memmove(last.text, text, n);
	last.text[n] = 0;
	return -1;
}

void fail_collect(void (*each)(const char *text, void *arg), void *arg)
{
	collector.each = each;
	collector.arg = arg;
}

int fail_go_on(void)
{
	if (!collector.each)
		return -1;
	if (!collector.told)
		collector.each(last.text, collector.arg);
	collector.told = true;
	return 0;
}

void fail_fatal(const char *what)
{
	/* Not by stdio, which may allocate: memory may be what is missing.  When stderr cannot be
	 * written there is nobody left to tell. */
	ssize_t ignored = write(STDERR_FILENO, "ring3: ", 7);

	ignored = write(STDERR_FILENO, what, strlen(what));
	ignored = write(STDERR_FILENO, "\n", 1);
	(void)ignored;
	_exit(1);
}

const struct failure *failure(void)
{
	return &last;
}
