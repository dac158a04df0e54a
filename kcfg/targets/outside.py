"""Targets of other installed packages: found by their entry points (`kcfg.targets`), held to the rules of kcfg's own.

What all targets obey stands in `job` and `members`, which they are given: secrets only with `inline` and past the
gates, faults told together, nothing dropped in silence. Held here is what a module of kcfg's own does by itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from kcfg.errors import KcfgError
from kcfg.outside import TARGETS, failure, find_names, load_module
from kcfg.spec.records import fields_of
from kcfg.targets.fields import Engine, hold_whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.targets.job import Job

_NEEDS = ("NAMESPACE", "FILE", "ENGINE", "documents")
_ENTRIES = {"cluster": "Cluster", "user": "User", "context": "Context"}
_FAULT = "a fault of the package that has it: tell those who make it"


def open_outside(name: str) -> Any:
    """Return the module of a target that another package has. Raises KcfgError where none has it, or a broken one."""
    from kcfg.closest import suggest

    try:
        module: Any = load_module(TARGETS, name, needs=_NEEDS)
        if module and not (isinstance(module.NAMESPACE, str) and isinstance(module.FILE, str)):
            raise ImportError("NAMESPACE and FILE have to be texts")
        if module and (fault := _engine_fault(module.ENGINE)):
            raise ImportError(fault)
    except ImportError as error:
        raise KcfgError(
            f"the target {name!r} cannot be loaded: {error}", hint="install its package again, or remove it"
        ) from None
    if module is None:
        hint = "`kcfg render --help` lists those that are there; or install the package that has it"
        raise KcfgError(f"unknown target {name!r}", hint=suggest(name, find_names(TARGETS), hint))
    return module


def _engine_fault(engine: object) -> str:
    """Return why something does not say what a reader leaves unread; "" where it does."""
    if not isinstance(engine, Engine):
        return "ENGINE has to be an Engine"
    if not (isinstance(engine.lost, Mapping) and isinstance(engine.unread, Iterable)):
        return "ENGINE has to say a mapping of fields, and a set of them"
    known = {(kind, name) for kind, model in _ENTRIES.items() for name in fields_of(model)}
    fields = {name for _, name in known}
    wrong = [repr(each) for each in engine.lost if each not in fields]
    wrong += [repr(each) for each in engine.unread if each not in known | {("spec", "current-context")}]
    return f"ENGINE names no field of a spec: {min(wrong)}" if wrong else ""


@contextmanager
def answering(name: str) -> Iterator[None]:
    """Make a KcfgError of whatever a target's code raises; errors of kcfg's own stay as they are."""
    from kcfg.targets.job import Unrendered

    try:
        yield
    except (KcfgError, Unrendered):
        raise
    except (Exception, SystemExit) as error:
        raise KcfgError(f"the target {name!r} failed: {failure(error)}", hint=_FAULT) from None


def held(name: str, documents: Iterable[tuple[str, str]], job: Job) -> Iterator[tuple[str, str]]:
    """Yield the documents of a target. Raises KcfgError for a file that is none of a folder's own, or comes twice.

    A file that the target did not name beforehand passes the gate of files with secrets when there are any. What the
    target's ENGINE does not read is refused or noted here, where the target did not go through `members`.
    """
    seen: set[str] = set()
    with answering(name):
        for file, text in documents:
            if not (isinstance(file, str) and isinstance(text, str)) or not _is_plain(file) or file in seen:
                raise KcfgError(f"the target {name!r} gave no document, or no file of a folder: {file!r}", hint=_FAULT)
            seen.add(file)
            if job.require_private is not None and (job.inline or job.holds_secret):
                job.require_private(file)
            yield file, text
        if not job.judged:
            hold_whole(job, open_outside(name).ENGINE)


def _is_plain(file: str) -> bool:
    """Return whether a text is the name of a file: no path, and nothing that a folder of ours is called."""
    return file == os.path.basename(file) and not set(file) & {"/", "\\", "\0"} and file not in ("", ".", "..", ".git")
