"""A reader of a kubeconfig in a Secret gets what it looks for: facts of each reader's own source, recorded here."""

import json
import subprocess
import sys

import jsonschema
import pytest
import yaml
from cases import HERE, VALUES
from conftest import EXAMPLES, ROOT
from published import closed

PAGE = (ROOT / "kcfg/targets/README.md").read_text()


def objects(reader):
    found = [yaml.safe_load(path.read_text()) for path in sorted((HERE / "secret" / reader / "expected").iterdir())]
    assert [each["metadata"]["name"] for each in found] == ["dev", "prod-eu"]
    return found


def current(text):
    """The cluster and the user of the current context, as clientcmd.RESTConfigFromKubeConfig takes them."""
    config = yaml.safe_load(text)
    (context,) = [each["context"] for each in config["contexts"] if each["name"] == config["current-context"]]
    (cluster,) = [each["cluster"] for each in config["clusters"] if each["name"] == context["cluster"]]
    (user,) = [each["user"] for each in config["users"] if each["name"] == context["user"]]
    return cluster, user


def crossplane(secret):
    """crossplane-contrib/provider-kubernetes at 2f543db5cc20, internal/clients/kube/kube.go, fromAPIConfig."""
    cluster, user = current(secret["stringData"]["kubeconfig"])
    known = {"server", "insecure-skip-tls-verify", "tls-server-name", "certificate-authority-data"}
    known_user = {"username", "password", "token", "tokenFile", "as", "as-groups", "as-user-extra", "exec"}
    assert cluster.keys() <= known
    assert user.keys() <= known_user | {"client-certificate-data", "client-key-data"}
    assert secret["metadata"]["namespace"] == "crossplane-system"


def multikueue(secret):
    """kubernetes-sigs/kueue at 00c27f2c9f58: apis/kueue/v1beta2 (key), multikueuecluster.go (what it refuses)."""
    cluster, user = current(secret["stringData"]["kubeconfig"])
    assert not {"insecure-skip-tls-verify", "certificate-authority"} & cluster.keys()
    assert "tokenFile" not in user
    assert cluster["server"].startswith("https://")
    assert secret["metadata"]["namespace"] == "kueue-system"


def multicluster_runtime(secret):
    """kubernetes-sigs/multicluster-runtime at 035f642f8818, providers/kubeconfig/provider.go: label and key."""
    current(secret["stringData"]["kubeconfig"])
    assert secret["metadata"]["labels"]["sigs.k8s.io/multicluster-runtime-kubeconfig"] == "true"
    assert secret["metadata"]["namespace"] == "fleet"


READERS = {"crossplane": crossplane, "multikueue": multikueue, "multicluster-runtime": multicluster_runtime}


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_finds_what_it_looks_for(reader):
    for secret in objects(reader):
        READERS[reader](secret)


@pytest.mark.parametrize("reader", READERS)
def test_the_page_has_the_options_of_the_recorded_case(reader):
    options = (HERE / "secret" / reader / "options").read_text().strip().removeprefix("--credentials inline ")

    assert f"`{options}`" in PAGE


# backstage/backstage at 15a1e9dcce82, plugins/kubernetes-backend/config.d.ts: the locator `config`.
TEXT, BOOLEAN = {"type": "string"}, {"type": "boolean"}
BACKSTAGE = closed(
    ["serviceLocatorMethod", "clusterLocatorMethods"],
    serviceLocatorMethod=closed(["type"], type={"enum": ["multiTenant", "singleTenant", "catalogRelation"]}),
    clusterLocatorMethods={
        "type": "array",
        "items": closed(
            ["type", "clusters"],
            type={"const": "config"},
            clusters={
                "type": "array",
                "items": closed(
                    ["url", "name"],
                    **dict.fromkeys(
                        ("url", "name", "title", "serviceAccountToken", "authProvider", "oidcTokenProvider"), TEXT
                    ),
                    **dict.fromkeys(("caData", "caFile"), TEXT),
                    **dict.fromkeys(("skipTLSVerify", "skipMetricsLookup"), BOOLEAN),
                ),
            },
        ),
    },
)


def backstage(kcfg, *words):
    case = HERE / "secret/crossplane"
    rendered = kcfg(
        "render", "-f", case, *words, "--credentials", "inline", "--flatten", "-o", "json", "--trust", env=VALUES
    )
    assert rendered.returncode == 0, rendered.stderr
    script = [sys.executable, EXAMPLES / "gitops/backstage.py"]
    return subprocess.run(script, input=rendered.stdout, capture_output=True, text=True)


def test_backstage_gets_its_clusters(kcfg):
    done = backstage(kcfg, "--context", "prod-eu")
    found = json.loads(done.stdout)["kubernetes"]

    jsonschema.validate(found, BACKSTAGE)
    (cluster,) = found["clusterLocatorMethods"][0]["clusters"]
    assert (cluster["url"], cluster["serviceAccountToken"]) == ("https://prod-eu.example.com:6443", "of-the-robot")
    assert cluster["caData"]


def test_backstage_gets_nothing_that_it_would_lose(kcfg):
    done = backstage(kcfg)

    assert (done.returncode, done.stdout) == (1, "")
    assert "dev: Backstage takes a token, and has no place for: client-certificate-data" in done.stderr
    assert "tls-server-name" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--to flux --key x", "--key is for --to secret"),
        ("--to argocd --label a=b", "--label is for --to secret"),
        ("--to kuberc --per-cluster", "--per-cluster is for --to secret"),
        ("--key x", "--key is for --to"),
        ("--to secret --key a/b", "no key that a Secret takes"),
        ("--to secret --label a", "there is no value"),
        ("--to secret --label a=b/c", "no label value"),
        ("--to secret --label -a=b", "no label key"),
    ],
)
def test_what_no_secret_takes_is_refused(words, said, kcfg):
    done = kcfg("render", "-f", HERE / "secret/inline", "--credentials", "inline", *words.split())

    assert done.returncode == 2
    assert said in done.stderr


def test_one_secret_for_all_takes_key_and_labels(kcfg):
    words = "--to secret --credentials inline --trust --key config --label a.example.com/b=c --label d="
    done = kcfg("render", "-f", HERE / "secret/inline", *words.split(), env=VALUES)
    found = yaml.safe_load(done.stdout)

    assert found["metadata"]["labels"] == {"a.example.com/b": "c", "d": ""}
    assert list(found["stringData"]) == ["config"]


def test_two_users_of_one_cluster_are_refused_where_each_has_its_secret(kcfg, tmp_path):
    text = (HERE / "secret/crossplane/kcfg.yaml").read_text().replace("../..", str(HERE))
    (tmp_path / "kcfg.yaml").write_text(text + "- {name: again, cluster: Dev, user: robot}\n")
    words = ["render", "-f", tmp_path, "--to", "secret", "--credentials", "inline", "--trust"]

    assert kcfg(*words, "--per-cluster", env=VALUES).returncode == 2
    assert "KCFG704" in kcfg(*words, "--per-cluster", env=VALUES).stderr
    assert "choose with --context" in kcfg(*words[:5], "--why", "--per-cluster").stdout
