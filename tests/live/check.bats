# check: what create would find wrong, without making anything; and what this host lacks.
load helpers

# finds FILTER TEXT...: check reports every TEXT, and create fails as well.
finds() {
	bundle "$1" true
	shift
	run ring3 check "$BUNDLE"
	fails "$@"
	[ -z "$(ls -A "$STATE" 2>/dev/null)" ]
	try create -b "$BUNDLE" "$ID"
	[ "$status" -ne 0 ] || { delete; echo "create takes it"; return 1; }
}

@test "check is silent about a bundle that create takes" {
	bundle . sleep 1000
	run ring3 check "$BUNDLE"
	prints ""
	no_file "$STATE"
	(cd "$BUNDLE" && run ring3 check && prints "")
	create "$USERNS | .hooks.createRuntime = [{path: \"/bin/true\"}] | .process.rlimits = [{type: \"RLIMIT_NOFILE\", soft: 100, hard: 200}]
		| .linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{names: [\"mkdir\"], action: \"SCMP_ACT_ERRNO\"}]}" true
	delete
	run ring3 check "$BUNDLE"
	prints ""
}

@test "check says where in config.json something is wrong, in create's words" {
	finds '.mounts += [{destination: "/x", type: "bind", source: "/no/such", options: ["bind"]}]' \
		"config.json:" "mounts[6].source: /no/such: no such file or directory" "check: 1 problem found"
	try create -b "$BUNDLE" "$ID"
	fails "mounts[6].source: /no/such: no such file or directory"
}

@test "check finds more than the first mistake in config.json" {
	finds '.linux.namespaces += [{type: "uts"}] | .linux.timeOffsets = {monotonic: {secs: 1}} | .process.rlimits = [{type: "RLIMIT_CPU", soft: 1, hard: 1}, {type: "RLIMIT_CPU", soft: 1, hard: 1}]' \
		"].type: namespace uts" "timeOffsets" "process.rlimits" "3 problems found"
}

@test "check finds what is missing on the host: root, sources, hooks, namespaces" {
	finds '.root.path = "nowhere"' "root.path: $BUNDLE/nowhere: no such file or directory"
	finds '.hooks.poststop = [{path: "/no/hook"}] | .hooks.createRuntime = [{path: "/no/hook2"}] | .root.path = "/dev/null"' \
		"hooks.poststop[0].path: /no/hook: no such" "hooks.createRuntime[0].path" "not a directory"
	finds '(.linux.namespaces[] | select(.type == "network")).path = "/no/ns"' "/no/ns: no such file or directory"
	finds '(.linux.namespaces[] | select(.type == "network")).path = "/proc/self/ns/uts"' "is not a network namespace"
}

# bats test_tags=not:user
@test "D-21 check finds each network device that is not there, and touches none" {
	finds '.linux.netDevices = {nosuch0: {}, lo: {name: "other0"}, nosuch1: {name: "x0"}}' "linux.netDevices.nosuch0: there is no network device nosuch0" \
		"linux.netDevices.nosuch1: there is no network device nosuch1" "check: 2 problems found"
}

@test "check looks for the program, but not where a mount may have it" {
	finds '.process.args = ["/no/such/program"]' "process.args" 'exec: "/no/such/program": stat /no/such/program: no such file'
	finds '.process.args = ["nosuchprogram"]' 'executable file not found in $PATH'
	mkdir -p "$BUNDLE/tool"
	cp "$ROOTFS/bin/busybox" "$BUNDLE/tool/inside"
	mkdir -p "$ROOTFS/opt/real"
	ln -sfn opt/real "$ROOTFS/linked"
	create '.process.args = ["/linked/inside"] | .mounts += [{destination: "/opt/real", type: "bind", source: ($bundle + "/tool"), options: ["bind"]}]'
	delete
	run ring3 check "$BUNDLE"
	rm -r "$ROOTFS/linked" "$ROOTFS/opt"
	prints ""
}

@test "check tries maps and limits on a process" {
	finds "$USERNS | .process.rlimits = [{type: \"RLIMIT_NOFILE\", soft: 10, hard: 99999999999}]" "process.rlimits[0]" "operation not permitted"
}

@test "check finds a cgroup that is in use" {
	create . sleep 1000
	run ring3 check "$BUNDLE"
	fails "container's cgroup is not empty: 1 process(es) found"
	delete
	run ring3 check "$BUNDLE"
	prints ""
}

@test "check of a text that is no JSON, and of no bundle" {
	bundle . true
	sed -i 's/"args"/"args",/' "$BUNDLE/config.json"
	run ring3 check "$BUNDLE"
	fails "config.json:" "1 problem found"
	run ring3 check "$WORK/missing"
	fails "no such file or directory"
}

@test "check --host names each requirement" {
	run ring3 check --host
	ok
	has "every system call" "cgroup2 is mounted at $CGROUP2" "user namespaces" "security modules"
	lacks "missing"
}

@test "check --host sees a kernel without user namespaces and says how to change that" {
	# A limit of the first user namespace's child, so that the host's own stays.
	run unshare -Ur --mount-proc -pf sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' sh "$RUNTIME" check --host
	has "user.max_user_namespaces is 0" "sysctl -w user.max_user_namespaces=15000"
}

# bats test_tags=not:user
@test "check works for an ordinary user" {
	bundle "del(.linux.cgroupsPath) | $USERNS | .linux.uidMappings[0].size = 1 | .linux.gidMappings[0].size = 1
		| .linux.uidMappings[0].hostID = 65534 | .linux.gidMappings[0].hostID = 65534" true
	chmod 755 "$BUNDLE"
	run setpriv --reuid=65534 --regid=65534 --clear-groups env -u XDG_RUNTIME_DIR "$RUNTIME" check "$BUNDLE"
	prints ""
	run setpriv --reuid=65534 --regid=65534 --clear-groups env -u XDG_RUNTIME_DIR "$RUNTIME" check --host
	has "/etc/subuid has no line for nobody" "usermod --add-subuids 100000-165535 nobody"
	config '.linux.uidMappings[0].hostID = 0'
	run setpriv --reuid=65534 --regid=65534 --clear-groups env -u XDG_RUNTIME_DIR "$RUNTIME" check "$BUNDLE"
	fails "linux.uidMappings" "/etc/subuid"
}
