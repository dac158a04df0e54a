"""A secret reference, in both spellings."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from kcfg.spec.models.strict import StrictModel, expects, for_meaning


class KeyringItem(StrictModel):
    """An item that another tool wrote into the OS keyring."""

    service: str = Field(min_length=1, description="The item's service name.")
    username: str = Field(min_length=1, description="The item's user name.")


class SecretRefFields(StrictModel):
    """Where a secret lives: a store and a key, or a keyring item that another tool wrote."""

    store: str = Field(default="default", description="A name from `secretStores`.")
    key: str | None = Field(
        default=None,
        description="Segments `[a-z0-9][a-z0-9._-]*` joined by `/`.",
        examples=["prod-admin/token"],
    )
    property: str | None = Field(default=None, description="A field of a JSON-valued secret.")
    keyring: KeyringItem | None = None


class SecretRefBox(StrictModel):
    """The long form of a secret reference."""

    secret_ref: SecretRefFields = Field(alias="secretRef")


_BOX: dict[str, Any] = {"type": ["string", "object"], "if": {"type": "object"}}
_BOX["then"] = {"title": "SecretRefBox"}  # `kcfg.spec.make_schema` puts the reference here
_EXAMPLES = ["ref+default://ci-bot/token", {"secretRef": {"key": "prod-admin/client-key"}}]
_SECRET_SCHEMA = {
    "description": "A reference: `{secretRef: {key: …}}` or `ref+STORE://KEY[#PROPERTY]`. Never the value itself.",
    "examples": _EXAMPLES,
    **_BOX,
    "else": for_meaning("KCFG201", {"pattern": r"^ref\+[a-z0-9-]+://[^#]+(#.+)?$"}),
}
_VALUE_SCHEMA = {
    "description": "A value, or a reference: `{secretRef: {key: …}}` or `ref+STORE://KEY[#PROPERTY]`.",
    "examples": ["eu-west-1", *_EXAMPLES],
    **_BOX,
}
# A plain string is let through here and refused by the meaning checks, which know `--allow-plaintext`.
SecretValue = Annotated[str | SecretRefBox, expects("string_type", SecretRefBox), WithJsonSchema(_SECRET_SCHEMA)]
# Most variables of a plugin and settings of a provider are no secrets.
ValueOrSecret = Annotated[str | SecretRefBox, expects("string_type", SecretRefBox), WithJsonSchema(_VALUE_SCHEMA)]
