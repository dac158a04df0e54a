"""What all models share: unknown fields are errors, and nothing is converted silently."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class StrictModel(BaseModel):
    """A model that takes exactly what it declares, under the spelling of the file."""

    model_config = ConfigDict(extra="forbid", strict=True, validate_by_alias=True, validate_by_name=False)
