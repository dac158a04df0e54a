"""`kcfg url`: the URL of a context's API server, or of what it serves."""

from __future__ import annotations

from kcfg.printing import say_value


def run(
    *,
    context: str | None,
    named: str | None,
    service: str | None,
    pod: str | None,
    node: str | None,
    namespace: str | None,
    path: str | None,
    kubeconfig: str | None,
    in_cluster: bool,
    file: str | None,
    environment: str | None,
    values: list[str],
) -> int:
    """Print the URL; nothing is asked, and no credential read."""
    from kcfg.cli.shared.reaching import Source, open_context, place, reach
    from kcfg.connect.address import base_url
    from kcfg.kubeconfig.secret_patterns import hide_tokens

    source = Source(context, named, kubeconfig, file, environment, values, in_cluster)
    config, name = open_context(source, with_user=False)
    below = place(config, name, {"service": service, "pod": pod, "node": node}, namespace, path)
    say_value(hide_tokens(base_url(reach(config, name, with_user=False))) + below)
    return 0
