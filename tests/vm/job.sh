#!/bin/bash
# What the test machine runs when it has booted: as root, from /job, with the console as its output.
# /job/env says what: RUNTIME, PROBE, TESTS (names in tests/live), FILTER, AS (rows of suites below; empty: all), or SHELL_FOR.
set -u
. /job/env
export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-120}
export LIVE_AS=root HOME=/root

# --- the machine ---------------------------------------------------------------------------------------------------

prepare() {
	dmesg -n 1	# the kernel's complaints about what tests do; a panic is shown all the same
	mkdir -p /results
	mount -o sync /dev/disk/by-id/virtio-results /results
	mkswap /dev/disk/by-id/virtio-swap >/dev/null
	swapon /dev/disk/by-id/virtio-swap
	modprobe -a overlay veth nf_tables fuse loop bfq
	mountpoint -q /tmp || mount -t tmpfs -o mode=1777 tmp /tmp
	systemctl start user@1000.service
}

# --- the suites ----------------------------------------------------------------------------------------------------

# AS        how, what.  LIVE_AS tells the live tests who they are: root, userns (root, every container in a user namespace), user.
suites() {
	case $1 in
	smoke) as_root /job/tests/vm/smoke.bats /job/tests/vm/memory.bats ;;
	root | userns) LIVE_AS=$1 as_root ${TESTS[@]/#//job/tests/live/} ;;
	user) LIVE_AS=$1 as_user ${TESTS[@]/#//job/tests/live/} ;;
	*) echo "not ok - vm: no suite $1" ;;
	esac
}
read -ra TESTS <<<"${TESTS:-}"

as_root() { bats --tap -T ${FILTER:+--filter "$FILTER"} "$@" </dev/null 2>&1; }

# In a service of the user's own systemd.  All its controllers are delegated; the tests themselves are one level below, where
# they do not stand in the way of enabling controllers for their neighbours.
as_user() {
	setpriv --reuid=user --regid=user --init-groups env -i HOME=/home/user USER=user PATH="$PATH" XDG_RUNTIME_DIR=/run/user/1000 \
		systemd-run --user --quiet --wait --collect --pipe --expand-environment=no -p Delegate=yes -p DelegateSubgroup=tests \
		-E HOME=/home/user -E PATH="$PATH" -E XDG_RUNTIME_DIR=/run/user/1000 -E RUNTIME="$RUNTIME" -E PROBE="$PROBE" \
		-E LIVE_AS="$LIVE_AS" -E BATS_TEST_TIMEOUT="$BATS_TEST_TIMEOUT" -E TERM=dumb \
		bats --tap -T ${FILTER:+--filter "$FILTER"} "$@" </dev/null 2>&1
}

# As tests/tap run: a suite that fails without a failing line must not pass for success.
run_suites() {
	local suite code failed=0
	for suite in ${AS:-smoke root userns user}; do
		echo "# vm-$suite"
		suites "$suite" | tee "/results/$suite.tap"
		code=${PIPESTATUS[0]}
		[ "$code" -eq 0 ] || failed=1
		if [ "$code" -ne 0 ] && ! grep -q '^not ok' "/results/$suite.tap"; then
			echo "not ok - vm-$suite: exit status $code" | tee -a "/results/$suite.tap"
		fi
	done
	return $failed
}

# --- or a shell ----------------------------------------------------------------------------------------------------

# sample DIRECTORY: a bundle with busybox.
sample() {
	mkdir -p "$1"/rootfs/{bin,dev,etc,proc,sys,tmp,root}
	cp /bin/busybox "$1/rootfs/bin/"
	chroot "$1/rootfs" /bin/busybox --install -s /bin
	echo root:x:0:0:root:/root:/bin/sh >"$1/rootfs/etc/passwd"
	cp /job/config/default.json "$1/config.json"
}

shell() {
	stty rows "$ROWS" cols "$COLUMNS"
	cp "$RUNTIME" /usr/local/bin/
	sample /root/bundle
	sample /home/user/bundle
	chown -R user: /home/user/bundle
	cat <<-'END'
		A root shell in the test machine; the tests are in /job/tests, a bundle is in ~/bundle:
		  ring3 run -b bundle hello     crun run -b bundle hello     systemd-cgls     su - user
		Everything is forgotten when the shell ends (exit, or Ctrl-A X).
	END
	cd && bash -l
	return 0	# whatever the last command of the shell was
}

prepare
echo "vm: the job starts"
if [ -n "${SHELL_FOR:-}" ]; then
	export TERM=$SHELL_FOR
	shell
else
	run_suites
fi
