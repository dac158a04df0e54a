"""kcfg as a process of its own, without the fifth of a second in which Python imports it: thousands are started.

A server imports kcfg once and forks for each call. The child is given the caller's streams, folder, environment and
umask, runs `main()`, and ends as it does: what is not imported again is the only difference. Where that is what a test
asks (what is imported, who reads a terminal), it starts Python itself; `KCFG_COLD=1`, which is
`make cold`, starts all of them so.
"""

import atexit
import contextlib
import ctypes
import fcntl
import functools
import gc
import io
import json
import os
import pkgutil
import select
import selectors
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
# What Python and its libraries read once, as they start.
AT_START = ("PYTHON", "LC_", "LANG", "LD_", "TZ", "SSL_", "OPENSSL_", "MALLOC_")
LIBRARIES = ("cryptography.x509", "jsonschema_rs", "pydantic", "ruamel.yaml", "typer.main", "yaml")
COLD = "KCFG_COLD" in os.environ
PR_SET_PTRACER = 0x59616D61
PIPE_HOLDS = 32_000  # bytes, half of what Linux gives a pipe
# What is done once before anybody asks, in a folder of its own. Nothing that asks a store, a server or another program.
REHEARSED = (
    "validate",
    "lint",
    "lint -o json",
    "diff",
    "apply --yes --trust",
    "status",
    "render",
    "view",
    "get-contexts",
)
REHEARSAL = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: rehearsal}
clusters: [{name: c, server: "https://c.example.com", labels: {env: prod}}]
users: [{name: u, tokenFile: token}]
contexts: [{name: c, cluster: c, user: u, namespace: web}]
"""


def at_start(env):
    """Return what of an environment counts only as Python starts; `PYTHON_KEYRING_BACKEND` is not Python's."""
    return {name: value for name, value in env.items() if name.startswith(AT_START) and not name.startswith("PYTHON_")}


def cold(words, *, cwd, env, stdin="", umask=-1, timeout=120, tracer=()):
    """Run kcfg from the start of Python on; traced, it caches no bytecode: that is renamed, too."""
    env = {**env, "PYTHONDONTWRITEBYTECODE": "1"} if tracer else env
    command = [*tracer, sys.executable, "-m", "kcfg", *words]
    return subprocess.run(
        command, capture_output=True, text=True, input=stdin, cwd=cwd, env=env, umask=umask, timeout=timeout
    )


def typed(start, folder):
    """Return what runs kcfg with words as a test says them, in a folder, with the test's environment and more."""

    def kcfg(*words, cwd=None, env=None, stdin="", umask=-1):
        env = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
        return start([*map(str, words)], cwd=cwd or folder, env=env, stdin=stdin, umask=umask)

    return kcfg


class Warm:
    """Starts kcfg: `run()` takes and returns what `subprocess.run()` does. Another Python may be the one that forks."""

    def __init__(self, python=sys.executable, env=None, rehearsed=None):
        mine, its = socket.socketpair()
        self._door, self._env = mine, env or {**os.environ, "PYTHONPATH": str(ROOT)}
        with its:
            self._server = subprocess.Popen(
                [python, __file__, str(its.fileno()), *(REHEARSED if rehearsed is None else rehearsed)],
                pass_fds=[its.fileno()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._env,
            )

    def close(self):
        self._door.close()
        self._server.communicate()

    def run(self, words, *, cwd, env, stdin="", umask=-1, timeout=120, tracer=()):
        """Run kcfg with these words; where its start is part of the question, from the start.

        A `tracer` is strace and its options: it is attached before kcfg does anything.
        """
        sent = stdin.encode()
        if not self._may(env) or len(sent) > PIPE_HOLDS:
            return cold(words, cwd=cwd, env=env, stdin=stdin, umask=umask, timeout=timeout, tracer=tracer)
        # In its buffer before anybody reads.
        (in_read, in_write), (out_read, out_write), (err_read, err_write) = (os.pipe() for _ in range(3))
        os.write(in_write, sent)
        started = self._ask(
            (in_read, out_write, err_write), words=words, cwd=str(cwd), env=env, umask=umask, stop=bool(tracer)
        )
        for end in (in_write, in_read, out_write, err_write):
            os.close(end)
        try:
            attached = _attach(tracer, started.pid, time.monotonic() + timeout) if tracer else None
            try:
                out, err = _read((out_read, err_read), time.monotonic() + timeout)
            except TimeoutError:
                os.kill(started.pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(words, timeout) from None
            code = started.wait()
            if attached:
                attached.communicate(timeout=timeout)
        finally:
            for end in (out_read, err_read):
                os.close(end)
        return subprocess.CompletedProcess(words, code, text_of(out), text_of(err))

    def start(self, words, *, cwd, env, streams, umask=-1, terminal=None):
        """Start kcfg with these three files or descriptors as its streams, and a terminal that is its `/dev/tty`."""
        if not self._may(env):
            stdin, stdout, stderr = streams
            take = None if terminal is None else lambda: fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
            return subprocess.Popen(
                [sys.executable, "-m", "kcfg", *words],
                stdin=stdin, stdout=stdout, stderr=stderr, cwd=cwd, env=env, umask=umask,
                start_new_session=terminal is not None, preexec_fn=take,  # noqa: PLW1509
            )  # fmt: skip
        with open(os.devnull, "r+") as nowhere:
            files = [
                nowhere if each == subprocess.DEVNULL else each for each in (*streams, terminal) if each is not None
            ]
            handles = [each if isinstance(each, int) else each.fileno() for each in files]
            return self._ask(handles, words=words, cwd=str(cwd), env=env, umask=umask)

    def _may(self, env):
        return not COLD and at_start(env) == at_start(self._env)

    def _ask(self, handles, **asked):
        """Have one forked, with these as its streams (and its terminal)."""
        end_read, end_write = os.pipe()
        with tempfile.TemporaryFile("w+") as request:
            json.dump(asked, request)
            request.flush()
            request.seek(0)
            socket.send_fds(self._door, [b"\0"], [end_write, request.fileno(), *handles])
        os.close(end_write)
        return Forked(end_read)


class Forked:
    """A kcfg that was forked: of a `subprocess.Popen` what is asked here."""

    def __init__(self, end):
        self._end, self.returncode = end, None
        (self.pid,) = struct.unpack("i", os.read(end, 4))

    def poll(self):
        if self.returncode is None and select.select([self._end], [], [], 0)[0]:
            return self.wait()
        return self.returncode

    def wait(self):
        if self.returncode is None:
            (self.returncode,) = struct.unpack("i", os.read(self._end, 4))
            os.close(self._end)
        return self.returncode


@functools.cache
def shared():
    """The one that the tests of a process share."""
    starter = Warm()
    atexit.register(starter.close)
    return starter


def _attach(tracer, pid, until):
    """Attach strace to a child that has stopped itself, and let it go on."""
    while Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "T":
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.001)
    attached = subprocess.Popen([*tracer, "-p", str(pid)], stderr=subprocess.PIPE, text=True)
    assert attached.stderr is not None
    said = attached.stderr.readline()
    os.kill(pid, signal.SIGCONT)
    assert "attached" in said, said
    return attached


def text_of(data):
    """Return the bytes of a stream as `subprocess.run(text=True)` does."""
    return data.decode().replace("\r\n", "\n").replace("\r", "\n")


def _read(ends, until):
    """Read several pipes to their ends."""
    found: dict[int, list[bytes]] = {end: [] for end in ends}
    with selectors.DefaultSelector() as ready:
        for end in ends:
            ready.register(end, selectors.EVENT_READ)
        while ready.get_map():
            some = ready.select(max(until - time.monotonic(), 0))
            if not some and time.monotonic() > until:
                raise TimeoutError
            for key, _ in some:
                if data := os.read(key.fd, 1 << 16):
                    found[key.fd].append(data)
                else:
                    ready.unregister(key.fd)
    return [b"".join(found[end]) for end in ends]


def serve(door, rehearsed):
    """Fork for each request, and tell how each child ended."""
    _load(rehearsed)
    children: dict[int, Any] = {}
    # By the pipe, for a signal just before the server sleeps would be handled only when the next request wakes it.
    woken, wake = os.pipe()
    for each in (woken, wake):
        os.set_blocking(each, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([door, woken], [], [])
        if woken in ready:
            os.read(woken, 1 << 12)
            _reap(children)
        if door in ready:
            _, fds, _, _ = socket.recv_fds(door, 1, 6)
            if not fds:
                return
            _fork(fds, children, [door, woken, wake])


def _load(rehearsed):
    """Import all that any command does, and do what is rehearsed."""
    import kcfg

    for name in LIBRARIES:
        import_module(name)
    for module in pkgutil.walk_packages(kcfg.__path__, "kcfg."):
        import_module(module.name)
    _complete(import_module("pydantic").BaseModel)
    _rehearse(rehearsed)
    gc.collect()
    gc.freeze()


def _reap(children):
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        end = children.pop(pid)
        with contextlib.suppress(BrokenPipeError):  # who asked may have given up
            os.write(end, struct.pack("i", os.waitstatus_to_exitcode(status)))
        os.close(end)


def _fork(fds, children, own):
    end, asked, *streams = fds
    with open(asked) as file:
        request = json.load(file)
    pid = os.fork()
    if not pid:
        signal.set_wakeup_fd(-1)
        for other in (end, *children.values(), *own):
            os.close(other if isinstance(other, int) else other.detach())
        become(request, streams)
        return
    children[pid] = end
    os.set_inheritable(end, False)
    for stream in streams:
        os.close(stream)
    os.write(end, struct.pack("i", pid))


def _complete(model):
    """Let pydantic build what it puts off until a model is used: two thirds of a short command."""
    for each in model.__subclasses__():
        if each.__module__.startswith("kcfg."):
            each.model_rebuild()
            _complete(each)


def _rehearse(commands):
    """Let the schemas be built, and Python see which code is hot: half of the CPU of a command on a small spec.

    What kcfg keeps from one command to the next depends on the words of the code alone, never on a file, the
    environment or the clock; `test_warm.py` holds that.
    """
    from kcfg.__main__ import run

    before, here, kept = dict(os.environ), os.getcwd(), [os.dup(1), os.dup(2)]
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w") as nowhere:
        (Path(folder) / "kcfg.yaml").write_text(REHEARSAL)
        os.environ.clear()
        os.environ.update({"HOME": folder, "PATH": before.get("PATH", ""), "KUBECONFIG": f"{folder}/config"})
        os.chdir(folder)
        for number in (1, 2):
            os.dup2(nowhere.fileno(), number)
        codes = {words: run(words.split()) for words in commands}
        for number, stream in enumerate(kept, 1):
            os.dup2(stream, number)
            os.close(stream)
        os.chdir(here)
    os.environ.clear()
    os.environ.update(before)
    tempfile.tempdir = None  # else a child's TMPDIR would count for nothing
    wrong = {words: code for words, code in codes.items() if code > 1}
    assert not wrong, wrong


def become(request, streams):
    """Be what `python -m kcfg` is, in this process."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if streams[3:]:
        os.setsid()
        fcntl.ioctl(streams[3], termios.TIOCSCTTY, 0)
    for number, stream in enumerate(streams):
        if number < 3:
            os.dup2(stream, number)
        os.close(stream)
    if os.isatty(1) and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    os.chdir(request["cwd"])
    if request["umask"] >= 0:
        os.umask(request["umask"])
    os.environ.clear()
    os.environ.update(request["env"])
    from kcfg import __main__

    sys.argv = [__main__.__file__, *request["words"]]
    if request.get("stop"):
        _wait_for_a_tracer()
    sys.path[0] = request["cwd"]
    sys.exit(__main__.main())


def _wait_for_a_tracer():
    """Stop until strace has come: who may trace is said, where only a parent may (Yama)."""
    ctypes.CDLL(None).prctl(PR_SET_PTRACER, ctypes.c_ulong(-1), 0, 0, 0)
    os.kill(os.getpid(), signal.SIGSTOP)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
