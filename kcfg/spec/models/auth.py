"""Vendors' ways to sign in; `kcfg.spec.presets` turns them into exec stanzas."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from kcfg.spec.models.strict import StrictModel, for_meaning


class AwsEks(StrictModel):
    """An Amazon EKS cluster: `aws eks get-token`."""

    cluster: str = Field(min_length=1, description="The cluster's name in EKS.")
    region: str | None = Field(default=None, min_length=1, description="The AWS region.", examples=["eu-west-1"])
    role_arn: str | None = Field(default=None, alias="role-arn", min_length=1, description="The IAM role to assume.")
    profile: str | None = Field(default=None, min_length=1, description="A profile of the AWS configuration.")


class Gke(StrictModel):
    """A Google Kubernetes Engine cluster: `gke-gcloud-auth-plugin`."""


class AzureKubelogin(StrictModel):
    """An Azure Kubernetes Service cluster with Microsoft Entra ID: `kubelogin get-token`."""

    login: Literal["devicecode", "interactive", "spn", "ropc", "msi", "azurecli", "azd", "workloadidentity"] = Field(
        default="devicecode", description="How kubelogin signs in."
    )
    server_id: str = Field(
        default="6dae42f8-4368-4678-94ff-3960e28e3630",
        alias="server-id",
        min_length=1,
        description="The application id of the API server; the default is the one every AKS cluster has.",
    )
    client_id: str | None = Field(default=None, alias="client-id", min_length=1, description="The client's id.")
    tenant_id: str | None = Field(default=None, alias="tenant-id", min_length=1, description="The tenant's id.")
    environment: str | None = Field(
        default=None, min_length=1, description="The Azure cloud.", examples=["AzurePublicCloud"]
    )


class Oidc(StrictModel):
    """An OpenID Connect provider through int128/kubelogin: `kubectl oidc-login get-token`."""

    issuer_url: str = Field(alias="issuer-url", min_length=1, examples=["https://issuer.example.com"])
    client_id: str = Field(alias="client-id", min_length=1, description="The client's id, of a public client.")
    extra_scopes: list[str] | None = Field(default=None, alias="extra-scopes", description="Scopes beside openid.")
    grant_type: (
        Literal["auto", "authcode", "authcode-keyboard", "password", "device-code", "client-credentials"] | None
    ) = Field(default=None, alias="grant-type", description="How kubelogin signs in.")


class ServiceAccount(StrictModel):
    """A service account: kubectl gets a short token of it, asked for with the credential of another user."""

    via: str = Field(min_length=1, description="The user of this spec whose credential asks for the tokens.")
    namespace: str = Field(min_length=1, description="The account's namespace.")
    name: str = Field(min_length=1, description="The account's name.")
    audiences: list[str] | None = Field(
        default=None, description="Whom the tokens are for, where that is not the API server alone."
    )
    ttl: str = Field(
        default="1h", min_length=1, description="How long a token is to live, 10m at least.", examples=["15m"]
    )
    bound_object: str | None = Field(
        default=None,
        alias="bound-object",
        min_length=1,
        description="What a token ends with: pod/NAME or secret/NAME of the account's namespace, or node/NAME.",
        examples=["pod/runner"],
    )


class Teleport(StrictModel):
    """A cluster behind Teleport: `tsh kube credentials`."""

    cluster: str = Field(min_length=1, description="The Kubernetes cluster's name in Teleport.")
    teleport_cluster: str = Field(alias="teleport-cluster", min_length=1, description="The Teleport cluster's name.")
    proxy: str | None = Field(
        default=None, min_length=1, description="The proxy's address.", examples=["teleport.example.com:443"]
    )


class Auth(StrictModel):
    """A way to sign in, by name; it becomes the exec stanza that the vendor's own tool writes, or kcfg's own."""

    model_config = ConfigDict(
        json_schema_extra={"allOf": [for_meaning("KCFG109", {"minProperties": 1, "maxProperties": 1})]}
    )
    aws_eks: AwsEks | None = Field(default=None, alias="aws-eks", description="Amazon EKS.")
    gke: Gke | None = Field(default=None, description="Google Kubernetes Engine.")
    azure_kubelogin: AzureKubelogin | None = Field(
        default=None, alias="azure-kubelogin", description="Azure Kubernetes Service with Entra ID."
    )
    oidc: Oidc | None = Field(default=None, description="OpenID Connect through int128/kubelogin.")
    service_account: ServiceAccount | None = Field(
        default=None, alias="service-account", description="A service account, by the credential of another user."
    )
    teleport: Teleport | None = Field(default=None, description="Teleport.")
