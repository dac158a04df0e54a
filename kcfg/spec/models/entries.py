"""Clusters, users and contexts.

A field that ends up in the kubeconfig is spelled as kubeconfig spells it; what kcfg adds is camelCase.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from kcfg.spec.models.auth import Auth
from kcfg.spec.models.engines import ArgoCd, Flux
from kcfg.spec.models.references import SecretValue, ValueOrSecret
from kcfg.spec.models.strict import StrictModel

Labels = dict[str, str]


_MERGE = "Lay it over the included entry of this name; without it that one is replaced as a whole."


class Extension(StrictModel):
    """Foreign data, kept as it is."""

    name: str = Field(min_length=1, description="Whose data it is: a tool's name.")
    extension: Any = None


class Cluster(StrictModel):
    """A Kubernetes API server."""

    name: str = Field(min_length=1, description="The name contexts refer to.")
    labels: Labels = Field(default_factory=dict, description="For selectors; `apply` notes them in an extension.")
    server: str = Field(description="The API server's URL.", examples=["https://prod-eu.example.com:6443"])
    tls_server_name: str | None = Field(default=None, alias="tls-server-name")
    insecure_skip_tls_verify: bool | None = Field(default=None, alias="insecure-skip-tls-verify")
    certificate_authority: str | None = Field(
        default=None, alias="certificate-authority", description="A PEM file, relative to this spec file."
    )
    certificate_authority_data: str | None = Field(
        default=None, alias="certificate-authority-data", description="The PEM bundle in base64."
    )
    proxy_url: str | None = Field(default=None, alias="proxy-url", examples=["socks5://proxy.example.com:1080"])
    disable_compression: bool | None = Field(default=None, alias="disable-compression")
    extensions: list[Extension] | None = None
    argocd: ArgoCd | None = Field(default=None, description="What Argo CD keeps about it, for `render --to argocd`.")
    flux: Flux | None = Field(default=None, description="How Flux signs in without a secret, for `render --to flux`.")
    merge: bool = Field(default=False, description=_MERGE)


class ExecEnv(StrictModel):
    """One environment variable of a credential plugin."""

    name: str = Field(min_length=1, description="The variable.")
    value: ValueOrSecret


class Exec(StrictModel):
    """A credential plugin that kubectl runs."""

    api_version: Literal["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"] = Field(
        alias="apiVersion", description="The protocol that kubectl and the plugin speak."
    )
    command: str = Field(min_length=1)
    args: list[str] | None = None
    env: list[ExecEnv] | None = Field(default=None, description="The plugin's environment variables.")
    install_hint: str | None = Field(default=None, alias="installHint")
    provide_cluster_info: bool | None = Field(default=None, alias="provideClusterInfo")
    interactive_mode: Literal["Never", "IfAvailable", "Always"] | None = Field(
        default=None, alias="interactiveMode", description="Required with apiVersion v1."
    )


class AuthProvider(StrictModel):
    """A legacy in-tree credential provider."""

    name: str = Field(description="The provider: `oidc`, `gcp` or `azure`; kubectl knows none any more.")
    config: dict[str, ValueOrSecret] | None = None


class User(StrictModel):
    """Who one is to a cluster."""

    name: str = Field(min_length=1, description="The name contexts refer to.")
    labels: Labels = Field(default_factory=dict)
    credentials: Literal["exec", "inline", "omit", "keep"] | None = None
    client_certificate: str | None = Field(
        default=None, alias="client-certificate", description="A PEM file, relative to this spec file."
    )
    client_certificate_data: str | None = Field(default=None, alias="client-certificate-data")
    client_key: str | None = Field(default=None, alias="client-key")
    client_key_data: SecretValue | None = Field(default=None, alias="client-key-data")
    token: SecretValue | None = None
    token_file: str | None = Field(default=None, alias="tokenFile")
    impersonate: str | None = Field(default=None, alias="as")
    impersonate_uid: str | None = Field(default=None, alias="as-uid")
    impersonate_groups: list[str] | None = Field(default=None, alias="as-groups")
    impersonate_extra: dict[str, list[str]] | None = Field(default=None, alias="as-user-extra")
    username: str | None = None
    password: SecretValue | None = None
    auth_provider: AuthProvider | None = Field(default=None, alias="auth-provider")
    exec: Exec | None = None
    auth: Auth | None = Field(default=None, description="A way to sign in, instead of `exec`.")
    extensions: list[Extension] | None = None
    merge: bool = Field(default=False, description=_MERGE)


class Context(StrictModel):
    """A cluster, a user and a namespace under one name."""

    name: str = Field(min_length=1)
    labels: Labels = Field(default_factory=dict, description="Laid over the labels of the cluster.")
    protected: bool = Field(default=False, description="Ask before it is used.")
    cluster: str = Field(min_length=1)
    user: str | None = None
    namespace: str | None = None
    extensions: list[Extension] | None = None
    merge: bool = Field(default=False, description=_MERGE)
