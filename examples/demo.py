"""`make demo`: the main job in seconds. A kubeconfig becomes a spec, a plan, a kubeconfig without a secret; and back.

In a temporary folder that is its HOME, against an API server of its own, which knows alice by her token. That goes into
a keyring of the demo's own where dbus and gnome-keyring are installed, else into a variable.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROGRAMS = Path(sys.executable).parent
TOKEN = "a-token-for-nothing"
CONFIG = """\
apiVersion: v1
kind: Config
clusters:
- name: prod-eu
  cluster:
    server: {url}
    certificate-authority-data: {authority}
contexts:
- name: prod-eu
  context:
    cluster: prod-eu
    user: alice
users:
- name: alice
  user:
    token: {token}
"""
# Commands, and whether a "no" (exit code 1) is what they have to say.
STORY = (
    ("tail -n 2 config", False),
    ("kcfg import config --into acme", False),
    ("kcfg diff -f acme --adopt", True),
    ("kcfg apply -f acme --adopt --yes", False),
    ("tail -n 4 config", False),
    ("kubectl --context prod-eu get namespaces -o name", False),
    ("kcfg undo --yes", False),
)


def main() -> int:
    """Tell the story; the exit code is that of the first command that fails."""
    with tempfile.TemporaryDirectory(prefix="kcfg-demo-") as name, world(Path(name)) as environment:
        for command, is_no in STORY:
            if reason := missing(command, environment):
                print(f"\n# left out, {reason}: {command}")
                continue
            typed = with_store(command, environment)
            print(f"\n$ {typed}", flush=True)
            code = subprocess.run(shlex.split(typed), cwd=name, env=environment, check=False).returncode
            if code != int(is_no):
                return code or 1
    print(f"\nkcfg is {PROGRAMS / 'kcfg'}. To have it on PATH:\n\n  export PATH={shlex.quote(str(PROGRAMS))}:$PATH")
    print("\nREADME.md goes on from there; its section Install says how to have it without this folder.")
    return 0


def missing(command: str, environment: dict[str, str]) -> str:
    """Return what is not here and the command needs, or ""."""
    if command.startswith("kubectl ") and shutil.which("kubectl") is None:
        return "kubectl is not installed here"
    if command.startswith("kcfg undo") and "DBUS_SESSION_BUS_ADDRESS" not in environment:
        return "only a keyring keeps what it would bring back"
    return ""


def with_store(command: str, environment: dict[str, str]) -> str:
    """Return the command as it works here: an import needs another store where there is no keyring."""
    if " import " not in command or "DBUS_SESSION_BUS_ADDRESS" in environment:
        return command
    print("\n# dbus and gnome-keyring are not installed here: the token stays in a variable")
    return f"{command} --secrets env"


@contextmanager
def world(folder: Path) -> Iterator[dict[str, str]]:
    """Put a kubeconfig into the folder, start its API server and a keyring; yield the environment of the story."""
    sys.path.insert(0, str(ROOT / "tests"))
    from secret_service import SecretService, tools_present
    from tls_server import Server

    from kcfg.x509 import make_authority

    authority = make_authority("demo")
    server = Server(folder, authority)
    server.tokens[TOKEN] = "alice"
    config = folder / "config"
    config.touch(mode=0o600)
    data = b64encode(authority[0]).decode()
    config.write_text(CONFIG.format(url=server.url, authority=data, token=TOKEN), encoding="utf-8")
    keyring = SecretService() if tools_present() else None
    environment = {
        "HOME": str(folder),
        "KUBECONFIG": str(config),
        "PATH": f"{PROGRAMS}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        **{name: os.environ[name] for name in ("TERM", "NO_COLOR", "LANG", "LC_ALL") if name in os.environ},
    }
    if keyring is not None:
        environment["DBUS_SESSION_BUS_ADDRESS"] = keyring.env["DBUS_SESSION_BUS_ADDRESS"]
    else:
        environment["ACME_ALICE_TOKEN"] = TOKEN
    try:
        yield environment
    finally:
        if keyring is not None:
            keyring.close()
        server.close()


if __name__ == "__main__":
    sys.exit(main())
