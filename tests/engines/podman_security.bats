# Podman: what a container may do and what it sees.  None of it has to do with the driver of cgroups: one is enough.
# bats file_tags=not:cgroupfs
load podman

@test "capabilities: Podman's defaults, --cap-drop and --cap-add, of an ordinary user too, --privileged" {
	local look='grep -E "^(CapInh|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):" /proc/self/status'
	run pod run --rm busybox sh -c "$look"
	prints "CapInh:	0000000000000000
CapEff:	00000000800405fb
CapBnd:	00000000800405fb
CapAmb:	0000000000000000
NoNewPrivs:	0
Seccomp:	2"
	run pod run --rm --user 1000 --cap-drop all --cap-add net_bind_service --security-opt no-new-privileges busybox sh -c "$look"
	prints "CapInh:	0000000000000400
CapEff:	0000000000000400
CapBnd:	0000000000000400
CapAmb:	0000000000000400
NoNewPrivs:	1
Seccomp:	2"
	run pod run --rm --privileged busybox sh -c "$look; [ -c /dev/fuse ] && echo fuse; mount -t tmpfs t /tmp && echo mounted"
	exits 0
	has "CapEff:	$(sed -n 's/^CapBnd:\t//p' /proc/1/status)" "Seccomp:	0" fuse mounted
}

@test "--security-opt: a seccomp profile, unconfined, mask and unmask, AppArmor's profile of Podman" {
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]}' >"$SHARED/profile.json"
	run pod run --rm --security-opt seccomp="$SHARED/profile.json" --security-opt mask=/etc/passwd --security-opt unmask=/proc/kcore busybox \
		sh -c 'exec 2>&1; mkdir /tmp/d; cat /etc/passwd; [ -c /proc/kcore ] || echo no mask; [ -c /proc/keys ] && echo masked; ls /proc/acpi /sys/firmware'
	prints "mkdir: can't create directory '/tmp/d': No space left on device
no mask
masked
/proc/acpi:

/sys/firmware:"
	run pod run --rm --security-opt seccomp=unconfined busybox sh -c 'mkdir /tmp/d; grep ^Seccomp: /proc/self/status; [ -c /proc/keys ] && echo masked; cat /proc/self/attr/current'
	has "Seccomp:	0" masked
	[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" != Y ] || has "containers-default-" "(enforce)"
}

@test "user namespaces: auto, a mapping of one's own, and nobody's files" {
	run pod run --rm --userns=auto:size=2000 busybox sh -c 'cat /proc/self/uid_map; id -u; stat -c %u /bin /proc/1; touch /tmp/new && stat -c %u /tmp/new'
	exits 0
	[[ $output =~ ^\ +0\ +1[0-9]{6}\ +2000$'\n'0$'\n'0$'\n'0$'\n'0$ ]] || show "a map of 2000, and root's files"
	run pod run --rm --uidmap 0:300000:500 --gidmap 0:400000:500 --user 7:8 busybox sh -c 'cat /proc/self/uid_map /proc/self/gid_map; id -u; id -g; hostname; cat /etc/hostname'
	exits 0
	[[ $output =~ ^\ +0\ +300000\ +500$'\n'\ +0\ +400000\ +500$'\n'7$'\n'8$'\n' ]] || show "both maps"
}

@test "volumes: :ro, :U, a named one, --tmpfs, --mount; --read-only" {
	local from=$SHARED/volumes
	rm -rf "$from"
	mkdir -p "$from"/{ro,u}
	touch "$from"/{ro,u}/file
	run pod run --rm --read-only --user 1000:1000 -v "$from/ro:/ro:ro" -v "$from/u:/u:U" -v "named-$KEY:/named" \
		--tmpfs /t:size=64k,mode=1777,noexec --mount "type=bind,src=$from/ro,dst=/m,ro,bind-propagation=rslave" busybox sh -c '
		exec 2>&1; touch /ro/x /m/x /x; stat -c "%n %u" /u/file; touch /u/mine && echo u; touch /tmp/x && echo tmp
		head -c 100000 /dev/zero >/t/big 2>/tmp/full; stat -c %s /t/big; grep -c " /t .*noexec" /proc/self/mountinfo; ls /named'
	prints "touch: /ro/x: Read-only file system
touch: /m/x: Read-only file system
touch: /x: Read-only file system
/u/file 1000
u
tmp
65536
1"
	[ "$(stat -c '%u %g' "$from/u/mine")" = "1000 1000" ]
	pod volume rm "named-$KEY"
}

@test "volumes: :idmap in a user namespace of its own" {
	local from=$SHARED/idmap
	[ "$NAME" != runc ] || skip "runc maps a mount only where its ids are given, and Podman gives none"
	mkdir -p "$from/i"
	touch "$from/i/file"
	run pod run --rm --userns=auto -v "$from/i:/i:idmap" busybox sh -c 'stat -c %u /i/file; touch /i/new; stat -c %u /i/new'
	prints "0
0"
	[ "$(stat -c %u "$from/i/new")" -eq 0 ]
}

@test "devices: --device with its rights, none otherwise; --device-cgroup-rule" {
	run pod run --rm --cap-add mknod --device /dev/fuse:/dev/other:r --device-cgroup-rule 'c 1:9 r' busybox sh -c '
		stat -c "%t %T" /dev/other; exec 3</dev/other && echo read; (exec 3>/dev/other)
		mknod /dev/loop-control c 10 237; (exec 3</dev/loop-control); mknod /dev/random2 c 1 9; exec 3</dev/random2 && echo rule; ls /dev'
	has "a e5" read "can't create /dev/other: Operation not permitted" "can't open /dev/loop-control: Operation not permitted" rule
	lacks kmsg
}

@test "--ulimit, --sysctl, --init, --shm-size, --oom-score-adj: seen by the program" {
	run pod run --rm --init --ulimit nofile=100:200 --sysctl net.ipv4.ip_default_ttl=77 --sysctl kernel.msgmax=9000 --shm-size 128k --oom-score-adj 321 \
		--hostname inside busybox sh -c 'cat /proc/1/comm; ulimit -Sn; ulimit -Hn; cat /proc/sys/net/ipv4/ip_default_ttl /proc/sys/kernel/msgmax
		cat /proc/self/oom_score_adj; df -k /dev/shm | tail -n 1 | awk "{ print \$2 }"'
	exits 0
	has "init" "100
200
77
9000
321
128"
	[ "$(</proc/sys/net/ipv4/ip_default_ttl)" != 77 ]
}

@test "--pid, --ipc, --uts, --network, --cgroupns host: the namespaces are the host's" {
	run pod run --rm --pid=host --ipc=host --uts=host --network=host --cgroupns=host busybox sh -c 'for n in pid ipc uts net cgroup; do readlink /proc/self/ns/$n; done; ls /sys/class/net'
	exits 0
	has "$(readlink /proc/self/ns/{pid,ipc,uts,net,cgroup})" lo
}
