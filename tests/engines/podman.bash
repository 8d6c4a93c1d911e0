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
	# --userns=auto takes its ids from here.
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
