"""`-o jsonpath=` answers as kubectl, or both refuse: what the documented subset has."""

import subprocess

import pytest

CONFIG = """\
apiVersion: v1
kind: Config
clusters:
- {name: a, cluster: {server: "https://a<b"}}
- {name: b, cluster: {server: "https://b"}}
users:
- {name: u, user: {exec: {command: c, apiVersion: client.authentication.k8s.io/v1beta1, args: [one, two]}}}
- {name: v, user: {username: x}}
contexts:
- {name: x, context: {cluster: a, user: u}}
- {name: yy, context: {cluster: b, user: v, namespace: nn}}
"""
TEMPLATES = r"""
{.users}
{.clusters[0]}
{.users[0].user.exec}
{.users[0].user.exec.env}
{.extensions}
{.nope}
{}
{.users[0,1].name}
{.clusters[0,0].name}
{.contexts[*]['name','context']}
{.users[?(@.user.exec.args[0]=="one")].name}
plain text
.kind
{range .users[*]}x{end}
{.clusters[*].name} and {.kind}
{range .contexts[*]}{.name}{"\t"}{.context.namespace}{"\n"}{end}
{.contexts[?(@.context.namespace)].name}
{.contexts[?(@.context.namespace=="nn")].name}
{.contexts[?(@.name!="x")].name}
{.contexts[-1].name}
{.contexts[0:1].name}
{.contexts[1:].name}
{.contexts[:1].name}
{.contexts[9].name}
{.clusters[3:1].name}
{.clusters[0:5].name}
{.clusters[*].cluster.server}
{..server}
{1}
{true}
{"x"}
{'y'}
{.contexts[*].name}{"\n"}
{$.kind}
{.current-context}
{.contexts}
{.users[?(@.name=="u" && @.name=="u")].name}
{.preferences}
{.users[1].user.username}
{.users[*].user['username']}
{.clusters[?(@.cluster.server=="https://b")].name}
{.kind}{.apiVersion}
{end}
{.a
{.contexts[0]['name']}
""".strip().splitlines()


SINGLE = [template for template in TEMPLATES if template.startswith("{.") and template.count("{") == 1]


@pytest.mark.parametrize(
    ("form", "template"),
    [*(("jsonpath", each) for each in TEMPLATES), *(("jsonpath-as-json", each) for each in SINGLE)],
)
def test_as_kubectl(template, form, kcfg, kubectl_135, tmp_path):
    path = tmp_path / "config"
    path.write_text(CONFIG)

    words = ("--kubeconfig", path, "-o", f"{form}={template}")
    theirs = subprocess.run([kubectl_135, "config", "view", *words], capture_output=True, text=True)
    ours = kcfg("view", *words)

    assert (ours.returncode == 0) == (theirs.returncode == 0), ours.stderr + theirs.stderr
    assert ours.stdout == theirs.stdout
