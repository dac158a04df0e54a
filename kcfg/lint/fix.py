"""Safe repairs, made through the write protocol: only the values concerned change, all other bytes stay."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Sequence
from typing import Any

from kcfg.boundary import require_plain, root_of, tighten
from kcfg.lint.rule import Fix
from kcfg.transaction import edit_files
from kcfg.yaml.edit import edit_text
from kcfg.yaml.parse import parse_yaml
from kcfg.yaml.text import decode_text


def apply(fixes: Sequence[Fix], *, through_links: bool) -> list[str]:
    """Make repairs; return the files that changed. A kubeconfig may be a link of its user's, a file of a spec not."""
    by_file: dict[str, list[Fix]] = {}
    for fix in fixes:
        if fix.mode is None:
            by_file.setdefault(fix.file, []).append(fix)
    for file in by_file:
        if file != "-" and not through_links:
            require_plain(file)
    changed = edit_files({
        file: lambda raw, file=file, several=several: _fixed(raw, file, several)  # type: ignore[misc]
        for file, several in by_file.items()
        if file != "-"
    })  # fmt: skip
    modes = [(fix, fix.mode) for fix in fixes if fix.mode is not None]
    changed += [fix.file for fix, mode in modes if tighten(fix.file, mode, root_of(fix.location.file))]
    return list(dict.fromkeys(changed))


def _fixed(raw: bytes | None, file: str, fixes: Sequence[Fix]) -> bytes | None:
    if raw is None or raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    text = decode_text(raw, file)
    value: Any = copy.deepcopy(parse_yaml(raw, file).value)
    for fix in fixes:
        with contextlib.suppress(LookupError, TypeError):  # the file changed in the meantime
            _set(value, fix)
    mark = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
    return mark + edit_text(text, file, value).encode("utf-8", "surrogatepass")


def _set(value: Any, fix: Fix) -> None:
    for step in fix.path[:-1]:
        value = value[step]
    # A finding in a later document of the file has the same path as something in the first.
    if value[fix.path[-1]] == fix.old:
        value[fix.path[-1]] = fix.value
