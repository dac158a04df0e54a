"""The spec as pydantic models: the only module that imports pydantic.

A field that ends up in the kubeconfig is spelled as kubeconfig spells it; what kcfg adds is camelCase.
`schemas/kcfg-spec.v1.schema.json` is generated from these models (`make schemas`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

API_VERSION = "kcfg/v1"
KIND = "KubeconfigSpec"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, validate_by_alias=True, validate_by_name=False)


class KeyringItem(_Model):
    """An item that another tool wrote into the OS keyring."""

    service: str = Field(min_length=1, description="The item's service name.")
    username: str = Field(min_length=1, description="The item's user name.")


class SecretRefFields(_Model):
    """Where a secret lives: a store and a key, or a keyring item that another tool wrote."""

    store: str = Field(default="default", description="A name from `secretStores`.")
    key: str | None = Field(
        default=None,
        description="Segments `[a-z0-9][a-z0-9._-]*` joined by `/`.",
        examples=["prod-admin/token"],
    )
    property: str | None = Field(default=None, description="A field of a JSON-valued secret.")
    keyring: KeyringItem | None = None


class SecretRefBox(_Model):
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
SecretValue = Annotated[str | SecretRefBox, Field(union_mode="left_to_right"), WithJsonSchema(_SECRET_SCHEMA)]
Labels = dict[str, str]


class Extension(_Model):
    """Foreign data, kept as it is."""

    name: str = Field(min_length=1)
    extension: Any = None


class Cluster(_Model):
    """A Kubernetes API server."""

    name: str = Field(min_length=1, description="The name contexts refer to.")
    labels: Labels = Field(default_factory=dict, description="For selectors; never written to the kubeconfig.")
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


class ExecEnv(_Model):
    """One environment variable of a credential plugin."""

    name: str = Field(min_length=1)
    value: SecretValue


class Exec(_Model):
    """A credential plugin that kubectl runs."""

    api_version: Literal["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"] = Field(
        alias="apiVersion"
    )
    command: str = Field(min_length=1)
    args: list[str] | None = None
    env: list[ExecEnv] | None = Field(default=None, description="The plugin's environment variables.")
    install_hint: str | None = Field(default=None, alias="installHint")
    provide_cluster_info: bool | None = Field(default=None, alias="provideClusterInfo")
    interactive_mode: Literal["Never", "IfAvailable", "Always"] | None = Field(
        default=None, alias="interactiveMode", description="Required with apiVersion v1."
    )


class AuthProvider(_Model):
    """A legacy in-tree credential provider."""

    name: str
    config: dict[str, SecretValue] | None = None


class User(_Model):
    """Who one is to a cluster."""

    name: str = Field(min_length=1, description="The name contexts refer to.")
    labels: Labels = Field(default_factory=dict)
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
    extensions: list[Extension] | None = None


class Context(_Model):
    """A cluster, a user and a namespace under one name."""

    name: str = Field(min_length=1)
    labels: Labels = Field(default_factory=dict, description="Laid over the labels of the cluster.")
    protected: bool = Field(default=False, description="Ask before it is used.")
    cluster: str = Field(min_length=1)
    user: str | None = None
    namespace: str | None = None
    extensions: list[Extension] | None = None


class EnvStore(_Model):
    """Secrets in environment variables: prefix, then the key in capitals."""

    prefix: str = ""


class FileStore(_Model):
    """Secrets in files of one directory, one per key, mode 0600."""

    directory: str = Field(min_length=1)


class CommandStore(_Model):
    """Secrets printed by a command, run without a shell once the user trusts it."""

    argv: list[str] = Field(min_length=1, examples=[["pass", "show", "kcfg/{key}"]])
    timeout: Annotated[
        int | float,
        Field(gt=0, le=300),
        WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 300}),
    ] = 10


def _needs(provider: str) -> dict[str, Any]:
    kind = {"required": ["provider"], "properties": {"provider": {"const": provider}}}
    return {"if": kind, "then": {"required": [provider]}}


class SecretStore(_Model):
    """Where secrets live."""

    model_config = ConfigDict(json_schema_extra={"allOf": [_needs("file"), _needs("command")]})
    name: str = Field(pattern=r"^[a-z0-9-]+$")
    provider: Literal["keyring", "env", "file", "command"]
    env: EnvStore | None = None
    file: FileStore | None = None
    command: CommandStore | None = Field(default=None, description="What a `command` store runs.")


class Metadata(_Model):
    """What the spec is called; the root file's name scopes keyring items and ownership."""

    name: str = Field(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=63)
    labels: Labels = Field(default_factory=dict)
    description: str | None = None


# In kubectl's YAML a bare `off` is false.
_Level = Annotated[
    Literal["error", "warning", "info", "off"], BeforeValidator(lambda value: "off" if value is False else value)
]


class SpecFile(_Model):
    """One document of a spec: any subset of the lists."""

    api_version: Literal["kcfg/v1"] = Field(alias="apiVersion")
    kind: Literal["KubeconfigSpec"]
    metadata: Metadata | None = None
    include: list[str] = Field(default_factory=list, description="Globs, relative to this file.")
    secret_stores: list[SecretStore] = Field(default_factory=list, alias="secretStores")
    clusters: list[Cluster] = Field(default_factory=list)
    users: list[User] = Field(default_factory=list)
    contexts: list[Context] = Field(default_factory=list)
    current_context: str | None = Field(default=None, alias="current-context")
    lint: dict[str, _Level] = Field(default_factory=dict)


def fields_of(model: type[BaseModel]) -> list[str]:
    """Return the spellings of a model's fields, in order."""
    return [field.alias or name for name, field in model.model_fields.items()]


def spec_schema() -> dict[str, Any]:
    """Return pydantic's schema of one document of a spec; `kcfg.spec.schema` makes it readable."""
    schema = SpecFile.model_json_schema(by_alias=True)
    box = SecretRefBox.model_json_schema(by_alias=True)
    schema["$defs"] |= box.pop("$defs", {})
    schema["$defs"]["SecretRefBox"] = box
    schema["required"] = ["apiVersion", "kind"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "kcfg spec, version 1",
        **{key: value for key, value in schema.items() if key != "title"},
    }
