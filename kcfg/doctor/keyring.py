"""Does the keyring answer, and is it open?"""

from __future__ import annotations

from collections.abc import Iterator

from kcfg.doctor.finding import OK, PROBLEM, Finding, Surroundings
from kcfg.errors import SecretError
from kcfg.secrets.library import NO_KEYRING, backend_name

_AREA = "keyring"


def check(here: Surroundings) -> Iterator[Finding]:
    """Ask the platform's keyring, which is never unlocked by this, within a deadline."""
    backend = backend_name(here.platform)
    try:
        if here.platform == "linux":
            from kcfg.secrets.secretservice import check_unlocked

            if not here.environ.get("DBUS_SESSION_BUS_ADDRESS") and not here.environ.get("XDG_RUNTIME_DIR"):
                raise SecretError("there is no session bus, so no keyring can be asked", hint=NO_KEYRING)
            check_unlocked(here.environ, seconds=here.seconds)
        else:
            from kcfg.secrets.library import Library

            Library(here.environ).get("kcfg/doctor", "kcfg")
    except SecretError as error:
        hint = error.hint or error.problems[0].hint
        yield Finding(_AREA, PROBLEM, f"{backend or 'none'}: {error.message}", hint or NO_KEYRING)
        return
    yield Finding(_AREA, OK, f"{backend}: answers, and is open")
