"""A secret value: shown by nothing but `reveal`, and of a size and form that every store can keep."""

import pickle

import pytest

from kcfg.errors import SecretError
from kcfg.secrets.secret import MAX_BYTES, Secret, check_value, pick_property


def test_nothing_but_reveal_shows_it():
    secret = Secret("plum-4f1d")

    assert [repr(secret), str(secret), f"{secret}", f"{secret:>20}"] == ["Secret(***)"] * 4
    assert secret.reveal() == "plum-4f1d"
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(secret)


@pytest.mark.parametrize("value", ["x", "é" * (MAX_BYTES // 2), "k" * MAX_BYTES], ids=["one", "two bytes", "largest"])
def test_what_stores_can_keep_passes(value):
    check_value(Secret(value))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("", "the secret is empty"),
        ("a\0b", "the secret is not text"),
        ("\ud800", "the secret is not text"),
        ("k" * (MAX_BYTES + 1), "the secret is larger than 64 KiB"),
        ("é" * (MAX_BYTES // 2) + "x", "the secret is larger than 64 KiB"),
    ],
    ids=["empty", "NUL", "half", "large", "large in bytes"],
)
def test_what_they_cannot_is_refused_and_not_quoted(value, said):
    with pytest.raises(SecretError) as caught:
        check_value(Secret(value))

    assert caught.value.message == said
    assert caught.value.hint


def test_a_property_is_a_text_field_of_an_object():
    secret = Secret('{"password": "plum", "n": 1, "none": null, "in": {"password": "other"}}')

    assert pick_property(secret, "password").reveal() == "plum"
    for name in ("n", "none", "in", "absent", ""):
        with pytest.raises(SecretError, match="has no text property") as caught:
            pick_property(secret, name)
        assert caught.value.hint == "check the spelling after #"


@pytest.mark.parametrize("value", ["plum", '["plum"]', '"plum"', "{", "null", ""])
def test_of_what_is_no_object_nothing_is_picked_or_quoted(value):
    with pytest.raises(SecretError) as caught:
        pick_property(Secret(value), "p")

    assert caught.value.message == "property 'p' asked of a secret that is no JSON object"
