# The machine is what the tests take it for: one cgroup hierarchy, systemd, swap, huge pages, disks to throttle, a user.

bats_require_minimum_version 1.5.0
CGROUP=/sys/fs/cgroup

# as_user SCRIPT: in a service of the user's systemd, as the live tests run.
as_user() {
	setpriv --reuid=user --regid=user --init-groups env -i HOME=/home/user PATH="$PATH" XDG_RUNTIME_DIR=/run/user/1000 \
		systemd-run --user --quiet --wait --collect --pipe --expand-environment=no -p Delegate=yes -p DelegateSubgroup=tests \
		bash -ec "$1" 3>&-
}

@test "cgroup2 is the only hierarchy" {
	run -0 awk '{ for (i = 7; $i != "-"; i++); if ($(i + 1) ~ /^cgroup/) print $5, $(i + 1) }' /proc/self/mountinfo
	[ "$output" = "$CGROUP cgroup2" ]
}

@test "cpu, cpuset, io, memory, hugetlb, pids and rdma are controllers of it" {
	for controller in cpu cpuset io memory hugetlb pids rdma; do
		grep -qw $controller $CGROUP/cgroup.controllers || { cat $CGROUP/cgroup.controllers; false; }
	done
}

@test "systemd is process 1 and the system is up" {
	[ "$(cat /proc/1/comm)" = systemd ]
	run systemctl is-system-running
	[ "$output" = running ] || [ "$output" = starting ] || { systemctl --failed; false; }
}

@test "there is swap" {
	[ "$(awk '/^SwapTotal/ { print $2 }' /proc/meminfo)" -gt 500000 ]
}

@test "there are 16 free huge pages" {
	[ "$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages)" -eq 16 ]
}

@test "a memory limit with swap accounting" {
	mkdir $CGROUP/smoke
	echo 64M >$CGROUP/smoke/memory.max
	echo 32M >$CGROUP/smoke/memory.swap.max
	run cat $CGROUP/smoke/memory.max $CGROUP/smoke/memory.swap.max
	rmdir $CGROUP/smoke
	[ "$output" = "67108864
33554432" ]
}

@test "two disks for limits on I/O" {
	for disk in disk1 disk2; do
		[ "$(blockdev --getsize64 /dev/disk/by-id/virtio-$disk)" -eq $((256 << 20)) ]
	done
}

@test "writing to a disk is slowed by io.max" {
	device=$(lsblk -ndo MAJ:MIN /dev/disk/by-id/virtio-disk1 | tr -d ' ')
	mkdir $CGROUP/smoke
	echo "$device wbps=1048576" >$CGROUP/smoke/io.max
	start=$(date +%s%N)
	sh -c "echo \$\$ >$CGROUP/smoke/cgroup.procs && exec dd if=/dev/zero of=/dev/disk/by-id/virtio-disk1 bs=256k count=12 oflag=direct" 3>&-
	took=$((($(date +%s%N) - start) / 1000000))
	rmdir $CGROUP/smoke
	[ $took -gt 2000 ] || { echo "$took ms"; false; }
}

@test "the user has subordinate ids" {
	grep -q '^user:[0-9]*:65536$' /etc/subuid
	grep -q '^user:[0-9]*:65536$' /etc/subgid
}

@test "the user's systemd runs without a login, with every controller delegated" {
	run -0 as_user 'cat /sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/cgroup.controllers'
	for controller in cpu cpuset io memory pids; do
		[[ " $output " == *" $controller "* ]] || { echo "$output"; false; }
	done
}

@test "the user makes a cgroup with limits beside the tests" {
	run -0 as_user '
		own=/sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)
		[ "${own##*/}" = tests ]
		cd "${own%/tests}"
		echo "+cpu +cpuset +io +memory +pids" >cgroup.subtree_control
		mkdir beside
		echo 32M >beside/memory.max
		echo 5 >beside/pids.max
		cat beside/memory.max beside/pids.max
		rmdir beside'
	[ "$output" = "33554432
5" ]
}

@test "the user maps subordinate ids" {
	run -0 as_user 'unshare --user --map-auto cat /proc/self/uid_map'
	[ "$(echo $output)" = "0 100000 65536" ]
}

@test "other runtimes and the engines are here" {
	for program in crun runc podman buildah containerd ctr dockerd docker; do
		run -0 $program --version
		echo "# ${lines[0]}" >&3
	done
}

@test "crun runs a container with a memory limit" {
	mkdir -p "$BATS_TEST_TMPDIR/rootfs/"{bin,proc,sys,dev}
	cp /bin/busybox "$BATS_TEST_TMPDIR/rootfs/bin/sh"
	cd "$BATS_TEST_TMPDIR"
	crun spec
	jq '.process.terminal = false | .process.args = ["sh", "-c", "read line </sys/fs/cgroup/memory.max; echo $line"]
		| .linux.resources.memory.limit = 33554432' config.json >new.json
	mv new.json config.json
	run -0 crun run smoke 3>&-
	[ "$output" = 33554432 ]
}

@test "the runtime under test says its version" {
	run -0 "$RUNTIME" --version
	echo "# ${lines[0]}" >&3
}
