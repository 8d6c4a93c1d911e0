# Completion of ring3 for fish.  The lines below the functions are made from the program's tables.

# The first word that is no option and no option's value; nothing while there is none.
function __ring3_first
    set -l words (commandline -opc)
    set -l skip 0
    for word in $words[2..-1]
        if test $skip = 1
            set skip 0
        else if contains -- $word %VALUED%
            set skip 1
        else if not string match -q -- '-*' $word
            echo $word
            return
        end
    end
end

function __ring3_no_command
    test -z (__ring3_first)
end

function __ring3_command
    test "$(__ring3_first)" = $argv[1]
end

function __ring3_containers
    set -l words (commandline -opc)
    set -l root
    for i in (seq 2 (count $words))
        test $words[$i] = --root; and set root --root $words[(math $i + 1)]
    end
    $words[1] $root list -q 2>/dev/null
end

complete -c ring3 -f
complete -c ring3 -n __ring3_no_command -a help -d 'the options of a command'
complete -c ring3 -s h -l help -d 'show the options'
%LINES%
