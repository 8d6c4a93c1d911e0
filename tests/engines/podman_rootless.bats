# Podman of an ordinary user.  What has nothing to do with cgroups runs with one driver.
load podman

setup() {
	prepare
	once rootless user_image
}
user_image() { as_user podman --cgroup-manager=cgroupfs import -q -c 'CMD ["/bin/sh"]' "$ROOT.tar" localhost/busybox; }

user() { (cd / && as_user podman --cgroup-manager="$DRIVER" --runtime "$NAME" "$@"); }
pod() { user "$@"; }	# for podman.bash

# A directory of the user's.
directory() {
	rm -rf "/tmp/rootless-$KEY"
	install -d -o user -g user "/tmp/rootless-$KEY"
}

# bats test_tags=not:systemd
@test "rootless run: exit codes 3, 126, 127; the user is root, the others are his sub-ids" {
	directory
	run user run --rm -v "/tmp/rootless-$KEY:/v" busybox sh -c 'cat /proc/self/uid_map; touch /v/own; touch /v/other; chown 7:7 /v/other; exit 3'
	exits 3
	[[ $output =~ ^\ +0\ +1000\ +1$'\n'\ +1\ +100000\ +65536$ ]] || show "the map"
	[ "$(stat -c %u "/tmp/rootless-$KEY/own" "/tmp/rootless-$KEY/other")" = "1000
100006" ]
	run -126 user run --rm busybox /etc/passwd
	has "OCI permission denied"
	run -127 user run --rm busybox no-such-command
	has "attempted to invoke a command that was not found"
}

# bats test_tags=not:systemd
@test "rootless --userns: keep-id is the user inside and outside, auto and nomap are not" {
	directory
	run user run --rm --userns=keep-id -v "/tmp/rootless-$KEY:/v" busybox sh -c 'id -u; id -g; touch /v/own; grep ^CapEff: /proc/self/status'
	prints "1000
1000
CapEff:	0000000000000000"
	[ "$(stat -c %u "/tmp/rootless-$KEY/own")" -eq 1000 ]
	run user run --rm --userns=keep-id:uid=5,gid=6 --user 0 -v "/tmp/rootless-$KEY:/v" busybox sh -c 'stat -c "%u %g" /v/own; id -u; touch /r'
	prints "5 6
0"
	run user run --rm --userns=nomap busybox cat /proc/self/uid_map
	exits 0
	[[ ! $output =~ \ 1000\  ]] || show "no uid 1000"
}

# bats test_tags=not:systemd
@test "rootless run: read-only root, volumes :ro and :U, tmpfs, capabilities, seccomp, limits of a process, sysctl, masks, init" {
	directory
	run user run --rm --init --read-only --cap-drop all --cap-add chown --tmpfs /t:size=64k -v "/tmp/rootless-$KEY:/ro:ro" --ulimit nofile=100:200 \
		--sysctl net.ipv4.ip_default_ttl=77 --hostname box --oom-score-adj 500 busybox sh -c '
		exec 2>&1; touch /x /ro/x; touch /t/x && echo tmpfs; grep -E "^(CapEff|Seccomp):" /proc/self/status; ulimit -n; ulimit -Hn
		cat /proc/sys/net/ipv4/ip_default_ttl; hostname; [ -c /proc/keys ] && echo masked; cat /proc/self/oom_score_adj; echo >/dev/null && ls /dev/pts /dev/shm'
	prints "touch: /x: Read-only file system
touch: /ro/x: Read-only file system
tmpfs
CapEff:	0000000000000001
Seccomp:	2
100
200
77
box
masked
500
/dev/pts:
ptmx

/dev/shm:"
	run user run --rm --user 7:7 -v "/tmp/rootless-$KEY:/v:U" busybox sh -c 'stat -c "%u %g" /v'
	prints "7 7"
	[ "$(stat -c %u "/tmp/rootless-$KEY")" -eq 100006 ]
}

# To pause needs a cgroup.
# bats test_tags=not:cgroupfs
@test "rootless -d, logs, exec, exec -it, top, pause, stop" {
	shared rootless --stop-timeout 60 busybox sh -c 'trap "exit 42" TERM; echo "to output"; while :; do sleep 1 & wait $!; done'
	local name=rootless-$KEY
	rm "$SHARED/$name"
	run user exec --user 1000 --env A=b "$name" sh -c 'id -u; echo $A; exit 9'
	[ "$status $output" = "9 1000
b" ] || show "9 1000 b"
	run as_user "$BATS_TEST_DIRNAME/terminal" podman --cgroup-manager="$DRIVER" --runtime "$NAME" exec -it "$name" sh -c '
		until [ "$(stty size)" = "33 77" ]; do sleep 0.1; done
		tty; echo ready; read -r line; echo "read $line"; exit 6'
	exits 6
	has "/dev/pts/" "read hello"
	run user logs "$name"
	prints "to output"
	run user top "$name" args
	has "sleep 1"
	user pause "$name"
	grep -q "^frozen 1" "$(cgroup_of "$PID")/cgroup.events"
	user unpause "$name"
	user stop "$name"
	run user inspect -f '{{.State.ExitCode}}' "$name"
	prints 42
	dead "$PID"
	user rm "$name"
}

# bats test_tags=not:systemd
@test "rootless pod: its containers share namespaces; a device, a descriptor of the caller's, a healthcheck" {
	user pod create --replace --name "pod-$KEY" --share net,ipc,uts,pid --hostname shared
	user run -d --pod "pod-$KEY" --name "pod-a-$KEY" --pidfile "$SHARED/pids/pod-a" --device /dev/fuse:/dev/other \
		--health-cmd 'test -c /dev/other' --health-interval disable busybox sleep 1000
	PID=$(<"$SHARED/pids/pod-a")
	run user run --rm --pod "pod-$KEY" --preserve-fds=1 busybox sh -c 'for n in net ipc uts pid; do readlink /proc/self/ns/$n; done; hostname; cat <&3; ps' 3<<<three
	exits 0
	has "$(readlink /proc/"$PID"/ns/{net,ipc,uts,pid})" "shared
three" "sleep 1000"
	run -0 user healthcheck run "pod-a-$KEY"
	within 60 user pod rm -f -t 0 "pod-$KEY"
	dead "$PID"
}

# Without systemd a user's Podman has no cgroup that it could limit.
# bats test_tags=not:cgroupfs
@test "rootless limits: memory and pids, in a scope of the user's own systemd; OOMKilled; update" {
	user run -d --replace --name "limits-$KEY" --memory 64m --pids-limit 33 busybox sleep 1000
	PID=$(pid_of "limits-$KEY")
	directory=$(cgroup_of "$PID")
	directory=${directory%/container}
	[[ $directory == /sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-*.scope ]]
	[ "$(<"$directory/memory.max") $(<"$directory/pids.max")" = "67108864 33" ]
	user update --memory 80m "limits-$KEY"
	[ "$(<"$directory/memory.max")" = 83886080 ]
	within 60 user rm -f -t 0 "limits-$KEY"
	[ ! -e "$directory" ]
	run -137 user run --name "oom-$KEY" --replace --memory 16m --memory-swap 16m busybox tail /dev/zero
	run user inspect -f '{{.State.OOMKilled}}' "oom-$KEY"
	prints true
	user rm "oom-$KEY"
}

# bats test_tags=not:systemd
@test "rootless build: RUN as root and as a user" {
	directory
	printf 'FROM localhost/busybox\nRUN id -u >/result && chown 7 /result\nUSER 1000\nRUN id -u >/tmp/user\nCMD cat /result /tmp/user\n' >"/tmp/rootless-$KEY/Containerfile"
	run user build -q --isolation oci --network none --layers=false -t "built-$KEY" "/tmp/rootless-$KEY"
	exits 0
	run user run --rm "built-$KEY"
	prints "0
1000"
}

# bats test_tags=not:cgroupfs
@test "rootless socket activation: the socket is descriptor 3, LISTEN_FDS and LISTEN_PID are the container's" {
	directory
	activated "/tmp/rootless-$KEY" as_user
}

# bats test_tags=not:cgroupfs
@test "rootless quadlet: contrib's unit in ~/.config starts a container below the user's own systemd, and it ends with its service" {
	local units=/home/user/.config/containers/systemd
	as_user mkdir -p "$units"
	quadlet "$units" user as_user systemctl --user
	[[ $GROUP == /sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/* ]]
}
