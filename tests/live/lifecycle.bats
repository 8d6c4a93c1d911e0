load helpers

@test "LC-01 create without an id is an error" {
	bundle . true
	try create -b "$BUNDLE"
	fails ""
	no_file "$STATE/$ID"
}

@test "LC-01 create without a bundle directory is an error" {
	try create -b "$WORK/missing" "$ID"
	fails "no such file or directory"
}

@test "LC-01 the bundle defaults to the current directory" {
	bundle . true
	cd "$BUNDLE"
	ring3_quiet create "$ID"
	[ "$(ring3 state "$ID" | jq -r .bundle)" = "$BUNDLE" ]
	delete
}

@test "LC-02 an id in use is refused and the container with it stays as it is" {
	create . sleep 1000
	pid=$(pid_of)
	try create -b "$BUNDLE" "$ID"
	fails "container with given ID already exists"
	[ "$(pid_of)" = "$pid" ]
	is created
	delete
}

@test "LC-03 invalid ids are refused" {
	bundle . true
	for id in . .. a/b 'a b' '' 'ä' 'a*' 'a
b'; do
		try create -b "$BUNDLE" -- "$id"
		fails ""
	done
	try create -b "$BUNDLE" 'a/b'
	fails "invalid container ID format"
}

@test "LC-03 an id of runc's characters is taken" {
	bundle . true
	ring3_quiet create -b "$BUNDLE" "A_z0+.-$COOKIE"
	ring3_quiet delete -f "A_z0+.-$COOKIE"
}

@test "LC-03 an id of 1024 characters or more is refused, in words" {
	bundle . true
	try create -b "$BUNDLE" "$(printf 'a%.0s' {1..1025})"
	fails ""
}

@test "LC-04 a failed create leaves nothing and the id can be used again" {
	refused '.process.args = ["/no/such/program"]' "no such file or directory"
	nothing_left
	create . true
	delete
}

@test "LC-05 a mount that cannot be made fails create and leaves nothing" {
	refused "$(mount_of /x nosuchfilesystem none '[]')" "nosuchfilesystem"
	nothing_left
}

@test "LC-09 create does not run the program" {
	create '.process.args = ["touch", "/tmp/lc09"]'
	sleep 0.05
	no_file "$ROOTFS/tmp/lc09"
	start
	within 2000 test -e "$ROOTFS/tmp/lc09"
	rm "$ROOTFS/tmp/lc09"
	within 2000 is stopped
	delete
}

@test "LC-09 after create the status is created, after start running, after the end stopped" {
	create . sleep 1000
	is created
	start
	is running
	ring3_quiet kill "$ID" KILL
	within 2000 is stopped
	delete
}

@test "LC-10 start of an unknown id is an error" {
	try start "$ID"
	fails "does not exist"
}

@test "LC-10 start of a running container is an error without effect" {
	up . sleep 1000
	pid=$(pid_of)
	try start "$ID"
	fails "cannot start an already running container"
	is running
	[ "$(pid_of)" = "$pid" ]
	delete
}

@test "LC-10 start of a stopped container is an error" {
	up . true
	within 2000 is stopped
	try start "$ID"
	fails "cannot start a container that has stopped"
	is stopped
	delete
}

@test "LC-12 a program that cannot be executed is an error of start" {
	printf '#!/no/such/interpreter\n' >"$ROOTFS/bin/badscript"
	chmod 755 "$ROOTFS/bin/badscript"
	create . badscript
	try start "$ID"
	rm "$ROOTFS/bin/badscript"
	fails "no such file or directory"
	within 2000 ended
	delete
}

@test "LC-12 a file in no executable format is an error of start" {
	printf 'neither ELF nor script\n' >"$ROOTFS/bin/noformat"
	chmod 755 "$ROOTFS/bin/noformat"
	create . noformat
	try start "$ID"
	rm "$ROOTFS/bin/noformat"
	fails "exec format error"
	within 2000 ended
	delete
}

@test "LC-14 state right after the end is stopped with pid 0" {
	up . true
	within 2000 is stopped
	[ "$(pid_of)" -eq 0 ]
	delete
}

@test "LC-14 a process with the same pid but another start time does not count as init" {
	[ "${RUNTIME##*/}" = ring3 ] || skip "edits ring3's own record"
	up . sleep 1000
	pid=$(pid_of)
	record=$STATE/$ID/state.json
	cp "$record" "$BUNDLE/record"
	jq -c ".init_process_pid = $$" "$BUNDLE/record" >"$record"
	is stopped
	kill -0 $$
	cp "$BUNDLE/record" "$record"
	is running
	delete
}

@test "LC-15 delete of a running container without force is an error without effect" {
	up . sleep 1000
	try delete "$ID"
	fails "cannot delete container $ID that is not stopped: running"
	is running
	delete
}

@test "LC-15 delete of a created container kills and removes it, as runc and crun do" {
	create . sleep 1000
	pid=$(pid_of)
	ring3_quiet delete "$ID"
	not [ -d "/proc/$pid/fd/0" ]
}

@test "LC-15 delete -f kills a running container" {
	up . sleep 1000
	ring3_quiet delete -f "$ID"
	try state "$ID"
	fails "does not exist"
}

@test "LC-16 a deleted container is gone from list, state and the file system" {
	up . true
	within 2000 is stopped
	ring3_quiet delete "$ID"
	nothing_left
	try delete "$ID"
	fails "does not exist"
}

@test "LC-16 delete -f of an unknown id succeeds silently" {
	ring3_quiet delete -f "$ID"
	ring3_quiet delete --force "$ID"
}

@test "LC-16 delete removes the container's cgroup and the parents it made, and no others" {
	mkdir "$CGROUP2$CG"
	create . sleep 1000
	[ -d "$CGROUP2$CG/$ID" ]
	delete
	[ -d "$CGROUP2$CG" ]
	no_file "$CGROUP2$CG/$ID"
	rmdir "$CGROUP2$CG"
}

@test "LC-18 state of an unknown id is an error, without an id too" {
	try state "$ID"
	fails "does not exist"
	try state
	fails ""
}

@test "LC-19 kill sends the named signal to init" {
	for signal in TERM SIGTERM 15 sigterm; do
		up . sh -c 'trap "echo got >/tmp/lc19; exit" TERM; while :; do sleep 0.01; done'
		sleep 0.05
		ring3_quiet kill "$ID" "$signal"
		within 2000 is stopped
		[ "$(cat "$ROOTFS/tmp/lc19")" = got ]
		rm "$ROOTFS/tmp/lc19"
		delete
	done
}

@test "LC-19 the default signal of kill is TERM" {
	up . sh -c "exec probe serve >/dev/null"
	sleep 0.05
	ring3_quiet kill "$ID"
	within 2000 is stopped
	delete
}

@test "LC-19 kill takes a real time signal by name and number" {
	up . sh -c 'trap "exit" 35 36; while :; do sleep 0.01; done'
	sleep 0.05
	ring3_quiet kill "$ID" RTMIN+1
	within 2000 is stopped
	delete
}

@test "LC-19 an unknown signal is an error" {
	up . sleep 1000
	try kill "$ID" NOSUCH
	fails "NOSUCH"
	try kill "$ID" 100
	fails "100"
	is running
	delete
}

@test "LC-19 kill of a stopped container is an error" {
	up . true
	within 2000 is stopped
	try kill "$ID" KILL
	fails "container not running"
	delete
}

@test "LC-19 kill of an unknown id is an error" {
	try kill "$ID" KILL
	fails "does not exist"
}

# A container without a pid namespace of its own: init ends at once, a child of it $1 seconds later.
lingering() { up 'del(.linux.namespaces[] | select(.type == "pid"))' sh -c 'trap "exit 0" TERM; (trap "" TERM; sleep '"$1"') & while :; do sleep 0.05; done'; sleep 0.1; }
cgroup_empty() { grep -q "populated 0" "$CGROUP2$CG/$ID/cgroup.events"; }

@test "LC-19 kill --wait returns when the last process of the cgroup has ended" {
	lingering 1
	ring3_quiet kill --wait=20 "$ID" TERM
	is stopped
	cgroup_empty
	ring3_quiet delete "$ID"
}

@test "LC-19 kill without --wait returns at once" {
	lingering 20
	ring3_quiet kill "$ID" TERM
	not cgroup_empty
	delete
}

@test "LC-19 kill --wait says what it waited for when the time is over" {
	up . sh -c 'trap "" TERM; while :; do sleep 0.05; done'
	sleep 0.1
	try kill --wait=1 "$ID" TERM
	fails "timed out waiting for the container process to end"
	is running
	ring3_quiet kill --wait "$ID" KILL
	is stopped
	try kill --wait "$ID" KILL
	fails "container not running"
	delete
}

@test "LC-19 kill KILL ends what outlived init where the pid namespace is not the container's" {
	local init
	# A proc of its own it may not have in a user namespace.
	up '.linux.namespaces |= map(select(.type != "pid")) | .mounts |= map(select(.type != "proc")) | del(.linux.maskedPaths, .linux.readonlyPaths)' sh -c 'sleep 1000 & sleep 1000'
	ring3_quiet exec --detach "$ID" sleep 1000
	init=$(pid_of)
	kill -KILL "$init"
	within 5000 is stopped
	not cgroup_empty
	try kill "$ID" TERM
	fails "container not running"
	ring3_quiet kill "$ID" KILL
	within 5000 cgroup_empty
	try kill "$ID" KILL
	fails "container not running"
	ring3_quiet delete "$ID"
}

@test "LC-19 kill --all --wait --regex reaches everything" {
	lingering 1
	ring3_quiet kill --all --regex --wait=20 "^$ID\$" KILL
	cgroup_empty
	ring3_quiet delete "$ID"
}

@test "LC-15 delete --wait waits for the end, without killing" {
	up . sh -c 'sleep 0.5; echo done >/tmp/lc15wait'
	ring3_quiet delete --wait=20 "$ID"
	[ "$(cat "$ROOTFS/tmp/lc15wait")" = "done" ]
	rm "$ROOTFS/tmp/lc15wait"
	try state "$ID"
	fails "does not exist"
}

@test "LC-15 delete --wait leaves a container that does not end" {
	up . sleep 1000
	try delete --wait=1 "$ID"
	fails "timed out waiting for the container process to end"
	is running
	ring3_quiet delete --force --wait=5 "$ID"
}

@test "LC-19 a created container ends by TERM and by KILL" {
	for signal in TERM KILL; do
		create . sleep 1000
		ring3_quiet kill "$ID" $signal
		within 2000 is stopped
		try start "$ID"
		fails "cannot start a container that has stopped"
		ring3_quiet delete "$ID"
	done
}

@test "LC-20 a deleted id can be used again at once" {
	for round in 1 2 3; do
		create . sleep 1000
		delete
	done
}

@test "LC-23 of two starts at the same time exactly one wins" {
	create . sleep 1000
	ring3 start "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&- &
	first=$!
	ring3 start "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&- &
	second=$!
	won=0
	wait $first && won=$((won + 1))
	wait $second && won=$((won + 1))
	[ $won -eq 1 ]
	is running
	delete
}

@test "LC-23 of two creates with the same id exactly one wins" {
	bundle . sleep 1000
	ring3 create -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&- &
	first=$!
	ring3 create -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&- &
	second=$!
	won=0
	wait $first && won=$((won + 1))
	wait $second && won=$((won + 1))
	[ $won -eq 1 ]
	is created
	delete
}

@test "LC-23 delete -f and start at the same time leave nothing" {
	for round in 1 2 3 4 5; do
		create . sleep 1000
		ring3 start "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&- &
		ring3 delete -f "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&- || true
		wait $! || true
		ring3 delete -f "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&-
	done
}

@test "G-10 edits of config.json after create have no effect" {
	create . sh -c 'echo old >/tmp/g10'
	config '.process.args = ["sh", "-c", "echo new >/tmp/g10"] | .annotations = {a: "b"}'
	start
	within 2000 is stopped
	[ "$(cat "$ROOTFS/tmp/g10")" = old ]
	rm "$ROOTFS/tmp/g10"
	[ "$(ring3 state "$ID" | jq -c '.annotations // {}')" = '{}' ]
	delete
}

@test "G-10 a bundle that went away does not matter to start and delete" {
	create . true
	mv "$BUNDLE/config.json" "$BUNDLE/gone.json"
	start
	within 2000 is stopped
	delete
}

@test "ST-01 ST-02 ST-03 ST-04 ST-05 state names version, id, status, pid and bundle" {
	up . sleep 1000
	run ring3 state "$ID"
	ok
	[ "$(jq -r '.id' <<<"$output")" = "$ID" ]
	[ "$(jq -r '.status' <<<"$output")" = running ]
	[ "$(jq -r '.bundle' <<<"$output")" = "$BUNDLE" ]
	[[ $(jq -r '.ociVersion' <<<"$output") =~ ^1\.[0-9]+\.[0-9]+$ ]]
	pid=$(jq -r '.pid' <<<"$output")
	[ "$(readlink /proc/$pid/ns/pid)" != "$(readlink /proc/self/ns/pid)" ]
	delete
}

@test "ST-06 annotations are echoed in state" {
	create '.annotations = {"org.example.a": "1", "b": "with \"quotes\" and \u00e4"}' true
	[ "$(ring3 state "$ID" | jq -c .annotations)" = '{"org.example.a":"1","b":"with \"quotes\" and ä"}' ]
	delete
}

@test "ST-07 state holds rootfs and a creation time of RFC 3339" {
	create . true
	run ring3 state "$ID"
	[ "$(jq -r .rootfs <<<"$output")" = "$ROOTFS" ]
	created=$(jq -r .created <<<"$output")
	[[ $created =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$ ]]
	[ $(($(date +%s) - $(date -d "$created" +%s))) -lt 60 ]
	delete
}

@test "EC-10 after create the container process belongs to the nearest subreaper, and nothing else is left" {
	bundle . sh -c 'exit 7'
	run "$PROBE" subreaper sh -c "'$RUNTIME' --root '$STATE' create -b '$BUNDLE' '$ID' </dev/null 2>'$BUNDLE/err' &&
		'$RUNTIME' --root '$STATE' start '$ID'" 3>&- 4>&-
	ok
	[ "$output" = "command status=0
inherited status=7" ] || [ "$output" = "inherited status=7
command status=0" ] || show
	ring3_quiet delete "$ID"
}

@test "EC-31 a zombie init counts as stopped" {
	# The parent that inherits it never waits: a shell that runs sleep as its own image.
	bundle . sh -c 'exit 0'
	"$PROBE" subreaper sh -c "'$RUNTIME' --root '$STATE' create -b '$BUNDLE' '$ID' && '$RUNTIME' --root '$STATE' start '$ID' &&
		kill -STOP \$PPID && exec sleep 0.3" </dev/null >/dev/null 2>&1 3>&- 4>&- &
	reaper=$!
	within 3000 is stopped
	kill -CONT $reaper
	ring3_quiet delete "$ID"
	kill -CONT $reaper 2>/dev/null || true # it may have ended
	wait $reaper || true
}

@test "EC-32 state and kill work while others use the container" {
	up . sleep 1000
	for round in 1 2 3 4 5 6 7 8; do
		ring3 state "$ID" >/dev/null 3>&- 4>&- &
		pids="${pids:-} $!"
		ring3 kill "$ID" 0 </dev/null 2>/dev/null 3>&- 4>&- || ring3 kill "$ID" WINCH 3>&- 4>&- &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid"
	done
	delete
}

@test "EC-40 create, start, kill and delete print nothing at all" {
	create . sleep 1000
	start
	ring3_quiet kill "$ID" KILL
	within 2000 is stopped
	ring3_quiet delete "$ID"
}

@test "LC-24 a container whose record is missing can be deleted by force" {
	[ "${RUNTIME##*/}" = ring3 ] || skip "removes ring3's own record"
	mkdir -p "$STATE/$ID"
	chmod 700 "$STATE" "$STATE/$ID"
	run ring3 list
	ok
	ring3_quiet delete -f "$ID"
}

@test "LC-09 pause is not needed to tell created from running: state does not disturb init" {
	create . sleep 1000
	for round in 1 2 3 4 5; do
		is created
	done
	start
	is running
	delete
}
