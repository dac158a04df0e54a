"""What Argo CD cannot do, and two clusters that it takes for one.

Argo CD knows a cluster by the text of `server` without `/` at its end (util/db/cluster.go, SecretToCluster and
GetCluster at v3.6.1): of two with one URL the first that is found serves both, with its credential. `?__uid=NAME` makes
two texts of one address (argoproj/argo-cd#2288); client-go drops a query of the server.
"""

from __future__ import annotations

from collections.abc import Iterator

from kcfg.spec.engines import ARGOCD_ARN, argocd_faults
from kcfg.targets.fields import BEFORE_PLUGINS, lost_faults
from kcfg.targets.users import account_fault, arn_faults, provider_faults

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

    from kcfg.errors import Problem
    from kcfg.spec.models import Cluster, User
    from kcfg.spec.spec import Declared
    from kcfg.targets.job import Job
    from kcfg.targets.member import Member

# Of the logins that Argo CD documents, those that need neither a person nor a secret.
AZURE_LOGINS = ("workloadidentity", "msi")
_BESIDE = ("kubectl would use this and run no plugin, Argo CD would run the plugin", "remove one of the two")
_ALONE = ("the EKS Capability signs in with its own role", "leave it out, or leave `argocd.server` out")
_ROUTE = ("the EKS Capability finds its way to an ARN alone", "leave it out, or leave `argocd.server` out")


def identity(declared: Declared[Cluster]) -> str:
    """Return what Argo CD knows a cluster by."""
    cluster = declared.entry
    return (cluster.argocd and cluster.argocd.server) or cluster.server


def user_faults(job: Job, declared: Declared[User], plugin: str) -> Iterator[Problem]:
    """Yield what Argo CD cannot do for a user; `plugin` is the one in its image."""
    user = declared.entry
    yield from provider_faults(declared)
    if user.exec and user.exec.command not in {plugin, *job.plugins}:
        yield declared.problem(
            f"{user.exec.command!r} is not in Argo CD's image",
            "exec",
            "command",
            rule="KCFG702",
            hint=f"use {plugin}; or --plugin {user.exec.command} when your own image has it",
        )
    if user.exec and user.exec.interactive_mode == "Always":
        yield declared.problem(
            "nobody sits at Argo CD's terminal", "exec", "interactiveMode", rule="KCFG703", hint="say Never"
        )
    if user.exec or user.auth:
        yield from lost_faults(dict.fromkeys(BEFORE_PLUGINS, _BESIDE), declared)
    yield from _auth_faults(job, declared)


def _auth_faults(job: Job, declared: Declared[User]) -> Iterator[Problem]:
    auth = declared.entry.auth
    if auth is None or auth.gke:
        return
    if auth.aws_eks:
        if auth.aws_eks.profile:
            yield declared.problem(
                "Argo CD's profile is a file inside its image, not a name",
                *("auth", "aws-eks", "profile"),
                rule="KCFG703",
                hint="use role-arn, or write the `exec:` of argocd-k8s-auth",
            )
    elif auth.azure_kubelogin:
        if auth.azure_kubelogin.login not in AZURE_LOGINS:
            yield declared.problem(
                f"login {auth.azure_kubelogin.login} needs a person or a secret",
                *("auth", "azure-kubelogin"),
                rule="KCFG703",
                hint=f"login: {' or '.join(AZURE_LOGINS)}",
            )
    else:
        (name, tool) = ("oidc", "kubectl") if auth.oidc else ("teleport", "tsh")
        if auth.service_account:
            yield account_fault(declared, "Argo CD")
        elif tool not in job.plugins:
            yield declared.problem(
                f"Argo CD has no plugin for {name}",
                *("auth", name),
                rule="KCFG702",
                hint=f"give it a user with a token; or --plugin {tool} when your own image has it",
            )


def cluster_faults(job: Job, member: Member) -> Iterator[Problem]:
    """Yield what is wrong with a cluster's name at Argo CD, and with its `argocd`."""
    declared, block = member.cluster, member.cluster.entry.argocd
    server = identity(declared)
    named = bool(block and block.server)
    key = server.rstrip("/")
    if (first := job.servers.setdefault(key, declared.entry.name)) != declared.entry.name:
        url = f"{declared.entry.server}?__uid={member.name}"
        yield declared.problem(
            f"cluster {first!r} has this server, too, and Argo CD takes both for one",
            *(("argocd", "server") if named else ("server",)),
            rule="KCFG707",
            hint=f"leave one out with -l or --context, or give one argocd: {{server: {url!r}}}",
        )
    for path, message, hint, rule in argocd_faults(declared.entry):
        yield declared.problem(message, *path, rule=rule, hint=hint)
    if named and (found := ARGOCD_ARN.fullmatch(server)):
        yield from _arn_faults(member, found)


def _arn_faults(member: Member, found: re.Match[str]) -> Iterator[Problem]:
    declared, user = member.cluster, member.user
    route = ("insecure-skip-tls-verify", "proxy-url", "tls-server-name")
    yield from lost_faults(dict.fromkeys(route, _ROUTE), declared)
    if user is None:
        return
    fields = ("client-certificate", "client-certificate-data", "client-key", "client-key-data", *BEFORE_PLUGINS, "exec")
    yield from lost_faults(dict.fromkeys(fields, _ALONE), user)
    eks = user.entry.auth.aws_eks if user.entry.auth else None
    if user.entry.auth and eks is None:
        yield user.problem(_ALONE[0], "auth", rule="KCFG703", hint=_ALONE[1])
    if eks and eks.role_arn:
        yield user.problem(_ALONE[0], "auth", "aws-eks", "role-arn", rule="KCFG703", hint=_ALONE[1])
    if eks:
        yield from arn_faults(user, eks, found)
