"""What of a user cannot stand in a file that others keep: every fault with its place."""

from __future__ import annotations

from collections.abc import Iterator

from kcfg.errors import Problem
from kcfg.spec.records import build
from kcfg.spec.references import is_reference, secret_fields
from kcfg.spec.urls import provider_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

    from kcfg.spec.models import Cluster, User
    from kcfg.spec.models.auth import Auth, AwsEks
    from kcfg.spec.spec import Declared

_WAYS = "--to external-secrets fetches it inside the cluster; --credentials inline writes the value"
_GIT = "put it into a store and refer to it, or render with --to argocd|flux|capi --credentials inline"
_PRESETS = {
    "eks": "auth: {aws-eks: {cluster: NAME}}",
    "gke": "auth: {gke: {}}",
    "aks": "auth: {azure-kubelogin: {login: workloadidentity}}",
}


def secret_faults(declared: Declared[User], *, references: bool = False) -> Iterator[Problem]:
    """Yield every field whose value would be needed; `references` says that the target can carry those."""
    user = declared.entry
    for path, value in secret_fields(user):
        if not is_reference(value):
            hint = _GIT if references else "--credentials inline writes the value"
            yield declared.problem("the value itself would stand in the output", *path, rule="KCFG701", hint=hint)
        elif not references:
            yield declared.problem(
                "a manifest needs the value behind this reference", *path, rule="KCFG701", hint=_WAYS
            )
    for field, file in (("client-key", user.client_key), ("tokenFile", user.token_file)):
        if file is not None:
            yield declared.problem(
                "a manifest needs the content of this file",
                field,
                rule="KCFG701",
                hint=_GIT if references else "--credentials inline writes the content",
            )


def preset_for(cluster: Cluster) -> str:
    """Return the `auth` that fits who runs a cluster, as its name or address tells; "" where nothing does."""
    return _PRESETS.get(provider_of(cluster.name, cluster.server), "")


def vendor_auth(user: User) -> Auth | None:
    """Return a user's `auth`, or the one that its plugin stands for."""
    if user.auth is not None or user.exec is None:
        return user.auth
    from kcfg.spec.recognize import recognize

    found = recognize(user.exec.model_dump(by_alias=True, exclude_none=True))
    return None if found is None else build("Auth", found)


def arn_faults(declared: Declared[User], eks: AwsEks, arn: re.Match[str]) -> Iterator[Problem]:
    """Yield where a user's `aws-eks`, or the plugin that it is, leads elsewhere than a cluster's ARN (region, name)."""
    for field, said, meant in (("region", eks.region, arn[1]), ("cluster", eks.cluster, arn[2])):
        if said and said != meant:
            path = ("auth", "aws-eks", field) if declared.entry.auth else ("exec",)
            message, hint = f"{said!r}, and {meant!r} in the cluster's ARN", "make them one"
            yield declared.problem(message, *path, rule="KCFG709", hint=hint)


def provider_faults(declared: Declared[User]) -> Iterator[Problem]:
    """Yield an auth-provider: client-go knows none any more."""
    if declared.entry.auth_provider is not None:
        yield declared.problem(
            "no tool of today runs an auth-provider", "auth-provider", rule="KCFG702", hint="use `exec:` or `auth:`"
        )


def account_fault(declared: Declared[User], tool: str) -> Problem:
    """Return why a service account by the credential of another user is nothing for a tool elsewhere."""
    return declared.problem(
        f"{tool} has no user of this machine whose credential asks for tokens",
        *("auth", "service-account"),
        rule="KCFG702",
        hint="give it a user with a token: `kcfg issue` makes one that ends, or leave the context out with -l",
    )


def exec_faults(declared: Declared[User], tool: str) -> Iterator[Problem]:
    """Yield the plugin of a user whose tool runs none."""
    for field in ("exec", "auth"):
        if getattr(declared.entry, field) is not None:
            yield declared.problem(
                f"{tool} runs no credential plugins",
                field,
                rule="KCFG702",
                hint="give it a user with a token or a client certificate, or leave the context out with -l",
            )
