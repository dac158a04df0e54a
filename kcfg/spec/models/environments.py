"""What makes many kubeconfigs of one spec: variables, matrices, environments with their patches."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidatorFunctionWrapHandler, WithJsonSchema, WrapValidator

from kcfg.spec.models.entries import Cluster, Context, User
from kcfg.spec.models.stores import SecretStore
from kcfg.spec.models.strict import StrictModel, expects, for_meaning
from kcfg.spec.unplugged import no_plugins

# JSON takes 1.0 for 1: so does the shape; `kcfg.spec.generate` refuses it, since `str` would not.
_Whole = Annotated[float, Field(multiple_of=1, allow_inf_nan=False)]
_VALUE: dict[str, Any] = {"type": ["string", "integer"]}
Value = Annotated[str | int | _Whole, expects("string_type"), WithJsonSchema(_VALUE)]
Object = dict[str, Value]
_Objects = Annotated[list[Annotated[Object, Field(min_length=1)]], Field(min_length=1)]


@cache
def _objects() -> TypeAdapter[list[Object]]:
    with no_plugins():
        return TypeAdapter(_Objects, config=ConfigDict(strict=True))


def _axes_or_objects(value: object, handler: ValidatorFunctionWrapHandler) -> Any:
    """Let a fault be one of the form that is meant, at its place: a list is one of objects."""
    return _objects().validate_python(value) if isinstance(value, list) else handler(value)


ForEach = Annotated[
    dict[str, list[Value]],
    Field(min_length=1),
    WrapValidator(_axes_or_objects),
    WithJsonSchema(
        {
            "type": ["object", "array"],
            "minProperties": 1,
            "additionalProperties": {"type": "array", "items": _VALUE},
            "minItems": 1,
            "items": {"type": "object", "minProperties": 1, "additionalProperties": _VALUE},
        }
    ),
]


class Variable(StrictModel):
    """A value that strings of the spec name as `${name}`."""

    default: str | None = Field(default=None, description="The value when nothing sets another.")
    required: bool = Field(
        default=False,
        description="An environment or --set has to give the value, wherever a text that is kept names it.",
    )
    type: Literal["string", "integer", "boolean"] = Field(default="string", description="What its value has to be.")
    enum: list[str] | None = Field(default=None, min_length=1, description="The values that it may have.")
    description: str | None = None


class ContextTemplate(Context):
    """A context of a matrix; its cluster and user default to those generated with it."""

    cluster: str | None = Field(default=None, min_length=1)  # type: ignore[assignment]


class Generate(StrictModel):
    """A matrix: one cluster, user and context for each combination of values, or for each object of a list."""

    for_each: ForEach = Field(
        alias="forEach",
        examples=[
            {"tier": ["dev", "stage"], "region": ["eu", "us"]},
            [{"name": "eu-1", "server": "https://eu-1.example.com"}],
        ],
    )
    exclude: list[Object] = Field(default_factory=list)
    include: list[Object] = Field(default_factory=list)
    cluster: Cluster | None = Field(default=None, description="The cluster of each combination, a template.")
    user: User | None = Field(default=None, description="The user of each combination, a template.")
    context: ContextTemplate | None = None


class Expression(StrictModel):
    """One requirement on a label."""

    key: str = Field(min_length=1)
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: list[str] = Field(default_factory=list)


class Select(StrictModel):
    """Which contexts; all conditions have to hold."""

    match_labels: dict[str, str | None] | None = Field(default=None, alias="matchLabels")
    match_expressions: list[Expression] | None = Field(default=None, alias="matchExpressions")
    names: list[str] | None = Field(default=None, examples=[["prod-*"]])


class PatchTarget(StrictModel):
    """The entries a patch is for; all conditions have to hold."""

    kind: Literal["Cluster", "User", "Context"] = Field(description="What kind of entry it changes.")
    name: str | None = Field(default=None, min_length=1, description="A name, or a glob.")
    selector: str | None = Field(default=None, examples=["env=prod,region in (eu,us)"])


_EITHER = {
    "if": {"required": ["merge"]},
    "then": {"not": {"required": ["json6902"]}},
    "else": {"required": ["json6902"]},
}


class Operation(StrictModel):
    """One operation of a JSON patch (RFC 6902)."""

    op: Literal["add", "remove", "replace", "move", "copy", "test"] = Field(description="What it does.")
    path: str = Field(
        description="Where: a JSON pointer into the entry; `-` appends to a list.", examples=["/labels/env"]
    )
    value: Any = Field(default=None, description="What add and replace write, and test compares with.")
    from_: str = Field(default_factory=str, alias="from", description="The pointer that move and copy read.")


class Patch(StrictModel):
    """A change to the entries it targets: a merge patch (RFC 7386), or the operations of a JSON patch (RFC 6902)."""

    model_config = ConfigDict(json_schema_extra={"allOf": [for_meaning("KCFG109", _EITHER)]})

    target: PatchTarget
    merge: dict[str, Any] = Field(default_factory=dict, min_length=1, examples=[{"proxy-url": None}])
    json6902: list[Operation] = Field(
        default_factory=list,
        min_length=1,
        description="Operations in order (RFC 6902), instead of `merge`: lists are changed item by item.",
        examples=[[{"op": "add", "path": "/as-groups/-", "value": "auditors"}]],
    )
    optional: bool = Field(default=False, description="It may match nothing: no error then.")


class Environment(StrictModel):
    """One kubeconfig of the many that a spec stands for."""

    name: str = Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$", max_length=63)
    description: str | None = None
    output: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$",
        max_length=255,
        description="Its file below the folder of `render --all-environments --out DIR`. Default: NAME.yaml.",
        examples=["teams/prod.kubeconfig"],
    )
    extends: str | None = Field(default=None, description="The environment that this one is laid over.")
    select: Select | None = None
    current_context: str | None = Field(default=None, alias="current-context")
    credentials: Literal["exec", "inline", "omit"] | None = None
    embed: bool | None = None
    flatten: bool | None = None
    manage: list[Literal["namespace", "current-context"]] | None = None
    secret_stores: list[SecretStore] = Field(default_factory=list, alias="secretStores")
    variables: dict[str, str] = Field(default_factory=dict)
    patches: list[Patch] = Field(default_factory=list)
