load helpers

# bats file_tags=not:userns
# CRIU is slow where every instruction is emulated: a test here looks at all that one image can show.

setup() {
	has_rights
	[ $EUID -eq 0 ] || skip "needs root for criu"
	prepare
	IMAGES=$BUNDLE/images
	[[ $BATS_TEST_DESCRIPTION != *"is told"* && $BATS_TEST_DESCRIPTION != EC-05* ]] || return 0 # without CRIU
	[ -n "$CRIU" ] || skip "needs criu"
}

# A program in CRIU's place that keeps the request and refuses it: what is asked for is seen on every host.
fake_criu() {
	cat >"$BUNDLE/criu" <<-EOF
		#!/bin/sh
		dd bs=65536 count=1 <&3 >$BUNDLE/request 2>/dev/null
		$1
		printf '\\010\\001\\020\\000' >&3
	EOF
	chmod 755 "$BUNDLE/criu"
}
# asks COMMAND OPTION...: the request in hexadecimal, in $request.
asks() {
	rm -f "$BUNDLE/request"
	try --criu "$BUNDLE/criu" "$@" --image-path "$IMAGES" "$ID"
	fails "CRIU failed"
	request=$(od -An -v -tx1 "$BUNDLE/request" | tr -d '\n')
}
# sends COMMAND OPTION... <<"HEX OPTION...": these bytes are in the request with the options of all lines, and not without them.
sends() {
	local plain hex options all=() rows row
	mapfile -t rows
	for row in "${rows[@]}"; do
		read -ra options <<<"${row#*: }"
		all+=("${options[@]}")
	done
	asks "$@"
	plain=$request
	asks "$@" "${all[@]}"
	for row in "${rows[@]}"; do
		hex=${row%%: *}
		[[ $plain != *" $hex"* ]] || { echo "without ${row#*: }: $plain"; return 1; }
		[[ $request == *" $hex"* ]] || { echo "with ${row#*: }: $request"; return 1; }
	done
}
descriptors() {
	mkdir "$IMAGES"
	echo "${1:-[\"/dev/null\",\"/dev/null\",\"/dev/null\"]}" >"$IMAGES/descriptors.json"
}

# CRIU takes no descriptor of a file outside of the container, so the program gets none.
create() {
	bundle "$@"
	create_bundle
}
create_bundle() { ring3 create -b "$BUNDLE" "$@" "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&-; }

counted() { slurp N "/proc/$(pid_of)/root/dev/shm/n" && [ "${N:-0}" -gt "${1:-0}" ]; }
# counts FILTER WHAT...: a program that counts, and holds more things (probe.c).
counts() {
	local filter=${1:-.}
	shift || :
	up "$filter" probe count "$@"
	within 20000 counted 3
}
checkpoint() { try checkpoint --image-path "$IMAGES" "$@" "$ID"; }
restore() { try restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$@" "$ID"; }
gone() { ! ring3 state "$ID" >/dev/null 2>&1; }
# It is running, and counts on from N.
goes_on() {
	local before=$N
	is running || { ring3 state "$ID"; return 1; }
	counted $((before - 1)) || { echo "before: $before, now: $N"; return 1; }
	within 20000 counted "$N"
}
namespaces() { local n; for n; do readlink "/proc/$(pid_of)/ns/$n"; done; }

@test "checkpoint --image-path --work-path --file-locks ends the container, and restore --pid-file goes on where it was: memory, locks, unlinked files, hooks, limits, loopback (T16)" {
	local h="{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"cat >>$BUNDLE/hooks; echo >>$BUNDLE/hooks; readlink /proc/\$(sed 's/.*pid[^0-9]*\\\\([0-9]*\\\\).*/\\\\1/' $BUNDLE/hooks | tail -1)/ns/net >/dev/null\"]}"
	local limits=
	[[ " $(<"$CGROUP2/cgroup.controllers") " != *" pids "* ]] || limits='| .linux.resources.pids = {limit: 77}'
	counts ".hooks = {prestart: [$h], createRuntime: [$h], poststop: [$h]} $limits" child lock unlinked
	checkpoint
	fails "dump.log:" "lock"
	is running
	try checkpoint --file-locks --image-path "$IMAGES" --work-path "$BUNDLE/work" "$ID"
	prints ""
	gone
	within 5000 no_cookie_processes
	[ ! -e "$CGROUP2$CG/$ID" ]
	[ -s "$IMAGES/descriptors.json" ] && [ -s "$IMAGES/inventory.img" ] && [ -s "$BUNDLE/work/dump.log" ]
	[ "$(grep -c '"status"' "$BUNDLE/hooks")" = 3 ]
	rm "$BUNDLE/hooks"
	# Not through links and fifos, which an image that came from elsewhere may have.
	mv "$IMAGES/descriptors.json" "$BUNDLE/elsewhere"
	ln -s "$BUNDLE/elsewhere" "$IMAGES/descriptors.json"
	restore
	fails "descriptors.json" "too many levels of symbolic links"
	rm "$IMAGES/descriptors.json"
	mkfifo "$IMAGES/descriptors.json"
	restore
	fails "descriptors.json of the checkpoint is no regular file"
	rm "$IMAGES/descriptors.json"
	restore
	fails "descriptors.json" "no such file or directory"
	mv "$BUNDLE/elsewhere" "$IMAGES/descriptors.json"
	echo untouched >"$BUNDLE/victim"
	ln -s "$BUNDLE/victim" "$BUNDLE/work/restore.log"
	restore --file-locks --pid-file "$BUNDLE/pid" --work-path "$BUNDLE/work"
	prints ""
	[ "$(<"$BUNDLE/victim")" = untouched ]
	goes_on
	local pid=$(pid_of)
	[ "$(<"$BUNDLE/pid")" = "$pid" ]
	[[ $(<"/proc/$pid/cgroup") == *"$CG/$ID" ]]
	[ "$(wc -l <"$CGROUP2$CG/$ID/cgroup.procs")" = 2 ]
	[ "$(<"/proc/$pid/fd/9")" = kept ]
	grep -q "FLOCK  ADVISORY  WRITE $pid" /proc/locks
	[ "$(grep -c '"status": *"creating"' "$BUNDLE/hooks")" = 2 ]
	grep -q "\"pid\": *$pid" "$BUNDLE/hooks"
	[ -z "$limits" ] || [ "$(<"$CGROUP2$CG/$ID/pids.max")" = 77 ]
	[[ $(ring3 exec "$ID" ip link show lo 2>/dev/null || ring3 exec "$ID" ifconfig lo) == *UP* ]]
	delete
	grep -q '"status": *"stopped"' "$BUNDLE/hooks"
}

@test "checkpoint --leave-running, restore --detach --bundle under another name: bind mounts, masked and read-only paths, a tmpfs; a failed restore leaves nothing" {
	mkdir -p "$BUNDLE/src/sub"
	echo content >"$BUNDLE/src/f"
	ln -s src "$BUNDLE/link"
	counts ".mounts += [{destination: \"/data\", source: \"$BUNDLE/link\", options: [\"rbind\", \"ro\"]},
		{destination: \"/data/sub\", type: \"tmpfs\", source: \"t\", options: [\"size=1m\"]},
		{destination: \"/etc/f\", source: \"$BUNDLE/src/f\", options: [\"bind\", \"rprivate\"]}]
		| .linux.maskedPaths = [\"/proc/version\", \"/proc/irq\"] | .linux.readonlyPaths = [\"/proc/sys\"]"
	ring3 exec "$ID" sh -c 'echo kept >/data/sub/g'
	local before after at first=$ID mounts='$5, /master:/ ? "slave" : /shared:/ ? "shared" : "private"'
	before=$(awk "{ print $mounts }" "/proc/$(pid_of)/mountinfo" | sort)
	counted
	at=$N
	checkpoint --leave-running
	prints ""
	goes_on
	mkdir "$BUNDLE/other"
	jq --arg cg "$CG/other-$ID" '.linux.cgroupsPath = $cg' "$BUNDLE/config.json" >"$BUNDLE/other/config.json"
	delete
	ID=other-$first
	try restore -d -b "$BUNDLE/other" --image-path "$IMAGES" "$ID"
	prints ""
	N=$at
	goes_on
	[[ $(<"/proc/$(pid_of)/cgroup") == *"$CG/$ID" ]]
	run ring3 exec "$ID" sh -c 'cat /data/f /data/sub/g /etc/f; echo x >/data/f; wc -c </proc/version; ls /proc/irq; echo 1 >/proc/sys/kernel/panic'
	[[ ${lines[0]} == content && ${lines[1]} == kept && ${lines[2]} == content ]] || show
	has "Read-only file system" $'\n0'
	after=$(awk "{ print $mounts }" "/proc/$(pid_of)/mountinfo" | sort)
	[ "$after" = "$before" ] || { diff <(echo "$before") <(echo "$after"); return 1; }
	delete
	ID=$first
	rm "$IMAGES"/core-1.img
	restore --work-path "$BUNDLE/work"
	fails "restore.log:" "Restoring FAILED"
	[[ $output != *$'\n'* ]]
	gone
	[ ! -e "$CGROUP2$CG/$ID" ]
	[ -s "$BUNDLE/work/restore.log" ]
	rm -rf "$ROOTFS/data" "$ROOTFS/etc/f"
}

@test "checkpoint: a chain of --pre-dump, --parent-path and --image-path, of a container that is paused at last" {
	counts
	try checkpoint --pre-dump --image-path "$BUNDLE/pre1" "$ID"
	[[ $output != *"Tracking memory is not available"* ]] || { delete; skip "needs a kernel that tracks memory"; }
	prints ""
	is running
	try checkpoint --pre-dump --parent-path ../pre1 --image-path "$BUNDLE/pre2" "$ID"
	prints ""
	counted
	ring3_quiet pause "$ID"
	checkpoint --parent-path ../pre2
	prints ""
	[ -L "$IMAGES/parent" ]
	restore
	prints ""
	goes_on
	delete
}

@test "checkpoint, restore: what is refused changes nothing, and what CRIU says of a failure stands in the error" {
	# Its standard output is a file that the container does not have.
	bundle . probe count
	ring3_quiet create -b "$BUNDLE" "$ID"
	checkpoint
	fails "cannot be checkpointed in created state"
	start
	within 20000 counted 1
	checkpoint --parent-path /abs
	fails "must be relative"
	checkpoint --parent-path ../nothing
	fails "../nothing" "no such file or directory"
	checkpoint --manage-cgroups-mode hard
	fails "soft, full, strict or ignore"
	checkpoint --network-lock doors
	fails "iptables, nftables or skip"
	checkpoint --empty-ns pid
	fails "--empty-ns pid"
	checkpoint --page-server here
	fails "ADDRESS:PORT"
	checkpoint --status-fd 77
	fails "--status-fd 77"
	try --criu /bin/nothing checkpoint --image-path "$IMAGES" "$ID"
	fails "/bin/nothing"
	install -m 0777 /dev/null "$BUNDLE/criu"
	try --criu "$BUNDLE/criu" checkpoint --image-path "$IMAGES" "$ID"
	fails "may be written by others"
	checkpoint
	fails "dump.log:" "Error ("
	[[ $output != *$'\n'* ]]
	[ -s "$IMAGES/dump.log" ]
	goes_on
	delete
	checkpoint
	fails "does not exist"
}

@test "checkpoint: network, ipc and uts namespaces that were joined are joined again" {
	hold network,ipc,uts
	local path="/proc/$HOLDER/ns" before
	counts ".linux.namespaces |= map(if .type == \"network\" then .path = \"$path/net\" elif .type == \"ipc\" then .path = \"$path/ipc\"
		elif .type == \"uts\" then .path = \"$path/uts\" else . end) | del(.hostname) | del(.linux.sysctl)"
	before=$(namespaces net ipc uts)
	checkpoint
	prints ""
	restore
	prints ""
	goes_on
	[ "$(namespaces net ipc uts)" = "$before" ]
	delete
}

@test "checkpoint: a pid namespace that was joined is joined again, with the same pid in it" {
	hold pid
	counts ".linux.namespaces |= map(if .type == \"pid\" then .path = \"/proc/$HOLDER/ns/pid\" else . end)"
	local before inside
	before=$(namespaces pid)
	inside=$(awk '/^NSpid:/ { print $3 }' "/proc/$(pid_of)/status")
	[ "$before" != "$(readlink /proc/self/ns/pid)" ] && [ "$inside" -gt 1 ]
	checkpoint
	prints ""
	restore
	prints ""
	goes_on
	[ "$(namespaces pid)" = "$before" ]
	[ "$(awk '/^NSpid:/ { print $3 }' "/proc/$(pid_of)/status")" = "$inside" ]
	delete
}

@test "checkpoint, restore: a user namespace, whose root searches --image-path; what CRIU cannot do there is refused while the container runs" {
	chmod 755 "$BUNDLE"
	hold network
	counts "$USERNS | .linux.namespaces |= map(if .type == \"network\" then .path = \"/proc/$HOLDER/ns/net\" else . end)"
	checkpoint
	fails "config.json" "mounts[" "sysfs is the host's here"
	goes_on
	delete
	counts "$USERNS | .mounts += [{destination: \"/mnt\", source: \"$BUNDLE\", options: [\"bind\", \"idmap\"]}]"
	checkpoint
	fails "config.json" "mounts[" "mapped ids"
	delete
	counts "$USERNS"
	chown 0:0 "$IMAGES"
	chmod 0750 "$IMAGES"
	checkpoint
	fails "--image-path" "100000:100000" "permission denied"
	goes_on
	rm -r "$IMAGES"
	local map=$(<"/proc/$(pid_of)/uid_map")
	checkpoint
	prints ""
	[ "$(stat -c '%a %u %g' "$IMAGES")" = "710 0 100000" ]
	# As it comes from elsewhere.
	chgrp 0 "$IMAGES" && chmod 700 "$IMAGES"
	restore
	prints ""
	goes_on
	[ "$(<"/proc/$(pid_of)/uid_map")" = "$map" ]
	delete
}

@test "restore in the foreground: standard output is the caller's, the status of the program that of the command, --keep leaves the record" {
	bundle . probe count say
	RING3_TEST_COOKIE=$COOKIE "$RUNTIME" --root "$STATE" create -b "$BUNDLE" "$ID" </dev/null 2>&1 3>&- 4>&- | cat >"$BUNDLE/first" 3>&- 4>&- &
	within 20000 is created
	start
	within 20000 grep -q tick "$BUNDLE/first"
	checkpoint
	prints ""
	grep -q pipe: "$IMAGES/descriptors.json"
	(
		code=0
		RING3_TEST_COOKIE=$COOKIE "$RUNTIME" --root "$STATE" restore --keep -b "$BUNDLE" --image-path "$IMAGES" "$ID" </dev/null 2>&1 || code=$?
		echo "status $code"
	) 3>&- 4>&- | cat >"$BUNDLE/second" 3>&- 4>&- &
	within 60000 grep -q tick "$BUNDLE/second"
	is running
	ring3 exec "$ID" touch /dev/shm/end || [ $? -eq 137 ]	# the program may end before it, and its pid namespace with it
	within 20000 grep -q "status 7" "$BUNDLE/second"
	is stopped
	delete
}

@test "checkpoint: a terminal, whose other side goes to restore --console-socket" {
	bundle '.process.terminal = true' probe count
	"$PROBE" console "$BUNDLE/console.sock" "$BUNDLE/console" 3>&- 4>&-
	create_bundle --console-socket "$BUNDLE/console.sock"
	start
	within 20000 counted 3
	checkpoint
	prints ""
	rm -f "$BUNDLE/console.sock"
	"$PROBE" console "$BUNDLE/console.sock" "$BUNDLE/console2" 3>&- 4>&-
	restore --console-socket "$BUNDLE/console.sock"
	prints ""
	goes_on
	[[ $(readlink "/proc/$(pid_of)/fd/0") == /dev/pts/* || $(readlink "/proc/$(pid_of)/fd/0") == /dev/console ]]
	delete
}

@test "checkpoint, restore --tcp-established: the connection goes on, with --network-lock and without; restore --tcp-close: it is closed" {
	counts . tcp
	checkpoint
	fails "dump.log:" "tcp"
	is running
	checkpoint --tcp-established --leave-running
	[[ $output != *"sockets: Can't get 1:"* ]] || { delete; skip "needs a CRIU that knows the sockets of this kernel"; }
	prints ""
	delete
	restore --tcp-established
	prints ""
	goes_on
	checkpoint --tcp-established --network-lock skip
	prints ""
	restore --tcp-close --network-lock skip
	prints ""
	is running
	closed() { counted -1 && [ "$N" -eq 0 ]; }
	within 20000 closed
	delete
}

@test "checkpoint --lazy-pages --page-server --status-fd, restore --lazy-pages: memory comes when it is used" {
	local criu port=$((20000 + RANDOM % 10000)) dump server
	criu=$(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin command -v criu)
	"$criu" check --feature uffd-noncoop >/dev/null 2>&1 || skip "needs userfaultfd"
	counts
	mkfifo "$BUNDLE/status"
	exec 7<>"$BUNDLE/status"
	ring3 checkpoint --lazy-pages --page-server "127.0.0.1:$port" --status-fd 7 --image-path "$IMAGES" "$ID" </dev/null >"$BUNDLE/dump" 2>&1 3>&- 4>&- &
	dump=$!
	read -rt 60 -d '' -u 7 _ || { cat "$BUNDLE/dump"; return 1; }
	mkdir "$BUNDLE/work"
	RING3_TEST_COOKIE=$COOKIE "$criu" lazy-pages --page-server --address 127.0.0.1 --port "$port" -D "$IMAGES" -W "$BUNDLE/work" -o pages.log </dev/null >/dev/null 2>&1 3>&- 4>&- 7>&- &
	server=$!
	within 20000 test -S "$BUNDLE/work/lazy-pages.socket"
	local first=$ID
	ID=lazy-$first
	sed -i "s,$CG/$first,$CG/$ID," "$BUNDLE/config.json"
	restore --lazy-pages --work-path "$BUNDLE/work"
	if grep -q 'page-pipe: splice: -1: Bad file' "$BUNDLE/dump"; then
		ID=$first
		delete
		skip "needs a CRIU that serves the pages of this kernel"
	fi
	prints ""
	wait $server
	wait $dump || { cat "$BUNDLE/dump"; return 1; }
	goes_on
	delete
	ID=$first
	gone
	rmdir "$CGROUP2$CG" # the first one made it, the other one was still there when it went
	exec 7>&-
}

@test "features: whether criu is there" {
	run ring3 features
	ok
	[ "$(jq -r '.annotations["org.opencontainers.runc.checkpoint.enabled"], (.potentiallyUnsafeConfigAnnotations | index("org.criu.config") != null)' <<<"$output")" = true$'\n'true ]
	run ring3 --criu /bin/nothing features
	[ "$(jq -r '.annotations["org.opencontainers.runc.checkpoint.enabled"]' <<<"$output")" = false ]
}

@test "EC-05 checkpoint --help and restore --lsm-mount-context" {
	run ring3 checkpoint --help
	ok
	run ring3 restore --lsm-mount-context
	fails "flag needs an argument" "lsm-mount-context"
}

@test "checkpoint: CRIU is told --tcp-established --tcp-skip-in-flight --link-remap --ext-unix-sk --shell-job --lazy-pages --auto-dedup --page-server --manage-cgroups-mode --network-lock --empty-ns; what it tells as ready is a byte for --status-fd" {
	fake_criu
	up
	sends checkpoint <<-'END'
		28 01: --tcp-established
		f0 02 01: --tcp-skip-in-flight
		90 01 01: --link-remap
		20 01: --ext-unix-sk
		38 01: --shell-job
		80 03 01: --lazy-pages
		80 01 01: --auto-dedup
		5a 10 0a 0b 31 39 32 2e 30 2e 32 2e 31 31 31 10 aa 02: --page-server 192.0.2.111:298
		90 02 05: --manage-cgroups-mode strict
		80 04 03: --network-lock skip
	END
	asks checkpoint --empty-ns network
	[[ $request == *" b0 02 80 80 80 80 04"* ]]
	fake_criu "printf '\\010\\006\\020\\001\\052\\016\\012\\014status-ready' >\&3; dd bs=65536 count=1 <\&3 >$BUNDLE/answer 2>/dev/null"
	sed -i 's/\\&/\&/g' "$BUNDLE/criu"
	try --criu "$BUNDLE/criu" checkpoint --lazy-pages --status-fd 5 --image-path "$IMAGES" "$ID" 5>"$BUNDLE/status"
	fails "CRIU failed"
	[ "$(od -An -tx1 "$BUNDLE/status")" = " 00" ]
	[ "$(od -An -tx1 "$BUNDLE/answer")" = " 08 06 18 01" ]
	is running
	delete
}

@test "restore: CRIU is told --tcp-established --tcp-close --ext-unix-sk --shell-job --file-locks --lazy-pages --auto-dedup --manage-cgroups-mode --network-lock --lsm-profile --lsm-mount-context, and --config is read" {
	fake_criu
	bundle
	descriptors '["/dev/null","pipe:[77]","/dev/null"]'
	mv "$BUNDLE/config.json" "$BUNDLE/other.json"
	sends restore -d -b "$BUNDLE" --config other.json <<-'END'
		28 01: --tcp-established
		a0 03 01: --tcp-close
		20 01: --ext-unix-sk
		38 01: --shell-job
		40 01: --file-locks
		80 03 01: --lazy-pages
		80 01 01: --auto-dedup
		90 02 05: --manage-cgroups-mode strict
		80 04 03: --network-lock skip
		aa 03 03 61 3a 62: --lsm-profile a:b
		fa 03 01 63: --lsm-mount-context c
	END
	[[ $request == *" da 01 0d 0a 09 70 69 70 65 3a 5b 37 37 5d 10 01"* ]]
	gone
}

@test "A-05 restore: CRIU is told --empty-ns and the file of org.criu.config, none where that is empty; --no-pivot --no-subreaper --no-new-keyring change nothing" {
	fake_criu
	bundle '.annotations = {"org.criu.config": "/c"}'
	descriptors
	asks restore -d -b "$BUNDLE" --empty-ns network
	[[ $request == *" 9a 03 02 2f 63"* && $request == *" b0 02 80 80 80 80 04"* ]]
	config '.annotations = {}'
	asks restore -d -b "$BUNDLE"
	[[ $request == *" 9a 03 13 2f 65 74 63 2f 63 72 69 75 2f 72 75 6e 63 2e 63 6f 6e 66"* || -e /etc/criu/ring3.conf ]]
	config '.annotations = {"org.criu.config": ""}'
	asks restore -d -b "$BUNDLE"
	[[ $request != *" 9a 03 "* ]]
	local before=$request
	asks restore -d -b "$BUNDLE" --no-pivot -no-subreaper --no-subreaper --no-new-keyring
	[ "$request" = "$before" ]
}
