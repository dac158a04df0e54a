"""The man pages, from the tables that `--help` is made of; a wheel gets them when it is built.

The tables load nothing, so a build needs no library of kcfg's. `python packaging/manpages.py DIR` writes them, too.
"""

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from kcfg.cli.options import Argument, Command, Option  # noqa: E402
from kcfg.cli.table import ALIASES, GROUPS, commands  # noqa: E402
from kcfg.cli.table.looks import VARIABLES, environment, looks_at  # noqa: E402
from kcfg.version import __version__  # noqa: E402

BREAK = "\\:"  # where a long word may end its line
EXITS = (
    ("0", "Yes, or done."),
    ("1", "No: problems or differences were found."),
    ("2", "It could not."),
    ("3", "A bug in kcfg."),
    ("130", "Interrupted."),
)


def pages() -> dict[str, str]:
    """Return every page by its file's name: kcfg.1, and one for each command, as kcfg-secret-set.1."""
    found = {"kcfg.1": _overview()}
    for group in GROUPS:
        for command in commands(group).values():
            found[f"{page_name(command)}.1"] = _page(command)
    return found


def page_name(command: Command) -> str:
    """Return what `man` is asked for."""
    return f"kcfg-{command.name.replace(' ', '-')}"


def synopsis(command: Command) -> str:
    """Return the form of a command line, in one line."""
    words = [f"kcfg {command.name}", "[OPTION]..."]
    for each in command.arguments:
        word = each.metavar + ("..." if each.many else "")
        words.append(word if each.required else f"[{word}]")
    if command.rest is not None:
        words.append("-- COMMAND...")
    return " ".join(words)


def takes(option: Option) -> str:
    """Return an option with its spellings and what it takes."""
    value = "|".join(option.choices) or option.metavar
    if option.kind == "bool":
        return f"{', '.join(option.flags)}[=true|false]"
    return ", ".join(option.flags) + (f" {value or 'TEXT'}" if option.kind in ("text", "list") else "")


def says(option: Option) -> str:
    """Return an option's help, with its default."""
    return option.help + (f" Default: {option.default}." if option.default else "")


def _page(command: Command) -> str:
    also = ", ".join(f"kcfg {alias}" for alias, name in ALIASES.items() if name == command.name)
    parts = [
        _head(page_name(command)),
        _section("NAME", f"{page_name(command)} \\- {_text(command.help.rstrip('.'))}"),
        _section("SYNOPSIS", _bold(synopsis(command))),
        _section(
            "DESCRIPTION",
            "\n.PP\n".join(
                _text(each)
                for each in (command.help, f"Also written: {also}." if also else "", command.more, looks_at(command))
                if each
            ),
        ),
        _list("ARGUMENTS", [(each.metavar, each.help) for each in _arguments(command)]),
        _list("OPTIONS", [(takes(each), says(each)) for each in command.options if not each.ignored]),
        _list("ENVIRONMENT", list(environment(command).items())),
        _examples(command.examples),
        _section("SEE ALSO", "\\fBkcfg\\fR(1)"),
    ]
    return "".join(parts)


def _arguments(command: Command) -> "list[Argument]":
    return [*command.arguments, *([command.rest] if command.rest is not None else [])]


def _overview() -> str:
    parts = [
        _head("kcfg"),
        _section("NAME", "kcfg \\- plan and apply for kubeconfig, with the secrets in your keyring"),
        _section("SYNOPSIS", _bold("kcfg COMMAND [OPTION]...")),
        _section(
            "DESCRIPTION",
            _text(
                "A team commits a spec of clusters, users and contexts; secrets in it are references. kcfg makes "
                "kubeconfigs of it, and kubectl gets the secrets from the keyring through kcfg-credential. Each "
                "command has a page of its own: man kcfg-apply, man kcfg-secret-set."
            ),
        ),
    ]
    for group in GROUPS:
        rows = [(each.name, each.help) for each in commands(group).values()]
        parts.append(_list(f"COMMANDS: {group.upper()}", rows))
    parts += [
        _list("EXIT STATUS", list(EXITS)),
        _list("ENVIRONMENT", [(names, what) for names, (what, _) in VARIABLES.items()]),
        _section("SEE ALSO", "\\fBkubectl\\fR(1), \\fBkcfg-credential\\fR(1)"),
    ]
    return "".join(parts)


def _head(name: str) -> str:
    return f'.TH {_text(name.upper())} 1 "" "kcfg {__version__}" "kcfg"\n.nh\n.ad l\n'


def _section(title: str, text: str) -> str:
    return f'.SH "{title}"\n{text}\n'


def _list(title: str, rows: "list[tuple[str, str]]") -> str:
    lines = "".join(f".TP\n{_bold(word).replace('|', '|' + BREAK)}\n{_text(what)}\n" for word, what in rows)
    return f'.SH "{title}"\n{lines}' if rows else ""


def _examples(lines: "tuple[str, ...]") -> str:
    shown = "\n".join(_text(each) for each in lines)
    return f'.SH "EXAMPLES"\n.nf\n{shown}\n.fi\n' if lines else ""


def _bold(text: str) -> str:
    return f"\\fB{_text(text)}\\fR"


def _text(text: str) -> str:
    """Return words as roff prints them: `-` and quotes as typed, no line that begins with a request."""
    for sign, roff in (("\\", "\\e"), ("-", "\\-"), ("'", "\\(aq"), ("`", "\\(ga"), ("~", "\\(ti"), ("^", "\\(ha")):
        text = text.replace(sign, roff)
    for sign, roff in (("…", "..."), ("→", "\\(->")):
        text = text.replace(sign, roff)
    return "\n".join(f"\\&{line}" if line.startswith(".") else line for line in text.splitlines())


def write(folder: "str | os.PathLike[str]") -> "list[Path]":
    """Write every page into a folder; return the files."""
    found = []
    for name, text in sorted(pages().items()):
        path = Path(folder) / name
        path.write_text(text, encoding="utf-8")
        found.append(path)
    return found


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # not at a build
    pass
else:

    class ManPages(BuildHookInterface):  # type: ignore[type-arg]
        """Put the pages where installers place data: share/man/man1 of the environment."""

        def initialize(self, version: str, build_data: "dict[str, object]") -> None:
            """Make the pages, in a folder that goes with the build."""
            self._folder = tempfile.TemporaryDirectory()
            shared = build_data.setdefault("shared_data", {})
            assert isinstance(shared, dict)
            shared.update({str(path): f"share/man/man1/{path.name}" for path in write(self._folder.name)})

        def finalize(self, version: str, build_data: "dict[str, object]", artifact_path: str) -> None:
            """Remove the folder."""
            self._folder.cleanup()


if __name__ == "__main__":
    write(sys.argv[1])
