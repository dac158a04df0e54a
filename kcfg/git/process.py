"""How git is started, and only here: a fixed repository, an environment of kcfg's, bounds on time and output.

No configuration, whosever it is, makes git start a program for what kcfg asks, or fetch.
"""

from __future__ import annotations

import os
import sys

from kcfg.errors import KcfgError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess

SECONDS = 30.0
MOST = 1 << 20  # bytes of a short answer
_NOTHING = os.devnull
_NEUTRAL = (
    "safe.bareRepository=explicit",
    "core.fsmonitor=false",
    f"core.hooksPath={_NOTHING}",
    f"core.attributesFile={_NOTHING}",
    "core.commitGraph=false",  # what HEAD~1 is, its commit says
    "core.disambiguate=committish",
    "protocol.allow=never",
)
_OURS = {
    "LC_ALL": "C",
    "GIT_ALLOW_PROTOCOL": "/",  # no protocol has this name; an empty list would allow the empty one
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_GRAFT_FILE": _NOTHING,
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
_NO_CONFIGURATION = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": _NOTHING}
_SYSTEM = ("SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "SUDO_UID")


def start(top: str, words: tuple[str, ...], *, own: bool = False, ask: bool = False) -> subprocess.Popen[bytes]:
    """Start git in a top folder; `own`: by the user's own configuration too; `ask`: it reads questions."""
    import subprocess

    path = _path(top)
    settings = [word for each in _NEUTRAL for word in ("-c", each)]
    try:
        return subprocess.Popen(  # noqa: S603
            [_program(path), *settings, *words],
            cwd=top,
            env=_environment(top, path, own=own),
            stdin=subprocess.PIPE if ask else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if ask else subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise KcfgError(f"git did not start: {(error.strerror or '').lower()}") from None


def _path(top: str) -> list[str]:
    """Return where programs are looked for: nowhere that depends on the working directory, or in the repository."""
    places = [place for place in os.environ.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(place)]
    return [place for place in places if top == os.sep or not _below(top, os.path.realpath(place))]


def _below(top: str, place: str) -> bool:
    return place == top or place.startswith(top + os.sep)


def _program(path: list[str]) -> str:
    from shutil import which

    found = which("git", path=os.pathsep.join(path)) if path else None
    if found is None:
        raise KcfgError("git is not installed", hint="install git: only it knows what is in a git repository")
    return found


def _environment(top: str, path: list[str], *, own: bool) -> dict[str, str]:
    """Return git's environment; with `own`, what names the user's own configuration, but nothing else of git's."""
    given = os.environ
    kept = {name: given[name] for name in _SYSTEM if name in given}
    if own:
        names = ("HOME", "USERPROFILE", "XDG_CONFIG_HOME")
        kept |= {name: given[name] for name in names if name in given}
        kept |= {name: value for name, value in given.items() if name.startswith("GIT_CONFIG_")}
        kept.pop("GIT_CONFIG_PARAMETERS", None)
    else:
        kept |= _NO_CONFIGURATION
    return kept | _OURS | {"PATH": os.pathsep.join(path), "GIT_CEILING_DIRECTORIES": os.path.dirname(top)}


def communicate(process: subprocess.Popen[bytes]) -> tuple[int, bytes, str]:
    """Return exit code, output and complaint of what was started. Raises KcfgError, and leaves nothing running."""
    from threading import Timer

    assert process.stdout is not None
    assert process.stderr is not None
    late: list[bool] = []

    def give_up() -> None:
        late.append(True)
        kill(process)

    timer = Timer(SECONDS, give_up)
    timer.start()
    try:
        said = process.stdout.read(MOST + 1)
        complaint = process.stderr.read(MOST) if len(said) <= MOST else b""
        if len(said) > MOST or len(complaint) == MOST:
            raise KcfgError("git said more than was asked")
        code = process.wait()
    finally:
        timer.cancel()
        end(process)
    if late:
        raise KcfgError(f"git did not answer within {SECONDS:.0f} seconds")
    return code, said, complaint.decode("utf-8", "replace")


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill git and what it may have started."""
    try:
        if sys.platform == "win32":
            process.kill()
        else:
            from signal import SIGKILL

            os.killpg(process.pid, SIGKILL)
    except OSError:  # it has ended
        pass


def end(process: subprocess.Popen[bytes]) -> None:
    """End git, whatever it is at."""
    if process.poll() is None:
        kill(process)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            try:
                stream.close()
            except OSError:
                pass
    process.wait()
