load helpers

# into WORD...: runs exec in the container of the test; $status and $output as of bats' run.
into() { run ring3 exec "$ID" "$@" </dev/null; }
# with OPTION... CONTAINER WORD...: the same with options in front.
with() { run ring3 exec "$@" </dev/null; }
process() { jq -n --arg cookie "$COOKIE" '{user: {uid: 0, gid: 0}, cwd: "/", args: ["true"],
	env: ["PATH=/bin", "RING3_TEST_COOKIE=" + $cookie]} | '"$1" >"$BUNDLE/process.json"; }
STATUS='grep -E "^(Cap|NoNewPrivs|Groups|Uid|Gid|Seccomp:)" /proc/self/status'
ids() { echo "$(awk '/^Uid:/ { print $2 }' <<<"$output"):$(awk '/^Gid:/ { print $2 }' <<<"$output")"; }

@test "EC-19 exec ends with the program's exit status" {
	up .
	for code in 0 1 42 255; do
		into sh -c "exit $code"
		exits $code
	done
	delete
}

@test "EC-19 exec ends with 128 + n when signal n killed the program" {
	up .
	for pair in TERM:143 ABRT:134 USR1:138 KILL:137; do
		into sh -c "kill -${pair%:*} \$\$"
		exits "${pair#*:}"
	done
	delete
}

@test "EC-19 exec relays signals to the program" {
	up .
	RING3_TEST_COOKIE=$COOKIE "$RUNTIME" --root "$STATE" exec "$ID" probe serve </dev/null >"$BUNDLE/out" 2>&1 3>&- 4>&- &
	runtime=$!
	within 3000 grep -q ready "$BUNDLE/out"
	for signal in HUP:1 USR1:10 QUIT:3; do
		kill -"${signal%:*}" $runtime
		within 2000 grep -qx "signal ${signal#*:}" "$BUNDLE/out"
	done
	kill -TERM $runtime
	wait $runtime
	grep -qx "signal 15" "$BUNDLE/out"
	delete
}

@test "EC-12 stdin, stdout and stderr of exec are the caller's" {
	up .
	echo hello | ring3 exec "$ID" sh -c 'read line; echo "out $line"; echo "err $line" >&2' >"$BUNDLE/out" 2>"$BUNDLE/err"
	[ "$(cat "$BUNDLE/out")" = "out hello" ]
	[ "$(cat "$BUNDLE/err")" = "err hello" ]
	delete
}

@test "EC-03 options behind the container's name are the program's" {
	up .
	into echo -d --tty -x
	prints "-d --tty -x"
	with --cwd=/tmp -e A=1 "$ID" sh -c 'pwd; echo $A'
	prints "/tmp
1"
	delete
}

@test "EC-10 exec --detach: the program belongs to the nearest subreaper, and nothing else is left" {
	up .
	run "$PROBE" subreaper sh -c "'$RUNTIME' --root '$STATE' exec --detach '$ID' sh -c 'exit 7' </dev/null" 3>&- 4>&-
	ok
	[ "$output" = "command status=0
inherited status=7" ] || [ "$output" = "inherited status=7
command status=0" ] || show
	delete
}

@test "EC-11 exec --pid-file: the pid of the program, without a newline" {
	up .
	ring3_quiet exec -d --pid-file "$BUNDLE/pid" "$ID" sleep 500
	[ "$(tr '\0' ' ' <"/proc/$(cat "$BUNDLE/pid")/cmdline")" = "sleep 500 " ]
	[ "$(tail -c 1 "$BUNDLE/pid" | tr -d 0-9 | wc -c)" -eq 0 ]
	delete
}

@test "EC-11 no pid file appears when the program cannot be started" {
	up .
	printf '#!/no/interpreter\n' >"$ROOTFS/tmp/ec11"
	chmod 755 "$ROOTFS/tmp/ec11"
	for program in /missing /tmp/ec11 /etc; do
		try exec -d --pid-file "$BUNDLE/pid" "$ID" "$program"
		exits 255
		no_file "$BUNDLE/pid"
	done
	rm "$ROOTFS/tmp/ec11"
	delete
}

@test "EC-11 a pid file that cannot be written ends the program" {
	up .
	try exec -d --pid-file "$WORK/missing/pid" "$ID" sleep 500
	exits 255
	has "$WORK/missing" "no such file or directory"
	[ "$(ring3 ps -f json "$ID")" = "[$(pid_of)]" ]
	delete
}

@test "EC-13 exec --console-socket receives the terminal of a detached program" {
	up .
	"$PROBE" console "$BUNDLE/sock" "$BUNDLE/tty" 3>&- 4>&-
	ring3_quiet exec -d -t --console-socket "$BUNDLE/sock" "$ID" sh -c 'probe tty; echo to the terminal'
	within 3000 grep -q "to the terminal" "$BUNDLE/tty"
	delete
}

@test "EC-13 the terminal of exec is sent without waiting for anybody to accept it" {
	up .
	"$PROBE" never-accept "$BUNDLE/sock" 3>&- 4>&-
	SECONDS=0
	ring3_quiet exec -d -t --console-socket "$BUNDLE/sock" "$ID" true
	[ $SECONDS -lt 5 ]
	delete
}

@test "EC-13 exec --pidfd-socket receives a pidfd of the program" {
	up .
	"$PROBE" pidfd "$BUNDLE/sock" "$BUNDLE/got" 3>&- 4>&-
	ring3_quiet exec -d --pid-file "$BUNDLE/pid" --pidfd-socket "$BUNDLE/sock" "$ID" sleep 500
	within 2000 test -s "$BUNDLE/got"
	[ "$(cat "$BUNDLE/got")" = "payload=setns pid=$(cat "$BUNDLE/pid")" ]
	delete
}

@test "EC-14 exec: a terminal that nobody would have is refused" {
	up .
	try exec -d -t "$ID" true
	fails "cannot allocate tty if runc will detach without setting console socket"
	try exec --console-socket "$BUNDLE/sock" "$ID" true
	fails "cannot use console socket if runc will not detach or allocate tty"
	delete
}

@test "EC-14 P-01 exec --tty in the foreground: the program has a controlling terminal of its own" {
	up .
	with -t "$ID" sh -c 'tty; echo hi >/dev/tty; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && exit 5'
	exits 5
	has "/dev/pts/0" hi
	delete
}

@test "EC-16 exec: blocked and ignored signals of the caller are reset" {
	up .
	run "$PROBE" blocked "$RUNTIME" --root "$STATE" exec "$ID" grep -E '^Sig(Blk|Ign)' /proc/self/status </dev/null
	prints "SigBlk:	0000000000000000
SigIgn:	0000000000000000"
	delete
}

@test "EC-17 T2c exec: the program sees exactly descriptors 0, 1 and 2" {
	up .
	ring3 exec "$ID" probe fds </dev/null >"$BUNDLE/out" 2>&1 3>&- 4>&- 7</ 9>"$BUNDLE/nine" 20<"$CGROUP2"
	[ "$(tr '\n' ' ' <"$BUNDLE/out")" = "0 1 2 " ]
	delete
}

@test "EC-17 EC-18 exec: --preserve-fds and LISTEN_FDS pass descriptors on" {
	up .
	echo three >"$BUNDLE/three"
	echo four >"$BUNDLE/four"
	LISTEN_FDS=1 ring3 exec --preserve-fds 1 "$ID" sh -c 'echo "$LISTEN_FDS"; [ "$LISTEN_PID" = $$ ]; echo $?; probe fds; cat <&3; cat <&4' \
		</dev/null >"$BUNDLE/out" 2>&1 3<"$BUNDLE/three" 4<"$BUNDLE/four" 5</etc/passwd
	[ "$(tr '\n' ' ' <"$BUNDLE/out")" = "1 0 0 1 2 3 4 three four " ] || { cat "$BUNDLE/out"; false; }
	run sh -c "'$RUNTIME' --root '$STATE' exec --preserve-fds 3 '$ID' true </dev/null 3</etc/passwd 4<&- 5<&- 6<&-"
	exits 255
	has "descriptor 4"
	delete
}

@test "EC-40 exec is silent when it succeeds" {
	up .
	ring3_quiet exec "$ID" true
	ring3_quiet exec -d "$ID" true
	delete
}

@test "EC-41 EC-44 exec: a failure has exit status 255 and the text that engines know" {
	up .
	printf 'x' >"$ROOTFS/tmp/ec44"
	while read -r program text; do
		into "$program"
		exits 255
		has "$text"
	done <<-'END'
		missing exec: "missing": executable file not found in $PATH: No such file or directory
		/missing exec: "/missing": stat /missing: no such file or directory
		/etc exec: "/etc": permission denied: the path `/etc` is not a regular file: Operation not permitted
		/tmp/ec44 exec: "/tmp/ec44": permission denied
	END
	rm "$ROOTFS/tmp/ec44"
	with --cwd /missing "$ID" true
	exits 255
	has 'chdir to cwd ("/missing") set in config.json failed: no such file or directory'
	into
	exits 255
	has "no program"
	try exec nosuch true
	exits 255
	has "does not exist"
	delete
}

@test "LC-12 exec reports that the kernel refused the program" {
	up .
	printf '#!/no/interpreter\n' >"$ROOTFS/tmp/lc12"
	chmod 755 "$ROOTFS/tmp/lc12"
	into /tmp/lc12
	rm "$ROOTFS/tmp/lc12"
	exits 255
	has 'exec: "/tmp/lc12": no such file or directory'
	delete
}

@test "EC-44 exec in a container that has stopped" {
	up . true
	within 3000 is stopped
	try exec "$ID" true
	exits 255
	has "cannot exec in a stopped container"
	ring3_quiet delete "$ID"
}

@test "C-09 exec in a paused container is refused, but with --ignore-paused" {
	up .
	ring3_quiet pause "$ID"
	try exec "$ID" true
	exits 255
	has "cannot exec in a paused container (use --ignore-paused to override)"
	ring3 exec --ignore-paused "$ID" sh -c 'exit 9' </dev/null >/dev/null 2>&1 3>&- 4>&- &
	sleep 0.3
	kill -0 $!
	ring3_quiet resume "$ID"
	wait $! || code=$?
	[ "$code" -eq 9 ]
	delete
}

@test "C-09 who gives up waiting for a paused container leaves nothing behind" {
	up .
	ring3_quiet pause "$ID"
	RING3_TEST_COOKIE=$COOKIE "$RUNTIME" --root "$STATE" exec --ignore-paused "$ID" touch /tmp/c09 </dev/null >/dev/null 2>&1 3>&- 4>&- &
	sleep 0.3
	kill -INT $! || true
	kill -TERM $!
	wait $! || true
	ring3_quiet resume "$ID"
	sleep 0.2
	[ "$(ring3 ps -f json "$ID")" = "[$(pid_of)]" ]
	no_file "$ROOTFS/tmp/c09"
	delete
}

@test "exec works in a container that is created" {
	create . sleep 1000
	into sh -c 'hostname; ls /proc/1/ns >/dev/null; exit 3'
	exits 3
	has live
	is created
	start
	delete
}

@test "EC-32 many at the same time" {
	up .
	local pids=() i
	for i in 1 2 3 4 5 6 7 8; do
		ring3 exec "$ID" sh -c "exit $i" </dev/null >/dev/null 2>&1 3>&- 4>&- &
		pids+=($!)
	done
	for i in 1 2 3 4 5 6 7 8; do
		code=0
		wait "${pids[i - 1]}" || code=$?
		[ $code -eq $i ]
	done
	delete
}

# --- where it runs -------------------------------------------------------------------------------------------------

same_namespaces() {
	local pid type
	pid=$(pid_of)
	ring3_quiet exec -d --pid-file "$BUNDLE/pid" "$ID" sleep 500
	for type in user cgroup ipc uts net pid mnt time; do
		[ "$(readlink "/proc/$(cat "$BUNDLE/pid")/ns/$type")" = "$(readlink "/proc/$pid/ns/$type")" ] || { echo "$type differs"; false; }
	done
	[ "$(cat "/proc/$(cat "$BUNDLE/pid")/cgroup")" = "$(cat "/proc/$pid/cgroup")" ]
}

@test "N-02 N-03 N-04 N-05 N-06 N-08 exec: every namespace, the cgroup and the root are those of init" {
	up .
	same_namespaces
	into sh -c 'hostname; cat /proc/1/cmdline | tr "\0" " "; ls -d /bin/probe'
	has live "sleep 1000" /bin/probe
	delete
}

@test "N-07 exec with a user namespace" {
	up "$USERNS"
	same_namespaces
	into sh -c 'id -u; awk "{ print \$2 }" /proc/self/uid_map; touch /proc/self/comm && '"$STATUS"
	has 0 100000 "Uid:	0	0	0	0"
	delete
}

@test "N-09 exec with a time namespace" {
	up '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 100000, nanosecs: 0}}'
	same_namespaces
	into sh -c 'read up idle </proc/uptime; [ ${up%.*} -gt 100000 ]'
	ok
	delete
}

@test "N-02 exec without a pid namespace" {
	up 'del(.linux.namespaces[] | select(.type == "pid"))'
	same_namespaces
	kill -9 "$(cat "$BUNDLE/pid")"
	delete
}

# bats test_tags=not:user
@test "N-04 exec without a mount namespace: the root is that of the container" {
	bundle 'del(.linux.namespaces[] | select(.type == "mount" or .type == "cgroup")) | .mounts = []'
	apart create -b "$BUNDLE" "$ID" </dev/null >"$BUNDLE/out" 2>&1 3>&- 4>&- || { cat "$BUNDLE/out"; false; }
	start
	into sh -c 'ls -d /bin/probe; ls /proc'
	prints /bin/probe
	delete
}

# bats test_tags=not:user
@test "N-04 --no-pivot leaves no procfs of the host that a user namespace could mount again" {
	local filter='.process.args = ["unshare", "-mrpf", "sh", "-c", "mount -t proc none /proc && echo revealed || echo refused"] |
		.process.capabilities.bounding += ["CAP_SETFCAP"] | .process.capabilities.permitted += ["CAP_SETFCAP"] |
		.linux.maskedPaths = ["/proc/keys", "/proc/bus"]' option
	for option in --bundle=$BUNDLE --no-pivot; do
		bundle "$filter"
		run ring3 run "$option" -b "$BUNDLE" "$ID" </dev/null
		has refused
		lacks revealed
	done
}

@test "N-04 exec in a container made with --no-pivot" {
	bundle .
	ring3_quiet create --no-pivot -b "$BUNDLE" "$ID"
	start
	into ls -d /bin/probe "$WORK"
	fails /bin/probe "$WORK: No such file"
	delete
}

# bats test_tags=not:user
@test "EC-34 exec from another mount namespace than create's" {
	up .
	run apart exec "$ID" sh -c 'ls -d /bin/probe; readlink /proc/self/ns/mnt' </dev/null
	ok
	has "/bin/probe
$(readlink "/proc/$(pid_of)/ns/mnt")"
	delete
}

@test "C-01 exec --cgroup: a cgroup below the container's, and no other" {
	up .
	mkdir "$CGROUP2$CG/$ID/sub"
	ring3_quiet exec -d --pid-file "$BUNDLE/pid" --cgroup sub "$ID" sleep 500
	grep -qx "0::$CG/$ID/sub" "/proc/$(cat "$BUNDLE/pid")/cgroup"
	with --cgroup /sub/ "$ID" true
	ok
	with --cgroup missing "$ID" true
	exits 255
	has missing "no such file or directory"
	for wrong in .. sub/.. ../.. /../x; do
		with --cgroup "$wrong" "$ID" true
		exits 255
		has "$wrong" "leads out"
	done
	with --cgroup cpu:sub "$ID" true
	exits 255
	has "cgroup v2"
	delete
}

@test "C-05 exec joins init's own cgroup where the container's takes no processes" {
	up .
	mkdir "$CGROUP2$CG/$ID/leaf"
	pid_of >"$CGROUP2$CG/$ID/leaf/cgroup.procs"
	# A threaded domain takes no process either; there are no controllers on this host to hand out.
	mkdir "$CGROUP2$CG/$ID/threads"
	if [ -s "$CGROUP2$CG/$ID/cgroup.controllers" ]; then
		echo "+$(cut -d ' ' -f 1 "$CGROUP2$CG/$ID/cgroup.controllers")" >"$CGROUP2$CG/$ID/cgroup.subtree_control"
		ring3_quiet exec -d --pid-file "$BUNDLE/pid" "$ID" sleep 500
		grep -qx "0::$CG/$ID/leaf" "/proc/$(cat "$BUNDLE/pid")/cgroup"
	fi
	delete
	[ -e "$BUNDLE/pid" ] || skip "no controllers in this host's cgroup v2"
}

# --- as whom, with what --------------------------------------------------------------------------------------------

@test "P-12 P-18 exec: capabilities and no_new_privs are those of config.json, or set by --no-new-privs" {
	up .
	into sh -c "$STATUS"
	has "CapEff:	0000000020000420" "CapPrm:	0000000020000420" "CapBnd:	0000000020000420" "CapInh:	0000000000000000" \
		"CapAmb:	0000000000000000" "NoNewPrivs:	1"
	delete
	up 'del(.process.capabilities, .process.noNewPrivileges)'
	into sh -c "$STATUS"
	has "CapBnd:	0000000000000000" "CapEff:	0000000000000000" "NoNewPrivs:	0"
	with --no-new-privs "$ID" sh -c "$STATUS"
	has "NoNewPrivs:	1"
	delete
}

@test "T7a exec --cap: bounding, effective and permitted, never inheritable or ambient" {
	up .
	with --cap CAP_NET_ADMIN -c CAP_SYS_CHROOT "$ID" sh -c "$STATUS"
	has "CapEff:	0000000020041420" "CapPrm:	0000000020041420" "CapBnd:	0000000020041420" "CapInh:	0000000000000000" \
		"CapAmb:	0000000000000000"
	with --cap CAP_NO_SUCH "$ID" sh -c "$STATUS"
	ok
	has "CapEff:	0000000020000420" "CapBnd:	0000000020000420"
	delete
}

@test "T7a exec --cap: what the container has as inheritable becomes ambient too" {
	up '.process.capabilities.inheritable = ["CAP_SYS_CHROOT"]'
	with --cap CAP_NET_ADMIN --cap CAP_SYS_CHROOT --user 5:6 "$ID" sh -c "$STATUS"
	has "CapInh:	0000000000040000" "CapAmb:	0000000000040000" "CapEff:	0000000000040000"
	delete
}

@test "T7b exec --user: each spelling has one meaning or is an error" {
	up '.process.user = {uid: 5, gid: 6}'
	for row in 1=1:6 1:2=1:2 0:7=0:7 0=0:6 4294967294:4294967294=4294967294:4294967294 =5:6; do
		[[ $LIVE_AS = root || $row != 42949* ]] || continue	# no user namespace of these tests has so many
		with --user "${row%=*}" "$ID" sh -c "$STATUS"
		ok
		[ "$(ids)" = "${row#*=}" ] || { echo "$row"; show; }
	done
	for wrong in -1 4294967295 4294967296 18446744073709551617 +1 " 1" "1 " 1: :1 : 1:x 1x x1 root 1:2:3 1:-1 1:4294967295 0x1 1e3 1.5; do
		with "--user=$wrong" "$ID" sh -c "$STATUS"
		exits 255
		has "--user"
		lacks "Uid:"
	done
	delete
}

@test "T7c exec --user: a number is a number, also where the image has a user of that name" {
	up .
	cp "$ROOTFS/etc/passwd" "$BUNDLE/passwd"
	echo '1000:x:0:0::/:/bin/sh' >"$ROOTFS/etc/passwd"
	with -u 1000 "$ID" sh -c "$STATUS"
	cp "$BUNDLE/passwd" "$ROOTFS/etc/passwd"
	[ "$(ids)" = 1000:0 ] || show
	delete
}

@test "P-10 T7e exec: groups are exactly those of config.json and --additional-gids" {
	up '.process.user.additionalGids = [7, 3]'
	into sh -c "$STATUS"
	has "Groups:	3 7 "
	with -g 20 --additional-gids 5 "$ID" sh -c "$STATUS"
	has "Groups:	3 5 7 20 "
	with -g x "$ID" true
	exits 255
	has "--additional-gids"
	delete
}

@test "P-08 exec: a user that the user namespace does not know is an error" {
	up "$USERNS"
	with -u 70000 "$ID" true
	exits 255
	has 70000 uidMappings
	with -u 1000:1000 "$ID" sh -c "$STATUS"
	[ "$(ids)" = 1000:1000 ] || show
	delete
}

@test "P-05 exec: the environment is the container's, and --env on top" {
	up '.process.env += ["A=1", "B=2"]'
	into env
	has A=1 B=2 HOME=/root
	with -e B=3 --env C=4 --env=EMPTY= "$ID" env
	has A=1 B=3 C=4 EMPTY=
	lacks B=2
	with -e NOVALUE "$ID" true
	exits 255
	has NOVALUE
	delete
	SECRET_OF_THE_RUNTIME=1 up '.process.env |= map(select(startswith("HOME") | not))'
	with -u 1000 "$ID" env
	has HOME=/home/user
	lacks SECRET
	delete
}

@test "P-04 exec: --cwd, and a directory that is missing is not made" {
	up '.process.cwd = "/tmp"'
	into pwd
	prints /tmp
	with --cwd /home/user "$ID" pwd
	prints /home/user
	with --cwd /new/dir "$ID" pwd
	exits 255
	no_file "$ROOTFS/new"
	with --cwd relative "$ID" pwd
	exits 255
	has absolute
	delete
}

@test "T2a exec --cwd through a descriptor's directory is refused" {
	up .
	ln -sfn /proc/self/fd/7 "$ROOTFS/w"
	for n in 3 4 5 6 7 8 9 10 20; do
		run ring3 exec --cwd "/proc/self/fd/$n" "$ID" pwd </dev/null 7</ 20<"$CGROUP2"
		exits 255
	done
	run ring3 exec --cwd /w "$ID" pwd </dev/null 7</
	rm "$ROOTFS/w"
	exits 255
	delete
}

@test "T2b T1a exec of a descriptor's path or of the runtime itself is refused" {
	up "$ALL_CAPS"
	for n in 3 4 5 6 7 8 9 10; do
		run ring3 exec "$ID" "/proc/self/fd/$n/bin/true" </dev/null 7</
		exits 255
	done
	into /proc/self/exe --version
	exits 255
	lacks "version"
	delete
}

@test "P-19 exec: rlimits" {
	up '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 99, hard: 199}, {type: "RLIMIT_CORE", soft: 0, hard: 0}]'
	into sh -c 'ulimit -n; ulimit -Hn; ulimit -c'
	prints "99
199
0"
	delete
}

@test "P-09 exec: the umask is that of config.json, 0022 without" {
	up .
	into probe umask
	prints 0022
	delete
	up '.process.user.umask = 63'
	into probe umask
	prints 0077
	process '.user.umask = 7 | .args = ["probe", "umask"]'
	with -p "$BUNDLE/process.json" "$ID"
	prints 0007
	delete
}

@test "P-24 P-26 P-31 exec: oom score, scheduler and I/O priority" {
	up '.process.oomScoreAdj = 300 | .process.scheduler = {policy: "SCHED_BATCH", nice: 4} |
		.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
	into sh -c 'cat /proc/self/oom_score_adj; probe scheduler; probe ioprio'
	has 300 "policy=3 nice=4" "class=2 priority=6"
	delete
	up "$USERNS"' | .process.oomScoreAdj = 301'
	into cat /proc/self/oom_score_adj
	prints 301
	delete
}

@test "MP-01 exec: memory policy and personality" {
	up '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"} | .linux.personality = {domain: "LINUX32"}'
	into probe mempolicy
	bind=$output
	into probe personality
	[ "$output" = 0x8 ]
	delete
	inside '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"}' 'probe mempolicy'
	[ "$output" = "$bind" ]
}

# bats test_tags=processors,not:root
@test "P-33 P-34 execCPUAffinity: the final CPUs are those that the program has" {
	[ "$(nproc)" -gt 1 ] || skip "one CPU"
	up '.process.execCPUAffinity = {initial: "0", final: "1"}'
	into grep Cpus_allowed_list /proc/self/status
	prints "Cpus_allowed_list:	1"
	delete
	up '.process.execCPUAffinity = {final: "60000"}'
	into true
	exits 255
	has execCPUAffinity.final
	delete
}

@test "P-36 exec: the session keyring is the container's" {
	up . sh -c 'probe keyring >/tmp/p36; exec sleep 1000'
	within 2000 test -s "$ROOTFS/tmp/p36"
	into probe keyring
	prints "$(cat "$ROOTFS/tmp/p36")"
	rm "$ROOTFS/tmp/p36"
	delete
}

@test "P-22 P-23 exec --apparmor, --process-label: labels of modules that are off are errors" {
	up .
	if ! grep -q apparmor /sys/kernel/security/lsm 2>/dev/null; then
		with --apparmor profile "$ID" true
		exits 255
		has profile AppArmor
	fi
	if ! grep -q selinux /sys/kernel/security/lsm 2>/dev/null; then
		with --process-label label "$ID" true
		exits 255
		has label SELinux
	fi
	delete
}

@test "R3 exec works in a container without /proc" {
	up '.mounts |= map(select(.destination != "/proc"))'
	into echo fine
	prints fine
	delete
	up "$USERNS"' | .mounts |= map(select(.destination != "/proc"))'
	with -u 1000:1000 "$ID" id -u
	prints 1000
	delete
}

@test "T2e T10 exec: nobody in the container gets into the process before it is the program" {
	for filter in . "$USERNS"' | '"$ALL_CAPS"; do
		up "$filter" sh -c 'probe hunt ring3 >/tmp/hunt 2>&1'
		within 2000 test -e "$ROOTFS/tmp/hunt"
		for ((i = 0; i < 60; i += SLOWNESS)); do
			ring3_quiet exec "$ID" true
		done
		delete
		cat "$ROOTFS/tmp/hunt"
		not grep -v seen "$ROOTFS/tmp/hunt"
		rm "$ROOTFS/tmp/hunt"
	done
}

# bats test_tags=not:machine
@test "LC-21 an exec that fails at any step names it, and leaves neither a process nor a pid file" {
	local faults=${FAULTS:-$TOP/build/faults/ring3} step
	[ -x "$faults" ] || skip "needs $faults: make check-live builds it"
	up "$USERNS"' | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
	ring3 --debug exec "$ID" true </dev/null >/dev/null 2>"$BUNDLE/log" 3>&- 4>&-
	sed -n 's/^\[ *[0-9.]* ms\] step: //p' "$BUNDLE/log" >"$BUNDLE/steps"
	echo "seccomp and execute" >>"$BUNDLE/steps"
	[ "$(wc -l <"$BUNDLE/steps")" -ge 18 ]
	while read -r step; do
		RING3_FAIL_STEP=$step RING3_TEST_COOKIE=$COOKIE run "$faults" --root "$STATE" exec --pid-file "$BUNDLE/pid" "$ID" sleep 500 </dev/null 3>&- 4>&-
		exits 255
		has "exec: $step: fault injected"
		no_file "$BUNDLE/pid"
	done <"$BUNDLE/steps"
	[ "$(ring3 ps -f json "$ID")" = "[$(pid_of)]" ]
	delete
}

# --- seccomp -------------------------------------------------------------------------------------------------------

FILTER='.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
	syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 95}]}'

@test "SC-16 exec: the program has the container's filter" {
	up "$FILTER"
	into sh -c 'grep Seccomp: /proc/self/status; mkdir /tmp/sc16'
	fails "Seccomp:	2"
	no_file "$ROOTFS/tmp/sc16"
	[ -s "$STATE/$ID/seccomp.bpf" ]
	rm "$STATE/$ID/seccomp.bpf"
	into sh -c 'grep Seccomp: /proc/self/status; mkdir /tmp/sc16'
	fails "Seccomp:	2"
	delete
}

@test "SC-16 exec: without no_new_privs too, also for an ordinary user" {
	up "$FILTER"' | .process.noNewPrivileges = false'
	for user in 0 1000; do
		with -u $user "$ID" sh -c "$STATUS"'; mkdir /tmp/sc16'
		fails "Seccomp:	2" "NoNewPrivs:	0" "CapBnd:	0000000020000420"
	done
	delete
}

@test "SC-16 exec: a system call that the filter kills ends the program" {
	up '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["personality"], action: "SCMP_ACT_KILL_PROCESS"}]}'
	into probe personality
	exits 159
	delete
}

# --- --process -----------------------------------------------------------------------------------------------------

@test "exec --process: arguments, environment, user and directory are the file's" {
	up '.process.user = {uid: 5, gid: 6} | .process.env += ["OF_CONFIG=1"]'
	process '.user = {uid: 7, gid: 8, additionalGids: [9]} | .cwd = "/tmp" | .env += ["OF_FILE=1"] |
		.args = ["sh", "-c", "pwd; env; '"${STATUS//\"/\\\"}"'"]'
	with --process "$BUNDLE/process.json" "$ID"
	has /tmp OF_FILE=1 "Groups:	9 "
	lacks OF_CONFIG
	[ "$(ids)" = 7:8 ]
	with -p "$BUNDLE/process.json" -u 1:2 -e X=y --cwd / "$ID"
	has X=y
	[ "$(ids)" = 1:2 ]
	delete
}

@test "exec --process: what the file leaves out is as in config.json" {
	up '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 99, hard: 199}] | .process.oomScoreAdj = 300'
	process '.args = ["sh", "-c", "ulimit -n; cat /proc/self/oom_score_adj; grep Cap /proc/self/status"]'
	with --process "$BUNDLE/process.json" "$ID"
	has "99
300" "CapEff:	0000000020000420"
	process '.args = ["sh", "-c", "ulimit -n; cat /proc/self/oom_score_adj; grep Cap /proc/self/status"] |
		.rlimits = [{type: "RLIMIT_NOFILE", soft: 50, hard: 60}] | .oomScoreAdj = 400 |
		.capabilities = {bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"]}'
	with --process "$BUNDLE/process.json" "$ID"
	has "50
400" "CapEff:	0000000000000020" "CapBnd:	0000000000000020"
	delete
}

@test "exec --process --tty as conmon 2.1 sends it" {
	up .
	process '.terminal = true | .args = ["sh", "-c", "tty; echo to the terminal"]'
	"$PROBE" console "$BUNDLE/sock" "$BUNDLE/tty" 3>&- 4>&-
	ring3_quiet exec --pid-file "$BUNDLE/pid" --process "$BUNDLE/process.json" --detach --tty --console-socket "$BUNDLE/sock" "$ID"
	within 3000 grep -q "to the terminal" "$BUNDLE/tty"
	[ -s "$BUNDLE/pid" ]
	delete
}

@test "G-05 exec --process: a mistake is named with its place" {
	up .
	process '.user.uid = -1'
	with --process "$BUNDLE/process.json" "$ID"
	exits 255
	has "process.json:" "user.uid" "-1"
	process '.cwd = "tmp"'
	with --process "$BUNDLE/process.json" "$ID"
	exits 255
	has "process.json:" cwd
	with --process "$BUNDLE/missing.json" "$ID"
	exits 255
	has missing.json "no such file or directory"
	delete
}
