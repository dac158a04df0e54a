"""`--diff`: what a command that writes kubeconfigs would change, secrets hidden; nothing is written.

The command runs up to where it would write: there `show` prints the difference and ends it.
"""

from __future__ import annotations

import errno
import os

from kcfg.cli.plans.unified import as_text, entry_diff, value_diff
from kcfg.cli.shared import editing
from kcfg.cli.shared.planning import wants_color
from kcfg.errors import KcfgError, Signal
from kcfg.files import refusal
from kcfg.kubeconfig.document import KubeconfigFile
from kcfg.kubeconfig.model import SECTIONS, Kubeconfig
from kcfg.kubeconfig.redact import redact
from kcfg.kubeconfig.threeway import make_plan
from kcfg.printing import say, say_lines, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import NoReturn

    from kcfg.kubeconfig.model import Body

_SHOWN_APART = {*SECTIONS, "current-context", "kind", "apiVersion"}


class _Shown(Signal):
    """The end of the command; no error."""

    def __init__(self, *, differs: bool) -> None:
        self.differs = differs


def preview(command: Callable[[], int]) -> int:
    """Run a command up to where it would write; return 1 if anything would change. Errors are 2: 1 has a meaning."""
    editing.show_instead = show
    try:
        return command()
    except _Shown as shown:
        return int(shown.differs)
    except KcfgError as error:
        error.exit_code = max(error.exit_code, 2)
        raise
    finally:
        editing.show_instead = None


def show(files: Mapping[str, tuple[bytes | None, bytes]]) -> NoReturn:
    """Print the difference of each file, as it is (None: there is none) and as it would be, and end the command."""
    _tell_interrupted(files)
    changed = {path: (before, after) for path, (before, after) in files.items() if before != after}
    for path in changed:
        _require_writable(path)
    for path, (before, after) in changed.items():
        say(f"diff {path}")
        lines = _lines(path, before, after)
        say_lines(as_text(lines, color=wants_color("auto")), colored=True)
        if not lines:
            say("# the same entries and fields: only their order, comments or form would change")
    if not changed:
        tell("kcfg: no differences")
    raise _Shown(differs=bool(changed))


def _require_writable(path: str) -> None:
    """Raise FileError where the file itself, or the folder that it is replaced in, says that nobody may."""
    folder = os.path.dirname(target := os.path.realpath(path))
    while not os.path.exists(folder):
        folder = os.path.dirname(folder)
    if not all(os.access(each, os.W_OK) for each in (target, folder) if os.path.exists(each)):
        raise refusal(path, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))


def _lines(path: str, before: bytes | None, after: bytes) -> list[str]:
    target = KubeconfigFile(path, after).config
    lines = []
    try:
        actual = KubeconfigFile(path, before).config
    except KcfgError:
        lines, actual, before = ["# what is there is no kubeconfig: all of it would be replaced"], Kubeconfig(), None
    top = None if before is None else _top(actual)
    lines += value_diff("kubeconfig", top or None, _top(target) or None)
    for change in make_plan(None, actual, target).writes:
        lines += entry_diff(change)
    return lines


def _top(config: Kubeconfig) -> Body:
    """Return what stands beside the entries, redacted."""
    value = redact(config).top_value(unknown=True)
    return {field: item for field, item in value.items() if item and field not in _SHOWN_APART}


def _tell_interrupted(paths: Mapping[str, object]) -> None:
    from kcfg import journal

    if any(journal.concerns(steps, paths) for steps in journal.all_steps(os.environ)):
        tell("kcfg: note: an edit was interrupted here; the next one ends it first, and then this may differ")
