# SCMP_ACT_NOTIFY: an agent outside the container answers the program's system calls (SC-05, SC-06, SC-09, SC-18, A-11).
load helpers

case $(uname -m) in
x86_64) GETPRIORITY=140 WRITE=1 EXECVE=59 SENDMSG=46 EXIT_GROUP=231 ;;
aarch64) GETPRIORITY=141 WRITE=64 EXECVE=221 SENDMSG=211 EXIT_GROUP=94 ;;
esac

setup() {
	[ -n "${WRITE:-}" ] || skip "needs x86_64 or aarch64"
	has_rights
	prepare
	AGENT=$WORK/agent-$BATS_SUITE_TEST_NUMBER GOT=$BUNDLE/got
	rm -f "$AGENT" "$GOT"
}

# agent ANSWER...: starts one; it listens when this returns, and is killed after the test.
agent() {
	local pid
	pid=$("$PROBE" agent "$AGENT" "$GOT" "$@" 3>&- 4>&-)
	HOLDERS="${HOLDERS:-} $pid"
	AGENT_PID=$pid
}
# got FILTER: what the agent has been told.
got() { jq -cs "$1" "$GOT"; }

# notify NAME,...: a filter that asks the agent about these calls.
notify() { printf '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "%s", syscalls: [{names: [%s], action: "SCMP_ACT_NOTIFY"}]}' "$AGENT" "$1"; }
notify_all() { printf '.linux.seccomp = {defaultAction: "SCMP_ACT_NOTIFY", listenerPath: "%s"}' "$AGENT"; }

@test "SC-05 SC-09 the agent's error, value and continue are what the program gets" {
	agent continue $GETPRIORITY=-28
	inside "$(notify '"getpriority"')" "probe syscall $GETPRIORITY 0 0; grep ^Seccomp: /proc/self/status"
	prints "ENOSPC
Seccomp:	2"
	kill $AGENT_PID
	rm -f "$AGENT"
	agent -1 $GETPRIORITY=7
	inside "$(notify '"getpriority"')" "probe syscall $GETPRIORITY 12345 0"	# which the kernel would refuse
	prints ok
	kill $AGENT_PID
	rm -f "$AGENT"
	agent continue
	inside "$(notify '"getpriority"')" "probe syscall $GETPRIORITY 12345 0; probe syscall $GETPRIORITY 0 0"
	prints "EINVAL
ok"
}

@test "SC-18 SC-06 what the agent is told of init, in one message with one descriptor" {
	agent continue
	create "$(notify '"getpriority"') | .linux.seccomp.listenerMetadata = \"some meta\" | .annotations = {note: \"x\"}" sleep 1000
	no_file "$GOT" || [ ! -s "$GOT" ]
	start
	local pid
	pid=$(pid_of)
	[ "$(got 'map(select(.received)) | length')" -eq 1 ]
	[ "$(got '.[0] | [.descriptors, .rest]')" = '[1,0]' ]
	[ "$(got '.[0].received | keys')" = '["fds","metadata","ociVersion","pid","state"]' ]
	[ "$(got '.[0].received | [.fds, .metadata, .pid]')" = "[[\"seccompFd\"],\"some meta\",$pid]" ]
	[ "$(got '.[0].received.ociVersion')" = "$(ring3 state "$ID" | jq .ociVersion)" ]
	# The state is that of `state`, but "creating": the note below the table in the specification's example.
	[ "$(got '.[0].received.state' | jq -S 'del(.status)')" = "$(ring3 state "$ID" | jq -S 'del(.status)')" ]
	[ "$(got '.[0].received.state.status')" = '"creating"' ]
	delete
}

@test "SC-18 without listenerMetadata there is no metadata" {
	agent continue
	inside "$(notify '"getpriority"')" true
	prints ''
	[ "$(got '.[0].received | has("metadata")')" = false ]
}

@test "SC-18 SC-16 exec has a filter and a listener of its own" {
	agent continue $GETPRIORITY=-28
	up "$(notify '"getpriority"')" sleep 1000
	run ring3 exec "$ID" sh -c "probe syscall $GETPRIORITY 0 0; grep -E '^Seccomp(_filters)?:' /proc/self/status"
	prints "ENOSPC
Seccomp:	2
Seccomp_filters:	1"
	[ "$(got 'map(select(.received)) | map([.descriptors, .received.state.status, .received.state.pid == .received.pid])')" = \
		'[[1,"creating",true],[1,"running",false]]' ]
	[ "$(got '.[1].received.state.pid')" = "$(pid_of)" ]
	# The pid is the one of the process that the call came from, as the agent sees it.
	try exec --detach --pid-file "$BUNDLE/pid" "$ID" sleep 1000
	ok
	[ "$(got 'map(select(.received)) | last | .received.pid')" = "$(cat "$BUNDLE/pid")" ]
	delete
}

@test "SC-09 every call may ask the agent, also those that the runtime needs: no deadlock" {
	agent continue
	for name in execve write sendmsg exit_group clock_gettime; do
		inside "$(notify "\"$name\"") | .process.args = [\"probe\", \"ids\"]" ''
		prints "0 0"
	done
	[ "$(got "map(select(.call == $EXECVE)) | length")" -eq 1 ]
	[ "$(got "map(select(.call == $WRITE)) | length")" -ge 1 ]
	[ "$(got "map(select(.call == $EXIT_GROUP)) | length")" -ge 1 ]
	inside "$(notify '"execve", "write", "writev", "sendmsg", "exit_group", "openat", "open", "read", "close", "fcntl", "poll", "ppoll", "mmap", "futex", "prctl", "seccomp", "rt_sigreturn"')" 'echo fine'
	prints fine
}

@test "SC-09 NOTIFY as default action, for init and exec, with and without no_new_privs" {
	agent continue
	local nnp
	for nnp in true false; do
		up "$(notify_all) | .process.noNewPrivileges = $nnp" sleep 1000
		run ring3 exec "$ID" sh -c 'echo fine; grep ^NoNewPrivs /proc/self/status | tr -d "[:space:]"'
		prints "fine
NoNewPrivs:$([ $nnp = true ] && echo 1 || echo 0)"
		delete
	done
	[ "$(got "map(select(.call == $EXECVE)) | length")" -ge 4 ]
}

@test "SC-09 an agent that refuses execve: the error of start and exec, and nothing is left" {
	agent continue $EXECVE=-13
	create "$(notify '"execve"')" sleep 1000
	run ring3 start "$ID"
	fails "permission denied" sleep
	ended
	[ ! -e "$STATE/$ID" ]
	kill $AGENT_PID
	rm -f "$AGENT"
	agent continue $EXECVE=-1 $EXIT_GROUP=-1	# and even to end
	create "$(notify '"execve", "exit_group", "exit"')" sleep 1000
	run ring3 start "$ID"
	fails "operation not permitted"
	ended
}

@test "SC-05 nobody listens: start says where, and nothing is left" {
	create "$(notify '"getpriority"')" sleep 1000
	run ring3 start "$ID"
	fails "config.json:" "linux.seccomp.listenerPath" "connect to seccomp agent $AGENT" "no such file or directory"
	[ ! -e "$STATE/$ID" ]
	agent continue
	kill -9 $AGENT_PID
	within 2000 dead $AGENT_PID
	inside "$(notify '"getpriority"')" true
	fails "connect to seccomp agent $AGENT" "connection refused"
	[ ! -e "$STATE/$ID" ]
}

@test "SC-05 nobody listens any more: exec says so, the container runs on" {
	agent continue
	up "$(notify '"getpriority"')" sleep 1000
	kill -9 $AGENT_PID
	within 2000 dead $AGENT_PID
	run ring3 exec "$ID" true
	exits 255
	has "connect to seccomp agent $AGENT" "connection refused"
	is running
	delete
}

@test "SC-18 an agent that ends: the call is answered with ENOSYS" {
	agent continue $GETPRIORITY=die
	inside "$(notify '"getpriority"')" "probe syscall $GETPRIORITY 0 0"
	prints ENOSYS
}

@test "SC-09 an agent that does not answer: kill and delete do not wait for it" {
	agent continue $GETPRIORITY=hold
	up "$(notify '"getpriority"')" probe syscall $GETPRIORITY 0 0
	within 5000 called $GETPRIORITY
	is running
	delete
}
called() { [ "$(got "map(select(.call == $1)) | length")" -ge 1 ]; }

@test "SC-04 flags beside a listener" {
	agent continue $GETPRIORITY=-28
	local flags='"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"'
	inside "$(notify '"getpriority"') | .linux.seccomp.flags = [$flags]" "probe syscall $GETPRIORITY 0 0"
	prints ENOSPC
	"$RUNTIME" features | jq -e '.linux.seccomp.supportedFlags | index("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")' >/dev/null ||
		skip "needs Linux 5.19"
	inside "$(notify '"getpriority"') | .linux.seccomp.flags = [\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]" "probe syscall $GETPRIORITY 0 0"
	prints ENOSPC
}

@test "SC-04 WAIT_KILLABLE_RECV without NOTIFY is an error" {
	refused '.linux.seccomp = {defaultAction: "SCMP_ACT_LOG", flags: ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]}' \
		"linux.seccomp.flags" "needs an action SCMP_ACT_NOTIFY"
}

@test "SC-05 NOTIFY without an agent, or with one at a relative path, is an error" {
	refused "$(notify '"getpriority"') | del(.linux.seccomp.listenerPath)" "linux.seccomp.syscalls[0].action" "needs listenerPath"
	refused '.linux.seccomp = {defaultAction: "SCMP_ACT_NOTIFY"}' "linux.seccomp.defaultAction" "needs listenerPath"
	refused "$(notify '"getpriority"') | .linux.seccomp.listenerPath = \"agent\"" "linux.seccomp.listenerPath" "no absolute path"
	refused "$(notify '"getpriority"') | .linux.seccomp.listenerPath = \"@agent\"" "linux.seccomp.listenerPath" "no absolute path"
}

@test "A-11 the annotation and the environment name the agent where listenerPath does not" {
	agent continue $GETPRIORITY=-28
	local without='del(.linux.seccomp.listenerPath)'
	inside "$(notify '"getpriority"') | $without | .annotations = {\"run.oci.seccomp.receiver\": \"$AGENT\"}" "probe syscall $GETPRIORITY 0 0"
	prints ENOSPC
	export RUN_OCI_SECCOMP_RECEIVER=$AGENT
	up "$(notify '"getpriority"') | $without" sleep 1000
	unset RUN_OCI_SECCOMP_RECEIVER	# exec has what create had
	run ring3 exec "$ID" probe syscall $GETPRIORITY 0 0
	prints ENOSPC
	delete
	inside "$(notify '"getpriority"') | .annotations = {\"run.oci.seccomp.receiver\": \"/no/such/agent\"}" "probe syscall $GETPRIORITY 0 0"
	prints ENOSPC
	refused "$(notify '"getpriority"') | $without | .annotations = {\"run.oci.seccomp.receiver\": \"agent\"}" \
		"annotations" "run.oci.seccomp.receiver" "no absolute path"
}
