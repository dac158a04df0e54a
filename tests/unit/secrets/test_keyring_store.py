"""Items of the keyring as a store: which item a reference is, what is written and read back, what is not ours."""

import pytest

from kcfg.errors import SecretError, SecretNotFound
from kcfg.secrets import keyring, library, secretservice
from kcfg.secrets.keyring import KeyringStore, service_name, unlock
from kcfg.secrets.ref import SecretRef
from kcfg.secrets.secret import Secret
from kcfg.secrets.stores import Settings

REF = SecretRef("ci-bot/token")
THEIRS = SecretRef(store="", service="S", username="U")
ITEM = ("kcfg/acme/ci-bot/token", "kcfg")


class Items:
    """What the library and the service keep, in one dict; `hidden` is what another tool's item answers before ours."""

    def __init__(self):
        self.kept, self.hidden, self.calls, self.locked = {}, {}, [], False

    def set(self, service, username, value):
        self.calls.append(("set", service, username))
        self.kept[service, username] = value

    def delete(self, service, username):
        self.calls.append(("delete", service, username))
        return self.kept.pop((service, username), None) is not None

    def get(self, service, username):
        return self.hidden.get((service, username), self.kept.get((service, username)))

    def keep_only(self, service, username, value):
        self.calls.append(("keep only", service, username))
        self.hidden.clear()

    def unlock(self):
        self.calls.append(("unlock",))

    def read_secret(self, service, username, environ):
        value = self.get(service, username)
        return None if value is None else Secret(value)

    def check_unlocked(self, environ):
        self.calls.append(("is it open",))
        if self.locked:
            raise SecretError("the keyring is locked")


@pytest.fixture
def items(monkeypatch):
    made = Items()
    monkeypatch.setattr(library, "Library", lambda environ: made)
    for name in ("read_secret", "check_unlocked"):
        monkeypatch.setattr(secretservice, name, getattr(made, name))
    monkeypatch.setattr(secretservice, "check_present", lambda environ: made.calls.append(("is it there",)))
    return made


@pytest.fixture
def store(tmp_path, items):
    return KeyringStore("acme", {"XDG_STATE_HOME": str(tmp_path / "state")})


def test_what_is_written_is_asked_for_first_and_read_back(store, items):
    store.write(REF, Secret("plum"))

    assert items.calls == [("is it open",), ("set", *ITEM)]
    assert items.kept == {ITEM: "plum"}
    assert store.read(REF).reveal() == "plum"
    assert store.describe(REF) == "keyring item 'kcfg/acme/ci-bot/token'"
    store.delete(REF)
    assert items.kept == {}
    for missing in (store.read, store.delete):
        with pytest.raises(SecretNotFound, match="no keyring item 'kcfg/acme/ci-bot/token'"):
            missing(REF)


def test_an_item_of_others_with_the_same_name_goes(store, items):
    items.hidden[ITEM] = "theirs"
    store.write(REF, Secret("plum"))

    assert items.calls[1:] == [("set", *ITEM), ("keep only", *ITEM)]
    assert store.read(REF).reveal() == "plum"


def test_what_does_not_read_back_is_told_and_not_quoted(store, items, monkeypatch):
    items.hidden[ITEM] = "theirs"
    monkeypatch.setattr(items, "keep_only", lambda *item: None)
    with pytest.raises(SecretError) as caught:
        store.write(REF, Secret("plum"))

    assert caught.value.message == "keyring item 'kcfg/acme/ci-bot/token' does not read back as it was stored"


def test_nothing_is_asked_of_a_locked_keyring(store, items):
    items.locked = True
    for refused in (lambda: store.write(REF, Secret("plum")), lambda: store.delete(REF), store.require_open):
        with pytest.raises(SecretError, match="locked"):
            refused()

    assert {*items.calls} == {("is it open",)}


def test_what_no_store_keeps_is_refused_before_that(store, items):
    with pytest.raises(SecretError, match="empty"):
        store.write(REF, Secret(""))

    assert items.calls == []


def test_items_of_another_tool_are_read_and_left(store, items):
    items.kept["S", "U"] = "theirs"

    assert store.read(THEIRS).reveal() == "theirs"
    assert store.describe(THEIRS) == "keyring item 'S'"
    for refused in (lambda: store.write(THEIRS, Secret("x")), lambda: store.delete(THEIRS)):
        with pytest.raises(SecretError, match="'S' belongs to another tool"):
            refused()
    assert items.calls == []


@pytest.mark.parametrize(
    ("service", "hint"),
    [
        ("kcfg/acme/ci-bot/token", "store it: kcfg secret set ci-bot/token"),
        ("kcfg/acme", "it belongs to another tool: store it with that one"),
        ("other/acme/ci", "it belongs to another tool: store it with that one"),
    ],
)
def test_what_is_missing_is_told_with_who_stores_it(items, service, hint):
    with pytest.raises(SecretNotFound) as caught:
        keyring.read_at({"--keyring": service}, {})
    assert caught.value.hint == hint


def test_the_arguments_of_kcfgs_items_and_of_others(items):
    assert keyring.place(REF, "acme", {}) == ["--keyring", "kcfg/acme/ci-bot/token"]
    assert keyring.place(THEIRS, "acme", {}) == ["--keyring", "S", "--username", "U"]
    assert keyring.place(SecretRef(service="S", username="kcfg"), "acme", {}) == ["--keyring", "S"]
    items.kept |= {("S", "U"): "one", ("S", "kcfg"): "two"}
    assert keyring.read_at({"--keyring": "S", "--username": "U"}, {}).reveal() == "one"
    assert keyring.read_at({"--keyring": "S"}, {}).reveal() == "two"
    assert keyring.key_at("kcfg/acme/ci-bot/token", "acme", {}) == "ci-bot/token"
    assert service_name("acme", "a/b") == "kcfg/acme/a/b"
    assert keyring.settings_at("S", []) == keyring.new_settings("acme") == {}


def test_a_lead_needs_nobodys_yes():
    lead = keyring.lead(REF, "acme", {})

    assert (lead.kind, lead.name, lead.shown, lead.asks) == (
        "keyring", "kcfg/acme/ci-bot/token", "secret ci-bot/token", False
    )  # fmt: skip
    assert keyring.is_there(REF, {}) is None
    assert (keyring.WRITABLE, keyring.RECORDED, keyring.backend()) == (True, False, "SecretService")


def test_a_declaration_is_the_specs_own(items, tmp_path):
    store = keyring.open(Settings({}, spec_name="prod", environ={"XDG_STATE_HOME": str(tmp_path)}))
    store.write(REF, Secret("plum"))

    assert items.kept == {("kcfg/prod/ci-bot/token", "kcfg"): "plum"}


def test_unlock_asks_whether_one_is_there_and_whether_it_is_open_now(items):
    unlock({})
    assert items.calls == [("is it there",), ("unlock",), ("is it open",)]
    items.locked = True
    with pytest.raises(SecretError) as caught:
        unlock({})
    assert caught.value.message == "the keyring stays locked (the keyring is locked)"
    assert "gnome-keyring-daemon" in caught.value.hint


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_elsewhere_the_library_reads_and_nothing_is_asked_before(store, items, monkeypatch, platform):
    monkeypatch.setattr(keyring.sys, "platform", platform)
    monkeypatch.delattr(secretservice, "read_secret")
    monkeypatch.delattr(secretservice, "check_unlocked")
    store.write(REF, Secret("plum" * 1000))

    assert store.read(REF).reveal() == "plum" * 1000
    assert (len(items.kept) > 1) == (platform == "win32")
    unlock({})
    assert ("unlock",) not in items.calls
    with pytest.raises(SecretNotFound):
        store.read(SecretRef("none"))
