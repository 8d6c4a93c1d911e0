/* test_systemd.c - what a container is called in systemd, and limits as properties.  Needs no
 * systemd. */
#include "test.h"
#include "base/arena.h"
#include "base/fail.h"
#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/cgroup_devices.h"
#include "cgroup/systemd.h"
#include "host/host.h"
#include "host/host_systemd.h"
#include "spec/load.h"
#include "temporary.h"
#include <fcntl.h>

static const struct host root_host = { .cgroup_mount = "/sys/fs/cgroup", .proc_fd = -1 };
static const struct host user_host = {
	.euid = 1000,
	.rootless = true,
	.cgroup_mount = "/sys/fs/cgroup",
	.cgroup_own = "/user.slice/user-1000.slice/session-1.scope",
	.proc_fd = -1,
};

static void slices(void **state)
{
	(void)state;
	static const struct {
		const char *slice, *path;
	} cases[] = {
		{ "system.slice", "/system.slice" },
		{ "a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice" },
		{ "kubepods-burstable-pod1_2.slice",
		  "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice" },
		{ "-.slice", "" },
		{ ".slice", NULL },
		{ "slice", NULL },
		{ "a.scope", NULL },
		{ "-a.slice", NULL },
		{ "a-.slice", NULL },
		{ "a--b.slice", NULL },
		{ "a/b.slice", NULL },
		{ "--.slice", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		cleanup_arena struct arena *arena = arena_new();
		const char *path = systemd_slice_path(cases[i].slice, arena);

		if (!path != !cases[i].path || (path && strcmp(path, cases[i].path) != 0))
			fail_msg("%s: %s", cases[i].slice, path ? path : "NULL");
	}
}

static int plan_of(const char *cgroups_path, const struct host *host, const char *id,
		   struct systemd_plan *plan, struct arena *arena)
{
	const struct spec spec = { .linux_.cgroups_path = cgroups_path };

	return systemd_plan(&spec, host, id, arena, plan);
}

static void names(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		const struct host *host;
		const char *unit, *slice, *scope;
	} cases[] = {
		{ "machine.slice:libpod:1", &root_host, "libpod-1.scope", "machine.slice",
		  "/machine.slice/libpod-1.scope" },
		{ "a-b.slice:p:n.m", &root_host, "p-n.m.scope", "a-b.slice",
		  "/a.slice/a-b.slice/p-n.m.scope" },
		{ ":p:n", &root_host, "p-n.scope", "system.slice", "/system.slice/p-n.scope" },
		{ "-.slice:p:n", &root_host, "p-n.scope", "-.slice", "/p-n.scope" },
		{ "x.slice::n", &root_host, "-n.scope", "x.slice", "/x.slice/-n.scope" },
		{ NULL, &root_host, "ring3-id.scope", "system.slice",
		  "/system.slice/ring3-id.scope" },
		{ "", &root_host, "ring3-id.scope", "system.slice",
		  "/system.slice/ring3-id.scope" },
		{ ":p:n", &user_host, "p-n.scope", "user.slice",
		  "/user.slice/user-1000.slice/user@1000.service/user.slice/p-n.scope" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		cleanup_arena struct arena *arena = arena_new();
		struct systemd_plan plan;

		if (plan_of(cases[i].path, cases[i].host, "id", &plan, arena) < 0)
			fail_msg("%s: %s", cases[i].path, failure()->text);
		assert_string_equal(plan.unit, cases[i].unit);
		assert_string_equal(plan.slice, cases[i].slice);
		assert_string_equal(plan.scope, cases[i].scope);
		assert_int_equal(plan.user, cases[i].host == &user_host);
	}
}

static void bad_names(void **state)
{
	(void)state;
	static char long_name[300];
	memset(long_name, 'n', sizeof long_name - 1);
	memcpy(long_name, ":p:", 3);
	const struct {
		const char *path, *id, *text;
	} cases[] = {
		{ "/a/b", "id",
		  "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, "
		  "got "
		  "\"/a/b\" instead" },
		{ "a:b", "id", "got \"a:b\" instead" },
		{ "a:b:c:d", "id", "got \"a:b:c:d\" instead" },
		{ "a.scope:b:c", "id", "invalid slice name: \"a.scope\"" },
		{ "a--b.slice:b:c", "id", "invalid slice name" },
		{ "../a.slice:b:c", "id", "invalid slice name" },
		{ "a\nb.slice:b:c", "id", "invalid slice name" },
		{ ":p:", "id", "has no name" },
		{ ":p:pod.slice", "id", "puts no process into one" },
		{ ":p:a b", "id", "cannot be the name of a unit" },
		{ ":p:a/b", "id", "cannot be the name of a unit" },
		{ ":p:a\nb", "id", "cannot be the name of a unit" },
		{ NULL, "a+b", "cannot be the name of a unit" },
		{ long_name, "id", "at most 255" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		cleanup_arena struct arena *arena = arena_new();
		struct systemd_plan plan;

		if (plan_of(cases[i].path, &root_host, cases[i].id, &plan, arena) == 0)
			fail_msg("%s was accepted", cases[i].path);
		if (!strstr(failure()->text, cases[i].text))
			fail_msg("%s: \"%s\" does not contain \"%s\"", cases[i].path,
				 failure()->text, cases[i].text);
	}
}

/* The caller's manager is found by his own cgroup where that is below it. */
static void manager_cgroup(void **state)
{
	(void)state;
	cleanup_arena struct arena *arena = arena_new();
	struct host host = user_host;

	host.cgroup_own = "/x/user@1000.service/app.slice/a.scope";
	assert_string_equal(host_systemd_cgroup(&host, true, arena), "/x/user@1000.service");
	host.cgroup_own = "/x/user@1000.service";
	assert_string_equal(host_systemd_cgroup(&host, true, arena), "/x/user@1000.service");
	host.cgroup_own = "/x/user@1001.service/a";
	assert_string_equal(host_systemd_cgroup(&host, true, arena),
			    "/user.slice/user-1000.slice/user@1000.service");
}

static void sockets(void **state)
{
	(void)state;
	cleanup_arena struct arena *arena = arena_new();
	struct systemd_socket s[SYSTEMD_SOCKETS];
	struct host host = user_host;

	unsetenv("DBUS_SESSION_BUS_ADDRESS");
	assert_int_equal(host_systemd_sockets(&root_host, false, arena, s), 2);
	assert_string_equal(s[0].address, "unix:path=/run/systemd/private");
	assert_true(s[0].direct && !s[1].direct);
	assert_string_equal(s[1].address, "unix:path=/run/dbus/system_bus_socket");
	assert_int_equal(host_systemd_sockets(&host, true, arena, s), 2);
	assert_string_equal(s[1].address, "unix:path=/run/user/1000/bus");
	host.runtime_dir = "/tmp/a b,";
	setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/x", 1);
	assert_int_equal(host_systemd_sockets(&host, true, arena, s), 5);
	assert_string_equal(s[0].address, "unix:path=/tmp/a%20b%2c/systemd/private");
	assert_string_equal(s[4].address, "unix:path=/x");
	setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/x\nstop a.service", 1);
	assert_int_equal(host_systemd_sockets(&host, true, arena, s), 4);
	unsetenv("DBUS_SESSION_BUS_ADDRESS");
}

/* "NAME=VALUE;" of each property. */
static void print(const struct systemd_properties *p, struct text *out)
{
	text_add(out, "");
	for (size_t i = 0; i < p->list.count; i++)
		text_addf(out, "%s=%s;", p->list.items[i].name, p->list.items[i].value);
}

static void annotations(void **state)
{
	(void)state;
	static const struct {
		const char *name, *value, *expected, *refusal;
	} cases[] = {
		{ "org.systemd.property.TimeoutStopUSec", "uint64 5", "TimeoutStopUSec=@t 5;" },
		{ "org.systemd.property.TimeoutStopSec", "uint64 5",
		  "TimeoutStopUSec=@t 5000000;" },
		{ "org.systemd.property.TimeoutStopSec", "5", "TimeoutStopUSec=@t 5000000;" },
		{ "org.systemd.property.TimeoutStopSec", "0.25", "TimeoutStopUSec=@t 250000;" },
		{ "org.systemd.property.CollectMode", "'inactive'", "CollectMode=@s 'inactive';" },
		{ "org.systemd.property.After", "['a.service']", "After=@as ['a.service'];" },
		{ "org.systemd.property.SendSIGHUP", "true", "SendSIGHUP=@b true;" },
		{ "org.systemd.propertyX", "nonsense", "" },
		{ "org.systemd.property.TimeoutStopSec", "'5'", NULL, "seconds must be a number" },
		{ "org.systemd.property.TimeoutStopSec", "-1", NULL, "no number of seconds" },
		{ "org.systemd.property.TimeoutStopSec", "-0.5", NULL, "no number of seconds" },
		{ "org.systemd.property.TimeoutStopSec", "uint64 18446744073710", NULL,
		  "no number of seconds" },
		{ "org.systemd.property.After", "a.service", NULL, "is no GVariant text" },
		{ "org.systemd.property.", "5", NULL, "at least three letters" },
		{ "org.systemd.property.ab", "5", NULL, "at least three letters" },
		{ "org.systemd.property.a_b", "5", NULL, "letters only" },
		{ "org.systemd.property.Ab c", "5", NULL, "letters only" },
		{ "org.systemd.property.PIDs", "[uint32 1]", NULL, "ring3's to set" },
		{ "org.systemd.property.Slice", "'a.slice'", NULL, "ring3's to set" },
		{ "org.systemd.property.Delegate", "false", NULL, "ring3's to set" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		cleanup_arena struct arena *arena = arena_new();
		cleanup_text struct text text = { 0 };
		struct json_pair pair = { cases[i].name, cases[i].value };
		const json_pairs pairs = { &pair, 1 };
		struct systemd_properties p = { 0 };
		int result = systemd_annotations(&pairs, arena, &p);

		if (!result == !cases[i].expected)
			fail_msg("%s=%s: %s", pair.name, pair.value,
				 result ? failure()->text : "accepted");
		if (result && !strstr(failure()->text, cases[i].refusal))
			fail_msg("%s=%s: %s", pair.name, pair.value, failure()->text);
		print(&p, &text);
		if (!result)
			assert_string_equal(text.data, cases[i].expected);
	}
}

static void subgroups(void **state)
{
	(void)state;
	static const struct {
		const char *path, *name, *expected; /* name: of the annotation, or NULL */
	} cases[] = {
		{ "", "inner", "inner" },
		{ "", "", NULL },
		{ "", "..", "" },
		{ "", "a/b", "" },
		{ "", "a\nb", "" },
		{ "system.slice:ring3:1", NULL, NULL },
		{ "machine.slice:libpod:1", NULL, "container" },
		{ "user.slice:libpod:1", "inner", "inner" },
		{ "user.slice:libpod:1", "", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		cleanup_arena struct arena *arena = arena_new();
		struct json_pair pair = { "run.oci.systemd.subgroup", cases[i].name };
		const struct spec spec = { .annotations = { &pair, cases[i].name ? 1 : 0 },
					   .linux_.cgroups_path = cases[i].path };
		struct systemd_plan plan;
		int result = systemd_plan(&spec, &root_host, "id", arena, &plan);

		assert_int_equal(result, cases[i].expected && !*cases[i].expected ? -1 : 0);
		if (result == 0 && cases[i].expected)
			assert_string_equal(plan.subgroup, cases[i].expected);
		if (result == 0 && !cases[i].expected)
			assert_null(plan.subgroup);
	}
}

/* What linux.resources becomes on its whole way: config.json, files, properties. */
static void properties_are(const char *resources, enum systemd_phase phase, int dir_fd,
			   const char *expected)
{
	cleanup_arena struct arena *arena = arena_new();
	cleanup_text struct text json = { 0 }, text = { 0 };
	struct systemd_properties p = { .arena = arena };
	struct cgroup_writes writes = { 0 };
	struct spec_resources *r;

	for (const char *c = resources; *c; c++)
		text_add_bytes(&json, *c == '\'' ? "\"" : c, 1);
	r = spec_parse_resources("test", json.data, json.length);
	if (!r || cgroup_table_plan(r, NULL, arena, &writes) < 0)
		fail_msg("%s: %s", resources, failure()->text);
	systemd_properties_of_writes(&writes, phase, dir_fd, &p);
	print(&p, &text);
	assert_string_equal(text.data, expected);
}

static void limits(void **state)
{
	(void)state;
	static const struct {
		const char *resources, *expected;
	} cases[] = {
		{ "{}", "" },
		{ "{'cpu':{'shares':1024}}", "CPUWeight=@t 100;" },
		{ "{'cpu':{'shares':1024,'idle':1}}", "CPUWeight=@t 0;" },
		{ "{'cpu':{'idle':0}}", "CPUWeight=@t 18446744073709551615;" },
		{ "{'cpu':{'shares':1024,'idle':0}}", "CPUWeight=@t 100;" },
		{ "{'cpu':{'quota':50000,'period':100000}}",
		  "CPUQuotaPeriodUSec=@t 100000;CPUQuotaPerSecUSec=@t 500000;" },
		{ "{'cpu':{'quota':33333,'period':100000}}",
		  "CPUQuotaPeriodUSec=@t 100000;CPUQuotaPerSecUSec=@t 340000;" },
		{ "{'cpu':{'quota':2000,'period':1000000}}",
		  "CPUQuotaPeriodUSec=@t 1000000;CPUQuotaPerSecUSec=@t 10000;" },
		{ "{'cpu':{'quota':250000}}", "CPUQuotaPerSecUSec=@t 2500000;" },
		{ "{'cpu':{'period':50000}}",
		  "CPUQuotaPeriodUSec=@t 50000;CPUQuotaPerSecUSec=@t 18446744073709551615;" },
		{ "{'cpu':{'quota':-1}}", "CPUQuotaPerSecUSec=@t 18446744073709551615;" },
		{ "{'cpu':{'cpus':'0-2,8'}}", "AllowedCPUs=@ay [7, 1];" },
		{ "{'cpu':{'mems':'1'}}", "AllowedMemoryNodes=@ay [2];" },
		{ "{'memory':{'limit':104857600}}", "MemoryMax=@t 104857600;" },
		{ "{'memory':{'limit':-1}}",
		  "MemoryMax=@t 18446744073709551615;MemorySwapMax=@t 18446744073709551615;" },
		{ "{'memory':{'limit':8192,'swap':12288,'reservation':4096}}",
		  "MemoryMax=@t 8192;MemoryLow=@t 4096;MemorySwapMax=@t 4096;" },
		{ "{'pids':{'limit':7}}", "TasksMax=@t 7;" },
		{ "{'pids':{'limit':0}}", "TasksMax=@t 1;" },
		{ "{'pids':{'limit':-1}}", "TasksMax=@t 18446744073709551615;" },
		{ "{'blockIO':{'weight':100}}", "IOWeight=@t 100;" },
		{ "{'blockIO':{'weight':1000}}", "IOWeight=@t 10000;" },
		{ "{'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':200}]}}",
		  "IODeviceWeight=@a(st) [('/dev/block/8:0', 1200)];" },
		{ "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':1,'rate':5}],"
		  "'throttleWriteIOPSDevice':[{'major':8,'minor':2,'rate':0}]}}",
		  "IOReadBandwidthMax=@a(st) [('/dev/block/8:1', 5)];"
		  "IOWriteIOPSMax=@a(st) [('/dev/block/8:2', 18446744073709551615)];" },
		{ "{'unified':{'memory.high':'1G','memory.min':'max','memory.zswap.max':'4k'}}",
		  "MemoryHigh=@t 1073741824;MemoryMin=@t 18446744073709551615;"
		  "MemoryZSwapMax=@t 4096;" },
		{ "{'memory':{'limit':8192},'unified':{'memory.max':'4096'}}",
		  "MemoryMax=@t 4096;" },
		{ "{'unified':{'io.max':'8:0 rbps=1 wiops=max'}}",
		  "IOReadBandwidthMax=@a(st) [('/dev/block/8:0', 1)];"
		  "IOWriteIOPSMax=@a(st) [('/dev/block/8:0', 18446744073709551615)];" },
		{ "{'unified':{'io.weight':'default 50\\n8:0 60'}}",
		  "IOWeight=@t 50;IODeviceWeight=@a(st) [('/dev/block/8:0', 60)];" },
		{ "{'unified':{'cpu.idle':'1','cpu.weight':'5'}}", "CPUWeight=@t 0;" },
		/* Nothing that systemd would write. */
		{ "{'cpu':{'burst':5},'unified':{'memory.oom.group':'1'},"
		  "'hugepageLimits':[{'pageSize':'2MB','limit':0}]}",
		  "" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		properties_are(cases[i].resources, SYSTEMD_ALWAYS, -1, cases[i].expected);
}

/* What would hit the set-up comes late; what only a new unit takes, never later. */
static void phases(void **state)
{
	(void)state;
	static const char all[] =
		"{'cpu':{'cpus':'0','shares':1024,'quota':1000},'memory':{'limit':8192},"
		"'pids':{'limit':7},'unified':{'memory.oom.group':'1'}}";

	properties_are(all, SYSTEMD_START, -1,
		       "AllowedCPUs=@ay [1];CPUWeight=@t 100;OOMPolicy=@s 'kill';");
	properties_are(all, SYSTEMD_LATE, -1,
		       "CPUQuotaPerSecUSec=@t 10000;MemoryMax=@t 8192;TasksMax=@t 7;");
}

/* A quota alone is one of the period that the cgroup has; without BFQ it is io.weight that counts.
 */
static void present_values(void **state)
{
	(void)state;
	TEMPORARY(t);
	cleanup_fd int fd = openat(t.fd, "cpu.max", O_CREAT | O_WRONLY, 0600);

	assert_int_equal(write(fd, "max 50000\n", 10), 10);
	properties_are("{'cpu':{'quota':25000}}", SYSTEMD_ALWAYS, t.fd,
		       "CPUQuotaPerSecUSec=@t 500000;");
	properties_are("{'blockIO':{'weight':100}}", SYSTEMD_ALWAYS, t.fd, "IOWeight=@t 910;");
}

/* Whatever the rules grant, DeviceAllow grants too: our own program is the one that denies. */
static void device_lists(void **state)
{
	(void)state;
	static const struct device_rule rules[] = {
		{ true, 'c', -1, -1, DEVICE_MKNOD },
		{ true, 'b', 8, 1, DEVICE_READ | DEVICE_WRITE },
		{ true, 'c', 136, -1, DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD },
		{ false, 'c', 1, 3, DEVICE_READ },
		{ true, 'c', -1, 7, DEVICE_READ },
	};
	static const char strict[] = "DeviceAllow=@a(ss) [];DevicePolicy=@s "
				     "'strict';DeviceAllow=@a(ss) [('char-*', 'm'), "
				     "('/dev/block/8:1', 'rw'), ('char-136', 'rwm')];";
	static const char open[] = "DeviceAllow=@a(ss) [];DevicePolicy=@s 'auto';";
	static const struct device_rule everything = { true, 'a', -1, -1, DEVICE_READ };

	for (size_t i = 0; i < 3; i++) {
		cleanup_arena struct arena *arena = arena_new();
		cleanup_text struct text text = { 0 };
		struct systemd_properties p = { .arena = arena };
		struct cgroup_devices d = { 0 };

		d.rules.items = (struct device_rule *)(i == 2 ? &everything : rules);
		d.rules.count = i == 2 ? 1 : 4 + i; /* then a rule that DeviceAllow cannot say */
		systemd_properties_of_devices(&d, &p);
		print(&p, &text);
		assert_string_equal(text.data, i ? open : strict);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("C-04 a slice's name says where it is", slices),
		TEST("C-04 slice:prefix:name, what is left out, and who asks", names),
		TEST("C-04 names that systemd would not take are refused", bad_names),
		TEST("C-04 where an ordinary user's manager has its units", manager_cgroup),
		TEST("EC-20 the sockets of both managers, without the session's variables",
		     sockets),
		TEST("A-04 annotations become properties", annotations),
		TEST("A-06 the name of a sub-cgroup", subgroups),
		TEST("C-04 each limit has its property", limits),
		TEST("C-04 what would hit the set-up comes late", phases),
		TEST("C-04 values that depend on the present ones", present_values),
		TEST("R-01 DeviceAllow is never less than the rules", device_lists),
	};

	return cmocka_run_group_tests_name("systemd", tests, NULL, NULL);
}
