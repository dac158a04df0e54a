"""What the documentation says is true: its commands run, its tables hold, its links lead somewhere."""

import ast
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import EXAMPLES, ROOT, require
from kubeconfigs import without_empty_preferences
from readme import README, blocks
from secret_service import tools_present

from kcfg import __main__ as dispatcher
from kcfg.cli import version
from kcfg.cli.table import GROUPS, NAMES, commands
from kcfg.credential import handle
from kcfg.delivery import MODES

PAGES = [*ROOT.glob("*.md"), *ROOT.glob("[!.]*/**/*.md")]
EXAMPLE_LINES = [line for group in GROUPS for command in commands(group).values() for line in command.examples]
# Examples that a mode must refuse, and why.
REFUSED = {
    ("fleet", "inline"): "no session bus",
    ("environments", "inline"): "no session bus",
    ("gitops", "inline"): "no session bus",
}
BASIC_AND_TOKEN = """
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: docs}
secretStores: [{name: default, provider: env, env: {prefix: DOCS_}}]
clusters: [{name: dev, server: "https://dev.example.com"}]
users:
- {name: robot, token: ref+default://robot}
- {name: human, username: human, password: ref+default://human}
contexts:
- {name: robot, cluster: dev, user: robot}
- {name: human, cluster: dev, user: human}
"""
SECRETS = {"DOCS_ROBOT": "planted-robot", "DOCS_HUMAN": "planted-human"}


def rows(heading):
    """The cells of a README table that begins with this heading, by first cell."""
    found = re.search(rf"^\| {re.escape(heading)} \|.*\n\|[ -|]*\n", README, re.MULTILINE)
    table = README[found.start() :].partition("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return {first.split("`")[1]: [first, *rest] for first, *rest in cells}


def test_every_test_against_a_real_server_is_a_row_of_its_table():
    table = (ROOT / "tests/e2e/README.md").read_text(encoding="utf-8").partition("## The last run")[2]
    rows = re.findall(r"^\| \w+: (.*?) \| (?:yes|skipped|NO)? ?\|", table, re.MULTILINE)
    missing, count = [], 0
    for path in {*(ROOT / "tests/e2e").glob("test_*.py")} - {ROOT / "tests/e2e/test_clients_served.py"}:
        for each in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(each, ast.FunctionDef) and each.name.startswith("test_"):
                said = (ast.get_docstring(each) or "").rstrip(".")
                count += 1
                if not said or not any(row == said or row.startswith(f"{said}: ") for row in rows):
                    missing.append(f"{path.name}: {each.name}")

    assert count > 30
    assert missing == []
    assert "| NO |" not in table


def test_every_form_that_clients_read_is_a_row_of_their_table():
    table = (ROOT / "tests/e2e/clients/README.md").read_text(encoding="utf-8").partition("## The last run")[2]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")][2:]
    source = ast.parse((ROOT / "tests/e2e/test_clients_served.py").read_text(encoding="utf-8"))
    (forms,) = [
        each.value for each in source.body if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "FORMS"
    ]

    assert sorted(row for row, *_ in rows) == sorted(ast.literal_eval(key) for key in forms.keys)
    assert {len(row) for row in rows} == {7}
    assert {cell for _, *cells in rows for cell in cells if not re.fullmatch(r"yes|no \d+", cell)} == set()


def test_readme_targets_are_in_the_makefile():
    targets = re.findall(r"(?:^\$ |`)make (\w+)", README, re.MULTILINE)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert {"demo", "test", "wheel", "docs", "sim", "crash"} <= {*targets}
    assert [each for each in targets if not re.search(rf"^{each}:", makefile, re.MULTILINE)] == []


def run_demo(path):
    """Run the demo with this PATH; the commands that it shows, and all that it says."""
    environ = {**os.environ, "PATH": str(path)}
    done = subprocess.run(
        [sys.executable, EXAMPLES / "demo.py"], capture_output=True, text=True, timeout=100, env=environ
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return re.findall(r"^\$ (.*)$", done.stdout, re.MULTILINE), done.stdout


PROOFS = [
    line.split("|")[2:4]
    for line in README.partition("## Proven")[2].partition("\n## ")[0].splitlines()
    if line.startswith("| ") and "](" in line
]


@pytest.mark.parametrize(("figures", "command"), PROOFS, ids=[command.strip(" `") for _, command in PROOFS])
def test_figures_of_what_is_proven_are_those_of_their_tables(figures, command):
    said, _, link = figures.rpartition("([")
    page = (ROOT / re.findall(r"\((.*?)\)", link)[0]).read_text(encoding="utf-8")
    date = re.findall(r"\d{4}-\d\d-\d\d", link)

    assert f"`{command.strip(' `')}`" in page or command.strip(" `") in page
    assert all(each in page for each in date)
    if date:
        known = re.findall(r"\d+", page.replace(",", ""))
        assert {*re.findall(r"\d+", said.replace(",", ""))} <= {*known}


@pytest.mark.kubectl
def test_the_demo_tells_the_whole_story(kubectl_path):
    require("secret-service", present=tools_present())
    typed, said = run_demo(f"{Path(kubectl_path).parent}{os.pathsep}{os.environ['PATH']}")

    assert [each.split()[:2] for each in typed if each.startswith("k")] == [
        ["kcfg", "import"], ["kcfg", "diff"], ["kcfg", "apply"], ["kubectl", "--context"], ["kcfg", "undo"],
    ]  # fmt: skip
    assert "\nnamespace/of-alice\n" in said
    assert said.count("a-token-for-nothing") == 1
    assert f"  export PATH={Path(sys.executable).parent}:$PATH\n" in said


def test_the_demo_needs_no_keyring_and_no_kubectl(tmp_path):
    for name in ("tail", "git"):
        (tmp_path / name).symlink_to(shutil.which(name))
    typed, said = run_demo(tmp_path)

    assert "kcfg import config --into acme --secrets env" in typed
    assert said.count("\n# left out, ") == 2


@pytest.mark.kubectl
def test_the_picture_is_what_the_terminal_shows_now(kubectl_path, tmp_path):
    """`make pictures` makes it anew."""
    require("secret-service", present=tools_present())
    picture = EXAMPLES / "pictures/first-screen.svg"
    subprocess.run([sys.executable, picture.with_name("record.py"), tmp_path / "now.svg"], check=True, timeout=100)

    assert (tmp_path / "now.svg").read_text() == picture.read_text()
    assert len(picture.read_bytes()) < 60_000
    assert picture.relative_to(ROOT).as_posix() in README.partition("## Install")[0]


@pytest.mark.kubectl
def test_start_up_benchmark_runs_and_its_record_has_the_same_jobs(kubectl_path):
    words = [sys.executable, ROOT / "benchmarks/run.py", "--start", "--kcfg", Path(sys.executable).with_name("kcfg")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=100)
    record = (ROOT / "benchmarks/results.md").read_text(encoding="utf-8").partition("## Jobs")[0]

    assert done.returncode == 0, done.stderr
    assert re.findall(r"^\| `([^`]+)`", done.stdout, re.M) == re.findall(r"^\| `([^`]+)`", record, re.M) != []


def test_readme_spec_is_valid(kcfg):
    spec, *parts = blocks("yaml")
    for text in (spec, *(f"{spec}{part}" for part in parts)):
        done = kcfg("validate", "-f", "-", stdin=text)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("line", EXAMPLE_LINES)
def test_examples_in_the_help_parse(line, typer_call):
    words = shlex.split(re.split(r" [<>|]|&&", line)[0])

    assert words[0] == "kcfg"
    assert isinstance(typer_call(words[1:]), dict)


def test_every_command_has_an_example_of_its_own():
    bare = [
        command.name
        for group in GROUPS
        for command in commands(group).values()
        if not command.examples or any(f"kcfg {command.name}" not in line for line in command.examples)
    ]

    assert bare == []


@pytest.mark.parametrize("line", [line for line in EXAMPLE_LINES if line.startswith("kcfg credential ")])
def test_plugin_examples_answer(line):
    out, err = io.StringIO(), io.StringIO()
    code = handle(shlex.split(line)[2:], {"KCFG_TOKEN": "planted"}, out, err)

    assert (code, err.getvalue()) == (0, "")
    assert json.loads(out.getvalue())["status"] == {"token": "planted"}


def test_help_lists_the_table(kcfg):
    listed = re.findall(r"^  ([a-z-]+(?: [a-z-]+)?)(?:  |\n)", kcfg("--help").stdout.partition("Author:")[2], re.M)

    assert listed == NAMES


def test_changelog_mentions_every_command():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    said = {span.removeprefix("kcfg ") for span in re.findall(r"`([^`\n]+)`", text)}

    assert set(NAMES) - said == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\(([^)#\s]+)", text)

    assert [each for each in links if "://" not in each and not (page.parent / each).exists()] == []


@pytest.fixture
def example(request, tutorial, tmp_path):
    """A copy of an example, with the certificates that the tutorial needs."""
    if request.param == "tutorial":
        return tutorial
    return Path(shutil.copytree(EXAMPLES / request.param, tmp_path / request.param))


FOLDERS = sorted(each.parent.name for each in EXAMPLES.glob("*/kcfg.yaml"))


@pytest.mark.parametrize("example", FOLDERS, indirect=True)
def test_example_is_valid(example, kcfg):
    done = kcfg("validate", "-f", example)

    assert (done.returncode, done.stderr) == (0, "")
    assert example.name in README


@pytest.mark.kubectl
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("example", FOLDERS, indirect=True)
def test_example_renders_as_kubectl_would_write_it(example, mode, kcfg, kubectl, tmp_path):
    out = tmp_path / "rendered"
    environ = {"KCFG_TUTORIAL_EXPERIMENTER_PASSWORD": "planted"}
    kcfg("trust", "-f", example, "--yes")
    done = kcfg("render", "-f", example, "--credentials", mode, "--out", out, env=environ)

    if reason := REFUSED.get((example.name, mode)):
        assert done.returncode == 2
        assert reason in done.stderr
        assert not out.exists()
        return
    held = (example.name, mode) == ("tutorial", "exec")
    assert done.returncode == held, done.stderr
    assert ("the exec protocol has no username and password" in done.stderr) == held
    theirs = kubectl("config", "view", "--raw", "--kubeconfig", out).stdout
    assert without_empty_preferences(theirs) == out.read_text()


def test_modes_of_the_readme_are_the_commands_own():
    (option,) = (each for each in commands("Reconcile")["render"].options if each.name == "credentials")
    default = [mode for mode, cells in rows("mode").items() if cells[0].endswith("(default)")]

    assert tuple(rows("mode")) == option.choices == MODES
    assert [f"{mode} (default)" in option.help for mode in default] == [True]


@pytest.mark.parametrize("mode", MODES)
def test_credentials_table_of_the_readme_is_true(mode, kcfg):
    _, token, basic, reads = rows("mode")[mode]

    def users(context, environ):
        words = ("render", "-f", "-", "--credentials", mode, "--context", context, "-o", "json")
        done = kcfg(*words, stdin=BASIC_AND_TOKEN, env=environ)
        return json.loads(done.stdout)["users"][0]["user"] if done.returncode == 0 else done.stderr

    kcfg("trust", "-f", "-", "--yes", stdin=BASIC_AND_TOKEN)
    robot, human = users("robot", SECRETS), users("human", SECRETS)
    says = {
        "an exec stanza": lambda user: user["exec"]["command"] == "kcfg-credential",
        "left out with its contexts": lambda said: "left as it is, with its contexts" in said,
        "the value": lambda user: "planted" in (user.get("token") or user.get("password")),
        "left out |": lambda user: not {"token", "password", "exec"} & user.keys(),
    }
    for cell, user in ((token, robot), (basic, human)):
        assert [test(user) for words, test in says.items() if f"{cell} |".startswith(words)] == [True]
    assert reads == ("yes" if "is not set" in users("robot", {}) else "no")


@pytest.fixture
def exit_code(monkeypatch, tmp_path, capsys):
    """Run kcfg's own boundary in this process: exit_code("validate", …) or with an exception inside a command."""
    monkeypatch.chdir(tmp_path)

    def run(*words, raises=None):
        def fail():
            raise raises

        monkeypatch.setattr(sys, "argv", ["kcfg", *words])
        if raises is not None:
            monkeypatch.setattr(version, "run", fail)
        return dispatcher.run(sys.argv[1:])

    return run


def test_exit_codes_of_the_readme(exit_code, tmp_path):
    (tmp_path / "bad.yaml").write_text("apiVersion: kcfg/v1\nkind: KubeconfigSpec\n")
    found = {
        "yes": exit_code("version"),
        "no (problems found)": exit_code("validate", "-f", "bad.yaml"),
        "could not": exit_code("validate", "-f", "absent.yaml"),
        "a bug in kcfg": exit_code("version", raises=RuntimeError()),
        "interrupted": exit_code("version", raises=KeyboardInterrupt()),
    }
    (line,) = re.findall(r"^Exit codes: (.*)\.$", README, re.MULTILINE)

    assert {name: int(code) for code, name in re.findall(r"(\d+) ([^,]+)", line)} == found


KUBECONFIG = """\
# ours
apiVersion: v1
kind: Config
clusters:
- {name: dev, cluster: {server: "https://dev.example.com", proxy-url: "http://u:planted@proxy.example.com:3128"}}
contexts:
- {name: dev, context: {cluster: dev, user: dev, color: red}}
- {name: two, context: {cluster: dev, user: dev}}
users: []
current-context: dev
"""
# A row of the README's table → what both are asked, and what must be true of (exit code, output, file) of each.
DIFFERENCES = {
    "comments and unknown fields in an edited file": (
        ("set-context", "dev", "--namespace=web"),
        lambda code, _, file: code == 0 and "# ours" not in file and "color" not in file,
        lambda code, _, file: code == 0 and "# ours" in file and "color: red" in file,
    ),
    "`set-credentials --token VALUE`": (
        ("set-credentials", "dev", "--token=abc"),
        lambda code, _, file: code == 0 and "token: abc" in file,
        lambda code, _, file: code == 2 and "abc" not in file,
    ),
    "`view`": (
        ("view",),
        lambda code, out, _: code == 0 and "planted" in out,
        lambda code, out, _: code == 0 and "planted" not in out and "proxy.example.com" in out,
    ),
    "`use-context -`": (
        ("use-context", "-"),
        lambda code, _, file: code == 1 and "current-context: two" in file,
        lambda code, _, file: code == 0 and "current-context: dev" in file,
    ),
    "a name with two meanings in a merge": (
        None,  # kubectl has no merge command; its `view` of two files keeps the first
        None,
        lambda code, *_: code == 1,
    ),
}


def test_every_difference_of_the_readme_is_tested():
    table = README[README.index("| | kubectl config |") :].partition("\n\n")[0].splitlines()[2:]

    assert [line.strip("|").split("|")[0].strip() for line in table] == list(DIFFERENCES)


@pytest.mark.kubectl
@pytest.mark.parametrize("row", DIFFERENCES)
def test_difference_of_the_readme_is_real(row, kcfg, kubectl, tmp_path):
    words, theirs, ours = DIFFERENCES[row]
    file = tmp_path / "config"
    file.write_text(KUBECONFIG)
    if words is None:
        (tmp_path / "other").write_text(KUBECONFIG.replace("color: red", "namespace: other"))
        assert ours(kcfg("merge", file, tmp_path / "other").returncode)
        return
    if words[0] == "use-context":
        kcfg("use-context", "two", "--kubeconfig", file)
    before = file.read_text()
    done = kubectl("config", *words, "--kubeconfig", file)
    assert theirs(done.returncode, done.stdout, file.read_text())
    file.write_text(before)
    done = kcfg(*words, "--kubeconfig", file)

    assert ours(done.returncode, done.stdout, file.read_text())


def test_each_command_that_shows_what_holds_is_there():
    text = (ROOT / "tests/acceptance.md").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    commands = [
        span.split() for row in text.splitlines() if row.startswith("| ") for span in re.findall(r"`([^`]+)`", row)
    ]

    assert len(text.splitlines()) > 20
    for word, *rest in commands:
        if word == "make":
            assert rest[0] in targets
        elif word == "pytest":
            assert all((ROOT / path).exists() for path in rest)
