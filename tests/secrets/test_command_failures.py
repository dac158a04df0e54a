"""What a `command` store says when its command fails: what to type to see why, and never what it printed."""

import json
import os

import pytest

from kcfg.kubeconfig.plugins import shown_store

SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: acme}
secretStores: [{name: default, provider: command, command: {argv: %s, timeout: 1}}]
clusters: [{name: dev, server: "https://dev.example.com"}]
users:
- {name: bot, token: "ref+default://ci-bot/token"}
- {name: other, token: "ref+default://other"}
contexts:
- {name: bot, cluster: dev, user: bot}
- {name: other, cluster: dev, user: other}
"""


@pytest.fixture
def write(kcfg, tmp_path):
    """Write a trusted spec whose store runs a shell script: write("exit 3") → its folder."""

    def make(script, *words):
        argv = ["sh", "-c", script, *(words or ("sh", "{key}"))]
        (tmp_path / "kcfg.yaml").write_text(SPEC % json.dumps(argv))
        trusted = kcfg("trust", "--yes")
        assert trusted.returncode == 0, trusted.stderr
        return tmp_path

    return make


def test_check_tells_the_row_what_to_type_and_goes_on(kcfg, write):
    write('[ "$1" = other ] && exec echo fine; echo planted-out; echo planted-err >&2; exit 3')
    done = kcfg("secret", "check")
    bot, other = done.stdout.splitlines()[1:]

    assert done.returncode == 1
    assert "failed with exit code 3; to see why, run: sh -c " in bot
    assert bot.endswith("sh ci-bot/token >/dev/null")
    assert other.endswith("ok")
    assert "planted-" not in (done.stdout + done.stderr).replace("echo planted-", "")


@pytest.mark.parametrize(
    "words",
    [
        ("secret", "get", "ci-bot/token", "--reveal"),
        ("render", "--credentials", "inline", "--raw"),
        ("check", "expiry", "--read-secrets"),
        ("get-token", "bot", "-f", "kcfg.yaml"),
    ],
    ids=str,
)
def test_no_command_takes_a_failure_for_an_answer(kcfg, write, words):
    write("echo planted-out; echo planted-err >&2; exit 3")
    done = kcfg(*words)

    assert done.returncode != 0
    assert "failed with exit code 3" in done.stderr
    assert "sh ci-bot/token >/dev/null" in done.stderr
    assert "planted-out" not in done.stdout
    assert "planted-" not in done.stderr.replace("echo planted-", "")


def test_the_plugin_says_where_it_ran_in_one_line(kcfg, write, tmp_path):
    folder = write("sleep 9")
    (tmp_path / "elsewhere").mkdir()
    args = ["--kind", "token", "--command", "acme/default", "--key", "ci-bot/token"]
    done = kcfg("credential", *args, cwd=tmp_path / "elsewhere")

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    expected = (
        f"gave no answer within 1 s; to see why, run in {os.path.realpath(folder)}: sh -c 'sleep 9' sh ci-bot/token"
    )
    assert expected in done.stderr


@pytest.mark.parametrize(
    ("argv", "shown"),
    [
        (["gcloud", "secrets", "versions", "access", "latest", "--secret={key}"], "'--secret={key}'"),
        (["aws", "secretsmanager", "get-secret-value", "--secret-id", "kcfg/{key}"], "--secret-id 'kcfg/{key}'"),
        (["x", "--password", "planted"], "--password REDACTED"),
        (["x", "--password=planted"], "--password=REDACTED"),
        (["sh", "-c", "curl -H 'Authorization: Bearer planted' https://example.com/{key}"], "REDACTED"),
    ],
)
def test_the_name_of_a_secret_is_shown_and_a_secret_is_not(argv, shown):
    assert shown in shown_store(argv)
    assert "planted" not in shown_store(argv)


def test_check_shows_the_others_beside_a_file_that_cannot_be_read(kcfg, tmp_path):
    store = tmp_path / "store"
    store.mkdir(mode=0o700)
    (store / "other").write_text("fine")
    (store / "other").chmod(0o644)
    stores = 'provider: file, file: {directory: "store"}}]'
    (tmp_path / "kcfg.yaml").write_text(SPEC.replace("provider: command, command: {argv: %s, timeout: 1}}]", stores))
    done = kcfg("secret", "check", "-o", "json")

    assert [row["status"] for row in json.loads(done.stdout)["secrets"]] == ["missing", "unknown"]
    assert done.returncode == 2
    assert "others may read it (mode 0644)" in done.stderr
