load helpers

# mounts of FILE: what the command gets; after each test the runtime's own tree is looked at by the teardown.
list() { printf '%s\n' "$1" >"$BUNDLE/list.json"; }
add() { try mounts add "$ID" "$BUNDLE/list.json"; }
remove() { try mounts remove "$ID" "$BUNDLE/list.json"; }

# What the kernel says of the container's mounts: the mount points below the container's root, one a line.
points() {
	local pid=$(pid_of) line
	while read -r line; do
		line=${line#* * * * }
		echo "${line%% *}"
	done <"/proc/$pid/mountinfo"
}
mounted() { [[ $'\n'$(points)$'\n' == *$'\n'"$1"$'\n'* ]]; }
unmounted() { ! mounted "$1"; }
options_of() { awk -v p="$1" '$5 == p { print $6 }' "/proc/$(pid_of)/mountinfo"; }

teardown_file() { rm -rf "$ROOTFS/later" "$ROOTFS/linked"; }

@test "mounts add: a tmpfs appears in a running container, with its options, and not on the host" {
	up
	list '[{"destination": "/later/one", "type": "tmpfs", "source": "t", "options": ["nosuid", "noexec", "size=64k", "mode=0750"]}]'
	add
	prints ""
	[[ $(options_of /later/one) == *nosuid*noexec* ]]
	run ring3 exec "$ID" sh -c 'stat -c "%a %u %g" /later/one; echo x >/later/one/f && cat /later/one/f'
	prints "750 0 0"$'\n'x
	[[ $(</proc/self/mountinfo) != *"/later/one "* ]]
	remove
	prints ""
	unmounted /later/one
	delete
}

# bats test_tags=not:user
@test "mounts add: a bind of a host directory, read-only, and of a file onto a file that is created" {
	mkdir "$BUNDLE/src"
	echo content >"$BUNDLE/src/f"
	up
	list '[{"destination": "/later/dir", "source": "'"$BUNDLE/src"'", "options": ["bind", "ro"]},
		{"destination": "/later/file", "source": "'"$BUNDLE/src/f"'", "options": ["rbind"]}]'
	add
	prints ""
	run ring3 exec "$ID" sh -c 'cat /later/dir/f /later/file; echo x >/later/dir/g'
	has $'content\ncontent' "Read-only"
	remove
	prints ""
	unmounted /later/dir
	unmounted /later/file
	delete
}

# bats test_tags=not:user
@test "mounts add: a bind source that is relative is in the bundle" {
	mkdir "$BUNDLE/src"
	echo content >"$BUNDLE/src/f"
	up
	list '[{"destination": "/later/dir", "source": "src", "options": ["bind"]}]'
	add
	prints ""
	run ring3 exec "$ID" cat /later/dir/f
	prints content
	delete
}

@test "mounts add: a destination through a link out of the root stays inside" {
	mkdir -p "$BUNDLE/outside"
	ln -sfn "$BUNDLE/outside" "$ROOTFS/linked"
	up
	list '[{"destination": "/linked/x", "type": "tmpfs", "source": "t"}]'
	add
	prints ""
	mounted "$BUNDLE/outside/x"
	[ -z "$(ls "$BUNDLE/outside")" ]
	delete
	rm -rf "$ROOTFS/linked" "$ROOTFS/tmp/ring3-live"*
}

@test "mounts add: when one of them fails none is left" {
	up
	list '[{"destination": "/later/one", "type": "tmpfs", "source": "t"},
		{"destination": "/later/two", "type": "tmpfs", "source": "t", "options": ["nosuchoption"]}]'
	add
	fails "list.json:2:3: [1]" "nosuchoption"
	unmounted /later/one
	unmounted /later/two
	delete
}

@test "mounts add: a list that is wrong is refused with its place, and nothing is mounted" {
	up
	list '{"mounts": []}'
	add
	fails "list.json:1:" "expected an array"
	list '[{"destination": "/later/one", "type": "tmpfs"}, {"type": "tmpfs"}]'
	add
	fails "list.json:1:" "destination"
	unmounted /later/one
	list '[{"destination": "/later/one", "type": "nosuchfs"}]'
	add
	fails "nosuchfs" "[0]"
	list '[{"destination": "/proc/sys", "type": "tmpfs"}]'
	add
	fails "/proc"
	list '[{"destination": "/later/one", "source": "/no/such/source", "options": ["bind"]}]'
	add
	fails
	try mounts add "$ID" /no/such/file
	fails "/no/such/file" "no such file or directory"
	try mounts grow "$ID" "$BUNDLE/list.json"
	fails 'unknown action "grow"'
	try mounts add "$ID"
	fails "requires exactly 3 arguments"
	delete
}

@test "mounts: a container that is missing, or has ended" {
	list '[]'
	try mounts add "$ID" "$BUNDLE/list.json"
	fails "does not exist"
	up . true
	within 5000 is stopped
	add
	fails "container not running"
	remove
	fails "container not running"
	delete
}

@test "mounts add: a container that is created has them when its program begins" {
	create . sh -c 'grep -c " /later/one " /proc/self/mountinfo >/dev/shm/seen; sleep 1000'
	list '[{"destination": "/later/one", "type": "tmpfs", "source": "t"}]'
	add
	prints ""
	start
	within 5000 ring3 exec "$ID" test -s /dev/shm/seen
	run ring3 exec "$ID" cat /dev/shm/seen
	prints 1
	delete
}

@test "mounts add: a paused container" {
	up
	ring3 pause "$ID" || skip "needs a freezer"
	list '[{"destination": "/later/one", "type": "tmpfs", "source": "t"}]'
	add
	prints ""
	mounted /later/one
	is paused
	ring3_quiet resume "$ID"
	delete
}

@test "mounts add: a new procfs is that of the container's processes" {
	up
	list '[{"destination": "/later/proc", "type": "proc", "source": "proc"}]'
	add
	[ "$LIVE_AS" = root ] || [ "$status" -eq 0 ] || skip "this kernel refuses a second procfs in a user namespace: $output"
	prints ""
	run ring3 exec "$ID" sh -c 'tr "\0" " " </later/proc/1/cmdline'
	has "sleep 1000"
	delete
}

# bats test_tags=not:user,not:userns
@test "mounts add: in a user namespace what is made belongs to its root" {
	bundle "$USERNS"
	chown -R 100000:100000 "$BUNDLE"
	ring3_quiet create -b "$BUNDLE" "$ID"
	start
	list '[{"destination": "/tmp", "type": "tmpfs", "source": "t"}]'
	add
	prints ""
	run ring3 exec "$ID" sh -c 'stat -c %u /tmp; touch /tmp/f && stat -c %u /tmp/f'
	prints 0$'\n'0
	[ "$(stat -c %u "/proc/$(pid_of)/root/tmp/f")" = 100000 ]
	delete
}

@test "mounts remove: the last one that is mounted at a place goes, and what is not mounted is an error that changes nothing" {
	up
	list '[{"destination": "/later/one", "type": "tmpfs", "source": "a"}, {"destination": "/later/one", "type": "tmpfs", "source": "b"}]'
	add
	prints ""
	list '[{"destination": "/later/one"}]'
	remove
	prints ""
	mounted /later/one
	list '[{"destination": "/later/one"}, {"destination": "/etc"}]'
	remove
	fails "list.json" "[1].destination" "nothing is mounted there"
	mounted /later/one
	list '[{"destination": "/later/none"}]'
	remove
	fails "/later/none" "no such file or directory"
	list '[{"destination": "/later/one"}]'
	remove
	prints ""
	unmounted /later/one
	delete
}

@test "mounts remove: a mount that others are mounted in goes with them" {
	up
	list '[{"destination": "/later/one", "type": "tmpfs", "source": "a"}, {"destination": "/later/one/two", "type": "tmpfs", "source": "b"}]'
	add
	prints ""
	mounted /later/one/two
	remove
	prints ""
	unmounted /later/one
	unmounted /later/one/two
	delete
}

@test "mounts remove: a link that the container made does not take its masks away" {
	up '.linux.maskedPaths = ["/proc/version"]'
	mounted /proc/version
	ring3 exec "$ID" ln -s /proc /dev/shm/link
	list '[{"destination": "/dev/shm/link/version"}]'
	remove
	fails "/dev/shm/link/version leads to /proc/version"
	mounted /proc/version
	delete
}
