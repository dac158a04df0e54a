"""Programs as children, or in the place of kcfg: found as shells find them, with the signals and limits that kcfg had.

Signals wait in a queue while a child runs, so none ends kcfg before it has tidied up, and none gets lost. Those from
the keyboard reach the whole foreground group: kcfg passes on only what was sent to itself.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence

from kcfg.errors import KcfgError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import NoReturn

FileAction = tuple[int, int, int] | tuple[int, int, str, int, int]
FAILED, NOT_EXECUTABLE, NOT_FOUND = 125, 126, 127  # as env, nohup and timeout have it
_PASSED = ("HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "WINCH", "TSTP", "CONT")
_KEYBOARD = ("INT", "QUIT", "TSTP", "WINCH")
_FROM_KERNEL = 0x80  # SI_KERNEL
_NOEXEC_SHELL = "/bin/sh"


def find_program(name: str, environ: Mapping[str, str]) -> str:
    """Return the program that a name stands for. Raises KcfgError with 127 for none, 126 for one that cannot run."""
    folders = [""] if "/" in name else (environ.get("PATH") or os.defpath).split(os.pathsep)
    seen = False
    for folder in folders if name else ():
        path = os.path.join(folder, name)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
        seen = seen or os.path.exists(path)
    shown = repr(name)
    if seen:
        raise _failure(
            f"{shown} cannot be run: permission denied", NOT_EXECUTABLE, "check that it is an executable file"
        )
    raise _failure(f"{shown}: command not found", NOT_FOUND, "check the spelling, and PATH")


def become(path: str, argv: Sequence[str], environ: Mapping[str, str], core: tuple[int, int] | None) -> NoReturn:
    """Replace this process by a program; returns only by raising."""
    sys.stdout.flush()
    sys.stderr.flush()
    # A new program would go on ignoring them; this one goes on without it if it does not start.
    before = {each: signal.signal(each, signal.SIG_DFL) for each in _ignored_by_python()}
    set_core_limit(core)
    try:
        try:
            os.execve(path, list(argv), environ)  # noqa: S606
        except OSError as error:
            if error.errno != errno.ENOEXEC or not _is_script(path):
                raise
            os.execve(_NOEXEC_SHELL, [_NOEXEC_SHELL, path, *argv[1:]], environ)  # noqa: S606
    except OSError as error:
        raise _cannot_run(argv[0], error) from None
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def core_limit() -> tuple[int, int] | None:
    """Return the user's own limit of core dumps."""
    from kcfg.coredump import users_limit

    return users_limit()


def set_core_limit(limit: tuple[int, int] | None) -> None:
    """Give the limit of core dumps back."""
    if limit is not None:
        from resource import RLIMIT_CORE, setrlimit

        setrlimit(RLIMIT_CORE, limit)


class Signals:
    """Signals are queued inside of a `with`; `wait` gives the next. Children start as if they were not."""

    def __init__(self, core: tuple[int, int] | None) -> None:
        self._core = core
        self._set = {getattr(signal, f"SIG{name}") for name in (*_PASSED, "CHLD", "ALRM")}
        self._before: Iterable[int] = ()
        self._handlers: dict[int, object] = {}

    def __enter__(self) -> Signals:
        self._before = signal.pthread_sigmask(signal.SIG_BLOCK, self._set | {signal.SIGTTOU})
        # What is ignored is not queued everywhere.
        for each in (signal.SIGCHLD, signal.SIGWINCH, signal.SIGCONT, signal.SIGALRM):
            self._handlers[each] = signal.signal(each, lambda *_: None)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.pthread_sigmask(signal.SIG_SETMASK, self._before)
        for each, handler in self._handlers.items():
            signal.signal(each, handler or signal.SIG_DFL)  # type: ignore[arg-type]

    def alarm(self, seconds: float) -> None:
        """Queue SIGALRM after a time."""
        signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))

    def wait(self) -> tuple[int, bool]:
        """Return the next signal, and whether children have got it, too.

        In a process with more threads, another one may have swallowed SIGCHLD: it is also said every second.
        """
        if hasattr(signal, "sigtimedwait"):
            found = signal.sigtimedwait(self._set, 1)
            return (found.si_signo, found.si_code == _FROM_KERNEL) if found else (signal.SIGCHLD, False)
        signum = signal.sigwait(self._set)
        return signum, signum in {getattr(signal, f"SIG{name}") for name in _KEYBOARD} and _in_foreground()

    def spawn(
        self, path: str, argv: Sequence[str], environ: Mapping[str, str], files: Sequence[FileAction] = ()
    ) -> int:
        """Start a program and return its process id; `files` are posix_spawn's file actions."""
        from kcfg.coredump import forbid_core_dumps

        # The limit is a process's own: the child takes what is set while it starts.
        set_core_limit(self._core)
        try:
            try:
                return self._spawn(path, argv, environ, files)
            except OSError as error:
                if error.errno != errno.ENOEXEC or not _is_script(path):
                    raise
                return self._spawn(_NOEXEC_SHELL, [_NOEXEC_SHELL, path, *argv[1:]], environ, files)
        except OSError as error:
            raise _cannot_run(argv[0], error) from None
        finally:
            forbid_core_dumps()

    def _spawn(self, path: str, argv: Sequence[str], environ: Mapping[str, str], files: Sequence[FileAction]) -> int:
        return os.posix_spawn(
            path,
            list(argv),
            dict(environ),
            file_actions=list(files),
            setsigmask=self._before,
            setsigdef=_ignored_by_python(),
        )


def wait_for(
    pid: int,
    signals: Signals,
    *,
    instead: Mapping[int, int] | None = None,
    on_alarm: Callable[[], None] = lambda: None,
) -> int:
    """Pass signals on to a child until it ends; return its exit code, or 128 + the signal that ended it.

    `instead` says what to send for a signal. `on_alarm()` is called when the alarm goes off.
    """
    while True:
        signum, everywhere = signals.wait()
        if signum == signal.SIGCHLD:
            found, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
            if found and os.WIFSTOPPED(status):
                os.kill(os.getpid(), signal.SIGSTOP)  # so that our own shell sees a stopped job
            elif found:
                return exit_code(status)
        elif signum == signal.SIGALRM:
            on_alarm()
        elif not everywhere:
            send(pid, (instead or {}).get(signum, signum))


def send(pid: int, signum: int) -> None:
    """Send a signal to a child that has not been waited for."""
    try:
        os.kill(pid, signum)
    except OSError:  # it became somebody we may not signal: sudo
        pass


def exit_code(status: int) -> int:
    """Return what a shell would say about a child's end."""
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def can_wait() -> bool:
    """Return whether this system has what it takes to pass signals on."""
    return hasattr(os, "posix_spawn") and hasattr(signal, "pthread_sigmask")


def _in_foreground() -> bool:
    try:
        handle = os.open("/dev/tty", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(handle) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(handle)


def _ignored_by_python() -> list[int]:
    return [getattr(signal, name) for name in ("SIGPIPE", "SIGXFSZ", "SIGXFZ") if hasattr(signal, name)]


def _is_script(path: str) -> bool:
    """Return whether a shell would read this as a script, as POSIX lets it where `#!` is missing."""
    with open(path, "rb") as file:
        begin = file.read(80)
    return not begin.startswith(b"\x7fELF") and b"\0" not in begin.partition(b"\n")[0]


def _cannot_run(name: str, error: OSError) -> KcfgError:
    code = NOT_FOUND if error.errno == errno.ENOENT else NOT_EXECUTABLE
    return _failure(
        f"{name!r} cannot be run: {(error.strerror or 'unknown').lower()}", code, "check the file, and its #! line"
    )


def _failure(message: str, code: int, hint: str) -> KcfgError:
    error = KcfgError(message, hint=hint)
    error.exit_code = code
    return error
