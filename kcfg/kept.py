"""What a `command` store printed, given again until its end where the user wants that kept: `kcfg cache on`."""

from __future__ import annotations

import os

from kcfg.cache.cache import Answer, open_cache
from kcfg.cache.name import asker_of, name_of
from kcfg.cache.once import ask_once
from kcfg.errors import SecretError
from kcfg.secrets.secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from kcfg.secrets.command import CommandStore
    from kcfg.secrets.ref import SecretRef


def read_once(
    store: CommandStore,
    ref: SecretRef,
    found: Mapping[str, Any],
    env: Mapping[str, str],
    pick: Callable[[Secret], Secret],
) -> Secret:
    """Return what `pick` takes of what a trusted command prints; `found` is what the trust record has of it.

    Kept is only what tells its end, a JWT, or anything for the time that the user set for that. Raises SecretError.
    """
    cache = open_cache(env)
    argv, folder = store.command_line(ref), found["directory"]
    name = ""
    if cache is not None and (path := find_program(argv[0], folder, env)):
        kind = f"store {store.name} {ref.property} {bool(found.get('firstLine'))}"
        name = name_of(cache.setting.salt, kind, argv, env, path=path, pins=found["pins"], folder=folder)
    if cache is None or not name:
        return pick(store.read(ref))
    without_end = cache.setting.without_end

    def run() -> Answer:
        import time

        from kcfg.cache.ends import end_of_secret

        try:
            value = pick(store.read(ref)).reveal()
        except SecretError as error:
            if type(error) is not SecretError:  # one that is not there can be, the moment after
                raise
            return Answer(f"{error.message}\n{error.hint or error.problems[0].hint}", code=1)
        ends = end_of_secret(value)
        skew = cache.setting.skew
        return Answer(value, ends=ends or (time.time() + skew + without_end if without_end else 0))

    answer = ask_once(cache, name, f"store {store.name}, {ref.key}", run, asker=asker_of(env))
    if answer.code:
        message, _, hint = answer.text.partition("\n")
        raise SecretError(message, hint=hint)
    return Secret(answer.text)


def find_program(command: str, folder: str, env: Mapping[str, str]) -> str:
    """Return the file that a command's name means in a folder, as execvpe(3) finds it; "" for none."""
    if "/" in command:
        return os.path.join(folder, command)
    for each in os.get_exec_path(dict(env)):
        path = os.path.join(folder, each, command)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return ""
