"""Endings as an iCalendar file (RFC 5545): an event for each, with a reminder a week before."""

from __future__ import annotations

from hashlib import sha256

from kcfg.printing import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from kcfg.lint.endings import Ending


def dump(endings: Sequence[Ending], now: str) -> str:
    """Return the calendar of what ends; the same ending keeps its UID, so that a second import replaces the first."""
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//kcfg//check expiry//EN", "CALSCALE:GREGORIAN"]
    events = [line for ending in endings if ending.ends for line in _event(ending, now)]
    return "".join(f"{folded}\r\n" for line in [*head, *events, "END:VCALENDAR"] for folded in _fold(line))


def _event(ending: Ending, now: str) -> list[str]:
    name = sha256(
        "\0".join((ending.kind, ending.name, ending.where.partition(":")[0], ending.ends)).encode()
    ).hexdigest()
    contexts = f"contexts: {', '.join(ending.contexts)}\n" if ending.contexts else ""
    return [
        "BEGIN:VEVENT",
        f"UID:{name[:32]}@kcfg",
        f"DTSTAMP:{_stamp(now)}",
        f"DTSTART:{_stamp(ending.ends)}",
        f"SUMMARY:{_text(f'{ending.kind} of {ending.name} ends')}",
        f"DESCRIPTION:{_text(contexts + ending.where)}",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(f'{ending.kind} of {ending.name} ends in a week')}",
        "TRIGGER:-P7D",
        "END:VALARM",
        "END:VEVENT",
    ]


def _stamp(moment: str) -> str:
    return moment.replace("-", "").replace(":", "")


def _text(value: str) -> str:
    lines = [printable(line) for line in value.split("\n")]
    return "\\n".join("".join(f"\\{char}" if char in "\\;," else char for char in line) for line in lines)


def _fold(line: str) -> list[str]:
    """Return a line in pieces of at most 75 bytes, each but the first after a blank.

    None begins with a colon or a blank: what stands before goes along, since the log of a CI job obeys ` ::`.
    """
    pieces, piece = [], ""
    for char in line:
        piece += char
        if len(piece.encode("utf-8", "replace")) > 75:
            at = len(piece) - 1
            while at > 2 and piece[at] in ": ":
                at -= 1
            pieces.append(piece[:at])
            piece = f" {piece[at:]}"
    return [*pieces, piece]
