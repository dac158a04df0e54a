"""The lines of an entry that people and other tools write, as patterns: a closed grammar, which cannot be wrong.

Keys in any order, texts plain or in quotes without escapes, comments and blank lines behind the entry. What an entry of
it means is read off its lines.
"""

from __future__ import annotations

import re
from functools import cache

from kcfg.kubeconfig.fields import BOOL, BYTES, CONTEXTS, ENV, EXEC, STRING, STRINGS, USERS, names
from kcfg.kubeconfig.model import SECTIONS
from kcfg.scalars import FLAG, NO_WORD, PLAIN, WORD

TEXT = rf"(?:{PLAIN}|\"[ !#-\[\]-~]*\"|'[ -&(-~]*')"
BLANK = r"(?: *(?:#.*)?\n)"
_KEY = rf"(?!(?:{WORD}):)[A-Za-z][A-Za-z0-9_./-]*"
_DATA = rf"(?:{NO_WORD}[A-Za-z][A-Za-z0-9+/]*={{0,2}}|\"[A-Za-z0-9+/]*={{0,2}}\"|\"\")"
_BOOL = "(?:true|false)"
# The patterns of a field's value, by its kind. What is not here is no line of this grammar.
_VALUES = {STRING: TEXT, BYTES: _DATA, BOOL: _BOOL}


@cache
def entry_pattern(section: str, dash: int, gap: int, step: int) -> re.Pattern[str]:
    """Return the pattern of an entry whose list stands at column `dash`, with `gap` blanks after it."""
    wrapper = SECTIONS[section][0]
    key, body, inner = (" " * (dash + 1 + gap + step * level) for level in range(3))
    lines = _scalars(section, body)
    if section == USERS:
        lines.append(_exec(body, inner))
    if section == CONTEXTS:
        lines.append(_hint(body))
    fields = rf"(?:{'|'.join(lines)})*"
    name = rf"name: (?P<name>{TEXT})\n"
    head = " " * dash + "-" + " " * gap
    rest = rf"{wrapper}:(?: \{{\}}\n|\n{fields})"
    return re.compile(rf"{head}(?:{name}{key}{rest}|{rest}{key}{name.replace('<name>', '<last>')}){BLANK}*")


def _scalars(part: str, lead: str = "") -> list[str]:
    found = [("|".join(names(part, kind)), value) for kind, value in _VALUES.items()]
    return [f"{lead}(?:{fields}): {value}\\n" for fields, value in found if fields]


def _exec(body: str, inner: str) -> str:
    item = rf"{inner}(?:  )?- "
    lists, variables = "|".join(names(EXEC, STRINGS)), "|".join(names(EXEC, ENV))
    lines = [
        *_scalars(EXEC),
        rf"(?:{lists}|{variables}): (?:null|\[\])\n",
        rf"(?:{lists}):\n(?:{item}(?:{TEXT}|{FLAG})\n)+",
        rf"(?:{variables}):\n(?:{item}name: {TEXT}\n{inner}(?:  )?  value: {TEXT}\n)+",
    ]
    return rf"{body}exec:\n(?:{inner}(?:{'|'.join(lines)}))+"


def _hint(body: str) -> str:
    """Return the pattern of what `kcfg apply` leaves in a context."""
    item, deep, deeper = (body + " " * more for more in (2, 4, 6))
    labels = rf"{deep}labels:\n(?:{deeper}{_KEY}: {TEXT}\n)+"
    inner = rf"(?:{labels})?(?:{deep}protected: {_BOOL}\n)?{deep}spec: {TEXT}\n"
    return rf"{body}extensions:\n{body}- extension:\n{inner}{item}name: {TEXT}\n"
