/* test_exec_process.c - the container's process, a file and flags merged into one. */
#include "test.h"
#include "base/fail.h"
#include "container/container.h"
#include "container/exec_process.h"
#include "spec_cases.h"
#include "temporary.h"
#include <fcntl.h>

static void users(void **state)
{
	static const struct {
		const char *text;
		uint32_t uid, gid;
	} good[] = {
		{ "0", 0, 6 },
		{ "1", 1, 6 },
		{ "1:2", 1, 2 },
		{ "0:5", 0, 5 },
		{ "4294967294", 4294967294, 6 },
		{ "3:4294967294", 3, 4294967294 },
	};
	static const char *const bad[] = {
		"",	"-1",  "4294967295",   "4294967296", "18446744073709551617",
		"+1",	" 1",  "1 ",	       "1:",	     ":1",
		":",	"1:x", "1x",	       "root",	     "1:2:3",
		"1:-1", "0x1", "1:4294967295", "1e3",	     "000000000000000000000001",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		uint32_t uid = 5, gid = 6;

		assert_int_equal(exec_user(good[i].text, &uid, &gid), 0);
		assert_int_equal(uid, good[i].uid);
		assert_int_equal(gid, good[i].gid);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		uint32_t uid = 5, gid = 6;

		assert_int_equal(exec_user(bad[i], &uid, &gid), -1);
		assert_non_null(strstr(failure()->text, "--user"));
		assert_int_equal(uid, 5);
		assert_int_equal(gid, 6);
	}
}

static void cgroups(void **state)
{
	static const char *const bad[] = {
		"..", "a/..", "../a", "/../a", "a/../b", "/..", "cpu:a"
	};
	struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(exec_cgroup("/c", NULL, arena), "/c");
	assert_string_equal(exec_cgroup("/c", "a/b", arena), "/c/a/b");
	assert_string_equal(exec_cgroup("/c", "..a/b..", arena), "/c/..a/b..");
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_null(exec_cgroup("/c", bad[i], arena));
	arena_free(arena);
}

#define CONTAINER                                                                                  \
	DOCUMENT(",'process':{'terminal':true,'consoleSize':{'height':1,'width':2},"               \
		 "'user':{'uid':5,'gid':6,'umask':7,'additionalGids':[8]},'args':['init'],"        \
		 "'env':['A=1'],'cwd':'/c','capabilities':{'bounding':['CAP_KILL'],"               \
		 "'inheritable':['CAP_KILL']},"                                                    \
		 "'rlimits':[{'type':'RLIMIT_CORE','soft':0,'hard':0}],'noNewPrivileges':true,"    \
		 "'apparmorProfile':'p','selinuxLabel':'l','oomScoreAdj':9,"                       \
		 "'scheduler':{'policy':'SCHED_BATCH'},"                                           \
		 "'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':1},"                          \
		 "'execCPUAffinity':{'final':'0'}}")

static char *program[] = { "sh", "-c", "x", NULL };

static void from_the_container(void **state)
{
	const struct spec *spec = parse_valid(CONTAINER);
	const struct exec_options o = { .args = program };
	struct spec_process *p = exec_process(spec, &o);

	(void)state;
	assert_non_null(p);
	assert_string_equal(p->args[2], "x");
	assert_null(p->args[3]);
	assert_string_equal(p->cwd, "/c");
	assert_int_equal(p->user.uid, 5);
	assert_false(p->terminal);
	assert_null(p->console_size);
	assert_true(p->no_new_privileges);
	assert_ptr_equal(p->capabilities, spec->process->capabilities);
	assert_string_equal(spec->process->args[0], "init");
	assert_true(spec->process->terminal);
	spec_free(spec);
}

static void flags(void **state)
{
	const struct spec *spec = parse_valid(CONTAINER);
	const struct exec_options o = {
		.args = program,
		.user = "1:2",
		.cwd = "/d",
		.env = (const char *[]){ "B=2", "A=3", NULL },
		.caps = (const char *[]){ "CAP_CHOWN", NULL },
		.additional_gids = (const char *[]){ "10", "11", NULL },
		.tty = true,
		.process_label = "label",
		.apparmor = "profile",
	};
	struct spec_process *p = exec_process(spec, &o);

	(void)state;
	assert_non_null(p);
	assert_int_equal(p->user.uid, 1);
	assert_int_equal(p->user.gid, 2);
	assert_int_equal(p->user.additional_gids.count, 3);
	assert_int_equal(p->user.additional_gids.items[0], 8);
	assert_int_equal(p->user.additional_gids.items[2], 11);
	assert_string_equal(p->cwd, "/d");
	assert_string_equal(p->env[0], "A=1");
	assert_string_equal(p->env[2], "A=3"); /* user_plan() lets the last one win */
	assert_string_equal(p->capabilities->bounding[1], "CAP_CHOWN");
	assert_string_equal(p->capabilities->effective[0], "CAP_CHOWN");
	assert_string_equal(p->capabilities->permitted[0], "CAP_CHOWN");
	assert_string_equal(p->capabilities->inheritable[0], "CAP_KILL");
	assert_null(p->capabilities->inheritable[1]);
	assert_null(p->capabilities->ambient);
	assert_true(p->terminal);
	assert_string_equal(p->selinux_label, "label");
	assert_string_equal(p->apparmor_profile, "profile");
	assert_null(spec->process->capabilities->bounding[1]);
	spec_free(spec);
}

static void wrong_flags(void **state)
{
	const struct {
		struct exec_options options;
		const char *error;
	} cases[] = {
		{ { .args = program, .cwd = "d" }, "--cwd" },
		{ { .args = program, .cwd = "../d" }, "--cwd" },
		{ { .args = program, .user = "x" }, "--user" },
		{ { .args = program, .env = (const char *[]){ "X", NULL } }, "--env" },
		{ { .args = program, .env = (const char *[]){ "=X", NULL } }, "--env" },
		{ { .args = program, .additional_gids = (const char *[]){ "-1", NULL } },
		  "--additional-gids" },
		{ { .args = program, .additional_gids = (const char *[]){ "4294967295", NULL } },
		  "--additional-gids" },
		{ { .args = (char *[]){ NULL } }, "no program" },
		{ { .process = "/missing/process.json" }, "/missing/process.json" },
	};
	const struct spec *spec = parse_valid(CONTAINER);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_null(exec_process(spec, &cases[i].options));
		assert_non_null(strstr(failure()->text, cases[i].error));
	}
	spec_free(spec);
}

/* exec --process with this text; the process lives as long as the test does. */
static struct spec_process *with_file(const struct spec *spec, const char *text)
{
	TEMPORARY(directory);
	cleanup_free char *json = json_of(text), *path = NULL;

	assert_true(asprintf(&path, "%s/process.json", directory.path) > 0);
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	fputs(json, f);
	fclose(f);
	return exec_process(spec, &(struct exec_options){ .process = path });
}

static void from_a_file(void **state)
{
	const struct spec *spec = parse_valid(CONTAINER);
	struct spec_process *p =
		with_file(spec, "{'user':{'uid':1,'gid':2},'args':['a'],'cwd':'/'}");

	(void)state;
	assert_non_null(p);
	assert_int_equal(p->user.uid, 1);
	assert_int_equal(p->user.umask.value, 7);
	assert_int_equal(p->user.additional_gids.count, 0);
	assert_null(p->env);
	assert_false(p->no_new_privileges);
	assert_false(p->terminal);
	assert_int_equal(p->oom_score_adj.value, 9);
	assert_int_equal(p->rlimits.count, 1);
	assert_ptr_equal(p->capabilities, spec->process->capabilities);
	assert_ptr_equal(p->scheduler, spec->process->scheduler);
	assert_ptr_equal(p->io_priority, spec->process->io_priority);
	assert_ptr_equal(p->exec_cpu_affinity, spec->process->exec_cpu_affinity);
	assert_string_equal(p->apparmor_profile, "p");
	assert_string_equal(p->selinux_label, "l");

	p = with_file(spec, "{'user':{'uid':1,'gid':2,'umask':0},'args':['a'],'cwd':'/',"
			    "'oomScoreAdj':0,'capabilities':{},'terminal':true}");
	assert_non_null(p);
	assert_true(p->user.umask.set && p->user.umask.value == 0);
	assert_int_equal(p->oom_score_adj.value, 0);
	assert_null(p->capabilities->bounding);
	assert_true(p->terminal);
	spec_free(spec);
}

static void wrong_files(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "{'user':{'uid':1,'gid':2},'args':['a']}", "cwd" },
		{ "{'user':{'uid':1,'gid':2},'args':[],'cwd':'/'}", "args" },
		{ "{'user':{'uid':-1,'gid':2},'args':['a'],'cwd':'/'}", "user.uid" },
		{ "{'user':{'uid':1,'gid':2},'args':['a'],'cwd':'x'}", "cwd" },
		{ "[]", "expected an object" },
		{ "", "process.json" },
	};
	const struct spec *spec = parse_valid(CONTAINER);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_null(with_file(spec, cases[i].text));
		assert_non_null(strstr(failure()->text, "process.json"));
		assert_non_null(strstr(failure()->text, cases[i].error));
	}
	spec_free(spec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("T7b --user is a number, or two, or an error", users),
		TEST("T8b --cgroup stays below the container's cgroup", cgroups),
		TEST("exec starts from the container's process", from_the_container),
		TEST("T7a flags of exec change it, and --cap inherits nothing", flags),
		TEST("wrong flags of exec are errors", wrong_flags),
		TEST("--process: what the file leaves out is the container's", from_a_file),
		TEST("G-05 --process: mistakes are named", wrong_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
