"""Which contexts a command means: one answer, and one set of words, for all that run, ask or check.

A name comes before a glob, a glob before nothing; `-l` narrows them. Without either it is every context where a command
says so, else the current one, else the only one, else what is chosen on a terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from kcfg.dataclass import dataclass
from kcfg.errors import KcfgError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.model import Kubeconfig
    from kcfg.spec.spec import Spec

_LIST = "`kcfg get-contexts` lists them; globs: --context 'prod-*'"


@dataclass(frozen=True, slots=True)
class Known:
    """The contexts of a kubeconfig or a spec."""

    names: Sequence[str]
    current: str
    labels: Callable[[str], Mapping[str, str]]
    hint: str = _LIST  # where nothing known is similar


def in_kubeconfig(config: Kubeconfig, hint: str = _LIST) -> Known:
    """Return the contexts of a kubeconfig; `apply` noted the labels in it."""
    from kcfg.kubeconfig.kcfg_marker import marker_of

    def labels(name: str) -> dict[str, str]:
        found = marker_of(config.contexts[name].body).get("labels")
        return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}

    return Known(list(config.contexts), config.current_context, labels, hint)


def in_spec(spec: Spec) -> Known:
    """Return the contexts of a spec, as its environment has them."""
    current = spec.current_context[0] if spec.current_context else ""
    return Known(list(spec.contexts), current, lambda name: spec.labels_of(spec.contexts[name].entry))


def together(knowns: Sequence[Known]) -> Known:
    """Return the contexts of several, with the labels of the first that has one."""
    first: dict[str, Known] = {}
    for known in knowns:
        for name in known.names:
            first.setdefault(name, known)
    return Known(list(first), "", lambda name: first[name].labels(name))


def select_of_each(
    knowns: Sequence[Known], patterns: Sequence[str], selector: str | None, exclude: Sequence[str] = ()
) -> list[list[str]]:
    """Return for each set of contexts those that patterns and a selector choose, less those excluded, in its order.

    Raises KcfgError for a name or glob that means none in any of them, and where nothing is left in any.
    """
    from kcfg.globs import choose_names

    matches = _matcher(selector)
    found = []
    idle: dict[str, int] = {}
    for known in knowns:
        chosen, first = choose_names(patterns, known.names) if patterns else (set(known.names), [])
        excluded, second = choose_names(exclude, known.names)
        chosen -= excluded
        found.append([name for name in known.names if name in chosen and matches(known.labels(name))])
        for pattern in {*first, *second}:
            idle[pattern] = idle.get(pattern, 0) + 1
    for pattern in (*patterns, *exclude):
        if idle.get(pattern) == len(knowns):
            raise _unknown(knowns[0], pattern)
    if not any(found):
        narrowed = patterns or selector is not None or exclude
        where = "check --context, -l and --exclude" if narrowed else "name another file"
        raise KcfgError("no context is selected", hint=f"{where}; `kcfg get-contexts` lists them")
    return found


def select(known: Known, patterns: Sequence[str], selector: str | None) -> list[str]:
    """Return the contexts that patterns and a selector choose, in their order; without them every one.

    Raises KcfgError for a pattern that chooses none, and where none is left.
    """
    return select_of_each([known], patterns, selector)[0]


def _matcher(selector: str | None) -> Callable[[Mapping[str, str]], bool]:
    if selector is None:
        return lambda _: True
    from kcfg.spec.select import parse_selector

    return parse_selector(selector)


def the_one(known: Known, pattern: str | None, *, ask: bool = False) -> str:
    """Return the one context that a name or glob means; without it the current one, the only one, or the chosen one.

    With `ask` a terminal comes before the current one. Raises KcfgError for none, for several, and where nobody can
    be asked.
    """
    from kcfg.cli.shared.consent import can_ask
    from kcfg.globs import choose_names

    if pattern is not None:
        chosen, _ = choose_names([pattern], known.names)
        if not chosen:
            raise _unknown(known, pattern)
        if len(chosen) > 1:
            shown = ", ".join(sorted(chosen)[:3]) + (", …" if len(chosen) > 3 else "")
            raise KcfgError(f"{pattern!r} means {len(chosen)} contexts: {shown}", hint="this takes one: name it")
        return chosen.pop()
    default = known.current or (known.names[0] if len(known.names) == 1 else "")
    if known.names and can_ask() and (ask or not default):
        from kcfg.cli.shared.choose import choose

        return choose(sorted(known.names), "context", known.current)
    if not default:
        raise KcfgError("there is no current context", hint="name one; `kcfg get-contexts` lists them")
    if default not in known.names:
        raise _unknown(known, default)
    return default


def _unknown(known: Known, pattern: str) -> KcfgError:
    from kcfg.closest import suggest

    return KcfgError(f"no context is called {pattern!r}", hint=suggest(pattern, known.names) or known.hint)
