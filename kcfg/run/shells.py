"""How interactive shells start with their context in the prompt, after the user's own files, which may set KUBECONFIG.

The context's name is never part of a shell's text: prompts name the variable, so that nothing in it is expanded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Write = Callable[[str, bytes], str]  # keeps a start file; returns its path

_BASH = r"""if [ -r ~/.bashrc ]; then . ~/.bashrc; fi
export KUBECONFIG="$KCFG_KUBECONFIG"
"""
_BASH_PROMPT = r"""__kcfg_prompt() {
  local code=$?
  case $PS1 in
    '(${KCFG_CONTEXT}) '*) ;;
    *) PS1='(${KCFG_CONTEXT}) '$PS1 ;;
  esac
  return $code
}
if [[ $(declare -p PROMPT_COMMAND 2>/dev/null) == 'declare -a'* ]]; then
  PROMPT_COMMAND+=(__kcfg_prompt)
else
  PROMPT_COMMAND="${PROMPT_COMMAND:+$PROMPT_COMMAND
}__kcfg_prompt"
fi
"""
_ZSHENV = r"""ZDOTDIR="${KCFG_ZDOTDIR:-$HOME}"
[[ -r "$ZDOTDIR/.zshenv" ]] && . "$ZDOTDIR/.zshenv"
KCFG_ZDOTDIR="$ZDOTDIR"
if [[ -o interactive ]]; then
  ZDOTDIR="$KCFG_ZSH"
elif [[ "$ZDOTDIR" == "$HOME" ]]; then
  unset ZDOTDIR
fi
export KUBECONFIG="$KCFG_KUBECONFIG"
"""
_ZSHRC = r"""[[ "$HISTFILE" == "$KCFG_ZSH"/* ]] && HISTFILE="$KCFG_ZDOTDIR/${HISTFILE##*/}"
ZDOTDIR="$KCFG_ZDOTDIR"
[[ -r "$ZDOTDIR/.zshrc" ]] && . "$ZDOTDIR/.zshrc"
[[ "$ZDOTDIR" == "$HOME" ]] && unset ZDOTDIR
unset KCFG_ZDOTDIR KCFG_ZSH
export KUBECONFIG="$KCFG_KUBECONFIG"
"""
_ZSH_PROMPT = r"""psvar[99]="$KCFG_CONTEXT"
__kcfg_prompt() { [[ "$PROMPT" == '(%99v) '* ]] || PROMPT='(%99v) '"$PROMPT" }
autoload -Uz add-zsh-hook && add-zsh-hook precmd __kcfg_prompt
"""
_FISH = """set -gx KUBECONFIG $KCFG_KUBECONFIG
"""
_FISH_PROMPT = """functions -q fish_prompt; and functions -c fish_prompt __kcfg_inner_prompt
functions -q __kcfg_inner_prompt; or function __kcfg_inner_prompt; echo -n '> '; end
function __kcfg_status; return $argv[1]; end
function fish_prompt
  set -l code $status
  echo -n "($KCFG_CONTEXT) "
  __kcfg_status $code
  __kcfg_inner_prompt
end
"""


@dataclass(frozen=True, slots=True)
class Start:
    """A shell's arguments and variables, and whether its prompt shows the context."""

    arguments: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    marked: bool = False


def make_start(shell: str, own_folder: str, *, prompt: bool, write: Write) -> Start:
    """Return how a shell is started; `own_folder` is ZDOTDIR, or "". Nothing is done to a shell that is not known."""
    name = shell.rpartition("/")[2]
    if name == "bash":
        path = write("bashrc", (_BASH + (_BASH_PROMPT if prompt else "")).encode())
        return Start(["--rcfile", path], marked=prompt)
    if name == "zsh":
        write(".zshenv", _ZSHENV.encode())
        folder = write(".zshrc", (_ZSHRC + (_ZSH_PROMPT if prompt else "")).encode()).rpartition("/")[0]
        return Start([], {"ZDOTDIR": folder, "KCFG_ZSH": folder, "KCFG_ZDOTDIR": own_folder}, marked=prompt)
    if name == "fish":
        return Start(["--init-command", _FISH + (_FISH_PROMPT if prompt else "")], marked=prompt)
    return Start()
