/* plan_print.c - the plan as text: one line a fact, so that a test names the lines that must and
 * must not be there. */
#include "cgroup/cgroup_devices.h"
#include "plan/plan.h"
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static void print_namespaces(const struct plan *p, struct text *out)
{
	const struct namespaces *n = &p->namespaces;

	for (int t = 0; t < NS_COUNT; t++) {
		if (n->join[t])
			text_addf(out, "namespace %s join %s\n",
				  namespace_name((enum namespace_type)t), n->join[t]);
		else if ((n->create & namespace_flags[t]) || (t == NS_TIME && n->new_time))
			text_addf(out, "namespace %s new\n",
				  namespace_name((enum namespace_type)t));
	}
	if (n->needs_joiner)
		text_add(out, "joiner\n");
	if (n->time_offsets)
		text_addf(out, "time offsets %s\n", n->time_offsets);
}

static void print_lines(struct text *out, const char *what, const char *lines)
{
	while (lines && *lines) {
		size_t n = strcspn(lines, "\n");

		text_addf(out, "%s %.*s\n", what, (int)n, lines);
		lines += n + (lines[n] == '\n');
	}
}

static void print_idmap(const struct plan *p, struct text *out)
{
	if (!p->idmap.needed)
		return;
	print_lines(out, "uid map", p->idmap.uid_map);
	print_lines(out, "gid map", p->idmap.gid_map);
	if (p->idmap.deny_setgroups)
		text_add(out, "setgroups deny\n");
	if (p->idmap.use_helpers)
		text_add(out, "maps by newuidmap and newgidmap\n");
}

static void print_rule(const struct device_rule *r, struct text *out)
{
	text_addf(out, "device rule %s %c ", r->allow ? "allow" : "deny", r->type);
	r->major < 0 ? text_add(out, "*:") : text_addf(out, "%lld:", (long long)r->major);
	r->minor < 0 ? text_add(out, "* ") : text_addf(out, "%lld ", (long long)r->minor);
	text_addf(out, "%s%s%s\n", r->access & DEVICE_READ ? "r" : "",
		  r->access & DEVICE_WRITE ? "w" : "", r->access & DEVICE_MKNOD ? "m" : "");
}

static void print_limit(const struct cgroup_write *w, struct text *out)
{
	text_addf(out, "cgroup write %s = %s", w->file, w->value);
	if (w->fallback_file)
		text_addf(out, ", else %s = %s", w->fallback_file, w->fallback_value);
	text_addf(out, "%s\n", w->flags & WRITE_EARLY ? " before the clone" : "");
}

static void print_cgroup(const struct plan *p, struct text *out)
{
	text_addf(out, "cgroup %s\n", p->cgroup.path ? p->cgroup.path : "none");
	if (p->cgroup.optional)
		text_add(out, "cgroup optional\n");
	for (size_t i = 0; p->cgroup.devices && i < p->cgroup.devices->rules.count; i++)
		print_rule(&p->cgroup.devices->rules.items[i], out);
	for (size_t i = 0; i < p->cgroup.limits.writes.count; i++)
		print_limit(&p->cgroup.limits.writes.items[i], out);
	if (p->cgroup.has_owner)
		text_addf(out, "cgroup owner %u\n", p->cgroup.owner);
}

static const char *const mount_kinds[] = {
	[MOUNT_FILESYSTEM] = "filesystem",
	[MOUNT_BIND] = "bind",
	[MOUNT_REMOUNT] = "remount",
	[MOUNT_CGROUP] = "cgroup",
};

static void print_mount(const struct mount_op *op, struct text *out)
{
	text_addf(out, "mount %s %s", op->destination, mount_kinds[op->kind]);
	if (op->type)
		text_addf(out, " type=%s", op->type);
	if (op->source)
		text_addf(out, " source=%s", op->source);
	if (op->recursive)
		text_add(out, " recursive");
	if (op->attr_set)
		text_addf(out, " set=0x%llx", (unsigned long long)op->attr_set);
	if (op->attr_clear)
		text_addf(out, " clear=0x%llx", (unsigned long long)op->attr_clear);
	if (op->rec_set)
		text_addf(out, " rset=0x%llx", (unsigned long long)op->rec_set);
	if (op->rec_clear)
		text_addf(out, " rclear=0x%llx", (unsigned long long)op->rec_clear);
	if (op->sb_set)
		text_addf(out, " sb=0x%llx", (unsigned long long)op->sb_set);
	for (size_t i = 0; i < op->propagation.count; i++)
		text_addf(out, " propagation=0x%llx", (unsigned long long)op->propagation.items[i]);
	for (const char **d = op->data; d && *d; d++)
		text_addf(out, " data=%s", *d);
	text_addf(out, "%s%s%s\n", op->tmpcopyup ? " tmpcopyup" : "", op->idmap ? " idmap" : "",
		  op->bind_fallback ? " from-host" : "");
}

static void print_mounts(const struct plan *p, struct text *out)
{
	const struct mounts *m = &p->mounts;

	text_addf(out, "root %s%s%s\n", m->root, m->readonly_root ? " readonly" : "",
		  m->no_pivot ? " no-pivot" : "");
	text_addf(out, "propagation 0x%llx\n", (unsigned long long)m->propagation);
	if (m->root_propagation)
		text_addf(out, "root propagation 0x%llx\n",
			  (unsigned long long)m->root_propagation);
	for (size_t i = 0; i < m->ops.count; i++)
		print_mount(&m->ops.items[i], out);
}

static void print_devices(const struct plan *p, struct text *out)
{
	if (p->devices.skip)
		text_add(out, "devices of the host\n");
	for (size_t i = 0; !p->devices.skip && i < p->devices.nodes.count; i++) {
		const struct device *d = &p->devices.nodes.items[i];

		text_addf(out, "device %s %c %u:%u %04o %u:%u%s\n", d->path,
			  S_ISBLK(d->mode)    ? 'b'
			  : S_ISFIFO(d->mode) ? 'p'
					      : 'c',
			  major(d->number), minor(d->number), d->mode & 07777, d->uid, d->gid,
			  p->devices.bind ? " bind" : "");
	}
}

static void print_list(struct text *out, const char *what, const char *const *items)
{
	for (; items && *items; items++)
		text_addf(out, "%s %s\n", what, *items);
}

static void print_caps(struct text *out, const char *set, uint64_t caps)
{
	text_addf(out, "caps %s 0x%llx\n", set, (unsigned long long)caps);
}

static void print_user(const struct plan *p, struct text *out)
{
	const struct user *u = &p->user;

	text_addf(out, "user %u:%u umask %04o cwd %s\n", u->uid, u->gid, u->umask, u->cwd);
	for (size_t i = 0; i < u->group_count; i++)
		text_addf(out, "group %u\n", u->groups[i]);
	if (u->keep_groups)
		text_add(out, "groups kept\n");
	print_list(out, "env", u->env);
	print_caps(out, "bounding", p->caps.bounding);
	print_caps(out, "effective", p->caps.effective);
	print_caps(out, "permitted", p->caps.permitted);
	print_caps(out, "inheritable", p->caps.inheritable);
	print_caps(out, "ambient", p->caps.ambient);
}

static void print_process(const struct plan *p, struct text *out)
{
	const struct spec_process *process = p->spec->process;

	if (!process) {
		text_add(out, "process none\n");
		return;
	}
	print_list(out, "arg", process->args);
	print_user(p, out);
	if (process->no_new_privileges)
		text_add(out, "no new privileges\n");
	if (p->terminal.wanted)
		text_addf(out, "terminal %ux%u\n", p->terminal.columns, p->terminal.rows);
	if (p->labels.apparmor)
		text_addf(out, "apparmor %s\n", p->labels.apparmor);
	if (p->labels.selinux)
		text_addf(out, "selinux %s\n", p->labels.selinux);
}

void plan_print(const struct plan *p, struct text *out)
{
	print_namespaces(p, out);
	print_idmap(p, out);
	print_cgroup(p, out);
	print_mounts(p, out);
	print_devices(p, out);
	print_list(out, "masked", p->hidden_paths.masked);
	print_list(out, "readonly", p->hidden_paths.readonly);
	if (p->uts.hostname)
		text_addf(out, "hostname %s\n", p->uts.hostname);
	if (p->uts.domainname)
		text_addf(out, "domainname %s\n", p->uts.domainname);
	for (size_t i = 0; p->sysctls.pairs && i < p->sysctls.pairs->count; i++)
		text_addf(out, "sysctl %s = %s\n", p->sysctls.files[i],
			  p->sysctls.pairs->items[i].value);
	if (p->net.new_namespace)
		text_add(out, "loopback up\n");
	if (p->rdt.spec)
		text_addf(out, "resctrl %s/%s%s\n", p->rdt.mount, p->rdt.group,
			  p->rdt.own ? ", removed on delete" : "");
	if (p->rdt.monitor)
		text_addf(out, "resctrl monitoring %s\n", p->rdt.monitor);
	for (size_t i = 0; i < p->spec->linux_.net_devices.count; i++) {
		const struct spec_net_device *d = &p->spec->linux_.net_devices.items[i];

		text_addf(out, "network device %s as %s\n", d->host_name,
			  d->name ? d->name : d->host_name);
	}
	if (p->settings.new_keyring)
		text_addf(out, "keyring %s\n", p->settings.keyring_name);
	text_addf(out, "seccomp %s\n", p->seccomp.wanted ? "filter" : "none");
	if (p->seccomp.agent)
		text_addf(out, "seccomp agent %s\n", p->seccomp.agent);
	print_process(p, out);
}
