"""The text of a jsonpath template → steps, as client-go's `util/jsonpath` parses it, quirks included. Pure."""

from __future__ import annotations

import re

from kcfg.dataclass import NamedTuple
from kcfg.errors import KcfgError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HINT = "for example -o jsonpath='{.clusters[*].name}' or '{range .contexts[*]}{.name}{\"\\n\"}{end}'"
_FIELD = re.compile(r"(?:\\.?|[^\\ \t\r\n.,\[\]$@{}])*", re.DOTALL)
_WORD = re.compile(r"[^ \t\r\n.,\[\]$@{}]*")
_NUMBER = re.compile(r"[+-]?[\d.]*")
_SLICE = re.compile(r"(-?\d*)(:-?\d*)?(:-?\d*)?")
_COMPARISON = re.compile(r"([^!<>=]+)([!<>=]+)(.+)")
_ESCAPE = re.compile(
    r"\\(?:(?P<one>[abfnrtv\\])|(?P<quote>['\"])|x(?P<x>[\da-fA-F]{2})|u(?P<u>[\da-fA-F]{4})|U(?P<U>[\da-fA-F]{8})"
    r"|(?P<octal>[0-7]{3})|(?P<wrong>.|$))",
    re.DOTALL,
)
_ONE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}


class Whole(int):
    """A whole number of the template: those of a value are fractions, and the two are not compared."""


class Node(NamedTuple):
    """A step: what it is, and what it says. A `list` holds the steps of a pair of braces."""

    kind: str
    said: Any = None


def unreadable(what: str) -> KcfgError:
    """Return the error of a template that is none."""
    return KcfgError(f"cannot read the jsonpath template: {what}", hint=HINT)


def parse_template(template: str) -> list[Node]:
    """Return the nodes of a template: texts, and what stands in braces. Raises KcfgError."""
    nodes: list[Node] = []
    at = 0
    while at < len(template):
        start = template.find("{", at)
        if start < 0:
            start = len(template)
        if start > at:
            nodes.append(Node("text", template[at:start]))
        at = start
        if start < len(template):
            steps, at = _steps(template, start + 1)
            nodes.append(Node("list", steps))
    return nodes


def _steps(text: str, at: int) -> tuple[list[Node], int]:
    """Return the steps up to a closing brace, and where it ends."""
    nodes: list[Node] = []
    while not text.startswith("}", at):
        char = text[at : at + 1]
        if char in ("", "\r", "\n"):
            raise unreadable("a brace is not closed")
        if text.startswith("[?(", at):
            node, at = _filter(text, at + 3)
            nodes.append(node)
        elif text.startswith("..", at):
            if nodes and nodes[-1].kind == "recursive":
                raise unreadable("`..` twice")
            nodes.append(Node("recursive"))
            at += 2
            if text[at : at + 1].isalnum() or text.startswith("_", at):
                node, at = _field(text, at)
                nodes.append(node)
        elif char in " @$":
            at += 1
        else:
            found, at = _step(text, at, char)
            nodes += found
    return nodes, at + 1


def _step(text: str, at: int, char: str) -> tuple[list[Node], int]:
    if char == "[":
        end = text.find("]", at)
        if end < 0 or "\n" in text[at:end]:
            raise unreadable("a bracket is not closed")
        return _array(text[at + 1 : end]), end + 1
    if char in "\"'":
        node, at = _quoted(text, at, char)
    elif char == ".":
        node, at = _field(text, at + 1)
    elif char in "+-" or char.isdigit():
        node, at = _number(text, at)
    elif char.isalnum() or char == "_":
        word = _matched(_WORD, text, at)
        at += len(word)
        node = Node("value", word == "true") if word in ("true", "false") else Node("word", word)
    else:
        raise unreadable(f"{text[at:]!r}")
    return [node], at


def _matched(pattern: re.Pattern[str], text: str, at: int) -> str:
    found = pattern.match(text, at)
    assert found is not None, "these patterns match nothing, too"
    return found[0]


def _field(text: str, at: int) -> tuple[Node, int]:
    name = _matched(_FIELD, text, at)
    node = Node("all") if name == "*" else Node("field", name.replace("\\", ""))
    return node, at + len(name)


def _number(text: str, at: int) -> tuple[Node, int]:
    word = _matched(_NUMBER, text, at)
    try:
        return Node("value", float(word) if "." in word else Whole(word)), at + len(word)
    except ValueError:
        raise unreadable(f"{text[at:]!r}") from None


def _quoted(text: str, at: int, quote: str) -> tuple[Node, int]:
    end = text.find(quote, at + 1)
    while end > 0 and text[end - 1] == "\\":
        end = text.find(quote, end + 1)
    if end < 0 or "\n" in text[at:end]:
        raise unreadable("a quote is not closed")
    return Node("text", _ESCAPE.sub(lambda found: _unescaped(found, quote), text[at + 1 : end])), end + 1


def _unescaped(found: re.Match[str], quote: str) -> str:
    kind = str(found.lastgroup)
    if kind == "one":
        return _ONE[found[kind]]
    if kind == "quote" and found[kind] == quote:
        return quote
    try:
        return chr(int(found[kind], 8 if kind == "octal" else 16))
    except ValueError:
        raise unreadable(f"{found[0]!r} in quotes") from None


def _array(text: str) -> list[Node]:
    text = ":" if text == "*" else text
    if "," in text:
        return [Node("union", [_alone(f"[{each.strip(' ')}]") for each in text.split(",")])]
    if len(text) > 1 and text[0] == text[-1] == "'" and "'" not in text[1:-1]:
        return _alone(f".{text[1:-1]}")
    found = _SLICE.fullmatch(text)
    try:
        first, last, step = (part and part.lstrip(":") for part in (found.groups() if found else ("-", None, None)))
        known = [int(part) if part else None for part in (first, last, step)]
    except ValueError:
        raise unreadable(f"{f'[{text}]'!r}") from None
    if last is None:  # one index; before the last one stands nothing
        return [Node("array", (known[0] or 0, known[0] + 1 or None if known[0] is not None else 1, None))]
    return [Node("array", tuple(known))]


def _alone(text: str) -> list[Node]:
    return _steps(f"{text}}}", 0)[0]


def _filter(text: str, start: int) -> tuple[Node, int]:
    """Return the filter whose condition begins at `start`: its parenthesis ends outside of the first quotes."""
    at, quote, is_open = start, "", False
    while not text.startswith(")", at) or is_open:
        char = text[at : at + 1]
        if char in ("", "\n"):
            raise unreadable("a filter is not closed")
        if char in "\"'" and not quote:
            quote, is_open = char, True
        elif char == quote and text[at - 1] != "\\":
            is_open = False
        at += 1
    if not text.startswith(")]", at):
        raise unreadable("a filter is not closed")
    found = _COMPARISON.fullmatch(text[start:at])
    sides = (_alone(found[1]), found[2], _alone(found[3])) if found else (_alone(text[start:at]), "", [])
    return Node("filter", sides), at + 2
