load helpers
# What is wrong with config.json, and where: create fails, names the place, leaves nothing (the teardown looks).

# text REPLACEMENT...: sed on the text of a good config.json, then create.
text() {
	bundle . true
	sed -i -e "$@" "$BUNDLE/config.json"
	try create -b "$BUNDLE" "$ID"
	if [ "$status" -eq 0 ]; then
		delete
		echo "was accepted"
		return 1
	fi
}
at_line() { [[ $output =~ config\.json:[0-9]+:[0-9]+: ]] || { echo "no place in:"; show; }; }

@test "G-01 no config.json" {
	try create -b "$BUNDLE" "$ID"
	fails "config.json" "no such file or directory"
}

@test "G-01 a config.json that is a directory" {
	mkdir "$BUNDLE/config.json"
	try create -b "$BUNDLE" "$ID"
	fails "config.json"
}

@test "G-02 malformed JSON, with the place" {
	text 's/"hostname": "live"/"hostname": /'
	at_line
	printf '' >"$BUNDLE/config.json"
	try create -b "$BUNDLE" "$ID"
	fails "config.json"
}

@test "G-02 bytes after the document" {
	bundle . true
	echo '{}' >>"$BUNDLE/config.json"
	try create -b "$BUNDLE" "$ID"
	fails "config.json"
}

@test "G-02 comments and single quotes" {
	text '1s,{,{ /* comment */,'
	text "s/\"hostname\"/'hostname'/"
}

@test "G-02 invalid UTF-8, overlong forms and surrogates" {
	text 's/"live"/"a\xffb"/'
	text 's/"live"/"a\xc0\xafb"/'
	text 's/"live"/"a\xed\xa0\x80b"/'
	text 's/"live"/"a\\ud800b"/'
}

@test "G-02 a document nested too deeply or far too large" {
	bundle . true
	jq --argjson deep "$(printf '[%.0s' {1..200}; printf ']%.0s' {1..200})" '.x = $deep' "$BUNDLE/config.json" >"$BUNDLE/c" && mv "$BUNDLE/c" "$BUNDLE/config.json"
	try create -b "$BUNDLE" "$ID"
	fails "config.json"
	head -c 20000000 /dev/zero | tr '\0' ' ' >"$BUNDLE/config.json"
	try create -b "$BUNDLE" "$ID"
	fails "config.json"
}

@test "G-03 a name twice in one object" {
	text 's/"hostname": "live"/"hostname": "live", "hostname": "other"/'
	has hostname
	at_line
}

@test "G-03 names are compared exactly: another case is another, unknown, name" {
	inside '.Hostname = "other"' hostname
	prints live
}

@test "G-04 unknown members are ignored at every depth" {
	inside '.unknown = 1 | .process.unknown = {} | .linux.unknown = [] | .mounts[0].unknown = null | .linux.namespaces[0].unknown = 5' 'echo fine'
	prints fine
}

@test "G-05 a wrong type names the member" {
	refused '.hostname = 5' "hostname"
	at_line
	refused '.root.readonly = "true"' "root.readonly"
	refused '.process.noNewPrivileges = "yes"' "process.noNewPrivileges"
	refused '.process.args = "sh"' "process.args"
	refused '.process.args[0] = 5' "process.args[0]"
	refused '.process.user.uid = "0"' "process.user.uid"
	refused '.mounts = {}' "mounts"
	refused '.mounts[1].options = "ro"' "mounts[1].options"
	refused '.linux.namespaces[2].type = 7' "linux.namespaces[2].type"
	refused '.annotations = {a: 5}' "annotations"
	refused '.hooks.prestart = {}' "hooks.prestart"
}

@test "G-06 null is absent" {
	inside '.hostname = null | .mounts[0].options = null | .linux.sysctl = null | .process.rlimits = null | .hooks = null | .annotations = null' 'echo fine'
	prints fine
}

@test "G-07 numbers out of range or not whole" {
	refused '.process.user.uid = -1' "process.user.uid"
	at_line
	refused '.process.user.uid = 4294967296' "process.user.uid"
	refused '.process.user.gid = 1.5' "process.user.gid"
	refused '.process.oomScoreAdj = 1.5' "oomScoreAdj"
}

@test "G-08 T-01 ociVersion" {
	refused 'del(.ociVersion)' "ociVersion"
	refused '.ociVersion = "2.0.0"' "ociVersion"
	refused '.ociVersion = "one"' "ociVersion"
	refused '.ociVersion = "1.0"' "ociVersion"
	for version in 1.0.0 1.0.2-dev 1.1.0+dev 1.2.1 1.3.0; do
		inside ".ociVersion = \"$version\"" 'true'
		prints ""
	done
}

@test "G-11 an embedded NUL is an error" {
	text 's/"live"/"a\\u0000b"/'
	bundle . true
	sed -i 's/"true"/"a\\u0000b"/' "$BUNDLE/config.json"
	try create -b "$BUNDLE" "$ID"
	fails "process.args"
}

@test "T-10 an empty annotation key is an error" {
	refused '.annotations = {"": "x"}' "annotations"
}

@test "X-01 X-02 X-03 X-04 X-05 blocks of other platforms are not looked at, wrong types and all" {
	inside '.vm = 5 | .windows = [] | .solaris = "x" | .zos = true | .freebsd = {jail: 5}' 'echo fine'
	prints fine
}

@test "EC-41 one line, with the verb, the file, line and column, the member and the reason" {
	refused '.process.user.uid = -1' ""
	[ "${#lines[@]}" -eq 1 ]
	[[ $output =~ ^create:\ config\.json:[0-9]+:[0-9]+:\ process\.user\.uid: ]] || show
}

@test "EC-41 the line is the right one" {
	bundle '.process.user.uid = -1' true
	line=$(grep -n '"uid"' "$BUNDLE/config.json" | cut -d: -f1)
	try create -b "$BUNDLE" "$ID"
	fails "config.json:$line:"
}

@test "I-01 I-09 X-07 without resctrl intelRdt is refused, and what was taken out of it is not looked at" {
	grep -q " - resctrl " /proc/self/mountinfo && skip "resctrl is mounted"
	refused '.linux.intelRdt = {closID: "x"}' config.json: linux.intelRdt "no resctrl file system is mounted"
	refused '.linux.intelRdt = {closID: "..", enableCMT: 7, enableMBM: "x"}' config.json: linux.intelRdt.closID
}

# bats test_tags=not:user
@test "T-09 a config.json without mounts, and the smallest one" {
	mkdir "$BUNDLE/rootfs"
	cp "$PROBE" "$BUNDLE/rootfs/probe"
	cat >"$BUNDLE/config.json" <<-JSON
		{"ociVersion":"1.0.0","root":{"path":"rootfs"},"process":{"cwd":"/","args":["/probe","umask"],"user":{"uid":0,"gid":0}},
		"linux":{"cgroupsPath":"$CG/$ID","namespaces":[{"type":"mount"},{"type":"pid"}]}}
	JSON
	run ring3 run -b "$BUNDLE" "$ID" </dev/null
	prints 0022
}
