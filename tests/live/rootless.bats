# bats file_tags=not:userns,not:user
load helpers
# The same as an ordinary user, who has no name here: uid 41000, no line in passwd, subuid or subgid.  The tests themselves run as
# root (as that user too, when make check-live does).

USER_ID=41000

setup() {
	[ "$(id -u)" -eq 0 ] || skip "needs root to become an ordinary user"
	[ "$(cat /proc/sys/user/max_user_namespaces)" -gt 0 ] || skip "needs user namespaces"
	[ "$(cat /proc/sys/kernel/unprivileged_userns_clone 2>/dev/null || echo 1)" = 1 ] || skip "needs user namespaces for ordinary users"
	[ "$(cat /proc/sys/kernel/apparmor_restrict_unprivileged_userns 2>/dev/null || echo 0)" = 0 ] || skip "needs user namespaces for ordinary users"
	prepare
	STATE=$BUNDLE/state
	chown $USER_ID:$USER_ID "$BUNDLE"
	MAP='.linux.namespaces = [.linux.namespaces[] | select(.type != "cgroup")] + [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: '$USER_ID', size: 1}] | .linux.gidMappings = .linux.uidMappings | del(.linux.cgroupsPath)'
}

as_user() { setpriv --reuid=$USER_ID --regid=$USER_ID --clear-groups env -i PATH="$PATH" RING3_TEST_COOKIE="$COOKIE" XDG_RUNTIME_DIR="$BUNDLE/run" "$@"; }
ring3() { as_user "$RUNTIME" --root "$STATE" "$@"; }

@test "N-12 EC-33 run as an ordinary user: uid 0 inside, the user outside" {
	inside "$MAP" 'id -u; cat /proc/self/uid_map; cat /proc/self/setgroups; echo $$'
	ok
	[ "${lines[0]}" = 0 ]
	[[ ${lines[1]} =~ 0\ +$USER_ID\ +1 ]] || show
	[ "${lines[2]}" = deny ]
	[ "${lines[3]}" = 1 ]
}

@test "N-12 the process belongs to the user as seen from the host" {
	create "$MAP" sleep 1000
	[ "$(awk '/^Uid:/ { print $2 }' "/proc/$(pid_of)/status")" = $USER_ID ]
	start
	is running
	ring3_quiet kill "$ID" KILL
	within 2000 is stopped
	ring3_quiet delete "$ID"
}

@test "N-02 N-03 N-05 N-06 all namespaces are new for an ordinary user" {
	inside "$MAP"' | .linux.namespaces += [{type: "cgroup"}, {type: "time"}]' 'for n in pid net ipc uts mnt user cgroup time; do readlink /proc/self/ns/$n; done'
	ok
	for n in pid net ipc uts mnt user cgroup time; do
		lacks "$(readlink /proc/self/ns/$n)"
	done
}

@test "M-01 M-11 D-01 mounts and devices of an ordinary user" {
	inside "$MAP" 'cut -d" " -f5 /proc/self/mountinfo | sort -u | tr "\n" " "; echo x >/dev/null && head -c 2 /dev/zero | wc -c'
	ok
	has " /dev " " /dev/pts " " /dev/shm " " /proc " " /sys " "2"
}

@test "M-07 N-12 a bind mount of the user's own directory is writable" {
	mkdir "$BUNDLE/own"
	chown $USER_ID "$BUNDLE/own"
	inside "$MAP | .mounts += [{destination: \"/mnt\", source: \"$BUNDLE/own\", options: [\"rbind\"]}]" 'echo x >/mnt/f'
	ok
	[ "$(stat -c %u "$BUNDLE/own/f")" = $USER_ID ]
}

@test "T-05 T-06 L-02 L-03 hostname, masks and read-only root for an ordinary user" {
	inside "$MAP"' | .root.readonly = true | .linux.maskedPaths = ["/proc/keys", "/sys/firmware"] | .linux.readonlyPaths = ["/proc/sys"]' \
		'hostname; cat /proc/keys | wc -c; touch /x; echo y >/proc/sys/kernel/domainname'
	has "live" "0" "/x: Read-only file system" "/proc/sys/kernel/domainname: Read-only file system"
}

@test "SC-09 a seccomp filter for an ordinary user, with and without no_new_privs" {
	[ "$(uname -m)" = x86_64 ] || skip "needs x86_64"
	local filter='.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["getpriority"], action: "SCMP_ACT_ERRNO"}]}'
	inside "$MAP | $filter" 'probe syscall 140 0 0'
	prints EPERM
	inside "$MAP | $filter | .process.noNewPrivileges = false" 'probe syscall 140 0 0'
	prints EPERM
}

@test "P-01 a terminal for an ordinary user" {
	bundle "$MAP"' | .process.terminal = true' probe tty
	run as_user "$PROBE" pty 24x80 x none -- "$RUNTIME" --root "$STATE" run -b "$BUNDLE" "$ID"
	ok
	has "tty=111" "controlling=yes"
}

@test "H-02 H-03 H-04 hooks of an ordinary user" {
	inside "$MAP"' | .hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "id -u >'"$BUNDLE"'/uid"]}]
		| .hooks.createContainer = [{path: "/bin/true"}] | .hooks.startContainer = [{path: "/bin/true"}]' 'echo fine'
	prints fine
}

@test "P-10 additional groups cannot be set with one mapped gid: an error" {
	refused "$MAP"' | .process.user.additionalGids = [5]' "additionalGids"
}

@test "N-12 several ids without a subuid line: an error that names the file" {
	refused "$MAP"' | .linux.uidMappings += [{containerID: 1, hostID: 100000, size: 10}]' "/etc/sub"
}

@test "N-07 without a user namespace an ordinary user gets an error that says what is missing" {
	refused 'del(.linux.cgroupsPath)' "user namespace"
}

@test "R-08 a limit that an ordinary user cannot have is an error" {
	refused "$MAP"' | .linux.resources.memory.limit = 100000000' "memory"
}

# The kernel demands CAP_SYS_ADMIN where the mount is made and over the file system; nobody has both here.
@test "M-07 O-60 the ids of a mount are an error that says what an ordinary user lacks" {
	local own="uidMappings: [{containerID: 0, hostID: $USER_ID, size: 1}], gidMappings: [{containerID: 0, hostID: $USER_ID, size: 1}]"
	refused "$MAP | .mounts += [{destination: \"/m\", type: \"tmpfs\", source: \"t\", $own}]" config.json: "mounts[6]: " "takes CAP_SYS_ADMIN"
	mkdir "$BUNDLE/src"
	refused "$MAP | .mounts += [{destination: \"/m\", source: \"$BUNDLE/src\", options: [\"bind\", \"idmap\"]}]" "mounts[6]: " "takes CAP_SYS_ADMIN"
	[ -z "$(ls -A "$STATE" 2>/dev/null)" ]
}

@test "P-24 oomScoreAdj of an ordinary user: raised, or left alone when it may not be lowered" {
	inside "$MAP"' | .process.oomScoreAdj = 200' 'cat /proc/self/oom_score_adj'
	prints 200
	inside "$MAP"' | .process.oomScoreAdj = -500' 'cat /proc/self/oom_score_adj'
	prints "$(cat /proc/self/oom_score_adj)"
}

@test "LC-04 a failed create of an ordinary user leaves nothing" {
	refused "$MAP"' | .process.args = ["/no/such"]' "no such file or directory"
	[ -z "$(ls -A "$STATE")" ]
}

@test "EC-33 the default state root is below XDG_RUNTIME_DIR" {
	mkdir -m 700 "$BUNDLE/run"
	chown $USER_ID "$BUNDLE/run"
	bundle "$MAP" sleep 1000
	as_user "$RUNTIME" create -b "$BUNDLE" "$ID" </dev/null >"$BUNDLE/o" 2>&1 3>&- 4>&-
	[ -d "$BUNDLE/run/ring3/$ID" ]
	as_user "$RUNTIME" delete -f "$ID"
}

# With a name and a line in /etc/subuid: the files are replaced in a mount namespace of the test, the machine's own are not touched.
with_subuid() {
	mkdir "$BUNDLE/etc"
	echo "live:200000:65536" | tee "$BUNDLE/etc/subuid" >"$BUNDLE/etc/subgid"
	{ cat /etc/passwd; echo "live:x:$USER_ID:$USER_ID::/:/bin/sh"; } >"$BUNDLE/etc/passwd"
	{ cat /etc/group; echo "live:x:$USER_ID:"; } >"$BUNDLE/etc/group"
	unshare -m --propagation private sh -c 'for file in subuid subgid passwd group; do mount --bind "$1/$file" /etc/$file || exit; done; shift
		exec setpriv --reuid='$USER_ID' --regid='$USER_ID' --clear-groups env RING3_TEST_COOKIE='"$COOKIE"' "$@"' sh "$BUNDLE/etc" "$@"
}
RANGE='.linux.uidMappings = [{containerID: 0, hostID: 41000, size: 1}, {containerID: 1, hostID: 200000, size: 1000}] | .linux.gidMappings = .linux.uidMappings'

@test "N-12 several ids by newuidmap" {
	[ -u "$(command -v newuidmap)" ] || skip "needs newuidmap"
	[ -e /etc/subuid ] && [ -e /etc/subgid ] || skip "needs /etc/subuid"
	bundle "$MAP | $RANGE | .process.user = {uid: 7, gid: 8, additionalGids: [9]}" sh -c 'awk "{ print \$1, \$2, \$3 }" /proc/self/uid_map; id -u; id -g; grep Groups /proc/self/status'
	run with_subuid "$RUNTIME" --root "$STATE" run -b "$BUNDLE" "$ID" </dev/null
	ok
	has "0 41000 1" "1 200000 1000"
	[ "${lines[2]}" = 7 ]
	[ "${lines[3]}" = 8 ]
	[[ ${lines[4]} =~ Groups:.9 ]] || show
}

@test "P-08 an id outside the range is an error" {
	[ -u "$(command -v newuidmap)" ] || skip "needs newuidmap"
	bundle "$MAP | $RANGE | .process.user = {uid: 5000, gid: 0}" true
	run with_subuid "$RUNTIME" --root "$STATE" create -b "$BUNDLE" "$ID" </dev/null 3>&- 4>&-
	fails "process.user.uid"
}
