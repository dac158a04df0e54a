"""Taking back, in one process: which events go, what comes back, what stays, and what stands in the way."""

import json
from contextlib import contextmanager

import pytest

from kcfg.apply import undo as module
from kcfg.apply import write
from kcfg.apply.back import reach, with_stay
from kcfg.apply.history import add_event, read_events
from kcfg.apply.live import open_live
from kcfg.apply.undo import plan_undo, undo
from kcfg.apply.write import StaleError, apply_plan
from kcfg.dataclass import replace
from kcfg.errors import ConflictError, KcfgError, SecretError, SecretNotFound
from kcfg.kubeconfig.decode import decode
from kcfg.kubeconfig.plan import Options
from kcfg.kubeconfig.threeway import make_plan
from kcfg.secrets.secret import Secret
from kcfg.trust.gate import Permit
from kcfg.yaml.emit import dump_yaml
from kcfg.yaml.parse import parse_yaml

OPTIONS = Options(prune=True, adopt=True, on_conflict="spec", manage=frozenset({"current-context"}))
BY_HAND = """# mine
users:
- {name: dev, user: {username: dev}}   # of the wiki
clusters: [{name: c, cluster: {server: "https://a.example.com"}}]
contexts:
- {name: a, context: {cluster: c, user: dev}}
- {name: b, context: {cluster: c, user: dev}}
current-context: a
"""


def meaning(text):
    return decode(parse_yaml(text.encode(), "target"))


def kubectls(text):
    return dump_yaml(meaning(text).to_value())


@pytest.fixture
def place(tmp_path):
    def make(text):
        path = tmp_path / "config"
        if text is not None:
            path.write_text(text)
        return open_live(str(path), {"XDG_STATE_HOME": str(tmp_path / "state"), "HOME": str(tmp_path)})

    return make


@pytest.fixture
def keyring(monkeypatch):
    """Items by name, in place of the keyring."""
    items = {}

    def keep(live, spec_name, hidden):
        name = f"kcfg/{spec_name}/history/{len(items) + 1}"
        items[name] = hidden
        return name

    def read(name, environ):
        if name not in items:
            raise SecretNotFound("no such item")
        return items[name]

    monkeypatch.setattr(write, "keep", keep)
    monkeypatch.setattr(module, "read_kept", read)
    return items


def apply(live, text, spec="acme"):
    live = live.again()
    plan = make_plan(live.applied, live.config, meaning(text), spec=spec, options=OPTIONS)
    assert apply_plan(plan, live, Permit(None), environment="ci").written
    return live.again()


def change(live, old, new):
    text = live.file.raw.decode()
    assert old in text
    with open(live.path, "w") as file:
        file.write(text.replace(old, new))
    return live.again()


def taken_back(live, number=None):
    planned = plan_undo(live, number)
    undo(planned, live)
    return planned, live.again()


@pytest.mark.parametrize("style", [str, kubectls])
def test_the_bytes_of_before_come_back_and_what_is_managed_too(place, style):
    text = style(BY_HAND)
    first = apply(place(text), BY_HAND.replace("username: dev", "username: ops"))
    second = apply(first, BY_HAND.replace("username: dev", "username: sre"))
    planned, third = taken_back(second)

    assert third.file.raw == first.file.raw
    assert third.applied.entries == first.applied.entries
    assert (planned.exact, planned.stays, planned.secrets) == (True, "", ())
    assert [each.title for each in planned.plan.writes] == ["user/dev"]
    last = read_events(third)[-1]
    assert (last.id, last.undoes, last.pieces, last.changes) == (3, 2, None, ["user/dev restored"])
    assert (last.spec, last.environment) == ("acme", "ci")
    assert (last.before, last.after) == (third.digest(second.file.raw), third.digest(third.file.raw))
    _, fourth = taken_back(third)
    assert fourth.file.raw == text.encode()
    assert fourth.applied.entries == {}
    with pytest.raises(KcfgError, match="nothing to take back") as caught:
        plan_undo(fourth)
    assert caught.value.hint == "`kcfg history` lists what was applied"


def test_several_go_at_once_newest_first(place):
    live = place(BY_HAND)
    for name in ("ops", "sre", "eng"):
        live = apply(live, BY_HAND.replace("username: dev", f"username: {name}"))
    planned, after = taken_back(live, 2)

    assert [each.id for each in planned.events] == [3, 2]
    assert b"username: ops" in after.file.raw
    assert read_events(after)[-1].undoes == 2
    for number in (2, 3, 4, 0, 9):
        with pytest.raises(KcfgError, match=f"no event {number} that could be taken back") as caught:
            plan_undo(after, number)
        assert caught.value.hint
    _, after = taken_back(after, 1)
    assert after.file.raw == BY_HAND.encode()


def test_a_file_that_was_made_goes(place, tmp_path):
    live = apply(place(None), BY_HAND)
    planned, after = taken_back(live)

    assert planned.raw is None
    assert not (tmp_path / "config").exists()
    assert {each.action for each in planned.plan.writes} == {"delete"}
    assert all(each.endswith(" removed") for each in read_events(after)[-1].changes)


def test_what_others_changed_since_stays_and_nothing_is_taken_back(place):
    first = apply(place(BY_HAND), BY_HAND.replace("username: dev", "username: ops"))
    second = apply(first, BY_HAND.replace("username: dev", "username: sre"))
    assert reach(second, read_events(second)[::-1]) == 2
    changed = change(second, "https://a", "https://b")

    with pytest.raises(ConflictError, match="changed since kcfg wrote it; nothing was taken back") as caught:
        plan_undo(changed)
    assert caught.value.hint
    assert reach(changed, read_events(changed)[::-1]) == 0
    with pytest.raises(ConflictError):
        plan_undo(changed, 1)


def test_what_others_changed_between_two_events_is_told(place):
    first = apply(place(BY_HAND), BY_HAND.replace("username: dev", "username: ops"))
    changed = change(first, "# of the wiki", "# of the team")
    second = apply(changed, BY_HAND.replace("username: dev", "username: sre"))

    assert reach(second, read_events(second)[::-1]) == 1
    with pytest.raises(ConflictError, match="the file was changed by others between events; 1 cannot be taken back"):
        plan_undo(second, 1)
    _, third = taken_back(second)
    assert third.file.raw == changed.file.raw


@pytest.mark.parametrize("style", [str, kubectls])
def test_another_current_context_stays_where_there_is_such_a_context(place, style):
    live = apply(place(style(BY_HAND)), BY_HAND.replace("username: dev", "username: ops"))
    switched = change(live, "current-context: a", "current-context: b")
    planned, after = taken_back(switched)

    assert planned.stays == "b"
    assert after.file.raw == style(BY_HAND).replace("current-context: a", "current-context: b").encode()


def test_a_current_context_that_goes_does_not_stay(place):
    without = BY_HAND.replace("- {name: b, context: {cluster: c, user: dev}}\n", "")
    live = apply(place(without), BY_HAND)
    planned, after = taken_back(change(live, "current-context: a", "current-context: b"))

    assert planned.stays == ""
    assert after.file.raw == without.encode()
    assert with_stay("x", without.encode(), "b") == (without.encode(), "")
    assert with_stay("x", BY_HAND.encode(), "b")[1] == "b"


def test_what_others_wrote_anew_is_taken_back_by_its_meaning(place):
    live = apply(place(BY_HAND), BY_HAND.replace("username: dev", "username: ops"))
    with open(live.path, "w") as file:
        file.write(kubectls(live.file.raw.decode()).replace("current-context: a", "current-context: b"))
    planned, after = taken_back(live.again())

    assert (planned.exact, planned.stays) == (False, "b")
    assert meaning(after.file.raw.decode()).to_value() == meaning(
        BY_HAND.replace("current-context: a", "current-context: b")
    ).to_value()  # fmt: skip


def written_anew(live):
    with open(live.path, "w") as file:
        file.write(kubectls(live.file.raw.decode()))
    return live.again()


def test_it_leads_back_by_meaning_through_as_many_as_follow_one_another(place):
    first = apply(place(BY_HAND), BY_HAND.replace("username: dev", "username: ops"))
    second = apply(first, BY_HAND.replace("username: dev", "username: sre"))
    third = apply(second, BY_HAND.replace("username: dev", "username: eng"))
    changed = apply(change(third, "# mine", "# ours"), BY_HAND.replace("username: dev", "username: qa"))
    anew = written_anew(third)
    assert reach(anew, read_events(anew)[2::-1]) == 3
    with open(anew.path, "wb") as file:
        file.write(changed.file.raw)
    anew = written_anew(changed)
    assert reach(anew, read_events(anew)[::-1]) == 1
    planned = plan_undo(anew)
    assert meaning(planned.raw.decode()).users["dev"].body == {"username": "eng"}


def test_a_file_that_was_made_and_written_anew_goes(place, tmp_path):
    made = BY_HAND.replace("username: dev", 'username: "two\\n  lines"')
    first = apply(place(None), made)
    second = apply(first, made.replace("two", "three"))
    assert all(each.meaning for each in read_events(second))
    with open(second.path, "a") as file:
        file.write("# by somebody\n")
    anew = second.again()
    assert plan_undo(anew).raw is not None
    planned, _ = taken_back(anew, 1)

    assert (planned.raw, planned.exact) == (None, True)
    assert not (tmp_path / "config").exists()


@pytest.mark.parametrize("older", [True, False])
def test_a_kubectl_that_writes_preferences_or_leaves_them_out_changes_nothing(place, older):
    """kubectl before 1.35 writes empty ones; the bytes of before come back."""
    text = kubectls(BY_HAND)
    plain, empty = "kind: Config\n", "kind: Config\npreferences: {}\n"
    text = text if older else text.replace(plain, empty)
    live = apply(place(text), BY_HAND.replace("username: dev", "username: ops"))
    assert (empty in live.file.raw.decode()) != older
    _, after = taken_back(change(live, *((plain, empty) if older else (empty, plain))))

    assert after.file.raw == text.encode()


def test_a_lock_is_broken_where_that_is_asked_alone(place, monkeypatch):
    asked = []

    @contextmanager
    def locked(paths, *, break_lock):
        asked.append((paths, break_lock))
        yield

    monkeypatch.setattr(module, "locked", locked)
    live = apply(place(BY_HAND), BY_HAND.replace("username: dev", "username: ops"))
    undo(plan_undo(live), live)
    again = apply(live, BY_HAND.replace("username: dev", "username: sre"))
    undo(plan_undo(again), again, break_lock=True)

    assert asked == [([live.path], False), ([live.path], True)]


def test_what_others_wrote_anew_and_changed_is_left(place):
    live = apply(place(BY_HAND), BY_HAND.replace("username: dev", "username: ops"))
    with open(live.path, "w") as file:
        file.write(kubectls(live.file.raw.decode()).replace("https://a", "https://b"))

    with pytest.raises(ConflictError):
        plan_undo(live.again())


SECRET = BY_HAND.replace("username: dev", "token: plum-4f1d")


def test_a_secret_comes_back_out_of_the_keyring(place, keyring):
    live = apply(place(SECRET), BY_HAND)
    assert "plum" not in json.dumps([each.pieces for each in read_events(live)])
    planned, after = taken_back(live)

    assert planned.secrets == ("user/dev",)
    assert "plum" not in repr(planned)
    assert after.file.raw == SECRET.encode()


@pytest.mark.parametrize(
    ("raised", "said", "hint"),
    [
        (SecretNotFound("x"), "the keyring no longer has the secret of user/dev", "change the spec and apply it"),
        (SecretError("it is locked", hint="h"), "the secret of user/dev cannot be read: it is locked", "h"),
        (None, "keyring item 'kcfg/acme/history/1' is of something else", "change the spec and apply it"),
    ],
)
def test_without_its_secret_nothing_is_taken_back(place, keyring, monkeypatch, raised, said, hint):
    live = apply(place(SECRET), BY_HAND)

    def read(name, environ):
        if raised:
            raise raised
        return Secret("[]")

    monkeypatch.setattr(module, "read_kept", read)
    with pytest.raises(ConflictError) as caught:
        plan_undo(live)
    assert caught.value.message == f"event 1 cannot be taken back: {said}"
    assert caught.value.hint == hint
    assert reach(live, read_events(live)[::-1]) == 1


def test_what_was_kept_nowhere_is_told_with_its_entry(place, monkeypatch):
    def fail(*args):
        raise SecretError("no keyring")

    monkeypatch.setattr(write, "keep", fail)
    live = apply(place(SECRET), BY_HAND)
    with pytest.raises(ConflictError) as caught:
        plan_undo(live)
    assert "a secret of user/dev, and kcfg keeps no copy" in caught.value.message
    assert caught.value.hint == "change the spec and apply it"
    assert reach(live, read_events(live)[::-1]) == 1


def test_a_change_between_the_look_and_the_write_is_seen(place):
    live = apply(place(BY_HAND), BY_HAND.replace("username: dev", "username: ops"))
    planned = plan_undo(live)
    changed = change(live, "# mine", "# ours")
    with pytest.raises(StaleError, match="nothing was taken back"):
        undo(planned, live)
    assert live.again().file.raw == changed.file.raw


def test_a_record_whose_pieces_do_not_fit_is_damaged(place):
    live = apply(place(BY_HAND), BY_HAND.replace("username: dev", "username: ops"))
    (event,) = read_events(live)
    for pieces in ([[0, 10_000, "x"]], [[0, 0, "x"]]):
        add_event(live, replace(event, pieces=pieces))
        with pytest.raises(KcfgError, match="the record of event 1 is damaged"):
            plan_undo(live)
