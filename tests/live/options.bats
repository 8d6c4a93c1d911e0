load helpers
# Options that no other file is about; tests/docs/untested-options.awk looks for one test of each option, by the titles.

other_config() {
	bundle . sh -c 'echo other >/tmp/option; exec sleep 1000'
	mv "$BUNDLE/config.json" "$BUNDLE/other.json"
	echo 'not JSON' >"$BUNDLE/config.json"
	rm -f "$ROOTFS/tmp/option"
}

@test "create --config, run --config: the file is that one, and config.json is not read" {
	other_config
	ring3_quiet create -b "$BUNDLE" --config other.json "$ID"
	start
	within 2000 grep -qx other "$ROOTFS/tmp/option"
	delete
	config_file=$BUNDLE/other.json	# an absolute path, too
	rm "$ROOTFS/tmp/option"
	ring3_quiet run -d -b "$BUNDLE" -f "$config_file" "$ID"
	within 2000 grep -qx other "$ROOTFS/tmp/option"
	delete
	try create --config none.json -b "$BUNDLE" "$ID"
	fails none.json "no such file or directory"
}

@test "check --bundle, --config: the file is that one" {
	other_config
	run "$RUNTIME" check --bundle "$BUNDLE" --config other.json
	prints ""
	run "$RUNTIME" check --bundle "$BUNDLE"
	fails config.json
	run "$RUNTIME" check -b "$BUNDLE" -f none.json
	fails none.json
}

@test "spec --file writes that one" {
	run "$RUNTIME" spec -b "$BUNDLE" --file mine.json
	prints ""
	jq -e '.process.args | length' "$BUNDLE/mine.json" >/dev/null
	no_file "$BUNDLE/config.json"
	run "$RUNTIME" spec -b "$BUNDLE" -f mine.json
	fails mine.json
}

@test "EC-13 run --pidfd-socket receives a pidfd of init" {
	bundle . sleep 1000
	"$PROBE" pidfd "$BUNDLE/sock" "$BUNDLE/got" 3>&- 4>&-
	ring3_quiet run -d -b "$BUNDLE" --pidfd-socket "$BUNDLE/sock" "$ID"
	within 2000 test -s "$BUNDLE/got"
	[ "$(cat "$BUNDLE/got")" = "payload=standard pid=$(pid_of)" ]
	delete
}

@test "EC-17 create --preserve-fds: the program has them after start" {
	bundle . sh -c 'probe fds >/tmp/option; cat <&3 >>/tmp/option; exec sleep 1000'
	echo three >"$BUNDLE/three"
	ring3 create -b "$BUNDLE" --preserve-fds 1 "$ID" </dev/null >/dev/null 2>&1 3<"$BUNDLE/three" 4<&-
	start
	within 2000 grep -qx three "$ROOTFS/tmp/option"
	[ "$(tr "\n" " " <"$ROOTFS/tmp/option")" = "0 1 2 3 three " ]
	delete
}

@test "P-36 create --no-new-keyring: the program has the caller's session keyring" {
	bundle . sh -c 'probe keyring >/tmp/option; exec sleep 1000'
	ring3_quiet create --no-new-keyring -b "$BUNDLE" "$ID"
	start
	within 2000 test -s "$ROOTFS/tmp/option"
	not grep -q "_ses.$ID" "$ROOTFS/tmp/option"
	# Recorded: a further program gets none of its own either.
	run ring3 exec "$ID" probe keyring </dev/null
	ok
	lacks "_ses.$ID"
	delete
}

# Behind pivot_root nothing of the host's root is left in the mount namespace; without it, it lies below the container's, which
# shows when that is taken away.  Not where mounts are locked by a user namespace.
# bats test_tags=not:user,not:userns
@test "T-04 create --no-pivot, run --no-pivot: the container's root is moved upon the host's" {
	below() {
		nsenter -t "$(pid_of)" -m /bin/umount -l /
		run sh -c "nsenter -t $(pid_of) -m /bin/ls '$BUNDLE/config.json' || exit 1"
	}
	bundle . sleep 1000
	for how in create "run -d"; do
		# shellcheck disable=SC2086
		ring3_quiet $how -b "$BUNDLE" "$ID"
		below
		fails nsenter
		delete
		# shellcheck disable=SC2086
		ring3_quiet $how --no-pivot -b "$BUNDLE" "$ID"
		below
		prints "$BUNDLE/config.json"
		delete
	done
}

# runc and crun had to be told not to stay behind; this runtime never does.
@test "EC-10 create --no-subreaper, run --no-subreaper, exec --no-subreaper: as without" {
	bundle . sleep 1000
	"$PROBE" subreaper sh -c "'$RUNTIME' --root '$STATE' create --no-subreaper -b '$BUNDLE' '$ID' && '$RUNTIME' --root '$STATE' start '$ID' &&
		'$RUNTIME' --root '$STATE' exec -d --no-subreaper --pid-file '$BUNDLE/pid' '$ID' sleep 999 &&
		grep PPid /proc/\$(cat '$BUNDLE/pid')/status >'$BUNDLE/parent'; echo \$PPID >'$BUNDLE/subreaper'; '$RUNTIME' --root '$STATE' delete -f '$ID'" \
		</dev/null >"$BUNDLE/out" 2>&1 3>&- 4>&-
	[ "$(cut -f 2 "$BUNDLE/parent")" = "$(cat "$BUNDLE/subreaper")" ] || { cat "$BUNDLE/out" "$BUNDLE/parent" "$BUNDLE/subreaper"; false; }
	bundle . sh -c 'exit 6'
	run ring3 run --no-subreaper -b "$BUNDLE" "$ID" </dev/null
	exits 6
}

@test "delete --regex: those whose whole name fits, and no other" {
	mkdir -m 700 "$STATE"
	bundle . sleep 1000
	for n in b1 a1 a2; do	# the first one makes the cgroup above, and ends last
		config ".linux.cgroupsPath = \"$CG/$n\""
		ring3_quiet create -b "$BUNDLE" "$ID-$n"
	done
	ring3_quiet delete --regex "$ID-a[0-9]"
	run ring3 list -q
	prints "$ID-b1"
	try delete -r "$ID-["
	fails "$ID-["
	try delete --regex "$ID-c"
	[ "$status" -eq 0 ] || has "$ID-c"
	run ring3 list -q
	prints "$ID-b1"
	ring3_quiet delete -f -r "$ID-b.*"
	run ring3 list -q
	prints ""
}

@test "EC-42 --log-level: nothing but errors as a rule, warnings when asked for" {
	bundle '.process.capabilities.bounding += ["CAP_NO_SUCH"]' true
	for level in error warning warn debug; do
		run ring3 --log "$BUNDLE/log-$level" --log-level $level run -b "$BUNDLE" "$ID" </dev/null
		prints ""
	done
	[ ! -s "$BUNDLE/log-error" ]
	grep -q CAP_NO_SUCH "$BUNDLE/log-warning"
	cmp <(sed 's/time="[^"]*"//' "$BUNDLE/log-warning") <(sed 's/time="[^"]*"//' "$BUNDLE/log-warn")
	[ "$(wc -l <"$BUNDLE/log-debug")" -gt "$(wc -l <"$BUNDLE/log-warning")" ]
	run ring3 --log-level loud list
	fails loud log-level
}

@test "EC-04 -V is --version" {
	run "$RUNTIME" --version
	ok
	text=$output
	run "$RUNTIME" -V
	prints "$text"
}
