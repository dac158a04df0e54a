"""`kcfg url`: what it prints is what the API server serves, and nothing that could not be a name gets through."""

import os
import subprocess
import sys

import pytest
from conftest import ROOT

KUBECONFIG = """apiVersion: v1
kind: Config
current-context: dev
clusters:
- {name: dev, cluster: {server: "https://me:planted@dev.example.com:6443/k8s/clusters/c-1/"}}
- {name: six, cluster: {server: "https://[2001:DB8::1]:443"}}
- {name: bare, cluster: {server: "192.0.2.1:8080"}}
- {name: odd, cluster: {server: "https://dev.example.com/a b"}}
- {name: broken, cluster: {server: "https://dev example.com"}}
contexts:
- {name: dev, context: {cluster: dev, user: dev, namespace: shop}}
- {name: six, context: {cluster: six}}
- {name: bare, context: {cluster: bare, user: gone}}
- {name: odd, context: {cluster: odd}}
- {name: broken, context: {cluster: broken}}
- {name: lost, context: {cluster: lost}}
users:
- {name: dev, user: {token: planted}}
"""
BASE = "https://dev.example.com:6443/k8s/clusters/c-1"
SEARCH = "https://[2001:db8::1]/api/v1/namespaces/kube-system/services"


@pytest.fixture
def url(kcfg, tmp_path):
    (tmp_path / "config").write_text(KUBECONFIG)

    def run(*words, **more):
        done = kcfg("url", "--kubeconfig", "config", *words, **more)
        assert "planted" not in done.stdout + done.stderr
        return done

    return run


URLS = {
    (): BASE,
    ("six",): "https://[2001:db8::1]",
    ("--context", "six"): "https://[2001:db8::1]",
    ("bare",): "http://192.0.2.1:8080",
    ("odd",): "https://dev.example.com/a%20b",
    ("--path", "/version"): f"{BASE}/version",
    ("--service", "web"): f"{BASE}/api/v1/namespaces/shop/services/web/proxy",
    ("six", "--service", "web"): "https://[2001:db8::1]/api/v1/namespaces/default/services/web/proxy",
    # The forms and examples of "Access Services Running on Clusters".
    ("six", "-n", "kube-system", "--service", "search", "--path", "_search?q=user:kimchy"): (
        f"{SEARCH}/search/proxy/_search?q=user:kimchy"
    ),
    ("six", "-n", "kube-system", "--service", "search:http"): f"{SEARCH}/search:http/proxy",
    ("six", "-n", "kube-system", "--service", "search:9200"): f"{SEARCH}/search:9200/proxy",
    ("six", "-n", "kube-system", "--service", "https:search:", "--path", "_cluster/health?pretty=true"): (
        f"{SEARCH}/https:search:/proxy/_cluster/health?pretty=true"
    ),
    ("six", "-n", "kube-system", "--service", "https:search:https"): f"{SEARCH}/https:search:https/proxy",
    ("--service", "http:https:web"): f"{BASE}/api/v1/namespaces/shop/services/http:https:web/proxy",
    ("--pod", "web-0.a:8080"): f"{BASE}/api/v1/namespaces/shop/pods/web-0.a:8080/proxy",
    ("--node", "n1.example.com"): f"{BASE}/api/v1/nodes/n1.example.com/proxy",
    ("--service", "web", "--path", '/a b/ü/"x"/%2f/%zz#f?q=a b&r=[1]'): (
        f"{BASE}/api/v1/namespaces/shop/services/web/proxy/a%20b/%C3%BC/%22x%22/%2f/%25zz%23f?q=a%20b&r=%5B1%5D"
    ),
}


@pytest.mark.parametrize("words", URLS, ids=" ".join)
def test_urls(words, url):
    done = url(*words)

    assert (done.returncode, done.stdout, done.stderr) == (0, f"{URLS[words]}\n", "")


REFUSED = {
    ("--service", "https:web"): "https:web: for its default port",
    ("--service", "web:"): "no port after the colon",
    ("--service", "https::443"): "no service can be called ''",
    ("--service", "ftp:web:21"): "cannot read the service",
    ("--service", "a:b:c:d"): "cannot read the service",
    ("--service", "Web"): "lower case",
    ("--service", "web/../.."): "no service can be called",
    ("--service", "web?x"): "no service can be called",
    ("--service", "-web"): "no service can be called",
    ("--service", "web\n"): "no service can be called",
    ("--service", f"w{'e' * 63}"): "no service can be called",
    ("--service", "web.a"): "no service can be called",
    ("--service", "web:0"): "not a port",
    ("--service", "web:65536"): "not a port",
    ("--service", f"web:{'9' * 5000}"): "not a port",
    ("--service", "web:٣"): "not a port",
    ("--service", "web", "-n", "a/b"): "no namespace can be called",
    ("--pod", "web..a"): "no pod can be called",
    ("--service", "web", "--pod", "web"): "exclude one another",
    ("--service", "web", "--path", "/../../secrets"): "`.` or `..`",
    ("--service", "web", "--path", "/%2E%2e/secrets"): "`.` or `..`",
    ("--service", "web", "--path", "a%2f..%2fsecrets"): "`.` or `..`",
    ("deu",): "did you mean 'dev'?",
    ("dev", "--context", "six"): "two contexts are named",
    ("broken",): "write https://HOST:PORT",
    ("lost",): "cluster 'lost' does not exist",
    ("-f", "."): "exclude one another",
    ("--in-cluster",): "leave context and files out",
}


@pytest.mark.parametrize("words", REFUSED, ids=lambda words: " ".join(words)[:40])
def test_what_is_no_name_and_no_path_is_refused(words, url):
    done = url(*words)

    assert (done.returncode, done.stdout) == (2, "")
    assert REFUSED[words] in done.stderr


SPEC = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: demo}
variables: {region: {default: eu}}
clusters: [{name: dev, server: "https://${region}.example.com:6443"}]
users: [{name: dev, token: ref+default://nowhere/token}]
contexts: [{name: dev, cluster: dev, user: dev, namespace: shop}]
environments: [{name: us, variables: {region: us}}]
"""


def test_a_specs_url_needs_no_secret_and_no_trust(kcfg, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(SPEC)

    assert kcfg("url", "-f", ".").stdout == "https://eu.example.com:6443\n"
    assert kcfg("url", "-f", ".", "-e", "us").stdout == "https://us.example.com:6443\n"
    assert kcfg("url", "--set", "region=ap", "--pod", "a").stdout.endswith(
        "ap.example.com:6443/api/v1/namespaces/shop/pods/a/proxy\n"
    )


def in_pod(folder, *words, host="2001:db8::1", port="443"):
    """Run kcfg as in a pod whose service account is mounted at a folder."""
    code = (
        "import sys; from kcfg.kubeconfig import in_cluster; in_cluster.SERVICE_ACCOUNT = sys.argv.pop(1);"
        "from kcfg.__main__ import main; sys.exit(main())"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}
    argv = [sys.executable, "-c", code, str(folder), *words]
    return subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=30)


def test_in_a_pod(tmp_path):
    for name, content in {"token": "planted", "namespace": "team\n"}.items():
        (tmp_path / name).write_text(content)

    assert in_pod(tmp_path, "url", "--in-cluster").stdout == "https://[2001:db8::1]\n"
    found = in_pod(tmp_path, "url", "--in-cluster", "--service", "web", host="192.0.2.1", port="6443")
    assert found.stdout == "https://192.0.2.1:6443/api/v1/namespaces/team/services/web/proxy\n"
    assert in_pod(tmp_path, "get-token", "--in-cluster", "-o", "token").stdout == "planted\n"
    (tmp_path / "token").write_text("renewed")
    assert in_pod(tmp_path, "get-token", "--in-cluster", "-o", "token").stdout == "renewed\n"
    assert in_pod(tmp_path / "absent", "url", "--in-cluster").returncode == 2


def test_curl_in_a_pod(tmp_path, server):
    server.tokens["planted-token"] = "robot"
    account = tmp_path / "account"
    account.mkdir()
    (account / "token").write_text("planted-token\n")
    (account / "ca.crt").write_bytes((tmp_path / "server/ca.crt").read_bytes())
    done = in_pod(account, "curl", "--in-cluster", "/api/v1/namespaces", host="127.0.0.1", port=server.url[18:])

    assert (done.returncode, "of-robot" in done.stdout) == (0, True), done.stderr
    assert server.asked == [("robot", "/api/v1/namespaces")]


def test_outside_of_a_pod(kcfg):
    done = kcfg("url", "--in-cluster")

    assert (done.returncode, "this is no pod" in done.stderr) == (2, True)
