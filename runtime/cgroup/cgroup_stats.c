/* cgroup_stats.c - the cgroup's files into the members that runc's `events` has. */
#include "cgroup/cgroup_stats.h"
#include "base/fail.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/text.h"
#include "base/wait.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_LIMIT = 1 << 20, NSEC = 1000 /* in a microsecond */ };

/* ---- the text ---- */

static void separate(struct text *t)
{
	if (t->length && !strchr("{[:", t->data[t->length - 1]))
		text_add(t, ",");
}

/* "name":{ */
static void begin(struct text *t, const char *name)
{
	separate(t);
	text_addf(t, "\"%s\":{", name);
}

static void end(struct text *t)
{
	text_add(t, "}");
}

static void add(struct text *t, const char *name, uint64_t value)
{
	separate(t);
	text_addf(t, "\"%s\":%" PRIu64, name, value);
}

/* Members that runc leaves out when they are 0. */
static void add_used(struct text *t, const char *name, uint64_t value)
{
	if (value)
		add(t, name, value);
}

/* ---- the files ---- */

/* malloc'ed; "" where the controller is not there, or says nothing (pressure that is switched off).
 */
static char *read_text(int dir_fd, const char *name)
{
	cleanup_fd int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
	char *text = NULL;

	if (fd >= 0 && file_read_fd(fd, FILE_LIMIT, &text, NULL) == 0)
		return text;
	text = strdup("");
	if (!text)
		fail_fatal("out of memory");
	return text;
}

static uint64_t number_at(const char *s)
{
	return text_starts(s, "max") ? UINT64_MAX : strtoull(s, NULL, 10);
}

static uint64_t read_number_or(int dir_fd, const char *name, uint64_t missing)
{
	char line[32];

	return file_read_line(dir_fd, name, line, sizeof line) > 0 ? number_at(line) : missing;
}

/* A file that holds one number; 0 where it is missing. */
static uint64_t read_number(int dir_fd, const char *name)
{
	return read_number_or(dir_fd, name, 0);
}

/* The number behind "KEY " at the beginning of a line; 0 where there is none. */
static uint64_t find(const char *text, const char *key)
{
	size_t length = strlen(key);

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (!strncmp(line, key, length) && line[length] == ' ')
			return number_at(line + length + 1);
	return 0;
}

/* ---- the members ---- */

/* A line "some avg10=0.00 avg60=0.00 avg300=0.00 total=0"; numbers are written as they stand. */
static void add_pressure_line(struct text *t, char *line)
{
	const char *name = strsep(&line, " ");
	char *word;

	begin(t, name);
	while ((word = strsep(&line, " "))) {
		const char *key = strsep(&word, "=");

		if (!word || !*word || strspn(word, "0123456789.") != strlen(word))
			continue;
		separate(t);
		text_addf(t, "\"%s\":%s", key, word);
	}
	end(t);
}

static void add_pressure(struct text *t, int dir_fd, const char *file)
{
	cleanup_free char *text = read_text(dir_fd, file);
	char *rest = text, *line;

	if (!*text)
		return;
	begin(t, "psi");
	while ((line = strsep(&rest, "\n")))
		if (*line)
			add_pressure_line(t, line);
	end(t);
}

static void add_cpu(struct text *t, int dir_fd)
{
	cleanup_free char *stat = read_text(dir_fd, "cpu.stat");

	begin(t, "cpu");
	begin(t, "usage");
	add_used(t, "total", find(stat, "usage_usec") * NSEC);
	add(t, "kernel", find(stat, "system_usec") * NSEC);
	add(t, "user", find(stat, "user_usec") * NSEC);
	end(t);
	begin(t, "throttling");
	add_used(t, "periods", find(stat, "nr_periods"));
	add_used(t, "throttledPeriods", find(stat, "nr_throttled"));
	add_used(t, "throttledTime", find(stat, "throttled_usec") * NSEC);
	end(t);
	add_pressure(t, dir_fd, "cpu.pressure");
	end(t);
}

/* Flags of cgroup v1, which readers expect. */
static void add_cpuset(struct text *t)
{
	static const char *const names[] = {
		"cpu_exclusive",   "mem_hardwall",	 "mem_exclusive",
		"memory_migrate",  "memory_spread_page", "memory_spread_slab",
		"memory_pressure", "sched_load_balance", "sched_relax_domain_level",
	};

	begin(t, "cpuset");
	for (size_t i = 0; i < COUNT(names); i++)
		add(t, names[i], 0);
	end(t);
}

static void add_usage(struct text *t, const char *name, uint64_t limit, uint64_t usage,
		      uint64_t max)
{
	begin(t, name);
	add(t, "limit", limit);
	add_used(t, "usage", usage);
	add_used(t, "max", max);
	add(t, "failcnt", 0);
	end(t);
}

static void add_raw(struct text *t, const char *stat)
{
	begin(t, "raw");
	for (const char *line = stat; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t key = strcspn(line, " \n");

		if (line[key] != ' ')
			continue;
		separate(t);
		text_addf(t, "\"%.*s\":%" PRIu64, (int)key, line, number_at(line + key + 1));
	}
	end(t);
}

static void add_memory(struct text *t, int dir_fd)
{
	cleanup_free char *stat = read_text(dir_fd, "memory.stat");
	const uint64_t limit = read_number_or(dir_fd, "memory.max", UINT64_MAX),
		       usage = read_number(dir_fd, "memory.current"),
		       swap = read_number_or(dir_fd, "memory.swap.max", UINT64_MAX);
	/* As on cgroup v1, and in config.json, swap counts memory in. */
	const bool unlimited = swap == UINT64_MAX || limit == UINT64_MAX;

	begin(t, "memory");
	add_used(t, "cache", find(stat, "file"));
	add_usage(t, "usage", limit, usage, read_number(dir_fd, "memory.peak"));
	add_usage(t, "swap", unlimited ? UINT64_MAX : swap + limit,
		  read_number(dir_fd, "memory.swap.current") + usage, 0);
	add_usage(t, "kernel", 0, 0, 0);
	add_usage(t, "kernelTCP", 0, 0, 0);
	add_raw(t, stat);
	add_pressure(t, dir_fd, "memory.pressure");
	end(t);
}

static void add_pids(struct text *t, int dir_fd)
{
	uint64_t limit = read_number(dir_fd, "pids.max");

	begin(t, "pids");
	add_used(t, "current", read_number(dir_fd, "pids.current"));
	add_used(t, "limit", limit == UINT64_MAX ? 0 : limit);
	end(t);
}

/* One direction of one device: "8:0 rbytes=1 wbytes=2 rios=3 wios=4 ...". */
static void add_io_entry(struct text *t, const char *line, const char *key, const char *op)
{
	unsigned major, minor;
	const char *value = strstr(line, key);

	if (!value || sscanf(line, "%u:%u ", &major, &minor) != 2)
		return;
	separate(t);
	text_addf(t, "{\"major\":%u,\"minor\":%u,\"op\":\"%s\",\"value\":%" PRIu64 "}", major,
		  minor, op, number_at(value + strlen(key)));
}

static void add_io_list(struct text *t, const char *stat, const char *name, const char *read_key,
			const char *write_key)
{
	cleanup_free char *copy = strdup(stat);
	char *rest = copy, *line;

	if (!copy)
		fail_fatal("out of memory");
	if (!*copy)
		return;
	separate(t);
	text_addf(t, "\"%s\":[", name);
	while ((line = strsep(&rest, "\n"))) {
		add_io_entry(t, line, read_key, "Read");
		add_io_entry(t, line, write_key, "Write");
	}
	text_add(t, "]");
}

static void add_io(struct text *t, int dir_fd)
{
	cleanup_free char *stat = read_text(dir_fd, "io.stat");

	begin(t, "blkio");
	add_io_list(t, stat, "ioServiceBytesRecursive", " rbytes=", " wbytes=");
	add_io_list(t, stat, "ioServicedRecursive", " rios=", " wios=");
	add_pressure(t, dir_fd, "io.pressure");
	end(t);
}

/* size: "2MB". */
static void add_pages(struct text *t, int dir_fd, const char *size)
{
	char name[NAME_MAX + 1];

	begin(t, size);
	snprintf(name, sizeof name, "hugetlb.%s.rsvd.current", size);
	if (faccessat(dir_fd, name, F_OK, 0) < 0)
		snprintf(name, sizeof name, "hugetlb.%s.current", size);
	add_used(t, "usage", read_number(dir_fd, name));
	snprintf(name, sizeof name, "hugetlb.%s.events", size);
	cleanup_free char *events = read_text(dir_fd, name);
	add(t, "failcnt", find(events, "max"));
	end(t);
}

/* "hugetlb.SIZE.current" of each page size. */
static void add_hugetlb(struct text *t, int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	begin(t, "hugetlb");
	for (struct dirent *e; dir && (e = readdir(dir));) {
		char *name = e->d_name, *size = name + strlen("hugetlb.");

		if (!text_starts(name, "hugetlb.") || !text_ends(name, ".current") ||
		    text_ends(name, ".rsvd.current"))
			continue;
		size[strcspn(size, ".")] = '\0';
		add_pages(t, dir_fd, size);
	}
	end(t);
	if (dir)
		closedir(dir);
}

void cgroup_stats(int dir_fd, struct text *out)
{
	text_add(out, "{");
	add_cpu(out, dir_fd);
	add_cpuset(out);
	add_memory(out, dir_fd);
	add_pids(out, dir_fd);
	add_io(out, dir_fd);
	add_hugetlb(out, dir_fd);
	begin(out, "intel_rdt");
	end(out);
	text_add(out, ",\"network_interfaces\":null}");
}

/* ---- events ---- */

/* At each wake-up the file must be read again, or poll(2) returns at once. */
static uint64_t read_key(int fd, const char *key, bool *ret_gone)
{
	char text[512];
	ssize_t n = fd < 0 ? 0 : pread(fd, text, sizeof text - 1, 0);

	if (n < 0)
		*ret_gone = true;
	text[n > 0 ? n : 0] = '\0';
	return find(text, key);
}

int cgroup_watch_open(int dir_fd, struct cgroup_watch *ret)
{
	bool gone = false;

	*ret = (struct cgroup_watch){ .memory_fd = -1 };
	ret->events_fd = openat(dir_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	if (ret->events_fd < 0)
		return fail(errno, "open cgroup.events");
	ret->memory_fd = openat(dir_fd, "memory.events", O_RDONLY | O_CLOEXEC);
	ret->oom_kills = read_key(ret->memory_fd, "oom_kill", &gone);
	return 0;
}

void cgroup_watch_close(struct cgroup_watch *w)
{
	fd_close(&w->events_fd);
	fd_close(&w->memory_fd);
}

/* The kernel tells of a file's changes at most every 10 ms and drops what is due when the cgroup is
 * removed meanwhile (cgroup_rm_file): nobody wakes who waits for the end of that one. ns. */
#define LOOK_AGAIN INT64_C(1000000000)

int cgroup_watch_next(struct cgroup_watch *w, int64_t deadline, enum cgroup_event *ret)
{
	struct pollfd fds[] = { { .fd = w->events_fd, .events = POLLPRI },
				{ .fd = w->memory_fd, .events = POLLPRI } };

	for (;;) {
		bool gone = false;
		uint64_t kills = read_key(w->memory_fd, "oom_kill", &gone);
		bool populated = read_key(w->events_fd, "populated", &gone);

		*ret = kills > w->oom_kills ? CGROUP_OOM : CGROUP_ENDED;
		w->oom_kills = kills;
		if (*ret == CGROUP_OOM || gone || !populated)
			return 0;
		*ret = CGROUP_TIMEOUT;
		int64_t now = wait_now(), look_again = now + LOOK_AGAIN;

		if (now >= deadline)
			return 0;
		if (wait_for(fds, COUNT(fds), look_again < deadline ? look_again : deadline,
			     "an event") < 0 &&
		    failure()->code != ETIMEDOUT)
			return -1;
	}
}
