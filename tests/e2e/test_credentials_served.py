"""Each kind of credential that kcfg delivers, carried to a real API server by the oldest and the newest kubectl."""

import base64
import json
import shlex

import pytest
from real_cluster import TOKEN

VARIABLES = "secretStores: [{name: vars, provider: env, env: {prefix: KCFG_E2E_}}]\n"
STATUS = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"}


@pytest.fixture
def admin(cluster, tmp_path):
    """A user with a certificate: its key in PEM, its certificate in admin.crt."""
    certificate, key = cluster.client("plum-admin", "viewers")
    (tmp_path / "admin.crt").write_text(certificate)
    (tmp_path / "admin.key").write_text(key)
    return key


@pytest.fixture
def plugin(tmp_path):
    """An exec plugin of somebody else's, that says a token."""
    file = tmp_path / "login"
    file.write_text(f"#!/bin/sh\nprintf %s {shlex.quote(json.dumps({**STATUS, 'status': {'token': TOKEN}}))}\n")
    file.chmod(0o755)
    return file


def account(cluster, name):
    """A service account that may read, and its token of an hour."""
    path = "/api/v1/namespaces/default/serviceaccounts"
    cluster.request("POST", path, {"metadata": {"name": name}})
    return cluster.service_account_token(name)


@pytest.mark.parametrize("user", ["robot", "plum-admin"], ids=["token", "certificate"])
@pytest.mark.parametrize("mode", ["exec", "inline"])
def test_from_the_keyring(user, mode, spec, admin, ok, kubectl_of, tmp_path):
    """A credential in the keyring."""
    spec(
        "- {name: robot, token: ref+default://robot/token}\n"
        "- {name: plum-admin, client-certificate: admin.crt, client-key-data: {secretRef: {key: admin/key}}}\n"
    )
    ok("secret", "set", "robot/token", stdin=TOKEN)
    ok("secret", "set", "admin/key", stdin=admin)

    ok("render", "--credentials", mode, "--trust", "--out", "rendered")

    written = (tmp_path / "rendered").read_text()
    for value in (TOKEN, base64.b64encode(admin.encode()).decode()):
        assert (value in written) == (mode == "inline")
    assert kubectl_of("rendered").who(user) == user


def test_from_a_variable(spec, ok, kubectl_of):
    """A token in a variable, by an `env` store."""
    spec("- {name: me, token: ref+vars://robot}\n", head=VARIABLES)
    ok("render", "--out", "rendered", env={"KCFG_E2E_ROBOT": TOKEN})

    assert kubectl_of("rendered", KCFG_E2E_ROBOT=TOKEN).who("me") == "robot"


def test_a_plugin_of_somebody_else(spec, ok, plugin, kubectl_of):
    """Somebody else's exec plugin."""
    base = "apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never"
    spec(f"- {{name: me, exec: {{{base}, command: ./{plugin.name}}}}}\n")
    ok("render", "--trust", "--out", "rendered")

    assert kubectl_of("rendered").who("me") == "robot"


def test_by_the_name_of_kcfg(spec, ok, kubectl_of, tmp_path):
    """The keyring through `kcfg credential` instead of kcfg-credential."""
    spec("- {name: me, token: ref+default://robot/token}\n")
    ok("secret", "set", "robot/token", stdin=TOKEN)
    ok("render", "-o", "json", "--out", "rendered")
    value = json.loads((tmp_path / "rendered").read_text())
    stanza = value["users"][0]["user"]["exec"]
    stanza.update(command="kcfg", args=["credential", *stanza["args"]])
    (tmp_path / "rendered").write_text(json.dumps(value))

    assert kubectl_of("rendered").who("me") == "robot"


def test_get_token_is_a_plugin(spec, ok, admin, kubectl_of, tmp_path):
    """`kcfg get-token` as the plugin of another kubeconfig, for a certificate."""
    spec("- {name: me, client-certificate: admin.crt, client-key-data: {secretRef: {key: admin/key}}}\n")
    ok("secret", "set", "admin/key", stdin=admin)
    ok("render", "-o", "json", "--out", "first")
    value = json.loads((tmp_path / "first").read_text())
    value["users"][0]["user"] = {
        "exec": {
            "apiVersion": STATUS["apiVersion"],
            "command": "kcfg",
            "args": ["get-token", "me", "--kubeconfig", str(tmp_path / "first")],
            "interactiveMode": "Never",
        }
    }
    (tmp_path / "second").write_text(json.dumps(value))

    assert kubectl_of("second").who("me") == "plum-admin"


def test_files_by_their_paths(spec, ok, admin, kubectl_of, tmp_path):
    """A token and a key in files that the kubeconfig names."""
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    spec("- {name: bot, tokenFile: token}\n- {name: me, client-certificate: admin.crt, client-key: admin.key}\n")
    ok("render", "--trust", "--out", "rendered")

    kubectl = kubectl_of("rendered")
    assert (kubectl.who("bot"), kubectl.who("me")) == ("robot", "plum-admin")


def test_a_service_account(unique, cluster, spec, ok, kubectl_of):
    """A service account's token (TokenRequest), put into the keyring."""
    spec("- {name: me, token: ref+default://builder/token}\n")
    ok("secret", "set", "builder/token", stdin=account(cluster, unique))
    ok("render", "--out", "rendered")

    assert kubectl_of("rendered").who("me") == f"system:serviceaccount:default:{unique}"


def test_a_token_secret(unique, cluster, spec, ok, kubectl_of):
    """A service account's token Secret, that the controller fills, put into the keyring."""
    account(cluster, unique)
    metadata = {"name": unique, "annotations": {"kubernetes.io/service-account.name": unique}}
    path = "/api/v1/namespaces/default/secrets"
    cluster.request("POST", path, {"metadata": metadata, "type": "kubernetes.io/service-account-token"})
    secret = cluster.wait_for(f"{path}/{unique}", lambda found: "token" in found.get("data", {}))
    spec("- {name: me, token: ref+default://keeper/token}\n")
    ok("secret", "set", "keeper/token", stdin=base64.b64decode(secret["data"]["token"]).decode())
    ok("render", "--out", "rendered")

    assert kubectl_of("rendered").who("me") == f"system:serviceaccount:default:{unique}"


def test_as_somebody_else(spec, ok, admin, cluster, kubectl_of):
    """Impersonation (`as`, `as-groups`), by one who may and by one who may not."""
    certificate, key = cluster.client("root", "system:masters")
    (spec("").parent / "root.crt").write_text(certificate)
    spec(
        "- {name: root, client-certificate: root.crt, client-key-data: {secretRef: {key: root/key}}, as: alice, "
        "as-groups: [viewers]}\n- {name: robot, token: ref+default://robot/token, as: alice}\n"
    )
    ok("secret", "set", "root/key", stdin=key)
    ok("secret", "set", "robot/token", stdin=TOKEN)
    ok("render", "--out", "rendered")

    kubectl = kubectl_of("rendered")
    assert kubectl.who("root") == "alice"
    assert kubectl("get", "namespaces", context="root").returncode == 0
    assert 'User "robot" cannot impersonate' in kubectl.who("robot")


def test_a_password(spec, ok, kubectl_of):
    """A password: Kubernetes has no basic auth since 1.19, and takes who sends one for nobody (`system:anonymous`)."""
    spec("- {name: human, username: robot, password: ref+default://robot/password}\n")
    ok("secret", "set", "robot/password", stdin=TOKEN)
    ok("render", "--credentials", "inline", "--trust", "--out", "rendered")

    assert 'User "system:anonymous" cannot create' in kubectl_of("rendered").who("human")


@pytest.mark.parametrize("command", ["whoami", "check connectivity"])
def test_a_password_is_asked_about(command, spec, ok):
    """A password: kcfg says that the server does not know the user, and takes none."""
    spec("- {name: human, username: robot, password: ref+default://robot/password}\n")
    ok("secret", "set", "robot/password", stdin=TOKEN)
    ok("render", "--credentials", "inline", "--trust", "--out", "rendered")

    done = ok(*command.split(), "--kubeconfig", "rendered", "--context", "human", code=1)

    said = done.stderr + done.stdout
    assert "the server does not know this user: it takes us for system:anonymous" in " ".join(said.split())
    assert "give the user a token, a certificate or an exec plugin" in " ".join(said.split())


@pytest.mark.parametrize("user", ["wrong", "empty", "foreign"])
def test_somebody_unknown(user, spec, ok, other_cluster, tmp_path):
    """Who is unknown: `kcfg whoami` and `check connectivity` say so."""
    certificate, key = other_cluster.client("plum-admin", "system:masters")
    (tmp_path / "foreign.crt").write_text(certificate)
    spec(
        "- {name: wrong, token: ref+default://robot/token}\n- {name: empty}\n"
        "- {name: foreign, client-certificate: foreign.crt, client-key-data: {secretRef: {key: foreign/key}}}\n"
    )
    ok("secret", "set", "robot/token", stdin="a-token-of-nobody")
    ok("secret", "set", "foreign/key", stdin=key)
    ok("render", "--out", "rendered")
    told = "takes us for system:anonymous" if user == "empty" else "the server does not know this user (401)"

    for command in ("whoami", "check connectivity"):
        done = ok(*command.split(), "--kubeconfig", "rendered", "--context", user, code=1)
        assert told in " ".join((done.stderr + done.stdout).split())


def test_a_kubeconfig_that_was_there(cluster, ok, admin, kubectl_of, tmp_path):
    """A kubeconfig with a token and a key in it, after `secret migrate`."""
    value = json.loads(cluster.kubeconfig.read_text())
    pem = {name: base64.b64encode((tmp_path / f"admin.{end}").read_bytes()).decode() for name, end in
           (("client-certificate-data", "crt"), ("client-key-data", "key"))}  # fmt: skip
    value["users"] = [{"name": "bot", "user": {"token": TOKEN}}, {"name": "me", "user": pem}]
    value["contexts"] = [{"name": each, "context": {"cluster": "c", "user": each}} for each in ("bot", "me")]
    value["current-context"] = "me"
    path = tmp_path / "old"
    path.write_text(json.dumps(value))

    ok("secret", "migrate", path)

    assert TOKEN not in path.read_text()
    assert pem["client-key-data"] not in path.read_text()
    kubectl = kubectl_of("old")
    assert (kubectl.who("bot"), kubectl.who("me")) == ("robot", "plum-admin")
