/* The program's identity: ids, groups, environment, HOME, working directory. */
#include "test.h"
#include "base/fail.h"
#include "host/host.h"
#include "sandbox/attest.h"
#include "sandbox/caps.h"
#include "sandbox/user.h"
#include "spec_cases.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct host root = { .caps = ~UINT64_C(0), .cap_last = 40, .proc_fd = -1 };
static const struct host user = { .euid = 1000, .egid = 1000, .rootless = true, .proc_fd = -1 };

#define WHO(members, more)                                                                         \
	DOCUMENT(",'process':{'user':{" members "},'args':['sh'],'cwd':'/'}" more)

static int plan_text(const char *text, const struct host *host, struct user *u,
		     const struct spec **ret)
{
	*ret = parse_valid(text);
	return user_plan(*ret, host, (*ret)->arena, u);
}

static void umask_has_a_default(void **state)
{
	static const struct {
		const char *text;
		uint32_t umask;
	} cases[] = {
		{ WHO("'uid':0,'gid':0", ""), 0022 },
		{ WHO("'uid':0,'gid':0,'umask':0", ""), 0 },
		{ WHO("'uid':0,'gid':0,'umask':63", ""), 077 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct spec *spec;
		struct user u;

		assert_int_equal(plan_text(cases[i].text, &root, &u, &spec), 0);
		assert_int_equal(u.umask, cases[i].umask);
		spec_free(spec);
	}
}

#define ONE_ID                                                                                     \
	",'linux':{'namespaces':[{'type':'user'}],'uidMappings':[{'containerID':0,'hostID':1000,'" \
	"size':1}],"                                                                               \
	"'gidMappings':[{'containerID':0,'hostID':1000,'size':1}]}"

static void ids_must_be_mapped(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ WHO("'uid':0,'gid':0", ONE_ID), NULL },
		{ WHO("'uid':1,'gid':0", ONE_ID),
		  "process.user.uid: uid 1 is not in linux.uidMappings" },
		{ WHO("'uid':0,'gid':1", ONE_ID),
		  "process.user.gid: gid 1 is not in linux.gidMappings" },
		{ WHO("'uid':0,'gid':0,'additionalGids':[0,2]", ONE_ID),
		  "process.user.additionalGids: gid 2" },
		{ WHO("'uid':4294967295,'gid':0", ""), "process.user.uid" },
		{ WHO("'uid':0,'gid':4294967295", ""), "process.user.gid" },
		{ WHO("'uid':4294967294,'gid':77", ""), NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct spec *spec;
		struct user u;
		int result = plan_text(cases[i].text, &root, &u, &spec);

		if ((result < 0) != !!cases[i].error)
			fail_msg("%s: %s", cases[i].text,
				 result < 0 ? failure()->text : "accepted");
		if (cases[i].error && !strstr(failure()->text, cases[i].error))
			fail_msg("says \"%s\", not \"%s\"", failure()->text, cases[i].error);
		spec_free(spec);
	}
}

static void groups_where_setgroups_is_denied(void **state)
{
	const struct spec *none, *some, *kept;
	struct user u;

	(void)state;
	assert_int_equal(plan_text(WHO("'uid':0,'gid':0", ONE_ID), &user, &u, &none), 0);
	assert_true(u.keep_groups);
	assert_int_equal(
		plan_text(WHO("'uid':0,'gid':0,'additionalGids':[0]", ONE_ID), &user, &u, &some),
		-1);
	assert_int_equal(plan_text(WHO("'uid':0,'gid':0",
				       ",'annotations':{'run.oci.keep_original_groups':'1'}"),
				   &root, &u, &kept),
			 0);
	assert_true(u.keep_groups);
	spec_free(none);
	spec_free(some);
	spec_free(kept);
}

static void environment_is_merged(void **state)
{
	static const struct {
		const char *env, *merged[5];
		bool needs_home;
	} cases[] = {
		{ "'A=1','B=2'", { "A=1", "B=2" }, true },
		{ "'A=1','B=2','A=3'", { "B=2", "A=3" }, true },
		{ "'A=1','AA=2','A=','A=x=y'", { "AA=2", "A=x=y" }, true },
		{ "'HOME=/h','X=\\n'", { "HOME=/h", "X=\n" }, false },
		{ "'HOME=/h','HOME='", { "HOME=" }, true },
		{ "", { NULL }, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[512];
		const struct spec *spec;
		struct user u;
		size_t n = 0;

		snprintf(text, sizeof text, PROCESS(",'env':[%s]"), cases[i].env);
		assert_int_equal(plan_text(text, &root, &u, &spec), 0);
		for (; cases[i].merged[n]; n++)
			if (!u.env[n] || strcmp(u.env[n], cases[i].merged[n]))
				fail_msg("[%s]: entry %zu is %s", cases[i].env, n,
					 u.env[n] ? u.env[n] : "missing");
		assert_null(u.env[n]);
		assert_int_equal(u.needs_home, cases[i].needs_home);
		spec_free(spec);
	}
}

/* A root file system for one test. */
struct rootfs {
	char path[32];
	int fd;
};

static int make_rootfs(void **state)
{
	static struct rootfs r;

	strcpy(r.path, "/tmp/ring3-user-XXXXXX");
	if (!mkdtemp(r.path) || chmod(r.path, 0755) < 0)
		return -1;
	r.fd = open(r.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	*state = &r;
	return mkdirat(r.fd, "etc", 0755);
}

static int remove_rootfs(void **state)
{
	struct rootfs *r = *state;
	char command[64];

	close(r->fd);
	snprintf(command, sizeof command, "rm -rf %s", r->path);
	return system(command);
}

static void write_passwd(int root_fd, const char *text, size_t size)
{
	int fd = openat(root_fd, "etc/passwd", O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_int_equal(write(fd, text, size), size);
	close(fd);
}

static const char *home_of(int root_fd, uint32_t uid, struct arena *arena)
{
	const char *env[] = { "A=1", "HOME=", NULL };
	struct user u = { .uid = uid, .env = env, .needs_home = true };
	const char **result = user_environment(&u, root_fd, arena);

	assert_string_equal(result[0], "A=1");
	assert_null(result[2]);
	return result[1];
}

static void home_comes_from_passwd(void **state)
{
	struct rootfs *r = *state;
	struct arena *arena = arena_new();
	static const char text[] =
		"root:x:0:0:root:/root:/bin/sh\n1000:x:0:0::/wrong:\nbroken\nshort:x:7:7\n"
		"app:x:1000:1000::/srv/app:/bin/sh\nempty:x:8:8::::\nlater:x:1000:1::/"
		"later:\nlast:x:9:9::/last";
	static const struct {
		uint32_t uid;
		const char *home;
	} cases[] = {
		{ 0, "HOME=/root" }, { 1000, "HOME=/srv/app" }, { 7, "HOME=/" },
		{ 8, "HOME=/" },     { 9, "HOME=/last" },	{ 4711, "HOME=/" },
	};

	assert_string_equal(home_of(r->fd, 0, arena), "HOME=/"); /* no file yet */
	write_passwd(r->fd, text, sizeof text - 1);
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(home_of(r->fd, cases[i].uid, arena), cases[i].home);
	arena_free(arena);
}

/* Each of these would block, be endless or leave the root. */
static void hostile_passwd_is_no_trap(void **state)
{
	struct rootfs *r = *state;
	struct arena *arena = arena_new();

	assert_int_equal(mkfifoat(r->fd, "etc/passwd", 0644), 0);
	assert_string_equal(home_of(r->fd, 0, arena), "HOME=/");
	assert_int_equal(unlinkat(r->fd, "etc/passwd", 0), 0);
	assert_int_equal(symlinkat("/../../../../etc/passwd", r->fd, "etc/passwd"), 0);
	assert_string_equal(home_of(r->fd, 0, arena), "HOME=/");
	assert_int_equal(unlinkat(r->fd, "etc/passwd", 0), 0);
	write_passwd(r->fd, "root:x:0:0::/root:\n", 19);
	assert_int_equal(truncate(strcat(strcpy((char[64]){ 0 }, r->path), "/etc/passwd"), 2 << 20),
			 0);
	assert_string_equal(home_of(r->fd, 0, arena), "HOME=/");
	arena_free(arena);
}

/* In a child, so that this process keeps its directory.  real: where that must be, below root_fd;
 * expected: the failure. */
static int enter(int root_fd, const char *cwd, const char *real, const char *expected)
{
	static struct spec_process process;
	struct user u = { .cwd = cwd, .process = &process };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct stat here, there;

		process.cwd = cwd;
		if (fchdir(open("/", O_PATH)) < 0 || user_working_directory(&u, root_fd) < 0)
			_exit(expected && strstr(failure()->text, expected) ? 0 : 1);
		if (expected || stat(".", &here) < 0 || fstatat(root_fd, real, &there, 0) < 0)
			_exit(2);
		_exit(here.st_ino == there.st_ino && (here.st_mode & 07777) == 0755 ? 0 : 3);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static void working_directory_is_entered_or_made(void **state)
{
	struct rootfs *r = *state;

	umask(0077); /* of the program; the directory is 0755 all the same */
	write_passwd(r->fd, "x", 1);
	assert_int_equal(enter(r->fd, "/etc", "etc", NULL), 0);
	assert_int_equal(enter(r->fd, "/made/for/it", "made/for/it", NULL), 0);
	assert_int_equal(symlinkat("/../../made", r->fd, "link"), 0);
	assert_int_equal(enter(r->fd, "/link/for", "made/for", NULL), 0);
	umask(0022);
	assert_int_equal(
		enter(r->fd, "/etc/passwd", NULL,
		      "chdir to cwd (\"/etc/passwd\") set in config.json failed: not a directory"),
		0);
}

static void working_directory_is_no_magic_link(void **state)
{
	struct rootfs *r = *state;
	int proc_fd = open("/proc", O_PATH | O_DIRECTORY),
	    host_fd = open("/", O_RDONLY | O_DIRECTORY);
	char cwd[64];

	(void)r;
	snprintf(cwd, sizeof cwd, "/self/fd/%d", host_fd); /* CVE-2024-21626 */
	assert_int_equal(enter(proc_fd, cwd, NULL, "set in config.json failed"), 0);
	close(proc_fd);
	close(host_fd);
}

/* Drops to the user in a child and lets the kernel's own words be judged. */
static int become(const struct user *u, const struct caps *c)
{
	struct attest a = { .user = u, .caps = c, .extra_caps_bit = -1 };
	static char status[8192];
	int fd;

	if (caps_apply_bounding(c, 40) < 0 || user_apply(u) < 0 || caps_raise_for_setup() < 0 ||
	    caps_apply(c, false) < 0)
		return 1;
	fd = open("/proc/self/status", O_RDONLY);
	if (read(fd, status, sizeof status - 1) <= 0)
		return 2;
	return attest_status(&a, status, ATTEST_GROUPS_EXACT) < 0 ? 3 : 0;
}

static int become_in_child(const struct user *u, const struct caps *c)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int result = become(u, c);

		if (result)
			print_error("%s\n", failure()->text);
		_exit(result);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static void identity_is_taken_and_read_back(void **state)
{
	static const uint32_t groups[] = { 30, 10, 20 };
	struct spec_process process = { 0 };
	struct user u = {
		.uid = 1234, .gid = 4321, .groups = groups, .group_count = 3, .process = &process
	};
	struct caps none = { 0 }, net = { .bounding = 0x400,
					  .permitted = 0x400,
					  .effective = 0x400,
					  .inheritable = 0x400,
					  .ambient = 0x400 };
	struct user same = { .process = &process };

	(void)state;
	if (geteuid() != 0)
		skip(); /* only root becomes somebody else */
	assert_int_equal(become_in_child(&u, &none), 0);
	assert_int_equal(become_in_child(&u, &net), 0);
	assert_int_equal(become_in_child(&same, &net), 0);
}

static void differences_are_named(void **state)
{
	static const uint32_t groups[] = { 7, 5 };
	const struct user u = { .uid = 1, .gid = 2, .groups = groups, .group_count = 2 };
	const struct caps c = { .bounding = 0x400 };
	const struct attest a = { .user = &u, .caps = &c, .extra_caps_bit = 21, .no_new_privs = 1 };
#define STATUS(uid, groups, eff, bnd, nnp)                                                         \
	"Name:\tUid:\nUid:\t" uid "\nGid:\t2\t2\t2\t2\nGroups:\t" groups " \n"                     \
	"CapInh:\t0000000000000000\nCapPrm:\t0000000000200000\nCapEff:\t" eff "\nCapBnd:\t" bnd    \
	"\nCapAmb:\t0000000000000000\nNoNewPrivs:\t" nnp "\n"
	static const struct {
		const char *status, *error;
	} cases[] = {
		{ STATUS("1\t1\t1\t1", "5 7", "0000000000200000", "0000000000000400", "1"), NULL },
		{ STATUS("1\t0\t1\t1", "5 7", "0000000000200000", "0000000000000400", "1"), "Uid" },
		{ STATUS("1\t1\t1\t1", "5 7 9", "0000000000200000", "0000000000000400", "1"),
		  "group 9" },
		{ STATUS("1\t1\t1\t1", "7 5", "0000000000200000", "0000000000000400", "1"), NULL },
		{ STATUS("1\t1\t1\t1", "5 9", "0000000000200000", "0000000000000400", "1"),
		  "group 9" },
		{ STATUS("1\t1\t1\t1", "5 5", "0000000000200000", "0000000000000400", "1"),
		  "group is missing" },
		{ STATUS("1\t1\t1\t1", "5", "0000000000200000", "0000000000000400", "1"),
		  "1 supplementary groups" },
		{ STATUS("1\t1\t1\t1", "5 7", "0000000000200001", "0000000000000400", "1"),
		  "CapEff" },
		{ STATUS("1\t1\t1\t1", "5 7", "0000000000200000", "0000000000000401", "1"),
		  "CapBnd" },
		{ STATUS("1\t1\t1\t1", "5 7", "0000000000200000", "0000000000000400", "0"),
		  "NoNewPrivs" },
		{ "Uid:\t1\t1\t1\t1\nGid:\t2\t2\t2\t2\nGroups:\t5 7 \n", "no CapInh" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int result = attest_status(&a, cases[i].status, ATTEST_GROUPS_EXACT);

		if (result != (cases[i].error ? -1 : 0) ||
		    (cases[i].error && !strstr(failure()->text, cases[i].error)))
			fail_msg("case %zu: %s", i, result ? failure()->text : "accepted");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("P-09 umask is 0022 when absent", umask_has_a_default),
		TEST("P-08 P-10 ids must be mapped, and be ids", ids_must_be_mapped),
		TEST("P-10 groups where setgroups is denied or they are kept",
		     groups_where_setgroups_is_denied),
		TEST("P-05 of duplicates the last wins and the order is kept",
		     environment_is_merged),
		{ "P-05 HOME comes from /etc/passwd by number", home_comes_from_passwd, make_rootfs,
		  remove_rootfs, NULL },
		{ "P-05 a hostile /etc/passwd is no trap", hostile_passwd_is_no_trap, make_rootfs,
		  remove_rootfs, NULL },
		{ "P-04 cwd is entered, made 0755, or named", working_directory_is_entered_or_made,
		  make_rootfs, remove_rootfs, NULL },
		{ "P-04 cwd through a magic link is refused", working_directory_is_no_magic_link,
		  make_rootfs, remove_rootfs, NULL },
		TEST("P-08 P-10 P-13 identity is taken on and read back",
		     identity_is_taken_and_read_back),
		TEST("R5 a difference is named by its field", differences_are_named),
	};

	return cmocka_run_group_tests_name("user", tests, NULL, NULL);
}
