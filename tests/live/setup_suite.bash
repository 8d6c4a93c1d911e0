# setup_suite.bash - what bats does once before all tests and once after them: the root file system, the base of every config.json.
# RUNTIME names the program under test, PROBE the helper program of probe.c, LIVE_AS who runs the tests (helpers.bash).

setup_suite() {
	TOP=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
	LIVE_AS=${LIVE_AS:-root}
	RUNTIME=${RUNTIME:-$TOP/build/ring3}
	PROBE=${PROBE:-$TOP/build/tests/probe}
	ENGINE=${ENGINE:-${PROBE%/*}/engine}
	WORK=$(mktemp -d /tmp/ring3-live.XXXXXX)
	ROOTFS=$WORK/rootfs
	CRIU=$(PATH=$PATH:/usr/local/sbin:/usr/sbin command -v criu || true)	# empty where it is not installed
	find_cgroup
	export TOP LIVE_AS RUNTIME PROBE ENGINE WORK ROOTFS CGROUP2 CG_PARENT CRIU
	chmod 755 "$WORK"	# containers whose root is an ordinary user come here too
	reachable RUNTIME
	reachable PROBE
	mkdir -p "$WORK"/bundle/{1..999}
	mkfifo "$WORK/never"
	make_rootfs
	write_base
	[ "$LIVE_AS" != userns ] || chown -R 100000:100000 "$ROOTFS" "$WORK/bundle"
}

# reachable NAME: the program is copied where everybody gets to it: a clone may lie in a home directory that is closed to others.
reachable() {
	local file=${!1}
	[[ $file == "$TOP"/* ]] || return 0
	cp "$file" "$WORK/${file##*/}"
	printf -v "$1" %s "$WORK/${file##*/}"
}

# What the user's containers made with other ids of his can only be removed by the root of such a user namespace.
teardown_suite() {
	local away=(rm -rf --one-file-system "$WORK")
	if [ $EUID -eq 0 ]; then "${away[@]}"; else unshare --map-root-user --map-auto "${away[@]}"; fi
}

# CGROUP2 is where it is mounted, CG_PARENT the cgroup below which tests make theirs: the user's is beside that of the tests.
find_cgroup() {
	local line own=
	CGROUP2= CG_PARENT=
	while read -r line; do
		[[ $line == *" - cgroup2 "* && -z $CGROUP2 ]] || continue
		read -r _ _ _ _ CGROUP2 _ <<<"$line"
	done </proc/self/mountinfo
	[ "$LIVE_AS" = user ] || return 0
	while read -r line; do
		[[ $line == 0::* ]] && own=${line#0::}
	done </proc/self/cgroup
	CG_PARENT=${own%/*}
}

make_rootfs() {
	mkdir -p "$ROOTFS"/{bin,etc,proc,sys,dev,tmp,root,mnt,run,var,home/user}
	chmod 1777 "$ROOTFS/tmp"
	cp "$(command -v busybox)" "$PROBE" "$ROOTFS/bin/"
	"$ROOTFS/bin/busybox" --install "$ROOTFS/bin"
	printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\n' >"$ROOTFS/etc/passwd"
	printf 'root:x:0:\nuser:x:1000:\n' >"$ROOTFS/etc/group"
}

# The ids of every container: those after the user's own are the first ones subordinate to him.
id_maps() {
	local own
	case $LIVE_AS in
	userns) own='{containerID: 0, hostID: 100000, size: 65536}' ;;
	user)
		own="{containerID: 0, hostID: $EUID, size: 1}"
		! grep -q "^$(id -un 2>&1):" /etc/subuid 2>/dev/null || own+=', {containerID: 1, hostID: 100000, size: 65535}'
		;;
	*) echo . && return ;;
	esac
	echo ".linux.namespaces += [{type: \"user\"}] | .linux.uidMappings = [$own] | .linux.gidMappings = .linux.uidMappings"
}

# In the text below, helpers.bash replaces each word between @.
write_base() {
	jq "$(id_maps)" >"$WORK/base.json" <<-JSON
	{
		"ociVersion": "1.0.2",
		"process": {
			"user": { "uid": 0, "gid": 0 },
			"args": [ "@ARGS@" ],
			"env": [ "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "RING3_TEST_COOKIE=@COOKIE@" ],
			"cwd": "/",
			"capabilities": {
				"bounding": [ "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE" ],
				"effective": [ "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE" ],
				"permitted": [ "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE" ]
			},
			"noNewPrivileges": true
		},
		"root": { "path": "$ROOTFS" },
		"hostname": "live",
		"mounts": [
			{ "destination": "/proc", "type": "proc", "source": "proc" },
			{ "destination": "/dev", "type": "tmpfs", "source": "tmpfs",
			  "options": [ "nosuid", "strictatime", "mode=755", "size=65536k" ] },
			{ "destination": "/dev/pts", "type": "devpts", "source": "devpts",
			  "options": [ "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620" ] },
			{ "destination": "/dev/shm", "type": "tmpfs", "source": "shm",
			  "options": [ "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" ] },
			{ "destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": [ "nosuid", "noexec", "nodev" ] },
			{ "destination": "/sys", "type": "sysfs", "source": "sysfs", "options": [ "nosuid", "noexec", "nodev", "ro" ] }
		],
		"linux": {
			"namespaces": [ { "type": "pid" }, { "type": "network" }, { "type": "ipc" }, { "type": "uts" }, { "type": "mount" },
				{ "type": "cgroup" } ],
			"cgroupsPath": "@CGROUP@"
		}
	}
	JSON
	sed -i 's/"@ARGS@"/@ARGS@/' "$WORK/base.json"
}
