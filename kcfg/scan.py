"""Plain-text secrets in specs and kubeconfigs that are about to be committed: where, never what. Pure.

Any text may be given: what is no spec and no kubeconfig has nothing to say here, and is passed over fast.
"""

from __future__ import annotations

import os
import re
from binascii import a2b_base64
from collections.abc import Iterator

from kcfg.errors import KcfgError, Location, Problem, show_path
from kcfg.kubeconfig.fields import CERTIFICATES
from kcfg.kubeconfig.model import Entry
from kcfg.kubeconfig.plugins import redact_args, shown_variable
from kcfg.kubeconfig.redact import redact_entry
from kcfg.kubeconfig.secret_patterns import PLACEHOLDERS
from kcfg.kubeconfig.tokens import is_access_key_id, token_spans
from kcfg.pem import data_holds_private_key, private_key
from kcfg.plainjson import parse_json
from kcfg.secrets import PROVIDERS, settings_of_kind
from kcfg.secrets.ref import is_ref
from kcfg.spec.presets import PRESETS
from kcfg.yaml.parse import Document, Path, parse_yaml_documents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Without one of these words a text is neither.
_WORDS = re.compile(rb"(?:users|clusters|contexts|kind)[\"']?[ \t]*:|u\0s\0e\0r\0s|\0u\0s\0e\0r\0s")
_MEANT = re.compile(rb"(?m)^[ \t]*[\"']?kind[\"']?[ \t]*:[ \t]*[\"']?(?:Config|KubeconfigSpec)[\"']?[ \t]*,?\r?$")
# A page or a program may quote one; a file of these endings is one.
_ENDINGS = ("", ".yaml", ".yml", ".json", ".conf", ".config", ".kubeconfig")
_WRAPPERS = {"clusters": "cluster", "users": "user", "contexts": "context"}
_HINTS = {
    True: "`kcfg secret set KEY` stores it; write ref+default://KEY here",
    False: "`kcfg secret migrate FILE` moves it into the keyring; or do not commit this file",
}

_ARGUMENT = "arguments take no reference: let the plugin read it from its own store or a file"
_SEALED = "encrypt it (SOPS, sealed secrets), or let `kcfg render --to` write it where it is applied"
# On one line, or broken otherwise: what cannot be looked into is told.
_CONFIG = re.compile(rb"kind[\"']?\s*:\s*[\"']?Config\b")
_FIELD = re.compile(rb"(?:token|password|client-key-data)[\"']?\s*:")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]+={0,2}")


def find_secrets(raw: bytes, source: str, passed: list[str] | None = None) -> list[Problem]:
    """Return a Problem for every plain-text secret of a spec, a kubeconfig, a manifest that holds one, or a key file.

    What could not be looked into is added to `passed`, with the reason.
    Raises KcfgError when a text that says it is one of the first two cannot be parsed.
    """
    if b"PRIVATE KEY-----" in raw and private_key(raw) is not None:
        line = raw[: raw.index(b"PRIVATE KEY-----")].count(b"\n") + 1
        return [_problem("private key in plain text", Location(source, line, 1))]
    if _holds_encoded(raw):
        return [_problem("base64 of a text with a plain-text secret", Location(source, 1, 1))]
    if not _WORDS.search(raw) and b"sops" not in raw:
        return []
    try:
        documents = parse_yaml_documents(raw, source)
    except KcfgError:
        meant = _MEANT.search(raw) or (_CONFIG.search(raw) and _FIELD.search(raw))
        if meant and os.path.splitext(source)[1].lower() in _ENDINGS:
            raise
        if passed is not None and os.path.splitext(source)[1].lower() in _ENDINGS[1:]:
            passed.append(f"{source} (cannot be parsed)")
        return []
    values = [document.value for document in documents]
    if passed is not None and any(isinstance(each, dict) and isinstance(each.get("sops"), dict) for each in values):
        passed.append(f"{source} (encrypted with SOPS)")
    found = [problem for document in documents for problem in _in_document(document)]
    if any(_is_ours(document.value) for document in documents):
        found += _in_lines(raw, source, {each.location.line for each in found if each.location})
    return found


def _problem(message: str, location: Location, path: str = "", *, hint: str = _HINTS[False]) -> Problem:
    return Problem(message, location=location, path=path, rule="KCFG201", hint=hint)


def _is_ours(value: object) -> bool:
    return isinstance(value, dict) and (value.get("kind") == "KubeconfigSpec" or _is_kubeconfig(value))


def _in_lines(raw: bytes, source: str, told: set[int]) -> Iterator[Problem]:
    """Yield the tokens that stand outside of any value that was judged: in comments, names, labels."""
    for number, line in enumerate(raw.decode("utf-8", "replace").split("\n"), 1):
        spans = [] if number in told else [at for at, end in token_spans(line) if not is_access_key_id(line[at:end])]
        if spans:
            yield _problem("what looks like a token stands here", Location(source, number, spans[0] + 1))


def _holds_encoded(raw: bytes) -> bool:
    """Return whether a text is nothing but base64 of one that holds a secret."""
    bare = b"".join(raw.split())
    return len(bare) > 40 and _BASE64.fullmatch(bare) is not None and _embeds(_decoded(bare))


def _decoded(text: bytes | str) -> bytes:
    try:
        return a2b_base64(text)
    except ValueError:
        return b""


def _embeds(raw: bytes) -> bool:
    """Return whether a text inside another one holds a secret; one that cannot be read does."""
    try:
        return bool(find_secrets(raw, "")) or _is_argo(raw)
    except KcfgError:
        return True


def _is_argo(raw: bytes) -> bool:
    """Return whether a text is Argo CD's `config` of a cluster, with a credential."""
    if not raw.lstrip().startswith(b"{") or (b"lientConfig" not in raw and b"bearerToken" not in raw):
        return False
    try:
        value = parse_json(raw.decode())
    except ValueError:
        return False
    if not isinstance(value, dict):
        return False
    tls = value.get("tlsClientConfig")
    return bool(value.get("bearerToken") or value.get("password") or (isinstance(tls, dict) and tls.get("keyData")))


def _in_manifest(value: dict[str, Any], path: Path) -> Iterator[Path]:
    """Yield the fields of Secrets and ConfigMaps that hold a kubeconfig, a key or Argo CD's config with a secret."""
    for index, item in enumerate(_list(value.get("items"))):
        if isinstance(item, dict):
            yield from _in_manifest(item, (*path, "items", index))
    if value.get("kind") not in ("Secret", "ConfigMap"):
        return
    for field in ("data", "stringData", "binaryData"):
        texts = value.get(field)
        is_encoded = field == "binaryData" or (field == "data" and value["kind"] == "Secret")
        for key, text in (texts if isinstance(texts, dict) else {}).items():
            if not isinstance(text, str) or is_encrypted(value, text):
                continue
            if _embeds(_decoded(text) if is_encoded else text.encode()):
                yield *path, field, key


def _in_document(document: Document) -> Iterator[Problem]:
    value = document.value
    if not isinstance(value, dict):
        return
    for path in _in_manifest(value, ()):
        yield _problem("plain-text secret", document.locate(path), show_path(path), hint=_SEALED)
    is_spec = value.get("kind") == "KubeconfigSpec"
    if not is_spec and not _is_kubeconfig(value):
        return
    for path in (*_in_entries(value), *(_in_spec(value) if is_spec else _in_rest(value))):
        if is_encrypted(value, _at(value, path)):
            continue
        yield Problem(
            "plain-text secret",
            location=document.locate(path),
            path=show_path(path),
            rule="KCFG201",
            hint=_ARGUMENT if is_spec and "args" in path else _HINTS[is_spec],
        )


def is_encrypted(document: dict[str, Any], value: object) -> bool:
    """Return whether a value is encrypted with SOPS: so it says, in a document that SOPS has signed."""
    return isinstance(value, str) and value.startswith("ENC[") and isinstance(document.get("sops"), dict)


def _is_kubeconfig(value: dict[str, Any]) -> bool:
    if value.get("kind") not in ("Config", None, "") or value.get("apiVersion") not in ("v1", None, ""):
        return False
    return any(
        isinstance(item, dict) and isinstance(item.get(wrapper), dict)
        for section, wrapper in _WRAPPERS.items()
        for item in _list(value.get(section))
    )


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _in_entries(value: dict[str, Any]) -> Iterator[Path]:
    for section in _WRAPPERS:
        for index, item in enumerate(_list(value.get(section))):
            if isinstance(item, dict):
                yield from _in_entry(item, section, (section, index))


def _in_entry(item: dict[str, Any], section: str, path: Path) -> Iterator[Path]:
    inner = item.get(_WRAPPERS[section])
    if isinstance(inner, dict):
        yield from _in_body(inner, (*path, _WRAPPERS[section]))
        item = {key: each for key, each in item.items() if key != _WRAPPERS[section]}
    yield from _in_body({key: each for key, each in item.items() if key not in ("name", "labels")}, path)


def _in_body(body: dict[str, Any], path: Path) -> Iterator[Path]:
    entry = Entry("", dict(body))
    redact_entry(entry)
    for key, after in entry.body.items():
        # A preset names what its vendor's tool is told; none of its fields is a secret.
        is_preset = key == "auth" and isinstance(body[key], dict) and body[key].keys() <= set(PRESETS)
        if key in CERTIFICATES:
            if isinstance(body[key], str) and data_holds_private_key(body[key]):
                yield (*path, key)
        elif not is_preset:
            yield from _differences(body[key], after, (*path, key))


def _differences(before: object, after: object, path: Path) -> Iterator[Path]:
    """Yield the paths of what is hidden; references and kubectl's own placeholders are no secrets."""
    if before == after or is_ref(before) or before in PLACEHOLDERS:
        return
    if isinstance(before, dict) and "secretRef" in before:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            yield from _differences(value, after.get(key), (*path, key))
    elif isinstance(before, list) and isinstance(after, list):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differences(one, other, (*path, index))
    else:
        yield path


def _in_rest(value: dict[str, Any]) -> Iterator[Path]:
    rest = {key: each for key, each in value.items() if key not in _WRAPPERS}
    yield from _in_body(rest, ())


def _in_spec(value: dict[str, Any]) -> Iterator[Path]:
    """Yield the secrets that stand in a spec beside its entries: templates, patches, variables, commands."""
    for index, each in enumerate(_list(value.get("generate"))):
        for section, kind in _WRAPPERS.items():
            if isinstance(each, dict) and isinstance(each.get(kind), dict):
                yield from _in_entry(each[kind], section, ("generate", index, kind))
        for field in ("forEach", "include") if isinstance(each, dict) else ():
            yield from _in_matrix(each.get(field), ("generate", index, field))
    yield from _in_variables(value.get("variables"), ("variables",))
    yield from _in_stores(value, ())
    for index, each in enumerate(_list(value.get("environments"))):
        if not isinstance(each, dict):
            continue
        path: Path = ("environments", index)
        yield from _in_variables(each.get("variables"), (*path, "variables"))
        yield from _in_stores(each, path)
        for at, patch in enumerate(_list(each.get("patches"))):
            merge = patch.get("merge") if isinstance(patch, dict) else None
            if isinstance(merge, dict):
                yield from _in_body(merge, (*path, "patches", at, "merge"))
            for number, operation in enumerate(_list(patch.get("json6902")) if isinstance(patch, dict) else []):
                yield from _in_operation(operation, (*path, "patches", at, "json6902", number, "value"))


def _in_operation(operation: object, path: Path) -> Iterator[Path]:
    """Yield the secrets of a value that a JSON patch writes, as if its pointer were fields to merge."""
    if not isinstance(operation, dict) or not isinstance(pointer := operation.get("path"), str):
        return
    body, steps = operation.get("value"), pointer.split("/")[1:]
    for step in reversed(steps):
        body = [body] if step == "-" or step.isdecimal() else {step: body}
    places = _in_body(body, ()) if isinstance(body, dict) else ()
    yield from ((*path, *each[len(steps) :]) for each in places)


def _in_variables(value: object, path: Path) -> Iterator[Path]:
    for name, each in (value if isinstance(value, dict) else {}).items():
        text = each.get("default") if isinstance(each, dict) else each
        if isinstance(text, str) and shown_variable(str(name), text) != text:
            yield (*path, name, "default") if isinstance(each, dict) else (*path, name)


def _in_matrix(value: object, path: Path, name: str = "") -> Iterator[Path]:
    """Yield what a matrix gives a name that announces a secret, or is one by its form."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _in_matrix(item, (*path, key), str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _in_matrix(item, (*path, index), name)
    elif isinstance(value, str) and not is_ref(value) and shown_variable(name, value) != value:
        yield path


def _in_stores(value: dict[str, Any], path: Path) -> Iterator[Path]:
    for index, store in enumerate(_list(value.get("secretStores"))):
        for provider in PROVIDERS if isinstance(store, dict) else ():
            settings = store.get(provider)
            for name in settings_of_kind(provider, "argv") if isinstance(settings, dict) else ():
                argv = _list(settings.get(name))
                if all(isinstance(word, str) for word in argv):
                    shown = redact_args(argv, argv[0] if argv else "")
                    yield from _differences(argv, shown, (*path, "secretStores", index, provider, name))


def _at(value: Any, path: Path) -> object:
    for step in path:
        value = value[step]
    return value
