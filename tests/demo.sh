#!/bin/bash
# The demo: one container by hand, from `ring3 spec` to `ring3 delete`, and what it sees.  Needs RING3, busybox and jq.
#   tests/demo.sh [--rootless]     as root, or as any user with --rootless
set -eu
RING3=${RING3:-$(dirname "$0")/../build/ring3}
rootless=
[ "${1:-}" = --rootless ] && rootless=--rootless

# An ordinary user's demo under sudo: become that user, or nobody.
if [ -n "$rootless" ] && [ "$(id -u)" -eq 0 ]; then
	exec setpriv --reuid="${SUDO_UID:-65534}" --regid="${SUDO_GID:-65534}" --clear-groups env HOME=/ XDG_RUNTIME_DIR= RING3="$RING3" bash "$0" --rootless
fi
if [ -z "$rootless" ] && [ "$(id -u)" -ne 0 ]; then
	echo "this half needs root: sudo make demo; as you are: make demo-rootless" >&2
	exit 1
fi

work=$(mktemp -d)
chmod 755 "$work"
name=demo-$$
ring3() { "$RING3" --root "$work/state" "$@"; }
cleanup() {
	ring3 delete --force "$name" 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
show() {
	printf '$ ring3 %s\n' "$*"
	ring3 "$@" 2>&1
}
# jq FILTER: edits config.json.
edit() { jq "$1" "$work/bundle/config.json" >"$work/new" && mv "$work/new" "$work/bundle/config.json"; }

say "A bundle: a root file system of busybox, and the config.json that ring3 spec writes"
mkdir -p "$work"/bundle/rootfs/{bin,etc,proc,sys,dev,tmp,root}
cp "$(command -v busybox)" "$work/bundle/rootfs/bin/busybox"
for applet in sh cat ls id hostname grep sleep awk touch wc sort; do
	ln -s busybox "$work/bundle/rootfs/bin/$applet"
done
printf '$ ring3 spec %s\n' "$rootless"
"$RING3" spec $rootless --bundle "$work/bundle"
printf '%s: %s namespaces, %s mounts, %s masked paths\n' "config.json" $(jq '(.linux.namespaces | length), (.mounts | length), (.linux.maskedPaths | length)' "$work/bundle/config.json")
edit '.process.terminal = false | .hostname = "inside"
	| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 1}]}'

say "What the container sees (ring3 run)"
cat >"$work/bundle/rootfs/bin/look" <<'SCRIPT'
#!/bin/sh
status() { grep -E "^($1):" /proc/self/status | awk '{ printf "  %-22s%s %s %s %s\n", $1, $2, $3, $4, $5 }'; }
row() { printf '  %-22s%s\n' "$1" "$2"; }
row "process" "$$"
row "host name" "$(hostname)"
row "user" "$(id)"
row "ids of this namespace" "$(awk '{ print $1 " is " $2 " outside, " $3 " ids" }' /proc/self/uid_map)"
row "processes" "$(ls -d /proc/[0-9]* | wc -l) (this script and its helpers)"
row "network" "$(echo $(ls /sys/class/net))"
row "cgroup" "$(grep ^0: /proc/self/cgroup)"
status 'CapBnd|CapPrm|CapEff|NoNewPrivs|Seccomp'
echo "  mounts:"
awk '{ for (i = 7; $i != "-"; i++); printf "    %-26s%-10s%s\n", $5, $(i + 1), $6 }' /proc/self/mountinfo | sort -u
echo "  and what it may not do:"
touch /x 2>&1 | awk '{ print "    " $0 }'
echo "    cat: /proc/keys is masked: $(cat /proc/keys | wc -c) bytes"
busybox mkdir /tmp/x 2>&1 | awk '{ print "    " $0 " (the seccomp filter)" }'
SCRIPT
chmod 755 "$work/bundle/rootfs/bin/look"
edit '.process.args = ["/bin/look"]'
show run --bundle "$work/bundle" "$name"

say "The same step by step, as an engine does it"
edit '.process.args = ["sleep", "1000"]'
show create --bundle "$work/bundle" --pid-file "$work/pid" "$name" </dev/null >"$work/out" 2>&1
cat "$work/out"
printf 'pid %s waits; status %s\n' "$(cat "$work/pid")" "$(ring3 state "$name" | jq -r .status)"
show start "$name"
show state "$name"
printf 'namespaces of its own: '
for type in user mnt pid net ipc uts cgroup; do
	theirs=$(readlink "/proc/$(cat "$work/pid")/ns/$type") && [ "$theirs" != "$(readlink /proc/self/ns/$type)" ] && printf '%s ' $type
done
echo
show list
show kill "$name" KILL
for try in 1 2 3 4 5 6 7 8 9 10; do
	[ "$(ring3 state "$name" | jq -r .status)" = stopped ] && break
	sleep 0.05
done
printf 'status %s\n' "$(ring3 state "$name" | jq -r .status)"
show delete "$name"
show list

say "Errors name the place and the reason"
edit '.process.user.uid = -1'
show create --bundle "$work/bundle" "$name" || true
edit '.process.user.uid = 0 | .process.args = ["no-such-program"]'
show create --bundle "$work/bundle" "$name" || true
