load helpers

counting='while true; do echo x >>/tmp/count; sleep 0.01; done'
size() { stat -c %s "$ROOTFS/tmp/count"; }
grew() { [ "$(size)" -gt "$1" ]; }
frozen() { grep -qx "frozen $1" "$CGROUP2$CG/$ID/cgroup.events"; }

@test "pause stops every process, resume lets them go on" {
	up . sh -c "$counting"
	within 3000 test -s "$ROOTFS/tmp/count"
	ring3_quiet pause "$ID"
	frozen 1
	is paused
	before=$(size)
	sleep 0.2
	[ "$(size)" -eq "$before" ]
	ring3_quiet resume "$ID"
	frozen 0
	is running
	within 3000 grew "$before"
	rm "$ROOTFS/tmp/count"
	delete
}

@test "EC-44 pause and resume in the wrong state" {
	up .
	try resume "$ID"
	fails "container not paused"
	ring3_quiet pause "$ID"
	try pause "$ID"
	fails "container not running"
	ring3_quiet resume "$ID"
	ring3_quiet kill "$ID" KILL
	within 3000 is stopped
	try pause "$ID"
	fails "container not running"
	try resume "$ID"
	fails "container not paused"
	ring3_quiet delete "$ID"
	try pause "$ID"
	fails "does not exist"
	try resume "$ID"
	fails "does not exist"
}

@test "EC-44 pause of a container that is created: it could not be started then" {
	create . sleep 1000
	try pause "$ID"
	fails "container not running" created
	start
	delete
}

@test "EC-20 pause and resume need no environment" {
	up .
	run env -i "$RUNTIME" --root "$STATE" pause "$ID"
	prints ""
	run env -i "$RUNTIME" --root "$STATE" resume "$ID"
	prints ""
	delete
}

@test "LC-19 a paused container is killed and deleted" {
	up .
	ring3_quiet pause "$ID"
	ring3_quiet kill "$ID" KILL
	within 3000 is stopped
	ring3_quiet delete "$ID"
	up .
	ring3_quiet pause "$ID"
	try delete "$ID"
	fails "is not stopped: paused"
	delete
}
