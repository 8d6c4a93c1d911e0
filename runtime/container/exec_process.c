/* exec_process.c - the container's process, the file of --process, and the flags into one. */
#include "container/exec_process.h"
#include "base/fail.h"
#include "container/container.h"
#include "spec/load.h"
#include <string.h>

int exec_user(const char *text, uint32_t *uid, uint32_t *gid)
{
	char number[16] = "";
	size_t length = strcspn(text, ":");
	uint64_t u, g = *gid;

	if (length < sizeof number)
		memcpy(number, text, length);
	/* The last number means "leave it" to the kernel, which then would be root. */
	if (text_to_u64(number, UINT32_MAX - 1, &u) < 0 ||
	    (text[length] && text_to_u64(text + length + 1, UINT32_MAX - 1, &g) < 0))
		return fail(0, "--user \"%s\": UID or UID:GID, numbers from 0 to 4294967294", text);
	*uid = (uint32_t)u;
	*gid = (uint32_t)g;
	return 0;
}

static size_t count_of(const char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

/* first, then second, as one list. */
static const char **join(struct arena *arena, const char *const *first, const char *const *second)
{
	size_t a = count_of(first), b = count_of(second);
	const char **both = ARENA_ARRAY(arena, a + b + 1, const char *);

	for (size_t i = 0; i < a; i++)
		both[i] = first[i];
	for (size_t i = 0; i < b; i++)
		both[a + i] = second[i];
	return both;
}

static int add_environment(struct arena *arena, const char *const *env, struct spec_process *p)
{
	for (const char *const *e = env; e && *e; e++)
		if (!strchr(*e, '=') || **e == '=')
			return fail(0, "--env \"%s\": NAME=VALUE was expected", *e);
	if (env)
		p->env = join(arena, p->env, env);
	return 0;
}

static int add_groups(struct arena *arena, const char *const *gids, struct spec_process *p)
{
	const size_t old = p->user.additional_gids.count, more = count_of(gids);
	uint32_t *all;
	uint64_t gid;

	if (!more)
		return 0;
	all = ARENA_ARRAY(arena, old + more, uint32_t);
	if (old)
		memcpy(all, p->user.additional_gids.items, old * sizeof *all);
	for (size_t i = 0; i < more; i++) {
		if (text_to_u64(gids[i], UINT32_MAX - 1, &gid) < 0)
			return fail(0, "--additional-gids \"%s\": a number was expected", gids[i]);
		all[old + i] = (uint32_t)gid;
	}
	p->user.additional_gids.items = all;
	p->user.additional_gids.count = old + more;
	return 0;
}

/* Those of caps that the set has. */
static const char *const *common(struct arena *arena, const char *const *caps,
				 const char *const *set)
{
	const char **both = ARENA_ARRAY(arena, count_of(caps) + 1, const char *);
	size_t count = 0;

	for (; *caps; caps++)
		for (const char *const *name = set; name && *name; name++)
			if (!strcmp(*caps, *name)) {
				both[count++] = *caps;
				break;
			}
	return both;
}

/* Never inheritable: a program with file capabilities would hand them on (CVE-2022-29162).  What is
 * inheritable already becomes ambient as well, as with runc: so it reaches programs of any user. */
static void add_caps(struct arena *arena, const char *const *caps, struct spec_process *p)
{
	struct spec_capabilities *c;

	if (!caps)
		return;
	c = ARENA_NEW(arena, struct spec_capabilities);
	if (p->capabilities)
		*c = *p->capabilities;
	c->bounding = join(arena, c->bounding, caps);
	c->effective = join(arena, c->effective, caps);
	c->permitted = join(arena, c->permitted, caps);
	caps = common(arena, caps, c->inheritable);
	if (*caps)
		c->ambient = join(arena, c->ambient, caps);
	p->capabilities = c;
}

static int apply_flags(struct arena *arena, const struct exec_options *o, struct spec_process *p)
{
	if (o->cwd && *o->cwd != '/')
		return fail(0, "--cwd \"%s\": an absolute path was expected", o->cwd);
	if (o->user && exec_user(o->user, &p->user.uid, &p->user.gid) < 0)
		return -1;
	if (add_environment(arena, o->env, p) < 0 || add_groups(arena, o->additional_gids, p) < 0)
		return -1;
	add_caps(arena, o->caps, p);
	if (o->cwd)
		p->cwd = o->cwd;
	if (o->process_label)
		p->selinux_label = o->process_label;
	if (o->apparmor)
		p->apparmor_profile = o->apparmor;
	p->terminal |= o->tty;
	p->no_new_privileges |= o->no_new_privs;
	return 0;
}

/* What a file leaves out is as in the container. */
static void inherit(struct spec_process *p, const struct spec_process *of)
{
	if (!p->capabilities)
		p->capabilities = of->capabilities;
	if (!p->rlimits.count)
		p->rlimits = of->rlimits;
	if (!text_is_set(p->apparmor_profile))
		p->apparmor_profile = of->apparmor_profile;
	if (!text_is_set(p->selinux_label))
		p->selinux_label = of->selinux_label;
	if (!p->oom_score_adj.set)
		p->oom_score_adj = of->oom_score_adj;
	if (!p->scheduler)
		p->scheduler = of->scheduler;
	if (!p->io_priority)
		p->io_priority = of->io_priority;
	if (!p->exec_cpu_affinity)
		p->exec_cpu_affinity = of->exec_cpu_affinity;
	if (!p->user.umask.set)
		p->user.umask = of->user.umask;
}

static struct spec_process *from_file(const struct spec *spec, const struct exec_options *o)
{
	struct spec_process *p = spec_load_process(o->process);

	if (!p) {
		fail_in("--process");
		return NULL;
	}
	if (spec->process)
		inherit(p, spec->process);
	return p;
}

static struct spec_process *from_container(const struct spec *spec, const struct exec_options *o)
{
	struct spec_process *p = ARENA_NEW(spec->arena, struct spec_process);

	if (!o->args || !*o->args) {
		fail(0, "no program to execute: give its name and arguments, or --process FILE");
		return NULL;
	}
	if (!spec->process) {
		fail(0, "the container's config.json has no process: --process FILE is needed");
		return NULL;
	}
	*p = *spec->process;
	p->args = (const char **)o->args;
	p->terminal = false; /* --tty decides */
	p->console_size = NULL;
	return p;
}

struct spec_process *exec_process(const struct spec *spec, const struct exec_options *o)
{
	struct spec_process *p = o->process ? from_file(spec, o) : from_container(spec, o);

	return p && apply_flags(spec->arena, o, p) == 0 ? p : NULL;
}

static bool has_dots(const char *path)
{
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && !strncmp(path, "..", n))
			return true;
		path += n + (path[n] == '/');
	}
	return false;
}

const char *exec_cgroup(const char *container_path, const char *option, struct arena *arena)
{
	if (!option)
		return container_path;
	if (has_dots(option)) {
		fail(0, "--cgroup %s: \"..\" leads out of the container's cgroup", option);
		return NULL;
	}
	if (strchr(option, ':')) {
		fail(0,
		     "--cgroup %s: cgroup v2 has no hierarchies by controller, give the path alone",
		     option);
		return NULL;
	}
	return arena_printf(arena, "%s/%s", container_path, option);
}
