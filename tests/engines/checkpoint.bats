# Podman's and containerd's checkpoint and restore, which CRIU does for the runtime.
load podman

KEY=checkpoint-$NAME-$DRIVER
SHARED_DIR=/var/tmp/engines-checkpoint-$DRIVER
C=/tmp/containerd-checkpoint
COUNTS='i=0; while :; do i=$((i + 1)); echo $i >/dev/shm/n; sleep 0.2; done'

teardown() {
	local log
	[ -n "$BATS_TEST_COMPLETED" ] || {
		for log in "$(pod inspect -f '{{.StaticDir}}' "$KEY" 2>/dev/null)" "$(pod inspect -f '{{.StaticDir}}' "$KEY-other" 2>/dev/null)"; do
			[ ! -d "$log" ] || grep -h Error "$log"/*.log "$log"/*/*.log 2>/dev/null | tail -n 5
		done
		pod rm -f -t 0 "$KEY" "$KEY-other" >/dev/null 2>&1 || :
	}
}

number_of() { N=$(<"/proc/$(pid_of "$1")/root/dev/shm/n"); }
counted() { number_of "$1" 2>/dev/null && [ "${N:-0}" -gt "${2:-0}" ]; }
# It runs, and counts on from N.
goes_on() {
	[ "$(pod inspect -f '{{.State.Status}}' "$1")" = running ]
	counted "$1" $((N - 1))
	within 60 counted "$1" "$N"
}
# counts [OPTION...]
counts() {
	pod run -d --replace --name "$KEY" "$@" localhost/busybox sh -c "$COUNTS"
	within 60 counted "$KEY" 3
}

@test "podman container checkpoint and restore, of a container with a terminal and --leave-running first: the program goes on where it was" {
	counts -t
	pod container checkpoint --leave-running "$KEY"
	goes_on "$KEY"
	pod container checkpoint "$KEY"
	[ "$(pod inspect -f '{{.State.Checkpointed}} {{.State.Status}}' "$KEY")" = "true exited" ]
	pod container restore "$KEY"
	goes_on "$KEY"
	pod rm -f -t 0 "$KEY"
}

@test "podman container checkpoint --pre-checkpoint and --with-previous, --export and restore --import under another name" {
	rm -rf "$SHARED_DIR" && mkdir -p "$SHARED_DIR"
	counts -v "$SHARED_DIR:/data:rw" --tmpfs /scratch
	pod container checkpoint --pre-checkpoint "$KEY"
	pod container checkpoint --with-previous "$KEY"
	pod container restore "$KEY"
	goes_on "$KEY"
	pod container checkpoint --export "$SHARED_DIR/export.tar.gz" --compress gzip "$KEY"
	pod rm -f -t 0 "$KEY"
	pod container restore --import "$SHARED_DIR/export.tar.gz" --name "$KEY-other"
	goes_on "$KEY-other"
	pod exec "$KEY-other" test -e /data/export.tar.gz
	pod rm -f -t 0 "$KEY-other"
	rm -r "$SHARED_DIR"
}

@test "ctr containers checkpoint and restore --live" {
	local driver=()
	[ "$DRIVER" = cgroupfs ] || driver=(--runc-systemd-cgroup --cgroup "system.slice:ctr:$KEY")
	export CONTAINERD_ADDRESS=$C/socket CONTAINERD_NAMESPACE=test
	[ ! -e "$C" ] || containerd_removed "$C" /run/containerd/runc/test
	mkdir -p "$C"
	containerd_starts "$C" ""
	busybox_image "$C/image.tar" docker.io/library/busybox:test
	ctr images import "$C/image.tar"
	ctr run -d --pid-file "$C/pid.1" --runc-binary "$(type -P "$NAME")" "${driver[@]}" docker.io/library/busybox:test "$KEY" sh -c "$COUNTS"
	pid_of() { ctr tasks ls | awk -v n="$1" '$1 == n { print $2 }'; }
	within 60 counted "$KEY" 3
	ctr containers checkpoint --rw --task "$KEY" "localhost/$KEY:latest"
	ctr tasks kill -s KILL "$KEY"
	within 30 ctr tasks rm "$KEY"
	ctr containers rm "$KEY"
	ctr containers restore --rw --live "$KEY" "localhost/$KEY:latest"
	counted "$KEY" $((N - 1))
	within 60 counted "$KEY" "$N"
	[ "$DRIVER" = cgroupfs ] || [[ $(cgroup_of "$(pid_of "$KEY")") == /sys/fs/cgroup/system.slice/ctr-*.scope* ]]
	ctr tasks kill -s KILL "$KEY"
	within 30 ctr tasks rm "$KEY"
	ctr containers rm "$KEY"
	containerd_removed "$C" /run/containerd/runc/test
}
