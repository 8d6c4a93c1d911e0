load helpers

all_types="pid network ipc uts mount cgroup"
link_of() { case $1 in network) echo net ;; mount) echo mnt ;; *) echo "$1" ;; esac; }

# only TYPES...: the jq filter for a list of new namespaces of exactly these types (mount always).
only() {
	local type list='{type: "mount"}'
	for type in "$@"; do
		[ "$type" = mount ] || list="$list, {type: \"$type\"}"
	done
	echo ".linux.namespaces = [$list] | del(.hostname) | .mounts = [.mounts[] | select(.type == \"proc\" or .destination == \"/dev\")]"
}

# bats test_tags=not:userns,not:user
@test "N-01 a type that is not listed is inherited from the runtime" {
	inside "$(only)" 'for n in net ipc uts pid cgroup user time; do readlink /proc/self/ns/$n; done; readlink /proc/self/ns/mnt >&2'
	ok
	for n in net ipc uts pid cgroup user time; do
		has "$(readlink /proc/self/ns/$n)"
	done
	lacks "$(readlink /proc/self/ns/mnt)"
}

@test "N-01 a type listed twice is an error" {
	refused '.linux.namespaces += [{type: "pid"}]' "config.json:" "namespaces"
}

@test "N-01 an unknown type is an error" {
	refused '.linux.namespaces += [{type: "mnt"}]' 'linux.namespaces[' '].type' "mnt"
}

@test "N-02 pid: the program is process 1 and sees no other" {
	inside . 'echo $$; ls -d /proc/[0-9]*'
	ok
	[ "${lines[0]}" = 1 ]
	[ "${lines[1]}" = /proc/1 ]
	has "/proc/1"
	not ls -d "$output" 2>/dev/null
	[ "${#lines[@]}" -le 3 ]
}

# bats test_tags=not:userns,not:user
@test "N-02 N-03 N-04 N-05 N-06 N-08 each type listed is new" {
	for type in $all_types; do
		inside "$(only "$type")" "readlink /proc/self/ns/$(link_of "$type")"
		ok
		[ "$output" != "$(readlink /proc/self/ns/"$(link_of "$type")")" ] || show
		[[ $output == $(link_of "$type"):\[*\] ]] || show
	done
}

@test "N-03 D-28 a new network namespace has only lo, and lo is up" {
	inside . 'ls /sys/class/net; cat /sys/class/net/lo/flags; ping -c 1 -W 1 127.0.0.1 >/dev/null 2>&1; cat /proc/net/dev | grep -c :'
	ok
	has "0x9"
	[ "${lines[-1]}" = 1 ]
}

@test "N-04 mounts of the container do not show on the host, mounts of the host do not stay in the container" {
	inside . 'cut -d" " -f5 /proc/self/mountinfo | sort -u'
	ok
	lacks "/tmp"
	lacks "${CGROUP2#/sys}"
	has "/dev/pts"
	mounts_now mounts
	[ "$mounts" = "$MOUNTS_BEFORE" ]
}

@test "N-06 T-06 T-07 hostname and domainname are set inside only" {
	before=$(hostname)
	inside '.hostname = "one" | .domainname = "two.example"' 'hostname; cat /proc/sys/kernel/domainname'
	prints "one
two.example"
	[ "$(hostname)" = "$before" ]
}

# bats test_tags=not:user
@test "N-07 user: ids are mapped and the program is root inside, 100000 outside" {
	create "$USERNS" sleep 1000
	pid=$(pid_of)
	[ "$(awk '/^Uid:/ { print $2, $3, $4, $5 }' /proc/$pid/status)" = "100000 100000 100000 100000" ]
	[ "$(awk '{ $1 = $1; print }' /proc/$pid/uid_map)" = "0 100000 65536" ]
	[ "$(readlink /proc/$pid/ns/user)" != "$(readlink /proc/self/ns/user)" ]
	delete
}

@test "N-07 every other namespace belongs to the new user namespace" {
	inside "$USERNS"' | .process.capabilities.bounding += ["CAP_SYS_ADMIN"] | .process.capabilities.permitted += ["CAP_SYS_ADMIN"]
		| .process.capabilities.effective += ["CAP_SYS_ADMIN"]' 'hostname changed && hostname; mount -t tmpfs t /mnt && echo mounted'
	has "changed" "mounted"
}

@test "N-08 the container's cgroup is the root of its cgroup namespace" {
	inside . 'cat /proc/self/cgroup | grep ^0::'
	prints "0::/"
}

@test "N-09 time: a new one differs from the host's" {
	inside '.linux.namespaces += [{type: "time"}]' 'readlink /proc/self/ns/time'
	ok
	[[ $output == time:\[*\] ]]
	[ "$output" != "$(readlink /proc/self/ns/time)" ]
}

@test "N-15 time offsets are seen by the program" {
	inside '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 1000000, nanosecs: 5}, monotonic: {secs: 200}}' \
		'cut -d. -f1 /proc/uptime; cat /proc/self/timens_offsets'
	ok
	[ "${lines[0]}" -ge $((1000000 + $(cut -d. -f1 /proc/uptime) - 5)) ]
	[[ $output =~ boottime\ +1000000\ +5 ]]
	[[ $output =~ monotonic\ +200\ +0 ]]
}

@test "N-15 time offsets with a user namespace" {
	inside "$USERNS"' | .linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 1000000, nanosecs: 5}}' 'cut -d. -f1 /proc/uptime'
	ok
	[ "${lines[0]}" -ge 1000000 ]
}

@test "N-15 time offsets without a new time namespace are an error" {
	refused '.linux.timeOffsets = {boottime: {secs: 1}}' "timeOffsets"
}

@test "N-15 a clock that has no offset is an error" {
	refused '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {realtime: {secs: 1}}' "realtime"
}

@test "N-15 more than 999999999 nanoseconds are an error" {
	refused '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 1, nanosecs: 1000000000}}' "nanosecs"
}

# joins TYPE: a container that joins the holder's namespace by path sits in it.
joins() {
	hold "$1"
	local link path
	link=$(link_of "$1")
	path=/proc/$HOLDER/ns/$link
	inside '.linux.namespaces = [.linux.namespaces[] | select(.type != "'"$1"'")] + [{type: "'"$1"'", path: "'"$path"'"}]'" | ${2:-.}" \
		"readlink /proc/self/ns/$link"
	prints "$(readlink "$path")"
}

# bats test_tags=not:user
@test "N-10 N-03 network is joined by path" {
	joins network 'del(.mounts[] | select(.type == "sysfs"))'
}
# bats test_tags=not:user
@test "N-10 N-05 ipc is joined by path" {
	joins ipc 'del(.mounts[] | select(.type == "mqueue"))'
}
# bats test_tags=not:userns,not:user
@test "N-10 N-06 uts is joined by path, and hostname is set there" {
	joins uts
	[ "$(nsenter -t "$HOLDER" -u hostname)" = live ]
}
# bats test_tags=not:user
@test "N-10 N-08 cgroup is joined by path" {
	joins cgroup
}
# bats test_tags=not:user
@test "N-10 N-09 time is joined by path" {
	joins time
	inside '.linux.namespaces += [{type: "time", path: "/proc/'"$HOLDER"'/ns/time"}]' 'cut -d. -f1 /proc/uptime'
	ok
	[ "$output" -ge 100000 ]
}

# bats test_tags=not:userns,not:user
@test "N-10 N-02 pid is joined by path: the program is not process 1 there, and the holder is" {
	hold pid
	inside '.linux.namespaces = [.linux.namespaces[] | select(.type != "pid")] + [{type: "pid", path: "/proc/'"$HOLDER"'/ns/pid"}]' \
		'readlink /proc/self/ns/pid; echo $$; cat /proc/1/comm'
	ok
	[ "${lines[0]}" = "$(readlink "/proc/$HOLDER/ns/pid")" ]
	[ "${lines[1]}" -gt 1 ]
	[ "${lines[2]}" = holder ]
}

# bats test_tags=not:userns,not:user
@test "N-10 a container in a joined pid namespace is created, started, killed and deleted; the holder lives" {
	hold pid
	create '.linux.namespaces = [.linux.namespaces[] | select(.type != "pid")] + [{type: "pid", path: "/proc/'"$HOLDER"'/ns/pid"}]' sleep 1000
	is created
	start
	is running
	[ "$(readlink "/proc/$(pid_of)/ns/pid")" = "$(readlink "/proc/$HOLDER/ns/pid")" ]
	ring3_quiet kill "$ID" KILL
	within 2000 is stopped
	ring3_quiet delete "$ID"
	kill -0 "$HOLDER"
}

# bats test_tags=not:userns,not:user
@test "N-10 N-07 user is joined by path, alone and with namespaces that belong to it" {
	hold user,pid,network,ipc,uts
	inside '.linux.namespaces += [{type: "user", path: "/proc/'"$HOLDER"'/ns/user"}]' 'readlink /proc/self/ns/user; id -u; cat /proc/self/uid_map'
	ok
	[ "${lines[0]}" = "$(readlink "/proc/$HOLDER/ns/user")" ]
	[ "${lines[1]}" = 0 ]
	[[ ${lines[2]} =~ 0\ +100000\ +65536 ]]
	inside '.linux.namespaces = [{type: "mount"}, {type: "cgroup"}] + (["user", "pid", "ipc", "uts"] | map({type: ., path: "/proc/'"$HOLDER"'/ns/\(.)"}))
		+ [{type: "network", path: "/proc/'"$HOLDER"'/ns/net"}] | .mounts = [.mounts[] | select(.type != "sysfs")]' \
		'for n in user pid ipc uts net; do readlink /proc/self/ns/$n; done'
	prints "$(for n in user pid ipc uts net; do readlink "/proc/$HOLDER/ns/$n"; done)"
}

# bats test_tags=not:userns,not:user
@test "N-10 N-04 mount is joined by path" {
	hold mount
	inside '.linux.namespaces = [.linux.namespaces[] | select(.type != "mount")] + [{type: "mount", path: "/proc/'"$HOLDER"'/ns/mnt"}]' \
		'readlink /proc/self/ns/mnt; hostname'
	ok
	has "live"
}

@test "N-10 a missing path is an error" {
	refused '.linux.namespaces = [.linux.namespaces[] | select(.type != "uts")] + [{type: "uts", path: "/no/such/file"}]' \
		"/no/such/file" "no such file or directory"
}

@test "N-10 a relative path is an error" {
	refused '.linux.namespaces = [.linux.namespaces[] | select(.type != "uts")] + [{type: "uts", path: "proc/self/ns/uts"}]' "path"
}

@test "N-10 a path to another type of namespace is an error" {
	refused '.linux.namespaces = [.linux.namespaces[] | select(.type != "uts")] + [{type: "uts", path: "/proc/self/ns/net"}]' "/proc/self/ns/net"
}

@test "N-10 a path that is no namespace at all is an error" {
	refused '.linux.namespaces = [.linux.namespaces[] | select(.type != "uts")] + [{type: "uts", path: "/etc/passwd"}]' "/etc/passwd"
}

# bats test_tags=not:userns,not:user
@test "N-11 a joined user namespace together with mappings that differ is an error" {
	hold user
	refused '.linux.namespaces += [{type: "user", path: "/proc/'"$HOLDER"'/ns/user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 5, size: 7}] | .linux.gidMappings = .linux.uidMappings' "uidMappings"
}

# bats test_tags=not:userns,not:user
@test "N-12 several ranges are written as given" {
	inside '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 200000, size: 10},
		{containerID: 10, hostID: 100000, size: 5}, {containerID: 1000, hostID: 300000, size: 1}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 70000}]' \
		'awk "{print \$1, \$2, \$3}" /proc/self/uid_map /proc/self/gid_map'
	prints "0 200000 10
10 100000 5
1000 300000 1
0 100000 70000"
}

# bats test_tags=not:userns,not:user
@test "N-12 mappings without a user namespace are an error" {
	refused '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]' "uidMappings"
}

# bats test_tags=not:userns,not:user
@test "N-12 a new user namespace without mappings is an error" {
	refused '.linux.namespaces += [{type: "user"}]' "uidMappings"
}

# bats test_tags=not:userns,not:user
@test "N-12 ranges that overlap are an error" {
	refused '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1000, size: 10}, {containerID: 5, hostID: 2000, size: 10}]
		| .linux.gidMappings = .linux.uidMappings' "uidMappings"
}

# bats test_tags=not:userns,not:user
@test "N-13 a range of size 0 is an error" {
	refused '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 1000, size: 0}]
		| .linux.gidMappings = .linux.uidMappings' "size"
}

@test "N-14 no file of the root file system changes its owner for a mapping" {
	before=$(find "$ROOTFS" -xdev -printf '%p %U %G %m\n' | sort)
	inside "$USERNS" true
	ok
	[ "$(find "$ROOTFS" -xdev -printf '%p %U %G %m\n' | sort)" = "$before" ]
}

@test "P-08 a uid that the user namespace does not map is an error" {
	refused "$USERNS | .process.user.uid = 70000" "process.user.uid" "70000"
	refused "$USERNS | .process.user.gid = 70000" "process.user.gid" "70000"
}

@test "T-06 a hostname without a uts namespace is an error" {
	refused '.linux.namespaces = [.linux.namespaces[] | select(.type != "uts")]' "hostname" "uts"
}

@test "T-06 a hostname of 65 bytes is an error, one of 64 is set" {
	name=$(printf 'h%.0s' {1..64})
	refused ".hostname = \"x$name\"" "hostname"
	inside ".hostname = \"$name\"" hostname
	prints "$name"
}

# bats test_tags=not:user
@test "T-08 no linux object: nothing is isolated but the program still runs in its root" {
	bundle 'del(.linux) | del(.hostname) | del(.mounts)' ls /
	run apart run -b "$BUNDLE" "$ID" </dev/null
	ok
	has bin
}
