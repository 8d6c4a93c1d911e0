load helpers
# What engines rely on.  Whole sessions are led by engine.c; single rules are tested where their feature is, and here
# where they belong to none.

ENGINE=${ENGINE:-${PROBE%/*}/engine}

processes() {
	jq '.process | .args = ["sh", "-c", "echo from exec; exit 7"]'" | .terminal = $1" "$BUNDLE/config.json" >"$BUNDLE/exec.json"
	jq '.process | .args = ["/no/such/program"] | .terminal = false' "$BUNDLE/config.json" >"$BUNDLE/missing.json"
}

# session SHAPE [tty]
session() {
	bundle "$([ $# -eq 1 ] && echo . || echo '.process.terminal = true')" sleep 1000
	processes "$([ $# -eq 1 ] && echo false || echo true)"
	echo '{"unified": {"cgroup.max.depth": "3"}}' >"$BUNDLE/resources.json"
	run env COOKIE_VARIABLE="RING3_TEST_COOKIE=$COOKIE" "$ENGINE" "$1" "$RUNTIME" "$STATE" "$BUNDLE" "$ID" ${2:+"$2"} 3>&- 4>&-
	ok
	messages=$(grep -E '^(message|unexpected):' <<<"$output") || true
	output=$(grep -vE '^(message):' <<<"$output")
}

# The steps are the same for all; CREATED is what the pid file of a failed exec says.
went_well() {
	prints 'create: exit=0 pid-file=yes
cgroup: final
start: exit=0 silent
state: exit=0 printed
ps: exit=0 printed
exec: exit=0 pid-file=yes
exec printed: from exec
exec ended: 7
failing exec: noticed
failing exec: pid-file=no
update: exit=0 silent
limit: 3
pause: exit=0 silent
resume: exit=0 silent
kill: exit=0 silent
init ended: 137
kill-again: exit=1 printed
delete: exit=0 silent
state-again: exit=1 printed
delete-force: exit=0 silent'
	# Standard output and error together are a document, or the message.
	[ "$(jq -r .status "$BUNDLE/state")" = running ]
	[ "$(jq -c 'map(type)' "$BUNDLE/ps")" = '["number"]' ]
	[ "$(jq .pid "$BUNDLE/state")" = "$(jq '.[0]' "$BUNDLE/ps")" ]
	grep -q "container not running" "$BUNDLE/kill-again"
	grep -q "does not exist" "$BUNDLE/state-again"
	[[ $messages == *'exec: "/no/such/program": stat /no/such/program: no such file or directory'* ]] || { echo "$messages"; false; }
	# The log is one document a failure, the last one is the reason of the last.
	[ "$(jq -s 'map(.level) | unique | join(" ")' "$BUNDLE/log.json")" = '"error"' ]
	jq -rs '.[-1].msg' "$BUNDLE/log.json" | grep -q "does not exist"
}

@test "EC-10 EC-11 EC-12 EC-40 EC-41 a container's life as go-runc leads it" {
	session go-runc
	went_well
}

@test "EC-10 EC-11 EC-12 EC-13 EC-40 EC-41 the same with terminals, fetched after the runtime is gone" {
	session go-runc tty
	went_well
}

@test "EC-10 EC-11 EC-12 EC-16 EC-20 a container's life as conmon 2.1.6 leads it" {
	session conmon-2.1.6
	went_well
}

@test "EC-10 EC-11 EC-13 EC-16 EC-20 the same with terminals and exec --tty" {
	session conmon-2.1.6 tty
	went_well
}

@test "EC-10 EC-11 EC-12 EC-16 EC-20 a container's life as conmon 2.2 leads it" {
	session conmon-2.2
	went_well
}

@test "EC-10 EC-11 EC-13 EC-16 EC-20 the same with terminals, and without --tty" {
	session conmon-2.2 tty
	went_well
}

@test "EC-01 EC-02 the words that go-runc ends a restore with: one dash and twice the same" {
	bundle . sleep 1000
	ring3_quiet --root "$STATE" run --detach --pid-file "$BUNDLE/pid" -no-subreaper --bundle "$BUNDLE" "$ID"
	[ "$(cat "$BUNDLE/pid")" = "$(pid_of)" ]
	delete
}

@test "EC-03 exec and ps leave what follows the id to the program" {
	up . sleep 1000
	run ring3 exec "$ID" echo --root -d --help </dev/null
	prints "--root -d --help"
	run ring3 ps "$ID" -e -o pid,args
	ok
	has "sleep 1000"
	delete
}

@test "EC-11 EC-13 exec -d as conmon-rs sends it: no --process, no -- before the program" {
	up . sleep 1000
	ring3_quiet exec -d --pid-file="$BUNDLE/pid" "$ID" sleep 999
	pid=$(cat "$BUNDLE/pid")
	[ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = "sleep 999 " ]
	"$PROBE" console "$BUNDLE/sock" "$BUNDLE/out" 3>&- 4>&-
	ring3_quiet exec -d --console-socket="$BUNDLE/sock" --tty --pid-file="$BUNDLE/pid" "$ID" probe tty
	within 3000 grep -q end "$BUNDLE/out"
	grep -q "tty=111" "$BUNDLE/out"
	delete
}

@test "EC-14 exec: a terminal needs a console socket when detached, and the other way round" {
	up . sleep 1000
	try exec -d -t "$ID" true
	exits 255
	has "cannot allocate tty if runc will detach without setting console socket"
	"$PROBE" never-accept "$BUNDLE/sock" 3>&- 4>&-
	try exec -d --console-socket "$BUNDLE/sock" "$ID" true
	exits 255
	has "cannot use console socket if"
	delete
}

@test "EC-15 exec that is killed at any instant leaves the container usable" {
	up . sleep 1000
	for microseconds in 200 500 900 1500 2500 4000 7000; do
		RING3_TEST_COOKIE=$COOKIE "$PROBE" kill-after $microseconds "$RUNTIME" --root "$STATE" exec --pid-file "$BUNDLE/pid" "$ID" true \
			</dev/null >/dev/null 2>&1 3>&- 4>&-
		is running
	done
	run ring3 exec "$ID" echo fine </dev/null
	prints fine
	delete
}

@test "EC-16 exec resets blocked and ignored signals" {
	up . sleep 1000
	run "$PROBE" blocked "$RUNTIME" --root "$STATE" exec "$ID" grep -E '^Sig(Blk|Ign)' /proc/self/status </dev/null
	ok
	has "SigBlk:	0000000000000000" "SigIgn:	0000000000000000"
	delete
}

@test "EC-17 EC-18 P-35 exec: exactly the descriptors that were asked for" {
	up . sleep 1000
	ring3 exec "$ID" probe fds </dev/null >"$BUNDLE/out" 2>&1 3>&- 4>&- 7</etc/passwd 42</
	[ "$(tr '\n' ' ' <"$BUNDLE/out")" = "0 1 2 " ]
	echo three >"$BUNDLE/three"
	ring3 exec --preserve-fds 1 "$ID" sh -c 'probe fds; cat <&3' </dev/null >"$BUNDLE/out" 2>&1 3<"$BUNDLE/three" 4</etc/passwd
	[ "$(tr '\n' ' ' <"$BUNDLE/out")" = "0 1 2 3 three " ]
	LISTEN_FDS=1 ring3 exec "$ID" sh -c 'echo $LISTEN_FDS; cat <&3' </dev/null >"$BUNDLE/out" 2>&1 3<"$BUNDLE/three" 4<&-
	[ "$(tr '\n' ' ' <"$BUNDLE/out")" = "1 three " ]
	delete
}

@test "EC-19 exec in the foreground: status of the program, 128 + n, 255 when there was none" {
	up . sleep 1000
	for code in 0 1 42 255; do
		try exec "$ID" sh -c "exit $code"
		exits $code
	done
	try exec "$ID" sh -c 'kill -TERM $$'
	exits 143
	try exec "$ID" /no/such/program
	exits 255
	delete
}

@test "EC-19 exec relays signals" {
	up . sleep 1000
	RING3_TEST_COOKIE=$COOKIE "$RUNTIME" --root "$STATE" exec "$ID" probe serve </dev/null >"$BUNDLE/out" 2>&1 3>&- 4>&- &
	within 3000 grep -q ready "$BUNDLE/out"
	kill -USR1 $!
	within 2000 grep -qx "signal 10" "$BUNDLE/out"
	kill -TERM $!
	wait $!
	delete
}

@test "EC-20 every command works with an empty environment" {
	up . sleep 1000
	for words in "state $ID" "list" "ps $ID" "ps -f json $ID" "pause $ID" "resume $ID" "exec $ID true" "kill $ID KILL"; do
		run env -i "$RUNTIME" --root "$STATE" $words </dev/null
		ok
	done
	within 2000 is stopped
	run env -i "$RUNTIME" --root "$STATE" delete "$ID"
	prints ""
}

@test "EC-30 what create was told is not asked again" {
	bundle . sleep 1000
	ring3_quiet --log "$BUNDLE/log" --log-format json --cgroup-manager cgroupfs create --no-pivot --no-new-keyring -b "$BUNDLE" "$ID"
	cd /
	start
	run ring3 exec "$ID" echo fine </dev/null
	prints fine
	ring3_quiet pause "$ID"
	ring3_quiet resume "$ID"
	ring3_quiet kill "$ID" KILL
	within 2000 is stopped
	ring3_quiet delete "$ID"
}

@test "EC-31 a zombie init: exec and kill refuse, delete works" {
	bundle . sh -c 'exit 0'
	"$PROBE" subreaper sh -c "'$RUNTIME' --root '$STATE' create -b '$BUNDLE' '$ID' && '$RUNTIME' --root '$STATE' start '$ID' &&
		kill -STOP \$PPID && exec sleep 0.3" </dev/null >/dev/null 2>&1 3>&- 4>&- &
	reaper=$!
	within 3000 is stopped
	try exec "$ID" true
	fails "cannot exec in a stopped container"
	try kill "$ID" TERM
	fails "container not running"
	ring3_quiet delete "$ID"
	kill -CONT $reaper
	wait $reaper || true
}

@test "EC-32 exec, state, ps, pause and kill at the same time" {
	up . sleep 1000
	pids=
	for round in 1 2 3 4; do
		ring3 exec "$ID" true </dev/null >/dev/null 2>&1 3>&- 4>&- &
		pids="$pids $!"
		ring3 state "$ID" >/dev/null 3>&- 4>&- &
		pids="$pids $!"
		ring3 ps -f json "$ID" >/dev/null 3>&- 4>&- &
		pids="$pids $!"
		ring3 kill "$ID" WINCH 3>&- 4>&- &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid"
	done
	is running
	delete
}

@test "EC-34 a container made in another mount namespace can be used from here, and the other way round" {
	[ "$LIVE_AS" = root ] || skip "makes a mount namespace"
	bundle . sleep 1000
	mkdir -m 700 "$STATE"
	apart create -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&-
	is created
	start
	run ring3 exec "$ID" echo fine </dev/null
	prints fine
	ring3_quiet kill "$ID" KILL
	within 2000 is stopped
	ring3_quiet delete "$ID"

	up . sleep 1000
	run apart exec "$ID" echo fine </dev/null
	prints fine
	run apart state "$ID"
	[ "$(jq -r .status <<<"$output")" = running ]
	run apart delete --force "$ID"
	prints ""
}

@test "EC-34 nothing in the record is a descriptor or a path of the caller's directory" {
	bundle . sleep 1000
	cd "$BUNDLE"
	ring3_quiet create -b . "$ID"
	[ "$(ring3 state "$ID" | jq -r .bundle)" = "$BUNDLE" ]
	[ "$(ring3 state "$ID" | jq -r .rootfs)" = "$ROOTFS" ]
	cd /
	start
	delete
}

@test "EC-40 every command that succeeds prints its document or nothing" {
	ring3_quiet delete --force "$ID"
	up . sleep 1000
	ring3_quiet pause "$ID"
	ring3_quiet resume "$ID"
	ring3_quiet exec -d "$ID" sleep 998
	ring3_quiet exec "$ID" true
	for words in "state $ID" "list -f json" "ps -f json $ID"; do
		ring3 $words >"$BUNDLE/both" 2>&1
		jq -e . "$BUNDLE/both" >/dev/null
	done
	"$RUNTIME" features 2>&1 | jq -e . >/dev/null
	[[ $("$RUNTIME" --version 2>&1 | head -n 1) =~ ^[a-z0-9]+\ version\ [0-9] ]]
	delete
}

# says EXPECTED WORD...: the command fails with this text, as one line on stderr, and the log's last record is the same.
says() {
	local expected=$1
	shift
	: >"$BUNDLE/log"
	ring3 --log "$BUNDLE/log" --log-format json "$@" </dev/null >"$BUNDLE/stdout" 2>"$BUNDLE/stderr" 3>&- 4>&- && { echo "succeeded: $*"; return 1; }
	slurp output "$BUNDLE/stderr"
	slurp logged "$BUNDLE/log"
	# the one line of the log says the same: "msg":"TEXT" with each " and \ escaped
	output=${output//\\/\\\\} logged=${logged#*\"msg\":\"}
	output=${output//\"/\\\"} logged=${logged%%[^\\]\"[,\}]*}
	[ ! -s "$BUNDLE/stdout" ] && [[ $output != *$'\n'* && $output == *"${expected//\"/\\\"}"* && -n $logged && $output == *"$logged"* ]] && return
	echo "expected: $expected"
	cat "$BUNDLE/stdout" "$BUNDLE/stderr" "$BUNDLE/log"
	return 1
}

@test "EC-44 EC-41 texts about containers" {
	for command in state start kill delete pause resume ps "exec -d"; do
		words=("$ID")
		[[ $command == exec* ]] && words+=(true)
		says "does not exist" $command "${words[@]}"
	done
	create . sleep 1000
	says "container with given ID already exists" create -b "$BUNDLE" "$ID"
	says "container not paused" resume "$ID"
	says "container not running" pause "$ID"
	start
	says "cannot start an already running container" start "$ID"
	says "cannot delete container $ID that is not stopped: running" delete "$ID"
	says "container not paused" resume "$ID"
	ring3_quiet pause "$ID"
	says "cannot exec in a paused container (use --ignore-paused to override)" exec -d "$ID" true
	says "container paused" pause "$ID"
	ring3_quiet resume "$ID"
	ring3_quiet kill "$ID" KILL
	within 2000 is stopped
	says "container not running" kill "$ID" TERM
	says "cannot start a container that has stopped" start "$ID"
	says "cannot exec in a stopped container" exec -d "$ID" true
	says "container not running" pause "$ID"
	says "container not paused" resume "$ID"
	ring3_quiet delete "$ID"
	bundle . true
	says "invalid container ID format" create -b "$BUNDLE" 'a b'
}

@test "EC-44 EC-41 texts about the program" {
	touch "$ROOTFS/tmp/plain"
	for command in create "run -d"; do
		bundle '.process.args = ["no-such"]'
		says 'exec: "no-such": executable file not found in $PATH: No such file or directory' $command -b "$BUNDLE" "$ID"
		bundle '.process.args = ["/no/such"]'
		says 'exec: "/no/such": stat /no/such: no such file or directory' $command -b "$BUNDLE" "$ID"
		bundle '.process.args = ["/etc"]'
		says 'exec: "/etc": permission denied: the path `/etc` is not a regular file: Operation not permitted' $command -b "$BUNDLE" "$ID"
		bundle '.process.args = ["/tmp/plain"]'
		says 'exec: "/tmp/plain": permission denied' $command -b "$BUNDLE" "$ID"
		bundle '.process.cwd = "/tmp/plain"' true
		says 'chdir to cwd ("/tmp/plain") set in config.json failed: not a directory' $command -b "$BUNDLE" "$ID"
	done
	up . sleep 1000
	says 'exec: "no-such": executable file not found in $PATH: No such file or directory' exec "$ID" no-such
	says 'exec: "/no/such": stat /no/such: no such file or directory' exec "$ID" /no/such
	says 'exec: "/etc": permission denied: the path `/etc` is not a regular file: Operation not permitted' exec "$ID" /etc
	says 'exec: "/tmp/plain": permission denied' exec "$ID" /tmp/plain
	delete
	rm "$ROOTFS/tmp/plain"
}

@test "EC-44 text about a hook that failed" {
	bundle '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo seen; echo why >&2; exit 3"]}]' true
	says "error running createRuntime hook #0: /bin/sh: exit status 3, stdout: seen, stderr: why" create -b "$BUNDLE" "$ID"
}

@test "EC-44 texts about the cgroup" {
	[ "$LIVE_AS" = root ] || skip "makes cgroups beforehand"
	mkdir -p "$CGROUP2$CG/$ID"
	sleep 100 3>&- 4>&- &
	HOLDERS=$!
	echo $! >"$CGROUP2$CG/$ID/cgroup.procs"
	bundle . true
	says "container's cgroup is not empty: 1 process(es) found" create -b "$BUNDLE" "$ID"
	kill $HOLDERS
	wait $HOLDERS || true
	echo 1 >"$CGROUP2$CG/$ID/cgroup.freeze"
	says "container's cgroup unexpectedly frozen" create -b "$BUNDLE" "$ID"
	rmdir "$CGROUP2$CG/$ID" "$CGROUP2$CG"
}
