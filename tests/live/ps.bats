load helpers

@test "EC-40 ps --format json: an array of all processes, of sub-cgroups too" {
	up .
	[ "$(ring3 ps --format json "$ID")" = "[$(pid_of)]" ]
	mkdir "$CGROUP2$CG/$ID/sub"
	ring3_quiet exec -d --cgroup sub --pid-file "$BUNDLE/pid" "$ID" sleep 500
	run ring3 ps -f json "$ID"
	ok
	[ "$(jq -c sort <<<"$output")" = "$(printf '%s\n' "$(pid_of)" "$(cat "$BUNDLE/pid")" | jq -sc sort)" ]
	delete
}

@test "EC-40 ps --format json: an empty array when nothing runs" {
	up . true
	within 3000 is stopped
	run ring3 ps -f json "$ID"
	prints "[]"
	ring3_quiet delete "$ID"
}

@test "EC-03 ps: the rows of ps -ef that are the container's" {
	up . sh -c 'sleep 1000 & exec sleep 1001'
	within 2000 sh -c "'$RUNTIME' --root '$STATE' ps '$ID' | grep -q 'sleep 1000'"
	run ring3 ps "$ID"
	ok
	[[ ${lines[0]} == UID*PID*CMD ]]
	[ "${#lines[@]}" -eq 3 ]
	has "sleep 1000" "sleep 1001"
	delete
}

@test "EC-03 ps: what stands behind the container's name is for ps" {
	up .
	run ring3 ps "$ID" -eo pid,args
	ok
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[1]} == *"$(pid_of) sleep 1000" ]]
	run ring3 ps --format table "$ID" aux
	ok
	[[ ${lines[0]} == USER*PID*COMMAND ]]
	run ring3 ps "$ID" -eo args
	fails "no column PID"
	run ring3 ps "$ID" --no-such-option
	fails "ps ended with exit status"
	delete
}

@test "EC-20 ps needs no PATH" {
	up .
	run env -i RING3_TEST_COOKIE="$COOKIE" "$RUNTIME" --root "$STATE" ps "$ID"
	ok
	has "sleep 1000"
	delete
}

@test "EC-44 ps: unknown container, unknown format" {
	try ps nosuch
	fails "does not exist"
	up .
	try ps -f yaml "$ID"
	fails yaml "table or json"
	delete
}
