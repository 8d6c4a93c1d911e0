# Completion of ring3 for bash: commands, options and their values, and the names of containers.
# The tables are made from those of the program:
%TABLES%

# The names of the containers in the state root that the line names.
_ring3_containers() {
	local i root=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == --root ]] || continue
		root=(--root "${COMP_WORDS[i + 1]}")
		[[ ${root[1]} != = ]] || root[1]=${COMP_WORDS[i + 2]}
	done
	"${COMP_WORDS[0]}" "${root[@]}" list -q 2>/dev/null
}

_ring3_reply() {
	local word
	while IFS= read -r word; do
		COMPREPLY+=("$word")
	done
}

# What fits a kind of value: files, dirs, containers, signals, commands, or words.
_ring3_values() {
	case $1 in
	files) _ring3_reply < <(compgen -f -- "$2") && compopt -o filenames 2>/dev/null ;;
	dirs) _ring3_reply < <(compgen -d -- "$2") && compopt -o filenames 2>/dev/null ;;
	containers) _ring3_reply < <(compgen -W "$(_ring3_containers)" -- "$2") ;;
	-) ;;
	*) _ring3_reply < <(compgen -W "$1" -- "$2") ;;
	esac
}

_ring3() {
	local current=${COMP_WORDS[COMP_CWORD]} command=- word value= i positionals=0
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $value ]]; then
			# readline makes a word of the = in --root=DIR
			[[ $word == '=' ]] || value=
		elif [[ $word == -* ]]; then
			value=${_ring3_value["$command $word"]-}
		elif [[ $command == - ]]; then
			command=$word
		else
			positionals=$((positionals + 1))
		fi
	done
	if [[ $value ]]; then
		[[ $current == '=' ]] && current=
		_ring3_values "$value" "$current"
	elif [[ $current == -* ]]; then
		_ring3_values "${_ring3_options[$command]-} --help -h" "$current"
	elif [[ $command == - ]]; then
		_ring3_values "$_ring3_commands" "$current"
	elif [[ $command == help && $positionals == 0 ]]; then
		_ring3_values "$_ring3_commands" "$current"
	else
		_ring3_values "${_ring3_arguments["$command $positionals"]--}" "$current"
	fi
}
complete -F _ring3 ring3
