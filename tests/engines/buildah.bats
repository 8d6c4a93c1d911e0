# Buildah: containers that images are built in, as root and as an ordinary user.
load podman

setup() {
	prepare
	cp "$CONTRIB/buildah/50-ring3.conf" "$SHARED/buildah.conf"
	chmod 644 "$SHARED/buildah.conf"
	chmod 755 "$SHARED"
}

# By contrib/engines/buildah and nothing else.
as_root() { CONTAINERS_CONF=$SHARED/buildah.conf BUILDAH_RUNTIME=$NAME buildah --cgroup-manager="$DRIVER" "$@"; }
as_somebody() { (cd / && as_user CONTAINERS_CONF="$SHARED/buildah.conf" BUILDAH_RUNTIME="$NAME" buildah --cgroup-manager="$DRIVER" "$@"); }

# run_with_options WHO ISOLATION NAME: in a working container.
run_with_options() {
	run "$1" run --isolation "$2" --network none --user 1000 --workingdir /tmp --env A=b --cap-drop all --hostname box -v "$CONTRIB:/c:ro" --mount type=tmpfs,dst=/t "$3" -- \
		sh -c 'exec 2>&1; id -u; pwd; echo $A; hostname; grep ^CapEff: /proc/self/status; touch /c/x; ls /c/buildah; grep -c " /t " /proc/self/mountinfo; touch made && stat -c %u made; cat; exit 7' <<<typed
	exits 7
	has "1000
/tmp
b
box
CapEff:	0000000000000000
touch: /c/x: Read-only file system
50-ring3.conf
1
1000
typed"
}

# working: a working container that tests share, made by the first that needs it.
working() {
	[ -s "$SHARED/work-$KEY" ] || as_root from localhost/busybox >"$SHARED/work-$KEY"
	WORK=$(<"$SHARED/work-$KEY")
}

# bats test_tags=not:systemd
@test "buildah build --isolation oci, as root: RUN, its limits, a failing one" {
	local context=$SHARED/buildah
	mkdir -p "$context"
	printf 'FROM localhost/busybox\nRUN id -u >/result && ulimit -n >>/result\nRUN cat /result\n' >"$context/Containerfile"
	run as_root build --isolation oci --network none --layers=false --ulimit nofile=512:1024 -t "built-$KEY" "$context"
	exits 0
	has "0
512"
	printf 'FROM localhost/busybox\nRUN exit 9\n' >"$context/Containerfile"
	run as_root build --isolation oci --network none "$context"
	[ "$status" -ne 0 ]
	has "exit status 9"
}

# bats test_tags=not:systemd
@test "buildah run --isolation oci, as root: options, volumes, input, exit code" {
	working
	run_with_options as_root oci "$WORK"
}

# bats test_tags=not:systemd
@test "buildah run --isolation oci, as root: a terminal, a program that is not there" {
	working
	run on_terminal env CONTAINERS_CONF="$SHARED/buildah.conf" buildah run --runtime "$NAME" --isolation oci --network none -t "$WORK" -- \
		sh -c 'echo $$; id -u; grep ^Seccomp: /proc/self/status; tty; echo ready; read -r line; echo "read $line"; exit 5'
	exits 5
	has "1
0
Seccomp:	2
/dev/pts/0" "read hello"
	run as_root run --isolation oci --network none "$WORK" -- no-such-command
	[ "$status" -ne 0 ]
	has no-such-command
	as_root rm "$WORK"
	rm "$SHARED/work-$KEY"
}

# bats test_tags=not:cgroupfs
@test "buildah run --cgroup-manager systemd: the container is in a scope of systemd's, which goes with it" {
	local pid scope program="/bin/sleep 1000$$"
	working
	as_root run --isolation oci --network none "$WORK" -- $program </dev/null 3>&- 4>&- &
	within 100 pgrep -f "^$program\$" >/dev/null
	pid=$(pgrep -f "^$program\$")
	scope=$(cgroup_of "$pid")
	kill -9 "$pid"
	wait $! || :	# 137, or as Buildah words it
	echo "$scope"
	[[ $scope == /sys/fs/cgroup/system.slice/*.scope ]]
	[ ! -e "$scope" ]
	as_root rm "$WORK"
	rm "$SHARED/work-$KEY"
}

# Its user namespace has subordinate ids: chown to 7 would fail without them.
# bats test_tags=not:systemd
@test "buildah build --isolation rootless, as an ordinary user" {
	local context=/tmp/buildah-user
	rm -rf "$context"
	install -d -o user -g user "$context"
	cp "$ROOT.tar" "$context/root.tar"
	printf 'FROM scratch\nADD root.tar /\nRUN id -u && chown 7 /var && stat -c %%u /var && cat /proc/self/uid_map\n' >"$context/Containerfile"
	run as_somebody build --isolation rootless --network none --layers=false -t "built-$KEY" "$context"
	exits 0
	has "0
7"
	[[ $output =~ 0\ +1000\ +1 ]] || show "the user is root inside"
}

# bats test_tags=not:systemd
@test "buildah run --isolation rootless, as an ordinary user: options, volumes, input, exit code" {
	local work
	work=$(as_somebody from "built-$KEY")
	run_with_options as_somebody rootless "$work"
	as_somebody rm "$work"
}
