"""Which tokens were issued and have not ended: names and moments only, so that `kcfg revoke` knows what to end."""

from __future__ import annotations

from kcfg.dataclass import asdict, dataclass
from kcfg.expiry import now
from kcfg.state import edit_state, read_state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

_NAME = "issued"


@dataclass(frozen=True, slots=True)
class Entry:
    """A token: whose on which server, asked through which context, its end, and the Secret that it is bound to."""

    server: str
    context: str
    namespace: str
    account: str
    ends: str
    secret: str = ""


def read_issued(environ: Mapping[str, str]) -> list[Entry]:
    """Return the tokens that have not ended, oldest first."""
    return _entries(read_state(_NAME, environ))


def remember(entry: Entry, environ: Mapping[str, str]) -> None:
    """Note a token; what has ended is forgotten."""
    _edit(lambda entries: [*entries, entry], environ)


def forget(gone: Callable[[Entry], bool], environ: Mapping[str, str]) -> None:
    """Forget the tokens that were ended."""
    _edit(lambda entries: [each for each in entries if not gone(each)], environ)


def _edit(change: Callable[[list[Entry]], list[Entry]], environ: Mapping[str, str]) -> None:
    edit_state(_NAME, lambda before: {"tokens": [asdict(each) for each in change(_entries(before))]}, environ)


def _entries(state: dict[str, Any]) -> list[Entry]:
    found = []
    tokens = state.get("tokens")
    for each in tokens if isinstance(tokens, list) else ():
        try:
            entry = Entry(**each)
        except TypeError:
            continue
        if all(isinstance(value, str) for value in asdict(entry).values()) and entry.ends > now():
            found.append(entry)
    return found
