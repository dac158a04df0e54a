"""One rule for people and scripts: what asks on a terminal refuses without `--yes` where nobody can be asked."""

from __future__ import annotations

import sys

from kcfg.printing import tell


def can_ask() -> bool:
    """Return whether somebody is there to be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def agreed(question: str) -> bool:
    """Ask on the terminal."""
    tell(f"{question} [y/N] ", end="")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def require_consent(question: str, *, yes: bool, refused: str = "nothing was written") -> None:
    """Ask, unless `yes` says it already. Raises Declined for a no, and KcfgError where nobody can be asked."""
    from kcfg.errors import Declined, KcfgError

    if yes:
        return
    if not can_ask():
        raise KcfgError(f"{refused}: nobody is here to be asked", hint="if that is what you mean: --yes")
    if not agreed(question):
        raise Declined(refused)
