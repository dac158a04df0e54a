"""Whether answers are kept, and for how long: the user's own setting, `cache.json` in the state folder."""

from __future__ import annotations

import os

from kcfg.state import read_state, state_path, write_state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

STATE = "cache"
SKEW, MOST = 60, 8 * 3600
_SALT = 32  # bytes


class Setting:
    """What the user chose, in seconds; `salt` is what keys the digests of entries."""

    __slots__ = ("most", "salt", "skew", "without_end")

    def __init__(self, salt: str, *, skew: int = SKEW, most: int = MOST, without_end: int = 0) -> None:
        self.salt = salt
        self.skew = skew
        self.most = most
        self.without_end = without_end


def read_setting(environ: Mapping[str, str]) -> Setting | None:
    """Return the setting; None where nothing is kept: nobody asked, or the file is damaged."""
    found = read_state(STATE, environ)
    if not found:
        return None
    try:
        salt, numbers = str(found["salt"]), [int(found[name]) for name in ("skew", "most", "without-end")]
        is_whole = len(bytes.fromhex(salt)) == _SALT and min(numbers) >= 0
    except (KeyError, ValueError, TypeError):
        return None
    if not is_whole:
        return None
    return Setting(salt, skew=numbers[0], most=numbers[1], without_end=numbers[2])


def turn_on(environ: Mapping[str, str], *, skew: int, most: int, without_end: int) -> None:
    """Remember that answers are to be kept, and how. Raises FileError."""
    before = read_setting(environ)
    value = {
        "salt": before.salt if before else os.urandom(_SALT).hex(),
        "skew": str(skew),
        "most": str(most),
        "without-end": str(without_end),
    }
    write_state(STATE, value, environ)


def turn_off(environ: Mapping[str, str]) -> None:
    """Forget the setting. Raises FileError."""
    from kcfg.files import remove

    remove(state_path(STATE, environ))
