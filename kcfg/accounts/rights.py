"""What an identity may do: the server's rules for people to read, and its yes or no to what should be refused."""

from __future__ import annotations

from kcfg.accounts.server import Refusal, mapping
from kcfg.dataclass import dataclass
from kcfg.errors import listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from kcfg.accounts.server import Server

_GROUP = "authorization.k8s.io/v1"
_REVIEWS = f"/apis/{_GROUP}/selfsubject"
_MOST = 200  # namespaces that are asked about
_SHOWN = 8  # resources on a line
# Every account has these: kubectl asks the server for its APIs by them.
_EVERYBODYS = ("selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews")


@dataclass(frozen=True, slots=True)
class Rule:
    """Verbs on resources of API groups; with names, on those objects alone."""

    verbs: tuple[str, ...]
    groups: tuple[str, ...]
    resources: tuple[str, ...]
    names: tuple[str, ...] = ()

    def shown(self) -> list[str]:
        """Return the resources as kubectl writes them, `deployments.apps`, with the names that the rule is for."""
        named = f" ({listed(self.names, 3)})" if self.names else ""
        groups = self.groups or ("",)
        return [f"{each}.{group}{named}" if group else f"{each}{named}" for group in groups for each in self.resources]

    def covers(self, act: Act) -> bool:
        """Return whether the rule allows an act on some object."""
        wanted = {act.resource, "*"} | ({f"*/{act.resource.partition('/')[2]}"} if "/" in act.resource else set())
        return bool(
            {act.verb, "*"} & {*self.verbs} and {act.group, "*"} & {*self.groups} and wanted & {*self.resources}
        )


@dataclass(frozen=True, slots=True)
class Act:
    """One thing to do, and why it is more than it seems."""

    verb: str
    resource: str
    group: str = ""
    why: str = ""

    def __str__(self) -> str:
        return f"{self.verb} {self.resource}{f'.{self.group}' if self.group else ''}"


@dataclass(frozen=True, slots=True)
class Rights:
    """What one may do in a namespace; `is_whole` is false where the server does not know all of it."""

    namespace: str
    rules: tuple[Rule, ...]
    is_whole: bool


_RBAC = "rbac.authorization.k8s.io"
# https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks
DENIABLE = {
    "secrets": tuple(Act(verb, "secrets", why="reads Secrets") for verb in ("get", "list", "watch")),
    "escalation": (
        Act("create", "pods", why="runs pods as any service account of the namespace"),
        *(
            Act("create", kind, group, "runs pods as any service account of the namespace")
            for kind, group in (
                ("deployments", "apps"), ("daemonsets", "apps"), ("statefulsets", "apps"), ("replicasets", "apps"),
                ("jobs", "batch"), ("cronjobs", "batch"), ("replicationcontrollers", ""),
            )
        ),
        Act("create", "pods/exec", why="runs commands in other pods"),
        Act("create", "pods/attach", why="runs commands in other pods"),
        Act("update", "pods/ephemeralcontainers", why="runs commands in other pods"),
        Act("create", "serviceaccounts/token", why="is any service account of the namespace"),
        *(Act("impersonate", kind, why="is somebody else") for kind in ("users", "groups", "serviceaccounts")),
        *(
            Act(verb, kind, _RBAC, "gives rights that it does not have")
            for verb in ("bind", "escalate") for kind in ("roles", "clusterroles")
        ),
        Act("update", "certificatesigningrequests/approval", "certificates.k8s.io", "signs certificates for others"),
        Act("create", "nodes/proxy", why="reaches kubelets"),
        Act("get", "nodes/proxy", why="reaches kubelets"),
        Act("create", "persistentvolumes", why="mounts folders of nodes"),
        *(
            Act("create", f"{kind}webhookconfigurations", "admissionregistration.k8s.io", "sees what others write")
            for kind in ("mutating", "validating")
        ),
    ),
}  # fmt: skip


def ask_rights(server: Server, namespace: str) -> Rights:
    """Return what the server's user may do in a namespace: SelfSubjectRulesReview. Raises KcfgError."""
    body = {"apiVersion": _GROUP, "kind": "SelfSubjectRulesReview", "spec": {"namespace": namespace}}
    status = mapping(server.ask("POST", f"{_REVIEWS}rulesreviews", body).get("status"))
    found = status.get("resourceRules")
    rules = [_rule(mapping(each)) for each in found] if isinstance(found, list) else []
    return Rights(namespace, tuple(each for each in rules if each.verbs), status.get("incomplete") is not True)


def summary(rights: Rights) -> list[str]:
    """Return a line for each set of verbs: those, and on what; what every account may is left out."""
    found: dict[str, dict[str, None]] = {}
    for rule in rights.rules:
        if not set(rule.resources) <= {*_EVERYBODYS}:
            found.setdefault(",".join(sorted(rule.verbs)), {}).update(dict.fromkeys(rule.shown()))
    return [f"{verbs} {listed(sorted(what, key=_core_first), _SHOWN)}" for verbs, what in found.items()]


def _core_first(resource: str) -> tuple[bool, bool, str]:
    return "." in resource, "/" in resource, resource


def risks(rights: Rights) -> list[str]:
    """Return what the rules allow that is more than it seems, one line for each reason."""
    found: dict[str, list[str]] = {}
    for act in (each for acts in DENIABLE.values() for each in acts):
        if any(rule.covers(act) for rule in rights.rules):
            found.setdefault(act.why, []).append(str(act))
    return [f"{why} ({', '.join(acts[:3])}{', …' if len(acts) > 3 else ''})" for why, acts in found.items()]


def denied(server: Server, kinds: Sequence[str], namespaces: Sequence[str]) -> Iterator[tuple[Act, str]]:
    """Yield each act of `kinds` that the server's user may do, with where; "" is everywhere at once.

    The server's authorizers answer each question (SelfSubjectAccessReview) for everywhere and the first namespace;
    for the others their rules are read.
    """
    acts = [act for kind in kinds for act in DENIABLE[kind]]
    asked = ["", *namespaces[:1]]
    for where in asked:
        yield from ((act, where) for act in acts if _may(server, act, where))
    for where in namespaces[1:]:
        rules = ask_rights(server, where).rules
        yield from ((act, where) for act in acts if any(rule.covers(act) for rule in rules))


def namespaces_of(server: Server, first: str) -> tuple[list[str], bool]:
    """Return `first` and the other namespaces that the server's user may list, and whether these are all."""
    try:
        answer = server.ask("GET", f"/api/v1/namespaces?limit={_MOST}")
    except Refusal:
        return [first], False
    items = answer.get("items")
    names = [mapping(mapping(each).get("metadata")).get("name") for each in items] if isinstance(items, list) else []
    others = [each for each in names if isinstance(each, str) and each != first]
    return [first, *others], not mapping(answer.get("metadata")).get("continue")


def _may(server: Server, act: Act, namespace: str) -> bool:
    resource, _, part = act.resource.partition("/")
    asked = {"verb": act.verb, "group": act.group, "resource": resource, "subresource": part, "namespace": namespace}
    body = {
        "apiVersion": _GROUP,
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {name: value for name, value in asked.items() if value}},
    }
    return mapping(server.ask("POST", f"{_REVIEWS}accessreviews", body).get("status")).get("allowed") is True


def _rule(found: dict[str, Any]) -> Rule:
    def words(field: str) -> tuple[str, ...]:
        each = found.get(field)
        return tuple(word for word in each if isinstance(word, str)) if isinstance(each, list) else ()

    return Rule(words("verbs"), words("apiGroups"), words("resources"), words("resourceNames"))
