"""`kcfg import`: what tools write comes back as it was, nothing is lost or shown, and nothing is written over."""

import json
import os
import subprocess

import pytest
import yaml
from samples import AUTHORITY, CA, CERTIFICATE, FILES, KEY, PAIR, PRESETS, SAMPLES, V1BETA1, config, encoded

from kcfg.importing import read as gather
from kcfg.kubeconfig import in_cluster

TOKEN = "canary-token-2c41"


@pytest.fixture
def folder(tmp_path):
    """A folder with every sample as a file, and the files that they name."""
    place = tmp_path / "in"
    place.mkdir()
    for name, content in FILES.items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_bytes(content)
    for name, value in SAMPLES.items():
        (place / f"{name}.yaml").write_text(yaml.safe_dump(value))
    return place


@pytest.fixture
def write(tmp_path):
    """Write a kubeconfig: write("a.yaml", clusters, users, contexts) → its path."""

    def make(name, *sections):
        (tmp_path / name).write_text(yaml.safe_dump(config(*sections)))
        return name

    return make


def cluster(server="https://dev.example.com:6443", **more):
    return {"dev": {"server": server, **more}}


def user(**body):
    return {"dev": body}


CONTEXT = {"dev": {"cluster": "dev", "user": "dev"}}


def spec_of(folder):
    return yaml.safe_load((folder / "kcfg.yaml").read_text())


@pytest.mark.parametrize("layout", ["single", "split"])
@pytest.mark.parametrize("certificates", ["files", "data"])
@pytest.mark.parametrize("name", SAMPLES)
def test_what_a_tool_writes_comes_back(name, certificates, layout, folder, kcfg, tmp_path):
    words = ("--secrets", "file", "--certificates", certificates, "--layout", layout)
    done = kcfg("import", folder / f"{name}.yaml", "--into", "spec", *words)

    assert done.returncode == 0, done.stderr
    assert ", 0 differences" in done.stderr
    assert "left out" not in done.stderr
    assert kcfg("validate", "-f", "spec").returncode == 0
    assert kcfg("fmt", "--check", "-f", "spec").returncode == 0
    assert kcfg("render", "-f", "spec", "--credentials", "omit").returncode == 0
    if name in PRESETS:
        assert f"recognized as {PRESETS[name]}" in done.stderr


@pytest.mark.kubectl
def test_kubectl_sees_the_same_in_all_samples_together(folder, kcfg, kubectl, tmp_path):
    assert kcfg("import", folder, "--into", "spec", "--secrets", "file").returncode == 0
    out = tmp_path / "out"
    done = kcfg("render", "-f", "spec", "--credentials", "inline", "--out", out)
    assert done.returncode == 0, done.stderr

    def view(path, *more):
        done = kubectl("config", "view", "--kubeconfig", path, "--raw", "--flatten", "-o", "json", *more)
        return json.loads(done.stdout)

    rendered = view(out)
    for name, value in SAMPLES.items():
        before = view(folder / f"{name}.yaml")
        for section in ("clusters", "users", "contexts"):
            assert all(entry in rendered[section] for entry in before[section] or []), name
        assert len(value["contexts"]) == len(before["contexts"])


def test_no_secret_is_shown_or_written_into_the_spec(folder, kcfg, tmp_path):
    done = kcfg("import", folder, "--into", "spec", "--secrets", "keep-out")
    assert done.returncode == 0, done.stderr
    text = "".join(path.read_text() for path in (tmp_path / "spec").rglob("*") if path.is_file())

    for secret in ("sample-aks-admin-token", "sample~openshift", "user-token", encoded(KEY), KEY.decode()[40:80]):
        assert secret not in text + done.stdout + done.stderr
    assert "kcfg secret set" in done.stderr
    kept = [path for path in (tmp_path / "home/.local").rglob("*") if path.is_file()]
    assert [path.name for path in kept] == ["trust.json"]
    assert not any(
        secret in kept[0].read_text() for secret in ("sample-aks-admin-token", "sample~openshift", "user-token")
    )


def test_a_secret_goes_into_the_keyring_and_the_plugin_gives_it(write, kcfg, secret_service):
    bus = {"DBUS_SESSION_BUS_ADDRESS": secret_service.env["DBUS_SESSION_BUS_ADDRESS"]}
    done = kcfg("import", write("a.yaml", cluster(), user(token=TOKEN), CONTEXT), "--into", "acme", env=bus)
    assert done.returncode == 0, done.stderr
    words = ("service", "kcfg/acme/dev/token", "username", "kcfg")

    assert secret_service.tool("lookup", *words).stdout == TOKEN
    assert 'secret "dev/token" created' in done.stdout
    assert "ok" in kcfg("secret", "check", "-f", "acme", env=bus).stdout
    listed = json.loads(kcfg("secret", "ls", "-f", "acme", "-o", "json", env=bus).stdout)
    assert [each["status"] for each in listed["secrets"]] == ["present"]


def test_an_item_with_another_value_is_not_written_over(write, kcfg, secret_service):
    bus = {"DBUS_SESSION_BUS_ADDRESS": secret_service.env["DBUS_SESSION_BUS_ADDRESS"]}
    words = ("service", "kcfg/acme/dev/token", "username", "kcfg")
    secret_service.tool("store", "--label=x", *words, value="theirs")
    done = kcfg("import", write("a.yaml", cluster(), user(token=TOKEN), CONTEXT), "--into", "acme", env=bus)

    assert done.returncode == 0, done.stderr
    assert secret_service.tool("lookup", *words).stdout == "theirs"
    assert 'secret "dev-' in done.stdout


def test_without_a_keyring_nothing_is_written_and_the_choices_are_named(write, kcfg, tmp_path):
    done = kcfg("import", write("a.yaml", cluster(), user(token=TOKEN), CONTEXT), "--into", "acme")

    assert done.returncode == 2
    assert "--secrets env, file or keep-out" in done.stderr
    assert not (tmp_path / "acme").exists()


def test_without_a_secret_no_keyring_is_needed(write, kcfg):
    assert kcfg("import", write("a.yaml", cluster(), {}, {"dev": {"cluster": "dev"}}), "--into", "x").returncode == 0


def test_env_variables_are_named(write, kcfg):
    users = {"dev": {"token": TOKEN}, "Dev": {"username": "me", "password": f"{TOKEN}-2"}}
    done = kcfg("import", write("a.yaml", cluster(), users, CONTEXT), "--into", "acme", "--secrets", "env")
    assert done.returncode == 0, done.stderr
    (variable,) = [line.split()[-4] for line in done.stderr.splitlines() if line.startswith("users.dev: not stored")]
    rendered = kcfg("render", "-f", "acme", "--context", "dev", "--credentials", "inline", env={variable: TOKEN})

    assert variable == "ACME_DEV_TOKEN"
    assert f"token: {TOKEN}" in rendered.stdout


def test_equal_entries_become_one_and_others_are_renamed_after_their_file(write, kcfg, tmp_path):
    one = write("one.yaml", cluster(), user(token=TOKEN), CONTEXT)
    same = write("same.yaml", cluster(), user(token=TOKEN), CONTEXT)
    two = write("two.yaml", cluster("https://two.example.com"), user(token=f"{TOKEN}-two"), CONTEXT)
    done = kcfg("import", one, same, two, "--into", "spec", "--secrets", "keep-out")
    spec = spec_of(tmp_path / "spec")

    assert done.returncode == 0, done.stderr
    assert [each["name"] for each in spec["clusters"]] == ["dev", "dev@two"]
    assert spec["contexts"][1] == {"name": "dev@two", "cluster": "dev@two", "user": "dev@two"}
    assert "clusters.dev of two.yaml: another one has this name: it is 'dev@two'" in done.stderr


def test_a_folder_is_read_without_what_is_no_kubeconfig(write, kcfg, tmp_path):
    place = tmp_path / "d"
    place.mkdir()
    os.rename(tmp_path / write("a.yaml", cluster(), {}, {"dev": {"cluster": "dev"}}), place / "a.yaml")
    (place / "notes.txt").write_text("a: [unclosed")
    (place / "list.yaml").write_text("[1]")
    done = kcfg("import", "d", "--into", "spec")

    assert done.returncode == 0, done.stderr
    assert "d/notes.txt: not a kubeconfig" in done.stderr
    assert "d/list.yaml: not a kubeconfig" in done.stderr


def test_standard_input_and_the_search_path(write, kcfg, tmp_path):
    path = write("a.yaml", cluster(), {}, {"dev": {"cluster": "dev"}})
    text = (tmp_path / path).read_text()

    assert kcfg("import", "-", "--into", "one", stdin=text).returncode == 0
    assert kcfg("import", "--into", "two", env={"KUBECONFIG": f"absent:{path}"}).returncode == 0
    assert spec_of(tmp_path / "one")["clusters"] == spec_of(tmp_path / "two")["clusters"]
    assert kcfg("import", "absent", "--into", "three").returncode == 2
    assert kcfg("import", "--into", "three").returncode == 2


def test_in_cluster(kcfg, tmp_path, monkeypatch):
    (tmp_path / "sa").mkdir()
    for name, content in {"token": TOKEN, "ca.crt": AUTHORITY[0].decode(), "namespace": "team"}.items():
        (tmp_path / "sa" / name).write_text(content)
    monkeypatch.setattr(in_cluster, "SERVICE_ACCOUNT", str(tmp_path / "sa"))
    found = gather.gather(
        [], in_cluster=True, environ={"KUBERNETES_SERVICE_HOST": "2001:db8::1", "KUBERNETES_SERVICE_PORT": "443"}
    )

    assert found.config.clusters["in-cluster"].body["server"] == "https://[2001:db8::1]:443"
    assert found.config.users["in-cluster"].body == {"tokenFile": str(tmp_path / "sa/token")}
    assert found.config.contexts["in-cluster"].body["namespace"] == "team"
    done = kcfg("import", "--in-cluster", "--into", "spec")
    assert (done.returncode, "this is no pod" in done.stderr) == (2, True)


def test_the_commands_of_a_kubeconfig_are_flagged_and_not_run(write, kcfg, tmp_path):
    (tmp_path / "plugin").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (tmp_path / "plugin").chmod(0o755)
    stanza = {"apiVersion": V1BETA1, "command": "./plugin"}
    done = kcfg("import", write("a.yaml", cluster(), user(exec=stanza), CONTEXT), "--into", "spec")

    assert done.returncode == 0, done.stderr
    assert f"users.dev: runs '{tmp_path}/plugin', which kubectl will execute: look at it" in done.stderr
    assert not (tmp_path / "ran").exists()


LEFT_OUT = {
    "both certificates": (
        cluster(**CA, **{"certificate-authority": "ca.crt"}), {}, "clusters.dev: left out: certificate-authority and"
    ),
    "missing file": (cluster(**{"certificate-authority": "no.crt"}), {}, "no.crt cannot be read: no such file"),
    "no URL": (cluster("dev"), {}, "clusters.dev: left out: server: expected a URL with a scheme"),
    "no certificate": (cluster(**{"certificate-authority-data": "RkFLRQ=="}), {}, "clusters.dev: left out"),
    "old plugin": (
        cluster(), user(exec={"apiVersion": "client.authentication.k8s.io/v1alpha1", "command": "x"}),
        "users.dev: left out: exec.apiVersion",
    ),
    "secret argument": (
        cluster(), user(exec={"apiVersion": V1BETA1, "command": "x", "args": [f"--token={TOKEN}"]}),
        "users.dev: left out: exec.args hold what looks like a secret",
    ),
    "key of another certificate": (
        cluster(), user(**{**PAIR, "client-certificate-data": encoded(AUTHORITY[0])}),
        "users.dev: left out: the client key does not match the certificate",
    ),
    "empty stanza": (cluster(), user(exec={}), "users.dev: left out: exec"),
}  # fmt: skip


@pytest.mark.parametrize("case", LEFT_OUT)
def test_what_does_not_fit_is_left_out_with_the_reason(case, write, kcfg, tmp_path):
    clusters, users, reason = LEFT_OUT[case]
    rest = ({**clusters, "ok": cluster()["dev"]}, {**users, "ok": {"username": "u"}})
    contexts = {**CONTEXT, "ok": {"cluster": "ok", "user": "ok"}}
    done = kcfg("import", write("a.yaml", *rest, contexts), "--into", "spec", "--secrets", "keep-out")

    assert done.returncode == 1
    assert reason in done.stderr
    assert "contexts.dev: left out" in done.stderr
    assert TOKEN not in done.stderr + done.stdout
    assert kcfg("validate", "-f", "spec").returncode == 0
    assert [each["name"] for each in spec_of(tmp_path / "spec")["contexts"]] == ["ok"]


def test_secrets_in_other_places(write, kcfg, tmp_path):
    provider = {"name": "oidc", "config": {"id-token": TOKEN, "client-id": "kube", "note": "ref+x"}}
    stanza = {
        "apiVersion": V1BETA1,
        "command": "x",
        "env": [{"name": "X_TOKEN", "value": TOKEN}, {"name": "A", "value": "${b}"}],
    }
    users = {"dev": {"auth-provider": provider}, "x": {"exec": stanza}}
    extensions = [{"name": "tool", "extension": {"apiToken": TOKEN}}, {"name": "fine", "extension": [1]}]
    clusters = cluster(**{"proxy-url": f"http://me:{TOKEN}@proxy.example.com", "extensions": extensions})
    done = kcfg("import", write("a.yaml", clusters, users, CONTEXT), "--into", "spec", "--secrets", "keep-out")
    spec = spec_of(tmp_path / "spec")

    assert done.returncode == 1
    assert TOKEN not in (tmp_path / "spec/kcfg.yaml").read_text() + done.stderr + done.stdout
    assert spec["users"][0]["auth-provider"]["config"]["id-token"] == "ref+default://dev/auth-provider-id-token"
    assert spec["users"][0]["auth-provider"]["config"]["note"].startswith("ref+default://")
    assert spec["users"][1]["exec"]["env"][1]["value"] == "$${b}"
    assert spec["clusters"][0]["extensions"] == [{"name": "fine", "extension": [1]}]
    lines = set(done.stderr.splitlines())
    assert {"clusters.dev.proxy-url: differs", "clusters.dev.extensions.tool: differs"} <= lines


def test_unknown_fields_are_kept_as_an_extension(kcfg, tmp_path):
    value = config(cluster(color="red"), user(username="u"), CONTEXT)
    value["contexts"][0]["note"] = "beside"
    (tmp_path / "a.json").write_text(json.dumps(value))
    done = kcfg("import", "a.json", "--into", "spec")
    spec = spec_of(tmp_path / "spec")

    assert done.returncode == 0, done.stderr
    assert spec["clusters"][0]["extensions"] == [{"name": "kcfg.unknown", "extension": {"color": "red"}}]
    assert spec["contexts"][0]["extensions"] == [{"name": "kcfg.unknown", "extension": {"note": "beside"}}]
    assert "clusters.dev: unknown to kubectl" in done.stderr


def test_what_apply_wrote_into_a_context_is_taken_back(write, kcfg, tmp_path):
    hint = {"spec": "old", "labels": {"env": "prod"}, "protected": True}
    contexts = {"dev": {"cluster": "dev", "extensions": [{"name": "kcfg", "extension": hint}]}}
    done = kcfg("import", write("a.yaml", cluster(), {}, contexts), "--into", "spec")

    assert done.returncode == 0, done.stderr
    assert spec_of(tmp_path / "spec")["contexts"] == [
        {"name": "dev", "labels": {"env": "prod"}, "protected": True, "cluster": "dev"}
    ]


def test_labels_are_guessed_only_when_asked(folder, kcfg, tmp_path):
    kcfg("import", folder, "--into", "one", "--secrets", "keep-out")
    done = kcfg("import", folder, "--into", "two", "--secrets", "keep-out", "--guess-labels")
    plain, guessed = (
        {each["name"]: each.get("labels") for each in spec_of(tmp_path / name)["clusters"]} for name in ("one", "two")
    )

    assert set(plain.values()) == {None}
    assert guessed["arn:aws:eks:eu-west-1:111122223333:cluster/shop"] == {"region": "eu-west-1", "provider": "eks"}
    assert guessed["gke_acme-project_europe-west1-b_shop"] == {"region": "europe-west1", "provider": "gke"}
    assert guessed["kind-dev"] == {"env": "dev"}
    assert "clusters.kind-dev: guessed labels env=dev" in done.stderr


def test_a_spec_is_not_written_over_unless_asked(write, kcfg, tmp_path):
    path = write("a.yaml", cluster(**CA), {}, {"dev": {"cluster": "dev"}})
    assert kcfg("import", path, "--into", "spec").returncode == 0
    root = tmp_path / "spec/kcfg.yaml"
    root.write_text(root.read_text() + "# mine\n")
    done = kcfg("import", path, "--into", "spec")
    assert (done.returncode, root.read_text().endswith("# mine\n")) == (2, True)
    assert "--force replaces it" in done.stderr
    other = {"certificate-authority-data": encoded(CERTIFICATE)}
    again = kcfg(
        "import", write("b.yaml", cluster(**other), {}, {"dev": {"cluster": "dev"}}), "--into", "spec", "--force"
    )

    assert again.returncode == 0, again.stderr
    assert not root.read_text().endswith("# mine\n")
    assert (tmp_path / "spec/pki/dev-ca.crt").read_bytes() == AUTHORITY[0]  # the old spec's files stay as they were
    assert len(list((tmp_path / "spec/pki").iterdir())) == 2


def test_dry_run_writes_nothing(folder, kcfg, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    done = kcfg("import", folder, "--into", "spec", "--secrets", "file", "--dry-run")

    assert done.returncode == 0, done.stderr
    assert "spec/kcfg.yaml created (dry run)" in done.stdout
    assert sorted(tmp_path.rglob("*")) == before


def test_dry_run_needs_no_keyring_and_says_that_it_did_not_ask(folder, kcfg):
    done = kcfg("import", folder, "--into", "spec", "--dry-run", env={"DBUS_SESSION_BUS_ADDRESS": ""})

    assert done.returncode == 0, done.stderr
    assert "whether keys are taken was not asked" in done.stderr
    assert "created (dry run)" in done.stdout


def test_the_spec_that_git_gets_holds_only_public_files(folder, kcfg, tmp_path):
    kcfg("import", folder, "--into", "spec", "--secrets", "file")
    subprocess.run(["git", "init", "-q", tmp_path / "spec"], check=True)
    names = {path.relative_to(tmp_path / "spec").as_posix() for path in (tmp_path / "spec").glob("[!.]*/*")}

    assert all(name.startswith("pki/") and name.endswith(".crt") for name in names)
    assert (tmp_path / "spec/kcfg.yaml").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("secrets", ["env", "file", "keep-out"])
def test_with_another_choice_no_keyring_is_needed(secrets, write, kcfg):
    done = kcfg(
        "import", write("a.yaml", cluster(), user(token=TOKEN), CONTEXT), "--into", "acme", "--secrets", secrets
    )

    assert done.returncode == 0, done.stderr
