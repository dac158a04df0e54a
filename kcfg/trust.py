"""Which commands a spec may run: pinned by content, as direnv does. A spec from git is code when it runs one."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kcfg.errors import SecretError
from kcfg.state import edit_state, read_state

if TYPE_CHECKING:
    from kcfg.spec.declared import Spec

_STATE = "trust"
Commands = dict[str, dict[str, Any]]


def commands_of(spec: Spec) -> Commands:
    """Return the spec's command stores: name → argv, timeout and the folder they run in."""
    found: Commands = {}
    for name, declared in spec.command_stores().items():
        assert declared.entry.command is not None
        settings = declared.entry.command.model_dump()
        found[name] = {**settings, "directory": os.path.realpath(declared.source.directory or ".")}
    return found


def digest(commands: Commands) -> str:
    """Return the pin of a set of commands."""
    return hashlib.sha256(json.dumps(commands, sort_keys=True).encode()).hexdigest()


def is_trusted(spec: Spec, environ: Mapping[str, str]) -> bool:
    """Return whether the user allowed exactly these commands for this spec."""
    record = _records(environ).get(_key(spec), {})
    return record.get("digest") == digest(commands_of(spec))


def trust(spec: Spec, environ: Mapping[str, str]) -> None:
    """Remember that the user allows this spec's commands as they are now."""
    commands = commands_of(spec)
    record = {"name": spec.name, "digest": digest(commands), "commands": commands}
    edit_state(_STATE, lambda state: {**state, _key(spec): record}, environ)


def find_command(spec_name: str, store: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the trusted command of a store, for the plugin. Raises SecretError when there is none, or two."""
    records = [each for each in _records(environ).values() if each.get("name") == spec_name]
    found = [each["commands"][store] for each in records if store in each["commands"]]
    if not found:
        raise SecretError(f"the command of {spec_name}/{store} is not trusted", hint="run `kcfg trust` at its spec")
    if any(each != found[0] for each in found):
        raise SecretError(f"two specs are called {spec_name!r} and disagree on {store!r}", hint="rename one spec")
    command: dict[str, Any] = found[0]
    return command


def _records(environ: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    state = read_state(_STATE, environ).items()
    return {key: each for key, each in state if isinstance(each, dict) and isinstance(each.get("commands"), dict)}


def _key(spec: Spec) -> str:
    return os.path.realpath(spec.root.file)
