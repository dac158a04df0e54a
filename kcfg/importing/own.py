"""Users whose kubeconfig had kcfg's own stanza: the reference comes back, and their secret stays where it is.

An item of another spec, or of another tool, stays the item that it is. Where no reference leads to the place, the
stanza stays.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kcfg.errors import SecretError
from kcfg.exec_stanza import COMMAND, Own, item_of, plugin_args, reference_in, store_of, vendor_spec
from kcfg.importing.draft import Draft
from kcfg.importing.entries import Fit
from kcfg.kubeconfig.model import Body
from kcfg.pem import certificates_only, chain_only
from kcfg.secrets import block_of, find_provider, is_recorded_at, settings_of, settings_of_kind
from kcfg.secrets.ref import SecretRef, slug_key
from kcfg.spec.secrets import placed_store
from kcfg.trust.record import declared_store

FindCommand = Callable[[str], Mapping[str, Any]]
FindPlugin = Callable[[str], Mapping[str, Any]]
_FIELDS = {"token": "token", "client-certificate": "client-key-data"}
_DEFAULT: Body = {"name": "default", "provider": "keyring"}
_FAR = "kept as it is: no store of this spec leads to its secret; declare one that does, and refer to it"


def refer(draft: Draft, spec_name: str, stores: Iterable[Body], find_command: FindCommand | None = None) -> None:
    """Put references where kcfg's own stanzas stood.

    With `find_command` (a store's name → what the user trusts it to run) it declares stores that are missing; then
    `stores` are those of a new spec.
    """
    users = [each for each in draft.entries["users"].values() if each.own is not None]
    job = _Referring(draft, spec_name, list(stores), find_command)
    for each in sorted(users, key=lambda each: each.own is not None and not _is_recorded(each.own)):
        assert each.own is not None
        ref = job.reference(each.own, each.name)
        if ref is None or not _put(each, each.own, ref):
            each.notes.append(_FAR)
            continue
        draft.referred[each.name] = ref
        command = str(each.value.pop("exec")["command"])
        each.notes += _notes(command, ref, spec_name, new=find_command is not None)


def unwrap(draft: Draft, spec_name: str, stores: Iterable[Body], find_plugin: FindPlugin) -> None:
    """Put another tool's plugin, with references in its variables, where kcfg's own starts it for this very spec.

    `find_plugin` gives what the user trusts a user of the spec to run; where it raises SecretError the stanza stays.
    """
    job = _Referring(draft, spec_name, list(stores), None)
    for each in draft.entries["users"].values():
        stanza = each.value.get("exec") or {}
        if plugin_args(stanza) != ["--spec", spec_name, "--user", each.name] or not vendor_spec(stanza):
            continue
        try:
            plugin = find_plugin(each.name)
        except SecretError:
            continue
        if "account" in plugin:
            _put_account(draft, each, plugin)
            continue
        variables = {name: job.variable(place, each.name) for name, place in plugin["secrets"].items()}
        if not variables or not all(variables.values()):
            continue
        draft.referred[each.name] = next(ref for ref in variables.values() if ref)
        stanza = {key: value for key, value in stanza.items() if key != "installHint"}
        stanza |= {"command": plugin["command"], "args": list(plugin["args"])}
        env = [
            *(stanza.get("env") or []),
            *({"name": n, "value": _written(ref)} for n, ref in variables.items() if ref),
        ]
        each.value["exec"] = {key: value for key, value in {**stanza, "env": env}.items() if value}
        each.notes[:] = [f"runs {plugin['command']!r}, which kubectl will execute: look at it before you commit it"]


def _put_account(draft: Draft, fit: Fit, plugin: Mapping[str, Any]) -> None:
    """Write a service account by the credential of another user, where that user comes along."""
    asked, via = plugin["account"], plugin["via"]
    if via not in draft.entries["users"]:
        return
    del fit.value["exec"]
    named = {"via": via, "namespace": asked["namespace"], "name": asked["name"], "audiences": asked["audiences"]}
    said = {**named, "ttl": asked["ttl"], "bound-object": asked["bound"]}
    fit.value["auth"] = {"service-account": {key: value for key, value in said.items() if value}}
    draft.referred[fit.name] = SecretRef("")
    fit.notes[:] = [f"asks for tokens of service account {asked['namespace']}/{asked['name']} as {via!r}"]


class _Referring:
    """The stores that references may name, with those that were added."""

    def __init__(self, draft: Draft, spec_name: str, stores: list[Body], find_command: FindCommand | None) -> None:
        self._draft = draft
        self._spec_name = spec_name
        self._find_command = find_command
        self._stores = stores if any(each["name"] == "default" for each in stores) else [_DEFAULT, *stores]

    def reference(self, own: Own, user: str) -> SecretRef | None:
        slug = slug_key(user)
        likely = (f"{slug}/{'token' if own.kind == 'token' else 'client-key'}", slug)
        for store in self._stores:
            if ref := self._in(own, store, likely):
                return ref
        for store in self._missing(own, likely) if self._find_command else ():
            if ref := self._in(own, store, likely):
                self._declare(store)
                return ref
        return item_of(own)

    def variable(self, place: list[str], user: str) -> SecretRef | None:
        """Return the reference that leads where a variable's secret is, by kcfg-credential's own arguments."""
        cut = place.index("--property") if "--property" in place else len(place)
        return self.reference(Own("token", place[:cut], "".join(place[cut + 1 :]), None, []), user)

    def _in(self, own: Own, store: Body, likely: tuple[str, ...]) -> SecretRef | None:
        return reference_in(own, placed_store(store, ""), self._spec_name, likely)

    def _missing(self, own: Own, likely: tuple[str, ...]) -> Iterable[Body]:
        """Yield the store that it would take."""
        if _is_recorded(own):
            yield from self._recorded(own.place[1])
        elif (store := store_of(own, likely)) is not None:
            provider = str(store["provider"])
            for name in settings_of_kind(provider, "folder"):
                store[provider][name] = _shortened(store[provider][name])
            yield {"name": self._free_name(provider), **store}

    def _recorded(self, named: str) -> Iterable[Body]:
        """Yield the store that the user trusts by this name, unless another has it here."""
        spec_name, _, name = named.rpartition("/")
        if spec_name != self._spec_name or "@" in name or not (name != "default" or self._is_default_free()):
            return
        if name != "default" and name in {each["name"] for each in self._stores}:
            return
        assert self._find_command is not None
        try:
            found = self._find_command(name)
        except SecretError:
            return
        store = declared_store(name, found)
        said = {each["name"]: each.get("default") for each in find_provider(store["provider"]).SETTINGS}
        settings = {key: each for key, each in settings_of(store).items() if each != said.get(key)}
        yield {**store, block_of(store["provider"]): settings}

    def _is_default_free(self) -> bool:
        return self._stores[0] is _DEFAULT and not any(each.secrets for each in self._draft.entries["users"].values())

    def _declare(self, store: Body) -> None:
        if store["name"] == "default":
            self._stores.pop(0)
        self._stores.append(store)
        self._draft.stores.append(store)

    def _free_name(self, provider: str) -> str:
        taken = {each["name"] for each in self._stores}
        names = (provider, *(f"{provider}-{number}" for number in range(2, len(taken) + 2)))
        return next(name for name in names if name not in taken)


def _put(fit: Fit, own: Own, ref: SecretRef) -> bool:
    """Write the reference, and the certificate beside it; False where that would not come back as it was."""
    if own.certificate is not None:
        content = certificates_only(own.certificate.encode())
        if own.kind == "token" or chain_only(content) != own.certificate.encode():
            return False
        fit.pem["client-certificate"] = content
        fit.value["client-certificate-data"] = b64encode(content).decode()
    fit.value[_FIELDS[own.kind]] = _written(ref)
    return True


def _written(ref: SecretRef) -> Any:
    if not ref.service:
        return str(ref)
    named: Body = {"keyring": {"service": ref.service, "username": ref.username}}
    return {"secretRef": {**named, "property": ref.property} if ref.property else named}


def _notes(command: str, ref: SecretRef, spec_name: str, *, new: bool) -> Iterable[str]:
    head, _, rest = ref.service.partition("/")
    other = rest.partition("/")[0]
    if new and head == "kcfg" and other not in ("", spec_name):
        yield f"its secret stays an item of the spec {other!r}: with --name {other} it would be this spec's own"
    if command == "kcfg":
        yield f"was written for 'kcfg credential': a spec renders {COMMAND!r}"
    elif command != COMMAND:
        yield f"was written for {command!r}: --credential-command of render and apply names it again"


def _is_recorded(own: Own) -> bool:
    return is_recorded_at(own.place[0])


def _shortened(directory: str) -> str:
    home = os.path.expanduser("~")
    return f"~{directory[len(home) :]}" if directory.startswith(f"{home}/") else directory
