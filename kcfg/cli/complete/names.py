"""What the names of entries, environments, secrets are: of the spec or kubeconfig that a command line is about."""

from __future__ import annotations

import os

from kcfg.cli.complete.line import Candidate, Line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.model import Entry, Kubeconfig

    Entries = dict[str, Entry | None]

_PLURALS = {"context": "contexts", "cluster": "clusters", "user": "users"}
_TOLD = 200  # contexts of which each is told what it leads to: reading an entry takes longer than its name


def names_of(kind: str, line: Line, start: str) -> list[Candidate]:
    """Return what a kind of word can be, if it begins with `start`."""
    if kind in _PLURALS:
        return _entries(line, _PLURALS[kind], start)
    if kind == "entry":
        return _entry(line, start)
    if kind == "declared":
        plural = start.partition("/")[0] in _PLURALS.values()
        kinds = {section if plural else kind: section for kind, section in _PLURALS.items()}
        return [
            (f"{kind}/{name}", "")
            for kind, section in kinds.items()
            for name in _section(line, section)
            if f"{kind}/{name}".startswith(start)
        ]
    if kind == "property":
        return _property(line, start)
    if kind == "namespace":
        return [(name, "") for name in sorted(_namespaces(line))]
    return _of_spec(kind, line)


def _of_spec(kind: str, line: Line) -> list[Candidate]:
    from kcfg.spec.names import read_outline

    outline = read_outline(_path(line, "file"))
    if kind == "environment":
        return [(name, "") for name in outline.names("environments")]
    if kind == "variable":
        return [(f"{name}=", "") for name in outline.variables()]
    if kind == "store":
        return [(name, "") for name in ("default", *outline.names("secretStores"))]
    return [(name, "") for name in outline.secrets()]


def _entries(line: Line, section: str, start: str) -> list[Candidate]:
    found = {name: entry for name, entry in _section(line, section).items() if name.startswith(start)}
    if section != "contexts" or len(found) > _TOLD:
        return [(name, "") for name in found]
    return [(name, _leads(entry) if entry is not None else "") for name, entry in found.items()]


def _leads(context: Entry) -> str:
    """Return the cluster, if it is not called as the context, and the namespace: what the name does not say."""
    cluster = context.get("cluster") or ""
    return ", ".join(filter(None, (cluster if cluster != context.name else "", context.get("namespace"))))


def _namespaces(line: Line) -> set[str]:
    """Return namespaces: of contexts, of the server when it was asked last, and those used before. None is asked."""
    if _is_about_spec(line):
        return set()
    from kcfg.cli.shared.namespaces import listed, used
    from kcfg.kubeconfig.file import search_path

    config = _kubeconfig(line)
    context = _in_hand(line, config)
    # Of many only the one in hand: reading an entry takes longer than its name.
    entries = config.contexts if len(config.contexts) <= _TOLD else _only(config, context)
    found = {entry.get("namespace") or "" for entry in entries.values()}
    found.update(used(search_path(_path(line, "kubeconfig"), os.environ).home(), context))
    found.update(listed(config, context))
    return found - {""}


def _only(config: Kubeconfig, context: str) -> dict[str, Entry]:
    return {context: config.contexts[context]} if context in config.contexts else {}


def _in_hand(line: Line, config: Kubeconfig) -> str:
    """Return the context that the line names, as an option or as its first word; else the current one."""
    arguments = line.command.arguments if line.command is not None else ()
    first = line.words[0] if line.words and arguments and arguments[0].completes == "context" else None
    named = (*map(line.value, ("named", "context", "contexts")), first)
    return next((each for each in named if each in config.contexts), config.current_context)


def programs(start: str) -> list[Candidate]:
    """Return the programs of the PATH whose names begin with `start`."""
    found: set[str] = set()
    for folder in filter(os.path.isabs, os.get_exec_path()):
        try:
            names = [name for name in os.listdir(folder) if name.startswith(start)]
        except OSError:
            continue
        paths = ((name, os.path.join(folder, name)) for name in names if name not in found)
        found.update(name for name, path in paths if os.path.isfile(path) and os.access(path, os.X_OK))
    return [(name, "") for name in sorted(found)]


def _entry(line: Line, start: str) -> list[Candidate]:
    """Return a kind or a context first, and after a kind its names."""
    first = line.words[0] if line.words else ""
    if first in _PLURALS:
        return _entries(line, _PLURALS[first], start)
    kinds = [] if first else [(kind, f"a {kind}") for kind in _PLURALS]
    return [*kinds, *_entries(line, "contexts", start)]


def _property(line: Line, start: str) -> list[Candidate]:
    section, dot, _ = start.partition(".")
    if not dot:
        return [("current-context", ""), *((f"{plural}.", "") for plural in _PLURALS.values())]
    if section not in _PLURALS.values():
        return []
    # A name with a dot would be two steps of the path.
    return [(f"{section}.{name}.", "") for name in _section(line, section) if "." not in name]


def _section(line: Line, section: str) -> Entries:
    """Return the entries of the spec that the line names, or of the kubeconfig that its command would read."""
    if _is_about_spec(line):
        from kcfg.spec.names import read_outline

        return dict.fromkeys(read_outline(_path(line, "file")).names(section))
    return dict(_kubeconfig(line).section(section))


def _is_about_spec(line: Line) -> bool:
    if not line.takes("file"):
        return False
    return "file" in line.given or "environment" in line.given or not line.takes("kubeconfig")


def _kubeconfig(line: Line) -> Kubeconfig:
    """Return what can be read of the search path: a broken file has no names, the others do."""
    from kcfg.errors import KcfgError
    from kcfg.kubeconfig.file import load_file, search_path
    from kcfg.kubeconfig.merge import merge

    found = []
    for path in search_path(_path(line, "kubeconfig"), os.environ).paths:
        if os.path.exists(path) and not os.path.isfile(path):
            continue  # a pipe would be waited for
        try:
            found.append(load_file(path).config)
        except KcfgError:
            continue
    return merge(found)


def _path(line: Line, option: str) -> str | None:
    """Return a path as the shell would pass it: it is completed before `~` and variables are replaced."""
    path = line.value(option)
    return None if path is None or path == "-" else os.path.expandvars(os.path.expanduser(path))
