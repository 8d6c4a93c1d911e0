# bash.awk - the tables of ring3.bash.
BEGIN { FS = "\t" }
function quote(text) { return "'" text "'" }
FNR == NR && $1 == "command" {
	commands = commands " " $2
	n = split($3, words, " ")
	for (i = 1; i <= n; i++)
		if (argument_kind(words[i]) != "-")
			arguments = arguments "\t[" quote($2 " " i - 1) "]=" quote(argument_kind(words[i])) "\n"
}
function argument_kind(word) {
	if (word ~ /CONTAINER/)
		return $4 == "known" ? "containers" : "-"
	if (word ~ /SIGNAL/)
		return "TERM KILL HUP INT QUIT USR1 USR2 WINCH STOP CONT"
	return word ~ /BUNDLE/ ? "dirs" : "-"
}
FNR == NR && ($1 == "option" || $1 == "hidden") {
	name = (length($3) > 1 ? "--" : "-") $3
	if ($1 == "option")
		options[$2] = options[$2] " " name ($4 == "-" ? "" : " -" $4)
	if ($5 !~ /^[-[]/) {
		values = values "\t[" quote($2 " " name) "]=" quote($6) "\n"
		if ($4 != "-")
			values = values "\t[" quote($2 " -" $4) "]=" quote($6) "\n"
	}
}
FNR == NR { next }
/^%TABLES%$/ {
	print "_ring3_commands=" quote(substr(commands, 2) " help")
	print "declare -gA _ring3_options=("
	for (command in options)
		print "\t[" quote(command) "]=" quote(substr(options[command], 2))
	print ")"
	printf "declare -gA _ring3_value=(\n%s)\n", values
	printf "declare -gA _ring3_arguments=(\n%s)\n", arguments
	next
}
{ print }
