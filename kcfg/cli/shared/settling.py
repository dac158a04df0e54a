"""Conflicts, each asked about on the terminal: write the spec's, leave the actual one, skip it, or show both."""

from __future__ import annotations

import sys

from kcfg.printing import printable, tell, tell_lines, tell_source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.applied import Key
    from kcfg.kubeconfig.plan import Change, Plan, Side

_WORDS = {"s": "spec", "a": "actual", "k": "skip", "d": "show"}
_HELP = """  s  spec: write what the spec says
  a  actual: leave what is there, without asking again for it now
  k  skip: leave it, and what waits for it, a conflict
  d  show: the difference, secrets hidden
  S, A, K: the same for this and all that follow
"""


def settle(plan: Plan) -> dict[Key, Side]:
    """Ask about each conflict of a plan; return which side counts, for those that were not skipped."""
    conflicts = plan.of("conflict")
    found: dict[Key, Side] = {}
    rest = ""
    for at, change in enumerate(conflicts, 1):
        tell(f"kcfg: conflict {at} of {len(conflicts)}: {printable(change.title)}: {printable(change.reason)}")
        answer = rest or _answer(change)
        if answer.isupper():
            rest = answer
        if answer.lower() != "k":
            found[change.section, change.name] = "spec" if answer.lower() == "s" else "actual"
    return found


def _answer(change: Change) -> str:
    """Return s, a or k, or one of them in capitals; the end of input is a skip of all that follow."""
    while True:
        tell("[s]pec, [a]ctual, s[k]ip, show the [d]ifference, [?]: ", end="")
        line = sys.stdin.readline()
        if not line:
            return "K"
        word = line.strip()
        letter = next((each for each, name in _WORDS.items() if word.lower() in (each, name)), "")
        if letter == "d":
            from kcfg.cli.plans.unified import entry_diff

            for each in entry_diff(change):
                tell_source(each)
        elif letter:
            return letter.upper() if word == letter.upper() else letter
        else:
            tell_lines(_HELP)
