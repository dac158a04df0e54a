"""One option table, two parsers: when the fast one answers, typer calls the command with the same values."""

import functools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kcfg.cli.options import parse
from kcfg.cli.table import NAMES, find

WORDS = ["a", "dev-*", "", "-", "é ü", "x=y"]
ODD = ["--", "-h", "--help", "--nope", "--nope=x", "-z", "-zx", "--version", "-1"]
VALUES = [*WORDS, *ODD, "true", "false", "yes", "yaml", "-oyaml", "--kubeconfig", "--break-lock", "--flatten"]
JOINED = ["", "x", "x y=z", "-x", "true", "false", "True", "F", "0", "yes", "yaml", "=yaml"]


def fast(argv):
    command, words = find(argv)
    return parse(command, words)


def spellings(option):
    """Each way to write an option, with each value: one list of words for each."""
    for flag in option.flags:
        yield [flag]
        yield [flag[:-1]]  # an abbreviation, or a lone dash
        yield from ([flag, value] for value in [*VALUES, *option.choices])
        yield from ([f"{flag}={value}"] for value in [*JOINED, *option.choices])
        yield from ([f"{flag}{value}"] for value in option.choices)


def least(command):
    """As many words as the command needs."""
    needed = ["a"] * len([each for each in command.arguments if each.required])
    return [*needed, "--", "-a"] if command.rest is not None else needed


@functools.cache  # to list them takes longer than to draw one
def tokens(name):
    command, _ = find(name.split())
    each_option = st.sampled_from([words for option in command.options for words in spellings(option)] or [["a"]])
    return st.one_of(st.sampled_from([[word] for word in WORDS]), each_option, st.sampled_from([[w] for w in ODD]))


@st.composite
def command_lines(draw):
    command, _ = find(draw(st.sampled_from(NAMES)).split())
    some = draw(st.lists(tokens(command.name), max_size=4))
    parts = draw(st.permutations([[word] for word in least(command)] + some))
    return [*command.name.split(), *(word for part in parts for word in part)]


def same_kind(option):
    """What two options must share for the parsers to read their values alike; their help says nothing to a parser."""
    return tuple(repr(getattr(option, name)) for name in option.__slots__ if name != "help")


@functools.cache
def told_apart():
    """Where each kind of option is spelled out: the first command that has it and takes words, and that takes none."""
    found = {}
    for name in NAMES:
        command, _ = find(name.split())
        for option in command.options:
            found.setdefault((same_kind(option), bool(least(command))), name)
    return found


def spellings_here(command, option):
    """All spellings where they are spelled out, and a few of them in every other command that has the option too."""
    if told_apart()[same_kind(option), bool(least(command))] == command.name:
        return list(spellings(option))
    return [
        each for flag in option.flags for each in ([flag], [flag, "a"], [flag, "true"], [f"{flag}=x"], [f"{flag}="])
    ]


def agree(typer_call, argv):
    answer = fast(argv)
    return answer is None or answer == typer_call(argv)


@pytest.mark.parametrize("name", NAMES)
def test_every_spelling_of_every_option_alone(name, typer_call):
    command, _ = find(name.split())
    lines = {  # each once: a command without arguments has no before and after
        line
        for option in command.options
        for words in spellings_here(command, option)
        for line in ((*name.split(), *least(command), *words), (*name.split(), *words, *least(command)))
    }

    assert [line for line in sorted(lines) if not agree(typer_call, list(line))] == []


@settings(max_examples=600, deadline=None)
@given(argv=command_lines())
def test_any_command_line(argv, typer_call):
    answer = fast(argv)

    assert answer is None or answer == typer_call(argv)


@pytest.mark.parametrize("name", NAMES)
def test_plain_form_needs_no_typer(name, typer_call):
    argv = [*name.split(), *least(find(name.split())[0])]

    assert fast(argv) is not None
    assert fast(argv) == typer_call(argv)


@pytest.mark.parametrize(
    "argv",
    [
        "set-cluster",
        "set-cluster dev more",
        "set-cluster dev --nope",
        "set-cluster dev --server",
        "set-cluster dev --serve https://x.example.com",
        "set-cluster dev --embed-certs=maybe",
        "view -z",
        "view --raw=maybe",
        "render -o toml",
        "render -o",
        "version more",
    ],
)
def test_what_typer_refuses_the_fast_parser_leaves_to_it(argv, typer_call):
    assert typer_call(argv.split()).startswith("error: ")
    assert fast(argv.split()) is None


@pytest.mark.parametrize(
    ("argv", "name", "value"),
    [
        ("view -o json", "output", "json"),
        ("view -ojson", "output", "json"),
        ("view -o=json", "output", "json"),
        ("view -o=jsonpath={.kind}", "output", "jsonpath={.kind}"),
        ("view --output=json --output yaml", "output", "yaml"),
        ("view --raw", "raw", True),
        ("view --raw=true", "raw", True),
        ("view --raw=false", "raw", False),
        ("view --raw --raw=false", "raw", False),
        ("view --raw=false --raw", "raw", True),
        ("view", "merge", None),
        ("view --merge", "merge", True),
        ("view --merge=false", "merge", False),
        ("view --kubeconfig --raw", "kubeconfig", "--raw"),
        ("view --kubeconfig --merge", "kubeconfig", "--merge"),
        ("view --kubeconfig --raw=false", "kubeconfig", "--raw=false"),
        ("render --context a --context=b", "context", ["a", "b"]),
        ("render", "context", []),
        ("merge", "files", []),
        ("merge b a", "files", ["b", "a"]),
        ("merge -- -a --raw", "files", ["-a", "--raw"]),
        ("split", "contexts", []),
        ("use -", "name", "-"),
        ("set-context", "name", None),
    ],
)
def test_what_is_written_is_what_the_command_gets(argv, name, value, typer_call):
    assert typer_call(argv.split())[name] == value
    assert agree(typer_call, argv.split())


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (["--kubeconfig", "view"], ["get-contexts"]),
        (["--kubeconfig=k", "-o", "name"], ["get-contexts"]),
        (["--context", "x", "-n", "foo"], ["exec", "--", "echo", "--kubeconfig"]),
        (["--kubeconfig", "k"], ["view", "--help"]),
        (["-f", "."], ["secret", "ls"]),
        (["--kubeconfig", "k"], ["use", "x"]),
    ],
)
def test_options_may_stand_before_their_command(first, then, typer_call):
    (command, words), (wanted, rest) = find(first + then), find(then)

    assert command is not None
    assert (command.name, words) == (wanted.name, first + rest)
    assert typer_call(first + then) == typer_call([*then[:1], *first, *then[1:]]) or then[0] == "secret"


@pytest.mark.parametrize("flag", ["--insecure-skip-tls-verify", "--embed-certs"])
@pytest.mark.parametrize("word", ["false", "true", "0"])
def test_a_yes_or_no_apart_from_its_option_is_told_how_it_is_written(flag, word, kcfg, tmp_path):
    done = kcfg("set-cluster", "dev", flag, word, "--kubeconfig", tmp_path / "config")

    assert done.returncode == 2
    assert f"hint: write {flag}={word}\n" in done.stderr
    assert not (tmp_path / "config").exists()


@pytest.mark.parametrize("argv", [["--kubeconfig", "get-contexts"], ["--nope", "view"], ["-f", ".", "view"], ["-x"]])
def test_what_is_no_option_of_the_command_is_not_put_behind_it(argv):
    assert find(argv) == (None, argv)
