load helpers

# hook KIND SCRIPT [MORE]: adds a hook of /bin/sh; MORE: further members.
hook() { printf '.hooks.%s += [{path: "/bin/sh", args: ["sh", "-c", "%s"]%s}]' "$1" "${2//\"/\\\"}" "${3:-}"; }
log() { echo "echo $1 >>$BUNDLE/log"; }
save() { echo "cat >$BUNDLE/$1.json"; }
stdin_of() { jq -r "$2" "$BUNDLE/$1.json"; }
all_kinds="prestart createRuntime createContainer startContainer poststart poststop"

# bats test_tags=not:userns
@test "H-01 H-02 H-03 H-04 H-05 H-06 the order of all six kinds, around the program" {
	mkdir "$BUNDLE/shared"
	chmod 777 "$BUNDLE/shared"
	local filter=".mounts += [{destination: \"/shared\", source: \"$BUNDLE/shared\", options: [\"bind\"]}]" kind
	for kind in prestart createRuntime createContainer poststart poststop; do
		filter="$filter | $(hook $kind "echo $kind 1 >>$BUNDLE/shared/log") | $(hook $kind "echo $kind 2 >>$BUNDLE/shared/log")"
	done
	filter="$filter | $(hook startContainer 'echo startContainer >>/shared/log')"
	bundle "$filter" sh -c 'echo program >>/shared/log; exec sleep 1000'
	ring3_quiet create -b "$BUNDLE" "$ID"
	[ "$(cat "$BUNDLE/shared/log")" = "prestart 1
prestart 2
createRuntime 1
createRuntime 2
createContainer 1
createContainer 2" ]
	start
	within 2000 grep -q program "$BUNDLE/shared/log"
	[ "$(sed -n 7p "$BUNDLE/shared/log")" = startContainer ]
	[ "$(tail -n 3 "$BUNDLE/shared/log" | grep -v program | tr '\n' ' ')" = "poststart 1 poststart 2 " ]
	delete
	[ "$(tail -n 2 "$BUNDLE/shared/log" | tr '\n' ' ')" = "poststop 1 poststop 2 " ]
}

@test "H-11 H-12 the state on stdin: id, version, bundle, annotations, root, closed at the end" {
	create "$(hook createRuntime "$(save state)") | .annotations = {a: \"b\"}" true
	[ "$(stdin_of state .id)" = "$ID" ]
	[ "$(stdin_of state .bundle)" = "$BUNDLE" ]
	[ "$(stdin_of state .annotations.a)" = b ]
	[ "$(stdin_of state .root)" = "$ROOTFS" ]
	[[ $(stdin_of state .ociVersion) =~ ^1\. ]]
	[ "$(stdin_of state .pid)" = "$(pid_of)" ]
	delete
}

@test "H-01 H-02 H-05 H-06 status and pid that hooks of the runtime see" {
	local filter=. kind
	for kind in prestart createRuntime poststart poststop; do
		filter="$filter | $(hook $kind "$(save $kind)")"
	done
	up "$filter" sleep 1000
	pid=$(pid_of)
	delete
	[ "$(stdin_of prestart .status) $(stdin_of prestart .pid)" = "creating $pid" ]
	[ "$(stdin_of createRuntime .status) $(stdin_of createRuntime .pid)" = "creating $pid" ]
	[ "$(stdin_of poststart .status) $(stdin_of poststart .pid)" = "running $pid" ]
	[ "$(stdin_of poststop .status)" = stopped ]
	[ "$(stdin_of poststop '.pid // 0')" = 0 ]
}

@test "H-03 H-04 status and pid that hooks in the container see" {
	inside "$(hook createContainer "$(save createContainer)") | $(hook startContainer 'cat >/tmp/startContainer.json')" true
	ok
	[ "$(stdin_of createContainer .status) $(stdin_of createContainer .pid)" = "creating 1" ]
	mv "$ROOTFS/tmp/startContainer.json" "$BUNDLE/"
	[ "$(stdin_of startContainer .status) $(stdin_of startContainer .pid)" = "created 1" ]
}

@test "H-01 H-02 hooks of the runtime run in its namespaces, when the container's exist" {
	bundle "$(hook createRuntime "readlink /proc/self/ns/mnt /proc/self/ns/net /proc/self/ns/pid >$BUNDLE/ns; true")" true
	ring3_quiet create -b "$BUNDLE" "$ID"
	[ "$(cat "$BUNDLE/ns")" = "$(readlink /proc/self/ns/mnt /proc/self/ns/net /proc/self/ns/pid)" ]
	delete
}

# bats test_tags=not:user
@test "H-03 createContainer runs in the container's namespaces, before the root changes" {
	create "$(hook createContainer "readlink /proc/self/ns/mnt /proc/self/ns/net /proc/self/ns/uts >$BUNDLE/ns; ls -d /boot >$BUNDLE/boot")" sleep 1000
	pid=$(pid_of)
	[ "$(cat "$BUNDLE/ns")" = "$(readlink /proc/$pid/ns/mnt /proc/$pid/ns/net /proc/$pid/ns/uts)" ]
	[ "$(cat "$BUNDLE/boot")" = /boot ]
	delete
}

@test "H-03 createContainer finds the mounts made" {
	create "$(hook createContainer "grep -c $ROOTFS/dev/shm /proc/self/mountinfo >$BUNDLE/count")" sleep 1000
	[ "$(cat "$BUNDLE/count")" -ge 1 ]
	delete
}

@test "H-03 createContainer runs in the root file system" {
	mkdir "$ROOTFS/h03"
	give "$ROOTFS/h03"
	create "$(hook createContainer 'echo here >h03/file; pwd -P >h03/pwd')" sleep 1000
	[ "$(cat "$ROOTFS/h03/file")" = here ]
	[ "$(cat "$ROOTFS/h03/pwd")" = "$(realpath "$ROOTFS")" ]
	delete
}

@test "H-04 startContainer runs under the filter of linux.seccomp" {
	local filter='.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
		syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 61}]}'
	create "$filter | $(hook startContainer 'grep Seccomp: /proc/self/status; mkdir /dev/shm/h04')" true
	try start "$ID"
	exits 1
	has "Seccomp: 2" "No data available"
	delete
	create "$filter | $(hook startContainer 'mkdir /dev/shm/h04')"' | .linux.seccomp.syscalls[0].action = "SCMP_ACT_KILL_PROCESS"
		| del(.linux.seccomp.syscalls[0].errnoRet)' true
	try start "$ID"
	exits 1
	has "Bad system call"
	delete
}

@test "H-04 startContainer is found and runs in the container, with the container's environment" {
	inside "$(hook startContainer 'echo $FROM_SPEC $(hostname) >/tmp/h04; ls / >>/tmp/h04') | .process.env += [\"FROM_SPEC=yes\"]" 'cat /tmp/h04'
	rm "$ROOTFS/tmp/h04"
	ok
	[ "${lines[0]}" = "yes live" ]
	lacks boot
}

@test "H-04 startContainer runs at start, not at create" {
	create "$(hook startContainer 'touch /tmp/h04b')" sleep 1000
	no_file "$ROOTFS/tmp/h04b"
	start
	[ -e "$ROOTFS/tmp/h04b" ]
	rm "$ROOTFS/tmp/h04b"
	delete
}

@test "H-05 poststart runs after the program was executed and before start returns" {
	create "$(hook poststart "cat /proc/\$(cat $BUNDLE/pid)/comm >$BUNDLE/comm")" sleep 1000
	pid_of >"$BUNDLE/pid"
	start
	[ "$(cat "$BUNDLE/comm")" = sleep ]
	delete
}

@test "H-06 poststop runs when nothing of the container is left, and before delete returns" {
	create "$(hook poststop "ls -d $CGROUP2$CG/$ID >$BUNDLE/left 2>/dev/null; sleep 0.1; echo done >$BUNDLE/done")" sleep 1000
	delete
	[ -e "$BUNDLE/left" ]
	[ ! -s "$BUNDLE/left" ]
	[ -e "$BUNDLE/done" ]
}

@test "H-07 a relative or empty path is an error" {
	for kind in $all_kinds; do
		refused ".hooks.$kind = [{path: \"bin/true\"}]" "hooks.$kind[0].path"
	done
	refused '.hooks.prestart = [{path: ""}]' "hooks.prestart[0].path"
	refused '.hooks.prestart = [{args: ["x"]}]' "hooks.prestart[0]" "path"
}

@test "H-08 args are passed verbatim: argv[0] may differ from the path" {
	printf '#!/bin/sh\ntr "\\0" "|" </proc/$$/cmdline >%s/cmdline\n' "$BUNDLE" >"$BUNDLE/hook"
	chmod 755 "$BUNDLE/hook"
	create ".hooks.createRuntime = [{path: \"/bin/sh\", args: [\"other name\", \"-c\", \"tr '\\\\0' '|' </proc/\$\$/cmdline >$BUNDLE/cmdline; :\", \"two words\", \"\"]}]" true
	[[ $(cat "$BUNDLE/cmdline") == "other name|-c|"*"|two words||" ]]
	delete
}

@test "H-08 without args argv is the path alone" {
	printf '#!/bin/sh\necho "$# $0" >%s/argv\n' "$BUNDLE" >"$BUNDLE/hook"
	chmod 755 "$BUNDLE/hook"
	create ".hooks.createRuntime = [{path: \"$BUNDLE/hook\"}]" true
	[ "$(cat "$BUNDLE/argv")" = "0 $BUNDLE/hook" ]
	delete
}

@test "H-09 env is the whole environment; without it the runtime's own is inherited" {
	bundle "$(hook createRuntime "env >$BUNDLE/given" ', env: ["ONE=1", "PATH=/usr/bin:/bin"]') | $(hook createRuntime "env >$BUNDLE/inherited")" true
	FROM_CALLER=yes ring3_quiet create -b "$BUNDLE" "$ID"
	grep -qx ONE=1 "$BUNDLE/given"
	not grep -q FROM_CALLER "$BUNDLE/given"
	grep -qx FROM_CALLER=yes "$BUNDLE/inherited"
	delete
}

@test "H-10 a hook that takes longer than its timeout is killed, with its children, and create fails" {
	bundle "$(hook createRuntime "sleep 30 & echo \$! >$BUNDLE/child; sleep 30" ', timeout: 1')" true
	try create -b "$BUNDLE" "$ID"
	fails "createRuntime hook #0" "timed out"
	within 2000 dead "$(cat "$BUNDLE/child")"
}

@test "H-10 a timeout in the container's own hooks" {
	bundle "$(hook createContainer 'sleep 30' ', timeout: 1')" true
	try create -b "$BUNDLE" "$ID"
	fails "createContainer hook #0" "timed out"
}

@test "H-10 a timeout of 0 or less is an error" {
	refused '.hooks.prestart = [{path: "/bin/true", timeout: 0}]' "hooks.prestart[0].timeout"
	refused '.hooks.prestart = [{path: "/bin/true", timeout: -1}]' "hooks.prestart[0].timeout"
}

@test "H-11 a hook that reads nothing does not block, however long the state is" {
	bundle "$(hook createRuntime true) | $(hook createContainer true) | $(hook startContainer true) | $(hook poststart true) | $(hook poststop true)
		| .annotations = {long: (\"x\" * 200000)}" true
	ring3_quiet run -d -b "$BUNDLE" "$ID"
	delete
}

@test "H-11 a hook gets all of a long state" {
	create "$(hook createRuntime "$(save state)") | .annotations = {long: (\"x\" * 200000)}" true
	[ "$(stdin_of state '.annotations.long | length')" = 200000 ]
	delete
}

@test "H-13 hooks of the runtime run in the bundle directory" {
	cd /
	create "$(hook createRuntime "pwd >$BUNDLE/pwd")" true
	[ "$(cat "$BUNDLE/pwd")" = "$BUNDLE" ]
	delete
}

@test "H-14 what hooks print does not show when they succeed" {
	local filter=. kind
	for kind in $all_kinds; do
		filter="$filter | $(hook $kind 'echo out; echo err >&2')"
	done
	up "$filter" sleep 1000
	delete
}

@test "H-14 H-15 a failing hook: its output, its status and its number are in the message" {
	bundle "$(hook createRuntime true) | $(hook createRuntime 'echo some output; echo some error >&2; exit 7')" true
	try create -b "$BUNDLE" "$ID"
	fails "error running createRuntime hook #1" "exit status 7" "some output" "some error"
}

@test "H-15 death by signal and a missing program are failures" {
	bundle "$(hook createRuntime 'kill -9 $$')" true
	try create -b "$BUNDLE" "$ID"
	fails "createRuntime hook #0" "signal"
	refused '.hooks.createRuntime = [{path: "/no/such/hook"}]' "createRuntime hook #0" "/no/such/hook" "no such file or directory"
}

@test "EC-17 hooks get no descriptor but 0, 1 and 2" {
	bundle "$(hook createRuntime "$PROBE fds >$BUNDLE/fds") | $(hook poststop "$PROBE fds >$BUNDLE/fds2")" true
	ring3 create -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&- 7</etc/passwd
	[ "$(tr '\n' ' ' <"$BUNDLE/fds")" = "0 1 2 " ]
	delete
	[ "$(tr '\n' ' ' <"$BUNDLE/fds2")" = "0 1 2 " ]
}

@test "EC-16 hooks run with default signals" {
	bundle "$(hook createRuntime "grep -E '^Sig(Blk|Ign)' /proc/self/status >$BUNDLE/sig")" true
	RING3_TEST_COOKIE=$COOKIE "$PROBE" blocked "$RUNTIME" --root "$STATE" create -b "$BUNDLE" "$ID" </dev/null >"$BUNDLE/out" 2>&1 3>&- 4>&-
	[ "$(cut -f2 "$BUNDLE/sig" | sort -u)" = 0000000000000000 ]
	delete
}

@test "LC-06 LC-07 LC-08 a failing hook of create: error, all undone, poststop runs, the id is free" {
	for kind in prestart createRuntime createContainer; do
		rm -f "$BUNDLE"/*
		bundle "$(hook $kind 'exit 1') | $(hook poststop "$(save poststop)")" true
		try create -b "$BUNDLE" "$ID"
		fails "$kind hook #0"
		[ "$(stdin_of poststop .status)" = stopped ]
		nothing_left
	done
}

@test "LC-06 after a failing hook the following ones do not run" {
	bundle "$(hook prestart 'exit 1') | $(hook prestart "touch $BUNDLE/second") | $(hook createRuntime "touch $BUNDLE/third")" true
	try create -b "$BUNDLE" "$ID"
	fails "prestart hook #0"
	no_file "$BUNDLE/second"
	no_file "$BUNDLE/third"
}

@test "LC-11 a failing startContainer hook is an error of start: the program does not run, the container ends" {
	create "$(hook startContainer 'echo why >&2; exit 3') | $(hook poststart "touch $BUNDLE/poststart") | $(hook poststop "$(save poststop)")" touch /tmp/lc11
	try start "$ID"
	fails "startContainer hook #0" "exit status 3" "why"
	no_file "$ROOTFS/tmp/lc11"
	no_file "$BUNDLE/poststart"
	[ "$(stdin_of poststop .status)" = stopped ]
	nothing_left
}

@test "LC-13 a failing poststart hook is an error of start and ends the container" {
	create "$(hook poststart 'exit 3') | $(hook poststart "touch $BUNDLE/second") | $(hook poststop "$(save poststop)")" sleep 1000
	pid=$(pid_of)
	try start "$ID"
	fails "poststart hook #0"
	not [ -e "/proc/$pid/fd/0" ]
	no_file "$BUNDLE/second"
	[ "$(stdin_of poststop .status)" = stopped ]
	nothing_left
}

@test "LC-13 poststart does not run when the program could not be executed" {
	printf '#!/no/such/interpreter\n' >"$ROOTFS/bin/badscript"
	chmod 755 "$ROOTFS/bin/badscript"
	create "$(hook poststart "touch $BUNDLE/ran") | $(hook poststop "$(save poststop)")" badscript
	try start "$ID"
	rm "$ROOTFS/bin/badscript"
	fails "/no/such/interpreter"
	no_file "$BUNDLE/ran"
	[ "$(stdin_of poststop .status)" = stopped ]
	nothing_left
}

@test "LC-17 a failing poststop hook is a warning: the next one runs, delete succeeds" {
	create "$(hook poststop 'exit 1') | $(hook poststop "touch $BUNDLE/second")" sleep 1000
	try delete -f "$ID"
	exits 0
	[ -e "$BUNDLE/second" ]
	nothing_left
}

@test "LC-06 hooks may ask for the state while create runs" {
	[ "${RUNTIME##*/}" = ring3 ] || skip "other runtimes have no state yet"
	create "$(hook createRuntime "$RUNTIME --root $STATE state $ID >$BUNDLE/asked.json")" true
	[ "$(stdin_of asked .status)" = creating ]
	delete
}
