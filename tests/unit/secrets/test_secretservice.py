"""One item of the Secret Service: which calls are made, what their answers mean; a bus of the test's own gives them."""

import pytest
from fake_bus import fake_bus, fields_of

from kcfg.errors import SecretError
from kcfg.secrets.secret import MAX_BYTES
from kcfg.secrets.secretservice import bus_addresses, check_present, check_unlocked, read_secret

GONE = "org.freedesktop.Secret.Error.NoSuchObject"
SESSION = "/session/7"
FOUND = {
    "Hello": [("s", (":1.5",))],
    "ReadAlias": [("o", ("/collection/login",))],
    "OpenSession": [("vo", (("s", ""), SESSION))],
    "SearchItems": [("ao", (["/item/1", "/item/2"],))],
    "GetSecret": [("(oayays)", ((SESSION, b"iv", b"plum", "text/plain"),))],
    "Get": [("v", (("b", False),))],
}
NONE = {**FOUND, "SearchItems": [("ao", ([],))]}
LOCKED = [("v", (("b", True),))]


def value(raw):
    return [("(oayays)", ((SESSION, b"", raw, "text/plain"),))]


def read(bus):
    return read_secret("kcfg/acme/ci", "kcfg", bus.environ, seconds=60.0)


def made(bus, member):
    return [each for each in bus.calls if fields_of(each)["member"] == member]


@pytest.mark.parametrize("big", [False, True])
def test_the_first_item_of_that_name_is_read_and_nothing_is_unlocked(big):
    with fake_bus(FOUND, big=big) as bus:
        assert read(bus).reveal() == "plum"

        assert [fields_of(each)["member"] for each in bus.calls] == [
            "Hello", "ReadAlias", "OpenSession", "SearchItems", "GetSecret"
        ]  # fmt: skip
        assert [fields_of(each)["path"] for each in bus.calls[1:]] == [
            "/org/freedesktop/secrets", "/org/freedesktop/secrets", "/collection/login", "/item/1"
        ]  # fmt: skip
        assert [each.body for each in bus.calls] == [
            (), ("default",), ("plain", ("s", "")), ({"username": "kcfg", "service": "kcfg/acme/ci"},), (SESSION,)
        ]  # fmt: skip


def test_a_race_of_the_first_call_is_asked_again():
    with fake_bus({**FOUND, "ReadAlias": [("o", ("/",)), ("o", ("/collection/login",))]}) as bus:
        assert read(bus).reveal() == "plum"
        assert len(made(bus, "ReadAlias")) == 2


def test_without_a_default_collection_one_has_to_be_made():
    with fake_bus({**FOUND, "ReadAlias": [("o", ("/",))]}) as bus:
        for ask in (lambda: read(bus), lambda: check_unlocked(bus.environ)):
            with pytest.raises(SecretError, match="no default collection") as caught:
                ask()
            assert caught.value.hint == "make one: kcfg secret unlock"
        check_present(bus.environ)


def test_nothing_found_is_none_where_the_keyring_is_open():
    with fake_bus(NONE) as bus:
        assert read(bus) is None
        assert [each.body for each in made(bus, "Get")] == [("org.freedesktop.Secret.Collection", "Locked")]
        assert fields_of(made(bus, "Get")[0])["path"] == "/collection/login"
        check_unlocked(bus.environ)
    with fake_bus({**NONE, "Get": LOCKED}) as bus:
        for ask in (lambda: read(bus), lambda: check_unlocked(bus.environ)):
            with pytest.raises(SecretError, match="the keyring is locked") as caught:
                ask()
            assert caught.value.hint == "unlock it: kcfg secret unlock"


def test_an_item_that_goes_while_it_is_read_is_looked_for_again():
    with fake_bus({**FOUND, "GetSecret": [GONE, *FOUND["GetSecret"]]}) as bus:
        assert read(bus).reveal() == "plum"
        assert len(made(bus, "SearchItems")) == 2
    for error in (GONE, "org.freedesktop.DBus.Error.UnknownObject", "org.freedesktop.DBus.Error.UnknownMethod"):
        with fake_bus({**FOUND, "GetSecret": [error]}) as bus:
            assert read(bus) is None
            assert len(made(bus, "GetSecret")) == 5


@pytest.mark.parametrize("member", ["Hello", "ReadAlias", "OpenSession", "SearchItems", "GetSecret", "Get"])
@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("org.freedesktop.DBus.Error.ServiceUnknown", "no Secret Service on the session bus"),
        ("org.freedesktop.DBus.Error.NameHasNoOwner", "no Secret Service on the session bus"),
        ("org.freedesktop.Secret.Error.IsLocked", "the keyring is locked"),
        ("org.freedesktop.DBus.Error.AccessDenied", "the keyring refused (AccessDenied)"),
    ],
)
def test_a_refusal_of_any_call_is_told(member, error, said):
    with fake_bus({**(NONE if member == "Get" else FOUND), member: [error]}) as bus:
        with pytest.raises(SecretError) as caught:
            read(bus)
        assert caught.value.message == said
        assert caught.value.hint


def test_as_much_as_a_secret_may_have_is_taken_and_no_more():
    with fake_bus({**FOUND, "GetSecret": value(b"k" * MAX_BYTES)}) as bus:
        assert len(read(bus).reveal()) == MAX_BYTES
    large = {**FOUND, "GetSecret": value(b"k" * (MAX_BYTES + 1))}
    with fake_bus(large) as bus, pytest.raises(SecretError, match="'kcfg/acme/ci' is larger than 64 KiB"):
        read(bus)


def test_what_is_no_text_is_refused_and_not_quoted():
    with fake_bus({**FOUND, "GetSecret": value(b"\xff")}) as bus, pytest.raises(SecretError) as caught:
        read(bus)

    assert caught.value.message == "keyring item 'kcfg/acme/ci' is not UTF-8 text"
    assert caught.value.__context__ is None


@pytest.mark.parametrize("ask", [read, lambda bus: check_unlocked(bus.environ), lambda bus: check_present(bus.environ)])
def test_each_hangs_up(ask, monkeypatch):
    from kcfg.secrets import secretservice

    closed = []
    monkeypatch.setattr(secretservice.Connection, "close", lambda self: closed.append(self._socket.close()))
    with fake_bus(FOUND) as bus:
        ask(bus)
    with fake_bus({**FOUND, "ReadAlias": ["a.Refusal"]}) as bus, pytest.raises(SecretError):
        ask(bus)
    assert len(closed) == 2


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("unix:path=/a/bus", ["/a/bus"]),
        ("unix:path=/a/bus,guid=0123", ["/a/bus"]),
        ("unix:guid=0123,path=/a%20b%2fc", ["/a b/c"]),
        ("unix:abstract=/tmp/x", ["\0/tmp/x"]),
        ("tcp:host=h;unix:path=/a;unix:abstract=b", ["/a", "\0b"]),
        ("unix:runtime=yes", ["/run/user/7/bus"]),
        ("unix:path=/é%c3%a9%ff", ["/éé\udcff"]),
    ],
)
def test_addresses_of_unix_sockets(address, found):
    assert bus_addresses({"DBUS_SESSION_BUS_ADDRESS": address, "XDG_RUNTIME_DIR": "/run/user/7"}) == found


def test_without_an_address_the_bus_of_the_runtime_folder():
    assert bus_addresses({"XDG_RUNTIME_DIR": "/run/user/7"}) == ["/run/user/7/bus"]
    assert bus_addresses({}) == bus_addresses({"DBUS_SESSION_BUS_ADDRESS": "", "XDG_RUNTIME_DIR": ""}) == []


@pytest.mark.parametrize("address", ["tcp:path=/a", "unix:guid=1", "x", "unix:runtime=yes"])
def test_an_address_without_a_socket_is_refused(address):
    with pytest.raises(SecretError, match="names no Unix socket"):
        bus_addresses({"DBUS_SESSION_BUS_ADDRESS": address})


@pytest.mark.parametrize("address", ["unix:path=/a%2", "unix:path=/a%zz"])
def test_a_broken_escape_is_refused(address):
    with pytest.raises(SecretError, match="broken % escape") as caught:
        bus_addresses({"DBUS_SESSION_BUS_ADDRESS": address})
    assert caught.value.__suppress_context__
