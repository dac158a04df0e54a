"""The credentials that reach a server are those that the real kubectl sends for the same context."""

import base64
import json

import pytest
from fleet_servers import TOKEN


def pem64(content):
    return base64.b64encode(content).decode()


def stanza(**more):
    base = {"apiVersion": "client.authentication.k8s.io/v1", "command": "./login", "interactiveMode": "Never"}
    return {**base, **more}


USERS = {
    "token": {"token": TOKEN},
    "tokenFile before token": {"tokenFile": "token", "token": "another"},
    "tokenFile that is gone": {"tokenFile": "gone", "token": TOKEN},
    "basic": {"username": "jane", "password": "planted"},
    "impersonation": {
        "token": TOKEN, "as": "jane", "as-uid": "7", "as-groups": ["one", "two"], "as-user-extra": {"Scope/X": ["a"]}
    },
    "plugin": {"exec": stanza(provideClusterInfo=True)},
    "token beside plugin": {"token": TOKEN, "exec": stanza()},
    "certificate": {"client-certificate": "admin.crt", "client-key": "admin.key"},
    "certificate beside plugin": {"client-certificate": "admin.crt", "client-key": "admin.key", "exec": stanza()},
}  # fmt: skip


@pytest.mark.kubectl
@pytest.mark.parametrize("userinfo", ["", "jane:planted@"])
@pytest.mark.parametrize("scheme", ["https", "http", "bare"])
@pytest.mark.parametrize("name", USERS)
def test_the_same_headers_and_the_same_plugin_call(name, scheme, userinfo, fleet, kcfg, kubectl):
    certificate, key = fleet.client
    (fleet.folder / "admin.crt").write_bytes(certificate)
    (fleet.folder / "admin.key").write_bytes(key)
    (fleet.folder / "token").write_text(f"{TOKEN}\n")
    login = fleet.folder / "login"
    answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": TOKEN}}
    login.write_text(f"#!/bin/sh\nprintf '%s' \"$KUBERNETES_EXEC_INFO\" > \"$0.info\"\necho '{json.dumps(answer)}'\n")
    login.chmod(0o755)
    server = fleet.start() if scheme == "https" else fleet.start(pem=None)
    url = server.url.replace("//", f"//{userinfo}")
    fleet.user("me", **USERS[name])
    fleet.context("a", url.removeprefix("http://") if scheme == "bare" else url, "me")
    if scheme != "https":
        fleet.clusters["a"]["certificate-authority"] = "ca.crt"
    config = fleet.write()

    def sent(run):
        server.asked.clear()
        (fleet.folder / "login.info").unlink(missing_ok=True)
        run()
        info = fleet.folder / "login.info"
        headers = next((headers for _, path, headers in server.asked if path == "/version"), None)
        kept = {key.lower(): value for key, value in (headers or {}).items() if key.startswith(("Auth", "Impersonate"))}
        return headers is not None, kept, info.read_text() if info.exists() else None

    def ours():
        kcfg("check", "connectivity", "--kubeconfig", config, "--timeout", "5s")

    def theirs():
        kubectl("--kubeconfig", config, "get", "--raw", "/version")

    assert sent(ours) == sent(theirs)
