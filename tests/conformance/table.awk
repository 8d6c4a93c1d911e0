# table.awk - see tests/conformance/table.

function trim(text) {
	gsub(/^[ \t]+|[ \t]+$/, "", text)
	return text
}

# At a blank, and not inside of `code`.
function shorten(text, length_,    ticks) {
	if (length(text) <= length_)
		return text
	text = substr(text, 1, length_)
	sub(/ [^ ]*$/, "", text)
	ticks = text
	if (gsub(/`/, "", ticks) % 2)
		sub(/ *`[^`]*$/, "", text)
	ticks = text
	if (gsub(/\*\*/, "", ticks) % 2)
		sub(/\*\*/, "", text)
	return text " ..."
}

function is_id(word) { return word ~ /^[A-Z][A-Z]?-[0-9]+[a-z]?$/ }
# P-08b belongs to the row P-08.
function row_of(id) {
	if (id in order)
		return id
	if (id in alias)
		return alias[id]
	sub(/[a-z]$/, "", id)
	return id in order ? id : ""
}

kind == "reasons" && /^[A-Z]/ {
	id = $1
	sub(/^[^ \t]+[ \t]+/, "")
	reasons[id] = $0
}

# --- differences: OTHER <tab> PATTERN <tab> REASON; a reason is said once
kind == "differences" && /^[^#]/ {
	split($0, cells, "\t")
	key = cells[3]
	gsub(/\|/, ", ", cells[1])
	if (!(key in others))
		differences[++difference_count] = key
	if (index(others[key], cells[1]) == 0)
		others[key] = others[key] (others[key] != "" ? ", " : "") cells[1]
}

# --- rows: "| ID | property | behaviour | ... |"; columns up to the first about another runtime say what is demanded
kind == "rows" && /^#+ / {
	title = $0
	sub(/^#+ /, "", title)
}
kind == "rows" && /^\|/ {
	line = $0
	gsub(/\\\|/, "\001", line)
	count = split(line, cells, "|")
	for (i = 2; i < count; i++)
		cells[i] = trim(cells[i])
	if (cells[2] == "ID" || cells[2] == "#") {
		columns = 0
		for (i = 3; i < count && columns < 2 && cells[i] !~ /^(runc|crun|youki|How|Kernel interface|Bad value|who breaks|cgroup v2 file.*)$/; i++)
			if (cells[i] !~ /^(Owner|Level)$/)
				column[++columns] = i
		next
	}
	if (!is_id(cells[2]) || cells[2] in order)
		next
	id = cells[2]
	rows++
	list[rows] = id
	order[id] = rows
	section[id] = title
	demand = cells[column[1]]
	if (columns > 1 && cells[column[2]] != "")
		demand = demand ": " cells[column[2]]
	gsub(/\001/, "\\|", demand)
	demands[id] = shorten(demand, 150)
	# "P-08, P-08b .gid", "A-15 ..., A-16 ..."
	pieces = split(cells[3] " " cells[4], parts, /[ ,;()]+/)
	for (i = 1; i <= pieces; i++)
		if (is_id(parts[i]) && $0 ~ ("(, |; )" parts[i] " [`.]"))
			alias[parts[i]] = id
}

# --- tests
kind == "tests" && /^(not )?ok / {
	result = /^not / ? "failed" : /# *[Ss][Kk][Ii][Pp]/ ? "skipped" : "passed"
	name = $0
	sub(/^(not )?ok [0-9]+ (- )?/, "", name)
	sub(/ # (in [0-9]+ .*|skip.*|timeout.*|repeated alone)$/, "", name)
	sub(/ in [0-9]+ms$/, "", name)	# of tests/vm/quick
	# A test runs on this machine and, several times, in the test machine: it is one, and passes where it is not skipped.
	if (!(name in outcome))
		tests[++test_count] = name
	if (!(name in outcome) || (outcome[name] != "failed" && (result == "failed" || outcome[name] == "skipped")))
		outcome[name] = result
}

function assign(name,    count, words, i, n, prefix, first, final) {
	result = outcome[name]
	count = split(name, words, /[ ,:]+/)
	delete seen
	for (i = 1; i <= count; i++) {
		if (words[i] == "to" && is_id(words[i - 1]) && is_id(words[i + 1])) {
			prefix = words[i + 1]
			sub(/-.*/, "", prefix)
			first = words[i - 1]
			final = words[i + 1]
			sub(/.*-/, "", first)
			sub(/.*-/, "", final)
			for (n = first + 1; n < final + 0; n++)
				belongs(sprintf("%s-%02d", prefix, n), name)
		} else if (is_id(words[i])) {
			belongs(words[i], name)
		}
	}
}
function belongs(id, name) {
	id = row_of(id)
	if (id == "" || id in seen)
		return
	seen[id] = 1
	total[id]++
	results[id, result]++
	if (total[id] <= 2)
		names[id] = names[id] (names[id] == "" ? "" : "; ") bare(name)
}
# The name without the rows it begins with.
function bare(text) {
	while (match(text, /^([A-Z][A-Z]?-[0-9]+[a-z]?|[RTK][0-9]+[a-z]?|to|and)[ ,:]+/))
		text = substr(text, RLENGTH + 1)
	gsub(/\|/, "\\|", text)
	return shorten(text, 90)
}

function verdict(id) {
	if (results[id, "failed"])
		return "failed"
	if (results[id, "passed"])
		return "passed"
	if (results[id, "skipped"])
		return "skipped"
	return id in reasons ? "differs" : "none"
}

END {
	for (i = 1; i <= test_count; i++)
		assign(tests[i])
	for (i = 1; i <= rows; i++) {
		id = list[i]
		which = id ~ /^EC-/ ? "rules" : "rows"
		sums[which]++
		sums[which, verdict(id)]++
		if (id in reasons)
			sums[which, "kept differently"]++
	}
	for (id in reasons)
		if (!(id in order)) {
			print "conformance: docs/conformance.reasons has a row " id " that nothing defines" >"/dev/stderr"
			exit 1
		}
	print "# Conformance"
	print ""
	print "Made by `make conformance` from a run of `make check-unit check-live`" (machine ? " and `make check-vm`" : "") " on Linux " kernel ". Nobody edits it;"
	print "what is said in *italics* comes from conformance.reasons."
	print ""
	summary("rows", "rows of [reference/spec-matrix.md](reference/spec-matrix.md)")
	summary("rules", "rules of [reference/engine-contract.md](reference/engine-contract.md)")
	for (i = 1; i <= rows; i++) {
		id = list[i]
		if (section[id] != shown) {
			shown = section[id]
			print "\n## " shown "\n"
			print "| row | demands | tests | result |"
			print "|---|---|---|---|"
		}
		shown_tests = names[id] (total[id] > 2 ? "; and " total[id] - 2 " more" : "")
		if (id in reasons)
			shown_tests = shown_tests (shown_tests == "" ? "" : "; ") "*" reasons[id] "*"
		print "| " id " | " demands[id] " | " shown_tests " | " verdict_text(id) " |"
	}
	if (difference_count)
		bundles()
}
function bundles(    i, key) {
	print "\n## Bundles that engines write\n"
	print "The same bundle under ring3, runc and crun, as the program in the container sees it (tests/engines/bundles.bats):\n"
	for (i = 1; i <= test_count; i++)
		if (tests[i] ~ /the same containers?( |$)/)
			print "* " tests[i] ": " outcome[tests[i]]
	print "\nWhat differs, and why:\n"
	print "| from | why |"
	print "|---|---|"
	for (i = 1; i <= difference_count; i++) {
		key = differences[i]
		print "| " others[key] " | " key " |"
	}
}
function verdict_text(id,    v) {
	v = verdict(id)
	if (v == "none")
		return "no test"
	if (v == "failed" || v == "skipped" || v == "passed")
		return v " " results[id, v] + 0 (v == "failed" ? " of " total[id] : "") (id in reasons ? ", kept differently" : "")
	return "kept differently"
}
function summary(which, what,    kept, differs) {
	differs = sums[which, "kept differently"] + 0
	kept = sums[which, "passed"] - differs
	printf "* %d %s: %d kept, %d kept differently (with the reason), %d not kept: ", sums[which], what, kept, differs, sums[which] - kept - differs
	printf "%d with a passing test, %d without a test", sums[which, "passed"], sums[which, "none"] + sums[which, "differs"]
	if (sums[which, "failed"] + sums[which, "skipped"])
		printf ", %d with a failing one, %d only with skipped ones", sums[which, "failed"], sums[which, "skipped"]
	print "."
}
