"""`kcfg shell`: an interactive shell that sees one context, whose credential ends with it, or before."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import ExitStack

from kcfg.errors import KcfgError
from kcfg.printing import interrupt, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.cli.shared.trusting import Trust
    from kcfg.kubeconfig.model import Body, Kubeconfig
    from kcfg.memory import Memory
    from kcfg.proxy.front import Front
    from kcfg.run.child import Signals
    from kcfg.run.memfile import File
    from kcfg.run.shells import Start

_DEPTH, _ENDS = "KCFG_SHELL", "KCFG_SESSION_EXPIRES"


def run(
    *,
    context: str | None,
    ttl: str | None,
    shell: str | None,
    no_prompt: bool,
    read_only: bool,
    with_secrets: bool,
    namespace: str | None,
    impersonate: str | None,
    groups: list[str],
    kubeconfig: str | None,
    file: str | None,
    environment: str | None,
    values: list[str],
    trust: Trust,
    yes_protected: bool,
) -> int:
    """Run a shell; its exit code is its own."""
    from kcfg.cli.shared.protecting import require_agreement
    from kcfg.cli.shared.running import Wanted, find, one_context, require_waiting
    from kcfg.cli.shared.times import parse_time
    from kcfg.run.child import FAILED, core_limit, find_program
    from kcfg.run.memfile import sweep

    core = core_limit()
    try:
        require_waiting()
        seconds = parse_time("--ttl", ttl) if ttl else None
        found = find(Wanted(context, (), None, kubeconfig, file, environment, values, trust), ask=True)
        sweep(os.environ)
        (name,) = found.contexts
        program = find_program(shell or os.environ.get("SHELL") or "/bin/sh", os.environ)
        require_agreement(found.protected, yes=yes_protected)
        config = one_context(found.config, name, namespace=namespace, user=impersonate, groups=groups)
        marks = not no_prompt and name.isprintable()
        if read_only:
            return ReadOnly(config, name, seconds, with_secrets=with_secrets).run(program, core, prompt=marks)
        return Session(config, name, seconds).run(program, core, prompt=marks)
    except KcfgError as error:
        error.exit_code = max(error.exit_code, FAILED)
        raise


class Session:
    """One shell, its kubeconfig and its credential: both are gone when it has ended."""

    def __init__(self, config: Kubeconfig, context: str, seconds: int | None) -> None:
        from kcfg.files import read_bytes
        from kcfg.run.session import make_record

        self._config = config
        self._context = context
        self._credential: Memory | File | None = None
        self._ends = _inside(make_record(config, context, "", read_bytes), _after(seconds))
        self._record = make_record(config, context, self._ends, read_bytes)

    def run(self, program: str, core: tuple[int, int] | None, *, prompt: bool) -> int:
        """Start the shell and wait for it."""
        from kcfg.cli.shared.running import COLOR
        from kcfg.run.child import Signals, wait_for

        with Signals(core) as signals, ExitStack() as stack:
            path = self._open(stack)
            told = self._variables(path)
            start = self._start(program, stack, prompt=prompt, color=told[COLOR])
            self._tell(start, program, prompt=prompt)
            pid = signals.spawn(program, [program, *start.arguments], told | start.environ)
            self._set_alarm(signals)
            # An interactive shell does not listen to SIGTERM.
            return wait_for(
                pid, signals, instead={signal.SIGTERM: signal.SIGHUP}, on_alarm=lambda: self._on_alarm(signals)
            )

    def _open(self, stack: ExitStack) -> str:
        """Put the credential and the kubeconfig where the shell finds them; return the kubeconfig's path."""
        from kcfg.cli.shared.asking import own_plugin
        from kcfg.cli.shared.running import text_of
        from kcfg.run.session import bound, text_of_record

        config = self._config
        if self._record is not None:
            self._credential = self._place(text_of_record(self._record), stack, sealed=False)
            config = bound(config, self._context, self._credential.path, own_plugin())
        return self._place(text_of(config), stack, sealed=True, in_file=True).path

    def _place(self, content: bytes, stack: ExitStack, *, sealed: bool, in_file: bool = False) -> Memory | File:
        from kcfg.memory import Memory, has_memory
        from kcfg.run.memfile import File

        as_memory = has_memory() and not in_file
        made = Memory(content, sealed=sealed) if as_memory else File(content, os.environ)
        stack.callback(made.close)
        return made

    def _start(self, program: str, stack: ExitStack, *, prompt: bool, color: str) -> Start:
        from kcfg.run.memfile import Folder
        from kcfg.run.shells import make_start

        folders: list[Folder] = []

        def write(name: str, content: bytes) -> str:
            if name == "bashrc":
                return self._place(content, stack, sealed=True).path
            if not folders:  # zsh wants a folder
                folders.append(Folder(os.environ))
                stack.callback(folders[0].close)
            return folders[0].write(name, content)

        return make_start(program, os.environ.get("ZDOTDIR") or "", prompt=prompt, color=color, write=write)

    def _variables(self, path: str) -> dict[str, str]:
        from kcfg.cli.shared.running import variables

        told = variables(self._config, self._context, path, os.environ)
        told.pop(_ENDS, None)
        told |= {"KCFG_KUBECONFIG": path, _DEPTH: str(_depth() + 1)}
        return told | ({_ENDS: self._ends} if self._ends else {})

    def _tell(self, start: Start, program: str, *, prompt: bool) -> None:
        lines = [f"a shell for {self._context}; exit leaves it"]
        if _depth():
            lines.append(f"it is inside of another one ({_depth() + 1} deep)")
        lines += self._about()
        if prompt and not start.marked:
            name = program.rpartition("/")[2]
            lines.append(f"kcfg cannot mark the prompt of {name}, nor keep its files from setting KUBECONFIG")
        for line in lines:
            tell(f"kcfg: {line}")

    def _about(self) -> list[str]:
        """Return what is to be said of the session's credential."""
        if self._record is None:
            return ["its user has no credential: there is nothing that could end"]
        if not self._ends:
            return []
        return [f"its credential ends at {self._ends}; an open connection, or a copy of it, does not"]

    def _set_alarm(self, signals: Signals) -> None:
        if self._ends and self._can_end():
            signals.alarm(_seconds_to(self._ends))

    def _on_alarm(self, signals: Signals) -> None:
        if not self._can_end():
            return
        if _seconds_to(self._ends) > 0:  # the clock was set back, or the timer was early
            self._set_alarm(signals)
            return
        self._end()
        if sys.stderr.isatty():
            interrupt("kcfg: the session has ended; exit, and start another one")

    def _can_end(self) -> bool:
        return self._record is not None

    def _end(self) -> None:
        from kcfg.run.session import ended, text_of_record

        assert self._record is not None
        assert self._credential is not None
        self._record = ended(self._record)
        self._credential.replace(text_of_record(self._record))


class ReadOnly(Session):
    """A shell whose kubeconfig leads to a proxy that lets reading pass; the credential stays with kcfg."""

    def __init__(self, config: Kubeconfig, context: str, seconds: int | None, *, with_secrets: bool) -> None:
        self._config = config
        self._context = context
        self._record = self._credential = None
        self._ends = _after(seconds)
        self._with_secrets = with_secrets
        self._front: Front | None = None

    def _open(self, stack: ExitStack) -> str:
        from kcfg.cli.shared.running import text_of
        from kcfg.connect.trouble import Trouble
        from kcfg.connect.upstream import Upstream
        from kcfg.coredump import forbid_reading
        from kcfg.files import read_bytes
        from kcfg.proxy.config import behind
        from kcfg.proxy.front import Front

        upstream = Upstream(self._config, self._context, os.environ, read_bytes)
        try:
            upstream.sign_in()
        except Trouble as trouble:
            raise KcfgError(f"{self._context}: {trouble.message}", hint=trouble.hint) from None
        forbid_reading()
        self._front = Front(upstream.ask, with_secrets=self._with_secrets)
        stack.callback(self._front.close)
        config = behind(self._config, self._context, self._front.url, self._front.authority, self._front.token)
        return self._place(text_of(config), stack, sealed=True).path

    def _about(self) -> list[str]:
        kept = "" if self._with_secrets else ", Secrets kept back"
        lines = [
            f"a proxy of kcfg lets it read{kept}; what changes or connects is refused, and its kubeconfig is fixed"
        ]
        return lines + ([f"it ends at {self._ends}"] if self._ends else [])

    def _can_end(self) -> bool:
        return True

    def _end(self) -> None:
        if self._front is not None:
            self._front.is_over = True


def _after(seconds: int | None) -> str:
    from kcfg.expiry import now

    return "" if seconds is None else now(seconds)


def _inside(record: Body | None, ends: str) -> str:
    """Return the end of this session, which is never after that of the one it is inside of."""
    from kcfg.run.session import outer_session
    from kcfg.session import read_session

    outer = outer_session(record)
    before = str(read_session(outer).get("ends") or "") if outer else ""
    return min(filter(None, (ends, before)), default="")


def _seconds_to(ends: str) -> float:
    from calendar import timegm

    return timegm(time.strptime(ends, "%Y-%m-%dT%H:%M:%SZ")) - time.time()


def _depth() -> int:
    found = os.environ.get(_DEPTH) or ""
    return int(found) if found.isdecimal() and len(found) < 4 else 0
