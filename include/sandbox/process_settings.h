/*
 * process_settings.h - rlimits, oom score, scheduler, I/O priority, memory policy, personality,
 * keyring, session: small things that need a name table, a plan and one call each.
 */
#pragma once
#include "spec/spec.h"
struct host;

struct process_settings {
	const struct spec_process *process; /* NULL: none */
	const struct spec_linux *linux_;
	bool new_keyring;
	const char *keyring_name; /* "_ses.ID" */
	bool user_namespace;	  /* new or joined: who may search the keyring */
	const char *selinux_label;
	bool may_keep_oom_score; /* rootless: lowering may be refused, the old value stays with a
				    log line */
	unsigned long mempolicy_nodes[16]; /* bit mask, parsed from memoryPolicy.nodes */
	int mempolicy_mode; /* with its flags; used when linux_->memory_policy is there */
};
int process_settings_plan(const struct spec *spec, const struct host *host, const char *id,
			  bool new_keyring, struct arena *arena, struct process_settings *ret);
/* Child, early: setsid, session keyring (an existing one of its name is joined), signals reset
 * (EC-16).  self_fd: /proc/thread-self as of sandbox.h; -1: the host's /proc is still there. */
int process_settings_session(const struct process_settings *p, int self_fd);
/* Child: what has no form by pid: personality, memory policy. */
int process_settings_own(const struct process_settings *p);
/* Parent, by pid (K8): rlimits, oom score, scheduler, nice, I/O priority. proc_fd: /proc. */
int process_settings_limits(const struct process_settings *p, int proc_fd, int pid);
/* Parent: the oom score alone.  An unprivileged parent can write it only while the child is
 * dumpable, that is while it answers "map ids" (K7); process_settings_limits() finds it done then.
 */
int process_settings_oom_score(const struct process_settings *p, int proc_fd, int pid);
/* The CPUs of execCPUAffinity: of the caller before it clones (P-33), and of the process, by pid,
 * once it is in its cgroup (P-34). */
int process_settings_initial_cpus(const struct process_settings *p);
int process_settings_final_cpus(const struct process_settings *p, int pid);
