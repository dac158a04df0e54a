"""The round trip: what the spec renders to, its secrets resolved, against the kubeconfig it was made of."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from collections.abc import Container

from kcfg.dataclass import dataclass, field, replace
from kcfg.exec_stanza import direct_stanza, read_stanza, written_by_default
from kcfg.importing.entries import ReadFile
from kcfg.importing.unknown import with_unknown
from kcfg.kubeconfig.decode import decode
from kcfg.kubeconfig.difference import canonical, compare
from kcfg.kubeconfig.fields import BYTES, CERTIFICATES, USERS, names
from kcfg.kubeconfig.flatten import flatten
from kcfg.kubeconfig.model import SECTIONS, Kubeconfig
from kcfg.rendering import ReadSecret, RenderOptions, render
from kcfg.repair import repair
from kcfg.yaml.numbers import yaml_number
from kcfg.yaml.parse import Document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.spec.spec import Spec

_PEM = {*CERTIFICATES, *names(USERS, BYTES)}
_ENDINGS = ("token", "password")


@dataclass(slots=True)
class Proof:
    """What came back: how many entries are equal, and the fields that are not."""

    equal: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)


def prove(
    before: Kubeconfig, spec: Spec, *, read_file: ReadFile, read_secret: ReadSecret, referred: Container[str] = ()
) -> Proof:
    """Render and compare every entry of `before`; values are never quoted.

    The `referred` users had kcfg's own stanza, and must get it back; all others their secrets. Another tool's plugin
    that kcfg's ran to keep its answers counts as that plugin.
    """
    own = {name: each for name, each in spec.users.items() if name in referred}
    others = {name: each for name, each in spec.users.items() if name not in referred}
    target = RenderOptions("inline")
    rendered = render(replace(spec, users=others), target, read_file=read_file, read_secret=read_secret)
    rendered.users |= render(replace(spec, users=own), RenderOptions("exec"), read_file=read_file).users
    for entry in before.users.values():
        if isinstance(stanza := entry.body.get("exec"), dict):
            entry.body = {**entry.body, "exec": direct_stanza(stanza)}
    for name in own.keys() & before.users.keys():
        body = before.users[name].body
        if (said := read_stanza(body["exec"])) is not None:
            before.users[name].body = {**body, "exec": written_by_default(body["exec"], said)}
    return compare_entries(_flat(before, read_file), _flat(_as_read(rendered), read_file))


def compare_entries(before: Kubeconfig, after: Kubeconfig) -> Proof:
    """Compare entries as kubectl understands them; what only `after` has is not looked at."""
    proof = Proof()
    for section in SECTIONS:
        for name, entry in before.section(section).items():
            other = after.section(section).get(name)
            if other is None:
                proof.differences.append(f"{section}.{name}: missing in the spec")
                continue
            one, two = (canonical(section, with_unknown(section, each)) for each in (entry, other))
            for key in _ENDINGS:  # a line break at the end of a token is no part of it
                if isinstance(one.get(key), str):
                    one[key] = one[key].rstrip("\r\n")
            found = [".".join(change.path) for change in compare(_numbers(one), _numbers(two))]
            proof.differences += [f"{section}.{name}.{path}: differs" for path in found]
            proof.equal[section] = proof.equal.get(section, 0) + (not found)
    return proof


def _numbers(value: Any) -> Any:
    """Return a value whose numbers are what Go prints of them: to kubectl `0.0` is `0`."""
    if isinstance(value, dict):
        return {key: _numbers(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_numbers(each) for each in value]
    if isinstance(value, float):
        return "number", yaml_number(value)
    return ("number", str(value)) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_read(rendered: Kubeconfig) -> Kubeconfig:
    """Return a kubeconfig as kubectl reads it back: with the defaults of what is not said."""
    document = Document("", "", None)
    document.value = rendered.to_value()
    return decode(document)


def _flat(config: Kubeconfig, read_file: ReadFile) -> Kubeconfig:
    """Return a kubeconfig with the content of its files; what was repaired counts as it was meant."""
    flat = flatten(config, lambda path: repair(read_file(path))[0], "/")
    for entry in (*flat.clusters.values(), *flat.users.values()):
        names = _PEM & entry.body.keys()
        meant = {name: repair(a2b_base64(entry.body[name]))[0] for name in names}
        entry.body = entry.body | {name: b2a_base64(data, newline=False).decode() for name, data in meant.items()}
    return flat
