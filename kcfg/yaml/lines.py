"""Lines ↔ plain values without a YAML parser: a small and strict part of YAML, in which nothing can be wrong. No `re`.

Mappings and lists in block style, or in flow style on one line, keys and texts that are seen to be plain, texts in
quotes without escapes, literal blocks, words, comments. Whatever else a text has is `NotLines`, and the parser's.
"""

from __future__ import annotations

from kcfg.yaml.plain import WORDS, NotLines, are_printable, are_texts, is_plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Body = dict[str, Any]

# What only a YAML parser can judge: other line breaks, further documents, directives.
FOREIGN = ("\r", "\x85", "\u2028", "\u2029", "\n---", "\n...", "\n%")
_MAX_KEY = 120  # characters; YAML's own limit is 1024
_QUOTES = ("'", '"')
_BRACKETS = ("{", "[")
_ENCLOSED = (*_QUOTES, *_BRACKETS)
_MARKS = (*_QUOTES, "|")


def read_item(text: str) -> Body:
    """Return the entry that lines write: the item of its section's list. Raises NotLines."""
    item: Body = read_lines(text.split("\n"))[0]
    return item


def read_lines(lines: list[str]) -> Any:
    """Return the mapping or list that lines write, None where they say nothing. Raises NotLines."""
    reader = _Reader(lines)
    value = reader.value() if reader.indent >= 0 else None
    if reader.indent >= 0 or not are_texts([*reader.texts, *reader.flow_texts]):
        raise NotLines
    return value


def lines_of_value(lines: list[str]) -> int:
    """Return how many lines a value takes; comments and blank lines after it do not count. Raises NotLines."""
    reader = _Reader(lines)
    reader.value()
    return reader.end


class _Reader:
    """Lines on the way: `indent` and `text` are those of the next that says something; -1 behind the last."""

    __slots__ = ("_row", "_rows", "at", "end", "flow_texts", "indent", "lines", "text", "texts")

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.texts: list[str] = []  # keys and values without quotes, to be judged together
        self.flow_texts: list[str] = []  # those in flow style
        rows = [(len(line) - len(text), text, at) for at, line in enumerate(lines) if (text := line.lstrip(" "))]
        self._rows = [row for row in rows if row[1][0] != "#"]
        self._rows.append((-1, "", len(lines)))
        self._row = self.at = -1
        self._next()

    def _next(self) -> None:
        self.end = self.at + 1  # of what was read
        self._row += 1
        self.indent, self.text, self.at = self._rows[self._row]

    def _next_after(self, at: int) -> None:
        """Go on behind a line that a text ends with."""
        self.at = at
        while self._rows[self._row + 1][2] <= at:
            self._row += 1
        self._next()

    def value(self) -> Any:
        """Return the list or mapping that begins here."""
        return self._list() if self.text.startswith("- ") else self._mapping()

    def _mapping(self) -> Body:
        indent = self.indent
        found: Body = {}
        while self.indent == indent:
            key, colon, rest = self.text.partition(":")
            if not colon or key in found or len(key) > _MAX_KEY:
                raise NotLines
            self.texts.append(key)
            if rest[:1] == " " and (rest := rest.lstrip(" ")) and rest[0] != "#":
                found[key] = self._scalar(rest, indent)
                continue
            if rest:
                raise NotLines
            self._next()
            is_deeper = self.indent > indent or (self.indent == indent and self.text.startswith("- "))
            found[key] = self.value() if is_deeper else None
        if self.indent > indent:
            raise NotLines
        return found

    def _list(self) -> list[Any]:
        indent = self.indent
        found: list[Any] = []
        while self.indent == indent and self.text.startswith("- "):
            text = self.text[2:].lstrip(" ")
            if not text or text.startswith("- "):
                raise NotLines
            if text[0] in _ENCLOSED or not (": " in text or text.rstrip(" ").endswith(":")):
                found.append(self._scalar(text, indent))
            else:
                self.indent, self.text = indent + len(self.text) - len(text), text
                found.append(self._mapping())
        if self.indent > indent:
            raise NotLines
        return found

    def _scalar(self, text: str, indent: int) -> Any:
        """Take what stands behind a key or a dash, and the lines that go on with it."""
        if text[0] in _MARKS:
            return self._quoted(text[0], text[1:]) if text[0] != "|" else self._literal(text[1:].rstrip(" "), indent)
        if text[0] in _BRACKETS:
            return self._flow(text, indent)
        at = self.at
        self._next()
        if " " in text:
            if " #" in text:
                at = -1  # nothing goes on behind a comment
                text = text[: text.index(" #")]
            text = text.rstrip(" ")
        while self.indent > indent:  # it goes on: a line break is a blank
            at += 1
            if self.at != at or ": " in self.text or self.text[-1] == ":" or self.text.startswith("- "):
                raise NotLines
            text = f"{text} {self.text.rstrip(' ')}"
            self._next()
        if text in WORDS:
            return WORDS[text]
        self.texts.append(text if "}" not in text else _without_names(text))
        return text

    def _flow(self, text: str, indent: int) -> Any:
        """Take a list or mapping that begins and ends on this line."""
        from kcfg.yaml.read_flow import read_flow

        quoted: list[str] = []
        value, rest = read_flow(text, self.flow_texts, quoted)
        self._next()
        if self.indent > indent or not is_comment(rest) or not are_printable(quoted):
            raise NotLines
        return value

    def _quoted(self, quote: str, text: str) -> str:
        """Return a text in quotes: of its line breaks one is a blank, and each further one stays."""
        found, breaks, at = "", 0, self.at
        while True:
            inner, end, rest = text.partition(quote)
            if "\\" in inner or not are_printable([inner]):
                raise NotLines
            inner = inner if end else inner.rstrip(" ")
            if inner or end:
                found += ("\n" * (breaks - 1) or " " if breaks else "") + inner
                breaks = 0
            if end:
                break
            at += 1
            breaks += 1
            if at == len(self.lines):
                raise NotLines
            text = self.lines[at].lstrip(" ")
        if not is_comment(rest):
            raise NotLines
        self._next_after(at)
        return found

    def _literal(self, sign: str, indent: int) -> str:
        """Return a literal block: `-` leaves out the line break at its end, a digit says how deep it stands."""
        digit = sign.removesuffix("-")
        column = indent + int(digit) if digit in ("1", "2", "3", "4") else 0
        if digit and not column:
            raise NotLines
        rows: list[str] = []
        for line in self.lines[self.at + 1 :]:
            depth = len(line) - len(line.lstrip(" "))
            column = column or depth
            if line and (depth < column or depth == len(line)):
                break
            rows.append(line[column:])
        while rows and not rows[-1]:
            rows.pop()
        if not rows or column <= indent or not are_printable(rows):
            raise NotLines
        self._next_after(self.at + len(rows))
        return "\n".join(rows) + ("" if sign.endswith("-") else "\n")


def is_comment(rest: str) -> bool:
    """Return whether nothing but a comment stands behind a value."""
    return not rest.strip(" ") or (rest[0] == " " and rest.lstrip(" ")[0] == "#")


def _without_names(text: str) -> str:
    """Return a text with a letter for each `${NAME}`, where braces stand inside: they need no quotes there."""
    first, *rest = text.split("${")
    return "x".join([first, *(part.replace("}", "x", 1) for part in rest)])


def says(line: str) -> bool:
    """Return whether a line is neither blank nor a comment."""
    text = line.lstrip(" ")
    return bool(text) and text[0] != "#"


def edited_item(text: str, wrapper: str, before: Body, after: Body) -> str | None:
    """Return an entry's lines with its name and fields of one line changed, one added, some removed; None for more.

    What comes out is for the caller to read again: it means `after`, or more would have had to change.
    """
    lines = text.split("\n")
    old, new = before.get(wrapper), after.get(wrapper)
    if not (isinstance(old, dict) and isinstance(new, dict) and old and new and len(new.keys() - old.keys()) < 2):
        return None
    outer = len(lines[0]) - len(lines[0].lstrip(" -"))
    body = _line_of(lines, outer, wrapper) + 1
    inner = next((_depth(line) for line in lines[body:] if says(line)), 0)
    kept = [key for key in old if key in new]
    changed = [(inner, key, new[key]) for key in kept if old[key] != new[key]]
    if before["name"] != after["name"]:
        changed.append((outer, "name", after["name"]))
    if not all(_put(lines, *each) for each in changed):
        return None
    for key in old.keys() - new.keys():
        del lines[_line_of(lines, inner, key)]
    for key in new.keys() - old.keys():
        if (value := _plain(new[key])) is None or not kept:
            return None
        lines.insert(_place(lines, inner, kept, key), f"{' ' * inner}{key}: {value}")
    return "\n".join(lines)


def edited_line(line: str, key: str, value: object) -> str | None:
    """Return the line of a top-level field with another value; None where that takes more."""
    lines = [line]
    return lines[0] if _put(lines, 0, key, value) else None


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _line_of(lines: list[str], column: int, key: str) -> int:
    """Return where a key stands at a column; the last line, which is empty, where it does not."""
    for at, line in enumerate(lines):
        if line.startswith(f"{key}:", column) and not line[:column].strip(" -"):
            return at
    return len(lines) - 1


def _place(lines: list[str], column: int, kept: list[str], key: str) -> int:
    """Return where a new key's line goes: to its place where the keys are sorted, else behind the last one."""
    before = sorted([*kept, key]).index(key) if kept == sorted(kept) else len(kept)
    first = _line_of(lines, column, kept[0])
    if not before and lines[first - 1].rstrip(" ").endswith(":"):
        return first
    at = _line_of(lines, column, kept[before - 1]) + 1  # -1, the last one, where the first place is not free
    end = next((end for end in range(at, len(lines)) if says(lines[end]) and _depth(lines[end]) <= column), len(lines))
    while not says(lines[end - 1]):
        end -= 1
    return end


def _put(lines: list[str], column: int, key: str, value: object) -> bool:
    """Write another value on a key's line, in the quotes of the one before; return whether that can be."""
    at = _line_of(lines, column, key)
    start = column + len(key) + 1
    text = lines[at][start:].lstrip(" ")
    quote, plain = text[:1], _plain(value)
    if quote in _QUOTES:
        end = text.find(quote, 1) + 1
        if end > 2 and isinstance(value, str) and are_printable([value]) and not {*value} & {quote, "\\"}:
            plain = quote + value + quote
    else:
        end = len(text.partition(" #")[0].rstrip(" "))
    if plain is None or not end:
        return False
    lines[at] = lines[at][: len(lines[at]) - len(text)] + plain + text[end:]
    return True


def _plain(value: object) -> str | None:
    if value == "" or isinstance(value, bool):
        return _literal(value)
    return value if isinstance(value, str) and is_plain(value) else None


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
        if not value or "\n" in value or value[0] in _QUOTES:
            return None if value else '""'
        return value if value[0] != "`" or "'" in value else f"'{value}'"
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    return str(value) if value in ({}, []) else None
