"""`kcfg whoami`: who the server says I am."""

from __future__ import annotations

from kcfg.printing import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.cli.shared.trusting import Trust
    from kcfg.connect.probe import Report

_NO = ("unauthorized", "anonymous", "forbidden", "client-certificate")
_UNNAMED = "(known; this server tells no name)"


def run(
    *,
    file: str | None,
    environment: str | None,
    values: list[str],
    kubeconfig: str | None,
    context: list[str],
    selector: str | None,
    all: bool,  # noqa: A002
    timeout: str,
    output: str,
    trust: Trust,
) -> int:
    """Ask who we are; exit 1 if a server does not know us, 2 if one cannot be asked."""
    from kcfg.cli.shared.asking import ask, known_contexts, open_config, parse_seconds, tell_remedies
    from kcfg.cli.shared.contexts import select, the_one
    from kcfg.cli.shared.serving import serve
    from kcfg.cli.shared.trusting import require_permit

    seconds = parse_seconds(timeout)
    config, spec = open_config(file, environment, values, kubeconfig)
    permit = require_permit(spec, trust) if spec is not None else None
    known = known_contexts(config, spec)
    many = all or context or selector is not None
    contexts = sorted(select(known, context, selector)) if many else [the_one(known, None)]
    refused = serve(config, spec, contexts, permit) if spec is not None and permit is not None else {}
    reports = ask(config, contexts, seconds=seconds, at_once=100, with_credentials=True, refused=refused)
    _show(reports, output)
    if output not in ("json", "yaml"):
        tell_remedies(reports)
    causes = {report.trouble.cause for report in reports if report.trouble}
    return 2 if causes - set(_NO) else 1 if causes else 0


def _show(reports: list[Report], output: str) -> None:
    if output in ("json", "yaml"):
        from kcfg.cli.shared.output import put_value

        put_value({"contexts": [_json(report) for report in reports]}, output)
        return
    from kcfg.cli.shared.tables import show_table

    columns = ("NAME", "USER", "GROUPS", *(("UID", "EXTRA", "ASKED BY") if output == "wide" else ()))
    rows = [[_cells(report)[name] for name in columns] for report in reports if report.trouble is None]
    if rows:
        show_table(columns, rows)
    for report in reports:
        if report.trouble:
            tell(f"kcfg: error: {report.context}: {report.trouble.message}")


def _cells(report: Report) -> dict[str, str]:
    found = report.identity
    assert found is not None
    extra = "; ".join(f"{key}={','.join(values)}" for key, values in sorted(found.extra.items()))
    return {
        "NAME": report.context,
        "USER": found.username or _UNNAMED,
        "GROUPS": ",".join(found.groups),
        "UID": found.uid,
        "EXTRA": extra,
        "ASKED BY": found.how,
    }


def _json(report: Report) -> dict[str, object]:
    found, trouble = report.identity, report.trouble
    return {
        "name": report.context,
        "username": (found.username or None) if found else None,
        "groups": list(found.groups) if found else [],
        "uid": (found.uid or None) if found else None,
        "extra": dict(found.extra) if found else {},
        "cause": trouble.cause if trouble else None,
        "message": trouble.message if trouble else None,
        "hint": (trouble.hint or None) if trouble else None,
    }
