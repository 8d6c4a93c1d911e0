# What is written about the program says what is in it: man pages and completions are made from its tables, the guide quotes
# its errors.  RUNTIME names the program, BUILD_DIR where make has put the rest.
bats_require_minimum_version 1.8.0
TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

setup() { BUNDLE=$(mktemp -d "$BATS_TMPDIR/ring3-docs.XXXXXX"); }
teardown() { rm -r "$BUNDLE"; }

show() {
	printf 'status: %s\noutput:\n%s\n' "$status" "$output"
	return 1
}
prints() { [ "$status" -eq 0 ] && [ "$output" = "$1" ] || { echo "expected: $1"; show; }; }

# options_of [COMMAND]: the options that its help lists; without a command the global ones.
options_of() { "$RUNTIME" help "$@" | grep -oE '^ +(-[a-zA-Z], )?--[a-z-]+' | grep -oE -- '--?[a-zA-Z][a-z-]*'; }
commands_of_help() { "$RUNTIME" --help | awk '/^[Cc]ommands/ { on = 1; next } on && NF == 0 { exit } on { print $1 }'; }

@test "man: every command has a page, and every option is in it" {
	[ "$(commands_of_help | wc -l)" -ge 9 ]
	for command in $(commands_of_help); do
		[ "$command" != help ] || continue
		[ -s "$BUILD_DIR/man/ring3-$command.1" ] || { echo "no page of $command"; false; }
		for option in $(options_of "$command"); do
			grep -qF -- "\\fB$option\\fR" "$BUILD_DIR/man/ring3-$command.1" || { echo "ring3-$command(1) lacks $option"; false; }
		done
	done
}

@test "man: ring3(1) has every command and every global option" {
	for command in $(commands_of_help); do
		grep -qF "\\fB$command\\fR" "$BUILD_DIR/man/ring3.1" || { echo "lacks $command"; false; }
	done
	for option in $(options_of); do
		grep -qF -- "\\fB$option\\fR" "$BUILD_DIR/man/ring3.1" || { echo "lacks $option"; false; }
	done
}

@test "man: no page of a command that is not there" {
	for file in "$TOP"/docs/man/ring3-*.scd; do
		name=${file##*/ring3-}
		commands_of_help | grep -qx "${name%.1.scd}"
	done
}

# complete WORD...: what bash offers for the last one; REPLY is one line.
complete_line() {
	ring3() { "$RUNTIME" "$@"; }
	source "$BUILD_DIR/completions/ring3.bash"
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	_ring3
	printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' '
}

@test "bash completion: commands" {
	run complete_line ring3 st
	prints "start state "
	run complete_line ring3 --log-format json --root=/x --debug cr
	prints "create "
	run complete_line ring3 help fe
	prints "features "
}

@test "bash completion: options of the command, and the global ones before it" {
	run complete_line ring3 create --pid
	prints "--pid-file --pidfd-socket "
	run complete_line ring3 --log-
	prints "--log-format --log-level "
	run complete_line ring3 delete x --fo
	prints "--force "
	for command in $(commands_of_help); do
		[ "$command" != help ] || continue
		for option in $(options_of "$command"); do
			run complete_line ring3 "$command" "$option"
			[[ " $output" == *" $option "* ]] || { echo "$command $option is not offered"; show; }
		done
	done
}

@test "bash completion: values" {
	run complete_line ring3 --log-level w
	prints "warning "
	run complete_line ring3 --log-format = j
	prints "json "
	run complete_line ring3 list --format ""
	prints "json table "
	mkdir "$BUNDLE/one"
	touch "$BUNDLE/other"
	run complete_line ring3 create --bundle "$BUNDLE/o"
	prints "$BUNDLE/one "
	run complete_line ring3 create --pid-file "$BUNDLE/o"
	prints "$BUNDLE/one $BUNDLE/other "
}

@test "bash completion: names of the containers in that root, none where a new one is named" {
	cat >"$BUNDLE/ring3" <<-'END'
		#!/bin/sh
		[ "$*" = "--root /some/root list -q" ] && echo one && echo other
	END
	chmod 755 "$BUNDLE/ring3"
	RUNTIME=$BUNDLE/ring3
	run complete_line ring3 --root /some/root state o
	prints "one other "
	run complete_line ring3 --root = /some/root kill one K
	prints "KILL "
	run complete_line ring3 --root = /some/root delete -f ot
	prints "other "
	run complete_line ring3 --root /some/root create o
	prints " "
	run complete_line ring3 state o
	prints " "
}

# The same by the real shells, one word a line of output: COMPLETE names the function, a line of input its argument.
fish_offers() { HOME=$BUNDLE fish --no-config -c "source '$BUILD_DIR/completions/ring3.fish'; complete -C '$1'" | cut -f1 | sort | tr '\n' ' '; }
zsh_offers() { timeout 30 zsh -f "$TOP/tests/docs/complete.zsh" "$BUILD_DIR/completions" "$1" | sort | tr '\n' ' '; }

shell_completes() {
	local offers=$1 command option
	ln -s "$RUNTIME" "$BUNDLE/ring3"
	PATH=$BUNDLE:$PATH
	run "$offers" "ring3 st"
	prints "start state "
	run "$offers" "ring3 create --pid"
	prints "--pid-file --pidfd-socket "
	run "$offers" "ring3 --log-level w"
	prints "warning "
	run "$offers" "ring3 list --format "
	prints "json table "
	for command in $(commands_of_help); do
		[ "$command" != help ] || continue
		run "$offers" "ring3 $command --"
		for option in $(options_of "$command" | grep -e --); do
			[[ " $output" == *" $option "* ]] || { echo "$command $option is not offered"; show; }
		done
	done
}

@test "fish completion" {
	command -v fish >/dev/null || skip "needs fish"
	shell_completes fish_offers
}

@test "zsh completion" {
	command -v zsh >/dev/null || skip "needs zsh"
	shell_completes zsh_offers
}

@test "docs/migrating.md: every error is one of the program's" {
	# All texts of the sources, pieces of one literal joined.
	cat "$TOP"/runtime/*.c "$TOP"/runtime/*/*.c | tr -d '\n' | sed -E 's/"[ \t]*"//g; s/\\"/"/g' >"$BUNDLE/texts"
	sed -n '/^## What an error means/,$p' "$TOP/docs/migrating.md" | grep -oE '^\| (`[^`|]+`|``[^|]+``) \|' | sed -E 's/^\| `+//; s/`+ \|$//' >"$BUNDLE/errors"
	[ "$(wc -l <"$BUNDLE/errors")" -gt 40 ]
	while read -r error; do
		# Between what stands for something, and before the kernel's reason.
		sed -E 's/"?\b([A-Z]{2,}|N)\b"?/\n/g' <<<"$error" | sed -E 's/^[ :#]+//; s/: (running|permission denied|no such file or directory)$//; s/[ :(]+$//; s/^(.{0,3}|no such file or directory|permission denied|exec format error|running|exit status|stdout|hook)$//' | while read -r part; do
			[ -z "$part" ] || grep -qF -- "$part" "$BUNDLE/texts" || { echo "nowhere: $part ($error)"; false; }
		done
	done <"$BUNDLE/errors"
}

@test "every rule of engine-contract.md has a live test that is named after it" {
	for rule in $(grep -oE '^\| EC-[0-9]+' "$TOP/docs/reference/engine-contract.md" | tr -d '| '); do
		grep -qE "^@test \".*$rule " "$TOP"/tests/live/*.bats || { echo "no test of $rule"; false; }
	done
}

@test "every option of every command has a live test that is named after it" {
	run awk -f "$TOP/tests/docs/untested-options.awk" "$BUILD_DIR/tables.txt" "$TOP"/tests/live/*.bats
	prints ""
}
