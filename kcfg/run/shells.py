"""How interactive shells start with their context in the prompt, after the user's own files, which may set KUBECONFIG.

The context's name is never part of a shell's text: prompts name the variable, so that nothing in it is expanded. The
color is: it is one of kcfg's own names.
"""

from __future__ import annotations

from collections.abc import Callable

from kcfg.dataclass import dataclass, field
from kcfg.run.colors import COLORS

Write = Callable[[str, bytes], str]  # keeps a start file; returns its path

_BASH = r"""if [ -r ~/.bashrc ]; then . ~/.bashrc; fi
export KUBECONFIG="$KCFG_KUBECONFIG"
"""
_BASH_PROMPT = r"""__kcfg_prompt() {
  local code=$? mark='MARK '
  case $PS1 in
    "$mark"*) ;;
    *) PS1=$mark$PS1 ;;
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
__kcfg_prompt() { local mark='MARK '; [[ "$PROMPT" == "$mark"* ]] || PROMPT="$mark$PROMPT" }
autoload -Uz add-zsh-hook && add-zsh-hook precmd __kcfg_prompt
"""
_FISH = """set -gx KUBECONFIG $KCFG_KUBECONFIG
"""
_FISH_PROMPT = """functions -q fish_prompt; and functions -c fish_prompt __kcfg_inner_prompt
functions -q __kcfg_inner_prompt; or function __kcfg_inner_prompt; echo -n '> '; end
function __kcfg_status; return $argv[1]; end
function fish_prompt
  set -l code $status
  MARK
  echo -n ' '
  __kcfg_status $code
  __kcfg_inner_prompt
end
"""
# What shows the context, in each shell, and what stands around it for a color: its name, or its number.
_MARKS = {
    "bash": ("(${KCFG_CONTEXT})", r"\[\e[%dm\]", r"\[\e[0m\]"),
    "zsh": ("(%99v)", "%%F{%s}", "%f"),
    "fish": ('echo -n "($KCFG_CONTEXT)"', "set_color %s; ", "; set_color normal"),
}


@dataclass(frozen=True, slots=True)
class Start:
    """A shell's arguments and variables, and whether its prompt shows the context."""

    arguments: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    marked: bool = False


def make_start(shell: str, own_folder: str, *, prompt: bool, color: str, write: Write) -> Start:
    """Return how a shell is started; `own_folder` is ZDOTDIR, or "", `color` one of COLORS, or "" for a plain prompt.

    Nothing is done to a shell that is not known.
    """
    name = shell.rpartition("/")[2]
    if name == "bash":
        path = write("bashrc", (_BASH + (_marked(name, _BASH_PROMPT, color) if prompt else "")).encode())
        return Start(["--rcfile", path], marked=prompt)
    if name == "zsh":
        write(".zshenv", _ZSHENV.encode())
        text = _ZSHRC + (_marked(name, _ZSH_PROMPT, color) if prompt else "")
        folder = write(".zshrc", text.encode()).rpartition("/")[0]
        return Start([], {"ZDOTDIR": folder, "KCFG_ZSH": folder, "KCFG_ZDOTDIR": own_folder}, marked=prompt)
    if name == "fish":
        return Start(["--init-command", _FISH + (_marked(name, _FISH_PROMPT, color) if prompt else "")], marked=prompt)
    return Start()


def _marked(shell: str, prompt: str, color: str) -> str:
    mark, before, after = _MARKS[shell]
    if color:
        mark = before % (COLORS[color] if shell == "bash" else color) + mark + after
    return prompt.replace("MARK", mark)
