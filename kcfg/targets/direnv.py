"""direnv: a kubeconfig for one folder, and the .envrc that points kubectl at it (direnv-stdlib: watch_file)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kcfg.targets.manifest import HEADER
from kcfg.yaml.emit import dump_yaml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.targets.job import Job

NAMESPACE = ""
FILE = "kubeconfig"


def documents(job: Job) -> Iterator[tuple[str, str]]:
    """Yield both files."""
    text = dump_yaml(job.kubeconfig().to_value())
    yield ".envrc", HEADER + envrc(["kubeconfig"], '"$PWD/kubeconfig"')
    yield "kubeconfig", text


def envrc(files: Sequence[str], value: str) -> str:
    """Return the lines of an .envrc; the files' names and KUBECONFIG's value are shell words."""
    return "".join(f"watch_file {each}\n" for each in files) + f"export KUBECONFIG={value}\n"
