# Podman: what a person types, from run to rm.  What a test says has nothing to do with cgroups: it runs with one driver.
load podman

# --- the runtime ---------------------------------------------------------------------------------------------------

# bats test_tags=not:systemd
@test "Podman finds the runtime by the name that contrib/engines/podman gives it, and takes it as its default when told" {
	[ "$NAME" = ring3 ] || skip "is about ring3"
	run pod info --format '{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Path}}'
	prints "$NAME $(command -v "$NAME")"
	sed 's/^# runtime = /runtime = /' "$CONTRIB/podman/50-ring3.conf" >"$SHARED/default.conf"
	CONTAINERS_CONF_OVERRIDE=$SHARED/default.conf run podman info --format '{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Version}}'
	exits 0
	has "ring3 ring3 version "
}

# --- run -----------------------------------------------------------------------------------------------------------

# bats test_tags=not:systemd
@test "run: exit codes 0 and 1 of the program, 125 of Podman, 126 and 127 by the runtime's message" {
	run -0 pod run --rm busybox true
	run -1 pod run --rm busybox false
	run -125 pod run --rm --no-such-option busybox true
	run -126 pod run --rm busybox /etc/passwd
	has "OCI permission denied"
	run -127 pod run --rm busybox /no/such/command
	has "/no/such/command" "attempted to invoke a command that was not found"
	run -127 pod run --rm busybox no-such-command
	has "no-such-command" "in \$PATH" "attempted to invoke a command that was not found"
	# The message, and not the record of the log that it was taken from.
	lacks '"level"'
}

# bats test_tags=not:systemd
@test "run -i: standard input, output and error are three streams, a mebibyte long" {
	head -c 1048576 /dev/zero >"$SHARED/megabyte"
	pod run --rm -i busybox sh -c 'cat; echo error >&2' <"$SHARED/megabyte" >"$SHARED/output" 2>"$SHARED/error"
	cmp "$SHARED/megabyte" "$SHARED/output"
	[ "$(<"$SHARED/error")" = error ]
}

@test "run -it: a terminal with the caller's size, which is resized with it" {
	run "$BATS_TEST_DIRNAME/terminal" podman --cgroup-manager="$DRIVER" --runtime "$NAME" run --rm -it busybox sh -c '
		until [ "$(stty size)" = "33 77" ]; do sleep 0.1; done
		tty; echo ready; read -r line; echo "read $line"; echo resize
		until [ "$(stty size)" = "40 100" ]; do sleep 0.1; done
		ls -l /proc/self/fd/0; exit 5'
	exits 5
	has "/dev/pts/0" "read hello" "/proc/self/fd/0 -> /dev/pts/0"
}

# bats test_tags=not:systemd
@test "run: user, groups, directory, environment, host name and umask are as given" {
	run pod run --rm --user 1000:1000 --group-add 2000 --workdir /var/tmp --env A=b --hostname box --umask 0027 busybox \
		sh -c 'id; pwd; echo $A $HOME; hostname; umask'
	prints "uid=1000(user) gid=1000(user) groups=1000(user),2000
/var/tmp
b /tmp
box
0027"
}

# bats test_tags=not:systemd
@test "run --preserve-fds: descriptors 3 and 4 of the caller, and no other" {
	run pod run --rm --preserve-fds=2 busybox sh -c 'cat <&3; cat <&4; ls /proc/self/fd' 3<<<three 4<<<four 5<<<five
	prints "three
four
0
1
2
3
4
5"	# 5 is the directory
}

# --- a container in the background ---------------------------------------------------------------------------------

service() {
	shared main --stop-timeout 60 --health-cmd 'test -e /tmp/healthy' --health-interval disable busybox sh -c '
		trap "exit 42" TERM; trap "echo usr1" USR1
		echo "to output"; echo "to error" >&2
		while :; do sleep 1 & wait $!; done'
	main=main-$KEY
}

@test "run -d, ps, inspect, logs: a running container, in the cgroup that the driver gives it" {
	service
	run pod ps --filter "name=^$main\$" --format '{{.State}} {{.Names}}'
	prints "running $main"
	run pod inspect -f '{{.State.Status}} {{.State.Pid}} {{.OCIRuntime}} {{.Id}}' "$main"
	has "running $PID $NAME "
	case $DRIVER in
	cgroupfs) [ "$(cgroup_of "$PID")" = "/sys/fs/cgroup/libpod_parent/libpod-${output##* }" ] ;;
	systemd) [[ $(cgroup_of "$PID") == "/sys/fs/cgroup/machine.slice/libpod-${output##* }.scope"?(/container) ]] ;;
	esac
	[ ! -e "/run/$NAME" ] || [ -e "/run/$NAME/${output##* }" ]
	within 60 logged || { echo "$stderr"; show "to output, to error"; }
}
logged() {
	run --separate-stderr pod logs "$main"
	[ "$output" = "to output" ] && [ "$stderr" = "to error" ]
}

@test "exec: its exit code, user, directory, environment and standard input; 126 and 127" {
	service
	run pod exec --user 1000 --workdir /var/tmp --env A=b "$main" sh -c 'id -u; pwd; echo $A; exit 9'
	[ "$status $output" = "9 1000
/var/tmp
b" ] || show "9 1000 /var/tmp b"
	run pod exec -i "$main" cat <<<typed
	prints typed
	run -126 pod exec "$main" /etc/passwd
	has "OCI permission denied"
	run -127 pod exec "$main" no-such-command
	has "attempted to invoke a command that was not found"
	pod exec -d "$main" sh -c 'echo detached >/tmp/detached'
	within 60 test -s "/proc/$PID/root/tmp/detached"
	# In the container's cgroup and namespaces, and its own child of conmon.
	run pod exec "$main" sh -c 'for n in mnt pid; do readlink /proc/self/ns/$n; done; cat /proc/self/cgroup'
	has "$(readlink /proc/"$PID"/ns/{mnt,pid})" "0::/"
}

@test "exec -it: a terminal" {
	service
	run "$BATS_TEST_DIRNAME/terminal" podman --cgroup-manager="$DRIVER" --runtime "$NAME" exec -it "$main" sh -c '
		until [ "$(stty size)" = "33 77" ]; do sleep 0.1; done
		tty; echo ready; read -r line; echo "read $line"; echo resize
		until [ "$(stty size)" = "40 100" ]; do sleep 0.1; done
		exit 6'
	exits 6
	has "/dev/pts/" "read hello"
}

@test "top and stats: the container's processes, its memory" {
	service
	run pod top "$main" hpid args
	exits 0
	has "$PID" "sleep 1"
	run pod stats --no-stream --format '{{.PIDs}} {{.MemUsage}}' "$main"
	exits 0
	[[ $output =~ ^[1-9][0-9]*\ [1-9][0-9.]*[kM]B\ /\  ]] || show "processes and memory"
}

# bats test_tags=not:systemd
@test "healthcheck run: by exec, healthy and unhealthy" {
	service
	run -1 pod healthcheck run "$main"
	pod exec "$main" touch /tmp/healthy
	run -0 pod healthcheck run "$main"
	run pod inspect -f '{{.State.Health.Status}}' "$main"
	prints healthy
}

frozen() { grep -q "^frozen $1" "$(cgroup_of "$PID")/cgroup.events"; }

@test "pause and unpause: the kernel has frozen the cgroup; exec is refused meanwhile" {
	service
	pod pause "$main"
	frozen 1
	run pod inspect -f '{{.State.Status}}' "$main"
	prints paused
	run pod exec "$main" true
	[ "$status" -ne 0 ]
	pod unpause "$main"
	frozen 0
}

@test "kill and stop: the signals arrive, the exit code is the program's; a second start; 137 after SIGKILL" {
	service
	rm "$SHARED/main-$KEY"
	pod kill -s USR1 "$main"
	within 60 heard
	pod stop "$main"
	run pod inspect -f '{{.State.Status}} {{.State.ExitCode}}' "$main"
	prints "exited 42"
	dead "$PID"
	pod start "$main"
	PID=$(pid_of "$main")
	directory=$(cgroup_of "$PID")
	directory=${directory%/container}
	[ -d "$directory" ]
	pod kill "$main"
	run pod wait "$main"
	prints 137
	within 60 pod rm -f -t 0 "$main"
	[ ! -e "$directory" ]
	[ -z "$(ls "/run/$NAME" 2>/dev/null | grep "$(basename "$directory" .scope | sed 's/libpod-//')")" ]
}
heard() { [[ $(pod logs "$main") == *usr1* ]]; }

# bats test_tags=not:systemd
@test "run --pid=host, kill: every process of the container is gone" {
	pod run -d --replace --name "host-$KEY" --pid=host busybox sh -c 'sleep 100077 & sleep 100077 & wait'
	within 60 sleepers 2
	pod kill "host-$KEY"
	within 60 sleepers 0
	within 60 pod rm -f -t 0 "host-$KEY"
}
sleepers() { [ "$(pgrep -fc '^sleep 100077')" -eq "$1" ]; }

# --- around it -------------------------------------------------------------------------------------------------------

# bats test_tags=not:systemd
@test "a network of Podman's own: an address, and a port of the host that leads into the container" {
	pod run -d --replace --name "net-$KEY" --network bridge -p 127.0.0.1:8077:80 busybox sh -c 'echo page >/tmp/index.html; httpd -f -p 80 -h /tmp'
	within 60 page
	run pod exec "net-$KEY" ip -4 -o addr show eth0
	has "inet 10.88."
	within 60 pod rm -f -t 0 "net-$KEY"
}
page() { [ "$(busybox wget -q -O - http://127.0.0.1:8077/index.html)" = page ]; }

# bats test_tags=not:systemd
@test "--hooks-dir: createRuntime and poststop get the state, a failing hook is 126 and leaves nothing" {
	local hook=$ROOT.hook	# /run is mounted noexec
	mkdir -p "$SHARED/hooks"
	printf '#!/bin/sh\ncat >%s/state-$1\n' "$SHARED" >"$hook"
	chmod 755 "$hook"
	printf '{"version": "1.0.0", "hook": {"path": "%s", "args": ["hook", "%s"]}, "when": {"always": true}, "stages": ["%s"]}' \
		"$hook" before createRuntime >"$SHARED/hooks/before.json"
	printf '{"version": "1.0.0", "hook": {"path": "%s", "args": ["hook", "%s"]}, "when": {"always": true}, "stages": ["%s"]}' \
		"$hook" after poststop >"$SHARED/hooks/after.json"
	run pod --hooks-dir "$SHARED/hooks" run --rm --annotation a=b busybox true
	exits 0
	jq -e '.status == "creating" or .status == "created"' "$SHARED/state-before"
	jq -e '.pid > 0 and .annotations.a == "b" and (.bundle | startswith("/")) and .ociVersion' "$SHARED/state-before"
	jq -e '.status == "stopped"' "$SHARED/state-after"
	printf '{"version": "1.0.0", "hook": {"path": "/bin/false"}, "when": {"always": true}, "stages": ["createRuntime"]}' >"$SHARED/hooks/before.json"
	run -126 pod --hooks-dir "$SHARED/hooks" run --rm busybox true
	has hook
}
