"""Undo of what held secrets: they wait in the keyring, nowhere else, and not longer than they can be of use."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, require

sys.path.insert(0, str(ROOT / "tests" / "files"))
from test_history_secrets import FORMS, MATRIX, STYLES, leaks
from undone import CREDENTIALS, MARK, Undone

SPEC = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: demo}
clusters:
- {name: dev, server: "https://dev.example.com"}
users:
- name: dev
  exec: {apiVersion: client.authentication.k8s.io/v1, command: login, interactiveMode: Never}
contexts:
- {name: dev, cluster: dev, user: dev}
"""
OLD = f"""# mine
clusters:
- {{name: dev, cluster: {{server: "https://dev.example.com"}}}}
users:
- name: dev
  user: {{token: {MARK}-token}}   # from the wiki
- name: other
  user: {{token: {MARK}-other}}
contexts:
- {{name: dev, context: {{cluster: dev, user: dev}}}}
"""
ADOPT = ("apply", "--adopt", "--yes", "--trust", "--kubeconfig", "config")
UNDO = ("undo", "--yes", "--kubeconfig", "config")
CLEAR = ("history", "clear", "--yes", "--kubeconfig", "config")


def items(service):
    """The names of the keyring items of kcfg."""
    done = service.tool("search", "--all", "--unlock", "username", "kcfg")
    return sorted(re.findall(r"attribute\.service = (\S+)", done.stdout + done.stderr))


@pytest.fixture
def world(tmp_path, kcfg, secret_service):
    """Run kcfg in a folder with a spec, a kubeconfig and a keyring; `called.without` has none."""
    (tmp_path / "kcfg.yaml").write_text(SPEC)
    (tmp_path / "config").write_text(OLD)

    def run(*words, **more):
        return kcfg(*words, env={**environ, **more})

    environ = {"DBUS_SESSION_BUS_ADDRESS": secret_service.env["DBUS_SESSION_BUS_ADDRESS"]}
    run.config, run.spec, run.without, run.service = tmp_path / "config", tmp_path / "kcfg.yaml", kcfg, secret_service
    return run


def test_adopted_then_undone_are_equal_bytes_and_the_item_is_the_only_place(world, private_home):
    done = world(*ADOPT)
    assert done.returncode == 0, done.stderr
    assert "the keyring keeps what user/dev was" in done.stderr
    assert MARK not in done.stdout + done.stderr
    assert f"{MARK}-token" not in world.config.read_text()
    assert leaks(private_home) == []
    assert items(world.service) == ["kcfg/demo/history/1"]
    value = world.service.tool("lookup", "service", "kcfg/demo/history/1", "username", "kcfg").stdout
    assert f"{MARK}-token" in value
    assert f"{MARK}-other" not in value
    (record,) = private_home.rglob("history/*/1.json")
    assert json.loads(record.read_text())["item"] == "kcfg/demo/history/1"

    done = world(*UNDO)

    assert done.returncode == 0, done.stderr
    assert re.search(r"warning: this writes secrets in plain text into .*config: user/dev\n", done.stderr)
    assert MARK not in done.stdout + done.stderr
    assert world.config.read_text() == OLD
    assert items(world.service) == []
    assert "kcfg/" not in (private_home / ".local/state/kcfg/index.json").read_text()
    assert "no: taken back" in world("history", "--kubeconfig", "config").stdout


def test_every_kind_of_credential_comes_back(world, private_home):
    names = list(CREDENTIALS)
    world.spec.write_text(
        SPEC.partition("users:")[0]
        + "users:\n"
        + "".join(f"- {{name: {name}, exec: {{apiVersion: client.authentication.k8s.io/v1, command: login, "
                  "interactiveMode: Never}}\n" for name in names)
    )  # fmt: skip
    old = json.dumps({"users": [{"name": name, "user": CREDENTIALS[name]} for name in names]}, indent=1)
    world.config.write_text(old)

    done = world(*ADOPT)
    assert done.returncode == 0, done.stderr
    assert leaks(private_home) == []
    assert MARK not in world.config.read_text()
    done = world(*UNDO)

    assert done.returncode == 0, done.stderr
    assert all(f"user/{name}" in done.stderr for name in names)
    assert world.config.read_text() == old


@pytest.mark.parametrize(("style", "form"), MATRIX)
def test_however_it_is_spelled(style, form, tmp_path, called, shared_service, private_home, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", shared_service.env["DBUS_SESSION_BUS_ADDRESS"])
    Path("kcfg.yaml").write_text(SPEC)
    before = FORMS[form](STYLES[style])
    Path("config").write_bytes(before)

    if called(*ADOPT).returncode == 0:  # else a form that cannot be edited in place
        assert leaks(private_home) == []
        assert Path("config").read_bytes() != before
        done = called(*UNDO)
        assert done.returncode == 0, done.stderr
    assert Path("config").read_bytes() == before
    assert leaks(private_home) == []


@pytest.fixture(scope="module")
def shared_service():
    from secret_service import SecretService, tools_present

    require("secret-service", present=tools_present())
    service = SecretService()
    yield service
    service.close()


def test_without_a_keyring_it_is_told_before_the_file_is_written(world, tmp_path):
    done = world.without(*ADOPT, "--dry-run")
    assert world.config.read_text() == OLD
    done = world.without(*ADOPT)

    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if "`kcfg undo` cannot bring this back" in line]
    assert "user/dev;" in line
    assert "user/other" not in line
    assert MARK not in done.stderr
    told = done.stderr.index("cannot bring this back")
    assert told < done.stderr.index("configured")
    refused = world.without(*UNDO)
    assert refused.returncode == 1
    assert "user/dev" in refused.stderr
    assert "no: it would need a secret of user/dev" in world("history", "--kubeconfig", "config").stdout


def test_a_keyring_that_is_locked_is_as_none_and_says_so(world):
    world.service.lock()
    done = world(*ADOPT)

    assert done.returncode == 0, done.stderr
    assert "user/dev; its secret is kept nowhere: the keyring is locked" in done.stderr


def test_a_piece_that_is_too_large_is_told(world):
    world.config.write_text(OLD.replace(f"{MARK}-token", MARK * 6000))
    done = world(*ADOPT)

    assert done.returncode == 0, done.stderr
    assert "larger than 64 KiB" in done.stderr
    assert MARK not in done.stderr
    assert items(world.service) == []


def test_undo_needs_the_keyring_open_and_the_item_there(world):
    assert world(*ADOPT).returncode == 0
    new = world.config.read_bytes()
    done = world.without(*UNDO)
    assert done.returncode == 1
    assert "the secret of user/dev cannot be read" in done.stderr
    world.service.tool("clear", "service", "kcfg/demo/history/1", "username", "kcfg")

    done = world(*UNDO)

    assert done.returncode == 1
    assert "the keyring no longer has the secret of user/dev" in done.stderr
    assert world.config.read_bytes() == new


def test_secrets_are_not_written_where_git_may_commit_them(world, tmp_path):
    assert world(*ADOPT).returncode == 0
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    new = world.config.read_bytes()

    for words in (UNDO, (*UNDO, "--dry-run")):
        done = world(*words)
        assert done.returncode == 2, done.stderr
        assert "refusing to write secrets into a git work tree" in done.stderr
        assert world.config.read_bytes() == new
    (tmp_path / ".gitignore").write_text("config\n")
    assert world(*UNDO).returncode == 0
    assert world.config.read_text() == OLD


def test_nobody_to_ask_needs_yes_and_the_entries_are_named(world):
    assert world(*ADOPT).returncode == 0

    done = world("undo", "--kubeconfig", "config")

    assert done.returncode == 2
    assert "in plain text" in done.stderr
    assert "user/dev" in done.stderr
    assert "--yes" in done.stderr


def test_clear_forgets_records_and_items_and_nothing_else(world, tmp_path, private_home):
    assert world(*ADOPT).returncode == 0
    other = tmp_path / "other"
    other.write_text(OLD)
    assert world(*ADOPT[:-1], "other").returncode == 0
    assert items(world.service) == ["kcfg/demo/history/1", "kcfg/demo/history/2"]
    new = world.config.read_bytes()

    assert world("history", "clear", "--kubeconfig", "config").returncode == 2  # nobody is here to be asked
    assert world.without(*CLEAR).returncode == 2  # its items would stay
    assert len(json.loads(world("history", "--kubeconfig", "config", "-o", "json").stdout)["events"]) == 1
    done = world(*CLEAR)

    assert done.returncode == 0, done.stderr
    assert items(world.service) == ["kcfg/demo/history/2"]
    assert json.loads(world("history", "--kubeconfig", "config", "-o", "json").stdout)["events"] == []
    assert world.config.read_bytes() == new
    assert world("verify", "--kubeconfig", "config").returncode == 0
    assert world(*UNDO[:-1], "other").returncode == 0
    assert other.read_text() == OLD


def test_the_item_is_no_secret_of_the_spec(world, tmp_path):
    assert world(*ADOPT).returncode == 0

    listed = world("secret", "ls")
    assert "history" not in listed.stdout
    assert "1 item for `kcfg undo`" in listed.stderr
    done = world("secret", "rm", "history/1", "--yes")
    assert done.returncode == 2
    assert "`kcfg history clear`" in done.stderr
    assert items(world.service) == ["kcfg/demo/history/1"]
    world.spec.write_text(SPEC.replace("exec: {", 'token: "ref+default://history/1"\n- name: x\n  exec: {'))
    done = world("validate")
    assert done.returncode == 1
    assert "keys history/NUMBER are those of `kcfg undo`" in done.stderr


def test_only_the_newest_items_are_kept_and_what_is_older_cannot_be_taken_back(world, monkeypatch, capfd):
    from kcfg.__main__ import run
    from kcfg.apply.kept import KEPT

    spec = SPEC.partition("users:")[0] + 'users:\n- {name: dev, token: "ref+env://token"}\n'
    spec += "secretStores: [{name: env, provider: env, env: {prefix: DEMO_}}]\n"
    world.spec.write_text(spec)
    monkeypatch.chdir(world.spec.parent)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", world.service.env["DBUS_SESSION_BUS_ADDRESS"])
    files = [world.config.read_bytes()]
    for number in range(KEPT + 3):
        monkeypatch.setenv("DEMO_TOKEN", f"{MARK}-{number}")
        assert run(["apply", "--credentials", "inline", *ADOPT[1:]]) == 0, capfd.readouterr().err
        files.append(world.config.read_bytes())
        assert len(items(world.service)) == min(number + 1, KEPT)
    assert len(set(files)) == KEPT + 4

    assert run(["undo", "3", *UNDO[1:]]) == 1
    assert "event 3 cannot be taken back: the keyring no longer has the secret of user/dev" in capfd.readouterr().err
    assert world.config.read_bytes() == files[-1]
    assert run(["undo", "20", *UNDO[1:]]) == 0
    assert world.config.read_bytes() == files[19]

    # Now the names of all that was removed are taken by the pieces of others.
    for number in range(4):
        monkeypatch.setenv("DEMO_TOKEN", f"{MARK}-again-{number}")
        assert run(["apply", "--credentials", "inline", *ADOPT[1:]]) == 0
    assert {f"kcfg/demo/history/{number}" for number in (1, 2, 3)} <= {*items(world.service)}
    now = world.config.read_bytes()
    assert run(["undo", "1", *UNDO[1:]]) == 1
    assert "event 3 cannot be taken back: keyring item 'kcfg/demo/history/3' is of some" in capfd.readouterr().err
    assert world.config.read_bytes() == now
    assert run(["undo", "4", *UNDO[1:]]) == 0
    assert world.config.read_bytes() == files[3]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("command", ["adopt", "undo"])
def test_killed_anywhere_nothing_is_lost_and_nothing_is_left(command, tmp_path, shared_service):
    """A sample of the calls, with those around the change of the file; `make crash` takes each."""
    place = Undone(tmp_path / "place", shared_service)
    calls, seen = place.calls[command], set()

    for at in {1, *range(9, calls, 14), calls}:
        wrong, left = place.verdict(command, at)
        assert not wrong, at
        seen.add(left)

    assert seen == {"old", "new"}
