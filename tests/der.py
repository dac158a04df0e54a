"""DER taken apart and put together again, for tests that change certificates."""

import contextlib


def tree(der):
    """DER as [tag, content], where the content is a list of the same, or bytes."""
    found, at = [], 0
    while at < len(der):
        tag, length, start = der[at], der[at + 1], at + 2
        if length >= 0x80:
            start += length & 0x7F
            length = int.from_bytes(der[at + 2 : start], "big")
        content = der[start : start + length]
        if len(content) < length:
            raise IndexError
        found.append([tag, _inside(tag, content)])
        at = start + length
    return found


def _inside(tag, content):
    if tag in (0x03, 0x04):  # a key, or an extension, where it is DER
        with contextlib.suppress(IndexError):
            inside = tree(content[tag == 0x03 :])
            return [inside, content[: tag == 0x03]]
    return [tree(content), b""] if tag & 0x20 else content


def encoded(parts):
    """The other way round."""
    written = b""
    for tag, content in parts:
        body = content if isinstance(content, bytes) else content[1] + encoded(content[0])
        size = len(body)
        head = (
            bytes([size]) if size < 0x80 else bytes([0x81, size]) if size < 0x100 else b"\x82" + size.to_bytes(2, "big")
        )
        written += bytes([tag]) + head + body
    return written


def places(parts):
    """Every list of elements with each place in it."""
    for index, (_, content) in enumerate(parts):
        yield parts, index
        if not isinstance(content, bytes):
            yield from places(content[0])
