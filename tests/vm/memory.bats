# The smallest memory.max in which each runtime runs `true`: printed for all, promised for the one under test.

bats_require_minimum_version 1.5.0

# runs RUNTIME KIB: three times out of three.
runs() {
	local try
	jq --argjson limit $(($2 << 10)) '.linux.resources.memory = {limit: $limit, swap: $limit}' base.json >config.json
	for try in 1 2 3; do
		timeout 20 "$1" run smallest </dev/null >/dev/null 2>&1 3>&- && continue
		"$1" delete -f smallest >/dev/null 2>&1
		return 1
	done
}

# smallest RUNTIME: KIB, to 16 KiB.
smallest() {
	local low=0 high=32768 middle
	while [ $((high - low)) -gt 16 ]; do
		middle=$(((low + high) / 32 * 16))
		if runs "$1" $middle; then high=$middle; else low=$middle; fi
	done
	KIB=$high
}

@test "R-08 a container runs true in 512 KiB, where others need more" {
	mkdir -p "$BATS_TEST_TMPDIR/rootfs/"{bin,proc,sys,dev}
	cp /bin/busybox "$BATS_TEST_TMPDIR/rootfs/bin/true"
	cd "$BATS_TEST_TMPDIR"
	crun spec
	jq '.process.terminal = false | .process.args = ["true"] | del(.linux.resources)' config.json >base.json
	local runtime line= own
	for runtime in "$RUNTIME" crun runc; do
		runs "$runtime" 65536
		smallest "$runtime"
		line+=", ${runtime##*/} $KIB KiB"
		[ "$runtime" != "$RUNTIME" ] || own=$KIB
	done
	echo "# the smallest memory.max in which true runs: ${line#, }" >&3
	[ "$own" -le 512 ]
}
