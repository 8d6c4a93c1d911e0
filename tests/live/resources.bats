load helpers
# linux.resources: every limit is read back from the kernel, and felt by the container.

GROUP() { echo "$CGROUP2$CG/$ID"; }
value() { cat "$(GROUP)/$1"; }
event() { awk -v name="$2" '$1 == name { print $2 }' "$(GROUP)/$1"; }

needs() {
	local controller
	for controller in "$@"; do
		grep -qw "$controller" "$CGROUP2$CG_PARENT/cgroup.controllers" || skip "needs the $controller controller on cgroup v2"
	done
}
needs_root() { [ $EUID -eq 0 ] || skip "needs root"; }
needs_swap() { [ "$(awk '/^SwapTotal/ { print $2 }' /proc/meminfo)" -gt 100000 ] || skip "needs swap"; }
needs_huge_pages() { [ "$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages)" -ge 4 ] || skip "needs four free huge pages of 2 MB"; }
needs_amd64() { [ "$(uname -m)" = x86_64 ] || skip "needs x86_64"; }

# DISK and its NUMBER: one that may be overwritten.
needs_disk() {
	needs_root
	[ -e /dev/disk/by-id/virtio-disk1 ] || skip "needs a spare disk, virtio-disk1"
	DISK=$(readlink -f /dev/disk/by-id/virtio-disk1)
	NUMBER=$(lsblk -ndo MAJ:MIN "$DISK" | tr -d ' ')
	chmod 666 "$DISK"
	WITH_DISK=".linux.devices += [{path: \"$DISK\", type: \"b\", major: ${NUMBER%:*}, minor: ${NUMBER#*:}, fileMode: 438}]
		| .linux.resources.devices += [{allow: true, type: \"b\", major: ${NUMBER%:*}, minor: ${NUMBER#*:}, access: \"rwm\"}]"
}
scheduler_of() { sed 's/.*\[\(.*\)\].*/\1/' "/sys/block/${DISK##*/}/queue/scheduler"; }

resources() { printf '.linux.resources = %s' "$1"; }

# becomes RESOURCES FILE=VALUE...: a container with these resources has these values in its cgroup's files.
becomes() {
	local pair
	create "$(resources "$1")" sleep 1000
	shift
	for pair in "$@"; do
		[ "$(value "${pair%%=*}")" = "${pair#*=}" ] || { echo "${pair%%=*} is $(value "${pair%%=*}"), not ${pair#*=}"; return 1; }
	done
	delete
}

# ends RESOURCES SCRIPT: runs it to its end and leaves the stopped container.
ends() {
	up "$(resources "$1")" sh -c "$2"
	within 20000 is stopped
}

MiB=$((1 << 20))

# --- memory --------------------------------------------------------------------------------------------------------

@test "R-08 memory.limit: the OOM killer kills who takes more" {
	needs memory
	ends "{memory: {limit: $((16 * MiB)), swap: $((16 * MiB))}}" 'dd if=/dev/zero of=/dev/null bs=32M count=1'
	[ "$(value memory.max)" = $((16 * MiB)) ]
	[ "$(event memory.events oom_kill)" -ge 1 ]
	[ "$(value memory.peak)" -le $((16 * MiB)) ]
	delete
}

@test "R-08 memory.limit: who stays below it lives" {
	needs memory
	ends "{memory: {limit: $((64 * MiB)), swap: $((64 * MiB))}}" 'dd if=/dev/zero of=/dev/null bs=32M count=1'
	[ "$(event memory.events oom_kill)" -eq 0 ]
	delete
}

@test "R-08 a limit that is too low for the program is an error that says so" {
	needs memory
	refused '.linux.resources.memory = {limit: 4096, swap: 4096}' "by the OOM killer, the cgroup's memory limit is too small"
}

@test "R-08 true runs in 512 KiB" {
	needs memory
	bundle '.linux.resources.memory = {limit: 524288, swap: 524288} | .process.args = ["/bin/probe", "umask"]'
	run ring3 run -b "$BUNDLE" "$ID" </dev/null
	ok
}

@test "R-08 R-09 R-10 what engines write for no limit" {
	needs memory pids cpu
	becomes '{memory: {limit: -1, reservation: -1, swap: -1}, pids: {limit: -1}, cpu: {shares: 0, quota: -1}}' \
		memory.max=max memory.swap.max=max pids.max=max cpu.weight=100 "cpu.max=max 100000"
	becomes '{memory: {limit: 0, reservation: 0, swap: 0}, cpu: {shares: 0, quota: 0, period: 0}}' memory.max=max memory.low=0
}

@test "R-09 memory.reservation is memory.low" {
	needs memory
	becomes "{memory: {limit: $((32 * MiB)), reservation: $((8 * MiB))}}" memory.low=$((8 * MiB))
}

@test "R-10 memory.swap counts memory too: what is left is memory.swap.max" {
	needs memory
	needs_swap
	becomes "{memory: {limit: $((16 * MiB)), swap: $((16 * MiB))}}" memory.swap.max=0
	becomes "{memory: {limit: $((16 * MiB)), swap: -1}}" memory.swap.max=max
	ends "{memory: {limit: $((16 * MiB)), swap: $((64 * MiB))}}" 'dd if=/dev/zero of=/dev/null bs=32M count=1'
	[ "$(value memory.swap.max)" = $((48 * MiB)) ]
	[ "$(event memory.events oom_kill)" -eq 0 ]
	[ "$(event memory.events max)" -ge 1 ]
	delete
}

@test "R-08 memory and pids limits bind when the set-up is done, not before" {
	needs memory pids
	cat >"$BUNDLE/hook" <<-END
	#!/bin/sh
	dd if=/dev/zero of=/dev/null bs=24M count=1 2>/dev/null && echo done >$BUNDLE/hooked
	END
	chmod 755 "$BUNDLE/hook"
	create "$(resources "{memory: {limit: $((8 * MiB)), swap: $((8 * MiB))}, pids: {limit: 1}}")
		| .hooks.createContainer = [{path: \"$BUNDLE/hook\", env: [\"PATH=$PATH\"]}]" sleep 1000
	[ "$(cat "$BUNDLE/hooked")" = done ]
	[ "$(value pids.max)" = 1 ]
	[ "$(value memory.max)" = $((8 * MiB)) ]
	delete
}

# --- cpu -----------------------------------------------------------------------------------------------------------

@test "R-16 cpu.shares is cpu.weight" {
	needs cpu
	becomes '{cpu: {shares: 1024}}' cpu.weight=100
	becomes '{cpu: {shares: 1000000}}' cpu.weight=10000
}

# used ID...: microseconds of each on the processor, now.
used() { for ID; do event cpu.stat usage_usec; done; }

@test "R-16 R-21 of two containers on one processor the heavier gets more" {
	needs cpu cpuset
	local light=$ID heavy=$ID-heavy before after
	up "$(resources '{cpu: {shares: 2, cpus: "0"}}')" sh -c 'while :; do :; done'
	ID=$heavy
	up "$(resources '{cpu: {shares: 10240, cpus: "0"}}')" sh -c 'while :; do :; done'
	before=($(used $light $heavy))
	sleep 2
	after=($(used $light $heavy))
	for ID in $heavy $light; do delete; done
	light=$((after[0] - before[0])) heavy=$((after[1] - before[1]))
	[ $heavy -gt $((light * 4)) ] || { echo "heavy $heavy, light $light"; false; }
}

@test "R-17 R-18 cpu.quota and period: the container is throttled" {
	needs cpu
	up "$(resources '{cpu: {quota: 5000, period: 50000}}')" sh -c 'while :; do :; done'
	[ "$(value cpu.max)" = "5000 50000" ]
	sleep 1
	local throttled=$(event cpu.stat throttled_usec)
	sleep 1
	[ "$throttled" -gt 0 ]
	[ "$(event cpu.stat throttled_usec)" -gt "$throttled" ]
	delete
	becomes '{cpu: {quota: 50000}}' "cpu.max=50000 100000"
	becomes '{cpu: {period: 50000}}' "cpu.max=max 50000"
	refused '.linux.resources.cpu.quota = 1' "cpu.quota" "cpu.max = 1" "invalid argument"
}

@test "R-19 cpu.burst is cpu.max.burst" {
	needs cpu
	becomes '{cpu: {quota: 50000, period: 100000, burst: 20000}}' cpu.max.burst=20000
	refused '.linux.resources.cpu = {quota: 1000, burst: 2000}' "cpu.burst"
}

# bats test_tags=processors
@test "R-21 R-22 cpus and mems: the program sees no others" {
	needs cpuset
	bundle '.linux.resources.cpu = {cpus: "0", mems: "0"}' sh -c 'grep -E "^(Cpus|Mems)_allowed_list" /proc/self/status | cut -f2'
	run ring3 run -b "$BUNDLE" "$ID" </dev/null
	prints "0
0"
	becomes '{cpu: {cpus: "0", mems: "0"}}' cpuset.cpus=0 cpuset.mems=0
	refused '.linux.resources.cpu.cpus = "100000"' "cpu.cpus" "the cpuset controller does not take"
	refused '.linux.resources.cpu.cpus = "one"' "cpu.cpus" "the cpuset controller does not take"
}

@test "R-23 cpu.idle, with a weight as well" {
	needs cpu
	becomes '{cpu: {idle: 1, shares: 512}}' cpu.idle=1
	becomes '{cpu: {idle: 0, shares: 512}}' cpu.idle=0 cpu.weight=59
}

# --- pids ----------------------------------------------------------------------------------------------------------

@test "R-24 pids.limit: fork fails at it" {
	needs pids
	up "$(resources '{pids: {limit: 3}}')" sh -c 'exec 2>/dev/null; for i in 1 2 3 4 5; do sleep 1000 & done; sleep 1000'
	within 5000 test "$(event pids.events max)" -ge 1 || sleep 1
	[ "$(value pids.max)" = 3 ]
	[ "$(value pids.current)" -le 3 ]
	[ "$(event pids.events max)" -ge 1 ]
	delete
}

@test "R-24 pids.limit 0 is a limit: the program runs, and forks nothing" {
	needs pids
	create "$(resources '{pids: {limit: 0}}')" sleep 1000
	[ "$(value pids.max)" = 0 ]
	delete
	inside "$(resources '{pids: {limit: 0}}')" 'echo begun; /bin/true; /bin/true'
	has begun "can't fork"
}

# --- block I/O -----------------------------------------------------------------------------------------------------

@test "R-25 blockIO.weight" {
	needs io
	create "$(resources '{blockIO: {weight: 500}}')" sleep 1000 || { has_no_weight && skip "needs BFQ or io.weight"; false; }
	if [ -e "$(GROUP)/io.bfq.weight" ]; then
		[ "$(value io.bfq.weight)" = "default 500" ] || [ "$(value io.bfq.weight)" = 500 ]
	else
		[ "$(value io.weight)" = "default 4950" ]
	fi
	delete
	refused '.linux.resources.blockIO.weight = 9' "blockIO.weight"
	refused '.linux.resources.blockIO.weight = 1001' "blockIO.weight"
}
has_no_weight() { grep -q "has no file io.bfq.weight" "$BUNDLE/stderr"; }

# bats test_tags=not:user
@test "R-27 blockIO.weightDevice" {
	needs io
	needs_disk
	grep -qw bfq "/sys/block/${DISK##*/}/queue/scheduler" || skip "needs the BFQ scheduler"
	local before=$(scheduler_of)
	echo bfq >"/sys/block/${DISK##*/}/queue/scheduler"
	create "$(resources "{blockIO: {weightDevice: [{major: ${NUMBER%:*}, minor: ${NUMBER#*:}, weight: 300}]}}")" sleep 1000
	value io.bfq.weight | grep -qx "$NUMBER 300"
	delete
	echo "$before" >"/sys/block/${DISK##*/}/queue/scheduler"
	refused '.linux.resources.blockIO.weightDevice = [{major: 8, minor: 0}]' "weightDevice[0]"
}

# throttled MEMBER RATE KEY DD-ARGUMENTS: io.max says it, and dd takes at least 1.5 s for what takes 2 or more.  Past the page
# cache: its writes are charged to whoever touched the disk first.
throttled() {
	local start took log=$ROOTFS/tmp/dd-$COOKIE
	create "$WITH_DISK | .linux.resources.blockIO.$1 = [{major: ${NUMBER%:*}, minor: ${NUMBER#*:}, rate: $2}]" \
		sh -c "dd $4 2>/tmp/dd-$COOKIE || echo failed >>/tmp/dd-$COOKIE"
	[[ $(value io.max) == "$NUMBER "*"$3=$2"* ]]
	start=$(date +%s%N)
	start
	within 30000 is stopped
	took=$((($(date +%s%N) - start) / 1000000))
	delete
	cat "$log"
	not grep -q failed "$log"
	rm -f "$log"
	[ $took -ge 1500 ] || { echo "$took ms"; false; }
}

# bats test_tags=not:user
@test "R-29 throttleReadBpsDevice: reading is slowed" {
	needs io
	needs_disk
	throttled throttleReadBpsDevice 1048576 rbps "if=$DISK iflag=direct of=/dev/null bs=256k count=12"
}

# bats test_tags=not:user
@test "R-30 throttleWriteBpsDevice: writing is slowed" {
	needs io
	needs_disk
	throttled throttleWriteBpsDevice 1048576 wbps "if=/dev/zero of=$DISK oflag=direct bs=256k count=12"
}

# bats test_tags=not:user
@test "R-31 throttleReadIOPSDevice: reading is slowed" {
	needs io
	needs_disk
	throttled throttleReadIOPSDevice 2 riops "if=$DISK iflag=direct of=/dev/null bs=4k count=6"
}

# bats test_tags=not:user
@test "R-32 throttleWriteIOPSDevice: writing is slowed" {
	needs io
	needs_disk
	throttled throttleWriteIOPSDevice 2 wiops "if=/dev/zero of=$DISK oflag=direct bs=4k count=6"
}

# bats test_tags=not:user
@test "R-29 rate 0 lifts a limit, a disk that is not there is an error" {
	needs io
	needs_disk
	create "$(resources "{blockIO: {throttleReadBpsDevice: [{major: ${NUMBER%:*}, minor: ${NUMBER#*:}, rate: 0}]}}")" sleep 1000
	[ -z "$(value io.max)" ]
	delete
	refused '.linux.resources.blockIO.throttleReadBpsDevice = [{major: 4000, minor: 4000, rate: 1}]' "throttleReadBpsDevice[0]" "no such device"
}

# --- the rest ------------------------------------------------------------------------------------------------------

# bats test_tags=not:user
@test "R-33 R-34 hugepageLimits: a reservation beyond it is refused" {
	needs hugetlb
	becomes "{hugepageLimits: [{pageSize: \"2048KB\", limit: $((2 * MiB))}]}" hugetlb.2MB.max=$((2 * MiB)) hugetlb.2MB.rsvd.max=$((2 * MiB))
	needs_huge_pages
	needs_amd64
	inside "$(resources "{hugepageLimits: [{pageSize: \"2MB\", limit: $((2 * MiB))}]}")" \
		"probe syscall 9 0 $((2 * MiB)) 3 0x40022 -1 0; probe syscall 9 0 $((4 * MiB)) 3 0x40022 -1 0"
	prints "ok
ENOMEM"
}

# bats test_tags=not:user
@test "R-33 a page size that the kernel has not, or that is none, is an error" {
	needs hugetlb
	refused '.linux.resources.hugepageLimits = [{pageSize: "3MB", limit: 1}]' "hugepageLimits[0]" "the hugetlb controller has no file hugetlb.3MB"
	refused '.linux.resources.hugepageLimits = [{pageSize: "../2MB", limit: 1}]' "hugepageLimits[0].pageSize"
}

# bats test_tags=not:user
@test "R-37 rdma of a device that is not there is an error" {
	needs rdma
	refused '.linux.resources.rdma = {"mlx5_77": {hcaHandles: 3, hcaObjects: 10}}' "rdma.mlx5_77" "no such device"
}

@test "R-38 unified is written as it is, line by line" {
	needs memory
	create "$(resources "{unified: {\"memory.high\": \"$((24 * MiB))\", \"memory.oom.group\": \"1\", \"cgroup.max.depth\": \"3\"}}")" sleep 1000
	[ "$(value memory.high)" = $((24 * MiB)) ]
	[ "$(value memory.oom.group)" = 1 ]
	[ "$(value cgroup.max.depth)" = 3 ]
	delete
}

@test "R-38 unified: a file that is not there, or not in the cgroup, is an error" {
	needs memory
	refused '.linux.resources.unified = {"memory.nothing": "1"}' "the memory controller has no file memory.nothing"
	refused '.linux.resources.unified = {"nothing.max": "1"}' "the nothing controller"
	refused '.linux.resources.unified = {"../memory.max": "1"}' "unified"
	refused '.linux.resources.unified = {"memory.high": "much"}' "memory.high = much" "invalid argument"
}

@test "R-39 unified wins over the typed property" {
	needs memory pids
	becomes "{memory: {limit: $((16 * MiB))}, pids: {limit: 5}, unified: {\"memory.max\": \"$((32 * MiB))\", \"pids.max\": \"7\"}}" \
		memory.max=$((32 * MiB)) pids.max=7
}

# bats test_tags=not:user
@test "R-01 a denied device gives EPERM for r, w and rw" {
	needs_root
	local rule='{allow: false, type: "c", major: 1, minor: 5, access: "%s"}' all='probe open /dev/zero r; probe open /dev/zero w; probe open /dev/zero rw'
	inside "$(resources "{devices: [$(printf "$rule" rwm)]}")" "$all"
	prints "EPERM
EPERM
EPERM"
	inside "$(resources "{devices: [$(printf "$rule" w)]}")" "$all"
	prints "ok
EPERM
EPERM"
	inside "$(resources "{devices: [$(printf "$rule" r)]}")" "$all"
	prints "EPERM
ok
EPERM"
}

# --- the cgroup ----------------------------------------------------------------------------------------------------

@test "C-05 controllers are enabled along the path, new directories included" {
	needs memory pids
	create "$(resources "{memory: {limit: $((16 * MiB))}}") | .linux.cgroupsPath = \"$CG/a/b/$ID\"" sleep 1000
	local at
	for at in "$CG_PARENT" "$CG" "$CG/a" "$CG/a/b"; do
		grep -qw memory "$CGROUP2$at/cgroup.subtree_control"
	done
	[ "$(cat "$CGROUP2$CG/a/b/$ID/memory.max")" = $((16 * MiB)) ]
	delete
	no_file "$CGROUP2$CG"
}

@test "C-05 statistics are there without a limit" {
	needs memory pids cpu
	create . sleep 1000
	[ "$(value memory.current)" -gt 0 ]
	[ "$(value pids.current)" = 1 ]
	[ "$(event cpu.stat usage_usec)" -gt 0 ]
	[ -n "$(event cpu.stat nr_throttled)" ]
	delete
}

@test "C-05 a process in a cgroup above: no limits, and the error names it" {
	needs memory
	mkdir "$CGROUP2$CG"
	sh -c "echo \$\$ >'$CGROUP2$CG/cgroup.procs'; exec sleep 1000" 3>&- 4>&- &
	HOLDERS=$!
	within 2000 grep -q . "$CGROUP2$CG/cgroup.procs"
	refused "$(resources '{memory: {limit: 100000000}}')" "linux.resources.memory.limit" "memory controller" "$CGROUP2$CG" "process $HOLDERS (sleep)"
	create . sleep 1000	# none needed
	delete
	kill -9 $HOLDERS
	wait $HOLDERS || true
	within 2000 rmdir "$CGROUP2$CG"
}

@test "C-05 a limit that cannot be applied leaves no cgroup behind" {
	needs memory
	refused '.linux.resources.unified = {"memory.high": "much"}' "memory.high"
	no_file "$CGROUP2$CG"
}

@test "R-11 R-12 R-13 R-14 R-20 R-26 R-35 R-36 what cgroup v2 has no file for is refused, what asks for nothing is not" {
	refused '.linux.resources.memory = {kernel: 1000000}' config.json: linux.resources.memory.kernel
	refused '.linux.resources.memory = {kernelTCP: 1000000}' config.json: linux.resources.memory.kernelTCP
	refused '.linux.resources.memory = {swappiness: 10}' config.json: linux.resources.memory.swappiness
	refused '.linux.resources.memory = {disableOOMKiller: true}' config.json: linux.resources.memory.disableOOMKiller
	refused '.linux.resources.memory = {useHierarchy: false}' config.json: linux.resources.memory.useHierarchy
	refused '.linux.resources.cpu = {realtimeRuntime: 1000}' config.json: linux.resources.cpu.realtimeRuntime
	refused '.linux.resources.blockIO = {leafWeight: 100}' config.json: linux.resources.blockIO.leafWeight
	refused '.linux.resources.network = {classID: 1048577}' config.json: linux.resources.network.classID
	refused '.linux.resources.network = {priorities: [{name: "eth0", priority: 1}]}' config.json: linux.resources.network.priorities
	inside '.linux.resources = {memory: {disableOOMKiller: false, useHierarchy: true}, cpu: {realtimeRuntime: 0, realtimePeriod: 0}, blockIO: {leafWeight: 0}, network: {classID: 0, priorities: []}}' 'echo fine'
	prints fine
}

@test "R-08 --cgroup-manager disabled and a limit exclude each other" {
	needs memory
	bundle "$(resources '{memory: {limit: 100000000}}')" true
	try --cgroup-manager disabled create -b "$BUNDLE" "$ID"
	fails "linux.resources.memory.limit" "disabled"
}

# C-07 is root's: an ordinary user has nothing to give away.
OWN_TREE="$USERNS"' | .process.user = {uid: 5, gid: 5}
	| .mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev"]}]'
owner() { stat -c %u "$(GROUP)/$1"; }

# bats test_tags=not:user
@test "C-07 C-08 a writable cgroup tree belongs to the process's user" {
	needs_root
	local file
	create "$OWN_TREE" sleep 1000
	[ "$(owner .)" = 100005 ]
	for file in $(cat /sys/kernel/cgroup/delegate); do
		[ ! -e "$(GROUP)/$file" ] || [ "$(owner "$file")" = 100005 ]
	done
	[ "$(owner cgroup.procs)" = 100005 ]
	[ "$(owner cgroup.max.depth)" = 0 ]
	[ ! -e "$(GROUP)/memory.max" ] || [ "$(owner memory.max)" = 0 ]
	delete
}

# bats test_tags=not:user
@test "C-07 the process makes cgroups in its tree, and cannot lift its limits" {
	needs_root
	needs memory pids
	inside "$OWN_TREE | $(resources "{memory: {limit: $((64 * MiB))}}")" 'cd /sys/fs/cgroup && mkdir a && echo $$ >a/cgroup.procs && cat /proc/self/cgroup
		echo +pids >cgroup.subtree_control && ls a/pids.max; echo max >memory.max; cat memory.max'
	has "0::/a" "a/pids.max" $((64 * MiB))
	has "ermission denied"
}

# bats test_tags=not:user
@test "C-07 a read-only tree, or one without a namespace of its own, stays the host's" {
	needs_root
	create "$OWN_TREE | .mounts[-1].options += [\"ro\"]" sleep 1000
	[ "$(owner .)" = 0 ]
	delete
	create "$OWN_TREE | .linux.namespaces |= map(select(.type != \"cgroup\"))" sleep 1000
	[ "$(owner .)" = 0 ]
	delete
}
