"""`kcfg explain FIELD|RULE|clients`: what a field of the spec means, from the published schema; what a rule looks for;
what other clients make of a kubeconfig's fields.
"""

from __future__ import annotations

import json
import textwrap
from re import fullmatch

from kcfg.printing import say_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ROOT = "KubeconfigSpec"


def run(*, field: str | None, client: str | None = None, recursive: bool) -> int:
    """Print a field's type, description, examples and the fields below it; a rule's level, reason and examples; or the
    clients. Raises KcfgError for what there is not.
    """
    if field == "clients":
        from kcfg.lint.capabilities import client_named, show_client, show_table

        say_lines("".join(f"{each}\n" for each in (show_client(client_named(client)) if client else show_table())))
        return 0
    if client is not None:
        from kcfg.errors import KcfgError

        raise KcfgError(f"unexpected {client!r}", hint="`kcfg explain clients CLIENT` alone takes a second word")
    if field is not None and (field.upper().startswith("KCFG") or fullmatch(r"[A-Za-z]{2,16}\d{3}", field)):
        from kcfg.lint import explain

        say_lines(explain(field))
        return 0
    if field == "rules":
        from kcfg.lint import list_rules

        say_lines(list_rules())
        return 0
    from kcfg.spec.schema import read_schema

    schema = json.loads(read_schema("spec"))
    steps = [step for step in (field or "").replace("[]", "").split(".") if step]
    found = _find(schema, steps)
    say_lines(_text(schema, steps, found, recursive=recursive))
    return 0


def _find(schema: dict[str, Any], steps: list[str]) -> dict[str, Any]:
    from kcfg.closest import suggest
    from kcfg.errors import KcfgError

    at: dict[str, Any] = schema
    for index, step in enumerate(steps):
        fields = fields_of(schema, at)
        if step not in fields:
            parent = ".".join(steps[:index]) or "the spec"
            known = f"`kcfg explain {'.'.join(steps[:index])}`".replace(" `", "`") + " lists its fields"
            raise KcfgError(f"{parent} has no field {step!r}", hint=suggest(step, list(fields), known))
        at = fields[step]
    return at


def body_of(schema: dict[str, Any], at: dict[str, Any]) -> dict[str, Any]:
    """Return the object that a field holds: behind its reference, its list or its pattern of names."""
    while True:
        if "$ref" in at:
            at = schema["$defs"][at["$ref"].rpartition("/")[2]]
        elif "items" in at:
            at = at["items"]
        elif "properties" not in at and "$ref" in at.get("then", {}):
            wrapped = at["then"]["$ref"].rpartition("/")[2].startswith("Wrapped")
            at = at["else"] if wrapped else at["then"]
        elif "patternProperties" in at:
            (at,) = at["patternProperties"].values()
        else:
            return at


def fields_of(schema: dict[str, Any], at: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the fields below a field, by name; none where it holds a plain value."""
    found: dict[str, dict[str, Any]] = body_of(schema, at).get("properties", {})
    return found


def type_of(schema: dict[str, Any], at: dict[str, Any]) -> str:
    """Return the type of a field in words, as `explain` shows it: `string`, `[]Cluster`, `map[string]string`."""
    if "enum" in at or "const" in at:
        return "enum"
    if "items" in at and "additionalProperties" in at:  # either of them
        both = ({**at, "items": None}, {**at, "additionalProperties": None})
        return "|".join(
            type_of(schema, {key: value for key, value in each.items() if value is not None}) for each in both
        )
    if "items" in at:
        return f"[]{type_of(schema, at['items'])}"
    if "$ref" in at:
        return at["$ref"].rpartition("/")[2]  # type: ignore[no-any-return]
    if "$ref" in (then := at.get("then", {})):
        otherwise = at.get("else", {})
        kinds = [each for each in at.get("type", ()) if each not in ("object", "null")]  # a plain value, or a mapping
        return "|".join([*kinds, type_of(schema, otherwise if "$ref" in otherwise else then)])
    if "patternProperties" in at:
        return f"map[string]{type_of(schema, next(iter(at['patternProperties'].values())))}"
    if isinstance(at.get("additionalProperties"), dict):
        return f"map[string]{type_of(schema, at['additionalProperties'])}"
    kinds = at.get("type", "any")
    return "|".join(each for each in ([kinds] if isinstance(kinds, str) else kinds) if each != "null")


def _text(schema: dict[str, Any], steps: list[str], found: dict[str, Any], *, recursive: bool) -> str:
    lines = [f"KIND:     {_ROOT}", "VERSION:  kcfg/v1", ""]
    if steps:
        lines += [f"FIELD: {steps[-1]} <{type_of(schema, found)}>", ""]
    body = body_of(schema, found)
    about = [found.get("description") or "", body.get("description") or ""]
    lines += ["DESCRIPTION:", *_paragraphs(list(dict.fromkeys(filter(None, about))) or ["A declarative kubeconfig."])]
    if values := [each for each in found.get("enum", []) if each is not None]:
        lines += ["", "VALUES:", f"  {', '.join(values)}"]
    if examples := found.get("examples", []):
        lines += ["", "EXAMPLES:", *(f"  {each if isinstance(each, str) else json.dumps(each)}" for each in examples)]
    if fields := fields_of(schema, found):
        lines += ["", "FIELDS:"]
        lines += _tree(schema, found, 1, ()) if recursive else _list(schema, body, fields)
    return "\n".join(lines) + "\n"


def _paragraphs(texts: list[str]) -> list[str]:
    return [line for text in texts for line in textwrap.wrap(text, 76, initial_indent="  ", subsequent_indent="  ")]


def _list(schema: dict[str, Any], body: dict[str, Any], fields: dict[str, dict[str, Any]]) -> list[str]:
    lines: list[str] = []
    for name, field in fields.items():
        needed = " -required-" if name in body.get("required", []) else ""
        lines += [f"  {name}\t<{type_of(schema, field)}>{needed}"]
        lines += [f"  {line}" for line in _paragraphs([field["description"]] if field.get("description") else [])]
    return lines


def _tree(schema: dict[str, Any], at: dict[str, Any], depth: int, above: tuple[str, ...]) -> list[str]:
    lines: list[str] = []
    for name, field in fields_of(schema, at).items():
        kind = type_of(schema, field)
        lines.append(f"{'  ' * depth}{name}\t<{kind}>")
        if kind not in above:
            lines += _tree(schema, field, depth + 1, (*above, kind))
    return lines
