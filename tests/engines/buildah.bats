# Buildah: containers that images are built in, as root and as an ordinary user.  It makes no cgroups of its own with limits here: one
# driver will do.
# bats file_tags=not:systemd
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

# from WHO NAME: a working container of busybox, made from nothing.
from() {
	"$1" rm "$2" >/dev/null 2>&1 || true
	"$1" from --name "$2" scratch
	"$1" add -q "$2" "$ROOT.tar" /
}

# session WHO ISOLATION NAME
session() {
	run "$1" run --isolation "$2" --network none "$3" -- sh -c 'echo $$; id -u; cat /proc/self/uid_map; grep ^Seccomp: /proc/self/status; exit 7'
	exits 7
	has "1
0
" "Seccomp:	2"
	run "$1" run --isolation "$2" --network none --user 1000 --workingdir /tmp --env A=b --cap-drop all --hostname box "$3" -- \
		sh -c 'id -u; pwd; echo $A; hostname; grep ^CapEff: /proc/self/status; touch made'
	prints "1000
/tmp
b
box
CapEff:	0000000000000000"
	run "$1" run --isolation "$2" --network none -v "$CONTRIB:/c:ro" --mount type=tmpfs,dst=/t "$3" -- \
		sh -c 'exec 2>&1; stat -c %u /tmp/made; touch /c/x; ls /c/buildah; touch /t/x && grep -c " /t " /proc/self/mountinfo; cat' <<<typed
	prints "1000
touch: /c/x: Read-only file system
50-ring3.conf
1
typed"
	run "$1" run --isolation "$2" --network none "$3" -- no-such-command
	[ "$status" -ne 0 ]
	has no-such-command
}

@test "buildah run, as root: program, user, volumes, exit code" {
	from as_root "work-$KEY"
	session as_root oci "work-$KEY"
	run "$BATS_TEST_DIRNAME/terminal" env CONTAINERS_CONF="$SHARED/buildah.conf" buildah run --runtime "$NAME" --isolation oci --network none -t "work-$KEY" -- \
		sh -c 'tty; echo ready; read -r line; echo "read $line"; exit 5'
	exits 5
	has "/dev/pts/0" "read hello"
	run as_root commit -q "work-$KEY" "committed-$KEY"
	exits 0
	as_root rm "work-$KEY"
}

@test "buildah build, as root: RUN, its limits, a failing one" {
	local context=$SHARED/buildah
	mkdir -p "$context"
	printf 'FROM localhost/busybox\nRUN id -u >/result && ulimit -n >>/result && hostname\nRUN cat /result\n' >"$context/Containerfile"
	run as_root build --isolation oci --network none --layers=false --ulimit nofile=512:1024 -t "built-$KEY" "$context"
	exits 0
	has "0
512"
	printf 'FROM localhost/busybox\nRUN exit 9\n' >"$context/Containerfile"
	run as_root build --isolation oci --network none --ulimit nofile=512:1024 "$context"
	[ "$status" -ne 0 ]
	has "exit status 9"
}

@test "buildah run and build, as an ordinary user" {
	from as_somebody "work-$KEY"
	session as_somebody rootless "work-$KEY"
	run as_somebody commit -q "work-$KEY" "committed-$KEY"
	exits 0
	as_somebody rm "work-$KEY"
	install -d -o user -g user /tmp/buildah-user
	printf 'FROM localhost/committed-%s\nRUN id -u && chown 7 /tmp && stat -c %%u /tmp\n' "$KEY" >/tmp/buildah-user/Containerfile
	run as_somebody build --isolation rootless --network none --layers=false -t "built-$KEY" /tmp/buildah-user
	exits 0
	has "0
7"
}
