/*
 * host_check.h - what ring3 needs of a machine, asked one by one, and how to give it what it lacks.
 * For people; create asks none of this, it hears from the kernel.
 */
#pragma once
#include "host/host.h"

enum host_verdict { HOST_OK, HOST_LIMITED, HOST_MISSING, HOST_VERDICTS };
extern const char *const host_verdict_names[HOST_VERDICTS];

struct host_finding {
	enum host_verdict
		verdict;	/* LIMITED: containers run, but something of them cannot be had */
	const char *what, *fix; /* fix: NULL when nothing is to be done */
};

/* Calls found for each row; returns how many are MISSING. */
int host_check(const struct host *host, void (*found)(const struct host_finding *f, void *arg),
	       void *arg);

/* Does a file like /etc/subuid ("name:first:count") have a line for this user?  For host_check and
 * its test. */
bool host_has_subids(const char *text, const char *name, uid_t uid);
