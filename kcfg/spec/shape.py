"""Plain values → models, with every shape error as a Problem that quotes no value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ValidationError

from kcfg.closest import closest
from kcfg.errors import Problem, show_path, type_name
from kcfg.spec.models import Cluster, Context, SecretStore, SpecFile, User, fields_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kcfg.errors import Location
    from kcfg.yamldoc import Document, Path

_WRAPPERS = {"clusters": "cluster", "users": "user", "contexts": "context"}
_TYPES = {
    "string_type": "a string",
    "bool_type": "true or false",
    "int_type": "a number",
    "float_type": "a number",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def unwrap(value: object) -> tuple[object, set[Path]]:
    """Accept kubeconfig's inner `cluster:`/`user:`/`context:` wrapper, so that pasting works.

    Returns the flattened value and the paths of the entries that were wrapped.
    """
    if not isinstance(value, dict):
        return value, set()
    flat: dict[str, object] = dict(value)
    wrapped: set[Path] = set()
    for section, wrapper in _WRAPPERS.items():
        entries = value.get(section)
        if not isinstance(entries, list):
            continue
        flat[section] = [_unwrap_entry(entry, wrapper) for entry in entries]
        wrapped |= {(section, index) for index, entry in enumerate(entries) if _is_wrapped(entry, wrapper)}
    # An empty `clusters:` means none, as in a kubeconfig.
    return {key: item for key, item in flat.items() if item is not None}, wrapped


def _is_wrapped(entry: object, wrapper: str) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get(wrapper), dict)


def _unwrap_entry(entry: object, wrapper: str) -> object:
    if not _is_wrapped(entry, wrapper):
        return entry
    assert isinstance(entry, dict)
    outer = {key: value for key, value in entry.items() if key != wrapper}
    return {**entry[wrapper], **outer}


def document_path(path: Path, wrapped: set[Path]) -> Path:
    """Return where a flattened path stands in the document as written."""
    if path[:2] in wrapped and len(path) > 2 and path[2] not in ("name", "labels"):
        return (*path[:2], _WRAPPERS[str(path[0])], *path[2:])
    return path


def parse_shape(document: Document) -> tuple[SpecFile | None, list[Problem], set[Path]]:
    """Build the models of one document; on failure return every Problem of its shape instead."""
    problems = [
        Problem(f"duplicate key {key!r}", location=location, rule="KCFG006", hint="keep one of them")
        for key, location in document.duplicate_keys
    ]
    value, wrapped = unwrap(document.value)
    if not isinstance(value, dict):
        problems.append(_not_a_spec(document, value))
        return None, problems, wrapped
    try:
        model = SpecFile.model_validate(value)
    except ValidationError as error:
        problems += _problems(error, document, wrapped)
        if not problems:  # a document without both would vanish, and its live entries after it
            raise RuntimeError(f"{document.source} is refused without a problem") from None
        return None, problems, wrapped
    return (None if problems else model), problems, wrapped


_ENTRIES: dict[str, type[BaseModel]] = {
    "clusters": Cluster,
    "users": User,
    "contexts": Context,
    "secretStores": SecretStore,
}


def parse_entry(
    section: str, value: object, path: Path, locate: Callable[[Path], Location]
) -> tuple[Any | None, list[Problem]]:
    """Build one entry that did not come from a document as it is; `path` is where it is told to stand."""
    try:
        return _ENTRIES[section].model_validate(value), []
    except ValidationError as error:
        problems = {}
        for found in error.errors(include_url=False, include_input=False, include_context=True):
            steps = found["loc"]
            message, rule, hint, _ = _words(
                found["type"], (section, 0, *steps), found.get("ctx", {}), _value_at(value, steps)
            )
            full = (*path, *steps)
            problems[full] = Problem(message, location=locate(full), path=show_path(full), rule=rule, hint=hint)
        return None, list(problems.values())


def _not_a_spec(document: Document, value: object) -> Problem:
    return Problem(
        "the file is empty" if value is None else f"expected a mapping, got a {type_name(value)}",
        location=document.locate(()),
        rule="KCFG003",
        hint="a spec starts with `apiVersion: kcfg/v1` and `kind: KubeconfigSpec`; try `kcfg init`",
    )


def _problems(error: ValidationError, document: Document, wrapped: set[Path]) -> Iterator[Problem]:
    seen = set()
    for found in error.errors(include_url=False, include_input=False, include_context=True):
        problem = _problem(found["type"], found["loc"], found.get("ctx", {}), document, wrapped)
        if str(problem) not in seen:
            seen.add(str(problem))
            yield problem


def _problem(kind: str, path: Path, context: dict[str, Any], document: Document, wrapped: set[Path]) -> Problem:
    where = document_path(path, wrapped)
    value = _value_at(document.value, where)
    message, rule, hint, at_key = _words(kind, path, context, value)
    location = document.locate(where[:-1] if kind == "missing" else where, key=at_key)
    return Problem(message, location=location, path=show_path(path), rule=rule, hint=hint)


def _words(kind: str, path: Path, context: dict[str, Any], value: object) -> tuple[str, str, str, bool]:
    last = str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        close = closest(last, fields_at(path[:-1]))
        hint = f"did you mean {close!r}?" if close else "foreign data belongs under `extensions`"
        return f"unknown field {last!r}", "KCFG002", hint, True
    if kind == "missing":
        return f"required field {last!r} is missing", "KCFG004", f"add `{last}:`", False
    if kind in _TYPES:
        hint = "put it in quotes" if kind == "string_type" and isinstance(value, (int, float, bool)) else ""
        return f"expected {_TYPES[kind]}, got {_article(value)}", "KCFG003", hint, False
    if kind == "literal_error":
        rule = "KCFG008" if last in ("apiVersion", "kind") and len(path) == 1 else "KCFG005"
        return f"expected one of {context['expected']}", rule, "", False
    if kind == "string_pattern_mismatch":
        return (
            "has characters that are not allowed here",
            "KCFG005",
            f"it must match {context['pattern']}",
            False,
        )
    if kind in ("string_too_short", "too_short"):
        return "must not be empty", "KCFG005", "", False
    if kind == "string_too_long":
        return f"longer than {context['max_length']} characters", "KCFG005", "", False
    return "is not a valid value", "KCFG005", "", False


def _article(value: object) -> str:
    name = type_name(value)
    return name if value is None else f"a {name}"


def _value_at(value: object, path: Path) -> object:
    for step in path:
        try:
            value = value[step]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def fields_at(path: Path) -> list[str]:
    """Return the fields that may stand at a path of the spec."""
    annotation: object = SpecFile
    for step in path:
        if isinstance(step, int):
            continue
        model = _model_in(annotation)
        if model is None:
            return []
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if step not in fields:
            return []
        annotation = fields[step].annotation
    model = _model_in(annotation)
    return fields_of(model) if model else []


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        if (found := _model_in(argument)) is not None:
            return found
    return None
