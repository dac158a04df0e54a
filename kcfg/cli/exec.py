"""`kcfg exec`: a command with a kubeconfig of one context that is nowhere else, for one context or many."""

from __future__ import annotations

import os
import sys

from kcfg.errors import KcfgError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from kcfg.cli.running import Contexts


def run(
    *,
    context: str | None,
    contexts: list[str],
    selector: str | None,
    namespace: str | None,
    as_file: bool,
    max_parallel: str,
    yes_protected: bool,
    kubeconfig: str | None,
    file: str | None,
    environment: str | None,
    values: list[str],
    trust: bool,
    command: list[str],
) -> int:
    """Run the command; the exit code is its own, or 1 if any of many failed."""
    from kcfg.cli.asking import parse_parallel
    from kcfg.cli.running import Contexts, ask_for_protected
    from kcfg.run.child import FAILED

    try:
        at_once = parse_parallel(max_parallel)
        found = Contexts(kubeconfig, file, environment, values, trust=trust)
        named = [*([context] if context is not None else []), *contexts]
        names = found.choose(named, selector)
        ask_for_protected([name for name in names if found.is_protected(name)], yes=yes_protected)
        is_one = len(names) == 1 and selector is None and not any(map(_is_glob, named))
        if is_one:
            return _run_one(found, names[0], namespace, command, as_file=as_file)
        return _run_many(found, names, namespace, command, at_once, as_file=as_file)
    except KcfgError as error:
        error.exit_code = max(error.exit_code, FAILED)
        raise


def _is_glob(name: str) -> bool:
    return any(mark in name for mark in "*?[")


def _run_one(found: Contexts, name: str, namespace: str | None, command: Sequence[str], *, as_file: bool) -> int:
    from kcfg.run import child, place
    from kcfg.run.limit import CoreLimit

    limit = CoreLimit()
    if place.has_memory() and not as_file:
        environ = _environ(name, place.in_memory(_content(found, name, namespace), inherited=True))
        with limit:
            return child.become(command, environ)
    try:
        environ = _environ(name, place.in_file(_content(found, name, namespace), "config", os.environ))
        return child.run_below(command, environ, limit)
    finally:
        place.remove(os.environ)


def _run_many(
    found: Contexts, names: Sequence[str], namespace: str | None, command: Sequence[str], at_once: int, *, as_file: bool
) -> int:
    from kcfg.cli.report import printable
    from kcfg.run import place
    from kcfg.run.limit import CoreLimit
    from kcfg.run.many import Interrupted, Many

    limit = CoreLimit()
    in_memory = place.has_memory() and not as_file
    numbers = {name: number for number, name in enumerate(names)}

    def environ_of(name: str) -> dict[str, str]:
        content = _content(found, name, namespace)
        if in_memory:
            return _environ(name, place.in_memory(content, inherited=False))
        return _environ(name, place.in_file(content, f"config-{numbers[name]}", os.environ))

    try:
        shown = {name: printable(name) for name in names}
        codes = Many(command, environ_of, shown, limit).run(names, at_once)
    except Interrupted:
        return 130
    finally:
        if not in_memory:
            place.remove(os.environ)
    failed = {name: code for name, code in codes.items() if code}
    print(f"kcfg: {len(codes) - len(failed)} of {len(codes)} succeeded", file=sys.stderr)
    for name, code in failed.items():
        print(f"kcfg: {shown[name]}: exit code {code}", file=sys.stderr)
    return 1 if failed else 0


def _content(found: Contexts, name: str, namespace: str | None) -> bytes:
    from kcfg.kubeconfig.compose import yaml_pieces

    return b"".join(yaml_pieces(found.alone(name, namespace), unknown=True))


def _environ(name: str, path: str) -> dict[str, str]:
    return {**os.environ, "KUBECONFIG": path, "KCFG_CONTEXT": name}
