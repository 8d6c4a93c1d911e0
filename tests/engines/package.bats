# The Debian package, as somebody who installs it: used by Podman, upgraded under a running container, removed.
# bats file_tags=not:systemd
load helpers

PODMAN=(podman --runtime /usr/bin/ring3 --cgroup-manager cgroupfs --root /tmp/package/storage --runroot /tmp/package/run)

setup() {
	DEB=$(echo /job/deb/ring3_*.deb)
	[ -e "$DEB" ] || { echo "no package in /job/deb: make deb"; return 1; }
	mkdir -p /tmp/package
}
teardown() { :; }

# What a container leaves that Podman can no longer remove, its runtime being gone; it may be trying to.
clean_up() {
	awk '$5 ~ "^/tmp/package/" { print $5 }' /proc/self/mountinfo | sort -r | xargs -r umount -l
	rm -rf /tmp/package
}

# The package and an image: for all tests, and for each that is repeated alone.
installed() {
	[ -x /usr/bin/ring3 ] || dpkg -i "$DEB"
	[ ! -e /tmp/package/imported ] || return 0
	busybox_root /tmp/package/root
	tar -c -C /tmp/package/root . | "${PODMAN[@]}" import - box
	: >/tmp/package/imported
}

# The same package with a higher version.
newer() {
	dpkg-deb -R "$DEB" /tmp/package/newer
	sed -i 's/^Version: .*/&+newer/' /tmp/package/newer/DEBIAN/control
	dpkg-deb -b /tmp/package/newer /tmp/package/newer.deb >/dev/null
}

@test "installed, it is what Podman runs" {
	installed
	[ -x /usr/libexec/ring3/ring3-systemd ]
	run "${PODMAN[@]}" run --rm --network none box sh -c 'echo in $(hostname)'
	[ "$status" -eq 0 ] && [[ $output == "in "* ]] || { echo "$output"; false; }
}

@test "its AppArmor profile is loaded and lets it make user namespaces" {
	installed
	mountpoint -q /sys/kernel/security || mount -t securityfs none /sys/kernel/security
	apparmor_parser -r /etc/apparmor.d/ring3
	grep -qxF 'ring3 (unconfined)' /sys/kernel/security/apparmor/profiles
	restrict=/proc/sys/kernel/apparmor_restrict_unprivileged_userns
	[ -e $restrict ] || skip "this kernel has no kernel.apparmor_restrict_unprivileged_userns"
	echo 1 >$restrict
	run as_user unshare -U -r true
	unconfined=$status
	rm -rf /tmp/package/bundle
	mkdir -p /tmp/package/bundle
	busybox_root /tmp/package/bundle/rootfs
	(cd /tmp/package/bundle && ring3 spec --rootless && jq '.process.terminal = false | .process.args = ["echo", "a user namespace"]' config.json >c && mv c config.json)
	chown -R user: /tmp/package/bundle
	run as_user ring3 --root /run/user/1000/package run -b /tmp/package/bundle package
	echo 0 >$restrict
	[ $unconfined -ne 0 ] || { echo "the restriction does not restrict"; false; }
	[ "$output" = "a user namespace" ] || { echo "$output"; false; }
}

# Podman's profile of containers, which is there when AppArmor is, takes signals from "unconfined" and not from "ring3".
@test "upgraded under a running container, it goes on with it, and its signals arrive" {
	installed
	id=$("${PODMAN[@]}" run -d --network none box sleep 1000)
	pid=$("${PODMAN[@]}" inspect -f '{{.State.Pid}}' "$id")
	[ "$(cat /sys/module/apparmor/parameters/enabled)" != Y ] || [[ $(<"/proc/$pid/attr/current") == "containers-default-"* ]]
	newer
	dpkg -i /tmp/package/newer.deb
	[ "$(dpkg-query -W -f '${Version}' ring3)" = "$(dpkg-deb -f "$DEB" Version)+newer" ]
	[ "$(readlink "/proc/$pid/root/proc/1/exe" || readlink "/proc/$pid/exe")" = /bin/busybox ]
	run "${PODMAN[@]}" exec "$id" sh -c 'tr "\0" " " </proc/1/cmdline'
	[ "$output" = "sleep 1000 " ] || { echo "$output"; false; }
	within 60 "${PODMAN[@]}" rm -f -t 0 "$id"
	[ ! -e "/proc/$pid" ]
}

@test "removed, nothing of it is left, and a container that runs is not disturbed" {
	installed
	id=$("${PODMAN[@]}" run -d --network none box sleep 1000)
	pid=$("${PODMAN[@]}" inspect -f '{{.State.Pid}}' "$id")
	files=$(dpkg -L ring3)
	dpkg -P ring3
	for file in $files; do
		[ -d "$file" ] || [ ! -e "$file" ] || { echo "still there: $file"; false; }
	done
	not grep -q '^ring3 ' /sys/kernel/security/apparmor/profiles
	[ -e "/proc/$pid" ]
	kill -9 "$pid"
	within 60 [ ! -e "/proc/$pid" ]
	within 60 clean_up
}
