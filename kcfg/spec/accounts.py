"""Users that are service accounts: whose credential asks for their tokens, and what their `auth` may say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from kcfg.closest import suggest
from kcfg.kubeconfig.plugins import holds_secret
from kcfg.spec.references import is_reference, secret_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.errors import Problem
    from kcfg.spec.models import User
    from kcfg.spec.models.auth import ServiceAccount
    from kcfg.spec.spec import Declared, Spec

# A namespace is a label, other names are subdomains: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
SUBDOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")
BOUND_KINDS = {"pod": "Pod", "secret": "Secret", "node": "Node"}
# ValidateTokenRequest in pkg/apis/authentication/validation: at least 10 minutes, at most 2**32 seconds.
SHORTEST, LONGEST = 600, 1 << 32
_UNITS = (86400, 3600, 60, 1)
_PATH = ("auth", "service-account")


def account_of(user: User) -> ServiceAccount | None:
    """Return the service account that a user is, None for every other user."""
    return user.auth.service_account if user.auth is not None else None


def vias(users: Mapping[str, Declared[User]], names: Iterable[str | None]) -> set[str | None]:
    """Return the names of users, with those by whose credentials these are service accounts."""
    found = set(names)
    accounts = [account_of(users[name].entry) for name in found if name is not None and name in users]
    return found | {each.via for each in accounts if each is not None}


def parse_duration(text: str) -> int:
    """Return the seconds of `30m`, `8h`, `1h30m`, `90s`; 0 for what is no time."""
    found = re.fullmatch(r"(?:(\d{1,3})d)?(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,7})s)?", text)
    parts = found.groups("0") if found else ()
    return sum(int(part) * unit for part, unit in zip(parts, _UNITS, strict=False))


def account_faults(spec: Spec, declared: Declared[User]) -> Iterator[Problem]:
    """Yield what is wrong with a user that is a service account; nothing is said of what a variable has yet to fill."""
    account = account_of(declared.entry)
    if account is None:
        return
    for field, message, hint in _field_faults(account):
        yield declared.problem(message, *_PATH, *field, rule="KCFG005", hint=hint)
    if "${" not in account.via:
        yield from _via_faults(spec, declared, account.via)
    for name in ("client-key", "client-key-data"):
        if getattr(declared.entry, name.replace("-", "_")) is not None:
            yield declared.problem(f"auth beside {name}", "auth", rule="KCFG109", hint="keep one", key=True)


def _field_faults(account: ServiceAccount) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    if _is_other(LABEL, account.namespace):
        hint = "lower-case letters, digits and `-`, at most 63; it begins and ends with a letter or digit"
        yield ("namespace",), f"no namespace can be called {account.namespace!r}", hint
    if _is_other(SUBDOMAIN, account.name):
        hint = "lower-case letters, digits, `-` and `.`, at most 253"
        yield ("name",), f"no service account can be called {account.name!r}", hint
    if "${" not in account.ttl and not SHORTEST <= parse_duration(account.ttl) <= LONGEST:
        yield ("ttl",), f"no API server gives a token for {account.ttl!r}", "write 10m at least: 15m, 8h, 1h30m"
    for index, audience in enumerate(account.audiences or []):
        if not audience:
            yield ("audiences", index), "an empty audience", "remove it"
    kind, slash, name = (account.bound_object or "pod/x").partition("/")
    if "${" not in f"{kind}{name}" and (not slash or kind not in BOUND_KINDS or not SUBDOMAIN.fullmatch(name)):
        message = f"no token can be bound to {account.bound_object!r}"
        yield ("bound-object",), message, "pod/NAME, secret/NAME or node/NAME"


def _is_other(form: re.Pattern[str], text: str) -> bool:
    return "${" not in text and not form.fullmatch(text)


def _via_faults(spec: Spec, declared: Declared[User], name: str) -> Iterator[Problem]:
    path = (*_PATH, "via")
    if name not in spec.users:
        if not spec.excuses("users", name):
            hint = suggest(name, spec.users, "declare it under users")
            yield declared.problem(f"user {name!r} is not declared", *path, rule="KCFG102", hint=hint)
        return
    if fault := _why_not(spec.users[name].entry):
        message = f"user {name!r} cannot ask for tokens: {fault[0]}"
        yield declared.problem(message, *path, rule="KCFG109", hint=fault[1])


def _why_not(user: User) -> tuple[str, str] | None:
    """Return why the credential of a user asks for no token, with a hint."""
    other = "name a user with a token, a certificate or a plugin"
    if account_of(user) is not None:
        return "it is a service account by another user itself", "name that other user"
    if user.credentials == "keep":
        return "`credentials: keep` says that the spec does not know its credential", other
    if user.username is not None or user.password is not None:
        return "Kubernetes knows no password", other
    if user.auth_provider is not None:
        return "nothing runs an auth-provider any more", "use `exec:` or `auth:`"
    if any(not is_reference(value) for _, value in secret_fields(user)):
        return "its secret stands in the spec", "put it into a store and refer to it"
    if user.exec is not None and holds_secret(user.exec.args or [], user.exec.command):
        return "a secret stands among the arguments of its plugin", "give it by a variable, and make that a reference"
    has_key = user.client_key is not None or user.client_key_data is not None
    given: tuple[Any, ...] = (user.token, user.token_file, user.exec, user.auth)
    return None if has_key or any(each is not None for each in given) else ("it has no credential", other)
