"""The line that a Problem is about, with a caret below its place; what stands in a field for secrets is hidden.

Only values of fields that the spec's models know are shown, and of those none that may hold a secret.
"""

from __future__ import annotations

import re

from kcfg.dataclass import NamedTuple
from kcfg.errors import KcfgError
from kcfg.files import read_bytes
from kcfg.kubeconfig.model import SECTIONS
from kcfg.kubeconfig.secret_patterns import hide_in_text, hide_tokens, hide_url
from kcfg.looks import columns_of
from kcfg.printing import printable
from kcfg.spec.parse import known_fields, takes_text
from kcfg.yaml.compose import node_key
from kcfg.yaml.parse import parse_yaml_documents
from kcfg.yaml.text import BREAK, decode_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from kcfg.errors import Location
    from kcfg.yaml.parse import Path

_WIDTH = 100
_GUTTER = len("    1 | ")
_MAX_BYTES = 4 << 20
_MAX_NODES = 500_000  # aliases make many of few
_HIDDEN = "REDACTED"
_WRAPPERS = {section: wrapper for section, (wrapper, _) in SECTIONS.items()}
# What may hold a secret, or is foreign, with all below it.
_SECRET = frozenset((
    "token", "password", "client-key-data", "secretRef", "value", "config", "extensions", "extension", "args", "argv",
    "installHint",
))  # fmt: skip
_FREE = frozenset(("labels", "matchLabels", "variables", "forEach", "exclude"))  # their keys are anybody's


class Span(NamedTuple):
    """Where a scalar value stands: the path of its field, its begin and end (line from 1, column from 0)."""

    path: Path
    start: tuple[int, int]
    end: tuple[int, int]


class Excerpts:
    """The lines of files, each file read and parsed once; `columns` are those of the terminal, 0 if it says none."""

    def __init__(self, columns: int = 0) -> None:
        self._width = min(_WIDTH, max(columns - _GUTTER, _GUTTER)) if columns else _WIDTH
        self._files: dict[str, tuple[list[str], dict[int, list[Span]] | None]] = {}

    def at(self, where: Location, *, hide: bool = False) -> tuple[str, ...]:
        """Return the line at a place and the caret; of what is no YAML only the field at the place, or nothing.

        With `hide` the line's values are not shown.
        """
        if where.file not in self._files:
            self._files[where.file] = _read(where.file)
        lines, spans = self._files[where.file]
        if not where.line or where.line > len(lines):
            return ()
        line = lines[where.line - 1]
        if spans is None:
            line, at = _field_at(line, where.column)
        else:
            inside = [each._replace(path=()) if hide else each for each in spans.get(where.line, [])]
            line, at = shown(line, where.line, where.column, inside)
        if not line.strip():
            return ()
        start = 0 if at < self._width * 4 // 5 else at - self._width // 2
        gutter = f"{where.line:>5} | "
        before = " " * columns_of(printable(line[start:at]))
        text = printable(line[start : start + self._width])
        if is_cut := columns_of(text) > self._width or start + self._width < len(line):
            while columns_of(text) > self._width - 2:
                text = text[:-1]
        return f"{gutter}{text}{' …' if is_cut else ''}", f"{' ' * (len(gutter) - 2)}| {before}^"


def _read(file: str) -> tuple[list[str], dict[int, list[Span]] | None]:
    """Return a file's lines and values; no values where it cannot be parsed."""
    try:
        raw = read_bytes(file)
        if len(raw) > _MAX_BYTES:
            return [], None
        lines = re.split(BREAK, decode_text(raw, file))
    except KcfgError:
        return [], None
    try:
        return _parsed(raw, file)
    except KcfgError:
        return lines, None


def _field_at(line: str, column: int) -> tuple[str, int]:
    """Return the field that begins at a column (from 1) of a text that is no YAML, without its value; or nothing."""
    found = re.match(r"[A-Za-z][A-Za-z-]*(?=:\s)", line[column - 1 :])
    if not found or found[0] not in known_fields():
        return "", 0
    before = line[: column - 1]
    before = before if not before.strip(" -") else "… "
    return f"{before}{found[0]}: {_HIDDEN}", len(before)


def _parsed(raw: bytes, file: str) -> tuple[list[str], dict[int, list[Span]]]:
    lines = re.split(BREAK, decode_text(raw, file))
    by_line: dict[int, list[Span]] = {}
    for span in _spans([each.root for each in parse_yaml_documents(raw, file)]):
        for line in range(span.start[0], min(span.end[0], len(lines)) + 1):
            by_line.setdefault(line, []).append(span)
    return lines, by_line


def shown_lines(raw: bytes, file: str) -> list[str]:
    """Return all lines of a text as they may be shown, with their comments. Raises KcfgError for what is no YAML."""
    lines, spans = _parsed(raw, file)
    found = []
    for number, line in enumerate(lines, 1):
        inside = spans.get(number, [])
        end = max((each.end[1] if each.end[0] == number else len(line) for each in inside), default=0)
        comment = line[end + len(_comment_free(line[end:])) :]
        if comment and not all(is_harmless(each.path) for each in inside):
            comment = f"{comment[: comment.index('#')]}# …"  # of a secret, perhaps the one before
        blanks = line[end:][: len(line[end:]) - len(line[end:].lstrip())] if comment else ""
        found.append(shown(line, number, 1, inside)[0] + blanks + hide_tokens(hide_in_text(comment.lstrip())))
    return found


def _spans(roots: list[Any]) -> Iterator[Span]:
    """Yield every scalar value, once for each path that leads to it. Raises KcfgError when there are too many."""
    waiting: list[tuple[Path, Any]] = [((), root) for root in roots if root is not None]
    seen = 0
    while waiting:
        path, node = waiting.pop()
        seen += 1
        if seen > _MAX_NODES:
            raise KcfgError("too many values for an excerpt")
        if node.id == "scalar":
            start, end = node.start_mark, node.end_mark
            yield Span(path, (start.line + 1, start.column), (end.line + 1, end.column))
        elif node.id == "mapping":
            waiting += [((*path, node_key(key)), value) for key, value in node.value]
        else:
            waiting += [((*path, index), value) for index, value in enumerate(node.value)]


def shown(line: str, number: int, column: int, spans: Iterable[Span]) -> tuple[str, int]:
    """Return what may be shown of a line, without its comment, and where its `column` (from 1) went (from 0)."""
    parts: list[str] = []
    done, at = 0, -1
    harmless: dict[tuple[int, int], bool] = {}
    for span in spans:  # one value may be that of several fields, through an alias
        start = span.start[1] if span.start[0] == number else 0
        end = span.end[1] if span.end[0] == number else len(line)
        is_one_line = span.start[0] == span.end[0]  # what is hidden in a text may go on in its next line
        harmless[start, end] = harmless.get((start, end), is_one_line) and is_harmless(span.path)
    for (start, end), fine in sorted(harmless.items()):
        if start < done or start >= end:
            continue
        between = _comment_free(line[done:start])
        if len(between) < start - done:  # a comment begins before it: it is a line of a text
            break
        text = line[start:end]
        parts += [between, _hidden_in(text) if fine else _HIDDEN]
        if at < 0 and column - 1 < end:
            at = len("".join(parts[:-1])) + max(column - 1 - start, 0) * fine
            if column - 1 < start:
                at = len("".join(parts[:-2])) + column - 1 - done
        done = end
    if at < 0:
        at = len("".join(parts)) + column - 1 - done
    text = hide_tokens("".join([*parts, _comment_free(line[done:])]).rstrip())
    return text, min(at, len(text))


def _hidden_in(text: str) -> str:
    """Return a scalar as it is written, without the secrets that its own words announce."""
    quote = text[0] if text[0] in "'\"" else ""
    inner = text.strip(quote) if quote else text
    if quote == '"' and "\\" in inner:  # the escapes may hide what announces it
        return _HIDDEN
    return f"{quote}{hide_url(inner) if '://' in inner else hide_in_text(inner)}{quote}"


def _comment_free(text: str) -> str:
    found = re.search(r"(?:^|\s)#", text)
    return text[: found.start()] if found else text


def is_harmless(path: Path) -> bool:
    """Return whether a text at a path of a spec or kubeconfig, as written, can hold no secret."""
    if len(path) > 3 and path[2] == _WRAPPERS.get(str(path[0])):
        path = (*path[:2], *path[3:])
    names = [each for each in path if isinstance(each, str)]
    if not names or _SECRET & {*names[:-1], names[-1]}:
        return False
    if "merge" in names and path[:1] == ("environments",):
        rest = path[path.index("merge") + 1 :]
        return any(is_harmless((section, 0, *rest)) for section in _WRAPPERS)
    return bool(_FREE & {*names[:-1]}) or takes_text(path)
