#include "cgroup/cgroup_refusal.h"
#include "base/fail.h"
#include "base/text.h"
#include "cgroup/cgroup.h"
#include "cgroup/cgroup_limits.h"
#include "host/host.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool cgroup_is_refusal(int code)
{
	return code == EACCES || code == EPERM || code == EROFS;
}

/* The path, or of what is missing the nearest that is there.  false: not even the mount is. */
static bool find_existing(char full[PATH_MAX], size_t mount_length, struct stat *st)
{
	while (stat(full, st) < 0) {
		char *slash = strrchr(full + mount_length, '/');

		if (!slash)
			return false;
		*slash = '\0';
	}
	return true;
}

/* host_user() has one answer at a time. */
static void name_of_user(uid_t uid, char out[64])
{
	snprintf(out, 64, "%s", host_user(uid));
}

/* "; /sys/fs/cgroup/a belongs to root, the caller is user" */
static void add_owner(const struct cgroup_plan *plan, const char *path, struct text *out)
{
	char full[PATH_MAX], owner[64], caller[64];
	struct stat st;

	snprintf(full, sizeof full, "%s%s", plan->mount, path);
	if (!find_existing(full, strlen(plan->mount), &st))
		return;
	name_of_user(st.st_uid, owner);
	name_of_user(plan->host->euid, caller);
	text_addf(out, "; %s belongs to %s, the caller is %s", full, owner, caller);
}

static bool has_systemd(void)
{
	return access("/run/systemd/system", F_OK) == 0; /* sd_booted(3) */
}

/* A cgroup of his own for the shell, and one above it that is his, where containers go. */
static void add_handing_over(const struct cgroup_plan *plan, struct text *out)
{
	const char *words = host_cgroup_controllers(plan->host);
	char user[64];

	name_of_user(plan->host->euid, user);
	text_addf(out, "; root hands one over with: sudo sh -c 'cd %s && echo ", plan->mount);
	for (size_t n; *words; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		text_addf(out, "+%.*s ", (int)n, words);
	}
	text_addf(out,
		  ">cgroup.subtree_control && mkdir -p %s/shell && chown -R %s %s && echo %d "
		  ">%s/shell/cgroup.procs'",
		  user, user, user, (int)getppid(), user);
}

/* The recorded failure so far, to be added to. */
static void begin(struct text *out)
{
	text_add(out, failure()->text);
}

static int end(const struct text *all)
{
	return fail_copy(failure()->code, all->data, all->length);
}

int cgroup_explain_place(const struct cgroup_plan *plan, const char *path)
{
	cleanup_text struct text all = { 0 };

	if (!plan->host || !plan->host->rootless)
		return -1;
	begin(&all);
	add_owner(plan, path, &all);
	if (has_systemd())
		text_add(&all, "; in a cgroup of one's own it works: systemd-run --user --scope -p "
			       "Delegate=yes ring3 ...");
	else
		add_handing_over(plan, &all);
	return end(&all);
}

int cgroup_explain_make(const struct cgroup_plan *plan)
{
	const struct cgroup_write *limit = cgroup_limits_asked(&plan->limits);

	if (cgroup_is_refusal(failure()->code))
		cgroup_explain_place(plan, plan->path);
	return limit ? json_fail_in_at(limit->member, limit->member_size) : -1;
}

/* What Delegate= takes, systemd.resource-control(5). */
#define DELEGATED "cpu cpuset io memory pids"

int cgroup_explain_controller(const struct cgroup_plan *plan, const char *path,
			      const char *controller)
{
	cleanup_text struct text all = { 0 };

	if (!plan->host || !plan->host->rootless)
		return -1;
	begin(&all);
	add_owner(plan, path, &all);
	if (!has_systemd())
		add_handing_over(plan, &all);
	else if (strstr(" " DELEGATED " ", controller))
		text_add(&all, "; root delegates it, from the next login on, with: printf "
			       "'[Service]\\nDelegate=" DELEGATED "\\n' | sudo install -D -m 644 "
			       "/dev/stdin /etc/systemd/system/user@.service.d/delegate.conf && "
			       "sudo systemctl daemon-reload");
	else
		text_addf(&all,
			  "; systemd delegates " DELEGATED ", not %s: leave the limit out, or run "
			  "as root",
			  controller);
	return end(&all);
}
