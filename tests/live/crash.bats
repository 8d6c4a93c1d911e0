load helpers
# SIGKILL of the runtime at any moment: delete --force works from whatever is left, and leaves nothing.

# The same, and gc instead of delete: either there is nothing to start, or a container that stays.
# bats test_tags=not:user,not:userns
@test "LC-24 gc, after gc --dry-run, removes what create left when it was killed, at random moments, and no container" {
	local round TIME SPAN ROUNDS=60
	bundle . sleep 1000
	how_long create
	for ((round = 0; round < ROUNDS; round += SLOWNESS)); do
		random_moment
		"$PROBE" kill-after $TIME env RING3_TEST_COOKIE="$COOKIE" "$RUNTIME" --root "$STATE" create -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&-
		within 2000 settled || { state_of; ls -A "$STATE/$ID"; false; }
		before=$(state_of || true)
		ring3 gc --dry-run </dev/null >"$BUNDLE/found" 2>"$BUNDLE/err" || { [ ! -e "$STATE" ]; continue; }
		ring3_quiet gc
		if [ "$before" = created ]; then
			[ ! -s "$BUNDLE/found" ]
			is created
			delete
		elif [ -s "$BUNDLE/found" ]; then
			grep -q "^$ID: .*killed" "$BUNDLE/found"
		fi
		[ -z "$(ls -A "$STATE")" ] || { echo "left after a kill at $TIME us"; ls -A "$STATE" "$STATE/$ID"; false; }
		within 2000 no_cookie_processes
		no_file "$CGROUP2$CG"
	done
}
# After its death the creator's lock and its messages to init end a moment later.
state_stopped() { [ "$(state_of "$ID-stopped")" = stopped ]; }
settled() { ! [ -e "$STATE/$ID/creating.sock" ] || flock -n "$STATE/$ID" true; }

@test "gc leaves running, created and stopped containers alone, also with a killed neighbour" {
	up 'del(.linux.cgroupsPath)' sleep 1000
	ring3_quiet create -b "$BUNDLE" "$ID-created"
	bundle 'del(.linux.cgroupsPath)' true
	ring3_quiet run -d -b "$BUNDLE" "$ID-stopped"
	within 2000 state_stopped
	mkdir -m 700 "$STATE/$ID-half"
	run ring3 gc --dry-run
	prints "$ID-half: a directory without a record: create or delete was killed"
	[ -d "$STATE/$ID-half" ]
	ring3_quiet gc
	[ "$(ls "$STATE" | wc -l)" -eq 3 ]
	is running
	[ "$(state_of "$ID-created")" = created ]
	[ "$(state_of "$ID-stopped")" = stopped ]
	delete
	ring3_quiet delete -f "$ID-created"
	ring3_quiet delete -f "$ID-stopped"
}

@test "gc without a state root has nothing to do" {
	ring3_quiet gc
	no_file "$STATE"
}

# how_long VERB: SPAN is a little more than the microseconds that it takes when nobody kills it.
how_long() {
	local begin=${EPOCHREALTIME/[.,]/}
	ring3_quiet $1 -b "$BUNDLE" "$ID"
	SPAN=$(((${EPOCHREALTIME/[.,]/} - begin) * 5 / 4))
	ring3_quiet delete -f "$ID"
}

# random_moment: TIME is one before SPAN.
random_moment() { TIME=$(((RANDOM << 15 | RANDOM) % SPAN)); }

# crash VERB ROUNDS: kills VERB at that many random moments; then delete -f.
crash() {
	local round TIME SPAN ROUNDS=$2
	how_long "$1"
	for ((round = 0; round < ROUNDS; round += SLOWNESS)); do
		random_moment
		"$PROBE" kill-after $TIME env RING3_TEST_COOKIE="$COOKIE" "$RUNTIME" --root "$STATE" $1 -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&-
		ring3 list >/dev/null 2>&1 3>&- 4>&- || { [ ! -e "$STATE" ] || { echo "list fails after a kill at $TIME us"; return 1; }; }
		ring3_quiet delete -f "$ID" || { echo "after a kill at $TIME us"; return 1; }
		if ! { within 2000 no_cookie_processes && [ -z "$(ls -A "$STATE" 2>/dev/null)" ] && no_file "$CGROUP2$CG"; }; then
			echo "left after a kill at $TIME us: $(cookie_processes) $(ls -A "$STATE") $(ls -d "$CGROUP2$CG" 2>/dev/null)"
			return 1
		fi
	done
}

# Random moments are for root: they take long, and the code that undoes is the same for everybody.

# bats test_tags=not:user,not:userns
@test "LC-24 create killed at random moments" {
	bundle . sleep 1000
	crash create 100
}

# bats test_tags=not:user,not:userns
@test "LC-24 create with a user namespace and hooks killed at random moments" {
	bundle "$USERNS | .hooks.createRuntime = [{path: \"/bin/true\"}] | .hooks.createContainer = [{path: \"/bin/true\"}]" sleep 1000
	crash create 50
}

# bats test_tags=not:user,not:userns
@test "LC-24 run --detach killed at random moments" {
	bundle . sleep 1000
	crash "run --detach" 50
}

# bats test_tags=not:user,not:userns
@test "LC-24 start killed at random moments" {
	bundle . sleep 1000
	for round in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
		ring3_quiet create -b "$BUNDLE" "$ID"
		"$PROBE" kill-after $((RANDOM % 3000)) "$RUNTIME" --root "$STATE" start "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&-
		case $(state_of) in created | running) ;; *) false ;; esac
		delete
	done
}

# bats test_tags=not:user,not:userns
@test "LC-24 delete killed at random moments can be repeated" {
	bundle . sleep 1000
	for round in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
		ring3_quiet create -b "$BUNDLE" "$ID"
		"$PROBE" kill-after $((RANDOM % 4000)) "$RUNTIME" --root "$STATE" delete -f "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&-
		delete
		no_file "$CGROUP2$CG"
	done
}

@test "LC-24 the runtime killed in a hook: init ends, delete -f cleans up" {
	bundle ".hooks.createRuntime = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"touch $BUNDLE/reached; exec sleep 30\"]}]" sleep 1000
	RING3_TEST_COOKIE=$COOKIE "$RUNTIME" --root "$STATE" create -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&- &
	within 5000 test -e "$BUNDLE/reached"
	kill -9 $!
	wait $! || true
	run ring3 state "$ID"
	[ "$status" -ne 0 ] || [ "$(jq -r .status <<<"$output")" != running ] || show
	delete
	for pid in $(cookie_processes); do
		[ "$(cat "/proc/$pid/comm")" != sleep ] || kill -9 "$pid"	# the hook itself belongs to whoever inherited it
	done
}

@test "EC-15 create that is killed by its parent's death leaves what delete -f can clean" {
	bundle . sleep 1000
	setpriv --pdeathsig KILL "$RUNTIME" --root "$STATE" create -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&- || true
	delete
}

@test "LC-23 twenty containers created at once" {
	bundle 'del(.linux.cgroupsPath)' sleep 1000
	pids=
	for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		ring3 run -d -b "$BUNDLE" "$ID-$n" </dev/null >"$BUNDLE/out-$n" 2>&1 3>&- 4>&- &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid"
	done
	[ "$(ring3 list -q | wc -l)" -eq 20 ]
	[ "$(ring3 list -f json | jq '[.[] | select(.status == "running")] | length')" -eq 20 ]
	for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		ring3_quiet delete -f "$ID-$n"
	done
}
