"""What a spec can reach, over all its environments: secrets and where they go, programs, variables and files.

An endpoint is where a credential is sent; a fact is anything else that a user should have allowed. Text for people is
beside what is compared and remembered.
"""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import sha256
from json import dumps

from kcfg.boundary import is_below, root_of
from kcfg.dataclass import dataclass, field
from kcfg.delivery import copies_key, wraps
from kcfg.errors import KcfgError, SecretError
from kcfg.exec_stanza import place_args
from kcfg.kubeconfig.plugins import holds_secret, own_start, shown_store, shown_words
from kcfg.secrets import find_placed, is_recorded, picks_property, settings_of, settings_of_kind
from kcfg.spec.accounts import account_of
from kcfg.spec.presets import preset_name, preset_stanza
from kcfg.spec.references import is_reference, reference, secret_fields
from kcfg.spec.secrets import store_declaration
from kcfg.trust.endpoint import Endpoint, make_endpoint
from kcfg.trust.program import account_program, found_program
from kcfg.trust.record import digest_of, recorded_store
from kcfg.trust.tracked import Tracked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from kcfg.kubeconfig.model import Kubeconfig
    from kcfg.secrets.ref import SecretRef
    from kcfg.spec.models import Cluster, User
    from kcfg.spec.models.auth import ServiceAccount
    from kcfg.spec.spec import Declared, Spec


@dataclass(slots=True)
class Reach:
    """Everything that a spec can reach."""

    root: str
    endpoints: dict[Endpoint, str] = field(default_factory=dict)  # → what people are told
    facts: dict[str, str] = field(default_factory=dict)  # digest → what people are told
    commands: dict[str, dict[str, Any]] = field(default_factory=dict)  # of `command` stores, for the plugin
    plugins: dict[str, dict[str, Any]] = field(default_factory=dict)  # environment → user → what is run
    # Of the spec as it is resolved, what entries reach: the users of a fact, and where credentials meet endpoints.
    users: dict[str, set[str]] = field(default_factory=dict)
    meetings: dict[Endpoint, list[tuple[str, str, str]]] = field(default_factory=dict)  # context, cluster, user

    def __bool__(self) -> bool:
        return bool(self.endpoints or self.facts)

    def add(self, other: Reach) -> None:
        """Add what another one has; what its entries reach stays its own."""
        self.endpoints |= other.endpoints
        self.facts |= other.facts
        self.commands |= other.commands
        self.plugins |= other.plugins


def reach_of(spec: Spec) -> Reach:
    """Return what a spec can reach, as it is resolved and in every environment that it declares."""
    from kcfg.spec.environments import resolve

    first = _Reaching(spec)
    found, tracked = first.reach, first.tracked
    base = spec.unresolved or spec
    for name in base.environments:
        if name != spec.environment:
            found.add(_Reaching(resolve(base, name, lenient=True)[0], tracked).reach)
    if spec.unresolved is not None:
        found.add(_Reaching(resolve(base, None, lenient=True)[0], tracked).reach)
    return found


def reach_of_rendering(spec: Spec) -> Reach:
    """Return what a spec can reach as it is resolved, its other environments left aside."""
    return _Reaching(spec).reach


def endpoints_of(config: Kubeconfig, credentials: Mapping[str, str], read: Callable[[str], bytes]) -> list[Endpoint]:
    """Return where the credentials of a kubeconfig's users (user → what identifies it) are sent."""
    found = []
    for context in config.contexts.values():
        cluster = config.clusters.get(context.get("cluster") or "")
        credential = credentials.get(context.get("user") or "")
        if cluster is None or credential is None:
            continue
        body = cluster.body
        ca = _digest_of_ca(body.get("certificate-authority-data"), body.get("certificate-authority") or "", read)
        insecure = bool(body.get("insecure-skip-tls-verify"))
        found.append(
            make_endpoint(
                credential,
                body.get("server") or "",
                body.get("proxy-url"),
                ca,
                body.get("tls-server-name"),
                insecure=insecure,
            )
        )
    return found


def _digest_of_ca(data: str | None, path: str, read: Callable[[str], bytes]) -> str:
    """Return a digest of the certificates; of a path that cannot be read the path."""
    from base64 import b64encode

    if data:
        return sha256("".join(data.split()).encode()).hexdigest()
    try:
        return sha256(b64encode(read(path))).hexdigest() if path else ""
    except KcfgError:
        return f"file {os.path.realpath(path)}"


def keyring_credential(spec_name: str, key: str) -> str:
    """Return what identifies an item of kcfg's own in endpoints."""
    return f"keyring kcfg/{spec_name}/{key}"


def credential_of(spec: Spec, ref: SecretRef) -> str:
    """Return what identifies a reference's secret in endpoints."""
    return _Reaching(spec, look=False).stored(ref)[0]


def facts_of(spec: Spec, ref: SecretRef) -> dict[str, str]:
    """Return what it takes to read a reference's secret, besides a store of the spec's own."""
    found = _Reaching(spec, look=False)
    found.stored(ref)
    return found.reach.facts


class _Reaching:
    """One look at a resolved spec."""

    def __init__(self, spec: Spec, tracked: Tracked | None = None, *, look: bool = True) -> None:
        self._spec = spec
        self.reach = Reach(root_of(spec.root.file))
        self.tracked = tracked or Tracked(self.reach.root)
        self._users: set[str] = set()  # those that are looked at
        if look:
            self._look_around(spec)

    def _look_around(self, spec: Spec) -> None:
        if spec.credentials == "inline":
            self._users = {name for name, user in spec.users.items() if user.entry.credentials is None}
            self._fact(
                "inline", spec.environment or "", f"environment {spec.environment}: secrets inlined into its output"
            )
        for name, user in spec.users.items():
            self._users = {name}
            if copies_key(spec, name):
                self._fact(
                    "flatten", [spec.environment or "", name], f"user {name}: its key copied into outputs (`flatten`)"
                )
            if user.entry.credentials == "inline":
                self._fact("inline-user", [spec.environment or "", name], f"user {name}: secrets inlined into outputs")
        self._users = set()
        for name, store in spec.secret_stores.items():
            if is_recorded(store.entry.provider):
                self._recorded(name)
        self._look_at_endpoints(spec)
        for declared in spec.users.values():
            if (account := account_of(declared.entry)) is not None:
                self._record_account(declared, account)

    def _look_at_endpoints(self, spec: Spec) -> None:
        credentials: dict[str, dict[str, str]] = {}
        for name, declared in spec.users.items():
            self._users = {name}
            credentials[name] = dict(self._credentials(declared))
        cas: dict[str, str] = {}
        for context in spec.contexts.values():
            cluster = spec.clusters.get(context.entry.cluster)
            for credential, shown in credentials.get(context.entry.user or "", {}).items():
                if cluster is not None and "${" not in cluster.entry.server:
                    if cluster.entry.name not in cas:
                        cas[cluster.entry.name] = self._ca(cluster)
                    endpoint = self._endpoint(credential, shown, cluster.entry, cas[cluster.entry.name])
                    met = (context.entry.name, cluster.entry.name, context.entry.user or "")
                    self.reach.meetings.setdefault(endpoint, []).append(met)

    def _endpoint(self, credential: str, shown: str, cluster: Cluster, ca: str) -> Endpoint:
        endpoint = make_endpoint(
            credential,
            cluster.server,
            cluster.proxy_url,
            ca,
            cluster.tls_server_name,
            insecure=bool(cluster.insecure_skip_tls_verify),
        )
        self.reach.endpoints[endpoint] = f"{shown} goes to {endpoint.server} {endpoint.shown()}".rstrip()
        return endpoint

    def _ca(self, cluster: Declared[Cluster]) -> str:
        entry = cluster.entry
        path = cluster.file(entry.certificate_authority or "")
        return _digest_of_ca(
            entry.certificate_authority_data, path if entry.certificate_authority else "", self._spec.read
        )

    def _credentials(self, declared: Declared[User]) -> Iterator[tuple[str, str]]:
        """Yield what identifies each credential of a user, with words for people; note what it takes to read it."""
        user = declared.entry
        for _, value in secret_fields(user):
            if not isinstance(value, str) or value.startswith("ref+"):
                try:
                    yield self.stored(reference(value))
                except KcfgError:  # a broken reference is `validate`'s business
                    continue
        for path in (user.token_file, user.client_key):
            if path is not None:
                full = os.path.realpath(declared.file(path))
                if full not in self.tracked:
                    yield self._fact("file", full, f"reads {full}"), f"the file {full}"
        if (account := account_of(user)) is not None:
            yield from self._via(account)
        elif (stanza := self._stanza(declared)) is not None:
            yield self._program(stanza, declared)

    def _via(self, account: ServiceAccount) -> Iterator[tuple[str, str]]:
        """Yield the credentials of the user that asks for a service account's tokens; note what it asks for."""
        shown = f"asks for tokens of service account {account.namespace}/{account.name} as {account.via}"
        self._fact("service-account", account.model_dump(by_alias=True, exclude_none=True), shown)
        via = self._spec.users.get(account.via)
        if via is not None and account_of(via.entry) is None:  # a chain is `validate`'s business
            yield from self._credentials(via)

    def _record_account(self, declared: Declared[User], account: ServiceAccount) -> None:
        """Note for the plugin which tokens may be asked for, as whom, and at which servers."""
        via = self._spec.users.get(account.via)
        if via is None or account_of(via.entry) is not None:
            return
        stanza = self._stanza(via) or {}
        words = [str(stanza.get("command") or ""), *(stanza.get("args") or [])]
        if not words[0] or not holds_secret(words[1:], words[0]):
            directory = os.path.realpath(via.source.directory or ".")
            program = account_program(self._spec, declared, via, stanza)
            program["pins"] = self._pins(words, directory) if words[0] else {}
            self.reach.plugins.setdefault(self._spec.environment or "", {})[declared.entry.name] = program

    def _stanza(self, declared: Declared[User]) -> dict[str, Any] | None:
        user = declared.entry
        if user.auth is not None and preset_name(user.auth):
            return preset_stanza(user.auth)
        if user.exec is not None:
            return user.exec.model_dump(by_alias=True, exclude_none=True)
        if user.auth_provider is not None:
            return {"auth-provider": user.auth_provider.model_dump(by_alias=True, exclude_none=True)}
        return None

    def _program(self, stanza: dict[str, Any], declared: Declared[User]) -> tuple[str, str]:
        directory = os.path.realpath(declared.source.directory or ".")
        words = [str(stanza.get("command") or ""), *(stanza.get("args") or [])]
        pins = self._pins(words, directory)
        theirs = wraps(declared.entry) or (words[0] and own_start(words[0], words[1:]) is None)
        if theirs and not holds_secret(words[1:], words[0]):
            plugin = {**found_program(stanza, directory), "secrets": self._places(declared.entry), "pins": pins}
            self.reach.plugins.setdefault(self._spec.environment or "", {})[declared.entry.name] = plugin
        what = {key: stanza.get(key) for key in ("command", "args", "env", "auth-provider") if stanza.get(key)}
        if "/" in words[0]:
            what["directory"] = directory
        shown = shown_words(words) if words[0] else "auth-provider"
        return self._fact("exec", [what, pins], f"runs {shown}"), f"what {words[0] or 'auth-provider'} gives"

    def _places(self, user: User) -> dict[str, list[str]]:
        """Return where the secrets of a plugin's variables are, as kcfg-credential's own arguments."""
        places = {}
        for variable in (user.exec and user.exec.env) or []:
            if is_reference(variable.value):
                with suppress(SecretError):  # a broken reference is `validate`'s business
                    ref = reference(variable.value)
                    places[variable.name] = place_args(ref, self._spec.name, store_declaration(self._spec, ref.store))
        return places

    def stored(self, ref: SecretRef) -> tuple[str, str]:
        """Return what identifies a stored secret, with words for people; note what it takes to read it."""
        if ref.service:
            shown = f"another tool's keyring item {ref.service} ({ref.username})"
            return self._fact("item", [ref.service, ref.username], f"uses {shown}"), shown
        store = store_declaration(self._spec, ref.store)
        provider = find_placed(store["provider"])
        if provider is None:
            item = f"{ref.key}#{ref.property}" if ref.property and picks_property(store) else ref.key
            return f"{self._recorded(ref.store)} {item}", f"{item} of store {ref.store}"
        lead = provider.lead(ref, self._spec.name, settings_of(store))
        if lead.asks and not (lead.kind == "file" and lead.name in self.tracked):
            self._fact(lead.kind, lead.name, f"reads {lead.what}")
        return f"{lead.kind} {lead.name}", lead.shown

    def _recorded(self, name: str) -> str:
        """Note a store that runs something by its settings; return what identifies it."""
        store = store_declaration(self._spec, name)
        directory = os.path.realpath(self._spec.secret_stores[name].source.directory or ".")
        settings = settings_of(store)
        argv = [word for each in settings_of_kind(store["provider"], "argv") for word in settings.get(each, ())]
        recorded = recorded_store(store, directory, self._pins(argv, directory))
        self.reach.commands[store["name"]] = recorded
        return self._fact(store["provider"], recorded, f"store {name} {_told(store, argv)}")

    def _pins(self, words: list[str], directory: str) -> dict[str, str]:
        """Return the files below the root that a command line names, with their digests."""
        found = {}
        for at, word in enumerate(words):
            path = os.path.realpath(os.path.join(directory, word))
            named = "/" in word or (at > 0 and os.path.isfile(path))
            if named and is_below(path, self.reach.root) and os.path.isfile(path):
                found[path] = digest_of(path)
        return found

    def _fact(self, kind: str, value: object, shown: str) -> str:
        digest = sha256(dumps([kind, value], sort_keys=True).encode()).hexdigest()
        self.reach.facts[digest] = shown
        if self._users:
            self.reach.users.setdefault(digest, set()).update(self._users)
        return digest


def _told(store: dict[str, Any], argv: list[str]) -> str:
    """Return what people are told of a store that they have to trust: what it runs, or what it is and is told."""
    if argv:
        return f"runs {shown_store(argv)}"
    said = shown_words([store["provider"], *(f"{key}={value}" for key, value in sorted(settings_of(store).items()))])
    return f"asks {said}"
