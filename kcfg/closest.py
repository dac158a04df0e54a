"""Which known name was probably meant, for a hint.

Comparing takes as long as there are names, and a spec may hold as many mistakes as names: the first mistakes are
helped, and those after them are told without a guess.
"""

from __future__ import annotations

from contextvars import ContextVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 20
_left: ContextVar[int] = ContextVar("guesses_left", default=MOST)


def guess_again() -> None:
    """Begin a file, a spec or an environment: its first mistakes are helped too."""
    _left.set(MOST)


def closest(name: str, known: Iterable[str], least: float = 0.6) -> str | None:
    """Return the known name that is most alike, or None: nothing is, or enough has been guessed."""
    if (left := _left.get()) <= 0:
        return None
    from difflib import get_close_matches

    _left.set(left - 1)
    found = get_close_matches(name, known, 1, least)
    return found[0] if found else None


def suggest(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return a hint: the known name that was probably meant, or `otherwise`."""
    close = closest(name, known)
    return f"did you mean {close!r}?" if close else otherwise
