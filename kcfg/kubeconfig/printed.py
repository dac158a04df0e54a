"""YAML for standard output: kubectl's, but for values that would drive a terminal or the log of a CI job.

Those stand in double quotes, in one line, with YAML's escapes: another text, the same value.
"""

from __future__ import annotations

from kcfg.printing import commands, is_data, is_harmless, obeys, visible
from kcfg.yaml.emit import dump_yaml

_LONG_KEY = 128  # bytes; dump_yaml writes a longer one as `? key`


def printed_yaml(value: dict[str, object]) -> str:
    """Return YAML that may be printed and means the value."""
    text = dump_yaml(value)
    if is_harmless(text):
        return text
    mark = "kcfgx"
    while mark in text:
        mark += mark.removeprefix("kcfg")
    found: list[str] = []
    marked = _marked(value, mark + "y", found)
    assert isinstance(marked, dict)
    head, *parts = dump_yaml(marked).split(mark + "y")
    return head + "".join(found[int(part[:8])] + part[8:].lstrip("z") for part in parts)


def printed_kyaml(text: str) -> str:
    """Return KYAML that may be printed: what may not can only stand in its quotes, and those have escapes."""
    text = "".join(char if char in "\n\t" or is_data(char) else _escaped(char) for char in text)
    return text.replace("##", "\\x23\\x23").replace("::", "\\x3a\\x3a") if commands(text) else text


def _marked(value: object, mark: str, found: list[str]) -> object:
    """Return a value in which a mark stands for each text that must be escaped; those are appended to `found`."""
    if isinstance(value, str):
        if not obeys(value):
            return value
        found.append(_quoted(value))
        return f"{mark}{len(found) - 1:08}{'z' * _LONG_KEY if len(value.encode('utf-8', 'replace')) > 100 else ''}"
    if isinstance(value, dict):
        return {_marked(key, mark, found): _marked(each, mark, found) for key, each in value.items()}
    return [_marked(each, mark, found) for each in value] if isinstance(value, list) else value


def _quoted(text: str) -> str:
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    text = "".join(char if is_data(char) else _escaped(char) for char in text)
    return '"' + text.replace("##", "\\x23\\x23") + '"'


def _escaped(char: str) -> str:
    # Half of a pair is no character: nothing of YAML can hold it, so it is shown.
    return "\\" * ("\ud800" <= char <= "\udfff") + ("\\x7f" if char == "\x7f" else visible(char))
