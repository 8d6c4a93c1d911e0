# What the files of tests/engines share: they run in the test machine, as root, with the engine's own commands.
# RUNTIME is ring3, or crun or runc to compare; CGROUP_DRIVER is cgroupfs or systemd.

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
	setpriv --reuid=user --regid=user --init-groups env -i HOME=/home/user USER=user PATH="$PATH" XDG_RUNTIME_DIR=/run/user/1000 "$@"
}

not() { if "$@"; then return 1; fi; }	# "! command" in the middle of a test fails nothing
