load helpers

TTY='.process.terminal = true'

@test "P-01 EC-14 run in the foreground gives the program a terminal of its own" {
	bundle "$TTY" probe tty
	run "$PROBE" pty 24x80 x none -- "$RUNTIME" --root "$STATE" run -b "$BUNDLE" "$ID"
	ok
	has "tty=111" "session=1" "controlling=yes" "console=same"
}

@test "P-01 the terminal is of the container's own devpts" {
	bundle "$TTY" sh -c 'tty; ls /dev/pts'
	run "$PROBE" pty 24x80 x none -- "$RUNTIME" --root "$STATE" run -b "$BUNDLE" "$ID"
	ok
	[ "${lines[0]%$'\r'}" = /dev/pts/0 ] || show
}

@test "D-07 /dev/console is the terminal, by a mount" {
	bundle "$TTY" sh -c 'grep -c " /dev/console " /proc/self/mountinfo; echo written >/dev/console'
	run "$PROBE" pty 24x80 x none -- "$RUNTIME" --root "$STATE" run -b "$BUNDLE" "$ID"
	ok
	[ "${lines[0]%$'\r'}" = 1 ] || show
	has written
}

@test "P-01 run returns the program's status and restores the caller's terminal" {
	bundle "$TTY" sh -c 'exit 9'
	run "$PROBE" pty 24x80 x none -- sh -c "before=\$(stty -g); '$RUNTIME' --root '$STATE' run -b '$BUNDLE' '$ID'; code=\$?; [ \"\$before\" = \"\$(stty -g)\" ] && exit \$code; exit 99"
	exits 9
}

@test "EC-14 what is typed reaches the program, what it prints comes back" {
	bundle "$TTY" sh -c 'echo ready; read line; echo "got $line"'
	run "$PROBE" pty 24x80 ready type:hello -- "$RUNTIME" --root "$STATE" run -b "$BUNDLE" "$ID"
	ok
	has "got hello"
}

@test "EC-14 much output comes out whole" {
	bundle "$TTY" sh -c 'i=0; while [ $i -lt 2000 ]; do echo "line $i"; i=$((i + 1)); done'
	run "$PROBE" pty 24x80 x none -- "$RUNTIME" --root "$STATE" run -b "$BUNDLE" "$ID"
	ok
	[ "${#lines[@]}" -eq 2000 ] || show
	[ "${lines[1999]%$'\r'}" = "line 1999" ]
}

@test "EC-14 the size of the caller's terminal is taken over, and changes are passed on" {
	bundle "$TTY" sh -c 'probe tty; trap "set -- \$(stty size); echo size \$1x\$2; exit" WINCH; echo ready; for i in $(seq 300); do sleep 0.1; done'
	run "$PROBE" pty 33x111 ready resize:44x55 -- "$RUNTIME" --root "$STATE" run -b "$BUNDLE" "$ID"
	has "rows=33 columns=111" "size 44x55"
}

@test "P-02 P-03 consoleSize" {
	bundle "$TTY | .process.consoleSize = {height: 12, width: 34}" probe tty
	"$PROBE" console "$BUNDLE/sock" "$BUNDLE/out" 3>&- 4>&-
	ring3_quiet create -b "$BUNDLE" --console-socket "$BUNDLE/sock" "$ID"
	start
	within 3000 grep -q end "$BUNDLE/out"
	grep -q "rows=12 columns=34" "$BUNDLE/out"
	delete
}

@test "P-03 a console size that does not fit is an error, a size without a terminal is ignored" {
	refused "$TTY | .process.consoleSize = {height: 70000, width: 34}" "consoleSize.height"
	inside '.process.consoleSize = {height: 12, width: 34}' 'echo fine'
	prints fine
}

@test "EC-13 create --console-socket receives one descriptor in one message" {
	bundle "$TTY" sh -c 'probe tty; read line; echo "got $line"'
	"$PROBE" console "$BUNDLE/sock" "$BUNDLE/out" 'hello
' 3>&- 4>&-
	ring3_quiet create -b "$BUNDLE" --console-socket "$BUNDLE/sock" "$ID"
	start
	within 3000 grep -q end "$BUNDLE/out"
	grep -q "^descriptors=1 payload=[^ ]* more=0" "$BUNDLE/out"
	grep -q "tty=111.*controlling=yes" "$BUNDLE/out"
	grep -q "got hello" "$BUNDLE/out"
	delete
}

@test "EC-13 run --detach --console-socket" {
	bundle "$TTY" sh -c 'echo from inside'
	"$PROBE" console "$BUNDLE/sock" "$BUNDLE/out" 3>&- 4>&-
	ring3_quiet run --detach -b "$BUNDLE" --console-socket "$BUNDLE/sock" "$ID"
	within 3000 grep -q "from inside" "$BUNDLE/out"
	delete
}

@test "EC-13 the runtime does not wait for accept" {
	bundle "$TTY" sleep 1000
	"$PROBE" never-accept "$BUNDLE/sock" 3>&- 4>&-
	ring3_quiet create -b "$BUNDLE" --console-socket "$BUNDLE/sock" "$ID"
	start
	is running
	delete
}

@test "EC-13 a terminal in a user namespace" {
	bundle "$USERNS | $TTY" probe tty
	"$PROBE" console "$BUNDLE/sock" "$BUNDLE/out" 3>&- 4>&-
	ring3_quiet create -b "$BUNDLE" --console-socket "$BUNDLE/sock" "$ID"
	start
	within 3000 grep -q end "$BUNDLE/out"
	grep -q "tty=111.*controlling=yes" "$BUNDLE/out"
	delete
}

@test "EC-13 the terminal belongs to the program's user" {
	bundle "$TTY | .process.user = {uid: 1000, gid: 1000}" sh -c 'stat -L -c %u /proc/self/fd/0; echo x >/dev/tty && echo fine'
	run "$PROBE" pty 24x80 x none -- "$RUNTIME" --root "$STATE" run -b "$BUNDLE" "$ID"
	ok
	[ "${lines[0]%$'\r'}" = 1000 ] || show
	has fine
}

@test "EC-12 with a terminal nothing keeps the runtime's own output open" {
	bundle "$TTY" sleep 1000
	"$PROBE" console "$BUNDLE/sock" "$BUNDLE/out" 3>&- 4>&-
	# The pipe ends only when every holder has closed it.
	timeout 5 sh -c "RING3_TEST_COOKIE=$COOKIE '$RUNTIME' --root '$STATE' create -b '$BUNDLE' --console-socket '$BUNDLE/sock' '$ID' 2>&1 </dev/null | cat" >"$BUNDLE/piped" 3>&- 4>&-
	start
	delete
}

@test "EC-13 a console socket that nobody listens at fails create" {
	bundle "$TTY" true
	try create -b "$BUNDLE" --console-socket "$BUNDLE/nobody" "$ID"
	fails "$BUNDLE/nobody" "no such file or directory"
}

@test "EC-14 detached with a terminal but without a console socket is an error" {
	bundle "$TTY" true
	try create -b "$BUNDLE" "$ID"
	fails "cannot allocate tty if" "without setting console socket"
	try run --detach -b "$BUNDLE" "$ID"
	fails "cannot allocate tty if" "without setting console socket"
}

@test "EC-14 a console socket without a terminal is an error" {
	bundle . true
	"$PROBE" never-accept "$BUNDLE/sock" 3>&- 4>&-
	try create -b "$BUNDLE" --console-socket "$BUNDLE/sock" "$ID"
	fails "cannot use console socket if"
}

@test "P-01 foreground with a terminal while standard input is none" {
	bundle "$TTY" probe tty
	run ring3 run -b "$BUNDLE" "$ID" </dev/null
	ok
	has "tty=111"
}
