"""What is recorded of a user for the plugin: a program by its full path; a service account, by whom and where."""

import json
import os
from base64 import b64encode
from hashlib import sha256

import pytest

from kcfg.spec.load import load_spec
from kcfg.trust.program import OWN, account_program, asked_endpoint, found_program
from kcfg.x509 import make_authority, make_client

CERTIFICATE, KEY = (each.decode() for each in make_client("ca", (), make_authority("ca")))
DIGEST = sha256(CERTIFICATE.encode()).hexdigest()
URL = "https://a.example.com"


def program_at(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_a_program_is_found_by_its_place_or_on_the_path(tmp_path, monkeypatch):
    program_at(tmp_path / "team/bin/login")
    program_at(tmp_path / "path/login")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))

    def found(command):
        return found_program({"command": command}, str(tmp_path / "team"))["path"]

    assert found("bin/login") == found("./bin/login") == str(tmp_path / "team/bin/login")
    assert found(str(tmp_path / "team/bin/login")) == str(tmp_path / "team/bin/login")
    assert found("login") == str(tmp_path / "path/login")
    assert [found(each) for each in ("none", "./none", "./bin", "")] == [""] * 4


def test_what_is_recorded_of_a_program():
    assert found_program({"command": "none", "args": ["a", "b"], "env": [{"name": "X", "value": "y"}]}, ".") == {
        "command": "none", "path": "", "args": ["a", "b"]
    }  # fmt: skip
    assert found_program({"command": None, "args": None}, ".") == {"command": "", "path": "", "args": []}
    for mode, more in (("Always", {"interactiveMode": "Always"}), ("IfAvailable", {}), ("Never", {})):
        assert found_program({"command": "none", "interactiveMode": mode}, ".") == {
            "command": "none", "path": "", "args": [], **more
        }  # fmt: skip


def test_the_server_that_is_asked_is_listed_as_the_record_lists_it():
    plain = asked_endpoint({"server": URL})
    assert plain == ("", URL, "", "", "", "")
    assert asked_endpoint({"server": URL, "certificate-authority-data": ""}) == plain
    assert asked_endpoint({}) == ("", "", "", "", "", "")
    data = b64encode(CERTIFICATE.encode()).decode()
    whole = {
        "server": URL, "proxy-url": "http://p.example.com", "tls-server-name": "b.example.com",
        "insecure-skip-tls-verify": True, "certificate-authority-data": data[:40] + "\n" + data[40:],
    }  # fmt: skip
    assert asked_endpoint(whole) == ("", URL, "http://p.example.com", DIGEST, "b.example.com", "insecure")
    assert asked_endpoint({"server": URL, "insecure-skip-tls-verify": "true"}) == plain
    for broken in ("!", data[:41], "é"):
        with pytest.raises(ValueError, match=r"base64|padding|ASCII"):
            asked_endpoint({"server": URL, "certificate-authority-data": broken})


@pytest.fixture
def record(tmp_path):
    """record(via, …): what is recorded of a service account whose tokens the user `via` asks for."""

    def make(via, *, clusters=({"name": "c", "server": URL},), contexts=(("x", "c", "bot"),), stanza=None, **account):
        root = tmp_path / "team"
        root.mkdir(exist_ok=True)
        (root / "ca.crt").write_text(f"notes\n{CERTIFICATE}")
        said = {"namespace": "ci", "name": "bot", "via": "admin", **account}
        value = {
            "apiVersion": "kcfg/v1", "kind": "KubeconfigSpec", "metadata": {"name": "acme"},
            "secretStores": [{"name": "vars", "provider": "env", "env": {"prefix": "KCFG_"}}], "clusters": [*clusters],
            "users": [{"name": "admin", **via}, {"name": "bot", "auth": {"service-account": said}}],
            "contexts": [{"name": name, "cluster": cluster, "user": user} for name, cluster, user in contexts],
        }  # fmt: skip
        (root / "kcfg.yaml").write_text(json.dumps(value))
        spec = load_spec(str(root))
        return account_program(spec, spec.users["bot"], spec.users["admin"], stanza or via.get("exec") or {})

    return make


def test_an_account_its_token_and_its_servers(record):
    found = record({"tokenFile": "token"})
    assert found["account"].items() >= {"namespace": "ci", "name": "bot", "audiences": [], "bound": ""}.items()
    assert [found[name] for name in ("command", "path", "args", "secrets", "via")] == [OWN, OWN, [], {}, "admin"]
    assert found["servers"] == [["", URL, "", "", "", ""]]
    assert json.loads(json.dumps(found)) == found
    more = record({"tokenFile": "token"}, ttl="30m", audiences=["a", "b"])["account"]
    assert (more["ttl"], more["audiences"]) == ("30m", ["a", "b"])


def test_its_servers_are_those_of_its_contexts_with_their_authorities(record):
    clusters = [
        {"name": "b", "server": "https://b.example.com", "certificate-authority": "ca.crt"},
        {"name": "a", "server": URL, "certificate-authority-data": b64encode(CERTIFICATE.encode()).decode()},
        {"name": "other", "server": "https://other.example.com"},
        {"name": "gone", "server": "https://gone.example.com", "certificate-authority": "none.crt"},
    ]
    contexts = [("1", "b", "bot"), ("2", "a", "bot"), ("3", "other", "admin"), ("4", "gone", "bot")]

    assert record({"tokenFile": "token"}, clusters=clusters, contexts=contexts)["servers"] == [
        ["", URL, "", DIGEST, "", ""], ["", "https://b.example.com", "", DIGEST, "", ""],
        ["", "https://gone.example.com", "", "", "", ""],
    ]  # fmt: skip


def test_paths_of_its_user_are_full(record, tmp_path):
    team = os.path.realpath(tmp_path / "team")
    assert record({"tokenFile": "sub/../token"})["user"] == {"tokenFile": f"{team}/token"}
    assert record({"client-certificate": "a.crt", "client-key": "a.key", "as": "root", "as-groups": ["g"]})["user"] == {
        "client-certificate": f"{team}/a.crt", "client-key": f"{team}/a.key", "as": "root", "as-groups": ["g"]
    }  # fmt: skip


def test_a_program_of_its_user_is_recorded_by_its_full_path(record, tmp_path):
    program_at(tmp_path / "team/login")
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "./login", "args": ["x"],
        "interactiveMode": "Never",
    }  # fmt: skip
    found = record({"exec": plugin})

    assert found["user"] == {"exec": {**plugin, "command": str(tmp_path / "team/login")}}
    assert found["path"] == str(tmp_path / "team/login")
    assert found["command"] == OWN
    assert record({"exec": {**plugin, "command": "./none"}})["path"] == ""


def test_a_secret_of_its_user_is_a_stanza_of_kcfgs_own(record):
    body = record({"token": "ref+vars://admin", "as": "root"})["user"]
    assert [*body] == ["as", "exec"]
    assert body["exec"]["command"] == OWN
    assert body["exec"]["args"] == ["--kind", "token", "--env", "KCFG_ADMIN"]
    data = b64encode(CERTIFICATE.encode()).decode()
    body = record({"client-key-data": "ref+vars://key", "client-certificate-data": data})["user"]
    assert [*body] == ["exec"]
    given = body["exec"]["args"]
    assert given[:5] == ["--kind", "client-certificate", "--env", "KCFG_KEY", "--certificate-data"]


def test_a_program_of_its_user_that_takes_a_secret_is_started_by_kcfg(record):
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "login", "interactiveMode": "Never",
        "env": [{"name": "PASSWORD", "value": "ref+vars://admin"}],
    }  # fmt: skip
    body = record({"exec": plugin, "as": "root"})["user"]

    assert body["as"] == "root"
    assert body["exec"]["command"] == OWN
    assert body["exec"]["args"] == ["--spec", "acme", "--user", "admin"]
