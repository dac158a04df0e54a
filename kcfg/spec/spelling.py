"""Plain words that YAML reads as something else than they say: keys like `no` and `010`, numbers of a matrix like `01`.

Of values that want a text the shape says so; a key is always a text, and a matrix takes numbers.
"""

from __future__ import annotations

from kcfg.errors import Problem, show_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from kcfg.yaml.parse import Document, Path

_QUOTES = "put it in quotes"


def spelling_faults(document: Document) -> Iterator[Problem]:
    """Yield every such word of a spec's document, at its place."""
    for written, read, location in document.changed_keys:
        yield Problem(f"the key {written} is read as {read}", location=location, rule="KCFG003", hint=_QUOTES)
    for path, value in _numbers(document.value):
        written = document.spelling(path)
        if written and written != str(value):
            message = f"{written} is read as {value}"
            yield Problem(message, location=document.locate(path), path=show_path(path), rule="KCFG003", hint=_QUOTES)


def _numbers(value: object) -> Iterator[tuple[Path, int]]:
    """Yield the whole numbers of matrices."""
    generate = value.get("generate") if isinstance(value, dict) else None
    for index, each in enumerate(generate if isinstance(generate, list) else []):
        if isinstance(each, dict):
            for field in ("forEach", "exclude", "include"):
                yield from _below(each.get(field), ("generate", index, field))


def _below(value: object, path: Path) -> Iterator[tuple[Path, int]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _below(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _below(item, (*path, index))
    elif isinstance(value, int) and not isinstance(value, bool):
        yield path, value
