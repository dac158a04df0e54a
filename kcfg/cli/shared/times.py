"""Times on a command line: `30m`, `8h`, `1h30m`, `90s`."""

from kcfg.errors import KcfgError
from kcfg.spec.accounts import parse_duration


def parse_time(flag: str, text: str) -> int:
    """Return the seconds of the time that an option was given. Raises KcfgError for what is none, and for no time."""
    seconds = parse_duration(text)
    if not seconds:
        raise KcfgError(f"{flag}: not a time: {text!r}", hint="write 30m, 8h or 1h30m")
    return seconds
