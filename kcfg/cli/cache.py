"""`kcfg cache on|off|ls|clear`: answers of plugins and commands that are kept, by the user's own setting."""

from __future__ import annotations

import os

from kcfg.printing import say, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.cache.cache import Entry

_COLUMNS = ("NAME", "KIND", "UNTIL", "PLACE")
_PLACES = "a kernel keyring that answers, or a private XDG_RUNTIME_DIR in memory (tmpfs)"


def run(
    *,
    word: str,
    skew: str | None = None,
    maximum: str | None = None,
    max_without_end: str | None = None,
    output: str = "table",
) -> int:
    """Turn it on or off, list what is kept, or remove it."""
    if word == "on":
        return _on(skew or "60s", maximum or "8h", max_without_end or "0s")
    if word == "off":
        return _off()
    return _ls(output) if word == "ls" else _clear()


def _on(skew: str, most: str, without_end: str) -> int:
    from kcfg.cache.cache import clear_cache, open_cache
    from kcfg.cache.setting import turn_off, turn_on
    from kcfg.errors import KcfgError

    longest = _seconds("--max", most)
    if not longest:
        raise KcfgError(f"--max {most}: nothing would be kept", hint="kcfg cache off")
    numbers = _seconds("--skew", skew), _seconds("--max-without-end", without_end)
    clear_cache(os.environ)
    turn_on(os.environ, most=longest, skew=numbers[0], without_end=numbers[1])
    cache = open_cache(os.environ)
    if cache is None:
        turn_off(os.environ)
        raise KcfgError("there is no place that is no disk: nothing is kept", hint=f"it takes {_PLACES}")
    say(f"answers are kept in {cache.places[0].name}, for {most} at most, until {skew} before their end")
    tell("kcfg: note: `kcfg apply` lets kubectl start other tools' plugins through kcfg's, which keeps their answers")
    return 0


def _seconds(flag: str, text: str) -> int:
    """Return the seconds of a time, which may be none."""
    from kcfg.cli.shared.times import parse_time

    return 0 if text.rstrip("smhd") == "0" else parse_time(flag, text)


def _off() -> int:
    from kcfg.cache.cache import clear_cache
    from kcfg.cache.setting import read_setting, turn_off

    was = read_setting(os.environ) is not None
    clear_cache(os.environ)
    turn_off(os.environ)
    say("answers are no longer kept, and those that were are gone" if was else "answers are not kept")
    if was:
        tell("kcfg: note: `kcfg apply` lets kubectl start other tools' plugins itself again")
    return 0


def _ls(output: str) -> int:
    from kcfg.cache.cache import ANSWER, open_cache
    from kcfg.cli.secret.rows import show_rows

    cache = open_cache(os.environ)
    rows = [_row(entry, place) for entry, place in cache.entries() if entry.kind == ANSWER] if cache else []
    show_rows(sorted(rows, key=lambda row: (row["name"], row["until"])), output, _COLUMNS, "answers")
    if cache is None:
        tell("kcfg: note: answers are not kept: `kcfg cache on` keeps them")
    return 0


def _row(entry: Entry, place: str) -> dict[str, str]:
    import time

    kind, _, name = entry.label.partition(" ")
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(entry.wall))
    return {"name": name, "kind": kind, "until": until, "place": place}


def _clear() -> int:
    from kcfg.cache.cache import clear_cache
    from kcfg.errors import count

    say(f"{count(clear_cache(os.environ), 'answer')} removed")
    return 0
