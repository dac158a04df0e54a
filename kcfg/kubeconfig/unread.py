"""What stands in a kubeconfig and nobody reads: fields that kubectl does not know, and files that hold nothing of one.

Pure. kubectl says nothing of them: it goes without what a misspelt field says, or to http://localhost:8080.
"""

from __future__ import annotations

import re

from kcfg.closest import closest, guess_again
from kcfg.dataclass import NamedTuple
from kcfg.errors import Problem, show_path
from kcfg.kubeconfig.fields import ENV, EXEC, PREFERENCES, PROVIDER, TOP, names
from kcfg.kubeconfig.model import SECTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from kcfg.kubeconfig.model import Body
    from kcfg.yaml.parse import Document, Path

MISSPELT, UNKNOWN, NOTHING = "KCFG116", "KCFG117", "KCFG118"
_ALIKE = 0.75
_NEXT = re.compile(r"^---(\s|$)", re.MULTILINE)


class _Part(NamedTuple):
    """A mapping, the fields it may have, and those of what may stand below it, by its name."""

    path: Path
    value: Body
    known: tuple[str, ...]
    below: tuple[str, tuple[str, ...]] = ("", ())


def check_unread(document: Document, *, fits: bool = False) -> Iterator[Problem]:
    """Yield a Problem, with its rule, for what nobody reads of a kubeconfig whose shape is right.

    One that `fits` the published schema has no unknown field: it is not walked.
    """
    guess_again()
    value = document.value if isinstance(document.value, dict) else {}
    more = _has_more(document)
    if not value.keys() & {*names(TOP)}:
        text, hint = "nothing of a kubeconfig is in here", "an error message that was saved? Get the file again"
        if document.value is None:
            text, hint = "the file is empty", "`kcfg set-cluster NAME --server URL` begins a kubeconfig"
        if more:
            hint = "kubectl reads only the first document of a file"
        yield Problem(text, location=document.locate(()), rule=NOTHING, hint=hint)
        return
    if more:
        location = document.locate(())
        yield Problem("kubectl reads only the first document", location=location, rule=UNKNOWN, level="warning")
    guessed: dict[tuple[str, tuple[str, ...]], str] = {}
    for path, found, known, below in () if fits else _parts(value):
        for key in [key for key in found if key not in known]:
            if (key, known) not in guessed:
                guessed[key, known] = _guess(key, known, *below)
            hint = guessed[key, known]
            yield Problem(
                "unknown field",
                location=document.locate((*path, key), key=True),
                path=show_path((*path, key)),
                rule=MISSPELT if hint else UNKNOWN,
                hint=hint or "kubectl does not read it; foreign data belongs under `extensions`",
                level="error" if hint else "warning",
            )


def _has_more(document: Document) -> bool:
    root: Any = document.root
    return root is not None and _NEXT.search(document.text, root.end_mark.index) is not None


def _guess(key: str, known: tuple[str, ...], place: str, names: tuple[str, ...]) -> str:
    """Return a hint that says what was meant; "" where nothing is like it."""
    folded = {_fold(each): each for each in known}
    if meant := folded.get(_fold(key)):
        return f"did you mean {meant!r}?"
    if _fold(key) in map(_fold, names):
        return f"it belongs below `{place}:`"
    close = closest(_fold(key), folded, _ALIKE)
    return f"did you mean {folded[close]!r}?" if close else ""


def _fold(key: str) -> str:
    return re.sub(r"[-_ ]", "", key).lower()


def _parts(value: Body) -> Iterator[_Part]:
    yield _Part((), value, names(TOP))
    yield from _extensions((), value)
    preferences = value.get("preferences") or {}
    yield _Part(("preferences",), preferences, names(PREFERENCES))
    yield from _extensions(("preferences",), preferences)
    for section, (wrapper, fields) in SECTIONS.items():
        for index, item in enumerate(value.get(section) or []):
            body = (item or {}).get(wrapper) or {}
            yield _Part((section, index), item or {}, ("name", wrapper), (wrapper, fields))
            yield _Part((section, index, wrapper), body, fields, ("exec", names(EXEC) if "exec" in fields else ()))
            yield from _extensions((section, index, wrapper), body)
            if section == "users":
                yield from _user((section, index, wrapper), body)


def _user(path: Path, body: Body) -> Iterator[_Part]:
    plugin, provider = body.get("exec") or {}, body.get("auth-provider") or {}
    yield _Part((*path, "exec"), plugin, names(EXEC))
    for index, variable in enumerate(plugin.get("env") or []):
        yield _Part((*path, "exec", "env", index), variable or {}, names(ENV))
    yield _Part((*path, "auth-provider"), provider, names(PROVIDER))


def _extensions(path: Path, value: Body) -> Iterator[_Part]:
    for index, each in enumerate(value.get("extensions") or []):
        yield _Part((*path, "extensions", index), each or {}, ("name", "extension"))
