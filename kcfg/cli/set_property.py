"""`kcfg set` and `kcfg unset`: one field by its path."""

from __future__ import annotations

from kcfg.cli.shared.editing import edit, quoted, read_input, secret_input, url_input
from kcfg.errors import KcfgError
from kcfg.printing import say


def run(
    *,
    path: str,
    value: str | None,
    unset: bool,
    set_raw_bytes: bool | None,
    kubeconfig: str | None,
    break_lock: bool,
) -> int:
    """Set or remove a property; a secret's value comes from standard input, for `-` a certificate's, too."""
    from kcfg.kubeconfig.fields import CERTIFICATES, CLUSTERS, SECRETS, URL, names
    from kcfg.kubeconfig.property import parse_property, set_property, unset_property

    where = parse_property(path)
    if unset:
        for changes in edit(kubeconfig, break_lock=break_lock):
            unset_property(changes, where)
        say(f"Property {quoted(path)} unset.")
        return 0
    if not value:
        raise KcfgError("you cannot use set to unset a property", hint=f"kcfg unset {path}")
    text = (
        secret_input(value, path, "Value")
        if where.field in SECRETS
        else url_input(value, path)
        if where.field in names(CLUSTERS, URL)
        else read_input(path)
        if where.field in CERTIFICATES and value == "-"
        else value
    )
    if not text:
        raise KcfgError(f"{path} -: standard input is empty", hint=f"kcfg unset {path} removes the field")
    for changes in edit(kubeconfig, break_lock=break_lock):
        set_property(changes, where, text, raw_bytes=bool(set_raw_bytes))
    say(f"Property {quoted(path)} set.")
    return 0
