/* user.h - uid, gid, supplementary groups, umask, HOME, working directory of the program.  No maps.
 */
#pragma once
#include "spec/spec.h"
struct host;
struct sandbox;

struct user {
	uint32_t uid, gid, umask;
	const uint32_t *groups;
	size_t group_count;
	bool keep_groups; /* run.oci.keep_original_groups, or setgroups is denied and none are asked
			     for */
	bool in_user_namespace; /* new, joined or the caller's: setgroups may be denied there */
	const char *cwd;
	bool cwd_must_exist; /* it is not made when missing (exec) */
	const char **env; /* duplicates merged (last wins, order kept); HOME may still be missing */
	bool needs_home;
	const struct spec_process *process;
};
int user_plan(const struct spec *spec, const struct host *host, struct arena *arena,
	      struct user *ret);
/* setgroups, setresgid, setresuid; keeps the permitted capabilities (PR_SET_KEEPCAPS) for the steps
 * behind it (K22). */
int user_apply(const struct user *u);
int user_umask(const struct user *u);
/* 0, 1, 2 get the program's uid as owner, as runc does, so that it may open /dev/stderr again; with
 * CAP_CHOWN. */
int user_own_stdio(const struct user *u);
/* HOME from the container's /etc/passwd (bounded reader of a hostile file), "/" when not found;
 * returns the environment to use. */
const char **user_environment(const struct user *u, int root_fd, struct arena *arena);
/* Makes cwd when it is missing, root's and 0755, as runc does: before the root becomes read-only.
 */
int user_make_working_directory(const struct user *u, int root_fd);
/*
 * chdir, then checks that the directory is inside the root (CVE-2024-21626); made when missing.
 * After caps_raise_for_setup(): the walk has the user's ids and CAP_DAC_OVERRIDE, so it succeeds
 * where either root or the user may go, as runc's two tries do (a FUSE or NFS mount may refuse
 * root).
 */
int user_working_directory(const struct user *u, int root_fd);
