"""`canonical` for megabytes: one regular expression an entry, in C. What it does not match, `canonical` looks at.

Loading and compiling them takes as long as `canonical` needs for five hundred contexts.
"""

from __future__ import annotations

import re

from kcfg.kubeconfig.canonical import BEFORE_PADDING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Spans = tuple[list[bytes], list[tuple[int, int]]]

_WORDS = rb"y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON|n|N|no|No|NO|false|False|FALSE|off|Off|OFF|null|Null|NULL"
_TEXT = rb"(?!(?:" + _WORDS + rb")\n)[A-Za-z_/][A-Za-z0-9_./:@+=~-]*+(?<!:)\n"
_MAYBE = rb'(?:""\n|' + _TEXT + rb")"
_FLAG = rb"--?[A-Za-z][A-Za-z0-9_./:@+=~-]*+(?<!:)\n"
_DATA = rb"(?!(?:" + _WORDS + rb")\n)([A-Za-z][A-Za-z0-9+/]*+=?=?)\n"
_PADDING = ord("=")


def _optional(fields: str, **values: bytes) -> bytes:
    """Return the pattern of lines that may be missing: texts, unless something else is said of them."""
    lines = (f"    {field}: ".encode() + values.get(field.replace("-", "_"), _TEXT) for field in fields.split())
    return b"".join(rb"(?:" + line + rb")?" for line in lines)


_NAME = rb"name: (?P<name>" + _TEXT.removesuffix(rb"\n") + rb")\n"
_STANZA = (
    rb"    exec:\n      apiVersion: " + _TEXT
    + rb"      args:(?: null\n| \[\]\n|\n(?:      - (?:" + _TEXT + rb"|" + _FLAG + rb"))+)"
    + rb"      command: " + _MAYBE
    + rb"      env:(?: null\n| \[\]\n|\n(?:      - name: " + _TEXT + rb"        value: " + _TEXT + rb")+)"
    + rb"(?:      installHint: '`kcfg-credential` comes with kcfg; see Install in its README'\n)?"
    + rb"      interactiveMode: " + _TEXT
    + rb"      provideClusterInfo: (?:true|false)\n"
)  # fmt: skip
_TRUE = rb"true\n"
_CLUSTER = (
    rb"- cluster:\n"
    + _optional(
        "certificate-authority certificate-authority-data disable-compression insecure-skip-tls-verify proxy-url",
        certificate_authority_data=_DATA, disable_compression=_TRUE, insecure_skip_tls_verify=_TRUE,
    )
    + rb"    server: " + _MAYBE
    + _optional("tls-server-name")
    + rb"  " + _NAME
)  # fmt: skip
_CONTEXT = (
    rb"- context:\n    cluster: " + _MAYBE
    + _optional("namespace")
    + rb"    user: " + _MAYBE
    + rb"  " + _NAME
)  # fmt: skip
_USER = (
    rb"- " + _NAME + rb"  user:(?: \{\}\n|\n(?=    )"
    + _optional(
        "as as-uid client-certificate client-certificate-data client-key client-key-data",
        client_certificate_data=_DATA, client_key_data=_DATA,
    )
    + rb"(?:" + _STANZA + rb")?"
    + _optional("password token tokenFile username")
    + rb")"
)  # fmt: skip
# What follows is the next entry, or the end.
_ENTRIES = {
    section: entry + rb"(?=- |\Z)"
    for section, entry in (("clusters", _CLUSTER), ("contexts", _CONTEXT), ("users", _USER))
}


def spans_of(raw: bytes, start: int, stop: int, section: str, look: Callable[[int, int], Spans | None]) -> Spans | None:
    """Return names and places of the entries between two borders; `look` does so for those that do not match."""
    names: list[bytes] = []
    spans: list[tuple[int, int]] = []
    for span, name in _matches(raw, start, stop, section):
        if span[0] != start:
            looked_at = look(start, span[0])
            if looked_at is None:
                return None
            names += looked_at[0]
            spans += looked_at[1]
        if name:
            names.append(name)
            spans.append(span)
        start = span[1]
    return names, spans


def _matches(raw: bytes, start: int, stop: int, section: str) -> Iterator[tuple[tuple[int, int], bytes]]:
    """Yield place and name of every entry that matches; at last the end of the section, without a name."""
    pattern = re.compile(_ENTRIES[section])
    groups = sorted({*range(1, pattern.groups + 1)} - {pattern.groupindex["name"]})
    for found in pattern.finditer(raw, start, stop):
        for group in groups:  # base64 goes by fours
            begin, end = found.span(group)
            if (end - begin) % 4 or (begin >= 0 and raw[end - 1] == _PADDING and not _is_padded(raw, end)):
                break
        else:
            yield found.span(), found["name"]
    yield (stop, stop), b""


def _is_padded(raw: bytes, end: int) -> bool:
    """Return whether the bits that the padding leaves unused are zero."""
    padding = 1 + (raw[end - 2] == _PADDING)
    return raw[end - 1 - padding] in BEFORE_PADDING[padding]
