/*
 * bench.c - runs commands in turn, many times, and prints medians side by side.
 *   bench ROUNDS NAME COMMAND [NAME COMMAND]...     COMMAND is given to a shell-less exec: words split at blanks, "&&" between steps
 * Wall time is from the first exec to the end of the last; CPU is that of the waited-for processes and their waited-for children
 * (init of a detached container is nobody's child here, so that figure is for `run` only).  Turns alternate, so that what else the
 * machine does hits all alike.
 */
#include <stdbool.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_SUBJECTS = 16, MAX_STEPS = 8, MAX_WORDS = 32, MAX_ROUNDS = 10000 };

struct subject {
	const char *name;
	char **steps[MAX_STEPS];
	int count;
	double *wall, *cpu;
	long peak;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double cpu_ms(const struct rusage *u)
{
	return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) * 1e3 + (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1e3;
}

static void split(struct subject *s, const char *command)
{
	char *text = strdup(command), *word, *rest = text;
	int words = 0;

	s->steps[0] = calloc(MAX_WORDS, sizeof(char *));
	while ((word = strsep(&rest, " "))) {
		if (!*word)
			continue;
		if (strcmp(word, "&&") == 0) {
			s->steps[++s->count] = calloc(MAX_WORDS, sizeof(char *));
			words = 0;
		} else
			s->steps[s->count][words++] = word;
	}
	s->count++;
}

static void step(struct subject *s, char **words, double *cpu)
{
	struct rusage usage;
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		execv(words[0], words);
		_exit(127);
	}
	if (wait4(pid, &status, 0, &usage) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "bench: %s: %s %s: status %#x\n", s->name, words[0], words[1], status);
		exit(1);
	}
	*cpu += cpu_ms(&usage);
	if (usage.ru_maxrss > s->peak)
		s->peak = usage.ru_maxrss;
}

static void turn(struct subject *s, int round)
{
	double begin = now();

	s->cpu[round] = 0;
	for (int i = 0; i < s->count; i++)
		step(s, s->steps[i], &s->cpu[round]);
	s->wall[round] = now() - begin;
	/* What was left to us (init of a detached container) is reaped outside the measured time. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double quantile(double *values, int count, double q)
{
	qsort(values, (size_t)count, sizeof(*values), compare);
	return values[(int)((count - 1) * q)];
}

int main(int argc, char **argv)
{
	static struct subject subjects[MAX_SUBJECTS];
	int rounds = argc > 1 ? atoi(argv[1]) : 0, count = 0, null;

	if (rounds < 1 || rounds > MAX_ROUNDS || argc < 4) {
		fprintf(stderr, "usage: bench ROUNDS NAME COMMAND [NAME COMMAND]...\n");
		return 2;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	null = open("/dev/null", O_RDWR);
	dup2(null, 0);
	for (int i = 2; i + 1 < argc && count < MAX_SUBJECTS; i += 2, count++) {
		subjects[count].name = argv[i];
		split(&subjects[count], argv[i + 1]);
		subjects[count].wall = calloc((size_t)rounds, sizeof(double));
		subjects[count].cpu = calloc((size_t)rounds, sizeof(double));
		turn(&subjects[count], 0);	/* warms caches, shows errors early */
		subjects[count].peak = 0;
	}
	for (int round = 0; round < rounds; round++)
		for (int i = 0; i < count; i++)
			turn(&subjects[i], round);
	for (int i = 0; i < count; i++) {
		struct subject *s = &subjects[i];

		printf("%s %.3f %.3f %.3f %ld\n", s->name, quantile(s->wall, rounds, 0.5), quantile(s->wall, rounds, 0.9),
		       quantile(s->cpu, rounds, 0.5), s->peak);
	}
	return 0;
}
