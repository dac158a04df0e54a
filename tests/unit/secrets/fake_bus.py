"""A session bus of a test's own: jeepney takes the calls apart, and writes the answers that were laid down."""

import os
import socket
import threading
from contextlib import contextmanager, suppress
from itertools import count

from jeepney import Endianness, Parser, new_error, new_method_return

_numbers = count()


class FakeBus:
    """`answers`: member → what each call of it gets, the last one for ever: (signature, body), the name of an error, or
    bytes as they are. `calls` are the calls that came."""

    def __init__(self, answers, *, big=False, greeting=b"OK 0123456789abcdef\r\n", before=b""):
        self.answers = {member: list(each) for member, each in answers.items()}
        self.big, self.greeting, self.before = big, greeting, before
        self.calls, self.said, self.open = [], b"", 0
        self.address = f"\0kcfg-test-{os.getpid()}-{next(_numbers)}"
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(self.address)
        self._socket.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def environ(self):
        return {"DBUS_SESSION_BUS_ADDRESS": f"unix:abstract={self.address[1:]}"}

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(60)

    def _serve(self):
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            with peer, suppress(OSError):  # who asked has hung up
                self._talk(peer)

    def _talk(self, peer):
        received = b""
        while b"BEGIN\r\n" not in received:
            if not (part := peer.recv(4096)):
                return
            received += part
        self.said, _, rest = received.partition(b"BEGIN\r\n")
        peer.sendall(self.greeting + self.before)
        if not self.greeting.startswith(b"OK"):
            return
        parser = Parser()
        while True:
            parser.add_data(rest)
            while (message := parser.get_next_message()) is not None:
                self.calls.append(message)
                answer = self._answer(message)
                if answer is None:
                    return
                peer.sendall(answer)
            if not (rest := peer.recv(4096)):
                return

    def _answer(self, message):
        laid = self.answers.get(fields_of(message)["member"], [None])
        answer = laid.pop(0) if len(laid) > 1 else laid[0]
        if answer is None or isinstance(answer, bytes):
            return answer
        made = new_error(message, answer) if isinstance(answer, str) else new_method_return(message, *answer)
        if self.big:
            made.header.endianness = Endianness.big
        return made.serialise(serial=len(self.calls))


@contextmanager
def fake_bus(answers, **more):
    bus = FakeBus(answers, **more)
    try:
        yield bus
    finally:
        bus.close()


def fields_of(message):
    """The header's fields of a call by their names."""
    return {field.name: value for field, value in message.header.fields.items()}
