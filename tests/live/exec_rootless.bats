# bats file_tags=not:userns,not:user
load helpers
# exec by an ordinary user, as in rootless.bats: uid 41000, without a name.

USER_ID=41000

setup() {
	[ "$(id -u)" -eq 0 ] || skip "needs root to become an ordinary user"
	[ "$(cat /proc/sys/user/max_user_namespaces)" -gt 0 ] || skip "needs user namespaces"
	[ "$(cat /proc/sys/kernel/unprivileged_userns_clone 2>/dev/null || echo 1)" = 1 ] || skip "needs user namespaces for ordinary users"
	[ "$(cat /proc/sys/kernel/apparmor_restrict_unprivileged_userns 2>/dev/null || echo 0)" = 0 ] || skip "needs user namespaces for ordinary users"
	prepare
	STATE=$BUNDLE/state
	chown $USER_ID:$USER_ID "$BUNDLE"
	MAP='.linux.namespaces = [.linux.namespaces[] | select(.type != "cgroup")] + [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: '$USER_ID', size: 1}] | .linux.gidMappings = .linux.uidMappings | del(.linux.cgroupsPath)'
}

ring3() { setpriv --reuid=$USER_ID --regid=$USER_ID --clear-groups env -i PATH="$PATH" RING3_TEST_COOKIE="$COOKIE" XDG_RUNTIME_DIR="$BUNDLE/run" \
	"$RUNTIME" --root "$STATE" "$@"; }

@test "N-12 exec as an ordinary user: all namespaces are those of init, the capabilities those of config.json" {
	up "$MAP"
	ring3_quiet exec -d --pid-file "$BUNDLE/pid" "$ID" sleep 500
	for type in user cgroup ipc uts net pid mnt time; do
		[ "$(readlink "/proc/$(cat "$BUNDLE/pid")/ns/$type")" = "$(readlink "/proc/$(pid_of)/ns/$type")" ] || { echo "$type differs"; false; }
	done
	run ring3 exec "$ID" sh -c 'id -u; grep Cap /proc/self/status; probe fds; exit 6' </dev/null
	exits 6
	has "CapEff:	0000000020000420" "CapBnd:	0000000020000420" "CapInh:	0000000000000000"
	[ "${lines[0]}" = 0 ]
	[ "$(tail -n 3 <<<"$output" | tr '\n' ' ')" = "0 1 2 " ]
	delete
}

@test "P-24 exec as an ordinary user: a higher oom score is set, a lower one is left alone" {
	up "$MAP"' | .process.oomScoreAdj = 500'
	run ring3 exec "$ID" cat /proc/self/oom_score_adj </dev/null
	prints 500
	delete
	up "$MAP"' | .process.oomScoreAdj = -500'
	run ring3 exec "$ID" cat /proc/self/oom_score_adj </dev/null
	prints "$(cat /proc/self/oom_score_adj)"
	delete
}

@test "EC-14 exec --tty as an ordinary user" {
	up "$MAP"
	run ring3 exec -t "$ID" sh -c 'tty; echo hi >/dev/tty; exit 4' </dev/null
	exits 4
	has /dev/pts/0 hi
	delete
}

@test "EC-41 exec as an ordinary user: what cannot be started" {
	up "$MAP"
	run ring3 exec "$ID" nosuch </dev/null
	exits 255
	has "executable file not found"
	run ring3 exec -u 5 "$ID" true </dev/null
	exits 255
	has uidMappings
	delete
}

# Init is not dumpable before its program is executed, and the kernel lets no ordinary user look at it: it shows its namespaces.
@test "exec as an ordinary user into a container that is created" {
	create "$MAP"
	ring3_quiet exec -d --pid-file "$BUNDLE/pid" "$ID" sleep 500
	pid=$(cat "$BUNDLE/pid")
	run ring3 exec "$ID" sh -c "id -u; hostname; probe fds; exit 6" </dev/null
	exits 6
	[ "${lines[*]}" = "0 live 0 1 2" ] || show
	is created
	start
	# Looked at from the host: what was started before the program is where the program is.
	for type in user cgroup ipc uts net pid mnt time; do
		[ "$(readlink "/proc/$pid/ns/$type")" = "$(readlink "/proc/$(pid_of)/ns/$type")" ] || { echo "$type differs"; false; }
	done
	delete
}
