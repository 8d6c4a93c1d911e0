# Podman's and containerd's checkpoint and restore, which CRIU does for the runtime.
load helpers

NAME=${RUNTIME##*/}
DRIVER=${CGROUP_DRIVER:-cgroupfs}
KEY=checkpoint-$NAME-$DRIVER
SHARED=/var/tmp/engines-checkpoint
COUNTS='i=0; while :; do i=$((i + 1)); echo $i >/dev/shm/n; sleep 0.2; done'

pod() { podman --cgroup-manager="$DRIVER" --runtime "$RUNTIME" "$@"; }
counted() { N=$(pod exec "$1" cat /dev/shm/n 2>/dev/null) && [ "${N:-0}" -gt "${2:-0}" ]; }
# It runs, and counts on from N.
goes_on() {
	local before=$N
	[ "$(pod inspect -f '{{.State.Status}}' "$1")" = running ]
	within 60 counted "$1" "$before"
	[ "$N" -lt $((before + 300)) ]
}
counts() {
	pod run -d --replace --network none --log-driver k8s-file --name "$@" localhost/checkpoint sh -c "$COUNTS"
	within 60 counted "$1" 3
}

setup_file() {
	mkdir -p "$SHARED"
	busybox_root "$SHARED/root"
	tar -C "$SHARED/root" -cf "$SHARED/root.tar" .
	podman image exists localhost/checkpoint || podman import -q -c 'CMD ["/bin/sh"]' "$SHARED/root.tar" localhost/checkpoint
}
teardown_file() { pod rm -f -t 0 "$KEY" "$KEY-other" >/dev/null 2>&1 || :; }

@test "podman container checkpoint and restore: the program goes on where it was" {
	counts "$KEY"
	pod container checkpoint "$KEY"
	[ "$(pod inspect -f '{{.State.Checkpointed}} {{.State.Status}}' "$KEY")" = "true exited" ]
	pod container restore "$KEY"
	goes_on "$KEY"
	pod rm -f -t 0 "$KEY"
}

@test "podman container checkpoint --leave-running" {
	counts "$KEY"
	pod container checkpoint --leave-running "$KEY"
	goes_on "$KEY"
	pod rm -f -t 0 "$KEY"
}

@test "podman container checkpoint --export and restore --import under another name" {
	counts "$KEY"
	rm -f "$SHARED/export.tar.gz"
	pod container checkpoint --export "$SHARED/export.tar.gz" --compress gzip "$KEY"
	pod rm -f -t 0 "$KEY"
	pod container restore --import "$SHARED/export.tar.gz" --name "$KEY-other"
	goes_on "$KEY-other"
	pod rm -f -t 0 "$KEY-other"
}

@test "podman container checkpoint with pre-dump" {
	counts "$KEY"
	pod container checkpoint --pre-checkpoint "$KEY"
	pod container checkpoint --with-previous "$KEY"
	pod container restore "$KEY"
	goes_on "$KEY"
	pod rm -f -t 0 "$KEY"
}

@test "podman container checkpoint of a container with a terminal" {
	pod run -d -t --replace --network none --log-driver k8s-file --name "$KEY" localhost/checkpoint sh -c "$COUNTS"
	within 60 counted "$KEY" 3
	pod container checkpoint "$KEY"
	pod container restore "$KEY"
	goes_on "$KEY"
	pod rm -f -t 0 "$KEY"
}

@test "ctr tasks checkpoint, and run with it" {
	command -v ctr >/dev/null || skip "needs containerd"
	local options=()
	systemctl start containerd 2>/dev/null || :
	ctr version >/dev/null 2>&1 || skip "needs a running containerd"
	[ "$DRIVER" = cgroupfs ] || options=(--runc-systemd-cgroup)
	ctr images import --base-name localhost/ctr "$SHARED/image.tar" >/dev/null 2>&1 || {
		podman save -q --format oci-archive -o "$SHARED/image.tar" localhost/checkpoint
		ctr images import "$SHARED/image.tar" >/dev/null
	}
	ctr run -d --runc-binary "$RUNTIME" "${options[@]}" localhost/checkpoint:latest "$KEY" sh -c "$COUNTS"
	sleep 3
	ctr containers checkpoint --rw --task "$KEY" "localhost/$KEY:latest"
	ctr tasks kill -s KILL "$KEY"
	within 30 ctr containers rm "$KEY"
	ctr containers restore --live "$KEY-other" "localhost/$KEY:latest"
	ctr tasks ls | grep -q "$KEY-other.*RUNNING"
	ctr tasks kill -s KILL "$KEY-other"
	within 30 ctr containers rm "$KEY-other"
}
