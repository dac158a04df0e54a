"""What is said about programs that ran for many contexts: whose line it is, and how each ended."""

from __future__ import annotations

import os
import signal

from kcfg.errors import count
from kcfg.looks import is_plain
from kcfg.printing import printable, put_json, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kcfg.run.many import Result

_COLORS = (36, 32, 35, 34, 33, 31)  # basic ones: the terminal's palette makes them read on its ground


def prefixes(contexts: Iterable[str], outputs: tuple[int, int]) -> Callable[[str, int], bytes]:
    """Return what stands before each line of a context: its name, in a color of its own on a terminal."""
    plain = is_plain()
    colored = [not plain and os.isatty(handle) for handle in outputs]
    numbers = {name: _COLORS[at % len(_COLORS)] for at, name in enumerate(contexts)}

    def prefix(context: str, at: int) -> bytes:
        name = printable(context)
        return (f"\x1b[{numbers[context]}m{name} |\x1b[0m " if colored[at] else f"{name} | ").encode("utf-8", "replace")

    return prefix


def tell_results(results: Sequence[Result], output: str) -> None:
    """Print how each context's program ended: a summary on standard error, or JSON on standard output."""
    failed = [result for result in results if result.code != 0]
    if output == "json":
        put_json({"contexts": [_json(result) for result in results], "failed": len(failed)})
        return
    good = len(results) - len(failed)
    tell(f"kcfg: {count(len(results), 'context')}: {good} done, {len(failed)} failed")
    for result in failed:
        tell(f"kcfg: {result.context}: {_ending(result)}")


def _ending(result: Result) -> str:
    if result.code is None:
        return "not started"
    name = _signal(result.code)
    return f"exit code {result.code}" + (f" ({name})" if name else "")


def _signal(code: int) -> str:
    known = {128 + each: each.name for each in signal.Signals}
    return known.get(code, "")


def _json(result: Result) -> dict[str, object]:
    return {"context": result.context, "exitCode": result.code, "seconds": round(result.seconds, 3)}
