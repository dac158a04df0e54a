"""Thousands of scalars through the real kubectl in one call: what each means, and whether it is printed in quotes."""

import functools
import itertools
import json
import random
import re
import subprocess

import pytest
import yaml
from answers import ask
from kubeconfigs import without_empty_preferences

from kcfg.errors import KcfgError
from kcfg.yaml.parse import parse_yaml
from kcfg.yaml.text import scalar_value

WORDS = """y yes on n no off true false null ~ .inf .nan << = inf nan infinity"""
PREFIXES = (
    ("", "9"),
    ("0x", "f"),
    ("0X", "F"),
    ("0o", "7"),
    ("0O", "7"),
    ("0b", "1"),
    ("0B", "1"),
    ("0", "7"),
    (".", "1"),
)
EDGES = [
    sign + prefix + digits
    for sign in ("", "+", "-")
    for prefix, digit in PREFIXES
    for many in (1, 15, 16, 17, 19, 20, 21, 22, 23, 63, 64, 65, 308, 309, 310, 4400)
    for digits in (digit * many, "1" + "0" * (many - 1))
]
LIMITS = [str(sign * (1 << bits) + more) for bits in (53, 63, 64) for sign in (1, -1) for more in (-1, 0, 1)]
DAYS = """2001-01-01 2001-1-1 2001-02-29 2000-02-29 0000-02-29 2001-13-01 2001-00-01 2001-01-00 201-01-01 ٢٠٠١-01-01"""
CLOCKS = """| 1:2:3| 01:02:03.5| 23:59:60| 24:00:00| 01:02:03Z|T1:2:3|T1:2:3Z|t01:02:03,5Z|T1:2:3+24:60|T1:2:3-25:00|
T1:2:3+00:61|T1:2:3.Z|T1:2:3z|T1:2Z|T1:60:3Z| 1:2:3.999999999999"""
TIMES = [day + clock.strip("\n") for day in DAYS.split() for clock in CLOCKS.split("|")]
OTHERS = """1:30 190:20:30 190:20:30.15 1:60 +1:5 -1_0:5. 1:5._ _1:5 0:0 1:2:3:4 ٣ 1٣ é 61e9540 1e999 -1e-999 0x1p-2
1__0 _1 1_ 0x_1 .1_3 ._1 .1_ .1e1_0 .1__0 ._ 0b-101 0b+1 -0b-1"""
PIECES = "0 1 7 8 9 _ . e E + - x b o f : 00 e5 0x 0b 0o"


def _random(count):
    draw = random.Random(27)
    pieces = PIECES.split()
    return ["".join(draw.choices(pieces, k=draw.randint(3, 9))) for _ in range(count)]


def _all():
    short = ("".join(each) for size in (1, 2, 3) for each in itertools.product("018_.e+-xbo:nyT~", repeat=size))
    cased = (
        form(word)
        for word in WORDS.split()
        for sign in ("", "+", "-")
        for form in (str, str.title, str.upper, str.swapcase)
    )
    return dict.fromkeys([*short, *cased, *EDGES, *LIMITS, *TIMES, *OTHERS.split(), *_random(6000)])


def _is_plain(text):
    try:
        return yaml.load(f"- {text}\n", yaml.CBaseLoader) == [text]
    except yaml.YAMLError:
        return False


def _is_refused(text):
    return text.lower().lstrip("+-") in (".inf", ".nan") and _is_plain(text)


@functools.cache
def _texts():
    """Every text, and those of them that mean themselves in plain style."""
    texts = [text for text in _all() if not _is_refused(text)]
    return texts, [text for text in texts if _is_plain(text)]


# A time zone that nobody has makes a time to the Go of kubectl 1.27, so that it puts the text in quotes; newer do not.
_OFFSETS = re.compile(r'"(\d{4}-\d+-\d+T\d+:\d+:\d+[+-]\d\d:\d\d)"')


@pytest.fixture
def both(tmp_path, kubectl_path, kubectl_135, kcfg):
    """Return a function: lines of a list → what kubectl prints of it, an older one and the newest, and kcfg too."""

    def view(lines, *words):
        items = "".join(f"  - {line}\n" for line in lines)
        (tmp_path / "k").write_text(f"apiVersion: v1\nkind: Config\nextensions:\n- name: e\n  extension:\n{items}")
        words = ("view", "--raw", "--kubeconfig", "k", *words)
        run = functools.partial(subprocess.run, cwd=tmp_path, capture_output=True, text=True)
        older, newest, ours = run([kubectl_path, "config", *words]), run([kubectl_135, "config", *words]), kcfg(*words)
        assert (older.returncode, newest.returncode, ours.returncode) == (0, 0, 0), older.stderr + ours.stderr
        assert _OFFSETS.sub(r"\1", without_empty_preferences(older.stdout)) == _OFFSETS.sub(r"\1", newest.stdout)
        return ours.stdout.splitlines(), newest.stdout.splitlines()

    return view


def test_a_bare_scalar_means_what_it_means_to_kubectl(both):
    _, plain = _texts()
    assert len(plain) > 8000

    for words in ((), ("-o", "json")):
        ours, theirs = both(plain, *words)
        assert ours == theirs


def test_a_bare_key_is_what_it_is_to_kubectl(both, tmp_path, kubectl_path, kcfg):
    keys = {text: scalar_value(text) for text in _texts()[1] if len(text) < 100 and text != "<<"}
    no_keys = [text for text, value in keys.items() if value is None or (type(value) is int and value >= 1 << 63)]
    assert 10 < len(no_keys) < 50

    ours, theirs = both([f"? {text}\n    : 1" for text in keys.keys() - {*no_keys}])

    assert ours == theirs
    for text in no_keys:
        (tmp_path / "k").write_text(f"extensions:\n- name: e\n  extension:\n    ? {text}\n    : 1\n")
        words = ["view", "--raw", "--kubeconfig", "k"]
        theirs = ask(kubectl_path, ["config", *words], tmp_path, "scalars")
        assert [theirs.returncode, kcfg(*words).returncode] == [1, 2], text


TAGS = ["int", "float", "bool", "null", "str", "timestamp", "merge", "seq", "x"]
VALUES = """3 "3" -0x10 3.5 1e3 1_0 yes 'off' ~ '' 2001-01-01 2001-02-30 x .inf 9007199254740992 9007199254740993
9223372036854775808 18446744073709551616 1e999"""
BINARY = ["aGk=", "aGk", "aGk=aGk=", "aG,k=", '"aG k="', '"aG\\nk="', "4oI=", "gICA", "aGl=", "''", "~"]
TAGGED = [
    *(f"!!{tag} {text}" for tag in TAGS for text in VALUES.split()),
    *(f"!!binary {text}" for text in BINARY),
    *("! 3", '! "3"', "! yes", "!", "!<tag:yaml.org,2002:int> 3", "!x 3"),
    *("!!map {a: 1}", "!!set {a}", "!!seq {a: 1}", "!!omap [a: 1]"),
]


def test_a_tagged_scalar_means_what_it_means_to_kubectl(both, tmp_path, kubectl_path):
    taken, refused = [], []
    for text in TAGGED:
        lines = f"extensions:\n- name: e\n  extension:\n  - {text}\n"
        try:
            parse_yaml(lines.encode(), "k")
        except KcfgError:
            refused.append(lines)
        else:
            taken.append(text)

    ours, theirs = both([text for text in taken if ".inf" not in text])

    assert ours == theirs
    for lines in refused:
        (tmp_path / "k").write_text(lines)
        words = ["config", "view", "--raw", "--kubeconfig", "k"]
        assert ask(kubectl_path, words, tmp_path, "scalars").returncode == 1, lines


def test_a_text_is_in_quotes_where_kubectl_puts_them(both):
    ours, theirs = both([json.dumps(text) for text in _texts()[0]])
    assert ours == theirs
