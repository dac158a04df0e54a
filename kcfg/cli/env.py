"""`kcfg env`: the lines that point a shell at kubeconfigs, and those that bring back what it had before."""

from __future__ import annotations

import os
import sys

from kcfg.errors import FileError, KcfgError, Location
from kcfg.printing import is_harmless, put, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_SHELLS = ("bash", "zsh", "fish", "powershell", "direnv")
_OLD = "KCFG_OLD_KUBECONFIG"
_NOTHING = os.pathsep  # what _OLD is where KUBECONFIG was not set: PowerShell cannot hold an empty variable
_TAKE = {"fish": "{} | source", "powershell": "{} | Out-String | Invoke-Expression", "direnv": "{} > .envrc"}
# PowerShell reads typographic quotes as quotes.
_POWERSHELL_QUOTES = "'\u2018\u2019\u201a\u201b"


def run(
    *,
    files: list[str],
    file: str | None,
    environment: str | None,
    values: list[str],
    out: str | None,
    shell: str | None,
    append: bool,
    restore: bool,
) -> int:
    """Print code for a shell, and nothing else, on standard output."""
    shell = shell or shell_of(os.environ)
    if restore:
        text = _restored(shell, os.environ)
    else:
        if file is not None or environment is not None or values or out is not None:
            files = [*files, _rendered(file, environment, values, out)]
        if not files:
            raise KcfgError("no kubeconfig is named", hint="kcfg env FILE…, or kcfg env -e ENVIRONMENT --out FILE")
        text = _pointing(shell, [_checked(each) for each in files], os.environ, append=append)
    put([text.encode()])
    if sys.stdout.isatty():
        how = _TAKE.get(shell, 'eval "$({})"').format("kcfg env …")
        tell(f"kcfg: hint: nothing is set yet; to use this: {how}")
    return 0


def shell_of(environ: Mapping[str, str]) -> str:
    """Return the form that the user's shell reads; Bourne's where it is not known."""
    if os.name == "nt" and not environ.get("SHELL"):
        return "powershell"
    name = os.path.basename(environ.get("SHELL") or "").removesuffix(".exe")
    return "powershell" if name == "pwsh" else name if name in _SHELLS else "bash"


def quoted(value: str, shell: str) -> str:
    """Return a value as a literal of the shell: nothing in it is expanded."""
    if shell == "fish":
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if shell == "powershell":
        return "'" + "".join(char * 2 if char in _POWERSHELL_QUOTES else char for char in value) + "'"
    return "'" + value.replace("'", "'\\''") + "'"


def _pointing(shell: str, files: list[str], environ: Mapping[str, str], *, append: bool) -> str:
    if shell == "direnv":
        return _envrc(files, append=append)
    before = environ.get("KUBECONFIG") or ""
    kept = [each for each in before.split(os.pathsep) if each] if append else []
    if append and not before:  # what kubectl reads where KUBECONFIG is not set
        kept = [os.path.join(os.path.expanduser("~"), ".kube", "config")]
    known = {os.path.abspath(each) for each in kept}
    listed = dict.fromkeys([*kept, *(each for each in files if each not in known)])
    code = [_set(shell, "KUBECONFIG", os.pathsep.join(listed))]
    if _OLD not in environ:  # several times `env`, and `--restore` leads to where it began
        code.append(_set(shell, _OLD, before or _NOTHING))
    return "".join(code)


def _restored(shell: str, environ: Mapping[str, str]) -> str:
    if shell == "direnv":
        raise KcfgError("direnv restores KUBECONFIG itself", hint="leave the folder, or `direnv deny`")
    old = environ.get(_OLD)
    if old is None:
        raise KcfgError("there is nothing to restore", hint='`eval "$(kcfg env FILE)"` remembers what was before')
    was_set = old.strip(os.pathsep)
    return (_set(shell, "KUBECONFIG", old) if was_set else _unset(shell, "KUBECONFIG")) + _unset(shell, _OLD)


def _set(shell: str, name: str, value: str) -> str:
    if not _fits(value):
        raise KcfgError("KUBECONFIG holds control characters", hint="unset KUBECONFIG")
    start = {"fish": f"set -gx {name} ", "powershell": f"$Env:{name} = "}.get(shell, f"export {name}=")
    return f"{start}{quoted(value, shell)}\n"


def _unset(shell: str, name: str) -> str:
    start = {"fish": "set -e ", "powershell": "Remove-Item -ErrorAction SilentlyContinue Env:"}.get(shell, "unset ")
    return f"{start}{name}\n"


def _envrc(files: list[str], *, append: bool) -> str:
    """Return the text of an .envrc: direnv looks at KUBECONFIG when it enters the folder, not now."""
    from kcfg.targets.direnv import envrc

    names = [quoted(each, "direnv") for each in files]
    before = ['"${KUBECONFIG:-$HOME/.kube/config}"'] if append else []
    return envrc(names, ":".join([*before, *names]))


def _checked(file: str) -> str:
    """Return the absolute path of a kubeconfig that exists, and that a list can hold."""
    path = os.path.abspath(os.path.expanduser(file))
    if not _fits(path) or os.pathsep in path:
        what = f"a {os.pathsep!r}" if os.pathsep in path else "a control character"
        raise FileError(f"KUBECONFIG cannot name a file with {what}", location=Location(file), hint="rename it")
    if not os.path.exists(path):
        raise FileError("no such file or directory", location=Location(file), hint="check the path")
    if os.path.isdir(path):
        raise FileError("this is a folder", location=Location(file), hint="name the kubeconfigs in it")
    return path


def _fits(path: str) -> bool:
    """Return whether a shell can be given this in one line of UTF-8 that nobody who reads a log obeys."""
    return "\n" not in path and is_harmless(path)


def _rendered(file: str | None, environment: str | None, values: list[str], out: str | None) -> str:
    """Render a spec into the file of --out, as `kcfg render` does; return its name."""
    if out == "-":
        raise KcfgError("--out -: standard output is for the shell's lines", hint="--out ~/.kube/NAME")
    if out is None:
        raise KcfgError("a spec needs a file to be rendered into", hint="--out ~/.kube/NAME")
    from kcfg.cli.options import parse
    from kcfg.cli.table import call, commands

    command = commands("Reconcile")["render"]
    chosen = [environment] if environment is not None else []
    given = {"file": file, "environment": chosen, "values": values, "out": out}
    call(command, {**(parse(command, []) or {}), **given})
    return out
