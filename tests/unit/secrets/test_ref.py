"""Secret references: two spellings of one thing, and errors that quote nothing."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kcfg.errors import SecretError
from kcfg.secrets.ref import MAX_KEY, SecretRef, is_ref, key_fault, parse_ref, ref_from_mapping, slug_key

KEYS = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,9}(\.[a-z0-9_-]{1,5})?(/[a-z0-9][a-z0-9_-]{0,9}){0,3}", fullmatch=True)
STORES = st.from_regex(r"[a-z0-9-]{1,12}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("ref+default://ci-bot/token", SecretRef("ci-bot/token")),
        ("ref+vault-2://a", SecretRef("a", store="vault-2")),
        ("ref+default://a.json#token", SecretRef("a.json", property="token")),
        ("ref+default://a#b#c d", SecretRef("a", property="b#c d")),
        (f"ref+default://{'k' * MAX_KEY}", SecretRef("k" * MAX_KEY)),
    ],
)
def test_short_form_is_split_literally(text, ref):
    assert is_ref(text)
    assert parse_ref(text) == ref


@pytest.mark.parametrize(
    "text",
    [
        "",
        "planted",
        "ref+",
        "ref+planted",
        "ref:default://planted",
        "ref+://planted",
        "ref+default://",
        "ref+default://planted#",
        "ref+Planted://a",
        "ref+def ault://planted",
        "ref+default://Planted",
        "ref+default://a/../planted",
        "ref+default://a..planted",
        "ref+default:///planted",
        "ref+default://planted/",
        "ref+default://planted//b",
        "ref+default://.planted",
        "ref+default://pl anted",
        "ref+default://planted%2fb",
        f"ref+default://{'planted' * 19}",
    ],
)
def test_anything_else_is_refused_and_not_quoted(text):
    with pytest.raises(SecretError) as caught:
        parse_ref(text)

    assert "lanted" not in f"{caught.value.message} {caught.value.problems[0].hint}"


@pytest.mark.parametrize(
    ("written", "ref"),
    [
        ({"key": "a/b"}, SecretRef("a/b")),
        ({"store": "ci", "key": "a", "property": "token"}, SecretRef("a", store="ci", property="token")),
        ({"store": None, "key": "a", "property": None}, SecretRef("a")),
        (
            {"keyring": {"service": "S", "username": "U"}, "property": "p"},
            SecretRef(store="", service="S", username="U", property="p"),
        ),
    ],
)
def test_mapping_is_the_long_form(written, ref):
    assert ref_from_mapping(written) == ref


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"store": "ci"},
        {"key": ""},
        {"key": "../a"},
        {"key": "a", "store": "C I"},
        {"key": "a", "keyring": {"service": "S", "username": "U"}},
        {"store": "ci", "keyring": {"service": "S", "username": "U"}},
    ],
)
def test_mapping_that_names_nothing_or_two_things_is_refused(written):
    with pytest.raises(SecretError):
        ref_from_mapping(written)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the first table of characters takes a while
@given(key=KEYS, store=STORES, wanted=st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
def test_both_forms_and_the_shown_text_are_one(key, store, wanted):
    ref = SecretRef(key, store=store, property=wanted)

    assert parse_ref(str(ref)) == ref
    assert ref_from_mapping({"store": store, "key": key, "property": wanted}) == ref
    assert hash(parse_ref(str(ref))) == hash(ref)


def test_references_that_differ_are_not_one_whichever_comes_first():
    every = [
        SecretRef("a"), SecretRef("b"), SecretRef("a", store="z"), SecretRef("a", property="p"),
        SecretRef(store="", service="s", username="u"), SecretRef(store="", service="s", username="v"),
    ]  # fmt: skip
    assert [[one == other for other in every] for one in every] == [
        [row == column for column in range(len(every))] for row in range(len(every))
    ]
    assert len({*every, *every}) == len(every)


def test_key_has_a_length():
    assert key_fault("k" * MAX_KEY) == ""
    assert "longer" in key_fault("k" * (MAX_KEY + 1))


@given(name=st.text(min_size=1))
def test_any_name_becomes_a_key(name):
    assert key_fault(slug_key(name)) == ""


@given(names=st.lists(st.text(min_size=1, max_size=6), min_size=2, max_size=2, unique=True))
def test_names_that_differ_have_keys_that_differ(names):
    first, second = map(slug_key, names)

    assert first != second


def test_slug_keeps_what_is_a_key_and_marks_what_is_not():
    assert slug_key("ci-bot_2.x") == "ci-bot_2.x"
    assert re.fullmatch(
        r"arn-aws-eks-eu-west-1-111122223333-cluster-prod-[0-9a-f]{8}",
        slug_key("arn:aws:eks:eu-west-1:111122223333:cluster/prod"),
    )
