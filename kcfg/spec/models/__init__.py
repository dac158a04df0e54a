"""The spec as pydantic models: the only folder that imports pydantic.

`schemas/kcfg-spec.v1.schema.json` is generated from these models (`make schemas`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from kcfg.spec.models.entries import Cluster, Context, Extension, Labels, User
from kcfg.spec.models.environments import Environment, Generate, Variable
from kcfg.spec.models.references import SecretRefBox
from kcfg.spec.models.stores import SecretStore
from kcfg.spec.models.strict import StrictModel, expects

__all__ = [
    "Cluster", "Context", "Environment", "Extension", "Generate", "SecretRefBox", "SecretStore", "SpecFile", "User",
    "Variable", "fields_of", "spec_schema",
]  # fmt: skip


class Metadata(StrictModel):
    """What the spec is called; the root file's name scopes keyring items and ownership."""

    name: str = Field(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=63)
    labels: Labels = Field(default_factory=dict)
    description: str | None = None


# In kubectl's YAML a bare `off` is false.
_LEVELS = ["error", "warning", "info", "off"]
Level = Annotated[
    Literal["error", "warning", "info", "off"],
    BeforeValidator(lambda value: "off" if value is False else value),
    WithJsonSchema({"type": ["string", "boolean"], "enum": [*_LEVELS, False]}),
]


class Include(StrictModel):
    """Files that this one is laid over, and whether there may be none."""

    path: str = Field(description="A file, a folder that holds a kcfg.yaml, or a glob, relative to this file.")
    optional: bool = Field(default=False, description="It may match no file: no error then.")


class SpecFile(StrictModel):
    """One document of a spec: any subset of the lists."""

    api_version: Literal["kcfg/v1"] = Field(alias="apiVersion")
    kind: Literal["KubeconfigSpec"]
    metadata: Metadata | None = None
    include: list[Annotated[str | Include, expects("string_type", Include)]] = Field(
        default_factory=list,
        description="The files that this one is laid over: paths and globs, relative to this file.",
        examples=[["regions/*.yaml", {"path": "local/*.yaml", "optional": True}]],
    )
    variables: dict[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$")], Variable] = Field(
        default_factory=dict, examples=[{"region": {"default": "eu"}}]
    )
    secret_stores: list[SecretStore] = Field(default_factory=list, alias="secretStores")
    clusters: list[Cluster] = Field(default_factory=list)
    users: list[User] = Field(default_factory=list)
    contexts: list[Context] = Field(default_factory=list)
    generate: list[Generate] = Field(default_factory=list)
    current_context: str | None = Field(default=None, alias="current-context")
    embed: bool | None = None
    manage: list[Literal["namespace", "current-context"]] | None = None
    lint: dict[str, Level] = Field(default_factory=dict)
    environments: list[Environment] = Field(default_factory=list)


def fields_of(model: type[BaseModel]) -> list[str]:
    """Return the spellings of a model's fields, in order."""
    return [field.alias or name for name, field in model.model_fields.items()]


def spec_schema() -> dict[str, Any]:
    """Return pydantic's schema of one document of a spec; `kcfg.spec.make_schema` makes it readable."""
    schema = SpecFile.model_json_schema(by_alias=True)
    box = SecretRefBox.model_json_schema(by_alias=True)
    schema["$defs"] |= box.pop("$defs", {})
    schema["$defs"]["SecretRefBox"] = box
    schema["required"] = ["apiVersion", "kind"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:kcfg:schema:spec:v1",
        "title": "kcfg spec, version 1",
        **{key: value for key, value in schema.items() if key != "title"},
    }
