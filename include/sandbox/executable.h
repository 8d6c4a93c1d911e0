/* executable.h - finds the program that process.args names, inside the container, as its user.
 * Executes nothing. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
struct arena;

/* What is searched when the environment has no PATH. */
extern const char executable_default_path[];

/*
 * The path to give to execve(2), in arena, or NULL with a failure in the words that engines match
 * (engine-contract 1.9).  A name without "/" is looked up in PATH of env; cwd is where the process
 * stands.
 */
const char *executable_find(int root_fd, const char *name, const char *const *env, const char *cwd,
			    struct arena *arena);

/*
 * executable_explain.c: what in the file itself makes execve(2) fail with this errno: ENOENT though
 * it is there (interpreter), ENOEXEC (format, machine), EACCES (mode, mount).  Nothing to say:
 * false.  Only after a failure: it opens and reads files of the container.
 */
bool executable_explain(int root_fd, const char *path, int code, char *out, size_t size);
/* The same, and behind the recorded failure of execve; returns -1. */
int executable_fail(int root_fd, const char *path);
