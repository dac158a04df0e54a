"""The dispatcher: common forms go straight to their command, everything else to typer.

The one error boundary: a KcfgError is told and becomes its exit code, an interrupt is 130, a bug is 3.
"""

import gc
import sys


def main() -> int:
    """Run `kcfg` with the process's arguments, and end the process."""
    from os import _exit

    _open_closed_streams()
    code = run(sys.argv[1:])
    try:
        sys.stderr.flush()
    except OSError:  # nobody is there to be told
        pass
    # Python's orderly end takes as long as a common command, and has nothing to do here.
    _exit(code)


def complete_for_kubectl() -> int:
    """Run `kubectl_complete-kcfg`, which kubectl asks when a line begins with `kubectl kcfg`."""
    from os import _exit

    _open_closed_streams()
    code = run(["__complete", "kubectl", *sys.argv[1:]])
    _exit(code)


def run(argv: list[str]) -> int:
    """Run `kcfg` with these arguments and return the exit code."""
    gc.disable()  # entries by the ten thousand and hardly a cycle: collecting them is half of a big render
    try:
        code = dispatch(argv)
        sys.stdout.flush()
    except Exception as error:
        return _told(error)
    except KeyboardInterrupt:
        _bring_out()
        return 130
    finally:
        gc.enable()
    return code


def _open_closed_streams() -> None:
    """Replace what the caller closed (`>&-`): else the next file we open would become standard output."""
    from os import devnull

    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(devnull, mode, encoding="utf-8"))  # noqa: SIM115


def dispatch(argv: list[str]) -> int:
    """Run a command and return its exit code; what goes wrong is raised."""
    if argv[:1] == ["credential"] and argv[1:] not in (["-h"], ["--help"]):
        from kcfg.credential import handle

        return handle(argv[1:], _environment(), sys.stdout, sys.stderr)
    if argv[:1] == ["__complete"]:
        from kcfg.cli.complete.answer import answer

        return answer(argv[1:])
    from kcfg.cli.options import parse
    from kcfg.cli.table import call, find

    command, words = find(argv)
    values = parse(command, words) if command else None
    if command is None or values is None:
        from kcfg.cli.app import main as typer_main

        return typer_main(argv)
    return call(command, values)


def _environment() -> "dict[str, str]":
    from os import environ

    return dict(environ)


def _bring_out() -> None:
    """Write what was said before something went wrong: into a pipe or a file it has not been yet."""
    try:
        sys.stdout.flush()
    except OSError:
        _close_stdout()


def _close_stdout() -> None:
    import os

    # No second error when it is flushed again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _told(error: Exception) -> int:
    if isinstance(error, OSError):
        _close_stdout()
    else:
        _bring_out()
    if isinstance(error, BrokenPipeError):
        return 2  # the reader went away: nothing to tell it
    from kcfg.cli.shared.report import show_bug, show_error
    from kcfg.errors import KcfgError

    if isinstance(error, KcfgError):
        show_error(error)
        return error.exit_code
    if isinstance(error, OSError):
        show_error(KcfgError(error.strerror or type(error).__name__))
        return 2
    show_bug(error)
    return 3


if __name__ == "__main__":
    sys.exit(main())
