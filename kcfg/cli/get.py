"""`kcfg get-contexts`, `get-clusters`, `get-users`: what is there, of a kubeconfig or of a spec."""

from __future__ import annotations

import os

from kcfg.printing import printable, say_lines, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from kcfg.kubeconfig.model import Entry, Kubeconfig
    from kcfg.spec.models import User
    from kcfg.spec.spec import Spec

Row = dict[str, object]
_HEADINGS = {
    "contexts": ("CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"),
    "clusters": ("NAME",),
    "users": ("NAME",),
}
_WIDE = {"contexts": ("SERVER", "FILE"), "clusters": ("SERVER", "FILE"), "users": ("AUTH", "FILE")}
_AUTH = {
    "exec": "exec",
    "auth-provider": "auth-provider",
    "client-certificate": "certificate",
    "client-certificate-data": "certificate",
    "tokenFile": "token file",
    "token": "token",
    "username": "basic",
}


def run(
    *,
    section: str,
    names: list[str],
    selector: str | None,
    output: str,
    no_headers: bool,
    file: str | None,
    environment: str | None,
    values: list[str],
    kubeconfig: str | None,
) -> int:
    """List entries sorted by name; exit 1 if one that was named is missing."""
    spec = None
    if file is not None or environment is not None or values:
        from kcfg.cli.shared.stores import load_valid

        spec = load_valid(file, environment, values, allow_plaintext=True, lenient=True, contents=None)
    config = _of_spec(spec) if spec is not None else _of_kubeconfig(kubeconfig)
    entries = config.section(section)
    missing = [name for name in names if name not in entries]
    found = set(names).difference(missing) if names else entries
    if missing:  # globs, perhaps
        from kcfg.globs import choose_names

        found, missing = choose_names(names, entries)
    chosen = sorted(found, key=lambda name: name.encode())
    if selector is not None:
        chosen = _with_labels(config, spec, chosen, selector)
    rows = [_row(config, section, entries[name], output) for name in chosen]
    columns = [*_HEADINGS[section], *(_WIDE[section] if output == "wide" else ())]
    if spec is not None:
        rows = [_declared(spec, section, each, place=output not in ("table", "name")) for each in rows]
        columns = ["LABELS" if column == "FILE" else column for column in columns] + ["SOURCE"] * (output == "wide")
    _show(section, rows, output, columns, headings=not no_headers and output != "name")
    for name in missing:
        tell_missing(section.removesuffix("s"), name, entries)
    return 1 if missing else 0


def tell_missing(kind: str, name: str, known: Iterable[str]) -> None:
    """Say that a name, or a glob, means nothing that there is, and what is near it."""
    from kcfg.closest import suggest

    tell(f"kcfg: error: {kind} {name} not found")
    if hint := suggest(name, list(known)):
        tell(f"kcfg: hint: {hint}")


def _with_labels(config: Kubeconfig, spec: Spec | None, names: list[str], selector: str) -> list[str]:
    """Return the contexts with labels; of none that is said, as kubectl does."""
    from kcfg.cli.shared.asking import known_contexts
    from kcfg.spec.select import parse_selector

    matches, labels = parse_selector(selector), known_contexts(config, spec).labels
    found = [name for name in names if matches(labels(name))]
    if not found:
        tell("kcfg: no context has these labels")
    return found


def _of_kubeconfig(kubeconfig: str | None) -> Kubeconfig:
    from kcfg.kubeconfig.file import load_config, search_path

    return load_config(search_path(kubeconfig, os.environ))


def _of_spec(spec: Spec) -> Kubeconfig:
    from kcfg.rendering import RenderOptions, render

    return render(spec, RenderOptions("omit"))


def _declared(spec: Spec, section: str, found: Row, *, place: bool) -> Row:
    """Add what a spec knows besides: labels, how its user signs in, with `place` where the entry is declared."""
    from kcfg.kubeconfig.secret_patterns import hide_tokens

    declared = getattr(spec, section)[found["name"]]
    labels = spec.labels_of(declared.entry) if section == "contexts" else declared.entry.labels
    labels = {name: hide_tokens(value) for name, value in labels.items()}
    more: Row = {"labels": labels}
    if place:
        more["source"] = str(declared.source.locate(declared.path))
    if section == "users":
        more["auth"] = _declared_auth(declared.entry)
    found.pop("file", None)
    return found | more


def _declared_auth(user: User) -> str:
    if user.auth is not None:
        from kcfg.spec.presets import preset_name

        return preset_name(user.auth)
    return _auth(user.model_dump(by_alias=True, exclude_none=True) | _key_as_certificate(user))


def _key_as_certificate(user: User) -> Row:
    return {"client-certificate": True} if user.client_key_data is not None else {}


def _row(config: Kubeconfig, section: str, entry: Entry, output: str) -> Row:
    """Return the columns that are asked for, by their JSON names; nothing secret is among them."""
    found: Row = {"name": entry.name}
    if output == "name":
        return found
    from kcfg.kubeconfig.secret_patterns import hide_tokens, hide_url

    if section == "contexts":
        found = {"current": entry.name == config.current_context, "name": entry.name}
        found |= {field: entry.get(field) for field in ("cluster", "user")}
        found["namespace"] = hide_tokens(entry.get("namespace"))
    if output == "table":
        return found
    if section == "contexts":
        cluster = config.clusters.get(entry.get("cluster"))
        found["server"] = hide_url(cluster.get("server") if cluster else "")
    elif section == "clusters":
        found["server"] = hide_url(entry.get("server"))
    else:
        found["auth"] = _auth(entry.body)
    return found | {"file": entry.origin}


def _auth(body: dict[str, object]) -> str:
    kinds = [kind for field, kind in _AUTH.items() if body.get(field)]
    command = body["exec"].get("command") if isinstance(body.get("exec"), dict) else None  # type: ignore[attr-defined]
    return "+".join(f"exec {command}" if kind == "exec" and command else kind for kind in dict.fromkeys(kinds))


def _show(section: str, rows: list[Row], output: str, columns: list[str], *, headings: bool) -> None:
    if output == "name":
        say_lines("".join(f"{printable(str(each['name']))}\n" for each in rows))
        return
    if output in ("json", "yaml"):
        from kcfg.cli.shared.output import put_value

        put_value({section: rows}, output)
        return
    from kcfg.cli.shared.tables import show_table

    cells = [[_cell(each, column) for column in columns] for each in rows]
    show_table(columns, cells, headings=headings)


def _cell(each: Row, column: str) -> str:
    if column == "CURRENT":
        return "*" if each["current"] else ""
    value = each["user" if column == "AUTHINFO" else column.lower()]
    return ",".join(f"{name}={label}" for name, label in value.items()) if isinstance(value, dict) else str(value)
