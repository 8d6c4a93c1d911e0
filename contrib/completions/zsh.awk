# zsh.awk - the tables of _ring3.
BEGIN {
	FS = "\t"
	help = "\t\t'(- *)'{-h,--help}'[show the options]'\n"
}
function quote(text) {
	gsub(/'/, "'\\''", text)
	return "'" text "'"
}
# [ ] and : end a description in a specification of _arguments.
function plain(text) {
	gsub(/[\[\]:\\]/, "\\\\&", text)
	return text
}
function action(argument, values) {
	if (argument ~ /^[-[]/)
		return ""
	if (values == "files")
		return ":" plain(argument) ":_files"
	if (values == "dirs")
		return ":" plain(argument) ":_files -/"
	return ":" plain(argument) ":" (values == "-" ? " " : "(" values ")")
}
function row(name, equals) { return "\t\t" quote("*" name equals "[" plain($7) "]" action($5, $6)) "\n" }
FNR == NR && $1 == "option" {
	rows[$2] = rows[$2] row((length($3) > 1 ? "--" : "-") $3, $5 ~ /^[-[]/ ? "" : "=")
	if ($4 != "-")
		rows[$2] = rows[$2] row("-" $4, $5 ~ /^[-[]/ ? "" : "+")
}
FNR == NR && $1 == "command" {
	order[++count] = $2
	commands = commands "\t\t" quote($2 ":" plain($5)) "\n"
	n = split($3, words, " ")
	for (i = 1; i <= n; i++)
		arguments[$2] = arguments[$2] "\t\t" quote((words[i] ~ /\.\.\./ ? "*" : i) ":" tolower(word(words[i])) ":" positional(words[i])) "\n"
}
function word(text) {
	gsub(/[^A-Z]/, "", text)
	return text ? text : "argument"
}
function positional(text) {
	if (text ~ /CONTAINER/)
		return $4 == "known" ? "_ring3_containers" : " "
	if (text ~ /SIGNAL/)
		return "(TERM KILL HUP INT QUIT USR1 USR2 WINCH STOP CONT)"
	return text ~ /BUNDLE/ ? "_files -/" : " "
}
FNR == NR { next }
/^%GLOBAL%$/ { printf "%s", help rows["-"]; next }
/^%COMMANDS%$/ { printf "%s", commands; next }
/^%CASES%$/ {
	for (i = 1; i <= count; i++)
		printf "\t%s) _arguments -s -S \\\n%s\t\t&& return ;;\n", order[i], lines(help rows[order[i]] arguments[order[i]])
	next
}
function lines(text) {
	gsub(/\n/, " \\\n", text)
	return text
}
{ print }
