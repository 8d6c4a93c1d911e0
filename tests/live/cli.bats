load helpers

bare() { run env RING3_TEST_COOKIE="$COOKIE" "$RUNTIME" "$@"; }

@test "EC-01 --root and run --bundle with a blank, with =, and with one dash" {
	bundle . true
	for form in "--root $STATE" "--root=$STATE" "-root $STATE" "-root=$STATE"; do
		bare $form run --bundle "$BUNDLE" "$ID" </dev/null
		ok
		bare $form run -b="$BUNDLE" "$ID" </dev/null
		ok
		bare $form run -bundle "$BUNDLE" "$ID" </dev/null
		ok
	done
}

@test "EC-01 boolean options take =true and =false: --debug, --systemd-cgroup, --rootless" {
	mkdir -m 700 "$STATE"
	bare --debug=false --systemd-cgroup=false --root "$STATE" list
	ok
	bare --rootless=false --root "$STATE" list
	ok
}

@test "EC-02 the last of a repeated option wins, -- ends options" {
	bundle . true
	bare --root /no/such/place --root "$STATE" run -b /no/such -b "$BUNDLE" -- "$ID" </dev/null
	ok
}

@test "EC-03 options may follow the id: create --bundle, delete --force" {
	bundle . sleep 1000
	ring3_quiet create "$ID" --bundle "$BUNDLE"
	ring3_quiet delete "$ID" --force
}

@test "EC-04 every global option of the engines is accepted, --criu too" {
	mkdir -p -m 700 "$STATE"
	bare --root "$STATE" --log "$BUNDLE/log" --log-format json --debug --criu /usr/sbin/criu --log-level error --cgroup-manager cgroupfs --rootless auto list
	ok
	bare --root "$STATE" --rootless=true list
	ok
}

@test "EC-05 an unknown option is an error that names it" {
	bare --no-such-option list
	fails "no-such-option"
	bare --root "$STATE" run --no-such-option x
	fails "no-such-option"
	bare --root "$STATE" create -Z x
	fails "Z"
}

@test "EC-05 a missing value is an error in words that engines look for" {
	bare --root "$STATE" create --bundle
	fails "needs an argument"
}

@test "EC-05 an unknown command and no command are errors" {
	bare no-such-command
	fails "no-such-command"
	bare
	[ "$status" -ne 0 ] || has usage
}

@test "EC-05 too many arguments are an error" {
	bare --root "$STATE" state a b
	fails ""
	bare --root "$STATE" start
	fails ""
}

@test "EC-06 the program works under any name" {
	ln -s "$RUNTIME" "$BUNDLE/some-runtime"
	bundle . echo fine
	run "$BUNDLE/some-runtime" --root "$STATE" run -b "$BUNDLE" "$ID" </dev/null
	prints fine
}

@test "EC-04 --version: name, commit, spec" {
	bare --version
	ok
	[[ ${lines[0]} =~ ^ring3\ version\ [0-9]+\.[0-9]+\.[0-9]+ ]] || show
	[[ $output =~ commit:\ [0-9a-f]+ || $output =~ "commit: unknown" ]] || show
	[[ $output =~ spec:\ 1\.[0-9]+\.[0-9]+ ]] || show
	first=$output
	bare -v
	[ "$output" = "$first" ]
}

@test "EC-04 --help succeeds, for every command too, and names the options" {
	bare --help
	ok
	has --root --log --version
	for command in create start run state kill delete list spec features; do
		bare --help
		has "$command"
		bare "$command" --help
		ok
		has "$command"
	done
	bare create --help
	has --bundle --console-socket --pid-file --preserve-fds --no-pivot
}

@test "F-01 F-02 F-03 F-04 F-07 F-08 features" {
	run --separate-stderr env "$RUNTIME" features
	ok
	[ -z "$stderr" ]
	[ "$(jq -r .ociVersionMin <<<"$output")" = 1.0.0 ]
	[[ $(jq -r .ociVersionMax <<<"$output") =~ ^1\.[0-9]+\.[0-9]+ ]]
	[ "$(jq -c '.hooks | sort' <<<"$output")" = '["createContainer","createRuntime","poststart","poststop","prestart","startContainer"]' ]
	[ "$(jq -c '.linux.namespaces | sort' <<<"$output")" = '["cgroup","ipc","mount","network","pid","time","user","uts"]' ]
	[ "$(jq '.linux.capabilities | length' <<<"$output")" -ge 41 ]
	words="async atime bind defaults dev diratime dirsync exec iversion lazytime loud noatime nodev nodiratime noexec noiversion nolazytime
		norelatime nostrictatime nosuid nosymfollow private ratime rbind rdev rdiratime relatime remount rexec rnoatime rnodiratime rnoexec
		rnorelatime rnostrictatime rnosuid rnosymfollow ro rprivate rrelatime rro rrw rshared rslave rstrictatime rsuid rsymfollow runbindable rw
		shared silent slave strictatime suid symfollow sync tmpcopyup unbindable idmap ridmap"
	missing=$(jq -r --arg words "$words" '[$words | splits("\\s+")] - .mountOptions | join(" ")' <<<"$output")
	[ -z "$missing" ] || { echo "missing: $missing"; false; }
}

@test "F-09 F-10 F-14 F-15 F-16 F-17 F-18 F-26 features says what is there" {
	run env "$RUNTIME" features
	ok
	[ "$(jq -c '.linux.cgroup | [.v1, .v2]' <<<"$output")" = "[false,true]" ]
	[ "$(jq '.linux.seccomp.enabled' <<<"$output")" = true ]
	[ "$(jq '.linux.seccomp.operators | length' <<<"$output")" -eq 7 ]
	[ "$(jq '.linux.seccomp.actions | length' <<<"$output")" -ge 8 ]
	jq -e '.linux.seccomp.archs | index("SCMP_ARCH_X86_64") != null' <<<"$output"
	[ "$(jq '.linux.mountExtensions.idmap.enabled' <<<"$output")" = true ]
}

@test "list --format, --quiet: table, ids, JSON, and the empty ones" {
	mkdir -m 700 "$STATE"
	run ring3 list
	ok
	[[ $output =~ ^ID\ +PID\ +STATUS\ +BUNDLE\ +CREATED\ +OWNER ]] || show
	[ "${#lines[@]}" -eq 1 ]
	run ring3 list -f json
	ok
	[ "$(jq -c . <<<"$output")" = "[]" ] || [ "$output" = null ] || show
	create . sleep 1000
	run ring3 list
	[[ ${lines[1]} =~ ^$ID\ +$(pid_of)\ +created\ +$BUNDLE\ +[0-9]{4}- ]] || show
	run ring3 list -q
	prints "$ID"
	run ring3 list --format json
	[ "$(jq -r '.[0] | .id + " " + .status + " " + .bundle' <<<"$output")" = "$ID created $BUNDLE" ]
	delete
}

@test "list: several containers, sorted by name" {
	bundle . sleep 1000
	for n in c a b; do
		ring3_quiet create -b "$BUNDLE" "$ID-$n"
	done 2>/dev/null || true
	config ".linux.cgroupsPath = \"$CG/b\""
	ring3_quiet create -b "$BUNDLE" "$ID-a"
	config ".linux.cgroupsPath = \"$CG/c\""
	ring3_quiet create -b "$BUNDLE" "$ID-b"
	run ring3 list -q
	prints "$ID-a
$ID-b
$ID-c"
	for n in a b c; do
		ring3_quiet delete -f "$ID-$n"
	done
}

@test "EC-33 a default state root that is missing is an empty list, an explicit one an error or empty" {
	run env -i XDG_RUNTIME_DIR= "$RUNTIME" list -q
	ok
	run ring3 list
	[ "$status" -ne 0 ] || [ "${#lines[@]}" -eq 1 ]
}

@test "T13 a state root that others may write is refused" {
	mkdir -m 777 "$STATE"
	bundle . true
	try create -b "$BUNDLE" "$ID"
	fails "$STATE"
}

# bats test_tags=not:user
@test "spec --bundle writes a config.json that runs" {
	mkdir -p "$BUNDLE/new"
	cp -a "$ROOTFS" "$BUNDLE/new/rootfs"
	run "$RUNTIME" spec -b "$BUNDLE/new"
	prints ""
	jq -e '.ociVersion and .process.args and .root.path and (.linux.namespaces | length >= 5)' "$BUNDLE/new/config.json" >/dev/null
	jq '.process.args = ["echo", "fine"] | .process.terminal = false' "$BUNDLE/new/config.json" >"$BUNDLE/new/c" && mv "$BUNDLE/new/c" "$BUNDLE/new/config.json"
	run ring3 run -b "$BUNDLE/new" "$ID" </dev/null
	prints fine
}

@test "spec does not overwrite" {
	echo mine >"$BUNDLE/config.json"
	run "$RUNTIME" spec -b "$BUNDLE"
	fails "config.json"
	[ "$(cat "$BUNDLE/config.json")" = mine ]
}

@test "spec writes into the current directory, --rootless adds a user namespace" {
	cd "$BUNDLE"
	run "$RUNTIME" spec --rootless
	prints ""
	jq -e '.linux.namespaces | map(.type) | index("user") != null' config.json >/dev/null
	jq -e '.linux.uidMappings | length >= 1' config.json >/dev/null
}

@test "EC-41 EC-42 --log, --log-format: a failure is on stderr and, as the last line, in the log" {
	run --separate-stderr ring3 --log "$BUNDLE/log" --log-format json state "$ID"
	[ "$status" -eq 1 ] || show
	[ -z "$output" ]
	[[ $stderr == *"does not exist"* ]] || { echo "$stderr"; false; }
	[ "$(tail -n 1 "$BUNDLE/log" | jq -r .level)" = error ]
	[[ $(tail -n 1 "$BUNDLE/log" | jq -r .msg) == *"does not exist"* ]]
	[[ $(tail -n 1 "$BUNDLE/log" | jq -r .time) =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$ ]]
}

@test "EC-42 the log is appended to, never truncated" {
	echo '{"level":"info","msg":"before","time":"2026-01-01T00:00:00Z"}' >"$BUNDLE/log"
	run ring3 --log "$BUNDLE/log" --log-format json state "$ID"
	[ "$(head -n 1 "$BUNDLE/log" | jq -r .msg)" = before ]
	[ "$(wc -l <"$BUNDLE/log")" -eq 2 ]
}

@test "EC-43 a failing create leaves exactly one document in a fresh log" {
	bundle '.process.args = ["/no/such"]'
	try --log "$BUNDLE/log" --log-format=json create -b "$BUNDLE" "$ID"
	fails "no such file"
	[ "$(jq -s length "$BUNDLE/log")" -eq 1 ]
	jq -er .msg "$BUNDLE/log" >/dev/null
}

@test "EC-40 success logs nothing at the default level" {
	bundle . true
	run ring3 --log "$BUNDLE/log" run -b "$BUNDLE" "$ID" </dev/null
	prints ""
	[ ! -s "$BUNDLE/log" ]
}

@test "EC-42 a text with quotes, newlines and control characters is valid JSON in the log" {
	try --log "$BUNDLE/log" --log-format json create -b $'/no"such\\dir\n\x01' "$ID"
	fails ""
	jq -e .msg "$BUNDLE/log" >/dev/null
}

@test "EC-04 --debug logs the steps" {
	bundle . true
	run ring3 --debug --log "$BUNDLE/log" run -b "$BUNDLE" "$ID" </dev/null
	prints ""
	[ "$(wc -l <"$BUNDLE/log")" -gt 5 ]
}

@test "EC-41 a log file that cannot be opened is an error" {
	run ring3 --log /no/such/dir/log state "$ID"
	fails "/no/such/dir/log"
}
