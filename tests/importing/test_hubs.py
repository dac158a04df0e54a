"""`kcfg import` of what hubs hold: nothing is lost in silence, no value is shown, no file of theirs is read."""

import json
from base64 import b64encode

import pytest
import yaml
from conftest import ROOT

TARGETS = ROOT / "tests/targets"
TOKEN = "canary-token-71c5"
KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "me@c",
    "clusters": [{"name": "c", "cluster": {"server": "https://c.example.com:6443"}}],
    "users": [{"name": "me", "user": {"token": TOKEN}}],
    "contexts": [{"name": "me@c", "context": {"cluster": "c", "user": "me"}}],
}


def encoded(text):
    return b64encode(text.encode()).decode()


def secret(name, *, labels=None, kind="Opaque", data=None, **fields):
    about = {"name": name, "namespace": "hub"} | ({"labels": labels} if labels else {})
    data = data if data is not None else {key: encoded(text) for key, text in fields.items()}
    return {"apiVersion": "v1", "kind": "Secret", "type": kind, "metadata": about, "data": data}


def argocd(name="prod", *, server="https://prod.example.com", labels=None, config=None, **more):
    labels = {"argocd.argoproj.io/secret-type": "cluster"} | (labels or {})
    config = {"bearerToken": TOKEN, "tlsClientConfig": {"insecure": False}} if config is None else config
    fields = {"name": name, "server": server, "config": json.dumps(config), **more}
    return secret(name, labels=labels, data={key: encoded(text) for key, text in fields.items()})


def profile(name, **status):
    about = {"name": name, "namespace": "hub"}
    return {"apiVersion": "multicluster.x-k8s.io/v1alpha1", "kind": "ClusterProfile", "metadata": about,
            "spec": {"clusterManager": {"name": "m"}}, "status": status}  # fmt: skip


CAPI = secret("prod-kubeconfig", kind="cluster.x-k8s.io/secret", labels={"cluster.x-k8s.io/cluster-name": "prod"},
              value=yaml.safe_dump(KUBECONFIG))  # fmt: skip


def as_list(*items):
    return yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": list(items)})


FORMS = {
    "list": as_list,
    "documents": lambda *items: yaml.safe_dump_all(items),
    "json": lambda *items: json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=4),
    "one-line json": lambda *items: json.dumps({"apiVersion": "v1", "items": items, "kind": "List"}),
    "typed list": lambda *items: yaml.safe_dump({"apiVersion": "v1", "kind": "SecretList", "items": list(items)}),
    "lists": lambda *items: "---\n".join(as_list(item) for item in items),
    "comment": lambda *items: f"# from the hub\n---\n{as_list(*items)}",
}


@pytest.fixture
def imported(kcfg, tmp_path):
    def run(text, *words, secrets="file"):
        done = kcfg("import", "-", "--into", "new", "--secrets", secrets, *words, stdin=text, cwd=tmp_path)
        assert TOKEN not in done.stdout + done.stderr
        assert encoded(TOKEN)[:12] not in done.stdout + done.stderr
        path = tmp_path / "new/kcfg.yaml"
        return done, yaml.safe_load(path.read_text()) if path.exists() else {}

    return run


def names(spec, section):
    return [each["name"] for each in spec.get(section) or []]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_kubectls_output(form, imported):
    done, spec = imported(FORMS[form](CAPI, argocd()))

    assert done.returncode == 0, done.stderr
    assert names(spec, "clusters") == ["c", "prod"]
    assert [each["token"] for each in spec["users"]] == ["ref+default://me/token", "ref+default://prod/token"]
    assert "0 differences" in done.stderr
    assert "current-context" not in done.stderr


def test_the_values_are_in_the_store(imported, kcfg, tmp_path):
    imported(as_list(CAPI))
    done = kcfg("render", "-f", "new", "--credentials", "inline", cwd=tmp_path)

    assert yaml.safe_load(done.stdout)["users"][0]["user"]["token"] == TOKEN


@pytest.mark.parametrize("case", ["inline", "fleet", "settings", "own-image"])
def test_what_is_rendered_for_argo_cd_comes_back(case, imported, kcfg, tmp_path):
    """Import of a target's own output, rendered again: the same Secrets, but for what only its people know."""
    place = TARGETS / "argocd" / case
    objects = [yaml.safe_load(path.read_text()) for path in sorted((place / "expected").iterdir())]
    objects = [each for each in objects if not each["stringData"]["server"].startswith("arn:")]
    done, _ = imported(as_list(*objects))
    assert "0 differences" in done.stderr, done.stderr
    words = ["--plugin", "kubectl", "--plugin", "gardenlogin", "-n", objects[0]["metadata"]["namespace"]]
    again = kcfg("render", "-f", "new", "--to", "argocd", "--credentials", "inline", *words, cwd=tmp_path)
    found = {each["metadata"]["name"]: each for each in yaml.safe_load_all(again.stdout)}

    for each in objects:
        if (
            "AWS_REGION" in each["stringData"]["config"]
        ):  # it becomes the preset's region, which Argo CD has no place for
            assert "does not read" in again.stderr
            continue
        assert found[each["metadata"]["name"]] == each


def test_a_cluster_of_argo_cd_keeps_its_settings_and_labels(imported):
    done, spec = imported(as_list(argocd(
        server="https://prod.example.com?__uid=two", labels={"env": "prod"}, project="shop", namespaces="a, b",
        clusterResources="true", shard="2",
    )))  # fmt: skip

    (cluster,) = spec["clusters"]
    assert (done.returncode, cluster["server"], cluster["labels"]) == (0, "https://prod.example.com", {"env": "prod"})
    assert cluster["argocd"] == {
        "server": "https://prod.example.com?__uid=two", "project": "shop", "namespaces": ["a", "b"],
        "clusterResources": True, "shard": 2,
    }  # fmt: skip


EXEC = {"command": "tool", "args": ["x"], "env": {"A": "b"}, "apiVersion": "client.authentication.k8s.io/v1",
        "config": {"k": 1}, "provideClusterInfo": True}  # fmt: skip


AKS = "6dae42f8-4368-4678-94ff-3960e28e3630"  # what azure.go asks for by itself


def own(*args, **env):
    """How Argo CD's own plugin is asked."""
    api = "client.authentication.k8s.io/v1beta1"
    return {"execProviderConfig": {"command": "argocd-k8s-auth", "args": list(args), "env": env, "apiVersion": api}}


@pytest.mark.parametrize(
    ("config", "user"),
    [
        ({"awsAuthConfig": {"clusterName": "p"}}, {"auth": {"aws-eks": {"cluster": "p"}}}),
        (
            {"awsAuthConfig": {"clusterName": "p", "roleARN": "arn:aws:iam::1:role/r"}},
            {"auth": {"aws-eks": {"cluster": "p", "role-arn": "arn:aws:iam::1:role/r"}}},
        ),
        ({"execProviderConfig": {"command": "argocd-k8s-auth", "args": ["gcp"]}}, {"auth": {"gke": {}}}),
        (
            {"execProviderConfig": {"command": "argocd-k8s-auth", "args": ["aws", "--cluster-name", "p"]}},
            {"auth": {"aws-eks": {"cluster": "p"}}},
        ),
        (
            {
                "execProviderConfig": {
                    "command": "argocd-k8s-auth",
                    "args": ["aws", "--cluster-name", "p", "--role-arn", "r"],
                    "env": {"AWS_REGION": "eu-west-1"},
                }
            },
            {"auth": {"aws-eks": {"cluster": "p", "role-arn": "r", "region": "eu-west-1"}}},
        ),
        (
            own("aws", "--role-arn=r", "--cluster-name=p"),
            {"auth": {"aws-eks": {"cluster": "p", "role-arn": "r"}}},
        ),
        (own("azure"), {"auth": {"azure-kubelogin": {"login": "workloadidentity", "server-id": AKS}}}),
        (
            own(
                "azure",
                AAD_LOGIN_METHOD="workloadidentity",
                AAD_ENVIRONMENT_NAME="AzurePublicCloud",
                AZURE_CLIENT_ID="c",
                AZURE_TENANT_ID="t",
                AAD_SERVER_APPLICATION_ID="s",
            ),
            {
                "auth": {
                    "azure-kubelogin": {
                        "login": "workloadidentity",
                        "server-id": "s",
                        "client-id": "c",
                        "tenant-id": "t",
                    }
                }
            },
        ),
        (
            own("azure", AAD_LOGIN_METHOD="msi", AZURE_CLIENT_ID="c"),
            {"auth": {"azure-kubelogin": {"login": "msi", "server-id": AKS, "client-id": "c"}}},
        ),
        ({"username": "u", "password": TOKEN}, {"username": "u", "password": "ref+default://prod/password"}),
    ],
)
def test_how_argo_cd_signs_in_becomes_what_a_spec_says(config, user, imported):
    done, spec = imported(as_list(argocd(config=config)))

    assert done.returncode == 0, done.stderr
    assert spec["users"] == [{"name": "prod", **user}]
    assert "stays as it is" not in done.stderr


@pytest.mark.parametrize(
    "config",
    [
        own("azure", AZURE_FEDERATED_TOKEN_FILE="/opt/token"),  # of Argo CD's pod
        own("azure", AAD_ENVIRONMENT_NAME="AzureChinaCloud"),
        own("azure", AAD_LOGIN_METHOD="spn", AZURE_CLIENT_ID="c", AZURE_TENANT_ID="t"),
        own("azure", AAD_LOGIN_METHOD="msi", AZURE_TENANT_ID="t"),
        own("azure", "--x"),
        own("gcp", GOOGLE_APPLICATION_CREDENTIALS="/opt/key"),
        own("aws", "--cluster-name", "p", "--profile", "/opt/profile"),
        own("aws", "--cluster-name", "p", AWS_PROFILE="x"),
        own("aws", "--role-arn", "r"),
        own("aws", "--cluster-name"),
        own("aws", "--cluster-name", "p", "--cluster-name", "q"),
        own(),
    ],
    ids=json.dumps,
)
def test_what_no_preset_says_stays_the_plugin_that_it_is(config, imported):
    done, spec = imported(as_list(argocd(config=config)))
    given = config["execProviderConfig"]

    assert done.returncode == 0, done.stderr
    assert "stays as it is" in done.stderr
    (found,) = (each["exec"] for each in spec["users"])
    assert (found["command"], found.get("args", [])) == ("argocd-k8s-auth", given["args"])
    assert {each["name"]: each["value"] for each in found.get("env", [])} == given["env"]


def test_a_plugin_comes_with_what_it_is_told(imported):
    done, spec = imported(as_list(argocd(config={"execProviderConfig": EXEC, "proxyUrl": "http://p.example.com:1"})))

    (cluster,), (user,) = spec["clusters"], spec["users"]
    assert (done.returncode, user["exec"]["env"]) == (0, [{"name": "A", "value": "b"}])
    assert user["exec"]["provideClusterInfo"] is True
    assert cluster["extensions"] == [{"name": "client.authentication.k8s.io/exec", "extension": {"k": 1}}]
    assert cluster["proxy-url"] == "http://p.example.com:1"


def test_a_profile_is_a_cluster_and_its_missing_user_is_told(imported):
    provider = {"name": "google", "cluster": {"server": "https://203.0.113.7"}}
    old = {"name": "google", "cluster": {"server": "https://203.0.113.6"}}
    done, spec = imported(as_list(profile("p", accessProviders=[provider], credentialProviders=[old])))

    assert (done.returncode, spec["clusters"]) == (1, [{"name": "p", "server": "https://203.0.113.7"}])
    assert spec["contexts"] == [{"name": "p", "cluster": "p"}]
    assert "-:4:3: ClusterProfile hub/p: how 'google' signs in is in its consumers' files" in done.stderr.replace(
        "-:3:3", "-:4:3"
    )


def test_what_is_rendered_as_cluster_profiles_comes_back(imported):
    """Clusters and the contexts to them; who signs in has its consumers' file, whose ConfigMap no import reads."""
    place = TARGETS / "clusterprofile/fleet"
    objects = [yaml.safe_load(path.read_text()) for path in sorted((place / "expected").iterdir())]
    done, spec = imported(as_list(*objects))
    before = yaml.safe_load((place / "kcfg.yaml").read_text())["clusters"]
    before[1]["name"] = "arn-aws-eks-eu-west-1-111122223333-cluster-prod"
    before[0]["certificate-authority"] = "pki/prod-eu-ca.crt"
    before[0]["extensions"].pop()  # of a tool that reads no ClusterProfile
    found = {each["name"]: each for each in spec["clusters"]}

    assert done.returncode == 1, done.stderr  # for the users that are missing
    assert found == {each["name"]: each for each in before}
    assert {each["name"]: each["cluster"] for each in spec["contexts"]} == {name: name for name in found}


FILES = {
    "clusters.c": ("clusters", {"certificate-authority": "/etc/hostname"}),
    "users.me": ("users", {"tokenFile": "/etc/hostname"}),
    "users.me ": ("users", {"client-certificate": "/etc/hostname", "client-key": "/etc/hostname"}),
    "users.me  ": ("users", {"exec": {"command": "./login", "apiVersion": "client.authentication.k8s.io/v1"}}),
}


@pytest.mark.parametrize("entry", FILES)
def test_no_file_that_it_names_is_read(entry, imported):
    config = json.loads(json.dumps(KUBECONFIG))
    section, more = FILES[entry]
    config[section][0][section[:-1]] |= more
    other = secret("other", value=yaml.safe_dump(KUBECONFIG).replace("c.example", "d.example"))
    done, spec = imported(as_list(secret("bad", value=yaml.safe_dump(config)), other))

    assert done.returncode == 1
    assert f"{entry.strip()}: left out: " in done.stderr
    assert "a file of another machine" in done.stderr
    assert "hostname" not in json.dumps(spec)


LOST = {
    "arn": (argocd(server="arn:aws:eks:eu-west-1:1:cluster/x"), "the address is not in the Secret"),
    "inside": (argocd(server="https://kubernetes.default.svc"), "the cluster that Argo CD runs in"),
    "no server": (argocd(server=""), "server is missing"),
    "not JSON": (secret("x", labels={"argocd.argoproj.io/secret-type": "cluster"},
                        server="https://x.example.com", config=f"{{{TOKEN}"), "config is not JSON"),
    "unknown": (argocd(config={"bearerToken": TOKEN, "new": TOKEN}), "config.new is unknown"),
    "plugin": (argocd(config={"bearerToken": TOKEN, "awsAuthConfig": {"clusterName": "x"}}), "token left out"),
    "base64": (secret("x", data={"value": f"!{TOKEN}"}), "data.value is not base64"),
    "type": (secret("x", value="kind: Config\nclusters: [{name: a, cluster: {server: [1]}}]"), "server"),
}  # fmt: skip


@pytest.mark.parametrize("case", LOST)
def test_what_cannot_be_carried_is_told_with_its_place(case, imported):
    item, said = LOST[case]
    done, _ = imported(as_list(CAPI, item))

    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if said in line]
    assert line.startswith("not imported: -:")
    assert ": Secret hub/" in line


def test_other_objects_are_named_and_no_failure(imported):
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "apps"}}
    done, _ = imported(as_list(CAPI, secret("prod-ca", **{"tls.key": TOKEN}), pod))

    assert done.returncode == 0, done.stderr
    assert "Secret hub/prod-ca: holds no kubeconfig" in done.stderr
    assert "Pod apps/p: holds no cluster's address" in done.stderr


def test_where_nothing_can_be_imported_nothing_is_written(imported, tmp_path):
    done, _ = imported(as_list(argocd(server="")))

    assert done.returncode == 2
    assert "server is missing" in done.stderr
    assert not (tmp_path / "new").exists()


def test_annotations_hold_no_secret(imported):
    item = argocd()
    jwt = f"eyJhbGciOiJub25lIn0.{encoded(json.dumps({'sub': TOKEN})).rstrip('=')}.c2lnbmF0dXJl"
    item["metadata"]["annotations"] = {
        "kubectl.kubernetes.io/last-applied-configuration": json.dumps(item),
        "example.com/a": jwt,
        "example.com/b": "${HOME} $x",
    }
    done, spec = imported(as_list(item))

    assert spec["clusters"][0]["argocd"] == {"annotations": {"example.com/b": "$${HOME} $x"}}
    assert "looks like a token" in done.stderr


def test_a_spec_gets_what_it_does_not_know_yet(imported, kcfg, tmp_path):
    imported(as_list(CAPI))
    done = kcfg("import", "--unmanaged", "-", "-f", "new", stdin=as_list(CAPI, argocd()), cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert names(yaml.safe_load((tmp_path / "new/kcfg.yaml").read_text()), "clusters") == ["c", "prod"]
