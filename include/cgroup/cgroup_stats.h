/*
 * cgroup_stats.h - what a cgroup has used, as the JSON that runc's `events` prints (EC 1.11), and
 * waiting for what happens to it.  Reads the cgroup's own files and nothing else.
 */
#pragma once
#include <stdint.h>
struct text;

/* Appends the object "data": members of controllers that are not there are as in a cgroup that has
 * used nothing. */
void cgroup_stats(int dir_fd, struct text *out);

enum cgroup_event { CGROUP_TIMEOUT, CGROUP_OOM, CGROUP_ENDED };
struct cgroup_watch {
	int events_fd, memory_fd; /* cgroup.events; memory.events, -1: no such controller */
	uint64_t oom_kills;
};
/* -1 with a failure when the cgroup is gone. */
int cgroup_watch_open(int dir_fd, struct cgroup_watch *ret);
void cgroup_watch_close(struct cgroup_watch *w);
/* The next event, at the deadline CGROUP_TIMEOUT; CGROUP_ENDED: no process is left, or it is gone.
 */
int cgroup_watch_next(struct cgroup_watch *w, int64_t deadline, enum cgroup_event *ret);
