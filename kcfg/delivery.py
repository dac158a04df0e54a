"""How credentials and certificates reach a kubeconfig, and what stays as it is because they cannot."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable

from kcfg.boundary import is_below, root_of
from kcfg.dataclass import dataclass, field
from kcfg.errors import KcfgError, Problem
from kcfg.kubeconfig.applied import CURRENT, Key
from kcfg.kubeconfig.plugins import holds_secret
from kcfg.spec.accounts import account_of
from kcfg.spec.references import is_reference, secret_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.spec.models import User
    from kcfg.spec.spec import Declared, Spec

MODES = ("exec", "inline", "omit")
ANYWHERE = os.sep  # the root of all that is embedded
KEEP = "keep"  # of a user: what is on the disk is its own business


@dataclass(slots=True)
class Left:
    """What a rendering leaves to the disk: users in mode `keep`; those that cannot be delivered, and their contexts."""

    kept: set[str] = field(default_factory=set)
    held: dict[str, list[Problem]] = field(default_factory=dict)
    contexts: dict[str, str] = field(default_factory=dict)  # held back, with the user that they would use
    current: bool = False  # the spec's current context is one of them
    paths: set[str] = field(default_factory=set)  # of public files outside of the root, which are not embedded

    def narrow(self, names: Collection[str]) -> None:
        """Forget the users that cannot be delivered where none of these contexts would use them; their entries stay."""
        self.kept |= self.held.keys()
        wanted = {user for context, user in self.contexts.items() if context in names}
        self.held = {user: problems for user, problems in self.held.items() if user in wanted}

    def keys(self) -> frozenset[Key]:
        """Return the entries, as a plan names them."""
        users = [("users", name) for name in (*self.kept, *self.held)]
        contexts = [("contexts", name) for name in self.contexts]
        return frozenset([*users, *contexts, *([(CURRENT, "")] if self.current else [])])


def embed_root(spec: Spec, out: str | None = None, *, asked: bool = True) -> str:
    """Return the folder whose public files are put into a kubeconfig: the spec's root; "" where paths stay paths.

    They stay if the spec says `embed: false`, if nobody `asked` for more, and in a file `out` that stands below the
    root: the two move together. `flatten: true` is the files of every folder, private keys too.
    """
    if asked and spec.flatten:
        return ANYWHERE
    if not (asked and spec.embed):
        return ""
    root = root_of(spec.root.file)
    return "" if out is not None and is_below(os.path.realpath(out), root) else root


def mode_of(spec: Spec, user: str, credentials: str | None = None) -> str:
    """Return how a user's credentials are rendered: as asked, else as it says, else as its environment says."""
    declared = spec.users.get(user)
    own = declared.entry.credentials if declared else None
    return credentials or own or spec.credentials or "exec"


def inlines(spec: Spec, credentials: str | None = None, contexts: Iterable[str] | None = None) -> bool:
    """Return whether a rendering reads the value of a secret."""
    names = spec.users if contexts is None else {spec.contexts[name].entry.user or "" for name in contexts}
    return credentials == "inline" or any(inlined_user(spec, name, credentials) for name in names)


def inlined_user(spec: Spec, user: str, credentials: str | None = None) -> bool:
    """Return whether a rendering puts a secret's value into a user."""
    return mode_of(spec, user, credentials) == "inline" or copies_key(spec, user, credentials)


def copies_key(spec: Spec, user: str, credentials: str | None = None) -> bool:
    """Return whether `flatten: true` puts the content of a user's key file into a kubeconfig."""
    declared = spec.users.get(user)
    has_key = declared is not None and declared.entry.client_key is not None
    return spec.flatten and has_key and mode_of(spec, user, credentials) in ("exec", "inline")


def require_delivered(
    spec: Spec, contexts: Iterable[str], hint: str = "--kubeconfig FILE names the kubeconfig that has it"
) -> None:
    """Raise KcfgError for a context whose user is in mode `keep`: its credential is in a kubeconfig alone."""
    for name in contexts:
        if mode_of(spec, user := spec.contexts[name].entry.user or "") == KEEP:
            raise KcfgError(
                f"{name}: user {user!r} has `credentials: keep`: the spec does not know its credential",
                hint=hint,
            )


def only_inline(spec: Spec, context: str) -> bool:
    """Return whether a context's user has references that no exec stanza can carry: basic auth, an auth-provider's."""
    declared = spec.users.get(spec.contexts[context].entry.user or "")
    references = (
        {path: value for path, value in secret_fields(declared.entry) if is_reference(value)} if declared else {}
    )
    return declared is not None and bool(references) and exec_fault(declared, references) is not None


def is_account(spec: Spec, context: str) -> bool:
    """Return whether a context's user is a service account, whose tokens kcfg's plugin asks for: in no mode a value."""
    declared = spec.users.get(spec.contexts[context].entry.user or "")
    return declared is not None and account_of(declared.entry) is not None


def wraps(user: User) -> bool:
    """Return whether a user's own plugin takes secrets from its environment: kcfg's starts it with them."""
    return user.exec is not None and any(is_reference(each.value) for each in user.exec.env or [])


def issued_fault(declared: Declared[User]) -> Problem:
    """Return why the credential of a user that is a service account stands in no file."""
    return declared.problem(
        "its tokens are asked for at each use: none is written into a file",
        *("auth", "service-account"),
        rule="KCFG302",
        hint="let it be `exec`; `kcfg issue CONTEXT --service-account NAMESPACE/NAME --out FILE` writes one token",
    )


def exec_fault(declared: Declared[User], references: dict[Any, Any]) -> Problem | None:
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
        if each[0] == "auth-provider":
            return declared.problem(
                "kubectl knows no auth-provider any more: nothing can hand it this reference",
                *each,
                rule="KCFG302",
                hint="use `exec:` or `auth:`, or render with --credentials inline",
            )
        if each[0] == "exec" and user.exec is not None and holds_secret(user.exec.args or [], user.exec.command):
            return declared.problem(
                "a plain-text secret among the arguments cannot be delivered in mode exec",
                "exec",
                "args",
                rule="KCFG302",
                hint="let the plugin read it from a variable, and make that a reference",
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
        if value is not None and name != path[0]
    ]
    if others:
        return declared.problem(
            f"beside {others[0]}, kubectl would never run the plugin for this reference",
            *path,
            rule="KCFG303",
            hint="remove one of them, make it two users, or render with --credentials inline",
        )
    return None
