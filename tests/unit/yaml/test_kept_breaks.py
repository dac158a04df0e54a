"""Edits beside block scalars that keep their line breaks: the blank lines below them are their value."""

import pytest
import yaml

from kcfg.yaml.edit import edit_text

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
