"""`kcfg doctor`: each thing that can be out of order, with a remedy; and a machine where all is well."""

import json
import os
import socket
import sys
import time
from pathlib import Path

import pytest

from kcfg.doctor import environment, keyring, kubectl, places, plugin
from kcfg.doctor.finding import Surroundings


@pytest.fixture
def here(tmp_path):
    """Surroundings with a PATH of their own."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "venv").mkdir()
    program(tmp_path / "venv" / "kcfg-credential")

    def make(*kubeconfigs, platform="linux", **environ):
        base = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
        paths = tuple(map(str, kubeconfigs))
        return Surroundings({**base, **environ}, platform, str(tmp_path / "venv" / "python"), paths, seconds=1.0)

    return make


def program(path, text="exit 0"):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def states(findings):
    return [(each.area, each.state) for each in findings]


def only(findings, state="problem"):
    (found,) = [each for each in findings if each.state == state]
    return found


def prints(version):
    return f'echo \'{{"clientVersion": {{"gitVersion": "{version}"}}}}\''


def test_kubectls_and_their_versions(here, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    program(tmp_path / "bin" / "kubectl", prints("v1.33.1"))
    program(other / "kubectl", prints("v1.19.0"))
    found = list(kubectl.check(here(PATH=f"{tmp_path}/bin:{other}")))

    assert states(found) == [("kubectl", "ok"), ("kubectl", "problem")]
    assert "v1.33.1" in found[0].message
    assert "(hidden by the first)" in found[1].message


@pytest.mark.parametrize("text", ["sleep 30", "echo nonsense", "exit 1"])
def test_a_kubectl_that_does_not_say(text, here, tmp_path):
    program(tmp_path / "bin" / "kubectl", f"exec {text}" if text.startswith("sleep") else text)
    started = time.monotonic()

    assert "does not tell" in only(kubectl.check(here())).message
    assert time.monotonic() - started < 5


def test_no_kubectl(here):
    assert only(kubectl.check(here())).message == "not on PATH"


def test_the_plugin_on_no_path(here, tmp_path):
    found = only(plugin.check(here()))

    assert "kubectl cannot run it" in found.message
    assert f"--credential-command {tmp_path}/venv/kcfg-credential" in found.remedy


def test_the_plugin_of_another_installation(here, tmp_path):
    program(tmp_path / "bin" / "kcfg-credential")

    assert "another installation" in only(plugin.check(here())).message


@pytest.mark.parametrize(("desktop", "state"), [({"DISPLAY": ":0"}, "problem"), ({}, "note")])
def test_programs_without_a_shell_have_another_path(desktop, state, here, tmp_path):
    (tmp_path / "bin" / "kcfg-credential").symlink_to(tmp_path / "venv" / "kcfg-credential")
    found = [each for each in plugin.check(here(**desktop)) if "desktop" in each.message]

    assert [each.state for each in found] == [state]
    assert f"ln -s {tmp_path}/bin/kcfg-credential" in found[0].remedy


@pytest.mark.parametrize(
    ("kuberc", "state"),
    [
        ("", "note"),
        ("credentialPluginPolicy: DenyAll", "problem"),
        ("credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{name: other}]", "problem"),
        ("credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{name: kcfg-credential}]", "ok"),
        ("credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{name: VENV/kcfg-credential}]", "problem"),
        ("credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{name: BIN/kcfg-credential}]", "ok"),
    ],
)
def test_kuberc(kuberc, state, here, tmp_path):
    (tmp_path / "bin" / "kcfg-credential").symlink_to(tmp_path / "venv" / "kcfg-credential")
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube" / "kuberc").write_text(
        kuberc.replace("BIN", str(tmp_path / "bin")).replace("VENV", str(tmp_path / "venv"))
    )
    (found,) = [each for each in plugin.check(here()) if each.area == "kuberc"]

    assert found.state == state
    if state == "note":
        assert f"credentialPluginAllowlist: [{{name: {tmp_path}/bin/kcfg-credential}}]" in found.message


@pytest.mark.parametrize(
    ("version", "entry", "state"),
    [
        ("v1.35.2", "command: kcfg-credential", "problem"),
        ("v1.35.2", "command: kcfg-credential, name: kcfg-credential", "ok"),
        ("v1.36.0", "command: kcfg-credential", "ok"),
        ("", "command: kcfg-credential", "problem"),
    ],
)
def test_a_kuberc_that_stops_kubectl_1_35(version, entry, state, here, tmp_path):
    program(tmp_path / "venv" / "kcfg-credential")
    (tmp_path / "bin" / "kcfg-credential").symlink_to(tmp_path / "venv" / "kcfg-credential")
    program(tmp_path / "bin" / "kubectl", f"""echo '{{"clientVersion": {{"gitVersion": "{version}"}}}}'""")
    (tmp_path / "kuberc").write_text(f"credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{{{entry}}}]")
    (found,) = [each for each in plugin.check(here(KUBERC=str(tmp_path / "kuberc"))) if each.area == "kuberc"]

    assert (found.state, "kubectl 1.35" in found.message) == (state, state == "problem")


def test_modes_of_kubeconfigs_and_their_folders(here, tmp_path):
    folder = tmp_path / "kube"
    folder.mkdir()
    file = folder / "config"
    file.write_text("users: [{name: a, user: {exec: {command: x, args: [--password, fig]}}}]")
    file.chmod(0o644)
    found = only(places.check(here(file)))
    assert (found.remedy, "mode 0644" in found.message) == (f"chmod go= {file}", True)
    file.chmod(0o600)
    assert ("kubeconfig", "ok") in states(places.check(here(file)))
    file.write_text("users: [{name: a, user: {exec: {command: x}}}]")
    file.chmod(0o644)
    assert ("kubeconfig", "ok") in states(places.check(here(file)))
    file.chmod(0o664)  # who can change it can have programs run
    assert only(places.check(here(file))).remedy == f"chmod go= {file}"
    file.chmod(0o600)
    folder.chmod(0o777)

    assert only(places.check(here(file))).remedy == f"chmod go-w {folder}"


@pytest.mark.parametrize("kind", ["directory", "FIFO", "socket"])
def test_what_is_no_file_is_told_before_its_mode(kind, here, tmp_path):
    path = tmp_path / "config"
    if kind == "directory":
        path.mkdir()
    elif kind == "FIFO":
        os.mkfifo(path)
    else:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(path))
    path.chmod(0o755)

    (found,) = [each for each in places.check(here(path)) if each.area == "kubeconfig"]

    assert found.state == "problem"
    assert found.message == f"{path}: is a {kind}, not a file"
    assert "chmod" not in found.remedy


def test_the_null_device_is_an_empty_kubeconfig(here):
    (found,) = [each for each in places.check(here(Path("/dev/null"))) if each.area == "kubeconfig"]

    assert (found.state, found.message) == ("ok", "/dev/null: an empty kubeconfig")


def test_locks(here, tmp_path):
    file = tmp_path / "config"
    file.write_text("{}")
    file.chmod(0o600)
    lock = tmp_path / "config.lock"

    def lock_of():
        return [each for each in places.check(here(file)) if each.area == "lock"]

    assert lock_of() == []
    lock.touch(mode=0o000)
    assert lock_of()[0].message.endswith("kubectl is writing")
    os.utime(lock, (time.time() - 7200,) * 2)
    assert (lock_of()[0].state, lock_of()[0].remedy) == ("problem", f"rm {lock}")
    assert "2 hours ago" in lock_of()[0].message
    lock.unlink()
    lock.write_text("999999999 another-boot\n")

    assert (lock_of()[0].state, "removes it" in lock_of()[0].message) == ("note", True)


def test_the_state_folder(here, tmp_path):
    state = tmp_path / "state" / "kcfg"
    state.mkdir(parents=True, mode=0o700)
    (state / "trust.json").write_text("{}")
    (state / "trust.json").chmod(0o600)
    assert ("state", "ok") in states(places.check(here()))
    (state / "trust.json").chmod(0o644)

    assert only(places.check(here())).remedy == f"chmod go= {state}/trust.json"


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"KUBECONFIG": "a::b"}, "empty part"),
        ({"KUBECONFIG": "~/.kube/config"}, "nobody expands ~"),
        ({"PATH": "bin:/usr/bin"}, "working directory"),
        ({"PATH": "/usr/bin::/bin"}, "working directory"),
        ({"PATH": "OPEN"}, "everyone can put a plugin there"),
    ],
)
def test_variables_that_are_wrong(environ, words, here, tmp_path):
    open_folder = tmp_path / "open"
    open_folder.mkdir()
    open_folder.chmod(0o777)
    found = only(
        environment.check(here(**{name: value.replace("OPEN", str(open_folder)) for name, value in environ.items()}))
    )

    assert words in found.message
    assert found.remedy


def test_variables_that_have_an_effect_and_no_secret_of_them(here):
    found = list(environment.check(here(HTTPS_PROXY="http://me:planted@proxy.example.com", KUBERC="off")))

    assert states(found) == [("environment", "ok"), *[("environment", "note")] * 3]
    assert "planted" not in str(found)
    assert "KUBERC=off" in str(found)


def test_no_bus_and_a_bus_that_is_not_there(here, tmp_path):
    assert "no session bus" in only(keyring.check(here())).message
    broken = only(keyring.check(here(DBUS_SESSION_BUS_ADDRESS=f"unix:path={tmp_path}/no-bus")))

    assert broken.remedy


@pytest.mark.secret_service
def test_an_open_and_a_locked_keyring(here, secret_service):
    found = list(keyring.check(here(**secret_service.env)))
    assert states(found) == [("keyring", "ok")]
    secret_service.lock()

    assert "kcfg secret unlock" in only(keyring.check(here(**secret_service.env))).remedy


def test_the_command(kcfg, tmp_path):
    config = tmp_path / "config"
    config.write_text("{}")
    config.chmod(0o666)
    done = kcfg("doctor", "--kubeconfig", str(config), "-o", "json")
    findings = json.loads(done.stdout)["findings"]

    assert done.returncode == 1
    assert {each["area"] for each in findings} >= {
        "keyring",
        "kubectl",
        "plugin",
        "kuberc",
        "kubeconfig",
        "environment",
    }
    assert all(each["remedy"] for each in findings if each["state"] == "problem")
    text = kcfg("doctor", "--kubeconfig", str(config))
    assert f"-> chmod go= {config}" in text.stdout
    assert Path(sys.executable).parent.as_posix() in text.stdout
