/* What `spec` and `spec --rootless` write: valid for this runtime, and what runc writes. */
#include "spec_cases.h"

static const struct spec *default_spec(void)
{
	cleanup_text struct text out = { 0 };

	spec_default(&out);
	assert_string_equal(out.data + out.length - 2, "}\n");
	return spec_parse("config.json", out.data, out.length, "/b");
}

static const struct spec *rootless_spec(void)
{
	cleanup_text struct text out = { 0 };

	spec_default_rootless(&out, 1000, 4294967294);
	return spec_parse("config.json", out.data, out.length, "/b");
}

static const struct spec_mount *mount_at(const struct spec *spec, const char *destination)
{
	for (size_t i = 0; i < spec->mounts.count; i++)
		if (!strcmp(spec->mounts.items[i].destination, destination))
			return &spec->mounts.items[i];
	fail_msg("no mount on %s", destination);
	return NULL;
}

static bool has_option(const struct spec_mount *mount, const char *option)
{
	for (const char **o = mount->options; o && *o; o++)
		if (!strcmp(*o, option))
			return true;
	return false;
}

/* pid, ipc, uts, mount, cgroup and this one. */
static void namespaces_are_usual_and(const struct spec *spec, enum namespace_type type)
{
	const enum namespace_type types[] = { NS_PID, NS_IPC, NS_UTS, NS_MOUNT, NS_CGROUP, type };

	assert_int_equal(spec->linux_.namespaces.count, COUNT(types));
	for (size_t i = 0; i < COUNT(types); i++)
		assert_true(spec_has_namespace(spec, types[i], NULL));
}

static void process_is_runcs(const struct spec *spec)
{
	const struct spec_process *p = spec->process;

	assert_string_equal(spec->version, SPEC_VERSION);
	assert_string_equal(spec->hostname, "ring3");
	assert_string_equal(spec->root->path, "rootfs");
	assert_true(spec->root->readonly);
	assert_true(p->terminal);
	assert_string_equal(p->args[0], "sh");
	assert_null(p->args[1]);
	assert_string_equal(p->env[1], "TERM=xterm");
	assert_string_equal(p->cwd, "/");
	assert_true(p->no_new_privileges);
	assert_string_equal(p->capabilities->bounding[1], "CAP_KILL");
	assert_null(p->capabilities->inheritable);
	assert_int_equal(p->rlimits.items[0].soft, 1024);
	assert_int_equal(spec->mounts.count, 7);
	assert_string_equal(spec->linux_.masked_paths[0], "/proc/acpi");
	assert_string_equal(spec->linux_.readonly_paths[0], "/proc/bus");
}

static void with_privileges(void **state)
{
	const struct spec *spec = default_spec();

	(void)state;
	assert_non_null(spec);
	process_is_runcs(spec);
	namespaces_are_usual_and(spec, NS_NETWORK);
	assert_string_equal(mount_at(spec, "/sys")->type, "sysfs");
	assert_true(has_option(mount_at(spec, "/dev/pts"), "gid=5"));
	assert_int_equal(spec->linux_.resources->devices.count, 1);
	assert_false(spec->linux_.resources->devices.items[0].allow.value);
	spec_free(spec);
}

static void without_privileges(void **state)
{
	static const char *const sys_options[] = { "rbind", "nosuid", "noexec", "nodev", "ro" };
	const struct spec *spec = rootless_spec();

	(void)state;
	if (!spec)
		fail_msg("%s", failure()->text);
	process_is_runcs(spec);
	namespaces_are_usual_and(spec, NS_USER);
	assert_int_equal(spec->linux_.uid_mappings.count, 1);
	assert_int_equal(spec->linux_.uid_mappings.items[0].container_id, 0);
	assert_int_equal(spec->linux_.uid_mappings.items[0].host_id, 1000);
	assert_int_equal(spec->linux_.uid_mappings.items[0].size, 1);
	assert_int_equal(spec->linux_.gid_mappings.items[0].host_id, 4294967294);
	assert_string_equal(mount_at(spec, "/sys")->source, "/sys");
	assert_string_equal(mount_at(spec, "/sys")->type, "none");
	for (size_t i = 0; i < COUNT(sys_options); i++)
		assert_true(has_option(mount_at(spec, "/sys"), sys_options[i]));
	for (size_t i = 0; i < spec->mounts.count; i++)
		assert_false(has_option(&spec->mounts.items[i], "gid=5"));
	assert_true(has_option(mount_at(spec, "/dev/pts"), "newinstance"));
	assert_null(spec->linux_.resources);
	spec_free(spec);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("the default config is valid and runc's", with_privileges),
		TEST("the rootless config is valid and runc's", without_privileges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
