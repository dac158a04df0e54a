"""`kcfg exec`: a program that sees one context, in the place of kcfg; or the same program for many contexts."""

from __future__ import annotations

import os
from collections.abc import Sequence

from kcfg.dataclass import dataclass
from kcfg.errors import KcfgError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.cli.shared.borrowing import Wish
    from kcfg.cli.shared.running import Found
    from kcfg.cli.shared.trusting import Trust
    from kcfg.kubeconfig.model import Kubeconfig


@dataclass(frozen=True, slots=True)
class Job:
    """What to run, how, and as whom."""

    argv: Sequence[str]
    core: tuple[int, int] | None
    namespace: str | None
    user: str | None
    groups: Sequence[str]
    as_file: bool
    wish: Wish | None = None
    kept: Sequence[str] = ()

    def config(self, found: Found, context: str) -> Kubeconfig:
        """Return the kubeconfig of one context, of a service account the one with its token and nothing else."""
        from kcfg.cli.shared.running import one_context

        if self.wish is not None:
            from kcfg.cli.shared.borrowing import borrow

            return borrow(found.config, context, self.wish, self.namespace).config

        return one_context(found.config, context, namespace=self.namespace, user=self.user, groups=self.groups)

    def variables(self, config: Kubeconfig, context: str, path: str) -> dict[str, str]:
        """Return the environment of the program: kcfg's own, or what of it grants nothing."""
        from kcfg.cli.shared.running import variables

        if self.wish is None:
            return variables(config, context, path, os.environ)
        from kcfg.cli.shared.borrowing import kept

        return variables(config, context, path, kept(os.environ, self.kept))


def run(
    *,
    context: str | None,
    contexts: list[str],
    selector: str | None,
    namespace: str | None,
    impersonate: str | None,
    groups: list[str],
    kubeconfig: str | None,
    file: str | None,
    environment: str | None,
    values: list[str],
    trust: Trust,
    account: str | None,
    ttl: str | None,
    deny: list[str],
    keep_env: list[str],
    as_file: bool,
    max_parallel: str,
    output: str,
    yes_protected: bool,
    command: list[str],
) -> int:
    """Run a program; its exit code is its own, 1 if it failed for one of many contexts."""
    from kcfg.cli.shared.asking import parse_parallel
    from kcfg.cli.shared.protecting import require_agreement
    from kcfg.cli.shared.running import Wanted, find
    from kcfg.run.child import FAILED, core_limit, find_program
    from kcfg.run.memfile import sweep

    try:
        wish = _wish(account, ttl, deny)
        job = Job(command, core_limit(), namespace, impersonate, groups, as_file, wish, keep_env)
        if not command:
            raise KcfgError("there is nothing to run", hint="it comes after --: kcfg exec prod-eu -- kubectl get pods")
        at_once = parse_parallel(max_parallel)
        wanted = Wanted(context, contexts, selector, kubeconfig, file, environment, values, trust)
        found = find(wanted)
        sweep(os.environ)
        program = find_program(command[0], os.environ)
        require_agreement(found.protected, yes=yes_protected)
        if wish is not None and (wanted.is_many or output == "json"):
            raise KcfgError(
                "one program may not be several service accounts: it could read their tokens",
                hint="--as-service-account takes one context, and no -o json",
            )
        if wanted.is_many or output == "json":
            return _run_many(job, found, program, at_once, output)
        return _run_one(job, found, program)
    except KcfgError as error:
        error.exit_code = max(error.exit_code, FAILED)
        raise


def _wish(account: str | None, ttl: str | None, deny: Sequence[str]) -> Wish | None:
    if account is None:
        return None
    from kcfg.cli.shared.borrowing import wish_of

    return wish_of(account, ttl or "1h", deny)


def _run_one(job: Job, found: Found, program: str) -> int:
    from kcfg.cli.shared.running import text_of
    from kcfg.memory import Memory, has_memory
    from kcfg.run.child import become

    (context,) = found.contexts
    config = job.config(found, context)
    if not job.as_file and has_memory():
        memory = Memory(text_of(config), inherited=True)
        become(program, job.argv, job.variables(config, context, memory.path), job.core)
    return _wait(job, config, context, program)


def _wait(job: Job, config: Kubeconfig, context: str, program: str) -> int:
    from kcfg.cli.shared.running import require_waiting, text_of
    from kcfg.coredump import forbid_reading
    from kcfg.run.child import Signals, wait_for
    from kcfg.run.memfile import File

    require_waiting()
    if job.wish is not None:  # kcfg stays beside the program, with the environment and memory that are kept from it
        forbid_reading()
    with Signals(job.core) as signals:
        place = File(text_of(config), os.environ)
        try:
            return wait_for(signals.spawn(program, job.argv, job.variables(config, context, place.path)), signals)
        finally:
            place.close()


def _run_many(job: Job, found: Found, program: str, at_once: int, output: str) -> int:
    from kcfg.cli.shared.running import require_waiting, text_of
    from kcfg.cli.shared.told import prefixes, tell_results
    from kcfg.memory import Memory, has_memory
    from kcfg.run.child import Signals
    from kcfg.run.many import Many, Program
    from kcfg.run.memfile import File

    require_waiting()
    configs = {name: job.config(found, name) for name in found.contexts}

    def place(context: str) -> Memory | File:
        text = text_of(configs[context])
        return File(text, os.environ) if job.as_file or not has_memory() else Memory(text)

    # With JSON on standard output, what the programs say is talk.
    outputs = (2, 2) if output == "json" else (1, 2)
    what = Program(
        program,
        job.argv,
        lambda name, path: job.variables(configs[name], name, path),
        outputs,
        prefixes(configs, outputs),
    )
    with Signals(job.core) as signals:
        many = Many(what, place, signals)
        results = many.run(found.contexts, at_once)
        tell_results(results, output)
    if many.ended_by:
        return 128 + many.ended_by
    return 1 if any(result.code for result in results) else 0
