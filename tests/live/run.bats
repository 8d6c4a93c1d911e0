load helpers

@test "EC-12 stdin, stdout and stderr are the caller's" {
	bundle . sh -c 'read line; echo "out $line"; echo "err $line" >&2'
	echo hello | ring3 run -b "$BUNDLE" "$ID" >"$BUNDLE/out" 2>"$BUNDLE/err"
	[ "$(cat "$BUNDLE/out")" = "out hello" ]
	[ "$(cat "$BUNDLE/err")" = "err hello" ]
}

@test "EC-12 a megabyte passes through unchanged" {
	bundle . cat
	head -c 1048576 /dev/urandom >"$BUNDLE/in"
	ring3 run -b "$BUNDLE" "$ID" <"$BUNDLE/in" >"$BUNDLE/out"
	cmp "$BUNDLE/in" "$BUNDLE/out"
}

@test "EC-12 closed standard descriptors do not end up as anything else" {
	bundle . sh -c 'probe fds >/tmp/ec12; exit 0'
	RING3_TEST_COOKIE=$COOKIE "$RUNTIME" --root "$STATE" run -b "$BUNDLE" "$ID" <&- 3>&- 4>&-
	[ "$(tr '\n' ' ' <"$ROOTFS/tmp/ec12")" = "0 1 2 " ]
	rm "$ROOTFS/tmp/ec12"
}

@test "EC-19 run ends with the program's exit status" {
	for code in 0 1 42 125 126 127 255; do
		bundle . sh -c "exit $code"
		status=0
		ring3 run -b "$BUNDLE" "$ID" </dev/null >"$BUNDLE/out" 2>&1 || status=$?
		output=$(cat "$BUNDLE/out")
		exits $code
	done
}

@test "EC-19 run ends with 128 + n when signal n killed the program" {
	for signal in KILL:137 SEGV:139; do
		bundle . sh -c 'echo up >/tmp/ec19; exec sleep 1000'
		ring3 run -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&- &
		within 3000 test -s "$ROOTFS/tmp/ec19"
		ring3_quiet kill "$ID" KILL
		wait $! || code=$?
		rm "$ROOTFS/tmp/ec19"
		[ "$code" -eq 137 ]
		break
	done
}

@test "EC-19 without a pid namespace a signal the program sends itself shows as 128 + n" {
	for pair in TERM:143 ABRT:134 USR1:138; do
		inside 'del(.linux.namespaces[] | select(.type == "pid"))' "kill -${pair%:*} \$\$"
		exits "${pair#*:}"
	done
}

@test "EC-19 run relays signals to the program" {
	bundle . probe serve
	RING3_TEST_COOKIE=$COOKIE "$RUNTIME" --root "$STATE" run -b "$BUNDLE" "$ID" </dev/null >"$BUNDLE/out" 2>&1 3>&- 4>&- &
	runtime=$!
	within 3000 grep -q ready "$BUNDLE/out"
	for signal in HUP:1 USR1:10 USR2:12 QUIT:3; do
		kill -"${signal%:*}" $runtime
		within 2000 grep -qx "signal ${signal#*:}" "$BUNDLE/out"
	done
	kill -TERM $runtime
	wait $runtime
	grep -qx "signal 15" "$BUNDLE/out"
}

@test "EC-19 run removes the container when the program ends" {
	inside . 'true'
	prints ""
	nothing_left
}

@test "EC-19 run --detach returns while the program runs" {
	bundle . sleep 1000
	ring3_quiet run --detach -b "$BUNDLE" "$ID"
	is running
	delete
}

@test "EC-19 run -d leaves a stopped container that state still knows" {
	bundle . true
	ring3_quiet run -d -b "$BUNDLE" "$ID"
	within 2000 is stopped
	ring3_quiet delete "$ID"
}

@test "EC-19 run of a program that cannot start fails, leaves nothing" {
	bundle '.process.args = ["/bin/missing"]'
	try run -b "$BUNDLE" "$ID"
	exits 1
	has "no such file or directory"
	nothing_left
}

@test "EC-19 run --keep leaves the stopped container" {
	bundle . sh -c 'exit 3'
	run ring3 run --keep -b "$BUNDLE" "$ID" </dev/null
	exits 3
	is stopped
	ring3_quiet delete "$ID"
}

@test "EC-11 create --pid-file: the pid without a newline" {
	bundle . sleep 1000
	ring3_quiet create -b "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
	[ "$(cat "$BUNDLE/pid")" = "$(pid_of)" ]
	[ "$(tail -c 1 "$BUNDLE/pid" | tr -d 0-9 | wc -c)" -eq 0 ]
	delete
}

@test "EC-11 the pid file replaces an existing one by rename" {
	bundle . sleep 1000
	echo old >"$BUNDLE/pid"
	before=$(stat -c %i "$BUNDLE/pid")
	exec 7<"$BUNDLE/pid"
	ring3 create -b "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&- 7<&-
	[ "$(cat <&7)" = old ]
	exec 7<&-
	[ "$(stat -c %i "$BUNDLE/pid")" != "$before" ]
	[ "$(ls "$BUNDLE" | grep -c pid)" -eq 1 ]
	delete
}

@test "EC-11 a relative pid file is of the caller's directory" {
	bundle . sleep 1000
	cd "$WORK"
	ring3_quiet create -b "$BUNDLE" --pid-file "pid-$COOKIE" "$ID"
	[ "$(cat "$WORK/pid-$COOKIE")" = "$(pid_of)" ]
	rm "$WORK/pid-$COOKIE"
	delete
}

@test "EC-11 no pid file appears when create fails" {
	bundle '.process.args = ["/missing"]'
	try create -b "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
	fails ""
	no_file "$BUNDLE/pid"
}

@test "EC-11 a pid file that cannot be written fails create and leaves nothing" {
	bundle . true
	try create -b "$BUNDLE" --pid-file "$WORK/missing/pid" "$ID"
	fails "$WORK/missing" "no such file or directory"
}

@test "EC-11 run --detach --pid-file" {
	bundle . sleep 1000
	ring3_quiet run -d -b "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
	[ "$(cat "$BUNDLE/pid")" = "$(pid_of)" ]
	delete
}

@test "EC-17 T2 the program sees exactly descriptors 0, 1 and 2" {
	bundle . probe fds
	ring3 run -b "$BUNDLE" "$ID" </dev/null >"$BUNDLE/out" 2>&1 3>&- 4>&- 7</etc/passwd 9>"$BUNDLE/nine" 42</
	[ "$(tr '\n' ' ' <"$BUNDLE/out")" = "0 1 2 " ]
}

@test "EC-17 T2d no descriptor of a container that waits for start leads to the host's directories" {
	create . sleep 1000
	pid=$(pid_of)
	host=" $(stat -c %d:%i / "$STATE" "$STATE/$ID" "$CGROUP2" "$CGROUP2$CG/$ID" /proc "$BUNDLE" | tr '\n' ' ')"
	for fd in /proc/$pid/fd/*; do
		[[ $host != *" $(stat -Lc %d:%i "$fd") "* ]] || { echo "$fd leads to $(readlink "$fd")"; ls -l "/proc/$pid/fd"; false; }
	done
	start
	delete
}

@test "EC-17 T2c a symbolic link of cwd to a descriptor's directory is refused" {
	bundle '.process.cwd = "/proc/self/fd/7"' true
	RING3_TEST_COOKIE=$COOKIE run ring3 run -b "$BUNDLE" "$ID" 7</ </dev/null
	fails ""
}

@test "EC-17 run --preserve-fds passes on that many, in place" {
	bundle . sh -c 'probe fds; cat <&3; cat <&4'
	echo three >"$BUNDLE/three"
	echo four >"$BUNDLE/four"
	ring3 run -b "$BUNDLE" --preserve-fds 2 "$ID" </dev/null >"$BUNDLE/out" 2>&1 3<"$BUNDLE/three" 4<"$BUNDLE/four" 5</etc/passwd
	[ "$(tr '\n' ' ' <"$BUNDLE/out")" = "0 1 2 3 4 three four " ] || { cat "$BUNDLE/out"; false; }
}

@test "EC-17 a missing descriptor of --preserve-fds is an error" {
	bundle . true
	run sh -c "'$RUNTIME' --root '$STATE' run -b '$BUNDLE' --preserve-fds 3 '$ID' </dev/null 3</etc/passwd 4<&- 5<&- 6<&-"
	fails ""
}

@test "EC-18 LISTEN_FDS passes sockets on and LISTEN_PID is 1" {
	bundle . sh -c 'echo "$LISTEN_FDS $LISTEN_PID"; probe fds; cat <&3'
	echo three >"$BUNDLE/three"
	LISTEN_FDS=1 LISTEN_PID=999 ring3 run -b "$BUNDLE" "$ID" </dev/null >"$BUNDLE/out" 2>&1 3<"$BUNDLE/three" 4<&-
	[ "$(tr '\n' ' ' <"$BUNDLE/out")" = "1 1 0 1 2 3 three " ] || { cat "$BUNDLE/out"; false; }
}

@test "EC-18 --preserve-fds counts behind LISTEN_FDS" {
	bundle . sh -c 'probe fds; cat <&3; cat <&4'
	echo three >"$BUNDLE/three"
	echo four >"$BUNDLE/four"
	LISTEN_FDS=1 ring3 run -b "$BUNDLE" --preserve-fds 1 "$ID" </dev/null >"$BUNDLE/out" 2>&1 3<"$BUNDLE/three" 4<"$BUNDLE/four" 5</etc/passwd
	[ "$(tr '\n' ' ' <"$BUNDLE/out")" = "0 1 2 3 4 three four " ] || { cat "$BUNDLE/out"; false; }
}

@test "EC-18 Podman writes LISTEN_FDS into process.env, and counts the sockets in --preserve-fds" {
	bundle '.process.env += ["LISTEN_FDS=1", "LISTEN_PID=1"]' sh -c 'echo "$LISTEN_FDS $LISTEN_PID"; probe fds; cat <&3'
	echo three >"$BUNDLE/three"
	LISTEN_FDS=1 ring3 run -b "$BUNDLE" --preserve-fds 1 "$ID" </dev/null >"$BUNDLE/out" 2>&1 3<"$BUNDLE/three" 4</etc/passwd
	[ "$(tr '\n' ' ' <"$BUNDLE/out")" = "1 1 0 1 2 3 three " ] || { cat "$BUNDLE/out"; false; }
}

@test "EC-16 blocked and ignored signals of the caller are reset" {
	bundle . grep -E '^Sig(Blk|Ign)' /proc/self/status
	run "$PROBE" blocked "$RUNTIME" --root "$STATE" run -b "$BUNDLE" "$ID" </dev/null
	ok
	has "SigBlk:	0000000000000000" "SigIgn:	0000000000000000"
}

@test "EC-20 an empty environment is enough" {
	bundle . echo fine
	run env -i "$RUNTIME" --root "$STATE" run -b "$BUNDLE" "$ID" </dev/null
	prints fine
}

@test "EC-15 the program does not die with the runtime's parent" {
	bundle . sleep 1000
	sh -c "RING3_TEST_COOKIE=$COOKIE '$RUNTIME' --root '$STATE' create -b '$BUNDLE' '$ID'" </dev/null >/dev/null 2>&1 3>&- 4>&-
	is created
	start
	is running
	delete
}

@test "EC-13 create --pidfd-socket receives a pidfd of init" {
	bundle . sleep 1000
	"$PROBE" pidfd "$BUNDLE/sock" "$BUNDLE/got" 3>&- 4>&-
	try create -b "$BUNDLE" --pidfd-socket "$BUNDLE/sock" "$ID"
	ok
	within 2000 test -s "$BUNDLE/got"
	[ "$(cat "$BUNDLE/got")" = "payload=standard pid=$(pid_of)" ]
	delete
}
