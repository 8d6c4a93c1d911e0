/* Maps of a user namespace: their text, who writes them, what they mean. */
#include "test.h"
#include "base/fail.h"
#include "host/host.h"
#include "sandbox/idmap.h"
#include "spec_cases.h"
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define USERNS(uid, gid)                                                                           \
	LINUX("'namespaces':[{'type':'user'}],'uidMappings':[" uid "],'gidMappings':[" gid "]")
#define MAP(container, host, size)                                                                 \
	"{'containerID':" #container ",'hostID':" #host ",'size':" #size "}"

static const struct host root = { .caps = ~UINT64_C(0), .cap_last = 40, .proc_fd = -1 };
static const struct host user = {
	.euid = 1000, .egid = 1000, .rootless = true, .cap_last = 40, .proc_fd = -1
};
/* Rootless Podman: root of a user namespace, with its capabilities. */
static const struct host inner = {
	.caps = ~UINT64_C(0), .in_user_namespace = true, .rootless = true, .proc_fd = -1
};

static void text_is_the_kernels(void **state)
{
	const struct spec *spec = parse_valid(
		USERNS(MAP(0, 100000, 65536) "," MAP(65536, 5, 1), MAP(0, 7, 4294967288)));
	struct idmap m;

	(void)state;
	assert_int_equal(idmap_plan(spec, &root, spec->arena, &m), 0);
	assert_true(m.needed);
	assert_string_equal(m.uid_map, "0 100000 65536\n65536 5 1\n");
	assert_string_equal(m.gid_map, "0 7 4294967288\n");
	spec_free(spec);
}

static void who_writes(void **state)
{
	static const struct {
		const char *text;
		const struct host *host;
		bool deny, helpers;
	} cases[] = {
		{ USERNS(MAP(0, 100000, 10), MAP(0, 100000, 10)), &root, false, false },
		{ USERNS(MAP(0, 1000, 1), MAP(0, 1000, 1)), &user, true, false },
		{ USERNS(MAP(0, 1001, 1), MAP(0, 1000, 1)), &user, false, true },
		{ USERNS(MAP(0, 1000, 1) "," MAP(1, 100000, 9), MAP(0, 1000, 1)), &user, false,
		  true },
		{ USERNS(MAP(0, 1000, 1) "," MAP(1, 100000, 9), MAP(0, 1000, 1)), &inner, false,
		  false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct spec *spec = parse_valid(cases[i].text);
		struct idmap m;

		assert_int_equal(idmap_plan(spec, cases[i].host, spec->arena, &m), 0);
		if (m.deny_setgroups != cases[i].deny || m.use_helpers != cases[i].helpers)
			fail_msg("%s: deny %d, helpers %d", cases[i].text, m.deny_setgroups,
				 m.use_helpers);
		spec_free(spec);
	}
}

static void longer_than_a_page(void **state)
{
	cleanup_text struct text text = { 0 };
	struct idmap m;

	(void)state;
	text_add(&text, DOCUMENT(",'linux':{'namespaces':[{'type':'user'}],'gidMappings':[" MAP(
				0, 0, 1) "],"
					 "'uidMappings':["));
	text.length--; /* the document's last bracket comes below */
	for (unsigned i = 0; i < 300; i++)
		text_addf(&text, "%s{'containerID':%u,'hostID':%u,'size':1}", i ? "," : "", i * 10,
			  1000000000 + i);
	text_add(&text, "]}}");
	const struct spec *spec = parse_valid(text.data);
	assert_int_equal(idmap_plan(spec, &root, spec->arena, &m), -1);
	assert_non_null(strstr(failure()->text, "linux.uidMappings"));
	spec_free(spec);
}

static void ids_are_translated(void **state)
{
	struct spec_id_mapping items[] = { { 0, 1000, 1 }, { 10, 200000, 5 } };
	const spec_id_mappings maps = { items, 2 }, none = { NULL, 0 };
	static const struct {
		uint32_t id;
		int64_t host;
	} cases[] = {
		{ 0, 1000 },	{ 1, -1 },  { 9, -1 },		{ 10, 200000 },
		{ 14, 200004 }, { 15, -1 }, { UINT32_MAX, -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(idmap_host_id(&maps, cases[i].id), cases[i].host);
	assert_int_equal(idmap_host_id(&none, 4294967294U), 4294967294);
}

static void set_up_without_root(void **state)
{
	const struct spec *spec = parse_valid(USERNS(MAP(1000, 1000, 1), MAP(0, 1000, 1)));
	struct idmap m;

	(void)state;
	assert_int_equal(idmap_plan(spec, &root, spec->arena, &m), 0);
	assert_false(m.root_is_mapped);
	assert_int_equal(m.setup_uid, 1000);
	assert_int_equal(m.setup_gid, 0);
	spec_free(spec);
}

/* A child in a user namespace of its own that waits for the end of the returned descriptor. */
static pid_t start_child(int *ret_go, uint64_t flags)
{
	int ready[2], go[2];
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go), 0);
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		byte = unshare((int)flags) < 0 ? 'n' : 'y';
		if (write(ready[1], &byte, 1) != 1 || read(go[0], &byte, 1) < 0)
			_exit(1);
		_exit(0);
	}
	close(go[0]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	*ret_go = go[1];
	if (byte == 'y')
		return pid;
	close(go[1]);
	waitpid(pid, NULL, 0);
	return -1;
}

/* Written as the caller can, then compared as a joiner would. */
static void maps_are_written_and_compared(void **state)
{
	struct spec_id_mapping uid = { 0, geteuid(), 1 }, gid = { 0, getegid(), 1 },
			       other = { 0, geteuid() + 1, 1 };
	struct spec_linux linux_ = { .uid_mappings = { &uid, 1 }, .gid_mappings = { &gid, 1 } };
	struct idmap m = { .needed = true, .spec = &linux_, .deny_setgroups = geteuid() != 0 };
	char uid_text[32], gid_text[32];
	int proc_fd = open("/proc", O_PATH), go;
	pid_t pid = start_child(&go, CLONE_NEWUSER);

	(void)state;
	if (pid < 0)
		skip(); /* user namespaces are not allowed here */
	snprintf(uid_text, sizeof uid_text, "0 %u 1\n", geteuid());
	snprintf(gid_text, sizeof gid_text, "0 %u 1\n", getegid());
	m.uid_map = uid_text;
	m.gid_map = gid_text;
	assert_int_equal(idmap_write(&m, proc_fd, pid), 0);
	m.needed = false;
	assert_int_equal(idmap_check_joined(&m, proc_fd, pid), 0);
	linux_.uid_mappings.items = &other;
	assert_int_equal(idmap_check_joined(&m, proc_fd, pid), -1);
	linux_.uid_mappings.count = 0; /* none given: any will do */
	assert_int_equal(idmap_check_joined(&m, proc_fd, pid), 0);
	close(go);
	waitpid(pid, NULL, 0);
	close(proc_fd);
}

static void helper_failure_names_the_file(void **state)
{
	struct spec_linux linux_ = { 0 };
	struct idmap m = { .needed = true,
			   .use_helpers = true,
			   .spec = &linux_,
			   .uid_map = "0 4000000000 2\n",
			   .gid_map = "0 4000000000 2\n" };

	(void)state;
	if (geteuid() ==
	    0) /* newgidmap lets root map anything that the kernel takes, so give it nobody's pid */
		m.gid_map = "0 4294967295 2\n";
	assert_int_equal(idmap_write(&m, -1, getpid()), -1);
	assert_non_null(strstr(failure()->text, "/usr/bin/newgidmap: "));
	assert_non_null(strstr(failure()->text, "/etc/subgid"));
}

static void namespace_for_mounts(void **state)
{
	struct spec_id_mapping uid = { 0, 100000, 1000 }, gid = { 0, 200000, 1000 };
	const spec_id_mappings uids = { &uid, 1 }, gids = { &gid, 1 };
	int fd, status;
	pid_t pid;
	char text[256] = "";
	FILE *map;

	(void)state;
	if (geteuid() != 0)
		skip(); /* only root may map these */
	fd = idmap_mount_namespace(&uids, &gids);
	if (fd < 0)
		fail_msg("%s", failure()->text);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	pid = fork();
	if (pid == 0) { /* the map as it looks from inside: 65534 stands for the outer ids */
		if (setns(fd, CLONE_NEWUSER) < 0)
			_exit(1);
		map = fopen("/proc/self/gid_map", "re");
		_exit(map && fgets(text, sizeof text, map) && strstr(text, "1000") ? 0 : 2);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(WEXITSTATUS(status), 0);
	close(fd);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("N-12 maps become the kernel's text", text_is_the_kernels),
		TEST("N-12 direct, direct with setgroups denied, or by helper", who_writes),
		TEST("N-12 a map longer than a page is refused with its place", longer_than_a_page),
		TEST("N-13 ids inside, between and behind the ranges", ids_are_translated),
		TEST("N-12 without root the first mapped id sets up", set_up_without_root),
		TEST("N-11 N-12 maps are written, and compared where joined",
		     maps_are_written_and_compared),
		TEST("N-12 a helper's failure names /etc/subgid", helper_failure_names_the_file),
		TEST("a user namespace for idmapped mounts leaves no process",
		     namespace_for_mounts),
	};

	return cmocka_run_group_tests_name("idmap", tests, NULL, NULL);
}
