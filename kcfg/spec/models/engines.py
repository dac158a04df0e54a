"""What other engines want to know about a cluster, beside the way there: `kcfg render --to` reads it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from kcfg.spec.models.strict import StrictModel

_Namespace = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)]
_Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=253)]
# JSON Schema takes 5.0 for an integer.
_Number = Annotated[
    int,
    Field(ge=0),
    BeforeValidator(lambda value: int(value) if isinstance(value, float) and value.is_integer() else value),
]


class ArgoCd(StrictModel):
    """What Argo CD keeps about a cluster, for `render --to argocd`."""

    server: str | None = Field(
        default=None,
        min_length=1,
        description="Argo CD's own name for the cluster: the ARN, for the EKS Capability; or the server's URL with "
        "`?__uid=NAME`, where two clusters have one URL.",
        examples=["arn:aws:eks:eu-west-1:111122223333:cluster/prod"],
    )
    project: _Name | None = Field(default=None, description="The project that the cluster belongs to.")
    namespaces: list[_Namespace] | None = Field(
        default=None, min_length=1, description="The namespaces that Argo CD may manage; without it all."
    )
    cluster_resources: bool | None = Field(
        default=None,
        alias="clusterResources",
        description="Whether it may manage what belongs to no namespace, where `namespaces` narrows it.",
    )
    shard: _Number | None = Field(default=None, description="The application controller that serves the cluster.")
    annotations: dict[str, str] | None = Field(default=None, description="Annotations of the Secret.")


class Flux(StrictModel):
    """How Flux signs in without a secret (2.7), for `render --to flux`: what `spec.kubeConfig.configMapRef` reads."""

    provider: Literal["aws", "azure", "gcp", "generic"] | None = Field(
        default=None,
        description="Who knows Flux's ServiceAccount; the user's aws-eks, gke or azure-kubelogin says it as well.",
    )
    cluster: str | None = Field(
        default=None,
        min_length=1,
        description="Its name in the provider's API: an ARN, a resource id, projects/P/locations/L/clusters/C.",
        examples=["arn:aws:eks:eu-west-1:111122223333:cluster/prod"],
    )
    audiences: list[Annotated[str, Field(pattern=r"^[^, \t\r\n]+$")]] | None = Field(
        default=None, min_length=1, description="For whom the token is; `generic` takes the server's address."
    )
    service_account_name: _Name | None = Field(
        default=None,
        alias="serviceAccountName",
        description="The ServiceAccount beside the Kustomization; without it Flux's own.",
    )
