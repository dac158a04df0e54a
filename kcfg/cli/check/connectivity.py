"""`kcfg check connectivity`: which contexts work, and why the others do not."""

from __future__ import annotations

from kcfg.printing import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.cli.shared.trusting import Trust
    from kcfg.connect.probe import Report

_COLUMNS = ("NAME", "STATUS", "VERSION", "USER", "CAUSE")
_WIDE = ("NAME", "STATUS", "VERSION", "USER", "SERVER", "PROXY", "TCP", "TLS", "TIME", "CAUSE")


def run(
    *,
    file: str | None,
    environment: str | None,
    values: list[str],
    kubeconfig: str | None,
    context: list[str],
    selector: str | None,
    timeout: str,
    max_parallel: str,
    output: str,
    trust: Trust,
) -> int:
    """Ask every server; exit 1 if a context does not work."""
    from kcfg.cli.shared.asking import ask, known_contexts, open_config, parse_parallel, parse_seconds, tell_remedies
    from kcfg.cli.shared.contexts import select
    from kcfg.cli.shared.serving import serve
    from kcfg.cli.shared.trusting import has_permit, require_permit
    from kcfg.errors import count

    seconds, at_once = parse_seconds(timeout), parse_parallel(max_parallel)
    config, spec = open_config(file, environment, values, kubeconfig)
    contexts = sorted(select(known_contexts(config, spec), context, selector))
    refused = serve(config, spec, contexts, require_permit(spec, trust)) if spec is not None and trust else {}
    with_credentials = spec is None or bool(trust) or has_permit(spec)
    reports = ask(
        config, contexts, seconds=seconds, at_once=at_once, with_credentials=with_credentials, refused=refused
    )
    _show(reports, output)
    failed = [report for report in reports if report.trouble]
    if output in ("table", "wide"):
        tell_remedies(reports)
        told = f"{count(len(reports), 'context')}, {len(failed)} not working"
        tell(f"kcfg: {told}")
    if not with_credentials:
        tell("kcfg: asked without credentials: this spec is not trusted; `kcfg trust` allows what it reaches")
    return 1 if failed else 0


def _show(reports: list[Report], output: str) -> None:
    if output in ("json", "yaml"):
        from kcfg.cli.shared.output import put_value

        put_value({"contexts": [_json(report) for report in reports]}, output)
        return
    from kcfg.cli.shared.tables import show_table
    from kcfg.looks import RED

    columns = _WIDE if output == "wide" else _COLUMNS
    show_table(columns, [[_cells(report)[name] for name in columns] for report in reports], other=RED)


def _cells(report: Report) -> dict[str, str]:
    steps = report.steps()
    return {
        "NAME": report.context,
        "STATUS": report.trouble.cause if report.trouble else "ok",
        "VERSION": report.version,
        "USER": report.identity.username if report.identity else "",
        "SERVER": report.server,
        "PROXY": report.proxy,
        "TCP": steps["tcp"],
        "TLS": steps["tls"],
        "TIME": f"{report.seconds:.2f}s",
        "CAUSE": report.trouble.message if report.trouble else "",
    }


def _json(report: Report) -> dict[str, object]:
    trouble = report.trouble
    return {
        "name": report.context,
        "ok": trouble is None,
        "server": report.server,
        "proxy": report.proxy or None,
        "user": report.user or None,
        "steps": report.steps(),
        "version": report.version or None,
        "username": (report.identity.username or None) if report.identity else None,
        "seconds": round(report.seconds, 3),
        "cause": trouble.cause if trouble else None,
        "message": trouble.message if trouble else None,
        "hint": (trouble.hint or None) if trouble else None,
    }
