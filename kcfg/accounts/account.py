"""A service account by its name, and the object that a token of it may be bound to."""

from __future__ import annotations

from kcfg.dataclass import dataclass
from kcfg.errors import KcfgError
from kcfg.spec.accounts import BOUND_KINDS, LABEL, SUBDOMAIN


@dataclass(frozen=True, slots=True)
class Account:
    """A service account."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def user(self) -> str:
        """What the API server calls it."""
        return f"system:serviceaccount:{self.namespace}:{self.name}"

    @property
    def path(self) -> str:
        """Where it stands behind the server's URL."""
        return f"/api/v1/namespaces/{self.namespace}/serviceaccounts/{self.name}"


@dataclass(frozen=True, slots=True)
class Bound:
    """What a token lives as long as: a Pod, Secret or Node."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind.lower()}/{self.name}"


def parse_account(text: str) -> Account:
    """Return the account of `NAMESPACE/NAME`. Raises KcfgError for what the API server would not take as one."""
    namespace, slash, name = text.partition("/")
    if not slash or not LABEL.fullmatch(namespace) or not SUBDOMAIN.fullmatch(name):
        raise KcfgError(
            "that is no service account", hint="write NAMESPACE/NAME, as in --service-account shop/deployer"
        )
    return Account(namespace, name)


def parse_bound(text: str) -> Bound:
    """Return the object of `pod/NAME`, `secret/NAME` or `node/NAME`. Raises KcfgError."""
    kind, slash, name = text.partition("/")
    if not slash or kind.lower() not in BOUND_KINDS or not SUBDOMAIN.fullmatch(name):
        raise KcfgError("a token cannot be bound to that", hint="pod/NAME, secret/NAME or node/NAME")
    return Bound(BOUND_KINDS[kind.lower()], name)
