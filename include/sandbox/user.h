/* user.h - uid, gid, supplementary groups, umask, HOME, working directory of the program.  No maps. */
#pragma once
#include "spec/spec.h"
struct host;
struct sandbox;

struct user {
	uint32_t uid, gid, umask;
	const uint32_t *groups;
	size_t group_count;
	bool keep_groups;		/* run.oci.keep_original_groups, or setgroups is denied and none are asked for */
	const char *cwd;
	const char **env;		/* duplicates merged (last wins, order kept); HOME may still be missing */
	bool needs_home;
	const struct spec_process *process;
};
int user_plan(const struct spec *spec, const struct host *host, struct arena *arena, struct user *ret);
/* setgroups, setresgid, setresuid; keeps the permitted capabilities (PR_SET_KEEPCAPS) for the steps behind it (K22). */
int user_apply(const struct user *u);
int user_umask(const struct user *u);
/* HOME from the container's /etc/passwd (bounded reader of a hostile file), "/" when not found; returns the environment to use. */
const char **user_environment(const struct user *u, int root_fd, struct arena *arena);
/* chdir, then checks that the directory is inside the root (CVE-2024-21626); made when missing, as runc does. */
int user_working_directory(const struct user *u, int root_fd);
