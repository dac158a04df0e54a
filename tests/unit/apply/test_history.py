"""Records of what was applied: which are sound, which can be taken back, what only the keyring may keep of them."""

import json
import os

import pytest

from kcfg.apply import history
from kcfg.apply.history import (
    Event,
    add_event,
    clear_events,
    drop_event,
    left_over,
    next_id,
    pieces_of,
    places_before,
    read_events,
    read_ids,
    record_rows,
    standing,
    sweep,
    way_back,
    with_hidden,
)
from kcfg.apply.live import open_live
from kcfg.apply.reverse import reverse_pieces
from kcfg.dataclass import asdict, replace
from kcfg.errors import SecretError
from kcfg.kubeconfig.applied import Applied, Record
from kcfg.kubeconfig.plan import Change, Plan
from kcfg.secrets.secret import Secret
from kcfg.state import state_path, write_state

OPEN = b"users:\n- {name: dev, user: {username: dev}}\ncontexts: []\n"
SECRET = b"users:\n- {name: dev, user: {token: plum-4f1d}}\ncontexts: []\n"


@pytest.fixture
def place(tmp_path):
    """place(raw): a file with these bytes, or none, and an own memory of it."""

    def make(raw=OPEN):
        path = tmp_path / "config"
        if raw is not None:
            path.write_bytes(raw)
        return open_live(str(path), {"XDG_STATE_HOME": str(tmp_path / "state")})

    return make


def event(number, **more):
    known = {"time": "t", "spec": "acme", "environment": None, "changes": [], "before": "b", "after": "a", "pieces": []}
    return Event(id=number, **{**known, **more})


def test_records_come_back_as_they_were_oldest_first(place):
    live = place()
    whole = event(
        10, environment="ci", changes=["x"], pieces=[(1, 2, "was"), (3, 4, None)], secrets=["user/dev"], undoes=2,
        records=[["users", "dev", "acme", "d", "r"], ["users", "ops", None, None]], item="kcfg/acme/history/1",
        current="dev", meaning="m", bodies=[["users", "dev", {"token": "x"}]],
    )  # fmt: skip
    add_event(live, whole)
    add_event(live, event(9))

    first, second = read_events(live)
    assert (first, read_ids(live)) == (event(9), [9, 10])
    assert asdict(second) == json.loads(json.dumps(asdict(whole)))
    assert next_id(live) == 11


DAMAGE = [
    {"id": "1"}, {"id": True}, {"time": 1}, {"spec": None}, {"before": None}, {"after": 1}, {"item": None},
    {"meaning": 1}, {"environment": 1}, {"current": 1}, {"changes": "x"}, {"changes": [1]}, {"secrets": None},
    {"secrets": [None]}, {"undoes": "1"}, {"undoes": False}, {"pieces": {}}, {"pieces": [[1, 2]]},
    {"pieces": [[1, 2, "a", "b"]]}, {"pieces": [["1", 2, "a"]]}, {"pieces": [[1, "2", "a"]]},
    {"pieces": [[1, True, "a"]]}, {"pieces": [[1, 2, 3]]}, {"pieces": ["abc"]}, {"records": None},
    {"records": [["users", "dev", None]]}, {"records": ["abcd"]}, {"records": [["users", "dev", "s", 1]]},
    {"bodies": None}, {"bodies": [["users", "dev"]]}, {"bodies": ["abc"]}, {"unknown": 1},
]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE, ids=str)
def test_a_damaged_record_is_none(place, damage):
    live = place()
    add_event(live, event(1))
    write_state(f"history/{live.identity}/2", {**asdict(event(2)), **damage}, live.environ)

    assert read_events(live) == [event(1)]
    assert next_id(live) == 3


@pytest.mark.parametrize("sound", [{"pieces": None}, {"undoes": 1}, {"bodies": [["users", "dev", None, "more"]]},
                                   {"records": [["users", "dev", "s", "d", "rest"]]}])  # fmt: skip
def test_a_sound_record_is_one(place, sound):
    live = place()
    add_event(live, event(1, **sound))

    assert read_events(live) == [event(1, **sound)]


def test_what_else_lies_there_is_no_record(place):
    live = place()
    assert (read_ids(live), next_id(live)) == ([], 1)
    add_event(live, event(3))
    for name in ("x.json", ".4.json.kcfg-1", "journal"):
        with open(os.path.join(os.path.dirname(state_path(f"history/{live.identity}/3", live.environ)), name), "w"):
            pass

    assert read_ids(live) == [3]


def test_the_record_of_a_write_that_was_never_made_is_none(place):
    live = place()
    live.remember(Applied(b"salt"), writing=2)
    add_event(live, event(1))
    add_event(live, event(2, before=live.digest(OPEN)))
    assert read_events(live) == [event(1)]
    assert next_id(live) == 2

    add_event(live, event(2, before="another"))
    assert len(read_events(live)) == 2
    assert next_id(live) == 3


def test_a_hundred_records_are_kept(place):
    live = place()
    for number in range(1, 103):
        add_event(live, event(number))

    assert read_ids(live) == [*range(3, 103)]
    drop_event(live, 50)
    drop_event(live, 50)
    assert 50 not in read_ids(live)
    assert len(read_ids(live)) == 99


def test_what_was_taken_back_and_what_came_after_it_is_over():
    events = [event(1), event(2), event(3), event(4, undoes=2), event(5), event(6, undoes=5), event(7)]

    assert [each.id for each in standing(events)] == [1, 7]
    assert standing([]) == []
    assert [each.id for each in standing(events[:3])] == [1, 2, 3]


@pytest.fixture
def keyring(monkeypatch):
    """The names of items that are kept, and those that went."""
    names, gone = [], []
    monkeypatch.setattr(history, "kept_names", lambda live: names)
    monkeypatch.setattr(history, "forget", lambda name, environ: gone.append(name))
    monkeypatch.setattr(history, "require_open", lambda environ: gone.append("is it open"))
    return names, gone


def test_items_that_no_record_needs_are_left_over(place, keyring):
    live, (names, gone) = place(), keyring
    assert left_over(live) == []
    names += ["one", "two", "three"]
    add_event(live, event(1, item="one"))
    add_event(live, event(2))
    add_event(live, event(3, item="three"))
    assert left_over(live) == ["two"]
    add_event(live, event(4, undoes=2))
    assert left_over(live) == ["two", "three"]
    sweep(live)
    assert gone == ["two", "three"]


def test_twenty_items_are_kept_the_newest(place, keyring):
    live, (names, _) = place(), keyring
    for number in range(1, 23):
        names.append(f"item-{number}")
        add_event(live, event(number, item=f"item-{number}"))

    assert left_over(live) == ["item-1", "item-2"]


def test_a_keyring_that_is_locked_is_swept_another_time(place, keyring, monkeypatch):
    live, (names, _) = place(), keyring
    names.append("one")

    def fail(name, environ):
        raise SecretError("locked")

    monkeypatch.setattr(history, "forget", fail)
    sweep(live)
    assert left_over(live) == ["one"]


def test_everything_is_forgotten_items_first(place, keyring):
    live, (names, gone) = place(), keyring
    add_event(live, event(1))
    clear_events(live)
    assert (read_ids(live), gone) == ([], [])
    add_event(live, event(1, item="one"))
    names += ["one", "two"]
    clear_events(live)
    assert (read_ids(live), gone) == ([], ["is it open", "one", "two"])


def plan_of(before, after):
    return Plan((Change("users", "dev", "update", before=before, after=after),), spec="acme")


def test_without_a_secret_the_way_back_is_in_the_record(place):
    live, after = place(), OPEN.replace(b"username: dev", b"username: ops")
    way = way_back(plan_of({"username": "dev"}, {"username": "ops"}), live, after)

    assert (way.hidden, way.secrets) == (None, [])
    assert way.kept["pieces"] == [(start, end, was.decode()) for start, end, was in reverse_pieces(OPEN, after)]
    assert way.kept["bodies"] == [["users", "dev", {"username": "dev"}]]
    assert (way.kept["current"], len(way.kept["meaning"])) == ("", 32)


def test_what_holds_a_secret_is_in_the_keyring_alone(place):
    live, after = place(SECRET), SECRET.replace(b"plum-4f1d", b"pear-0000").replace(b"contexts: []", b"contexts:")
    way = way_back(plan_of({"token": "plum-4f1d"}, {"token": "pear-0000"}), live, after)
    pieces = reverse_pieces(SECRET, after)

    assert way.secrets == ["user/dev"]
    assert "plum" not in json.dumps(way.kept)
    assert "bodies" not in way.kept
    assert [row[:2] for row in way.kept["pieces"]] == [each[:2] for each in pieces]
    assert [row[2] for row in way.kept["pieces"]].count(None) >= 1
    hidden = json.loads(way.hidden.reveal())
    assert hidden["of"] == [live.digest(SECRET), live.digest(after)]
    assert hidden["bodies"] == [["users", "dev", {"token": "plum-4f1d"}]]
    found = with_hidden(event(1, before=hidden["of"][0], after=hidden["of"][1], **way.kept), way.hidden)
    assert pieces_of(found) == pieces
    assert found.bodies == hidden["bodies"]


def test_kubectls_own_form_needs_no_bodies(place):
    text = b"apiVersion: v1\nclusters: null\ncontexts: null\ncurrent-context: dev\nkind: Config\nusers: null\n"
    live = place(text)
    way = way_back(Plan(()), live, text.replace(b"dev", b"ops"))

    assert {**way.kept, "pieces": []} == {"pieces": [], "current": "ops"}


def test_a_file_that_was_not_there_has_a_way_back(place):
    way = way_back(Plan(()), place(None), b"contexts: []\n")

    assert way.kept["pieces"] == [(0, 13, "")]


def test_bytes_that_are_no_text_come_back():
    rows = [(0, 1, b"\xff\xfe".decode("utf-8", "surrogateescape")), (2, 3, None)]

    assert pieces_of(event(1, pieces=rows)) == [(0, 1, b"\xff\xfe"), (2, 3, b"")]
    assert pieces_of(event(1, pieces=None)) == []


def test_pieces_in_the_text_before():
    assert places_before([(2, 5, b"x"), (7, 7, b"yyy"), (9, 10, b"")]) == [(2, 3), (5, 8), (10, 10)]


KEPT = event(1, pieces=[(0, 1, None), (2, 3, "open"), (4, 5, None)], bodies=[["old"]])


def test_what_the_keyring_kept_fills_the_gaps_in_order():
    texts = {"of": ["b", "a"], "pieces": ["one", "two"], "bodies": []}
    filled = replace(KEPT, pieces=[(0, 1, "one"), (2, 3, "open"), (4, 5, "two")])

    assert with_hidden(KEPT, Secret(json.dumps(texts))) == filled
    assert with_hidden(KEPT, Secret(json.dumps({**texts, "bodies": [["new"]]}))).bodies == [["new"]]
    del texts["of"]  # an item of the first release
    assert with_hidden(KEPT, Secret(json.dumps(texts))) == filled


@pytest.mark.parametrize(
    "text",
    [
        '{"of": ["b", "c"], "pieces": ["one", "two"], "bodies": []}',
        '{"of": ["b", "a"], "pieces": ["one"], "bodies": []}',
        '{"of": ["b", "a"], "bodies": []}',
        '{"of": ["b", "a"], "pieces": ["one", "two"]}',
        '{"pieces": 5, "bodies": []}',
        "[]",
        "5",
    ],
)
def test_what_belongs_to_another_record_is_refused(text):
    with pytest.raises(ValueError, match="of another record"):
        with_hidden(KEPT, Secret(text))


def test_rows_of_what_differs():
    one, other = Record("acme", "1", "r"), Record("acme", "2")
    before = {("users", "same"): one, ("users", "went"): one, ("users", "changed"): other}
    after = {("users", "same"): one, ("users", "came"): one, ("users", "changed"): one}

    assert record_rows(before, after) == [
        ["users", "came", None, None], ["users", "changed", "acme", "2", ""], ["users", "went", "acme", "1", "r"]
    ]  # fmt: skip


def test_records_say_nothing_of_secrets_when_they_are_shown(place):
    way = way_back(plan_of({"token": "plum"}, {"token": "pear"}), place(SECRET), OPEN)

    assert "plum" not in repr(way)
    with pytest.raises(AttributeError):
        way.kept = {}
