# page.awk - a man page's source with its synopsis and options filled in from the tables.
# awk -v page=ring3-create -f page.awk TABLES ring3-create.1.scd
# Lines %NAME%, %SYNOPSIS%, %OPTIONS% and %COMMANDS% are replaced.
BEGIN {
	FS = "\t"
	command = page == "ring3" ? "-" : substr(page, 7)
}

function escape(text) {
	gsub(/[\\_*`<#~+]/, "\\\\&", text)
	return text
}

# ID [SIGNAL] becomes _ID_ [_SIGNAL_].
function placeholders(text,    n, i, words, result) {
	n = split(text, words, " ")
	for (i = 1; i <= n; i++) {
		sub(/[A-Z][A-Z]*/, "_&_", words[i])
		result = result " " words[i]
	}
	return substr(result, 2)
}

# DIR follows a blank, [=SECONDS] may be left out.
function value(argument) {
	if (argument == "-")
		return ""
	return argument ~ /^\[=/ ? "[=_" escape(substr(argument, 3, length(argument) - 3)) "_]" : " _" escape(argument) "_"
}

function option(name, letter, argument, help) {
	return (letter == "-" ? "" : "*-" letter "*, ") "*" (length(name) > 1 ? "--" : "-") escape(name) "*" \
		value(argument) "\n\t" escape(help) "\n\n"
}

FNR == NR && ($1 == "option" || $1 == "hidden") && $2 == command { options = options option($3, $4, $5, $7) }
FNR == NR && $1 == "command" {
	commands = commands "*" $2 "*" ($3 == "-" ? "" : " " placeholders($3)) "\n\t" escape($5) ", see *ring3-" $2 "*(1)\n\n"
	if ($2 == command) {
		arguments = $3 == "-" ? "" : " " placeholders($3)
		summary = $5
	}
}
FNR == NR { next }
command != "-" && !summary {
	print "there is no command for the page " page >"/dev/stderr"
	exit 1
}

/^%SYNOPSIS%$/ { print "*ring3* [_GLOBAL-OPTION_...] *" command "*" (options ? " [_OPTION_...]" : "") arguments; next }
/^%NAME%$/ { print "ring3-" command " - " escape(summary); next }
/^%OPTIONS%$/ { printf "%s*-h*, *--help*\n\tshow these options\n", options; next }
/^%COMMANDS%$/ { printf "%s", commands; next }
{ print }
