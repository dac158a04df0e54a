"""`kcfg import` of what kcfg wrote: references come back, secrets stay where they are, nothing is renamed."""

import json
import os

import pytest
import yaml
from samples import CERTIFICATE, KEY, encoded

TOKEN = "canary-token-7a10"
HOST = "https://dev.example.com:6443"


def kubeconfig(users, command="kcfg-credential"):
    """A kubeconfig in which each user is a body, or the arguments of kcfg's own plugin."""
    bodies = {name: each if isinstance(each, dict) else {"exec": stanza(each, command)} for name, each in users.items()}
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "dev", "cluster": {"server": HOST}}],
            "users": [{"name": name, "user": body} for name, body in bodies.items()],
            "contexts": [{"name": name, "context": {"cluster": "dev", "user": name}} for name in users],
        }
    )


def stanza(args, command="kcfg-credential", **more):
    return {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": command,
        "args": args.split() if isinstance(args, str) else args,
        "installHint": "an older hint",
        "interactiveMode": "Never",
        **more,
    }


@pytest.fixture
def taken(kcfg, tmp_path):
    """Import users into the folder `acme`: (the done process, the spec, its users)."""

    def run(users, *words, command="kcfg-credential", **more):
        (tmp_path / "config").write_text(kubeconfig(users, command))
        done = kcfg("import", "config", "--into", "acme", *words, **more)
        assert done.returncode == 0, done.stderr
        spec = yaml.safe_load((tmp_path / "acme/kcfg.yaml").read_text())
        return done, spec, {each["name"]: each for each in spec.get("users", [])}

    return run


def proved(done):
    assert done.returncode == 0, done.stderr
    assert ", 0 differences" in done.stderr
    assert "look at it" not in done.stderr
    return True


def keyring(service, username="kcfg"):
    return {"secretRef": {"keyring": {"service": service, "username": username}}}


PLACES = {
    "own": ("--keyring kcfg/acme/ci/token", "ref+default://ci/token"),
    "short": ("--keyring kcfg/acme/ci", "ref+default://ci"),
    "property": ("--keyring kcfg/acme/ci --property id-token", "ref+default://ci#id-token"),
    "another spec": ("--keyring kcfg/other/ci/token", keyring("kcfg/other/ci/token")),
    "another tool": ("--keyring github-cli --username alice", keyring("github-cli", "alice")),
    "no key": ("--keyring kcfg/acme/Not..A..Key", keyring("kcfg/acme/Not..A..Key")),
    "environment": ("--env ACME_CI_TOKEN", "ref+env://ci/token"),
    "any variable": ("--env SOME_OTHER", "ref+env://some_other"),
    "file": ("--file /run/secrets/ci/token", "ref+file://ci/token"),
    "any file": ("--file /run/secrets/one", "ref+file://one"),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("command", ["kcfg-credential", "/opt/bin/kcfg-credential", "kcfg"])
def test_a_stanza_becomes_the_reference_to_the_same_place(place, command, taken, kcfg):
    args, written = PLACES[place]
    words = f"--kind token {args}".split()
    done, _, users = taken(
        {"ci": ["credential", *words] if command == "kcfg" else words}, "--secrets", "keep-out", command=command
    )

    assert proved(done)
    assert users["ci"] == {"name": "ci", "token": written}
    assert ("was written for" in done.stderr) == (command != "kcfg-credential")
    rendered = yaml.safe_load(kcfg("render", "-f", "acme").stdout)
    assert rendered["users"][0]["user"]["exec"]["args"] == words


STORES = {
    "environment": [{"name": "env", "provider": "env", "env": {"prefix": "ACME_"}}],
    "any variable": [{"name": "env", "provider": "env"}],
    "file": [{"name": "file", "provider": "file", "file": {"directory": "/run/secrets"}}],
}


@pytest.mark.parametrize("place", STORES)
def test_the_store_that_it_takes_is_declared(place, taken):
    _, spec, _ = taken({"ci": f"--kind token {PLACES[place][0]}"}, "--secrets", "keep-out")

    assert spec["secretStores"] == STORES[place]


def test_places_of_one_store_share_it_and_others_get_their_own(taken):
    users = {
        "a": "--kind token --file /run/one/a/token",
        "b": "--kind token --file /run/one/deep/b",
        "c": "--kind token --file /run/two/c/token",
        "d": "--kind token --env X_D_TOKEN",
        "e": "--kind token --env X_E",
        "f": "--kind token --env OTHER",
        "g": "--kind token --keyring kcfg/acme/g",
    }
    done, spec, found = taken(users, "--secrets", "file")

    assert proved(done)
    assert [each["name"] for each in spec["secretStores"]] == ["default", "file", "file-2", "env", "env-2", "keyring"]
    assert [each["token"] for each in found.values()] == [
        "ref+file://a/token", "ref+file://deep/b", "ref+file-2://c/token", "ref+env://d/token", "ref+env://e",
        "ref+env-2://other", "ref+keyring://g",
    ]  # fmt: skip


def test_what_the_default_store_of_the_new_spec_has_needs_no_other(taken, private_home):
    files = f"--kind token --file {private_home}/.local/share/kcfg/acme/x/token"
    done, spec, users = taken({"x": files, "z": "--kind token --env ACME_Z_TOKEN"}, "--secrets", "file")

    assert proved(done)
    assert users["x"]["token"] == "ref+default://x/token"
    assert users["z"]["token"] == "ref+env://z/token"
    assert len(spec["secretStores"]) == 2


def test_a_folder_below_the_home_is_nobody_elses(taken, private_home):
    done, spec, _ = taken({"x": f"--kind token --file {private_home}/mine/x/token"}, "--secrets", "keep-out")

    assert proved(done)
    assert spec["secretStores"][0]["file"]["directory"] == "~/mine"


def test_a_certificate_beside_the_key_becomes_a_file(taken, kcfg, tmp_path):
    args = ["--kind", "client-certificate", "--keyring", "kcfg/acme/admin/client-key"]
    users = {"admin": [*args, "--certificate-data", encoded(CERTIFICATE)], "pair": [*args[:3], "kcfg/acme/pair"]}
    done, _, found = taken(users, "--secrets", "keep-out")

    assert proved(done)
    assert found["admin"] == {
        "name": "admin", "client-certificate": "pki/admin.crt", "client-key-data": "ref+default://admin/client-key"
    }  # fmt: skip
    assert found["pair"] == {"name": "pair", "client-key-data": "ref+default://pair"}
    assert (tmp_path / "acme/pki/admin.crt").read_bytes() == CERTIFICATE
    assert kcfg("validate", "-f", "acme").returncode == 0


CHANGED = {
    "another order": stanza("--keyring kcfg/acme/ci --kind token"),
    "a variable": stanza("--kind token --keyring kcfg/acme/ci", env=[{"name": "A", "value": "b"}]),
    "interactive": stanza("--kind token --keyring kcfg/acme/ci", interactiveMode="IfAvailable"),
    "two places": stanza("--kind token --keyring kcfg/acme/ci --env X"),
    "an unknown option": stanza("--kind token --keyring kcfg/acme/ci --verbose yes"),
    "another program": stanza("--kind token --keyring kcfg/acme/ci", command="/opt/credential"),
    "a session": stanza("--session abc"),
}


@pytest.mark.parametrize("how", CHANGED)
def test_what_kcfg_does_not_write_stays_a_stanza_to_look_at(how, taken):
    done, _, users = taken({"ci": {"exec": CHANGED[how]}}, "--secrets", "keep-out")

    assert done.returncode == 0, done.stderr
    assert users["ci"]["exec"]["command"] == CHANGED[how]["command"]
    assert "look at it before you commit it" in done.stderr


FAR = ["--kind token --command acme/pass --key ci", "--kind token --file relative/ci", "--kind token --env lower_case"]


@pytest.mark.parametrize("args", FAR)
def test_a_place_that_no_reference_can_name_stays_a_stanza_and_is_told(args, taken):
    done, spec, users = taken({"ci": args}, "--secrets", "keep-out")

    assert proved(done)
    assert users["ci"]["exec"]["args"] == args.split()
    assert "users.ci: kept as it is: no store of this spec leads to its secret" in done.stderr
    assert "secretStores" not in spec


def test_what_runs_another_tool_stays_and_is_told(taken):
    done, _, users = taken({"ci": "--spec acme --user ci"}, "--secrets", "keep-out")

    assert proved(done)
    assert users["ci"]["exec"]["args"] == ["--spec", "acme", "--user", "ci"]
    assert "it runs what you allowed the spec 'acme'" in done.stderr


def test_the_name_of_another_spec_is_told_and_not_taken(taken):
    users = {"a": "--kind token --keyring kcfg/kubeconfig/a", "b": "--kind token --keyring gh --username me"}
    done, _, found = taken(users, "--secrets", "keep-out")

    assert "users.a: its secret stays an item of the spec 'kubeconfig': with --name kubeconfig" in done.stderr
    assert "users.b" not in done.stderr
    _, _, found = taken(users, "--secrets", "keep-out", "--name", "kubeconfig", "--force")
    assert found["a"]["token"] == "ref+default://a"


def test_a_new_secret_does_not_take_the_key_of_one_that_is_missing(taken):
    users = {"dev": {"token": TOKEN}, "x": "--kind token --keyring kcfg/acme/dev/token"}
    _, _, found = taken(users, "--secrets", "keep-out")

    assert found["x"]["token"] == "ref+default://dev/token"
    assert found["dev"]["token"].startswith("ref+default://dev-")


def test_a_trusted_command_store_comes_back_where_its_spec_is(kcfg, taken, tmp_path):
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme/kcfg.yaml").write_text(f"""\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {{name: acme}}
secretStores: [{{name: default, provider: command, command: {{argv: [echo, "{{key}}"], timeout: 3, firstLine: true}}}}]
clusters: [{{name: dev, server: "{HOST}"}}]
users: [{{name: ci, token: ref+default://ci/token}}]
contexts: [{{name: ci, cluster: dev, user: ci}}]
""")
    assert kcfg("trust", "-f", "acme", "--yes").returncode == 0
    written = "--kind token --command acme/default --key ci/token"
    done, spec, users = taken({"ci": written, "k": "--kind token --keyring kcfg/acme/k"}, "--force")

    assert proved(done)
    assert (users["ci"]["token"], users["k"]["token"]) == ("ref+default://ci/token", "ref+keyring://k")
    assert spec["secretStores"][0]["command"] == {"argv": ["echo", "{key}"], "timeout": 3, "firstLine": True}
    (tmp_path / "config").write_text(kubeconfig({"ci": written}))
    elsewhere = kcfg("import", "config", "--into", "other", "--name", "acme")
    assert "kept as it is" in elsewhere.stderr


def test_unmanaged_uses_the_stores_that_the_spec_declares(kcfg, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(f"""\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {{name: acme}}
secretStores:
- {{name: pass, provider: command, command: {{argv: [pass, "{{key}}"]}}}}
- {{name: files, provider: file, file: {{directory: secrets}}}}
clusters: [{{name: dev, server: "{HOST}"}}]
""")
    users = {
        "a": "--kind token --command acme/pass --key a",
        "b": f"--kind token --file {tmp_path}/secrets/b/token",
        "c": "--kind token --keyring kcfg/acme/c",
        "d": "--kind token --keyring kcfg/other/d",
        "e": "--kind token --env FAR",
    }
    (tmp_path / "config").write_text(kubeconfig(users))
    done = kcfg("import", "config", "--unmanaged")
    found = {each["name"]: each for each in yaml.safe_load((tmp_path / "kcfg.yaml").read_text())["users"]}

    assert proved(done)
    assert [found[name].get("token") for name in users] == [
        "ref+pass://a", "ref+files://b/token", "ref+default://c", keyring("kcfg/other/d"), None
    ]  # fmt: skip
    assert "users.e: kept as it is" in done.stderr


@pytest.fixture
def world(secret_service, private_home, tmp_path):
    """Two users with plain credentials in ~/.kube/config, and a keyring."""
    (private_home / ".kube").mkdir()
    pair = {"client-certificate-data": encoded(CERTIFICATE), "client-key-data": encoded(KEY)}
    path = private_home / ".kube/config"
    path.write_text(kubeconfig({"ci": {"token": TOKEN}, "admin": pair}))
    path.chmod(0o600)
    return {**os.environ, **secret_service.env, "HOME": str(private_home)}


def test_migrate_then_import_leads_to_the_same_items(kcfg, world, private_home):
    assert kcfg("secret", "migrate", private_home / ".kube/config", "--name", "acme", env=world).returncode == 0
    before = (private_home / ".kube/config").read_text()
    done = kcfg("import", "--into", "acme", env=world)

    assert proved(done)
    assert (private_home / ".kube/config").read_text() == before
    assert kcfg("validate", "-f", "acme", env=world).returncode == 0
    assert kcfg("diff", "-f", "acme", env=world).returncode == 0
    listed = json.loads(kcfg("secret", "ls", "-f", "acme", "-o", "json", env=world).stdout)["secrets"]
    assert {each["name"] for each in listed} == {"ci", "admin"}
    inline = yaml.safe_load(kcfg("render", "-f", "acme", "--credentials", "inline", env=world).stdout)
    assert inline["users"][1]["user"]["token"] == TOKEN


def test_apply_then_import_gives_the_spec_back(kcfg, world, private_home, tmp_path):
    assert kcfg("import", "--into", "acme", env=world).returncode == 0
    assert kcfg("apply", "-f", "acme", "--adopt", "--yes", env=world).returncode == 0
    done = kcfg("import", "--into", "again", "--name", "acme", env=world)

    assert proved(done)
    assert TOKEN not in (private_home / ".kube/config").read_text()
    one, two = (yaml.safe_load((tmp_path / name / "kcfg.yaml").read_text()) for name in ("acme", "again"))
    assert one["users"] == two["users"]
    assert one["contexts"] == two["contexts"]
