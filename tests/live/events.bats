load helpers

numbers='[.data.cpu.usage.kernel, .data.cpu.usage.user, .data.memory.usage.limit, .data.memory.usage.failcnt, .data.memory.swap.limit,
	.data.memory.kernel.limit, .data.memory.kernelTCP.failcnt, .data.cpuset.cpu_exclusive] | all(type == "number")'
objects='[.data.cpu.throttling, .data.pids, .data.blkio, .data.hugetlb, .data.intel_rdt, .data.memory.raw] | all(type == "object")'

@test "events --stats prints one line of JSON with the members that go-runc reads" {
	up .
	run ring3 events --stats "$ID"
	ok
	[ "${#lines[@]}" -eq 1 ]
	[ "$(jq -r '.type + " " + .id' <<<"$output")" = "stats $ID" ]
	jq -e "$numbers" <<<"$output"
	jq -e "$objects" <<<"$output"
	jq -e '.data | has("network_interfaces")' <<<"$output"
	delete
}

@test "events --stats: CPU time is what the cgroup says" {
	up . sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done; exec sleep 1000'
	within 5000 grep -qx sleep "/proc/$(pid_of)/comm"
	run ring3 events --stats "$ID"
	[ "$(jq .data.cpu.usage.total <<<"$output")" -eq "$(awk '$1 == "usage_usec" { print $2 * 1000 }' "$CGROUP2$CG/$ID/cpu.stat")" ]
	delete
}

@test "events --interval: a line an interval, and the end with the container" {
	up .
	ring3 events --interval 100ms "$ID" </dev/null >"$BUNDLE/events" 2>&1 3>&- 4>&- &
	within 5000 sh -c "[ \$(wc -l <'$BUNDLE/events') -ge 3 ]"
	ring3_quiet kill "$ID" KILL
	wait $!
	jq -es 'all(.type == "stats")' "$BUNDLE/events"
	within 3000 is stopped
	ring3_quiet delete "$ID"
}

@test "events: the first line comes at once, the end too" {
	up .
	ring3 events --interval=1h "$ID" </dev/null >"$BUNDLE/events" 2>&1 3>&- 4>&- &
	within 3000 test -s "$BUNDLE/events"
	SECONDS=0
	delete
	wait $!
	[ $SECONDS -lt 5 ]
	[ "$(wc -l <"$BUNDLE/events")" -eq 1 ]
}

@test "EC-44 events: wrong intervals, unknown and stopped containers" {
	up . true
	within 3000 is stopped
	try events --stats "$ID"
	fails "is not running"
	for wrong in 0 0s -1s 1x x 5d 1.2.3s; do
		try events "--interval=$wrong" "$ID"
		fails --interval "$wrong"
	done
	ring3_quiet delete "$ID"
	try events "$ID"
	fails "does not exist"
}
