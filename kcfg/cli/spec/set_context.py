"""`kcfg spec set-context`: kubectl's flags and meaning, on a spec."""

from __future__ import annotations

from kcfg.cli.shared.editing import put as put_field
from kcfg.cli.spec.editing import open_spec
from kcfg.cli.spec.set_cluster import put
from kcfg.errors import KcfgError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def run(*, name: str, cluster: str | None, user: str | None, namespace: str | None, file: str | None) -> int:
    """Create or change a context."""
    if not name:
        raise KcfgError("you must specify a non-empty context name")

    def work(body: dict[str, Any], _: str) -> None:
        for field, value in (("cluster", cluster), ("user", user), ("namespace", namespace)):
            put_field(body, field, value)

    return put(open_spec(file), "contexts", name, work)
