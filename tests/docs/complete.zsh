# complete.zsh DIRECTORY LINE: what zsh offers for the last word of LINE with the functions in DIRECTORY, a line each.  An interactive
# zsh does it, in a terminal of its own; its compadd says what it is given.
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PROMPT=; stty -echo; unsetopt zle_bracketed_paste; fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D
compadd() {
	if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then
		builtin compadd \"\$@\"
		return
	fi
	typeset -a offered
	builtin compadd -A offered \"\$@\"
	[[ -z \$offered ]] || print -rl -- \${offered/#/OFFERED=}
	builtin compadd \"\$@\"
}
say_end() { print END; exit; }
comppostfuncs=(say_end); bindkey '^I' complete-word; print READY"
while zpty -r shell line && [[ $line != *READY* ]]; do :; done
zpty -w -n shell "$2"$'\t'
while zpty -r shell line && [[ $line != *END* ]]; do
	line=${line%$'\r\n'}
	[[ $line != *OFFERED=* ]] || print -r -- ${line##*OFFERED=}
done
zpty -d shell
