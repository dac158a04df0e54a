"""Flux: a Secret `<cluster>-kubeconfig` for `spec.kubeConfig.secretRef`, or a ConfigMap for `configMapRef`.

kustomize-controller, docs/spec/v1/kustomizations.md (KubeConfig reference): without `key` it reads `value`, then
`value.yaml`. Since Flux 0.29 (advisory GHSA-vvmq-fwmg-2gjc) a kubeconfig may run no command there.
fluxcd/pkg runtime v0.122.0, client/kubeconfig.go: `KubeConfig` copies address, proxy (since v0.45, Flux 2.3), TLS data,
user, password and token; not the impersonation, so that Flux would act with all rights of the credential; `Insecure` is
behind a flag. Flux 2.7 needs no secret where the provider knows its ServiceAccount: fluxcd/pkg apis/meta v1.38.0,
KubeConfigReference; what becomes of the ConfigMap is in auth v0.70.0, utils/restconfig.go.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from urllib.parse import urlsplit

from kcfg.kubeconfig.fields import IMPERSONATION
from kcfg.spec.engines import FLUX_CLUSTERS, FLUX_FORMS, flux_faults
from kcfg.spec.presets import preset_name
from kcfg.targets.fields import Engine, given, lost_faults
from kcfg.targets.manifest import config_map, secret_manifest
from kcfg.targets.member import Member
from kcfg.targets.members import objects
from kcfg.targets.users import arn_faults, exec_faults, preset_for, provider_faults, vendor_auth
from kcfg.yaml.emit import dump_yaml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.errors import Problem
    from kcfg.kubeconfig.model import Kubeconfig
    from kcfg.spec.models import User
    from kcfg.spec.spec import Declared
    from kcfg.targets.job import Job

NAMESPACE = "flux-system"
FILE = ""
KIND = "Opaque"
_AS = (
    "Flux would act with all rights of the credential",
    "let `spec.serviceAccountName` of the Kustomization narrow it",
)
_TLS = (
    "Flux verifies all the same",
    "give its certificate-authority; or start the controllers with --insecure-kubeconfig-tls",
)
ENGINE = Engine(
    "Flux",
    lost=dict.fromkeys(IMPERSONATION, _AS) | {"insecure-skip-tls-verify": _TLS},
    unread=frozenset(
        (("cluster", "extensions"), ("user", "extensions"), ("context", "extensions"), ("context", "namespace"))
    ),
)
_PROVIDERS = {"aws-eks": "aws", "gke": "gcp", "azure-kubelogin": "azure"}
_ARN = f"cluster: '{FLUX_FORMS['aws']}'"
_AKS_SERVER = "6dae42f8-4368-4678-94ff-3960e28e3630"
_IDENTITY = "annotate the ServiceAccount that `flux.serviceAccountName` of the cluster names, and leave this out"
_UNUSED = dict.fromkeys(
    (
        *("client-certificate", "client-certificate-data", "client-key", "client-key-data"),
        *("token", "tokenFile", "username", "password"),
    ),
    ("Flux signs in with a ServiceAccount, and would not use this", "leave it out, or leave out `flux` of the cluster"),
)
_ROUTE = {
    "proxy-url": ("Flux goes direct where it needs no secret", "leave it out, or give the user a token"),
    "tls-server-name": ("Flux takes the name of the address where it needs no secret", "give the user a token"),
}


def documents(job: Job) -> Iterator[tuple[str, str]]:
    """Yield an object for each cluster."""
    yield from objects(job, "flux")


def plain_object(job: Job, member: Member, config: Kubeconfig) -> dict[str, Any]:
    """Return the Secret, or the ConfigMap where none is needed."""
    name, labels, _ = object_of(member)
    if provider := _provider(member):
        return config_map(job, name, labels, _access(provider, member, config))
    return secret_manifest(job, name, labels, cluster_data(member, config))


def object_of(member: Member) -> tuple[str, dict[str, str], dict[str, str]]:
    """Return the object's name and labels."""
    return f"{member.name}-kubeconfig", member.labels, {}


def cluster_data(_: Member, config: Kubeconfig) -> dict[str, str]:
    """Return the Secret's fields: the kubeconfig of one cluster."""
    return {"value": dump_yaml(config.to_value())}


def _access(provider: str, member: Member, config: Kubeconfig) -> dict[str, str]:
    cluster = config.clusters[member.cluster.entry.name].body
    block = member.cluster.entry.flux
    authority = cluster.get("certificate-authority-data")
    found = {
        "provider": provider,
        "cluster": _cluster(provider, member),
        "address": str(cluster["server"]),
        "ca.crt": b64decode(authority).decode() if authority else "",
        "audiences": ",".join((block and block.audiences) or []),
        "serviceAccountName": (block and block.service_account_name) or "",
    }
    return {key: value for key, value in found.items() if value}


def _provider(member: Member) -> str:
    """Return who signs in; "" where the kubeconfig's own credential does."""
    auth = vendor_auth(member.user.entry) if member.user else None
    block = member.cluster.entry.flux
    return _PROVIDERS.get(preset_name(auth) if auth else "", "") or (block and block.provider) or ""


def _cluster(provider: str, member: Member) -> str:
    """Return the cluster's name in the provider's API: as `flux` says it, or as `aws eks` named the entry."""
    entry = member.cluster.entry
    if entry.flux and entry.flux.cluster:
        return entry.flux.cluster
    known = FLUX_CLUSTERS.get(provider)
    return entry.name if known and known.fullmatch(entry.name) else ""


def faults(_: Job, declared: Declared[User]) -> Iterator[Problem]:
    """Yield what Flux cannot do for a user, whoever brings the secret."""
    yield from provider_faults(declared)
    auth = vendor_auth(declared.entry)
    if auth is None or preset_name(auth) not in _PROVIDERS:
        yield from exec_faults(declared, "Flux")
        return
    path = ("auth", preset_name(auth)) if declared.entry.auth else ("exec",)
    yield from lost_faults(_UNUSED, declared)
    wrong: dict[str, object] = {}
    if auth.aws_eks:
        wrong = {"role-arn": auth.aws_eks.role_arn, "profile": auth.aws_eks.profile}
    elif azure := auth.azure_kubelogin:
        wrong = {
            "login": azure.login != "workloadidentity",
            "server-id": azure.server_id != _AKS_SERVER,
            "client-id": azure.client_id,
            "tenant-id": azure.tenant_id,
            "environment": azure.environment,
        }
    for field in (name for name, value in wrong.items() if value):
        message = f"Flux signs in with a ServiceAccount, and would not use {field}"
        hint = "login: workloadidentity" if field == "login" else _IDENTITY
        yield declared.problem(message, *path, *((field,) if len(path) > 1 else ()), rule="KCFG703", hint=hint)


def member_faults(_: Job, member: Member) -> Iterator[Problem]:
    """Yield what is wrong with a cluster's `flux`, and what the sign-in that it asks for would lose."""
    declared, block = member.cluster, member.cluster.entry.flux
    provider = _provider(member)
    if not provider:
        for name in ("cluster", "audiences", "service_account_name"):
            if block and getattr(block, name):
                field = "serviceAccountName" if name == "service_account_name" else name
                hint = "say its provider; or give the user auth: {aws-eks: …}, {gke: {}} or {azure-kubelogin: …}"
                message = "nothing would read it: Flux signs in with the kubeconfig's credential"
                yield declared.problem(message, "flux", field, rule="KCFG709", hint=hint)
        return
    yield from lost_faults(_ROUTE, declared)
    yield from _user_faults(member, provider)
    wrong = list(flux_faults(declared.entry, provider))
    for path, message, hint, rule in wrong:
        yield declared.problem(message, *path, rule=rule, hint=hint)
    if (
        not wrong
        and not _cluster(provider, member)
        and (provider == "aws" or (provider != "generic" and not _has_authority(member)))
    ):
        message = f"Flux asks {provider} for the cluster, and needs its name there"
        yield declared.problem(message, "name", rule="KCFG709", hint=f"add flux: {{cluster: {FLUX_FORMS[provider]}}}")
    parts = urlsplit(declared.entry.server)
    if parts.scheme.lower() != "https" or parts.path.strip("/") or parts.query:
        message = "Flux takes https and a host alone where it needs no secret"
        yield declared.problem(message, "server", rule="KCFG703", hint="give the user a token")


def _has_authority(member: Member) -> bool:
    return given(member.cluster, "certificate-authority") or given(member.cluster, "certificate-authority-data")


def _user_faults(member: Member, provider: str) -> Iterator[Problem]:
    if (user := member.user) is None:
        return
    block = member.cluster.entry.flux
    auth = vendor_auth(user.entry)
    named = _PROVIDERS.get(preset_name(auth), "") if auth else ""
    if block and block.provider and named and block.provider != named:
        message, hint = f"the user signs in at {named}", f"provider: {named}, or another user"
        yield member.cluster.problem(message, "flux", "provider", rule="KCFG709", hint=hint)
    if not named:
        yield from lost_faults(_UNUSED, user)
    if auth and auth.aws_eks and (found := FLUX_CLUSTERS["aws"].fullmatch(_cluster(provider, member))):
        yield from arn_faults(user, auth.aws_eks, found)


def signs_in(_: Job, member: Member) -> str:
    """Return who signs in where the object is a ConfigMap."""
    provider = _provider(member)
    place = "with its own token" if provider == "generic" else f"at {provider}"
    return f"Flux 2.7 signs in {place}, as a ServiceAccount (ConfigMap)" if provider else ""


def instead(_: Job, member: Member) -> str:
    """Return the block that makes it a ConfigMap."""
    entry = member.cluster.entry
    if preset := preset_for(entry):
        cluster = "" if FLUX_CLUSTERS["aws"].fullmatch(entry.name) or "aws" not in preset else f" and flux: {{{_ARN}}}"
        return f"{preset}{cluster}"
    return "flux: {provider: generic}, where the API server trusts the issuer of Flux's tokens"


def unread(job: Job, member: Member) -> Iterator[str]:
    """Yield what Flux leaves alone of this cluster; note which reference its object is for."""
    name, _, _ = object_of(member)
    provider = _provider(member)
    job.listed(f"spec.kubeConfig.{'configMapRef.name (Flux 2.7)' if provider else 'secretRef.name'}", name)
    if provider and given(member.cluster, "disable-compression"):
        yield "disable-compression"
