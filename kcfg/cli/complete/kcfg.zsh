#compdef kcfg kubectl-kcfg
# zsh completion for kcfg
_kcfg() {
  local -a lines values shown more
  local line directive
  lines=("${(@f)$(command kcfg __complete zsh "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
  directive=${lines[-1]#:}
  for line in "${(@)lines[1,-2]}"; do
    values+=("${line%%$'\t'*}")
    if [[ $line == *$'\t'* ]]; then
      shown+=("${line%%$'\t'*}  -- ${line#*$'\t'}")
    else
      shown+=("$line")
    fi
  done
  case $directive in
    0) compset -P '-*='; _files; return ;;
    16) compset -P '-*='; _files -/; return ;;
    6) more=(-S '') ;;
  esac
  (( $#values )) && compadd "$more[@]" -l -d shown -a values
}
if [[ $funcstack[1] == _kcfg ]]; then
  _kcfg "$@"
else
  compdef _kcfg kcfg kubectl-kcfg
fi
