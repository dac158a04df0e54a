"""What is wrong with `argocd` or `flux` of a cluster is told where it is written, by validate too."""

import pytest

HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: x}\nclusters:\n"
ARN = "arn:aws:eks:eu-west-1:1:cluster/a"
WRONG = {
    'argocd: {server: "https://b.example.com?__uid=a"}': "argocd.server: leads elsewhere than the cluster's server",
    'argocd: {server: "https://a.example.com"}': "argocd.server: leads elsewhere than the cluster's server",
    "argocd: {server: a.example.com}": "argocd.server: expected a URL with a scheme",
    'argocd: {server: "arn:aws:iam::1:role/x"}': "argocd.server: no ARN of an EKS cluster",
    "argocd: {annotations: {no key: x}}": "argocd.annotations.no key: 'no key' is no label key that Kubernetes takes",
    "flux: {provider: generic, cluster: a}": "flux.cluster: the provider generic knows no clusters",
    "flux: {provider: gcp, cluster: clusters/a}": "flux.cluster: no name of a cluster there",
    f'flux: {{provider: azure, cluster: "{ARN}"}}': "flux.cluster: no name of a cluster there",
    "flux: {cluster: a}": "flux.cluster: no name of a cluster there",
}
RIGHT = [
    'argocd: {server: "https://a.example.com/?__uid=a", annotations: {example.com/team: x}}',
    f'argocd: {{server: "{ARN}"}}',
    f'flux: {{cluster: "{ARN}"}}',
    "flux: {provider: gcp, cluster: projects/p/locations/l/clusters/c}",
    "flux: {provider: generic, audiences: [x]}",
    "flux: {provider: aws}",  # the name of the entry may be the ARN, or a patch brings it
    'argocd: {server: "${ARGO}"}, flux: {cluster: "${ARGO}"}',
]


def spec(tmp_path, blocks, more=""):
    lines = [f"- {{name: c{n}, server: 'https://a.example.com', {block}}}\n" for n, block in enumerate(blocks)]
    (tmp_path / "kcfg.yaml").write_text(HEAD + "".join(lines) + more)


def test_validate_and_lint_have_every_fault_with_its_place(tmp_path, kcfg):
    spec(tmp_path, WRONG)
    for command in ("validate", "lint"):
        done = kcfg(command, cwd=tmp_path)
        found = [
            line for line in (done.stdout + done.stderr).splitlines() if "[KCFG705]" in line or "[KCFG709]" in line
        ]

        assert done.returncode != 0
        assert len(found) == len(WRONG)
        for number, (line, (block, said)) in enumerate(zip(found, WRONG.items(), strict=True)):
            assert line.startswith(f"kcfg.yaml:{5 + number}:")
            column = int(line.split(":")[2])
            text = (tmp_path / "kcfg.yaml").read_text().splitlines()[4 + number]
            assert text.index(block) < column - 1 < len(text)
            assert f": error: clusters[{number}].{said}" in line


def test_what_is_right_or_has_a_variable_to_come_is_no_fault(tmp_path, kcfg):
    spec(tmp_path, RIGHT, "variables: {ARGO: {required: true}}\n")
    done = kcfg("validate", cwd=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("target", ["argocd", "flux"])
def test_whoever_renders_says_the_same(target, tmp_path, kcfg):
    spec(tmp_path, WRONG, "contexts: [{name: c, cluster: c0}]\n")
    done = kcfg("render", "--to", target, cwd=tmp_path)

    assert done.returncode == 2
    assert all(said in done.stderr for said in WRONG.values())


def test_an_environment_is_judged_as_it_is_meant(tmp_path, kcfg):
    patch = "{target: {kind: Cluster, name: c0}, merge: {argocd: {server: 'arn:x'}}}"
    patch = f"environments: [{{name: e, patches: [{patch}]}}]\n"
    spec(tmp_path, ['argocd: {server: "https://a.example.com?__uid=a"}'], patch)
    done = kcfg("validate", cwd=tmp_path)

    assert "argocd.server: no ARN of an EKS cluster" in done.stdout + done.stderr
