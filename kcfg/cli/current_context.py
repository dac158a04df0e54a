"""`kcfg current-context`."""

from __future__ import annotations

import os

from kcfg.printing import say_value


def run(*, kubeconfig: str | None) -> int:
    """Print the current context's name, dangling or not."""
    from kcfg.kubeconfig.file import load_config, search_path

    config = load_config(search_path(kubeconfig, os.environ))
    if not config.current_context:
        from kcfg.errors import KubeconfigError

        raise KubeconfigError("current-context is not set", hint="kcfg use-context NAME sets it")
    say_value(config.current_context)
    return 0
