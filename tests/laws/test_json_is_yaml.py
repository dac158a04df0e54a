"""JSON that `json` reads means what the YAML parser says it means."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubeconfigs import CONFIG, SEVERAL, as_indented_json, as_json, by_libyaml

from kcfg.errors import KcfgError
from kcfg.yaml.json import json_value
from kcfg.yaml.parse import parse_yaml
from kcfg.yaml.text import MAX_DEPTH

PIECES = st.sampled_from(
    [*'{}[]:,"\n -.0123456789eE', "\\", "\t", "\r", "true", "null", "é", '"a"', "<<", "&", "*", "#", "'"]
)
DIFFER = [
    '{"a": 1.5}',
    '{"a": 1e3}',
    '{"a": 1, "a": 2}',
    '{"a"\n: 1}',
    '{"\\u00e9": 1}',
    '{"a": NaN}',
    f'{{"{"k" * 1100}": 1}}',
]


def by_yaml(text):
    return by_libyaml(text.encode())


def agree(text):
    known = json_value(text, MAX_DEPTH)
    if known is None:
        return False
    slow = by_yaml(text)
    assert (known[0], []) == (slow.value, slow.duplicate_keys)
    assert parse_yaml(text.encode(), "file").root is not None
    return True


@SEVERAL
@given(CONFIG, st.sampled_from([as_json, as_indented_json, lambda value: json.dumps(value, separators=(",", ":"))]))
def test_kubeconfigs(config, style):
    agree(style(config))


@SEVERAL
@given(st.data())
def test_anything_inserted(data):
    text = (
        '{"apiVersion": "v1", "clusters": [{"name": "a", "cluster": {"server": "https://a.example.com", "n": 12}}]}\n'
    )
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(PIECES) + text[at + data.draw(st.integers(0, 2)) :]
    try:
        agree(text)
    except KcfgError:
        pytest.fail("not YAML, and read as JSON")


@pytest.mark.parametrize("text", DIFFER, ids=lambda text: text[:12])
def test_where_they_may_differ_yaml_decides(text):
    assert json_value(text, MAX_DEPTH) is None


def test_plain_json_is_read_as_such():
    assert agree('{"a": [{"b": "c"}, 1, true, null]}')


@pytest.mark.parametrize("depth", [MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1, MAX_DEPTH + 2, 5000])
def test_depth_is_bounded_as_in_yaml(depth):
    text = '{"a": ' * depth + "1" + "}" * depth
    try:
        expected = by_yaml(text).value
    except KcfgError:
        assert json_value(text, MAX_DEPTH) is None
    else:
        assert json_value(text, MAX_DEPTH) in (None, (expected,))
