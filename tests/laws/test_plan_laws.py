"""Laws of plan and apply over random kubeconfigs, on real files in the styles that people write."""

import os
import re

import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st
from kubeconfigs import SEVERAL, STYLES, VALID, as_yaml

from kcfg.apply.history import secret_values
from kcfg.apply.live import open_live
from kcfg.apply.undo import plan_undo, undo
from kcfg.apply.write import apply_plan
from kcfg.errors import ConflictError, KcfgError, KubeconfigError
from kcfg.kubeconfig.applied import canonical_entries
from kcfg.kubeconfig.decode import decode
from kcfg.kubeconfig.plan import Options
from kcfg.kubeconfig.threeway import make_plan
from kcfg.trust.gate import Permit
from kcfg.yaml.emit import dump_yaml
from kcfg.yaml.parse import parse_yaml

EVERYTHING = Options(prune=True, adopt=True, on_conflict="spec")
SECTIONS = ("clusters", "users", "contexts")


def meaning(value):
    return decode(parse_yaml(dump_yaml(value).encode(), "x"))


@pytest.fixture
def place(tmp_path):
    """A fresh folder and memory for each example: place(text) → a Live of a file with that text."""
    numbers = iter(range(1_000_000))

    def make(text):
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        path = folder / "config"
        if text is not None:
            path.write_text(text, encoding="utf-8")
        try:
            return open_live(str(path), {"XDG_STATE_HOME": str(folder / "state"), "HOME": str(folder)})
        except KcfgError:
            reject()  # JSON that is no YAML: kubectl cannot read it either

    return make


def apply(live, target, options=EVERYTHING, spec="acme"):
    live = live.again()
    plan = make_plan(live.applied, live.config, target, spec=spec, options=options)
    try:
        return plan, apply_plan(plan, live, Permit(None))
    except KubeconfigError as error:
        if "twice" in error.message:
            reject()  # two keys that YAML reads as one: no edit is safe
        raise


def raw(live):
    with open(live.path, "rb") as file:
        return file.read()


def left(*plans):
    """What stays open, lest it meet a foreign endpoint: no option writes it."""
    return {(change.section, change.name) for plan in plans for change in plan.open}


@SEVERAL
@given(config=VALID)
def test_the_plan_of_equals_is_empty(config):
    assert not make_plan(None, meaning(config), meaning(config)).differs


@SEVERAL
@given(actual=VALID, target=VALID, style=STYLES)
def test_apply_reaches_the_target_and_a_second_apply_writes_nothing(actual, target, style, place):
    live, target = place(style(actual)), meaning(target)

    plan, _ = apply(live, target)

    found = canonical_entries(live.again().config)
    wanted = {key: body for key, body in canonical_entries(target).items() if key not in left(plan)}
    assert found.items() >= wanted.items()
    before = os.stat(live.path)
    plan, outcome = apply(live, target)
    after = os.stat(live.path)
    assert not plan.writes
    assert not outcome.written
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


@SEVERAL
@given(actual=VALID, target=VALID)
def test_entries_of_others_stay_byte_for_byte(actual, target, place):
    text = as_yaml(actual)
    live, target = place(text), meaning(target)
    mine = {section: set(target.section(section)) for section in SECTIONS}

    apply(live, target)

    after = raw(live).decode()
    for section in SECTIONS:
        for block in blocks(text, section):
            (entry,) = parse_yaml(f"{section}:\n{block}".encode(), "x").value[section]
            if entry["name"] not in mine[section]:
                assert block in after


def blocks(text, section):
    """The text of each entry of a section, of a file whose lists stand at the first column."""
    found = re.search(rf"^{section}:\n((?:[- ].*\n|\n)*)", text, re.MULTILINE)
    return re.findall(r"^- .*\n(?:(?: .*)?\n)*", found[1], re.MULTILINE) if found else []


@SEVERAL
@given(actual=st.none() | VALID, target=VALID, style=STYLES)
def test_apply_then_undo_restores_the_bytes_unless_that_needs_a_secret(actual, target, style, place):
    live = place(None if actual is None else style(actual))
    before = live.file.raw
    plan, outcome = apply(live, meaning(target))
    assume(outcome.written)

    live = live.again()
    try:
        undo(plan_undo(live), live)
    except ConflictError as error:
        refusal = error.message
    else:
        refusal = ""
    if refusal:
        bodies = [entry.body for section in SECTIONS for entry in live.config.section(section).values()]
        bodies += [change.before or {} for change in plan.writes]
        assert any(list(secret_values(body)) for body in bodies)
        assert "keeps no copy of a secret" in refusal
        return
    assert (raw(live) if os.path.exists(live.path) else None) == before


@SEVERAL
@given(actual=VALID, target=VALID)
def test_undone_twice_is_applied_again(actual, target, place):
    live = place(as_yaml(actual))
    _, outcome = apply(live, meaning(target))
    assume(outcome.written)
    applied_bytes, managed = raw(live), live.again().applied.entries
    try:
        live = live.again()
        undo(plan_undo(live), live)
    except ConflictError:
        return
    live = live.again()

    apply(live, meaning(target))

    assert canonical_entries(live.again().config) == canonical_entries(decode(parse_yaml(applied_bytes, "x")))
    assert live.again().applied.entries.keys() == managed.keys()


@SEVERAL
@given(actual=VALID, first=VALID, second=VALID)
def test_one_spec_after_another_with_prune_is_the_other_alone(actual, first, second, place):
    one, other = place(as_yaml(actual)), place(as_yaml(actual))
    first, second = meaning(first), meaning(second)
    apply(one, first)
    used = {
        (f"{kind}s", entry.body.get(kind, ""))
        for entry in other.config.contexts.values()
        for kind in ("cluster", "user")
    }

    here, _ = apply(one, second)
    there, _ = apply(other, second)

    found, alone = canonical_entries(one.again().config), canonical_entries(other.again().config)
    wanted = canonical_entries(second).keys() - left(here, there)
    assert {key: found[key] for key in wanted} == {key: alone[key] for key in wanted}
    left_over = found.keys() - alone.keys() - {("current-context", "")} - left(here, there)
    assert left_over <= used  # a context of the user's needs them


@SEVERAL
@given(actual=VALID, target=VALID)
def test_without_being_asked_nothing_of_others_changes(actual, target, place):
    live, target = place(as_yaml(actual)), meaning(target)
    before = canonical_entries(live.config)

    apply(live, target, Options(prune=True))

    after = canonical_entries(live.again().config)
    assert {key: after.get(key) for key in before if key[0] in SECTIONS} == {
        key: before[key] for key in before if key[0] in SECTIONS
    }
