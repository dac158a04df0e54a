"""What writing a plan keeps and lets go of, in one process; the keyring is told apart: it answers, or it does not."""

import pytest

from kcfg.apply import write
from kcfg.apply.live import open_live
from kcfg.apply.write import Lost, Outcome, StaleError, apply_plan, conflict_hint, open_problems
from kcfg.errors import FileError, KcfgError, SecretError
from kcfg.kubeconfig.decode import decode
from kcfg.kubeconfig.difference import NOT_COMPARED
from kcfg.kubeconfig.plan import Change, Options, Plan
from kcfg.kubeconfig.threeway import FOREIGN, OTHER_SPEC, make_plan
from kcfg.trust.gate import Permit
from kcfg.yaml.parse import parse_yaml

ADOPT = Options(prune=True, adopt=True, on_conflict="spec")
SECRET = "users:\n- {name: dev, user: {token: plum-4f1d}}\n"
OPEN = "users:\n- {name: dev, user: {username: dev}}\n"


def meaning(text):
    return decode(parse_yaml(text.encode(), "target"))


@pytest.fixture
def place(tmp_path):
    """place(text): a file and an own memory of it."""

    def make(text):
        path = tmp_path / "place" / "config"
        path.parent.mkdir()
        path.write_text(text)
        return open_live(str(path), {"XDG_STATE_HOME": str(tmp_path / "state"), "HOME": str(tmp_path)})

    return make


@pytest.fixture
def keyring(monkeypatch):
    """The names that the keyring got, and those that were taken out of it again."""
    got, gone = [], []

    def keep(live, spec_name, hidden):
        got.append(f"kcfg/{spec_name}/history/{len(got) + 1}")
        return got[-1]

    monkeypatch.setattr(write, "keep", keep)
    monkeypatch.setattr(write, "forget", lambda name, environ: gone.append(name))
    return got, gone


def apply(live, text, **more):
    plan = make_plan(live.applied, live.config, meaning(text), spec="acme", options=ADOPT)
    return apply_plan(plan, live, Permit(None), **more)


def test_what_held_a_secret_goes_into_the_keyring_and_its_entry_is_named(place, keyring):
    assert apply(place(SECRET), OPEN) == Outcome(written=True, event=1, kept=("user/dev",))
    assert keyring == (["kcfg/acme/history/1"], [])


def test_what_held_none_does_not(place, keyring):
    assert apply(place(OPEN), OPEN.replace("dev}}", "ops}}")) == Outcome(written=True, event=1)
    assert keyring == ([], [])


@pytest.mark.parametrize("text", [SECRET, OPEN])
@pytest.mark.parametrize("step", ["add_event", "write_atomic"])
def test_what_was_kept_goes_where_nothing_was_written(place, keyring, monkeypatch, step, text):
    def fail(*args, **kwargs):
        raise FileError("no space left on device")

    live = place(text)
    monkeypatch.setattr(write, step, fail)
    with pytest.raises(FileError):
        apply(live, OPEN.replace("dev}}", "ops}}"))

    assert keyring == ((["kcfg/acme/history/1"],) * 2 if text is SECRET else ([], []))
    assert live.again().file.raw == text.encode()


def test_without_a_keyring_the_loss_is_told_before_it_is_written(place, monkeypatch):
    def fail(*args):
        raise SecretError("no keyring")

    live, told = place(SECRET), []
    monkeypatch.setattr(write, "keep", fail)
    assert apply(live, OPEN, warn=lambda lost: told.append((lost, live.again().file.raw))) == Outcome(True, 1)
    assert told == [(Lost(("user/dev",), "no keyring"), SECRET.encode())]


def test_without_a_keyring_and_with_nobody_to_tell_it_is_written(place, monkeypatch):
    def fail(*args):
        raise SecretError("no keyring")

    monkeypatch.setattr(write, "keep", fail)
    assert apply(place(SECRET), OPEN).written


def test_a_file_that_others_changed_is_written_where_the_plan_stays_the_same(place, keyring):
    live = place(OPEN)
    with open(live.path, "a") as file:
        file.write("# a note\n")
    assert apply(live, OPEN.replace("dev}}", "ops}}")).written
    again = live.again()
    assert again.file.raw.endswith(b"# a note\n")
    changed = OPEN.replace("dev}}", "changed}}").encode()
    with open(live.path, "wb") as file:
        file.write(changed)
    with pytest.raises(StaleError):
        apply(again, OPEN)
    assert live.again().file.raw == changed


def test_where_nothing_is_to_be_written_no_lock_is_asked_for(place, keyring, monkeypatch):
    live, target = place(OPEN), OPEN.replace("dev}}", "ops}}")
    apply(live, target)
    monkeypatch.delattr(write, "locked")

    assert apply(live.again(), target) == Outcome(written=False)


def test_what_was_done_is_not_changed_afterwards():
    with pytest.raises(AttributeError):
        Lost((), "").reason = "other"
    with pytest.raises(AttributeError):
        Outcome(written=True).written = False


def test_what_one_reason_of_the_trust_gate_holds_back_is_one_problem():
    changes = [
        Change("clusters", "a", "held", reason="not trusted: x", cause="trust"),
        Change("users", "b", "held", reason="not trusted: x", cause="trust"),
        Change("users", "c", "held", reason="not trusted: y", cause="trust"),
        Change("contexts", "d", "held", reason="waits", cause="others"),
        Change("contexts", "e", "held", reason="waits", cause="others"),
        Change("contexts", "f", "held", reason="meets", cause="cluster"),
        Change("contexts", "g", "held", reason="meets", cause="cluster"),
        Change("contexts", "h", "conflict", reason="why", cause=""),
        Change("contexts", "i", "conflict", reason="why", cause=""),
        Change("contexts", "j", "create"),
    ]
    said = [each.message for each in open_problems(Plan(tuple(changes)), "config")]

    assert said == [
        "cluster/a, user/b: not trusted: x", "user/c: not trusted: y", "context/d: waits", "context/e: waits",
        "context/f: meets", "context/g: meets", "context/h: why", "context/i: why",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (Change("users", "a", "held", cause="trust"), "kcfg trust"),
        (Change("users", "a", "held", cause="others"), "once that is settled"),
        (Change("users", "a", "held", cause="cluster"), "kcfg delete-context"),
        (Change("users", "a", "conflict", reason=FOREIGN), "shows both; --adopt"),
        (Change("users", "a", "conflict", reason=OTHER_SPEC), "another name in one of the specs"),
        (Change("users", "a", "conflict", reason="else"), "--on-conflict spec writes"),
    ],
)
def test_each_conflict_has_a_way_out(change, hint):
    assert hint in conflict_hint(change)


def test_a_plan_whose_secrets_were_not_read_is_not_written(place):
    body = {"token": NOT_COMPARED}
    with pytest.raises(KcfgError, match="without reading its secrets"):
        apply_plan(Plan((Change("users", "a", "create", after=body),)), place(OPEN), Permit(None))
