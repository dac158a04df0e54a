"""The exec plugin's answers, in process; tests/scenarios/test_plugin.py runs it as kubectl does."""

import base64
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kcfg.credential import handle
from kcfg.x509 import make_authority, make_client

V1, BETA = "client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"
CERTIFICATE, KEY = (pem.decode() for pem in make_client("ci", (), make_authority("test")))
CANARY = "canary-77"
ROOT = Path(__file__).parent.parent.parent


def ask(*words, **env):
    out, err = io.StringIO(), io.StringIO()
    code = handle(list(words), env, out, err)
    return code, out.getvalue(), err.getvalue()


def answer(kind, value, *words, **env):
    code, out, err = ask("--kind", kind, "--env", "S", *words, S=value, **env)
    assert (code, err) == (0, ""), err
    assert out.count("\n") == 1
    return json.loads(out)


def refusal(kind, value, *words, **env):
    code, out, err = ask("--kind", kind, "--env", "S", *words, S=value, **env)
    assert code == 1
    assert out == ""
    assert err.startswith("kcfg: ")
    assert err.count("\n") == 1
    assert CANARY not in err
    return err


def jwt(ends):
    body = base64.urlsafe_b64encode(json.dumps({"exp": ends}).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{body}.{CANARY}"


def test_token():
    expected = {"apiVersion": V1, "kind": "ExecCredential", "status": {"token": "t"}}

    assert answer("token", "t") == expected


@pytest.mark.parametrize("version", [V1, BETA])
def test_it_answers_in_the_version_it_was_asked(version):
    info = json.dumps({"kind": "ExecCredential", "apiVersion": version, "spec": {"interactive": False}})

    assert answer("token", "t", KUBERNETES_EXEC_INFO=info)["apiVersion"] == version


@pytest.mark.parametrize("info", ["{", "[]", '{"apiVersion": "client.authentication.k8s.io/v1alpha1"}'])
def test_other_versions_are_refused(info):
    assert "KUBERNETES_EXEC_INFO" in (told := refusal("token", "t", KUBERNETES_EXEC_INFO=info)) or "v1alpha1" in told


def test_whitespace_around_a_token_is_dropped():
    assert answer("token", " t\n")["status"] == {"token": "t"}


@pytest.mark.parametrize("value", [" \n", f"{CANARY}\nX-Evil: 1", f"{CANARY}\0"])
def test_token_that_is_no_header_value_is_refused(value):
    refusal("token", value)


def test_jwt_carries_its_expiry():
    assert answer("token", jwt(4000000000))["status"]["expirationTimestamp"] == "2096-10-02T07:06:40Z"


def test_expired_token_is_refused_with_its_date():
    assert "2001-09-09T01:46:40Z" in refusal("token", jwt(1000000000))


@pytest.mark.parametrize(
    "value",
    [
        json.dumps({"clientCertificateData": CERTIFICATE, "clientKeyData": KEY}),
        CERTIFICATE + KEY,
        CERTIFICATE + CERTIFICATE + KEY,
    ],
    ids=["JSON", "PEM", "chain"],
)
def test_certificate_and_key(value):
    status = answer("client-certificate", value)["status"]

    assert status["clientKeyData"] == KEY
    assert status["clientCertificateData"].startswith("-----BEGIN CERTIFICATE")
    assert status["expirationTimestamp"].endswith("Z")


def test_certificate_from_the_arguments_with_key_from_the_store():
    words = ("--certificate-data", base64.b64encode(CERTIFICATE.encode()).decode())
    status = answer("client-certificate", KEY, *words)["status"]

    assert status["clientCertificateData"] == CERTIFICATE
    assert status["clientKeyData"] == KEY


@pytest.mark.parametrize("value", [CANARY, KEY, CERTIFICATE, "{", '{"clientKeyData": 3}', "{}"])
def test_half_a_pair_is_refused(value):
    refusal("client-certificate", value)


def test_property_of_a_json_secret():
    value = json.dumps({"token": "t", "other": CANARY})

    assert answer("token", value, "--property", "token")["status"] == {"token": "t"}
    refusal("token", value, "--property", "nope")
    refusal("token", CANARY, "--property", "token")


def test_text_that_json_must_escape():
    assert answer("token", 'ü"\\✓🔑')["status"]["token"] == 'ü"\\✓🔑'


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--kind"],
        ["--kind", "token"],
        ["--kind", "password", "--env", "S"],
        ["--kind", "token", "--env", "S", "--env", "S"],
        ["--kind", "token", "--evil", "S"],
        ["--kind", "token", "--env", "MISSING"],
        ["--kind", "token", "--file", "/nonexistent/x"],
        ["--kind", "client-certificate", "--env", "S", "--certificate-data", "é"],
    ],
)
def test_wrong_arguments_are_one_line(words):
    code, out, err = ask(*words, S=CANARY)

    assert (code, out) == (1, "")
    assert err.startswith("kcfg: ")
    assert err.count("\n") == 1


def test_bug_is_one_line_without_its_text(monkeypatch):
    def broken(*_):
        raise RuntimeError(CANARY)

    monkeypatch.setattr("kcfg.credential.token_expiry", broken)

    assert "RuntimeError" in refusal("token", "t")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_it_refuses_a_terminal_before_it_reads():
    out, err = Terminal(), io.StringIO()

    assert handle(["--kind", "token", "--env", "S"], {"S": CANARY}, out, err) == 1
    assert out.getvalue() == ""
    assert "terminal" in err.getvalue()


def test_core_dumps_are_off_while_a_secret_is_held():
    code = (
        "import io, resource, sys\nfrom kcfg.credential import handle\n"
        "handle(['--kind', 'token', '--env', 'S'], {'S': 'x'}, io.StringIO(), sys.stderr)\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE)[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)

    # Less than a page: no file is written; exactly 1: no piped handler is started either.
    assert done.stdout.strip() in ("0", "1"), done.stderr


def test_file_secret(tmp_path):
    path = tmp_path / "token"
    path.write_text("t\n")
    os.chmod(path, 0o600)
    code, out, _ = ask("--kind", "token", "--file", str(path))

    assert code == 0
    assert json.loads(out)["status"] == {"token": "t"}
