load helpers

RW_CGROUP='.mounts += [{destination: "/sys/fs/cgroup", type: "cgroup2", source: "cgroup", options: ["rw"]}]'

@test "C-01 an absolute cgroupsPath counts from the cgroup2 mount, and is made" {
	create . sleep 1000
	[ "$(grep ^0:: "/proc/$(pid_of)/cgroup")" = "0::$CG/$ID" ]
	[ "$(cat "$CGROUP2$CG/$ID/cgroup.procs")" = "$(pid_of)" ]
	delete
	no_file "$CGROUP2$CG"
}

@test "C-01 .. in cgroupsPath cannot leave the tree" {
	bundle '.linux.cgroupsPath = "/a-'"$COOKIE"'/../../../../tmp/'"live-$COOKIE"'"' true
	try create -b "$BUNDLE" "$ID"
	if [ "$status" -eq 0 ]; then
		[[ $(grep ^0:: "/proc/$(pid_of)/cgroup") != *..* ]]
		delete
	fi
	no_file "/tmp/live-$COOKIE"
	no_file "$CGROUP2/a-$COOKIE"
}

@test "C-02 a relative cgroupsPath" {
	create ".linux.cgroupsPath = \"ring3-live-$COOKIE/x\"" sleep 1000
	[[ $(grep ^0:: "/proc/$(pid_of)/cgroup") == */ring3-live-$COOKIE/x ]]
	delete
}

@test "C-03 without cgroupsPath the container has a cgroup of its own" {
	create 'del(.linux.cgroupsPath)' sleep 1000
	[[ $(grep ^0:: "/proc/$(pid_of)/cgroup") == *"$ID"* ]]
	[ "$(grep ^0:: "/proc/$(pid_of)/cgroup")" != "$(grep ^0:: /proc/self/cgroup)" ]
	delete
}

# docker build has it so with Docker's usual driver.
@test "C-04 cgroupsPath of systemd's form without --systemd-cgroup: the name of a cgroup, and a warning" {
	bundle ".linux.cgroupsPath = \"a.slice:ring3:$ID\"" sleep 1000
	ring3_quiet --log "$BUNDLE/log" --log-level warning create -b "$BUNDLE" "$ID"
	[[ $(grep ^0:: "/proc/$(pid_of)/cgroup") == *"/a.slice:ring3:$ID" ]]
	[ "${RUNTIME##*/}" != ring3 ] || grep "$ID.*needs --systemd-cgroup" "$BUNDLE/log"
	delete
}

@test "C-06 a cgroup with a process in it is refused, the process stays" {
	mkdir -p "$CGROUP2$CG/$ID"
	sh -c "echo \$\$ >'$CGROUP2$CG/$ID/cgroup.procs'; exec sleep 1000" 3>&- 4>&- &
	HOLDERS=$!
	within 2000 grep -q . "$CGROUP2$CG/$ID/cgroup.procs"
	bundle . true
	try create -b "$BUNDLE" "$ID"
	fails "container's cgroup is not empty: 1 process(es) found"
	kill -0 $HOLDERS
	kill -9 $HOLDERS
	wait $HOLDERS || true
	[ -d "$CGROUP2$CG/$ID" ]
	within 2000 rmdir "$CGROUP2$CG/$ID"
	rmdir "$CGROUP2$CG"
}

@test "C-06 a frozen cgroup is refused" {
	mkdir -p "$CGROUP2$CG/$ID"
	echo 1 >"$CGROUP2$CG/$ID/cgroup.freeze"
	bundle . true
	try create -b "$BUNDLE" "$ID"
	rmdir "$CGROUP2$CG/$ID" "$CGROUP2$CG"
	fails "container's cgroup unexpectedly frozen"
}

@test "C-10 delete removes what the container made in its cgroup" {
	up "$RW_CGROUP" sh -c 'mkdir -p /sys/fs/cgroup/a/b/c; echo ready >/tmp/c10; exec sleep 1000'
	within 2000 test -s "$ROOTFS/tmp/c10"
	rm "$ROOTFS/tmp/c10"
	[ -d "$CGROUP2$CG/$ID/a/b/c" ]
	delete
	no_file "$CGROUP2$CG"
}

@test "C-10 delete -f ends processes in sub-cgroups, without a pid namespace too" {
	up "del(.linux.namespaces[] | select(.type == \"pid\")) | $RW_CGROUP" sh -c 'mkdir /sys/fs/cgroup/a; (echo 0 >/sys/fs/cgroup/a/cgroup.procs; exec sleep 1001) & sleep 1002 & exec sleep 1000'
	within 2000 grep -q . "$CGROUP2$CG/$ID/a/cgroup.procs"
	[ "$(cookie_processes | wc -l)" -eq 3 ]
	delete
	within 2000 no_cookie_processes
}

@test "LC-19 kill --all reaches every process" {
	up 'del(.linux.namespaces[] | select(.type == "pid"))' sh -c 'sleep 1001 & sleep 1002 & exec sleep 1000'
	within 2000 test "$(cookie_processes | wc -l)" -eq 3 || sleep 0.1
	ring3_quiet kill --all "$ID" KILL
	within 2000 no_cookie_processes
	delete
}

@test "LC-19 kill KILL of a container that shares the pid namespace ends all its processes" {
	up 'del(.linux.namespaces[] | select(.type == "pid"))' sh -c 'sleep 1001 & exec sleep 1000'
	sleep 0.1
	ring3_quiet kill "$ID" KILL
	within 2000 no_cookie_processes
	delete
}

@test "LC-16 init's death does not leave others behind: delete of a stopped container ends them" {
	up 'del(.linux.namespaces[] | select(.type == "pid"))' sh -c 'setsid sleep 1001 & exit 0'
	within 2000 is stopped
	ring3_quiet delete -f "$ID"
	within 2000 no_cookie_processes
}

rules() { printf '.linux.resources.devices = [%s]' "$1"; }
MKNOD='.process.capabilities |= map_values(. + ["CAP_MKNOD"])'
try_device() { echo "mknod /tmp/d-$COOKIE c $1 $2 2>/dev/null || echo EPERM mknod; probe open /tmp/d-$COOKIE ${3:-rw}; rm -f /tmp/d-$COOKIE"; }

# bats test_tags=not:userns,not:user
@test "R-07 without device rules only the default devices can be used" {
	inside "$MKNOD" "$(try_device 1 3); $(try_device 1 1 r)"
	ok
	[ "${lines[0]}" = ok ]
	[ "${lines[1]}" = EPERM ]
}

# bats test_tags=not:userns,not:user
@test "R-01 R-02 R-03 R-04 an allowed device can be used, another not" {
	inside "$MKNOD | $(rules '{allow: false, access: "rwm"}, {allow: true, type: "c", major: 10, minor: 229, access: "rwm"}')" "$(try_device 10 229); $(try_device 250 77 r)"
	ok
	[ "${lines[0]}" != EPERM ]
	[ "${lines[1]}" = EPERM ]
}

# bats test_tags=not:userns,not:user
@test "R-01 the last rule that matches wins: deny w after allow rwm stops writing" {
	inside "$MKNOD | $(rules '{allow: false, access: "rwm"}, {allow: true, type: "c", major: 250, minor: 77, access: "rwm"}, {allow: false, type: "c", major: 250, minor: 77, access: "w"}')" \
		"$(try_device 250 77 r); $(try_device 250 77 w); $(try_device 250 77 rw)"
	ok
	[ "${lines[0]}" != EPERM ]
	[ "${lines[1]}" = EPERM ]
	[ "${lines[2]}" = EPERM ]
}

# bats test_tags=not:userns,not:user
@test "R-07 a node of linux.devices can be used as far as the list says, and wholly without a list" {
	local node='.linux.devices = [{path: "/dev/other", type: "c", major: 250, minor: 77}]'
	inside "$node | $(rules '{allow: false, access: "rwm"}, {allow: true, type: "c", major: 250, minor: 77, access: "r"}')" \
		'probe open /dev/other r; probe open /dev/other w; probe open /dev/other rw'
	[ "${lines[0]}" != EPERM ]
	[ "${lines[1]} ${lines[2]}" = "EPERM EPERM" ]
	inside "$node | $(rules '{allow: false, access: "rwm"}')" 'probe open /dev/other r; probe open /dev/other w; probe open /dev/null rw'
	prints "EPERM
EPERM
ok"
	inside "$node" 'probe open /dev/other rw'
	[ "${lines[0]}" != EPERM ]
	inside "$node | $(rules '')" 'probe open /dev/other rw'
	[ "${lines[0]}" != EPERM ]
}

# bats test_tags=not:user
@test "R-06 the user's rules can deny a default device" {
	inside "$(rules '{allow: false, type: "c", major: 1, minor: 5, access: "rwm"}')" 'probe open /dev/zero r; probe open /dev/null r'
	prints "EPERM
ok"
}

# Docker's list for `docker run --device`: the same twice, one behind the other.
# bats test_tags=not:user
@test "R-06 a denial of everything in the middle of the list leaves the default devices" {
	local list='{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 5, access: "rwm"}'
	inside "$(rules "$list, {allow: true, type: \"c\", major: 1, minor: 1, access: \"r\"}, $list")" 'probe open /dev/ptmx rw; probe open /dev/null rw; probe open /dev/zero r'
	prints "ok
ok
ok"
}

# bats test_tags=not:user
@test "R-01 allow all and then deny one" {
	inside "$MKNOD | $(rules '{allow: true, access: "rwm"}, {allow: false, type: "c", major: 1, minor: 8, access: "r"}')" 'probe open /dev/random r; probe open /dev/random w; probe open /dev/zero r'
	prints "EPERM
ok
ok"
}

@test "R-01 m is the right to make a node" {
	inside "$MKNOD | $(rules '{allow: false, access: "rwm"}, {allow: false, type: "c", access: "m"}')" "mknod /tmp/d-$COOKIE c 1 3 && echo made; rm -f /tmp/d-$COOKIE"
	lacks made
}

# bats test_tags=not:user
@test "R-01 device rules in a user namespace" {
	inside "$USERNS | $(rules '{allow: false, type: "c", major: 1, minor: 5, access: "rwm"}')" 'probe open /dev/zero r; probe open /dev/null r'
	prints "EPERM
ok"
}

@test "R-02 R-03 R-04 R-05 wrong device rules are errors" {
	refused "$(rules '{access: "rwm"}')" "linux.resources.devices[0]" "allow"
	refused "$(rules '{allow: true, type: "z", access: "rwm"}')" "linux.resources.devices[0].type"
	refused "$(rules '{allow: true, type: "c", major: -2, access: "rwm"}')" "linux.resources.devices[0].major"
	refused "$(rules '{allow: true, type: "c", access: "rx"}')" "linux.resources.devices[0].access"
}

@test "R-08 a limit that cannot be applied here is an error that says so, never silence" {
	[ ! -e "$CGROUP2/cgroup.controllers" ] || ! grep -qw memory "$CGROUP2/cgroup.controllers" || skip "needs a host whose memory controller is not on cgroup v2"
	refused '.linux.resources.memory.limit = 100000000' "memory"
	refused '.linux.resources.pids.limit = 10' "pids"
	refused '.linux.resources.cpu.shares = 512' "cpu"
	refused '.linux.resources.unified = {"memory.high": "1000000"}' "unified"
}

@test "R-11 R-12 R-13 R-20 R-26 R-35 R-36 what cgroup v2 has no file for is an error" {
	refused '.linux.resources.memory.swappiness = 10' "swappiness"
	refused '.linux.resources.memory.kernel = 1000000' "kernel"
	refused '.linux.resources.memory.disableOOMKiller = true' "disableOOMKiller"
	refused '.linux.resources.network.classID = 5' "classID"
}

@test "C-09 the default cgroup of nested runs: two containers at once have two cgroups" {
	create . sleep 1000
	first=$ID
	ID=$ID-b
	bundle . sleep 1000
	ring3_quiet create -b "$BUNDLE" "$ID"
	[ -d "$CGROUP2$CG/$first" ] && [ -d "$CGROUP2$CG/$ID" ]
	delete
	[ -d "$CGROUP2$CG/$first" ]
	ring3_quiet delete -f "$first"
	no_file "$CGROUP2$CG"
}

@test "EC-30 --cgroup-manager disabled: no cgroup is made, kill and delete work without the option" {
	bundle . sleep 1000
	ring3_quiet --cgroup-manager disabled create -b "$BUNDLE" "$ID"
	[ "$(grep ^0:: "/proc/$(pid_of)/cgroup")" = "$(grep ^0:: /proc/self/cgroup)" ]
	start
	ring3_quiet kill "$ID" KILL
	within 2000 is stopped
	ring3_quiet delete "$ID"
}
