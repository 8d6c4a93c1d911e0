load helpers
# A new program takes over what the one before has made.  PREVIOUS is that of the commit before this one (tests/previous).

# The one that makes, as helpers.bash' ring3_quiet.
old() {
	RUNTIME=$WORK/previous ring3_quiet "$@"
}
needs_previous() {
	[ -n "${PREVIOUS:-}" ] && [ -x "$PREVIOUS" ] || skip "needs the version before: a git clone with history, and a commit that builds"
	[ "${RUNTIME##*/}" = ring3 ] || skip "needs ring3"
	[ -x "$WORK/previous" ] || cp "$PREVIOUS" "$WORK/previous"
}
into() { run ring3 exec "$ID" "$@" </dev/null; }

# bats test_tags=not:machine
@test "upgrade: a container that the version before made is used by this one: created, started, entered, ended" {
	needs_previous
	bundle '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 38}]}' \
		sh -c 'trap "exit 5" TERM; echo up >/tmp/upgrade; while :; do sleep 0.05; done'
	old create -b "$BUNDLE" "$ID"
	is created
	into sh -c 'hostname; mkdir /tmp/x || exit 7'
	exits 7
	has live "not implemented"
	no_file "$ROOTFS/tmp/upgrade"
	start
	within 3000 grep -q up "$ROOTFS/tmp/upgrade"
	is running
	[ "$(ring3 list -q)" = "$ID" ]
	into sh -c 'mkdir /tmp/x || exit 8'
	exits 8
	run ring3 ps -f json "$ID"
	jq -e --argjson pid "$(pid_of)" 'index($pid) != null' <<<"$output"
	pid=$(pid_of)
	ring3_quiet kill --wait=10 "$ID" TERM
	dead "$pid"
	is stopped
	ring3_quiet delete "$ID"
}

# bats test_tags=not:machine
@test "upgrade: a container that the version before started is paused, changed, resumed and deleted by this one" {
	needs_previous
	bundle . sleep 1000
	old run -d -b "$BUNDLE" "$ID"
	is running
	ring3_quiet pause "$ID"
	is paused
	grep -q "^frozen 1" "$CGROUP2$CG/$ID/cgroup.events"
	ring3_quiet resume "$ID"
	is running
	echo '{"unified": {"cgroup.max.depth": "3"}}' >"$BUNDLE/resources.json"
	ring3_quiet update -r "$BUNDLE/resources.json" "$ID"
	[ "$(cat "$CGROUP2$CG/$ID/cgroup.max.depth")" = 3 ]
	try delete "$ID"
	fails running
	ring3_quiet delete -f "$ID"
}

# bats test_tags=not:machine
@test "upgrade: a container that the version before paused is resumed, or deleted as it is" {
	needs_previous
	bundle . sleep 1000
	old run -d -b "$BUNDLE" "$ID"
	old pause "$ID"
	is paused
	try exec "$ID" true
	fails paused
	ring3_quiet resume "$ID"
	into sh -c 'exit 9'
	exits 9
	old pause "$ID"
	ring3_quiet delete -f "$ID"
}

# bats test_tags=not:machine
@test "upgrade: a stopped container, its cgroup and its poststop hooks" {
	needs_previous
	bundle ".hooks.poststop = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"cat >$BUNDLE/poststop\"]}]" true
	old create -b "$BUNDLE" "$ID"
	old start "$ID"
	within 3000 is stopped
	ring3_quiet delete "$ID"
	[ "$(jq -r '.id + " " + .status' "$BUNDLE/poststop")" = "$ID stopped" ]
}

@test "upgrade: a container of a newer version is left alone, with an error that says so" {
	[ "${RUNTIME##*/}" = ring3 ] || skip "needs ring3"
	up . sleep 1000
	pid=$(pid_of)
	cp "$STATE/$ID/state.json" "$BUNDLE/state.json"
	jq '.format = 99 | .somethingNew = {}' "$BUNDLE/state.json" >"$STATE/$ID/state.json"
	for command in state start "exec -d" pause resume kill "kill --all" update delete "delete -f" ps "events --stats"; do
		# shellcheck disable=SC2086
		if [ "${command#exec}" != "$command" ]; then try $command "$ID" true; else try $command "$ID"; fi
		fails "container $ID was made by a newer ring3 (record format 99, this one knows "
	done
	not dead "$pid"
	cp "$BUNDLE/state.json" "$STATE/$ID/state.json"
	delete
}
