# Bundles that engines write: three from each give the same container under ring3, runc and crun, as its program sees it (report.sh).
# Every difference is in bundles.differences, with its reason.  One cgroup driver will do: what it changes are the cgroup's names.
# bats file_tags=not:cgroupfs
load podman

W=/run/witness
WITNESS=/usr/local/bin/witness
C=/tmp/witness-containerd
D=/tmp/witness-docker
IMAGE=docker.io/library/busybox:test
export CONTAINERD_ADDRESS=$C/socket CONTAINERD_NAMESPACE=k8s.io

setup() {
	[ "${RUNTIME##*/}" = ring3 ] || skip "it runs the others too"
	prepare
	mkdir -p "$W" "$C" "$D"
	cp "$BATS_TEST_DIRNAME/report.sh" "$W/"
	cp "$BATS_TEST_DIRNAME/witness" "$WITNESS"
}

# witnessed NAME COMMAND...
witnessed() {
	rm -rf "$W/$1"-*
	printf 'NAME=%q RUNTIME=%q\n' "$1" "$RUNTIME" >"$W/env"
	"${@:2}" >"$W/$1.log" 2>&1 </dev/null || { cat "$W/$1.log"; return 1; }
	printf 'NAME= RUNTIME=%q\n' "$RUNTIME" >"$W/env"
	alike "$1"
}

# alike NAME: the reports on each bundle of that name.
alike() {
	local bundle other wrong=0
	[ -e "$W/$1-1" ]
	for bundle in "$W/$1"-*/; do
		grep -qx 'status 0' "$bundle/ring3" || { cat "$bundle"/ring3{.err,}; return 1; }
		for other in runc crun; do
			comm -3 <(sort "$bundle/ring3") <(sort "$bundle/$other") | sed "s/^[^\t]/ring3 &/; s/^\t/$other /" | unexplained "$other" || {
				echo "^ ${bundle%/}: ring3 and $other"
				wrong=1
			}
		done
	done
	return $wrong
}

# unexplained RUNTIME: the lines that no pattern of bundles.differences for that runtime matches.
unexplained() {
	not grep -v -E -f <(awk -F'\t' -v other="$1" '/^[^#]/ && $1 ~ other { print $2 }' "$BATS_TEST_DIRNAME/bundles.differences")
}

# --- Podman --------------------------------------------------------------------------------------------------------

podman_run() { podman --cgroup-manager="$DRIVER" --runtime "$WITNESS" run --rm "$@"; }

@test "Podman's bundle gives the same container under ring3, runc and crun" {
	witnessed podman-plain podman_run busybox true
}

@test "Podman's bundle with limits, ids, volumes: the same container" {
	witnessed podman-options podman_run -m 64m --memory-reservation 32m --cpus 0.5 --cpu-shares 512 --pids-limit 40 --cap-add SYS_TIME --cap-drop CHOWN \
		--read-only --tmpfs /mnt:size=1m,mode=700 --ulimit nofile=100:200 --sysctl net.ipv4.ip_unprivileged_port_start=80 --user 1000:1000 --group-add 5 \
		--umask 0077 --oom-score-adj 500 -v "$CONTRIB:/c:ro" --hostname box --device /dev/fuse --env A=b --workdir /tmp \
		--security-opt no-new-privileges --annotation some=thing --shm-size 1m busybox true
}

@test "Podman's bundle with a user namespace and with the host's namespaces: the same container" {
	witnessed podman-userns podman_run --userns=auto:size=2000 --init busybox true
	witnessed podman-host podman_run --privileged --pid host --ipc host --uts host busybox true
}

# --- Buildah -------------------------------------------------------------------------------------------------------

build() { BUILDAH_RUNTIME=$WITNESS buildah --cgroup-manager="$DRIVER" "$@"; }

@test "Buildah's bundles, of run and of a line RUN: the same containers" {
	build rm witness >/dev/null 2>&1 || true
	build from --name witness scratch
	build add -q witness "$ROOT.tar" /
	witnessed buildah-plain build run --isolation oci --network none witness -- true
	witnessed buildah-options build run --isolation oci --network none --user 1000 --workingdir /tmp --env A=b --cap-drop all --hostname box \
		-v "$CONTRIB:/c:ro" --mount type=tmpfs,dst=/var/tmp witness -- true
	mkdir -p "$W/context"
	printf 'FROM localhost/busybox\nUSER 1000\nRUN true\n' >"$W/context/Dockerfile"
	witnessed buildah-build build build --isolation oci --network none --layers=false -m 64m --ulimit nofile=100:200 "$W/context"
	build rm witness
}

# --- containerd ----------------------------------------------------------------------------------------------------

ctr_run() { ctr run --rm --runc-binary "$WITNESS" --runc-systemd-cgroup --cgroup "system.slice:ctr:$1" "${@:2}" "$IMAGE" "$1" true; }
cri() { python3 "$BATS_TEST_DIRNAME/cri.py" "$C/socket" "$@"; }

@test "containerd's bundles, by ctr and by CRI: the same containers" {
	local config=config-2.toml pod sandbox container pause
	[[ $(containerd --version) != *' '1.* ]] || config=config-1.7.toml
	RUNTIME=$WITNESS engine_config "containerd/$config" >"$C/witness.toml"
	containerd_starts "$C" "imports = [\"$C/witness.toml\"]"
	pause=$(containerd -c "$C/config.toml" config dump | sed -n "s/^ *sandbox\(_image\)\? = ['\"]\(.*\)['\"]/\2/p")
	busybox_image "$C/image.tar" "$IMAGE" "$pause"
	ctr images import "$C/image.tar"
	witnessed ctr-plain ctr_run plain
	witnessed ctr-options ctr_run options --user 1000:1000 --cwd /var --env A=b --cap-drop CAP_CHOWN --cap-add CAP_SYS_TIME --read-only --seccomp \
		--memory-limit 33554432 --cpus 0.5 --mount "type=bind,src=$CONTRIB,dst=/mnt,options=rbind:ro"
	pod='{"metadata":{"name":"pod","uid":"1","namespace":"default"},"log_directory":"'$C/logs'",
		"linux":{"cgroup_parent":"pods.slice","security_context":{"namespace_options":{"network":2},"seccomp":{"profile_type":0}}}}'
	witnessed cri-pod cri RunPodSandbox '{"config":'"$pod"',"runtime_handler":"ring3"}'
	sandbox=$(jq -r .pod_sandbox_id "$W/cri-pod.log")
	container=$(cri CreateContainer '{"pod_sandbox_id":"'"$sandbox"'","sandbox_config":'"$pod"',"config":{
		"metadata":{"name":"one"},"image":{"image":"'$IMAGE'"},"command":["sleep","1000"],"log_path":"one.log",
		"linux":{"resources":{"cpu_period":100000,"cpu_quota":20000,"cpu_shares":512,"memory_limit_in_bytes":33554432,"oom_score_adj":500},
			"security_context":{"run_as_user":{"value":1000},"readonly_rootfs":1,"no_new_privs":1,"seccomp":{"profile_type":0}}}}}' | jq -r .container_id)
	witnessed cri-container cri StartContainer '{"container_id":"'"$container"'"}'
	cri StopPodSandbox '{"pod_sandbox_id":"'"$sandbox"'"}'
	cri RemovePodSandbox '{"pod_sandbox_id":"'"$sandbox"'"}'
}

# --- Docker --------------------------------------------------------------------------------------------------------

client() { DOCKER_HOST=unix://$D/socket DOCKER_CONFIG=$D/client docker "$@"; }
docker_run() { client run --rm --runtime ring3 "$@"; }

@test "Docker's bundles: plain, with limits, privileged: the same containers" {
	[ -S "$C/socket" ]	# of the test before
	RUNTIME=$WITNESS engine_config docker/daemon.json >"$D/daemon.json"
	setsid dockerd --config-file "$D/daemon.json" --host "unix://$D/socket" --data-root "$D/data" --exec-root "$D/exec" --pidfile "$D/pid" \
		--containerd "$C/socket" --exec-opt native.cgroupdriver=systemd --bridge=none --iptables=false --ip6tables=false \
		>>"$D/log" 2>&1 </dev/null 3>&- 4>&- &
	within 200 test -S "$D/socket"
	busybox_image "$D/image.tar" busybox:test
	client load -q -i "$D/image.tar"
	witnessed docker-plain docker_run busybox:test true
	witnessed docker-options docker_run -m 64m --memory-swap 80m --cpus 0.5 --cpu-shares 512 --pids-limit 40 --cap-add SYS_TIME --cap-drop CHOWN --read-only \
		--tmpfs /var/tmp:size=1m --ulimit nofile=100:200 --sysctl net.ipv4.ip_unprivileged_port_start=80 --user 1000:1000 --group-add 5 \
		--oom-score-adj 500 -v "$CONTRIB:/c:ro" --hostname box --device /dev/fuse --env A=b --workdir /tmp --security-opt no-new-privileges \
		--shm-size 1m --init busybox:test true
	witnessed docker-privileged docker_run --privileged --pid host --ipc host busybox:test true
}

@test "the daemons end, and leave nothing" {
	daemon_stops "$D/pid"
	containerd_removed "$C" /run/containerd/runc/k8s.io
	findmnt -rno TARGET | grep "^$D/" | sort -r | xargs -r umount -l
	rm -rf "$D"
	[ -z "$(ls -d /sys/fs/cgroup/system.slice/*twin* 2>&1 | grep -v 'No such file')" ]
}
