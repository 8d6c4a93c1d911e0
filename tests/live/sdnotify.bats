# NOTIFY_SOCKET: the program in the container tells the service manager that started the runtime that it is ready (EC 1.12).
load helpers

# manager: a service manager that listens at $SOCKET and writes what it hears to $HEARD.
manager() {
	SOCKET=$BUNDLE/manager.sock HEARD=$BUNDLE/heard
	export NOTIFY_SOCKET=$SOCKET
	HOLDERS="${HOLDERS:-} $("$PROBE" sd-manager "$SOCKET" "$HEARD" </dev/null 3>&- 4>&-)"
	[ -S "$SOCKET" ]
}
active() { [ "$(systemctl show -p ActiveState --value "$1")" = active ]; }
heard() { grep -qx "$1" "$HEARD" 2>/dev/null; }

@test "start waits for READY=1, tells it with MAINPID and waits for the barrier" {
	manager
	create . sh -c 'sleep 0.3; probe sd-notify "STATUS=not yet"; sleep 0.3; probe sd-notify "$(printf "STATUS=up\nREADY=1\nMAINPID=1")"; sleep 1000'
	[ ! -s "$HEARD" ]
	begin=$(date +%s%N)
	start
	[ $((($(date +%s%N) - begin) / 1000000)) -ge 500 ]
	pid=$(pid_of)
	[ "$(cat "$HEARD")" = "MAINPID=$pid|READY=1
BARRIER=1 +fd" ] || { cat "$HEARD"; false; }
	delete
}

@test "run -d does the same" {
	manager
	bundle . sh -c 'probe sd-notify READY=1; sleep 1000'
	ring3_quiet run -d -b "$BUNDLE" "$ID"
	heard "MAINPID=$(pid_of)|READY=1"
	delete
}

@test "foreground run is the main process itself: READY=1 alone, while it runs on" {
	manager
	bundle . sh -c 'sleep 0.2; probe sd-notify READY=1; sleep 0.2; exit 3'
	run ring3 run -b "$BUNDLE" "$ID" </dev/null
	exits 3
	[ "$(cat "$HEARD")" = "READY=1" ]
}

@test "a program that ends without being ready does not keep start" {
	manager
	create . true
	start
	[ ! -s "$HEARD" ]
	delete
}

@test "the socket is there for users of a user namespace, too, and read-only otherwise" {
	manager
	bundle "$USERNS | .process.user = {uid: 1000, gid: 1000} | .process.cwd = \"/\"" \
		sh -c 'probe sd-notify READY=1 && echo $NOTIFY_SOCKET && ! rm -f /run/notify/notify.sock 2>/dev/null && ! touch /run/notify/x 2>/dev/null'
	run ring3 run -b "$BUNDLE" "$ID" </dev/null
	prints /run/notify/notify.sock
	heard READY=1
}

@test "without NOTIFY_SOCKET there is neither mount nor variable" {
	inside . 'env | grep NOTIFY; grep notify /proc/self/mountinfo; exit 0'
	prints ""
}

@test "places in config.json are still known with the notify mount" {
	manager
	bundle '.mounts += [{destination: "/x", type: "nosuchfilesystem", source: "x"}]' true
	try create -b "$BUNDLE" "$ID"
	fails "config.json:" "mounts[6]"
}

@test "a state root by a relative path, and a manager that is gone" {
	manager
	cd "$WORK"
	bundle . sh -c 'probe sd-notify READY=1; sleep 1000'
	STATE=${STATE#"$WORK"/} ring3_quiet run -d -b "$BUNDLE" "$ID"
	heard "MAINPID=$(pid_of)|READY=1"
	delete
	rm "$SOCKET"
	create . sh -c 'probe sd-notify READY=1; sleep 1000'
	try start "$ID"
	fails "NOTIFY_SOCKET $SOCKET: no such file or directory"
	delete
}

# bats test_tags=not:machine
@test "the example unit names options that there are" {
	unit=$TOP/contrib/systemd/ring3@.service
	[ -f "$unit" ]
	# Each command line as far as its last option, then --help.
	sed -n 's/^Exec[A-Za-z]*=[-]*[^ ]*ring3 //p' "$unit" | while read -r line; do
		"$RUNTIME" ${line//%i/"$ID"} --help | grep -q usage
	done
	! command -v systemd-analyze >/dev/null || systemd-analyze verify "$unit" 2>&1 | grep -v 'ring3 is not executable' | grep -c "ring3@" | grep -qx 0
}

# The example unit, with other paths, in the hands of the systemd that runs this host.
# bats test_tags=not:user,not:userns
@test "systemd: the example unit is active once the program says READY=1; stop ends the container" {
	[ "$(cat /proc/1/comm)" = systemd ] && [ -d /run/systemd/system ] || skip "needs systemd as pid 1"
	unit=$TOP/contrib/systemd/ring3@.service
	service=ring3-live-$BATS_SUITE_TEST_NUMBER-$$
	bundle 'del(.linux.cgroupsPath)' \
		sh -c 'trap "echo term >/tmp/service; exit 0" TERM; rm -f /tmp/service /tmp/go; while [ ! -e /tmp/go ]; do sleep 0.1; done
			probe sd-notify READY=1; while :; do sleep 0.1; done'
	sed "s|/usr/local/bin/ring3|$RUNTIME --root $STATE|; s|/var/lib/ring3/%i|$BUNDLE|; s|%i|$ID|g" "$unit" >"/run/systemd/system/$service.service"
	printf '[Service]\nEnvironment=RING3_TEST_COOKIE=%s\n' "$COOKIE" >>"/run/systemd/system/$service.service"
	systemctl daemon-reload
	systemctl start --no-block $service
	within 30000 is running
	[ "$(systemctl show -p ActiveState --value $service)" = activating ]
	touch "$ROOTFS/tmp/go"
	within 30000 active $service
	pid=$(pid_of)
	group=$(grep ^0:: "/proc/$pid/cgroup" | cut -d: -f3-)
	main=$(systemctl show -p MainPID --value $service)
	[ "$(systemctl show -p Result --value $service)" = success ]
	grep -q ring3 "/proc/$main/cmdline"
	systemctl stop $service
	[ "$(systemctl show -p ActiveState --value $service) $(systemctl show -p Result --value $service)" = "inactive success" ]
	grep -qx term "$ROOTFS/tmp/service"
	dead "$pid"
	no_file "$CGROUP2$group"
	rm "/run/systemd/system/$service.service"
	systemctl daemon-reload
	try state "$ID"
	fails "does not exist"
}
