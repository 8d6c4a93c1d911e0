# upstream.awk - see tests/conformance/upstream.  The list of what is expected, then the results, a file each.
# In the list a reason stands in front of the results that it is for, and those behind a tab each: "PROGRAM: OUTCOME" for runtime-tools,
# "FILE.bats: TEST" for runc, or without what is behind the colon where all of it is meant.
function program_of(key) {
	sub(/: .*/, "", key)
	return key
}

function result(key, passed) {
	seen[key] = 1
	if (passed)
		good++
	else {
		failed[key] = failed[program_of(key)] = 1
		order[++count] = key
	}
}

# What a program of runtime-tools came to, in one line.
function file_ends(    outcome) {
	if (!name)
		return
	ran[name] = 1
	if (suite == "runtime-tools") {
		outcome = status == 124 ? "not over in time" : status != "0" ? "exit status " status : \
			bad ? bad " of " ok + bad " not ok" : left_out && !ok ? "skipped" : !ok ? "asserts nothing" : ""
		result(name (outcome ? ": " outcome : ""), !outcome)
	} else if (tests < planned || status == "")
		result(name ": " planned - tests " of its " planned " tests did not run", 0)
	skipped += left_out
	name = ""
}

FILENAME == ARGV[1] && /^\t/ { reason[substr($0, 2)] = why; next }
FILENAME == ARGV[1] { why = $0; next }

FNR == 1 {
	file_ends()
	name = FILENAME
	sub(/.*\/vm-upstream-(runtime-tools|runc)-/, "", name)
	sub(/\.tap$/, suite == "runc" ? ".bats" : "", name)
	ok = bad = left_out = tests = planned = 0
	status = ""
}
/^# exit status / { status = $4 }
/^1\.\.[0-9]+$/ { planned = substr($1, 4) }
/^(not )?ok [0-9]+/ {
	passed = $1 == "ok"
	tests++
	if (passed && /# *(skip|SKIP)/) {
		left_out++
		next
	}
	passed ? ok++ : bad++
	if (suite == "runc") {
		sub(/^(not )?ok [0-9]+ /, "")
		sub(/ # in [0-9]+ .*/, "")
		result(name ": " $0, passed)
	}
}

END {
	file_ends()
	for (i = 1; i <= count; i++) {
		key = order[i]
		known = key in reason || program_of(key) in reason
		printf "%s %s\n", !compare ? "        " : known ? "expected" : "FAILED  ", key
		if (compare && !known)
			wrong++
	}
	for (key in reason) {
		if (compare && !(key in failed) && program_of(key) in ran && (!partial || key in seen)) {
			print "ALL RIGHT, but listed: " key
			wrong++
		}
	}
	printf "%s: %d passed, %d not (%d of them not as expected), %d skipped\n", suite, good, count, wrong, skipped
	exit wrong > 0 || !(good + count)
}
