"""The models → `shapes.py`: what a record of each of them has, for whoever reads a spec without pydantic.

`make schemas` writes it beside the schema; tests/test_schemas.py keeps both what the models make.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args, get_origin

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

_HEAD = '''"""What the models say of their fields, in the order of the models: made by `make schemas`, not by hand.

Model: field of the file → (attribute, what its value holds, its default). A value holds `Model`, `[Model]`, `{Model}`,
`level` or `whole` (`kcfg.spec.records`), or is as it is: "".
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# fmt: off
SHAPES: dict[str, dict[str, tuple[str, str, Any]]] = {
'''
# What a model makes of a plain value beside models: `records` does the same.
_CHANGED = {("SpecFile", "lint"): "level", ("ArgoCd", "shard"): "whole"}


def make_shapes() -> str:
    """Return the text of `kcfg/spec/shapes.py`."""
    from kcfg.spec.models import SecretRefBox, SpecFile

    lines = [_HEAD]
    for name, model in sorted(_reached({}, [SpecFile, SecretRefBox]).items()):
        fields = [
            f'        "{field.alias or attribute}": ("{attribute}", "{_holds(name, attribute, field)}", '
            f"{_default(field)}),\n"
            for attribute, field in model.model_fields.items()
        ]
        lines.append(f'    "{name}": {{\n{"".join(fields)}    }},\n')
    return "".join([*lines, "}\n"]).replace("'", '"')


def _reached(found: dict[str, type[BaseModel]], models: list[type[BaseModel]]) -> dict[str, type[BaseModel]]:
    for model in models:
        if model.__name__ not in found:
            found[model.__name__] = model
            below = [model_in(field.annotation)[1] for field in model.model_fields.values()]
            _reached(found, [each for each in below if each is not None])
    return found


def model_in(annotation: object) -> tuple[str, type[BaseModel] | None]:
    """Return how an annotation holds a model, as `M`, `[M]` or `{M}`, and the model."""
    from pydantic import BaseModel

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "M", annotation
    for argument in get_args(annotation):
        form, found = model_in(argument)
        if found is not None:
            origin = get_origin(annotation)
            return "[M]" if origin is list else "{M}" if origin is dict else form, found
    return "", None


def _holds(name: str, attribute: str, field: FieldInfo) -> str:
    form, model = model_in(field.annotation)
    return form.replace("M", model.__name__) if model else _CHANGED.get((name, attribute), "")


def _default(field: FieldInfo) -> str:
    """Return a default as Python; of a container its class, since each record has its own."""
    if field.is_required():
        return "..."
    value: Any = field.default if field.default_factory is None else field.get_default(call_default_factory=True)
    return type(value).__name__ if isinstance(value, (list, dict)) else repr(value)
