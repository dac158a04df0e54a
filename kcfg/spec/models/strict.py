"""What all models share: unknown fields are errors, and nothing is converted silently."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticKnownError

from kcfg.spec.unplugged import no_plugins


class StrictModel(BaseModel):
    """A model that takes exactly what it declares, under the spelling of the file."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        validate_by_alias=True,
        validate_by_name=False,
        defer_build=True,  # a spec needs the validator of a document: those of its parts are part of it
    )

    @classmethod
    def model_rebuild(cls, **said: Any) -> bool | None:
        """Build the validator as pydantic does when it is first asked for, without plugins of other packages."""
        with no_plugins():
            return super().model_rebuild(**said)


def expects(kind: Literal["string_type", "float_type"], mapping: type[StrictModel] | None = None) -> WrapValidator:
    """Let a union have one error, at the value; a mapping is judged by the model of one.

    pydantic's own errors of a union go on with the name of a member, `int` say, which a key of the spec may have too.
    """

    def check(value: object, handler: ValidatorFunctionWrapHandler) -> Any:
        if mapping is not None and isinstance(value, dict):
            return mapping.model_validate(value)
        try:
            return handler(value)
        except ValidationError:
            raise PydanticKnownError(kind) from None

    return WrapValidator(check)


def for_meaning(rule: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return a part of the schema that only editors need: the checks of meaning say the same, and know more."""
    return {"$comment": f"meaning: {rule}", **schema}
