"""A kcfg that is killed, or refused something, at its nth call that changes the disk; in a child process, by fork.

`Scenario` is what a command does in a folder of its own; `ended` runs it with one fault, and then what a user would
do: the same command again.
"""

import errno
import os
import shutil
import signal
import sys
from dataclasses import dataclass

CALLS = ("open", "write", "pwrite", "fsync", "fchmod", "link", "replace", "rename", "unlink", "mkdir", "rmdir")
KINDS = ("KILL", "ENOSPC", "EIO", "EROFS", "EBUSY")
_MAKING = os.O_CREAT | getattr(os, "O_TMPFILE", 0) & ~getattr(os, "O_DIRECTORY", 0)
HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: acme}\n"


@dataclass(frozen=True)
class Scenario:
    """Files before, and the command."""

    name: str
    files: dict
    words: tuple
    environ: dict
    before: tuple = ()  # a command that comes before it
    back: tuple = ()  # one that leads back


class Place:
    """A folder with a scenario's files, and a home; `run` runs the command there, maybe with a fault."""

    def __init__(self, folder, scenario):
        self.folder, self.scenario = folder, scenario
        self.pristine, self.work = folder / "pristine", folder / "work"
        for name, text in scenario.files.items():
            path = self.pristine / "place" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (self.pristine / "home").mkdir(parents=True)
        self.reset()
        if scenario.before:
            code, _, said = self.run(scenario.before)
            assert code == 0, said
            spec = self.work / "place/kcfg.yaml"
            spec.write_text(spec.read_text().replace("one.example.com", "two.example.com"))
            shutil.rmtree(self.pristine)
            shutil.copytree(self.work, self.pristine)
        self.old = self.contents()
        code, self.calls, said = self.run()
        assert code == 0, said
        self.new = self.contents()
        assert self.old != self.new

    def reset(self):
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.pristine, self.work)

    def contents(self):
        """Return the files as they count: no locks, no temporaries."""
        found = {}
        for path in sorted((self.work / "place").rglob("*")):
            if path.is_file() and not self._is_litter(path):
                found[str(path.relative_to(self.work))] = path.read_bytes()
        return found

    def _is_litter(self, path):
        return path.name.endswith(".lock") or ".kcfg-" in str(path.relative_to(self.work))

    def litter(self):
        journals = self.work / "home/.local/state/kcfg/journal"
        found = [path for path in self.work.rglob("*") if self._is_litter(path)]
        return [str(path.relative_to(self.work)) for path in (*found, *journals.glob("*.json"))]

    def run(self, words=None, kind="", at=0, lasting=False):
        """Return (exit code, or -9; the calls that it made; what it said)."""
        log = self.folder / "said"
        counter, signals = os.pipe()
        child = os.fork()
        if child == 0:
            code = 3
            try:
                os.close(counter)
                code = self._child(words or self.scenario.words, log, kind, at, lasting, signals)
            finally:
                os._exit(code)
        os.close(signals)
        calls = b""
        while part := os.read(counter, 1 << 16):
            calls += part
        os.close(counter)
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status), calls.decode().split(), log.read_text(errors="replace")

    def _child(self, words, log, kind, at, lasting, signals):
        os.chdir(self.work / "place")
        for name in [name for name in os.environ if name.startswith(("XDG_", "KUBE", "KCFG"))]:
            del os.environ[name]
        os.environ.update({"HOME": str(self.work / "home"), **self.scenario.environ})
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, 1)
        os.dup2(handle, 2)
        sys.stdin = open(os.devnull)  # noqa: SIM115
        sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
        inject(kind, at, lasting, signals)
        from kcfg.__main__ import run

        code = run([str(word) for word in words])
        sys.stdout.flush()
        sys.stderr.flush()
        return code


def inject(kind, at, lasting, signals):
    """Count the calls that change the disk; at the one of this number comes the fault, and if `lasting` ever after."""
    count = 0
    write = os.write

    def wrap(name, call):
        def called(*args, **more):
            nonlocal count
            if name == "open" and not args[1] & _MAKING:
                return call(*args, **more)
            count += 1
            write(signals, f"{name} ".encode())
            if kind and (count == at or (lasting and count > at)):
                if kind == "KILL":
                    os.kill(os.getpid(), signal.SIGKILL)
                number = getattr(errno, kind)
                raise OSError(number, os.strerror(number))
            return call(*args, **more)

        return called

    for name in CALLS:
        setattr(os, name, wrap(name, getattr(os, name)))


def verdict(place, kind, at, lasting):
    """Run with one fault and then again; return what is wrong, or nothing, and whether the first run was refused."""
    place.reset()
    code, _, said = place.run(kind=kind, at=at, lasting=lasting)
    found = place.contents()
    wrong = []
    if code == 3 or "Traceback" in said:
        wrong.append("bug")
    if kind != "KILL" and code == 0 and found != place.new:
        wrong.append("false success")
    if kind != "KILL" and code and found not in (place.old, place.new) and "could not be taken back" not in said:
        wrong.append("half, and not told")
    if kind != "KILL" and code and found == place.new and "could not be taken back" not in said:
        wrong.append("changed, and told that it failed")
    if kind != "KILL" and code and "nothing was changed" in said and found != place.old:
        wrong.append("changed, but told otherwise")
    place.run()
    if place.contents() != place.new:
        wrong.append("not ended by the next command" if place.contents() != place.old else "")
    if place.scenario.back:
        _, _, again = place.run(place.scenario.back)
        if place.contents() != place.old:
            wrong.append(f"no way back: {again}")
    if place.litter():
        wrong.append(f"litter {place.litter()}")
    return [each for each in wrong if each], (code, said)


_KUBECONFIGS = {
    "a": "users:\n- name: u\n  user: {token: fake}\n",
    "b": "contexts:\n- name: c\n  context: {cluster: x, user: u}\n",
}
_SPEC = {
    "kcfg.yaml": f"{HEAD}include: [users.yaml]\nclusters:\n- {{name: c, server: 'https://one.example.com'}}\n"
    "contexts:\n- {name: c, cluster: c, user: u}\n",
    "users.yaml": f"{HEAD}users:\n- {{name: u, username: bob}}\n",
}
_ODD = f"{HEAD}clusters:\n  -   {{server: 'https://one.example.com',   name: c}}\n"
_TWO = {
    "config": "clusters:\n- {name: x, cluster: {server: 'https://one.example.com'}}\n"
    "contexts:\n- {name: c, context: {cluster: x}}\n- {name: d, context: {cluster: x}}\n"
}
_ENVIRONMENTS = {
    "kcfg.yaml": f"{HEAD}clusters:\n- {{name: c, server: 'https://${{env}}.example.com'}}\n"
    "contexts:\n- {name: c, cluster: c}\n"
    "environments:\n- {name: dev, variables: {env: dev}}\n- {name: prod, variables: {env: prod}}\n"
    "variables: {env: {default: x}}\n"
}
_APPLIED = {
    "kcfg.yaml": f"{HEAD}clusters:\n- {{name: c, server: 'https://one.example.com'}}\n"
    "contexts:\n- {name: c, cluster: c}\n",
    "config": "# mine\nclusters:\n- {name: mine, cluster: {server: 'https://mine.example.com'}}\n",
}
_APPLY, _UNDO = ("apply", "--yes", "--kubeconfig", "config"), ("undo", "--yes", "--kubeconfig", "config")
SCENARIOS = [
    Scenario("apply", _APPLIED, _APPLY, {}, before=_APPLY, back=_UNDO),
    Scenario("rename in two kubeconfigs", _KUBECONFIGS, ("rename", "user", "u", "uu"), {"KUBECONFIG": "a:b"}),
    Scenario("spec rename in two files", _SPEC, ("spec", "rename", "user", "u", "robot"), {}),
    Scenario("fmt of three files", {f"{n}.yaml": _ODD for n in "abc"}, ("fmt", "a.yaml", "b.yaml", "c.yaml"), {}),
    Scenario("split", _TWO, ("split", "--out-dir", "out"), {"KUBECONFIG": "config"}),
    Scenario(
        "split over files",
        {**_TWO, "out/c.yaml": "{}\n", "out/d.yaml": "{}\n"},
        ("split", "--out-dir", "out", "--force"),
        {"KUBECONFIG": "config"},
    ),
    Scenario("render of two environments", _ENVIRONMENTS, ("render", "--all-environments", "--out", "out"), {}),
    Scenario("render for an engine", _SPEC, ("render", "--to", "argocd", "--out", "out", "--credentials", "omit"), {}),
    Scenario("import", _TWO, ("import", "config", "--into", "spec", "--secrets", "keep-out"), {}),
]
