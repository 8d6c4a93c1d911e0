# Docker, by its own client.  The first test that needs it starts a dockerd and a containerd of our own, without a bridge and without
# firewall rules; the last one ends them.
load helpers

D=/tmp/docker-test
export DOCKER_HOST=unix://$D/socket DOCKER_CONFIG=$D/client
STATE=$D/exec/runtime-ring3/moby	# where the runtime keeps its containers

setup() { engine_once "$D" docker_made docker_removed; }
teardown() { engine_explains "$D"; }

# --- the daemon ----------------------------------------------------------------------------------------------------

docker_made() {
	mkdir -p "$D/containerd"
	engine_config docker/daemon.json >"$D/daemon.json"
	printf '#!/bin/sh\necho "$@" >>%s/built\nexec %s "$@"\n' "$D" "$(type -P "$RUNTIME")" >"$D/builds"
	chmod +x "$D/builds"
	containerd_starts "$D/containerd" 'disabled_plugins = ["io.containerd.grpc.v1.cri"]'
	dockerd_starts
	busybox_image "$D/image.tar" busybox:test
	docker load -q -i "$D/image.tar"
}

# docker build takes the runtime from the environment; docker/buildkit.conf has that as a line of a unit.  A script in between writes
# down that it was called.
dockerd_starts() {
	env "$(RUNTIME=$D/builds engine_config docker/buildkit.conf | sed -n 's/^Environment=//p')" \
		setsid dockerd --config-file "$D/daemon.json" --host "$DOCKER_HOST" --data-root "$D/data" --exec-root "$D/exec" --pidfile "$D/pid" \
		--containerd "$D/containerd/socket" --exec-opt "native.cgroupdriver=$CGROUP_DRIVER" --live-restore \
		--bridge=none --iptables=false --ip6tables=false >>"$D/log" 2>&1 </dev/null 3>&- 4>&- &
	within 200 test -S "$D/socket"	# from then on the client waits
}

docker_removed() {
	daemon_stops "$D/pid"
	containerd_removed "$D/containerd" "$STATE"
	findmnt -rno TARGET | grep "^$D/" | sort -r | xargs -r umount -l
	rm -rf "$D"
}

# --- containers ----------------------------------------------------------------------------------------------------

docker_run() { docker run --runtime ring3 "$@"; }

LAST=$(($(nproc) - 1))	# processor
pid_of() { docker inspect -f '{{.State.Pid}}' "$1"; }
status_of() { docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' "$1"; }

# alive: a container that tests share, made by the first that needs it.
alive() {
	[ ! -e "$D/alive" ] || return 0
	mkdir -p "$D/host"
	echo from the host >"$D/host/file"
	printf '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":38}]}' >"$D/seccomp.json"
	docker_run -d --name alive --init --hostname inside --user 1000:1000 --group-add 7 --workdir /var -e A=b \
		--memory 64m --memory-swap 80m --memory-reservation 32m --cpus 0.5 --cpu-shares 512 --cpuset-cpus $LAST --pids-limit 50 \
		--oom-score-adj 300 --ulimit nofile=100:200 --cap-drop ALL --cap-add SYS_TIME --security-opt no-new-privileges \
		--security-opt "seccomp=$D/seccomp.json" --read-only --tmpfs /tmp:size=1m,mode=1777 --shm-size 2m -v "$D/host:/host:ro" -v volume:/mnt \
		--device /dev/fuse --sysctl kernel.msgmax=4096 \
		--health-cmd 'test -e /tmp' --health-interval 1h --health-start-period 1h --health-start-interval 2s --restart on-failure:1 \
		busybox:test sh -c 'trap "exit 5" TERM; while :; do sleep 1000 & wait; done' >"$D/alive.id"
	pid_of alive >"$D/alive"
	cgroup_of "$(<"$D/alive")" >"$D/alive.cgroup"
}

# limits FILE...: of the cgroup of "alive", in one line.
limits() {
	local file
	for file; do
		printf '%s ' "$(<"$(<"$D/alive.cgroup")/$file")"
	done
}

# exits STATUS REGEX OPTION...: docker run ends so, and says so; several run at once, `wait` tells whether each of them was right.
exits() {
	local got=0
	docker_run --rm "${@:3}" >"$D/exits-$1-$BASHPID" 2>&1 </dev/null || got=$?
	[ "$got" = "$1" ] && grep -Eq "$2" "$D/exits-$1-$BASHPID" && return 0
	echo "docker run ${*:3}: status $got, not $1: $(<"$D/exits-$1-$BASHPID")"
	return 1
}

# --- tests ---------------------------------------------------------------------------------------------------------

@test "the runtimes of contrib/engines are known, with their features" {
	docker info -f '{{json .}}' >"$D/info"
	[ "$(jq -r .CgroupDriver "$D/info")" = "$CGROUP_DRIVER" ]
	[ "$(jq -r '.Runtimes | has("ring3"), has("ring3-debug")' "$D/info")" = $'true\ntrue' ]
	jq -r '.Runtimes.ring3.status["org.opencontainers.runtime-spec.features"]' "$D/info" | jq -e '.mountOptions | index("rro")'
}

# bats test_tags=not:systemd
@test "EC-19 EC-44 exit codes: 0, the program's, 125, 126 and 127 with the runtime's reason" {
	local wrong=0 one
	exits 0 '^ok$' busybox:test echo ok &
	exits 7 '^$|7' busybox:test sh -c 'echo 7; exit 7' &
	exits 125 'kernel.msgmax' --sysctl kernel.msgmax=nonsense busybox:test true &
	exits 126 '[Pp]ermission denied' busybox:test /etc/passwd &
	exits 126 'permission denied|is a directory' busybox:test /etc &
	exits 127 'OCI runtime create failed: .*/none.*[Nn]o such file or directory' busybox:test /none &
	exits 127 'executable file .*not found in \$PATH' busybox:test none &
	for one in $(jobs -p); do
		wait "$one" || wrong=1
	done
	[ $wrong = 0 ]
	within 30 empty "$STATE"	# the shims of --rm may be at it
}

@test "run: what the options asked for is seen inside" {
	alive
	run -0 docker exec alive sh -c 'id -u; id -g; id -G; pwd; hostname; echo $A; cat /proc/sys/kernel/msgmax; ulimit -Sn; ulimit -Hn
		cat /host/file; cat /proc/self/cgroup; cat /proc/1/comm /proc/1/oom_score_adj
		grep -E "^(CapBnd|CapEff|NoNewPrivs|Seccomp):" /proc/self/status | tr -s "\t" " "
		exec 2>&1; touch /x; touch /host/x; touch /tmp/x && echo tmp is writable; mkdir /tmp/y; ls -l /dev/fuse; grep -c " /mnt " /proc/mounts
		df -k /tmp /dev/shm | awk "NR > 1 { print \$2 }"'
	echo "$output"
	[[ $output == $'1000\n1000\n1000 7\n/var\ninside\nb\n4096\n100\n200\nfrom the host\n0::/\n'*$'\n300\nCapEff: 0000000000000000\nCapBnd: 0000000002000000\nNoNewPrivs: 1\nSeccomp: 2\n'* ]]
	[[ $output == *'/x: Read-only file system'*'/host/x: Read-only file system'*'tmp is writable'*'Function not implemented'*$'\n1\n1024\n2048' ]]
	[[ $output == *crw*10,*229*/dev/fuse* ]]
}

@test "run: its cgroup is where the driver says, with the limits" {
	local id
	alive
	id=$(<"$D/alive.id")
	case $CGROUP_DRIVER in
	systemd) [[ $(<"$D/alive.cgroup") == "/sys/fs/cgroup/system.slice/docker-$id.scope"* ]] ;;
	cgroupfs) [ "$(<"$D/alive.cgroup")" = "/sys/fs/cgroup/docker/$id" ] ;;
	esac
	[ "$(limits memory.max memory.swap.max memory.low)" = '67108864 16777216 33554432 ' ]
	[ "$(limits cpu.max cpuset.cpus.effective pids.max)" = "50000 100000 $LAST 50 " ]
}

@test "update: the limits of a running container, and of one that is started again" {
	alive
	docker update --memory 32m --memory-reservation 16m --memory-swap 48m --cpus 1 --pids-limit 20 alive
	[ "$(limits memory.max memory.swap.max memory.low cpu.max pids.max)" = '33554432 16777216 16777216 100000 100000 20 ' ]
}

@test "stats, top and health are told of it" {
	alive
	within 60 healthy
	docker stats --no-stream --format '{{.PIDs}} {{.MemUsage}}' alive >"$D/stats"
	grep -E '^3 .* / 32MiB$' "$D/stats"	# after the update; docker-init, sh and sleep
	docker top alive >"$D/top"
	grep "$(<"$D/alive")" "$D/top"
}
healthy() { [ "$(docker inspect -f '{{.State.Health.Status}}' alive)" = healthy ]; }

@test "pause: the cgroup is frozen, exec is refused; unpause" {
	alive
	docker pause alive
	grep '^frozen 1' "$(<"$D/alive.cgroup")/cgroup.events"
	run docker exec alive true
	[ "$status" -ne 0 ]
	[[ $output == *'is paused'* ]]
	docker unpause alive
	grep '^frozen 0' "$(<"$D/alive.cgroup")/cgroup.events"
}

# bats test_tags=not:systemd
@test "exec: status, another user, a terminal, a program that is not there" {
	alive
	run -9 docker exec --user 0 --workdir /tmp -e X=y alive sh -c 'id -u; pwd; echo $X; exit 9'
	[ "$output" = $'0\n/tmp\ny' ]
	run -0 on_terminal docker exec -it alive sh -c 'tty; until stty size 2>&1 | grep 33; do sleep 0.1; done; echo mine >/dev/tty'
	echo "$output"
	[[ $output == */dev/pts/*'33 77'*mine* ]]
	run docker exec alive /none
	echo "$output"
	[[ $status == 12[67] ]]	# Docker 26 makes 126 of whatever the runtime says, runc too; later ones look for its words
	[[ $output == *'OCI runtime exec failed: '*/none*[Nn]'o such file or directory'* ]]
	run -126 docker exec alive /etc/passwd
	[[ $output == *[Pp]'ermission denied'* ]]
}

# bats test_tags=not:systemd
@test "EC-13 run -it: the terminal is the container's, with the size of ours" {
	run -3 on_terminal docker run --runtime ring3 --rm -it busybox:test sh -c 'tty; until stty size 2>&1 | grep 33; do sleep 0.1; done; ls -l /dev/console; echo mine >/dev/tty; exit 3'
	echo "$output"
	[[ $output == *'/dev/'*'33 77'*/dev/console*mine* ]]
}

@test "memory limit: who is too large is killed, with status 137, and Docker knows why" {
	# Docker is told while the container lives: what notices is gone with it.
	run -137 docker_run --name large --memory 16m --memory-swap 16m busybox:test sh -c 'tail /dev/zero; code=$?; sleep 3; exit $code'
	[ "$(docker inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}}' large)" = 'true 137' ]
	docker rm large
}

# bats test_tags=not:systemd
@test "restart policy: as often as it says" {
	mkdir -p "$D/runs"
	docker_run -d --name again --restart on-failure:2 -v "$D/runs:/runs" busybox:test sh -c 'echo one >>/runs/log; exit 3'
	within 100 has_lines 3 "$D/runs/log"
	within 60 exited_twice
	docker rm again
	has_lines 3 "$D/runs/log"
}
has_lines() {
	local lines
	mapfile -t lines <"$2" 2>/dev/null && [ ${#lines[@]} = "$1" ]
}
exited_twice() { [ "$(docker inspect -f '{{.RestartCount}} {{.State.Status}} {{.State.ExitCode}}' again)" = '2 exited 3' ]; }

# With the systemd driver its cgroupsPath is slice:prefix:name, and there is no --systemd-cgroup.
@test "EC-19 C-04 build: RUN is run by the runtime, as USER, on what the line before has left" {
	mkdir -p "$D/build"
	printf 'FROM busybox:test\nRUN cat /proc/1/comm && id -u >/made && touch /user && chmod 666 /user\nUSER 1000\nRUN id -u >/user; cat /made /user; cat /proc/self/cgroup\n' >"$D/build/Dockerfile"
	run -0 docker build --network none --progress plain -t built "$D/build"
	echo "$output"
	[[ $output =~ \ 0$'\n#'[0-9]+\ [0-9.]+\ 1000$'\n' ]]
	grep ' run .*--bundle' "$D/built"
}

# bats test_tags=not:systemd
@test "EC-19 EC-44 build: what RUN ends with is the reason of its failure, so is the runtime's" {
	mkdir -p "$D/build"
	printf 'FROM busybox:test\nRUN exit 4\n' >"$D/build/Dockerfile"
	run -1 docker build --network none --progress plain "$D/build"
	echo "$output"
	[[ $output == *'exit code: 4'* ]]
	printf 'FROM busybox:test\nRUN ["/none"]\n' >"$D/build/Dockerfile"
	run -1 docker build --network none --progress plain "$D/build"
	echo "$output"
	[[ $output == */none*[Nn]'o such file or directory'* ]]
}

# bats test_tags=not:systemd
@test "EC-10 dockerd is started again: the container lives, and exec works" {
	alive
	daemon_stops "$D/pid"
	rm -f "$D/socket"
	[ -d "/proc/$(<"$D/alive")" ]
	dockerd_starts
	run -0 docker exec alive echo again
	[ "$output" = again ]
}

@test "stop and start: the status that it ended with, and the updated limits" {
	alive
	docker stop -t 60 alive
	[ "$(status_of alive)" = 'exited 5' ]
	[ ! -e "$(<"$D/alive.cgroup")" ]
	docker start alive
	pid_of alive >"$D/alive"
	[ "$(limits memory.max cpu.max pids.max)" = '33554432 100000 100000 20 ' ]
}

@test "kill and rm: status 137, and nothing is left" {
	alive
	docker kill alive
	[ "$(docker wait alive)" = 137 ]
	docker rm -f -v alive
	within 30 empty "$STATE"
	[ ! -e "$(<"$D/alive.cgroup")" ]
	rm "$D/alive"
}

@test "dockerd ends, and no shim stays" {
	run -1 pgrep -f "containerd-shim.*-address $D/"
	docker_removed
}
