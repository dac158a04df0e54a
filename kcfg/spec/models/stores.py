"""Secret stores: the models are made of what each provider's module says of its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import ConfigDict, Field, ValidationError, WithJsonSchema, create_model

from kcfg.secrets import PROVIDERS, find_provider
from kcfg.spec.models.strict import StrictModel, expects, for_meaning

if TYPE_CHECKING:
    from kcfg.secrets.stores import Provider, Setting


def _seconds(setting: Setting) -> Any:
    most = setting["most"]
    schema = {"type": "number", "exclusiveMinimum": 0, "maximum": most}
    return Annotated[int | float, expects("float_type"), Field(gt=0, le=most), WithJsonSchema(schema)]


def _field(setting: Setting) -> tuple[Any, Any]:
    """Return the type of a setting, and the rest of its field."""
    kind: Any = {"text": str, "folder": str, "argv": list[str], "flag": bool}.get(setting["kind"]) or _seconds(setting)
    said: dict[str, Any] = {"description": setting["about"]}
    if "examples" in setting:
        said["examples"] = setting["examples"]
    if setting.get("needed"):
        return kind, Field(**said) if setting["kind"] == "seconds" else Field(min_length=1, **said)
    default = setting.get("default")
    return (kind if default is not None else kind | None), Field(default=default, **said)


def _settings_model(name: str, provider: Provider) -> type[StrictModel]:
    fields: dict[str, Any] = {setting["name"]: _field(setting) for setting in provider.SETTINGS}
    return create_model(f"{name.title()}Store", __base__=StrictModel, __doc__=provider.ABOUT, **fields)


def settings_faults(name: str, settings: dict[str, Any]) -> list[tuple[tuple[str | int, ...], str]]:
    """Return what is wrong with the settings of another package's store: paths, and why. Raises SecretError."""
    try:
        _settings_model(name, find_provider(name)).model_validate(settings)
    except ValidationError as error:
        return [(each["loc"], each["msg"]) for each in error.errors(include_url=False, include_input=False)]
    return []


def _needs(provider: str) -> dict[str, Any]:
    kind = {"required": ["provider"], "properties": {"provider": {"const": provider}}}
    return for_meaning("KCFG004", {"if": kind, "then": {"required": [provider]}})


NAME = r"^[a-z][a-z0-9-]*$"
_KIND = "The kind of store: keyring, env, file, command, or one that an installed package has, with `settings`."
_OUTSIDE = for_meaning(
    "KCFG005", {"if": {"properties": {"provider": {"enum": [*PROVIDERS]}}}, "else": {"required": ["settings"]}}
)
WITH_SETTINGS = {name: provider for name in PROVIDERS if (provider := find_provider(name)).SETTINGS}
NEEDING = [name for name, each in WITH_SETTINGS.items() if any(setting.get("needed") for setting in each.SETTINGS)]


class _Store(StrictModel):
    """Where secrets live."""

    model_config = ConfigDict(json_schema_extra={"allOf": [*(_needs(each) for each in NEEDING), _OUTSIDE]})
    name: str = Field(pattern=r"^[a-z0-9-]+$")
    provider: str

    settings: dict[str, Any] | None = Field(
        default=None, description="What the provider of another package is told; it says what may stand here."
    )

    def plain(self) -> dict[str, Any]:
        """Return the store as plain values, defaults filled in."""
        return self.model_dump(by_alias=True, exclude_none=True)


if TYPE_CHECKING:
    SecretStore = _Store
else:
    SecretStore = create_model(
        "SecretStore",
        __base__=_Store,
        __doc__=_Store.__doc__,
        provider=(str, Field(pattern=NAME, description=_KIND, examples=[*PROVIDERS])),
        **{
            name: (
                _settings_model(name, each) | None,
                Field(default=None, description=f"Settings of `{name}`."),
            )
            for name, each in WITH_SETTINGS.items()
        },
    )
