/* executable.h - finds the program that process.args names, inside the container, as its user.
 * Executes nothing. */
#pragma once
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
