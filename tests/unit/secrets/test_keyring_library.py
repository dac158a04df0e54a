"""Items through the library: a backend of the test's own answers, refuses, and does not end."""

import os
import threading

import pytest
from keyring.errors import InitError, KeyringLocked, PasswordDeleteError

from kcfg.errors import SecretError
from kcfg.secrets import library
from kcfg.secrets.library import Library, backend_name


class Backend:
    """Items by name, several of one name."""

    def __init__(self, **items):
        self.items = {(service, "kcfg"): list(values) for service, values in items.items()}
        self.asked = []

    def get_password(self, service, username):
        self.asked.append(os.environ.get("DBUS_SESSION_BUS_ADDRESS"))
        return next(iter(self.items.get((service, username), [])), None)

    def set_password(self, service, username, value):
        self.items[service, username] = [value]

    def delete_password(self, service, username):
        if not self.items.get((service, username)):
            raise PasswordDeleteError
        self.items[service, username].pop()


class Item:
    def __init__(self, value, collection):
        self.value, self.collection = value, collection

    def get_secret(self):
        return self.value.encode()

    def delete(self):
        self.collection.items.remove(self)


class Collection:
    """Of a Secret Service: it may have several items of one name."""

    def __init__(self, *values):
        self.items, self.connection, self.closed, self.searched = [], self, 0, None
        self.items += [Item(value, self) for value in values]

    def search_items(self, attributes):
        self.searched = attributes
        return iter(self.items)

    def close(self):
        self.closed += 1


@pytest.fixture
def use(monkeypatch):
    def give(backend):
        monkeypatch.setattr(library, "_backend", lambda: backend)
        return backend

    return give


def test_an_item_is_stored_read_and_deleted_with_all_its_copies(use):
    backend, items = use(Backend(many=["1", "2", "3"])), Library({})
    items.set("one", "kcfg", "plum")

    assert (items.get("one", "kcfg"), items.get("one", "other"), items.get("none", "kcfg")) == ("plum", None, None)
    assert [items.delete(name, "kcfg") for name in ("many", "one", "none", "many")] == [True, True, False, False]
    assert backend.items == {("one", "kcfg"): [], ("many", "kcfg"): []}


def test_what_is_no_text_is_nothing(use):
    use(Backend(one=[5]))

    assert Library({}).get("one", "kcfg") is None


def test_an_item_that_keeps_coming_back_is_given_up(use):
    deleted = []
    backend = use(Backend())
    backend.delete_password = lambda service, username: deleted.append(service)
    with pytest.raises(SecretError, match="'one' keeps coming back"):
        Library({}).delete("one", "kcfg")
    assert len(deleted) == 100


def test_others_of_one_name_go_where_there_can_be_several(use):
    collection = Collection("theirs", "ours", "older")
    backend = use(Backend())
    backend.get_preferred_collection = lambda: collection
    Library({}).keep_only("one", "kcfg", "ours")

    assert [each.value for each in collection.items] == ["ours"]
    assert (collection.searched, collection.closed) == ({"username": "kcfg", "service": "one"}, 1)
    Library({}).unlock()
    assert collection.closed == 2


def test_elsewhere_there_is_nothing_to_keep_or_to_open(use):
    backend = use(Backend(one=["theirs"]))
    Library({}).keep_only("one", "kcfg", "ours")
    Library({}).unlock()

    assert backend.items == {("one", "kcfg"): ["theirs"]}


def test_a_first_call_that_raced_is_made_once_more(use):
    backend, raised = use(Backend(one=["plum"])), []

    def get(service, username):
        raised.append(service)
        if len(raised) < times:
            raise InitError("race")
        return "plum"

    backend.get_password = get
    times = 2
    assert Library({}).get("one", "kcfg") == "plum"
    raised.clear()
    times = 3
    with pytest.raises(SecretError, match="the keyring is locked"):
        Library({}).get("one", "kcfg")
    assert len(raised) == 2


class Status(Exception):
    status = -25308


class Winerror(Exception):
    winerror = 1312


class Unknown(Exception):
    status = 5


@pytest.mark.parametrize(
    ("error", "said", "hint"),
    [
        (KeyringLocked("plum"), "the keyring is locked", "unlock it: kcfg secret unlock"),
        (SecretError("as it is", hint="h"), "as it is", "h"),
        (Status("plum"), "macOS refused without a window session", "security unlock-keychain, then try again"),
        (Winerror("plum"), "Windows has no credential set in this logon session (ssh?)", "use a console or RDP"),
        (Unknown("plum"), "the keyring refused (Unknown)", "secret store"),
        (ValueError("plum"), "the keyring refused (ValueError)", "secret store"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_refusal_is_told_by_its_kind_and_not_quoted(use, error, said, hint):
    backend = use(Backend())

    def fail(*args):
        raise error

    backend.set_password = fail
    with pytest.raises(SecretError) as caught:
        Library({}).set("one", "kcfg", "plum")
    assert caught.value.message == said
    assert hint in caught.value.hint
    assert error.__traceback__ is None or isinstance(error, SecretError)


def test_what_does_not_end_is_not_waited_for(use, monkeypatch):
    free = threading.Event()
    monkeypatch.setattr(library, "_PROMPT_SECONDS", 0.1)
    backend = use(Backend())
    backend.get_preferred_collection = lambda: free.wait(60)
    with pytest.raises(SecretError, match=r"did not answer within 0\.1 s"):
        Library({}).unlock()
    free.set()


def test_a_prompt_has_minutes_and_all_else_seconds(use, monkeypatch):
    waits = []
    monkeypatch.setattr(library, "_within", lambda seconds, action: waits.append(seconds))
    use(Backend())
    Library({}).get("one", "kcfg")
    Library({}).unlock()

    assert waits == [10.0, 180.0]


@pytest.mark.parametrize(
    ("environ", "seen"),
    [
        ({"DBUS_SESSION_BUS_ADDRESS": "unix:path=/a", "XDG_RUNTIME_DIR": "/run"}, "unix:path=/a"),
        ({"XDG_RUNTIME_DIR": "/run"}, "unix:path=/run/bus"),
        ({}, None),
    ],
)
@pytest.mark.parametrize("own", [None, "unix:path=/own"])
def test_it_finds_the_bus_that_kcfg_reads_from_and_leaves_the_environment(use, monkeypatch, environ, seen, own):
    if own:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", own)
    backend = use(Backend(one=["plum"]))
    Library(environ).get("one", "kcfg")

    assert backend.asked == [seen or own]
    assert os.environ.get("DBUS_SESSION_BUS_ADDRESS") == own


def test_the_backend_is_named_and_nothing_sets_its_attributes(monkeypatch):
    from keyring.backends.SecretService import Keyring

    monkeypatch.setenv("KEYRING_PROPERTY_APPID", "evil")
    monkeypatch.setattr(Keyring, "get_password", lambda self, service, username: f"{service} {vars(self)}")
    assert Library({}).get("one", "kcfg") == "one {}"
    monkeypatch.setattr(library.sys, "platform", "plan9")
    with pytest.raises(SecretError, match="no OS keyring on this platform"):
        Library({}).get("one", "kcfg")


def test_the_names_of_backends():
    assert [backend_name(each) for each in ("linux", "darwin", "win32", "plan9")] == [
        "SecretService", "macOS", "Windows", "none"
    ]  # fmt: skip
    assert backend_name() == "SecretService"
