"""What `kcfg __complete` answers, and that each word of the table says what it completes with."""

import json
import subprocess
import sys
import time

import pytest
from conftest import ROOT

from kcfg.cli.complete.answer import FILES, NO_FILES, complete
from kcfg.cli.complete.bash import split_line
from kcfg.cli.options import COMPLETES
from kcfg.cli.shared import namespaces
from kcfg.cli.table import GROUPS, commands
from kcfg.kubeconfig.file import load_file

COMMANDS = [command for group in GROUPS for command in commands(group).values()]
OPTIONS = [(command, option) for command in COMMANDS for option in command.options if not option.ignored]
# Options with any text as their value, by what stands for it in the help.
FREE = {
    "", "TEXT", "NAME", "URL", "TIME", "QUERY", "N", "REV", "ID", "-", "MODE", "COMMAND", "NAME=VALUE", "KEY=VALUE",
    "[KIND/]NAME", "[https:]NAME[:PORT]", "NAME[,NAME]",
}  # fmt: skip
# Names that nobody has given yet, or that belong to something else than a kubeconfig.
NEW = {"--as", "--key", "--as-group", "--name", "--tls-server-name", "-n --namespace"}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_argument_says_what_it_completes_with(command):
    said = [argument.completes for argument in command.arguments]

    assert [kind for kind in said if not kind or (isinstance(kind, str) and kind not in COMPLETES)] == []


def test_every_option_with_a_value_says_what_it_completes_with():
    valued = [(command, option) for command, option in OPTIONS if option.kind in ("text", "list")]
    silent = [option for _, option in valued if not option.choices and not option.completes]

    assert {option.metavar for option in silent} <= FREE
    assert {" ".join(option.flags) for option in silent if option.metavar == "NAME"} <= NEW
    assert {option.completes for _, option in valued} <= {"", *COMPLETES}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_and_flag_is_offered(command):
    words = command.name.split()
    before, flags = complete(words)[0], complete([*words, "-"])[0]

    assert words[-1] in [value for value, _ in before]
    assert {value for value, _ in flags} == {
        "--help", *(flag for option in command.options if not option.ignored for flag in option.flags)
    }  # fmt: skip
    assert all(about for _, about in before + flags)


@pytest.mark.parametrize(
    ("command", "option"), [each for each in OPTIONS if each[1].choices], ids=lambda each: each.name
)
def test_every_choice_is_offered(command, option):
    words = [*command.name.split(), option.flags[-1]]

    assert [value for value, _ in complete([*words, ""])[0]] == list(option.known())
    assert [value for value, _ in complete([*words[:-1], f"{words[-1]}="])[0]] == [
        f"{words[-1]}={choice}" for choice in option.known()
    ]


def test_a_flag_that_stands_there_is_not_offered_again():
    flags = [value for value, _ in complete(["render", "--flatten", "--context", "a", "--"])[0]]

    assert "--flatten" not in flags
    assert "--context" in flags  # it may be repeated


# A line up to the cursor → its words after the program's, the open quote, and what bash keeps before the cursor.
LINES = {
    "kcfg ": ([""], "", ""),
    "kcfg use-context a": (["use-context", "a"], "", ""),
    "kcfg use-context a:b": (["use-context", "a:b"], "", "a:"),
    "kcfg use-context 'a:b": (["use-context", "a:b"], "'", ""),
    'kcfg use-context "a b': (["use-context", "a b"], '"', ""),
    "kcfg use-context a\\ b": (["use-context", "a b"], "", ""),
    'kcfg use-context "a\\"b" c': (["use-context", 'a"b', "c"], "", ""),
    'kcfg use-context "a\\b" ': (["use-context", "a\\b", ""], "", ""),
    "kcfg  x   --flag=v": (["x", "--flag=v"], "", "--flag="),
    "kcfg '' ": (["", ""], "", ""),
}


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_bash_is_read_as_bash_reads_it(line):
    raw = split_line(line, " \t\n\"'@><=;|&(:")

    assert (raw.words, raw.quote, raw.kept) == LINES[line]


def config(folder, text, name="config"):
    (folder / name).write_text(text)
    return str(folder / name)


BROKEN = ["{", "contexts: 1", "contexts: [{name: [a]}]", "\0", "a: *b", "contexts:\n- name: x\n\tcontext: {}", "[]"]


@pytest.mark.parametrize("text", BROKEN)
@pytest.mark.parametrize("words", [("use-context", ""), ("render", "-e", ""), ("secret", "set", "")], ids=" ".join)
def test_what_is_broken_completes_to_nothing(words, text, kcfg, tmp_path):
    config(tmp_path, text), config(tmp_path, text, "kcfg.yaml")
    done = kcfg("__complete", "zsh", *words, env={"KUBECONFIG": "config"})

    assert (done.returncode, done.stdout, done.stderr) == (0, ":4\n", "")


@pytest.mark.parametrize("words", [(), ("zsh",), ("bash",), ("bash", "kcfg use-context 'a"), ("nothing", "x", "--=")])
def test_no_line_is_an_error(words, kcfg):
    done = kcfg("__complete", *words)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_broken_file_of_a_list_hides_only_its_own_names(kcfg, tmp_path):
    whole = config(tmp_path, "contexts:\n- {name: dev, context: {cluster: farm}}\n")
    done = kcfg("__complete", "zsh", "use", "", env={"KUBECONFIG": f"{config(tmp_path, '{', 'bad')}:{whole}"})

    assert done.stdout == "dev\tfarm\n:4\n"


def test_includes_and_matrices_have_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "more").mkdir()
    (tmp_path / "kcfg.yaml").write_text("include: [more/*.yaml, missing.yaml]\nenvironments: [{name: ci}]\n")
    (tmp_path / "more/a.yaml").write_text(
        "include: [../kcfg.yaml]\n"
        "generate:\n- forEach: {x: [a, b], n1: [1, 2]}\n  exclude: [{x: b, n1: 2}]\n  context: {name: 'c-{x}{n1}'}\n"
        "environments: [{name: more}]\nusers: [{name: u, exec: {env: [{name: T, value: 'ref+vault://a/b#c'}]}}]\n"
    )

    assert [value for value, _ in complete(["render", "-e", ""])[0]] == ["ci", "more"]
    assert [value for value, _ in complete(["render", "--context", ""])[0]] == ["c-a1", "c-a2", "c-b1"]
    assert [value for value, _ in complete(["secret", "rm", ""])[0]] == ["vault:a/b"]
    assert [value for value, _ in complete(["secret", "copy", "--to", ""])[0]] == ["default"]


def test_objects_of_a_matrix_have_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kcfg.yaml").write_text(
        "generate:\n- forEach: [{x: a}, {x: b, z: 1}, wrong]\n  include: [{x: a, z: 2}, {x: c, z: 3}]\n"
        "  context: {name: 'c-{x}{z}'}\n- forEach: wrong\n  context: {name: 'd'}\n"
    )

    assert [value for value, _ in complete(["render", "--context", ""])[0]] == ["c-a2", "c-b1", "c-c3"]


def test_a_home_that_the_shell_would_write_out_is_found(kcfg, private_home):
    config(private_home, "contexts: [{name: dev, context: {cluster: farm}}]")

    assert kcfg("__complete", "fish", "use", "--kubeconfig", "~/config", "").stdout == "dev\tfarm\n:4\n"
    assert kcfg("__complete", "fish", "use", "--kubeconfig=$HOME/config", "").stdout == "dev\tfarm\n:4\n"


def test_kubectl_asks_its_plugin(tmp_path):
    file = config(tmp_path, "contexts: [{name: dev, context: {cluster: farm}}]")
    code = "import sys; sys.argv = ['kubectl_complete-kcfg', 'use', '--kubeconfig', sys.argv[1], '']\n"
    code += "from kcfg.__main__ import complete_for_kubectl\ncomplete_for_kubectl()"
    done = subprocess.run([sys.executable, "-c", code, file], capture_output=True, text=True, cwd=ROOT)

    assert (done.returncode, done.stdout, done.stderr) == (0, "dev\tfarm\n:4\n", "")


@pytest.mark.parametrize("words", [("",), ("use-context", "c"), ("render", "-e", ""), ("secret", "set", "")])
def test_completing_loads_nothing_heavy(words, tmp_path):
    (tmp_path / "kcfg.yaml").write_text("environments: [{name: ci}]\n")
    config(tmp_path, "contexts:\n- context:\n    cluster: a\n    user: a\n  name: c\n")
    code = f"import sys, json\nfrom kcfg.__main__ import run\nrun(['__complete', 'zsh', *{words!r}])\n"
    done = subprocess.run(
        [sys.executable, "-c", code + "print(json.dumps(list(sys.modules)))"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "KUBECONFIG": "config"},
    )
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}

    assert not loaded & {"typer", "pydantic", "ruamel", "jsonschema", "keyring", "cryptography"}


def test_a_context_is_described_by_what_its_name_does_not_say(tmp_path, monkeypatch):
    file = config(
        tmp_path,
        "contexts:\n- {name: a, context: {cluster: farm, namespace: web}}\n- {name: b, context: {cluster: b}}\n"
        "- {name: c, context: {cluster: c, namespace: shop}}\n",
    )
    monkeypatch.setenv("KUBECONFIG", file)

    assert complete(["use", ""])[0] == [("a", "farm, web"), ("b", ""), ("c", "shop")]


def test_namespaces_that_were_used_are_offered(kcfg, tmp_path):
    file = config(tmp_path, "contexts: [{name: a, context: {namespace: web}}]\ncurrent-context: a\n")
    for name in ("blue", "green"):
        assert kcfg("ns", name, "--kubeconfig", file).returncode == 0

    done = kcfg("__complete", "zsh", "ns", "--kubeconfig", file, "")

    assert done.stdout.split()[:3] == ["blue", "green", "web"]
    assert kcfg("__complete", "zsh", "use", "a", "--kubeconfig", file, "-n", "g").stdout.startswith("green")


SERVERS = """\
contexts:
- {name: a, context: {cluster: a}}
- {name: b, context: {cluster: b}}
clusters:
- {name: a, cluster: {server: "https://a.example.com"}}
- {name: b, cluster: {server: "https://b.example.com"}}
current-context: a
"""


@pytest.fixture
def asked(tmp_path, monkeypatch, private_home):
    """Two clusters, of which one was asked for its namespaces; and the file in which that is remembered."""
    config(tmp_path, SERVERS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", "config")
    loaded = load_file("config").config
    namespaces.remember_listed(loaded, "b", ["default", "shop", "web"])
    (state,) = private_home.rglob("server-namespaces.json")
    return state


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["ns"], []),
        (["exec", "b", "-n"], ["default", "shop", "web"]),
        (["exec", "--context", "b", "-n"], ["default", "shop", "web"]),
        (["use", "b", "-n"], ["default", "shop", "web"]),
        (["use", "a", "-n"], []),
    ],
)
def test_a_servers_namespaces_are_offered_for_the_context_in_hand(words, offered, asked):
    assert [value for value, _ in complete([*words, ""])[0]] == offered


def test_a_servers_namespaces_hold_names_alone_and_are_private(asked):
    (found,) = json.loads(asked.read_text()).values()

    assert sorted(found) == ["at", "names"]
    assert "example.com" not in asked.read_text()
    assert asked.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("found", ["", "[1]", '{"KEY": {"at": OLD, "names": ["web"]}}', '{"KEY": {"names": [1]}}'])
def test_an_old_or_damaged_list_offers_nothing(found, asked):
    (key,) = json.loads(asked.read_text())
    asked.write_text(found.replace("KEY", key).replace("OLD", str(int(time.time()) - 8 * 86400)))

    assert complete(["use", "b", "-n", ""])[0] == []


def test_a_hundred_servers_are_remembered_those_asked_last(asked):
    loaded = load_file("config").config
    many = {f"{number:064}": {"at": number, "names": ["x"]} for number in range(150)}
    asked.write_text(json.dumps(many))
    namespaces.remember_listed(loaded, "a", [f"n{number}" for number in range(700)])

    kept = json.loads(asked.read_text())
    assert len(kept) == 100
    assert f"{51:064}" in kept
    assert f"{50:064}" not in kept
    assert len(namespaces.listed(loaded, "a")) == 500


def test_after_dashes_programs_are_offered_then_files(tmp_path, monkeypatch):
    (tmp_path / "bin/folder").mkdir(parents=True)
    for name, mode in {"kubectl": 0o755, "kubens": 0o755, "kubeless": 0o644}.items():
        (tmp_path / "bin" / name).write_text("")
        (tmp_path / "bin" / name).chmod(mode)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{tmp_path}/nowhere:relative:")

    assert complete(["exec", "a", "--", "kub"]) == ([("kubectl", ""), ("kubens", "")], NO_FILES)
    assert complete(["exec", "a", "--", "./k"]) == ([], FILES)
    assert complete(["exec", "a", "--", "kubectl", "-"]) == ([], FILES)
