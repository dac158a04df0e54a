"""`kcfg` as a program for scripts and hooks, forked from the warm one as `warm.py` does it.

What is started is a bare Python that hands its words, streams, folder and environment on: a fifth of a start of kcfg.
"""

import marshal
import os
import shutil
import socket
import struct
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from warm import COLD, ROOT, Warm

CLIENT = """\
#!{python} -IS
import _socket, marshal, os, sys
door = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
door.connect({address!r})
mask = os.umask(0)
os.umask(mask)
asked = marshal.dumps((sys.argv[1:], os.getcwd(), dict(os.environ), mask))
streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
door.sendmsg([len(asked).to_bytes(4, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
door.sendall(asked)
code = int.from_bytes(door.recv(4), sys.byteorder, signed=True)
if code < 0:
    os.kill(os.getpid(), -code)
os._exit(code)
"""


class Program:
    """Answers those starts; `path` is the program."""

    def __init__(self, warm: Warm) -> None:
        self._warm = warm
        self._folder = Path(tempfile.mkdtemp(prefix="kwp.", dir="/tmp"))  # a socket's path is short
        address, self.path = str(self._folder / "door"), self._folder / "kcfg"
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(address)
        self._door.listen(16)
        text = CLIENT.format(python=sys.executable, address=address)
        if COLD:
            text = f'#!/bin/sh\nexec "{sys.executable}" -m kcfg "$@"\n'
        self.path.write_text(text)
        self.path.chmod(0o755)
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        shutil.rmtree(self._folder)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as rest:
            size, streams, _, _ = socket.recv_fds(client, 4, 3)
            words, cwd, env, umask = marshal.loads(rest.read(int.from_bytes(size, "big")))
            env = {**env, "PYTHONPATH": str(ROOT)}
            started = self._warm.start(words, cwd=cwd, env=env, streams=streams, umask=umask)
            for stream in streams:
                os.close(stream)
            client.sendall(struct.pack("i", started.wait()))


@pytest.fixture(scope="module")
def kcfg_program(warm):
    """The path of a program `kcfg`, to be linked to where a script finds it."""
    program = Program(warm)
    yield program.path
    program.close()
