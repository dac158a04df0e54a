"""What of a change may be shown: field by field, secrets hidden, certificates and commands said in words."""

from __future__ import annotations

import shlex

from kcfg.dataclass import dataclass
from kcfg.kubeconfig.difference import NOT_COMPARED, certificates_in, value_at
from kcfg.kubeconfig.fields import CERTIFICATES, SECRETS
from kcfg.kubeconfig.model import Body, Entry
from kcfg.kubeconfig.redact import redact_entry
from kcfg.kubeconfig.secret_patterns import HIDDEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.kubeconfig.difference import FieldChange
    from kcfg.kubeconfig.plan import Change

UNREAD = "(in the store)"
ANOTHER = "(another value)"
_LONG = 160
_COMMAND = (("exec", "command"), ("exec", "args"))


@dataclass(frozen=True, slots=True)
class Row:
    """A field as people read it; None where it is absent. `secret`: the value itself is hidden."""

    field: str
    before: str | None
    after: str | None
    secret: bool = False


def rows(change: Change) -> list[Row]:
    """Return the fields of a change that differ, in kubectl's order."""
    shown = (redacted(change.before), redacted(change.after))
    found: list[Row] = []
    for field in change.fields():
        if field.path in _COMMAND:
            if not found or found[-1].field != "exec":
                found.append(_command(change, shown))
            continue
        found.append(_row(field, shown))
    return found


def redacted(body: Body | None) -> Body:
    """Return a body in which nothing is secret, public certificates in full."""
    if body is None:
        return {}
    entry = Entry("", {field: value for field, value in body.items() if value is not NOT_COMPARED})
    redact_entry(entry)
    public = {field: body[field] for field in CERTIFICATES if field in body}
    hidden = {field: HIDDEN for field in SECRETS if body.get(field) and body[field] is not NOT_COMPARED}
    unread = {field: UNREAD for field, value in body.items() if value is NOT_COMPARED}
    shown = {**entry.body, **public, **hidden, **unread}
    return {field: shown[field] for field in body}


def field_name(path: tuple[str, ...]) -> str:
    """Return `exec.env.AWS_PROFILE` for a path."""
    return ".".join(path)


def _row(field: FieldChange, shown: tuple[Body, Body]) -> Row:
    values = [value_at(body, field.path) for body in shown]
    describe = certificate_words if field.path[-1] in CERTIFICATES else _text
    before, after = (None if value in (None, "") else describe(value) for value in values)
    hidden = [value for value in values if value not in (None, "")] != [
        value for value in (field.before, field.after) if value not in (None, "")
    ]
    if before is not None and before == after:
        after = f"{after} {ANOTHER}"
    return Row(field_name(field.path), before, after, hidden)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _short(value)
    import json

    return _short(json.dumps(value, ensure_ascii=False, default=str))


def _short(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[: _LONG - 20]}… ({len(text)} characters)"


def certificate_words(data: Any) -> str:
    """Say whose certificate it is, for which names, and until when."""
    if data == UNREAD:
        return UNREAD
    return certificate_names(certificates_in(str(data)))


def certificate_names(blocks: list[bytes]) -> str:
    """Say it of certificates in DER."""
    if not blocks:
        return "(not a PEM certificate)"
    from kcfg.x509 import describe_certificate

    return "; ".join(describe_certificate(der) for der in blocks[:3]) + (
        f"; and {len(blocks) - 3} more" if len(blocks) > 3 else ""
    )


def _command(change: Change, shown: tuple[Body, Body]) -> Row:
    before, after = (_command_line(body.get("exec")) for body in shown)
    hidden = any(
        (body or {}).get("exec", {}).get("args") != seen.get("exec", {}).get("args")
        for body, seen in zip((change.before, change.after), shown, strict=True)
    )
    if before is not None and before == after:
        after = f"{after} {ANOTHER}"
    return Row("exec", before, after, hidden)


def _command_line(stanza: Body | None) -> str | None:
    if not stanza:
        return None
    words = [str(stanza.get("command") or ""), *map(str, stanza.get("args") or [])]
    return shlex.join(_word(word) for word in words)


def _word(word: str) -> str:
    if len(word) > 100:
        blocks = certificates_in(word)
        return "CERTIFICATE" if blocks else f"{word[:60]}…"
    return word
