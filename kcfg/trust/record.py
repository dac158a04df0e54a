"""What the user allowed specs of a name to reach: `trust.json` in the state folder, read by the plugin too.

For each name: the roots it came from, endpoints in plain text, all else as digests (arguments may hold secrets), and
for each root what kcfg-credential runs: its `command` stores, and the plugins of its users.
"""

from __future__ import annotations

import os

from kcfg.errors import FileError, SecretError
from kcfg.secrets import block_of, settings_of
from kcfg.state import edit_state, read_state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

_STATE = "trust"
ASKS = "Always"  # the interactiveMode of a plugin that somebody has to answer: recorded of no other
_FIRST = "command"  # the provider whose settings stand there as they are


def read_record(name: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return what is remembered of a spec's name; empty for none."""
    return _sound(read_state(_STATE, environ).get(name))


def _sound(found: Any) -> dict[str, Any]:
    """Return a record; nothing of one that is damaged."""
    try:
        things = [store for stores in found["roots"].values() for store in stores.values()]
        texts = [*found.get("facts", []), *(text for each in found.get("endpoints", []) for text in each)]
        for by_environment in found.get("plugins", {}).values():
            for plugin in (plugin for users in by_environment.values() for plugin in users.values()):
                texts += [plugin["path"], plugin["command"]]
                things.append(plugin)
        texts += [text for each in things for pin in each.get("pins", {}).items() for text in pin]
    except (TypeError, LookupError, AttributeError):
        return {}
    return found if all(isinstance(each, str) for each in texts) else {}


def add_to_record(
    name: str,
    root: str,
    environ: Mapping[str, str],
    *,
    endpoints: Iterable[tuple[str, ...]] = (),
    facts: Iterable[str] = (),
    commands: Mapping[str, Any] | None = None,
    plugins: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Remember what was allowed, beside what was before; nothing is written where nothing is new."""

    def added(state: dict[str, Any]) -> dict[str, Any]:
        old = _sound(state.get(name))
        known = {tuple(each) for each in old.get("endpoints", [])}
        before = old.get("roots", {})
        wrapped = old.get("plugins", {})
        record = {
            "roots": {**before, root: before.get(root, {}) if commands is None else dict(commands)},
            "plugins": wrapped if plugins is None else {**wrapped, root: {e: dict(u) for e, u in plugins.items()}},
            "endpoints": [list(each) for each in sorted(known | set(endpoints))],
            "facts": sorted({*old.get("facts", []), *facts}),
        }
        if record == old:
            return state
        from kcfg.cache.cache import clear_cache

        clear_cache(environ)  # what was allowed so far gave it
        return {**state, name: record}

    edit_state(_STATE, added, environ)


def find_command(spec_name: str, store: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the trusted command of a store, for the plugin.

    Raises SecretError when there is none, when two roots disagree, or when a file that it runs has changed since.
    """
    roots = read_record(spec_name, environ).get("roots", {})
    return _agreed(spec_name, store, {root: each[store] for root, each in roots.items() if store in each})


def recorded_store(store: Mapping[str, Any], directory: str, pins: Mapping[str, str]) -> dict[str, Any]:
    """Return what is recorded of a store that runs or asks something by its settings, given as plain values."""
    provider = store["provider"]
    settings = settings_of(store)
    said = settings if provider == _FIRST else {"provider": provider, "settings": settings}
    return {**said, "directory": directory, "pins": dict(pins)}


def declared_store(name: str, recorded: Mapping[str, Any]) -> dict[str, Any]:
    """Return the store that was recorded, as plain values: `recorded_store` the other way round."""
    if "provider" in recorded:
        provider, settings = recorded["provider"], recorded["settings"]
    else:
        provider = _FIRST
        settings = {key: value for key, value in recorded.items() if key not in ("directory", "pins")}
    return {"name": name, "provider": provider, block_of(provider): settings}


def find_plugin(
    spec_name: str, environment: str, user: str, environ: Mapping[str, str], command: list[str] | None = None
) -> dict[str, Any]:
    """Return the trusted plugin of a user in an environment ("": in none), as `find_command` does a store's.

    Raises SecretError, too, while it is not installed, and where a `command` is given and is not the trusted one.
    """
    roots = read_record(spec_name, environ).get("plugins", {}).items()
    found = {root: users[environment][user] for root, users in roots if user in users.get(environment, {})}
    if command is not None and found:
        found = {root: each for root, each in found.items() if _is_command(each, command)}
        if not found:
            message = f"the command of {spec_name}/{user} is not the one that you trusted"
            raise SecretError(message, hint="run `kcfg apply` at its spec")
    plugin = _agreed(spec_name, user, found)
    if not plugin["path"]:
        hint = "install it, then run `kcfg trust` at its spec"
        raise SecretError(f"{plugin['command']} was not installed when it was trusted", hint=hint)
    return plugin


def _is_command(plugin: Mapping[str, Any], command: list[str]) -> bool:
    return command[1:] == plugin["args"] and command[:1] in ([plugin["command"]], [plugin["path"]])


def _agreed(spec_name: str, name: str, by_root: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the one thing that all roots mean, while the files that it runs are as they were.

    A root that is gone (the clone moved) has no say beside one that is there.
    """
    found = [each for root, each in by_root.items() if os.path.isdir(root)] or list(by_root.values())
    if not found:
        raise SecretError(f"the command of {spec_name}/{name} is not trusted", hint="run `kcfg trust` at its spec")
    if any(each != found[0] for each in found):
        raise SecretError(f"two specs are called {spec_name!r} and disagree on {name!r}", hint="rename one spec")
    for path, digest in found[0].get("pins", {}).items():
        if digest_of(path) != digest:
            raise SecretError(f"{path} changed since it was trusted", hint="look at it, then run `kcfg trust`")
    return found[0]


def digest_of(path: str) -> str:
    """Return the SHA-256 of a file's bytes; "" where it cannot be read."""
    from hashlib import sha256

    from kcfg.files import read_bytes

    try:
        return sha256(read_bytes(path)).hexdigest()
    except FileError:
        return ""
