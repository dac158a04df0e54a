"""No core dumps of kcfg while it holds secrets; the programs it starts have the limits that it was started with."""

from __future__ import annotations

from kcfg.secrets.secret import forbid_core_dumps

try:
    import resource
except ImportError:  # Windows dumps no core
    resource = None  # type: ignore[assignment]


class CoreLimit:
    """Forbids core dumps from now on, except inside `with`, where a child inherits the limit that was found."""

    def __init__(self) -> None:
        self._found = resource.getrlimit(resource.RLIMIT_CORE) if resource else None
        forbid_core_dumps()

    def __enter__(self) -> None:
        if self._found is not None:
            resource.setrlimit(resource.RLIMIT_CORE, self._found)

    def __exit__(self, *_: object) -> None:
        forbid_core_dumps()
