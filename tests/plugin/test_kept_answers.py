"""Which answers of a plugin are kept: none that kubectl refuses, for that would fail until its end."""

import json
import os
import subprocess
import time

import pytest

from kcfg.cache.ends import end_of_answer
from kcfg.x509 import make_authority, make_client

V1, BETA = "client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"
AUTHORITY = make_authority("authority")
(CERTIFICATE, KEY), (_, OTHER) = (
    [pem.decode() for pem in make_client(name, (), AUTHORITY)] for name in ("jane", "john")
)
PAIR = {"clientCertificateData": CERTIFICATE, "clientKeyData": KEY}
YEAR = str(time.gmtime().tm_year + 1)


def answer(status, **more):
    ends = {"expirationTimestamp": f"{YEAR}-01-01T00:00:00Z"}
    return json.dumps({"apiVersion": V1, "kind": "ExecCredential", "status": {**ends, **status}, **more})


def at(moment):
    return answer({"token": "plum", "expirationTimestamp": moment})


KEPT = {
    "token": answer({"token": "plum"}),
    "pair": answer(PAIR),
    "both": answer({"token": "plum", **PAIR}),
    "nothing of a pair": answer({"token": "plum", "clientCertificateData": "", "clientKeyData": None}),
    "question beside it": answer({"token": "plum"}, spec={"interactive": False}),
    "no question": answer({"token": "plum"}, spec=None),
    "fraction": at(f"{YEAR}-01-01T00:00:00.123456789Z"),
    "comma": at(f"{YEAR}-01-01T00:00:00,5Z"),
    "zone": at(f"{YEAR}-01-01T00:00:00+05:30"),
}
REFUSED = {
    "empty token": answer({"token": ""}),
    "no token": answer({}),
    "number": answer({"token": 5}),
    "no key": answer({"token": "plum", "clientCertificateData": CERTIFICATE}),
    "key alone": answer({"token": "plum", "clientKeyData": KEY}),
    "empty pair": answer({"clientCertificateData": "", "clientKeyData": ""}),
    "another's key": answer({**PAIR, "clientKeyData": OTHER}),
    "no PEM": answer({"token": "plum", "clientCertificateData": "x", "clientKeyData": "y"}),
    "key is a number": answer({"token": "plum", "clientKeyData": 5}),
    "another version": answer({"token": "plum"}, apiVersion=BETA),
    "no version": json.dumps({"kind": "ExecCredential", "status": json.loads(at(f"{YEAR}-01-01T00:00:00Z"))["status"]}),
    "question is a text": answer({"token": "plum"}, spec="x"),
    "line break": answer({"token": "plum\n"}),
    "twice": answer({"token": "plum"}) * 2,
    **{
        moment: at(YEAR + moment)
        for moment in (
            "-01-01 00:00:00Z", "0101T000000Z", "-W02-1T00:00:00Z", "-01-01T00:00:00+01", "-01-01T00:00:00+0100",
            "-01-01t00:00:00Z", "-01-01T00:00Z", "-01-01T00:00:00+01:00:30", "-01-01T00:00:00.Z", "-01-01T00:00:00",
        )
    },
}  # fmt: skip


def question(version=V1):
    return json.dumps({"apiVersion": version, "kind": "ExecCredential", "spec": {"interactive": False}})


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_what_kubectl_takes_is_kept_until_its_end(text):
    assert end_of_answer(text, question()) > time.time()


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_kubectl_refuses_is_not_kept(text):
    assert end_of_answer(text, question()) == 0


def test_the_question_says_which_version_is_the_right_one():
    older = answer({"token": "plum"}, apiVersion=BETA)

    assert end_of_answer(older, question(BETA)) == end_of_answer(older) > 0
    assert end_of_answer(answer({"token": "plum"}), question(BETA)) == 0


@pytest.mark.kubectl
@pytest.mark.parametrize(("found", "is_taken"), [(KEPT, True), (REFUSED, False)], ids=["kept", "refused"])
def test_kubectl_judges_so(found, is_taken, tmp_path, kubectl_path):
    """It gets as far as the server, where nobody listens, or no further than the answer."""
    (program := tmp_path / "login").write_text(f"#!/bin/sh\ncat {tmp_path}/answer\n")
    program.chmod(0o755)
    stanza = {"apiVersion": V1, "command": str(program), "interactiveMode": "Never"}
    config = {
        "clusters": [{"name": "a", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "a", "user": {"exec": stanza}}],
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
        "current-context": "a",
    }
    (tmp_path / "config").write_text(json.dumps(config))
    words = (kubectl_path, "--kubeconfig", tmp_path / "config", "get", "--raw", "/version")
    for name, text in found.items():
        (tmp_path / "answer").write_text(text)
        env = {**os.environ, "HOME": str(tmp_path)}
        done = subprocess.run(
            words, env=env, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False
        )
        assert ("connection refused" in done.stderr or "was refused" in done.stderr) is is_taken, (name, done.stderr)
