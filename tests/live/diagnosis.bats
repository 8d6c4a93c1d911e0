# What is said when a program cannot be executed, or a process dies without a message.
load helpers

FILTER='.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["openat2", "openat", "fstat", "newfstatat"], action: "SCMP_ACT_KILL_PROCESS"}]}'

# program NAME MODE: stdin as a file of the root file system.
program() {
	cat >"$ROOTFS/bin/$1"
	chmod "$2" "$ROOTFS/bin/$1"
}

# explained NAME TEXT...: the start of /bin/NAME says every TEXT; without and with a filter that would kill who looks.
explained() {
	local name=$1 filter
	shift
	for filter in . "$FILTER"; do
		bundle "$filter" "/bin/$name"
		try run -b "$BUNDLE" "$ID"
		fails "exec: \"/bin/$name\": " "$@"
		[ "${#lines[@]}" -eq 1 ] || show
		within 2000 ended
		delete
	done
}

@test "EC 1.9 a script whose interpreter is missing says which, with a visible \\r" {
	printf '#!/bin/sh\r\necho\r\n' | program dos 755
	explained dos 'no such file or directory: the interpreter "/bin/sh\r" that its first line names' 'remove the \r'
	printf '#!/no/such -x\n' | program lost 755
	explained lost 'no such file or directory: the interpreter "/no/such" that its first line names'
	rm "$ROOTFS"/bin/{dos,lost}
}

@test "EC 1.9 a program of another machine is named as one" {
	head -c 4096 "$ROOTFS/bin/busybox" >"$BUNDLE/elf"
	printf '\026\000' | dd of="$BUNDLE/elf" bs=1 seek=18 conv=notrunc status=none
	program foreign 755 <"$BUNDLE/elf"
	explained foreign "exec format error: it is a program for s390x, and this machine is $(uname -m)"
	program noformat 755 <<<"neither"
	explained noformat "exec format error: it is neither an ELF program nor a script"
	rm "$ROOTFS"/bin/{foreign,noformat}
}

@test "EC 1.9 a program whose ELF interpreter is missing says which" {
	loader=$(readelf -l "$(command -v sleep)" | sed -n 's/.*interpreter: \(.*\)\]/\1/p')
	[ -n "$loader" ] || skip "sleep is static here"
	program dynamic 755 <"$(command -v sleep)"
	explained dynamic "no such file or directory: its ELF interpreter $loader"
	rm "$ROOTFS/bin/dynamic"
}

@test "EC 1.9 what may not be executed is refused by create, with the reason" {
	program plain 644 <<<"#!/bin/sh"
	refused '.process.args = ["/bin/plain"]' 'exec: "/bin/plain": permission denied: the file has no x bit (mode 0644)'
	chmod 700 "$ROOTFS/bin/plain"
	refused '.process.args = ["plain"] | .process.user.uid = 1000' 'exec: "plain": permission denied: mode 0700 of' 'gives user 1000 no x bit'
	rm "$ROOTFS/bin/plain"
	mkdir -p "$BUNDLE/tools"
	cp "$ROOTFS/bin/busybox" "$BUNDLE/tools/sleep"
	refused ".process.args = [\"/mnt/sleep\"] | $(mount_of /mnt bind "$BUNDLE/tools" '["bind", "noexec"]')" \
		'exec: "/mnt/sleep": permission denied: it is on a mount with the option noexec'
	refused '.process.args = ["/etc"]' 'permission denied: the path `/etc` is not a regular file'
}

@test "EC 1.9 what a mount shows is explained too, where nothing forbids to look" {
	mkdir -p "$BUNDLE/tools"
	printf '#!/no/such\n' >"$BUNDLE/tools/script"
	chmod 755 "$BUNDLE/tools/script"
	bundle "$(mount_of /mnt bind "$BUNDLE/tools" '["bind"]')" /mnt/script
	try run -b "$BUNDLE" "$ID"
	fails 'the interpreter "/no/such"'
	bundle "$FILTER | $(mount_of /mnt bind "$BUNDLE/tools" '["bind"]')" /mnt/script
	try run -b "$BUNDLE" "$ID"
	fails 'exec: "/mnt/script": no such file or directory'
	lacks interpreter
}

@test "EC 1.9 exec explains the same, with and without a filter" {
	printf '#!/no/such\n' | program lost 755
	for filter in . "$FILTER"; do
		up "$filter" sleep 1000
		try exec "$ID" lost
		exits 255
		has 'exec: "lost": no such file or directory: the interpreter "/no/such"'
		delete
	done
	rm "$ROOTFS/bin/lost"
}

@test "check explains a program of another machine and a lost interpreter" {
	printf '#!/no/such\n' | program lost 755
	bundle . lost
	run ring3 check "$BUNDLE"
	fails "process.args: exec: \"lost\": the interpreter \"/no/such\""
	rm "$ROOTFS/bin/lost"
}

# A createRuntime hook kills init: the runtime finds it dead when it answers.
@test "a container process that dies without a message is reported with its signal and its last step" {
	printf '#!/bin/sh\nkill -9 "$(jq .pid)"\n' >"$BUNDLE/hook"
	chmod 755 "$BUNDLE/hook"
	bundle '.hooks.createRuntime = [{path: ($bundle + "/hook")}]' true
	try create -b "$BUNDLE" "$ID"
	fails 'the container process was killed by signal 9 (Killed) during set-up, in the step "runtime hooks"'
	[ "${#lines[@]}" -eq 1 ] || show
}

@test "EC-42 EC-43 the log of a failure has the steps of both processes, in its one document" {
	bundle '.process.args = ["/no/such"]' true
	config '.process.args = ["/no/such"]'
	try --log "$BUNDLE/log" --log-format json create -b "$BUNDLE" "$ID"
	fails "find the executable"
	[ "$(jq -s length "$BUNDLE/log")" -eq 1 ]
	[ "$(jq -r .msg "$BUNDLE/log")" = "$output" ]
	jq -r '.steps[]' "$BUNDLE/log" >"$BUNDLE/steps"
	grep -q 'ms\] ring3: create$' "$BUNDLE/steps"
	grep -q 'ms\] container: mounts$' "$BUNDLE/steps"
	[[ $(tail -n 1 "$BUNDLE/steps") == *"container: find the executable" ]]
	try --log "$BUNDLE/log.txt" create -b "$BUNDLE" "$ID"
	grep -q 'ms\] container: mounts$' "$BUNDLE/log.txt"
	tail -n 1 "$BUNDLE/log.txt" | grep -q '^time=.*level=error'
}

@test "EC-40 a command that succeeds writes none of its steps" {
	bundle . true
	run ring3 --log "$BUNDLE/log" --log-format json run -b "$BUNDLE" "$ID"
	prints ""
	[ ! -s "$BUNDLE/log" ]
}
