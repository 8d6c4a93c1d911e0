# Podman and cgroups: limits, where a container's cgroup is, and what happens at a limit.  With both drivers.
load podman

# limits FILE...: of the cgroup that the program is in.
limits() {
	local file directory
	directory=$(cgroup_of "$PID")
	for file; do
		printf '%s ' "$(<"$directory/$file")"
	done
}

@test "run: memory, swap, processor, cpuset and pids are limits of the kernel; update changes them" {
	local last=$(($(nproc) - 1))
	pod run -d --replace --name "limits-$KEY" --pidfile "$SHARED/limits.pid" --memory 64m --memory-reservation 32m --memory-swap 96m --cpus 0.5 \
		--cpuset-cpus $last --pids-limit 33 busybox sleep 1000
	PID=$(<"$SHARED/limits.pid")
	[ "$(limits memory.max memory.low memory.swap.max cpu.max cpuset.cpus pids.max)" = "67108864 33554432 33554432 50000 100000 $last 33 " ]
	grep -q $'^Cpus_allowed_list:\t'$last'$' "/proc/$PID/status"
	pod update --memory 80m --memory-swap 100m --cpus 0.75 --cpuset-cpus 0 --pids-limit 44 "limits-$KEY"
	[ "$(limits memory.max memory.swap.max cpu.max cpuset.cpus pids.max)" = "83886080 20971520 75000 100000 0 44 " ]
	# Inside the limit is felt, and the cgroup's files can be read but not written.
	run pod exec "limits-$KEY" sh -c 'cat /sys/fs/cgroup/cgroup.controllers; echo 1 >/sys/fs/cgroup/cgroup.freeze'
	has memory "Read-only file system"
	run pod exec "limits-$KEY" sh -c 'i=0; while [ $i -lt 60 ]; do sleep 1000 & i=$((i + 1)); done'
	has "can't fork"
	within 60 pod rm -f -t 0 "limits-$KEY"
}

@test "OOM: the exit code is 137, and Podman says OOMKilled" {
	pod run -d --replace --name "oom-$KEY" --memory 16m --memory-swap 16m busybox tail /dev/zero
	run pod wait "oom-$KEY"
	prints 137
	run pod inspect -f '{{.State.OOMKilled}}' "oom-$KEY"
	prints true
	pod rm "oom-$KEY"
}

@test "--cgroup-parent: the container's cgroup is below it" {
	local parent=/engines_podman
	[ "$DRIVER" = cgroupfs ] || parent=engines_podman.slice
	run pod run --rm --cgroup-parent "$parent" --cgroupns host busybox cat /proc/self/cgroup
	exits 0
	has "0::/${parent#/}/libpod-"
	rmdir /sys/fs/cgroup/engines_podman 2>/dev/null || true	# Podman leaves the one it made
}

@test "pod: its containers are below its cgroup, and its limit is theirs" {
	pod pod create --replace --name "pod-$KEY" --share net,ipc,uts,pid --hostname shared --memory 64m
	pod run -d --pod "pod-$KEY" --name "pod-a-$KEY" --pidfile "$SHARED/pod.pid" busybox sleep 1000
	PID=$(<"$SHARED/pod.pid")
	run pod pod inspect -f '{{.ID}} {{.CgroupPath}}' "pod-$KEY"
	[[ $(cgroup_of "$PID") == /sys/fs/cgroup*/*"${output%% *}"*/libpod-* ]]
	[ "$(<"/sys/fs/cgroup/${output#* }/memory.max")" = 67108864 ]
	run pod run --rm --pod "pod-$KEY" busybox sh -c 'for n in net ipc uts pid; do readlink /proc/self/ns/$n; done; hostname; ps'
	exits 0
	has "$(readlink /proc/"$PID"/ns/{net,ipc,uts,pid})" shared "sleep 1000"
	within 60 pod pod rm -f -t 0 "pod-$KEY"
	dead "$PID"
}

# The same with both drivers: Podman leaves them out.
# bats test_tags=not:systemd
@test "--cgroups=disabled: no cgroup is made, and the container can be stopped all the same" {
	[ "$NAME" != runc ] || skip "Podman does not let runc do that"
	pod run -d --replace --name "none-$KEY" --pidfile "$SHARED/none.pid" --cgroups=disabled busybox sh -c 'trap "exit 3" TERM; while :; do sleep 1 & wait $!; done'
	PID=$(<"$SHARED/none.pid")
	[ "$(cgroup_of "$PID")" = "$(cgroup_of self)" ]
	pod stop -t 60 "none-$KEY"
	run pod wait "none-$KEY"
	prints 3
	pod rm "none-$KEY"
}

# Without a cgroup namespace runc and crun show the whole tree at /sys/fs/cgroup, ring3 the container's part of it.
# bats test_tags=not:cgroupfs
@test "--cgroups=split: in a service, the container is below its cgroup" {
	run systemd-run --quiet --wait --pipe --collect -p Delegate=yes --unit "split-$KEY" \
		podman --cgroup-manager="$DRIVER" --runtime "$NAME" run --rm --cgroups=split --cgroupns host --memory 32m busybox \
		sh -c 'read -r own </proc/self/cgroup; echo "$own"; cat "/sys/fs/cgroup${own#0::}/memory.max" || cat /sys/fs/cgroup/memory.max'
	exits 0
	has "0::/system.slice/split-$KEY.service/libpod-payload-" 33554432
}

# bats test_tags=not:cgroupfs
@test "--annotation org.systemd.property: the user's and Podman's own, of --stop-timeout, are properties of the scope" {
	pod run -d --replace --name "property-$KEY" --pidfile "$SHARED/property.pid" --stop-timeout 77 \
		--annotation org.systemd.property.SendSIGHUP=true busybox sleep 1000
	PID=$(<"$SHARED/property.pid")
	directory=$(cgroup_of "$PID")
	directory=${directory%/container}
	run systemctl show -p SendSIGHUP -p TimeoutStopUSec "${directory##*/}"
	has "TimeoutStopUSec=1min 17s" "SendSIGHUP=yes"
	within 60 pod rm -f -t 0 "property-$KEY"
	[ "$(systemctl show -p LoadState --value "${directory##*/}")" = not-found ]
}
