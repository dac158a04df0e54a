"""What the plugin promises, each promise by its name: tried on the installed program, against a real Secret Service.

How many it bears is asked with forks of it.
"""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from crowd import crowd

PLUGIN = Path(sys.executable).parent / "kcfg-credential"
ITEM = ("service", "kcfg/acme/ci/token", "username", "kcfg")
WORDS = ("--kind", "token", "--keyring", "kcfg/acme/ci/token")
TOKEN = "plum-" * 12


@pytest.fixture
def store(secret_service):
    """Put a value where the plugin looks: store(value)."""

    def put(value=TOKEN):
        done = secret_service.tool("store", "--label", "x", *ITEM, value=value)
        assert done.returncode == 0, done.stderr

    put()
    return put


def ask(env, *, before=(), cwd=None, **more):
    return subprocess.run(
        [*before, PLUGIN, *WORDS], capture_output=True, text=True, cwd=cwd, env={**env, **more}, timeout=60
    )


def timed(env, **more):
    started = time.monotonic()
    return ask(env, **more), time.monotonic() - started


def test_stdout_is_one_object_or_empty(store, secret_service):
    assert json.loads(ask(secret_service.env).stdout)["status"] == {"token": TOKEN}

    secret_service.tool("clear", *ITEM)
    assert ask(secret_service.env).stdout == ""


def test_no_process_no_network_no_file_written(store, secret_service, strace_path, tmp_path):
    calls = "trace=execve,fork,vfork,clone,clone3,socket,connect,openat,unlink,rename,mkdir"
    done = ask(secret_service.env, before=(strace_path, "-f", "-o", tmp_path / "log", "-s", "4096", "-e", calls))
    log = (tmp_path / "log").read_text()

    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"execve\(.*= 0$", log, re.MULTILINE)) == 1
    assert not re.search(r"\b(fork|vfork|clone3?|unlink|rename|mkdir)\(", log)
    assert set(re.findall(r"socket\((\w+)", log)) == {"AF_UNIX"}
    assert [line for line in log.splitlines() if re.search(r"openat\(.*O_(WRONLY|RDWR|CREAT)", line)] == []
    assert TOKEN not in log


@pytest.mark.parametrize("name", ["keyring.py", "json.py", "re.py", "kcfg/__init__.py", "sitecustomize.py", "yaml.py"])
def test_the_working_directory_is_not_trusted(name, store, secret_service, tmp_path):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("import os; os._exit(99)")

    assert json.loads(ask(secret_service.env, cwd=tmp_path).stdout)["status"] == {"token": TOKEN}


def test_hostile_settings_are_ignored(store, secret_service, tmp_path):
    settings = tmp_path / "config" / "python_keyring" / "keyringrc.cfg"
    settings.parent.mkdir(parents=True)
    settings.write_text("[backend]\ndefault-keyring=keyring.backends.null.Keyring\n")
    fakes = tmp_path / "bin"
    fakes.mkdir()
    for program in ("secret-tool", "dbus-send", "gcc", "ld", "ldconfig"):
        (fakes / program).write_text(f"#!/bin/sh\ntouch {tmp_path}/called\n")
        (fakes / program).chmod(0o755)

    done = ask(
        secret_service.env,
        PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring",
        KEYRING_PROPERTY_SCHEME="evil",
        XDG_CONFIG_HOME=str(tmp_path / "config"),
        PATH=f"{fakes}:{os.environ['PATH']}",
    )

    assert json.loads(done.stdout)["status"] == {"token": TOKEN}
    assert not (tmp_path / "called").exists()


def test_a_locked_keyring_fails_within_a_second_and_stays_locked(store, secret_service):
    secret_service.lock()

    done, seconds = timed(secret_service.env)

    assert (done.returncode, done.stdout, secret_service.locked()) == (1, "", True)
    assert seconds < 1


@pytest.mark.parametrize("address", ["", "unix:path=/nonexistent/bus", "tcp:host=192.0.2.1,port=1"])
def test_an_absent_bus_fails_within_a_second(address, session_bus):
    done, seconds = timed({**session_bus.env, "XDG_RUNTIME_DIR": "/nonexistent"}, DBUS_SESSION_BUS_ADDRESS=address)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert seconds < 1


def test_a_bus_without_the_service_fails_within_a_second(session_bus):
    done, seconds = timed(session_bus.env)

    assert (done.returncode, done.stdout) == (1, "")
    assert seconds < 1


def test_a_hung_keyring_fails_within_its_deadline(store, secret_service):
    secret_service.daemon.send_signal(signal.SIGSTOP)

    done, seconds = timed(secret_service.env)

    assert (done.returncode, done.stdout) == (1, "")
    assert "did not answer within 5 s" in done.stderr
    assert 4.5 < seconds < 6.5


def test_core_dumps_are_off_while_a_secret_is_held(store, secret_service, strace_path, tmp_path):
    ask(secret_service.env, before=(strace_path, "-f", "-o", tmp_path / "log", "-e", "trace=prlimit64,connect"))
    log = (tmp_path / "log").read_text()

    assert re.search(r"prlimit64\(0, RLIMIT_CORE, \{rlim_cur=[01],", log)
    assert log.index("RLIMIT_CORE, {rlim_cur") < log.index("connect(")


def test_two_hundred_at_once_are_right_and_the_daemon_lives(store, secret_service, tmp_path):
    folder, before = tmp_path / "crowd", "import kcfg.secrets.keyring, kcfg.secrets.secretservice"
    answers = crowd(200, WORDS, env=secret_service.env, folder=folder, cwd=tmp_path, before=before)

    assert {code for code, _, _ in answers} == {0}, answers[0]
    assert {json.loads(out)["status"]["token"] for _, out, _ in answers} == {TOKEN}
    assert secret_service.daemon.poll() is None


def test_a_rotation_gives_the_old_or_the_new_and_nothing_else(store, secret_service, kcfg):
    """And so twenty thousand times in `make soak`."""
    values = [letter * 4000 for letter in "ab"]
    store(values[0])
    done = threading.Event()

    def rotate():
        turn = 0
        while not done.is_set():
            turn += 1
            store(values[turn % 2])

    rotation = threading.Thread(target=rotate)
    rotation.start()
    asked = [kcfg("credential", *WORDS, env=secret_service.env) for _ in range(40)]
    done.set()
    rotation.join()

    assert {json.loads(each.stdout)["status"]["token"] for each in asked} <= set(values)
