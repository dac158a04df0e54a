"""Secret stores."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, WithJsonSchema

from kcfg.spec.models.strict import StrictModel, expects, for_meaning


class EnvStore(StrictModel):
    """Secrets in environment variables: prefix, then the key in capitals."""

    prefix: str = ""


class FileStore(StrictModel):
    """Secrets in files of one directory, one per key, mode 0600."""

    directory: str = Field(min_length=1)


class CommandStore(StrictModel):
    """Secrets printed by a command, run without a shell once the user trusts it."""

    argv: list[str] = Field(
        min_length=1,
        description="A program and its arguments; `{key}` and `{property}` are a reference's. "
        "One that is told the property prints that field alone, any other a JSON object that has it.",
        examples=[["pass", "show", "kcfg/{key}"], ["vault", "kv", "get", "-field={property}", "secret/kcfg/{key}"]],
    )
    timeout: Annotated[
        int | float,
        expects("float_type"),
        Field(gt=0, le=300),
        WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 300}),
    ] = 10
    first_line: bool | None = Field(
        default=None,
        alias="firstLine",
        description="Take the first line of what it prints alone: a `pass` entry has notes below its password.",
    )


def _needs(provider: str) -> dict[str, Any]:
    kind = {"required": ["provider"], "properties": {"provider": {"const": provider}}}
    return for_meaning("KCFG004", {"if": kind, "then": {"required": [provider]}})


class SecretStore(StrictModel):
    """Where secrets live."""

    model_config = ConfigDict(json_schema_extra={"allOf": [_needs("file"), _needs("command")]})
    name: str = Field(pattern=r"^[a-z0-9-]+$")
    provider: Literal["keyring", "env", "file", "command"]
    env: EnvStore | None = None
    file: FileStore | None = None
    command: CommandStore | None = Field(default=None, description="What a `command` store runs.")
