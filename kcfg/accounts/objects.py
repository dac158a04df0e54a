"""The objects that borrowing needs in the cluster: what is missing is made, and only what was made so is deleted."""

from __future__ import annotations

import re

from kcfg.accounts.account import Bound
from kcfg.accounts.server import mapping
from kcfg.dataclass import dataclass
from kcfg.errors import KcfgError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from kcfg.accounts.account import Account
    from kcfg.accounts.server import Server

_LABELS = {"app.kubernetes.io/managed-by": "kcfg"}
_RBAC = "rbac.authorization.k8s.io"
_RULE = re.compile(r"(?P<verbs>[a-z*]+(?:,[a-z*]+)*):(?P<resources>[a-z0-9*/.-]+(?:,[a-z0-9*/.-]+)*)")
_ROLE = re.compile(r"(?:(?P<kind>clusterrole|role)/)(?P<name>[A-Za-z0-9:._-]+)")


@dataclass(frozen=True, slots=True)
class Grant:
    """What an account is to be allowed in its namespace: rules of a Role of its own, or a role that there is."""

    rules: tuple[dict[str, Any], ...] = ()
    roles: tuple[tuple[str, str], ...] = ()  # kind, name


def parse_grant(allow: Sequence[str], roles: Sequence[str]) -> Grant:
    """Return what `VERBS:RESOURCES` and `clusterrole/NAME` mean; resources: `pods`, `deployments.apps`, `pods/log`."""
    rules = []
    for text in allow:
        found = _RULE.fullmatch(text)
        if not found:
            raise KcfgError(
                "--allow: that is no rule", hint="write VERBS:RESOURCES, as in get,list:pods,deployments.apps"
            )
        groups: dict[str, list[str]] = {}
        for each in found["resources"].split(","):
            resource, slash, part = each.partition("/")
            resource, _, group = resource.partition(".")
            groups.setdefault(group, []).append(f"{resource}{slash}{part}")
        verbs = found["verbs"].split(",")
        rules += [{"apiGroups": [group], "resources": names, "verbs": verbs} for group, names in groups.items()]
    named = []
    for text in roles:
        found = _ROLE.fullmatch(text)
        if not found:
            raise KcfgError(
                "--role: that is no role", hint="write clusterrole/NAME or role/NAME, as in clusterrole/view"
            )
        named.append(({"clusterrole": "ClusterRole", "role": "Role"}[found["kind"]], found["name"]))
    return Grant(tuple(rules), tuple(named))


def missing(server: Server, account: Account, grant: Grant) -> list[dict[str, Any]]:
    """Return manifests of what is not there: the account, its Role, a RoleBinding for each role. Raises KcfgError."""
    found = [] if server.find(account.path) is not None else [_manifest("v1", "ServiceAccount", account)]
    wanted = list(grant.roles)
    if grant.rules:
        role = _manifest(f"{_RBAC}/v1", "Role", account, name=f"kcfg:{account.name}")
        present = server.find(_path(role))
        if present is None:
            found.append(role | {"rules": list(grant.rules)})
        elif present.get("rules") != list(grant.rules):
            raise KcfgError(
                f"role {role['metadata']['name']!r} in {account.namespace} allows something else",
                hint="a role that is there is not changed: `kcfg revoke --delete` removes one that `kcfg issue` made",
            )
        wanted.append(("Role", role["metadata"]["name"]))
    for kind, name in wanted:
        binding = _manifest(f"{_RBAC}/v1", "RoleBinding", account, name=_binding_name(account, kind, name)) | {
            "roleRef": {"apiGroup": _RBAC, "kind": kind, "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": account.name, "namespace": account.namespace}],
        }
        if server.find(_path(binding)) is None:
            found.append(binding)
    return found


def create(server: Server, manifest: dict[str, Any]) -> None:
    """Create one object. Raises KcfgError where the server refuses."""
    path, _, _ = _path(manifest).rpartition("/")
    server.ask("POST", path, manifest)


def anchor(server: Server, account: Account, suffix: str) -> Bound:
    """Create an empty Secret that a token can be bound to: deleting it ends the token. Raises KcfgError."""
    name = f"kcfg-{account.name}"[:200].rstrip(".-") + f"-{suffix}"
    manifest = _manifest("v1", "Secret", account, name=name) | {"type": "kcfg.dev/revocation"}
    create(server, manifest)
    return Bound("Secret", name)


def delete_anchor(server: Server, account: Account, name: str) -> bool:
    """Delete a Secret that `anchor` made; whether it was there. Raises KcfgError for one that kcfg did not make."""
    gone = _delete_own(server, _manifest("v1", "Secret", account, name=name))
    if gone is None:
        raise KcfgError(f"secret/{name} was not made by kcfg: it stays", hint="kubectl delete removes it")
    return gone


def delete_made(server: Server, account: Account) -> list[str]:
    """Delete what `missing` made for an account, and return what went. What others made stays."""
    from urllib.parse import quote

    found = [("v1", "ServiceAccount", account.name), (f"{_RBAC}/v1", "Role", f"kcfg:{account.name}")]
    label = quote(",".join(f"{name}={value}" for name, value in _LABELS.items()), safe="")
    path = f"/apis/{_RBAC}/v1/namespaces/{account.namespace}/rolebindings?labelSelector={label}"
    start = f"kcfg:{account.name}:"
    for each in server.ask("GET", path).get("items") or []:
        name = each.get("metadata", {}).get("name", "")
        if name.startswith(start):
            found.append((f"{_RBAC}/v1", "RoleBinding", name))
    return [
        f"{kind.lower()}/{name}"
        for version, kind, name in reversed(found)  # what gives rights first
        if _delete_own(server, _manifest(version, kind, account, name=name))
    ]


def _delete_own(server: Server, manifest: dict[str, Any]) -> bool | None:
    """Delete an object by its label; return whether it was there, None for one that somebody else made."""
    path = _path(manifest)
    present = server.find(path)
    if present is None:
        return False
    if not _is_own(present):
        return None
    server.ask("DELETE", path)
    return True


def _is_own(present: dict[str, Any]) -> bool:
    return _LABELS.items() <= mapping(mapping(present.get("metadata")).get("labels")).items()


def _binding_name(account: Account, kind: str, name: str) -> str:
    return f"kcfg:{account.name}:{kind.lower()}:{name.removeprefix('kcfg:')}"


def _manifest(version: str, kind: str, account: Account, *, name: str = "") -> dict[str, Any]:
    metadata = {"name": name or account.name, "namespace": account.namespace, "labels": dict(_LABELS)}
    return {"apiVersion": version, "kind": kind, "metadata": metadata}


def _path(manifest: dict[str, Any]) -> str:
    from urllib.parse import quote

    version, metadata = manifest["apiVersion"], manifest["metadata"]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    kind = f"{manifest['kind'].lower()}s"
    return f"{root}/namespaces/{metadata['namespace']}/{kind}/{quote(metadata['name'], safe='')}"
