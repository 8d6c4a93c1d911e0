/* process_settings.c - small properties of the process, each one call at the right place. */
#include "sandbox/process_settings.h"
#include "base/file.h"
#include "base/log.h"
#include "base/process.h"
#include "base/syscalls.h"
#include "host/host.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	WORD_BITS = 8 * sizeof(unsigned long),
	NODES = 16 * WORD_BITS,
	CPUS = 65536 /* as the reader of execCPUAffinity has it */
};

/* Reads "N" at *s and steps over it and the blanks around it. */
static int next_number(const char **s, size_t limit, size_t *ret)
{
	char *end;
	unsigned long value;

	*s += strspn(*s, " ");
	value = strtoul(*s, &end, 10);
	if (end == *s || **s == '-' || **s == '+' || value >= limit)
		return -1;
	*s = end + strspn(end, " ");
	*ret = value;
	return 0;
}

/* "0-3,7" into a bit mask of so many bits. */
static int parse_list(const char *s, unsigned long *mask, size_t bits)
{
	size_t first, last;

	for (;; s++) {
		if (next_number(&s, bits, &first) < 0)
			return -1;
		last = first;
		if (*s == '-' && (s++, next_number(&s, bits, &last)) < 0)
			return -1;
		if (last < first)
			return -1;
		for (size_t n = first; n <= last; n++)
			mask[n / WORD_BITS] |= 1UL << n % WORD_BITS;
		if (*s != ',')
			return *s ? -1 : 0;
	}
}

static int plan_memory_policy(const struct spec_memory_policy *m, struct process_settings *p)
{
	if (!m)
		return 0;
	if (text_is_set(m->nodes) && parse_list(m->nodes, p->mempolicy_nodes, NODES) < 0)
		return fail_at(&m->nodes, 0, "\"%s\" is not a list of nodes like \"0-3,7\"",
			       m->nodes);
	p->mempolicy_mode = m->mode;
	for (size_t i = 0; i < m->flags.count; i++)
		p->mempolicy_mode |= m->flags.items[i];
	return 0;
}

int process_settings_plan(const struct spec *spec, const struct host *host, const char *id,
			  bool new_keyring, struct arena *arena, struct process_settings *ret)
{
	struct process_settings p = {
		.process = spec->process,
		.linux_ = &spec->linux_,
		.new_keyring = new_keyring,
		.keyring_name = new_keyring ? arena_printf(arena, "_ses.%s", id) : NULL,
		.user_namespace = spec_has_namespace(spec, NS_USER, NULL),
		.selinux_label = spec->process ? spec->process->selinux_label : NULL,
		.may_keep_oom_score = host->rootless,
	};

	if (plan_memory_policy(spec->linux_.memory_policy, &p) < 0)
		return -1;
	*ret = p;
	return 0;
}

/* Rights of a key, keyctl(2): those of a new session keyring, and who may search it. */
enum key_rights {
	KEY_POSSESSOR_ALL = 0x3f000000,
	KEY_USER_VIEW = 0x00010000,
	KEY_USER_READ = 0x00020000,
	KEY_USER_SEARCH = 0x00080000,
	KEY_USER_LINK = 0x00100000,
	KEY_OTHER_SEARCH = 0x00000008
};

static int fail_keyring(const struct process_settings *p, int code)
{
	if (code == EDQUOT)
		return fail(code,
			    "make session keyring %s: uid %u has no keys left (/proc/key-users, "
			    "/proc/sys/kernel/keys/maxkeys; --no-new-keyring goes without)",
			    p->keyring_name, geteuid());
	return fail(code, "make session keyring %s (--no-new-keyring goes without)",
		    p->keyring_name);
}

/*
 * Like runc: the owner may search the ring, so that an exec with the same uid finds the keys; in a
 * user namespace the owner is somebody else's uid, so everybody may.
 */
static int join_keyring(const struct process_settings *p, int self_fd)
{
	const char *keycreate = self_fd < 0 ? "/proc/thread-self/attr/keycreate" : "attr/keycreate";
	unsigned long rights = KEY_POSSESSOR_ALL | KEY_USER_VIEW | KEY_USER_READ | KEY_USER_LINK |
			       (p->user_namespace ? KEY_OTHER_SEARCH : KEY_USER_SEARCH);
	long ring;

	if (!p->new_keyring)
		return 0;
	/* The label of keys made from here on; execve forgets it. */
	if (text_is_set(p->selinux_label) &&
	    file_write(self_fd < 0 ? AT_FDCWD : self_fd, keycreate, p->selinux_label) < 0)
		return fail_in_at(&p->process->selinux_label);
	ring = sys_keyctl(KEYCTL_JOIN_SESSION_KEYRING, (unsigned long)p->keyring_name, 0, 0, 0);
	if (ring < 0 && errno == ENOSYS) {
		log_debug("no session keyring: the kernel has no keys"); /* then none can be shared
									    either */
		return 0;
	}
	if (ring < 0)
		return fail_keyring(p, errno);
	if (sys_keyctl(KEYCTL_SETPERM, (unsigned long)ring, rights, 0, 0) < 0)
		return fail(errno, "set the rights of session keyring %s", p->keyring_name);
	return 0;
}

int process_settings_session(const struct process_settings *p, int self_fd)
{
	/* EPERM: leads its group already, so it was called before; a fresh clone never does. */
	if (setsid() < 0 && errno != EPERM)
		return fail(errno, "make a session");
	if (join_keyring(p, self_fd) < 0)
		return -1;
	return process_unblock_signals();
}

int process_settings_own(const struct process_settings *p)
{
	const struct spec_personality *domain = p->linux_->personality;
	const struct spec_memory_policy *memory = p->linux_->memory_policy;

	if (domain && personality((unsigned long)domain->domain) < 0)
		return fail_at(&domain->domain, errno, "set the personality");
	/* maxnode counts one more than there are bits, set_mempolicy(2). */
	if (memory && sys_set_mempolicy(p->mempolicy_mode, p->mempolicy_nodes, NODES + 1) < 0)
		return fail_at(memory, errno, "set the memory policy");
	return 0;
}

static int apply_rlimits(const struct spec_process *process, int pid)
{
	for (size_t i = 0; i < process->rlimits.count; i++) {
		const struct spec_rlimit *r = &process->rlimits.items[i];
		const struct rlimit limit = { .rlim_cur = r->soft, .rlim_max = r->hard };

		/* The enum is glibc's idea of the first argument; the number is the kernel's. */
		if (prlimit(pid, (enum __rlimit_resource)r->type, &limit, NULL) < 0)
			return fail_at(r, errno, "set %s to %" PRIu64 ":%" PRIu64,
				       name_of(rlimit_names, r->type), r->soft, r->hard);
	}
	return 0;
}

static bool has_oom_score(int proc_fd, const char *name, const char *wanted)
{
	char line[16];

	return file_read_line(proc_fd, name, line, sizeof line) >= 0 && !strcmp(line, wanted);
}

int process_settings_oom_score(const struct process_settings *p, int proc_fd, int pid)
{
	char name[64], value[16];
	int code;

	if (!p->process || !p->process->oom_score_adj.set)
		return 0;
	snprintf(name, sizeof name, "%d/oom_score_adj", pid);
	snprintf(value, sizeof value, "%d", (int)p->process->oom_score_adj.value);
	if (file_write(proc_fd, name, value) == 0)
		return 0;
	code = failure()->code;
	if (!p->may_keep_oom_score || (code != EACCES && code != EPERM))
		return fail_at(&p->process->oom_score_adj, code, "set oom_score_adj to %s", value);
	if (!has_oom_score(proc_fd, name, value))
		log_warning("oom_score_adj stays as it was, the caller may not set it to %s",
			    value);
	return 0;
}

static int apply_scheduler(const struct spec_scheduler *s, int pid)
{
	struct sched_attr_args a = { .size = sizeof a };

	if (!s)
		return 0;
	a.sched_policy = (uint32_t)s->policy;
	a.sched_nice = (int32_t)s->nice;
	a.sched_priority = (uint32_t)s->priority;
	a.sched_runtime = s->runtime;
	a.sched_deadline = s->deadline;
	a.sched_period = s->period;
	for (size_t i = 0; i < s->flags.count; i++)
		a.sched_flags |= (uint64_t)s->flags.items[i];
	if (sys_sched_setattr(pid, &a) < 0)
		return fail_at(s, errno, "set scheduler policy %s, nice %d, priority %d",
			       name_of(scheduler_policies, s->policy), (int)s->nice,
			       (int)s->priority);
	return 0;
}

static int apply_io_priority(const struct spec_io_priority *io, int pid)
{
	if (!io)
		return 0;
	if (sys_ioprio_set(IOPRIO_WHO_PROCESS, pid,
			   io->class << IOPRIO_CLASS_SHIFT | (int)io->priority) < 0)
		return fail_at(io, errno, "set I/O priority %s:%d",
			       name_of(io_priority_classes, io->class), (int)io->priority);
	return 0;
}

int process_settings_limits(const struct process_settings *p, int proc_fd, int pid)
{
	if (!p->process)
		return 0;
	/* The scheduler last: from there the child may be slow to answer. */
	if (apply_rlimits(p->process, pid) < 0 || process_settings_oom_score(p, proc_fd, pid) < 0 ||
	    apply_io_priority(p->process->io_priority, pid) < 0 ||
	    apply_scheduler(p->process->scheduler, pid) < 0)
		return -1;
	return 0;
}

static int set_cpus(const char *const *list, int pid)
{
	unsigned long mask[CPUS / WORD_BITS] = { 0 };

	if (!text_is_set(*list))
		return 0;
	if (parse_list(*list, mask, CPUS) < 0)
		return fail_at(list, 0, "\"%s\" is not a list of CPUs like \"0-3,7\"", *list);
	if (sched_setaffinity(pid, sizeof mask, (const cpu_set_t *)mask) < 0)
		return fail_at(list, errno, "run on CPUs %s", *list);
	return 0;
}

int process_settings_initial_cpus(const struct process_settings *p)
{
	const struct spec_affinity *a = p->process ? p->process->exec_cpu_affinity : NULL;

	return a ? set_cpus(&a->initial, 0) : 0;
}

int process_settings_final_cpus(const struct process_settings *p, int pid)
{
	const struct spec_affinity *a = p->process ? p->process->exec_cpu_affinity : NULL;

	return a ? set_cpus(&a->final, pid) : 0;
}
