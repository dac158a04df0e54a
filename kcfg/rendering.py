"""Spec → target kubeconfig: what kubectl should see. Pure: files and secrets come through functions."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from kcfg.errors import Problem, SecretError, SecretNotFound, SpecError, count
from kcfg.kubeconfig.decode import DEFAULT_MODE
from kcfg.kubeconfig.difference import NOT_COMPARED
from kcfg.kubeconfig.model import Entry, Kubeconfig
from kcfg.pem import certificates_only
from kcfg.secrets.pair import split_pair
from kcfg.secrets.ref import SecretRef, is_ref
from kcfg.secrets.secret import Secret, pick_property
from kcfg.spec.models import Extension, SecretRefBox, User
from kcfg.spec.presets import preset_stanza
from kcfg.spec.references import reference, secret_fields
from kcfg.spec.secrets import certificate_of, store_declaration
from kcfg.stanza import make_stanza

if TYPE_CHECKING:
    from kcfg.spec.declared import Declared, Spec

MODES = ("exec", "inline", "omit")
T = TypeVar("T")
ReadFile = Callable[[str], bytes]
ReadSecret = Callable[[SecretRef], Secret]


@dataclass(frozen=True, slots=True)
class Target:
    """How to render: credential mode, where the result will stand, who calls the plugin."""

    credentials: str = "exec"
    directory: str | None = None  # None: the place is unknown (standard output), so paths become absolute
    credential_command: str = "kcfg-credential"


def render(
    spec: Spec,
    target: Target | None = None,
    *,
    contexts: Iterable[str] | None = None,
    read_file: ReadFile | None = None,
    read_secret: ReadSecret | None = None,
) -> Kubeconfig:
    """Return the kubeconfig that `spec` declares, or only `contexts` and what they refer to.

    Raises SpecError with every user that cannot be expressed in the mode, and SecretError that names every missing
    secret. Files are read as `spec.read` does, if `read_file` is not given. In mode `exec` no secret is read;
    `read_secret` is for `inline` alone. Without it, inlined values are `NOT_COMPARED`: such a kubeconfig can be
    planned with, and not be written.
    """
    job = _Render(spec, target or Target(), read_file or spec.read, read_secret)
    names = None if contexts is None else list(contexts)
    kept = spec.contexts if names is None else {name: spec.contexts[name] for name in names}
    clusters = spec.clusters if names is None else _referred(spec.clusters, (c.entry.cluster for c in kept.values()))
    users = spec.users if names is None else _referred(spec.users, (c.entry.user for c in kept.values()))
    config = Kubeconfig()
    config.clusters = {name: job.entry(declared, job.cluster(declared)) for name, declared in clusters.items()}
    config.users = {name: job.entry(declared, job.user(declared)) for name, declared in users.items()}
    config.contexts = {name: job.entry(declared, _context(declared)) for name, declared in kept.items()}
    if spec.current_context and spec.current_context[0] in kept:
        config.current_context = spec.current_context[0]
    job.raise_problems()
    return config


def _referred(entries: dict[str, T], names: Iterable[str | None]) -> dict[str, T]:
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

    def __init__(self, spec: Spec, target: Target, read_file: ReadFile, read_secret: ReadSecret | None) -> None:
        self.spec = spec
        self.target = target
        self.read_file = read_file
        self.read_secret = read_secret
        self.problems: list[Problem] = []
        self.missing: list[str] = []
        self.hints: set[str] = set()

    def entry(self, declared: Declared[Any], body: dict[str, Any]) -> Entry:
        return Entry(declared.entry.name, body, origin=declared.source.file)

    def raise_problems(self) -> None:
        if self.missing:
            listed = "\n".join(f"  {line}" for line in sorted(set(self.missing)))
            raise SecretError(
                f"{count(len(set(self.missing)), 'missing secret')}:\n{listed}",
                hint="`kcfg secret set KEY` stores one" if "" in self.hints else "; ".join(sorted(self.hints)[:3]),
            )
        if self.problems:
            raise SpecError("the spec cannot be rendered in this mode", problems=self.problems)

    def cluster(self, declared: Declared[Any]) -> dict[str, Any]:
        body: dict[str, Any] = declared.entry.model_dump(
            by_alias=True, exclude_none=True, exclude={"name", "labels", "extensions"}
        )
        self.place(body, declared, "certificate-authority")
        self.certificates(body, declared, "certificate-authority-data")
        return body | _extensions(declared.entry.extensions)

    def place(self, body: dict[str, Any], declared: Declared[Any], *fields: str) -> None:
        """Make path fields right for where the kubeconfig will stand."""
        for field in fields:
            if field in body:
                body[field] = self.path(body[field], declared)

    def path(self, path: str, declared: Declared[Any]) -> str:
        if os.path.isabs(path):
            return path
        absolute = os.path.abspath(os.path.join(declared.source.directory, path))
        if self.target.directory is None:
            return absolute
        return os.path.relpath(absolute, self.target.directory)

    def user(self, declared: Declared[User]) -> dict[str, Any]:
        user = declared.entry
        body: dict[str, Any] = user.model_dump(
            by_alias=True, exclude_none=True, exclude={"name", "labels", "extensions"}
        )
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
        references = {path: value for path, value in secret_fields(user) if _is_reference(value)}
        if references:
            getattr(self, f"_user_{self.target.credentials}")(declared, body, references)
        return body | _extensions(user.extensions)

    def _user_omit(self, declared: Declared[User], body: dict[str, Any], references: dict[Any, Any]) -> None:
        for path in references:
            _remove(body, path)
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
            if ref.property:
                secret = pick_property(secret, ref.property)
            return secret.reveal()
        except SecretNotFound as error:
            self.missing.append(f"{declared.source.locate((*declared.path, *path))}: {error.message}")
            self.hints.add(error.hint)
            return None

    def _inline_value(self, declared: Declared[User], body: dict[str, Any], path: Any, value: str) -> str:
        if path != ("client-key-data",):
            return value.rstrip("\r\n")
        certificate, key = split_pair(value)
        if certificate and not {"client-certificate", "client-certificate-data"} & body.keys():
            field = "client-certificate-data"
            body[field] = self._only_certificates(declared, field, certificate.encode())
        if "-----BEGIN" not in key:
            self.problems.append(
                declared.problem(
                    "the stored client key is no PEM key",
                    *path,
                    rule="KCFG106",
                    hint="store the PEM text of the key",
                )
            )
        return b64encode(key.encode()).decode()

    def _user_exec(self, declared: Declared[User], body: dict[str, Any], references: dict[Any, Any]) -> None:
        if problem := _exec_fault(declared, references):
            self.problems.append(problem)
            return
        ((path, value),) = references.items()
        certificate = certificate_of(declared, self.read_file) if path == ("client-key-data",) else None
        for field in (path[0], "client-certificate", "client-certificate-data"):
            body.pop(field, None)
        ref = reference(value)
        body["exec"] = make_stanza(
            ref,
            kind="token" if path == ("token",) else "client-certificate",
            spec_name=self.spec.name,
            store=self.store(ref),
            certificate_pem=certificate,
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


def only_inline(spec: Spec, context: str) -> bool:
    """Return whether a context's user has references that no exec stanza can carry: basic auth, another plugin's."""
    declared = spec.users.get(spec.contexts[context].entry.user or "")
    references = (
        {path: value for path, value in secret_fields(declared.entry) if _is_reference(value)} if declared else {}
    )
    return declared is not None and bool(references) and _exec_fault(declared, references) is not None


def _exec_fault(declared: Declared[User], references: dict[Any, Any]) -> Problem | None:
    """Return why an exec stanza cannot carry this user's credentials, or None."""
    user, path = declared.entry, next(iter(references))
    for each in references:
        if each == ("password",):
            return declared.problem(
                "the exec protocol has no username and password",
                "password",
                rule="KCFG301",
                hint="render with --credentials inline, or use `kcfg exec`",
            )
        if len(each) > 1:
            return declared.problem(
                "a reference inside another plugin's settings cannot be delivered in mode exec",
                *each,
                rule="KCFG302",
                hint="render with --credentials inline",
            )
    others = [
        name
        for name, value in {
            "token": user.token,
            "tokenFile": user.token_file,
            "username": user.username,
            "client-key-data": user.client_key_data,
            "client-key": user.client_key,
            "exec": user.exec,
            "auth": user.auth,
            "auth-provider": user.auth_provider,
        }.items()
        if value is not None and (name,) != path
    ]
    if others:
        return declared.problem(
            f"beside {others[0]}, kubectl would never run the plugin for this reference",
            *path,
            rule="KCFG303",
            hint="remove one of them, make it two users, or render with --credentials inline",
        )
    return None


def _is_reference(value: str | SecretRefBox) -> bool:
    return isinstance(value, SecretRefBox) or is_ref(value)


def _set(body: Any, path: Any, value: object) -> None:
    for step in path[:-1]:
        body = body[step]
    body[path[-1]] = value


def _remove(body: Any, path: Any) -> None:
    for step in path[:-1]:
        body = body[step]
    del body[path[-1]]
