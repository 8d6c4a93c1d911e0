# containerd, by ctr and by CRI.  The first test that needs it starts a containerd of our own; the last one ends it.
load helpers

C=/tmp/containerd-test
export CONTAINERD_ADDRESS=$C/socket CONTAINERD_NAMESPACE=k8s.io
IMAGE=docker.io/library/busybox:test
TASKS=$C/state/io.containerd.runtime.v2.task/k8s.io	# the bundles
STATES=/run/containerd/runc/k8s.io	# what the runtime keeps about its containers

setup() { engine_once "$C" ours_made ours_removed; }
teardown() { engine_explains "$C"; }

# --- the daemon ----------------------------------------------------------------------------------------------------

ours_made() {
	local pause
	engine_config "containerd/$(config_name)" >"$C/ring3.toml"
	ours_starts
	containerd -c "$C/config.toml" config dump >"$C/dump"
	pause=$(sed -n "s/^ *sandbox\(_image\)\? = ['\"]\(.*\)['\"]/\2/p" "$C/dump")
	busybox_image "$C/image.tar" "$IMAGE" "$pause"
	ctr images import "$C/image.tar"
}

config_name() {
	[[ $(containerd --version) != *' '1.* ]] || { echo config-1.7.toml; return; }
	echo config-2.toml
}

ours_starts() { containerd_starts "$C" "imports = [\"$C/ring3.toml\"]"; }
ours_removed() { containerd_removed "$C" "$STATES"; }

# --- containers ----------------------------------------------------------------------------------------------------

# ctr_run NAME [OPTION...] -- COMMAND...
ctr_run() {
	local name=$1 options=()
	[ "$CGROUP_DRIVER" != systemd ] || options=(--runc-systemd-cgroup --cgroup "system.slice:ctr:$name")
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	ctr run --runc-binary "$(type -P "$RUNTIME")" "${options[@]}" "$IMAGE" "$name" "$@"
}

ctr_exec() { ctr task exec --exec-id "$BATS_TEST_NUMBER-$RANDOM" "$@"; }

# alive: a container that tests share, made by the first that needs it.
alive() {
	[ ! -e "$TASKS/alive" ] || return 0
	ctr_run alive -d --memory-limit 33554432 --cpus 0.5 --pid-file "$C/alive.pid" -- \
		sh -c 'trap "echo ended >/tmp/ended; exit 5" TERM; while :; do sleep 1000 & wait; done'
}

# shows FILE REGEX: a line of it matches.
shows() { grep -q "$2" "$1"; }

# nothing_of NAME CGROUP: neither bundle, nor state, nor cgroup.
nothing_of() {
	[ ! -e "$TASKS/$1" ] && [ ! -e "$STATES/$1" ] && [ ! -e "$2" ]
}

# --- ctr -----------------------------------------------------------------------------------------------------------

@test "the handler of contrib/engines is known to the CRI plugin, which starts with it" {
	sed -n '/runtimes.ring3.options\]/,/^$/p' "$C/dump" >"$C/options"
	shows "$C/options" "BinaryName = ['\"]$(type -P "$RUNTIME")['\"]"
	shows "$C/options" "SystemdCgroup = $([ "$CGROUP_DRIVER" = systemd ] && echo true || echo false)"
	ctr plugins ls >"$C/plugins"
	shows "$C/plugins" 'cri .* ok'
}

@test "EC-19 EC-40 run: what was asked for is seen inside, output and status come out, nothing is left" {
	mkdir -p "$C/volume"
	touch "$C/volume/file"
	run -7 --separate-stderr ctr_run seen --rm --user 1000:1000 --cwd /var --env A=b --cap-drop CAP_CHOWN --cap-add CAP_SYS_TIME --read-only --seccomp \
		--mount "type=bind,src=$C/volume,dst=/mnt,options=rbind:ro" -- \
		sh -c 'id -u; pwd; echo $A; ls /mnt; cat /proc/self/cgroup; grep -E "^(CapBnd|Seccomp):" /proc/1/status
			touch /x; touch /mnt/x; echo to stderr >&2; exit 7'
	printf '%s\n' "$output" "$stderr"
	[[ $output == 1000$'\n/var\nb\nfile\n0::/'* ]]
	[[ $output == *CapBnd:?00000000aa0425fa$'\n'* ]]
	[[ $output == *Seccomp:?2 ]]
	[[ $stderr == *'/x: Read-only file system'*'/mnt/x: Read-only file system'*'to stderr'* ]]
	nothing_of seen /sys/fs/cgroup/k8s.io/seen
	nothing_of seen /sys/fs/cgroup/system.slice/ctr-seen.scope
}

# bats test_tags=not:systemd
@test "EC-13 run -t: the terminal is the container's, with the size of ours" {
	run -3 on_terminal bash -c "$(declare -f ctr_run); IMAGE=$IMAGE; "'ctr_run tty --rm -t -- sh -c "tty; until stty size 2>&1 | grep 33; do sleep 0.1; done; echo mine >/dev/tty; exit 3"'
	echo "$output"
	[[ $output == /dev/pts/0*'33 77'*mine* ]]	# ctr tells the size once the program runs
}

@test "EC-41 EC-44 a program that is not there: the runtime's reason is containerd's answer" {
	run -1 ctr_run none --rm -- /none
	echo "$output"
	[[ $output == *'OCI runtime create failed: '*/none*[Nn]'o such file or directory'* ]]
	run -1 ctr_run none --rm -- none
	echo "$output"
	[[ $output == *'OCI runtime create failed: '*'executable file'*'not found in $PATH'* ]]
	nothing_of none /sys/fs/cgroup/k8s.io/none
	nothing_of none /sys/fs/cgroup/system.slice/ctr-none.scope
}

@test "EC-11 run -d: its cgroup is where the driver says, with the limits; ls, ps and metrics know it" {
	local group pid
	alive
	pid=$(<"$C/alive.pid")
	[ "$(<"$TASKS/alive/init.pid")" = "$pid" ]
	group=$(cgroup_of "$pid")
	case $CGROUP_DRIVER in
	systemd) [[ $group == /sys/fs/cgroup/system.slice/ctr-alive.scope* ]] ;;
	cgroupfs) [ "$group" = /sys/fs/cgroup/k8s.io/alive ] ;;
	esac
	[ "$(<"$group/memory.max")" = 33554432 ]
	[ "$(<"$group/cpu.max")" = '50000 100000' ]
	ctr task ls >"$C/ls"
	shows "$C/ls" "^alive *$pid *RUNNING"
	ctr task ps alive >"$C/ps"
	shows "$C/ps" "^$pid "
	ctr task metrics alive >"$C/metrics"
	shows "$C/metrics" '^pids.current *2 '
	shows "$C/metrics" '^memory.usage_limit *33554432 '
}

@test "exec: in the container's namespaces and cgroup, as another user, with its own status and terminal" {
	alive
	readlink "/proc/$(<"$C/alive.pid")/ns/mnt" >"$C/namespace"
	run -9 ctr_exec --user 1:2 --cwd /tmp alive sh -c 'id; pwd; readlink /proc/self/ns/mnt; cat /proc/self/cgroup; exit 9'
	echo "$output"
	[[ $output == 'uid=1 gid=2'*$'\n/tmp\n'"$(<"$C/namespace")"$'\n0::/'* ]]
	run -0 on_terminal ctr task exec --exec-id tty -t alive sh -c 'tty; until stty size 2>&1 | grep 33; do sleep 0.1; done'
	[[ $output == */dev/pts/*'33 77'* ]]
	run -1 ctr_exec alive /none
	echo "$output"
	[[ $output == *'OCI runtime exec failed: '*/none*[Nn]'o such file or directory'* ]]
}

@test "pause: the cgroup is frozen, the status says so, exec is refused; resume" {
	local group
	alive
	group=$(cgroup_of "$(<"$C/alive.pid")")
	ctr task pause alive
	shows "$group/cgroup.events" 'frozen 1'
	ctr task ls >"$C/ls"
	shows "$C/ls" '^alive .*PAUSED'
	run ctr_exec alive true
	echo "$output"
	[ "$status" -ne 0 ]
	[[ $output == *paused* ]]
	ctr task resume alive
	shows "$group/cgroup.events" 'frozen 0'
}

# heard FILE: containerd's events come in there; "ctr events" does not say from when on.
heard() {
	ctr namespaces label k8s.io "heard=$RANDOM"
	shows "$1" /namespaces/update
}

@test "memory.max: a process too large is killed, and containerd has the event" {
	local group events
	alive
	group=$(cgroup_of "$(<"$C/alive.pid")")
	echo 0 >"$group/memory.swap.max"	# ctr has no option for it
	ctr events >"$C/events" 2>&1 &
	events=$!
	within 60 heard "$C/events"
	run -137 ctr_exec alive tail /dev/zero
	shows "$group/memory.events" '^oom_kill 1$'
	within 30 shows "$C/events" '/tasks/oom .*alive'
	kill "$events"
}

# bats test_tags=not:systemd
@test "a user namespace: root inside is nobody of the host's" {
	run -0 ctr_run mapped --rm --uidmap 0:100000:65536 --gidmap 0:100000:65536 -- \
		sh -c 'cat /proc/self/uid_map; id -u; touch /x && stat -c %u /x; grep ^CapEff /proc/self/status'
	echo "$output"
	[[ $output =~ ^\ *0\ +100000\ +65536$'\n'0$'\n'0$'\n'CapEff:.00000000a80425fb$ ]]
}

# bats test_tags=not:systemd
@test "EC-32 containerd is started again: the container lives, and exec works" {
	local pid
	alive
	pid=$(<"$C/alive.pid")
	containerd_stops "$C"
	[ -d "/proc/$pid" ]
	ours_starts
	ctr task ls >"$C/ls"
	shows "$C/ls" "^alive *$pid *RUNNING"
	run -0 ctr_exec alive echo again
	[ "$output" = again ]
}

@test "EC-10 kill, and delete with the status that it ended with: nothing is left" {
	local group pid
	alive
	pid=$(<"$C/alive.pid")
	group=$(cgroup_of "$pid")
	ctr task kill -s TERM alive
	within 30 not_there "/proc/$pid/root/bin"
	run -0 ctr task delete alive
	[[ $output == *'non-zero exit code 5'* ]]
	ctr container delete alive
	nothing_of alive "$group"
}

@test "EC-15 the shim is killed: containerd cleans up by the runtime's delete --force" {
	local group pid
	ctr_run orphan -d --pid-file "$C/orphan.pid" -- sleep 1000
	pid=$(<"$C/orphan.pid")
	group=$(cgroup_of "$pid")
	kill -9 "$(awk '{ print $4 }' "/proc/$pid/stat")"
	within 60 not_there "$group"
	within 60 not_there "/proc/$pid"
	within 60 nothing_of orphan "$group"
	ctr container delete orphan
}

# --- CRI -----------------------------------------------------------------------------------------------------------

cri() { "$BATS_TEST_DIRNAME/cri.py" "$C/socket" "$@"; }

# pod: what kubelet asks for, in the host's network (there is no CNI here); made by the first test that needs it.
pod() {
	local parent=/pods
	[ "$CGROUP_DRIVER" != systemd ] || parent=pods.slice
	POD='{"metadata":{"name":"pod","uid":"1","namespace":"default"},"log_directory":"'$C/logs'",
		"linux":{"cgroup_parent":"'$parent'","security_context":{"namespace_options":{"network":2},"seccomp":{"profile_type":0}}}}'
	[ -s "$C/pod" ] || cri RunPodSandbox '{"config":'"$POD"',"runtime_handler":"ring3"}' | jq -r .pod_sandbox_id >"$C/pod"
	SANDBOX=$(<"$C/pod")
	[ -n "$SANDBOX" ]
}

# cri_create CONFIG: prints the id.
cri_create() {
	cri CreateContainer '{"pod_sandbox_id":"'"$SANDBOX"'","sandbox_config":'"$POD"',"config":{"image":{"image":"'$IMAGE'"},'"$1}}" | jq -r .container_id
}

@test "CRI: a pod by the handler ring3, a container with limits, update, stop, remove" {
	local container group
	pod
	container=$(cri_create '"metadata":{"name":"one"},"command":["sleep","1000"],"log_path":"one.log",
		"linux":{"resources":{"cpu_period":100000,"cpu_quota":20000,"cpu_shares":512,"memory_limit_in_bytes":33554432,"oom_score_adj":500,
				"unified":{"memory.high":"30000000"}},
			"security_context":{"run_as_user":{"value":1000},"readonly_rootfs":1,"no_new_privs":1,"seccomp":{"profile_type":0}}}')
	cri StartContainer '{"container_id":"'"$container"'"}'
	group=$(cgroup_of "$(<"$TASKS/$container/init.pid")")
	case $CGROUP_DRIVER in
	systemd) [[ $group == "/sys/fs/cgroup/pods.slice/cri-containerd-$container.scope"* ]] ;;
	cgroupfs) [ "$group" = "/sys/fs/cgroup/pods/$container" ] ;;
	esac
	[ "$(<"$group/memory.max") $(<"$group/cpu.max")" = '33554432 20000 100000' ]
	[ "$(<"$group/memory.high")" = 29999104 ]	# whole pages

	run -0 cri ExecSync '{"container_id":"'"$container"'","timeout":60,"cmd":["sh","-c","id -u; cat /proc/self/oom_score_adj; grep -E \"^(NoNewPrivs|Seccomp|CapEff):\" /proc/self/status; touch /x; exit 4"]}'
	echo "$output"
	[ "$(jq -r .exit_code <<<"$output")" = 4 ]
	[ "$(jq -r .stdout <<<"$output")" = 1000$'\n500\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2' ]
	[[ $(jq -r .stderr <<<"$output") == *'Read-only file system'* ]]

	cri UpdateContainerResources '{"container_id":"'"$container"'","linux":{"memory_limit_in_bytes":67108864,"cpu_quota":40000,"cpu_period":100000}}'
	[ "$(<"$group/memory.max") $(<"$group/cpu.max")" = '67108864 40000 100000' ]
	cri StopContainer '{"container_id":"'"$container"'","timeout":0}'
	run -0 cri ContainerStatus '{"container_id":"'"$container"'"}'
	[ "$(jq -c '[.status.state, .status.exit_code]' <<<"$output")" = '[2,137]' ]
	nothing_of "$container" "$group"
	cri RemoveContainer '{"container_id":"'"$container"'"}'
}

@test "EC-41 CRI: the runtime's reason is kubelet's, and in the log of containerd; the pod is removed" {
	local container group
	pod
	group=$(cgroup_of "$(<"$TASKS/$SANDBOX/init.pid")")
	container=$(cri_create '"metadata":{"name":"two"},"command":["/none"],"log_path":"two.log"')
	run -1 cri StartContainer '{"container_id":"'"$container"'"}'
	run -0 cri ContainerStatus '{"container_id":"'"$container"'"}'
	echo "$output"
	[ "$(jq -r .status.reason <<<"$output")" = StartError ]
	[[ $(jq -r .status.message <<<"$output") == *'OCI runtime create failed: '*/none*[Nn]'o such file or directory'* ]]
	shows "$C/log" 'level=error msg="StartContainer for .*OCI runtime create failed: .*/none.*[Nn]o such file or directory'
	cri StopPodSandbox '{"pod_sandbox_id":"'"$SANDBOX"'"}'
	nothing_of "$SANDBOX" "$group"
	cri RemovePodSandbox '{"pod_sandbox_id":"'"$SANDBOX"'"}'
}

@test "containerd ends, and no shim stays" {
	within 60 empty "$TASKS"	# it may be cleaning up after a shim, and would not get to the end of that
	within 60 empty "$STATES"
	containerd_stops "$C"
	run -1 pgrep -f "containerd-shim.*-address $C/"
	ours_removed
}
