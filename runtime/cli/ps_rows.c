/* ps_rows.c - filters the table that ps(1) prints; columns are words, as in runc. */
#include "cli/ps_rows.h"
#include "base/fail.h"
#include "base/text.h"
#include <stdbool.h>
#include <string.h>

static const char blanks[] = " \t";

/* The word number n of a line, or NULL; *ret_length: without what stands behind it. */
static const char *word(const char *line, size_t n, size_t *ret_length)
{
	for (;; n--) {
		line += strspn(line, blanks);
		*ret_length = strcspn(line, blanks);
		if (!*ret_length)
			return NULL;
		if (!n)
			return line;
		line += *ret_length;
	}
}

static int find_column(const char *header, size_t *ret)
{
	const char *title;
	size_t length;

	for (*ret = 0; (title = word(header, *ret, &length)); ++*ret)
		if (length == 3 && !memcmp(title, "PID", 3))
			return 0;
	return fail(0, "the table that ps printed has no column PID");
}

static bool is_listed(const char *line, size_t column, const pid_t *pids, size_t count)
{
	char number[24];
	uint64_t pid;
	size_t length;
	const char *cell = word(line, column, &length);

	if (!cell || length >= sizeof number)
		return false;
	memcpy(number, cell, length);
	number[length] = '\0';
	if (text_to_u64(number, INT32_MAX, &pid) < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if ((uint64_t)pids[i] == pid)
			return true;
	return false;
}

int ps_rows(struct text *out, char *output, const pid_t *pids, size_t count)
{
	char *header = strsep(&output, "\n"), *line;
	size_t column;

	if (find_column(header, &column) < 0)
		return -1;
	text_addf(out, "%s\n", header);
	while ((line = strsep(&output, "\n")))
		if (is_listed(line, column, pids, count))
			text_addf(out, "%s\n", line);
	return 0;
}
