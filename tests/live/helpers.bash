# helpers.bash - what every live test shares: a bundle, the runtime, and the check that a test left nothing behind.
# setup_suite.bash has made what is shared by all tests: WORK, ROOTFS, CGROUP2 (its mount point), CG_PARENT (below it).
# LIVE_AS says who runs them: root, userns (root; every container gets a user namespace) or user (an ordinary one).
#
# The test machine is emulated, and a process costs 30 ms there.  What runs in every test is therefore done by bash itself.
bats_require_minimum_version 1.8.0

SLOWNESS=${SLOWNESS:-1}	# 10 in the machine; what tries its luck many times is divided by it

# --- before and after a test ---------------------------------------------------------------------------------------

setup() {
	has_rights
	prepare
}

has_rights() {
	[ $EUID -eq 0 ] || [ "$LIVE_AS" = user ] || skip "needs root"
	[ -n "$CGROUP2" ] || skip "needs a mounted cgroup2"
}

prepare() {
	quick_failures
	COOKIE=$BATS_SUITE_TEST_NUMBER-$$-$RANDOM
	ID=live-$COOKIE
	BUNDLE=$WORK/bundle/$BATS_SUITE_TEST_NUMBER
	STATE=$WORK/state-$BATS_SUITE_TEST_NUMBER
	CG=$CG_PARENT/ring3-live-$COOKIE
	mounts_now MOUNTS_BEFORE
}

# bats looks at the stack before every command, which takes a fifth of a test's time; the stack of the one that fails will do.
quick_failures() {
	trap - DEBUG
	trap 'BATS_ERROR_STATUS=${BATS_ERROR_STATUS:-$?}; bats_debug_trap "$BASH_SOURCE"; BATS_DEBUG_LAST_STACK_TRACE_IS_VALID=1; bats_error_trap' ERR
}

# slurp VARIABLE FILE: as VARIABLE=$(cat FILE), without a process.
slurp() {
	local slurped
	IFS= read -rd '' slurped <"$2" || :
	while [[ $slurped == *$'\n' ]]; do slurped=${slurped%$'\n'}; done
	printf -v "$1" %s "$slurped"
}

# After a test that passed nothing of it may be left; a test that failed is only cleaned up after.
teardown() {
	[ -n "${COOKIE:-}" ] || return 0
	local wrong=0 left
	for left in ${HOLDERS:-}; do
		kill -9 "$left" 2>/dev/null
	done
	if [ -n "${BATS_TEST_COMPLETED:-}" ]; then
		nothing_left && return 0
		wrong=1
	fi
	for left in "$STATE"/*; do
		[ -e "$left" ] && "$RUNTIME" --root "$STATE" delete -f "${left##*/}" >/dev/null 2>&1
	done
	for left in $(cookie_processes); do
		kill -9 "$left" 2>/dev/null
	done
	rmdir "$CGROUP2$CG" 2>/dev/null
	return $wrong
}

cookie_processes() { "$PROBE" left "$COOKIE" 0; }
no_cookie_processes() { "$PROBE" left "$COOKIE" 0 >/dev/null; }

# mounts_now VARIABLE: the mount table.
mounts_now() { slurp "$1" /proc/self/mountinfo; }

nothing_left() {
	local wrong=0 left mounts
	for left in "$STATE"/* "$STATE"/.[!.]*; do
		[ -e "$left" ] || continue
		echo "left in the state root: $left"
		wrong=1
	done
	# runc and crun leave the parents that they made.
	[ "${RUNTIME##*/}" = ring3 ] || rmdir "$CGROUP2$CG" 2>/dev/null
	for left in "$CGROUP2$CG_PARENT"/*"$COOKIE"* "$CGROUP2$CG_PARENT"/*/*"$COOKIE"*; do
		[ -e "$left" ] || continue
		echo "left cgroup: $left"
		wrong=1
	done
	if ! left=$("$PROBE" left "$COOKIE" 2000); then
		echo "left processes: $left"
		wrong=1
	fi
	mounts_now mounts
	if [ "$mounts" != "$MOUNTS_BEFORE" ]; then
		diff <(printf '%s\n' "$MOUNTS_BEFORE") <(printf '%s\n' "$mounts")
		wrong=1
	fi
	return $wrong
}

# --- bundles -------------------------------------------------------------------------------------------------------

# bundle FILTER WORD...: config.json of this test from the base, WORD... as process.args, then FILTER applied.
bundle() {
	local filter=${1:-.} base words= word
	shift || true
	for word; do
		word=${word//\\/\\\\} word=${word//\"/\\\"} word=${word//$'\n'/\\n} word=${word//$'\t'/\\t}
		words+="${words:+, }\"$word\""
	done
	slurp base "$WORK/base.json"
	[ -n "$words" ] || words='"sleep", "1000"'
	base=${base//@COOKIE@/"$COOKIE"} base=${base//@CGROUP@/"$CG/$ID"} base=${base//@ARGS@/"$words"}
	if [ "$filter" = . ]; then
		printf '%s\n' "$base" >"$BUNDLE/config.json"
	else
		jq --arg cookie "$COOKIE" --arg cg "$CG/$ID" --arg work "$WORK" --arg bundle "$BUNDLE" --arg probe "$PROBE" "$filter" \
			<<<"$base" >"$BUNDLE/config.json"
	fi
}

# config FILTER: edits the config.json that is there.
config() {
	jq --arg work "$WORK" --arg bundle "$BUNDLE" "$1" "$BUNDLE/config.json" >"$BUNDLE/config.new" && mv "$BUNDLE/config.new" "$BUNDLE/config.json"
}

# A filter for a user namespace of the test's own, in a bundle that has none yet.
USERNS='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
	| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
[ "$LIVE_AS" = root ] || USERNS=.

ALL_CAPS='(["CHOWN","DAC_OVERRIDE","DAC_READ_SEARCH","FOWNER","FSETID","KILL","SETGID","SETUID","SETPCAP","LINUX_IMMUTABLE",
	"NET_BIND_SERVICE","NET_BROADCAST","NET_ADMIN","NET_RAW","IPC_LOCK","IPC_OWNER","SYS_MODULE","SYS_RAWIO","SYS_CHROOT","SYS_PTRACE",
	"SYS_PACCT","SYS_ADMIN","SYS_BOOT","SYS_NICE","SYS_TIME","SYS_TTY_CONFIG","MKNOD","LEASE","AUDIT_WRITE",
	"AUDIT_CONTROL","SETFCAP","MAC_OVERRIDE","MAC_ADMIN","SYSLOG","WAKE_ALARM","BLOCK_SUSPEND","AUDIT_READ","PERFMON","BPF",
	"CHECKPOINT_RESTORE"] | map("CAP_" + .)) as $all | .process.capabilities = {bounding: $all, effective: $all, permitted: $all}'

# give FILE...: what the container's root has to own; a test makes it as root.
give() { [ "$LIVE_AS" != userns ] || chown -R 100000:100000 "$@"; }

mount_of() { printf '.mounts += [{destination: "%s", type: "%s", source: "%s", options: %s}]' "$@"; }

# --- the runtime ---------------------------------------------------------------------------------------------------

ring3() { RING3_TEST_COOKIE=$COOKIE "$RUNTIME" --root "$STATE" "$@"; }

# The same in a mount namespace of its own, for containers that have none.
apart() { RING3_TEST_COOKIE=$COOKIE unshare -m --propagation private "$RUNTIME" --root "$STATE" "$@"; }

# inside FILTER SCRIPT: runs SCRIPT by the container's shell, in the foreground; $status and $output as of bats' run.
inside() {
	bundle "$1" sh -c "$2"
	run ring3 run -b "$BUNDLE" "$ID" </dev/null
}

# create FILTER WORD...: creates, must succeed silently.  A background process keeps neither bats' pipes nor its fd 3.
create() {
	bundle "$@"
	ring3_quiet create -b "$BUNDLE" "$ID"
}
ring3_quiet() {
	ours "$BUNDLE/stdout"
	ours "$BUNDLE/stderr"
	local code=0
	ring3 "$@" </dev/null >"$BUNDLE/stdout" 2>"$BUNDLE/stderr" 3>&- 4>&- || code=$?
	[ $code -eq 0 ] && [ ! -s "$BUNDLE/stdout" ] && [ ! -s "$BUNDLE/stderr" ] && return 0
	echo "$*: exit status $code, printed:"
	cat "$BUNDLE/stdout" "$BUNDLE/stderr"
	return 1
}
# The runtime gives its standard output to the program's user; after that an ordinary user needs a new file.
ours() { [ ! -e "$1" ] || [ -O "$1" ] || rm -f "$1"; }
start() { ring3_quiet start "$ID"; }
delete() { ring3_quiet delete -f "$ID"; }
up() {
	create "$@"
	start
}
state_of() {
	local state
	state=$(ring3 state "${1:-$ID}" 2>/dev/null)
	[[ $state =~ \"status\":\ *\"([a-z]+)\" ]] && echo "${BASH_REMATCH[1]}"
}
pid_of() {
	local state
	state=$(ring3 state "${1:-$ID}")
	[[ $state =~ \"pid\":\ *([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}
is() {
	local state
	state=$(ring3 state "$ID" 2>/dev/null)
	[[ $state =~ \"status\":\ *\"$1\" ]]
}
# After a failed start the container has ended; it may be gone altogether.
ended() { ! is running && ! is created; }

# try WORD...: as bats' run, for a runtime command that may leave a process.
try() { run quiet_fds "$@"; }
quiet_fds() {
	ours "$BUNDLE/try"
	ring3 "$@" </dev/null >"$BUNDLE/try" 2>&1 3>&- 4>&-
	local code=$? text
	slurp text "$BUNDLE/try"
	printf '%s\n' "$text"
	return $code
}

# hold TYPE,...: HOLDER is a process in new namespaces of these types; it is killed after the test.
hold() {
	HOLDER=$("$PROBE" hold "$1" 3>&- 4>&-)
	HOLDERS="${HOLDERS:-} $HOLDER"
	[ -n "$HOLDER" ]
}

# --- expectations --------------------------------------------------------------------------------------------------

show() {
	printf 'status: %s\noutput:\n%s\n' "$status" "$output"
	return 1
}
ok() { [ "$status" -eq 0 ] || show; }
exits() { [ "$status" -eq "$1" ] || show; }
prints() { [ "$status" -eq 0 ] && [ "$output" = "$1" ] || { echo "expected: $1"; show; }; }
has() {
	local text
	for text in "$@"; do
		[[ $output == *"$text"* ]] || { echo "expected in it: $text"; show; return 1; }
	done
}
lacks() { [[ $output != *"$1"* ]] || { echo "not expected in it: $1"; show; }; }
# fails TEXT...: exit status not 0, every TEXT in the message.
fails() {
	[ "$status" -ne 0 ] || { show; return 1; }
	has "$@"
}
# refused FILTER TEXT...: create fails with TEXT and leaves nothing (the teardown looks).
refused() {
	bundle "$1" true
	shift
	try create -b "$BUNDLE" "$ID"
	if [ "$status" -eq 0 ]; then
		delete
		echo "was accepted"
		return 1
	fi
	has "$@"
}
within() {
	local milliseconds=$1 tries=0
	shift
	until "$@"; do
		[ $((tries += 10)) -gt "$milliseconds" ] && return 1
		pause
	done
}
# 10 ms: a fifo that nobody writes to.
pause() { read -rt 0.01 _ <>"$WORK/never" || :; }
not() { if "$@"; then return 1; fi; }	# "! command" in the middle of a test fails nothing
dead() { [ ! -e "/proc/$1/exe" ]; }	# gone or a zombie
no_file() { [ ! -e "$1" ]; }
