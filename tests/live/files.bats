load helpers
# Devices, links, masked and read-only paths, the read-only root, propagation of the root.

# bats test_tags=not:userns,not:user
@test "D-01 D-02 D-03 D-04 D-05 D-06 the default devices" {
	inside . 'cd /dev; stat -c "%n %t:%T %a %u %g %F" null zero full random urandom tty'
	prints "null 1:3 666 0 0 character special file
zero 1:5 666 0 0 character special file
full 1:7 666 0 0 character special file
random 1:8 666 0 0 character special file
urandom 1:9 666 0 0 character special file
tty 5:0 666 0 0 character special file"
}

@test "D-01 D-03 the default devices work" {
	inside . 'echo x >/dev/null && head -c 4 /dev/zero | od -An -tx1 && head -c 1 /dev/urandom | wc -c; echo x >/dev/full'
	has "00 00 00 00" "1" "No space left on device"
}

@test "D-01 the default devices in a user namespace" {
	inside "$USERNS" 'cd /dev; stat -c "%n %t:%T" null zero full random urandom tty; echo x >/dev/null && head -c 1 /dev/zero | wc -c'
	ok
	has "null 1:3" "zero 1:5" "full 1:7" "random 1:8" "urandom 1:9" "tty 5:0"
	[ "${lines[-1]}" = 1 ]
}

@test "D-08 D-09 D-10 D-11 D-12 D-13 the links in /dev" {
	inside . 'cd /dev; for l in ptmx fd stdin stdout stderr core; do echo $l $(readlink $l); done'
	ok
	has "ptmx pts/ptmx" "fd /proc/self/fd" "stdin /proc/self/fd/0" "stdout /proc/self/fd/1" "stderr /proc/self/fd/2"
	[ ! -e /proc/kcore ] || has "core /proc/kcore"
}

@test "D-09 an entry in /dev that exists is kept" {
	mkdir -p "$BUNDLE/root/dev" "$BUNDLE/root/proc"
	cp "$PROBE" "$BUNDLE/root/probe"
	give "$BUNDLE/root"
	ln -s /elsewhere "$BUNDLE/root/dev/fd"
	bundle ".root.path = \"$BUNDLE/root\" | .mounts = [.mounts[0]] | .process.args = [\"/probe\", \"umask\"]"
	run ring3 run -b "$BUNDLE" "$ID" </dev/null
	prints 0022
	[ "$(readlink "$BUNDLE/root/dev/fd")" = /elsewhere ]
	[ "$LIVE_AS" != root ] || [ "$(stat -c %t:%T "$BUNDLE/root/dev/null")" = 1:3 ]	# elsewhere a mount, gone by now
}

@test "D-07 no console without a terminal" {
	inside . 'ls -l /dev/console'
	[ "$status" -ne 0 ] || show
}

device() { printf '.linux.devices = [{path: "%s", type: "%s", major: %s, minor: %s%s}]' "$@"; }

# bats test_tags=not:userns,not:user
@test "D-14 D-15 D-16 D-17 D-18 D-19 a device with mode and owner, anywhere, parents are made" {
	inside "$(device /some/where/node c 1 7 ', fileMode: 416, uid: 5, gid: 6')" 'stat -c "%t:%T %a %u %g" /some/where/node; stat -c %a /some/where'
	rm -r "$ROOTFS/some"
	prints "1:7 640 5 6
755"
}

# bats test_tags=not:userns,not:user
@test "D-16 block device, fifo and the u type" {
	inside '.linux.devices = [{path: "/dev/b", type: "b", major: 7, minor: 100}, {path: "/dev/p", type: "p"}, {path: "/dev/u", type: "u", major: 1, minor: 3}]' \
		'cd /dev; stat -c "%n %F" b p u'
	prints "b block special file
p fifo
u character special file"
}

@test "D-16 an unknown type is an error" {
	refused "$(device /dev/x z 1 3 '')" "linux.devices[0].type"
}

@test "D-15 D-17 a missing path or number is an error" {
	refused '.linux.devices = [{type: "c", major: 1, minor: 3}]' "linux.devices[0]" "path"
	refused '.linux.devices = [{path: "/dev/x", type: "c"}]' "linux.devices[0]" "major"
	refused "$(device /dev/x c -5 3 '')" "linux.devices[0].major"
}

@test "D-18 a mode above 0777 is an error" {
	refused "$(device /dev/x c 1 3 ', fileMode: 2541')" "fileMode"
}

# bats test_tags=not:userns,not:user
@test "D-18 the umask does not touch the mode" {
	bundle "$(device /dev/x c 1 3 ', fileMode: 438')" stat -c %a /dev/x
	run sh -c "umask 077; RING3_TEST_COOKIE=$COOKIE '$RUNTIME' --root '$STATE' run -b '$BUNDLE' '$ID'" </dev/null
	prints 666
}

# bats test_tags=not:userns,not:user
@test "D-15 an existing file that is another device is an error, the same device is fine" {
	mkdir "$BUNDLE/d"
	mknod "$BUNDLE/d/same" c 1 3
	mknod "$BUNDLE/d/other" c 1 5
	touch "$BUNDLE/d/file"
	m=".mounts += [{destination: \"/m\", source: \"$BUNDLE/d\", options: [\"bind\"]}]"
	inside "$m | $(device /m/same c 1 3 '')" 'echo x >/m/same && echo fine'
	prints fine
	refused "$m | $(device /m/other c 1 3 '')" "/m/other"
	refused "$m | $(device /m/file c 1 3 '')" "/m/file"
}

# bats test_tags=not:userns,not:user
@test "D-15 a device path through a symbolic link out of the root stays inside" {
	mkdir "$BUNDLE/outside"
	ln -sfn "$BUNDLE/outside" "$ROOTFS/evil"
	inside "$(device /evil/node c 1 3 '')" true
	ok
	[ -z "$(ls "$BUNDLE/outside")" ]
	rm -rf "$ROOTFS/evil" "$ROOTFS/tmp/ring3-live"*
}

@test "D-19 a device in a user namespace is the host's node" {
	[ -c /dev/kmsg ] || skip "needs /dev/kmsg"
	inside "$USERNS | $(device /dev/kmsg c 1 11 '')" 'stat -c "%t:%T %F" /dev/kmsg'
	prints "1:b character special file"
}

# bats test_tags=not:userns,not:user
@test "D-14 a device of the list may be used, another one not" {
	inside "$(device /dev/kmsg2 c 1 11 '') | .process.capabilities.bounding += [\"CAP_MKNOD\"] | .process.capabilities.permitted += [\"CAP_MKNOD\"] | .process.capabilities.effective += [\"CAP_MKNOD\"]" \
		'mknod /dev/mem2 c 1 1 && probe open /dev/mem2 r'
	prints EPERM
}

@test "L-02 a masked file reads empty, a masked directory is empty and read-only" {
	mkdir -p "$ROOTFS/secret/dir"
	echo secret >"$ROOTFS/secret/file"
	echo secret >"$ROOTFS/secret/dir/file"
	inside '.linux.maskedPaths = ["/secret/file", "/secret/dir", "/no/such/path"]' \
		'cat /secret/file; ls -A /secret/dir; touch /secret/dir/x; echo x >/secret/file; stat -c %t:%T /secret/file'
	[ "$(cat "$ROOTFS/secret/file")" = secret ]
	rm -r "$ROOTFS/secret"
	lacks secret$'\n'
	has "Read-only file system" "1:3"
}

@test "L-02 many masked paths of both kinds" {
	inside '.linux.maskedPaths = ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
		"/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"]' 'cat /proc/keys | wc -c; cat /proc/timer_list | wc -c; ls -A /sys/firmware | wc -l'
	prints "0
0
0"
}

@test "L-02 masked paths in a user namespace" {
	inside "$USERNS"' | .linux.maskedPaths = ["/proc/kcore", "/proc/keys", "/sys/firmware"]' 'cat /proc/keys | wc -c; ls -A /sys/firmware | wc -l'
	prints "0
0"
}

@test "L-02 the container cannot take a mask away" {
	inside "$ALL_CAPS"' | .linux.maskedPaths = ["/proc/keys"] | .linux.readonlyPaths = ["/proc/sys"]' 'cat /proc/keys | wc -c; stat -c %t /proc/keys'
	prints "0
1"
}

@test "L-02 L-03 a relative path is an error" {
	refused '.linux.maskedPaths = ["proc/kcore"]' "linux.maskedPaths[0]"
	refused '.linux.readonlyPaths = ["proc/sys"]' "linux.readonlyPaths[0]"
}

# bats test_tags=not:user
@test "L-02 L-03 without a mount namespace masks are an error" {
	echo kept >"$BUNDLE/mask-me"
	bundle 'del(.linux.namespaces[] | select(.type == "mount")) | .mounts = [] | .linux.maskedPaths = ["/mask-me"]' true
	run apart create -b "$BUNDLE" "$ID" </dev/null
	fails "maskedPaths"
}

@test "L-03 read-only paths" {
	mkdir -p "$ROOTFS/keep/sub"
	inside '.linux.readonlyPaths = ["/keep", "/proc/sys", "/no/such/path"]' 'touch /keep/x; touch /keep/sub/x; echo 1 >/proc/sys/kernel/domainname; touch /tmp/free && echo free'
	rm -r "$ROOTFS/keep" "$ROOTFS/tmp/free"
	has "/keep/x: Read-only file system" "/keep/sub/x: Read-only file system" "/proc/sys/kernel/domainname: Read-only file system" "free"
}

@test "L-03 a read-only path keeps the other flags of its mount" {
	inside '.linux.readonlyPaths = ["/dev/shm"]' 'awk "\$5 == \"/dev/shm\" { print \$6 }" /proc/self/mountinfo | tail -n 1'
	ok
	has "ro" "nosuid" "nodev" "noexec"
}

@test "T-05 root.readonly: the root is read-only, mounts keep their own mode" {
	inside '.root.readonly = true' 'touch /x; touch /dev/shm/x && echo shm; awk "\$5 == \"/\" { print \$6 }" /proc/self/mountinfo'
	has "/x: Read-only file system" "shm"
	[[ ${lines[-1]}, == ro,* ]] || show
	[ ! -e "$ROOTFS/x" ]
}

@test "T-05 a read-only root can have mount points made in it before" {
	inside '.root.readonly = true | .mounts += [{destination: "/late/point", type: "tmpfs"}]' 'touch /late/point/x && echo made'
	rm -r "$ROOTFS/late"
	prints made
}

@test "T-05 a read-only root in a user namespace" {
	inside "$USERNS"' | .root.readonly = true' 'touch /tmp/x'
	has "Read-only file system"
}

@test "T-04 root.path relative to the bundle" {
	ln -s "$ROOTFS" "$BUNDLE/linked"
	mkdir "$BUNDLE/rootfs"
	bundle '.root.path = "rootfs" | .process.args = ["/probe", "umask"]'
	cp "$PROBE" "$BUNDLE/rootfs/probe"
	give "$BUNDLE/rootfs"
	run ring3 run -b "$BUNDLE" "$ID" </dev/null
	prints 0022
}

@test "T-04 root.path that is missing or a file is an error" {
	refused '.root.path = "/no/such/root"' "/no/such/root" "no such file or directory"
	refused '.root.path = "/etc/passwd"' "/etc/passwd" "not a directory"
	refused 'del(.root.path)' "root" "path"
	refused 'del(.root)' "root"
}

@test "L-01 rootfsPropagation: shared, slave, private, unbindable" {
	LINE='awk "\$5 == \"/\" { t = \"\"; for (i = 7; \$i != \"-\"; i++) t = t \" \" \$i; print \"tags\" t }" /proc/self/mountinfo'
	inside '.linux.rootfsPropagation = "shared"' "$LINE"
	ok
	has "shared:"
	inside '.linux.rootfsPropagation = "private"' "$LINE"
	prints tags
	inside '.linux.rootfsPropagation = "unbindable"' "$LINE"
	prints "tags unbindable"
	inside '.linux.rootfsPropagation = "slave"' "$LINE"
	ok
	lacks "shared:"
}

@test "L-01 an unknown propagation is an error" {
	refused '.linux.rootfsPropagation = "sideways"' "linux.rootfsPropagation"
}

@test "N-04 nothing of the host's file system can be reached: .. of the root is the root" {
	inside "$ALL_CAPS" 'ls -a / | sort >/tmp/a; ls -a /.. | sort >/tmp/b; cmp /tmp/a /tmp/b && cd / && cd ../../.. && pwd; ls /proc/1/root/'
	ok
	has "/" "bin"
	lacks "boot"
}

@test "N-04 the classic escape by chroot ends in the container's root" {
	inside "$ALL_CAPS" 'mkdir -p /tmp/j && cd / && chroot /tmp/j /no 2>/dev/null; cd ../../../..; ls'
	rmdir "$ROOTFS/tmp/j"
	has "bin"
	lacks "boot"
}

@test "R1 a root file system without /dev, /proc and /sys is enough" {
	mkdir "$BUNDLE/rootfs"
	cp "$PROBE" "$BUNDLE/rootfs/probe"
	give "$BUNDLE/rootfs"
	bundle ".root.path = \"$BUNDLE/rootfs\" | .process.args = [\"/probe\", \"fds\"]"
	run ring3 run -b "$BUNDLE" "$ID" </dev/null
	prints "0
1
2"
}

@test "R1 no mounts at all" {
	mkdir "$BUNDLE/rootfs"
	cp "$PROBE" "$BUNDLE/rootfs/probe"
	give "$BUNDLE/rootfs"
	bundle ".root.path = \"$BUNDLE/rootfs\" | .process.args = [\"/probe\", \"umask\"] | .mounts = []"
	run ring3 run -b "$BUNDLE" "$ID" </dev/null
	prints 0022
}

@test "T-04 --no-pivot works too" {
	bundle . sh -c 'ls -d /bin /boot 2>&1'
	run ring3 run --no-pivot -b "$BUNDLE" "$ID" </dev/null
	has "/bin"
	lacks "/boot
"
}
