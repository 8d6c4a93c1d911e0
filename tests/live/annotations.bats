load helpers
# Annotations: the few that have an effect, and that all others have none; what features says; what warns.

# up_with_trap ANNOTATION: a program that notes which of TERM and USR1 ended it.
up_with_trap() {
	up ".annotations = $1" sh -c 'trap "echo term >/tmp/annotation; exit" TERM; trap "echo usr1 >/tmp/annotation; exit" USR1
		echo up >/tmp/annotation; while :; do sleep 0.01; done'
	within 2000 test -s "$ROOTFS/tmp/annotation"
}
ended_by() {
	within 2000 is stopped
	[ "$(cat "$ROOTFS/tmp/annotation")" = "$1" ] || { cat "$ROOTFS/tmp/annotation"; return 1; }
	rm "$ROOTFS/tmp/annotation"
	delete
}

@test "A-01 kill without a signal sends the image's stop signal" {
	for signal in SIGUSR1 USR1 10; do
		up_with_trap "{\"org.opencontainers.image.stopSignal\": \"$signal\"}"
		ring3_quiet kill "$ID"
		ended_by usr1
	done
}

@test "A-01 a signal that is named is sent, and a stop signal that is none is TERM" {
	up_with_trap '{"org.opencontainers.image.stopSignal": "SIGUSR1"}'
	ring3_quiet kill "$ID" TERM
	ended_by term
	up_with_trap '{"org.opencontainers.image.stopSignal": "NOSUCH"}'
	ring3_quiet kill "$ID"
	ended_by term
}

@test "A-02 A-22 other annotations have no effect, and are shown" {
	others='{"org.opencontainers.image.os": "plan9", "org.opencontainers.image.architecture": "pdp11", "org.opencontainers.image.created": "never",
		"io.podman.annotations.init": "TRUE", "io.container.manager": "nobody", "org.opencontainers.runc.commit": "x"}'
	up ".annotations = $others" sleep 1000
	is running
	[ "$(ring3 state "$ID" | jq -cS .annotations)" = "$(jq -cS . <<<"$others")" ]
	delete
}

@test "A-03 A-05 A-21 annotations that only inform have no effect, nor those for systemd without its driver" {
	foreign='{"bundle": "/elsewhere", "io.kubernetes.cri.container-type": "sandbox", "org.criu.config": "/no/such",
		"org.systemd.property.TimeoutStopUSec": "uint64 1", "run.oci.systemd.subgroup": "x"}'
	inside ".annotations = $foreign" 'sed -n s/^0:://p /proc/self/cgroup'
	prints /
	no_file /elsewhere
}

@test "A-07 A-08 A-12 A-14 A-18 A-19 A-20 annotations for handlers, cgroup v1 and foreign filters are refused by name" {
	local name
	for name in run.oci.systemd.force_cgroup_v1 run.oci.delegate-cgroup run.oci.handler module.wasm.image/variant krun.cpus krun.ram_mib \
		run.oci.seccomp.plugins run.oci.seccomp_bpf_data; do
		refused ".annotations = {\"$name\": \"x\"}" config.json: "annotation $name: "
	done
	inside '.annotations = {"krunk": "x", "run.oci.handlers": "x"}' 'echo fine'
	prints fine
}

@test "A-10 the annotation's socket gets a pidfd of init" {
	bundle '.annotations = {"run.oci.pidfd_receiver": "\($bundle)/sock"}' sleep 1000
	"$PROBE" pidfd "$BUNDLE/sock" "$BUNDLE/got" 3>&- 4>&- &
	within 2000 test -S "$BUNDLE/sock"
	ring3_quiet create -b "$BUNDLE" "$ID"
	within 2000 test -s "$BUNDLE/got"
	grep -qw "$(pid_of)" "$BUNDLE/got"
	delete
}

@test "A-10 LC-21 without somebody at the annotation's socket create fails and leaves nothing" {
	refused '.annotations = {"run.oci.pidfd_receiver": "/no/such/socket"}' "annotation run.oci.pidfd_receiver /no/such/socket"
}

# bats test_tags=not:userns
@test "A-15 A-16 the output of all hooks is appended to the files" {
	local kind filter='.annotations = {"run.oci.hooks.stdout": "\($bundle)/out", "run.oci.hooks.stderr": "\($bundle)/err"}'
	for kind in prestart createRuntime createContainer startContainer poststart poststop; do
		filter+=" | .hooks.$kind = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"echo $kind; echo bad $kind >&2\"]}]"
	done
	bundle "$filter" sleep 1000
	echo before >"$BUNDLE/out"
	ring3_quiet create -b "$BUNDLE" "$ID"
	start
	delete
	[ "$(tr '\n' ' ' <"$BUNDLE/out")" = "before prestart createRuntime createContainer startContainer poststart poststop " ]
	[ "$(sed 's/^bad //' "$BUNDLE/err" | tr '\n' ' ')" = "prestart createRuntime createContainer startContainer poststart poststop " ]
}

@test "A-15 A-16 no descriptor of the files is left to the program" {
	bundle '.annotations = {"run.oci.hooks.stdout": "\($bundle)/out", "run.oci.hooks.stderr": "\($bundle)/err"}' ls /proc/self/fd
	run ring3 run -b "$BUNDLE" "$ID" </dev/null
	ok
	[ "$(wc -l <<<"$output")" -eq 4 ]	# 0, 1, 2, and that of ls
}

@test "A-15 A-16 what is not a regular file, or not an absolute path, is an error" {
	mkfifo "$BUNDLE/fifo"
	local hook='.hooks.createRuntime = [{path: "/bin/true"}]'
	refused "$hook | .annotations = {\"run.oci.hooks.stdout\": \"$BUNDLE/fifo\"}" "annotation run.oci.hooks.stdout"
	refused "$hook | .annotations = {\"run.oci.hooks.stderr\": \"$BUNDLE\"}" "annotation run.oci.hooks.stderr"
	refused "$hook | .annotations = {\"run.oci.hooks.stdout\": \"relative\"}" "is not an absolute path"
}

@test "A-09 the caller's groups are kept where that is asked for" {
	[ "$LIVE_AS" = root ] || skip "takes groups"
	bundle '.annotations = {"run.oci.keep_original_groups": "1"}' id -G
	run setpriv --groups 4242 env "RING3_TEST_COOKIE=$COOKIE" "$RUNTIME" --root "$STATE" run -b "$BUNDLE" "$ID" </dev/null
	ok
	has 4242
	bundle . id -G
	run setpriv --groups 4242 env "RING3_TEST_COOKIE=$COOKIE" "$RUNTIME" --root "$STATE" run -b "$BUNDLE" "$ID" </dev/null
	prints 0
}

features() { "$RUNTIME" features | jq -c "$1"; }

@test "F-05 F-06 features: the annotations that may be unsafe, and whose document it is" {
	[ "$(features '.potentiallyUnsafeConfigAnnotations | sort')" = '["org.criu.config","org.systemd.property.","run.oci.hooks.stderr","run.oci.hooks.stdout","run.oci.keep_original_groups","run.oci.mount_context_type","run.oci.pidfd_receiver","run.oci.seccomp.receiver","run.oci.seccomp_fail_unknown_syscall","run.oci.systemd.subgroup"]' ]
	[ "$(features '.annotations | map(type) | unique')" = '["string"]' ]
	[ "$(features '.annotations | keys')" = '["io.github.seccomp.libseccomp.version","org.opencontainers.runc.checkpoint.enabled","ring3.commit","ring3.version"]' ]
}

@test "F-11 F-12 F-13 F-19 F-20 F-21 F-22 F-28 features: what is there and what is not is said, not left out" {
	[ "$(features '.linux.cgroup | [.systemd, .systemdUser, .rdma] | map(type) | unique')" = '["boolean"]' ]
	[ "$(features '.linux.seccomp | .supportedFlags - .knownFlags')" = '[]' ]
	[ "$(features '.linux.seccomp.supportedFlags | index("SECCOMP_FILTER_FLAG_LOG") != null')" = true ]
	[ "$(features '[.linux.apparmor.enabled, .linux.selinux.enabled]')" = '[true,true]' ]
	[ "$(features '.linux.memoryPolicy | [(.modes | length), (.flags | length)]')" = '[7,3]' ]
}

@test "F-23 F-24 F-25 F-27 features and create agree about resctrl and network devices" {
	[ "$(features .linux.intelRdt)" = '{"enabled":true,"schemata":true,"monitoring":true}' ]
	refused '.linux.intelRdt = {closID: "no-such-class"}' "intelRdt"
	[ "$(features .linux.netDevices.enabled)" = true ]
	refused '.linux.netDevices = {nosuch0: {}}' "netDevices"
}

@test "X-06 X-01 X-02 X-03 X-04 X-05 members of other platforms are not looked at, whatever is in them" {
	inside '.process.commandLine = 7 | .process.user.username = ["x"] | .vm = 1 | .windows = "x" | .solaris = [] | .zos = null | .freebsd = true' 'echo fine'
	prints fine
}

@test "LC-22 a warning changes nothing but the log" {
	bundle '.process.capabilities.bounding += ["CAP_NO_SUCH"]' echo fine
	run ring3 --log "$BUNDLE/log" --log-format json --log-level warning run -b "$BUNDLE" "$ID" </dev/null
	prints fine
	[ "$(jq -r .level "$BUNDLE/log")" = warning ]
	grep -q CAP_NO_SUCH "$BUNDLE/log"
}
