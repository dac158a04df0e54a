"""`--why` says for each cluster whether a secret is needed there; what it says is what the target does."""

import pytest
import yaml
from cases import KEY
from conftest import EXAMPLES, ROOT

from kcfg.targets.targets import TARGETS

SPEC = """
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: why}
secretStores: [{name: default, provider: env, env: {prefix: WHY_}}]
clusters:
- {name: own, server: "https://own.example.com"}
- {name: eks, server: "https://a.gr7.eu-west-1.eks.amazonaws.com"}
- {name: gke_p_europe-west1_c, server: "https://192.0.2.7"}
- {name: aks, server: "https://a.hcp.westeurope.azmk8s.io"}
- {name: plugged, server: "https://plugged.example.com"}
- {name: cloud, server: "https://cloud.example.com", certificate-authority-data: CA}
- {name: trusting, server: "https://trusting.example.com", flux: {provider: generic}}
- {name: twice, server: "https://twice.example.com"}
- {name: kept, server: "https://kept.example.com"}
- {name: open, server: "https://open.example.com"}
users:
- {name: robot, token: ref+default://robot}
- {name: human, username: human, password: ref+default://human}
- {name: keyed, client-certificate: client.crt, client-key: client.key}
- {name: tool, exec: {apiVersion: client.authentication.k8s.io/v1, command: tool, interactiveMode: Never}}
- {name: gcp, auth: {gke: {}}}
- {name: mine, credentials: keep}
contexts:
- {name: own, cluster: own, user: keyed}
- {name: eks, cluster: eks, user: robot}
- {name: gke, cluster: gke_p_europe-west1_c, user: robot}
- {name: aks, cluster: aks, user: human}
- {name: plugged, cluster: plugged, user: tool}
- {name: cloud, cluster: cloud, user: gcp}
- {name: trusting, cluster: trusting}
- {name: twice, cluster: twice, user: robot}
- {name: again, cluster: twice, user: human}
- {name: kept, cluster: kept, user: mine}
- {name: open, cluster: open}
"""
# What the lines of EXPECTED end with.
ENDS = {
    "GENERIC": "unnecessary with flux: {provider: generic}, where the API server trusts the issuer of Flux's tokens",
    "EKS": "unnecessary with auth: {aws-eks: {cluster: NAME}} "
    "and flux: {cluster: 'arn:aws:eks:REGION:ACCOUNT:cluster/NAME'}",
    "OWN": "unnecessary with exec: argocd-k8s-auth, or a plugin of your own image and --plugin",
    "PLUGIN": "unnecessary with a user with auth: or exec:, whose plugin the reader has",
    "NEEDED": "needed is a user with auth: or exec:, whose plugin the reader has",
    "FETCHED": "which the operator fetches: nothing secret is in git",
}
EXPECTED = {
    "flux": """
own: secret needed: client-key of user 'keyed'; GENERIC
eks: secret needed: token of user 'robot'; EKS
gke_p_europe-west1_c: secret needed: token of user 'robot'; unnecessary with auth: {gke: {}}
aks: secret needed: password of user 'human'; unnecessary with auth: {azure-kubelogin: {login: workloadidentity}}
plugged: secret needed: Flux does not run the plugin of user 'tool'; GENERIC
cloud: no secret: Flux 2.7 signs in at gcp, as a ServiceAccount (ConfigMap)
trusting: no secret: Flux 2.7 signs in with its own token, as a ServiceAccount (ConfigMap)
twice: reached by 'robot', 'human', and an engine takes one of them: choose with --context or -l
kept: a credential that the spec does not know: user 'mine' has credentials: keep
open: no secret: nobody signs in
""",
    "argocd --plugin tool": """
own: secret needed: client-key of user 'keyed'; OWN
eks: secret needed: token of user 'robot'; unnecessary with auth: {aws-eks: {cluster: NAME}}
plugged: no secret: Argo CD runs tool
cloud: no secret: Argo CD signs in with its own identity (gke)
""",
    "argocd": """
plugged: secret needed: Argo CD does not run the plugin of user 'tool'; OWN
""",
    "capi": """
eks: secret needed: token of user 'robot'; Cluster API knows no other way
""",
    "clusterprofile": """
own: no place for client-key of user 'keyed': NEEDED
twice: reached by 'robot', 'human', and an engine takes one of them: choose with --context or -l
plugged: no secret: consumers run tool, their provider 'tool'
open: no secret, and nobody signs in, which a ClusterProfile cannot say: NEEDED
""",
    "external-secrets --template flux": """
eks: secret needed: token of user 'robot', FETCHED; EKS
cloud: no secret: Flux 2.7 signs in at gcp, as a ServiceAccount (ConfigMap)
""",
    "secret": """
twice: secret needed: token of user 'robot', password of user 'human'; PLUGIN
cloud: no secret: gke-gcloud-auth-plugin signs in
""",
    "direnv": """
eks: no secret: kcfg-credential signs in
aks: secret needed: password of user 'human'; PLUGIN
""",
    "k9s": """
aks: no secret: only what is read-only is written
""",
    "kuberc": """
aks: no secret: only the names of plugins are listed
""",
}  # fmt: skip


@pytest.fixture
def spec(tmp_path):
    for name in ("ca.crt", "client.crt"):
        (tmp_path / name).write_bytes((ROOT / "tests/targets" / name).read_bytes())
    (tmp_path / "client.key").write_text(KEY)
    (tmp_path / "client.key").chmod(0o600)
    (tmp_path / "kcfg.yaml").write_text(SPEC.replace("certificate-authority-data: CA", "certificate-authority: ca.crt"))
    return tmp_path


@pytest.mark.parametrize("words", EXPECTED)
def test_each_cluster_has_one_line(words, spec, kcfg):
    done = kcfg("render", "-f", spec, "--to", *words.split(), "--why")

    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    expected = EXPECTED[words]
    for name, text in ENDS.items():
        expected = expected.replace(name, text)
    assert [line.partition(":")[0] for line in lines] == [each["name"] for each in yaml.safe_load(SPEC)["clusters"]]
    assert set(expected.strip().splitlines()) <= set(lines)


@pytest.mark.parametrize("target", ["flux", "argocd", "external-secrets"])
def test_where_no_secret_is_needed_the_target_renders_without_one(target, spec, kcfg):
    plugin = ["--plugin", "tool"] if target == "argocd" else []
    lines = kcfg("render", "-f", spec, "--to", target, *plugin, "--why").stdout.splitlines()
    free = [line.partition(":")[0] for line in lines if ": no secret: " in line]
    needed = [line.partition(":")[0] for line in lines if ": secret needed: " in line and "fetches" not in line]

    assert free
    assert needed or target == "external-secrets"
    for cluster in free:
        done = kcfg("render", "-f", spec, "--to", target, *plugin, "--context", cluster, "--why")
        assert done.stdout.count("\n") == 1
        # GKE's own name is needed where no certificate authority is given: `cloud` has one.
        done = kcfg("render", "-f", spec, "--to", target, *plugin, "--context", cluster)
        assert done.returncode == 0, done.stderr
    contexts = {"gke_p_europe-west1_c": "gke"}
    for cluster in needed:
        words = ["render", "-f", spec, "--to", target, "--context", contexts.get(cluster, cluster)]
        done = kcfg(*words)
        assert done.returncode == 2, cluster


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_is_written_and_no_store_is_asked(target, spec, kcfg):
    before = sorted(spec.iterdir())
    done = kcfg("render", "-f", EXAMPLES / "gitops", "--to", target, "--why", "--credentials", "inline", cwd=spec)

    assert (done.returncode, done.stderr, sorted(spec.iterdir())) == (0, "", before)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--why", "--why is for --to"),
        ("--to flux --why --out x", "--out has nothing to do"),
        ("--to flux --why --check .", "--check has nothing to do"),
        ("--to flux --why --prune", "--prune has nothing to do"),
    ],
)
def test_what_does_not_go_with_it_is_refused(words, said, spec, kcfg):
    done = kcfg("render", "-f", spec, *words.split())

    assert done.returncode == 2
    assert said in done.stderr


def test_the_page_shows_what_it_prints(kcfg):
    page = (ROOT / "kcfg/targets/README.md").read_text()
    shown = page.partition("$ kcfg render -f examples/gitops --to flux --why\n")[2].partition("```")[0]

    assert kcfg("render", "-f", "examples/gitops", "--to", "flux", "--why", cwd=ROOT).stdout == shown != ""
