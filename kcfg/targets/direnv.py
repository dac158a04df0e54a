"""direnv: a kubeconfig for one folder, and the .envrc that points kubectl at it (direnv-stdlib: watch_file)."""

from __future__ import annotations

from collections.abc import Iterator

from kcfg.kubeconfig.emit_yaml import dump_yaml
from kcfg.targets.manifest import HEADER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.targets.job import Job

NAMESPACE = ""
SINGLE = False
_ENVRC = 'watch_file kubeconfig\nexport KUBECONFIG="$PWD/kubeconfig"\n'


def documents(job: Job) -> Iterator[tuple[str, str]]:
    """Yield both files."""
    text = dump_yaml(job.kubeconfig().to_value())
    yield ".envrc", HEADER + _ENVRC
    yield "kubeconfig", text
