"""Spec → target kubeconfig: what kubectl should see. Pure: files and secrets come through functions."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from hashlib import sha256
from operator import getitem

from kcfg.boundary import is_below
from kcfg.dataclass import dataclass
from kcfg.delivery import ANYWHERE, KEEP, Left, copies_key, exec_fault, issued_fault, mode_of, wraps
from kcfg.errors import FileError, Problem, SecretError, SecretNotFound, SpecError, count
from kcfg.exec_stanza import API_GROUP, make_stanza, make_vendor_stanza
from kcfg.kubeconfig.decode import DEFAULT_MODE
from kcfg.kubeconfig.difference import NOT_COMPARED
from kcfg.kubeconfig.model import Entry, Kubeconfig
from kcfg.pem import certificates_only
from kcfg.secrets import picks_property
from kcfg.secrets.pair import split_pair
from kcfg.secrets.ref import SecretRef
from kcfg.secrets.secret import Secret, pick_property
from kcfg.secrets.value import check_kind
from kcfg.spec.accounts import account_of
from kcfg.spec.presets import preset_stanza
from kcfg.spec.references import is_reference, reference, secret_fields
from kcfg.spec.secrets import certificate_of, store_declaration
from kcfg.spec.spec import OWN_FIELDS, expanded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.spec.models import Extension, User
    from kcfg.spec.spec import Declared, Spec

_APART = {"name", "extensions", *OWN_FIELDS}
ReadFile = Callable[[str], bytes]
ReadSecret = Callable[[SecretRef], Secret]


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """How to render: credential mode, where the result will stand, what the plugin is called and in which API.

    Without a mode each user has its own, else the environment's, else `exec`.
    """

    credentials: str | None = None
    directory: str | None = None  # None: the place is unknown (standard output), so paths become absolute
    credential_command: str = "kcfg-credential"
    embed: str = ""  # the folder of whose public files the content goes in, see `embed_root`; "": paths stay paths
    marks: bool = False  # what stands for secrets, and is replaced before anybody reads it: not looked at
    exec_api: str = "v1"
    kept: frozenset[str] = frozenset()  # users that stay as they are, as in mode `keep`


def render(
    spec: Spec,
    target: RenderOptions | None = None,
    *,
    contexts: Iterable[str] | None = None,
    read_file: ReadFile | None = None,
    read_secret: ReadSecret | None = None,
    left: Left | None = None,
) -> Kubeconfig:
    """Return the kubeconfig that `spec` declares, or only `contexts` and what they refer to.

    A user that cannot be delivered in its mode is left out, with its contexts, where `left` takes it. Without that it
    raises SpecError with every user that cannot be expressed in the mode, and SecretError that names every missing
    secret. Users in mode `keep` are left out always, and their contexts are not. Files are read as `spec.read` does,
    if `read_file` is not given. In mode `exec` no secret is read; `read_secret` is for `inline` alone. Without it,
    inlined values are `NOT_COMPARED`: such a kubeconfig can be planned with, and not be written. Public files that
    are not embedded, though others are, are in `left.paths`.
    """
    job = _Render(spec, target or RenderOptions(), read_file or spec.read, read_secret)
    names = None if contexts is None else list(contexts)
    kept = spec.contexts if names is None else {name: spec.contexts[name] for name in names}
    clusters = spec.clusters if names is None else _referred(spec.clusters, (c.entry.cluster for c in kept.values()))
    users = spec.users if names is None else _referred(spec.users, (c.entry.user for c in kept.values()))
    config = Kubeconfig()
    config.clusters = {name: job.entry(declared, job.cluster(declared)) for name, declared in clusters.items()}
    config.users = job.users(users, left)
    config.contexts = {name: job.entry(declared, _context(declared)) for name, declared in kept.items()}
    if spec.current_context and spec.current_context[0] in kept:
        config.current_context = spec.current_context[0]
    job.raise_problems()
    if left is not None:
        left.paths |= job.outside
        _hold_back(config, left)
    return config


def _hold_back(config: Kubeconfig, left: Left) -> None:
    """Take away the contexts of users that cannot be delivered."""
    for name in [name for name, entry in config.contexts.items() if entry.body["user"] in left.held]:
        left.contexts[name] = config.contexts.pop(name).body["user"]
    if config.current_context in left.contexts:
        config.current_context = ""
        left.current = True


def _referred(entries: dict[str, Declared[Any]], names: Iterable[str | None]) -> dict[str, Declared[Any]]:
    wanted = set(names)
    return {name: entry for name, entry in entries.items() if name in wanted}


def _context(declared: Declared[Any]) -> dict[str, Any]:
    context = declared.entry
    body = {"cluster": context.cluster, "user": context.user or ""}
    if context.namespace:
        body["namespace"] = context.namespace
    return body | _extensions(context.extensions)


def _extensions(extensions: list[Extension] | None) -> dict[str, Any]:
    return {"extensions": [each.model_dump() for each in extensions]} if extensions else {}


class _Render:
    """One rendering: the spec, the target, and the Problems met on the way."""

    def __init__(self, spec: Spec, target: RenderOptions, read_file: ReadFile, read_secret: ReadSecret | None) -> None:
        self.spec = spec
        self.target = target
        self.read_file = read_file
        self.read_secret = read_secret
        self.problems: list[Problem] = []
        self.missing: list[Problem] = []
        self.outside: set[str] = set()

    def entry(self, declared: Declared[Any], body: dict[str, Any]) -> Entry:
        return Entry(declared.entry.name, body, origin=declared.source.file)

    def raise_problems(self) -> None:
        if self.missing:
            found = {(str(each.location), each.message): each for each in self.missing}
            for each in found.values():
                each.hint = each.hint or "`kcfg secret set --missing` asks for what is not stored"
            problems = [found[key] for key in sorted(found)]
            raise SecretError(count(len(problems), "missing secret"), problems=problems)
        if self.problems:
            raise SpecError("the spec cannot be rendered in this mode", problems=self.problems)

    def cluster(self, declared: Declared[Any]) -> dict[str, Any]:
        body: dict[str, Any] = declared.entry.model_dump(by_alias=True, exclude_none=True, exclude=_APART)
        self.place(body, declared, "certificate-authority")
        self.certificates(body, declared, "certificate-authority-data")
        self.embed(body, declared, "certificate-authority", declared.entry.certificate_authority)
        return body | _extensions(declared.entry.extensions)

    def place(self, body: dict[str, Any], declared: Declared[Any], *fields: str) -> None:
        """Make path fields right for where the kubeconfig will stand."""
        for field in fields:
            if field in body:
                body[field] = self.path(expanded(body[field]), declared)

    def path(self, path: str, declared: Declared[Any]) -> str:
        if os.path.isabs(path):
            return path
        absolute = os.path.abspath(os.path.join(declared.source.directory, path))
        if self.target.directory is None:
            return absolute
        return os.path.relpath(absolute, self.target.directory)

    def user(self, declared: Declared[User]) -> dict[str, Any]:
        user = declared.entry
        body: dict[str, Any] = user.model_dump(by_alias=True, exclude_none=True, exclude=_APART)
        self.place(body, declared, "client-certificate", "client-key", "tokenFile")
        self.certificates(body, declared, "client-certificate-data")
        command = user.exec.command if user.exec else ""
        if "/" in command:
            placed = self.path(command, declared)
            body["exec"]["command"] = placed if "/" in placed else f"./{placed}"
        if user.auth is not None:
            del body["auth"]
            body["exec"] = preset_stanza(user.auth)
        if (body.get("exec") or {}).get("apiVersion") in DEFAULT_MODE:
            body["exec"].setdefault("interactiveMode", "IfAvailable")  # what kubectl reads where nothing is said
        if account_of(user) is not None:
            self._service_account(declared, body)
        references = {path: value for path, value in secret_fields(user) if is_reference(value)}
        if references:
            mode = mode_of(self.spec, user.name, self.target.credentials)
            modes = {"omit": self._user_omit, "inline": self._user_inline, "exec": self._user_exec}
            modes[mode](declared, body, references)
        self.embed(body, declared, "client-certificate", user.client_certificate)
        if self.target.embed == ANYWHERE and copies_key(self.spec, user.name, self.target.credentials):
            self._copy_key(body, declared)
        return body | _extensions(user.extensions)

    def _copy_key(self, body: dict[str, Any], declared: Declared[User]) -> None:
        """Put the content of the key's file into the entry; what stands for it where no secret is read."""
        path = declared.file(declared.entry.client_key or "")
        del body["client-key"]
        if self.read_secret is None:
            body["client-key-data"] = NOT_COMPARED
            return
        try:
            content = self.read_file(path)
            if self.target.marks:
                content = f"{path} ({sha256(content).hexdigest()[:16]})".encode()
            else:
                text = Secret(content.decode("utf-8", "replace"))
                check_kind(text, "client-key", certificate=certificate_of(declared, self.read_file))
        except (FileError, SecretError) as error:
            message, hint = f"{path}: {error.message}", "name the PEM file of the key"
            self.problems.append(declared.problem(message, "client-key", rule="KCFG106", hint=hint))
            return
        body["client-key-data"] = b64encode(content).decode()

    def embed(self, body: dict[str, Any], declared: Declared[Any], field: str, written: str | None) -> None:
        """Put the certificates of a public file into the entry, if it lies below the root.

        What cannot be read, or holds none, stays a path: `kcfg.spec.certificates` has told it.
        """
        if not self.target.embed or not written or field not in body or f"{field}-data" in body:
            return
        path = declared.file(written)
        if not is_below(self.spec.tree.real(path), self.target.embed):
            self.outside.add(body[field])
            return
        try:
            kept = certificates_only(self.read_file(path))
        except FileError:
            return
        if kept:
            body[f"{field}-data"] = b64encode(kept).decode()
            del body[field]

    def users(self, users: Mapping[str, Declared[User]], left: Left | None) -> dict[str, Entry]:
        """Render users; those that cannot be delivered go into `left`, if there is one."""
        rendered: dict[str, Entry] = {}
        for name, declared in users.items():
            if name in self.target.kept or mode_of(self.spec, name, self.target.credentials) == KEEP:
                if left is not None:
                    left.kept.add(name)
                continue
            before = len(self.problems)
            body = self.user(declared)
            if left is not None and len(self.problems) > before:
                left.held[name] = self.problems[before:]
                del self.problems[before:]
                continue
            rendered[name] = self.entry(declared, body)
        return rendered

    def _user_omit(self, declared: Declared[User], body: dict[str, Any], references: dict[Any, Any]) -> None:
        for path in references:
            del reduce(getitem, path[:-1], body)[path[-1]]
        if ("password",) in references:
            body.pop("username", None)
        if ("client-key-data",) in references:  # kubectl refuses a certificate without its key
            body.pop("client-certificate", None)
            body.pop("client-certificate-data", None)
        if any(path[0] == "exec" for path in references):
            # A variable without its value is worse than none.
            body["exec"]["env"] = [each for each in body["exec"]["env"] if "value" in each]

    def _user_inline(self, declared: Declared[User], body: dict[str, Any], references: dict[Any, Any]) -> None:
        if self.read_secret is None:
            for path in references:
                _set(body, path, NOT_COMPARED)
            if ("client-key-data",) in references and "client-certificate" not in body:
                body.setdefault("client-certificate-data", NOT_COMPARED)
            return
        for path, value in references.items():
            secret = self._secret(declared, path, reference(value))
            if secret is not None:
                _set(body, path, self._inline_value(declared, body, path, secret))

    def _secret(self, declared: Declared[User], path: Any, ref: SecretRef) -> str | None:
        assert self.read_secret is not None
        try:
            secret = self.read_secret(ref)
            # A mark stands for the whole item, whatever prints the real one.
            if ref.property and (self.target.marks or not picks_property(self.store(ref))):
                secret = pick_property(secret, ref.property)
            return secret.reveal()
        except SecretNotFound as error:
            self.missing.append(declared.problem(error.message, *path, rule="", hint=error.hint))
            return None

    def _inline_value(self, declared: Declared[User], body: dict[str, Any], path: Any, value: str) -> str:
        if path != ("client-key-data",):
            return value.rstrip("\r\n")
        if not self.target.marks:
            try:
                check_kind(Secret(value), "client-key", certificate=certificate_of(declared, self.read_file))
            except SecretError as error:
                self.problems.append(declared.problem(error.message, *path, rule="KCFG106", hint=error.hint))
                return ""
        certificate, key = split_pair(value)
        if certificate and not {"client-certificate", "client-certificate-data"} & body.keys():
            body["client-certificate-data"] = b64encode(certificate.encode()).decode()
        return b64encode(key.encode()).decode()

    def _user_exec(self, declared: Declared[User], body: dict[str, Any], references: dict[Any, Any]) -> None:
        if problem := exec_fault(declared, references):
            self.problems.append(problem)
            return
        if wraps(declared.entry):
            body["exec"] = self._recorded(declared, body["exec"])
            return
        ((path, value),) = references.items()
        certificate, ref = None, reference(value)
        if path == ("client-key-data",):
            certificate = certificate_of(declared, self.read_file)
        for field in (path[0], "client-certificate", "client-certificate-data"):
            body.pop(field, None)
        body["exec"] = make_stanza(
            ref,
            kind="token" if path == ("token",) else "client-certificate",
            spec_name=self.spec.name,
            store=self.store(ref),
            certificate_pem=certificate,
            command=self.target.credential_command,
            exec_api=self.target.exec_api,
        )

    def _service_account(self, declared: Declared[User], body: dict[str, Any]) -> None:
        mode = mode_of(self.spec, declared.entry.name, self.target.credentials)
        stanza = body.pop("exec")
        if mode == "inline":
            self.problems.append(issued_fault(declared))
        elif mode == "exec":
            body["exec"] = self._recorded(declared, stanza | {"apiVersion": f"{API_GROUP}{self.target.exec_api}"})

    def _recorded(self, declared: Declared[User], stanza: dict[str, Any]) -> dict[str, Any]:
        """Return the stanza of what the trust record has of a user."""
        return make_vendor_stanza(
            stanza,
            spec_name=self.spec.name,
            environment=self.spec.environment or "",
            user=declared.entry.name,
            command=self.target.credential_command,
        )

    def store(self, ref: SecretRef) -> dict[str, Any]:
        return store_declaration(self.spec, ref.store, self.target.directory)

    def certificates(self, body: dict[str, Any], declared: Declared[Any], field: str) -> None:
        """Write the certificates of a field anew; what else is in there stays behind."""
        if body.get(field) and body[field] is not NOT_COMPARED:
            body[field] = self._only_certificates(declared, field, b64decode(body[field]))

    def _only_certificates(self, declared: Declared[Any], field: str, content: bytes) -> str:
        kept = certificates_only(content)
        if not kept:
            self.problems.append(
                declared.problem(f"no certificate for {field}", rule="KCFG106", hint="it takes PEM certificates")
            )
        return b64encode(kept).decode()


def _set(body: Any, path: Any, value: object) -> None:
    reduce(getitem, path[:-1], body)[path[-1]] = value
