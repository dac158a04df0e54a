"""Plain values → Kubeconfig, with the types that client-go's structs demand; every fault with its location.

Like kubectl: no coercion into strings, unknown fields are no fault (they are kept, `view` does not print them),
a name twice in one list is one.
"""

from __future__ import annotations

import binascii

from kcfg.errors import KubeconfigError, Problem, show_path, type_name
from kcfg.kubeconfig.fields import (
    BOOL,
    BYTES,
    ENV,
    EXEC,
    EXTENSIONS,
    FIELDS,
    LISTS,
    MAP,
    PREFERENCES,
    PROVIDER,
    STRING,
    STRINGS,
    TOP,
    names,
)
from kcfg.kubeconfig.model import SECTIONS, Body, Entry, Kubeconfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from kcfg.yaml.parse import Document, Path

    Check = Callable[["_Decoder", object, Path], Any]
_TYPE, _NOT_ALLOWED, _NO_KUBECONFIG, _TWICE, _NOT_DATA = "KCFG003", "KCFG005", "KCFG008", "KCFG101", "KCFG107"  # rules
DEFAULT_MODE = (
    "client.authentication.k8s.io/v1beta1",
    "client.authentication.k8s.io/v1alpha1",
)

_KNOWN, _LISTS, _PAIR = names(TOP), names(EXEC, STRINGS, ENV), names(ENV)


def decode(document: Document) -> Kubeconfig:
    """Return the kubeconfig of a parsed file. Raises KubeconfigError with every Problem."""
    decoder = _Decoder(document.source, document)
    config = decoder.config(document.value)
    if decoder.problems:
        raise KubeconfigError(f"{document.source} is not a kubeconfig", problems=decoder.problems)
    return config


def decode_value(value: object, source: str) -> Kubeconfig | None:
    """Return the kubeconfig of a plain value; None where anything is wrong with it."""
    decoder = _Decoder(source, None)
    config = decoder.config(value)
    return None if decoder.problems else config


def decode_body(section: str, item: Body) -> Body:
    """Return the fields of an item of a section's list that is known to be right."""
    return fields(_Decoder("", None), item.get(SECTIONS[section][0]), (), _TYPES[section])


class _Decoder:
    """One file: its document and the Problems met so far."""

    def __init__(self, source: str, document: Document | None) -> None:
        self.source = source
        self.document = document
        self.problems: list[Problem] = []

    def fault(self, message: str, path: Path, hint: str = "", rule: str = _TYPE) -> None:
        location = self.document.locate(path) if self.document else None
        self.problems.append(Problem(message, location=location, path=show_path(path), hint=hint, rule=rule))

    def config(self, value: object) -> Kubeconfig:
        config = Kubeconfig()
        if value is None:
            return config
        if not isinstance(value, dict):
            self.fault(
                f"a kubeconfig is a mapping, this is a {type_name(value)}", (), _what_it_is(value), _NO_KUBECONFIG
            )
            return config
        self.envelope(value)
        for section in SECTIONS:
            setattr(config, section, self.entries(section, value.get(section)))
        config.current_context = string(self, value.get("current-context"), ("current-context",))
        config.preferences = fields(self, value.get("preferences"), ("preferences",), _TYPES[PREFERENCES])
        config.extensions = extensions(self, value.get("extensions"), ("extensions",))
        config.unknown = {key: item for key, item in value.items() if key not in _KNOWN}
        return config

    def envelope(self, value: Body) -> None:
        for field, wanted in (("kind", "Config"), ("apiVersion", "v1")):
            found = string(self, value.get(field), (field,))
            if found not in ("", wanted):
                self.fault(
                    f"expected {field} {wanted}, got {found!r}", (field,), "is this a kubeconfig?", _NO_KUBECONFIG
                )

    def entries(self, section: str, items: object) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        wrapper = SECTIONS[section][0]
        for index, item in enumerate(self.items(items, (section,))):
            path = (section, index)
            value = {} if item is None else item
            if not isinstance(value, dict):
                self.fault(f"expected a mapping, got a {type_name(value)}", path)
                continue
            name = string(self, value.get("name"), (*path, "name"))
            if name in found:
                again = f"{wrapper} {name!r} stands twice in this file"
                self.fault(again, (*path, "name"), "remove or rename one", _TWICE)
                continue
            body = fields(self, value.get(wrapper), (*path, wrapper), _TYPES[section])
            beside = {key: each for key, each in value.items() if key not in ("name", wrapper)}
            found[name] = Entry(name, body, origin=self.source, beside=beside)
        return found

    def items(self, value: object, path: Path) -> list[object]:
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault(f"expected a list, got a {type_name(value)}", path)
            return []
        return value


def _what_it_is(value: object) -> str:
    """Return a hint for a file that is something else."""
    if not isinstance(value, str):
        return ""
    try:
        inner = binascii.a2b_base64("".join(value.split()))
    except ValueError:
        inner = b""
    if any(word in inner for word in (b"apiVersion", b"clusters", b"contexts")):
        return "this is the base64 of a kubeconfig: `base64 -d FILE` gives it"
    return "an error message or a web page that was saved? Get the file again"


def fields(decoder: _Decoder, value: object, path: Path, types: dict[str, Check]) -> Body:
    """Check a mapping's known fields; the unknown ones are kept after them."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        decoder.fault(f"expected a mapping, got a {type_name(value)}", path)
        return {}
    found = [field for field in value if field in types and value[field] is not None]
    body = {field: types[field](decoder, value[field], (*path, field)) for field in found}
    return body | {key: item for key, item in value.items() if key not in types} if len(found) < len(value) else body


def string(decoder: _Decoder, value: object, path: Path) -> str:
    """Null is the empty string; a number or boolean is a fault, as in kubectl."""
    if value is None or isinstance(value, str):
        return value or ""
    hint = "put it in quotes" if isinstance(value, (bool, int, float)) else ""
    decoder.fault(f"expected a string, got a {type_name(value)}", path, hint)
    return ""


def boolean(decoder: _Decoder, value: object, path: Path) -> bool:
    """True or false, in YAML 1.1's spellings."""
    if isinstance(value, bool):
        return value
    decoder.fault(f"expected true or false, got a {type_name(value)}", path)
    return False


def data(decoder: _Decoder, value: object, path: Path) -> str:
    """Standard base64 with padding; line breaks inside are skipped; canonical afterwards."""
    text = string(decoder, value, path).replace("\n", "").replace("\r", "")
    try:
        return binascii.b2a_base64(strict_base64(text), newline=False).decode("ascii")
    except (binascii.Error, ValueError):
        hint = "standard base64 with padding is needed"
        decoder.fault(f"not valid base64 ({len(text)} characters)", path, hint, _NOT_DATA)
        return ""


def strict_base64(text: str) -> bytes:
    """Decode as Go does. Raises ValueError; Python alone takes padding where none is due, `RkFL=`."""
    size = len(text.rstrip("="))
    if len(text) != size + -size % 4:
        raise ValueError
    return binascii.a2b_base64(text, strict_mode=True)


def strings(decoder: _Decoder, value: object, path: Path) -> list[str]:
    """A list of strings."""
    return [string(decoder, item, (*path, index)) for index, item in enumerate(decoder.items(value, path))]


def string_map(decoder: _Decoder, value: object, path: Path) -> dict[str, str]:
    """A mapping of strings."""
    return {key: string(decoder, item, (*path, key)) for key, item in mapping(decoder, value, path).items()}


def string_lists(decoder: _Decoder, value: object, path: Path) -> dict[str, list[str] | None]:
    """A mapping of lists of strings; null and [] stay apart, as in kubectl."""
    found = mapping(decoder, value, path).items()
    return {key: None if item is None else strings(decoder, item, (*path, key)) for key, item in found}


def mapping(decoder: _Decoder, value: object, path: Path) -> Body:
    """Any mapping."""
    if isinstance(value, dict):
        return value
    decoder.fault(f"expected a mapping, got a {type_name(value)}", path)
    return {}


def extensions(decoder: _Decoder, value: object, path: Path) -> list[Body]:
    """Named foreign data: a name once, any body that JSON can express."""
    found: dict[str, Body] = {}
    for index, item in enumerate(decoder.items(value, path)):
        here = (*path, index)
        each = {} if item is None else mapping(decoder, item, here)
        name = string(decoder, each.get("name"), (*here, "name"))
        if name in found:
            decoder.fault(f"extension {name!r} stands twice", (*here, "name"), "remove or rename one", _TWICE)
        if not _is_json(each.get("extension")):
            decoder.fault("infinity and not-a-number cannot be kept", here, rule=_NOT_ALLOWED)
        found[name] = {**each, "name": name, "extension": each.get("extension")}
    return list(found.values())


def _is_json(value: object) -> bool:
    if isinstance(value, float):
        return value - value == 0
    if isinstance(value, dict):
        return all(_is_json(item) for item in value.values())
    return all(_is_json(item) for item in value) if isinstance(value, list) else True


def exec_config(decoder: _Decoder, value: object, path: Path) -> Body:
    """An exec plugin's settings, with client-go's default interactiveMode for the old versions."""
    body = fields(decoder, value, path, _TYPES[EXEC])
    raw = value if isinstance(value, dict) else {}
    for field in _LISTS:  # null and [] stay apart, as in kubectl
        if field in raw and raw[field] is None:
            body[field] = None
    if not body.get("interactiveMode") and body.get("apiVersion") in DEFAULT_MODE:
        body["interactiveMode"] = "IfAvailable"
    return body


def exec_env(decoder: _Decoder, value: object, path: Path) -> list[Body]:
    """The environment of an exec plugin."""
    found: list[Body] = []
    for index, item in enumerate(decoder.items(value, path)):
        each = {} if item is None else mapping(decoder, item, (*path, index))
        pair = {field: string(decoder, each.get(field), (*path, index, field)) for field in _PAIR}
        found.append(pair | {key: rest for key, rest in each.items() if key not in pair})
    return found


def auth_provider(decoder: _Decoder, value: object, path: Path) -> Body:
    """A legacy provider: its name and settings, both always printed."""
    body = fields(decoder, value, path, _TYPES[PROVIDER])
    return {"name": body.pop("name", ""), "config": body.pop("config", None)} | body


_CHECKS: dict[str, Check] = {
    STRING: string, BOOL: boolean, BYTES: data, STRINGS: strings, MAP: string_map, LISTS: string_lists,
    EXEC: exec_config, PROVIDER: auth_provider, ENV: exec_env, EXTENSIONS: extensions,
}  # fmt: skip
_TYPES = {part: {row[0]: _CHECKS[row[1]] for row in rows} for part, rows in FIELDS.items() if part != TOP}
