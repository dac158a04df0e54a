"""Every `kcfg …` that a hint, an error, a help text or a document names is a command, with flags that it has."""

import ast
import re

import pytest
from conftest import EXAMPLES, ROOT

from kcfg.cli.table import GROUPS, NAMES, SUBGROUPS, commands, find

# What may follow the word in a sentence about kcfg, outside of code; beside verbs that end in -s and -ed.
PROSE = {
    "a", "after", "again", "also", "an", "and", "are", "as", "ask", "at", "before", "but", "by", "can", "cannot",
    "could", "did", "do", "exclude", "first", "for", "from", "had", "if", "in", "into", "it", "itself", "last",
    "left", "may", "must", "never", "nor", "not", "of", "on", "only", "or", "so", "takes", "than", "that", "the",
    "then", "to", "way", "what", "when", "where", "which", "will", "with", "without", "write", "wrote",
}  # fmt: skip
ENDS = re.compile(r"[`'\"|;,()<>&#]|\.(?:\s|$)|: |\s-- |\$\(|\s\\$|…")
NAMED = re.compile(r"(?<![\w./@=-])(`?)(?:\$ )?(kubectl )?kcfg[ ]+([^\n]*)")
FILLED = "FILLED"  # stands for what an f-string fills in
WHOLE = {"--help", "-h", "--version", "help"}


def texts(path):
    """Every text of a module: an f-string with a word for what is filled in."""
    tree = ast.parse(path.read_text())
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else FILLED for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            yield node.value


def lines(text):
    """Lines of a text, those that a backslash continues in one; inline code that is broken over two lines, too."""
    return re.sub(r"\\\n\s*", "", re.sub(r"`([^`\n]*)\n([^`\n]*)`", r"`\1 \2`", text)).split("\n")


def named(text):
    """Yield the words behind each `kcfg`, and whether it is written as code."""
    for line in lines(text):
        at = 0
        while found := NAMED.search(line, at):
            at = found.start(3)
            yield ENDS.split(found[3], 1)[0].split(), bool(found[1])


def is_prose(words):
    """Whether this goes on as a sentence does: no group of commands, no flag, no NAME."""
    is_verb = words[0] in PROSE or (words[0].endswith(("s", "ed")) and words[0] not in SUBGROUPS)
    return is_verb and not any(word.startswith("-") or (word.isupper() and word.isalpha()) for word in words[1:3])


def fault(words, *, is_code):
    """Return what is wrong with the words behind a `kcfg`, or ""."""
    if not words or words[0] in WHOLE or not re.fullmatch(r"[a-z][a-z-]*", words[0]):
        return ""
    if len(words) == 1 and words[0] in SUBGROUPS:
        return ""
    command, rest = find(words)
    if command is None:
        return "" if not is_code and is_prose(words) else f"kcfg {' '.join(words[:2])}"
    if command.name == "credential":
        return ""  # its words are the stanza's: tests/plugin
    known = {flag for option in command.options for flag in option.flags} | WHOLE
    rest = rest[: rest.index("--")] if "--" in rest else rest
    used = [word.partition("=")[0] for word in rest if re.match(r"--?[a-zA-Z]", word) and FILLED not in word]
    unknown = [flag for flag in used if flag not in known and flag[:2] not in known]
    return f"kcfg {command.name} {' '.join(unknown)}" if unknown else ""


DOCUMENTS = [
    *ROOT.glob("*.md"),
    *ROOT.glob("[!.]*/**/*.md"),
    *(path for path in EXAMPLES.rglob("*") if path.suffix in (".yaml", ".yml", ".sh", ".service", ".timer", ".py")),
    ROOT / ".pre-commit-hooks.yaml",
]
DOCUMENTS = sorted({path for path in DOCUMENTS if ".venv" not in path.parts})


@pytest.mark.parametrize("path", sorted((ROOT / "kcfg").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_that_messages_and_help_name(path):
    faults = [fault(words, is_code=is_code) for text in texts(path) for words, is_code in named(text)]

    assert [each for each in faults if each] == [], "no command; a word of prose belongs into PROSE"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_that_documents_name(path):
    text = re.sub(r"^```diff\n.*?^```$", "", path.read_text(), flags=re.M | re.S)  # of commands that are not there yet
    faults = [fault(words, is_code=is_code) for words, is_code in named(text)]

    assert [each for each in faults if each] == [], "no command; a word of prose belongs into PROSE"


def test_commands_that_the_help_names():
    said = [each for group in GROUPS for command in commands(group).values() for each in (command.help, command.more)]
    said += [f"kcfg {example.removeprefix('kcfg ')}" for group in GROUPS for c in commands(group).values()
             for example in c.examples]  # fmt: skip
    faults = [fault(words, is_code=is_code) for text in said for words, is_code in named(text)]

    assert [each for each in faults if each] == [], "no command; a word of prose belongs into PROSE"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("kcfg secret delete removes one", "kcfg secret delete"),
        ("try `kcfg remember`", "kcfg remember"),
        ("run `kcfg remembers`", "kcfg remembers"),
        ("kcfg removes --all", "kcfg removes --all"),
        ("kcfg forget NAME", "kcfg forget NAME"),
        ("kcfg lint --nope", "kcfg lint --nope"),
        ("$ kcfg apply \\\n  --purge", "kcfg apply --purge"),
        ("kcfg secret rm removes one; kcfg remembers it", ""),
    ],
)
def test_what_is_no_command_is_found(text, wrong):
    assert next(filter(None, (fault(words, is_code=is_code) for words, is_code in named(text))), "") == wrong


def test_no_word_of_prose_is_a_command():
    assert PROSE.isdisjoint(name.split()[0] for name in NAMES)


def test_words_of_other_tools_lead_to_commands_and_are_none():
    from kcfg.cli.table import ALIASES
    from kcfg.cli.table.foreign import FOREIGN

    assert [word for word in FOREIGN if word in (*NAMES, *ALIASES, *SUBGROUPS)] == []
    for line in FOREIGN.values():
        assert find(line.split())[0] is not None, line


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("list", "here that is `kcfg get-contexts`"),
        ("switch prod", "here that is `kcfg use-context`"),
        ("login", "here that is `kcfg secret set`"),
        ("config view", "here that is `kcfg view`"),
        ("config use-context prod", "here that is `kcfg use-context`"),
        ("config set-cluster prod", "here that is `kcfg set-cluster`"),
        ("get contexts", "here that is `kcfg get-contexts`"),
        ("get users", "here that is `kcfg get-users`"),
        ("secret delete x", "here that is `kcfg secret rm`"),
        ("scan", "here that is `kcfg secret scan`"),
        ("expiry", "here that is `kcfg check expiry`"),
        ("aply", "did you mean 'apply'?"),
        ("nothing-like-it", "`kcfg --help` lists the commands"),
        ("apply --prun", "did you mean '--prune'? `kcfg apply --help` shows what it takes"),
        ("get-contexts --selectr a=b", "did you mean '--selector'?"),
        ("--verison", "did you mean '--version'?"),
    ],
)
def test_what_was_meant_is_said_and_not_run(kcfg, typed, hint):
    done = kcfg(*typed.split())

    assert (done.returncode, done.stdout) == (2, "")
    assert hint in done.stderr


def test_kcfg_alone_is_one_screen_of_commands_that_exist(kcfg):
    from kcfg.cli.everyday import EVERYDAY

    done = kcfg()

    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert len(lines) < 24
    assert max(map(len, lines)) <= 80
    assert len(EVERYDAY) == 12
    assert [line for _, line, _ in EVERYDAY if find(line.split())[0] is None] == []
    assert [line for _, line, _ in EVERYDAY if f"kcfg {line}" not in done.stdout] == []


def test_help_is_a_command_and_aliases_are_commands(kcfg):
    assert kcfg("help").stdout == kcfg("--help").stdout
    assert kcfg("help", "secret", "set").stdout == kcfg("secret", "set", "--help").stdout
    assert kcfg("help", "ls").stdout == kcfg("get-contexts", "--help").stdout
    assert kcfg("-V").stdout == kcfg("--version").stdout
    assert kcfg("help", "nothing").returncode == 2
