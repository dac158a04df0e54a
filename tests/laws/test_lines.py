"""A text that `lines` reads means what the YAML parser says it means, or is left to it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubeconfigs import SEVERAL, by_libyaml

from kcfg.errors import KcfgError
from kcfg.yaml.parse import parse_yaml, simple_value

ROOT = Path(__file__).parents[2]
LINES = st.sampled_from((Path(__file__).parent / "lines.txt").read_text().splitlines())
PIECES = st.sampled_from(
    [
        *"{}[]:,\"'#&*!|>%@`?-= \t\n$~.0aé", ": ", ", ", " #", "- ", "${a}", "{b}", "{}", "[]", "'q'", '"q"', "\\",
        "yes", "0x1", "1e3", "1:30", "2026-01-01", "<<", "&a", "*a", "\r", "\n\n", "\n  ", "---", "...",
    ]
)  # fmt: skip
FLOWS = st.recursive(
    st.sampled_from(
        ["a", "b-1", "y", "null", "~", "5", "0x1", "'q'", '"q r"', '""', "https://x.example.com:6443", "a b", "-x",
         "a#b", "r/*.yaml", "*a", "${a}", "a${b}", "a:b", "a:", "1:30", '"\\n"', "é", "", "{t}", "ref+default://a#token"]
    ),
    lambda inner: st.lists(inner, max_size=3).map(lambda each: f"[{', '.join(each)}]")
    | st.lists(st.tuples(inner, inner), max_size=3).map(
        lambda each: "{" + ", ".join(f"{key}: {value}" for key, value in each) + "}"
    ),
)  # fmt: skip
SPECS = [path.read_text() for path in sorted((ROOT / "examples").rglob("*.yaml"))]


def agree(text):
    """Assert it, and return whether the lines were read."""
    known = simple_value(text)
    if known is None:
        return False
    try:
        slow = by_libyaml(text.encode())
    except KcfgError as error:
        pytest.fail(f"read as lines, and no YAML: {error}")
    assert (known[0], [], []) == (slow.value, slow.duplicate_keys, slow.changed_keys)
    return True


def test_what_people_write_is_read():
    read = [text for text in SPECS if agree(text)]

    assert len(read) > len(SPECS) / 2
    assert any("{name:" in text and "${" in text for text in read)


@SEVERAL
@given(st.sampled_from(SPECS), st.data())
def test_anything_inserted(text, data):
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(PIECES) + text[at + data.draw(st.integers(0, 2)) :]
    agree(text)


@SEVERAL
@given(
    st.lists(st.tuples(st.sampled_from(["k: ", "- ", "k:\n  l: ", "- k: ", "k:", "-"]), FLOWS), min_size=1, max_size=4)
)
def test_flows(lines):
    agree("".join(f"{head}{flow}\n" for head, flow in lines))
    agree("".join(f"{head.replace('k', f'k{index}')}{flow} # c\n" for index, (head, flow) in enumerate(lines)))


@SEVERAL
@given(st.lists(LINES, max_size=14))
def test_lines(lines):
    agree("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: {b: c, d: [e, 'f g']} # h", {"a": {"b": "c", "d": ["e", "f g"]}}),
        ("- {a: {}, b: []}\n- x", [{"a": {}, "b": []}, "x"]),
        ("a: https://${host}.example.com", {"a": "https://${host}.example.com"}),
        ("a: [regions/*.yaml]", {"a": ["regions/*.yaml"]}),
        ("a: ref+x://y#z", {"a": "ref+x://y#z"}),
    ],
)
def test_read(text, value):
    assert simple_value(text) == (value,)
    assert agree(text)


LEFT = (
    "", "# a\n", "--- \na: b", "a: *b", "a: {b: c", "a: {b: c}}", "a: {b}", "a: {b: 5}", "a: {b: c,}",
    "a: {b# c, d: e}", "a: {b: c, b: d}", "a: [b]c", "a: {b: ${c}}", "a: ['b''c']", "a: [b,\n  c]", "{a: b}\n{c: d}",
)  # fmt: skip


@pytest.mark.parametrize("text", LEFT)
def test_left_to_the_parser(text):
    assert simple_value(text) is None


def test_where_something_stands_the_parser_says():
    document = parse_yaml(b"a: b\nc: {d: e}\n", "file")

    assert str(document.locate(("c", "d"), key=True)) == "file:2:5"
    assert (document.spelling(("a",)), document.spelling(())) == ("b", "")
