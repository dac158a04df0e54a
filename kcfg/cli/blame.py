"""`kcfg blame context/NAME`: which line, matrix or patch gave each field its value."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from kcfg.spec.spec import Declared, Spec
    from kcfg.yaml.parse import Path


def run(*, entry: str, file: str | None, environment: str | None, values: list[str], output: str) -> int:
    """Print a row for each field of the entry."""
    from kcfg.cli.secret.rows import show_rows
    from kcfg.cli.shared.entries import parse_entry
    from kcfg.cli.shared.stores import load_valid

    spec = load_valid(file, environment, values, allow_plaintext=True, lenient=True, contents=None)
    section, name = parse_entry(entry)
    declared = find_entry(spec, section, name)
    seen = _redacted(_value(declared))
    rows = [_row(spec, declared, path, _seen(seen, path, value)) for path, value in _fields(_value(declared))]
    gone = [path for path in declared.patched if path not in {path for path, _ in _fields(_value(declared))}]
    rows += [_row(spec, declared, path, None) for path in gone if _is_deleted(declared, path)]
    rows += _replaced(declared)
    show_rows(rows, output, ("FIELD", "VALUE", "SOURCE", "BY"), "fields")
    return 0


def find_entry(spec: Spec, section: str, name: str) -> Declared[Any]:
    """Return an entry of a spec. Raises SpecError with a hint when there is none of that name."""
    from kcfg.closest import suggest
    from kcfg.errors import SpecError

    entries: dict[str, Declared[Any]] = getattr(spec, section)
    if name not in entries:
        kind = section.removesuffix("s")
        where = f" in environment {spec.environment!r}" if spec.environment else ""
        raise SpecError(f"no {kind} is called {name!r}{where}", hint=suggest(name, list(entries), ""))
    return entries[name]


def _value(declared: Declared[Any]) -> dict[str, Any]:
    found: dict[str, Any] = declared.entry.model_dump(by_alias=True, exclude_unset=True)
    return {field: value for field, value in found.items() if value is not None}


def _is_deleted(declared: Declared[Any], path: Path) -> bool:
    from kcfg.spec.spec import part_of

    source, full = declared.patched[path]
    if "json6902" in full:
        return full[-1] in ("path", "from") and part_of(_value(declared), path) is None
    return part_of(source.document.value, full) is None


def _replaced(declared: Declared[Any]) -> Iterator[dict[str, object]]:
    """Yield what the included entry said that this one stands for, and this one does not say."""
    from kcfg.errors import show_path

    below = declared.replaced
    if below is None:
        return
    said = {path for path, _ in _fields(_value(declared))}
    for path, _ in _fields(_value(below)):
        if path not in said:
            source, full = below.origin(*path)
            place = str(source.locate(full))
            yield {"field": show_path(path), "value": "(replaced)", "source": place, "by": "the whole entry"}


def _fields(value: Any, at: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the leaves; a list of plain values is one."""
    if isinstance(value, dict) and value and "secretRef" not in value:
        for key, item in value.items():
            yield from _fields(item, (*at, key))
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for index, item in enumerate(value):
            yield from _fields(item, (*at, index))
    else:
        yield at, value


def _row(spec: Spec, declared: Declared[Any], path: Path, value: Any) -> dict[str, object]:
    from kcfg.errors import show_path

    source, full = declared.origin(*path)
    return {
        "field": show_path(path),
        "value": _shown(value),
        "source": str(source.locate(full)),
        "by": _by(spec, source.document.value, full),
    }


def _redacted(value: dict[str, Any]) -> dict[str, Any]:
    """Return an entry as it may be shown. A preset names what its vendor's tool is told: none of it is a secret."""
    from kcfg.kubeconfig.model import Entry
    from kcfg.kubeconfig.redact import redact_entry

    entry = Entry("", {field: each for field, each in value.items() if field != "auth"})
    redact_entry(entry)
    return value | entry.body


def _seen(redacted: Any, path: Path, value: Any) -> Any:
    """Return what may be shown of a field; a reference is no secret."""
    from kcfg.secrets.ref import is_ref

    if value is None or is_ref(value) or (isinstance(value, dict) and "secretRef" in value):
        return value
    for step in path:
        if not isinstance(redacted, (dict, list)):
            break
        redacted = redacted[step]  # type: ignore[index]
    return redacted


def _shown(value: Any) -> str:
    """Return a value as text."""
    if value is None:
        return "(deleted)"
    if isinstance(value, dict) and "secretRef" in value:
        reference = value["secretRef"]
        item = reference.get("keyring", {}).get("service") or reference.get("key")
        return f"ref+{reference.get('store', 'default')}://{item}"
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _by(spec: Spec, document: Any, full: Path) -> str:
    if full[0] == "environments":
        name = document["environments"][full[1]]["name"]
        return f"environment {name}, patch {int(full[3]) + 1}"
    if full[0] == "generate":
        return f"generate {int(full[1]) + 1}"
    written: Any = document
    for step in full:
        try:
            written = written[step]
        except (KeyError, IndexError, TypeError):
            return ""
    named = [name for name in spec.variables if isinstance(written, str) and f"${{{name}}}" in written]
    return ", ".join(f"variable {name}" for name in named)
