/*
 * container.h - one container as the user sees it: its state directory, its record, its status, and
 * the verbs. No namespaces here, no options, no printing.
 */
#pragma once
#include "host/host.h"
#include "plan/plan.h"
#include "spec/load.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* --root and what belongs to it; fd -1: it does not exist (yet). */
struct state_root {
	const char *path;
	int fd;
	bool explicit_;
};
/*
 * Default (EC-33): /run/ring3 for real root, $XDG_RUNTIME_DIR/ring3 otherwise; a function of euid,
 * user namespace and XDG_RUNTIME_DIR only.
 */
const char *state_root_default(const struct host *host);
/*
 * Opens it (path NULL: the default); refuses one that others own or may write (T13).  Missing: made
 * with its parents (0700) when create is asked for, otherwise no failure and fd -1.
 */
int state_root_open(struct state_root *r, const char *path, const struct host *host, bool create);

/*
 * ROOT/ID/state.json: written before each resource exists, replaced atomically.  Format version
 * first.
 */
struct state {
	int64_t format; /* STATE_FORMAT */
	const char *id, *bundle, *rootfs, *created, *owner;
	const char *boot_id;
	int64_t pid; /* of init, 0: not cloned yet */
	uint64_t start_time;
	const char *cgroup_mount, *cgroup_path, *cgroup_made;
	/* To be removed; the group only when it has no closID. */
	const char *rdt_mount, *rdt_group, *rdt_monitor;
	int cgroup_manager;
	const char *systemd_unit; /* that the cgroup is in; NULL: none */
	bool systemd_user;	  /* of the owner's own service manager */
	bool owns_pid_namespace;  /* init's death kills the rest */
	bool no_pivot, no_new_keyring;
	bool has_process;		  /* start has something to execute (T-02) */
	bool has_poststart, has_poststop; /* false spares reading the frozen config.json */
	const char *seccomp_agent; /* path of the socket for listeners, NULL: nothing is NOTIFY */
	json_pairs annotations;
};
enum { STATE_FORMAT = 1 };

enum status {
	STATUS_CREATING,
	STATUS_CREATED,
	STATUS_RUNNING,
	STATUS_PAUSED,
	STATUS_STOPPED,
	STATUS_COUNT
};
extern const char *const status_names[STATUS_COUNT];

struct container {
	const struct state_root *root;
	const struct host *host;
	const char *id;
	/*
	 * ROOT/ID.  The lock is flock(2) on this descriptor: it ends with its last copy, so a
	 * process that is cloned from the holder and lives longer than it (init) closes its copy
	 * first.
	 */
	int dir_fd;
	bool locked;
	struct state state;
	bool has_state;	      /* false: killed before the record was written */
	bool missing;	      /* open or lock failed: there is no such container */
	int notify_fd;	      /* see notify.h; -1: nobody listens */
	unsigned end_seconds; /* how long destroy waits for what it killed; 0: WAIT_DELETE */
	struct arena *arena;
};
void container_init(struct container *c, const struct state_root *root, const struct host *host,
		    const char *id);
void container_close(struct container *c);
#define cleanup_container __attribute__((cleanup(container_close)))

/*
 * runc's rule: [A-Za-z0-9_+.-]+, not "." or "..", at most NAME_MAX bytes ("invalid container ID
 * format").
 */
int container_check_id(const char *id);
/* "container with given ID already exists" when it does. Takes the lock. */
int container_new(struct container *c);
/*
 * "container "ID" does not exist".  Reads the record; a missing or half record is has_state ==
 * false, not a failure.
 */
int container_open(struct container *c);
/* The same with the lock held, and the record read only once: for verbs that change a container. */
int container_open_locked(struct container *c);
/*
 * Waits (deadline WAIT_HANDSHAKE) for the lock and reads the record again; does nothing when it is
 * held already.
 */
int container_lock(struct container *c);
/* Without waiting: 1 when it is held now, 0 when another has it. */
int container_try_lock(struct container *c);
/* Also container_close does it. */
void container_unlock(struct container *c);
/* Removes the directory. */
int container_forget(struct container *c);

int state_save(struct container *c);
/* Missing or unreadable: has_state is false.  Fails only for a record of a newer format. */
int state_load(struct container *c);

/*
 * Derived, never stored: from boot id, pid, start time, zombie (EC-31), the gate's file and the
 * freezer. ret_pidfd (may be NULL): pidfd of a living init, the caller's; -1 otherwise.
 */
enum status container_status(struct container *c, int *ret_pidfd);
/*
 * pidfd of a living init, the caller's, or -1: it never was, is dead or a zombie, or its pid
 * belongs to another. Silent.
 */
int container_init_pidfd(const struct container *c);
/* The OCI state document of it. */
void container_state(struct container *c, enum status status, struct spec_state *ret);
/*
 * Name of the user that owns the state directory, "#1000" when /etc/passwd has none.  Valid until
 * the next call.
 */
const char *container_owner(const struct container *c);

/* The verbs.  Each: 0, or -1 with the failure; texts of EC 1.9. */
struct create_options {
	const char *bundle, *config; /* NULL: ".", "config.json" */
	const char *console_socket, *pid_file, *pidfd_socket;
	bool no_pivot, no_new_keyring;
	bool detach, foreground; /* foreground: run without --detach */
	unsigned preserve_fds;
	enum cgroup_manager manager;
	struct notify *notify; /* create fills it in */
};
/* The caller owns the descriptors. */
struct created {
	pid_t pid;
	int pidfd;
	int console_fd;
	bool terminal;
};
/* A failed create leaves nothing. c was initialised, not opened. */
int container_create(struct container *c, const struct create_options *options,
		     struct created *ret);
int container_start(struct container *c);
/* For `run`: what this process has created just now and kept locked needs no second look. */
int container_start_created(struct container *c, const struct created *created);
/* diagnose.c: after a failed start or exec, what the program's file itself says about it; behind
 * the recorded failure.  Each returns -1. */
int container_diagnose_start(struct container *c);
int container_diagnose_exec(struct container *c);
/* What create decides before it makes anything: bundle, config.json, this host, plan. */
int container_plan(const struct host *host, const char *id, const struct create_options *options,
		   struct plan *ret);
/*
 * check.c: what create would find wrong, found by the same code, without making anything.  Calls
 * found for each and returns how many.  The program is looked for where no mount may hide it.
 */
int container_check(const struct host *host, const struct create_options *options,
		    void (*found)(const char *text, void *arg), void *arg);
/*
 * Foreground: relays signals and terminal until init ends; *ret_status: exit code or 128 + signal.
 * container_watch_begin() goes before container_create(): from then on every signal waits (init
 * resets its own mask), so that none that arrives between create and container_watch() is lost.
 */
int container_watch_begin(void);
int container_watch(struct created *created, int *ret_status);
/* The same, and passes on the readiness of the program that comes through notify_fd (borrowed). */
int container_watch_notify(struct created *created, int notify_fd, int *ret_status);

/* What the command line of exec says; NULL, 0 and false: nothing. */
struct exec_options {
	const char *process; /* file with a process object */
	char **args;	     /* the program and its arguments, NULL-terminated; may be empty */
	const char *cwd, *user, *process_label, *apparmor, *cgroup;
	const char **env, **caps, **additional_gids;
	const char *console_socket, *pid_file, *pidfd_socket;
	bool tty, no_new_privs, detach, ignore_paused;
	unsigned preserve_fds;
};
/* A further program in a container that is created or running.  0: it is executed.  Takes no lock:
 * any number of them at the same time. */
int container_exec(struct container *c, const struct exec_options *options, struct created *ret);

/* What the command line of checkpoint and restore says; NULL, 0 and false: nothing. */
struct checkpoint_options {
	const char *images, *work, *parent; /* images NULL: "checkpoint" in the current directory */
	const char *criu;		    /* the program, see criu_find() */
	const char *cgroups_mode, *network_lock, *page_server, *status_fd;
	const char *lsm_profile, *lsm_mount_context;
	const char **empty_ns;
	bool leave_running, pre_dump, tcp_established, tcp_skip_in_flight, tcp_close;
	bool link_remap, ext_unix_sk, shell_job, file_locks, auto_dedup, lazy_pages;
};
/* Into the directory of images; the container ends and is deleted unless it is to go on. */
int container_checkpoint(struct container *c, const struct checkpoint_options *options);
/* The container of the bundle, running again from images.  A failed restore leaves nothing. */
int container_restore(struct container *c, const struct create_options *create,
		      const struct checkpoint_options *options, struct created *ret);

/* mounts.c: what the file lists (an array as config.json's mounts) is mounted into a container that
 * is created, running or paused, all of it or nothing; or unmounted, by its destinations alone.
 * Takes no lock. */
enum { MOUNTS_REMOVE = 1 };
int container_mounts(struct container *c, const char *file, unsigned flags);

/* Changes only what resources asks for, and all of it or nothing. */
int container_update(struct container *c, struct spec_resources *resources);
/* Descriptor of its cgroup, with or without a living init; -1 with a failure, code ENOENT: it is
 * gone. */
int container_open_cgroup(const struct container *c);
/* The freezer of the container's cgroup. */
int container_pause(struct container *c);
int container_resume(struct container *c);
/* Every process of the container as the caller sees it, also when init is dead; malloc'ed. */
int container_processes(struct container *c, pid_t **ret, size_t *ret_count);

enum { KILL_ALL = 1 };
/* KILL_ALL: every process of the cgroup, also when init is dead already; so does SIGKILL to a
 * container without a pid namespace of its own. Takes no lock. */
int container_kill(struct container *c, int signal, unsigned flags);
/* The same, and waits until init has ended and the cgroup is empty. */
int container_kill_and_wait(struct container *c, int signal, unsigned flags, unsigned seconds);
/* Waits until init has ended and the cgroup is empty; one that was not started yet is not waited
 * for.  Takes no lock. */
int container_wait_end(struct container *c, unsigned seconds);
enum { DELETE_FORCE = 1 };
/*
 * Kills where allowed (created; anything with force), destroys, runs poststop hooks. Works from any
 * half state.
 */
int container_delete(struct container *c, unsigned flags);
/*
 * Undoes what the record names, whatever exists of it; the end of a failed create and of delete.  A
 * cgroup in which no init was ever cloned (pid 0) is removed only when it is empty: its processes
 * are not ours.
 */
int container_destroy(struct container *c);
/* Runs one kind of runtime-namespace hooks with this status and pid on stdin. */
int container_hooks(struct container *c, const struct spec *spec, enum hook_kind kind,
		    enum status status, int64_t pid);
/* The frozen copy of config.json (G-10). */
const struct spec *container_spec(struct container *c);

/*
 * Calls each for every container of the root, in the order of names; a neighbour that vanishes is
 * no failure.
 */
int container_each(const struct state_root *root, const struct host *host,
		   int (*each)(struct container *c, void *arg), void *arg);

/*
 * gc.c: what killed runtimes left in the state root, and only that.  A container that was created
 * stays, stopped or not, and so does what another command works on.
 */
/* Why nobody can use it and nobody works on it (c was opened), or NULL. */
const char *container_left_over(struct container *c);
/* Calls found for each of them, then removes it unless dry_run.  One that cannot be removed does
 * not save the others; the last failure counts. */
int container_gc(const struct state_root *root, const struct host *host, bool dry_run,
		 void (*found)(const char *id, const char *why, void *arg), void *arg);

/*
 * seal.c: the runtime's own image (R7, K6): re-executes itself from a read-only clone or a sealed
 * memfd unless it already is one.
 */
int seal_self(char **argv);
