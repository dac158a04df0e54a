# fish completion for kcfg
function __kcfg_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l plain (string unescape -- $current 2>/dev/null)
    or set plain $current
    set -l lines (command kcfg __complete fish $words[2..-1] "$plain" 2>/dev/null)
    set -l head (string match -r -- '^-[^=]*=' $current)
    switch "$lines[-1]"
        case :0
            for path in (__fish_complete_path (string replace -- "$head" '' "$current"))
                echo "$head$path"
            end
        case :16
            for path in (__fish_complete_directories (string replace -- "$head" '' "$current"))
                echo "$head$path"
            end
    end
    string match -v -r -- '^:[0-9]+$' $lines
end
complete -c kcfg -e
complete -c kcfg -f -k -a '(__kcfg_complete)'
complete -c kubectl-kcfg -e
complete -c kubectl-kcfg -f -k -a '(__kcfg_complete)'
