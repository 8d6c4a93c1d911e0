#!/bin/bash
# What the test machine runs when it has booted: as root, from /job, with the console as its output.
# /job/env says what: RUNTIME, PROBE, TESTS (names in tests/live), ENGINES (names in tests/engines), FILTER, AS (suites:
# cases of run_one), UPSTREAM (programs of another project that /job/upstream/run knows), or SHELL_FOR.
set -u
. /job/env
export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-120}
export HOME=/root FILTER SLOWNESS=10

# --- the machine ---------------------------------------------------------------------------------------------------

prepare() {
	dmesg -n 1	# the kernel's complaints about what tests do; a panic is shown all the same
	mkdir -p /results
	mount -o sync /dev/disk/by-id/virtio-results /results
	mkswap /dev/disk/by-id/virtio-swap >/dev/null
	swapon /dev/disk/by-id/virtio-swap
	modprobe -a overlay veth nf_tables fuse loop bfq
	mountpoint -q /tmp || mount -t tmpfs -o mode=1777 tmp /tmp
	mount -o remount,suid,dev /tmp	# root file systems of containers are there
	systemctl start user@1000.service
	# A program that cannot be stopped for CRIU in 10 s has not been dumped.  Emulated, beside another, they are short.
	mkdir -p /etc/criu
	echo timeout 100 >/etc/criu/runc.conf
	# Where the program looks for it.
	[ ! -e /job/bin/ring3-systemd ] || install -D -m 0755 /job/bin/ring3-systemd "$SYSTEMD_HELPER"
}

# --- the suites ----------------------------------------------------------------------------------------------------

# run_one SUITE FILE.  LIVE_AS tells the live tests who they are: root, userns (root, every container in a user namespace) or user.
# Tests tagged not:LIVE_AS make no sense then, those tagged not:machine only where the program is built.
run_one() {
	export LIVE_AS=$1 CGROUP_DRIVER=${1#engines-}
	echo "# vm-$1 $2"
	local live=(-t "not:$1" -t not:machine ${FILTER:+-f "$FILTER"} ${ONLY:+-o "$ONLY"} "/job/tests/live/$2")
	case $1 in
	smoke) bats --tap -T /job/tests/vm/smoke.bats ;;
	memory) /job/tests/vm/memory ;;
	processors) LIVE_AS=root as_root -w processors "${live[@]}" ;;
	root | userns) as_root "${live[@]}" ;;
	user) as_user "${live[@]}" ;;
	# One engine at a time with one driver: its daemon and its storage are there once.
	engines-*) BATS_TEST_TIMEOUT=240 flock "/run/engine-$2" /job/tests/vm/quick -t "not:$CGROUP_DRIVER" ${FILTER:+-f "$FILTER"} ${ONLY:+-o "$ONLY"} "/job/tests/engines/$2" ;;
	upstream-*) /job/upstream/run "${1#upstream-}" "$2" ;;
	*) echo "not ok - vm: no suite $1" ;;
	esac
}

# In a mount namespace of its own: tests look at the mounts of the whole machine, and others run beside them.
as_root() {
	unshare --mount --propagation private sh -c 'mount --make-rshared / && exec "$@"' sh /job/tests/vm/quick "$@"
}

# In a service of the user's own systemd.  All its controllers are delegated; the tests themselves are one level below, where
# they do not stand in the way of enabling controllers for their neighbours.
as_user() {
	setpriv --reuid=user --regid=user --init-groups env -i HOME=/home/user USER=user PATH="$PATH" XDG_RUNTIME_DIR=/run/user/1000 \
		systemd-run --user --quiet --wait --collect --pipe --expand-environment=no -p Delegate=yes -p DelegateSubgroup=tests \
		-E HOME=/home/user -E PATH="$PATH" -E XDG_RUNTIME_DIR=/run/user/1000 -E RUNTIME="$RUNTIME" -E PROBE="$PROBE" \
		-E LIVE_AS="$LIVE_AS" -E SLOWNESS="$SLOWNESS" -E BATS_TEST_TIMEOUT="$BATS_TEST_TIMEOUT" -E TERM=dumb /job/tests/vm/quick "$@"
}

# Two at a time (AT_ONCE): tests wait now and then, and the processor should not.  As tests/tap run: a file that fails without a failing
# line must not pass for success.
one_file() {
	local results=/results/$1-${2%.bats}.tap code from=$EPOCHSECONDS
	run_one "$1" "$2" </dev/null 2>&1 | tee "$results"
	code=${PIPESTATUS[0]}
	[ "$code" -eq 0 ] || grep -q '^not ok' "$results" || echo "not ok - vm-$1 $2: exit status $code" | tee -a "$results"
	echo "# suite vm-$1 $from $EPOCHSECONDS" >>"$results"
	return "$code"
}

run_suites() {
	local suite file files
	export -f one_file run_one as_root as_user
	for suite in $AS; do
		case $suite in
		smoke | memory) files=$suite ;;
		processors) files=$(cd /job/tests/live && grep -l 'test_tags=.*processors' $TESTS) ;;
		engines-*) files=$ENGINES ;;
		upstream-*) files=$UPSTREAM ;;
		*) files=$TESTS ;;
		esac
		for file in $files; do
			echo "$suite $file"
		done
	done >/results/expected	# run looks for the results of each
	xargs -P "${AT_ONCE:-2}" -n 2 bash -c 'one_file "$@"' one_file </results/expected || repeat_failed
}

# Emulated and beside another, what takes a moment elsewhere can take seconds.  A test that failed is run once more, alone, and
# counts by that; its first failure stays in the results, in a comment.  More than ten are no accident and are not repeated.
repeat_failed() {
	local suite file results title code=0
	[[ $AS != upstream* ]] && [ "$(cat /results/*.tap | grep -c '^not ok')" -le 10 ] || return 1
	export ONLY=/tmp/repeated-titles
	while read -r suite file <&7; do
		results=/results/$suite-${file%.bats}.tap
		sed -nE 's/^not ok [0-9]+ (.*) in [0-9]+ms$/\1/p' "$results" >$ONLY
		grep -q '^not ok' "$results" || continue
		run_one "$suite" "$file" </dev/null 2>&1 | sed 's/^[0-9]*\.\.[0-9]*$//' | tee /tmp/repeated
		while IFS= read -r title; do
			grep -E '^ok [0-9]+ ' /tmp/repeated | grep -qF " $title in " || continue
			title=$title awk '/^not ok / && index($0, " " ENVIRON["title"] " in ") { sub(/^not ok/, "ok"); $0 = $0 " # repeated alone" } 1' \
				"$results" >/tmp/results && cat /tmp/results >"$results"
		done <$ONLY
		! grep -q '^not ok' "$results" || code=1
	done 7</results/expected
	return $code
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
