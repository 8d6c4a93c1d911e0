load helpers

# Not yet in a user namespace: CRIU reads its images there as the container's root, who may not.
# bats file_tags=not:userns

# A container that counts: its number shows whether it went on from where it was.
COUNTS='i=0; while :; do i=$((i + 1)); echo $i >/dev/shm/n; sleep 0.1; done'

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
# sends HEX COMMAND OPTION...: these bytes are in the request with the options, and not without them.
sends() {
	local hex=$1 command=$2
	shift 2
	asks "$command" "${always[@]}"
	[[ $request != *" $hex"* ]] || { echo "without $*: $request"; return 1; }
	asks "$command" "${always[@]}" "$@"
	[[ $request == *" $hex"* ]] || { echo "with $*: $request"; return 1; }
}

# CRIU takes no descriptor of a file outside of the container, so the program gets none.
create() {
	bundle "$@"
	create_bundle
}
create_bundle() { ring3 create -b "$BUNDLE" "$@" "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&-; }

counted() { slurp N "/proc/$(pid_of)/root/dev/shm/n" && [ "${N:-0}" -gt "${1:-0}" ]; }
counts() {
	up "${1:-.}" sh -c "$COUNTS"
	within 20000 counted 3
}
checkpoint() { try checkpoint --image-path "$IMAGES" "$@" "$ID"; }
restore() { try restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$@" "$ID"; }
gone() { ! ring3 state "$ID" >/dev/null 2>&1; }
# It is running, and counts on from N.
goes_on() {
	local before=$N
	is running || { ring3 state "$ID"; return 1; }
	within 20000 counted "$before"
	[ "$N" -lt $((before + 100)) ]
}

@test "checkpoint ends the container and restore --detach --bundle --image-path --pid-file goes on where it was" {
	counts
	local old=$(pid_of)
	checkpoint
	prints ""
	gone
	within 5000 no_cookie_processes
	[ ! -e "$CGROUP2$CG/$ID" ]
	[ -s "$IMAGES/descriptors.json" ] && [ -s "$IMAGES/inventory.img" ]
	try restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" --pid-file "$BUNDLE/pid" "$ID"
	prints ""
	goes_on
	[ "$(<"$BUNDLE/pid")" = "$(pid_of)" ]
	[[ $(<"/proc/$(pid_of)/cgroup") == *"$CG/$ID" ]]
	run ring3 exec "$ID" sh -c 'cat /proc/self/cgroup; hostname'
	ok
	delete
}

@test "checkpoint: --leave-running lets it go on, and the images are restored under another name and bundle" {
	counts
	checkpoint --leave-running
	prints ""
	goes_on
	local first=$ID
	mkdir "$BUNDLE/other"
	jq --arg cg "$CG/other-$ID" '.linux.cgroupsPath = $cg' "$BUNDLE/config.json" >"$BUNDLE/other/config.json"
	delete
	ID=other-$first
	try restore -d -b "$BUNDLE/other" --image-path "$IMAGES" "$ID"
	prints ""
	goes_on
	[[ $(<"/proc/$(pid_of)/cgroup") == *"$CG/$ID" ]]
	delete
	is running && return 1
	ID=$first
}

@test "checkpoint: a chain of --pre-dump, --parent-path and --image-path" {
	counts
	try checkpoint --pre-dump --image-path "$BUNDLE/pre1" "$ID"
	[[ $output != *"Tracking memory is not available"* ]] || { delete; skip "needs a kernel that tracks memory"; }
	prints ""
	is running
	try checkpoint --pre-dump --parent-path ../pre1 --image-path "$BUNDLE/pre2" "$ID"
	prints ""
	checkpoint --parent-path ../pre2
	prints ""
	[ -L "$IMAGES/parent" ]
	restore
	prints ""
	goes_on
	delete
}

@test "checkpoint: what is refused, and changes nothing" {
	create . sh -c "$COUNTS"
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
	is running
	delete
	checkpoint
	fails "does not exist"
}

@test "checkpoint: the last lines of CRIU's log are in the error, and the container goes on" {
	# Its standard output is a file that the container does not have.
	bundle . sh -c "$COUNTS"
	ring3_quiet create -b "$BUNDLE" "$ID"
	start
	within 20000 counted 3
	checkpoint
	fails "dump.log:" "Error ("
	is running
	[ -s "$IMAGES/dump.log" ]
	delete
}

@test "restore --work-path: a failure leaves nothing, and says what CRIU says" {
	counts
	checkpoint
	prints ""
	rm "$IMAGES"/core-1.img
	mkdir "$BUNDLE/work"
	restore --work-path "$BUNDLE/work"
	fails "restore.log:" "Restoring FAILED"
	gone
	[ ! -e "$CGROUP2$CG/$ID" ]
	[ -s "$BUNDLE/work/restore.log" ]
}

@test "checkpoint --work-path, restore: image files that are links or fifos are not followed (T16)" {
	counts
	checkpoint --work-path "$BUNDLE/work"
	prints ""
	cp "$IMAGES/descriptors.json" "$BUNDLE/elsewhere"
	ln -sf "$BUNDLE/elsewhere" "$IMAGES/descriptors.json"
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
	restore --work-path "$BUNDLE/work"
	prints ""
	[ "$(<"$BUNDLE/victim")" = untouched ]
	delete
}

@test "checkpoint: bind mounts, masked and read-only paths, and a tmpfs with its contents" {
	[[ $(findmnt -n -o PROPAGATION -T "$BUNDLE") != *shared* ]] || skip "needs a bundle on a mount that is not shared: CRIU fails to copy the sharing of bind mounts"
	mkdir -p "$BUNDLE/src/sub"
	echo content >"$BUNDLE/src/f"
	counts ".mounts += [{destination: \"/data\", source: \"$BUNDLE/src\", options: [\"rbind\", \"ro\"]},
		{destination: \"/data/sub\", type: \"tmpfs\", source: \"t\", options: [\"size=1m\"]},
		{destination: \"/etc/f\", source: \"$BUNDLE/src/f\", options: [\"bind\", \"rprivate\"]}]
		| .linux.maskedPaths = [\"/proc/version\", \"/proc/irq\"] | .linux.readonlyPaths = [\"/proc/sys\"]"
	ring3 exec "$ID" sh -c 'echo kept >/data/sub/g'
	local before after
	slurp before "/proc/$(pid_of)/mountinfo"
	checkpoint
	prints ""
	restore
	prints ""
	goes_on
	run ring3 exec "$ID" sh -c 'cat /data/f /data/sub/g /etc/f; echo x >/data/f; wc -c </proc/version; ls /proc/irq; echo 1 >/proc/sys/kernel/panic'
	[[ ${lines[0]} == content && ${lines[1]} == kept && ${lines[2]} == content ]] || show
	has "Read-only file system" $'\n0'
	[ "$(awk '{ print $5 }' "/proc/$(pid_of)/mountinfo" | sort)" = "$(awk '{ print $5 }' <<<"$before" | sort)" ]
	delete
	rm -rf "$ROOTFS/data" "$ROOTFS/etc/f"
}

@test "checkpoint: limits of the cgroup are there after restore" {
	[[ " $(<"$CGROUP2/cgroup.controllers") " == *" pids "* ]] || skip "needs the pids controller in cgroup v2"
	counts '.linux.resources.pids = {limit: 77}'
	checkpoint
	prints ""
	restore
	prints ""
	goes_on
	[ "$(<"$CGROUP2$CG/$ID/pids.max")" = 77 ]
	delete
}

@test "restore: prestart and createRuntime hooks run in the new namespaces, poststop at the end" {
	local h="{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"cat >>$BUNDLE/hooks; echo >>$BUNDLE/hooks; readlink /proc/\$(sed 's/.*pid[^0-9]*\\\\([0-9]*\\\\).*/\\\\1/' $BUNDLE/hooks | tail -1)/ns/net >/dev/null\"]}"
	counts ".hooks = {prestart: [$h], createRuntime: [$h], poststop: [$h]}"
	checkpoint
	prints ""
	[ "$(grep -c '"status"' "$BUNDLE/hooks")" = 3 ]
	rm "$BUNDLE/hooks"
	restore
	prints ""
	[ "$(grep -c '"status": *"creating"' "$BUNDLE/hooks")" = 2 ]
	grep -q "\"pid\": *$(pid_of)" "$BUNDLE/hooks"
	goes_on
	delete
	grep -q '"status": *"stopped"' "$BUNDLE/hooks"
}

@test "restore: the loopback device of a network namespace is up" {
	counts
	checkpoint
	prints ""
	restore
	prints ""
	run ring3 exec "$ID" cat /sys/class/net/lo/flags
	[[ $(ring3 exec "$ID" ip link show lo 2>/dev/null || ring3 exec "$ID" ifconfig lo) == *UP* ]]
	delete
}

@test "checkpoint: a network namespace that was joined is left alone, and joined again" {
	hold net
	local before=$(readlink "/proc/$HOLDER/ns/net")
	counts ".linux.namespaces |= map(if .type == \"network\" then .path = \"/proc/$HOLDER/ns/net\" else . end)"
	checkpoint
	prints ""
	restore
	prints ""
	goes_on
	[ "$(readlink "/proc/$(pid_of)/ns/net")" = "$before" ]
	delete
}

@test "restore: standard output goes to the caller of restore" {
	bundle . sh -c 'while :; do echo tick; sleep 0.1; done'
	RING3_TEST_COOKIE=$COOKIE "$RUNTIME" --root "$STATE" create -b "$BUNDLE" "$ID" </dev/null 2>&1 3>&- 4>&- | cat >"$BUNDLE/first" 3>&- 4>&- &
	within 20000 is created
	start
	within 20000 grep -q tick "$BUNDLE/first"
	checkpoint
	prints ""
	grep -q pipe: "$IMAGES/descriptors.json"
	RING3_TEST_COOKIE=$COOKIE "$RUNTIME" --root "$STATE" restore -d -b "$BUNDLE" --image-path "$IMAGES" "$ID" </dev/null 2>&1 3>&- 4>&- | cat >"$BUNDLE/second" 3>&- 4>&- &
	within 60000 grep -q tick "$BUNDLE/second"
	is running
	delete
}

@test "restore: in the foreground the status of the program is that of the command, and with --keep its record is left" {
	up . sh -c 'while [ ! -e /dev/shm/end ]; do sleep 0.1; done; exit 7'
	checkpoint
	prints ""
	RING3_TEST_COOKIE=$COOKIE "$RUNTIME" --root "$STATE" restore --keep -b "$BUNDLE" --image-path "$IMAGES" "$ID" </dev/null >"$BUNDLE/out" 2>&1 3>&- 4>&- &
	local foreground=$!
	within 60000 is running
	ring3 exec "$ID" touch /dev/shm/end
	local code=0
	wait $foreground || code=$?
	[ $code = 7 ] || { cat "$BUNDLE/out"; return 1; }
	is stopped
	delete
}

@test "checkpoint: a terminal, whose other side goes to restore --console-socket" {
	bundle '.process.terminal = true' sh -c "$COUNTS"
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

@test "checkpoint, restore: --file-locks, without which a lock is refused" {
	bundle . probe lock /dev/shm/lock
	create_bundle
	start
	within 5000 test -e "/proc/$(pid_of)/root/dev/shm/lock.taken"
	checkpoint
	fails "lock"
	is running
	checkpoint --file-locks
	prints ""
	restore --file-locks
	prints ""
	is running
	grep -q "FLOCK  ADVISORY  WRITE $(pid_of)" /proc/locks
	delete
}

@test "checkpoint: an unlinked file that is open" {
	bundle . sh -c "exec 9>/dev/shm/unlinked; rm /dev/shm/unlinked; echo kept >&9; $COUNTS"
	create_bundle
	start
	within 20000 counted 3
	checkpoint
	prints ""
	restore
	prints ""
	goes_on
	[ "$(<"/proc/$(pid_of)/fd/9")" = kept ]
	delete
}

@test "checkpoint: a paused container" {
	counts
	ring3_quiet pause "$ID"
	checkpoint --leave-running
	prints ""
	is paused
	ring3_quiet resume "$ID"
	goes_on
	delete
}

@test "A-05 org.criu.config names a file of options that take the place of others" {
	printf 'log-file other.log\n' >"$BUNDLE/criu.conf"
	counts ".annotations = {\"org.criu.config\": \"$BUNDLE/criu.conf\"}"
	checkpoint
	prints ""
	[ -s "$IMAGES/other.log" ] && [ ! -e "$IMAGES/dump.log" ]
}

@test "A-05 an empty org.criu.config means no file at all" {
	counts '.annotations = {"org.criu.config": ""}'
	checkpoint
	prints ""
	[ -s "$IMAGES/dump.log" ]
}

@test "features: whether criu is there" {
	run ring3 features
	ok
	[ "$(jq -r '.annotations["org.opencontainers.runc.checkpoint.enabled"]' <<<"$output")" = true ]
	[ "$(jq -r '.potentiallyUnsafeConfigAnnotations | index("org.criu.config") != null' <<<"$output")" = true ]
	run ring3 --criu /bin/nothing features
	[ "$(jq -r '.annotations["org.opencontainers.runc.checkpoint.enabled"]' <<<"$output")" = false ]
}

@test "EC-05 checkpoint --help and restore --lsm-mount-context" {
	run ring3 checkpoint --help
	ok
	run ring3 restore --lsm-mount-context
	fails "flag needs an argument" "lsm-mount-context"
}

@test "checkpoint: CRIU is told --tcp-established --tcp-skip-in-flight --link-remap --ext-unix-sk --shell-job --lazy-pages --auto-dedup" {
	fake_criu
	up
	local always=()
	sends "28 01" checkpoint --tcp-established
	sends "f0 02 01" checkpoint --tcp-skip-in-flight
	sends "90 01 01" checkpoint --link-remap
	sends "20 01" checkpoint --ext-unix-sk
	sends "38 01" checkpoint --shell-job
	sends "80 03 01" checkpoint --lazy-pages
	sends "80 01 01" checkpoint --auto-dedup
	is running
	delete
}

@test "checkpoint: CRIU is told --page-server --manage-cgroups-mode --network-lock --empty-ns" {
	fake_criu
	up
	local always=()
	sends "5a 10 0a 0b 31 39 32 2e 30 2e 32 2e 31 31 31 10 aa 02" checkpoint --page-server 192.0.2.111:298
	sends "90 02 05" checkpoint --manage-cgroups-mode strict
	sends "80 04 03" checkpoint --network-lock skip
	asks checkpoint --empty-ns network
	[[ $request == *" b0 02 80 80 80 80 04"* ]]
	delete
}

@test "checkpoint: what CRIU is told as ready is a byte for --status-fd" {
	fake_criu "printf '\\010\\006\\020\\001\\052\\016\\012\\014status-ready' >\&3; dd bs=65536 count=1 <\&3 >$BUNDLE/answer 2>/dev/null"
	sed -i 's/\\&/\&/g' "$BUNDLE/criu"
	up
	try --criu "$BUNDLE/criu" checkpoint --lazy-pages --status-fd 5 --image-path "$IMAGES" "$ID" 5>"$BUNDLE/status"
	fails "CRIU failed"
	[ "$(od -An -tx1 "$BUNDLE/status")" = " 00" ]
	[ "$(od -An -tx1 "$BUNDLE/answer")" = " 08 06 18 01" ]
	delete
}

@test "restore: CRIU is told --tcp-established --tcp-close --ext-unix-sk --shell-job --file-locks --lazy-pages --auto-dedup" {
	fake_criu
	bundle
	mkdir "$IMAGES"
	echo '["/dev/null","pipe:[77]","/dev/null"]' >"$IMAGES/descriptors.json"
	local always=(-d -b "$BUNDLE")
	sends "28 01" restore --tcp-established
	sends "a0 03 01" restore --tcp-close
	sends "20 01" restore --ext-unix-sk
	sends "38 01" restore --shell-job
	sends "40 01" restore --file-locks
	sends "80 03 01" restore --lazy-pages
	sends "80 01 01" restore --auto-dedup
	[[ $request == *" da 01 0d 0a 09 70 69 70 65 3a 5b 37 37 5d 10 01"* ]]
	gone
}

@test "restore: CRIU is told --manage-cgroups-mode --network-lock --empty-ns --lsm-profile --lsm-mount-context, and --config is read" {
	fake_criu
	bundle
	mkdir "$IMAGES"
	echo '["/dev/null","/dev/null","/dev/null"]' >"$IMAGES/descriptors.json"
	mv "$BUNDLE/config.json" "$BUNDLE/other.json"
	local always=(-d -b "$BUNDLE" --config other.json)
	sends "90 02 05" restore --manage-cgroups-mode strict
	sends "80 04 03" restore --network-lock skip
	sends "aa 03 03 61 3a 62" restore --lsm-profile a:b
	sends "fa 03 01 63" restore --lsm-mount-context c
	asks restore "${always[@]}" --empty-ns network
	[[ $request == *" b0 02 80 80 80 80 04"* ]]
	gone
}

@test "restore: what CRIU is told does not depend on --no-pivot --no-subreaper --no-new-keyring" {
	fake_criu
	bundle
	mkdir "$IMAGES"
	echo '["/dev/null","/dev/null","/dev/null"]' >"$IMAGES/descriptors.json"
	asks restore -d -b "$BUNDLE"
	local before=$request
	asks restore -d -b "$BUNDLE" --no-pivot -no-subreaper --no-subreaper --no-new-keyring
	[ "$request" = "$before" ]
}
