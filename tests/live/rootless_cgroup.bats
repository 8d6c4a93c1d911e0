# bats file_tags=not:userns,not:user
load helpers
# The cgroups and limits of an ordinary user: in what was delegated to him, none where nothing asks for one, and never a limit
# that gets lost.  The tests run as root; the user has a systemd of his own.

USER_ID=1000

setup() {
	[ "$LIVE_AS" = root ] || skip "needs root to become an ordinary user"
	[ -n "$CGROUP2" ] || skip "needs a mounted cgroup2"
	[ "$(cat /proc/sys/user/max_user_namespaces)" -gt 0 ] || skip "needs user namespaces"
	prepare
	STATE=$BUNDLE/state
	chown $USER_ID:$USER_ID "$BUNDLE"
	MAP='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: '$USER_ID', size: 1}]
		| .linux.gidMappings = .linux.uidMappings | del(.linux.cgroupsPath)'
}

needs_session() {
	[ -S /run/user/$USER_ID/systemd/private ] || skip "needs a user with a systemd of his own (uid $USER_ID)"
	grep -qw memory "$CGROUP2/cgroup.controllers" || skip "needs the memory controller on cgroup v2"
}

# The user in the cgroup of this test, which is root's: as after a login.
as_user() {
	setpriv --reuid=$USER_ID --regid=$USER_ID --clear-groups env -i PATH="$PATH" RING3_TEST_COOKIE="$COOKIE" XDG_RUNTIME_DIR=/run/user/$USER_ID "$@"
}
ring3() { as_user "$RUNTIME" --root "$STATE" "$@"; }
in_scope() { as_user systemd-run --user --scope --quiet "$@"; }

# scope_create FILTER WORD...: creates from within a delegated scope.
scope_create() {
	bundle "$@"
	in_scope -p Delegate=yes "$RUNTIME" --root "$STATE" create -b "$BUNDLE" "$ID" </dev/null >"$BUNDLE/stdout" 2>"$BUNDLE/stderr" 3>&- 4>&- ||
		{ cat "$BUNDLE/stderr"; return 1; }
	GROUP=$CGROUP2$(grep ^0:: "/proc/$(pid_of)/cgroup" | cut -d: -f3-)
}
event() { awk -v name="$2" '$1 == name { print $2 }' "$GROUP/$1"; }
felt() { [ "$(event pids.events max)" -ge 1 ] && [ "$(event cpu.stat throttled_usec)" -gt 0 ]; }
killed() { [ "$(event memory.events oom_kill)" -ge 1 ]; }
no_group() { [ -z "$(find "$CGROUP2" -type d -name "*$COOKIE*")" ]; }

# refused_in WORD... -- FILTER TEXT...: create, run by these words, fails with TEXT.
refused_in() {
	local words=()
	while [ "$1" != -- ]; do words+=("$1"); shift; done
	bundle "$2" true
	shift 2
	run to_file "${words[@]}" "$RUNTIME" --root "$STATE" create -b "$BUNDLE" "$ID"
	fails "$@"
}

# A container that should not have been created keeps no pipe of bats.
to_file() {
	"$@" </dev/null >"$BUNDLE/try" 2>&1 3>&- 4>&-
	local code=$?
	cat "$BUNDLE/try"
	return $code
}

@test "N-12 R-08 in a delegated scope: the OOM killer kills who takes more" {
	needs_session
	scope_create "$MAP"' | .linux.resources.memory = {limit: 33554432, swap: 33554432}' sh -c 'exec 2>/dev/null; dd if=/dev/zero of=/dev/null bs=64M count=1; sleep 1000'
	[[ $GROUP == */user@$USER_ID.service/*.scope/"$ID" ]] || { echo "$GROUP"; false; }
	[ "$(cat "$GROUP/memory.max")" = 33554432 ]
	start
	within 20000 killed
	delete
	no_group
}

@test "N-12 R-17 R-21 R-24 cpu, cpuset and pids limits of an ordinary user" {
	needs_session
	scope_create "$MAP"' | .linux.resources = {pids: {limit: 3}, cpu: {quota: 5000, period: 50000, cpus: "0"}}' \
		sh -c 'exec 2>/dev/null; sh -c "sleep 1000 & sleep 1000 & sleep 1000 &"; while :; do :; done'
	[ "$(cat "$GROUP/pids.max" "$GROUP/cpu.max" "$GROUP/cpuset.cpus")" = "3
5000 50000
0" ]
	start
	within 10000 felt
	delete
	no_group
}

@test "N-12 R-24 limits with a map of subordinate ids" {
	needs_session
	local range
	range=$(awk -F: '$1 == "user" { print $2 }' /etc/subuid)
	[ -n "$range" ] && [ -u "$(command -v newuidmap)" ] || skip "needs subordinate ids and newuidmap"
	scope_create "$MAP | .linux.uidMappings += [{containerID: 1, hostID: $range, size: 1000}] | .linux.gidMappings = .linux.uidMappings
		| .process.user = {uid: 5, gid: 5} | .linux.resources.pids.limit = 1" sh -c 'exec 2>/dev/null; /bin/true; exec sleep 1000'
	[ "$(awk '/^Uid:/ { print $2 }' "/proc/$(pid_of)/status")" = $((range + 4)) ]
	[ "$(cat "$GROUP/pids.max")" = 1 ]
	start
	within 5000 is stopped || [ "$(event pids.events max)" -ge 1 ]
	delete
	no_group
}

@test "C-03 in a delegated unit that keeps its own processes below: beside them" {
	needs_session
	bundle "$MAP"' | .linux.resources.pids.limit = 9' cat /proc/self/cgroup
	config 'del(.linux.namespaces[] | select(.type == "cgroup"))'
	run as_user systemd-run --user --quiet --wait --collect --pipe -p Delegate=yes -p DelegateSubgroup=below -E RING3_TEST_COOKIE="$COOKIE" \
		-E XDG_RUNTIME_DIR=/run/user/$USER_ID "$RUNTIME" --root "$STATE" run -b "$BUNDLE" "$ID" </dev/null
	ok
	[[ $output =~ ^0::/user.slice/.*\.service/"$ID"$ ]] || show
	no_group
}

@test "N-12 outside of what is delegated and without a limit: no cgroup is made" {
	needs_session
	bundle "$MAP" cat /proc/self/cgroup
	config 'del(.linux.namespaces[] | select(.type == "cgroup"))'
	run ring3 run -b "$BUNDLE" "$ID" </dev/null
	prints "$(grep ^0:: /proc/self/cgroup)"
	no_group
}

@test "N-12 R-08 outside of what is delegated a limit is an error, and the command it names helps" {
	needs_session
	local own=$CGROUP2$(grep ^0:: /proc/self/cgroup | cut -d: -f3-) limit='.linux.resources.memory.limit = 33554432'
	refused_in as_user -- "$MAP | $limit" "config.json:" "linux.resources.memory.limit" "permission denied" "${own%/*} belongs to root" \
		"the caller is user" "systemd-run --user --scope -p Delegate=yes ring3"
	local command=${output##*: systemd-run}
	bundle "$MAP | $limit" true
	run as_user systemd-run --quiet ${command%% ring3 ...} "$RUNTIME" --root "$STATE" run -b "$BUNDLE" "$ID" </dev/null
	ok
}

@test "C-05 another process in the delegated cgroup: the error names it" {
	needs_session
	refused_in in_scope -p Delegate=yes sh -c '"$@"; exit $?' sh -- "$MAP"' | .linux.resources.memory.limit = 33554432' \
		"linux.resources.memory.limit" "cannot hand controllers down" "(sh) lives there"
	no_group
}

@test "C-05 systemd's slices are left alone: an error, and the command" {
	needs_session
	refused_in in_scope -- "$MAP"' | .linux.resources.cpu.cpus = "0"' "linux.resources.cpu.cpus" "cpuset controller" "app.slice: that slice is systemd's" \
		"systemd-run --user --scope -p Delegate=yes ring3"
	bundle "$MAP" true
	run in_scope "$RUNTIME" --root "$STATE" run -b "$BUNDLE" "$ID" </dev/null
	ok
	no_group
}

@test "R-33 a controller that is not delegated: the error names the file that is root's" {
	needs_session
	refused_in in_scope -p Delegate=yes -- "$MAP"' | .linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 2097152}]' \
		"linux.resources.hugepageLimits[0]" "hugetlb controller" "cgroup.subtree_control" "belongs to root" "not hugetlb"
	no_group
}

@test "C-01 a named cgroup that the user's processes cannot get to is an error" {
	needs_session
	refused_in as_user -- "$MAP | .linux.cgroupsPath = \"/user.slice/user-$USER_ID.slice/user@$USER_ID.service/$ID\"" \
		"move the container into its cgroup" "cgroup.procs belongs to root" "systemd-run --user --scope -p Delegate=yes ring3"
	no_group
}

@test "N-12 R-08 on a hybrid host a user's limit is an error that names what holds the controller" {
	! grep -qw memory "$CGROUP2/cgroup.controllers" || skip "needs a host whose memory controller is not on cgroup v2"
	refused_in as_user -- "$MAP"' | .linux.resources.memory.limit = 33554432' "linux.resources.memory.limit" "memory controller"
	if [ -d /sys/fs/cgroup/memory ]; then has "bound to cgroup v1" "/sys/fs/cgroup/memory"; fi
	no_group
}

@test "N-12 without systemd the error has root's command" {
	[ ! -d /run/systemd/system ] || skip "needs a host without systemd"
	grep -qw hugetlb "$CGROUP2/cgroup.controllers" || skip "needs the hugetlb controller on cgroup v2"
	refused_in as_user -- "$MAP"' | .linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 2097152}]' \
		"linux.resources.hugepageLimits[0]" "permission denied" "belongs to root" "sudo sh -c 'cd $CGROUP2 &&"
	no_group
}
