# bash completion for kcfg
_kcfg() {
  local answer line directive
  COMPREPLY=()
  answer=$(command kcfg __complete bash "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null) || return 0
  directive=${answer%%$'\n'*}
  while IFS= read -r line; do
    [[ -n $line ]] && COMPREPLY+=("$line")
  done <<<"${answer:${#directive}}"
  case $directive in
    0) compopt -o default 2>/dev/null ;;
    16) compopt -o dirnames 2>/dev/null ;;
    6) compopt -o nospace 2>/dev/null ;;
  esac
}
complete -F _kcfg kcfg kubectl-kcfg
