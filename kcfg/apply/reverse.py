"""The way back from a text to the one before it, keeping only what was changed or removed. Pure."""

from __future__ import annotations

import re
from collections import Counter

# A block begins at a list item, at a key without indentation, or at a member of a flow list: mostly, it is an entry.
_BLOCK = re.compile(rb"^(?=[ \t]*- |[^ \t\r\n#-])|(?<=[\[,])(?= ?\{)|(?<=\])(?=,)", re.MULTILINE)
Piece = tuple[int, int, bytes]  # start and end in the later text, and what stood there before


def reverse_pieces(before: bytes, after: bytes) -> list[Piece]:
    """Return what turns `after` into `before`: pieces in order, as large as whole entries."""
    old, new = _blocks(before), _blocks(after)
    pieces: list[Piece] = []
    at_old = at_new = offset = 0
    for anchor_old, anchor_new in [*_anchors(old, new), (len(old), len(new))]:
        was, now = b"".join(old[at_old:anchor_old]), b"".join(new[at_new:anchor_new])
        if was != now:
            pieces.append(_trimmed(offset, was, now))
        offset += len(now)
        if anchor_new < len(new):
            offset += len(new[anchor_new])
        at_old, at_new = anchor_old + 1, anchor_new + 1
    return pieces


def _trimmed(offset: int, was: bytes, now: bytes) -> Piece:
    """Return a piece without what both texts begin and end with."""
    head = _shared(was, now)
    room = min(len(was), len(now)) - head
    tail = min(_shared(was[::-1], now[::-1]), room)
    return offset + head, offset + len(now) - tail, was[head : len(was) - tail]


def _shared(one: bytes, other: bytes) -> int:
    """Return how many bytes two texts have in common at their beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


def restored(after: bytes, pieces: list[Piece]) -> bytes:
    """Return the text before. Raises ValueError where the pieces do not fit."""
    parts: list[bytes] = []
    done = 0
    for start, end, was in pieces:
        if not done <= start <= end <= len(after):
            raise ValueError("pieces out of order")
        parts += (after[done:start], was)
        done = end
    return b"".join(parts) + after[done:]


def _blocks(text: bytes) -> list[bytes]:
    starts = [0, *(found.start() for found in _BLOCK.finditer(text) if found.start())]
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def _anchors(old: list[bytes], new: list[bytes]) -> list[tuple[int, int]]:
    """Return places of blocks that stand once in both texts, in an order that holds in both."""
    once_old = {block for block, number in Counter(old).items() if number == 1}
    once_new = {block: index for index, block in enumerate(new)}
    repeated = {block for block, number in Counter(new).items() if number > 1}
    found: list[tuple[int, int]] = []
    for index, block in enumerate(old):
        place = once_new.get(block, -1)
        if block in once_old and block not in repeated and place > (found[-1][1] if found else -1):
            found.append((index, place))
    return found
