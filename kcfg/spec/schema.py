"""The published JSON Schemas: generated from the models, found in a wheel and in a checkout alike."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from kcfg.errors import KcfgError

FILES = {"spec": "kcfg-spec.v1.schema.json", "kubeconfig": "kubeconfig.v1.schema.json"}


def read_schema(which: str) -> str:
    """Return the text of a published schema: `spec` or `kubeconfig`."""
    if which not in FILES:
        raise KcfgError(f"unknown schema {which!r}", hint=f"one of {', '.join(FILES)}")
    package = files("kcfg")
    for folder in (package / "schemas", Path(str(package)).parent / "schemas"):
        if (found := folder / FILES[which]).is_file():
            return found.read_text(encoding="utf-8")
    raise KcfgError(f"the schema {FILES[which]} is missing from this installation", hint="reinstall kcfg")


def check_schema(value: object, which: str) -> list[str]:
    """Return what `jsonschema` says against a published schema, one `path: keyword` a finding."""
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(json.loads(read_schema(which)))
    return [f"{error.json_path}: {error.validator}" for error in validator.iter_errors(value)]


def make_spec_schema() -> dict[str, Any]:
    """Return the schema of a spec file, generated from the models."""
    from kcfg.spec.models import spec_schema

    return spec_schema()
