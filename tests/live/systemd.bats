load helpers
# --systemd-cgroup: the container's cgroup is a scope of systemd, whose properties are the limits, and everything else works as
# with the other driver.  What systemd and the kernel say counts, not what the runtime says.

HELPER=${SYSTEMD_HELPER:-/usr/local/libexec/ring3/ring3-systemd}

setup() {
	has_rights
	[ -d /run/systemd/system ] || skip "needs systemd as process 1"
	[ -x "$HELPER" ] || skip "needs ring3-systemd at $HELPER"
	prepare
	UNIT=ring3-$ID.scope
	SLICE=system.slice
	[ "$LIVE_AS" != user ] || SLICE=user.slice
	PLACE=".linux.cgroupsPath = \"$SLICE:ring3:$ID\""
}

sctl() { if [ "$LIVE_AS" = user ]; then systemctl --user "$@"; else systemctl "$@"; fi; }

# scope FILTER WORD...: creates in a scope.  GROUP is where init is, by the kernel's word.
scope() {
	bundle "$PLACE | ${1:-.}" "${@:2}"
	ring3_quiet --systemd-cgroup create -b "$BUNDLE" "$ID"
	group
}
group() {
	local line
	read -r line <"/proc/$(pid_of)/cgroup"
	GROUP=$CGROUP2${line#0::}
}
scope_up() {
	scope "$@"
	start
}
# refuses FILTER TEXT...: create fails with TEXT; nothing is left (the teardown looks), no unit either.
refuses() {
	bundle "$PLACE | $1" sleep 1000
	shift
	try --systemd-cgroup create -b "$BUNDLE" "$ID"
	fails "$@"
	no_unit
}
no_unit() { [ "$(sctl show -p LoadState --value "${1:-$UNIT}")" = not-found ]; }
property() { sctl show -p "$1" --value "${2:-$UNIT}"; }
# properties NAME=VALUE...: all of them in one question.
properties() {
	local shown expected names=
	for expected; do names+=${names:+,}${expected%%=*}; done
	shown=$'\n'$(sctl show -p "$names" "$UNIT")$'\n'
	for expected; do
		[[ $shown == *$'\n'"$expected"$'\n'* ]] || { echo "expected $expected in:$shown"; return 1; }
	done
}
# files FILE=VALUE...: of the container's cgroup.
files() {
	local text expected
	for expected; do
		slurp text "$GROUP/${expected%%=*}"
		[ "$text" = "${expected#*=}" ] || { echo "expected $expected: $text"; return 1; }
	done
}
needs_controllers() {
	local controller have
	slurp have "$CGROUP2/cgroup.controllers"
	for controller; do [[ " $have " == *" $controller "* ]] || skip "needs the $controller controller on cgroup v2"; done
}
event() { awk -v name="$2" '$1 == name { print $2 }' "$GROUP/$1"; }

LIMITS='.linux.resources = {memory: {limit: 67108864, swap: 100663296, reservation: 33554432}, pids: {limit: 40},
	cpu: {shares: 2048, quota: 50000, period: 50000, burst: 1000, cpus: "0"}, unified: {"memory.high": "60M"}}'
FILES=(memory.max=67108864 memory.swap.max=33554432 memory.low=33554432 memory.high=62914560 pids.max=40 cpu.weight=174
	"cpu.max=50000 50000" cpu.max.burst=1000 cpuset.cpus=0)
PROPERTIES=(MemoryMax=67108864 MemorySwapMax=33554432 MemoryLow=33554432 MemoryHigh=62914560 TasksMax=40 CPUWeight=174
	CPUQuotaPerSecUSec=1s CPUQuotaPeriodUSec=50ms AllowedCPUs=0)

@test "C-04 a scope in its slice with the container in it, and no unit after delete" {
	scope . sleep 1000
	[[ $GROUP == */$SLICE/$UNIT ]]
	properties ActiveState=active "Slice=$SLICE" Delegate=yes "ControlGroup=${GROUP#"$CGROUP2"}" CollectMode=inactive-or-failed
	start
	is running
	[ "$(ring3 exec "$ID" cat /proc/self/cgroup)" = "0::/" ]
	[ "$(jq -r '.systemdUnit, .cgroupManager' "$STATE/$ID/state.json" | xargs)" = "$UNIT systemd" ]
	delete
	no_unit
	no_file "$GROUP"
}

@test "C-04 names: no path, no slice, slices in slices" {
	bundle 'del(.linux.cgroupsPath)' sleep 1000
	ring3_quiet --cgroup-manager systemd create -b "$BUNDLE" "$ID"
	group
	[[ $GROUP == */$SLICE/ring3-$ID.scope ]]
	delete
	PLACE=".linux.cgroupsPath = \":other:$ID\""
	scope . sleep 1000
	[[ $GROUP == */$SLICE/other-$ID.scope ]]
	delete
	no_unit "other-$ID.scope"
	PLACE=".linux.cgroupsPath = \"r3t-a.slice:ring3:$ID\""
	scope . sleep 1000
	[[ $GROUP == */r3t.slice/r3t-a.slice/$UNIT ]]
	delete
	no_unit
	sctl stop r3t.slice
}

@test "C-04 cgroupsPath that systemd would not take is refused" {
	refuses '.linux.cgroupsPath = "/a/b"' 'linux.cgroupsPath: expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups, got "/a/b" instead'
	refuses '.linux.cgroupsPath = "a--b.slice:ring3:x"' "config.json" 'invalid slice name: "a--b.slice"'
	refuses '.linux.cgroupsPath = "system.slice:ring3:pod.slice"' "puts no process into one"
	refuses '.linux.cgroupsPath = "system.slice:ring3:a b"' "cannot be the name of a unit"
}

@test "C-04 limits are properties of the scope and stand in the kernel's files" {
	needs_controllers cpu cpuset memory pids
	scope "$LIMITS" sleep 1000
	properties "${PROPERTIES[@]}"
	files "${FILES[@]}"
	delete
}

@test "C-04 without limits there are none" {
	needs_controllers cpu memory pids
	scope . sleep 1000
	properties TasksMax=infinity MemoryMax=infinity
	files pids.max=max memory.max=max cpu.weight=100
	delete
}

@test "C-04 whatever makes systemd write its units anew leaves the limits alone" {
	needs_controllers cpu cpuset memory pids
	scope_up "$LIMITS" sleep 1000
	sctl daemon-reload
	files "${FILES[@]}"
	properties "${PROPERTIES[@]}"
	sctl set-property --runtime "$UNIT" IOWeight=123	# all attributes are written then
	files "${FILES[@]}"
	is running
	delete
	no_unit
}

@test "C-04 a systemd that executes itself anew finds the container again" {
	needs_controllers cpu cpuset memory pids
	scope_up "$LIMITS" sleep 1000
	[ "$LIVE_AS" != root ] || devices=$(devices)
	sctl daemon-reexec
	files "${FILES[@]}"
	properties "${PROPERTIES[@]}" ActiveState=active
	[ "$LIVE_AS" != root ] || [ "$(devices)" = "$devices" ]
	is running
	delete
	no_unit
}
devices() { ring3 exec "$ID" sh -c 'for d in /dev/null /dev/zero /dev/full; do true <$d && echo $d; done'; }

@test "C-04 a quota that is no whole percent: exact in the file, never less afterwards" {
	needs_controllers cpu
	scope '.linux.resources.cpu = {quota: 33333, period: 100000}' sleep 1000
	files "cpu.max=33333 100000"
	sctl daemon-reload
	sctl set-property --runtime "$UNIT" CPUWeight=50
	files "cpu.max=34000 100000"
	delete
}

@test "C-04 the container feels its limits" {
	needs_controllers memory pids
	scope_up '.linux.resources.pids.limit = 4' sleep 1000
	run ring3 exec "$ID" sh -c 'sleep 2 & sleep 2 & sleep 2 & sleep 2 & wait' 3>&- 4>&-
	[ "$status" -ne 0 ]
	has "can't fork"
	[ "$(event pids.events max)" -ge 1 ]
	delete
	# shellcheck disable=SC2016
	scope_up '.linux.resources.memory = {limit: 16777216, swap: 16777216}' sh -c 'x=0123456789abcdef; while :; do x=$x$x; done'
	within 30000 dead "$(pid_of)"
	within 5000 ended
	delete
	no_unit
}

# bats test_tags=not:user,not:userns
@test "R-01 the device rules are exact, before and after systemd writes its own" {
	scope_up '.linux.devices = [{path: "/dev/ring", type: "c", major: 1, minor: 5}] | .linux.resources.devices =
		[{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 11, access: "rw"}, {allow: false, type: "c", major: 1, minor: 9, access: "r"}]' sleep 1000
	properties DevicePolicy=strict
	[[ $(property DeviceAllow) == *"/dev/char/1:11 rw"* ]]
	devices_hold
	systemctl daemon-reload
	devices_hold
	systemctl set-property --runtime "$UNIT" IPAccounting=yes
	devices_hold
	# In the other direction too: what update grants systemd does not take away.
	echo '{"devices": [{"allow": false, "access": "rwm"}]}' >"$BUNDLE/devices.json"
	ring3_quiet update -r "$BUNDLE/devices.json" "$ID"
	systemctl daemon-reload
	run ring3 exec "$ID" sh -c 'head -c 1 /dev/urandom >/dev/null && echo granted'
	prints granted
	[[ $(property DeviceAllow) != *"/dev/char/1:11"* ]]
	delete
}
devices_hold() {
	run ring3 exec "$ID" sh -c 'head -c 1 /dev/ring >/dev/null && head -c 1 /dev/zero >/dev/null && echo granted; head -c 1 /dev/urandom >/dev/null || echo denied'
	ok
	has granted denied "Operation not permitted"
}

# bats test_tags=not:user,not:userns
@test "C-04 a new message bus leaves containers alone, and they can be changed" {
	scope_up . sleep 1000
	systemctl restart dbus
	user_finds_bus
	is running
	ring3_quiet update --pids-limit 30 "$ID"
	files pids.max=30
	delete
	no_unit
}

# systemd's user managers have the system's move processes for them, over a bus that they do not look for again by themselves.
user_finds_bus() {
	[ ! -S /run/user/1000/systemd/private ] ||
		setpriv --reuid=1000 --regid=1000 --clear-groups env XDG_RUNTIME_DIR=/run/user/1000 systemctl --user daemon-reexec
}

@test "R-40 update sets properties and files, and refuses without a change" {
	needs_controllers cpu memory pids
	scope_up "$LIMITS" sleep 1000
	ring3_quiet update --memory 83886080 --memory-swap 94371840 --cpu-quota 10000 --pids-limit 33 --cpu-share 1024 "$ID"
	properties MemoryMax=83886080 MemorySwapMax=10485760 TasksMax=33 CPUWeight=100 CPUQuotaPerSecUSec=200ms AllowedCPUs=0
	files memory.max=83886080 memory.swap.max=10485760 pids.max=33 "cpu.max=10000 50000" cpu.weight=100 memory.high=62914560
	run ring3 update --cpu-burst 999999 "$ID"
	[ "$status" -ne 0 ]
	properties TasksMax=33 CPUQuotaPerSecUSec=200ms
	sctl set-property --runtime "$UNIT" IOWeight=123
	files memory.max=83886080 pids.max=33 "cpu.max=10000 50000" cpu.weight=100
	delete
}

@test "EC-30 later commands need no flag: list state ps pause exec kill events" {
	scope_up . sleep 1000
	[ "$(ring3 list -q)" = "$ID" ]
	[ "$(ring3 ps --format json "$ID")" = "[$(pid_of)]" ]
	ring3_quiet pause "$ID"
	is paused
	grep -q "frozen 1" "$GROUP/cgroup.events"
	sctl daemon-reload
	is paused
	ring3_quiet resume "$ID"
	is running
	[ "$(ring3 exec "$ID" echo inside)" = inside ]
	[ "$(ring3 events --stats "$ID" | jq -r .id)" = "$ID" ]
	ring3_quiet kill --all "$ID" KILL
	within 5000 is stopped
	ring3_quiet delete "$ID"
	no_unit
}

@test "C-04 run in the foreground: exit status, and the scope is gone" {
	bundle "$PLACE" sh -c 'cat /proc/self/cgroup; exit 7'
	run ring3 --systemd-cgroup run -b "$BUNDLE" "$ID" </dev/null
	exits 7
	has 0::/
	no_unit
}

@test "LC-04 a create that fails late leaves no scope" {
	refuses '.hooks.createRuntime = [{path: "/bin/false"}]' "createRuntime"
	bundle "$PLACE" /no/such/program
	try --systemd-cgroup run -b "$BUNDLE" "$ID"
	[ "$status" -ne 0 ]
	no_unit
}

@test "C-10 delete stops the scope of a container whose init was killed" {
	scope_up . sleep 1000
	kill -9 "$(pid_of)"
	within 5000 is stopped
	ring3_quiet delete "$ID"
	no_unit
}

@test "C-06 what is left of a failed unit of the same name does not matter" {
	failed_unit
	scope_up . sleep 1000
	is running
	properties ActiveState=active
	delete
	no_unit
}
failed_unit() {
	local user=
	[ "$LIVE_AS" != user ] || user=--user
	systemd-run $user --scope --quiet --unit="$UNIT" -p RuntimeMaxSec=1 sleep 1000 </dev/null 3>&- 4>&- &
	within 10000 unit_has_failed
}
unit_has_failed() { [ "$(property ActiveState)" = failed ]; }

@test "C-06 a unit of the same name with processes is not touched" {
	local user=
	[ "$LIVE_AS" != user ] || user=--user
	systemd-run $user --scope --quiet --unit="$UNIT" sleep 1000 </dev/null 3>&- 4>&- &
	HOLDERS=$!
	within 10000 unit_is_active
	bundle "$PLACE" sleep 1000
	try --systemd-cgroup create -b "$BUNDLE" "$ID"
	fails "$UNIT" "there is such a unit already, with processes in it"
	unit_is_active
	kill -0 $HOLDERS
	sctl stop "$UNIT"
}
unit_is_active() { [ "$(property ActiveState)" = active ]; }

@test "A-04 annotations are properties, also in seconds" {
	scope '.annotations = {"org.systemd.property.TimeoutStopSec": "uint64 77", "org.systemd.property.Documentation": "[\"man:ring3\"]",
		"org.systemd.property.CollectMode": "'"'inactive'"'", "org.systemd.property.SendSIGHUP": "true"}' sleep 1000
	properties TimeoutStopUSec="1min 17s" "Documentation=man:ring3" CollectMode=inactive SendSIGHUP=yes
	delete
}

@test "A-04 a wrong annotation is an error with its place, and nothing is left" {
	refuses '.annotations = {"org.systemd.property.TimeoutStopSec": "soon"}' config.json 'annotations["org.systemd.property.TimeoutStopSec"]' "no GVariant text"
	refuses '.annotations = {"org.systemd.property.A_b": "1"}' "letters only"
	refuses '.annotations = {"org.systemd.property.PIDs": "[uint32 1]"}' "ring3's to set"
	# What only systemd knows.
	refuses '.annotations = {"org.systemd.property.NoSuchThing": "true"}' config.json 'annotations["org.systemd.property.NoSuchThing"]' "$UNIT" NoSuchThing
	refuses '.annotations = {"org.systemd.property.CPUWeight": "'"'heavy'"'"}' "$UNIT"
}

@test "A-06 init is in a cgroup below the scope where that is asked for" {
	needs_controllers memory
	scope_up '.annotations = {"run.oci.systemd.subgroup": "inner"} | .linux.resources.memory.limit = 67108864' sleep 1000
	[[ $GROUP == */$UNIT/inner ]]
	files memory.max=67108864
	properties MemoryMax=67108864
	[ "$(ring3 exec "$ID" cat /proc/self/cgroup)" = "0::/" ]
	ring3_quiet update --memory 71303168 "$ID"
	files memory.max=71303168
	delete
	no_unit
	no_file "${GROUP%/inner}"
	refuses '.annotations = {"run.oci.systemd.subgroup": "../x"}' "no name for a cgroup"
}

# What conmon goes by: it stops to watch memory.events at a first change that is no OOM, and afterwards systemd removes the cgroup.
@test "A-06 below Podman init is in container, where the first that memory.events tells is the kill" {
	needs_controllers memory
	UNIT=libpod-$ID.scope PLACE=".linux.cgroupsPath = \"$SLICE:libpod:$ID\""
	scope_up '.linux.resources.memory = {limit: 33554432, swap: 33554432}' sleep 1000
	[[ $GROUP == */$UNIT/container ]]
	files memory.max=33554432
	run ring3 exec "$ID" tail /dev/zero
	exits 137
	[ "$(event memory.events max) $(event memory.events oom) $(event memory.events oom_kill)" = "0 0 1" ]
	is running
	delete
	no_unit
}

# masked SHELL-TEXT COMMAND...: where text has changed what is mounted.
masked() { RING3_TEST_COOKIE=$COOKIE unshare -m --propagation private sh -c "$1"' && shift && exec "$@"' sh "$@" </dev/null 3>&- 4>&-; }

# bats test_tags=not:user
@test "C-04 without systemd's sockets the error names them; so does check" {
	hide='mount --bind /dev/null /run/systemd/private && mount --bind /dev/null /run/dbus/system_bus_socket'
	bundle "$PLACE" sleep 1000
	run masked "$hide" "$RUNTIME" --root "$STATE" --systemd-cgroup create -b "$BUNDLE" "$ID"
	fails "no connection to systemd" unix:path=/run/systemd/private unix:path=/run/dbus/system_bus_socket
	no_unit
	run masked "$hide" "$RUNTIME" --root "$STATE" --systemd-cgroup check "$BUNDLE"
	fails "no connection to systemd"
	# One of the two is enough.
	masked "mount --bind /dev/null /run/systemd/private" "$RUNTIME" --root "$STATE" --systemd-cgroup create -b "$BUNDLE" "$ID" >"$BUNDLE/out" 2>&1
	is created
	delete
	no_unit
}

# bats test_tags=not:user,not:userns
@test "C-04 a manager that does not answer: a message after the deadline" {
	command -v dbus-daemon >/dev/null || skip "needs dbus-daemon"
	deaf=$(dbus-daemon --session --fork --print-pid --address="unix:path=$BUNDLE/deaf" 3>&- 4>&-)
	HOLDERS=$deaf
	kill -STOP "$deaf"
	bundle "$PLACE" sleep 1000
	SECONDS=0
	run masked "mount --bind $BUNDLE/deaf /run/systemd/private" "$RUNTIME" --root "$STATE" --systemd-cgroup create -b "$BUNDLE" "$ID"
	fails "timed out waiting for an answer of systemd at unix:path=/run/systemd/private"
	[ $SECONDS -lt 50 ]	# 25 of them are the deadline
	no_unit
}

# bats test_tags=not:user
@test "C-04 without the helper program the error names it" {
	bundle "$PLACE" sleep 1000
	run masked "mount --bind /dev/null $HELPER" "$RUNTIME" --root "$STATE" --systemd-cgroup create -b "$BUNDLE" "$ID"
	fails "run $HELPER: permission denied"
}

# bats test_tags=not:user,not:userns
@test "EC-20 an ordinary user's scope without a session's variables: create, exec, delete" {
	[ -S /run/user/1000/systemd/private ] || skip "needs a user with a systemd of his own (uid 1000)"
	chown 1000:1000 "$BUNDLE"
	bundle '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1}]
		| .linux.gidMappings = .linux.uidMappings | del(.linux.cgroupsPath) | .linux.resources.pids.limit = 33' sleep 1000
	ring3() { setpriv --reuid=1000 --regid=1000 --clear-groups env -i RING3_TEST_COOKIE="$COOKIE" "$RUNTIME" --root "$BUNDLE/state" "$@"; }
	ring3_quiet --systemd-cgroup create -b "$BUNDLE" "$ID"
	start
	group
	[[ $GROUP == */user@1000.service/user.slice/$UNIT ]]
	files pids.max=33
	run ring3 exec "$ID" cat /proc/self/cgroup
	prints 0::/
	delete
	no_file "$GROUP"
}
