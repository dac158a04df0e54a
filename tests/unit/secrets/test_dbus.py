"""The little of D-Bus: what is sent is read by jeepney, what jeepney writes is read; what is neither is refused."""

import os
import socket
import types

import pytest
from fake_bus import fake_bus, fields_of
from jeepney import MessageFlag, MessageType, Parser

from kcfg.errors import SecretError
from kcfg.secrets.dbus import MAX_MESSAGE, Call, Connection, Reader, pairs, text

WHERE = ("a.destination", "/a/path", "an.Interface")
PING = Call(WHERE, "Ping", "s", text("hello"))


def ask(bus, *calls, seconds=60.0):
    connection = Connection([bus.address], seconds=seconds)
    try:
        return connection.call(*calls)
    finally:
        connection.close()


def words(count):
    return {f"{'k' * at}": "v" * (at * 3 % 7) for at in range(count)}


@pytest.mark.parametrize("count", range(9))
def test_what_is_marshalled_is_read_by_others(count):
    values = words(count)
    sent = Call(WHERE, "M" + "m" * count, "a{ss}", pairs(values)).marshal(70_000 + count)
    parser = Parser()
    parser.add_data(sent)
    message = parser.get_next_message()

    assert message.body == (values,)
    assert (message.header.serial, message.header.message_type) == (70_000 + count, MessageType.method_call)
    assert message.header.flags == MessageFlag.no_auto_start
    assert fields_of(message) == {
        "path": "/a/path", "interface": "an.Interface", "member": "M" + "m" * count, "destination": "a.destination",
        "signature": "a{ss}",
    }  # fmt: skip


@pytest.mark.parametrize("big", [False, True])
def test_answers_come_in_the_order_of_the_calls_whatever_their_byte_order(big):
    answers = {"Ping": [("s", ("pong",)), ("ay", (b"raw",)), ("u", (1 << 31,)), ("g", ("a{ss}",)), "an.Error"]}
    with fake_bus(answers, big=big) as bus:
        first, second, third, fourth, fifth = ask(bus, *[PING] * 5)

        assert first.body.text() == "pong"
        assert second.body.blob() == b"raw"
        assert third.body.u32() == 1 << 31
        assert fourth.body.signature() == "a{ss}"
        assert [each.error for each in (first, second, third, fourth, fifth)] == ["", "", "", "", "an.Error"]
        assert [each.body for each in bus.calls] == [("hello",)] * 5
        assert [each.header.serial for each in bus.calls] == [1, 2, 3, 4, 5]


def test_one_greets_once_as_oneself():
    with fake_bus({"Ping": [("s", ("pong",))]}) as bus:
        connection = Connection([bus.address], seconds=60.0)
        assert [connection.call(PING)[0].body.text() for _ in range(3)] == ["pong"] * 3
        connection.close()

        assert bus.said == b"\0AUTH EXTERNAL " + str(os.geteuid()).encode().hex().encode() + b"\r\n"
        assert [each.header.serial for each in bus.calls] == [1, 2, 3]


def test_what_answers_nothing_is_passed_over():
    from jeepney import DBusAddress, new_method_call, new_method_return, new_signal

    place = DBusAddress("/a", bus_name="a.b", interface="a.B")
    signal = new_signal(place, "Changed", "s", ("x",)).serialise(serial=7)
    asked = new_method_call(place, "Other").serialise(serial=9)
    parser = Parser()
    parser.add_data(asked)
    stray = new_method_return(parser.get_next_message(), "s", ("stray",)).serialise(serial=8)
    with fake_bus({"Ping": [("s", ("pong",))]}, before=signal + stray) as bus:
        assert ask(bus, PING)[0].body.text() == "pong"


def test_what_is_large_is_read_and_what_is_larger_is_not():
    with fake_bus({"Ping": [("ay", (b"x" * (MAX_MESSAGE - 500),))]}) as bus:
        assert len(ask(bus, PING)[0].body.blob()) == MAX_MESSAGE - 500
    with fake_bus({"Ping": [("ay", (b"x" * MAX_MESSAGE,))]}) as bus, pytest.raises(SecretError, match="too large"):
        ask(bus, PING)


@pytest.mark.parametrize(
    ("greeting", "said"),
    [
        (b"REJECTED EXTERNAL\r\n", "the session bus belongs to another user"),
        (b"OKAY\r\n", "the session bus belongs to another user"),
        (b"x" * 600, "what listens at the session bus's address is no D-Bus"),
    ],
)
def test_who_does_not_greet_back_is_not_spoken_to(greeting, said):
    with fake_bus({}, greeting=greeting) as bus, pytest.raises(SecretError) as caught:
        ask(bus, PING)
    assert caught.value.message == said


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "the session bus closed the connection"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "the keyring's answer is too large to be a secret"),
        (b"x\2\0\1" + bytes(12), "the keyring's answer is too large to be a secret"),
        (b"l\2\0\1" + bytes(8) + b"\4\0\0\0" + b"\5\1u\0" + bytes(4), "the session bus sent a message that cannot be"),
    ],
)
def test_what_is_no_answer_is_refused(answer, said):
    with fake_bus({"Ping": [answer]}) as bus, pytest.raises(SecretError) as caught:
        ask(bus, PING)
    assert caught.value.message.startswith(said)


def test_nothing_is_read_beyond_the_end():
    reader = Reader(b"\1\0\0\0x", "l")
    assert (reader.u32(), reader.at) == (1, 4)
    assert reader.take(1) == b"x"
    for read in (lambda: reader.take(1), reader.u32, reader.text, reader.blob, reader.signature):
        with pytest.raises(SecretError, match="cannot be understood"):
            read()
    padded = Reader(b"\1\0\0\0\2\0\0\0", "l")
    assert (padded.take(1), padded.take(4, 4), padded.at) == (b"\1", b"\2\0\0\0", 8)
    assert Reader(b"\0\0\0\1\xff\0", "B").text() == "\ufffd"


def test_a_bus_that_is_not_there_is_told_with_its_place(tmp_path):
    with pytest.raises(SecretError, match=r"no session bus \(DBUS_SESSION_BUS_ADDRESS is not set\)"):
        Connection([], seconds=60.0)
    path = str(tmp_path / "none")
    with pytest.raises(SecretError) as caught:
        Connection([path, "\0kcfg-nobody-is-here"], seconds=60.0)
    assert caught.value.message == f"no session bus ({path}: connection refused)"
    with pytest.raises(SecretError, match=r"no session bus \(@kcfg-nobody-is-here: connection refused\)"):
        Connection(["\0kcfg-nobody-is-here"], seconds=60.0)
    with fake_bus({"Ping": [("s", ("pong",))]}) as bus:
        connection = Connection([path, bus.address], seconds=60.0)
        assert connection.call(PING)[0].body.text() == "pong"
        connection.close()


@pytest.mark.parametrize("queue", [0, 1])
def test_who_does_not_answer_is_waited_for_until_the_deadline(queue):
    """In the first row the queue of the one who listens is full as well: the wait is for a place in it."""
    address = f"\0kcfg-silent-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as silent, socket.socket(socket.AF_UNIX) as other:
        silent.bind(address)
        silent.listen(queue)
        if not queue:
            other.connect(address)
        with pytest.raises(SecretError) as caught:
            ask(types.SimpleNamespace(address=address), PING, seconds=0.2)
    assert caught.value.message == "the keyring did not answer within 0.2 s"
    assert "prompt" in caught.value.hint
