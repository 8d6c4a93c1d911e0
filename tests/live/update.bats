load helpers

has_controller() { grep -qw "$1" "$CGROUP2/cgroup.controllers"; }
value() { cat "$CGROUP2$CG/$ID/$1"; }
# json TEXT: the same as --resources=- with TEXT on the standard input.
json() { run ring3 update --resources=- "$ID" <<<"$1"; }

@test "EC-40 update without anything to change is silent" {
	up .
	ring3_quiet update "$ID"
	json '{}'
	prints ""
	delete
}

@test "R-33 R-34 update --resources: from standard input and from a file, other values stay" {
	has_controller hugetlb || skip "no hugetlb controller in this host's cgroup v2"
	up .
	[ -e "$CGROUP2$CG/$ID/hugetlb.2MB.max" ] || { delete; skip "hugetlb is not enabled for the container"; }
	json '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	prints ""
	[ "$(value hugetlb.2MB.max)" = 4194304 ]
	[ "$(value hugetlb.2MB.rsvd.max)" = 4194304 ]
	echo '{"unified": {"hugetlb.2MB.max": "2097152"}}' >"$BUNDLE/r.json"
	ring3_quiet update -r "$BUNDLE/r.json" "$ID"
	[ "$(value hugetlb.2MB.max)" = 2097152 ]
	[ "$(value hugetlb.2MB.rsvd.max)" = 4194304 ]
	delete
}

@test "R-40 an update that fails in the middle is taken back" {
	has_controller hugetlb || skip "no hugetlb controller in this host's cgroup v2"
	up .
	[ -e "$CGROUP2$CG/$ID/hugetlb.2MB.max" ] || { delete; skip "hugetlb is not enabled for the container"; }
	json '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	json '{"hugepageLimits": [{"pageSize": "2MB", "limit": 2097152}], "unified": {"cgroup.max.depth": "wrong"}}'
	fails 'unified["cgroup.max.depth"]' "invalid argument"
	[ "$(value hugetlb.2MB.max)" = 4194304 ]
	[ "$(value hugetlb.2MB.rsvd.max)" = 4194304 ]
	delete
}

@test "R-38 update: any file of the cgroup by unified" {
	up .
	json '{"unified": {"cgroup.max.depth": "3", "cgroup.max.descendants": "7"}}'
	prints ""
	[ "$(value cgroup.max.depth) $(value cgroup.max.descendants)" = "3 7" ]
	for wrong in ../cgroup.freeze /x a/b no.such.file; do
		json '{"unified": {"'$wrong'": "1"}}'
		fails unified
	done
	delete
}

# bats test_tags=not:user
@test "R-01 R-06 update: device rules" {
	up .
	into() { run ring3 exec "$ID" sh -c "$1" </dev/null; }
	json '{"devices": [{"allow": false, "access": "rwm"}, {"allow": false, "type": "c", "major": 1, "minor": 3, "access": "w"}]}'
	prints ""
	into 'echo x >/dev/null'
	fails "not permitted"
	into 'echo x >/dev/zero && cat /dev/null'
	ok
	json '{"devices": [{"allow": false, "access": "rwm"}]}'
	prints ""
	into 'echo x >/dev/null'
	ok
	delete
}

@test "R-24 update --pids-limit" {
	has_controller pids || skip "no pids controller in this host's cgroup v2"
	up .
	ring3_quiet update --pids-limit 20 "$ID"
	[ "$(value pids.max)" = 20 ]
	ring3_quiet update --pids-limit -1 "$ID"
	[ "$(value pids.max)" = max ]
	delete
}

@test "R-08 R-10 R-15 update --memory, --memory-swap, --memory-reservation" {
	has_controller memory || skip "no memory controller in this host's cgroup v2"
	up .
	ring3_quiet update --memory 64m --memory-swap 96m --memory-reservation=32m "$ID"
	[ "$(value memory.max) $(value memory.swap.max) $(value memory.low)" = "67108864 33554432 33554432" ]
	ring3_quiet update --memory-swap 80m "$ID"
	[ "$(value memory.max) $(value memory.swap.max)" = "67108864 16777216" ]
	json '{"memory": {"limit": 4096, "checkBeforeUpdate": true}}'
	fails "in use"
	[ "$(value memory.max)" = 67108864 ]
	delete
}

@test "R-16 R-17 R-18 R-19 R-23 update --cpu-quota, --cpu-period, --cpu-burst, --cpu-share, --cpu-idle" {
	has_controller cpu || skip "no cpu controller in this host's cgroup v2"
	up .
	ring3_quiet update --cpu-quota 50000 --cpu-burst 10000 --cpu-share 512 "$ID"
	[ "$(value cpu.max)" = "50000 100000" ]
	ring3_quiet update --cpu-period 20000 "$ID"
	[ "$(value cpu.max)" = "50000 20000" ]
	ring3_quiet update --cpu-quota 5000 --cpu-burst 4000 "$ID"
	[ "$(value cpu.max) $(value cpu.max.burst)" = "5000 20000 4000" ]
	ring3_quiet update --cpu-idle 1 --cpu-share 2 "$ID"
	ring3_quiet update --cpu-idle 0 --cpu-share 1024 "$ID"
	[ "$(value cpu.weight) $(value cpu.idle)" = "100 0" ]
	delete
}

# bats test_tags=processors,not:root
@test "R-21 R-22 update --cpuset-cpus, --cpuset-mems: the program that runs is moved" {
	has_controller cpuset || skip "no cpuset controller in this host's cgroup v2"
	[ "$(nproc)" -ge 2 ] || skip "needs two processors"
	up .
	ring3_quiet update --cpuset-cpus 1 --cpuset-mems 0 "$ID"
	[ "$(value cpuset.cpus) $(value cpuset.mems)" = "1 0" ]
	grep -qx "Cpus_allowed_list:	1" "/proc/$(pid_of)/status"
	try update --cpuset-cpus 100000 "$ID"
	fails cpu.cpus
	[ "$(value cpuset.cpus)" = 1 ]
	ring3_quiet update --cpuset-cpus 0-1 "$ID"
	grep -qx "Cpus_allowed_list:	0-1" "/proc/$(pid_of)/status"
	delete
}

@test "R-25 update --blkio-weight" {
	has_controller io || skip "no io controller in this host's cgroup v2"
	up .
	[ -e "$CGROUP2$CG/$ID/io.bfq.weight" ] || [ -e "$CGROUP2$CG/$ID/io.weight" ] || { delete; skip "needs BFQ or io.weight"; }
	ring3_quiet update --blkio-weight 500 "$ID"
	if [ -e "$CGROUP2$CG/$ID/io.bfq.weight" ]; then
		[[ $(value io.bfq.weight) =~ ^(default )?500$ ]]
	else
		[ "$(value io.weight)" = "default 4950" ]
	fi
	try update --blkio-weight 9 "$ID"
	fails blockIO.weight
	delete
}

# bats test_tags=not:user
@test "R-29 R-40 update --resources: the rate of a disk, taken back when something else fails" {
	has_controller io || skip "no io controller in this host's cgroup v2"
	[ -e /dev/disk/by-id/virtio-disk1 ] || skip "needs a spare disk, virtio-disk1"
	disk=$(lsblk -ndo MAJ:MIN "$(readlink -f /dev/disk/by-id/virtio-disk1)" | tr -d ' ')
	rate() { printf '"blockIO": {"throttleReadBpsDevice": [{"major": %s, "minor": %s, "rate": %s}]}' "${disk%:*}" "${disk#*:}" "$1"; }
	up .
	json "{$(rate 1048576)}"
	prints ""
	[ "$(value io.max)" = "$disk rbps=1048576 wbps=max riops=max wiops=max" ]
	json "{$(rate 2097152), \"unified\": {\"cgroup.max.depth\": \"wrong\"}}"
	fails 'unified["cgroup.max.depth"]'
	[ "$(value io.max)" = "$disk rbps=1048576 wbps=max riops=max wiops=max" ]
	json "{$(rate 0)}"
	prints ""
	[ -z "$(value io.max)" ]
	json "{$(rate 4194304), \"unified\": {\"cgroup.max.depth\": \"wrong\"}}"
	fails 'unified["cgroup.max.depth"]'
	[ -z "$(value io.max)" ]
	delete
}

# Of all controllers, with values that are not the kernel's own; the last write is the one that fails.
everything() {
	local file text
	for file in memory.max memory.low memory.swap.max cpu.max cpu.max.burst cpu.weight cpu.idle cpuset.cpus cpuset.mems pids.max \
		cgroup.max.depth; do
		slurp text "$CGROUP2$CG/$ID/$file"
		echo "$file $text"
	done
}
@test "R-40 an update that fails in the middle is taken back, on every controller" {
	for controller in memory cpu cpuset pids; do
		has_controller $controller || skip "no $controller controller in this host's cgroup v2"
	done
	up .
	json '{"memory": {"limit": 67108864, "swap": 100663296, "reservation": 33554432}, "pids": {"limit": 30},
		"cpu": {"quota": 50000, "period": 100000, "burst": 10000, "shares": 512, "cpus": "0", "mems": "0"}}'
	prints ""
	before=$(everything)
	for change in '"memory": {"limit": 33554432, "swap": 134217728, "reservation": 16777216}' \
		'"cpu": {"quota": 5000, "period": 20000, "burst": 1000, "shares": 2048, "cpus": "0-'$(($(nproc) - 1))'", "mems": "0"}, "pids": {"limit": 40}' \
		'"cpu": {"idle": 1}' '"cpu": {"idle": 1, "shares": 100}'; do
		json "{$change, \"unified\": {\"cgroup.max.depth\": \"wrong\"}}"
		fails 'unified["cgroup.max.depth"]'
		[ "$(everything)" = "$before" ] || { diff <(everything) <(echo "$before"); false; }
	done
	# What would have been written is what is written when nothing fails.
	json '{"cpu": {"idle": 1}, "pids": {"limit": 40}}'
	prints ""
	[ "$(value cpu.idle) $(value pids.max)" = "1 40" ]
	before=$(everything)
	json '{"cpu": {"idle": 0, "shares": 300}, "unified": {"cgroup.max.depth": "wrong"}}'
	fails 'unified["cgroup.max.depth"]'
	[ "$(everything)" = "$before" ] || { diff <(everything) <(echo "$before"); false; }
	delete
}

@test "R-24 update --pids-limit is felt by what runs" {
	has_controller pids || skip "no pids controller in this host's cgroup v2"
	up . sh -c 'exec 2>/dev/null; trap "sleep 100 & sleep 100 & sleep 100 &" USR1; echo ready >/tmp/pidslimit; while :; do sleep 0.1; done'
	ring3_quiet update --pids-limit 2 "$ID"
	within 5000 grep -q ready "$ROOTFS/tmp/pidslimit"
	ring3_quiet kill "$ID" USR1
	within 10000 sh -c "grep -q 'max [1-9]' '$CGROUP2$CG/$ID/pids.events'"
	delete
}

@test "EC-41 update: a limit whose controller is not there is an error that says so" {
	has_controller memory && skip "the memory controller is there"
	up .
	try update --memory 64m "$ID"
	fails memory.limit "memory controller"
	delete
}

@test "R-11 R-20 update: what cgroup v2 cannot do (--kernel-memory, --kernel-memory-tcp, --cpu-rt-runtime, --cpu-rt-period, --l3-cache-schema, --mem-bw-schema), and what is no value" {
	up .
	while read -r options text; do
		# shellcheck disable=SC2086
		try update ${options//,/ } "$ID"
		fails "$text"
	done <<-'END'
		--kernel-memory,5m memory.kernel
		--kernel-memory-tcp,5m memory.kernelTCP
		--cpu-rt-runtime,5 cpu.realtimeRuntime
		--cpu-rt-period,5 cpu.realtimePeriod
		--l3-cache-schema,L3:0=f l3-cache-schema
		--mem-bw-schema,MB:0=5 mem-bw-schema
		--blkio-weight,5 blockIO.weight
		--cpu-period,5 cpu.period
		--memory,x --memory
		--pids-limit,1k --pids-limit
		--memory-swap,5m,--memory,6m memory.swap
	END
	delete
}

@test "EC-44 update: --resources beside other options, bad JSON, stopped and unknown containers" {
	up . true
	try update -r - --pids-limit 5 "$ID"
	fails --resources
	within 3000 is stopped
	try update "$ID"
	fails "container not running"
	json '{"pids": {"limit": "5"}}'
	fails "standard input:1:" pids.limit
	try update -r "$BUNDLE/missing" "$ID"
	fails "$BUNDLE/missing" "no such file or directory"
	ring3_quiet delete "$ID"
	try update "$ID"
	fails "does not exist"
}
