# Every step of the container process fails once: the message names it, and nothing is left (reliability P1, P2, LC-04, LC-21).
# The runtime under test is a build that fails at the step RING3_FAIL_STEP names; the ordinary one has no such door.
# bats file_tags=not:machine
load helpers

setup() {
	FAULTS=${FAULTS:-$TOP/build/faults/ring3}
	[ -x "$FAULTS" ] || skip "needs $FAULTS: make check-live builds it"
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	[ -n "$CGROUP2" ] || skip "needs a mounted cgroup2"
	prepare
	BUSY="$USERNS | .linux.namespaces += [{type: \"time\"}] | .linux.timeOffsets = {monotonic: {secs: 7}}
		| .linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{names: [\"mkdir\"], action: \"SCMP_ACT_ERRNO\"}]}
		| .linux.maskedPaths = [\"/proc/keys\", \"/sys/firmware\"] | .linux.readonlyPaths = [\"/proc/sys\"]
		| .hooks = {createRuntime: [{path: \"/bin/true\"}], createContainer: [{path: \"/bin/true\"}], poststop: [{path: \"/bin/true\"}]}"
}

# The names of the steps that a create and a start went through in the container's process; the runtime's own have no such door.
steps_of() {
	sed -n 's/^\[ *[0-9.]* ms\] step: //p' "$1" |
		grep -vxFf <(sed -n 's/.*log_step(FLIGHT_COMMAND, "\(.*\)").*/\1/p' "$TOP"/runtime/container/*.c)
}

# A container that comes up all the same must not keep bats' pipes.
faulty() {
	RING3_FAIL_STEP=$1 RING3_TEST_COOKIE=$COOKIE "$FAULTS" --root "$STATE" "${@:2}" </dev/null >"$BUNDLE/try" 2>&1 3>&- 4>&-
	local code=$?
	cat "$BUNDLE/try"
	return $code
}

# Fails at every step of create, which must say so, leave nothing and free the id.
every_step_of_create() {
	bundle "$1" sleep 1000
	ring3 --debug create -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$BUNDLE/log" 3>&- 4>&-
	delete
	steps_of "$BUNDLE/log" | grep -v "wait for start" >"$BUNDLE/steps"
	[ "$(wc -l <"$BUNDLE/steps")" -ge 30 ]
	while read -r step; do
		run faulty "$step" create -b "$BUNDLE" "$ID"
		fails "create: $step: fault injected" || return 1
		[ "${#lines[@]}" -eq 1 ] || show
		[ -z "$(ls -A "$STATE")" ] || { echo "left by a failure at: $step"; return 1; }
		[ ! -e "$CGROUP2$CG" ] || { echo "cgroup left by a failure at: $step"; return 1; }
	done <"$BUNDLE/steps"
}

@test "LC-04 LC-21 a create that fails at any step names it and leaves nothing" {
	every_step_of_create .
}

@test "LC-04 LC-21 a create with a user namespace, filter and hooks that fails at any step leaves nothing" {
	every_step_of_create "$BUSY"
}

@test "LC-11 LC-12 a start that fails at any step is an error of start, and the container is gone" {
	bundle . sleep 1000
	for step in "startContainer hooks" "close descriptors" "seccomp and execute"; do
		faulty "$step" create -b "$BUNDLE" "$ID" >/dev/null 2>&1
		run ring3 start "$ID"
		fails "$step: fault injected"
		[ -z "$(ls -A "$STATE")" ]
		[ ! -e "$CGROUP2$CG/$ID" ]
	done
}

@test "the ordinary build has no door for faults" {
	bundle . true
	RING3_FAIL_STEP=mounts run ring3 run -b "$BUNDLE" "$ID"
	ok
}
