/*
 * bench.c - runs commands in turn, round after round, and prints medians of wall time, CPU time and
 * peak memory, and the first one's share of each other.  Shares are medians over the rounds: what
 * loads the machine for a moment loads neighbours alike.
 *
 * bench ROUNDS NAME COMMANDS [NAME COMMANDS]...
 *
 * COMMANDS are words; ";" stands between two commands, "%" is a new name in each round.  A command
 * that begins with "~" is not measured.  "wait" waits for the processes that the commands left
 * behind: this program is their subreaper, so their CPU time counts.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WARM_UP = 3, MAX_WORDS = 64, MAX_RIVALS = 8, MAX_ROUNDS = 1000 };
enum figure { WALL, CPU, MEMORY, FIGURES };

struct rival {
	const char *name, *commands;
	double rounds[FIGURES][MAX_ROUNDS]; /* ms, ms, KiB */
};

static char id[32];
static int null_fd;

static void must(long result, const char *what)
{
	if (result >= 0)
		return;
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double milliseconds(const struct timeval *t)
{
	return (double)t->tv_sec * 1e3 + (double)t->tv_usec / 1e3;
}

static void add_usage(double sum[FIGURES], const struct rusage *usage)
{
	sum[CPU] += milliseconds(&usage->ru_utime) + milliseconds(&usage->ru_stime);
	if ((double)usage->ru_maxrss > sum[MEMORY])
		sum[MEMORY] = (double)usage->ru_maxrss;
}

static void wait_for_all(double sum[FIGURES])
{
	struct rusage usage;
	int status;

	while (wait4(-1, &status, __WALL, &usage) > 0)
		add_usage(sum, &usage);
}

/* vfork: a copy of this process's memory would be on the bill.  What it prints is not wanted. */
static void run(char **words, double sum[FIGURES])
{
	struct rusage usage;
	int status;
	pid_t pid = vfork();

	must(pid, "vfork");
	if (pid == 0) {
		dup2(null_fd, STDOUT_FILENO);
		execv(words[0], words);
		_exit(127);
	}
	must(wait4(pid, &status, 0, &usage), "wait4");
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		fprintf(stderr, "bench: %s ... %s: status %#x\n", words[0], id, status);
		exit(1);
	}
	add_usage(sum, &usage);
}

/* One command: its figures are added to sum, or to nothing. */
static void measure(char **words, double sum[FIGURES])
{
	double unmeasured[FIGURES] = { 0 }, start = now();

	if (words[0][0] == '~') {
		words[0]++;
		run(words, unmeasured);
		return;
	}
	if (!strcmp(words[0], "wait"))
		wait_for_all(sum);
	else
		run(words, sum);
	sum[WALL] += now() - start;
}

static void run_all(const char *commands, double sum[FIGURES])
{
	char text[4096], *words[MAX_WORDS + 1], *rest = text;
	size_t count = 0;

	snprintf(text, sizeof text, "%s", commands);
	for (char *word = strtok_r(text, " \n\t", &rest);; word = strtok_r(NULL, " \n\t", &rest)) {
		if (word && strcmp(word, ";") && count < MAX_WORDS) {
			words[count++] = strcmp(word, "%") ? word : id;
			continue;
		}
		words[count] = NULL;
		if (count)
			measure(words, sum);
		count = 0;
		if (!word)
			return;
	}
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double median(const double *values, size_t count)
{
	double sorted[MAX_ROUNDS];

	memcpy(sorted, values, count * sizeof *values);
	qsort(sorted, count, sizeof *sorted, compare);
	return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

static double share(const double *own, const double *other, size_t count)
{
	double shares[MAX_ROUNDS];

	for (size_t i = 0; i < count; i++)
		shares[i] = own[i] / other[i];
	return median(shares, count);
}

static void print(struct rival *rivals, size_t count, size_t rounds)
{
	for (size_t i = 0; i < count; i++) {
		printf("  %-10s", rivals[i].name);
		for (enum figure f = 0; f < FIGURES; f++)
			printf(f == MEMORY ? "%11.0f" : "%11.2f",
			       median(rivals[i].rounds[f], rounds));
		for (enum figure f = 0; i && f < FIGURES; f++)
			printf("%*.2f", f ? 8 : 14,
			       share(rivals[0].rounds[f], rivals[i].rounds[f], rounds));
		printf("\n");
	}
}

int main(int argc, char **argv)
{
	static struct rival rivals[MAX_RIVALS];
	size_t count = argc < 4 ? 0 : (size_t)(argc - 2) / 2;
	size_t rounds = argc < 4 ? 0 : strtoul(argv[1], NULL, 10);

	if (!rounds || rounds > MAX_ROUNDS || !count || count > MAX_RIVALS || argc % 2) {
		fprintf(stderr, "usage: bench ROUNDS NAME COMMANDS [NAME COMMANDS]...\n");
		return 2;
	}
	for (size_t i = 0; i < count; i++)
		rivals[i] = (struct rival){ .name = argv[2 + 2 * i], .commands = argv[3 + 2 * i] };
	must(prctl(PR_SET_CHILD_SUBREAPER, 1), "subreaper");
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	must(null_fd, "/dev/null");
	for (size_t round = 0; round < rounds + WARM_UP; round++) {
		for (size_t i = 0; i < count; i++) {
			struct rival *rival =
				&rivals[(i + round) % count]; /* nobody is always first */
			double sum[FIGURES] = { 0 };

			snprintf(id, sizeof id, "bench-%d-%zu", getpid(), round);
			run_all(rival->commands, sum);
			for (enum figure f = 0; round >= WARM_UP && f < FIGURES; f++)
				rival->rounds[f][round - WARM_UP] = sum[f];
		}
	}
	print(rivals, count, rounds);
	return 0;
}
