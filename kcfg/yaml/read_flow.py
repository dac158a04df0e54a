"""A mapping or list in flow style on one line → a plain value, without a YAML parser: a small and strict part of it."""

from __future__ import annotations

from kcfg.yaml.plain import WORDS, NotLines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ENDS = ",]}"


def read_flow(text: str, texts: list[str], quoted: list[str]) -> tuple[Any, str]:
    """Return the value that a text begins with, and what stands behind it. Raises NotLines.

    Keys and values without quotes are added to `texts`, those in quotes to `quoted`: the caller judges them together.
    """
    reader = _Reader(text, texts, quoted)
    return reader.value(), text[reader.at :]


class _Reader:
    """One text on the way: `at` is where the next part begins."""

    __slots__ = ("_quoted", "_text", "_texts", "at")

    def __init__(self, text: str, texts: list[str], quoted: list[str]) -> None:
        self._text, self._texts, self._quoted, self.at = text, texts, quoted, 0

    def value(self) -> Any:
        sign = self._text[self.at : self.at + 1]
        if sign in ("{", "["):
            self.at += 1
            return self._mapping() if sign == "{" else self._list()
        if sign in ("'", '"'):
            return self._in_quotes(sign)
        word = self._until(_ENDS)
        if word in WORDS:
            return WORDS[word]
        self._texts.append(word)
        return word

    def _mapping(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not self._ends("}", first=not found):
            quote = self._text[self.at : self.at + 1]
            if quote in ("'", '"'):
                key = self._in_quotes(quote)
            else:
                key = self._until(":,]}")
                self._texts.append(key)
            if key in found or not self._text.startswith(": ", self.at):
                raise NotLines
            self.at += 2
            self._skip()
            found[key] = self.value()
        return found

    def _list(self) -> list[Any]:
        found: list[Any] = []
        while not self._ends("]", first=not found):
            found.append(self.value())
            if self._text.startswith(":", self.at):  # a mapping of one key: the parser's
                raise NotLines
        return found

    def _ends(self, end: str, *, first: bool) -> bool:
        """Take the bracket that ends this, or what leads to the next part."""
        self._skip()
        if self._text.startswith(end, self.at):
            self.at += 1
            return True
        if not first:
            if not self._text.startswith(",", self.at):
                raise NotLines
            self.at += 1
            self._skip()
        return False

    def _skip(self) -> None:
        while self._text.startswith(" ", self.at):
            self.at += 1

    def _until(self, ends: str) -> str:
        """Return the text to the first of some signs, which stays; there is one, and something before it."""
        start = at = self.at
        while self._text[at : at + 1] not in ends:
            at += 1
        word = self._text[start:at].rstrip(" ")
        if not word or at == len(self._text):
            raise NotLines
        self.at = at
        return word

    def _in_quotes(self, quote: str) -> str:
        end = self._text.find(quote, self.at + 1)
        found = self._text[self.at + 1 : end]
        if end < 0 or "\\" in found or self._text.startswith(quote, end + 1):
            raise NotLines
        self._quoted.append(found)
        self.at = end + 1
        return found
