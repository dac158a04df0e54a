"""`kcfg __complete SHELL WORD…`: what the last word can become, for the scripts of `kcfg completion`.

Lines `value<TAB>description`, and at the end `:N`, cobra's directive: kubectl reads the same from its plugins. For
bash there is one word, the line up to the cursor, and the answer is what bash takes (see `bash`). Never an error: a
shell in the middle of a line can show none.
"""

from __future__ import annotations

from kcfg.cli.complete.line import Candidate, Line, command_words, split_flag
from kcfg.cli.options import Argument, Option
from kcfg.printing import printable, put

FILES, NO_SPACE, NO_FILES, FOLDERS = 0, 2, 4, 16


def answer(argv: list[str]) -> int:
    """Write the candidates for a shell; the exit code is always 0."""
    from kcfg.coredump import forbid_core_dumps

    forbid_core_dumps()
    try:
        text = _answer(argv)
    except Exception:  # a broken kubeconfig, a spec that is not there, a line nobody foresaw: no candidates
        text = "" if argv[:1] == ["bash"] else f":{NO_FILES}\n"
    put([text.encode(errors="replace")])
    return 0


def _answer(argv: list[str]) -> str:
    shell, *words = argv
    if shell == "bash":
        from kcfg.cli.complete.bash import split_line, write_answer

        raw = split_line(words[0], words[1] if len(words) > 1 else "")
        return write_answer(raw, *complete(raw.words))
    if shell == "powershell":  # each word behind a mark: older ones lose empty arguments
        words = [word[1:] for word in words]
    candidates, directive = complete(words or [""])
    lines = [f"{value}\t{about}" if about else value for value, about in candidates]
    return "".join(f"{line}\n" for line in lines) + f":{directive}\n"


def complete(words: list[str]) -> tuple[list[Candidate], int]:
    """Return what the last word can become, and a directive."""
    *before, last = words
    line = Line(before)
    is_flag = last.startswith("-") and line.waiting is None and not line.only_words
    if is_flag and "=" not in last:
        return _beginning(line.flags(), last), NO_FILES
    if line.command is None:
        return _beginning(command_words(before), last), NO_FILES
    if line.only_words and line.command.rest is not None:
        return _of_a_program(line.after, last)
    if not is_flag:
        return _values(line.waiting or line.argument(), line, last)
    flag, value = split_flag(last)
    head = last[: last.index("=") + 1]
    option = next((each for each in line.command.options if flag in each.flags), None)
    found, directive = _values(option, line, value or "")
    return [(head + each, about) for each, about in found], directive


def _of_a_program(after: list[str], start: str) -> tuple[list[Candidate], int]:
    """Return the programs of the PATH for the first word of another program's line; a path and the others are files."""
    if after or "/" in start:
        return [], FILES
    from kcfg.cli.complete.names import programs

    return _beginning(programs(start), start), NO_FILES


def _values(target: Option | Argument | None, line: Line, start: str) -> tuple[list[Candidate], int]:
    """Return the values of an option or argument that begin with `start`."""
    if target is None:
        return [], NO_FILES
    if isinstance(target, Option) and (target.choices or target.kind == "bool"):
        return _beginning([(word, "") for word in target.known() or ("true", "false")], start), NO_FILES
    kind = target.completes
    if isinstance(kind, tuple):
        return _beginning([(word, "") for word in kind], start), NO_FILES
    if kind in ("file", "folder"):
        return [], FILES if kind == "file" else FOLDERS
    if kind in ("", "none"):
        return [], NO_FILES
    from kcfg.cli.complete.names import names_of

    found = _beginning(names_of(kind, line, start), start)
    if isinstance(target, Argument) and target.many:
        found = [each for each in found if each[0] not in line.words]
    more = NO_SPACE if any(value.endswith(("=", ".")) for value, _ in found) else 0
    return found, NO_FILES | more


def _beginning(candidates: list[Candidate], start: str) -> list[Candidate]:
    """Return those that begin with `start`, without what could drive the terminal."""
    return [(value, about if printable(about) == about else "") for value, about in candidates if _fits(value, start)]


def _fits(value: str, start: str) -> bool:
    return value.startswith(start) and printable(value) == value
