"""Are answers of plugins kept, and where?"""

from __future__ import annotations

from collections.abc import Iterator

from kcfg.cache.cache import ANSWER, open_cache
from kcfg.cache.setting import read_setting
from kcfg.doctor.finding import NOTE, OK, PROBLEM, Finding, Surroundings
from kcfg.errors import count

_AREA = "cache"


def check(here: Surroundings) -> Iterator[Finding]:
    """Say whether the user wants it, and which place it has."""
    if read_setting(here.environ) is None:
        yield Finding(_AREA, NOTE, "answers of plugins are not kept; `kcfg cache on` keeps them in memory")
        return
    cache = open_cache(here.environ)
    if cache is None:
        message = "answers are to be kept, but there is no kernel keyring and no XDG_RUNTIME_DIR in memory"
        yield Finding(_AREA, PROBLEM, message, "kcfg cache off")
        return
    number = sum(entry.kind == ANSWER for entry, _ in cache.entries())
    yield Finding(_AREA, OK, f"answers of plugins are kept in {cache.places[0].name}: {count(number, 'answer')} now")
