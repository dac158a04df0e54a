"""An entry of the line grammar → plain values, read off its lines without a YAML parser; and back."""

from __future__ import annotations

from kcfg.scalars import WORDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.kubeconfig.model import Body


def read_item(text: str) -> Body:
    """Return an entry whose lines are known to be right: the item of its section's list."""
    lines = [line for line in text.splitlines() if line.strip() and line.lstrip()[0] != "#"]
    item: Body = _block(lines, 0)[0][0]
    return item


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


def _scalar(text: str) -> Any:
    """Return what a scalar of the grammar means: texts have no escapes in their quotes."""
    if text == "[]":
        return []
    if text == "{}":
        return {}
    return WORDS[text] if text in WORDS else unquoted(text)


def unquoted(text: str) -> str:
    """Return what stands between quotes; the grammar has no escapes in them."""
    return text[1:-1] if text[:1] in ('"', "'") else text


# What every stanza of kcfg says. It names no package index: kubeconfigs travel to people who have no kcfg.
# Short enough for one line of kubectl's YAML, which folds at 80.
INSTALL_HINT = "`kcfg-credential` comes with kcfg; see Install in its README"
_LITERALS = {"": '""', INSTALL_HINT: f"'{INSTALL_HINT}'"}
_WORDS = {True: "true", False: "false", None: "null"}


def entry_text(item: Body) -> bytes | None:
    """Return the lines of a section's item, keys sorted, nothing quoted; None where a text cannot stand like that.

    They mean the item if they are in kubectl's form (`forms.kubectl.is_entry`): a text that needs quotes, or looks like
    something else, is not.
    """
    lines: list[str] = []
    if not _add_mapping(item, "  ", lines):
        return None
    lines[0] = "- " + lines[0][2:]
    lines.append("")
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def _add_mapping(value: Body, pad: str, lines: list[str]) -> bool:
    for key in sorted(value):
        inner = value[key]
        if isinstance(inner, dict) and inner:
            lines.append(f"{pad}{key}:")
            if not _add_mapping(inner, pad + "  ", lines):
                return False
        elif isinstance(inner, list) and inner:
            lines.append(f"{pad}{key}:")
            if not all(_add_item(item, pad, lines) for item in inner):
                return False
        elif (text := _literal(inner)) is not None:
            lines.append(f"{pad}{key}: {text}")
        else:
            return False
    return True


def _add_item(item: Any, pad: str, lines: list[str]) -> bool:
    at = len(lines)
    if isinstance(item, dict) and item:
        if not _add_mapping(item, pad + "  ", lines):
            return False
        lines[at] = f"{pad}- {lines[at][len(pad) + 2 :]}"
        return True
    text = _literal(item)
    lines.append(f"{pad}- {text}")
    return text is not None


def _literal(value: Any) -> str | None:
    if isinstance(value, str):
        if value in _LITERALS:
            return _LITERALS[value]
        return None if "\n" in value or value[0] in "\"'" else value
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    return str(value) if value in ({}, []) else None
