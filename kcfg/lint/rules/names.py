"""KCFG506: names that people take for others, because letters of two scripts look alike.

The letters are those of Cyrillic, Greek and Armenian that UTS #39's confusables.txt gives one Latin letter, and what
Unicode's compatibility forms (NFKC) make of full-width and mathematical ones.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from kcfg.lint.rule import Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.errors import Problem
    from kcfg.lint.subject import Item, Subject

# Look-alike, Latin letter, look-alike, Latin letter …: Cyrillic, then Greek, then Armenian.
_PAIRS = (
    "\u0430a\u0441c\u0501d\u0435e\u04bbh\u0456i\u0458j\u04cfl\u043eo\u0440p\u051bq\u0455s\u0475v\u051dw\u0445x\u0443y"
    "\u0410A\u0412B\u0421C\u0415E\u041dH\u0406I\u0408J\u041aK\u041cM\u041eO\u0420P\u0405S\u0422T\u0425X\u0423Y"
    "\u03b1a\u03b9i\u03bfo\u03c1p\u03bdv\u0391A\u0392B\u0395E\u0396Z\u0397H\u0399I\u039aK\u039cM\u039dN\u039fO\u03a1P"
    "\u03a4T\u03a5Y\u03a7X\u0585o\u057du\u0578n\u0570h"
)
_LATIN = dict(zip(map(ord, _PAIRS[::2]), _PAIRS[1::2], strict=True))


def looks(name: str) -> str:
    """Return a name as it looks: two that look the same give one text."""
    return name if name.isascii() else unicodedata.normalize("NFKC", name).translate(_LATIN)


def _check_names(subject: Subject) -> Iterator[Problem]:
    first: dict[tuple[str, str], Item] = {}
    for item in subject.items:
        other = first.setdefault((item.section, looks(item.name)), item)
        if other.name != item.name:
            yield item.at_name(f"looks like {_told(other, item)}", hint="rename one of the two")
        elif letter := _stray(item.name):
            what = unicodedata.name(letter, "a character").lower()
            yield item.at_name(
                f"{item.name!r} has a {what}, which looks like {looks(letter)!r}",
                hint=f"write {looks(item.name)!r}; copied names bring such letters along",
            )


def _told(other: Item, item: Item) -> str:
    odd = next((each for each in item.name + other.name if looks(each) != each), "")
    letter = f", but for a {unicodedata.name(odd, 'character').lower()}" if odd else ""
    return f"another {item.section[:-1]} of {other.file.path}{letter}"


def _stray(name: str) -> str:
    """Return the first letter of another script among Latin ones; "" where a name is all of one."""
    if name.isascii() or not any(each.isascii() and each.isalpha() for each in name):
        return ""
    return next((each for each in name if not each.isascii() and looks(each).isascii() and each.isalpha()), "")


RULES = (
    Rule(
        "KCFG506",
        "names that look the same",
        "warning",
        "A Cyrillic, Greek or full-width letter in a name, which looks like a Latin one: whoever types the name is "
        "told that it does not exist, or reaches the other cluster of that look.",
        remedy="Type the name anew, in letters of one script: `kcfg rename`, `kcfg spec rename`.",
        bad=("clusters:\n- name: pr\u043ed  # here\n  cluster: {server: https://a.example.com}\n",),
        good=(
            "clusters:\n- name: prod\n  cluster: {server: https://a.example.com}\n"
            "- name: \u043f\u0440\u043e\u0434\n  cluster: {server: https://b.example.com}\n",
        ),
        check=_check_names,
    ),
)
