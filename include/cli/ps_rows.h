/* ps_rows.h - the rows of a table of ps(1) that belong to some processes.  Runs nothing. */
#pragma once
#include <stddef.h>
#include <sys/types.h>
struct text;

/* The header, and each row whose column PID has one of the numbers.  output is cut into lines. */
int ps_rows(struct text *out, char *output, const pid_t *pids, size_t count);
