"""`kcfg secret …` as people run it, in front of a real Secret Service; and where there is none, or it is locked."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from terminal import on_terminal

from kcfg.x509 import make_authority, make_client

CANARY = "canary-7c2e"
SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: acme}
users:
- name: ci-bot
  token: ref+default://bots/ci
- name: admin
  client-certificate: admin.crt
  client-key-data: {secretRef: {key: admin/client-key}}
- name: old
  username: old
  password: ref+files://old
secretStores:
- {name: files, provider: file, file: {directory: secrets}}
"""
COMMANDS = [
    ("set", "bots/ci"),
    ("get", "bots/ci", "--reveal"),
    ("ls",),
    ("rm", "bots/ci", "--yes"),
    ("check",),
    ("unlock",),
]


@pytest.fixture
def pairs():
    authority = make_authority("test")
    return [tuple(pem.decode() for pem in make_client("admin", (), authority)) for _ in range(2)]


@pytest.fixture
def folder(tmp_path, pairs):
    (tmp_path / "kcfg.yaml").write_text(SPEC)
    (tmp_path / "admin.crt").write_text(pairs[0][0])
    return tmp_path


@pytest.fixture
def bus(secret_service):
    return {"DBUS_SESSION_BUS_ADDRESS": secret_service.env["DBUS_SESSION_BUS_ADDRESS"]}


@pytest.fixture
def secret(kcfg, folder, bus):
    """Run `kcfg secret …` beside the spec."""

    def run(*words, value=""):
        return kcfg("secret", *words, cwd=folder, env=bus, stdin=value)

    return run


def status(secret):
    listed = json.loads(secret("ls", "-o", "json").stdout)["secrets"]
    return {row["name"]: row["status"] for row in listed}


def test_what_is_set_is_got_and_its_final_newline_is_gone(secret):
    assert secret("set", "bots/ci", value=f"{CANARY}\n").stdout == 'secret "bots/ci" created\n'
    assert secret("get", "bots/ci", "--reveal").stdout == CANARY
    assert secret("set", "bots/ci", value=f"{CANARY}\r\n").stdout == 'secret "bots/ci" unchanged\n'
    assert secret("set", "bots/ci", value="other").stdout == 'secret "bots/ci" configured\n'
    assert secret("get", "bots/ci", "--reveal").stdout == "other"


def test_a_token_is_stored_without_what_was_copied_with_it_and_a_password_as_it_is(secret, folder):
    done = secret("set", "bots/ci", value=f" 'Authorization: Bearer {CANARY}' \n")
    assert (done.returncode, done.stdout) == (0, 'secret "bots/ci" created\n')
    assert "`Bearer` and blanks and quotes around the token left out" in done.stderr
    assert CANARY not in done.stderr
    assert secret("get", "bots/ci", "--reveal").stdout == CANARY
    assert secret("set", "bots/ci", value=f"Basic {CANARY}").returncode == 2

    assert secret("set", "old", value=f"'{CANARY}' \n").stderr == ""
    assert (folder / "secrets" / "old").read_text() == f"'{CANARY}' "


def test_item_is_one_that_secret_tool_finds(secret, secret_service):
    secret("set", "bots/ci", value=CANARY)

    assert secret_service.tool("lookup", "service", "kcfg/acme/bots/ci", "username", "kcfg").stdout == CANARY


def test_get_prints_nothing_without_reveal(secret):
    secret("set", "bots/ci", value=CANARY)
    done = secret("get", "bots/ci")

    assert (done.returncode, done.stdout) == (2, "")
    assert CANARY not in done.stderr
    assert "--reveal" in done.stderr


def test_value_on_the_command_line_is_no_argument(secret):
    done = secret("set", "bots/ci", CANARY)

    assert done.returncode == 2
    assert CANARY not in done.stdout
    assert status(secret)["bots/ci"] == "missing"


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("bots/ci", f"{CANARY}\nmore\n", "control characters"),
        ("bots/ci", f"{CANARY}\x1b[31m", "control characters"),
        ("bots/ci", "", "empty"),
        ("bots/ci", "\n", "empty"),
        ("bots/ci", CANARY * 10000, "larger"),
        ("admin/client-key", CANARY, "not PEM"),
        ("admin/client-key", "{}", "clientKeyData"),
    ],
)
def test_what_cannot_be_right_is_refused_and_not_quoted(secret, key, value, says):
    done = secret("set", key, value=value)

    assert done.returncode == 2
    assert says in done.stderr
    assert CANARY not in done.stdout + done.stderr
    assert status(secret)[key] == "missing"


def test_key_must_match_the_certificate_in_the_spec(secret, pairs):
    wrong = secret("set", "admin/client-key", value=pairs[1][1])

    assert wrong.returncode == 2
    assert "does not match" in wrong.stderr
    assert secret("set", "admin/client-key", value=pairs[0][1]).returncode == 0
    assert secret("get", "admin/client-key", "--reveal").stdout == pairs[0][1]


def test_unknown_key_gets_a_guess(secret):
    for text, guess in (
        ("bots/c1", "bots/ci"),
        ("ci-bot/token", "bots/ci"),
        ("admin/client-key-data", "admin/client-key"),
    ):
        done = secret("set", text, value="x")
        assert done.returncode == 2
        assert f"did you mean '{guess}'?" in done.stderr


def test_ls_tells_what_is_there_and_no_value(secret, folder):
    secret("set", "bots/ci", value=CANARY)
    listed = secret("ls")
    rows = {line.split()[0]: line.split() for line in listed.stdout.splitlines()}

    assert rows["NAME"] == ["NAME", "STORE", "KIND", "STATUS", "AGE", "USED-BY"]
    assert rows["bots/ci"][1:4] == ["default", "token", "present"]
    assert rows["bots/ci"][4].endswith("s")
    assert rows["bots/ci"][5] == "ci-bot/token"
    assert rows["admin/client-key"][3] == "missing"
    assert rows["files:old"][1:4] == ["files", "password", "missing"]
    assert secret("ls", "-o", "name").stdout.split() == ["admin/client-key", "bots/ci", "files:old"]
    for output in ("table", "json", "yaml", "name"):
        assert CANARY not in secret("ls", "-o", output).stdout


def test_secret_that_the_spec_forgot_is_listed_and_can_be_removed(secret, folder):
    secret("set", "bots/ci", value=CANARY)
    (folder / "kcfg.yaml").write_text(SPEC.replace("bots/ci", "bots/new"))

    assert status(secret)["bots/ci"] == "undeclared"
    assert secret("rm", "bots/ci", "--yes").returncode == 0
    assert "bots/ci" not in status(secret)


def test_file_store_works_alike(secret, folder):
    secret("set", "files:old", value=f"{CANARY}\n")

    assert secret("get", "old", "--reveal").stdout == CANARY
    assert (folder / "secrets/old").stat().st_mode & 0o777 == 0o600
    assert secret("rm", "files:old", "--yes").returncode == 0
    assert not (folder / "secrets/old").exists()


def test_rm_needs_a_yes(secret):
    secret("set", "bots/ci", value=CANARY)

    assert secret("rm", "bots/ci").returncode == 2
    assert status(secret)["bots/ci"] == "present"
    assert secret("rm", "bots/ci", "--yes").stdout == 'secret "bots/ci" deleted\n'
    assert status(secret)["bots/ci"] == "missing"
    assert secret("rm", "bots/ci", "--yes").returncode == 2


def test_rm_asks_on_a_terminal(secret, folder, bus):
    secret("set", "bots/ci", value=CANARY)

    assert on_terminal(["secret", "rm", "bots/ci"], b"no\n", cwd=folder, env=bus)[0] == 1
    assert status(secret)["bots/ci"] == "present"
    assert on_terminal(["secret", "rm", "bots/ci"], b"yes\n", cwd=folder, env=bus)[0] == 0
    assert status(secret)["bots/ci"] == "missing"


def test_prompt_does_not_echo(secret, folder, bus):
    code, shown = on_terminal(["secret", "set", "bots/ci"], f"{CANARY}\n".encode(), cwd=folder, env=bus)

    assert code == 0
    assert "bots/ci: " in shown
    assert CANARY not in shown
    assert secret("get", "bots/ci", "--reveal").stdout == CANARY


def test_missing_asks_for_each_that_nobody_stored(secret, folder, bus):
    typed = [f"{CANARY}-1\n".encode(), f"{CANARY}-2\n".encode()]
    code, shown = on_terminal(["secret", "set", "--missing"], typed, cwd=folder, env=bus)

    assert (code, CANARY in shown) == (1, False), shown
    assert "admin/client-key: a PEM text: kcfg secret set admin/client-key < FILE" in shown
    assert "3 secrets, 3 asked for, 1 still missing" in shown
    assert secret("get", "bots/ci", "--reveal").stdout == f"{CANARY}-1"
    assert secret("get", "files:old", "--reveal").stdout == f"{CANARY}-2"

    secret("rm", "files:old", "--yes")
    _, shown = on_terminal(["secret", "set", "--missing"], [b"two words\n"], cwd=folder, env=bus)
    assert "files:old: " in shown
    assert "bots/ci: " not in shown


def test_missing_asks_nobody_who_is_not_here(secret):
    done = secret("set", "--missing", value=CANARY)

    assert (done.returncode, "kcfg secret set KEY < FILE" in done.stderr) == (2, True)
    assert secret("set", "bots/ci", "--missing", value=CANARY).returncode == 2
    assert secret("set", value=CANARY).returncode == 2
    assert set(status(secret).values()) == {"missing"}


def test_check_finds_what_is_wrong(secret, folder, pairs):
    assert secret("check").returncode == 1
    secret("set", "bots/ci", value=CANARY)
    secret("set", "old", value=CANARY)
    secret("set", "admin/client-key", value=pairs[0][1])
    good = secret("check")

    assert good.returncode == 0, good.stdout
    assert json.loads(secret("check", "-o", "json").stdout)["secrets"][0]["expires"].endswith("Z")
    (folder / "admin.crt").write_text(pairs[1][0])
    bad = secret("check")
    assert bad.returncode == 1
    assert "does not match" in bad.stdout
    assert CANARY not in good.stdout + bad.stdout


def test_check_finds_an_expired_token(secret):
    # {"alg":"none"} . {"exp":1} . nothing
    secret("set", "bots/ci", value="eyJhbGciOiJub25lIn0.eyJleHAiOjF9.x")
    rows = json.loads(secret("check", "-o", "json").stdout)["secrets"]

    assert [(row["expires"], row["status"]) for row in rows if row["name"] == "bots/ci"] == [
        ("1970-01-01T00:00:01Z", "expired")
    ]


def test_check_finds_a_token_that_has_not_begun(secret):
    # {"alg":"none"} . {"nbf":250000000000} . nothing
    secret("set", "bots/ci", value="eyJhbGciOiJub25lIn0.eyJuYmYiOjI1MDAwMDAwMDAwMH0.x")
    rows = json.loads(secret("check", "-o", "json").stdout)["secrets"]

    assert [(row["expires"], row["status"]) for row in rows if row["name"] == "bots/ci"] == [("", "not yet valid")]


@pytest.mark.parametrize("words", COMMANDS[:-1], ids=lambda words: words[0])
def test_locked_keyring_is_told_and_stays_locked(secret, secret_service, words):
    secret("set", "bots/ci", value=CANARY)
    secret_service.lock()
    done = secret(*words, value=CANARY)

    assert done.returncode == 2
    assert "the keyring is locked" in done.stderr
    assert "kcfg secret unlock" in done.stderr
    assert CANARY not in done.stdout + done.stderr
    assert secret_service.locked()


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_absent_keyring_is_told_with_the_choices(kcfg, folder, session_bus, words):
    address = session_bus.env["DBUS_SESSION_BUS_ADDRESS"]
    for env in ({"DBUS_SESSION_BUS_ADDRESS": address}, {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere/bus"}):
        done = kcfg("secret", *words, cwd=folder, env=env, stdin=CANARY)
        assert done.returncode == 2
        assert CANARY not in done.stdout + done.stderr
        [hint] = [line for line in done.stderr.splitlines() if "hint" in line]
        for choice in ("env", "file", "command"):
            assert f"`{choice}`" in hint


def test_unlock_of_an_open_keyring_says_so(secret):
    assert secret("unlock").stdout == "the keyring is open\n"


def test_help_has_examples(kcfg):
    listed = kcfg("secret", "--help").stdout
    for words in COMMANDS:
        assert f"kcfg secret {words[0]}" in kcfg("secret", words[0], "--help").stdout
        assert f"  {words[0]} " in listed


def test_nothing_below_home_holds_a_value(secret, private_home, pairs):
    secret("set", "bots/ci", value=CANARY)
    secret("set", "admin/client-key", value=pairs[0][1])
    secret("get", "bots/ci", "--reveal")
    secret("ls")
    secret("check")
    found = [path for path in private_home.rglob("*") if path.is_file()]

    assert sorted(path.name for path in found) == ["index.json", "trust.json"]
    for path in found:
        assert CANARY not in path.read_text()
        assert "PRIVATE" not in path.read_text()
        assert path.stat().st_mode & 0o777 == 0o600
    assert os.stat(private_home / ".local/state/kcfg").st_mode & 0o777 == 0o700


def test_many_writers_and_readers_of_one_item(secret, kcfg, folder, bus):
    values = [f"value-of-{number}-" * 3 for number in range(5)]
    assert secret("set", "bots/ci", value=values[0]).returncode == 0

    def one(*words, stdin=""):
        return kcfg("secret", *words, "bots/ci", cwd=folder, env=bus, stdin=stdin)

    with ThreadPoolExecutor(8) as pool:
        writers = [pool.submit(one, "set", stdin=value) for value in values]
        readers = [pool.submit(one, "get", "--reveal") for _ in range(8)]

    assert [each.result().stderr for each in writers if each.result().returncode] == []
    assert {each.result().stdout.strip() for each in readers} <= set(values), [each.result().stderr for each in readers]


def test_what_a_kill_kept_out_of_the_index_comes_in_with_the_same_value(secret, private_home):
    index = private_home / ".local/state/kcfg/index.json"
    assert secret("set", "bots/ci", value=CANARY).returncode == 0
    index.unlink()

    assert "unchanged" in secret("set", "bots/ci", value=CANARY).stdout
    assert "bots/ci" in index.read_text()


def test_rm_leaves_no_name_behind(secret, secret_service, private_home):
    assert secret("set", "bots/ci", value=CANARY).returncode == 0
    secret_service.tool("clear", "service", "kcfg/acme/bots/ci", "username", "kcfg")

    assert secret("rm", "bots/ci", "--yes").returncode == 0
    assert "bots/ci" not in (private_home / ".local/state/kcfg/index.json").read_text()
    assert secret("rm", "bots/ci", "--yes").returncode == 2


def test_what_was_done_is_said_though_the_index_cannot_follow(secret, private_home):
    index = private_home / ".local/state/kcfg/index.json"
    index.mkdir(parents=True)

    set_ = secret("set", "bots/ci", value=CANARY)
    assert (set_.returncode, set_.stdout) == (2, 'secret "bots/ci" created\n')
    assert f"{index}: error:" in set_.stderr
    assert secret("get", "bots/ci", "--reveal").stdout == CANARY
