# helpers.bash - what every live test shares: a root file system made once a file, a bundle a test, the runtime, and the check
# that a test left nothing behind.  RUNTIME names the program under test, PROBE the helper program of probe.c.
bats_require_minimum_version 1.5.0

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
RUNTIME=${RUNTIME:-$TOP/build/ring3}
PROBE=${PROBE:-$TOP/build/tests/probe}

CGROUP2=$(awk '{ for (i = 7; $i != "-"; i++); if ($(i + 1) == "cgroup2") { print $5; exit } }' /proc/self/mountinfo)

# --- once a file ---------------------------------------------------------------------------------------------------

# A world readable directory, so that containers whose root is an ordinary user can use it too.
make_work() {
	WORK=$(mktemp -d /tmp/ring3-live.XXXXXX)
	chmod 755 "$WORK"
	export WORK ROOTFS=$WORK/rootfs
	mkdir -p "$ROOTFS"/{bin,etc,proc,sys,dev,tmp,root,mnt,run,var,home/user}
	chmod 1777 "$ROOTFS/tmp"
	cp "$(command -v busybox)" "$ROOTFS/bin/busybox"
	cp "$PROBE" "$ROOTFS/bin/probe"
	(cd "$ROOTFS/bin" && ./busybox --list | grep -v '^busybox$' | xargs -I@ echo 'ln -sf busybox @' | sh)
	printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\n' >"$ROOTFS/etc/passwd"
	printf 'root:x:0:\nuser:x:1000:\n' >"$ROOTFS/etc/group"
}

write_base() {
	cat >"$WORK/base.json" <<-JSON
	{
		"ociVersion": "1.0.2",
		"process": {
			"user": { "uid": 0, "gid": 0 },
			"args": [ "sleep", "1000" ],
			"env": [ "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root" ],
			"cwd": "/",
			"capabilities": {
				"bounding": [ "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE" ],
				"effective": [ "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE" ],
				"permitted": [ "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE" ]
			},
			"noNewPrivileges": true
		},
		"root": { "path": "$ROOTFS" },
		"hostname": "live",
		"mounts": [
			{ "destination": "/proc", "type": "proc", "source": "proc" },
			{ "destination": "/dev", "type": "tmpfs", "source": "tmpfs",
			  "options": [ "nosuid", "strictatime", "mode=755", "size=65536k" ] },
			{ "destination": "/dev/pts", "type": "devpts", "source": "devpts",
			  "options": [ "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620" ] },
			{ "destination": "/dev/shm", "type": "tmpfs", "source": "shm",
			  "options": [ "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" ] },
			{ "destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": [ "nosuid", "noexec", "nodev" ] },
			{ "destination": "/sys", "type": "sysfs", "source": "sysfs", "options": [ "nosuid", "noexec", "nodev", "ro" ] }
		],
		"linux": {
			"namespaces": [ { "type": "pid" }, { "type": "network" }, { "type": "ipc" }, { "type": "uts" }, { "type": "mount" },
				{ "type": "cgroup" } ]
		}
	}
	JSON
}

setup_file() {
	make_work
	write_base
}

teardown_file() {
	rm -rf --one-file-system "$WORK"
}

# --- once a test ---------------------------------------------------------------------------------------------------

setup() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	[ -n "$CGROUP2" ] || skip "needs a mounted cgroup2"
	prepare
}

prepare() {
	COOKIE=$BATS_TEST_NUMBER-$$-$RANDOM
	ID=live-$COOKIE
	STATE=$WORK/state
	BUNDLE=$WORK/bundle-$BATS_TEST_NUMBER
	CG=/ring3-live-$COOKIE
	mkdir -p "$BUNDLE"
	MOUNTS_BEFORE=$(cat /proc/self/mountinfo)
}

# After a test that passed nothing of it may be left; a test that failed is only cleaned up after.
teardown() {
	[ -n "${COOKIE:-}" ] || return 0
	local wrong=0
	if [ -n "${BATS_TEST_COMPLETED:-}" ]; then
		nothing_left || wrong=1
	fi
	local left
	for left in "$STATE"/*; do
		[ -e "$left" ] && "$RUNTIME" --root "$STATE" delete -f "${left##*/}" >/dev/null 2>&1
	done
	for left in $(cookie_processes) ${HOLDERS:-}; do
		kill -9 "$left" 2>/dev/null
	done
	rmdir "$CGROUP2$CG" 2>/dev/null
	rm -rf --one-file-system "$STATE" "$BUNDLE"
	return $wrong
}

cookie_processes() {
	grep -lz "^RING3_TEST_COOKIE=$COOKIE\$" /proc/[0-9]*/environ 2>/dev/null | sed 's,/proc/\([0-9]*\)/.*,\1,'
}

no_cookie_processes() { [ -z "$(cookie_processes)" ]; }

nothing_left() {
	local wrong=0
	if [ -d "$STATE" ] && [ -n "$(ls -A "$STATE")" ]; then
		echo "left in the state root: $(ls -A "$STATE")"
		wrong=1
	fi
	# runc and crun leave the parents that they made.
	[ "${RUNTIME##*/}" = ring3 ] || rmdir "$CGROUP2$CG" 2>/dev/null
	if [ -n "$(find "$CGROUP2" -maxdepth 2 -name "*$COOKIE*" 2>/dev/null)" ]; then
		echo "left cgroups: $(find "$CGROUP2" -name "*$COOKIE*")"
		wrong=1
	fi
	if ! within 2000 no_cookie_processes; then
		echo "left processes: $(cookie_processes)"
		wrong=1
	fi
	if [ "$(cat /proc/self/mountinfo)" != "$MOUNTS_BEFORE" ]; then
		diff <(printf '%s\n' "$MOUNTS_BEFORE") /proc/self/mountinfo
		wrong=1
	fi
	return $wrong
}

# --- bundles -------------------------------------------------------------------------------------------------------

# bundle FILTER WORD...: config.json of this test from the base, WORD... as process.args, then FILTER applied.
bundle() {
	local filter=${1:-.} IFS=$'\x1f'
	shift || true
	WORDS="$*" jq --arg cookie "$COOKIE" --arg cg "$CG/$ID" --arg work "$WORK" --arg bundle "$BUNDLE" --arg probe "$PROBE" \
		'(if env.WORDS != "" then .process.args = (env.WORDS | split("\u001f")) else . end)
		| .process.env += ["RING3_TEST_COOKIE=" + $cookie] | .linux.cgroupsPath = $cg | '"$filter" \
		"$WORK/base.json" >"$BUNDLE/config.json"
}

# config FILTER: edits the config.json that is there.
config() {
	jq --arg work "$WORK" --arg bundle "$BUNDLE" "$1" "$BUNDLE/config.json" >"$BUNDLE/config.new" && mv "$BUNDLE/config.new" "$BUNDLE/config.json"
}

USERNS='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
	| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'

ALL_CAPS='(["CHOWN","DAC_OVERRIDE","DAC_READ_SEARCH","FOWNER","FSETID","KILL","SETGID","SETUID","SETPCAP","LINUX_IMMUTABLE",
	"NET_BIND_SERVICE","NET_BROADCAST","NET_ADMIN","NET_RAW","IPC_LOCK","IPC_OWNER","SYS_MODULE","SYS_RAWIO","SYS_CHROOT","SYS_PTRACE",
	"SYS_PACCT","SYS_ADMIN","SYS_BOOT","SYS_NICE","SYS_TIME","SYS_TTY_CONFIG","MKNOD","LEASE","AUDIT_WRITE",
	"AUDIT_CONTROL","SETFCAP","MAC_OVERRIDE","MAC_ADMIN","SYSLOG","WAKE_ALARM","BLOCK_SUSPEND","AUDIT_READ","PERFMON","BPF",
	"CHECKPOINT_RESTORE"] | map("CAP_" + .)) as $all | .process.capabilities = {bounding: $all, effective: $all, permitted: $all}'

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
	ring3 "$@" </dev/null >"$BUNDLE/stdout" 2>"$BUNDLE/stderr" 3>&- 4>&-
	local code=$?
	[ $code -eq 0 ] && [ ! -s "$BUNDLE/stdout" ] && [ ! -s "$BUNDLE/stderr" ] && return 0
	echo "$*: exit status $code, printed:"
	cat "$BUNDLE/stdout" "$BUNDLE/stderr"
	return 1
}
start() { ring3_quiet start "$ID"; }
delete() { ring3_quiet delete -f "$ID"; }
up() {
	create "$@"
	start
}
state_of() { ring3 state "${1:-$ID}" 2>/dev/null | jq -r .status; }
pid_of() { ring3 state "${1:-$ID}" | jq -r .pid; }
is() { [ "$(state_of)" = "$1" ]; }
# After a failed start the container has ended; it may be gone altogether.
ended() { ! is running && ! is created; }

# try WORD...: as bats' run, for a runtime command that may leave a process.
try() { run quiet_fds "$@"; }
quiet_fds() {
	ring3 "$@" </dev/null >"$BUNDLE/try" 2>&1 3>&- 4>&-
	local code=$?
	cat "$BUNDLE/try"
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
		sleep 0.01
	done
}
dead() { ! readlink "/proc/$1/exe" >/dev/null; }	# gone or a zombie
no_file() { [ ! -e "$1" ]; }
