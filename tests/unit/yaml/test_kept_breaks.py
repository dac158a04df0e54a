"""Edits beside block scalars that keep their line breaks: the blank lines below them are their value."""

import pytest
import yaml

from kcfg.yaml.edit import edit_text
from kcfg.yaml.emit import dump_yaml

TEXTS = [
    "a: |+\n  q\n\n\n", "a: |+\n  q\n\n\nb: 1\n", "a: |+ # why\n  q\n\n# more\n", "a: &x |+\n  q\n\nb: 1\n",
    "a: |2+\n\n", "a: >+\n  q\n\n\n# c\nb: 1\n", "a: |+\r\n  q\r\n\r\n", "a: !!str |+\n  q\n\n",
    "a:\n  c: |+\n    q\n\n",    "a: |\n  q\n\n\nb: 1\n", "a: |-\n  q\n\n", "a:\n- name: one\n  v: |+\n    q\n\n",
]  # fmt: skip
EDITS = [
    lambda value: {**value, "z": 1},
    lambda value: {"n": 2, **{key: each for key, each in value.items() if key != "a"}},
    lambda value: {**value, "a": "new"},
    lambda value: {**value, "a": [*value["a"], {"name": "o"}] if isinstance(value["a"], list) else {"name": "o"}},
    lambda value: {**value, "a": {**value["a"], "d": 1} if isinstance(value["a"], dict) else None},
]


@pytest.mark.parametrize("edit", range(len(EDITS)))
@pytest.mark.parametrize("text", TEXTS)
def test_what_stands_beside_such_a_value_is_edited_in_place(text, edit):
    wanted = EDITS[edit](yaml.safe_load(text))
    edited = edit_text(text, "file", wanted)

    assert yaml.safe_load(edited) == wanted
    if edit == 0:
        assert edited.startswith(text.partition("#")[0].rstrip())


VALUES = ["a", "a\nb", "a\nb\n", "a\nb\n\n\n", "\na\n", " x\ny\n", "", None, 5, ["q"], {"k": "v\nw\n"}]


@pytest.mark.parametrize("below", [{}, {"z": "1"}], ids=["last", "beside"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_a_text_of_several_lines_comes_and_goes_without_a_blank_line(newline, below):
    """It is written as kubectl writes it, and leads back to the same bytes: a blank line came with each such edit."""
    for first in VALUES:
        for second in VALUES:
            before, after = ({"a": {"b": each, **below}} for each in (first, second))
            texts = [dump_yaml(each).replace("\n", newline) for each in (before, after)]
            assert edit_text(texts[0], "file", after) == texts[1]
            assert edit_text(texts[1], "file", before) == texts[0]
