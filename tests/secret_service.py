"""A real Secret Service for tests: a private bus and gnome-keyring in the foreground, both our own children.

The bus has no <servicedir>: nothing but our daemon can be started on it. The login password is set once, the
collection is open when the fixture hands it over.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import require

TOOLS = ("dbus-daemon", "gnome-keyring-daemon", "dbus-send", "secret-tool")
PASSWORD = b"test-login-password"
LOGIN = "/org/freedesktop/secrets/collection/login"
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""


class Bus:
    """A session bus of its own; `user` is who it belongs to."""

    def __init__(self, *, user=None):
        # The path of a Unix socket has 107 bytes: pytest's tmp_path is too long.
        self.folder = Path(tempfile.mkdtemp(prefix="kss.", dir="/tmp"))
        if user is not None:
            os.chmod(self.folder, 0o777)
        self.socket = self.folder / "bus"
        config = self.folder / "bus.conf"
        config.write_text(BUS.format(path=self.socket))
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "XDG_RUNTIME_DIR": str(self.folder),
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.socket}",
        }
        self.process = subprocess.Popen(
            ["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile"],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self.env,
            user=user,
        )
        wait_until(self.socket.exists)

    def close(self):
        end(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)


class SecretService:
    """The service: `.env` to reach it, `.lock()`, `.unlock()`, and `.daemon`, its process."""

    def __init__(self):
        self.bus = Bus()
        self.env = self.bus.env
        self.daemon: Any = None
        self.start()

    def start(self):
        """Start the daemon with its collection open, and wait until it says so."""
        if self.daemon is not None:
            end(self.daemon)
        self.daemon = subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self.env,
        )
        self.daemon.stdin.write(PASSWORD)
        self.daemon.stdin.close()
        wait_until(lambda: self.locked() is False)

    # `--unlock` against a running daemon exits 0 and unlocks nothing.
    unlock = start

    def send(self, path, method, *arguments):
        words = ["dbus-send", "--session", "--print-reply=literal", "--reply-timeout=20000"]
        return subprocess.run(
            [*words, "--dest=org.freedesktop.secrets", path, method, *arguments],
            capture_output=True,
            text=True,
            env=self.env,
        )

    def locked(self):
        """Whether the collection is locked; None while nobody answers."""
        arguments = ("string:org.freedesktop.Secret.Collection", "string:Locked")
        answer = self.send(LOGIN, "org.freedesktop.DBus.Properties.Get", *arguments).stdout
        return "true" in answer if "boolean" in answer else None

    def lock(self):
        self.send("/org/freedesktop/secrets", "org.freedesktop.Secret.Service.Lock", f"array:objpath:{LOGIN}")
        wait_until(self.locked)

    def tool(self, *words, value=None):
        """Run secret-tool."""
        return subprocess.run(
            ["secret-tool", *words], input=value, capture_output=True, text=True, env=self.env, timeout=60
        )

    def close(self):
        self.daemon.send_signal(signal.SIGCONT)
        end(self.daemon)
        self.bus.close()


def end(process):
    """End a child of ours and wait for it."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)


def wait_until(ready):
    deadline = time.monotonic() + 60
    while not ready():
        if time.monotonic() > deadline:
            pytest.fail("the Secret Service did not start")
        time.sleep(0.02)


def tools_present():
    return all(shutil.which(tool) for tool in TOOLS)


@pytest.fixture
def session_bus():
    """A session bus with no service on it."""
    require("secret-service", present=tools_present())
    bus = Bus()
    yield bus
    bus.close()


@pytest.fixture
def secret_service():
    """A Secret Service with an open, empty collection."""
    require("secret-service", present=tools_present())
    service = SecretService()
    yield service
    service.close()
