"""No secret from the command line, by the one answer to what a secret is."""

import io
import sys

import pytest

from kcfg.__main__ import run as main

PLUM = "plum-plum"
URL = f"https://me:{PLUM}@a.example.com"
REFUSED = [
    f"set-credentials u --exec-command login --exec-arg --client-secret={PLUM}",
    f"set-credentials u --exec-command login --exec-arg --password --exec-arg {PLUM}",
    f"set-credentials u --exec-command login --exec-arg -p,{PLUM}",
    f"set-credentials u --exec-command aws --exec-env AWS_SECRET_ACCESS_KEY={PLUM}",
    f"set-credentials u --auth-provider oidc --auth-provider-arg client-secret={PLUM}",
    f"set-cluster a --server {URL}",
    f"set-cluster a --server https://a.example.com/?token={PLUM}",
    f"set-cluster a --proxy-url {URL}",
    f"set clusters.a.server {URL}",
    f"set clusters.a.proxy-url {URL}",
    f"set users.u.token {PLUM}",
    f"spec set-cluster a --server {URL}",
    f"spec set-cluster a --proxy-url {URL}",
]
TAKEN = [
    "set-credentials u --exec-command oci --exec-arg --auth --exec-arg security_token",
    "set-credentials u --exec-command kubectl --exec-arg oidc-login,get-token,--token-cache-storage=disk",
    "set-credentials u --exec-command login --exec-env GOOGLE_APPLICATION_CREDENTIALS=key.json",
    "set-credentials u --auth-provider gcp --auth-provider-arg token-key={.credential.access_token}",
    "set-cluster a --server https://a.example.com/k8s?page=1 --proxy-url http://proxy.example.com:3128",
]


@pytest.fixture
def run(tmp_path, private_home, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", "config")
    (tmp_path / "kcfg.yaml").write_text("apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: demo}\n")

    def call(words, stdin=""):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        return main(words.split()), "".join(capfd.readouterr())

    return call


@pytest.mark.parametrize("words", REFUSED)
def test_a_secret_is_refused_with_the_way(words, run, tmp_path):
    code, said = run(words)
    assert code == 2
    assert PLUM not in said
    assert "hint: " in said
    assert not (tmp_path / "config").exists()


@pytest.mark.parametrize("words", TAKEN)
def test_what_is_none_is_taken(words, run, tmp_path):
    assert run(words)[0] == 0
    assert (tmp_path / "config").exists()


@pytest.mark.parametrize(
    "words", ["set-cluster a --proxy-url -", "set-cluster a --server -", "set clusters.a.server -"]
)
def test_a_url_with_a_password_comes_from_standard_input_and_closes_the_file(words, run, tmp_path):
    (tmp_path / "config").write_text("apiVersion: v1\nkind: Config\n")
    (tmp_path / "config").chmod(0o644)
    code, said = run(words, f"{URL}\n")
    assert code == 0, said
    assert URL in (tmp_path / "config").read_text()
    assert (tmp_path / "config").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("value", ["REDACTED", "Bearer plum", "<token>"])
def test_a_placeholder_is_refused(value, run, tmp_path):
    for words in ("set-credentials u --token -", "set users.u.token -"):
        code, said = run(words, value)
        assert code == 2
        assert "plum" not in said
    assert not (tmp_path / "config").exists()
