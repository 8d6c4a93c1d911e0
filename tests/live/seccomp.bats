load helpers

case $(uname -m) in
x86_64) GETPRIORITY=140 PERSONALITY=135 GETTID=186 ARCH=SCMP_ARCH_X86_64 ;;
aarch64) GETPRIORITY=141 PERSONALITY=92 GETTID=178 ARCH=SCMP_ARCH_AARCH64 ;;
esac
[ -n "${ARCH:-}" ] || ARCH=

rules() { printf '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["%s"], syscalls: [%s]}' "$ARCH" "$1"; }
rule() { printf '{names: ["getpriority"], action: "%s"%s}' "$1" "${2:-}"; }

setup() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	[ -n "$ARCH" ] || skip "needs x86_64 or aarch64"
	prepare
}

@test "SC-01 SC-07 SC-09 SCMP_ACT_ERRNO: EPERM by default, other calls pass" {
	inside "$(rules "$(rule SCMP_ACT_ERRNO)")" "probe syscall $GETPRIORITY 0 0; probe syscall $GETTID; grep ^Seccomp: /proc/self/status"
	prints "EPERM
ok
Seccomp:	2"
}

@test "SC-01 no seccomp in config.json means no filter" {
	inside . 'grep ^Seccomp: /proc/self/status'
	prints "Seccomp:	0"
}

@test "SC-10 errnoRet" {
	inside "$(rules "$(rule SCMP_ACT_ERRNO ', errnoRet: 28')")" "probe syscall $GETPRIORITY 0 0"
	prints ENOSPC
	inside "$(rules "$(rule SCMP_ACT_ERRNO ', errnoRet: 0')")" "probe syscall $GETPRIORITY 0 0"
	prints ok
}

# What a static program needs to start, print and end.
BASIC='"read","write","open","openat","close","execve","exit","exit_group","mmap","munmap","mprotect","brk","arch_prctl","set_tid_address",
	"set_robust_list","rseq","prlimit64","getrandom","readlink","readlinkat","rt_sigaction","rt_sigprocmask","newfstatat","fstat","stat","ioctl",
	"writev","uname","getuid","getpid"'
# allowing DEFAULT NAME,... WORD...: the default action for all but BASIC and these, seen by the probe with these words.
allowing() {
	local words
	words=$(printf '"%s",' "${@:3}")
	inside ".linux.seccomp = {defaultAction: \"$1\", architectures: [\"$ARCH\"], syscalls: [{names: [$BASIC$2], action: \"SCMP_ACT_ALLOW\"}]}
		| if \"$ARCH\" == \"SCMP_ARCH_X86_64\" then .linux.seccomp.architectures += [\"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"] else . end
		| .process.args = [\"probe\", ${words%,}]" ''
}

@test "SC-02 defaultErrnoRet" {
	inside '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 95, architectures: ["'"$ARCH"'"], syscalls: [{names: ['"$BASIC"'],
		action: "SCMP_ACT_ALLOW"}]} | .process.args = ["probe", "syscall", "'$GETPRIORITY'", "0", "0"]' ''
	prints EOPNOTSUPP
}

@test "SC-19 calls that are newer than the profile are absent, older ones forbidden" {
	for action in SCMP_ACT_ERRNO SCMP_ACT_KILL_PROCESS; do
		allowing $action '' syscall 1000	# newer than every kernel
		prints ENOSYS
		allowing $action '' syscall 437 0 0 0 0	# openat2, which this profile does not know
		prints ENOSYS
	done
	allowing SCMP_ACT_ERRNO ', "pidfd_getfd"' syscall 437 0 0 0 0	# a newer one is named: it must have known openat2
	prints EPERM
	allowing SCMP_ACT_ERRNO ', "pidfd_getfd"' syscall 439 0 0 0 0
	prints ENOSYS
	allowing SCMP_ACT_ERRNO '' syscall $GETPRIORITY 0 0
	prints EPERM
	allowing SCMP_ACT_KILL_PROCESS '' syscall $GETPRIORITY 0 0
	exits 159
	allowing SCMP_ACT_LOG '' syscall 437 0 0 0 0	# the kernel answers
	prints EINVAL
}

@test "SC-19 the same by the entries of x32 and i386" {
	[ "$ARCH" = SCMP_ARCH_X86_64 ] || skip "needs x86_64"
	allowing SCMP_ACT_ERRNO '' syscall 0x400003e8	# 1000; a kernel without x32 says ENOSYS by itself
	prints ENOSYS
	allowing SCMP_ACT_ERRNO '' syscall $((0x40000000 + GETPRIORITY)) 0 0
	prints EPERM
	allowing SCMP_ACT_ERRNO '' syscall $((0x40000000 + 521)) 0 0 0	# ptrace of x32, behind many newer ones
	prints EPERM
	"$PROBE" syscall32 20 >/dev/null 2>&1 || skip "needs a kernel with the system calls of i386"
	allowing SCMP_ACT_ERRNO '' syscall32 1000
	prints ENOSYS
	allowing SCMP_ACT_ERRNO '' syscall32 96 0 0	# getpriority
	prints EPERM
	allowing SCMP_ACT_ERRNO '' syscall32 20	# getpid
	prints ok
}

@test "SC-09 KILL_PROCESS, KILL, KILL_THREAD and TRAP end with SIGSYS" {
	for action in SCMP_ACT_KILL_PROCESS SCMP_ACT_KILL SCMP_ACT_KILL_THREAD SCMP_ACT_TRAP; do
		inside "$(rules "$(rule $action)")" "probe syscall $GETPRIORITY 0 0; echo \$?"
		ok
		has 159
	done
}

@test "SC-09 a filter that kills the program itself shows as 159" {
	inside "$(rules "$(rule SCMP_ACT_KILL_PROCESS)") | .process.args = [\"probe\", \"syscall\", \"$GETPRIORITY\", \"0\", \"0\"]" ''
	exits 159
}

@test "SC-09 LOG lets the call pass, TRACE without a tracer is ENOSYS" {
	inside "$(rules "$(rule SCMP_ACT_LOG)")" "probe syscall $GETPRIORITY 0 0"
	prints ok
	inside "$(rules "$(rule SCMP_ACT_TRACE ', errnoRet: 5')")" "probe syscall $GETPRIORITY 0 0"
	prints ENOSYS
}

op() { rule SCMP_ACT_ERRNO ", args: [{index: 0, op: \"$1\", value: $2${3:-}}]"; }
values="for v in 0 1 2; do probe syscall $GETPRIORITY \$v 0; done | tr '\n' ' '"
@test "SC-11 SC-12 SC-13 SC-14 every operator" {
	inside "$(rules "$(op SCMP_CMP_EQ 1)")" "$values"
	prints "ok EPERM ok "
	inside "$(rules "$(op SCMP_CMP_NE 1)")" "$values"
	prints "EPERM ok EPERM "
	inside "$(rules "$(op SCMP_CMP_LT 1)")" "$values"
	prints "EPERM ok ok "
	inside "$(rules "$(op SCMP_CMP_LE 1)")" "$values"
	prints "EPERM EPERM ok "
	inside "$(rules "$(op SCMP_CMP_GT 1)")" "$values"
	prints "ok ok EPERM "
	inside "$(rules "$(op SCMP_CMP_GE 1)")" "$values"
	prints "ok EPERM EPERM "
	inside "$(rules "$(op SCMP_CMP_MASKED_EQ 2 ', valueTwo: 2')")" "$values"
	prints "ok ok EPERM "
}

@test "SC-11 conditions of one rule are all needed; the same argument twice means either" {
	inside "$(rules "$(rule SCMP_ACT_ERRNO ', args: [{index: 0, op: "SCMP_CMP_EQ", value: 1}, {index: 1, op: "SCMP_CMP_EQ", value: 0}]')")" \
		"probe syscall $GETPRIORITY 1 0; probe syscall $GETPRIORITY 0 0"
	prints "EPERM
ok"
	inside "$(rules "$(rule SCMP_ACT_ERRNO ', args: [{index: 0, op: "SCMP_CMP_EQ", value: 1}, {index: 0, op: "SCMP_CMP_EQ", value: 2}]')")" "$values"
	prints "ok EPERM EPERM "
}

@test "SC-13 the comparison has all 64 bits" {
	inside "$(rules '{names: ["personality"], action: "SCMP_ACT_ERRNO", args: [{index: 0, op: "SCMP_CMP_EQ", value: 8589934592}]}')" \
		"probe syscall $PERSONALITY 0x200000000; probe syscall $PERSONALITY 0"
	prints "EPERM
ok"
}

@test "SC-08 unknown names are skipped, known ones beside them count" {
	inside "$(rules '{names: ["no_such_call", "getpriority"], action: "SCMP_ACT_ERRNO"}')" "probe syscall $GETPRIORITY 0 0"
	prints EPERM
}

@test "A-13 an unknown name is an error where the annotation asks for it" {
	local asks='.annotations = {"run.oci.seccomp_fail_unknown_syscall": "1"}'
	refused "$(rules '{names: ["getpriority", "no_such_call"], action: "SCMP_ACT_ERRNO"}') | $asks" "config.json:" \
		"linux.seccomp.syscalls[0].names[1]" "does not know the system call no_such_call"
	inside "$(rules "$(rule SCMP_ACT_ERRNO)") | $asks" "probe syscall $GETPRIORITY 0 0"
	prints EPERM
}

@test "SC-15 a filter without no_new_privs, for root and for an ordinary user without capabilities" {
	for user in '{uid: 0, gid: 0}' '{uid: 1000, gid: 1000}'; do
		inside "$(rules "$(rule SCMP_ACT_ERRNO)") | .process.noNewPrivileges = false | .process.user = $user | .process.capabilities = {}" \
			"probe syscall $GETPRIORITY 0 0; grep -E '^(NoNewPrivs|CapEff|CapPrm|CapBnd|Seccomp:)' /proc/self/status"
		prints "EPERM
CapPrm:	0000000000000000
CapEff:	0000000000000000
CapBnd:	0000000000000000
NoNewPrivs:	0
Seccomp:	2"
	done
}

@test "SC-15 a filter without no_new_privs in a user namespace" {
	inside "$USERNS | $(rules "$(rule SCMP_ACT_ERRNO)") | .process.noNewPrivileges = false | .process.user = {uid: 1000, gid: 1000}" "probe syscall $GETPRIORITY 0 0"
	prints EPERM
}

@test "SC-15 a filter that kills what the runtime itself uses does no harm" {
	inside "$(rules '{names: ["capset", "setresuid", "setuid", "prctl", "mount", "setgroups", "sendmsg", "close_range"], action: "SCMP_ACT_KILL_PROCESS"}') | .process.args = [\"probe\", \"ids\"]" ''
	prints "0 0"
}

@test "SC-03 further architectures" {
	[ "$ARCH" = SCMP_ARCH_X86_64 ] || skip "needs x86_64"
	inside "$(rules "$(rule SCMP_ACT_ERRNO)") | .linux.seccomp.architectures += [\"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"]" "probe syscall $GETPRIORITY 0 0"
	prints EPERM
	inside "$(rules "$(rule SCMP_ACT_ERRNO)") | del(.linux.seccomp.architectures)" "probe syscall $GETPRIORITY 0 0"
	prints EPERM
}

@test "SC-04 flags" {
	inside "$(rules "$(rule SCMP_ACT_ERRNO)") | .linux.seccomp.flags = [\"SECCOMP_FILTER_FLAG_LOG\", \"SECCOMP_FILTER_FLAG_SPEC_ALLOW\", \"SECCOMP_FILTER_FLAG_TSYNC\"]" "probe syscall $GETPRIORITY 0 0"
	prints EPERM
}

# bats test_tags=not:user
@test "SC-04 the kernel has the filter's flags, for start and for exec" {
	local logged="$(rules "$(rule SCMP_ACT_ERRNO)") | .linux.seccomp.flags"
	up "$logged = [\"SECCOMP_FILTER_FLAG_LOG\"]" sleep 1000
	[ "$("$PROBE" filter-flags "$(pid_of)")" = 0x2 ]
	ring3_quiet exec -d --pid-file "$BUNDLE/pid" "$ID" sleep 1000
	[ "$("$PROBE" filter-flags "$(cat "$BUNDLE/pid")")" = 0x2 ]
	delete
	up "$logged = []" sleep 1000
	[ "$("$PROBE" filter-flags "$(pid_of)")" = 0 ]
	delete
}

@test "SC-01 SC-02 SC-03 SC-04 SC-08 SC-09 SC-10 SC-11 SC-12 SC-14 wrong values are errors" {
	refused '.linux.seccomp = {syscalls: []}' "defaultAction"
	refused '.linux.seccomp = {defaultAction: "SCMP_ACT_NOSUCH"}' "linux.seccomp.defaultAction"
	refused '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 1}' "defaultErrnoRet"
	refused '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 5000}' "defaultErrnoRet"
	refused "$(rules '') | .linux.seccomp.architectures = [\"SCMP_ARCH_NOSUCH\"]" "architectures"
	refused "$(rules '') | .linux.seccomp.flags = [\"SECCOMP_FILTER_FLAG_NOSUCH\"]" "flags"
	refused "$(rules '{names: [], action: "SCMP_ACT_ERRNO"}')" "names"
	refused "$(rules "$(rule SCMP_ACT_NOSUCH)")" "action"
	refused "$(rules "$(rule SCMP_ACT_KILL ', errnoRet: 5')")" "errnoRet"
	refused "$(rules "$(rule SCMP_ACT_ERRNO ', args: [{index: 6, op: "SCMP_CMP_EQ", value: 1}]')")" "index"
	refused "$(rules "$(rule SCMP_ACT_ERRNO ', args: [{index: 0, op: "SCMP_CMP_NOSUCH", value: 1}]')")" "op"
	refused "$(rules '') | .linux.seccomp.listenerMetadata = \"x\"" "listenerMetadata"
	refused "$(rules "$(rule SCMP_ACT_NOTIFY)")" "listenerPath"
}

@test "SC-05 listenerPath without NOTIFY is not used" {
	inside "$(rules "$(rule SCMP_ACT_ERRNO)") | .linux.seccomp.listenerPath = \"$BUNDLE/nobody\"" 'echo fine'
	prints fine
}

@test "SC-07 the default profile of the engines" {
	[ -e /usr/share/containers/seccomp.json ] || skip "needs a host with the default profile of the engines, /usr/share/containers/seccomp.json"
	jq -f "$TOP/tests/seccomp.jq" /usr/share/containers/seccomp.json >"$BUNDLE/profile.json"
	bundle . sh -c 'grep ^Seccomp: /proc/self/status; mount -t tmpfs t /mnt 2>/dev/null; echo fine'
	jq --slurpfile profile "$BUNDLE/profile.json" '.linux.seccomp = $profile[0]' "$BUNDLE/config.json" >"$BUNDLE/new" && mv "$BUNDLE/new" "$BUNDLE/config.json"
	run ring3 run -b "$BUNDLE" "$ID" </dev/null
	ok
	has "fine" "Seccomp:	2"
}
