load helpers

mask() {	# capability names without CAP_ -> the 16 digits of /proc/PID/status
	local name value=0
	declare -A number=([CHOWN]=0 [DAC_OVERRIDE]=1 [KILL]=5 [SETGID]=6 [SETUID]=7 [NET_BIND_SERVICE]=10 [NET_RAW]=13 [SYS_CHROOT]=18
		[SYS_ADMIN]=21 [AUDIT_WRITE]=29)
	for name in "$@"; do
		value=$((value | 1 << number[$name]))
	done
	printf '%016x' $value
}
caps() { printf '.process.capabilities = {bounding: %s, permitted: %s, effective: %s, inheritable: %s, ambient: %s}' "$@"; }
STATUS='grep -E "^(Cap|NoNewPrivs|Groups|Uid|Gid|Seccomp:)" /proc/self/status'

@test "T-02 create without a process works, start is an error and the container stays created" {
	bundle 'del(.process)'
	ring3_quiet create -b "$BUNDLE" "$ID"
	is created
	try start "$ID"
	fails "process"
	is created
	delete
}

@test "P-04 the working directory" {
	inside '.process.cwd = "/home/user"' pwd
	prints /home/user
}

@test "P-04 a missing working directory is created" {
	inside '.process.cwd = "/new/work/dir"' 'pwd; stat -c "%u %a" .'
	rm -r "$ROOTFS/new"
	prints "/new/work/dir
0 755"
}

@test "P-04 a relative or empty working directory is an error" {
	refused '.process.cwd = "tmp"' "process.cwd"
	refused '.process.cwd = ""' "process.cwd"
	refused 'del(.process.cwd)' "cwd"
}

@test "P-04 a working directory that is a file is an error" {
	refused '.process.cwd = "/etc/passwd"' "/etc/passwd" "not a directory"
}

@test "P-04 a working directory through a symbolic link stays inside the root" {
	ln -sfn /../../../../home/user "$ROOTFS/cwdlink"
	inside '.process.cwd = "/cwdlink"' 'pwd -P'
	rm "$ROOTFS/cwdlink"
	prints /home/user
}

# bats test_tags=not:userns,not:user
@test "P-04 a working directory that only the user may enter" {
	mkdir -m 700 "$ROOTFS/private"
	chown 1000:1000 "$ROOTFS/private"
	inside '.process.cwd = "/private" | .process.user = {uid: 1000, gid: 1000}' pwd
	rm -r "$ROOTFS/private"
	prints /private
}

@test "P-05 the environment is exactly the given one, in order, the last of a name wins" {
	bundle '.process.env = ["PATH=/bin", "HOME=/x", "B=1", "A=with space", "B=2", "EMPTY="]' /bin/busybox env
	run ring3 run -b "$BUNDLE" "$ID" </dev/null
	ok
	[ "$(grep -v '^B=' <<<"$output")" = "PATH=/bin
HOME=/x
A=with space
EMPTY=" ]
	[ "$(grep '^B=' <<<"$output")" = "B=2" ]
}

@test "P-05 nothing of the runtime's own environment gets in" {
	bundle 'del(.process.env)' /bin/busybox env
	SECRET_OF_THE_RUNTIME=1 run ring3 run -b "$BUNDLE" "$ID" </dev/null
	ok
	lacks SECRET
	lacks RING3
}

@test "P-05 HOME comes from the container's /etc/passwd when it is missing" {
	inside '.process.env = ["PATH=/bin"] | .process.user = {uid: 1000, gid: 1000}' 'echo $HOME'
	prints /home/user
	inside '.process.env = ["PATH=/bin"]' 'echo $HOME'
	prints /root
	inside '.process.env = ["PATH=/bin"] | .process.user = {uid: 4711, gid: 0}' 'echo $HOME'
	prints /
}

@test "P-06 args are passed as they are" {
	inside '.process.args = ["printf", "[%s]", "", "a b", "*", "$HOME", "--", "\n", "ä"]' ''
	prints '[][a b][*][$HOME][--][
][ä]'
}

@test "P-06 the program is searched in the container's PATH" {
	cp "$PROBE" "$ROOTFS/var/only-here"
	inside '.process.env = ["PATH=/no:/var"] | .process.args = ["only-here", "umask"]' ''
	rm "$ROOTFS/var/only-here"
	prints 0022
}

@test "P-06 a program that is not in PATH is an error of create" {
	refused '.process.args = ["no-such-program"]' 'exec: "no-such-program": executable file not found in $PATH'
}

@test "P-06 an absolute program that is missing is an error of create" {
	refused '.process.args = ["/no/such"]' 'exec: "/no/such": stat /no/such: no such file or directory'
}

@test "P-06 a directory is an error of create" {
	refused '.process.args = ["/etc"]' 'exec: "/etc"' "permission denied" "is not a regular file"
}

@test "P-06 a file without the x bit is an error of create" {
	refused '.process.args = ["/etc/passwd"]' 'exec: "/etc/passwd": permission denied'
}

@test "P-06 a program on a noexec mount is an error of create" {
	mkdir "$BUNDLE/src"
	cp "$PROBE" "$BUNDLE/src/probe"
	refused ".process.args = [\"/m/probe\"] | .mounts += [{destination: \"/m\", source: \"$BUNDLE/src\", options: [\"bind\", \"noexec\"]}]" 'exec: "/m/probe": permission denied'
}

@test "P-06 no args or an empty list is an error" {
	refused '.process.args = []' "process.args"
	refused 'del(.process.args)' "process" "args"
	refused '.process.args = [""]' "exec"
}

@test "P-08 P-10 uid, gid and exactly these groups" {
	inside '.process.user = {uid: 1000, gid: 1001, additionalGids: [5, 7, 1002]}' "$STATUS"
	ok
	has "Uid:	1000	1000	1000	1000" "Gid:	1001	1001	1001	1001"
	[[ $output =~ Groups:.5\ 7\ 1002 ]] || show
	inside '.process.user = {uid: 1000, gid: 1001}' 'grep Groups /proc/self/status'
	[[ $output =~ ^Groups:[[:space:]]*(1001)?[[:space:]]*$ ]] || show
}

# Podman's keep-id does that; the kernel sorts groups by the host's ids.
# bats test_tags=not:user,not:userns
@test "P-10 groups whose order is another one on the host" {
	inside '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100100, size: 6}, {containerID: 6, hostID: 100000, size: 1}]
		| .process.user.additionalGids = [6, 0, 3]' 'grep Groups /proc/self/status'
	prints "Groups:	6 0 3 "
}

@test "P-10 groups in a user namespace, and one that is not mapped" {
	inside "$USERNS"' | .process.user.additionalGids = [5, 7]' 'grep Groups /proc/self/status'
	ok
	[[ $output =~ Groups:.5\ 7 ]] || show
	refused "$USERNS"' | .process.user.additionalGids = [70000]' "additionalGids"
}

@test "P-09 umask: 0022 when absent, else the given one" {
	bundle . probe umask
	run sh -c "umask 0; RING3_TEST_COOKIE=$COOKIE '$RUNTIME' --root '$STATE' run -b '$BUNDLE' '$ID'" </dev/null
	prints 0022
	inside '.process.user.umask = 63' 'umask'
	prints 0077
	inside '.process.user.umask = 0' 'probe umask'
	prints 0000
	refused '.process.user.umask = 512' "umask"
}

@test "P-07 P-11 members of other platforms are ignored" {
	inside '.process.commandLine = "x" | .process.user.username = 5' 'echo fine'
	prints fine
}

@test "P-12 no capabilities object means no capabilities at all" {
	inside 'del(.process.capabilities)' "$STATUS"
	ok
	has "CapInh:	0000000000000000" "CapPrm:	0000000000000000" "CapEff:	0000000000000000" "CapBnd:	0000000000000000" "CapAmb:	0000000000000000"
}

@test "P-12 an empty object means no capabilities at all" {
	inside '.process.capabilities = {}' "$STATUS"
	ok
	has "CapPrm:	0000000000000000" "CapEff:	0000000000000000" "CapBnd:	0000000000000000"
}

@test "P-12 an unknown capability is a warning in the log, not an error" {
	bundle '.process.capabilities.bounding += ["CAP_NO_SUCH"]' sh -c "$STATUS"
	run ring3 --log "$BUNDLE/log" --log-level warning run -b "$BUNDLE" "$ID" </dev/null
	ok
	has "CapBnd:	$(mask AUDIT_WRITE KILL NET_BIND_SERVICE)"
	grep -q CAP_NO_SUCH "$BUNDLE/log"
	inside '.process.capabilities.bounding += ["CAP_NO_SUCH"]' 'true'
	prints ""
}

@test "P-13 P-14 P-15 P-16 P-17 all five sets for root" {
	inside "$(caps '["CAP_CHOWN","CAP_KILL","CAP_SETUID"]' '["CAP_CHOWN","CAP_KILL"]' '["CAP_KILL"]' '["CAP_KILL"]' '["CAP_KILL"]')" "$STATUS"
	ok
	has "CapBnd:	$(mask CHOWN KILL SETUID)" "CapInh:	$(mask KILL)" "CapAmb:	$(mask KILL)"
	has "CapPrm:	$(mask CHOWN KILL)" "CapEff:	$(mask CHOWN KILL)"
	# Without no_new_privs a program executed by uid 0 gets inheritable | bounding: the kernel's rule for root.
	inside "$(caps '["CAP_CHOWN","CAP_KILL","CAP_SETUID"]' '["CAP_CHOWN","CAP_KILL"]' '["CAP_KILL"]' '["CAP_KILL"]' '["CAP_KILL"]') | .process.noNewPrivileges = false" "$STATUS"
	has "CapPrm:	$(mask CHOWN KILL SETUID)" "CapEff:	$(mask CHOWN KILL SETUID)"
}

@test "P-13 P-14 P-15 P-16 P-17 all five sets for an ordinary user" {
	inside "$(caps '["CAP_CHOWN","CAP_KILL","CAP_SETUID"]' '["CAP_CHOWN","CAP_KILL"]' '["CAP_KILL","CAP_CHOWN"]' '["CAP_KILL"]' '["CAP_KILL"]') | .process.user = {uid: 1000, gid: 1000}" "$STATUS"
	ok
	has "CapBnd:	$(mask CHOWN KILL SETUID)" "CapInh:	$(mask KILL)" "CapAmb:	$(mask KILL)" "CapPrm:	$(mask KILL)" "CapEff:	$(mask KILL)"
}

@test "P-17 an ordinary user without ambient capabilities has none" {
	inside "$(caps '["CAP_CHOWN","CAP_KILL"]' '["CAP_CHOWN","CAP_KILL"]' '["CAP_KILL","CAP_CHOWN"]' '[]' '[]') | .process.user = {uid: 1000, gid: 1000}" "$STATUS"
	ok
	has "CapPrm:	0000000000000000" "CapEff:	0000000000000000" "CapBnd:	$(mask CHOWN KILL)"
}

@test "P-17 an ambient capability that is not inheritable is a warning" {
	inside "$(caps '["CAP_KILL"]' '["CAP_KILL"]' '["CAP_KILL"]' '[]' '["CAP_KILL"]')" "$STATUS"
	ok
	has "CapAmb:	0000000000000000"
}

@test "P-14 an effective capability that is not permitted is a warning" {
	inside "$(caps '["CAP_KILL"]' '[]' '["CAP_KILL"]' '[]' '[]')" true
	prints ""
}

@test "P-13 the bounding set holds: a set-uid program does not get more" {
	inside '.process.capabilities = {bounding: []} | .process.noNewPrivileges = false' "$STATUS; chown 1:1 /tmp && echo changed"
	has "CapBnd:	0000000000000000"
	lacks "changed"
}

@test "P-18 no_new_privs: set, not set, absent" {
	inside '.process.noNewPrivileges = true' "$STATUS"
	has "NoNewPrivs:	1"
	inside '.process.noNewPrivileges = false' "$STATUS"
	has "NoNewPrivs:	0"
	inside 'del(.process.noNewPrivileges)' "$STATUS"
	has "NoNewPrivs:	0"
}

@test "P-18 no_new_privs is felt: a set-uid root program stays an ordinary user" {
	cp "$PROBE" "$ROOTFS/bin/probe-suid"
	give "$ROOTFS/bin/probe-suid"
	chmod 4755 "$ROOTFS/bin/probe-suid"
	inside '.process.user = {uid: 1000, gid: 1000}' 'probe-suid ids'
	prints "1000 1000"
	inside '.process.user = {uid: 1000, gid: 1000} | .process.noNewPrivileges = false' 'probe-suid ids'
	rm "$ROOTFS/bin/probe-suid"
	prints "1000 0"
}

limits='[["CPU",1000,2000],["FSIZE",1000000,2000000],["DATA",1073741824,2147483648],["STACK",4194304,8388608],["CORE",0,100],
	["RSS",1000000,2000000],["NPROC",4000,5000],["NOFILE",100,200],["MEMLOCK",4096,65536],["AS",4294967296,8589934592],["LOCKS",10,20],
	["SIGPENDING",100,200],["MSGQUEUE",1000,2000],["NICE",0,0],["RTPRIO",0,0],["RTTIME",1000000,2000000]]'
@test "P-19 P-20 P-21 all sixteen limits" {
	inside ".process.rlimits = ($limits | map({type: (\"RLIMIT_\" + .[0]), soft: .[1], hard: .[2]}))" \
		'sed "s/  */ /g" /proc/self/limits'
	ok
	has "cpu time 1000 2000" "file size 1000000 2000000" "data size 1073741824 2147483648" "stack size 4194304 8388608" \
		"core file size 0 100" "resident set 1000000 2000000" "processes 4000 5000" "open files 100 200" "locked memory 4096 65536" \
		"address space 4294967296 8589934592" "file locks 10 20" "pending signals 100 200" "msgqueue size 1000 2000" "nice priority 0 0" \
		"realtime priority 0 0" "realtime timeout 1000000 2000000"
}

@test "P-19 limits with a user namespace" {
	inside "$USERNS"' | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}]' 'ulimit -n; ulimit -Hn'
	prints "100
200"
}

@test "P-19 the same limit twice is an error" {
	refused '.process.rlimits = [{type: "RLIMIT_CORE", soft: 0, hard: 0}, {type: "RLIMIT_CORE", soft: 0, hard: 0}]' "process.rlimits[1]" "RLIMIT_CORE"
}

@test "P-20 an unknown limit is an error" {
	refused '.process.rlimits = [{type: "RLIMIT_NOSUCH", soft: 0, hard: 0}]' "process.rlimits[0].type" "RLIMIT_NOSUCH"
}

@test "P-21 a soft limit above the hard one is an error" {
	refused '.process.rlimits = [{type: "RLIMIT_CORE", soft: 2, hard: 1}]' "process.rlimits[0]"
}

@test "P-21 2^64-1 is unlimited" {
	# jq cannot write the number exactly.
	bundle . sh -c 'ulimit -t'
	sed -i 's/"cwd":/"rlimits": [{"type": "RLIMIT_CPU", "soft": 18446744073709551615, "hard": 18446744073709551615}], "cwd":/' "$BUNDLE/config.json"
	run ring3 run -b "$BUNDLE" "$ID" </dev/null
	prints unlimited
}

@test "P-24 oomScoreAdj is written, and left alone when absent" {
	inside '.process.oomScoreAdj = 500' 'cat /proc/self/oom_score_adj'
	prints 500
	bundle . cat /proc/self/oom_score_adj
	run sh -c "echo 777 >/proc/self/oom_score_adj; RING3_TEST_COOKIE=$COOKIE '$RUNTIME' --root '$STATE' run -b '$BUNDLE' '$ID'" </dev/null
	prints 777
	inside "$USERNS"' | .process.oomScoreAdj = 300' 'cat /proc/self/oom_score_adj'
	prints 300
}

@test "P-24 oomScoreAdj out of range is an error" {
	refused '.process.oomScoreAdj = 1001' "oomScoreAdj"
	refused '.process.oomScoreAdj = -1001' "oomScoreAdj"
}

@test "P-25 P-26 P-27 scheduler BATCH with a nice value" {
	inside '.process.scheduler = {policy: "SCHED_BATCH", nice: 5} | .process.args = ["probe", "scheduler"]' ''
	prints "policy=3 nice=5 priority=0 flags=0"
}

# bats test_tags=not:user
@test "P-26 P-28 P-29 scheduler FIFO and RR with priority and RESET_ON_FORK" {
	inside '.process.scheduler = {policy: "SCHED_FIFO", priority: 7, flags: ["SCHED_FLAG_RESET_ON_FORK"]} | .process.args = ["probe", "scheduler"]' ''
	prints "policy=1 nice=0 priority=7 flags=0x1"
	inside "$USERNS"' | .process.scheduler = {policy: "SCHED_RR", priority: 3} | .process.args = ["probe", "scheduler"]' ''
	prints "policy=2 nice=0 priority=3 flags=0"
}

# SCHED_FLAG_KEEP_* ask for the policy or the values that the process has already; DL flags are for DEADLINE alone.
# bats test_tags=not:user
@test "P-29 the scheduler's other flags" {
	inside '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 10000000, deadline: 20000000, period: 30000000,
		flags: ["SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN"]} | .process.args = ["probe", "scheduler"]' ''
	ok
	has "policy=6" "flags=0x6"
	inside '.process.scheduler = {policy: "SCHED_BATCH", nice: 5, flags: ["SCHED_FLAG_KEEP_POLICY"]} | .process.args = ["probe", "scheduler"]' ''
	ok
	has "policy=0" "nice=5"
	inside '.process.scheduler = {policy: "SCHED_BATCH", nice: 5, flags: ["SCHED_FLAG_KEEP_PARAMS"]} | .process.args = ["probe", "scheduler"]' ''
	ok
	has "policy=0" "nice=0"	# KEEP_PARAMS keeps the policy as well (__sched_setscheduler() of the kernel)
	refused '.process.scheduler = {policy: "SCHED_BATCH", flags: ["SCHED_FLAG_NONE"]}' config.json: 'process.scheduler.flags[0]'
}

# config.json has no member for the values: they are 0, which no process has as its maximum by itself.  A kernel without clamps
# knows the two flags all the same: any other one would be "invalid argument".
# bats test_tags=not:user
@test "P-29 UTIL_CLAMP_MIN and UTIL_CLAMP_MAX reach the kernel, which has clamps or says so" {
	local flag
	if grep -q uclamp /proc/self/sched; then
		inside '.process.scheduler = {policy: "SCHED_OTHER", flags: ["SCHED_FLAG_UTIL_CLAMP_MIN", "SCHED_FLAG_UTIL_CLAMP_MAX"]} | .process.args = ["probe", "uclamp"]' ''
		prints "0 0"
		inside '.process.scheduler = {policy: "SCHED_OTHER", flags: ["SCHED_FLAG_UTIL_CLAMP_MIN"]} | .process.args = ["probe", "uclamp"]' ''
		prints "0 1024"
		return
	fi
	for flag in MIN MAX; do
		refused ".process.scheduler = {policy: \"SCHED_OTHER\", flags: [\"SCHED_FLAG_UTIL_CLAMP_$flag\"]}" config.json: process.scheduler "operation not supported"
	done
}

@test "P-26 scheduler IDLE" {
	inside '.process.scheduler = {policy: "SCHED_IDLE"} | .process.args = ["probe", "scheduler"]' ''
	ok
	has "policy=5"
}

# bats test_tags=not:user
@test "P-30 scheduler DEADLINE with its three times" {
	inside '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 10000000, deadline: 20000000, period: 30000000} | .process.args = ["probe", "scheduler"]' ''
	ok
	has "policy=6"
}

@test "P-26 P-27 P-28 P-29 P-30 wrong scheduler values are errors" {
	refused '.process.scheduler = {policy: "SCHED_NOSUCH"}' "process.scheduler.policy"
	refused '.process.scheduler = {policy: "SCHED_OTHER", nice: 20}' "process.scheduler.nice"
	refused '.process.scheduler = {policy: "SCHED_OTHER", priority: 1}' "process.scheduler"
	refused '.process.scheduler = {policy: "SCHED_FIFO", priority: 0}' "process.scheduler"
	refused '.process.scheduler = {policy: "SCHED_OTHER", flags: ["SCHED_FLAG_NOSUCH"]}' "process.scheduler.flags"
	refused '.process.scheduler = {policy: "SCHED_OTHER", runtime: 5}' "process.scheduler"
	refused '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 30, deadline: 20, period: 10}' "process.scheduler"
}

# bats test_tags=not:user
@test "P-31 P-32 I/O priority" {
	inside '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 3}' 'probe ioprio'
	prints "class=2 priority=3"
	inside '.process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}' 'probe ioprio'
	has "class=3"
	inside "$USERNS"' | .process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 1}' 'probe ioprio'
	prints "class=1 priority=1"
}

@test "P-31 P-32 wrong I/O priorities are errors" {
	refused '.process.ioPriority = {class: "IOPRIO_CLASS_NOSUCH", priority: 3}' "process.ioPriority.class"
	refused '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 8}' "process.ioPriority"
}

@test "P-36 a session keyring of its own, with run --no-new-keyring the caller's" {
	inside . 'probe keyring'
	ok
	has "_ses.$ID"
	bundle . probe keyring
	run ring3 run --no-new-keyring -b "$BUNDLE" "$ID" </dev/null
	ok
	lacks "_ses.$ID"
}

# bats test_tags=not:user
@test "P-22 an AppArmor profile confines the program, and what exec starts; one that is not loaded is an error" {
	local profile=ring3-live-$COOKIE program='cat /proc/self/attr/current; cat /hidden'
	[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] || skip "needs a kernel with AppArmor"
	command -v apparmor_parser >/dev/null || skip "needs apparmor_parser"
	refused ".process.apparmorProfile = \"$profile\"" config.json: process.apparmorProfile "$profile"
	printf 'profile %s flags=(attach_disconnected) {\n file,\n capability,\n signal,\n deny /hidden rwklx,\n}\n' "$profile" | apparmor_parser -a
	echo content >"$ROOTFS/hidden"
	inside ".process.apparmorProfile = \"$profile\"" "$program"
	has "$profile (enforce)" "Permission denied"
	lacks content
	up . sleep 1000
	run ring3 exec --apparmor "$profile" "$ID" sh -c "$program"
	has "$profile (enforce)" "Permission denied"
	run ring3 exec "$ID" sh -c "$program"
	has content
	delete
	printf 'profile %s {\n}\n' "$profile" | apparmor_parser -R
	rm "$ROOTFS/hidden"
}

@test "P-22 an AppArmor profile without AppArmor is an error" {
	[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" != Y ] || skip "needs a kernel without AppArmor"
	refused '.process.apparmorProfile = "some-profile"' "apparmor"
}

@test "P-23 an SELinux label without SELinux is an error" {
	[ ! -d /sys/fs/selinux ] || skip "needs a kernel without SELinux"
	refused '.process.selinuxLabel = "system_u:system_r:container_t:s0"' "process.selinuxLabel"
}

@test "L-05 personality" {
	inside '.linux.personality = {domain: "LINUX32"}' 'probe personality; uname -m'
	ok
	[ "${lines[0]}" = 0x8 ]
	inside '.linux.personality = {domain: "LINUX"}' 'probe personality'
	prints 0
}

@test "L-05 L-06 an unknown domain and any flag are errors" {
	refused '.linux.personality = {domain: "SOLARIS"}' "linux.personality.domain"
	refused '.linux.personality = {domain: "LINUX", flags: ["ADDR_NO_RANDOMIZE"]}' "linux.personality.flags"
}

@test "MP-01 MP-02 memory policy" {
	probe_policy=$("$PROBE" mempolicy) || skip "needs a kernel with NUMA"
	inside '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"}' 'probe mempolicy'
	prints "mode=2 nodes=0x1"
}

# The kernel shows a flag as a bit of the mode: 1 << 15, 1 << 14.
@test "MP-03 MP-02 memory policy with flags, and flags and nodes that do not fit" {
	probe_policy=$("$PROBE" mempolicy) || skip "needs a kernel with NUMA"
	inside '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]}' 'probe mempolicy'
	prints "mode=$((2 | 1 << 15)) nodes=0x1"
	inside '.linux.memoryPolicy = {mode: "MPOL_INTERLEAVE", nodes: "0", flags: ["MPOL_F_RELATIVE_NODES"]}' 'probe mempolicy'
	prints "mode=$((3 | 1 << 14)) nodes=0x1"
	refused '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"]}' config.json: linux.memoryPolicy.flags "exclude each other"
	refused '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_NONE"]}' config.json: 'linux.memoryPolicy.flags[0]'
	refused '.linux.memoryPolicy = {mode: "MPOL_LOCAL", nodes: "0"}' config.json: linux.memoryPolicy.nodes "takes no nodes"
	refused '.linux.memoryPolicy = {mode: "MPOL_BIND"}' config.json: linux.memoryPolicy "needs nodes"
	refused '.linux.memoryPolicy = {mode: "MPOL_NONE"}' config.json: linux.memoryPolicy.mode
}

@test "S-01 S-05 sysctls of the container's own namespaces" {
	inside '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.msgmax": "4096", "kernel.shm_rmid_forced": "1", "fs.mqueue.msg_max": "7"}' \
		'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax /proc/sys/kernel/shm_rmid_forced /proc/sys/fs/mqueue/msg_max'
	prints "1
4096
1
7"
}

@test "S-01 sysctls work without a mounted /proc" {
	inside '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .mounts = []' 'mount -t proc p /proc 2>/dev/null; true'
	ok
}

@test "S-01 sysctls in a user namespace" {
	inside "$USERNS"' | .linux.sysctl = {"net.ipv4.ip_forward": "1"}' 'cat /proc/sys/net/ipv4/ip_forward'
	prints 1
}

@test "S-01 a sysctl that is not namespaced is an error" {
	refused '.linux.sysctl = {"kernel.panic": "1"}' "kernel.panic"
	refused '.linux.sysctl = {"vm.swappiness": "1"}' "vm.swappiness"
}

@test "S-01 a sysctl of a namespace that is shared with the host is an error" {
	refused '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | del(.linux.namespaces[] | select(.type == "network")) | del(.mounts[] | select(.type == "sysfs"))' "net.ipv4.ip_forward"
	refused '.linux.sysctl = {"kernel.msgmax": "1"} | del(.linux.namespaces[] | select(.type == "ipc")) | del(.mounts[] | select(.type == "mqueue"))' "kernel.msgmax"
}

@test "S-02 slashes separate, dots are literal then" {
	inside '.linux.sysctl = {"net/ipv4/conf/lo/rp_filter": "2"}' 'cat /proc/sys/net/ipv4/conf/lo/rp_filter'
	prints 2
	refused '.linux.sysctl = {"net/../kernel/panic": "1"}' "net/../kernel/panic"
}

@test "S-03 S-04 names that hostname and domainname set are conflicts" {
	refused '.linux.sysctl = {"kernel.hostname": "x"}' "kernel.hostname"
	refused '.domainname = "a" | .linux.sysctl = {"kernel.domainname": "b"}' "domainname"
	[ "$LIVE_AS" = root ] || return 0	# the kernel lets nobody else write that file
	inside '.linux.sysctl = {"kernel.domainname": "b.example"}' 'cat /proc/sys/kernel/domainname'
	prints b.example
}

@test "S-05 a value that the kernel refuses is an error" {
	refused '.linux.sysctl = {"net.ipv4.ip_forward": "nonsense"}' "net.ipv4.ip_forward" "invalid argument"
}

@test "C-09 R5 what status shows of a created container is what the program will have" {
	create "$(caps '["CAP_KILL"]' '["CAP_KILL"]' '["CAP_KILL"]' '["CAP_KILL"]' '["CAP_KILL"]') | .process.user = {uid: 1000, gid: 1000}" sleep 1000
	before=$(grep -E '^(Uid|Gid|Groups|NoNewPrivs|Cap(Bnd|Amb|Inh))' "/proc/$(pid_of)/status")
	start
	[ "$(grep -E '^(Uid|Gid|Groups|NoNewPrivs|Cap(Bnd|Amb|Inh))' "/proc/$(pid_of)/status")" = "$before" ]
	delete
}
