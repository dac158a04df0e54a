"""An entry of the line grammar → plain values: read off its lines, without a YAML parser."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.kubeconfig.model import Body


def read_entry(section: str, text: str) -> Body:
    """Return the body of an entry whose lines are known to be right."""
    from kcfg.kubeconfig.decode import decode_entry

    lines = [line for line in text.splitlines() if line.strip() and line.lstrip()[0] != "#"]
    (item,), _ = _block(lines, 0)
    return decode_entry(section, item).body


def _block(lines: list[str], at: int) -> tuple[Any, int]:
    """Return the list or mapping that begins at a line, and the line after it. Rewrites `- ` as blanks on the way."""
    indent = _indent(lines[at])
    if lines[at][indent] == "-" and lines[at][indent + 1] == " ":
        items: list[Any] = []
        while at < len(lines) and _indent(lines[at]) == indent and lines[at].startswith("- ", indent):
            rest = lines[at][indent + 2 :].strip()
            if rest[0] in "\"'" or not (rest.endswith(":") or ": " in rest):
                items.append(_scalar(rest))
                at += 1
            else:
                lines[at] = f"{lines[at][:indent]}  {lines[at][indent + 2 :]}"
                item, at = _block(lines, at)
                items.append(item)
        return items, at
    found: dict[str, Any] = {}
    while at < len(lines) and _indent(lines[at]) == indent and not lines[at].startswith("- ", indent):
        key, _, rest = lines[at].strip().partition(":")
        at += 1
        if rest := rest.strip():
            found[key] = _scalar(rest)
        elif at < len(lines) and (
            _indent(lines[at]) > indent or (_indent(lines[at]) == indent and lines[at].startswith("- ", indent))
        ):
            found[key], at = _block(lines, at)
        else:
            found[key] = None
    return found, at


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


_PLAIN_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}


def _scalar(text: str) -> Any:
    """Return what a scalar of the grammar means: texts have no escapes in their quotes."""
    if text == "[]":
        return []
    if text == "{}":
        return {}
    return _PLAIN_WORDS[text] if text in _PLAIN_WORDS else unquoted(text)


def unquoted(text: str) -> str:
    """Return what stands between quotes; the grammar has no escapes in them."""
    return text[1:-1] if text[:1] in ('"', "'") else text
