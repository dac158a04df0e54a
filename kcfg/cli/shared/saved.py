"""Saved plans: `kcfg diff --out PLAN` writes what would be done, `kcfg apply PLAN` does that or nothing.

A plan has names and digests, never a body or a value. What is written is computed anew from the spec it names, passes
the gate and the questions of every apply, and has to be the same operations on the same bytes.
"""

from __future__ import annotations

import json
import os
from hashlib import scrypt

from kcfg.cli.shared.planning import Job, Wish
from kcfg.dataclass import dataclass, fields
from kcfg.errors import ConflictError, KcfgError, Location, Problem, listed
from kcfg.exec_stanza import COMMAND
from kcfg.kubeconfig.plan import PASSED, Options
from kcfg.printing import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from kcfg.cli.shared.trusting import Trust
    from kcfg.spec.spec import Declared, Spec

KIND, VERSION = "SavedPlan", 1
_LIMIT = 16 << 20
_MOST = 5
_PASSED = (*PASSED, "unchanged")
# What is no flag of the plan: whom to trust is said when it is applied, where the spec is stands beside the flags, and
# what is left, managed and not delivered is the spec's to say.
_NOT_SAVED = ("file", "trust", "left", "manage", "undelivered", "selected", "refused", "settled")
_PLUGIN = "credential_command"
_OPTIONS = {"contexts": "context", "values": "set", "embed": "no-embed"}
_TYPES = {
    "bool": lambda value: isinstance(value, bool),
    "str": lambda value: isinstance(value, str),
    "str | None": lambda value: value is None or isinstance(value, str),
    "Sequence[str]": lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value),
}
_CHOICES = {"credentials": (None, "exec", "inline", "omit"), "on_conflict": ("abort", "spec", "actual")}


def save_plan(out: str, job: Job, wish: Wish, options: Options) -> None:
    """Write a plan of what applying would do, 0600, for `-` onto standard output.

    Raises KcfgError where a plan could not say it.
    """
    from kcfg.boundary import require_not_led_out
    from kcfg.cli.shared.output import require_unread
    from kcfg.files import write_atomic

    if wish.file == "-":
        raise KcfgError("standard input cannot be read again when the plan is applied", hint="name the spec with -f")
    if any(change.unread() for change in job.plan.changes):
        raise KcfgError(
            "secrets are inlined and were not compared: the plan would not say all that applying does",
            hint="--read-secrets reads the stores; no value gets into the plan",
        )
    if out != "-":
        require_unread(out)
        require_not_led_out(out)
    salt = os.urandom(16)
    value = {
        "kind": KIND,
        "version": VERSION,
        "spec": {
            "name": job.spec.name,
            "file": os.path.abspath(job.spec.root.file),
            "revision": _revision(job.spec),
            "digest": _digest(_spec_bytes(job.spec), salt),
        },
        "kubeconfig": {"file": os.path.abspath(job.live.path), "digest": _file_digest(job, salt)},
        "salt": salt.hex(),
        "flags": {**_values(wish), **_values(options)},
        "operations": _operations(job),
    }
    if out == "-":
        from kcfg.printing import put_json

        put_json(value)
        return
    write_atomic(out, (json.dumps(value, indent=2) + "\n").encode(), secret=True)
    tell(f"kcfg: the plan is in {out}; `kcfg apply {out}` does that, or nothing")


@dataclass(frozen=True, slots=True, repr=False)
class Saved:
    """A saved plan as it was read: what to compute anew, and what has to come out."""

    path: str
    value: dict[str, Any]

    @property
    def kubeconfig(self) -> str:
        """The file that it is about."""
        return str(self.value["kubeconfig"]["file"])

    def wish(self, trust: Trust) -> Wish:
        """Return which spec it is of, rendered how; whom to trust is no part of a plan."""
        flags = {name: self.value["flags"][name] for name in _flags(Wish)}
        return Wish(file=self.value["spec"]["file"], trust=trust, **flags)

    def options(self) -> Options:
        """Return what it may do."""
        return Options(**{name: self.value["flags"][name] for name in _flags(Options)})

    def require_alone(self, wish: Wish, kubeconfig: str | None, options: Options) -> None:
        """Raise KcfgError for flags beside a plan, which has its own; a plugin's name has to be said again."""
        given = [f"--{_OPTIONS.get(name, name).replace('_', '-')}" for name in _given(wish, options) if name != _PLUGIN]
        given += ["-f"] * (wish.file is not None) + ["--kubeconfig"] * (kubeconfig is not None)
        if given:
            raise KcfgError(f"a saved plan has its own flags: {', '.join(given)} cannot stand beside it",
                            hint="leave them out, or make another plan: kcfg diff --out PLAN")  # fmt: skip
        plugin = self.value["flags"][_PLUGIN]
        if plugin not in (wish.credential_command, COMMAND):
            raise KcfgError(
                "this plan writes another program into the kubeconfig than kcfg-credential",
                location=Location(self.path),
                hint="if you know it, say its name: --credential-command PATH",
            )

    def require_same(self, job: Job) -> None:
        """Raise ConflictError, with all that differs, unless the spec, the file and the operations are the plan's."""
        salt = bytes.fromhex(self.value["salt"])
        told = []
        if self.value["kubeconfig"]["digest"] != _file_digest(job, salt):
            told.append(Problem("changed since the plan was made", location=Location(job.live.path)))
        spec = self.value["spec"]
        if (spec["name"], spec["digest"]) != (job.spec.name, _digest(_spec_bytes(job.spec), salt)):
            at = f": planned at {spec['revision'][:12]}" if spec["revision"] else ""
            now = _revision(job.spec) if at else None
            at += f", now {now[:12]}" if now and now != spec["revision"] else ""
            message = f"the spec, or a file it names, changed since the plan was made{at}"
            told.append(Problem(message, location=Location(job.spec.root.file)))
        told += [Problem(each, location=Location(self.path)) for each in self._other_operations(job)]
        if told:
            for each in told:
                each.hint = "nothing was written; make a plan again, and look at it: kcfg diff --out PLAN"
            raise ConflictError("the plan does not hold any more: nothing was written", problems=told)

    def _other_operations(self, job: Job) -> Iterator[str]:
        planned, now = map(_by_entry, (self.value["operations"], _operations(job)))
        others = [key for key in {**planned, **now} if planned.get(key) != now.get(key)]
        for section, name in others[:_MOST]:
            title = f"{section}/{name}" if name else section
            words = [_words(side.get((section, name))) for side in (planned, now)]
            yield f"{title}: planned was {words[0]}, now it would be {words[1]}"
        if len(others) > _MOST:
            yield f"and {len(others) - _MOST} more entries"


def open_saved(path: str) -> Saved:
    """Read a saved plan. Raises KcfgError for what is none, and for a version that this kcfg does not know."""
    from kcfg.files import read_bytes

    try:
        value = json.loads(read_bytes(path, limit=_LIMIT))
        sound = value["kind"] == KIND
    except (ValueError, TypeError, KeyError, RecursionError):
        sound = False
    if not sound:
        raise KcfgError("not a saved plan", location=Location(path), hint="kcfg diff --out PLAN writes one")
    if value.get("version") != VERSION:
        raise KcfgError("a saved plan of another version of kcfg", location=Location(path), hint="make it again")
    if not _is_sound(value):
        raise KcfgError("a damaged plan", location=Location(path), hint="make it again: kcfg diff --out PLAN")
    return Saved(path, value)


def _is_sound(value: dict[str, Any]) -> bool:
    try:
        spec, file, flags = value["spec"], value["kubeconfig"], value["flags"]
        texts = [spec["name"], spec["file"], spec["digest"], spec["revision"] or "", file["file"], file["digest"]]
        bytes.fromhex(value["salt"])
        _by_entry(value["operations"])
        kinds = {field.name: str(field.type) for owner in (Wish, Options) for field in fields(owner)}
        return (
            all(isinstance(each, str) for each in texts)
            and os.path.isabs(spec["file"])
            and os.path.isabs(file["file"])
            and {*flags} == {*_flags(Wish), *_flags(Options)}
            and all(_TYPES[kinds[name]](each) for name, each in flags.items())
            and all(flags[name] in choices for name, choices in _CHOICES.items())
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


def _flags(owner: type[Wish | Options]) -> list[str]:
    return [field.name for field in fields(owner) if field.name not in _NOT_SAVED]


def _given(wish: Wish, options: Options) -> list[str]:
    """Return the flags that are not as they are when nobody says anything."""
    given = {**_values(wish), **_values(options)}
    nothing = {**_values(Wish(None, None, [], None, COMMAND, allow_plaintext=False)), **_values(Options())}
    return [name for name, value in given.items() if name != "read_secrets" and value != nothing[name]]


def _values(owner: Wish | Options) -> dict[str, object]:
    return {name: _plain(getattr(owner, name)) for name in _flags(type(owner))}


def _plain(value: object) -> object:
    return list(value) if isinstance(value, (list, tuple)) else value


def _operations(job: Job) -> list[dict[str, Any]]:
    return [
        {
            "action": each.action,
            "section": each.section,
            "name": each.name,
            "fields": [".".join(field.path) for field in each.fields()],
        }
        for each in job.plan.changes
        if each.action not in _PASSED
    ]


def _by_entry(operations: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[str, tuple[str, ...]]]:
    found = {(each["section"], each["name"]): (each["action"], tuple(each["fields"])) for each in operations}
    if not all(isinstance(word, str) for key, (action, paths) in found.items() for word in (*key, action, *paths)):
        raise ValueError("not names")
    return found


def _words(operation: tuple[str, tuple[str, ...]] | None) -> str:
    if operation is None:
        return "nothing"
    action, paths = operation
    return f"{action} ({listed(paths, _MOST)})" if paths else action


def _file_digest(job: Job, salt: bytes) -> str:
    raw = job.live.file.raw
    return "" if raw is None else _digest(raw, salt)


def _digest(data: bytes, salt: bytes) -> str:
    """Return a digest that tells nothing of a short secret in a file whose rest is known: each guess takes long."""
    return scrypt(data, salt=salt, n=1 << 14, r=8, p=1, dklen=32).hex()


def _spec_bytes(spec: Spec) -> bytes:
    """Return a spec's files, each with its name from the root file's folder: its sources, and what entries name."""
    from hashlib import sha256

    folder = os.path.dirname(os.path.abspath(spec.root.file))
    found = {}
    for path in sorted(_files(spec)):
        try:
            content = sha256(spec.read(path)).digest()
        except KcfgError:  # the machine's, or not there: its name stands in a source
            content = b""
        found[os.path.relpath(os.path.abspath(path), folder)] = content
    return b"".join(name.encode("utf-8", "surrogateescape") + b"\0" + content for name, content in found.items())


def _files(spec: Spec) -> Iterator[str]:
    from kcfg.spec.spec import PATH_FIELDS, expanded

    for each in (spec, spec.unresolved or spec):
        yield from (source.file for source in each.sources)
        entries: list[Declared[Any]] = [*each.clusters.values(), *each.users.values()]
        for declared in entries:
            for field in PATH_FIELDS:
                path = getattr(declared.entry, field, None)
                if path and not os.path.isabs(expanded(path)):
                    yield declared.file(path)


def _revision(spec: Spec) -> str | None:
    from kcfg.git.repository import find_repository

    try:
        repository = find_repository(os.path.dirname(spec.root.file) or ".")
        return repository.resolve("HEAD") if repository else None
    except KcfgError:
        return None
