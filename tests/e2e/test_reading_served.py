"""`kcfg shell --read-only` between kubectl and a real server."""

import pytest

CONTAINER = {"name": "c", "image": "registry.example.com/c"}


@pytest.fixture
def world(as_root, cluster):
    """The namespace, with a pod and a Secret."""
    unique = as_root
    cluster.wait_for(f"/api/v1/namespaces/{unique}/serviceaccounts", lambda found: found["items"])
    pod = {"metadata": {"name": "web"}, "spec": {"automountServiceAccountToken": False, "containers": [CONTAINER]}}
    cluster.request("POST", f"/api/v1/namespaces/{unique}/pods", pod)
    secret = {"metadata": {"name": "plum"}, "stringData": {"a": "pear-of-the-cluster"}}
    cluster.request("POST", f"/api/v1/namespaces/{unique}/secrets", secret)
    return unique


@pytest.fixture
def shell(ok, world, program, tmp_path):
    """Run a script in such a shell, in which `k` is kubectl in the namespace."""

    def run(script, *words):
        k = f'k() {{ {program} --cache-dir {tmp_path}/cache -n {world} "$@"; echo "rc=$?"; }}\n'
        where = ("--kubeconfig", tmp_path / "config", "root", "--read-only", "--shell", "/bin/sh")
        return ok("shell", *where, *words, stdin=f"exec 2>&1\n{k}{script}\n").stdout

    return run


def test_reads(shell):
    """In `kcfg shell --read-only` kubectl reads, watches and asks what it may"""
    said = shell(
        "k get pods -o name; k get pods -w -o name --request-timeout 3s; k describe pod web; k api-resources -o name"
        "; k auth can-i get pods; k get ns -o name"
    )

    assert said.count("pod/web") >= 2
    for word in ("Name:             web", "deployments.apps", "yes\n", "namespace/default"):
        assert word in said


def test_what_changes_or_connects(shell, cluster, world):
    """What changes or connects is refused there, with the reason, and nothing of it reaches the server"""
    said = shell(
        "k delete pod web --wait=false; k create configmap x; k label pod web a=b; k exec web -- id"
        "; k port-forward web 8080; k attach web; k scale deployment x --replicas 0"
        "; k get --raw /api/v1/nodes/n/proxy/; k --as root get pods; k create token default"
    )

    assert said.count("rc=1") == 10, said
    assert said.count("kcfg shell --read-only: ") >= 8, said
    assert cluster.request("GET", f"/api/v1/namespaces/{world}/pods/web")["metadata"].get("labels") is None


def test_secrets(shell):
    """Secrets are kept back there, in lists too, unless `--with-secrets`"""
    ask = "k get secrets -o yaml; k get secret plum -o yaml; k get all,secrets; k get --raw /api/v1/secrets"
    said = shell(ask)

    assert "pear" not in said
    assert "cGVhci1vZi10aGUtY2x1c3Rlcg==" not in said
    assert said.count("Secrets are kept back") == 4, said
    assert "cGVhci1vZi10aGUtY2x1c3Rlcg==" in shell(ask, "--with-secrets")


def test_the_credential_stays_with_kcfg(shell):
    """The kubeconfig there holds neither the user's credential nor the server's address"""
    said = shell('cat "$KUBECONFIG"; k config view --raw')

    assert "kcfg-read-only" in said
    assert "client-key" not in said
    assert "exec:" not in said
