"""`kcfg render --to TARGET`: a spec becomes what another engine reads; `--check` compares with what is committed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from kcfg.cli.shared.artefacts import tell_compared, tell_former
from kcfg.errors import FileError, KcfgError, Location
from kcfg.printing import progress, put, say, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kcfg.cli.shared.trusting import Trust
    from kcfg.spec.spec import Spec
    from kcfg.targets.job import Job

_FOREIGN = ("kustomization.yaml", "kustomization.yml")  # people put these beside what is rendered

_LOCAL = ("kubectl", "kuberc", "k9s")  # beside the kubeconfig that has what a spec leaves alone
_PRIVATE = ("secret", "direnv")  # their owner's alone, without `inline` too, as are those of other packages
_ONLY = {
    "--per-cluster": "secret",
    "--key": "secret",
    "--label": "secret",
    "--plugin": "argocd",
    "--template": "external-secrets",
    "--secret-store": "external-secrets",
}
_KEPT = "no engine reads that file: leave its contexts out, with -l or --context"


def run(
    spec: Spec,
    contexts: list[str] | None,
    *,
    to: str,
    why: bool,
    out: str | None,
    check: str | None,
    raw: bool,
    **asked: Any,
) -> int:
    """Write, print or compare; the exit code is 1 when `check` finds a difference. With `why`, only say what for."""
    from kcfg.cli.shared.output import require_no_terminal
    from kcfg.cli.shared.report import show_problems
    from kcfg.delivery import require_delivered
    from kcfg.targets.job import Job
    from kcfg.targets.members import file_names
    from kcfg.targets.render import render_to
    from kcfg.targets.targets import TARGETS, open_target

    if why:
        plugins, per_cluster = frozenset(asked["plugins"]), asked["per_cluster"]
        return _why(Job(spec, contexts, plugins=plugins, template=asked["template"], per_cluster=per_cluster), to)
    chosen = list(spec.contexts) if contexts is None else contexts
    if to not in _LOCAL:
        require_delivered(spec, chosen, _KEPT)
    names = file_names(spec, chosen, "" if asked["per_cluster"] else open_target(to).FILE)
    job = _job(spec, contexts, out=out, check=check, names=names, **asked)
    files = _progress(render_to(to, job), len(names))
    if check is not None:
        code = _check(check, files)
    elif out is not None:
        code = _write(out, files, secret=job.inline or to in _PRIVATE or to not in TARGETS, prune=asked["prune"])
    else:
        require_no_terminal(raw=raw or not job.inline)
        code = _print(to, files)
    if job.warnings:
        show_problems(job.warnings)
    for note in job.notes:
        tell(f"kcfg: note: {note}")
    return code


def require_alone(
    *, to: str | None, minify: bool, flatten: bool, no_embed: bool, output: str, many: bool, given: Mapping[str, object]
) -> None:
    """Raise KcfgError for options that do not go together."""
    if to is None:
        if alone := next((flag for flag, value in given.items() if value), None):
            more, hint = (" and --all-environments", "; --all-environments has a file for each")
            if alone not in ("--check", "--prune"):
                more = hint = ""
            raise KcfgError(f"{alone} is for --to{more}", hint=f"--to TARGET names the engine{hint}")
        return
    require_own(to, given)
    others = {
        "--minify": minify,
        "--flatten": flatten,
        "--no-embed": no_embed,
        f"-o {output}": output != "yaml",
        "several environments": many,
    }
    if wrong := next((flag for flag, value in others.items() if value), None):
        raise KcfgError(f"--to {to} does not go with {wrong}", hint="render once for each, without the option")
    if given["--check"] and given["--out"]:
        raise KcfgError(
            "--check writes nothing: --out has nothing to do", hint="leave one out; --check names the folder"
        )
    if given["--check"] and given["--prune"]:
        raise KcfgError("--check writes nothing: there is nothing to prune", hint="leave --prune out")
    if given["--why"] and (wrong := next((flag for flag in ("--check", "--prune", "--out") if given.get(flag)), None)):
        raise KcfgError(f"--why only says what is needed: {wrong} has nothing to do", hint=f"leave {wrong} out")


def require_own(to: str, given: Mapping[str, object]) -> None:
    """Raise KcfgError for what only some targets have a place for."""
    from re import fullmatch

    if to == "k9s" and given.get("--prune"):
        raise KcfgError("--to k9s prunes nothing: its files are k9s's own, too", hint="leave --prune out")
    for flag, target in _ONLY.items():
        if given[flag] and to != target:
            raise KcfgError(f"{flag} is for --to {target}", hint=f"what {to} reads has its own: leave {flag} out")
    if given["--key"] and not fullmatch(r"[-._a-zA-Z0-9]{1,253}", str(given["--key"])):
        raise KcfgError("--key is no key that a Secret takes", hint="letters, digits, - _ and .")


def labels_of(words: list[str]) -> dict[str, str]:
    """Return the labels of `--label KEY=VALUE`. Raises KcfgError for what Kubernetes does not take."""
    from kcfg.spec.labels import label_faults

    pairs = [word.partition("=") for word in words]
    if wrong := next((key for key, equals, _ in pairs if not equals), None):
        raise KcfgError(f"--label {wrong}: there is no value", hint="write KEY=VALUE; an empty value is KEY=")
    found = {key: value for key, _, value in pairs}
    if fault := next(label_faults(found), None):
        raise KcfgError(f"--label: {fault[1]}", hint="at most 63 of A-Z a-z 0-9 - _ . ; a key may begin with PREFIX/")
    return found


def _job(
    spec: Spec,
    contexts: list[str] | None,
    *,
    out: str | None,
    check: str | None,
    credentials: str | None,
    credential_command: str,
    exec_api: str,
    names: list[str],
    namespace: str | None,
    plugins: list[str],
    template: str,
    secret_store: str | None,
    per_cluster: bool,
    key: str | None,
    labels: list[str],
    trust: Trust,
    prune: bool,
) -> Job:
    from kcfg.cli.shared.stores import Stores
    from kcfg.cli.shared.trusting import require_permit
    from kcfg.git.guard import output_file
    from kcfg.targets.job import Job

    mode = credentials or spec.credentials or "exec"
    place = out if out is not None else check
    job = Job(
        spec,
        contexts,
        mode,
        None,
        None if place is None else os.path.realpath(place),
        credential_command,
        namespace or "",
        frozenset(plugins),
        template,
        secret_store or "",
        key or "value",
        labels_of(labels),
        per_cluster,
        exec_api,
    )
    guarded = out if out is not None else None if check is not None else output_file()
    if guarded is not None:
        job.require_private = partial(_guard, guarded, None if out is None else names)
    if mode == "inline":
        if job.require_private:
            job.require_private()
        job.read_secret = Stores(spec, require_permit(spec, trust)).read
    return job


def _guard(place: str, names: list[str] | None, more: str = "") -> None:
    """Ask the gate of files with secrets: for the output, the files that were named, or one `more` of the folder."""
    from kcfg.git.guard import require_private

    if not more:
        require_private(place, names)
    elif names is not None and more not in names:
        require_private(place, [more])


def _why(job: Job, to: str) -> int:
    """Say for each cluster in one line whether a secret is needed; no store is read."""
    from kcfg.targets.why import needs

    for need in needs(job, to):
        say(need)
    return 0


def _progress(files: Iterable[tuple[str, str]], total: int) -> Iterator[tuple[str, str]]:
    """Pass files on; on a terminal, say how far it is."""
    shown = sys.stderr.isatty() and total >= 200
    for number, each in enumerate(files, 1):
        yield each
        if shown and (number % 50 == 0 or number == total):
            done = 30 * number // total
            progress(f"kcfg: [{'#' * done:<30}] {number}/{total}")
            if number == total:
                tell("")


def _write(out: str, files: Iterator[tuple[str, str]], *, secret: bool, prune: bool) -> int:
    from kcfg.boundary import require_plain
    from kcfg.staging import WORDS, write_files

    if os.path.lexists(out) and not os.path.isdir(out):
        raise FileError("not a folder", location=Location(out), hint="--out DIR gets the files of a target")
    require_plain(out, out)
    counts, names = write_files(out, ((name, text.encode()) for name, text in files), secret=secret)
    stale = sorted(name for name in _present(out) - names if _is_ours(os.path.join(out, name)))
    for name in stale if prune else ():
        os.unlink(os.path.join(out, name))
        tell(f"{os.path.join(out, name)} pruned")
    if not prune:
        tell_former(stale)
    tell(f"{out}: " + ", ".join(f"{counts[word]} {word}" for word in WORDS if counts[word]))
    return 0


def _present(folder: str) -> set[str]:
    """Return the files of a folder that could be a target's: YAML, but for what kustomize wants beside them."""
    if not os.path.isdir(folder):
        raise FileError("no such folder", location=Location(folder), hint="check the path, or render with --out first")
    return {name for name in os.listdir(folder) if name.endswith((".yaml", ".yml")) and name not in _FOREIGN}


def _is_ours(path: str) -> bool:
    from kcfg.targets.manifest import HEADER

    with open(path, encoding="utf-8", errors="replace") as file:
        return file.readline() == HEADER


def _check(folder: str, files: Iterator[tuple[str, str]]) -> int:
    from kcfg.staging import compare_files

    found = list(compare_files(folder, ((name, text.encode()) for name, text in files), _present(folder)))
    return tell_compared(folder, found, is_ours=lambda name: _is_ours(os.path.join(folder, name)))


def _print(to: str, files: Iterator[tuple[str, str]]) -> int:
    """Print one file, or a stream of YAML documents; what is found wrong at the end leaves nothing on the output."""
    from tempfile import TemporaryFile

    # On the disk without a name, and for the owner alone: memory stays small, and an error comes before any output.
    with TemporaryFile("w+", encoding="utf-8", newline="") as waiting:
        for number, (name, text) in enumerate(files):
            if number and not name.endswith((".yaml", ".yml")):
                raise KcfgError(f"{to} needs several files", hint="--out DIR gets them")
            waiting.write(("---\n" if number else "") + text)
        waiting.seek(0)
        while part := waiting.read(1 << 20):
            put([part.encode()])
    return 0
