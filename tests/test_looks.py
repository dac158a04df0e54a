"""How output looks on terminals of 60 and 80 columns, with colours and without; in pipes nothing of it is there."""

import io
import re
import subprocess
import sys

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from test_terminal import Terminal

from kcfg.kubeconfig.table import format_table
from kcfg.looks import columns_of, dressed, wrapped

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
        ("Context named: error: x", "Context named: error: x"),
        ("error", "error"),
        ("kcfg: errors: x", "kcfg: errors: x"),
    ],
)
def test_the_word_that_says_what_a_line_is_has_a_colour(line, colored, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)

    assert dressed(line, Screen()) == colored
