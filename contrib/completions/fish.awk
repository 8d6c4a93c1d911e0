# fish.awk - the lines of ring3.fish that come from the tables.
BEGIN { FS = "\t" }
function quote(text) {
	gsub(/[\\']/, "\\\\&", text)
	return "'" text "'"
}
function condition() { return " -n " ($2 == "-" ? "__ring3_no_command" : quote("__ring3_command " $2)) }
function values() {
	if ($5 ~ /^[-[]/)
		return ""
	if ($6 == "files")
		return " -r -F"
	if ($6 == "dirs")
		return " -x -a '(__fish_complete_directories)'"
	return " -x" ($6 == "-" ? "" : " -a " quote($6))
}
FNR == NR && $1 == "option" {
	lines = lines "complete -c ring3" condition() ($4 == "-" ? "" : " -s " $4) (length($3) > 1 ? " -l " : " -s ") $3 values() " -d " quote($7) "\n"
}
FNR == NR && $1 == "command" {
	lines = lines "complete -c ring3 -n __ring3_no_command -a " $2 " -d " quote($5) "\n"
	lines = lines "complete -c ring3 -n '__ring3_command help' -a " $2 "\n"
	if ($4 == "known")
		lines = lines "complete -c ring3" condition() " -a '(__ring3_containers)'\n"
	if ($3 ~ /SIGNAL/)
		lines = lines "complete -c ring3" condition() " -a 'TERM KILL HUP INT QUIT USR1 USR2 WINCH STOP CONT'\n"
	if ($3 ~ /BUNDLE/)
		lines = lines "complete -c ring3" condition() " -a '(__fish_complete_directories)'\n"
}
FNR == NR && $1 ~ /option|hidden/ && $2 == "-" && $5 !~ /^[-[]/ { valued = valued " --" $3 }
FNR == NR { next }
{ sub(/%VALUED%/, substr(valued, 2)) }
/^%LINES%$/ { printf "%s", lines; next }
{ print }
