"""Plans as people read them: a moved credential is one line, and Markdown says nothing of the machine."""

import json
import subprocess
from pathlib import Path

import pytest

from kcfg.cli.plans.moves import moved_fields
from kcfg.cli.plans.places import Places
from kcfg.cli.table import find
from kcfg.exec_stanza import make_stanza
from kcfg.kubeconfig.plan import Change
from kcfg.secrets.ref import SecretRef
from kcfg.x509 import make_authority

ROOT = Path(__file__).parents[2]
HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: acme}\n"
SPEC = f"""{HEAD}clusters: [{{name: prod, server: "https://prod.example.com", certificate-authority: pki/ca.crt}}]
users:
- {{name: alice, token: "ref+default://alice/token"}}
- {{name: files, client-certificate: pki/me.crt, client-key: pki/me.key}}
contexts: [{{name: prod, cluster: prod, user: alice}}]
environments: [{{name: prod}}]
"""


@pytest.fixture
def acme(kcfg, tmp_path):
    """A clone with certificates in it, and a kubeconfig of the home that has its secret in it."""
    clone = tmp_path / "clone"
    (clone / "pki").mkdir(parents=True)
    (clone / "kcfg.yaml").write_text(SPEC)
    subprocess.run(["git", "init", "-q", clone], check=True)
    certificate, key = make_authority("me")
    for name, content in (("ca.crt", certificate), ("me.crt", certificate), ("me.key", key)):
        (clone / "pki" / name).write_bytes(content)
    config = tmp_path / "config"
    entries = {
        "clusters": [("prod", "cluster", {"server": "https://prod.example.com",
                                          "certificate-authority": str(clone / "pki/ca.crt")})],
        "users": [("alice", "user", {"token": "planted-token"})],
    }  # fmt: skip
    value = {key: [{"name": name, kind: body} for name, kind, body in each] for key, each in entries.items()}
    config.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **value}))

    def run(*words):
        return kcfg(*words, "--kubeconfig", config, "--adopt", cwd=clone)

    run.clone, run.config = clone, config
    return run


def test_a_moved_token_is_one_line(acme):
    assert "~ user/alice  token -> keyring  (kcfg did not write it)\n" in acme("diff").stdout
    assert (
        "| `~` update | user/alice | kcfg did not write it<br>token → keyring |"
        in acme("diff", "-o", "markdown").stdout
    )
    assert "installHint" in acme("diff", "-o", "unified").stdout


@pytest.mark.parametrize("words", [(), ("--no-embed",), ("-e", "prod"), ("--all-environments", "--no-embed")])
def test_markdown_says_nothing_of_the_machine(acme, words):
    text = acme("diff", "-o", "markdown", *words).stdout

    assert str(acme.clone.parent) not in text.replace(str(acme.config).replace("_", "\\_"), "")
    assert "../" not in text
    assert "client-key: pki/me.key" in text
    assert ("environment prod" in text) == bool({"-e", "--all-environments"} & {*words})


def test_two_spellings_of_a_path_stay_a_difference(acme):
    text = acme("diff", "-o", "markdown", "--no-embed").stdout

    assert "pki/ca.crt → pki/ca.crt \\(the path is spelled in another way\\)" in text


def test_paths_begin_at_the_repository_or_the_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    places = Places(str(tmp_path / "repo"), str(tmp_path / "repo/specs"))

    for path, told in [
        (f"{tmp_path}/repo/pki/ca.crt", "pki/ca.crt"),
        ("../pki/ca.crt", "pki/ca.crt"),
        ("ca.crt (sha256:1, CN=../x)", "specs/ca.crt (sha256:1, CN=../x)"),
        (f"{tmp_path}/home/.kube/config", "~/.kube/config"),
        (f"{tmp_path}/repository/ca.crt", f"{tmp_path}/repository/ca.crt"),
        ("/etc/ssl/ca.crt", "/etc/ssl/ca.crt"),
    ]:
        assert places.short(path) == told


def move(before, *, key="alice/token", store=None, **options):
    stanza = make_stanza(
        SecretRef(key), kind="token", spec_name="acme", store=store or {"provider": "keyring"}, **options
    )
    return moved_fields(Change("users", "alice", "update", before, {"exec": stanza}), "acme")


def test_only_what_kcfg_itself_would_write_is_told_shortly():
    token = {"token": "x"}
    one, other = (make_authority(name)[0].decode() for name in ("one", "other"))

    assert move(token) == ("token -> keyring", {"token"})
    assert move({"tokenFile": "t"})[0] == "tokenFile -> keyring"
    assert move(token, store={"provider": "env", "env": {"prefix": "A_"}})[0] == "token -> variable A_ALICE_TOKEN"
    assert move(token, command="/tmp/other")[0] == ""
    assert move({"exec": {"command": "x"}, **token})[0] == ""
    assert move({"username": "x"})[0] == ""
    assert move({"client-certificate-data": one, "client-key-data": "k"}, certificate_pem=other)[0] == ""
    foreign = make_stanza(SecretRef("t"), kind="token", spec_name="other", store={"provider": "keyring"})
    assert moved_fields(Change("users", "alice", "update", token, {"exec": foreign}), "acme")[0] == ""


def test_plan_is_diff_by_another_name(acme):
    assert find(["plan", "-e", "prod"])[0].module == find(["diff"])[0].module
    for words in ((), ("-o", "json"), ("--exit-zero",), ("--detailed-exitcode",), ("--nonsense",)):
        one, other = acme("plan", *words), acme("diff", *words)
        assert (one.returncode, one.stdout) == (other.returncode, other.stdout)
    assert acme("plan").returncode == 1
