load helpers
# Values that other runtimes take, ignore or misread (section 5 of the matrix): the error has the line and the column of the value in
# config.json, and its path; nothing is left.

# points FILTER PATH TEXT [ID]: create of the bundle with FILTER fails, and the place that the message gives is that of TEXT.
points() {
	local place line column text
	bundle "$1" true
	try create -b "$BUNDLE" "$ID"
	[ "$status" -ne 0 ] || { delete; echo "was accepted: $1"; return 1; }
	[[ $output =~ config\.json:([0-9]+):([0-9]+):\ ([^ ]+): ]] || { echo "no place in it"; show; return 1; }
	line=${BASH_REMATCH[1]} column=${BASH_REMATCH[2]} place=${BASH_REMATCH[3]}
	[ "$place" = "$2" ] || { echo "the path is $place, not $2"; show; return 1; }
	text=$(sed -n "${line}p" "$BUNDLE/config.json")
	[[ ${text:column-1} == "$3"* ]] || { echo "at $line:$column is ${text:column-1}, not $3"; show; return 1; }
	nothing_left
}

HOOKS="prestart createRuntime createContainer startContainer poststart poststop"

@test "G-05 G-07 the place of a wrong type and of a number out of range" {
	points '.hostname = 5' hostname 5
	points '.root.readonly = "true"' root.readonly '"true"'
	points '.process.user.uid = -1' process.user.uid -1
	points '.mounts[1].options = "ro"' 'mounts[1].options' '"ro"'
}

@test "G-08 T-01 the place of a version that is none" {
	points '.ociVersion = "2.0.0"' ociVersion '"2.0.0"'
	points '.ociVersion = "1.x"' ociVersion '"1.x"'
}

@test "P-19 the place of a limit that is listed twice" {
	points '.process.rlimits = [{type: "RLIMIT_CORE", soft: 0, hard: 0}, {type: "RLIMIT_CPU", soft: 9, hard: 9}, {type: "RLIMIT_CORE", soft: 0, hard: 0}]' \
		'process.rlimits[2].type' '"RLIMIT_CORE"'
}

@test "H-07 H-10 the place of a hook's path and timeout" {
	local kind
	for kind in $HOOKS; do
		points ".hooks.$kind = [{path: \"/bin/true\"}, {path: \"bin/true\"}]" "hooks.$kind[1].path" '"bin/true"'
		points ".hooks.$kind = [{path: \"/bin/true\", timeout: 0}]" "hooks.$kind[0].timeout" 0
	done
}

@test "SC-02 SC-06 SC-10 the place of seccomp's members that have no use" {
	points '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerMetadata: "text"}' linux.seccomp.listenerMetadata '"text"'
	points '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 5}' linux.seccomp.defaultErrnoRet 5
	points '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_KILL", errnoRet: 7}]}' \
		'linux.seccomp.syscalls[0].errnoRet' 7
}

# bats test_tags=not:userns,not:user
@test "D-15 the place of a device where another file is" {
	mkdir "$BUNDLE/d"
	mknod "$BUNDLE/d/other" c 1 5
	points ".mounts += [{destination: \"/m\", source: \"$BUNDLE/d\", options: [\"bind\"]}]
		| .linux.devices = [{path: \"/m/other\", type: \"c\", major: 1, minor: 3}]" 'linux.devices[0]' '{'
	[ "$(stat -c %t:%T "$BUNDLE/d/other")" = 1:5 ]
}

@test "D-22 the place of a device's name that the kernel would not take" {
	points '.linux.netDevices = {lo: {name: "a/b"}}' linux.netDevices.lo.name '"a/b"'
}

@test "R-24 R-25 R-27 the place of weights and limits out of range" {
	points '.linux.resources = {blockIO: {weight: 9}}' linux.resources.blockIO.weight 9
	points '.linux.resources = {blockIO: {weight: 1001}}' linux.resources.blockIO.weight 1001
	points '.linux.resources = {blockIO: {weightDevice: [{major: 8, minor: 0, weight: 5}]}}' 'linux.resources.blockIO.weightDevice[0].weight' 5
	points '.linux.resources = {pids: {limit: -2}}' linux.resources.pids.limit -2
}

@test "R-11 R-12 R-13 R-14 R-35 R-36 the place of what only cgroup v1 has" {
	points '.linux.resources = {memory: {kernel: 1000000}}' linux.resources.memory.kernel 1000000
	points '.linux.resources = {memory: {kernelTCP: 1000000}}' linux.resources.memory.kernelTCP 1000000
	points '.linux.resources = {memory: {swappiness: 10}}' linux.resources.memory.swappiness 10
	points '.linux.resources = {memory: {disableOOMKiller: true}}' linux.resources.memory.disableOOMKiller true
	points '.linux.resources = {network: {classID: 5}}' linux.resources.network.classID 5
	points '.linux.resources = {network: {priorities: [{name: "eth0", priority: 5}]}}' linux.resources.network.priorities '['
}

@test "T-10 the place of an annotation that is no text" {
	points '.annotations = {one: "1", two: 2}' annotations.two 2
}

@test "P-09 P-24 P-32 the place of settings out of range" {
	points '.process.user.umask = 512' process.user.umask 512
	points '.process.oomScoreAdj = 1001' process.oomScoreAdj 1001
	points '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 8}' process.ioPriority.priority 8
}

@test "P-22 the place of an AppArmor profile where that is off" {
	[ ! -e /sys/kernel/security/apparmor ] || skip "needs a host without AppArmor"
	points '.process.apparmorProfile = "name"' process.apparmorProfile '"name"'
}

@test "P-23 the place of an SELinux label where that is off" {
	[ ! -e /sys/fs/selinux/enforce ] || skip "needs a host without SELinux"
	points '.process.selinuxLabel = "a:b:c:s0"' process.selinuxLabel '"a:b:c:s0"'
	points '.linux.mountLabel = "a:b:c:s0"' linux.mountLabel '"a:b:c:s0"'
}

@test "L-06 MP-01 the place of a personality's flags and of a memory policy that is none" {
	points '.linux.personality = {domain: "LINUX", flags: ["ADDR_NO_RANDOMIZE"]}' linux.personality.flags '['
	points '.linux.memoryPolicy = {mode: "MPOL_NOSUCH"}' linux.memoryPolicy.mode '"MPOL_NOSUCH"'
}

@test "N-01 N-15 the place of a namespace that is there twice and of a clock that is none" {
	points '.linux.namespaces = [{type: "pid"}, {type: "pid"}] + .linux.namespaces' 'linux.namespaces[1].type' '"pid"'
	points '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {realtime: {secs: 5}}' linux.timeOffsets.realtime '{'
}

@test "S-01 the place of a sysctl that is not the container's" {
	points '.linux.sysctl = {"kernel.panic": "5"}' 'linux.sysctl["kernel.panic"]' '"5"'
}
