"""A secret reference, in both spellings."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, WithJsonSchema

from kcfg.spec.models.strict import StrictModel, expects


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


_SECRET_SCHEMA = {
    "description": "A reference: `{secretRef: {key: …}}` or `ref+STORE://KEY[#PROPERTY]`. Never the value itself.",
    "examples": ["ref+default://ci-bot/token", {"secretRef": {"key": "prod-admin/client-key"}}],
    "type": ["string", "object"],
    "if": {"type": "object"},
    "then": {"title": "SecretRefBox"},  # `kcfg.spec.schema` puts the reference here
    "else": {"pattern": r"^ref\+[a-z0-9-]+://[^#]+(#.+)?$"},
}
# A plain string is let through here and refused by the meaning checks, which know `--allow-plaintext`.
SecretValue = Annotated[str | SecretRefBox, expects("string_type", SecretRefBox), WithJsonSchema(_SECRET_SCHEMA)]
