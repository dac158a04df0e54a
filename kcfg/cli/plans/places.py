"""Paths as reviewers read them: from the top of the repository, else from the home; no place of one machine."""

from __future__ import annotations

import os

from kcfg.dataclass import replace
from kcfg.kubeconfig.fields import PATH_FIELDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.cli.plans.many import Part
    from kcfg.kubeconfig.model import Body
    from kcfg.kubeconfig.plan import Change

_RESPELLED = " (the path is spelled in another way)"
_BESIDE = " ("  # what is told of a file's content stands behind its path


class Places:
    """How paths are told: those of entries begin at the folder `base`, those below `root` lose it."""

    def __init__(self, root: str | None, base: str | None) -> None:
        home = os.path.expanduser("~")
        self._base = base
        self._below = [
            (os.path.join(os.path.realpath(folder), ""), word)
            for folder, word in ((root, ""), (home if os.path.isabs(home) else None, "~/"))
            if folder
        ]

    def short(self, path: str) -> str:
        """Return a path from the repository or from `~`; one that is in neither stays as it is."""
        path, beside, told = path.partition(_BESIDE)
        if not os.path.isabs(path):
            if self._base is None:
                return path + beside + told
            path = os.path.join(self._base, path)
        folder, name = os.path.split(os.path.normpath(path))
        real = os.path.join(os.path.realpath(folder), name)
        found = next((word + real[len(top) :] for top, word in self._below if real.startswith(top)), None)
        return (path if found is None else found) + beside + told

    def change(self, change: Change) -> Change:
        """Return a change with its paths told so; two spellings of one path go on differing."""
        if change.section not in PATH_FIELDS:
            return change
        before, after = change.before, change.after
        for field in (*PATH_FIELDS[change.section], "exec"):
            sides = [(body or {}).get(field) for body in (change.before, change.after)]
            one, other = map(self._value, sides)
            if one == other and sides[0] != sides[1]:
                other = _marked(other)
            before, after = _with(before, field, one), _with(after, field, other)
        return replace(change, before=before, after=after)

    def _value(self, value: object) -> object:
        if isinstance(value, str):
            return self.short(value) if value else value
        if not isinstance(value, dict):
            return value
        told = {field: self._inside(each) for field, each in value.items()}
        if "/" in str(value.get("command") or ""):
            command = self.short(str(value["command"]))
            told["command"] = command if "/" in command else f"./{command}"
        return told

    def _inside(self, value: object) -> object:
        """Return a part of a stanza with its absolute paths told so: `/path` and `--flag=/path`."""
        if isinstance(value, dict):
            return {field: self._inside(each) for field, each in value.items()}
        if isinstance(value, list):
            return [self._inside(each) for each in value]
        if not isinstance(value, str):
            return value
        flag, joined, path = value.partition("=") if value.startswith("-") else ("", "", value)
        return flag + joined + (self.short(path) if os.path.isabs(path) else path)


def _marked(value: object) -> object:
    """Return a path, or a stanza, that says of itself that it was spelled in another way."""
    if isinstance(value, dict):
        return {**value, "command": f"{value.get('command') or ''}{_RESPELLED}"}
    return f"{value}{_RESPELLED}"


def portable(part: Part) -> Part:
    """Return a part of which the paths, in entries and of the kubeconfig, say nothing of this machine."""
    places = Places(part.root, part.base)
    changes = tuple(map(places.change, part.plan.changes))
    return replace(part, plan=replace(part.plan, changes=changes))


def _with(body: Body | None, field: str, value: object) -> Body | None:
    return body if body is None or field not in body else {**body, field: value}
