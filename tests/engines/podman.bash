# podman.bash - what the files of Podman and Buildah share: the runtime by its name, the configuration of contrib/engines, an image.
# Emulated, a podman command takes 2 s: what is needed more than once is made once, by whoever needs it first, and left.
load helpers

NAME=${RUNTIME##*/}	# as containers.conf has it
SHARED=/run/engines-podman
ROOT=/tmp/engines-podman
DRIVER=${CGROUP_DRIVER:-cgroupfs}
KEY=$NAME-$DRIVER	# in names: one driver's containers are not the other's
CONTRIB=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)/contrib/engines

setup() { prepare; }

# once NAME COMMAND...: for all files and both drivers.
once() {
	local made=$SHARED/$1
	shift
	[ ! -e "$made" ] || return 0
	mkdir -p "$SHARED"
	(
		flock 8
		[ -e "$made" ] || "$@" >"$made.log" 2>&1 8>&- || { cat "$made.log"; exit 1; }
		: >"$made"
	) 8>"$made.lock"
}

prepare() {
	once configuration install_configuration
	once image make_image
}

install_configuration() {
	mkdir -p /etc/containers/containers.conf.d
	install -d -m 1777 "$SHARED/pids"	# for --pidfile; of the ordinary user, too
	[[ $RUNTIME != */* ]] || install "$RUNTIME" "/usr/local/bin/$NAME"
	[ ! -e "${RUNTIME%/*}/ring3-systemd" ] || install -D -t /usr/local/libexec/ring3 "${RUNTIME%/*}/ring3-systemd"
	cp "$CONTRIB/podman/50-ring3.conf" /etc/containers/containers.conf.d/
	# Of the tests: no network unless it is asked for, and logs that need no journal.
	printf '[containers]\nnetns = "none"\nlog_driver = "k8s-file"\n[engine]\nevents_logger = "file"\n' >/etc/containers/containers.conf.d/60-tests.conf
	# --userns=auto takes its ids from here; newer libsubid asks who that is.
	id containers >/dev/null 2>&1 || useradd --system --no-create-home --shell /usr/sbin/nologin containers
	grep -q ^containers: /etc/subuid || { echo containers:1000000:1000000 >>/etc/subuid; echo containers:1000000:1000000 >>/etc/subgid; }
}

make_image() {
	busybox_root "$ROOT"
	chmod 1777 "$ROOT/tmp"
	echo user:x:1000:1000:user:/tmp:/bin/sh >>"$ROOT/etc/passwd"
	echo user:x:1000: >>"$ROOT/etc/group"
	tar -C "$ROOT" -cf "$ROOT.tar" .
	chmod 644 "$ROOT.tar"
	podman import -q -c 'CMD ["/bin/sh"]' "$ROOT.tar" localhost/busybox
}

# "rm -f" is tried again, by within: Podman waits 5 s for a killed process to be gone, and a busy emulated machine may take longer.
pod() { podman --cgroup-manager="$DRIVER" --runtime "$NAME" "$@"; }

# prints TEXT, has TEXT...: about $status and $output of run.
prints() { [ "$status" -eq 0 ] && [ "$output" = "$1" ] || show "$1"; }
exits() { [ "$status" -eq "$1" ] || show "status $1"; }
has() {
	local text
	for text; do
		[[ $output == *"$text"* ]] || { show "$text"; return 1; }
	done
}
lacks() { [[ $output != *"$1"* ]] || show "no $1"; }
show() {
	printf 'expected: %s\nstatus: %s\noutput:\n%s\n' "$1" "$status" "$output"
	return 1
}

# shared NAME [OPTION...] [COMMAND...]: a running container of several tests, NAME-KEY; PID is its first process.
shared() {
	local name=$1-$KEY
	shift
	[ -e "$SHARED/$name" ] || pod run -d --replace --name "$name" --pidfile "$SHARED/pids/$name" "$@"
	: >"$SHARED/$name"
	PID=$(<"$SHARED/pids/$name")
}

pid_of() { pod inspect -f '{{.State.Pid}}' "$1"; }
dead() { [ ! -e "/proc/$1/exe" ]; }

# --- below systemd -------------------------------------------------------------------------------------------------

# activated DIRECTORY [AS...]: somebody connects to a socket there, and Podman, of whom AS makes it, runs a container for it.
# systemd-socket-activate waits for the connection; the listening socket is in the container then, at number 3.
activated() {
	local path=$1/listening said=$1/activated inode
	rm -f "$path" "$said"
	"${@:2}" systemd-socket-activate -E XDG_RUNTIME_DIR -l "$path" podman --cgroup-manager="$DRIVER" --runtime "$NAME" run --rm --replace \
		--name "socket-$KEY" busybox sh -c 'echo $LISTEN_FDS $LISTEN_PID $$; readlink /proc/self/fd/3' >"$said" 2>"$said.log" </dev/null 3>&- &
	within 60 test -S "$path"
	python3 -c 'import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])' "$path"
	inode=$(awk -v path="$path" '$8 == path && $6 == "01" { print $7; exit }' /proc/net/unix)
	wait $! || { cat "$said.log"; return 1; }
	[ "$(<"$said")" = "1 1 1
socket:[$inode]" ] || { echo "inode $inode"; cat "$said.log" "$said"; return 1; }
}

# quadlet UNITS POD SYSTEMCTL...: contrib's unit in the directory UNITS starts a container, which POD knows, below the systemd that
# SYSTEMCTL speaks to, and the container ends with its service.  In GROUP: its cgroup while it ran.
quadlet() {
	local unit=$1/hello.container pod=$2 pid
	shift 2
	sed "s/--runtime=ring3/--runtime=$NAME --cgroup-manager=$DRIVER/" "$CONTRIB/podman/hello.container" >"$unit"
	"$@" daemon-reload
	"$@" start hello.service || { "$@" status hello.service; return 1; }
	run "$@" show -p ActiveState -p SubState hello.service
	prints "ActiveState=active
SubState=running"
	run "$pod" inspect -f '{{.OCIRuntime}} {{.State.Pid}} {{.Id}}' systemd-hello
	[[ $output == "$NAME "* ]] || show "$NAME"
	pid=${output#* } pid=${pid% *}
	GROUP=$(cgroup_of "$pid")
	[[ $GROUP == *"/hello.service/libpod-payload-${output##* }" ]] || { echo "$GROUP"; return 1; }
	"$@" stop hello.service
	dead "$pid"
	rm "$unit"
	"$@" daemon-reload
}
