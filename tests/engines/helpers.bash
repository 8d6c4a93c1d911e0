# What the files of tests/engines share: they run in the test machine, as root, with the engine's own commands.
# RUNTIME is ring3, or crun or runc to compare; CGROUP_DRIVER is cgroupfs or systemd.

# Emulated, engines spend half of their time on collecting garbage, of heaps that are small all the same.
export GOGC=off GOMEMLIMIT=256MiB

# within SECONDS COMMAND...: tries every 0.2 s.
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.2
	done
}

# busybox_root DIRECTORY: a root file system of busybox, for images that are made without a registry.
busybox_root() {
	mkdir -p "$1"/{bin,dev,etc,proc,root,run,sys,tmp,var/tmp}
	cp /bin/busybox "$1/bin/"
	chroot "$1" /bin/busybox --install -s /bin
	echo root:x:0:0:root:/root:/bin/sh >"$1/etc/passwd"
	echo root:x:0: >"$1/etc/group"
}

# as_user COMMAND...: as the ordinary user of the machine, with the user's own systemd and session bus.
as_user() {
	setpriv --reuid=user --regid=user --init-groups env -i HOME=/home/user USER=user PATH="$PATH" XDG_RUNTIME_DIR=/run/user/1000 \
		GOGC="$GOGC" GOMEMLIMIT="$GOMEMLIMIT" "$@"
}

not() { if "$@"; then return 1; fi; }	# "! command" in the middle of a test fails nothing

# busybox_image FILE NAME...: an image of busybox under these names, as `docker save` would have written it; docker load and
# ctr images import take it.
busybox_image() {
	local work=/tmp/engines-busybox layer names
	mkdir -p "$work"
	(
		flock 8
		[ ! -e "$work/layer" ] || exit 0	# it takes the machine seconds: once, for all files and drivers
		busybox_root "$work/root"
		tar -C "$work/root" -cf "$work/layer.tar" .
		sha256sum <"$work/layer.tar" >"$work/layer"
	) 8>"$work/lock"
	layer=$(<"$work/layer")
	names=$(printf '"%s",' "${@:2}")
	printf '{"architecture":"amd64","os":"linux","created":"2024-01-01T00:00:00Z","config":{"Env":["PATH=/bin:/sbin"],
		"Cmd":["sleep","1000000"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' "${layer%% *}" >"$1.config.json"
	printf '[{"Config":"%s","RepoTags":[%s],"Layers":["layer.tar"]}]' "${1##*/}.config.json" "${names%,}" >"${1%/*}/manifest.json"
	tar -cf "$1" -C "${1%/*}" manifest.json "${1##*/}.config.json" -C "$work" layer.tar
}

# on_terminal COMMAND...: with a terminal of 33 lines and 77 columns that it controls, as a person has one.  What it says there comes
# out, and its status.
on_terminal() { "$BATS_TEST_DIRNAME/terminal" "$@"; }

# --- a daemon of our own -------------------------------------------------------------------------------------------

# engine_once DIRECTORY START REMOVE: an engine with all it has in DIRECTORY; the first test of a file that needs it STARTs it.  What a
# run that failed has left there is REMOVEd before.  Tried once: a test that finds it tried in vain fails at once.
engine_once() {
	local owner=
	[ ! -e "$1/owner" ] || owner=$(<"$1/owner")
	[ "$owner" != "$$ runs" ] || return 0
	[ "$owner" != "$$" ]
	[ ! -e "$1" ] || "$3"
	mkdir -p "$1"
	echo $$ >"$1/owner"
	"$2"
	echo "$$ runs" >"$1/owner"
}

# engine_explains DIRECTORY: for teardown, the last complaints of the daemon if the test failed.
engine_explains() {
	[ -n "$BATS_TEST_COMPLETED" ] || grep -v level=info "$1/log" | tail -n 5
}

# engine_config FILE: a file of contrib/engines, with the runtime under test and the cgroup driver in it.
engine_config() {
	local systemd=false
	[ "$CGROUP_DRIVER" != systemd ] || systemd=true
	sed "s,/usr/local/bin/ring3,$(type -P "$RUNTIME"),; s/SystemdCgroup = true/SystemdCgroup = $systemd/" "$BATS_TEST_DIRNAME/../../contrib/engines/$1"
}

# cgroup_of PID: the directory.
cgroup_of() {
	local line
	read -r line <"/proc/$1/cgroup"
	printf '/sys/fs/cgroup%s\n' "${line#0::}"
}

# containerd_starts DIRECTORY LINE: a containerd with all it has in DIRECTORY, by a configuration that begins with LINE; again too.
containerd_starts() {
	cat >"$1/config.toml" <<-END
		version = 2
		root = "$1/root"
		state = "$1/state"
		$2
		[grpc]
		  address = "$1/socket"
		[ttrpc]
		  address = "$1/ttrpc"
		[timeouts]	# an emulated machine takes longer than 5 s to clean up after a shim
		  "io.containerd.timeout.shim.cleanup" = "60s"
		  "io.containerd.timeout.shim.load" = "60s"
		  "io.containerd.timeout.shim.shutdown" = "60s"
		  "io.containerd.timeout.task.state" = "60s"
	END
	setsid containerd -c "$1/config.toml" >>"$1/log" 2>&1 </dev/null 3>&- 4>&- &
	echo $! >"$1/pid"
	within 200 test -S "$1/socket"
}

# containerd_stops DIRECTORY: containers and their shims live on.
containerd_stops() {
	daemon_stops "$1/pid"
	rm -f "$1/socket"
}

# daemon_stops PIDFILE: of a run that failed it may have ended already.
daemon_stops() {
	[ -e "$1" ] || return 0
	kill "$(<"$1")" 2>/dev/null || :
	within 60 not_there "/proc/$(<"$1")"
	rm -f "$1"
}

# containerd_removed DIRECTORY STATES: it stops; whatever a run that failed has left goes too.  STATES is where the runtime keeps
# what it knows of its containers.
containerd_removed() {
	containerd_stops "$1"
	pkill -9 -f "containerd-shim.*-address $1/" || :	# there should be none
	ls "$2" 2>/dev/null | xargs -r -n 1 "$RUNTIME" --root "$2" delete -f
	findmnt -rno TARGET | grep "^$1/" | sort -r | xargs -r umount -l
	rm -rf "$1"
}

not_there() { [ ! -e "$1" ]; }
# empty DIRECTORY.  crun keeps compiled filters beside its containers.
empty() {
	local left
	left=$(ls -A -I .cache "$1")
	[ -z "$left" ] || { echo "$1 has: $left"; return 1; }
}
