"""How an entry is named on a command line: `cluster NAME`, `cluster/NAME`; a context by its name alone."""

from __future__ import annotations

from kcfg.errors import KcfgError
from kcfg.printing import printable, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence

KINDS = {"context": "contexts", "cluster": "clusters", "user": "users"}
SECTIONS = {
    **KINDS,
    **{section: section for section in KINDS.values()},
    "ctx": "contexts",
}


def parse_entry(word: str) -> tuple[str, str]:
    """Return section and name of `cluster/NAME`, or of the plural. Raises KcfgError for what begins otherwise."""
    kind, slash, name = word.partition("/")
    if not slash or kind not in SECTIONS:
        raise KcfgError(f"{word!r} names no entry", hint="write context/NAME, cluster/NAME or user/NAME")
    return SECTIONS[kind], name


def lacks_name(words: Sequence[str], contexts: Container[str]) -> bool:
    """Return whether words name no entry: there are none, or there is only its kind."""
    return not words or (len(words) == 1 and words[0] in KINDS and words[0] not in contexts)


def choose_entry(words: Sequence[str], names: Callable[[str], Iterable[str]], what: str) -> list[str]:
    """Return kind and name of the entry that is chosen on a terminal, of the kind that the words are, or a context.

    `names` gives those of a section. Raises KcfgError where nobody can be asked; `what` is the command, for its hint.
    """
    from kcfg.cli.shared.choose import choose
    from kcfg.cli.shared.consent import can_ask

    kind = words[0] if words else "context"
    if not can_ask():
        raise KcfgError(f"which {kind}?", hint=f"{what} {kind}/NAME")
    return [kind, choose(sorted(names(KINDS[kind])), kind)]


def parse_names(words: Sequence[str], contexts: Container[str], what: str) -> tuple[str, list[str]]:
    """Return the section and names of `[context|cluster|user] NAME…`, or of `cluster/NAME…`: all of one kind.

    What a context is called means that context, whatever it looks like: `user/ops` may be one. `what` is the command,
    for a hint. Raises KcfgError for names of several kinds.
    """
    kind = words[0]
    if len(words) > 1 and (kind in KINDS or (kind in SECTIONS and kind not in contexts)):
        section = SECTIONS[kind]
        return section, list(words[1:])
    found = [_split(word, contexts) for word in words]
    if len({section for section, _ in found}) > 1:
        raise KcfgError("entries of several kinds are named", hint=f"{what} takes one kind at a time")
    return found[0][0], [name for _, name in found]


def choose_renaming(words: Sequence[str], names: Callable[[str], Iterable[str]], what: str) -> list[str]:
    """Return kind and name of a chosen entry, and the new name that is typed on the terminal.

    Raises Declined where nothing is typed, and what `choose_entry` raises.
    """
    import sys

    from kcfg.errors import Declined

    kind, old = choose_entry(words, names, what)
    tell(f"new name for {kind} {printable(old)!r}: ", end="")
    if not (new := sys.stdin.readline().strip()):
        raise Declined("nothing was renamed")
    return [kind, old, new]


def parse_renaming(words: Sequence[str], contexts: Container[str], what: str) -> tuple[str, str, str]:
    """Return kind, old and new name of `[context|cluster|user] OLD NEW`, or of `cluster/OLD NEW`."""
    if len(words) == 3 and words[0] in SECTIONS:
        section, old, new = SECTIONS[words[0]], words[1], words[2]
    elif len(words) == 2:
        section, old = _split(words[0], contexts)
        kind, slash, rest = words[1].partition("/")
        follows = old != words[0] and slash and SECTIONS.get(kind) == section
        new = rest if follows else words[1]
    else:
        raise KcfgError("expected [context|cluster|user] OLD NEW", hint=f"{what} user/admin ops")
    return section.removesuffix("s"), old, new


def _split(word: str, contexts: Container[str]) -> tuple[str, str]:
    kind, slash, name = word.partition("/")
    if slash and name and kind in SECTIONS and word not in contexts:
        return SECTIONS[kind], name
    return "contexts", word
