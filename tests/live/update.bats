load helpers

has_controller() { grep -qw "$1" "$CGROUP2/cgroup.controllers"; }
value() { cat "$CGROUP2$CG/$ID/$1"; }
# json TEXT: the same as --resources=- with TEXT on the standard input.
json() { run ring3 update --resources=- "$ID" <<<"$1"; }

@test "EC-40 update without anything to change is silent" {
	up .
	ring3_quiet update "$ID"
	json '{}'
	prints ""
	delete
}

@test "R-33 R-34 update --resources: from standard input and from a file, other values stay" {
	has_controller hugetlb || skip "no hugetlb controller in this host's cgroup v2"
	up .
	[ -e "$CGROUP2$CG/$ID/hugetlb.2MB.max" ] || { delete; skip "hugetlb is not enabled for the container"; }
	json '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	prints ""
	[ "$(value hugetlb.2MB.max)" = 4194304 ]
	[ "$(value hugetlb.2MB.rsvd.max)" = 4194304 ]
	echo '{"unified": {"hugetlb.2MB.max": "2097152"}}' >"$BUNDLE/r.json"
	ring3_quiet update -r "$BUNDLE/r.json" "$ID"
	[ "$(value hugetlb.2MB.max)" = 2097152 ]
	[ "$(value hugetlb.2MB.rsvd.max)" = 4194304 ]
	delete
}

@test "R-40 an update that fails in the middle is taken back" {
	has_controller hugetlb || skip "no hugetlb controller in this host's cgroup v2"
	up .
	[ -e "$CGROUP2$CG/$ID/hugetlb.2MB.max" ] || { delete; skip "hugetlb is not enabled for the container"; }
	json '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	json '{"hugepageLimits": [{"pageSize": "2MB", "limit": 2097152}], "unified": {"cgroup.max.depth": "wrong"}}'
	fails 'unified["cgroup.max.depth"]' "invalid argument"
	[ "$(value hugetlb.2MB.max)" = 4194304 ]
	[ "$(value hugetlb.2MB.rsvd.max)" = 4194304 ]
	delete
}

@test "R-38 update: any file of the cgroup by unified" {
	up .
	json '{"unified": {"cgroup.max.depth": "3", "cgroup.max.descendants": "7"}}'
	prints ""
	[ "$(value cgroup.max.depth) $(value cgroup.max.descendants)" = "3 7" ]
	for wrong in ../cgroup.freeze /x a/b no.such.file; do
		json '{"unified": {"'$wrong'": "1"}}'
		fails unified
	done
	delete
}

# bats test_tags=not:user
@test "R-01 R-06 update: device rules" {
	up .
	into() { run ring3 exec "$ID" sh -c "$1" </dev/null; }
	json '{"devices": [{"allow": false, "access": "rwm"}, {"allow": false, "type": "c", "major": 1, "minor": 3, "access": "w"}]}'
	prints ""
	into 'echo x >/dev/null'
	fails "not permitted"
	into 'echo x >/dev/zero && cat /dev/null'
	ok
	json '{"devices": [{"allow": false, "access": "rwm"}]}'
	prints ""
	into 'echo x >/dev/null'
	ok
	delete
}

@test "R-24 update --pids-limit" {
	has_controller pids || skip "no pids controller in this host's cgroup v2"
	up .
	ring3_quiet update --pids-limit 20 "$ID"
	[ "$(value pids.max)" = 20 ]
	ring3_quiet update --pids-limit -1 "$ID"
	[ "$(value pids.max)" = max ]
	delete
}

@test "R-08 R-10 R-15 update of memory" {
	has_controller memory || skip "no memory controller in this host's cgroup v2"
	up .
	ring3_quiet update --memory 64m --memory-swap 96m --memory-reservation=32m "$ID"
	[ "$(value memory.max) $(value memory.swap.max) $(value memory.low)" = "67108864 33554432 33554432" ]
	ring3_quiet update --memory-swap 80m "$ID"
	[ "$(value memory.max) $(value memory.swap.max)" = "67108864 16777216" ]
	json '{"memory": {"limit": 4096, "checkBeforeUpdate": true}}'
	fails "in use"
	[ "$(value memory.max)" = 67108864 ]
	delete
}

@test "R-16 R-17 R-18 R-19 R-23 update of cpu" {
	has_controller cpu || skip "no cpu controller in this host's cgroup v2"
	up .
	ring3_quiet update --cpu-quota 50000 --cpu-burst 10000 --cpu-share 512 "$ID"
	[ "$(value cpu.max)" = "50000 100000" ]
	ring3_quiet update --cpu-period 20000 "$ID"
	[ "$(value cpu.max)" = "50000 20000" ]
	ring3_quiet update --cpu-quota 5000 --cpu-burst 4000 "$ID"
	[ "$(value cpu.max) $(value cpu.max.burst)" = "5000 20000 4000" ]
	ring3_quiet update --cpu-idle 1 --cpu-share 2 "$ID"
	ring3_quiet update --cpu-idle 0 --cpu-share 1024 "$ID"
	[ "$(value cpu.weight) $(value cpu.idle)" = "100 0" ]
	delete
}

@test "EC-41 update: a limit whose controller is not there is an error that says so" {
	has_controller memory && skip "the memory controller is there"
	up .
	try update --memory 64m "$ID"
	fails memory.limit "memory controller"
	delete
}

@test "R-11 R-20 R-25 update: what cgroup v2 cannot do, and what is no value" {
	up .
	while read -r options text; do
		# shellcheck disable=SC2086
		try update ${options//,/ } "$ID"
		fails "$text"
	done <<-'END'
		--kernel-memory,5m memory.kernel
		--kernel-memory-tcp,5m memory.kernelTCP
		--cpu-rt-runtime,5 cpu.realtimeRuntime
		--cpu-rt-period,5 cpu.realtimePeriod
		--l3-cache-schema,L3:0=f l3-cache-schema
		--mem-bw-schema,MB:0=5 mem-bw-schema
		--blkio-weight,5 blockIO.weight
		--cpu-period,5 cpu.period
		--memory,x --memory
		--pids-limit,1k --pids-limit
		--memory-swap,5m,--memory,6m memory.swap
	END
	delete
}

@test "EC-44 update: --resources beside other options, bad JSON, stopped and unknown containers" {
	up . true
	try update -r - --pids-limit 5 "$ID"
	fails --resources
	within 3000 is stopped
	try update "$ID"
	fails "container not running"
	json '{"pids": {"limit": "5"}}'
	fails "standard input:1:" pids.limit
	try update -r "$BUNDLE/missing" "$ID"
	fails "$BUNDLE/missing" "no such file or directory"
	ring3_quiet delete "$ID"
	try update "$ID"
	fails "does not exist"
}
