/*
 * mounts.h - adds mounts to a running container, and removes some: a process in its namespaces does
 * it.  Executes nothing; what is mounted was decided in struct plan.
 */
#pragma once
#include "plan/plan.h"
#include "stage/entry.h"
#include <stdbool.h>

struct stage_mounts {
	const struct plan *plan; /* plan_mounts()'s */
	struct entry entry;	 /* entry_find()'s.  Borrowed */
	pid_t init;
	bool remove;
};
/* 0, or -1 with a failure; a failed addition leaves nothing mounted. */
int stage_mounts(struct stage_mounts *m);
