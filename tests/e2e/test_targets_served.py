"""What `render --to` makes, taken by a real API server: `kubectl apply --dry-run=server` with strict validation.

Secrets and ConfigMaps are the server's own. For what operators define, a CRD of ours says the fields that their sources
have (`published.py`): a field that is not there is an error.
"""

import json

import published
import pytest
import yaml
from cases import VALUES, case_id, words
from cases import rendered as each_case
from e2e_world import Kubectl
from real_cluster import TOKEN

APPLIED = {"argocd", "capi", "clusterprofile", "external-secrets", "flux", "secret"}
CASES = [case for case in each_case.args[1] if case.parent.name in APPLIED]
KINDS = {
    "ExternalSecret": ("external-secrets.io", "v1", "externalsecrets", published.EXTERNAL_SECRET),
    "ClusterProfile": ("multicluster.x-k8s.io", "v1alpha1", "clusterprofiles", published.CLUSTER_PROFILE),
}


def structural(schema):
    """Return a JSON Schema as a CRD may have it: no `const`, no closed objects (what is not there is unknown)."""
    found = {
        key: value for key, value in schema.items() if key not in ("const", "propertyNames", "additionalProperties")
    }
    if "const" in schema:
        found["enum"] = [schema["const"]]
    if "enum" in found:
        found.setdefault("type", "string")
    if "properties" in schema:
        found["properties"] = {name: structural(each) for name, each in schema["properties"].items()}
    if isinstance(schema.get("additionalProperties"), dict):
        found["additionalProperties"] = structural(schema["additionalProperties"])
    if "items" in schema:
        found["items"] = structural(schema["items"])
    if found == {"type": "object"}:
        found["x-kubernetes-preserve-unknown-fields"] = True
    return found


def definition(kind):
    group, version, plural, schema = KINDS[kind]
    whole = structural(schema)
    for name in ("apiVersion", "kind", "metadata"):  # the server's own
        whole["properties"][name] = {"type": "object" if name == "metadata" else "string"}
    served = {"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": whole}}
    names = {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()}
    # The group is Kubernetes' own: without a word about its review the server takes no CRD of it.
    about = {"api-approved.kubernetes.io": "unapproved, for a test"} if group.endswith("k8s.io") else {}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}", "annotations": about},
        "spec": {"group": group, "scope": "Namespaced", "names": names, "versions": [served]},
    }


@pytest.fixture(scope="module")
def defined(cluster):
    """The server knows the operators' kinds, and has the namespaces that the cases name."""
    for kind, (group, version, plural, _) in KINDS.items():
        cluster.request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition(kind))
        cluster.wait_for(f"/apis/{group}/{version}/{plural}", lambda found: True)
    names = {
        value["metadata"].get("namespace", "default")
        for case in CASES
        for path in (case / "expected").rglob("*.yaml")
        for value in yaml.safe_load_all(path.read_text())
    }
    for name in names - {"default", "kube-system"}:
        cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        cluster.wait_for(f"/api/v1/namespaces/{name}/serviceaccounts", lambda found: found["items"])
    return cluster


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_applied(case, defined, kubectl_of, kcfg, tmp_path):
    """`render --to`, applied with `--dry-run=server --validate=strict`."""
    (tmp_path / "config").write_text(defined.kubeconfig.read_text())
    done = kcfg(*words(case), "--out", tmp_path / "out", env=VALUES)
    assert done.returncode == 0, done.stderr

    kubectl = kubectl_of("config")
    applied = kubectl("apply", "--dry-run=server", "--validate=strict", "-R", "-f", tmp_path / "out", "-o", "json")

    assert applied.returncode == 0, applied.stderr
    said = json.loads(applied.stdout)
    assert len(said.get("items", [said])) == sum(
        len(list(yaml.safe_load_all(path.read_text()))) for path in (tmp_path / "out").rglob("*.yaml")
    )


def test_a_field_that_is_not_there(defined, kubectl_of, tmp_path):
    """A field too many: these servers and CRDs refuse it."""
    (tmp_path / "config").write_text(defined.kubeconfig.read_text())
    kubectl = kubectl_of("config")
    for kind, (group, version, _, _) in KINDS.items():
        value = {"apiVersion": f"{group}/{version}", "kind": kind, "metadata": {"name": "a"}, "spec": {"surplus": 1}}
        done = kubectl("apply", "--dry-run=server", "--validate=strict", "-f", "-", stdin=json.dumps(value))

        assert done.returncode == 1
        assert 'unknown field "spec.surplus"' in done.stderr


KUBERC_SPEC = "- {name: me, token: ref+default://robot/token}\n"


def test_kuberc(spec, ok, newest_kubectl, plugin_env, tmp_path):
    """`render --to kuberc`: the newest kubectl runs kcfg-credential, and refuses a plugin that the spec has not."""
    spec(KUBERC_SPEC)
    ok("secret", "set", "robot/token", stdin=TOKEN)
    ok("render", "--out", "config")
    ok("render", "--to", "kuberc", "--out", "policy")
    other = json.loads(ok("render", "-o", "json").stdout)
    other["users"][0]["user"]["exec"]["command"] = "true"
    (tmp_path / "other").write_text(json.dumps(other))
    env = {**plugin_env, "KUBERC": f"{tmp_path}/policy/kuberc"}

    assert Kubectl(newest_kubectl, tmp_path / "config", env).who("me") == "robot"
    assert "not permitted by the credential plugin allowlist" in Kubectl(newest_kubectl, tmp_path / "other", env).who(
        "me"
    )
