# untested-options.awk TABLES TEST...: prints each option for which no test is there that names it, with its command, in its title and uses it.
# TABLES is what contrib/tables.c prints; an option before the command needs no command in the title.

# A word that is neither the beginning of a longer one nor a part of it.
function has(text, word) { return text ~ ("(^|[^-a-z])" word "([^-a-z]|$)") }

BEGIN { FS = "\t" }

FNR == NR {
	if ($1 == "option" || $1 == "hidden") {
		options++
		command[options] = $2
		name[options] = (length($3) > 1 ? "--" : "-") $3
		letter[options] = $4
	}
	next
}

/^@test / { title[++tests] = $0; next }
tests { body[tests] = body[tests] "\n" $0 }

END {
	for (o = 1; o <= options; o++) {
		used = "(^|[^-a-z])(" name[o] "([^-a-z]|$)" (letter[o] == "-" ? "" : "|-" letter[o] "([^a-z]|$)") ")"
		for (t = 1; t <= tests; t++)
			if (has(title[t], name[o]) && (command[o] == "-" || has(title[t], command[o])) && body[t] ~ used)
				break
		if (t > tests)
			print (command[o] == "-" ? "ring3" : "ring3 " command[o]) " " name[o]
	}
}
