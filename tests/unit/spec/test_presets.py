"""Auth presets: the stanza each vendor's own tool writes, and the one kubectl can read."""

import json

import pytest

HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: t}\n"
BETA = "client.authentication.k8s.io/v1beta1"


@pytest.fixture
def render(tmp_path, kcfg):
    def run(auth, command="render"):
        (tmp_path / "kcfg.yaml").write_text(
            f"{HEAD}users: [{{name: u, auth: {auth}}}, {{name: x, token: ref+default://x}}]\n"
        )
        words = ["-o", "json"] if command == "render" else []
        return kcfg(command, "-f", "kcfg.yaml", *words, cwd=tmp_path)

    return run


@pytest.mark.parametrize(
    ("auth", "api", "command", "args"),
    [
        (
            "{aws-eks: {cluster: prod, region: eu-west-1}}",
            BETA, "aws", "--region eu-west-1 eks get-token --cluster-name prod --output json",
        ),
        (
            "{aws-eks: {cluster: prod, role-arn: 'arn:aws:iam::000000000000:role/ops'}}",
            BETA, "aws", "eks get-token --cluster-name prod --output json --role arn:aws:iam::000000000000:role/ops",
        ),
        ("{gke: {}}", BETA, "gke-gcloud-auth-plugin", ""),
        (
            "{azure-kubelogin: {tenant-id: t, environment: AzurePublicCloud}}",
            BETA, "kubelogin",
            "get-token --login devicecode --server-id 6dae42f8-4368-4678-94ff-3960e28e3630 "
            "--client-id 80faf920-1908-4b52-b5ef-a8e7bedfc67a --tenant-id t --environment AzurePublicCloud",
        ),
        (
            "{azure-kubelogin: {login: azurecli}}",
            BETA, "kubelogin", "get-token --login azurecli --server-id 6dae42f8-4368-4678-94ff-3960e28e3630",
        ),
        (
            "{oidc: {issuer-url: 'https://sso.example.com', client-id: kube, extra-scopes: [groups]}}",
            "client.authentication.k8s.io/v1", "kubectl",
            "oidc-login get-token --oidc-issuer-url=https://sso.example.com --oidc-client-id=kube "
            "--oidc-extra-scope=groups",
        ),
        (
            "{service-account: {via: x, namespace: shop, name: agent}}",
            "client.authentication.k8s.io/v1", "kcfg-credential", "--spec t --user u",
        ),
        (
            "{teleport: {cluster: kube, teleport-cluster: root, proxy: 'teleport.example.com:443'}}",
            BETA, "tsh",
            "kube credentials --kube-cluster=kube --teleport-cluster=root --proxy=teleport.example.com:443",
        ),
    ],
)  # fmt: skip
def test_stanza(render, auth, api, command, args):
    done = render(auth)
    stanza = json.loads(done.stdout)["users"][0]["user"]["exec"]

    assert (stanza["apiVersion"], stanza["command"], " ".join(stanza["args"] or [])) == (api, command, args), (
        done.stderr
    )


def test_a_profile_is_an_environment_variable(render):
    stanza = json.loads(render("{aws-eks: {cluster: c, profile: work}}").stdout)["users"][0]["user"]["exec"]

    assert stanza["env"] == [{"name": "AWS_PROFILE", "value": "work"}]


@pytest.mark.parametrize(
    ("auth", "told"),
    [
        ("{}", "exactly one preset"),
        ("{gke: {}, aws-eks: {cluster: c}}", "exactly one preset"),
        ("{aws-eks: {}}", "required field 'cluster' is missing"),
        ("{aws-eks: {cluster: c, regoin: x}}", "did you mean 'region'?"),
        ("{azure-kubelogin: {}}", "login devicecode needs tenant-id"),
        ("{azure-kubelogin: {login: spn, tenant-id: t}}", "login spn needs client-id"),
        ("{gke: {}}, token: ref+default://x", "auth beside token"),
    ],
)
def test_faults(render, auth, told):
    done = render(auth, "validate")

    assert done.returncode == 1
    assert told in done.stderr


def test_a_preset_is_rendered_as_kubectl_reads_it(kcfg, tmp_path):
    (tmp_path / "kcfg.yaml").write_text("""\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: acme}
clusters: [{name: eks, server: "https://eks.example.com"}]
users: [{name: eks, auth: {aws-eks: {cluster: eks}}}]
contexts: [{name: eks, cluster: eks, user: eks}]
""")
    words = ("apply", "--yes", "--kubeconfig", tmp_path / "config")
    kcfg("trust", "--yes", cwd=tmp_path)
    first, second = kcfg(*words), kcfg(*words)

    assert first.returncode == 0, first.stderr
    assert "interactiveMode: IfAvailable" in (tmp_path / "config").read_text()
    assert "unchanged" in second.stdout
