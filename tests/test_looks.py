"""How output looks on terminals of 60 and 80 columns, with colours and without; in pipes nothing of it is there."""

import io
import os
import re
import subprocess
import sys
import termios

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from test_terminal import Terminal

from kcfg import printing
from kcfg.__main__ import run as main
from kcfg.cli.shared.progress import Bar, watched
from kcfg.kubeconfig.table import format_table
from kcfg.looks import columns_of, dressed, is_colored, is_dumb, is_plain, wrapped

SGR = re.compile(r"\x1b\[([\d;]*)m")
LONG = "arn:aws:eks:eu-central-1:111122223333:cluster/shop"
NAMES = (LONG, "dev", "gke_acme_europe-west1_shop", "wide-\u6771\u4eac")
SPEC = f"""apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {{name: demo}}
secretStores: [{{name: default, provider: env}}]
clusters:
{"".join(f"- {{name: '{name}', server: 'https://c{at}.example.com'}}{chr(10)}" for at, name in enumerate(NAMES))}
users: [{{name: me, token: "ref+default://a-token-that-has-quite-a-long-name"}}]
contexts:
{"".join(f"- {{name: '{name}', cluster: '{name}', user: me, namespace: shop}}{chr(10)}" for name in NAMES)}
"""
CONFIG = f"""apiVersion: v1
kind: Config
current-context: dev
clusters:
{"".join(f"- {{name: '{name}', cluster: {{server: 'https://127.0.0.1:1'}}}}{chr(10)}" for name in NAMES)}
contexts:
{"".join(f"- {{name: '{name}', context: {{cluster: '{name}', user: me, namespace: shop}}}}{chr(10)}" for name in NAMES)}
users: [{{name: me, user: {{token: fake}}}}]
"""
# Commands with a table or many words, and what is never cut in what they show.
SCREENS = {
    "": ("`kcfg help COMMAND`",),
    "get-contexts": NAMES,
    "get-clusters": NAMES,
    "secret ls": ("a-token-that-has-quite-a-long-name",),
    "check connectivity": NAMES,
    "check expiry": (),
    "history": (),
    "status": NAMES[:1],
    "doctor": ("kubeconfig",),
    "validate": (),
    "use nowhere": ("`kcfg get-contexts`",),
    "lint config": ("`kcfg secret migrate FILE`",),
    "diff": NAMES[:1],
}


@pytest.fixture
def place(tmp_path):
    (tmp_path / "kcfg.yaml").write_text(SPEC, encoding="utf-8")
    (tmp_path / "config").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "config").chmod(0o600)
    return tmp_path


def shown(place, words, columns, **more):
    env = {"KUBECONFIG": "config", "HOME": str(place), "TERM": "xterm", "NO_COLOR": "", **more.pop("env", {})}
    terminal = Terminal(*words.split(), cwd=place, env=env, columns=columns, **more)
    code = terminal.end()
    return code, re.sub(r"\r[^\r\n]*\x1b\[K", "", terminal.text)


@pytest.mark.parametrize("columns", [60, 80])
@pytest.mark.parametrize("words", SCREENS)
def test_lines_fit_and_no_name_is_cut(words, columns, place):
    code, text = shown(place, words, columns)

    assert code in (0, 1, 2)
    for line in SGR.sub("", text).splitlines():
        longest = max(map(columns_of, line.split()), default=0)  # a name of a whole row and its mark
        assert columns_of(line) <= max(columns, longest + 3), line
    for name in SCREENS[words]:
        assert name in SGR.sub("", text)


@pytest.mark.parametrize("words", SCREENS)
def test_only_basic_colours_and_only_where_they_are_wanted(words, place):
    codes = {code for each in SGR.findall(shown(place, words, 80)[1]) for code in each.split(";")}
    assert codes <= {"0", "1", *map(str, range(31, 37))}  # no bright ones, no grounds

    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b" not in shown(place, words, 80, env=env)[1]


def test_no_bright_colour_and_no_ground_is_in_the_code():
    for path in (ROOT / "kcfg").rglob("*.py"):
        codes = re.findall(r"x1b\[([\d;]+)m", path.read_text(encoding="utf-8"))
        assert {part for code in codes for part in code.split(";")} <= {"0", "1", "7", *map(str, range(31, 37))}, path


@pytest.mark.parametrize(
    ("stream", "colored"), [("stdout", True), ("stderr", False)], ids=["stdout is a pipe", "stderr is a pipe"]
)
def test_each_stream_is_judged_by_itself(stream, colored, place):
    with open(place / "taken", "wb") as taken:
        _, text = shown(place, "use nowhere", 60, **{stream: taken})

    assert ("\x1b[31merror\x1b[0m" in text) == colored
    if stream == "stderr":
        assert (place / "taken").read_text() == (
            'kcfg: error: no context exists with the name: "nowhere"\nkcfg: hint: `kcfg get-contexts` lists them\n'
        )


def test_a_table_in_a_pipe_is_kubectl_s_whatever_the_other_stream_is(place):
    rows = [["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"]]
    rows += [["*" if name == "dev" else "", name, name, "me", "shop"] for name in sorted(NAMES)]
    with open(place / "taken", "wb") as taken:
        shown(place, "get-contexts", 60, stdout=taken)

    assert (place / "taken").read_text(encoding="utf-8") == format_table(rows)


def test_a_table_that_fits_is_kubectl_s_on_a_terminal_too(place):
    _, text = shown(place, "get-contexts", 200)

    assert text.splitlines()[1].split() == [NAMES[0], NAMES[0], "me", "shop"]


def test_pipes_get_the_bytes_of_a_terminal_without_width(place):
    for words in ("get-contexts", "lint config", "secret ls", "diff"):
        env = {"NO_COLOR": "1", "TERM": "dumb"}
        told = subprocess.run(
            [sys.executable, "-m", "kcfg", *words.split()],
            cwd=place,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(place), "KUBECONFIG": "config"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        with open(place / "err", "wb") as err:
            _, text = shown(place, words, 0, env={**env, "PATH": "/usr/bin:/bin"}, stderr=err)
        excerpts = re.compile(r"^ *\d* \| .*\n", re.MULTILINE)
        assert excerpts.sub("", text) == told.stdout


WORDS = st.text("ab`\"'é東 ", max_size=120)


@given(WORDS, st.integers(20, 100), st.one_of(st.none(), st.integers(0, 60)))
def test_wrapping_loses_and_cuts_nothing(line, width, hang):
    rows = wrapped(line, width, hang)

    assert " ".join(rows).split() == line.split()
    for row in rows:
        assert "\n" not in row
        assert (
            columns_of(row.rstrip()) <= max(width, max(map(columns_of, row.split()), default=0))
            or "`" in row
            or (set("\"'") & set(row))
        )


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        (
            "kcfg: hint: say `kcfg secret set --missing` now",
            ["kcfg: hint: say", "  `kcfg secret set --missing`", "  now"],
        ),
        ('that name, "with blanks in it" stays', ["that name,", '  "with blanks in it" stays']),
        ("it isn't one that ends with a quote's letter", ["it isn't one that ends with a", "  quote's letter"]),
    ],
)
def test_what_is_copied_stays_in_one_row(line, rows):
    assert wrapped(line, 29) == rows


class Screen(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("line", "colored"),
    [
        ("kcfg: error: x", "kcfg: \x1b[31merror\x1b[0m: x"),
        ("kcfg: note: error: x", "kcfg: \x1b[36mnote\x1b[0m: error: x"),
        ("a.yaml:3:1: warning: b: error: x", "a.yaml:3:1: \x1b[35mwarning\x1b[0m: b: error: x"),
        ("warning: this removed x", "\x1b[35mwarning\x1b[0m: this removed x"),
        ("live: error: b: x", "live: \x1b[31merror\x1b[0m: b: x"),
        ("Context named: a: error: x", "Context named: a: error: x"),
        ("error", "error"),
        ("kcfg: errors: x", "kcfg: errors: x"),
    ],
)
def test_the_word_that_says_what_a_line_is_has_a_colour(line, colored, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)

    assert dressed(line, Screen()) == colored


def test_an_import_of_many_says_whose_turn_it_is_and_takes_that_away(place, monkeypatch):
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr("kcfg.cli.shared.progress._SECONDS", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.chdir(place)
    (place / "other").write_text(CONFIG.replace("dev", "other"), encoding="utf-8")

    main(["import", "config", "other", "--into", "out", "--secrets", "env"])

    drawn = "\r[............] 0/2  config\x1b[K\r[############............] 1/2  other\x1b[K\r\x1b[K"
    assert drawn.replace("[............]", f"[{'.' * 24}]", 1) in screen.getvalue()
    assert "next: kcfg validate" in SGR.sub("", screen.getvalue())


def test_nothing_is_told_before_a_second_has_passed(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    monkeypatch.setattr(sys, "stderr", Screen())
    monkeypatch.setenv("TERM", "xterm")
    for at, _ in enumerate(watched(range(5), [f"name-{each}" for each in range(5)])):
        clock[0] += 0.4
        assert (f"name-{at}" in sys.stderr.getvalue()) == (at > 2)

    assert sys.stderr.getvalue().endswith("\r\x1b[K")


@pytest.mark.parametrize("columns", [30, 60, 80])
def test_the_bar_fits_and_has_whole_names_or_none(columns, monkeypatch):
    drawn = []
    monkeypatch.setattr("kcfg.cli.shared.progress.progress", drawn.append)
    monkeypatch.setattr("kcfg.looks.width_of", lambda _: columns)
    monkeypatch.setattr(sys, "stderr", Screen())
    monkeypatch.setenv("TERM", "xterm")
    bar = Bar(9)
    for waiting in ([LONG, "dev"], ["dev", LONG], ["dev"], []):
        bar.show(3, waiting)
    bar.clear()

    assert drawn.pop() == ""
    assert len(drawn) >= 3
    for line in drawn:
        assert columns_of(line) < columns
        for name in line.partition("  ")[2].split(", "):
            assert name in (LONG, "dev", "…", "dev …", "")


def test_what_is_said_takes_the_place_of_the_bar(monkeypatch):
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    printing.progress("[#.] 1/2  dev")
    printing.tell("kcfg: note: x")
    printing.tell("more")

    assert screen.getvalue().startswith("\r[#.] 1/2  dev\x1b[K\r\x1b[Kkcfg: ")
    assert screen.getvalue().count("\x1b[K") == 2


def test_no_bar_where_nobody_watches(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    bar = Bar(9)
    bar.show(1, ["dev"])
    bar.clear()

    assert sys.stderr.getvalue() == ""


def test_the_screens_are_what_kcfg_shows_now(tmp_path):
    """`make pictures` makes them anew; README.md beside them says what was found in each."""
    folder = ROOT / "examples/pictures"
    subprocess.run([sys.executable, folder / "record.py", tmp_path], check=True, timeout=100)
    made = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.glob("*.svg")}
    said = (folder / "README.md").read_text(encoding="utf-8")

    assert len(made) == 12
    for name, text in made.items():
        assert (folder / name).read_text(encoding="utf-8") == text, name
        assert len(text) < 20_000
        rows = said.partition(f"]({name})")[2].partition("###")[0]
        assert len(re.findall(r"^\| [^-F].* \| .+ \|$", rows, re.MULTILINE)) == 3, name


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sets no TERM")
@pytest.mark.parametrize(
    ("env", "dumb", "plain"),
    [
        ({"TERM": "xterm"}, False, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, False, False),  # no-color.org: when not empty
        ({"TERM": "xterm", "NO_COLOR": "0"}, False, True),
        ({"TERM": "dumb"}, True, True),
        ({"TERM": ""}, True, True),
        ({}, True, True),
        ({"NO_COLOR": "1"}, True, True),
    ],
)
def test_one_answer_to_what_a_terminal_can(env, dumb, plain, monkeypatch):
    """Colours, prefixes, the list that is drawn and the prompt's colour: all by the same words."""
    from kcfg.cli.shared.filter_screen import can_draw
    from kcfg.cli.shared.told import prefixes

    ours, theirs = os.openpty()
    with open(ours, "rb", buffering=0), open(theirs, "w") as terminal:
        termios.tcsetwinsize(theirs, (24, 80))
        monkeypatch.setattr(sys, "stdin", terminal)
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setattr(sys, "stdout", terminal)
        for name in ("TERM", "NO_COLOR"):
            monkeypatch.delenv(name, raising=False)
        for name, value in env.items():
            monkeypatch.setenv(name, value)

        assert (is_dumb(), is_plain(), is_colored(terminal)) == (dumb, plain, not plain)
        assert prefixes(["a"], (theirs, theirs))("a", 0).startswith(b"\x1b") is not plain
        assert can_draw() is not plain
        assert not is_colored(io.StringIO())


def test_nobody_else_asks_what_a_terminal_can():
    asking = re.compile(r"environ[^\n]*[\"'](?:TERM|NO_COLOR)[\"']")
    found = [path for path in sorted((ROOT / "kcfg").rglob("*.py")) if asking.search(path.read_text(encoding="utf-8"))]

    assert [path.stem for path in found] == ["looks"]
