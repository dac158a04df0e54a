"""The reference pages, from what the product itself goes by: option tables, schema, rules, words of other tools."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "packaging"))

from manpages import EXITS, page_name, says, synopsis, takes  # noqa: E402

from kcfg.cli.explain import body_of, fields_of, type_of  # noqa: E402
from kcfg.cli.options import Command  # noqa: E402
from kcfg.cli.table import ALIASES, GROUPS, commands  # noqa: E402
from kcfg.cli.table.foreign import FOREIGN  # noqa: E402
from kcfg.cli.table.looks import VARIABLES, environment, looks_at  # noqa: E402
from kcfg.lint import rule_ids, words_of  # noqa: E402
from kcfg.spec.schema import read_schema  # noqa: E402

FAMILIES = {
    "0": "Reading a spec",
    "1": "Names, references and files",
    "2": "Secrets",
    "3": "Plugins",
    "4": "Certificates and tokens",
    "5": "Habits",
    "6": "Read differently by others",
    "7": "Targets of `render --to`",
}


def pages() -> dict[str, str]:
    """Return every generated page by its name."""
    found = {f"commands/{group.lower()}.md": _group(group) for group in GROUPS}
    return {"commands.md": _commands(), **found, "spec.md": _spec(), "rules.md": _rules(), "words.md": _words()}


def _begun(name: str) -> str:
    """Return the page of the repository that a generated one goes on, without what it says to readers there."""
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    return text.partition("<!-- in the repository -->")[0]


def _commands() -> str:
    lines = [_begun("commands")]
    for group in GROUPS:
        lines += [f"## {group}", "", "| command | |", "| --- | --- |"]
        for each in commands(group).values():
            lines.append(
                f"| [`kcfg {each.name}`](commands/{group.lower()}.md#{page_name(each)}) | {_cell(each.help)} |"
            )
        lines.append("")
    lines += ["## Exit codes", "", "| code | |", "| --- | --- |", *(f"| {code} | {what} |" for code, what in EXITS)]
    lines += [
        "",
        "`kcfg exec` and `kcfg shell` end with the program's own code; 125: none was started.",
        "",
    ]
    lines += ["## Environment variables", "", "| variable | |", "| --- | --- |"]
    lines += [f"| `{names}` | {_cell(what)} |" for names, (what, _) in VARIABLES.items()]
    return "\n".join(lines) + "\n"


def _group(group: str) -> str:
    named = ", ".join(f"`kcfg {name}`" for name in commands(group))
    return f"# Commands: {group}\n\n{named}.\n\n" + "\n".join(_command(each) for each in commands(group).values())


def _command(command: Command) -> str:
    also = ", ".join(f"`kcfg {alias}`" for alias, name in ALIASES.items() if name == command.name)
    about = [command.help, f"Also written: {also}." if also else "", command.more, looks_at(command)]
    lines = [f"## kcfg {command.name}", "", f"    {synopsis(command)}", ""]
    for each in filter(None, about):
        lines += [_plain(each), ""]
    lines += ["```sh", *command.examples, "```", ""]
    rows = [(each.metavar, each.help) for each in command.arguments]
    rows += [(command.rest.metavar, command.rest.help)] if command.rest is not None else []
    rows += [(takes(each), says(each)) for each in command.options if not each.ignored]
    lines += _table(("argument or option", ""), rows)
    lines += _table(("environment", ""), list(environment(command).items()))
    return "\n".join(lines)


def _table(heading: tuple[str, str], rows: list[tuple[str, str]]) -> list[str]:
    if not rows:
        return []
    shown = [f"| `{_escaped(word)}` | {_cell(what)} |" for word, what in rows]
    return [f"| {heading[0]} | {heading[1]} |", "| --- | --- |", *shown, ""]


def _spec() -> str:
    schema = json.loads(read_schema("spec"))
    lines = [_begun("spec")]
    known: dict[str, str] = {}
    sections = list(_sections(schema, "", schema, known))
    for path, found in sections:
        body = body_of(schema, found)
        lines += [f"## {path or 'The document'}", ""]
        about = [found.get("description"), body.get("description")] if path else []
        lines += ["\n\n".join(dict.fromkeys(_plain(each) for each in about if each)), ""] if any(about) else []
        lines += ["| field | type | |", "| --- | --- | --- |"]
        required = body.get("required", [])
        for name, field in fields_of(schema, found).items():
            below = known.get(_identity(schema, field))
            word = f"[`{name}`](#{_slug(below)})" if below else f"`{name}`"
            needed = " (required)" if name in required else ""
            lines.append(f"| {word} | `{_escaped(type_of(schema, field))}`{needed} | {_about(field)} |")
        lines.append("")
    return "\n".join(lines)


def _sections(
    schema: dict[str, Any], path: str, found: dict[str, Any], known: dict[str, str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each mapping of the spec once, with the path that leads to it first."""
    known[_identity(schema, found)] = path
    yield path, found
    for name, field in fields_of(schema, found).items():
        if fields_of(schema, field) and _identity(schema, field) not in known:
            yield from _sections(schema, f"{path}.{name}".lstrip("."), field, known)


def _identity(schema: dict[str, Any], found: dict[str, Any]) -> str:
    return json.dumps(body_of(schema, found), sort_keys=True)


def _about(field: dict[str, Any]) -> str:
    values = [each for each in [*field.get("enum", []), field.get("const")] if each is not None]
    examples = [each if isinstance(each, str) else json.dumps(each) for each in field.get("examples", [])]
    parts = [
        _cell(field.get("description", "")),
        "One of " + ", ".join(f"`{json.dumps(each) if isinstance(each, bool) else each}`" for each in values) + "."
        if values
        else "",
        "For example " + ", ".join(f"`{_escaped(each)}`" for each in examples) + "." if examples else "",
    ]
    return " ".join(filter(None, parts))


def _slug(path: str) -> str:
    return path.replace(".", "").lower()


def _rules() -> str:
    lines = [_begun("rules")]
    for family, title in FAMILIES.items():
        members = [each for each in rule_ids() if each[4] == family]
        if members:
            lines += [f"## {title}", ""]
        for each in members:
            lines += [_rule(each)]
    return "\n".join(lines)


def _rule(id_: str) -> str:
    name, level, explanation, remedy, by, bad, good = words_of(id_)
    lines = [f"### {id_}: {_plain(name)}", "", f"Level: {level}. {_plain(explanation)}", ""]
    lines += [f"Instead: {_plain(remedy)}", "", _plain(by), ""]
    for title, text in (("Found", bad), ("Not found", good)):
        lines += [f"{title}:", "", "```yaml", text.rstrip("\n"), "```", ""]
    return "\n".join(lines)


def _words() -> str:
    lines = [_begun("words"), "| typed | kcfg's |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| `{word}` | `kcfg {line}` |" for word, line in sorted(FOREIGN.items()))]) + "\n"


def _cell(text: str) -> str:
    return _plain(" ".join(text.split())).replace("|", "\\|")


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def _plain(text: str) -> str:
    """Return words that Markdown leaves as they are, outside of code spans."""
    parts = text.split("`")
    for at in range(0, len(parts), 2):
        for sign in "\\*_<[{$":
            parts[at] = parts[at].replace(sign, f"\\{sign}")
    return "`".join(parts)
