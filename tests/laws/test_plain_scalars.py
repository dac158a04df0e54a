"""What a plain scalar is, is said once, without `re`: the YAML parser reads it, and the printer writes it bare."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kubeconfigs import SEVERAL, by_libyaml

from kcfg.kubeconfig.decode import decode
from kcfg.kubeconfig.document import KubeconfigFile
from kcfg.yaml.emit import dump_yaml
from kcfg.yaml.flow import flow_value
from kcfg.yaml.plain import WORDS, are_arguments, are_plain, is_plain
from kcfg.yaml.text import is_plain_text

MANY = settings(SEVERAL, max_examples=int(os.environ.get("KCFG_EXAMPLES", "30")) * 10)
# What begins, continues and ends numbers, times, words, keys and comments.
SIGNS = "0123456789eEtTzZxXoObBaAyYnN_./:@+=~-# \n\"'&*!%,[]{}<é"
PIECES = st.sampled_from(
    [*WORDS, *SIGNS, "--", "---", "<<", "0x", "2024-01-02", "12:30:00", "1_000", "6dae42f8", "null:"]
)
TEXTS = st.lists(PIECES, max_size=5).map("".join) | st.text(SIGNS, max_size=8)


@MANY
@given(TEXTS)
def test_what_is_plain_is_read_and_written_as_it_is(text):
    flag = text.startswith("-") and text.isascii() and are_arguments([text.encode()])
    if not is_plain(text) and not flag:
        return
    assert is_plain_text(text)
    assert by_libyaml(f"a: {text}\nb:\n- {text}\n".encode(), "").value == {"a": text, "b": [text]}
    assert dump_yaml({"a": text}) == f"a: {text}\n"
    assert by_libyaml(f"a: {flow_value([text])}\n".encode(), "").value == {"a": [text]}


@MANY
@given(st.lists(TEXTS, max_size=4))
def test_many_at_once_are_as_each(texts):
    raw = [text.encode() for text in texts]

    assert are_plain(raw) == all(map(is_plain, texts))
    assert are_arguments(raw) == all(are_arguments([each]) for each in raw)


def test_the_common_words_are_plain_and_yaml_s_are_not():
    assert all(
        map(is_plain, ("main", "https://a.example.com:6443", "6dae42f8-user", "arn:aws:eks:x:cluster/a", "_", "/"))
    )
    assert not any(
        map(is_plain, ("", "y", "No", "null", "~", "1", "1e5", "2024-01-02", "0x1f", "a:", "a b", "é", "-a", ".a"))
    )


@pytest.mark.parametrize("word", ["true", "True", "NULL", "null"])
@pytest.mark.parametrize("field", ["client-key-data", "client-certificate-data"])
def test_a_word_is_no_base64(word, field):
    """Its length is right, and so are its letters."""
    text = f"# ours\napiVersion: v1\nkind: Config\nusers:\n- name: a\n  user:\n    {field}: {word}\n"
    faults = []
    for read in (lambda: KubeconfigFile("f", text.encode()).config, lambda: decode(by_libyaml(text.encode(), "f"))):
        try:
            faults.append(dump_yaml(read().to_value()))
        except Exception as error:
            faults.append([str(each) for each in error.problems])

    assert faults[0] == faults[1]
