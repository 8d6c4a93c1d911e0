/* load.h - a bundle directory into an immutable spec.  No look-ups on the host. */
#pragma once
#include "spec/spec.h"

/*
 * Reads NAME (NULL: "config.json") in the bundle directory (NULL: "."), parses it strictly, fills
 * the structs and applies the rules between members (spec_check).  Returns the spec, or NULL with a
 * failure that says file:line:column. spec->arena owns everything; it lives until the process ends,
 * arena_free() is for tests and fuzzing.
 */
const struct spec *spec_load(const char *bundle, const char *name);
/* The same for text in memory (frozen copy, tests, fuzzing); name is for messages, bundle must be
 * absolute. Copies text. */
const struct spec *spec_parse(const char *name, const char *text, size_t size, const char *bundle);
/* What the runtime itself adds to a document, before the plan is made of it: a private read-only
 * bind, and a variable of the program (there must be one), behind those that are there.  Each once:
 * a list has room for one more.  The frozen copy does not have them. */
void spec_add_bind(const struct spec *spec, const char *destination, const char *source,
		   int tree_fd);
void spec_add_env(const struct spec *spec, const char *variable);
/* Releases a spec and its document; only tests and fuzzing need it. NULL is fine. */
void spec_free(const struct spec *spec);

/*
 * A process object alone, as `exec --process` gets it, from a path of the host; checked like that
 * of a config.json.  NULL with a failure that names the file.  It lives until the process ends.
 */
struct spec_process *spec_load_process(const char *path);
/* linux.resources alone, as `update` gets it.  Rules between members are not checked: some may
 * stand in the cgroup. */
struct spec_resources *spec_parse_resources(const char *name, const char *text, size_t size);

/*
 * The mounts of a config.json alone, an array, as `mounts` gets it, from a path of the host: put in
 * the place of those of spec, whose copy comes back.  NULL with a failure that names the file.  It
 * lives until the process ends.
 */
const struct spec *spec_load_mounts(const struct spec *spec, const char *path);

/* The rules between members, in spec_check.c: one row and one small function each.  While failures
 * are collected (fail_collect()) all of them are asked. */
int spec_check(const struct spec *spec);
/* The same for parts that come alone: exec's process.json, update's merged resources (check those
 * after merging). */
int spec_check_process(const struct spec_process *process);
int spec_check_resources(const struct spec_resources *resources);
int spec_check_mounts(const struct spec *spec);

/* The default config.json (config/default.json, compiled in) for `spec`; rootless: edited for euid
 * and egid. Appends to out. */
void spec_default(struct text *out);
void spec_default_rootless(struct text *out, uint32_t euid, uint32_t egid);

/* The state object of the OCI runtime-spec: hooks' stdin, `state`, `list`. */
struct spec_state {
	const char *version; /* of the runtime-spec: spec_state_write() fills in SPEC_VERSION */
	const char *id, *status;
	int64_t pid; /* 0: none */
	const char *bundle, *rootfs, *created, *owner;
	json_pairs annotations;
};
extern const struct json_shape spec_state_shape;
/* ociVersion is written as SPEC_VERSION. */
void spec_state_write(struct text *out, const struct spec_state *state, enum json_style style);
/* The container process state, for a seccomp agent: of a listener of pid, which is sent along. */
void spec_process_state_write(struct text *out, const struct spec_state *state, int64_t pid,
			      const char *metadata);
#define SPEC_VERSION "1.3.0"
